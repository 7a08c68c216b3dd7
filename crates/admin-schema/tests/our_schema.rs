//! Our own schema and the documents that our client sends, beside servers that differ from it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use admin_schema::{Incompatibility, canonical, incompatibilities};

const SCHEMA: &str = include_str!("../../../schema/schema-public.gql");
const OPERATIONS: &str = include_str!("../../../schema/operations.graphql");

/// Our schema with another text in the place of one that is within a definition once.
fn edited(definition: &str, from: &str, to: &str) -> String {
    let start = SCHEMA.find(&format!("\n{definition} {{\n")).unwrap();
    let end = start + SCHEMA[start..].find("\n}\n").unwrap();
    let block = &SCHEMA[start..end];
    assert_eq!(block.matches(from).count(), 1, "{definition}: {from}");
    format!("{}{}{}", &SCHEMA[..start], block.replace(from, to), &SCHEMA[end..])
}

fn told(theirs: &str) -> String {
    let found = incompatibilities(SCHEMA, theirs, OPERATIONS).unwrap();
    found.iter().map(Incompatibility::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_server_with_our_schema_takes_every_document_of_our_client() {
    assert_eq!(incompatibilities(SCHEMA, SCHEMA, OPERATIONS), Ok(Vec::new()));
    let theirs = canonical(SCHEMA).unwrap();
    assert_eq!(incompatibilities(SCHEMA, &theirs, OPERATIONS), Ok(Vec::new()));
}

#[test]
fn a_field_that_is_missing_fails_what_selects_it() {
    insta::assert_snapshot!(told(&edited("type Revocation", "\n\trestorableUntil: ", "\n\tanother: ")), @"
    ApiKeysCreate: `Revocation.restorableUntil`: the field is missing
    ApiKeysDelete: `Revocation.restorableUntil`: the field is missing
    ApiKeysFinishRotation: `Revocation.restorableUntil`: the field is missing
    ApiKeysGet: `Revocation.restorableUntil`: the field is missing
    ApiKeysList: `Revocation.restorableUntil`: the field is missing
    ApiKeysRestore: `Revocation.restorableUntil`: the field is missing
    ApiKeysRevoke: `Revocation.restorableUntil`: the field is missing
    ApiKeysRollbackRotation: `Revocation.restorableUntil`: the field is missing
    ApiKeysRotate: `Revocation.restorableUntil`: the field is missing
    ApiKeysUpdate: `Revocation.restorableUntil`: the field is missing
    ApiKeysUpdateRestrictions: `Revocation.restorableUntil`: the field is missing
    ");
}

#[test]
fn an_operation_that_a_server_does_not_have_fails_alone() {
    insta::assert_snapshot!(told(&edited("type Mutation", "\n\tapiKeysRotate(", "\n\tapiKeysTurn(")), @"ApiKeysRotate: `Mutation.apiKeysRotate`: the field is missing");
}

#[test]
fn an_input_field_that_becomes_required_fails_what_may_leave_it_out() {
    insta::assert_snapshot!(told(&edited("input RateLimitInput", "\n\tburst: Int64", "\n\tburst: Int64!")), @"
    ApiKeysCreate: `RateLimitInput.burst`: it is `Int64!`, and this client may send null or leave it out, as in `Int64`
    ApiKeysUpdate: `RateLimitInput.burst`: it is `Int64!`, and this client may send null or leave it out, as in `Int64`
    ApiKeysUpdateRestrictions: `RateLimitInput.burst`: it is `Int64!`, and this client may send null or leave it out, as in `Int64`
    ");
}

#[test]
fn a_type_of_another_name_fails_what_asks_for_it_and_what_sends_it() {
    insta::assert_snapshot!(told(&SCHEMA.replace("RotateApiKeyInput", "TurnApiKeyInput")), @"
    ApiKeysRotate: `Mutation.apiKeysRotate(input:)`: it is `TurnApiKeyInput!`, and this client knows it as `RotateApiKeyInput!`
    ApiKeysRotate: `RotateApiKeyInput`: the input type is missing
    ");
    insta::assert_snapshot!(told(&SCHEMA.replace("TimeRestrictionsInput", "HoursInput")), @"
    ApiKeysCreate: `RestrictionsInput.timeRestrictions`: it is `HoursInput`, and this client knows it as `TimeRestrictionsInput`
    ApiKeysUpdate: `RestrictionsInput.timeRestrictions`: it is `HoursInput`, and this client knows it as `TimeRestrictionsInput`
    ApiKeysUpdateRestrictions: `UpdateApiKeyRestrictionsInput.timeRestrictions`: it is `HoursInput`, and this client knows it as `TimeRestrictionsInput`
    ");
    insta::assert_snapshot!(told(&SCHEMA.replace("AuditActorKind", "ActorKind")), @"AuditEvents: `AuditActor.kind`: it is `ActorKind!`, and this client knows it as `AuditActorKind!`");
}

#[test]
fn a_field_that_may_be_null_fails_what_selects_it() {
    insta::assert_snapshot!(told(&edited("type Workspace", "\n\tname: String!", "\n\tname: String")), @"
    WorkspacesCreate: `Workspace.name`: it is `String` and may be null, which this client does not expect of `String!`
    WorkspacesDelete: `Workspace.name`: it is `String` and may be null, which this client does not expect of `String!`
    WorkspacesGet: `Workspace.name`: it is `String` and may be null, which this client does not expect of `String!`
    WorkspacesList: `Workspace.name`: it is `String` and may be null, which this client does not expect of `String!`
    WorkspacesRename: `Workspace.name`: it is `String` and may be null, which this client does not expect of `String!`
    WorkspacesRestore: `Workspace.name`: it is `String` and may be null, which this client does not expect of `String!`
    WorkspacesSetBudget: `Workspace.name`: it is `String` and may be null, which this client does not expect of `String!`
    ");
}

#[test]
fn a_server_that_only_reads_fails_what_writes_and_nothing_else() {
    let theirs = SCHEMA.replace("\tmutation: Mutation\n", "");
    let found = incompatibilities(SCHEMA, &theirs, OPERATIONS).unwrap();
    assert_eq!(found.len(), OPERATIONS.matches("\nmutation ").count());
    assert!(found.iter().all(|it| it.at == "schema.mutation"));
}

#[test]
fn a_value_that_a_server_lost_fails_what_may_send_it_and_not_what_only_receives_it() {
    insta::assert_snapshot!(told(&edited("enum Environment", "\n\tTEST", "")), @"ApiKeysCreate: `Environment.TEST`: the value is missing");
    insta::assert_snapshot!(told(&edited("enum ApiKeyCheck", "\n\tBUDGET", "")), @"");
}
