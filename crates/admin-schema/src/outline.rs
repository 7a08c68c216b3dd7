//! What a schema has, as a flat list: what a reader looks something up in.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::{Directive, EnumValue, Field, InputValue, Kind, Schema, named};
use crate::{SchemaError, print, sdl};

/// One definition of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Where it is: `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`, `@directive`, `@directive(argument:)`.
    pub coordinate: String,
    /// What it is.
    pub kind: EntryKind,
    /// One line of SDL, without descriptions and deprecations: `apiKeysGet(id: ID!): ApiKey!`.
    pub signature: String,
    /// For what has a type: the named one behind lists and non-nulls.
    pub type_name: Option<String>,
    /// As it is written, with line breaks.
    pub description: Option<String>,
    /// Why it should not be used any more.
    pub deprecated: Option<String>,
}

/// What a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// A scalar.
    Scalar,
    /// An object type.
    Object,
    /// An interface.
    Interface,
    /// A union.
    Union,
    /// An enum.
    Enum,
    /// An input object type.
    Input,
    /// A field of the root of queries.
    Query,
    /// A field of the root of mutations.
    Mutation,
    /// A field of the root of subscriptions.
    Subscription,
    /// A field of any other object type, or of an interface.
    Field,
    /// An argument, of a field or of a directive.
    Argument,
    /// A field of an input object type.
    InputField,
    /// A value of an enum.
    EnumValue,
    /// A directive.
    Directive,
}

impl EntryKind {
    /// In words: `input field`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Object => "type",
            Self::Interface => "interface",
            Self::Union => "union",
            Self::Enum => "enum",
            Self::Input => "input",
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
            Self::Field => "field",
            Self::Argument => "argument",
            Self::InputField => "input field",
            Self::EnumValue => "enum value",
            Self::Directive => "directive",
        }
    }

    /// Whether it is a field that an operation begins with.
    pub fn is_root_field(self) -> bool {
        matches!(self, Self::Query | Self::Mutation | Self::Subscription)
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Entry {
    /// Whether a reader may mean this one: by its coordinate, or by its bare name if it is a field of a root. Cases do not matter.
    pub fn is_called(&self, text: &str) -> bool {
        let bare = self.coordinate.split_once('.').filter(|_| self.kind.is_root_field());
        self.coordinate.eq_ignore_ascii_case(text) || bare.is_some_and(|(_, name)| name.eq_ignore_ascii_case(text))
    }
}

/// Lists what a schema has, from SDL, in the order of [`canonical`](crate::canonical): a field's arguments stand behind it.
///
/// # Errors
/// [`SchemaError`] says where the SDL is no schema, and why.
pub fn outline(sdl: &str) -> Result<Vec<Entry>, SchemaError> {
    let schema = sdl::parse(sdl)?;
    let mut entries = Vec::new();
    for (name, definition) in &schema.types {
        entries.push(Entry {
            coordinate: name.clone(),
            kind: definition.kind.entry(),
            signature: print::head(name, definition),
            type_name: None,
            description: definition.description.clone(),
            deprecated: None,
        });
        match &definition.kind {
            Kind::Scalar { .. } | Kind::Union(_) => (),
            Kind::Object(it) | Kind::Interface(it) => {
                let kind = field_kind(&schema, name);
                it.fields
                    .iter()
                    .for_each(|(field, definition)| push_field(&mut entries, name, kind, field, definition));
            }
            Kind::Enum(values) => entries.extend(values.iter().map(|(value, it)| enum_value(name, value, it))),
            Kind::Input { fields, .. } => {
                let at = |field: &str| format!("{name}.{field}");
                entries.extend(input_values(fields, EntryKind::InputField, at));
            }
        }
    }
    schema.directives.iter().for_each(|(name, directive)| push_directive(&mut entries, name, directive));
    Ok(entries)
}

impl Kind {
    pub(crate) fn entry(&self) -> EntryKind {
        match self {
            Self::Scalar { .. } => EntryKind::Scalar,
            Self::Object(_) => EntryKind::Object,
            Self::Interface(_) => EntryKind::Interface,
            Self::Union(_) => EntryKind::Union,
            Self::Enum(_) => EntryKind::Enum,
            Self::Input { .. } => EntryKind::Input,
        }
    }
}

fn field_kind(schema: &Schema, name: &str) -> EntryKind {
    let root = schema.roots().into_iter().find(|(_, root)| *root == Some(name));
    root.map_or(EntryKind::Field, |(kind, _)| kind)
}

fn push_field(entries: &mut Vec<Entry>, r#type: &str, kind: EntryKind, name: &str, field: &Field) {
    let at = format!("{type}.{name}");
    entries.push(Entry {
        coordinate: at.clone(),
        kind,
        signature: format!("{name}{}: {}", in_parentheses(&field.arguments), field.r#type),
        type_name: Some(named(&field.r#type).to_owned()),
        description: field.description.clone(),
        deprecated: field.deprecated.clone(),
    });
    entries.extend(input_values(&field.arguments, EntryKind::Argument, |argument| format!("{at}({argument}:)")));
}

fn push_directive(entries: &mut Vec<Entry>, name: &str, directive: &Directive) {
    let at = format!("@{name}");
    entries.push(Entry {
        coordinate: at.clone(),
        kind: EntryKind::Directive,
        signature: format!("directive {at}{}{}", in_parentheses(&directive.arguments), print::tail(directive)),
        type_name: None,
        description: directive.description.clone(),
        deprecated: None,
    });
    entries.extend(input_values(&directive.arguments, EntryKind::Argument, |argument| format!("{at}({argument}:)")));
}

fn enum_value(r#type: &str, name: &str, value: &EnumValue) -> Entry {
    Entry {
        coordinate: format!("{type}.{name}"),
        kind: EntryKind::EnumValue,
        signature: name.to_owned(),
        type_name: None,
        description: value.description.clone(),
        deprecated: value.deprecated.clone(),
    }
}

fn input_values(
    values: &BTreeMap<String, InputValue>,
    kind: EntryKind,
    at: impl Fn(&str) -> String,
) -> impl Iterator<Item = Entry> {
    values.iter().map(move |(name, value)| Entry {
        coordinate: at(name),
        kind,
        signature: print::bare_input_value(name, value),
        type_name: Some(named(&value.r#type).to_owned()),
        description: value.description.clone(),
        deprecated: value.deprecated.clone(),
    })
}

fn in_parentheses(arguments: &BTreeMap<String, InputValue>) -> String {
    if arguments.is_empty() {
        return String::new();
    }
    let arguments: Vec<_> = arguments.iter().map(|(name, value)| print::bare_input_value(name, value)).collect();
    format!("({})", arguments.join(", "))
}
