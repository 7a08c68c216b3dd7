//! Two schemas and a document in, the operations that would fail out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use admin_schema::{EntryKind, Incompatibility, SchemaError, Why, incompatibilities};
use proptest::prelude::*;

const OURS: &str = "
    directive @trace(level: Int! = 1) on QUERY
    type Query { thing(id: ID!, unit: Unit = DAY, first: Int! = 10): Thing!, things(filter: Filter): [Thing!]!, search(text: String!): [Hit!]!, node: Node }
    type Mutation { put(input: PutInput!): Thing, like(choice: Choice!): Boolean! }
    type Thing implements Node { id: ID!, name: String, unit: Unit!, color: Color!, grid: [[Int!]!], owner: Person! }
    type Person implements Node { id: ID!, email: String! }
    interface Node { id: ID! }
    union Hit = Thing | Person
    enum Unit { DAY HOUR }
    enum Color { RED BLUE }
    scalar DateTime
    input PutInput { id: ID!, name: String, filter: Filter }
    input Filter { and: [Filter!], units: [Unit!], since: DateTime, size: Int! = 5 }
    input Choice { one: ID, other: ID }
";

const DOCUMENTS: &str = r#"
    query Thing($id: ID!, $unit: Unit = DAY, $short: Boolean! = false) { thing(id: $id, unit: $unit) { ...Fields owner @skip(if: $short) { email } } }
    query Things($filter: Filter) @trace { all: things(filter: $filter) { id color } }
    query Search { search(text: "a") { __typename ... on Thing { name } ...Who } node { id ...Who ... @include(if: true) { id } } }
    mutation Put($input: PutInput!) { put(input: $input) { ...Fields } }
    mutation Like($id: ID) { like(choice: { one: $id }) }
    fragment Fields on Thing { id name unit grid }
    fragment Who on Person { email }
"#;

/// The schema with another text in the place of one that is there once.
fn edited(from: &str, to: &str) -> String {
    assert_eq!(OURS.matches(from).count(), 1, "{from}");
    OURS.replace(from, to)
}

/// What is told of a server whose schema differs from ours in this.
fn told(from: &str, to: &str) -> Vec<(String, String, Why)> {
    let found = incompatibilities(OURS, &edited(from, to), DOCUMENTS).unwrap();
    found.into_iter().map(|Incompatibility { operation, at, why, .. }| (operation, at, why)).collect()
}

#[track_caller]
fn assert_told(from: &str, to: &str, expected: &[(&str, &str, Why)]) {
    let expected: Vec<_> =
        expected.iter().map(|(operation, at, why)| ((*operation).to_owned(), (*at).to_owned(), why.clone())).collect();
    assert_eq!(told(from, to), expected);
}

fn differs(ours: &str, theirs: &str) -> Why {
    Why::TypeDiffers { ours: ours.to_owned(), theirs: theirs.to_owned() }
}

fn refused(ours: &str, theirs: &str) -> Why {
    Why::NullRefused { ours: ours.to_owned(), theirs: theirs.to_owned() }
}

fn may_be_null(ours: &str, theirs: &str) -> Why {
    Why::MayBeNull { ours: ours.to_owned(), theirs: theirs.to_owned() }
}

#[test]
fn a_server_with_our_schema_takes_everything() {
    assert_eq!(incompatibilities(OURS, OURS, DOCUMENTS), Ok(Vec::new()));
}

#[test]
fn what_a_server_has_in_addition_does_not_matter() {
    for (from, to) in [
        ("color: Color!,", "color: Color!, new(all: Boolean): Int!,"),
        ("first: Int! = 10", "first: Int! = 10, new: Int, other: Int! = 3"),
        ("since: DateTime", "since: DateTime, new: Int, other: Int! = 3"),
        ("union Hit = Thing", "union Hit = New | Thing"),
        ("union Hit", "type New { id: ID! } type Subscription { a: Int } union Hit"),
        ("{ DAY HOUR }", "{ DAY HOUR YEAR }"),
        ("scalar DateTime", "scalar DateTime @specifiedBy(url: \"x\")"),
    ] {
        let theirs = edited(from, to).replace("union Hit = New", "type New { id: ID! } union Hit = New");
        assert_eq!(incompatibilities(OURS, &theirs, DOCUMENTS), Ok(Vec::new()), "{to}");
    }
}

