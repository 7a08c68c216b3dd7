//! The documents that a client sends, as data.

use std::collections::{BTreeMap, BTreeSet};

use apollo_parser::cst::{self, Definition};

use crate::model::define;
use crate::sdl::Reader;
use crate::{EntryKind, SchemaError};

#[derive(Debug, Default)]
pub(super) struct Documents {
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) fragments: BTreeMap<String, Fragment>,
}

#[derive(Debug)]
pub(super) struct Operation {
    /// The kind of the fields at its root.
    pub(super) root: EntryKind,
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) struct Variable {
    pub(super) r#type: String,
    pub(super) default: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) on: String,
    pub(super) body: Body,
}

/// What operations and fragments have both.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) directives: Vec<Directive>,
    pub(super) selections: Vec<Selection>,
    /// The fragments that are spread anywhere in it.
    spreads: BTreeSet<String>,
    /// The variables that are used anywhere in it.
    variables: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) enum Selection {
    Field(Field),
    Spread { name: String, directives: Vec<Directive> },
    Inline { on: Option<String>, directives: Vec<Directive>, selections: Vec<Selection> },
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) arguments: Arguments,
    pub(super) directives: Vec<Directive>,
    pub(super) selections: Vec<Selection>,
}

#[derive(Debug)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) arguments: Arguments,
}

pub(super) type Arguments = BTreeMap<String, Value>;

#[derive(Debug)]
pub(super) enum Value {
    Variable(String),
    Null,
    Boolean,
    Int,
    Float,
    String,
    Enum(String),
    List(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

pub(super) fn parse(source: &str) -> Result<Documents, SchemaError> {
    let reader = Reader { source };
    let mut documents = Documents::default();
    for definition in reader.tree()?.definitions() {
        let body = BodyReader { reader, body: Body::default() };
        match definition {
            Definition::OperationDefinition(it) => {
                let name = it.name().ok_or(SchemaError::Unnamed)?.text().to_string();
                define(&mut documents.operations, name.clone(), body.operation(&it)?, name)?;
            }
            Definition::FragmentDefinition(it) => {
                let name = reader.name(it.fragment_name().and_then(|it| it.name()), &it)?;
                define(&mut documents.fragments, name.clone(), body.fragment(&it)?, name)?;
            }
            other => {
                let name = other.name().map_or_else(|| "schema".to_owned(), |name| name.text().to_string());
                return Err(SchemaError::NotExecutable { at: name });
            }
        }
    }
    documents.check()
}

impl Documents {
    /// Finds what is wrong whatever the schema is: fragments and variables that refer to nothing.
    fn check(self) -> Result<Self, SchemaError> {
        for (name, fragment) in &self.fragments {
            if self.reached(name, &fragment.body)?.contains_key(name.as_str()) {
                return Err(SchemaError::FragmentCycle { at: name.clone() });
            }
        }
        for (name, operation) in &self.operations {
            let mut used: BTreeSet<&String> = operation.body.variables.iter().collect();
            used.extend(self.reached(name, &operation.body)?.values().flat_map(|body| &body.variables));
            let declared: BTreeSet<&String> = operation.variables.keys().collect();
            let trouble = |variable: &&String, trouble| SchemaError::Variable {
                at: name.clone(),
                name: (*variable).clone(),
                trouble,
            };
            if let Some(variable) = used.difference(&declared).next() {
                return Err(trouble(variable, "not declared"));
            }
            if let Some(variable) = declared.difference(&used).next() {
                return Err(trouble(variable, "not used"));
            }
        }
        Ok(self)
    }

    /// The fragments that a body spreads, if by way of others.
    fn reached<'a>(&'a self, at: &str, body: &'a Body) -> Result<BTreeMap<&'a str, &'a Body>, SchemaError> {
        let mut reached = BTreeMap::new();
        let mut waiting = vec![(at, body)];
        while let Some((at, body)) = waiting.pop() {
            for name in &body.spreads {
                let unknown = || SchemaError::UnknownFragment { at: at.to_owned(), name: name.clone() };
                let body = &self.fragments.get(name).ok_or_else(unknown)?.body;
                if reached.insert(name.as_str(), body).is_none() {
                    waiting.push((name, body));
                }
            }
        }
        Ok(reached)
    }
}

/// Reads a definition, and notes what it refers to.
struct BodyReader<'a> {
    reader: Reader<'a>,
    body: Body,
}

