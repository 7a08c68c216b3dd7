//! A schema as data. Maps and sets are sorted, which is what makes the canonical order.

use std::collections::{BTreeMap, BTreeSet};

use crate::{EntryKind, SchemaError};

/// What every server knows; it is never printed.
pub(crate) const BUILT_IN_SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];
pub(crate) const BUILT_IN_DIRECTIVES: [&str; 5] = ["deprecated", "include", "oneOf", "skip", "specifiedBy"];
/// The reason of a deprecation that gives none, by the specification.
pub(crate) const NO_REASON: &str = "No longer supported";

#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(crate) description: Option<String>,
    pub(crate) query: String,
    pub(crate) mutation: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) types: BTreeMap<String, Type>,
    pub(crate) directives: BTreeMap<String, Directive>,
}

#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) description: Option<String>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar { specified_by: Option<String> },
    Object(Fields),
    Interface(Fields),
    Union(BTreeSet<String>),
    Enum(BTreeMap<String, EnumValue>),
    Input { one_of: bool, fields: BTreeMap<String, InputValue> },
}

#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) interfaces: BTreeSet<String>,
    pub(crate) fields: BTreeMap<String, Field>,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) description: Option<String>,
    pub(crate) arguments: BTreeMap<String, InputValue>,
    /// As it is written: `[String!]!`.
    pub(crate) r#type: String,
    pub(crate) deprecated: Option<String>,
}

/// An argument or an input field.
#[derive(Debug)]
pub(crate) struct InputValue {
    pub(crate) description: Option<String>,
    pub(crate) r#type: String,
    /// In canonical form.
    pub(crate) default: Option<String>,
    pub(crate) deprecated: Option<String>,
}

#[derive(Debug)]
pub(crate) struct EnumValue {
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Directive {
    pub(crate) description: Option<String>,
    pub(crate) arguments: BTreeMap<String, InputValue>,
    pub(crate) repeatable: bool,
    pub(crate) locations: BTreeSet<String>,
}

/// Adds a definition, which must be the only one of its name. `at` is its coordinate.
pub(crate) fn define<T>(
    map: &mut BTreeMap<String, T>,
    name: String,
    definition: T,
    at: String,
) -> Result<(), SchemaError> {
    if map.insert(name, definition).is_some() {
        return Err(SchemaError::Duplicate { at });
    }
    Ok(())
}

/// Whether a type or a directive of this name is printed.
pub(crate) fn is_own(name: &str, built_in: &[&str]) -> bool {
    !name.starts_with("__") && !built_in.contains(&name)
}

/// The named type behind the lists and non-nulls of a type as it is written.
pub(crate) fn named(r#type: &str) -> &str {
    r#type.trim_matches(['[', ']', '!'])
}

impl Schema {
    /// The types that operations begin at, by the kind of their fields.
    pub(crate) fn roots(&self) -> [(EntryKind, Option<&str>); 3] {
        [
            (EntryKind::Query, Some(&self.query)),
            (EntryKind::Mutation, self.mutation.as_deref()),
            (EntryKind::Subscription, self.subscription.as_deref()),
        ]
    }

    /// Finds what would make a text that no one else can read: references into nothing, and empty types.
    pub(crate) fn check(self) -> Result<Self, SchemaError> {
        for (root, name) in self.roots() {
            if let Some(name) = name {
                self.check_reference(name, || format!("schema.{root}"))?;
            }
        }
        for (name, r#type) in &self.types {
            self.check_type(name, &r#type.kind)?;
        }
        for (name, directive) in &self.directives {
            for (argument, value) in &directive.arguments {
                self.check_reference(&value.r#type, || format!("@{name}({argument}:)"))?;
            }
        }
        Ok(self)
    }

    fn check_type(&self, name: &str, kind: &Kind) -> Result<(), SchemaError> {
        let empty = match kind {
            Kind::Scalar { .. } => false,
            Kind::Object(Fields { interfaces, fields }) | Kind::Interface(Fields { interfaces, fields }) => {
                for interface in interfaces {
                    self.check_reference(interface, || name.to_owned())?;
                }
                for (field, definition) in fields {
                    self.check_reference(&definition.r#type, || format!("{name}.{field}"))?;
                    for (argument, value) in &definition.arguments {
                        self.check_reference(&value.r#type, || format!("{name}.{field}({argument}:)"))?;
                    }
                }
                fields.is_empty()
            }
            Kind::Union(members) => {
                for member in members {
                    self.check_reference(member, || name.to_owned())?;
                }
                members.is_empty()
            }
            Kind::Enum(values) => values.is_empty(),
            Kind::Input { fields, .. } => {
                for (field, value) in fields {
                    self.check_reference(&value.r#type, || format!("{name}.{field}"))?;
                }
                fields.is_empty()
            }
        };
        if empty {
            return Err(SchemaError::Empty { at: name.to_owned() });
        }
        Ok(())
    }

    fn check_reference(&self, r#type: &str, at: impl Fn() -> String) -> Result<(), SchemaError> {
        let name = named(r#type);
        if self.types.contains_key(name) || BUILT_IN_SCALARS.contains(&name) {
            return Ok(());
        }
        Err(SchemaError::UnknownType { at: at(), name: name.to_owned() })
    }
}
