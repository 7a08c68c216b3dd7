//! A document for every operation, made from the schema.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use serde_json::{Value, json};

use crate::schema::SCHEMA;

/// The fields of every object type, by its name.
static OBJECTS: LazyLock<BTreeMap<String, Vec<FieldDefinition>>> = LazyLock::new(|| {
    let types = parse_schema(SCHEMA).unwrap().definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(ty) => Some(ty.node),
        _ => None,
    });
    types
        .filter_map(|ty| match ty.kind {
            TypeKind::Object(object) => {
                Some((ty.name.node.to_string(), object.fields.into_iter().map(|field| field.node).collect()))
            }
            _ => None,
        })
        .collect()
});

/// The kind of an operation, and its root field.
fn root(field: &str) -> (&'static str, &'static FieldDefinition) {
    [("query", "Query"), ("mutation", "Mutation")]
        .into_iter()
        .find_map(|(kind, root)| Some((kind, OBJECTS[root].iter().find(|root| root.name.node == field)?)))
        .unwrap_or_else(|| panic!("the schema has no root field `{field}`"))
}

/// All fields of a type, and of theirs; nothing of what has none.
fn selection(ty: &Type) -> String {
    match &ty.base {
        BaseType::List(items) => selection(items),
        BaseType::Named(name) => OBJECTS.get(name.as_str()).map_or_else(String::new, |fields| {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{}{}", field.name.node, selection(&field.ty.node))).collect();
            format!(" {{ {} }}", fields.join(" "))
        }),
    }
}

/// Whether an operation can be called without an argument.
///
/// # Panics
/// When there is no such operation.
pub fn needs_no_argument(field: &str) -> bool {
    root(field).1.arguments.iter().all(|argument| argument.node.ty.node.nullable)
}

/// The document and the variables of an operation. A text is its `id`, an object its `input`, null neither.
///
/// # Panics
/// When there is no such operation.
pub fn operation(field: &str, argument: Value) -> (String, Value) {
    let (kind, definition) = root(field);
    let selection = selection(&definition.ty.node);
    let (name, ty) = match &argument {
        Value::Null => return (format!("{kind} {{ {field}{selection} }}"), json!({})),
        Value::String(_) => ("id", "ID!".to_owned()),
        _ => {
            let input = definition.arguments.iter().find(|argument| argument.node.name.node == "input");
            ("input", input.unwrap_or_else(|| panic!("`{field}` takes no `input`")).node.ty.to_string())
        }
    };
    let document = format!("{kind}(${name}: {ty}) {{ {field}({name}: ${name}){selection} }}");
    (document, Value::Object([(name.to_owned(), argument)].into_iter().collect()))
}
