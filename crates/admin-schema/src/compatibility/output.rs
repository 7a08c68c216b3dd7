//! What an operation asks for, and whether the answer is what the client expects.

use super::Why;
use super::document::{Directive, Field, Selection};
use super::types::{as_strict, same_shape};
use super::walk::Walk;
use crate::EntryKind;
use crate::model::named;

impl<'a> Walk<'a> {
    /// Both names are of one type: only roots can be called differently.
    pub(super) fn selections(&mut self, ours: &str, theirs: &str, selections: &'a [Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(ours, theirs, field),
                Selection::Spread { name, directives } => {
                    self.directives(directives);
                    let on = self.documents.fragments.get(name).map(|it| it.on.as_str());
                    if on.is_some_and(|on| self.can_be(ours, theirs, on)) && self.spread.insert(name) {
                        self.waiting.push(name);
                    }
                }
                Selection::Inline { on: None, directives, selections } => {
                    self.directives(directives);
                    self.selections(ours, theirs, selections);
                }
                Selection::Inline { on: Some(on), directives, selections } => {
                    self.directives(directives);
                    if self.can_be(ours, theirs, on) {
                        self.selections(on, on, selections);
                    }
                }
            }
        }
    }

    fn can_be(&mut self, ours: &str, theirs: &str, on: &str) -> bool {
        let can_be = self.theirs.overlap(theirs, on);
        if !can_be {
            self.tell(ours, Why::MemberMissing { member: on.to_owned() });
        }
        can_be
    }

    fn field(&mut self, ours: &str, theirs: &str, field: &'a Field) {
        self.directives(&field.directives);
        let is_query = self.theirs.root(EntryKind::Query) == Some(theirs);
        if field.name == "__typename" || is_query && matches!(field.name.as_str(), "__schema" | "__type") {
            return;
        }
        let at = format!("{ours}.{}", field.name);
        let Some(their_field) = self.theirs.field(theirs, &field.name) else {
            return self.tell(at, Why::FieldMissing);
        };
        let our_field = self.ours.field(ours, &field.name);
        let our_arguments = our_field.map(|it| &it.arguments);
        self.given(&field.arguments, our_arguments, &their_field.arguments, &Why::ArgumentMissing, |argument| {
            format!("{at}({argument}:)")
        });
        if let Some(our_field) = our_field {
            self.answer(at, &our_field.r#type, &their_field.r#type, &field.selections);
        }
    }

    fn answer(&mut self, at: String, ours: &str, theirs: &str, selections: &'a [Selection]) {
        if !same_shape(ours, theirs) {
            return self.tell(at, Why::TypeDiffers { ours: ours.to_owned(), theirs: theirs.to_owned() });
        }
        if !as_strict(theirs, ours) {
            self.tell(at.clone(), Why::MayBeNull { ours: ours.to_owned(), theirs: theirs.to_owned() });
        }
        let name = named(theirs);
        let (Some(our_kind), Some(their_kind)) = (self.ours.kind(name), self.theirs.kind(name)) else { return };
        match (their_kind.is_composite(), selections.is_empty()) {
            (true, false) => self.selections(name, name, selections),
            (true, true) => self.tell(at, Why::NeedsFields),
            (false, false) => self.tell(at, Why::NoFields),
            (false, true) => self.same_kind(name, our_kind, their_kind),
        }
    }

    pub(super) fn same_kind(&mut self, at: &str, ours: EntryKind, theirs: EntryKind) {
        if ours != theirs {
            self.tell(at, Why::KindDiffers { ours, theirs });
        }
    }

    pub(super) fn directives(&mut self, directives: &'a [Directive]) {
        for Directive { name, arguments } in directives {
            let at = format!("@{name}");
            let built_in = matches!(name.as_str(), "include" | "skip").then_some(self.condition);
            let theirs = built_in.or_else(|| Some(&self.theirs.directives.get(name)?.arguments));
            let Some(theirs) = theirs else {
                self.tell(at, Why::DirectiveMissing);
                continue;
            };
            let ours = self.ours.directives.get(name).map(|it| &it.arguments);
            self.given(arguments, ours, theirs, &Why::ArgumentMissing, |argument| format!("{at}({argument}:)"));
        }
    }
}
