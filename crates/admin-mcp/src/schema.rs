//! JSON schemas as every client understands them: one type for a value, no references, nothing that only Rust needs.

use std::sync::Arc;

use admin_core::NULL_CLEARS;
use rmcp::model::JsonObject;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

/// The schema of what a tool takes.
pub(crate) fn input<T: JsonSchema>() -> JsonObject {
    let mut schema = object(settings().for_deserialize().into_generator().into_root_schema_for::<T>());
    // Some clients want it where there are none, too.
    schema.entry("properties").or_insert_with(|| Value::Object(JsonObject::new()));
    if let Some(limit) = schema["properties"].get_mut("limit").filter(|limit| limit["description"] == LIMIT) {
        limit["description"] = format!("1 to 100; absent = {PAGE}.").into();
        limit["default"] = PAGE.into();
    }
    schema
}

/// What the operations say of the length of a page.
const LIMIT: &str = "1 to 100; absent = 50.";
/// So many things are on a page of a tool unless it is told otherwise: a model reads all of them.
const PAGE: u32 = 20;

/// What a model is spared of a tool's arguments, though the operation takes them: a token is of one tenant, pages follow each other by
/// cursor, and what is rarely asked costs its tokens in every conversation.
const SPARED: [(&str, &[&str]); 7] = [
    ("create_api_key", &["description", "metadata", "projects", "restrictions.timeRestrictions"]),
    ("create_pat", &["publicKey"]),
    ("create_top_up_intent", &["flow"]),
    ("list_api_keys", &["createdFrom", "createdTo", "expiresFrom", "lastUsedFrom", "scope"]),
    ("list_key_logs", &["versionId"]),
    ("summarize_usage", &["models", "resources", "top"]),
    ("update_api_key", &["metadata", "restrictions"]),
];
/// The same of every tool.
const SPARED_EVERYWHERE: [&str; 2] = ["offset", "tenantId"];

/// What a model is shown of the schema of a tool's input: what is within an argument in words, which take a fifth of the tokens.
pub(crate) fn shown(tool: &str, input: &JsonObject) -> JsonObject {
    let mut shown = input.clone();
    if let Some(Value::Object(properties)) = shown.get_mut("properties") {
        let spared = SPARED.iter().find(|(name, _)| *name == tool).map_or(&[][..], |(_, spared)| spared);
        properties.retain(|name, _| !spared.contains(&name.as_str()) && !SPARED_EVERYWHERE.contains(&name.as_str()));
        for (argument, field) in spared.iter().filter_map(|path| path.split_once('.')) {
            let within = properties.get_mut(argument).and_then(|property| property["properties"].as_object_mut());
            within.and_then(|fields| fields.remove(field));
        }
        properties.values_mut().for_each(put_in_words);
    }
    shown
}

/// Puts what is within an object into its description.
fn put_in_words(property: &mut Value) {
    let Value::Object(fields) = property else { return };
    for dear in ["default", "pattern", "examples", "format"] {
        fields.remove(dear);
    }
    if fields.contains_key("properties") || fields.contains_key("oneOf") {
        let shape = shape(&Value::Object(fields.clone()));
        fields.retain(|name, _| name == "type" || name == "description");
        fields.entry("type").or_insert_with(|| "object".into());
        let told = fields.get("description").and_then(Value::as_str).unwrap_or_default();
        let told = format!("{told} {shape}").trim_start().to_owned();
        fields.insert("description".to_owned(), told.into());
    }
    if let Some(items) = fields.get_mut("items") {
        put_in_words(items);
        if let Some(items) = items.as_object_mut() {
            items.remove("description");
        }
    }
    part_types(fields);
}

/// One type for a value: some clients know no list of types.
fn part_types(fields: &mut JsonObject) {
    let Some(Value::Array(types)) = fields.get("type").cloned() else { return };
    fields.remove("type");
    let mut of_type: JsonObject = ["items", "enum"].into_iter().filter_map(|name| fields.remove_entry(name)).collect();
    let choices = types.into_iter().map(|kind| {
        let mut choice = if kind == "null" { JsonObject::new() } else { std::mem::take(&mut of_type) };
        choice.insert("type".to_owned(), kind);
        Value::Object(choice)
    });
    fields.insert("anyOf".to_owned(), choices.collect());
}

/// A schema in the notation that every model has seen most of.
fn shape(schema: &Value) -> String {
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().map(shape).collect::<Vec<_>>().join(" or ");
    }
    if let Some(only) = schema["const"].as_str() {
        return only.to_owned();
    }
    let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(choices) = schema["enum"].as_array() {
        return match choices.as_slice() {
            // As for the days of the week, the rest is clear.
            [first, .., last] if choices.len() > 5 => format!("{}..{}", name(first), name(last)),
            few => few.iter().map(name).collect::<Vec<_>>().join("|"),
        };
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(name).collect(),
        kind => vec![name(kind)],
    };
    match kinds.iter().find(|kind| *kind != "null").map(String::as_str) {
        Some("object") if schema["properties"].is_object() => {
            let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
            let properties = schema["properties"].as_object().into_iter().flatten();
            let fields: Vec<String> = properties
                .map(|(name, schema)| {
                    let optional = if required.contains(&name.as_str().into()) { "" } else { "?" };
                    match shape(schema).as_str() {
                        // What is not said otherwise is text.
                        "string" => format!("{name}{optional}"),
                        shape => format!("{name}{optional}: {shape}"),
                    }
                })
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Some("array") => match shape(&schema["items"]) {
            item if item.contains('|') => format!("({item})[]"),
            item => format!("{item}[]"),
        },
        Some(kind) => kind.to_owned(),
        None => "any".to_owned(),
    }
}

