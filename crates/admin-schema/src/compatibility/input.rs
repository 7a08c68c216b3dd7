//! What may be sent in variables, and whether the server takes it.

use std::collections::BTreeMap;

use super::Why;
use super::document::Variable;
use super::given::Place;
use super::types::{as_strict, is_required, same_shape};
use super::walk::Walk;
use crate::model::{EnumValue, InputValue, Kind, Type, named};
use crate::print::type_and_default;

impl<'a> Walk<'a> {
    /// Whatever a variable's type allows may be sent in it.
    pub(super) fn variable(&mut self, variable: &'a Variable) {
        let name = named(&variable.r#type);
        if let Some(default) = &variable.default {
            let place = Place { at: name, r#type: &variable.r#type, has_default: false, null_is_known: false };
            self.value(default, place);
        }
        let mut waiting = vec![name];
        while let Some(name) = waiting.pop() {
            if self.sent.insert(name) {
                self.input_type(name, &mut waiting);
            }
        }
    }

    fn input_type(&mut self, name: &'a str, waiting: &mut Vec<&'a str>) {
        let (ours, theirs) = (self.ours, self.theirs);
        let Some(their_kind) = theirs.kind(name).filter(|kind| !kind.is_composite()) else {
            return self.tell(name, Why::TypeMissing);
        };
        self.same_kind(name, ours.kind(name).unwrap_or(their_kind), their_kind);
        let kind = |it: Option<&'a Type>| it.map(|it| &it.kind);
        match (kind(ours.types.get(name)), kind(theirs.types.get(name))) {
            (Some(Kind::Enum(ours)), Some(Kind::Enum(theirs))) => {
                for value in ours.keys() {
                    self.enum_value(name, value, theirs);
                }
            }
            (Some(Kind::Input { one_of: known, fields: ours }), Some(Kind::Input { one_of, fields: theirs })) => {
                if *one_of && !known {
                    self.tell(name, Why::OneOf);
                }
                for (field, ours) in ours {
                    self.input_field(format!("{name}.{field}"), ours, theirs.get(field), waiting);
                }
                for (field, _) in theirs.iter().filter(|(field, it)| is_required(it) && !ours.contains_key(*field)) {
                    self.tell(format!("{name}.{field}"), Why::Required);
                }
            }
            _ => (),
        }
    }

    fn input_field(
        &mut self,
        at: String,
        ours: &'a InputValue,
        theirs: Option<&InputValue>,
        waiting: &mut Vec<&'a str>,
    ) {
        let Some(theirs) = theirs else { return self.tell(at, Why::InputFieldMissing) };
        if !same_shape(&ours.r#type, &theirs.r#type) {
            let (ours, theirs) = (ours.r#type.clone(), theirs.r#type.clone());
            return self.tell(at, Why::TypeDiffers { ours, theirs });
        }
        waiting.push(named(&ours.r#type));
        // A default of theirs is no help against null, which the client may send where its schema allows null.
        let may_be_left_out = is_required(theirs) && !is_required(ours);
        if may_be_left_out || !as_strict(&ours.r#type, &theirs.r#type) {
            let (ours, theirs) = (type_and_default(ours), type_and_default(theirs));
            self.tell(at, Why::NullRefused { ours, theirs });
        }
    }

    pub(super) fn enum_value(&mut self, r#type: &str, value: &str, theirs: &BTreeMap<String, EnumValue>) {
        if !theirs.contains_key(value) {
            self.tell(format!("{type}.{value}"), Why::EnumValueMissing);
        }
    }
}