#[test]
fn what_is_only_received_may_be_stricter_and_what_is_only_sent_may_be_looser() {
    for (from, to) in [
        ("name: String, unit", "name: String!, unit"),
        ("grid: [[Int!]!]", "grid: [[Int!]!]!"),
        ("thing(id: ID!, unit", "thing(id: ID, unit"),
        ("input PutInput { id: ID!", "input PutInput { id: ID"),
        ("and: [Filter!]", "and: [Filter]"),
        ("size: Int! = 5", "size: Int"),
    ] {
        assert_eq!(told(from, to), [], "{to}");
    }
}

#[test]
fn values_that_are_only_received_are_an_open_set() {
    assert_eq!(told("{ RED BLUE }", "{ GREEN }"), []);
}

#[test]
fn a_root_that_is_called_otherwise_is_the_same_root() {
    let theirs = OURS.replace("type Query", "schema { query: Root, mutation: Mutation } type Root");
    assert_eq!(incompatibilities(OURS, &theirs, DOCUMENTS), Ok(Vec::new()));
    let without = theirs.replace("node: Node", "");
    let found = incompatibilities(OURS, &without, DOCUMENTS).unwrap();
    assert_eq!(found.iter().map(|it| it.at.as_str()).collect::<Vec<_>>(), ["Query.node"], "by the name that we know");
}

#[test]
fn a_root_can_be_missing() {
    assert_told(
        "type Mutation",
        "type Other",
        &[("Like", "schema.mutation", Why::RootMissing), ("Put", "schema.mutation", Why::RootMissing)],
    );
}

#[test]
fn a_field_can_be_missing_in_fragments_too() {
    assert_told("color: Color!, ", "", &[("Things", "Thing.color", Why::FieldMissing)]);
    assert_told(
        "name: String, unit: Unit!",
        "unit: Unit!",
        &[
            ("Put", "Thing.name", Why::FieldMissing),
            ("Search", "Thing.name", Why::FieldMissing),
            ("Thing", "Thing.name", Why::FieldMissing),
        ],
    );
}

#[test]
fn an_argument_can_be_missing() {
    assert_told("unit: Unit = DAY, ", "", &[("Thing", "Query.thing(unit:)", Why::ArgumentMissing)]);
    assert_told("@trace(level: Int! = 1)", "@trace", &[]);
}

#[test]
fn an_argument_or_an_input_field_can_be_newly_required() {
    assert_told("first: Int! = 10", "first: Int!", &[("Thing", "Query.thing(first:)", Why::Required)]);
    assert_told("search(text", "search(new: Int!, text", &[("Search", "Query.search(new:)", Why::Required)]);
    assert_told("level: Int! = 1", "level: Int!", &[("Things", "@trace(level:)", Why::Required)]);
    assert_told(
        "since: DateTime",
        "since: DateTime, new: [Int]!",
        &[("Put", "Filter.new", Why::Required), ("Things", "Filter.new", Why::Required)],
    );
    assert_told("other: ID }", "other: ID, new: ID! }", &[("Like", "Choice.new", Why::Required)]);
}

#[test]
fn a_type_can_differ_by_name_or_by_depth() {
    assert_told(
        "email: String!",
        "email: ID!",
        &[("Search", "Person.email", differs("String!", "ID!")), ("Thing", "Person.email", differs("String!", "ID!"))],
    );
    assert_told(
        "grid: [[Int!]!]",
        "grid: [Int!]",
        &[
            ("Put", "Thing.grid", differs("[[Int!]!]", "[Int!]")),
            ("Thing", "Thing.grid", differs("[[Int!]!]", "[Int!]")),
        ],
    );
    assert_told("thing(id: ID!", "thing(id: String!", &[("Thing", "Query.thing(id:)", differs("ID!", "String!"))]);
    assert_told(
        "things(filter: Filter)",
        "things(filter: [Filter])",
        &[("Things", "Query.things(filter:)", differs("Filter", "[Filter]"))],
    );
    assert_told(
        "input PutInput { id: ID!",
        "input PutInput { id: [ID!]!",
        &[("Put", "PutInput.id", differs("ID!", "[ID!]!"))],
    );
}

