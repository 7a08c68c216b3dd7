//! How things look to a person: a table for many, a list of fields for one. Nothing is cut, ids least of all.

pub(crate) mod chart;
mod document;
mod fields;
mod jq;
mod json;
mod template;
mod time;

use admin_core::DateTime;
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

pub(crate) use document::{Document, Form, Shape, Unwritten};
pub(crate) use fields::role;
pub(crate) use jq::Filter;
pub(crate) use json::Json;
pub(crate) use template::Template;
pub(crate) use time::relative;

/// Something that is shown to a person, or serialized for a program.
pub(crate) trait Show: Serialize {
    /// What several of them are called, for "no API keys".
    const PLURAL: &'static str;

    /// What is shown of it, in order, first what stands for it. Every value of the type has the same columns.
    fn fields(&self) -> Vec<Field>;

    /// What stands for it: a word without spaces, mostly the id.
    fn name(&self) -> String {
        match self.fields().swap_remove(0).value {
            Value::Text(text) => text,
            Value::Time(instant) => instant.to_string(),
            Value::Nothing => String::new(),
        }
    }
}

/// One field of a thing.
pub(crate) struct Field {
    name: &'static str,
    value: Value,
    /// Whether it is a column of a table; else it is shown of a single thing only.
    column: bool,
}

/// What a field holds.
pub(crate) enum Value {
    Text(String),
    Time(DateTime),
    Nothing,
}

impl Field {
    fn new(name: &'static str, value: impl Into<Value>, column: bool) -> Self {
        Self { name, value: value.into(), column }
    }

    /// Shown in a table, and of a single thing.
    pub(crate) fn column(name: &'static str, value: impl Into<Value>) -> Self {
        Self::new(name, value, true)
    }

    /// Shown of a single thing only.
    pub(crate) fn detail(name: &'static str, value: impl Into<Value>) -> Self {
        Self::new(name, value, false)
    }
}

impl From<DateTime> for Value {
    fn from(instant: DateTime) -> Self {
        Self::Time(instant)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }
}

/// For whom it is shown.
pub(crate) struct View {
    /// The time of showing.
    pub(crate) now: Timestamp,
    /// Whether instants are shown by their distance from now: only a person looking at a terminal wants that.
    pub(crate) relative: bool,
    /// Whether a table has all there is of each thing.
    pub(crate) wide: bool,
}

impl View {
    /// Many things, one a line, with a line of headings.
    pub(crate) fn table<T: Show>(&self, items: &[T]) -> String {
        if self.wide {
            return self.wide_table(items);
        }
        let columns = |item: &T| item.fields().into_iter().filter(|field| field.column).collect::<Vec<_>>();
        let Some(first) = items.first() else { return String::new() };
        let mut table = plain_table();
        table.set_header(columns(first).iter().map(|field| field.name.to_uppercase()));
        for item in items {
            table.add_row(columns(item).iter().map(|field| self.text(&field.value)));
        }
        finished(table)
    }

    /// The same with a column for whatever any of them has.
    fn wide_table<T: Show>(&self, items: &[T]) -> String {
        let rows: Vec<Vec<Field>> = items.iter().map(Show::fields).collect();
        let mut names: Vec<&'static str> = Vec::new();
        for field in rows.iter().flatten() {
            if !names.contains(&field.name) && !matches!(field.value, Value::Nothing) {
                names.push(field.name);
            }
        }
        let mut table = plain_table();
        table.set_header(names.iter().map(|name| name.to_uppercase()));
        for row in &rows {
            table.add_row(names.iter().map(|name| {
                let there = row.iter().filter(|field| field.name == *name).map(|field| self.text(&field.value));
                let there: Vec<String> = there.collect();
                if there.is_empty() { self.text(&Value::Nothing) } else { there.join(", ") }
            }));
        }
        finished(table)
    }

    /// Many things, one below the other: the columns of a table as lines, for who has no room for it.
    pub(crate) fn blocks<T: Show>(&self, items: &[T]) -> String {
        let block = |item: &T| {
            let mut table = plain_table();
            for field in item.fields() {
                if (self.wide || field.column) && !matches!(field.value, Value::Nothing) {
                    table.add_row([field.name.to_owned(), self.text(&field.value)]);
                }
            }
            finished(table)
        };
        items.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    /// One thing, a field a line. What it does not have is left out.
    pub(crate) fn details<T: Show>(&self, item: &T) -> String {
        let mut table = plain_table();
        for field in item.fields() {
            if !matches!(field.value, Value::Nothing) {
                table.add_row([field.name.to_owned(), self.text(&field.value)]);
            }
        }
        finished(table)
    }

    fn text(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => printable(text),
            Value::Time(instant) if self.relative => time::relative(instant.timestamp(), self.now),
            Value::Time(instant) => instant.to_string(),
            Value::Nothing => "-".to_owned(),
        }
    }
}

/// The columns that the longest line of a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.lines().map(|line| line.trim_end().width()).max().unwrap_or_default()
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn finished(mut table: Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt() + "\n"
}

/// Without what a terminal would act on, and without what turns the order of reading: a name is text that someone else wrote.
pub(crate) fn printable(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if acts(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Thing(&'static str, Option<DateTime>);

    impl Show for Thing {
        const PLURAL: &'static str = "things";

        fn fields(&self) -> Vec<Field> {
            vec![
                Field::column("id", self.0.to_owned()),
                Field::column("created", self.1),
                Field::detail("note", "x".repeat(200)),
            ]
        }
    }

    #[test]
    fn a_table_is_aligned_and_cuts_nothing() {
        let at = "2026-11-22T09:30:00Z".parse().unwrap();
        let things = [Thing("k1", Some(at)), Thing("ключ_\u{1b}[31m", None), Thing("钥匙", Some(at))];
        let view = View { now: at.timestamp(), relative: false, wide: false };
        insta::assert_snapshot!(view.table(&things), @"
        ID          CREATED
        k1          2026-11-22T09:30:00.000Z
        ключ_�[31m  -
        钥匙        2026-11-22T09:30:00.000Z
        ");
        insta::assert_snapshot!(view.details(&things[0]).replace(&"x".repeat(200), "[200 x]"), @"
        id       k1
        created  2026-11-22T09:30:00.000Z
        note     [200 x]
        ");
        assert_eq!(view.details(&things[1]).lines().count(), 2, "what is absent is left out");
    }
}
