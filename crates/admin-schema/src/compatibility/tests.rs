//! Every single change of our own schema that could matter, and exactly the operations that it fails.
//! What they should be is found by the layout of the documents and by the outline, and not by the code that is tried here.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{self, Documents};
use super::types::is_required;
use super::walk::compare;
use super::{Incompatibility, Why};
use crate::model::{InputValue, Kind, Schema};
use crate::{Entry, EntryKind, outline, sdl};

const SCHEMA: &str = include_str!("../../../../schema/schema-public.gql");
const OPERATIONS: &str = include_str!("../../../../schema/operations.graphql");

/// By coordinate: the operations that ask for it, or that may send it.
type Uses = BTreeMap<String, BTreeSet<String>>;

struct Trial {
    entries: BTreeMap<String, Entry>,
    ours: Schema,
    theirs: Schema,
    documents: Documents,
    uses: Uses,
}

impl Trial {
    /// With all operations, or with one of so many, so that much is used by none.
    fn of_every(nth: usize) -> Self {
        assert!(!OPERATIONS.contains("..."), "there are no fragments, which this could not read");
        let blocks = OPERATIONS.split("\n\n").filter(|text| !text.starts_with('#'));
        let operations: Vec<_> = blocks.step_by(nth).collect();
        let entries: BTreeMap<_, _> =
            outline(SCHEMA).unwrap().into_iter().map(|entry| (entry.coordinate.clone(), entry)).collect();
        let mut uses = Uses::new();
        for operation in &operations {
            note(&entries, &mut uses, operation);
        }
        let (ours, theirs) = (sdl::parse(SCHEMA).unwrap(), sdl::parse(SCHEMA).unwrap());
        Self { entries, ours, theirs, documents: document::parse(&operations.join("\n")).unwrap(), uses }
    }

    /// The coordinates of all that is of these kinds.
    fn all(&self, kinds: &[EntryKind]) -> Vec<(String, String)> {
        let all = self.entries.values().filter(|entry| kinds.contains(&entry.kind));
        let split = |entry: &Entry| entry.coordinate.split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned()));
        all.map(|entry| split(entry).unwrap()).collect()
    }

    /// What they have differs in one thing: that is told of whatever uses it, and of nothing else.
    fn assert_told(&self, r#type: &str, name: &str, why: &Why) -> bool {
        let at = format!("{type}.{name}");
        let users = self.uses.get(&at).into_iter().flatten();
        let expected = users.map(|it| Incompatibility { operation: it.clone(), at: at.clone(), why: why.clone() });
        let expected: BTreeSet<_> = expected.collect();
        assert_eq!(compare(&self.ours, &self.theirs, &self.documents), expected, "{at}");
        !expected.is_empty()
    }

    fn kind(&mut self, r#type: &str) -> &mut Kind {
        &mut self.theirs.types.get_mut(r#type).unwrap().kind
    }

    fn input_fields(&mut self, r#type: &str) -> &mut BTreeMap<String, InputValue> {
        let Kind::Input { fields, .. } = self.kind(r#type) else { panic!("{type} is no input type") };
        fields
    }
}

/// Notes what an operation asks for, line by line, and what it may send.
fn note(entries: &BTreeMap<String, Entry>, uses: &mut Uses, operation: &str) {
    let (mut name, mut within) = (String::new(), Vec::new());
    for line in operation.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let Some(word) = words.next() else {
            within.pop();
            continue;
        };
        let Some(r#type) = within.last() else {
            words.next().unwrap().clone_into(&mut name);
            within.push(if word == "mutation" { "Mutation" } else { "Query" });
            for sent in words {
                note_sent(entries, uses, &name, sent);
            }
            continue;
        };
        let entry = &entries[&format!("{type}.{word}")];
        uses.entry(entry.coordinate.clone()).or_default().insert(name.clone());
        if line.ends_with('{') {
            within.push(entry.type_name.as_deref().unwrap());
        }
    }
    assert!(within.is_empty());
}

