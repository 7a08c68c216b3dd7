//! The schema file is the contract: the server that runs has exactly this schema.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use admin_server::app::authorization::RULES;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

const FILE: &str = include_str!("../../schema/schema-public.gql");

#[test]
fn the_server_has_the_schema_of_the_file() {
    let running = admin_schema::canonical(&admin_server::graphql::sdl()).unwrap();
    assert!(
        running == FILE,
        "the server's schema differs from schema/schema-public.gql; run: cargo xtask schema-export"
    );
}

/// The root fields of the schema file.
fn root_fields() -> Vec<String> {
    let document = parse_schema(FILE).unwrap();
    let mut fields = Vec::new();
    for definition in document.definitions {
        if let TypeSystemDefinition::Type(definition) = definition
            && ["Query", "Mutation"].contains(&definition.node.name.node.as_str())
            && let TypeKind::Object(object) = definition.node.kind
        {
            fields.extend(object.fields.into_iter().map(|field| field.node.name.node.to_string()));
        }
    }
    fields
}

#[test]
fn every_root_field_has_a_row_in_the_authorization_table() {
    let mut fields = root_fields();
    let mut rows: Vec<String> = RULES.iter().map(|rule| rule.field.to_owned()).collect();
    fields.sort();
    rows.sort();
    assert_eq!(fields, rows);
}