impl BodyReader<'_> {
    fn operation(mut self, it: &cst::OperationDefinition) -> Result<Operation, SchemaError> {
        let root = match it.operation_type() {
            Some(kind) if kind.mutation_token().is_some() => EntryKind::Mutation,
            Some(kind) if kind.subscription_token().is_some() => EntryKind::Subscription,
            _ => EntryKind::Query,
        };
        let mut variables = BTreeMap::new();
        self.body.directives = self.directives(it.directives())?;
        for variable in it.variable_definitions().into_iter().flat_map(|it| it.variable_definitions()) {
            let name = self.reader.name(variable.variable().and_then(|it| it.name()), &variable)?;
            let r#type = self.reader.type_reference(variable.ty(), &variable)?;
            let default = variable.default_value().map(|it| self.value(it.value(), &it)).transpose()?;
            let directives = self.directives(variable.directives())?;
            self.body.directives.extend(directives);
            let at = format!("${name}");
            define(&mut variables, name, Variable { r#type, default }, at)?;
        }
        self.body.selections = self.selections(it.selection_set())?;
        Ok(Operation { root, variables, body: self.body })
    }

    fn fragment(mut self, it: &cst::FragmentDefinition) -> Result<Fragment, SchemaError> {
        let on = it.type_condition().and_then(|it| it.named_type()).and_then(|it| it.name());
        let on = self.reader.name(on, it)?;
        self.body.directives = self.directives(it.directives())?;
        self.body.selections = self.selections(it.selection_set())?;
        Ok(Fragment { on, body: self.body })
    }

    fn selections(&mut self, set: Option<cst::SelectionSet>) -> Result<Vec<Selection>, SchemaError> {
        set.into_iter().flat_map(|it| it.selections()).map(|it| self.selection(it)).collect()
    }

    fn selection(&mut self, selection: cst::Selection) -> Result<Selection, SchemaError> {
        Ok(match selection {
            cst::Selection::Field(it) => {
                let name = self.reader.name(it.name(), &it)?;
                Selection::Field(Field {
                    arguments: self.arguments(it.arguments(), &name)?,
                    directives: self.directives(it.directives())?,
                    selections: self.selections(it.selection_set())?,
                    name,
                })
            }
            cst::Selection::FragmentSpread(it) => {
                let name = self.reader.name(it.fragment_name().and_then(|it| it.name()), &it)?;
                self.body.spreads.insert(name.clone());
                Selection::Spread { name, directives: self.directives(it.directives())? }
            }
            cst::Selection::InlineFragment(it) => {
                let on = it.type_condition().map(|on| self.reader.name(on.named_type().and_then(|it| it.name()), &on));
                Selection::Inline {
                    on: on.transpose()?,
                    directives: self.directives(it.directives())?,
                    selections: self.selections(it.selection_set())?,
                }
            }
        })
    }

    fn directives(&mut self, directives: Option<cst::Directives>) -> Result<Vec<Directive>, SchemaError> {
        let directives = directives.into_iter().flat_map(|it| it.directives());
        directives
            .map(|it| {
                let name = self.reader.name(it.name(), &it)?;
                let arguments = self.arguments(it.arguments(), &format!("@{name}"))?;
                Ok(Directive { name, arguments })
            })
            .collect()
    }

    fn arguments(&mut self, arguments: Option<cst::Arguments>, of: &str) -> Result<Arguments, SchemaError> {
        let mut values = BTreeMap::new();
        for argument in arguments.into_iter().flat_map(|it| it.arguments()) {
            let name = self.reader.name(argument.name(), &argument)?;
            let at = format!("{of}({name}:)");
            define(&mut values, name, self.value(argument.value(), &argument)?, at)?;
        }
        Ok(values)
    }

    fn value(&mut self, value: Option<cst::Value>, within: &impl cst::CstNode) -> Result<Value, SchemaError> {
        Ok(match self.reader.present(value, within)? {
            cst::Value::Variable(it) => {
                let name = self.reader.name(it.name(), &it)?;
                self.body.variables.insert(name.clone());
                Value::Variable(name)
            }
            cst::Value::NullValue(_) => Value::Null,
            cst::Value::BooleanValue(_) => Value::Boolean,
            cst::Value::IntValue(_) => Value::Int,
            cst::Value::FloatValue(_) => Value::Float,
            cst::Value::StringValue(_) => Value::String,
            cst::Value::EnumValue(it) => Value::Enum(self.reader.name(it.name(), &it)?),
            cst::Value::ListValue(it) => {
                Value::List(it.values().map(|item| self.value(Some(item), &it)).collect::<Result<_, _>>()?)
            }
            cst::Value::ObjectValue(it) => {
                let mut fields = BTreeMap::new();
                for field in it.object_fields() {
                    let name = self.reader.name(field.name(), &field)?;
                    define(&mut fields, name.clone(), self.value(field.value(), &field)?, name)?;
                }
                Value::Object(fields)
            }
        })
    }
}
