//! What a client can read without calling a tool: the guide, a workspace, what a code means.

use admin_core::workspaces::{GetWorkspace, ListWorkspaces};
use admin_core::{ErrorCode, Operation as _, VerifyCode};
use rmcp::ErrorData;
use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::json;

use crate::error::ToolError;
use crate::server::Server;
use crate::tools::presentable;

const GUIDE: &str = "aisetu://guide";
const WORKSPACE: &str = "aisetu://workspaces/";
const ERROR: &str = "aisetu://errors/";
const MARKDOWN: &str = "text/markdown";
/// The page for agents, as the project publishes it.
const GUIDE_TEXT: &str = include_str!("../../../llms.txt");

pub(crate) fn resources() -> Vec<Resource> {
    vec![
        Resource::new(GUIDE, "guide")
            .with_title("Guide for agents")
            .with_description("How to work with this control plane: tools, commands, errors, what asks first")
            .with_mime_type(MARKDOWN),
    ]
}

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(format!("{WORKSPACE}{{id}}"), "workspace")
            .with_title("A workspace")
            .with_description("One workspace that the token may read")
            .with_mime_type("application/json"),
        ResourceTemplate::new(format!("{ERROR}{{code}}"), "error")
            .with_title("What a code means")
            .with_description("What a code of an error or a verdict on a key means, and what to do")
            .with_mime_type(MARKDOWN),
    ]
}

/// # Errors
/// There is no such resource, or it cannot be read.
pub(crate) async fn read(server: &Server, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let absent = || ErrorData::resource_not_found(format!("there is no resource {uri}"), Some(json!({ "uri": uri })));
    let (text, kind) = if uri == GUIDE {
        (GUIDE_TEXT.to_owned(), MARKDOWN)
    } else if let Some(code) = uri.strip_prefix(ERROR) {
        (explained(code).ok_or_else(absent)?, MARKDOWN)
    } else if let Some(id) = uri.strip_prefix(WORKSPACE).filter(|id| !id.is_empty()) {
        let read = async {
            let workspace = server.client(&GetWorkspace::INFO)?.execute(GetWorkspace { id: id.into() }).await?;
            Ok::<_, ToolError>(presentable(workspace)?.to_string())
        };
        match read.await {
            Ok(text) => (text, "application/json"),
            Err(error) if error.code() == &ErrorCode::NotFound => return Err(absent()),
            Err(error) => return Err(ErrorData::internal_error(error.text(), None)),
        }
    } else {
        return Err(absent());
    };
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(kind)]))
}

/// An error and a verdict may have the same name: then it says both.
fn explained(code: &str) -> Option<String> {
    let known = |text: &str| text.eq_ignore_ascii_case(code);
    let error = ErrorCode::KNOWN.iter().find(|error| known(error.as_str()));
    let verdict = VerifyCode::KNOWN.iter().find(|verdict| known(verdict.as_str()));
    let told = [
        error.map(|error| ("an error", error.explanation())),
        verdict.map(|verdict| ("a verdict on an API key", verdict.explanation())),
    ];
    let code = code.to_ascii_uppercase();
    let lines: Vec<String> = told
        .into_iter()
        .flatten()
        .map(|(kind, [meaning, remedy])| {
            let remedy = if remedy.is_empty() { String::new() } else { format!("\n\nWhat to do: {remedy}.") };
            format!("# {code}, as {kind}\n\nIt means: {meaning}.{remedy}\n")
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What can stand for a part of a template. Ids are those of the first hundred workspaces whose id or name begins so.
pub(crate) async fn complete(server: &Server, template: &str, typed: &str) -> Result<Vec<String>, ToolError> {
    let typed = typed.to_lowercase();
    if template == format!("{ERROR}{{code}}") {
        let codes = ErrorCode::KNOWN.iter().map(|code| code.as_str().to_owned());
        let mut codes: Vec<String> =
            codes.chain(VerifyCode::KNOWN.iter().map(|code| code.as_str().to_owned())).collect();
        codes.retain(|code| code.to_lowercase().starts_with(&typed));
        codes.sort();
        codes.dedup();
        return Ok(codes);
    }
    if template == format!("{WORKSPACE}{{id}}") {
        let list = ListWorkspaces { limit: Some(100), ..ListWorkspaces::default() };
        let page = server.client(&ListWorkspaces::INFO)?.execute(list).await?;
        let begins = |text: &str| text.to_lowercase().starts_with(&typed);
        let found = page.items.into_iter().filter(|one| begins(one.id.as_ref()) || begins(&one.name));
        return Ok(found.map(|one| one.id.to_string()).collect());
    }
    Ok(Vec::new())
}
