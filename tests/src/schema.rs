//! The schema file, which is the contract.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

/// Its text.
pub const SCHEMA: &str = include_str!("../../schema/schema-public.gql");

/// The names of its root fields, sorted.
pub fn root_fields() -> Vec<String> {
    let mut fields = Vec::new();
    for definition in parse_schema(SCHEMA).unwrap().definitions {
        if let TypeSystemDefinition::Type(definition) = definition
            && ["Query", "Mutation"].contains(&definition.node.name.node.as_str())
            && let TypeKind::Object(object) = definition.node.kind
        {
            fields.extend(object.fields.into_iter().map(|field| field.node.name.node.to_string()));
        }
    }
    fields.sort_unstable();
    fields
}