#[test]
fn a_type_can_be_of_another_kind() {
    let differs = |ours, theirs| Why::KindDiffers { ours, theirs };
    assert_told(
        "enum Color { RED BLUE }",
        "scalar Color",
        &[("Things", "Color", differs(EntryKind::Enum, EntryKind::Scalar))],
    );
    assert_told(
        "scalar DateTime",
        "enum DateTime { NOW }",
        &[
            ("Put", "DateTime", differs(EntryKind::Scalar, EntryKind::Enum)),
            ("Things", "DateTime", differs(EntryKind::Scalar, EntryKind::Enum)),
        ],
    );
    assert_told(
        "enum Color { RED BLUE }",
        "type Color { name: String }",
        &[("Things", "Thing.color", Why::NeedsFields)],
    );
    let theirs = edited("type Person implements Node { id: ID!, email: String! }", "scalar Person")
        .replace("Thing | Person", "Thing");
    let found = incompatibilities(OURS, &theirs, DOCUMENTS).unwrap();
    assert!(found.iter().any(|it| (it.at.as_str(), &it.why) == ("Thing.owner", &Why::NoFields)), "{found:?}");
}

#[test]
fn what_was_never_null_can_be_null_at_any_level() {
    assert_told(
        "unit: Unit!",
        "unit: Unit",
        &[("Put", "Thing.unit", may_be_null("Unit!", "Unit")), ("Thing", "Thing.unit", may_be_null("Unit!", "Unit"))],
    );
    assert_told(
        "grid: [[Int!]!]",
        "grid: [[Int]!]!",
        &[
            ("Put", "Thing.grid", may_be_null("[[Int!]!]", "[[Int]!]!")),
            ("Thing", "Thing.grid", may_be_null("[[Int!]!]", "[[Int]!]!")),
        ],
    );
    assert_told("): [Thing!]!", "): [Thing]!", &[("Things", "Query.things", may_be_null("[Thing!]!", "[Thing]!"))]);
}

#[test]
fn null_and_nothing_can_be_refused_where_we_may_send_them() {
    assert_told(
        "since: DateTime",
        "since: DateTime!",
        &[
            ("Put", "Filter.since", refused("DateTime", "DateTime!")),
            ("Things", "Filter.since", refused("DateTime", "DateTime!")),
        ],
    );
    assert_told(
        "units: [Unit!]",
        "units: [Unit!]! = []",
        &[
            ("Put", "Filter.units", refused("[Unit!]", "[Unit!]! = []")),
            ("Things", "Filter.units", refused("[Unit!]", "[Unit!]! = []")),
        ],
    );
    assert_told(
        "size: Int! = 5",
        "size: Int!",
        &[("Put", "Filter.size", refused("Int! = 5", "Int!")), ("Things", "Filter.size", refused("Int! = 5", "Int!"))],
    );
    assert_told(
        "things(filter: Filter)",
        "things(filter: Filter!)",
        &[("Things", "Query.things(filter:)", refused("Filter", "Filter!"))],
    );
    assert_told("unit: Unit = DAY", "unit: Unit! = DAY", &[("Thing", "Query.thing(unit:)", refused("Unit", "Unit!"))]);
    assert_told("one: ID", "one: ID!", &[("Like", "Choice.one", refused("ID", "ID!"))]);
}

#[test]
fn an_input_field_can_be_missing_however_deep() {
    let theirs = [("Put", "Filter.since", Why::InputFieldMissing), ("Things", "Filter.since", Why::InputFieldMissing)];
    assert_told(", since: DateTime", "", &theirs);
    assert_told("one: ID, ", "", &[("Like", "Choice.one", Why::InputFieldMissing)]);
    assert_told("name: String, filter", "filter", &[("Put", "PutInput.name", Why::InputFieldMissing)]);
}

