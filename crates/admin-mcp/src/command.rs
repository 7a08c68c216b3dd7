//! The command of the shell that does what a call was to do, for a person to run.

use admin_core::{Confirm, OperationInfo};
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
    let mut words = vec!["aisetu".to_owned()];
    words.extend(credentials.into_iter().flatten());
    words.extend(info.command());
    words.push(subject.id.clone());
    for (name, value) in arguments.iter().filter(|(name, _)| *name != "id") {
        words.extend(flag(name, value).into_iter().flatten());
    }
    match info.confirm {
        Confirm::None => {}
        Confirm::Moderate => words.push("--yes".to_owned()),
        Confirm::Severe | Confirm::Money => words.extend(["--confirm".to_owned(), subject.name.clone()]),
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// An argument as the flag of the same name, or the one that the command line has for it.
fn flag(name: &str, value: &Value) -> Option<[String; 2]> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match name {
        "deliver" => {
            Some(["--save-to".to_owned(), format!("env:{}#{}", text(&value["path"]), text(&value["variable"]))])
        }
        "expiresAt" => Some(["--expires".to_owned(), text(value)]),
        _ if value.is_null() => None,
        _ => Some([format!("--{}", kebab(name)), text(value)]),
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

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
