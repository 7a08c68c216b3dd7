//! A file of JSON as it is edited: by the bytes that come and go.

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::super::Broken;
use super::tree::{Tree, quoted};

pub(super) type Edit = (Range<usize>, String);

/// A file that was understood.
pub(super) struct Page<'a> {
    text: &'a str,
    pub(super) value: Option<Value<'a>>,
    /// With the comments.
    pub(super) tokens: Vec<TokenAndRange<'a>>,
}

impl<'a> Page<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Broken> {
        let collect = CollectOptions { comments: CommentCollectionStrategy::AsTokens, tokens: true };
        let options = ParseOptions {
            allow_comments: true,
            allow_trailing_commas: true,
            // No client reads more than that.
            allow_loose_object_property_names: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let parsed = parse_to_ast(text, &collect, &options).map_err(|error| {
            let reason = error.kind().to_string();
            let reason = reason.get(..1).unwrap_or_default().to_ascii_lowercase() + reason.get(1..).unwrap_or_default();
            Broken::at(text, error.range().start, reason)
        })?;
        Ok(Self { text, value: parsed.value, tokens: parsed.tokens.unwrap_or_default() })
    }

    /// The object that the file is; none in a file without a value.
    pub(super) fn root(&self) -> Result<Option<&Object<'a>>, Broken> {
        match &self.value {
            None => Ok(None),
            Some(Value::Object(root)) => Ok(Some(root)),
            Some(other) => Err(Broken::at(self.text, other.start(), "this is no object")),
        }
    }

    /// The object of the servers, if it is there.
    pub(super) fn servers(&self, name: &str) -> Result<Option<&Object<'a>>, Broken> {
        let Some(root) = self.root()? else { return Ok(None) };
        let Some(member) = self.member(root, name)? else { return Ok(None) };
        let not_one = || Broken::at(self.text, member.range.start, format!("`{name}` is no object"));
        member.value.as_object().map(Some).ok_or_else(not_one)
    }

    pub(super) fn member<'p>(&self, object: &'p Object<'a>, name: &str) -> Result<Option<&'p ObjectProp<'a>>, Broken> {
        let mut members = object.properties.iter().filter(|member| key(member) == name);
        let first = members.next();
        match members.next() {
            // Which of them counts is another matter for each client.
            Some(second) => Err(Broken::at(self.text, second.range.start, format!("`{name}` is there twice"))),
            None => Ok(first),
        }
    }

    /// The text with a value behind its comments, where it had none.
    pub(super) fn begun(&self, tree: &Tree<'_>) -> String {
        let comments = self.text.trim_end();
        let end = self.line_end();
        let between = if comments.is_empty() { "" } else { end };
        format!("{comments}{between}{}{end}", tree.lines("", "  ", end))
    }

    /// A new last member. Where members have lines of their own, so does it.
    pub(super) fn insert(&self, object: &Object<'a>, name: &str, tree: &Tree<'_>) -> Vec<Edit> {
        let Some((first, last)) = object.properties.first().zip(object.properties.last()) else {
            return vec![self.fill(object, name, tree)];
        };
        let comma = self.comma(last.range.end, object.range.end);
        let behind = comma.clone().map_or(last.range.end, |comma| comma.end);
        let (place, line_ended) = self.behind_comments(behind);
        let has_own_line = self.text[object.range.start..first.range.start].contains('\n');
        let new = if has_own_line || line_ended {
            let indent = if has_own_line {
                self.indent_at(first.range.start).to_owned()
            } else {
                format!("{}{}", self.indent_at(object.range.start), self.unit())
            };
            format!("{}{indent}{}: {}", self.line_end(), quoted(name), self.rendered(tree, &indent))
        } else {
            format!(" {}: {}", quoted(name), self.rendered(tree, ""))
        };
        match comma {
            // Whoever has a comma behind the last member wants one there.
            Some(_) => vec![(place..place, format!("{new},"))],
            None if place == behind => vec![(behind..behind, format!(",{new}"))],
            None => vec![(behind..behind, ",".to_owned()), (place..place, new)],
        }
    }

    /// The first member of an object.
    fn fill(&self, object: &Object<'a>, name: &str, tree: &Tree<'_>) -> Edit {
        let inside = object.range.start + 1..object.range.end - 1;
        let comments = self.tokens.iter().rfind(|token| is_comment(token) && within(&inside, token));
        let start = comments.map_or(inside.start, |comment| comment.range.end);
        if self.is_on_one_line() && comments.is_none() {
            return (inside, format!("{}: {}", quoted(name), self.rendered(tree, "")));
        }
        let outer = self.indent_at(object.range.start);
        let (indent, end) = (format!("{outer}{}", self.unit()), self.line_end());
        let new = format!("{end}{indent}{}: {}{end}{outer}", quoted(name), self.rendered(tree, &indent));
        (start..inside.end, new)
    }

    /// Takes a member away with its line and its comma, and with nothing else.
    pub(super) fn remove(&self, object: &Object<'a>, member: &ObjectProp<'a>) -> Vec<Edit> {
        let inside = object.range.start + 1..object.range.end - 1;
        let gone = member.range.start..member.range.end;
        let index = object.properties.iter().position(|other| other.range == member.range).unwrap_or_default();
        let mut comments = self.tokens.iter().filter(|token| is_comment(token) && within(&inside, token));
        if object.properties.len() == 1 && comments.all(|comment| within(&gone, comment)) {
            return vec![(inside, String::new())];
        }
        let before = self.text[inside.start..gone.start].trim_end_matches([' ', '\t']);
        let line = before.strip_suffix('\n').map(|rest| rest.strip_suffix('\r').unwrap_or(rest));
        let mut start = match line {
            Some(rest) => inside.start + rest.len(),
            None if index > 0 => inside.start + before.len(),
            None => gone.start,
        };
        let mut edits = Vec::new();
        match self.comma(gone.end, inside.end) {
            Some(comma) => {
                let blanks = self.text[comma.end..].len() - self.text[comma.end..].trim_start_matches(' ').len();
                let end = if line.is_none() && index == 0 { comma.end + blanks } else { comma.end };
                edits.push((comma.start..end, String::new()));
            }
            // The comma before it was there for it.
            None if index > 0 => {
                let previous = object.properties[index - 1].range.end;
                edits.extend(self.comma(previous, gone.start).map(|comma| {
                    start = start.max(comma.end);
                    (comma, String::new())
                }));
            }
            None => {}
        }
        edits.push((start..gone.end, String::new()));
        edits
    }

    /// The comma between two members, or behind the last.
    fn comma(&self, from: usize, to: usize) -> Option<Range<usize>> {
        let mut tokens = self.tokens.iter().filter(|token| token.range.start >= from && token.range.end <= to);
        let next = tokens.find(|token| !is_comment(token))?;
        (next.token == Token::Comma).then_some(next.range.start..next.range.end)
    }

    /// Behind the comments that begin on the same line, and whether the last of them ends it.
    fn behind_comments(&self, from: usize) -> (usize, bool) {
        let (mut end, mut line_ended) = (from, false);
        for token in self.tokens.iter().filter(|token| token.range.start >= from) {
            if !is_comment(token) || self.text[end..token.range.start].contains('\n') {
                break;
            }
            end = token.range.end;
            line_ended = matches!(token.token, Token::CommentLine(_));
        }
        (end, line_ended)
    }

    pub(super) fn rendered(&self, tree: &Tree<'_>, indent: &str) -> String {
        if self.is_on_one_line() { tree.line() } else { tree.lines(indent, self.unit(), self.line_end()) }
    }

    /// Whether the file was written by a program that spares every blank.
    fn is_on_one_line(&self) -> bool {
        let root = self.value.as_ref().and_then(Value::as_object);
        root.is_some_and(|root| !root.properties.is_empty() && !self.text[root.start()..root.end()].contains('\n'))
    }

    /// The white space that the line begins with.
    pub(super) fn indent_at(&self, offset: usize) -> &'a str {
        let start = self.text[..offset].rfind('\n').map_or(0, |end| end + 1);
        let line = &self.text[start..offset];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// What a line is further in than the one that it belongs to.
    fn unit(&self) -> &'a str {
        let root = self.value.as_ref().and_then(Value::as_object);
        let first = root.and_then(|root| Some(self.indent_at(root.properties.first()?.range.start)));
        first.filter(|indent| !indent.is_empty()).unwrap_or("  ")
    }

    fn line_end(&self) -> &'static str {
        if self.text.find('\n').is_some_and(|end| self.text[..end].ends_with('\r')) { "\r\n" } else { "\n" }
    }
}

fn is_comment(token: &TokenAndRange<'_>) -> bool {
    matches!(token.token, Token::CommentLine(_) | Token::CommentBlock(_))
}

fn within(range: &Range<usize>, token: &TokenAndRange<'_>) -> bool {
    range.start <= token.range.start && token.range.end <= range.end
}

pub(super) fn key<'p>(member: &'p ObjectProp<'_>) -> &'p str {
    match &member.name {
        ObjectPropName::String(name) => &name.value,
        ObjectPropName::Word(name) => name.value,
    }
}