fn note_sent(entries: &BTreeMap<String, Entry>, uses: &mut Uses, operation: &str, r#type: &str) {
    let sent = [EntryKind::InputField, EntryKind::EnumValue];
    let is_within = |entry: &&Entry| entry.coordinate.split_once('.').is_some_and(|(it, _)| it == r#type);
    for entry in entries.values().filter(is_within).filter(|entry| sent.contains(&entry.kind)) {
        let is_new = uses.entry(entry.coordinate.clone()).or_default().insert(operation.to_owned());
        if let Some(r#type) = entry.type_name.as_deref().filter(|_| is_new) {
            note_sent(entries, uses, operation, r#type);
        }
    }
}

/// How many were used and how many were not: a trial that tries nothing would always succeed.
#[derive(Debug, Default)]
struct Tried {
    used: usize,
    unused: usize,
}

impl Tried {
    fn note(&mut self, was_used: bool) {
        *(if was_used { &mut self.used } else { &mut self.unused }) += 1;
    }
}

const FIELDS: [EntryKind; 3] = [EntryKind::Query, EntryKind::Mutation, EntryKind::Field];

#[test]
fn a_field_that_is_missing_or_may_be_null_fails_exactly_what_asks_for_it() {
    let (mut missing, mut null) = (Tried::default(), Tried::default());
    for nth in [1, 4] {
        let mut trial = Trial::of_every(nth);
        for (r#type, name) in trial.all(&FIELDS) {
            let Kind::Object(fields) = trial.kind(&r#type) else { panic!("{type} is no object") };
            let mut field = fields.fields.remove(&name).unwrap();
            missing.note(trial.assert_told(&r#type, &name, &Why::FieldMissing));

            let ours = field.r#type.clone();
            field.r#type = ours.replace('!', "");
            let theirs = field.r#type.clone();
            let Kind::Object(fields) = trial.kind(&r#type) else { panic!("{type} is no object") };
            fields.fields.insert(name.clone(), field);
            if ours != theirs {
                null.note(trial.assert_told(&r#type, &name, &Why::MayBeNull { ours: ours.clone(), theirs }));
            }
            let Kind::Object(fields) = trial.kind(&r#type) else { panic!("{type} is no object") };
            fields.fields.get_mut(&name).unwrap().r#type = ours;
        }
    }
    assert!(missing.used > 400 && missing.unused > 100, "{missing:?}");
    assert!(null.used > 200 && null.unused > 50, "{null:?}");
}

#[test]
fn an_input_field_that_is_missing_or_required_fails_exactly_what_may_send_it() {
    let (mut missing, mut required) = (Tried::default(), Tried::default());
    for nth in [1, 4] {
        let mut trial = Trial::of_every(nth);
        for (r#type, name) in trial.all(&[EntryKind::InputField]) {
            let mut field = trial.input_fields(&r#type).remove(&name).unwrap();
            missing.note(trial.assert_told(&r#type, &name, &Why::InputFieldMissing));

            let was_required = is_required(&field);
            let ours = field.r#type.clone();
            field.r#type = format!("{}!", ours.trim_end_matches('!'));
            let theirs = field.r#type.clone();
            trial.input_fields(&r#type).insert(name.clone(), field);
            if !was_required {
                required.note(trial.assert_told(&r#type, &name, &Why::NullRefused { ours: ours.clone(), theirs }));
            }
            trial.input_fields(&r#type).get_mut(&name).unwrap().r#type = ours;
        }
    }
    assert!(missing.used > 150 && missing.unused > 50, "{missing:?}");
    assert!(required.used > 100 && required.unused > 30, "{required:?}");
}

#[test]
fn a_value_that_is_missing_fails_exactly_what_may_send_it() {
    let mut missing = Tried::default();
    let mut trial = Trial::of_every(1);
    for (r#type, name) in trial.all(&[EntryKind::EnumValue]) {
        let Kind::Enum(values) = trial.kind(&r#type) else { panic!("{type} is no enum") };
        let value = values.remove(&name).unwrap();
        missing.note(trial.assert_told(&r#type, &name, &Why::EnumValueMissing));
        let Kind::Enum(values) = trial.kind(&r#type) else { panic!("{type} is no enum") };
        values.insert(name, value);
    }
    assert!(missing.used > 20 && missing.unused > 20, "{missing:?}");
}
