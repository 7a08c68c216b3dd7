//! SDL in, a flat list of what it has out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use admin_schema::{Entry, EntryKind, SchemaError, canonical, outline};

const REAL: &str = include_str!("../../../schema/schema-public.gql");

fn told(sdl: &str) -> String {
    let line = |entry: &Entry| {
        let Entry { coordinate, kind, signature, type_name, description, deprecated, .. } = entry;
        let rest = [("of", type_name), ("says", description), ("deprecated", deprecated)];
        let rest = rest.iter().filter_map(|(what, text)| Some(format!("; {what} {:?}", text.as_ref()?)));
        format!("{coordinate} | {kind} | {signature}{}", rest.collect::<String>())
    };
    outline(sdl).unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

fn called<'a>(entries: &'a [Entry], text: &str) -> Vec<&'a str> {
    entries.iter().filter(|entry| entry.is_called(text)).map(|entry| entry.coordinate.as_str()).collect()
}

#[test]
fn everything_has_a_coordinate_and_a_line() {
    insta::assert_snapshot!(told(r#"
        schema { query: Root, mutation: Change, subscription: Feed }
        "What may change." type Change { set(input: Filter!, "Only try." dryRun: Boolean = false @deprecated): Node @deprecated(reason: "use `put`") }
        type Feed { ticks: Int! }
        type Root implements Node & Aged { id: ID!, age: [[Int!]!] hits: [Hit!]! }
        interface Node { id: ID! }
        interface Aged implements Node { id: ID!, age: [[Int!]!] }
        union Hit = Root | Feed
        enum Unit { "A day." DAY HOUR @deprecated }
        input Filter @oneOf { names: [String!] = ["b"], nested: Filter @deprecated(reason: "flat") }
        scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")
        "Dear." directive @cost("In points." weight: Int! = 1) repeatable on OBJECT | FIELD_DEFINITION
        directive @tag on UNION
    "#), @r#"
    Aged | interface | interface Aged implements Node
    Aged.age | field | age: [[Int!]!]; of "Int"
    Aged.id | field | id: ID!; of "ID"
    Change | type | type Change; says "What may change."
    Change.set | mutation | set(dryRun: Boolean = false, input: Filter!): Node; of "Node"; deprecated "use `put`"
    Change.set(dryRun:) | argument | dryRun: Boolean = false; of "Boolean"; says "Only try."; deprecated "No longer supported"
    Change.set(input:) | argument | input: Filter!; of "Filter"
    DateTime | scalar | scalar DateTime @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")
    Feed | type | type Feed
    Feed.ticks | subscription | ticks: Int!; of "Int"
    Filter | input | input Filter @oneOf
    Filter.names | input field | names: [String!] = ["b"]; of "String"
    Filter.nested | input field | nested: Filter; of "Filter"; deprecated "flat"
    Hit | union | union Hit = Feed | Root
    Node | interface | interface Node
    Node.id | field | id: ID!; of "ID"
    Root | type | type Root implements Aged & Node
    Root.age | query | age: [[Int!]!]; of "Int"
    Root.hits | query | hits: [Hit!]!; of "Hit"
    Root.id | query | id: ID!; of "ID"
    Unit | enum | enum Unit
    Unit.DAY | enum value | DAY; says "A day."
    Unit.HOUR | enum value | HOUR; deprecated "No longer supported"
    @cost | directive | directive @cost(weight: Int! = 1) repeatable on FIELD_DEFINITION | OBJECT; says "Dear."
    @cost(weight:) | argument | weight: Int! = 1; of "Int"; says "In points."
    @tag | directive | directive @tag on UNION
    "#);
}

#[test]
fn a_field_of_a_root_is_called_by_its_bare_name_too() {
    let entries = outline(
        "schema { query: Q, mutation: M } type Q { get(id: ID): T, set: T } type M { set: T } type T { get: ID, set: ID } enum E { get }",
    )
    .unwrap();
    assert_eq!(called(&entries, "get"), ["Q.get"]);
    assert_eq!(called(&entries, "SET"), ["M.set", "Q.set"]);
    assert_eq!(called(&entries, "t.GET"), ["T.get"]);
    assert_eq!(called(&entries, "q.get(ID:)"), ["Q.get(id:)"]);
    assert_eq!(called(&entries, "t"), ["T"]);
    for nobody in ["", ".", "ge", "get ", "Q.", "T.", "id:"] {
        assert_eq!(called(&entries, nobody), [""; 0], "{nobody:?}");
    }
}

#[test]
fn our_schema_is_listed_in_the_order_of_its_file() {
    assert_eq!(canonical(REAL).as_deref(), Ok(REAL));
    let entries = outline(REAL).unwrap();
    let mut lines = REAL.lines().map(str::trim_start);
    for entry in entries.iter().filter(|entry| entry.kind != EntryKind::Argument) {
        let start = entry.signature.split(['(', ':']).next().unwrap();
        assert!(lines.any(|line| line.starts_with(start)), "{} is not behind the one before it", entry.coordinate);
    }
    let rotate = entries.iter().find(|entry| entry.is_called("apikeysrotate")).unwrap();
    assert_eq!(rotate.coordinate, "Mutation.apiKeysRotate");
    assert_eq!(rotate.kind, EntryKind::Mutation);
    assert_eq!(rotate.signature, "apiKeysRotate(input: RotateApiKeyInput!): IssuedApiKey!");
    assert_eq!(rotate.type_name.as_deref(), Some("IssuedApiKey"));
    assert!(entries.iter().all(|entry| !entry.signature.contains('\n')), "one line each");
}

#[test]
fn what_is_no_schema_is_refused() {
    assert!(matches!(outline("type Query { a"), Err(SchemaError::Syntax { .. })));
    assert_eq!(outline("scalar A"), Err(SchemaError::NoQuery));
}
