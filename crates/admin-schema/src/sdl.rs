//! Reads a schema from SDL.

use std::collections::{BTreeMap, BTreeSet};

use apollo_parser::Parser;
use apollo_parser::cst::{self, CstNode, Definition};

use crate::SchemaError;
use crate::model::{
    BUILT_IN_DIRECTIVES, BUILT_IN_SCALARS, Directive, EnumValue, Field, Fields, InputValue, Kind, NO_REASON, Schema,
    Type, define, is_own,
};
use crate::{text, value};

/// How deep values and types may be nested. The parser recurses, and a deeper document would end its stack.
pub(crate) const RECURSION_LIMIT: usize = 100;

pub(crate) fn parse(sdl: &str) -> Result<Schema, SchemaError> {
    let reader = Reader { source: sdl };
    reader.document(&reader.tree()?)?.check()
}

pub(crate) fn syntax(sdl: &str, index: usize, message: String) -> SchemaError {
    let before = sdl.get(..index).unwrap_or(sdl);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    SchemaError::Syntax { line, column, message }
}

/// What reads GraphQL, whether a schema or operations. The source is for saying where something is wrong.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) source: &'a str,
}

impl Reader<'_> {
    pub(crate) fn tree(self) -> Result<cst::Document, SchemaError> {
        let tree = Parser::new(self.source).recursion_limit(RECURSION_LIMIT).parse();
        match tree.errors().next() {
            Some(error) => Err(syntax(self.source, error.index(), error.message().to_owned())),
            None => Ok(tree.document()),
        }
    }

    fn document(self, document: &cst::Document) -> Result<Schema, SchemaError> {
        let mut schema = Schema::default();
        let mut block = None;
        for definition in document.definitions() {
            if let Definition::SchemaDefinition(it) = definition {
                if block.replace(it).is_some() {
                    return Err(SchemaError::Duplicate { at: "schema".to_owned() });
                }
                continue;
            }
            let name = definition.name().map(|name| name.text().to_string());
            if definition.is_extension_definition() {
                return Err(SchemaError::Extension { at: name.unwrap_or_else(|| "schema".to_owned()) });
            }
            if definition.is_executable_definition() {
                return Err(SchemaError::Executable { at: name.unwrap_or_else(|| "query".to_owned()) });
            }
            let name = self.present(name, &definition)?;
            if let Definition::DirectiveDefinition(it) = &definition {
                if is_own(&name, &BUILT_IN_DIRECTIVES) {
                    let at = format!("@{name}");
                    let directive = self.directive(&at, it)?;
                    define(&mut schema.directives, name, directive, at)?;
                }
            } else if is_own(&name, &BUILT_IN_SCALARS) {
                let r#type = self.r#type(&name, &definition)?;
                define(&mut schema.types, name.clone(), r#type, name)?;
            }
        }
        self.roots(&mut schema, block.as_ref())?;
        Ok(schema)
    }

    /// Without a schema block, the types with the roots' usual names are the roots.
    fn roots(self, schema: &mut Schema, block: Option<&cst::SchemaDefinition>) -> Result<(), SchemaError> {
        let Some(block) = block else {
            let root = |name: &str| schema.types.contains_key(name).then(|| name.to_owned());
            let query = root("Query").ok_or(SchemaError::NoQuery)?;
            (schema.query, schema.mutation, schema.subscription) = (query, root("Mutation"), root("Subscription"));
            return Ok(());
        };
        schema.description = description(block.description());
        let mut roots = BTreeMap::new();
        for root in block.root_operation_type_definitions() {
            let operation = self.present(root.operation_type(), &root)?.syntax().text().to_string().trim().to_owned();
            let r#type = self.name(root.named_type().and_then(|it| it.name()), &root)?;
            let at = format!("schema.{operation}");
            define(&mut roots, operation, r#type, at)?;
        }
        schema.query = roots.remove("query").ok_or(SchemaError::NoQuery)?;
        schema.mutation = roots.remove("mutation");
        schema.subscription = roots.remove("subscription");
        Ok(())
    }

    fn r#type(self, name: &str, definition: &Definition) -> Result<Type, SchemaError> {
        let (described, kind) = match definition {
            Definition::ScalarTypeDefinition(it) => {
                let specified_by = match applied(it.directives(), "specifiedBy") {
                    Some(directive) => Some(string_argument(&directive, "url").ok_or_else(|| {
                        SchemaError::Argument { at: name.to_owned(), argument: "@specifiedBy(url:)" }
                    })?),
                    None => None,
                };
                (it.description(), Kind::Scalar { specified_by })
            }
            Definition::ObjectTypeDefinition(it) => {
                (it.description(), Kind::Object(self.fields(name, it.implements_interfaces(), it.fields_definition())?))
            }
            Definition::InterfaceTypeDefinition(it) => (
                it.description(),
                Kind::Interface(self.fields(name, it.implements_interfaces(), it.fields_definition())?),
            ),
            Definition::UnionTypeDefinition(it) => {
                let members = it.union_member_types().into_iter().flat_map(|members| members.named_types());
                (it.description(), Kind::Union(self.names(members)?))
            }
            Definition::EnumTypeDefinition(it) => {
                let mut values = BTreeMap::new();
                for value in it.enum_values_definition().into_iter().flat_map(|values| values.enum_value_definitions())
                {
                    let value_name = self.name(value.enum_value().and_then(|it| it.name()), &value)?;
                    let at = format!("{name}.{value_name}");
                    let deprecated = deprecated(value.directives(), &at)?;
                    define(
                        &mut values,
                        value_name,
                        EnumValue { description: description(value.description()), deprecated },
                        at,
                    )?;
                }
                (it.description(), Kind::Enum(values))
            }
            Definition::InputObjectTypeDefinition(it) => {
                let fields =
                    it.input_fields_definition().into_iter().flat_map(|fields| fields.input_value_definitions());
                let fields = self.input_values(fields, |field| format!("{name}.{field}"))?;
                (it.description(), Kind::Input { one_of: applied(it.directives(), "oneOf").is_some(), fields })
            }
            // The caller has taken all others out.
            other => return Err(self.missing(other)),
        };
        Ok(Type { description: description(described), kind })
    }

    fn fields(
        self,
        name: &str,
        interfaces: Option<cst::ImplementsInterfaces>,
        definitions: Option<cst::FieldsDefinition>,
    ) -> Result<Fields, SchemaError> {
        let mut fields = BTreeMap::new();
        for field in definitions.into_iter().flat_map(|fields| fields.field_definitions()) {
            let field_name = self.name(field.name(), &field)?;
            let at = format!("{name}.{field_name}");
            let arguments = field.arguments_definition().into_iter().flat_map(|it| it.input_value_definitions());
            let definition = Field {
                description: description(field.description()),
                arguments: self.input_values(arguments, |argument| format!("{at}({argument}:)"))?,
                r#type: self.type_reference(field.ty(), &field)?,
                deprecated: deprecated(field.directives(), &at)?,
            };
            define(&mut fields, field_name, definition, at)?;
        }
        let interfaces = interfaces.into_iter().flat_map(|it| it.named_types());
        Ok(Fields { interfaces: self.names(interfaces)?, fields })
    }

    fn input_values(
        self,
        definitions: impl Iterator<Item = cst::InputValueDefinition>,
        at: impl Fn(&str) -> String,
    ) -> Result<BTreeMap<String, InputValue>, SchemaError> {
        let mut values = BTreeMap::new();
        for value in definitions {
            let name = self.name(value.name(), &value)?;
            let at = at(&name);
            let default = match value.default_value() {
                Some(default) => {
                    let text = default.value().and_then(|it| value::canonical(&it));
                    Some(self.present(text, &default)?)
                }
                None => None,
            };
            let definition = InputValue {
                description: description(value.description()),
                r#type: self.type_reference(value.ty(), &value)?,
                default,
                deprecated: deprecated(value.directives(), &at)?,
            };
            define(&mut values, name, definition, at)?;
        }
        Ok(values)
    }

    fn directive(self, at: &str, it: &cst::DirectiveDefinition) -> Result<Directive, SchemaError> {
        let arguments = it.arguments_definition().into_iter().flat_map(|it| it.input_value_definitions());
        let mut locations = BTreeSet::new();
        for location in it.directive_locations().into_iter().flat_map(|it| it.directive_locations()) {
            locations.insert(self.present(location.clone().text(), &location)?.to_string());
        }
        Ok(Directive {
            description: description(it.description()),
            arguments: self.input_values(arguments, |argument| format!("{at}({argument}:)"))?,
            repeatable: it.repeatable_token().is_some(),
            locations,
        })
    }

    fn names(self, types: impl Iterator<Item = cst::NamedType>) -> Result<BTreeSet<String>, SchemaError> {
        types.map(|r#type| self.name(r#type.name(), &r#type)).collect()
    }

    pub(crate) fn type_reference(
        self,
        r#type: Option<cst::Type>,
        within: &impl CstNode,
    ) -> Result<String, SchemaError> {
        Ok(match self.present(r#type, within)? {
            cst::Type::NamedType(it) => self.name(it.name(), &it)?,
            cst::Type::ListType(it) => format!("[{}]", self.type_reference(it.ty(), &it)?),
            cst::Type::NonNullType(it) => {
                let named = it.named_type().map(cst::Type::NamedType);
                let inner = named.or_else(|| it.list_type().map(cst::Type::ListType));
                format!("{}!", self.type_reference(inner, &it)?)
            }
        })
    }

    pub(crate) fn name(self, name: Option<cst::Name>, within: &impl CstNode) -> Result<String, SchemaError> {
        Ok(self.present(name, within)?.text().to_string())
    }

    /// What the grammar demands. The parser has reported it already if it is not there; this says so without a panic.
    pub(crate) fn present<T>(self, item: Option<T>, within: &impl CstNode) -> Result<T, SchemaError> {
        item.ok_or_else(|| self.missing(within))
    }

    fn missing(self, within: &impl CstNode) -> SchemaError {
        syntax(self.source, within.syntax().text_range().start().into(), "this definition is incomplete".to_owned())
    }
}

fn description(description: Option<cst::Description>) -> Option<String> {
    text::description(&String::from(description?.string_value()?))
}

fn applied(directives: Option<cst::Directives>, name: &str) -> Option<cst::Directive> {
    directives?.directives().find(|directive| directive.name().is_some_and(|it| &*it.text() == name))
}

fn argument(directive: &cst::Directive, name: &str) -> Option<cst::Value> {
    directive.arguments()?.arguments().find(|argument| argument.name().is_some_and(|it| &*it.text() == name))?.value()
}

fn string_argument(directive: &cst::Directive, name: &str) -> Option<String> {
    match argument(directive, name)? {
        cst::Value::StringValue(text) => Some(text.into()),
        _ => None,
    }
}

fn deprecated(directives: Option<cst::Directives>, at: &str) -> Result<Option<String>, SchemaError> {
    let Some(directive) = applied(directives, "deprecated") else { return Ok(None) };
    match argument(&directive, "reason") {
        None | Some(cst::Value::NullValue(_)) => Ok(Some(NO_REASON.to_owned())),
        Some(cst::Value::StringValue(reason)) => Ok(Some(reason.into())),
        Some(_) => Err(SchemaError::Argument { at: at.to_owned(), argument: "@deprecated(reason:)" }),
    }
}
