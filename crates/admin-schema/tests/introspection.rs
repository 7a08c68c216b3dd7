//! Introspection of a real server: the same bytes as from its SDL.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use admin_schema::{CAPABILITIES_QUERY, Feature, INTROSPECTION_QUERY, canonical, from_introspection, plainer_query};
use async_graphql::extensions::ResolveFut;
use async_graphql::{
    Context, CustomDirective, EmptySubscription, Enum, InputObject, Interface, Object, OneofObject, SDLExportOptions,
    Schema, SchemaBuilder, ServerResult, SimpleObject, Union, Value, async_trait, scalar,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An instant, "as RFC 3339".
#[derive(Serialize, Deserialize)]
struct Instant(String);

scalar!(Instant, "Instant", "An instant, \"as RFC 3339\".", "https://www.rfc-editor.org/rfc/rfc3339");

/// How it goes:
///
/// - a "quoted" word, a back\slash,
///   - and an indented line.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum Speed {
    Slow,
    /// Fast.
    Fast,
    #[graphql(deprecation)]
    Idle,
    #[graphql(deprecation = "it's \\ gone")]
    Gone,
}

#[derive(InputObject)]
struct Page {
    #[graphql(default = 50)]
    limit: i32,
    #[graphql(default = 0.5)]
    ratio: f64,
    #[graphql(default_with = "String::from(\"a \\\"b\\\" \\\\ \\n\\tc é\")")]
    text: String,
    #[graphql(default)]
    reversed: bool,
    #[graphql(default_with = "Speed::Fast")]
    speed: Speed,
    #[graphql(default_with = "vec![3, 1, 2]")]
    list: Vec<i32>,
    #[graphql(default)]
    nothing: Option<Vec<i32>>,
    /// Was the offset.
    #[graphql(deprecation = "use `limit`")]
    offset: Option<i32>,
    #[graphql(deprecation)]
    after: Option<String>,
    #[graphql(default_with = "Within { zone: String::from(\"UTC\"), days: vec![Speed::Slow] }")]
    within: Within,
}

#[derive(InputObject)]
struct Within {
    zone: String,
    days: Vec<Speed>,
}

#[derive(OneofObject)]
enum Key {
    /// By its number.
    Number(i32),
    Name(String),
}

/// Has a name.
#[derive(Interface)]
#[graphql(field(
    name = "name",
    ty = "&String",
    desc = "\n    Indented,\r\n      and more,\n \t\nwith a \\ and a \"\".  \n"
))]
enum Named {
    Car(Car),
    Boat(Boat),
}

#[derive(SimpleObject)]
struct Car {
    name: String,
    #[graphql(deprecation = "nobody asks")]
    wheels: Option<i32>,
    grid: Vec<Vec<Option<i32>>>,
}

#[derive(SimpleObject)]
struct Boat {
    name: String,
    built: Instant,
}

#[derive(Union)]
enum Vehicle {
    Car(Car),
    Boat(Boat),
}

struct Query;

#[Object]
impl Query {
    /// Finds by key.
    async fn find(
        &self,
        #[graphql(desc = "  The key,\n    or so.")] key: Key,
        #[graphql(deprecation = "use `key`")] name: Option<String>,
        #[graphql(default_with = "Speed::Slow")] speed: Speed,
    ) -> Option<Named> {
        let _ = (key, name, speed);
        None
    }

    #[graphql(deprecation)]
    async fn all(&self, page: Page) -> Vec<Vehicle> {
        let Page { limit, ratio, text, reversed, speed, list, nothing, offset, after, within: Within { zone, days } } =
            page;
        let _ = (limit, ratio, text, reversed, speed, list, nothing, offset, after, zone, days);
        Vec::new()
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn sail(&self) -> bool {
        true
    }
}

/// Says it louder.
#[async_graphql::Directive(location = "Field", repeatable)]
fn loud(#[graphql(default = 2)] times: i32, suffix: Option<String>) -> impl CustomDirective {
    Loud { times, suffix }
}

struct Loud {
    times: i32,
    suffix: Option<String>,
}

#[async_trait::async_trait]
impl CustomDirective for Loud {
    async fn resolve_field(&self, _ctx: &Context<'_>, resolve: ResolveFut<'_>) -> ServerResult<Option<Value>> {
        let _ = (self.times, &self.suffix);
        resolve.await
    }
}

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation, EmptySubscription).directive(loud)
}

