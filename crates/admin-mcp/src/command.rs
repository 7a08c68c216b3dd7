//! The command of the shell that does what a call was to do, for a person to run.

use admin_core::{Confirm, OperationInfo};
use admin_local::{shell_flag, shell_word};
use rmcp::model::JsonObject;
use serde_json::Value;

use crate::subject::Subject;

/// The command, confirmed beforehand.
pub(crate) fn command(
    info: &OperationInfo,
    arguments: &JsonObject,
    subject: &Subject,
    credentials: Option<[String; 2]>,
) -> String {
    let mut parts = vec!["aisetu".to_owned()];
    parts.extend(credentials.map(|[flag, value]| shell_flag(&flag, &value)));
    parts.extend(info.command());
    parts.push(shell_word(&subject.id));
    parts.extend(arguments.iter().filter(|(name, _)| *name != "id").filter_map(|(name, value)| flag(name, value)));
    match info.confirm {
        Confirm::None => {}
        Confirm::Moderate => parts.push("--yes".to_owned()),
        Confirm::Severe | Confirm::Money => parts.push(shell_flag("--confirm", &subject.name)),
    }
    parts.join(" ")
}

/// An argument as the flag of the same name, or the one that the command line has for it.
fn flag(name: &str, value: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match name {
        "deliver" => {
            let sink = format!("env:{}#{}", text(&value["path"]), text(&value["variable"]));
            Some(shell_flag("--save-to", &sink))
        }
        "expiresAt" => Some(shell_flag("--expires", &text(value))),
        _ if value.is_null() => None,
        _ => Some(shell_flag(&format!("--{}", kebab(name)), &text(value))),
    }
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
