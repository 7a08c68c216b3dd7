//! A document for every operation.

use serde_json::{Value, json};

const WORKSPACE: &str = "id tenantId name createdAt deletedAt restorableUntil";
const KEY: &str = "id workspaceId name description environment state scopes metadata hint createdAt createdBy expiresAt deletedAt \
    revocation { at by code reason restorableUntil } versions { id number hint createdAt expiresAt }";
const PROJECT: &str = "id workspaceId name createdAt archivedAt";
const EVENT: &str =
    "id number at actor { kind userId email patId client } action objectId workspaceId before after reason requestId";
const PAT: &str = "id userId name state scopes hint createdAt expiresAt revokedAt";

/// The document and the variables of an operation. A text is its `id`, an object its `input`, null neither.
///
/// # Panics
/// When there is no such operation.
pub fn operation(field: &str, argument: Value) -> (String, Value) {
    let page = |item: &str| format!("items {{ {item} }} nextCursor totalCount");
    let issued = |item: &str| format!("item {{ {item} }} secret");
    let (input, selection) = match field {
        "workspacesList" => ("ListWorkspacesInput", page(WORKSPACE)),
        "workspacesCreate" => ("CreateWorkspaceInput!", WORKSPACE.to_owned()),
        "workspacesRename" => ("RenameWorkspaceInput!", WORKSPACE.to_owned()),
        "workspacesGet" | "workspacesDelete" | "workspacesRestore" => ("", WORKSPACE.to_owned()),
        "workspacesListMembers" => ("ListWorkspaceMembersInput!", page("id userId email role inherited createdAt")),
        "projectsList" => ("ListProjectsInput", page(PROJECT)),
        "projectsCreate" => ("CreateProjectInput!", PROJECT.to_owned()),
        "projectsRename" => ("RenameProjectInput!", PROJECT.to_owned()),
        "projectsArchive" => ("", PROJECT.to_owned()),
        "apiKeysList" => ("ListApiKeysInput", page(KEY)),
        "apiKeysCreate" => ("CreateApiKeyInput!", issued(KEY)),
        "apiKeysRotate" => ("RotateApiKeyInput!", issued(KEY)),
        "apiKeysRevoke" => ("RevokeApiKeyInput!", KEY.to_owned()),
        "apiKeysGet" | "apiKeysFinishRotation" | "apiKeysRollbackRotation" | "apiKeysRestore" | "apiKeysDelete" => {
            ("", KEY.to_owned())
        }
        "patsList" => ("ListPatsInput", page(PAT)),
        "patsCreate" => ("CreatePatInput!", issued(PAT)),
        "patsRevoke" => ("", PAT.to_owned()),
        "auditEvents" => ("ListAuditEventsInput", page(EVENT)),
        "auditVerify" => ("", "ok events brokenAt message".to_owned()),
        "authWhoami" => (
            "",
            format!("user {{ id email }} tenant {{ id name }} memberships {{ id role workspaceId }} pat {{ {PAT} }}"),
        ),
        _ => panic!("there is no document for {field}"),
    };
    let verb = ["List", "Get", "ListMembers", "Events", "Verify", "Whoami"].iter().any(|end| field.ends_with(end));
    let verb = if verb { "query" } else { "mutation" };
    match argument {
        Value::Null => (format!("{verb} {{ {field} {{ {selection} }} }}"), json!({})),
        Value::String(id) => {
            (format!("{verb}($id: ID!) {{ {field}(id: $id) {{ {selection} }} }}"), json!({ "id": id }))
        }
        object => (
            format!("{verb}($input: {input}) {{ {field}(input: $input) {{ {selection} }} }}"),
            json!({ "input": object }),
        ),
    }
}
