//! An entry in a file of JSON. Only the bytes of the entry are written; comments, order and layout of all else stay.
//!
//! The parser tells where everything is. Its own way to edit lays out anew what stands on one line, and takes comments away with what
//! they are beside.

mod page;
mod tree;

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::Token;

use super::mask::{self, MASK, replaced};
use super::table::Layout;
use super::{Broken, Found};
use page::{Edit, Page, key};
use tree::{Tree, quoted};

/// What the entry of that name starts.
pub(super) fn find(text: &str, layout: &Layout, name: &str) -> Result<Option<Found>, Broken> {
    let page = Page::parse(text)?;
    let Some(servers) = page.servers(layout.servers)? else { return Ok(None) };
    Ok(page.member(servers, name)?.map(|entry| found(&entry.value)))
}

/// The text with the entry. With `keep`, only what says what it starts is set in an entry that is there.
pub(super) fn put(text: &str, layout: &Layout, name: &str, server: &Found, keep: bool) -> Result<String, Broken> {
    let page = Page::parse(text)?;
    let runs = runs(layout, server);
    let Some(root) = page.root()? else {
        let servers = Tree::Object(vec![(name, entry(layout, runs))]);
        return Ok(page.begun(&Tree::Object(vec![(layout.servers, servers)])));
    };
    let Some(servers) = page.servers(layout.servers)? else {
        let servers = Tree::Object(vec![(name, entry(layout, runs))]);
        return Ok(replaced(text, page.insert(root, layout.servers, &servers)));
    };
    let Some(member) = page.member(servers, name)? else {
        return Ok(replaced(text, page.insert(servers, name, &entry(layout, runs))));
    };
    let kept = member.value.as_object().filter(|_| keep).and_then(|object| set(layout, object, &runs));
    let anew = || {
        let entry = page.rendered(&entry(layout, runs), page.indent_at(member.range.start));
        vec![(span(&member.value), entry)]
    };
    Ok(replaced(text, kept.unwrap_or_else(anew)))
}

/// The text without the entry.
pub(super) fn take(text: &str, layout: &Layout, name: &str) -> Result<String, Broken> {
    let page = Page::parse(text)?;
    let Some(servers) = page.servers(layout.servers)? else { return Ok(text.to_owned()) };
    let Some(member) = page.member(servers, name)? else { return Ok(text.to_owned()) };
    Ok(replaced(text, page.remove(servers, member)))
}

/// The text with a mask in the place of each secret.
pub(super) fn masked(text: &str) -> Result<String, Broken> {
    let page = Page::parse(text)?;
    let mut edits = Vec::new();
    if let Some(value) = &page.value {
        hide(value, false, &mut edits);
    }
    for token in &page.tokens {
        match token.token {
            Token::CommentLine(comment) if mask::conceals(comment) => {
                edits.push((token.range.start..token.range.end, format!("// {MASK}")));
            }
            Token::CommentBlock(comment) if mask::conceals(comment) => {
                edits.push((token.range.start..token.range.end, format!("/* {MASK} */")));
            }
            _ => {}
        }
    }
    Ok(replaced(text, edits))
}

fn hide(value: &Value<'_>, secret: bool, edits: &mut Vec<Edit>) {
    match value {
        Value::Object(object) => {
            for member in &object.properties {
                if let ObjectPropName::String(name) = &member.name
                    && mask::conceals(&name.value)
                {
                    edits.push((name.range.start..name.range.end, format!("\"{MASK}\"")));
                }
                hide(&member.value, secret || mask::holds_secrets(key(member)), edits);
            }
        }
        Value::Array(array) => {
            let mut announced = false;
            for element in &array.elements {
                hide(element, secret || announced, edits);
                announced = element.as_string_lit().is_some_and(|text| mask::announces_secret(&text.value));
            }
        }
        Value::StringLit(text) if !secret && !mask::conceals(&text.value) => {}
        Value::BooleanLit(_) | Value::NumberLit(_) | Value::NullKeyword(_) if !secret => {}
        leaf => edits.push((span(leaf), format!("\"{MASK}\""))),
    }
}

/// What an entry starts, whichever layout it has.
fn found(entry: &Value<'_>) -> Found {
    let Value::Object(entry) = entry else { return Found::default() };
    let strings = |value: &Value<'_>| match value {
        Value::StringLit(text) => vec![text.value.to_string()],
        Value::Array(array) => {
            array.elements.iter().filter_map(|text| Some(text.as_string_lit()?.value.to_string())).collect()
        }
        _ => Vec::new(),
    };
    let member = |name: &str| entry.properties.iter().find(|member| key(member) == name).map(|member| &member.value);
    let mut words = member("command").map(strings).unwrap_or_default().into_iter();
    let command = words.next();
    Found { command, args: words.chain(member("args").map(strings).unwrap_or_default()).collect() }
}

/// A whole entry.
fn entry(layout: &Layout, runs: Vec<(&'static str, String)>) -> Tree<'static> {
    let fixed = |(key, value): &(&'static str, &'static str)| (*key, (*value).to_owned());
    let members = layout.before.iter().map(fixed).chain(runs).chain(layout.after.iter().map(fixed));
    Tree::Object(members.map(|(key, value)| (key, Tree::Leaf(value))).collect())
}

/// Sets the members that say what an entry starts; none if it says so in another way.
fn set(layout: &Layout, entry: &Object<'_>, runs: &[(&'static str, String)]) -> Option<Vec<Edit>> {
    let member = |name: &str| entry.properties.iter().find(|member| key(member) == name);
    if layout.joined && member("args").is_some() {
        return None;
    }
    runs.iter().map(|(name, value)| Some((span(&member(name)?.value), value.clone()))).collect()
}

/// The members that say what an entry starts.
fn runs(layout: &Layout, server: &Found) -> Vec<(&'static str, String)> {
    let command = server.command.clone().unwrap_or_default();
    if layout.joined {
        let words: Vec<_> = [&command].into_iter().chain(&server.args).map(|word| quoted(word)).collect();
        return vec![("command", format!("[{}]", words.join(", ")))];
    }
    let words: Vec<_> = server.args.iter().map(|word| quoted(word)).collect();
    vec![("command", quoted(&command)), ("args", format!("[{}]", words.join(", ")))]
}

fn span(value: &Value<'_>) -> Range<usize> {
    value.start()..value.end()
}

#[cfg(test)]
mod tests;
