//! The arguments of a call.

use admin_core::ErrorCode;
use rmcp::model::JsonObject;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ToolError;
use crate::tools::Entry;

/// Reads the input of an operation.
pub(crate) fn read<T: DeserializeOwned>(arguments: &JsonObject) -> Result<T, ToolError> {
    serde_path_to_error::deserialize(Value::Object(arguments.clone())).map_err(|error| {
        let (path, what) = (error.path().to_string(), error.inner());
        let message = if path == "." { what.to_string() } else { format!("`{path}`: {what}") };
        ToolError::new(ErrorCode::BadUserInput, message, "correct the argument by the tool's schema and call again")
    })
}

/// Checks what the schema says of values and the operation's own type does not: it takes any text for an enum, because a newer
/// server may know more. An argument that is null is one that was left out.
pub(crate) fn conform(mut arguments: JsonObject, entry: &Entry) -> Result<JsonObject, ToolError> {
    let properties = entry.input.get("properties").unwrap_or(&Value::Null);
    let shown = entry.tool.input_schema.get("properties").and_then(Value::as_object);
    if let Some(name) = arguments.keys().find(|name| !shown.is_some_and(|shown| shown.contains_key(*name))) {
        let known = shown.into_iter().flat_map(JsonObject::keys).map(String::as_str).collect::<Vec<_>>().join(", ");
        let message = format!("there is no argument `{name}`; there are {known}");
        return Err(ToolError::new(ErrorCode::BadUserInput, message, "correct the argument and call again"));
    }
    let takes_null =
        |name: &str| properties[name]["type"].as_array().is_some_and(|types| types.contains(&"null".into()));
    arguments.retain(|name, value| !value.is_null() || takes_null(name));
    for (name, value) in &arguments {
        check(name, value, &properties[name.as_str()])?;
    }
    Ok(arguments)
}

fn check(at: &str, value: &Value, schema: &Value) -> Result<(), ToolError> {
    if let Some(known) = schema["enum"].as_array().filter(|known| !known.contains(value)) {
        let known: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
        let message = format!("`{at}` is {value}; it must be one of {}", known.join(", "));
        return Err(ToolError::new(ErrorCode::BadUserInput, message, "correct the argument and call again"));
    }
    match value {
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(name, value)| check(&format!("{at}.{name}"), value, &schema["properties"][name])),
        Value::Array(items) => items.iter().try_for_each(|item| check(at, item, &schema["items"])),
        _ => Ok(()),
    }
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
