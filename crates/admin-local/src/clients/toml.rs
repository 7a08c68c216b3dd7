//! An entry in a file of TOML: a table `mcp_servers.NAME`. A comment right above the entry is taken out with it; one
//! that a blank line sets off from it stays.

use std::ops::Range;

use toml_edit::{
    Array, Decor, Document, DocumentMut, InlineTable, Item, RawString, Table, TableLike, TomlError, Value,
};

use super::mask::{self, MASK, replaced};
use super::{Broken, Found};
use crate::toml_file;

/// The table of all servers.
const SERVERS: &str = "mcp_servers";

/// What the entry of that name starts.
pub(super) fn find(text: &str, name: &str) -> Result<Option<Found>, Broken> {
    let document = Document::parse(text).map_err(|error| broken(text, &error))?;
    let Some(servers) = document.get(SERVERS) else { return Ok(None) };
    let not_a_table = || {
        let start = servers.span().map_or(0, |span| span.start);
        Broken::at(text, start, format!("`{SERVERS}` is no table"))
    };
    Ok(servers.as_table_like().ok_or_else(not_a_table)?.get(name).map(found))
}

/// The text with the entry. With `keep`, only what says what it starts is set in an entry that is there.
pub(super) fn put(text: &str, name: &str, server: &Found, keep: bool) -> Result<String, Broken> {
    find(text, name)?;
    edit(text, |root| {
        let implicit = || {
            let mut servers = Table::new();
            // Without a header of its own: that of the entry says it all.
            servers.set_implicit(true);
            Item::Table(servers)
        };
        let servers = root.entry(SERVERS).or_insert_with(implicit);
        let is_inline = servers.is_inline_table();
        // That it is one was looked at just now.
        let Some(servers) = servers.as_table_like_mut() else { return };
        let command = Value::from(server.command.clone().unwrap_or_default());
        let args = Value::from(server.args.iter().collect::<Array>());
        match servers.get_mut(name) {
            Some(entry) if keep && entry.is_table_like() => {
                let Some(entry) = entry.as_table_like_mut() else { return };
                set(entry, "command", command);
                set(entry, "args", args);
            }
            Some(Item::Table(entry)) => {
                let (decor, position) = (entry.decor().clone(), entry.position());
                *entry = Table::from_iter([("command", command), ("args", args)]);
                *entry.decor_mut() = decor;
                entry.set_position(position);
            }
            _ if is_inline => {
                let entry = InlineTable::from_iter([("command", command), ("args", args)]);
                servers.insert(name, Item::Value(entry.into()));
            }
            _ => drop(servers.insert(name, Item::Table(Table::from_iter([("command", command), ("args", args)])))),
        }
    })
}

/// The text without the entry.
pub(super) fn take(text: &str, name: &str) -> Result<String, Broken> {
    find(text, name)?;
    edit(text, |root| drop(toml_file::remove(root, &[SERVERS, name])))
}

/// The text with a mask in the place of each secret.
pub(super) fn masked(text: &str) -> Result<String, Broken> {
    let document = Document::parse(text).map_err(|error| broken(text, &error))?;
    let mut hidden = Hidden { text, edits: Vec::new() };
    hidden.table(document.as_table(), false);
    hidden.decor(document.decor());
    hidden.comments(Some(document.trailing()));
    Ok(replaced(text, hidden.edits))
}

fn broken(text: &str, error: &TomlError) -> Broken {
    // The parser's own `Display` shows the line, which may hold a token.
    Broken::at(text, error.span().map_or(0, |span| span.start), error.message())
}

fn found(entry: &Item) -> Found {
    let Some(entry) = entry.as_table_like() else { return Found::default() };
    let command = entry.get("command").and_then(Item::as_str).map(str::to_owned);
    let args = entry.get("args").and_then(Item::as_array).into_iter().flatten();
    Found { command, args: args.filter_map(|word| word.as_str().map(str::to_owned)).collect() }
}

/// Sets a field, with the comment behind it left in place.
fn set(table: &mut dyn TableLike, field: &str, mut value: Value) {
    if let Some(old) = table.get(field).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    table.insert(field, Item::Value(value));
}

/// Edits a text whose lines may end as on Windows, which the library does not write.
fn edit(text: &str, change: impl FnOnce(&mut DocumentMut)) -> Result<String, Broken> {
    let refused = |reason: &str| Err(Broken { line: 1, reason: reason.to_owned() });
    let as_on_windows = text.contains("\r\n");
    if as_on_windows && text.matches('\n').count() != text.matches("\r\n").count() {
        return refused("its lines end in more than one way");
    }
    let mut lines = if as_on_windows { text.replace("\r\n", "\n") } else { text.to_owned() };
    if !lines.is_empty() && !lines.ends_with('\n') {
        lines.push('\n');
    }
    let mut document = lines.parse::<DocumentMut>().map_err(|error| broken(&lines, &error))?;
    if document.to_string() != lines {
        return refused("it would not be written back as it is");
    }
    change(&mut document);
    let edited = document.to_string();
    Ok(if as_on_windows { edited.replace('\n', "\r\n") } else { edited })
}

/// What is not to be seen of a text.
struct Hidden<'a> {
    text: &'a str,
    edits: Vec<(Range<usize>, String)>,
}

impl Hidden<'_> {
    fn table(&mut self, table: &Table, secret: bool) {
        self.decor(table.decor());
        for (name, item) in table {
            if let Some(key) = table.key(name) {
                self.decor(key.leaf_decor());
            }
            self.item(item, secret || mask::holds_secrets(name));
        }
    }

    fn item(&mut self, item: &Item, secret: bool) {
        match item {
            Item::None => {}
            Item::Value(value) => self.value(value, secret),
            Item::Table(table) => self.table(table, secret),
            Item::ArrayOfTables(tables) => tables.iter().for_each(|table| self.table(table, secret)),
        }
    }

    fn value(&mut self, value: &Value, secret: bool) {
        self.decor(value.decor());
        match value {
            Value::Array(array) => {
                let mut announced = false;
                for element in array {
                    self.value(element, secret || announced);
                    announced = element.as_str().is_some_and(mask::announces_secret);
                }
                self.comments(Some(array.trailing()));
            }
            Value::InlineTable(table) => {
                for (name, value) in table {
                    self.value(value, secret || mask::holds_secrets(name));
                }
            }
            leaf if secret || leaf.as_str().is_some_and(mask::conceals) => {
                self.edits.extend(leaf.span().map(|span| (span, format!("\"{MASK}\""))));
            }
            _ => {}
        }
    }

    fn decor(&mut self, decor: &Decor) {
        self.comments(decor.prefix());
        self.comments(decor.suffix());
    }

    fn comments(&mut self, raw: Option<&RawString>) {
        let Some(span) = raw.and_then(RawString::span) else { return };
        let mut start = span.start;
        for line in self.text[span].split_inclusive('\n') {
            let shown = line.trim_end();
            if let Some(comment) = shown.find('#').filter(|comment| mask::conceals(&shown[comment + 1..])) {
                self.edits.push((start + comment..start + shown.len(), format!("# {MASK}")));
            }
            start += line.len();
        }
    }
}

#[cfg(test)]
mod tests;
