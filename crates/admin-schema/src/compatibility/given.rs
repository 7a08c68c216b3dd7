//! What stands in a document itself: arguments, and the values in them.

use std::collections::BTreeMap;

use super::Why;
use super::document::{Arguments, Value};
use super::types::{as_strict, is_required, item, nullable, same_shape};
use super::walk::Walk;
use crate::model::{InputValue, Kind};

/// Where a value goes: an argument, an input field, an item of a list.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) at: &'a str,
    /// The type that the server has there.
    pub(super) r#type: &'a str,
    /// Whether the server knows what to take where nothing is sent.
    pub(super) has_default: bool,
    /// Whether the client was told that null may be sent there.
    pub(super) null_is_known: bool,
}

type InputValues = BTreeMap<String, InputValue>;

impl<'a> Walk<'a> {
    /// Arguments that a document gives, or fields of an object that stands in it.
    pub(super) fn given(
        &mut self,
        given: &'a Arguments,
        ours: Option<&InputValues>,
        theirs: &InputValues,
        missing: &Why,
        at: impl Fn(&str) -> String,
    ) {
        for (name, value) in given {
            let at = at(name);
            let Some(definition) = theirs.get(name) else {
                self.tell(at, missing.clone());
                continue;
            };
            let known = ours.and_then(|ours| ours.get(name));
            let place = Place {
                at: &at,
                r#type: &definition.r#type,
                has_default: definition.default.is_some(),
                null_is_known: known.is_some_and(|it| !it.r#type.ends_with('!')),
            };
            self.value(value, place);
        }
        for (name, _) in theirs.iter().filter(|(name, it)| is_required(it) && !given.contains_key(*name)) {
            self.tell(at(name), Why::Required);
        }
    }

    pub(super) fn value(&mut self, value: &'a Value, place: Place<'_>) {
        let within = |r#type| Place { r#type, has_default: false, null_is_known: false, ..place };
        match (value, item(nullable(place.r#type))) {
            (Value::Variable(name), _) => self.variable_within(name, place),
            (Value::Null, _) => {
                if place.r#type.ends_with('!') {
                    let theirs = place.r#type.to_owned();
                    self.tell(place.at, Why::NullRefused { ours: "null".to_owned(), theirs });
                }
            }
            (Value::List(items), Some(item)) => items.iter().for_each(|value| self.value(value, within(item))),
            // One item stands for a list of it.
            (value, Some(item)) => self.value(value, within(item)),
            (value, None) => self.value_of_named(value, nullable(place.r#type), place),
        }
    }

    fn value_of_named(&mut self, value: &'a Value, name: &str, place: Place<'_>) {
        match (value, self.theirs.types.get(name).map(|it| &it.kind)) {
            (Value::Enum(value), Some(Kind::Enum(values))) => self.enum_value(name, value, values),
            (Value::Object(fields), Some(Kind::Input { one_of, fields: theirs })) => {
                if *one_of && !self.is_exactly_one(fields) {
                    self.tell(name, Why::OneOf);
                }
                let at = |field: &str| format!("{name}.{field}");
                self.given(fields, self.ours.input_fields(name), theirs, &Why::InputFieldMissing, at);
            }
            // A scalar of the server's own takes what it takes.
            (_, Some(Kind::Scalar { .. })) => (),
            (_, None) if is_of_built_in(value, name) => (),
            // That the type is missing is told of the variable.
            (_, None) if self.theirs.kind(name).is_none() => (),
            _ => self.tell(place.at, Why::ValueRefused { theirs: place.r#type.to_owned() }),
        }
    }

    fn variable_within(&mut self, name: &str, place: Place<'_>) {
        let Some(variable) = self.operation.variables.get(name) else { return };
        let (ours, theirs) = (variable.r#type.clone(), place.r#type.to_owned());
        if !same_shape(&ours, &theirs) {
            return self.tell(place.at, Why::TypeDiffers { ours, theirs });
        }
        let has_default = place.has_default || !matches!(variable.default, None | Some(Value::Null));
        let may_be_left_out = has_default && !place.null_is_known && as_strict(&ours, nullable(&theirs));
        if !may_be_left_out && !as_strict(&ours, &theirs) {
            self.tell(place.at, Why::NullRefused { ours, theirs });
        }
    }

    fn is_exactly_one(&self, fields: &Arguments) -> bool {
        let is_there = |value: &Value| match value {
            Value::Variable(name) => self.operation.variables.get(name).is_some_and(|it| it.r#type.ends_with('!')),
            Value::Null => false,
            _ => true,
        };
        fields.len() == 1 && fields.values().all(is_there)
    }
}

fn is_of_built_in(value: &Value, name: &str) -> bool {
    matches!(
        (name, value),
        ("Boolean", Value::Boolean)
            | ("Int", Value::Int)
            | ("Float", Value::Int | Value::Float)
            | ("String", Value::String)
            | ("ID", Value::Int | Value::String)
    )
}
