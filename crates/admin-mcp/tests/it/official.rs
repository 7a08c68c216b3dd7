//! The protocol's own schemas: everything that the server says is checked against them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The validators that were made, by revision and definition.
type Made = HashMap<(&'static str, String), Arc<Validator>>;

static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);

/// Panics if a message of the server is not what the revision of the protocol says. An answer has the method that was asked for.
pub(crate) fn check(revision: &'static str, method: Option<&str>, message: &Value) {
    let modern = revision == "2026-07-28";
    let is_asking = modern && message["result"]["resultType"] == "input_required";
    let (definition, part) = match (method, message.get("result"), message.get("error")) {
        (Some(_), Some(result), _) if is_asking => ("InputRequiredResult", result),
        (Some(method), Some(result), _) => (answer_to(method), result),
        (None, Some(_), _) => ("JSONRPCResponse", message),
        (_, _, Some(_)) if revision == "2025-06-18" => ("JSONRPCError", message),
        (_, _, Some(_)) => ("JSONRPCErrorResponse", message),
        _ if message.get("id").is_some() => ("ServerRequest", message),
        _ => ("ServerNotification", message),
    };
    let told: Vec<String> = validator(revision, definition)
        .iter_errors(part)
        .map(|error| format!("{} at `{}`", error.masked(), error.instance_path()))
        .collect();
    assert!(told.is_empty(), "{revision} has another {definition}: {}\n{message}", told.join("; "));
}

fn answer_to(method: &str) -> &'static str {
    match method {
        "initialize" => "InitializeResult",
        "server/discover" => "DiscoverResult",
        "tools/list" => "ListToolsResult",
        "tools/call" => "CallToolResult",
        "resources/list" => "ListResourcesResult",
        "resources/templates/list" => "ListResourceTemplatesResult",
        "resources/read" => "ReadResourceResult",
        "prompts/list" => "ListPromptsResult",
        "prompts/get" => "GetPromptResult",
        "completion/complete" => "CompleteResult",
        "ping" => "EmptyResult",
        other => panic!("{other} has no result"),
    }
}

fn validator(revision: &'static str, definition: &str) -> Arc<Validator> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = made.entry((revision, definition.to_owned())).or_insert_with(|| {
        let mut schema: Value = serde_json::from_str(match revision {
            "2025-06-18" => include_str!("../schemas/2025-06-18.json"),
            "2025-11-25" => include_str!("../schemas/2025-11-25.json"),
            _ => include_str!("../schemas/2026-07-28.json"),
        })
        .unwrap();
        let place = if schema.get("$defs").is_some() { "$defs" } else { "definitions" };
        assert!(schema[place][definition].is_object(), "{revision} has no {definition}");
        schema["$ref"] = json!(format!("#/{place}/{definition}"));
        Arc::new(jsonschema::validator_for(&schema).unwrap())
    });
    Arc::clone(validator)
}
