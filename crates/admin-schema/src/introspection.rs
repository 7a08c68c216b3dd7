//! Reads a schema from the answer to an introspection query.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{
    BUILT_IN_DIRECTIVES, BUILT_IN_SCALARS, Directive, EnumValue, Field, Fields, InputValue, Kind, NO_REASON, Schema,
    Type, define, is_own,
};
use crate::{SchemaError, text, value};

/// What async-graphql answers as the description of every schema; it describes `__Schema`.
const ASYNC_GRAPHQL_DESCRIPTION: &str = "A GraphQL Schema defines the capabilities of a GraphQL server.";

/// Where a directive may be applied, by the specification.
const LOCATIONS: [&str; 19] = [
    "ARGUMENT_DEFINITION",
    "ENUM",
    "ENUM_VALUE",
    "FIELD",
    "FIELD_DEFINITION",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "INPUT_FIELD_DEFINITION",
    "INPUT_OBJECT",
    "INTERFACE",
    "MUTATION",
    "OBJECT",
    "QUERY",
    "SCALAR",
    "SCHEMA",
    "SUBSCRIPTION",
    "UNION",
    "VARIABLE_DEFINITION",
];

pub(crate) fn parse(data: &Value) -> Result<Schema, SchemaError> {
    let answer = Node { value: data, at: "data".to_owned() };
    let introspected = answer.node("__schema", "schema")?;
    let description = introspected.optional_text("description").filter(|it| !it.starts_with(ASYNC_GRAPHQL_DESCRIPTION));
    let root = |key| match introspected.value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => introspected.node(key, key)?.name().map(Some),
    };
    let mut schema = Schema {
        description: description.and_then(text::description),
        query: introspected.node("queryType", "schema.query")?.name()?,
        mutation: root("mutationType")?,
        subscription: root("subscriptionType")?,
        ..Schema::default()
    };
    for mut r#type in introspected.list("types")? {
        let name = r#type.name()?;
        r#type.at.clone_from(&name);
        if is_own(&name, &BUILT_IN_SCALARS) {
            define(&mut schema.types, name, r#type.r#type()?, r#type.at)?;
        }
    }
    for mut directive in introspected.list("directives")? {
        let name = directive.name()?;
        directive.at = format!("@{name}");
        if is_own(&name, &BUILT_IN_DIRECTIVES) {
            define(&mut schema.directives, name, directive.directive()?, directive.at)?;
        }
    }
    schema.check()
}

/// A part of the answer, and the coordinate of what it describes.
struct Node<'a> {
    value: &'a Value,
    at: String,
}

