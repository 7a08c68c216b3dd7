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
    schema
}

/// The schema of what a tool answers, after [`without_nulls`].
pub(crate) fn output<T: JsonSchema>() -> Arc<JsonObject> {
    Arc::new(object(settings().for_serialize().into_generator().into_root_schema_for::<T>()))
}

/// The schema of one argument.
pub(crate) fn property<T: JsonSchema>() -> Value {
    let mut generator: SchemaGenerator = settings().for_deserialize().into_generator();
    let mut schema = generator.root_schema_for::<T>().to_value();
    simplify(&mut schema);
    schema
}

/// An answer without the fields that are null: they say nothing that their absence does not, and cost the model tokens.
pub(crate) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
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
