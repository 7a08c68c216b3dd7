//! `aisetu api search|describe`: what the schema has, as this version was built with it.

use admin_core::SCHEMA_SDL;
use admin_schema::Entry;
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};
use crate::suggest::nearest;

#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// A word of a name or a description
    word: String,
}

#[derive(Debug, Args)]
pub(super) struct DescribeArgs {
    /// `Type`, `Type.field`, or the field of a call, such as `apiKeysRotate`
    name: String,
}

/// Something of the schema.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    name: String,
    signature: String,
    description: Option<String>,
    deprecated: Option<String>,
}

#[derive(Serialize)]
struct Found {
    items: Vec<Described>,
}

impl From<&Entry> for Described {
    fn from(entry: &Entry) -> Self {
        Self {
            name: entry.coordinate.clone(),
            signature: entry.signature.clone(),
            description: entry.description.clone(),
            deprecated: entry.deprecated.clone(),
        }
    }
}

impl Show for Described {
    const PLURAL: &'static str = "parts of the schema";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::detail("name", self.name.clone()),
            Field::column("signature", self.signature.clone()),
            Field::column("description", self.description.as_deref().map(first_sentence)),
            Field::detail("deprecated", self.deprecated.clone()),
        ]
    }
}

impl SearchArgs {
    pub(super) fn run(self, context: &Context) -> Result<(), CommandError> {
        let word = self.word.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&word);
        let entries = schema();
        let in_name = entries.iter().filter(|entry| has(&entry.coordinate));
        let in_text =
            entries.iter().filter(|entry| !has(&entry.coordinate) && entry.description.as_deref().is_some_and(has));
        let found = Found { items: in_name.chain(in_text).map(Described::from).collect() };
        context.print_items(&found.items, &found)
    }
}

impl DescribeArgs {
    pub(super) fn run(self, context: &Context) -> Result<(), CommandError> {
        let entries = schema();
        let Some(at) = entries.iter().position(|entry| entry.is_called(&self.name)) else {
            let known: Vec<&str> = entries.iter().flat_map(names).collect();
            let nearest = nearest(&self.name, known);
            let what = "part of the schema";
            return Err(CommandError::UnknownName { what, given: self.name, nearest, all: "aisetu api search WORD" });
        };
        let entry = &entries[at];
        // Of a type its fields, of a field its arguments: what lies directly below it.
        let parts = entries[at + 1..].iter().take_while(|part| part.coordinate.starts_with(&entry.coordinate));
        let below = |part: &&Entry| {
            let rest = &part.coordinate[entry.coordinate.len()..];
            rest.starts_with('(') || rest.strip_prefix('.').is_some_and(|rest| !rest.contains('('))
        };
        let parts: Vec<&Entry> = parts.filter(below).collect();
        let mut items: Vec<Described> = [entry].into_iter().chain(parts.iter().copied()).map(Described::from).collect();
        // What goes in is what a caller wants to know next, with all of it; and what comes out.
        let inputs =
            parts.iter().filter(|part| part.coordinate.ends_with(":)")).filter_map(|part| part.type_name.as_deref());
        for name in inputs {
            let is_of = |other: &&Entry| {
                other.coordinate.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            items.extend(entries.iter().filter(is_of).map(Described::from));
        }
        let output = entry.type_name.iter().filter_map(|name| entries.iter().find(|other| other.is_called(name)));
        items.extend(output.map(Described::from));
        let found = Found { items };
        context.print_items(&found.items, &found)
    }
}

/// By what somebody may ask for it.
fn names(entry: &Entry) -> impl Iterator<Item = &str> {
    let last = entry.coordinate.rsplit('.').next().filter(|last| *last != entry.coordinate);
    [entry.coordinate.as_str()].into_iter().chain(last)
}

/// What this version was built with; a test proves that it is a schema.
fn schema() -> Vec<Entry> {
    admin_schema::outline(SCHEMA_SDL).unwrap_or_default()
}

fn first_sentence(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.split_inclusive(". ").next().unwrap_or(line).trim_end().to_owned()
}
