//! The arguments of a call.

use admin_core::ErrorCode;
use rmcp::model::JsonObject;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ToolError;

/// Reads the input of an operation.
pub(crate) fn read<T: DeserializeOwned>(arguments: &JsonObject) -> Result<T, ToolError> {
    serde_path_to_error::deserialize(Value::Object(arguments.clone())).map_err(|error| {
        let (path, what) = (error.path().to_string(), error.inner());
        let message = if path == "." { what.to_string() } else { format!("`{path}`: {what}") };
        ToolError::new(ErrorCode::BadUserInput, message, "correct the argument by the tool's schema and call again")
    })
}

/// Refuses arguments that hold something like a token: what is in the conversation is no secret any more.
pub(crate) fn refuse_secrets(arguments: &JsonObject) -> Result<(), ToolError> {
    let Some(kind) = arguments.iter().find_map(|(name, value)| admin_token::find(name).or_else(|| find(value))) else {
        return Ok(());
    };
    Err(ToolError::new(
        ErrorCode::SecretInArgument,
        format!("an argument holds what looks like {kind}; nothing was sent"),
        "tell the user that it is in this conversation now and should be revoked; no tool takes a secret",
    ))
}

fn find(value: &Value) -> Option<admin_token::TokenKind> {
    match value {
        Value::String(text) => admin_token::find(text),
        Value::Array(items) => items.iter().find_map(find),
        Value::Object(fields) => {
            fields.iter().find_map(|(name, value)| admin_token::find(name).or_else(|| find(value)))
        }
        _ => None,
    }
}
