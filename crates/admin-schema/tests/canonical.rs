//! SDL in, canonical SDL out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use admin_schema::{SchemaError, canonical, from_introspection};
use proptest::prelude::*;
use serde_json::json;

fn print(sdl: &str) -> String {
    let printed = canonical(sdl).unwrap();
    assert_eq!(canonical(&printed).as_deref(), Ok(printed.as_str()), "what is canonical stays as it is");
    assert!(printed.ends_with("\n}\n"), "one line break at the end");
    printed
}

#[test]
fn every_construct_is_kept_and_sorted() {
    insta::assert_snapshot!(print(r#"
        schema @link(url: "x") { mutation: Change, query: Root, subscription: Feed }
        "What may change."
        type Change { set(input: Filter!, dryRun: Boolean = false): Node }
        type Feed { ticks: Int! }
        type Root implements Node & Aged @key(fields: "id") {
            node(id: ID!): Node @deprecated(reason: "use `nodes`")
            id: ID!
            age(unit: Unit = DAY @deprecated, """The zone.""" zone: String = "UTC"): Int @cost(weight: 3)
            nodes(filter: Filter = { size: 1.50, names: ["b" "a"], nested: null }, first: Int = 10): [[Node!]!]!
            search: Hit @deprecated
        }
        interface Node implements Aged { id: ID! age(unit: Unit = DAY, zone: String): Int }
        interface Aged { age(unit: Unit, zone: String): Int }
        union Hit @tag = | Root | Feed
        enum Unit { YEAR "A day." DAY HOUR @deprecated(reason: null) MINUTE @deprecated(reason: "No longer supported") }
        input Filter @oneOf {
            size: Float = 1e3
            """ Nested. """ nested: Filter
            names: [String!] = [] @deprecated(reason: "say \"size\"")
        }
        "An instant." scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")
        scalar Any
        "How much a field costs." directive @cost("In points." weight: Int! = 1, reason: String @deprecated) repeatable on OBJECT | FIELD_DEFINITION
        directive @tag on UNION
        # Built in.
        scalar ID
        scalar __Hidden
        directive @deprecated(reason: String = "No longer supported") on FIELD_DEFINITION | ENUM_VALUE
        directive @skip(if: Boolean!) on FIELD
    "#), @r#"
    interface Aged {
    	age(unit: Unit, zone: String): Int
    }

    scalar Any

    """
    What may change.
    """
    type Change {
    	set(dryRun: Boolean = false, input: Filter!): Node
    }

    """
    An instant.
    """
    scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")

    type Feed {
    	ticks: Int!
    }

    input Filter @oneOf {
    	names: [String!] = [] @deprecated(reason: "say \"size\"")
    	"""
    	Nested.
    	"""
    	nested: Filter
    	size: Float = 1e3
    }

    union Hit = Feed | Root

    interface Node implements Aged {
    	age(unit: Unit = DAY, zone: String): Int
    	id: ID!
    }

    type Root implements Aged & Node {
    	age(
    		unit: Unit = DAY @deprecated
    		"""
    		The zone.
    		"""
    		zone: String = "UTC"
    	): Int
    	id: ID!
    	node(id: ID!): Node @deprecated(reason: "use `nodes`")
    	nodes(filter: Filter = {names: ["b", "a"], nested: null, size: 1.50}, first: Int = 10): [[Node!]!]!
    	search: Hit @deprecated
    }

    enum Unit {
    	"""
    	A day.
    	"""
    	DAY
    	HOUR @deprecated
    	MINUTE @deprecated
    	YEAR
    }

    """
    How much a field costs.
    """
    directive @cost(
    	reason: String @deprecated
    	"""
    	In points.
    	"""
    	weight: Int! = 1
    ) repeatable on FIELD_DEFINITION | OBJECT

    directive @tag on UNION

    schema {
    	query: Root
    	mutation: Change
    	subscription: Feed
    }
    "#);
}

#[test]
fn descriptions_are_block_strings() {
    insta::assert_snapshot!(print(r#"
        "The service."
        schema { query: Query }

        """
            Indented alike,
              and more.

            Quotes \""" and "" and a backslash \ and \\n.

        """
        type Query {
            "  Spaces around.\r\nThe next\tline.  \n\n \t" a: Int
            "\"\"\"\"" b: Int
            "" c: Int
            """

            """ d: Int
            "ends with a quote\"" e: Int
            "ends with a backslash\\" f: Int
            "\u00e9 \u{1F600}" g("one" x: Int y: Int): Int
            """first
                 second
               third""" h: Int
        }
    "#), @r#"
    """
    Indented alike,
      and more.

    Quotes \""" and "" and a backslash \ and \\n.
    """
    type Query {
    	"""
    	  Spaces around.
    	The next	line.
    	"""
    	a: Int
    	"""
    	\""""
    	"""
    	b: Int
    	c: Int
    	d: Int
    	"""
    	ends with a quote"
    	"""
    	e: Int
    	"""
    	ends with a backslash\
    	"""
    	f: Int
    	"""
    	é 😀
    	"""
    	g(
    		"""
    		one
    		"""
    		x: Int
    		y: Int
    	): Int
    	"""
    	first
    	  second
    	third
    	"""
    	h: Int
    }

    """
    The service.
    """
    schema {
    	query: Query
    }
    "#);
}

#[test]
fn strings_are_escaped() {
    insta::assert_snapshot!(print(r#"
        scalar A @specifiedBy(url: "https://example.com/\"a\"")
        type Query {
            a(x: String = """block "q" \""" \n""", y: String = "\b\f\n\r\t\u007f \/ é", z: A = {k: "\\"}): Int
            b: Int @deprecated(reason: """say "c"
              or \ d""")
        }
    "#), @r#"
    scalar A @specifiedBy(url: "https://example.com/\"a\"")

    type Query {
    	a(x: String = "block \"q\" \"\"\" \\n", y: String = "\u0008\u000C\n\r\t\u007F / é", z: A = {k: "\\"}): Int
    	b: Int @deprecated(reason: "say \"c\"\nor \\ d")
    }

    schema {
    	query: Query
    }
    "#);
}

#[test]
fn without_a_schema_block_the_usual_names_are_the_roots() {
    insta::assert_snapshot!(print("type Mutation { a: Int } type Query { a: Int }"), @"
    type Mutation {
    	a: Int
    }

    type Query {
    	a: Int
    }

    schema {
    	query: Query
    	mutation: Mutation
    }
    ");
}

#[test]
fn errors_name_the_type_and_the_field() {
    let errors: Vec<String> = [
        "",
        "type Query {\n\ta Int\n}",
        "type Query { a: Int } type Query { b: Int }",
        "type Query { a: Int, a: String }",
        "type Query { a(x: Int, x: Int): Int }",
        "type Query { a: Int } enum E { A B A }",
        "type Query { a: Int } extend type Query { b: Int }",
        "type Query { a: Int } extend schema @link",
        "type Query { a: Int } query Q { a }",
        "type Query { a: Missing! }",
        "type Query { a(x: [Missing]): Int }",
        "type Query implements Missing { a: Int }",
        "type Query { a: Int } input I { a: Missing }",
        "type Query { a: Int } union U = Missing",
        "type Query { a: Int } directive @d(x: Missing) on FIELD",
        "type Query { a: Int } type Empty",
        "scalar A",
        "schema { query: Missing } type Query { a: Int }",
        "schema { mutation: M } type M { a: Int }",
        "schema { query: Q } schema { query: Q } type Q { a: Int }",
        "schema { query: Q query: Q } type Q { a: Int }",
        "type Query { a: Int @deprecated(reason: 3) }",
        "type Query { a: Int } scalar A @specifiedBy",
        "type Query { a(x: Int = $x): Int }",
        "type Query { a(x: Int = ): Int }",
        "type Query { a: Int } directive @d on NOWHERE",
        "type Query { a: [Int }",
        "type Query { a: Int!! }",
        "type Query { \"a",
    ]
    .into_iter()
    .map(|sdl| format!("{sdl:?}\n  {}", canonical(sdl).unwrap_err()))
    .collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    ""
      line 1, column 1: Unexpected <EOF>.
    "type Query {\n\ta Int\n}"
      line 2, column 4: expected a type
    "type Query { a: Int } type Query { b: Int }"
      `Query` is defined twice
    "type Query { a: Int, a: String }"
      `Query.a` is defined twice
    "type Query { a(x: Int, x: Int): Int }"
      `Query.a(x:)` is defined twice
    "type Query { a: Int } enum E { A B A }"
      `E.A` is defined twice
    "type Query { a: Int } extend type Query { b: Int }"
      `Query` is extended: write one definition with everything in it
    "type Query { a: Int } extend schema @link"
      `schema` is extended: write one definition with everything in it
    "type Query { a: Int } query Q { a }"
      `Q` is no part of a schema: it is an operation or a fragment
    "type Query { a: Missing! }"
      `Query.a` refers to the type `Missing`, which is not defined
    "type Query { a(x: [Missing]): Int }"
      `Query.a(x:)` refers to the type `Missing`, which is not defined
    "type Query implements Missing { a: Int }"
      `Query` refers to the type `Missing`, which is not defined
    "type Query { a: Int } input I { a: Missing }"
      `I.a` refers to the type `Missing`, which is not defined
    "type Query { a: Int } union U = Missing"
      `U` refers to the type `Missing`, which is not defined
    "type Query { a: Int } directive @d(x: Missing) on FIELD"
      `@d(x:)` refers to the type `Missing`, which is not defined
    "type Query { a: Int } type Empty"
      `Empty` is empty: it needs at least one field, value or member
    "scalar A"
      the schema has no query root
    "schema { query: Missing } type Query { a: Int }"
      `schema.query` refers to the type `Missing`, which is not defined
    "schema { mutation: M } type M { a: Int }"
      the schema has no query root
    "schema { query: Q } schema { query: Q } type Q { a: Int }"
      `schema` is defined twice
    "schema { query: Q query: Q } type Q { a: Int }"
      `schema.query` is defined twice
    "type Query { a: Int @deprecated(reason: 3) }"
      `Query.a`: `@deprecated(reason:)` must be given, as a string
    "type Query { a: Int } scalar A @specifiedBy"
      `A`: `@specifiedBy(url:)` must be given, as a string
    "type Query { a(x: Int = $x): Int }"
      line 1, column 25: unexpected variable value in a Const context
    "type Query { a(x: Int = ): Int }"
      line 1, column 25: expected a valid Value
    "type Query { a: Int } directive @d on NOWHERE"
      line 1, column 39: expected valid Directive Location
    "type Query { a: [Int }"
      line 1, column 22: expected R_BRACK, got }
    "type Query { a: Int!! }"
      line 1, column 21: expected R_CURLY, got !
    "type Query { \"a"
      line 1, column 14: unterminated string value
    "#);
}

#[test]
fn nesting_without_end_is_refused() {
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        let deep = format!("type Query {{ a(x: Int = {}1{}): Int }}", open.repeat(50_000), close.repeat(50_000));
        assert!(matches!(canonical(&deep), Err(SchemaError::Syntax { .. })));
    }
    let deep = format!("type Query {{ a: {}Int{} }}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(matches!(canonical(&deep), Err(SchemaError::Syntax { .. })));
}

/// Text with all that could hurt: quotes, backslashes, every kind of line end and of white space.
fn text() -> impl Strategy<Value = String> {
    "[ \t\n\r\"\\\\a#{}\u{0}\u{8}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}é😀]{0,24}"
}

proptest! {
    #[test]
    fn whatever_introspection_tells_is_canonical(text in text(), reason in text(), url in text(), anything: String) {
        let int = json!({ "kind": "SCALAR", "name": "Int", "ofType": null });
        let input = |name: &str| json!({
            "name": name, "description": text, "type": int, "defaultValue": null, "isDeprecated": true, "deprecationReason": reason,
        });
        let data = json!({ "__schema": {
            "description": text,
            "queryType": { "name": "Query" },
            "types": [
                { "kind": "OBJECT", "name": "Query", "description": text, "interfaces": [], "fields": [
                    { "name": "a", "description": text, "args": [input("x"), input("y")], "type": int, "isDeprecated": true, "deprecationReason": reason },
                    { "name": "b", "description": anything, "args": [], "type": int },
                ] },
                { "kind": "ENUM", "name": "E", "description": anything, "enumValues": [{ "name": "A", "description": text, "isDeprecated": true, "deprecationReason": anything }] },
                { "kind": "INPUT_OBJECT", "name": "I", "inputFields": [input("f")] },
                { "kind": "SCALAR", "name": "S", "specifiedByURL": url },
            ],
            "directives": [{ "name": "d", "description": text, "args": [input("x")], "locations": ["FIELD"] }],
        } });
        let printed = from_introspection(&data).unwrap();
        prop_assert_eq!(canonical(&printed), Ok(printed));
    }

    #[test]
    fn the_order_and_the_layout_do_not_matter(
        definitions in Just(vec![
            "type Query{b:Int,a(y:Int=1 x:[S!]):U}", "union U=A|Query", "type A implements I{id:ID}", "interface I{id:ID}",
            "enum E{B A}", "input F@oneOf{b:Int a:E}", "scalar S", "directive@d(b:Int a:Int)on FIELD|ENUM", "schema{query:Query}",
        ]).prop_shuffle(),
        separator in "[ ,\t\n\r]{1,3}|#c\n",
    ) {
        let expected = canonical(
            "directive @d(a: Int, b: Int) on ENUM | FIELD enum E { A B } input F @oneOf { a: E b: Int } interface I { id: ID } scalar S
             type A implements I { id: ID } type Query { a(x: [S!], y: Int = 1): U b: Int } union U = Query | A",
        );
        prop_assert_eq!(canonical(&definitions.join(&separator)), expected);
    }

    #[test]
    fn no_text_makes_it_panic(sdl: String, tokens in prop::collection::vec(token(), 0..24)) {
        let _ = canonical(&sdl);
        let _ = canonical(&tokens.join(" "));
    }
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "type",
        "input",
        "enum",
        "union",
        "interface",
        "scalar",
        "schema",
        "directive",
        "extend",
        "implements",
        "repeatable",
        "on",
        "query",
        "Query",
        "a",
        "Int",
        "true",
        "null",
        "@",
        "@deprecated",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "!",
        ":",
        "=",
        "|",
        "&",
        "$",
        "1",
        "-1.5e3",
        "\"s\"",
        "\"\"\"b\"\"\"",
        "\"",
        "...",
        "FIELD",
    ])
}