#[test]
fn an_input_type_can_be_missing() {
    let theirs = OURS.replace("PutInput", "InsertInput");
    let found = incompatibilities(OURS, &theirs, DOCUMENTS).unwrap();
    insta::assert_snapshot!(lines(&found), @"
    Put: `Mutation.put(input:)`: it is `InsertInput!`, and this client knows it as `PutInput!`
    Put: `PutInput`: the input type is missing
    ");
}

#[test]
fn a_value_that_we_may_send_can_be_missing() {
    assert_told(
        "enum Unit { DAY HOUR }",
        "enum Unit { DAY }",
        &[
            ("Put", "Unit.HOUR", Why::EnumValueMissing),
            ("Thing", "Unit.HOUR", Why::EnumValueMissing),
            ("Things", "Unit.HOUR", Why::EnumValueMissing),
        ],
    );
}

#[test]
fn a_fragment_can_be_about_what_is_no_member_any_more() {
    let member = || Why::MemberMissing { member: "Person".to_owned() };
    assert_told("union Hit = Thing | Person", "union Hit = Thing", &[("Search", "Hit", member())]);
    assert_told("type Person implements Node", "type Person", &[("Search", "Node", member())]);
    let theirs = OURS.replace("Person", "Human");
    let found = incompatibilities(OURS, &theirs, DOCUMENTS).unwrap();
    insta::assert_snapshot!(lines(&found), @"
    Search: `Hit`: it can never be `Person`
    Search: `Node`: it can never be `Person`
    Thing: `Thing.owner`: it is `Human!`, and this client knows it as `Person!`
    ");
}

#[test]
fn a_directive_can_be_missing() {
    assert_told("directive @trace(level: Int! = 1) on QUERY", "", &[("Things", "@trace", Why::DirectiveMissing)]);
}

#[test]
fn an_input_type_can_come_to_take_one_field_only() {
    assert_told("input Choice {", "input Choice @oneOf {", &[("Like", "Choice", Why::OneOf)]);
    let filter = "input Filter @oneOf { and: [Filter!], units: [Unit!], since: DateTime, size: Int }";
    let found = told("input Filter { and: [Filter!], units: [Unit!], since: DateTime, size: Int! = 5 }", filter);
    let expected = ["Put", "Things"].map(|name| (name.to_owned(), "Filter".to_owned(), Why::OneOf));
    assert_eq!(found, expected);
}

#[test]
fn a_value_in_the_document_can_be_refused() {
    let why = Why::ValueRefused { theirs: "Int!".to_owned() };
    assert_told("search(text: String!)", "search(text: Int!)", &[("Search", "Query.search(text:)", why)]);
    assert_told("search(text: String!)", "search(text: [ID!]!)", &[]);
    assert_told("search(text: String!)", "search(text: DateTime!)", &[]);
}

#[test]
fn values_in_a_document_are_read_to_their_ground() {
    let schema =
        "type Query { a(i: I, f: Float, n: [[Int!]], b: Boolean, d: ID, e: E! = A): Int } enum E { A B } scalar Any
        input I { es: [E!]! = [A], i: I, any: Any, n: Int! = 1, m: Int }";
    let fits = |arguments: &str| {
        let document = format!(
            "query Q($e: E, $n: Int, $i: I = {{ es: B }}) {{ all: a({arguments}) x: a(i: $i, e: $e, n: [[1]]) y: a(i: {{ n: $n }}) }}"
        );
        match incompatibilities(schema, schema, &document) {
            Ok(none) if none.is_empty() => "fits".to_owned(),
            other => format!("{}", other.unwrap_err()),
        }
    };
    let arguments = [
        "i: { es: [A, B], i: { i: null, es: B }, any: { whatever: [$n, 1.5, X] }, m: $n }",
        "f: 1, n: 3, b: true, d: 4, e: B",
        "f: 1.0, n: [3, 4], b: null, d: \"x\"",
        "i: { es: [C] }",
        "i: { es: null }",
        "i: { es: [null] }",
        "i: { i: { i: { what: 1 } } }",
        "i: [1]",
        "n: [[$n]]",
        "n: [[1, null]]",
        "n: [[[1]]]",
        "f: \"1\"",
        "d: 1.5",
        "b: 1",
        "e: \"A\"",
        "e: $n",
        "e: null",
        "e: { a: 1 }",
        "z: 1",
    ];
    let lines: Vec<_> = arguments.into_iter().map(|it| format!("{it}\n  {}", fits(it))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    i: { es: [A, B], i: { i: null, es: B }, any: { whatever: [$n, 1.5, X] }, m: $n }
      fits
    f: 1, n: 3, b: true, d: 4, e: B
      fits
    f: 1.0, n: [3, 4], b: null, d: "x"
      fits
    i: { es: [C] }
      not even our own schema fits: Q: `E.C`: the value is missing
    i: { es: null }
      not even our own schema fits: Q: `I.es`: it is `[E!]!`, and this client may send null or leave it out, as in `null`
    i: { es: [null] }
      not even our own schema fits: Q: `I.es`: it is `E!`, and this client may send null or leave it out, as in `null`
    i: { i: { i: { what: 1 } } }
      not even our own schema fits: Q: `I.what`: the input field is missing
    i: [1]
      not even our own schema fits: Q: `Query.a(i:)`: it is `I`, and what this client sends is not
    n: [[$n]]
      not even our own schema fits: Q: `Query.a(n:)`: it is `Int!`, and this client may send null or leave it out, as in `Int`
    n: [[1, null]]
      not even our own schema fits: Q: `Query.a(n:)`: it is `Int!`, and this client may send null or leave it out, as in `null`
    n: [[[1]]]
      not even our own schema fits: Q: `Query.a(n:)`: it is `Int!`, and what this client sends is not
    f: "1"
      not even our own schema fits: Q: `Query.a(f:)`: it is `Float`, and what this client sends is not
    d: 1.5
      not even our own schema fits: Q: `Query.a(d:)`: it is `ID`, and what this client sends is not
    b: 1
      not even our own schema fits: Q: `Query.a(b:)`: it is `Boolean`, and what this client sends is not
    e: "A"
      not even our own schema fits: Q: `Query.a(e:)`: it is `E!`, and what this client sends is not
    e: $n
      not even our own schema fits: Q: `Query.a(e:)`: it is `E!`, and this client knows it as `Int`
    e: null
      not even our own schema fits: Q: `Query.a(e:)`: it is `E!`, and this client may send null or leave it out, as in `null`
    e: { a: 1 }
      not even our own schema fits: Q: `Query.a(e:)`: it is `E!`, and what this client sends is not
    z: 1
      not even our own schema fits: Q: `Query.a(z:)`: the argument is missing
    "#);
}

#[test]
fn each_is_told_once_by_operation_and_coordinate() {
    let documents = format!(
        "{DOCUMENTS} query Again {{ node {{ ...Who }} a: search(text: \"a\") {{ ...Who }} b: search(text: \"b\") {{ ...Who ... on Person {{ email }} }} }}"
    );
    let theirs = edited("email: String!", "mail: String!").replace("color: Color!, ", "");
    let found = incompatibilities(OURS, &theirs, &documents).unwrap();
    insta::assert_snapshot!(lines(&found), @"
    Again: `Person.email`: the field is missing
    Search: `Person.email`: the field is missing
    Thing: `Person.email`: the field is missing
    Things: `Thing.color`: the field is missing
    ");
}

#[test]
fn every_reason_can_be_read() {
    let (ours, theirs) = (|| "A!".to_owned(), || "B".to_owned());
    let all = [
        Why::RootMissing,
        Why::FieldMissing,
        Why::ArgumentMissing,
        Why::InputFieldMissing,
        Why::TypeMissing,
        Why::EnumValueMissing,
        Why::MemberMissing { member: "A".to_owned() },
        Why::DirectiveMissing,
        Why::Required,
        Why::TypeDiffers { ours: ours(), theirs: theirs() },
        Why::KindDiffers { ours: EntryKind::Enum, theirs: EntryKind::Input },
        Why::NeedsFields,
        Why::NoFields,
        Why::MayBeNull { ours: ours(), theirs: theirs() },
        Why::NullRefused { ours: ours(), theirs: theirs() },
        Why::OneOf,
        Why::ValueRefused { theirs: theirs() },
    ];
    insta::assert_snapshot!(all.map(|why| format!("`a`: {why}")).join("\n"), @"
    `a`: the root is missing
    `a`: the field is missing
    `a`: the argument is missing
    `a`: the input field is missing
    `a`: the input type is missing
    `a`: the value is missing
    `a`: it can never be `A`
    `a`: the directive is missing
    `a`: it is required, and this client does not send it
    `a`: it is `B`, and this client knows it as `A!`
    `a`: it is of the kind `input`, and this client knows it as `enum`
    `a`: it has fields, and this client asks for none of them
    `a`: it has no fields, and this client asks for some
    `a`: it is `B` and may be null, which this client does not expect of `A!`
    `a`: it is `B`, and this client may send null or leave it out, as in `A!`
    `a`: it takes exactly one field, and this client may send several or none
    `a`: it is `B`, and what this client sends is not
    ");
}

#[test]
fn a_document_that_does_not_fit_our_own_schema_is_an_error() {
    let error = |document: &str| format!("{document}\n  {}", incompatibilities(OURS, OURS, document).unwrap_err());
    let documents = [
        "query Q { node { id }",
        "query Q { node { } }",
        "{ node { id } }",
        "query Q { node { id } } query Q { node { id } }",
        "query Q { node { ...F } } fragment F on Node { id } fragment F on Node { id }",
        "query Q { thing(id: 1, id: 2) { id } }",
        "query Q($a: ID, $a: ID) { thing(id: $a) { id } }",
        "type A { a: Int }",
        "extend schema @a",
        "query Q { ...F }",
        "query Q { node { id } } fragment F on Node { ...G } fragment G on Node { id ...F }",
        "query Q { thing(id: $id) { id } }",
        "query Q { node { ...F } } fragment F on Node { id @skip(if: $no) }",
        "query Q($id: ID) { node { id } }",
        "query Q { nothing }",
        "query Q { node }",
        "query Q { node { id { a } } }",
        "query Q { thing { id } }",
        "query Q { thing(id: 1, what: 2) { id } }",
        "query Q($id: ID) { thing(id: $id) { id } }",
        "query Q($id: Node) { thing(id: $id) { id } }",
        "query Q($id: What) { thing(id: $id) { id } }",
        "query Q { node { ... on Hit { id } } }",
        "query Q { node { ... on What { id } } }",
        "query Q { search(text: \"a\") { id } }",
        "query Q { node { id @what } }",
        "query Q { node { id @skip } }",
        "query Q { node { id @skip(if: 1) } }",
        "mutation M { __schema { queryType { name } } }",
        "subscription S { a }",
    ];
    insta::assert_snapshot!(documents.map(error).join("\n"), @r#"
    query Q { node { id }
      line 1, column 22: expected R_CURLY, got EOF
    query Q { node { } }
      line 1, column 18: expected at least one Selection in Selection Set
    { node { id } }
      an operation has no name
    query Q { node { id } } query Q { node { id } }
      `Q` is defined twice
    query Q { node { ...F } } fragment F on Node { id } fragment F on Node { id }
      `F` is defined twice
    query Q { thing(id: 1, id: 2) { id } }
      `thing(id:)` is defined twice
    query Q($a: ID, $a: ID) { thing(id: $a) { id } }
      `$a` is defined twice
    type A { a: Int }
      `A` is no part of a document: it is neither an operation nor a fragment
    extend schema @a
      `schema` is no part of a document: it is neither an operation nor a fragment
    query Q { ...F }
      `Q` spreads the fragment `F`, which is not defined
    query Q { node { id } } fragment F on Node { ...G } fragment G on Node { id ...F }
      the fragment `F` spreads itself
    query Q { thing(id: $id) { id } }
      `Q`: the variable `$id` is not declared
    query Q { node { ...F } } fragment F on Node { id @skip(if: $no) }
      `Q`: the variable `$no` is not declared
    query Q($id: ID) { node { id } }
      `Q`: the variable `$id` is not used
    query Q { nothing }
      not even our own schema fits: Q: `Query.nothing`: the field is missing
    query Q { node }
      not even our own schema fits: Q: `Query.node`: it has fields, and this client asks for none of them
    query Q { node { id { a } } }
      not even our own schema fits: Q: `Node.id`: it has no fields, and this client asks for some
    query Q { thing { id } }
      not even our own schema fits: Q: `Query.thing(id:)`: it is required, and this client does not send it
    query Q { thing(id: 1, what: 2) { id } }
      not even our own schema fits: Q: `Query.thing(what:)`: the argument is missing
    query Q($id: ID) { thing(id: $id) { id } }
      not even our own schema fits: Q: `Query.thing(id:)`: it is `ID!`, and this client may send null or leave it out, as in `ID`
    query Q($id: Node) { thing(id: $id) { id } }
      not even our own schema fits: Q: `Node`: the input type is missing
    query Q($id: What) { thing(id: $id) { id } }
      not even our own schema fits: Q: `Query.thing(id:)`: it is `ID!`, and this client knows it as `What`
    query Q { node { ... on Hit { id } } }
      not even our own schema fits: Q: `Hit.id`: the field is missing
    query Q { node { ... on What { id } } }
      not even our own schema fits: Q: `Node`: it can never be `What`
    query Q { search(text: "a") { id } }
      not even our own schema fits: Q: `Hit.id`: the field is missing
    query Q { node { id @what } }
      not even our own schema fits: Q: `@what`: the directive is missing
    query Q { node { id @skip } }
      not even our own schema fits: Q: `@skip(if:)`: it is required, and this client does not send it
    query Q { node { id @skip(if: 1) } }
      not even our own schema fits: Q: `@skip(if:)`: it is `Boolean!`, and what this client sends is not
    mutation M { __schema { queryType { name } } }
      not even our own schema fits: M: `Mutation.__schema`: the field is missing
    subscription S { a }
      not even our own schema fits: S: `schema.subscription`: the root is missing
    "#);
    let fits = "query Q { __schema { queryType { name } } __type(name: \"A\") { name } node { ... on Node { id } } }";
    assert_eq!(incompatibilities(OURS, OURS, fits), Ok(Vec::new()));
}

#[test]
fn nothing_recurses_without_end() {
    let schema = "type Query { a(i: I): Query } input I { i: I, j: [J!]! = [] } input J { i: I! }";
    let spread = |n: usize| format!("fragment F{n} on Query {{ a {{ ...F{} ...F{} }} }}", n + 1, n + 1);
    let fragments: String = (0..200).map(spread).collect();
    let document = format!(
        "query Q($i: I) {{ a(i: $i) {{ ...F0 }} }} {fragments} fragment F200 on Query {{ a {{ __typename }} }}"
    );
    assert_eq!(incompatibilities(schema, schema, &document), Ok(Vec::new()), "each fragment is gone through once");
    let deep = |open: &str, close: &str| format!("query Q {{ a{}{} }}", open.repeat(20_000), close.repeat(20_000));
    for document in
        [deep("{a", "}"), deep("{... on Query{a", "}}"), format!("query Q {{ a(i: {} }}", "[".repeat(20_000))]
    {
        assert!(matches!(incompatibilities(schema, schema, &document), Err(SchemaError::Syntax { .. })));
    }
}

fn lines(found: &[Incompatibility]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

proptest! {
    #[test]
    fn no_document_makes_it_panic(text: String, tokens in prop::collection::vec(token(), 0..32)) {
        let _ = incompatibilities(OURS, OURS, &text);
        let _ = incompatibilities(OURS, OURS, &format!("query Q($id: ID) {{ {} }}", tokens.join(" ")));
    }
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "node",
        "thing",
        "(id: $id)",
        "(",
        ")",
        "{",
        "}",
        "{ id }",
        "...",
        "on",
        "Node",
        "Thing",
        "Hit",
        "Fields",
        "@skip(if: true)",
        "@",
        "$id",
        ":",
        "id",
        "1",
        "\"s\"",
        "[",
        "]",
        "null",
        "fragment Fields on Thing",
        "query",
        "=",
        "!",
    ])
}