/// The `data` of the answer to a query that must succeed.
async fn ask(server: SchemaBuilder<Query, Mutation, EmptySubscription>, query: &str) -> serde_json::Value {
    let response = server.finish().execute(query).await;
    assert_eq!(response.errors, [], "{query}");
    response.data.into_json().unwrap()
}

#[tokio::test]
async fn sdl_and_introspection_give_the_same_bytes() {
    let sdl = builder().finish().sdl_with_options(SDLExportOptions::new().include_specified_by());
    let introspected = from_introspection(&ask(builder(), INTROSPECTION_QUERY).await).unwrap();
    assert_eq!(canonical(&sdl).as_deref(), Ok(introspected.as_str()));
    insta::assert_snapshot!(introspected, @r#"
    type Boat implements Named {
    	built: Instant!
    	name: String!
    }

    type Car implements Named {
    	grid: [[Int]!]!
    	name: String!
    	wheels: Int @deprecated(reason: "nobody asks")
    }

    """
    An instant, "as RFC 3339".
    """
    scalar Instant @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")

    input Key @oneOf {
    	name: String
    	"""
    	By its number.
    	"""
    	number: Int
    }

    type Mutation {
    	sail: Boolean!
    }

    """
    Has a name.
    """
    interface Named {
    	"""
    	    Indented,
    	      and more,

    	with a \ and a "".
    	"""
    	name: String!
    }

    input Page {
    	after: String @deprecated
    	limit: Int! = 50
    	list: [Int!]! = [3, 1, 2]
    	nothing: [Int!] = null
    	"""
    	Was the offset.
    	"""
    	offset: Int @deprecated(reason: "use `limit`")
    	ratio: Float! = 0.5
    	reversed: Boolean! = false
    	speed: Speed! = FAST
    	text: String! = "a \"b\" \\ \n\tc é"
    	within: Within! = {days: [SLOW], zone: "UTC"}
    }

    type Query {
    	all(page: Page!): [Vehicle!]! @deprecated
    	"""
    	Finds by key.
    	"""
    	find(
    		"""
    		The key,
    		  or so.
    		"""
    		key: Key!
    		name: String @deprecated(reason: "use `key`")
    		speed: Speed! = SLOW
    	): Named
    }

    """
    How it goes:

    - a "quoted" word, a back\slash,
    - and an indented line.
    """
    enum Speed {
    	"""
    	Fast.
    	"""
    	FAST
    	GONE @deprecated(reason: "it's \\ gone")
    	IDLE @deprecated
    	SLOW
    }

    union Vehicle = Boat | Car

    input Within {
    	days: [Speed!]!
    	zone: String!
    }

    """
    Says it louder.
    """
    directive @loud(suffix: String, times: Int! = 2) repeatable on FIELD

    schema {
    	query: Query
    	mutation: Mutation
    }
    "#);
}

#[tokio::test]
async fn the_query_fits_the_limits_of_the_bundled_server() {
    // 16 is allowed; the documentation says 15.
    ask(builder().limit_depth(15).limit_complexity(1000).limit_directives(10), INTROSPECTION_QUERY).await;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = INTROSPECTION_QUERY.split(|c| !is_name(c)).filter(|name| !name.is_empty()).count();
    let signs = INTROSPECTION_QUERY.chars().filter(|&c| !is_name(c) && !c.is_whitespace()).count();
    // An ellipsis is one token and three signs: this counts too many.
    let tokens = names + signs;
    assert!(tokens <= 1000, "{tokens} tokens");
}

#[tokio::test]
async fn a_server_that_knows_everything_loses_nothing() {
    let plainer = plainer_query(&ask(builder(), CAPABILITIES_QUERY).await).unwrap();
    assert_eq!((plainer.query.as_str(), plainer.lost), (INTROSPECTION_QUERY, vec![]));
}

#[tokio::test]
async fn an_older_server_is_asked_for_less() {
    let old = json!({
        "Schema": { "fields": [{ "name": "types", "args": [] }] },
        "Type": { "fields": [{ "name": "inputFields", "args": [] }] },
        "Field": { "fields": [{ "name": "args", "args": [] }] },
        "InputValue": { "fields": [{ "name": "defaultValue", "args": [] }] },
        "Directive": { "fields": [{ "name": "args" }] },
    });
    let plainer = plainer_query(&old).unwrap();
    let lost: Vec<String> = plainer.lost.iter().map(Feature::to_string).collect();
    insta::assert_snapshot!(lost.join("\n"), @"
    the description of the schema
    `@specifiedBy` on scalars
    `@oneOf` on input objects
    deprecated input fields
    deprecated arguments of fields
    deprecated arguments of directives
    `@deprecated` on input fields and arguments
    `repeatable` on directives
    ");
    for new in ["description\n    queryType", "specifiedByURL", "isOneOf", "isRepeatable", "inputFields(", "args("] {
        assert!(!plainer.query.contains(new), "{new} is asked for");
    }
    assert_eq!(plainer.query.matches("isDeprecated").count(), 2, "fields and enum values have always had it");
    // async-graphql leaves deprecated input fields and arguments out unless they are asked for, as the specification says.
    let introspected = from_introspection(&ask(builder(), &plainer.query).await).unwrap();
    let whole = from_introspection(&ask(builder(), INTROSPECTION_QUERY).await).unwrap();
    let missing: Vec<&str> = whole.lines().filter(|line| !introspected.contains(line)).map(str::trim).collect();
    insta::assert_snapshot!(missing.join("\n"), @r#"
    scalar Instant @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")
    input Key @oneOf {
    after: String @deprecated
    Was the offset.
    offset: Int @deprecated(reason: "use `limit`")
    name: String @deprecated(reason: "use `key`")
    directive @loud(suffix: String, times: Int! = 2) repeatable on FIELD
    "#);
}

#[tokio::test]
async fn any_part_can_be_left_out_alone() {
    let capabilities = ask(builder(), CAPABILITIES_QUERY).await;
    let mut seen = Vec::new();
    for (meta, field, argument) in [
        ("Schema", "description", None),
        ("Type", "specifiedByURL", None),
        ("Type", "isOneOf", None),
        ("Type", "inputFields", Some("includeDeprecated")),
        ("Field", "args", Some("includeDeprecated")),
        ("Directive", "args", Some("includeDeprecated")),
        ("InputValue", "isDeprecated", None),
        ("Directive", "isRepeatable", None),
    ] {
        let mut older = capabilities.clone();
        let fields = older[meta]["fields"].as_array_mut().unwrap();
        match argument {
            None => fields.retain(|it| it["name"] != field),
            Some(_) => fields.iter_mut().find(|it| it["name"] == field).unwrap()["args"] = json!([]),
        }
        let plainer = plainer_query(&older).unwrap();
        assert_eq!(plainer.lost.len(), 1, "{meta}.{field}");
        seen.push(plainer.lost[0]);
        from_introspection(&ask(builder(), &plainer.query).await).unwrap();
    }
    seen.dedup();
    assert_eq!(seen.len(), 8);
}

#[test]
fn odd_answers_are_named() {
    let int = json!({ "kind": "SCALAR", "name": "Int" });
    let non_null = |of: &serde_json::Value| json!({ "kind": "NON_NULL", "ofType": of });
    let field = |field: serde_json::Value| {
        json!({ "__schema": {
            "queryType": { "name": "Query" },
            "types": [{ "kind": "OBJECT", "name": "Query", "fields": [field] }],
            "directives": [],
        } })
    };
    let with_types = |types: serde_json::Value| json!({ "__schema": { "queryType": { "name": "Query" }, "types": types, "directives": [] } });
    let with_directive = |directive: serde_json::Value| json!({ "__schema": { "queryType": { "name": "Query" }, "types": [], "directives": [directive] } });
    let query = json!({ "kind": "OBJECT", "name": "Query", "fields": [{ "name": "a", "args": [], "type": int }] });
    let errors: Vec<String> = [
        json!(null),
        json!({ "__schema": null }),
        json!({ "__schema": {} }),
        with_types(json!(null)),
        with_types(json!([])),
        with_types(json!(["Query"])),
        with_types(json!([{ "kind": "OBJECT", "name": "Qu ery", "fields": [] }])),
        with_types(json!([{ "kind": "LIST", "name": "Query" }])),
        with_types(json!([{ "kind": "OBJECT", "name": "Query", "fields": null }])),
        with_types(json!([{ "kind": "OBJECT", "name": "Query", "fields": [] }])),
        with_types(json!([query, query])),
        with_types(json!([query, { "kind": "ENUM", "name": "E", "enumValues": [{ "name": "null" }] }])),
        with_types(json!([query, { "kind": "INPUT_OBJECT", "name": "I", "inputFields": [{ "name": "a", "type": { "kind": "ENUM", "name": "E" } }] }])),
        field(json!({ "name": "1a", "args": [], "type": int })),
        field(json!({ "name": "a", "type": int })),
        field(json!({ "name": "a", "args": [] })),
        field(json!({ "name": "a", "args": [], "type": { "kind": "LIST", "ofType": null } })),
        field(json!({ "name": "a", "args": [], "type": non_null(&non_null(&int)) })),
        field(json!({ "name": "a", "args": [{ "name": "x", "type": int, "defaultValue": "1) on FIELD #" }], "type": int })),
        with_directive(json!({ "name": "d", "args": [], "locations": ["NOWHERE"] })),
        with_directive(json!({ "name": "d", "args": [], "locations": [] })),
    ]
    .iter()
    .map(|data| from_introspection(data).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    `data`: the answer has no `__schema` that is an object
    `data`: the answer has no `__schema` that is an object
    `schema`: the answer has no `queryType` that is an object
    `schema`: the answer has no `types` that is a list
    `schema.query` refers to the type `Query`, which is not defined
    `schema`: the answer has no `name` that is a string
    `schema`: "Qu ery" is no GraphQL name
    `Query`: the answer has no `kind` that is the kind of a named type
    `Query`: the answer has no `fields` that is a list
    `Query` is empty: it needs at least one field, value or member
    `Query` is defined twice
    `E.null`: "null" is no GraphQL name
    `I.a` refers to the type `E`, which is not defined
    `Query`: "1a" is no GraphQL name
    `Query.a`: the answer has no `args` that is a list
    `Query.a`: the answer has no `type` that is an object
    `Query.a`: its type has more than 9 lists and non-nulls around it, which the query does not ask for
    `Query.a`: the answer has no `ofType` that is nullable in itself
    `Query.a(x:)`: its default "1) on FIELD #" is no GraphQL value
    `@d`: the answer has no `locations` that is a list of directive locations
    `@d`: the answer has no `locations` that is a list of directive locations
    "#);
    insta::assert_snapshot!(plainer_query(&json!({})).unwrap_err(), @"`__Schema`: the answer has no `fields` that is a list");
}

#[tokio::test]
async fn a_quote_that_the_servers_own_sdl_does_not_escape_is_found() {
    struct Quoting;

    #[Object]
    impl Quoting {
        #[graphql(deprecation = "use \"b\"")]
        async fn a(&self) -> bool {
            true
        }

        /// Has """ in it.
        async fn b(&self) -> bool {
            true
        }
    }

    let server = Schema::new(Quoting, async_graphql::EmptyMutation, EmptySubscription);
    insta::assert_snapshot!(canonical(&server.sdl()).unwrap_err(), @r#"line 2, column 41: expected R_PAREN, got """#);
    let data = server.execute(INTROSPECTION_QUERY).await.data.into_json().unwrap();
    insta::assert_snapshot!(from_introspection(&data).unwrap(), @r#"
    type Quoting {
    	a: Boolean! @deprecated(reason: "use \"b\"")
    	"""
    	Has \""" in it.
    	"""
    	b: Boolean!
    }

    schema {
    	query: Quoting
    }
    "#);
}
