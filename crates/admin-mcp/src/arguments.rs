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
/// server may know more. An argument that is null is one that was left out, and one that was left out has its default.
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
    for (name, property) in properties.as_object().into_iter().flatten() {
        if let Some(default) = property.get("default").filter(|_| !arguments.contains_key(name)) {
            arguments.insert(name.clone(), default.clone());
        }
    }
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

/// Refuses arguments that hold something like a secret: what is in the conversation is none any more.
pub(crate) fn refuse_secrets(arguments: &JsonObject) -> Result<(), ToolError> {
    let Some(kind) = arguments.iter().find_map(|(name, value)| looks_like(name).or_else(|| find(value))) else {
        return Ok(());
    };
    Err(ToolError::new(
        ErrorCode::SecretInArgument,
        format!("an argument holds what looks like {kind}; nothing was sent"),
        "tell the user that it is in this conversation now and should be revoked or replaced; no tool takes a secret, but `source` says where \
         one is",
    ))
}

fn find(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => looks_like(text),
        Value::Array(items) => items.iter().find_map(find),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| looks_like(name).or_else(|| find(value))),
        _ => None,
    }
}

/// What the first thing in a text that looks like a secret is: a token of ours, or what providers of models hand out.
pub(crate) fn looks_like(text: &str) -> Option<String> {
    let ours = || admin_token::find(text).map(|kind| kind.to_string());
    let words = || text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    let theirs = || words().find_map(of_provider).map(str::to_owned);
    ours().or_else(theirs)
}

/// The shapes of <https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml>, with less of each: a cut one is known too.
fn of_provider(word: &str) -> Option<&'static str> {
    let is_random = |part: &str| part.len() >= 16 && part.bytes().any(|byte| byte.is_ascii_digit());
    if word.strip_prefix("sk-").is_some_and(|body| body.split(['-', '_']).any(is_random)) {
        return Some("an API key of a provider (`sk-…`)");
    }
    let body = ["AKIA", "ASIA"].iter().find_map(|prefix| word.strip_prefix(prefix))?;
    let is_id = body.len() == 16 && body.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_id.then_some("an access key id of AWS (`AKIA…`)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_told_from_a_name() {
        for secret in [
            "tt_pat_0123456789",
            "see tt_live_0123456789abcdef",
            "OPENAI_API_KEY=sk-0123456789abcdef",
            "sk-proj-a_b-0123456789abcdefGHIJ-x",
            "\"sk-ant-api03-abcdefghijklmnop0123-_\"",
            "key AKIAIOSFODNN7EXAMPLE.",
            "ASIAIOSFODNN7EXAMPLE",
        ] {
            assert!(looks_like(secret).is_some(), "{secret}");
        }
        for name in [
            "sk-",
            "sk-learn-training-pipeline-2",
            "task-0123456789abcdef",
            "AKIA",
            "AKIAIOSFODNN7EXAMPLES",
            "key_01J9",
        ] {
            assert_eq!(looks_like(name), None, "{name}");
        }
    }
}
