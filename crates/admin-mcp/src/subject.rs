//! What a destructive call is about, and what it is called: a person types that name.

use admin_core::api_keys::GetApiKey;
use admin_core::pats::ListPats;
use admin_core::projects::ListProjects;
use admin_core::workspaces::GetWorkspace;
use admin_core::{Client, Error, ErrorCode, OperationInfo, Paged as _};
use rmcp::model::JsonObject;

use crate::error::ToolError;

pub(crate) struct Subject {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// Finds what the call is about. What is of a namespace that is not known here goes by its id.
pub(crate) async fn find(client: &Client, info: &OperationInfo, arguments: &JsonObject) -> Result<Subject, ToolError> {
    let id = arguments.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let name = match info.namespace {
        "api_keys" => client.execute(GetApiKey { id: id.as_str().into() }).await?.name,
        "workspaces" => client.execute(GetWorkspace { id: id.as_str().into() }).await?.name,
        "projects" => project_name(client, &id).await?,
        "pats" => pat_name(client, &id).await?,
        _ => id.clone(),
    };
    Ok(Subject { id, name })
}

/// A living project: an archived one is not changed.
async fn project_name(client: &Client, id: &str) -> Result<String, ToolError> {
    let mut list = ListProjects { limit: Some(100), ..ListProjects::default() };
    loop {
        let page = client.execute(list.clone()).await?;
        if let Some(project) = page.items.into_iter().find(|project| project.id.as_ref() == id) {
            return Ok(project.name);
        }
        let Some(cursor) = page.next_cursor else { break };
        list = list.after(cursor);
    }
    Err(ToolError::new(ErrorCode::NotFound, "project not found", "call list_projects and use an id from it"))
}

/// One's own token, else one of the tenant, which only an OWNER may list.
async fn pat_name(client: &Client, id: &str) -> Result<String, ToolError> {
    for all_users in [None, Some(true)] {
        let mut list = ListPats { all_users, limit: Some(100), ..ListPats::default() };
        loop {
            let page = match client.execute(list.clone()).await {
                Err(Error::GraphQl(refused)) if all_users.is_some() && refused.code == ErrorCode::Unauthorized => break,
                page => page?,
            };
            if let Some(pat) = page.items.into_iter().find(|pat| pat.id.as_ref() == id) {
                return Ok(pat.name);
            }
            let Some(cursor) = page.next_cursor else { break };
            list = list.after(cursor);
        }
    }
    Err(ToolError::new(ErrorCode::NotFound, "personal access token not found", "call list_pats and use an id from it"))
}
