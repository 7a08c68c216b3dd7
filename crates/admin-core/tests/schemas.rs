//! The JSON schemas of inputs and outputs, from which a generic frontend makes its tools.

#![cfg(feature = "json-schema")]

use admin_core::{Input, Issuing, Operation, Plain, Visitor, visit_operations};
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// Name, input and output of every plain operation.
struct Schemas(Vec<(&'static str, Value, Value)>);

impl Visitor for Schemas {
    fn visit<O: Plain>(&mut self) {
        let settings = SchemaSettings::draft2020_12;
        let input = settings().for_deserialize().into_generator().into_root_schema_for::<O>();
        let output = settings().for_serialize().into_generator().into_root_schema_for::<O::Output>();
        self.0.push((O::INFO.tool, input.to_value(), output.to_value()));
    }

    fn visit_issuing<O: Issuing + Input>(&mut self) {}

    fn visit_confidential<O: Operation>(&mut self) {}
}

fn schemas() -> Vec<(&'static str, Value, Value)> {
    let mut schemas = Schemas(Vec::new());
    visit_operations(&mut schemas);
    schemas.0
}

#[test]
fn every_input_and_output_is_an_object_whose_fields_explain_themselves() {
    for (tool, input, output) in schemas() {
        assert_eq!(input["additionalProperties"], false, "{tool}: a misspelt field is refused");
        for schema in [input, output] {
            assert_eq!(schema["type"], "object", "{tool}");
            for (field, property) in schema["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].is_string(), "{tool}: `{field}` has no description");
            }
        }
    }
}

#[test]
fn an_enum_is_closed_as_an_input_and_open_as_an_output() {
    let (_, input, output) = schemas().into_iter().find(|(tool, ..)| *tool == "revoke_api_key").unwrap();
    insta::assert_snapshot!(input, @r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","additionalProperties":false,"description":"Revokes an API key.","properties":{"code":{"description":"Absent = OTHER. After COMPROMISED it cannot be restored.","enum":["COMPROMISED","SUPERSEDED","UNUSED","OFFBOARDING","OTHER",null],"type":["string","null"]},"id":{"description":"The key's id (`key_…`), not its secret.","type":"string"},"reason":{"description":"Why, in at most 500 characters.","type":["string","null"]}},"required":["id"],"title":"RevokeApiKey","type":"object"}"#);
    insta::assert_snapshot!(output["$defs"]["RevocationCode"], @"null");
    insta::assert_snapshot!(output["properties"]["createdAt"], @r#"{"description":"When it was made.","format":"date-time","type":"string"}"#);
}