impl<'a> Node<'a> {
    fn r#type(&self) -> Result<Type, SchemaError> {
        let kind = match self.text("kind")? {
            "SCALAR" => Kind::Scalar { specified_by: self.optional_text("specifiedByURL").map(str::to_owned) },
            "OBJECT" => Kind::Object(self.fields()?),
            "INTERFACE" => Kind::Interface(self.fields()?),
            "UNION" => Kind::Union(self.names("possibleTypes")?),
            "ENUM" => Kind::Enum(self.enum_values()?),
            "INPUT_OBJECT" => Kind::Input {
                one_of: self.flag("isOneOf"),
                fields: self.input_values("inputFields", |field| format!("{}.{field}", self.at))?,
            },
            _ => return Err(self.wrong("kind", "the kind of a named type")),
        };
        Ok(Type { description: self.description(), kind })
    }

    fn fields(&self) -> Result<Fields, SchemaError> {
        let mut fields = BTreeMap::new();
        for mut field in self.list("fields")? {
            let name = field.name()?;
            field.at = format!("{}.{name}", self.at);
            let definition = Field {
                description: field.description(),
                arguments: field.input_values("args", |argument| format!("{}({argument}:)", field.at))?,
                r#type: field.type_reference()?,
                deprecated: field.deprecated(),
            };
            define(&mut fields, name, definition, field.at)?;
        }
        // Some servers answer null for an interface, or where there are none.
        let interfaces = if self.value["interfaces"].is_null() { BTreeSet::new() } else { self.names("interfaces")? };
        Ok(Fields { interfaces, fields })
    }

    fn enum_values(&self) -> Result<BTreeMap<String, EnumValue>, SchemaError> {
        let mut values = BTreeMap::new();
        for mut value in self.list("enumValues")? {
            let name = value.name()?;
            value.at = format!("{}.{name}", self.at);
            if matches!(name.as_str(), "true" | "false" | "null") {
                return Err(SchemaError::Name { at: value.at, name });
            }
            let definition = EnumValue { description: value.description(), deprecated: value.deprecated() };
            define(&mut values, name, definition, value.at)?;
        }
        Ok(values)
    }

    fn input_values(
        &self,
        key: &'static str,
        at: impl Fn(&str) -> String,
    ) -> Result<BTreeMap<String, InputValue>, SchemaError> {
        let mut values = BTreeMap::new();
        for mut input in self.list(key)? {
            let name = input.name()?;
            input.at = at(&name);
            let default = match input.optional_text("defaultValue") {
                Some(text) => Some(
                    value::canonical_text(text)
                        .ok_or_else(|| SchemaError::Default { at: input.at.clone(), value: text.to_owned() })?,
                ),
                None => None,
            };
            let definition = InputValue {
                description: input.description(),
                r#type: input.type_reference()?,
                default,
                deprecated: input.deprecated(),
            };
            define(&mut values, name, definition, input.at)?;
        }
        Ok(values)
    }

    fn directive(&self) -> Result<Directive, SchemaError> {
        let locations = self.value["locations"].as_array().map(|locations| {
            let known = |location: &Value| LOCATIONS.into_iter().find(|it| location == it).map(str::to_owned);
            locations.iter().map(known).collect::<Option<BTreeSet<_>>>()
        });
        let locations = locations.flatten().filter(|it| !it.is_empty());
        Ok(Directive {
            description: self.description(),
            arguments: self.input_values("args", |argument| format!("{}({argument}:)", self.at))?,
            repeatable: self.flag("isRepeatable"),
            locations: locations.ok_or_else(|| self.wrong("locations", "a list of directive locations"))?,
        })
    }

    fn type_reference(&self) -> Result<String, SchemaError> {
        wrapped(&self.node("type", &self.at)?)
    }

    fn names(&self, key: &'static str) -> Result<BTreeSet<String>, SchemaError> {
        self.list(key)?.iter().map(Node::name).collect()
    }

    fn name(&self) -> Result<String, SchemaError> {
        let name = self.text("name")?;
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(SchemaError::Name { at: self.at.clone(), name: name.to_owned() });
        }
        Ok(name.to_owned())
    }

    fn description(&self) -> Option<String> {
        self.optional_text("description").and_then(text::description)
    }

    fn deprecated(&self) -> Option<String> {
        self.flag("isDeprecated").then(|| self.optional_text("deprecationReason").unwrap_or(NO_REASON).to_owned())
    }

    fn flag(&self, key: &str) -> bool {
        self.value[key] == true
    }

    fn optional_text(&self, key: &str) -> Option<&'a str> {
        self.value[key].as_str()
    }

    fn text(&self, key: &'static str) -> Result<&'a str, SchemaError> {
        self.optional_text(key).ok_or_else(|| self.wrong(key, "a string"))
    }

    fn node(&self, key: &'static str, at: &str) -> Result<Node<'a>, SchemaError> {
        let value = self.value.get(key).filter(|it| it.is_object());
        Ok(Node { value: value.ok_or_else(|| self.wrong(key, "an object"))?, at: at.to_owned() })
    }

    fn list(&self, key: &'static str) -> Result<Vec<Node<'a>>, SchemaError> {
        let items = self.value[key].as_array().ok_or_else(|| self.wrong(key, "a list"))?;
        Ok(items.iter().map(|value| Node { value, at: self.at.clone() }).collect())
    }

    fn wrong(&self, key: &'static str, expected: &'static str) -> SchemaError {
        SchemaError::Answer { at: self.at.clone(), key, expected }
    }
}

fn wrapped(r#type: &Node<'_>) -> Result<String, SchemaError> {
    let kind = r#type.text("kind")?;
    if !matches!(kind, "LIST" | "NON_NULL") {
        return r#type.name();
    }
    if r#type.value["ofType"].is_null() {
        return Err(SchemaError::Depth { at: r#type.at.clone() });
    }
    let inner = wrapped(&r#type.node("ofType", &r#type.at)?)?;
    match kind {
        "LIST" => Ok(format!("[{inner}]")),
        _ if inner.ends_with('!') => Err(r#type.wrong("ofType", "nullable in itself")),
        _ => Ok(format!("{inner}!")),
    }
}