/// The schema of what a tool answers, after [`without_ballast`]: what is there, and of which type. Some clients give a model this too, and what
/// a field means its name and its value say.
pub(crate) fn output<T: JsonSchema>() -> Arc<JsonObject> {
    let mut schema = Value::Object(object(settings().for_serialize().into_generator().into_root_schema_for::<T>()));
    keep_shape(&mut schema, DEEPEST);
    Arc::new(schema.as_object().cloned().unwrap_or_default())
}

/// So many objects in one another are shown whole.
const DEEPEST: usize = 2;

fn keep_shape(schema: &mut Value, deeper: usize) {
    let Value::Object(fields) = schema else { return };
    for said in ["description", "examples", "pattern", "format", "required"] {
        fields.remove(said);
    }
    match fields.get_mut("properties") {
        Some(_) if deeper == 0 => drop(fields.remove("properties")),
        Some(Value::Object(properties)) => properties.values_mut().for_each(|field| keep_shape(field, deeper - 1)),
        _ => {}
    }
    for nested in ["items", "additionalProperties"] {
        fields.get_mut(nested).into_iter().for_each(|nested| keep_shape(nested, deeper));
    }
    for choices in ["anyOf", "oneOf"] {
        let choices = fields.get_mut(choices).and_then(Value::as_array_mut).into_iter().flatten();
        choices.for_each(|choice| keep_shape(choice, deeper));
    }
}

/// The schema of one argument.
pub(crate) fn property<T: JsonSchema>() -> Value {
    let mut generator: SchemaGenerator = settings().for_deserialize().into_generator();
    let mut schema = generator.root_schema_for::<T>().to_value();
    simplify(&mut schema);
    schema
}

/// The things of a list.
const ITEMS: &str = "items";
/// What a list does not say of each of them, because the tool that gets one does.
const DETAIL: &str = "createdBy";
/// The same of these where there is but one.
const DETAILS: &str = "versions";

/// An answer without what says nothing that its absence does not, and without what a list says again and again: both cost the model tokens.
pub(crate) fn without_ballast(value: &mut Value) {
    without_nothing(value);
    for item in value.get_mut(ITEMS).and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(item) = item.as_object_mut() else { continue };
        item.remove(DETAIL);
        if item.get(DETAILS).and_then(Value::as_array).is_some_and(|details| details.len() < 2) {
            item.remove(DETAILS);
        }
    }
}

fn without_nothing(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(without_nothing);
            fields.retain(|name, field| match field {
                Value::Null => false,
                Value::Object(fields) => !fields.is_empty(),
                // That a list has nothing in it is what it says.
                Value::Array(items) => !items.is_empty() || name == ITEMS,
                _ => true,
            });
        }
        Value::Array(items) => items.iter_mut().for_each(without_nothing),
        _ => {}
    }
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true)
}

fn object(schema: schemars::Schema) -> JsonObject {
    let mut schema = schema.to_value();
    simplify(&mut schema);
    // The tool's own description and title say more.
    match schema {
        Value::Object(mut fields) => {
            fields.remove("description");
            fields
        }
        _ => JsonObject::new(),
    }
}

fn simplify(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    fields.remove("$schema");
    fields.remove("title");
    if fields.get("default").is_some_and(Value::is_null) {
        fields.remove("default");
    }
    if fields.get("format").and_then(Value::as_str).is_some_and(|format| format.contains("int")) {
        fields.remove("format");
    }
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        let nullable: Vec<String> =
            properties.iter().filter(|(_, property)| takes_null(property)).map(|(name, _)| name.clone()).collect();
        properties.values_mut().for_each(simplify);
        if let Some(Value::Array(required)) = fields.get_mut("required") {
            required.retain(|name| !nullable.iter().any(|nullable| name == nullable));
        }
    }
    let null_clears = fields.remove(NULL_CLEARS).is_some();
    for list in ["type", "enum", "anyOf"] {
        if let Some(Value::Array(values)) = fields.get_mut(list).filter(|_| !null_clears) {
            values.retain(|value| !value.is_null() && value != "null" && value["type"] != "null");
        }
    }
    if let Some(Value::Array(types)) = fields.get_mut("type")
        && let [only] = types.as_slice()
    {
        let only = only.clone();
        fields.insert("type".to_owned(), only);
    }
    if let Some(Value::Array(choices)) = fields.get_mut("anyOf")
        && let [only] = choices.as_mut_slice()
        && let Value::Object(mut only) = only.take()
    {
        fields.remove("anyOf");
        // What is said of the field goes before what is said of its type.
        only.extend(std::mem::take(fields));
        *fields = only;
    }
    for nested in ["items", "additionalProperties"] {
        if let Some(nested) = fields.get_mut(nested) {
            simplify(nested);
        }
    }
}

fn takes_null(property: &Value) -> bool {
    let has_null = |list: &str| {
        property[list]
            .as_array()
            .is_some_and(|values| values.iter().any(|value| value == "null" || value["type"] == "null"))
    };
    has_null("type") || has_null("anyOf")
}

#[cfg(test)]
mod tests {
    use admin_core::{DateTime, ThreeState};
    use serde_json::json;

    use super::*;

    #[derive(JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Update {
        /// Absent = unchanged.
        name: Option<String>,
        /// Absent = unchanged, null = never.
        #[serde(default)]
        expires_at: ThreeState<DateTime>,
    }

    #[test]
    fn null_stays_where_it_says_something() {
        let schema = input::<Update>();
        assert_eq!(schema["properties"]["name"]["type"], "string");
        assert_eq!(schema["properties"]["expiresAt"]["type"], json!(["string", "null"]));
        assert!(schema["properties"]["expiresAt"].get(NULL_CLEARS).is_none());
    }
}
