//! The command of the shell that does what a call was to do, for a person to run.

use admin_core::{Client, Confirm, OperationInfo};
use admin_local::{shell_flag, shell_word};
use rmcp::model::JsonObject;
use serde_json::Value;

use crate::credentials;
use crate::deliver::{self, DELIVER};
use crate::server::Server;
use crate::subject::{self, Subject};

/// The command, confirmed beforehand.
pub(crate) fn command(
    info: &OperationInfo,
    arguments: &JsonObject,
    subject: &Subject,
    client: &Client,
    server: &Server,
) -> String {
    let mut parts = vec!["aisetu".to_owned()];
    parts.extend(credentials::flag(client));
    parts.extend(info.command());
    if !subject.id.is_empty() {
        parts.push(shell_word(&subject.id));
    }
    for (name, value) in arguments.iter().filter(|(name, _)| !subject::NAMED_BY.contains(&name.as_str())) {
        match name.as_str() {
            DELIVER => {
                parts.extend(deliver::sink(value, server).map(|sink| shell_flag("--save-to", &sink.to_string())));
            }
            _ => parts.extend(flags(name, value)),
        }
    }
    match info.confirm {
        Confirm::None => {}
        Confirm::Moderate => parts.push("--yes".to_owned()),
        Confirm::Severe => parts.push(shell_flag("--confirm", &subject.name)),
        Confirm::Money => parts.push(shell_flag("--max-amount", &subject.name)),
    }
    parts.join(" ")
}

/// An argument as the command line's flag for it: once for each item of a list, bare where it is true.
fn flags(name: &str, value: &Value) -> Vec<String> {
    let flag = match name {
        "expiresAt" => "--expires".to_owned(),
        "workspaceId" => "--workspace".to_owned(),
        "tenantId" => "--tenant".to_owned(),
        "scopes" => "--scope".to_owned(),
        "usd" => "--amount".to_owned(),
        _ => format!("--{}", kebab(name)),
    };
    match value {
        Value::Null | Value::Bool(false) => Vec::new(),
        Value::Bool(true) => vec![flag],
        Value::Array(items) => items.iter().map(|item| shell_flag(&flag, &text(item))).collect(),
        value => vec![shell_flag(&flag, &text(value))],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn kebab(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
