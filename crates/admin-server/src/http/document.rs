//! The limits of a GraphQL document, checked before it is validated: what is too large is never looked at closely.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned, Variables};

use crate::error::{Code, Error};

const MAX_TOKENS: usize = 1_000;
const MAX_NESTING: usize = 64;
const MAX_DEPTH: usize = 8;
/// The standard introspection query walks down the wrappers of a type.
const MAX_INTROSPECTION_DEPTH: usize = 16;
const MAX_ALIASES: usize = 15;
const MAX_ROOT_FIELDS: usize = 10;
const MAX_DIRECTIVES: usize = 10;
/// One for every selected field, fragments spelled out.
const MAX_COST: usize = 1_000;

fn exceeded(what: &str, found: impl std::fmt::Display, most: usize) -> Error {
    Error::new(Code::LimitExceeded, format!("the document has {found} {what}; it may have {most}"))
}

/// Counts the tokens of a document and the depth of its brackets without parsing it, as a parser would pay for both.
///
/// # Errors
/// `LIMIT_EXCEEDED`.
pub(super) fn check_text(text: &str) -> Result<(), Error> {
    let (mut tokens, mut nesting) = (0usize, 0usize);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let token = match c {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => {
                rest = &rest[c.len_utf8()..];
                continue;
            }
            '#' => {
                rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
                continue;
            }
            '"' => string_end(rest),
            '.' if rest.starts_with("...") => 3,
            c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        match c {
            '{' | '[' | '(' => nesting += 1,
            '}' | ']' | ')' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        tokens += 1;
        if tokens > MAX_TOKENS {
            return Err(exceeded("tokens", format!("more than {MAX_TOKENS}"), MAX_TOKENS));
        }
        if nesting > MAX_NESTING {
            return Err(exceeded("levels of brackets", format!("more than {MAX_NESTING}"), MAX_NESTING));
        }
        rest = &rest[token..];
    }
    Ok(())
}

/// What a name or the digits of a number are made of. The sign, the point and the digits of `-1.5` count as tokens of their own:
/// too many is safe here, too few is not.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the string literal that `text` starts with.
fn string_end(text: &str) -> usize {
    // Without its end a block string is none: the parser then reads an empty string and goes on behind it, and so must we.
    if let Some(end) = block_string_end(text) {
        return end;
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return at,
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// The length of the block string that `text` starts with, if it is one.
fn block_string_end(text: &str) -> Option<usize> {
    const QUOTES: &str = "\"\"\"";
    let mut at = text.starts_with(QUOTES).then_some(QUOTES.len())?;
    loop {
        let quotes = at + text[at..].find(QUOTES)?;
        let escaped = text[at..quotes].ends_with('\\');
        at = quotes + QUOTES.len();
        if !escaped {
            return Some(at);
        }
    }
}

/// The operation of a document that is to be executed.
pub(super) struct Selected<'d> {
    operation: &'d OperationDefinition,
    document: &'d ExecutableDocument,
}

impl<'d> Selected<'d> {
    /// Picks the operation by name, or the only one.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when there is none or no single one.
    pub(super) fn new(document: &'d ExecutableDocument, name: Option<&str>) -> Result<Self, Error> {
        let found = match (&document.operations, name) {
            (DocumentOperations::Single(operation), None) => Some(operation),
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
            (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
            _ => None,
        };
        let operation = found.ok_or_else(|| {
            let message = match name {
                Some(_) => "the document has no operation with the name that `operationName` gives",
                None => "the document has several operations, and `operationName` says none of them",
            };
            Error::bad_input("operationName", message)
        })?;
        Ok(Self { operation: &operation.node, document })
    }

    /// Whether it changes something.
    pub(super) fn is_mutation(&self) -> bool {
        self.operation.ty == OperationType::Mutation
    }

    /// The names of its root fields, with fragments spelled out.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED`.
    pub(super) fn root_fields(&self) -> Result<Vec<&'d str>, Error> {
        root_fields(self.operation, &self.document.fragments)
    }

    /// Checks what a parsed document can be measured by. The operations that are not selected count too: validation walks through
    /// them all.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED`, and `BAD_USER_INPUT` for a mutation without exactly one root field.
    pub(super) fn check(&self) -> Result<(), Error> {
        let fragments = &self.document.fragments;
        let mut measure = Measure { fragments, most_depth: MAX_DEPTH, aliases: 0, directives: 0, cost: 0 };
        for (_, operation) in self.document.operations.iter() {
            let roots = root_fields(&operation.node, fragments)?;
            let introspection = !roots.is_empty() && roots.iter().all(|name| name.starts_with("__"));
            measure.most_depth = if introspection { MAX_INTROSPECTION_DEPTH } else { MAX_DEPTH };
            measure.directives(operation.node.directives.len())?;
            measure.walk(&operation.node.selection_set.node, 1, 0)?;
        }
        let roots = self.root_fields()?.len();
        if self.is_mutation() && roots != 1 {
            let message = format!("a mutation document has exactly one root field; this one has {roots}");
            return Err(Error::bad_input("query", message).with_hint("send one document for each change"));
        }
        Ok(())
    }

    /// Checks that every variable that must have a value has one.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming the variable.
    pub(super) fn check_variables(&self, variables: &Variables) -> Result<(), Error> {
        for definition in &self.operation.variable_definitions {
            let definition = &definition.node;
            let name = &definition.name.node;
            let given = variables.get(name);
            let absent = given.is_none() && definition.default_value.is_none();
            let null = given == Some(&async_graphql::Value::Null);
            if !definition.var_type.node.nullable && (absent || null) {
                let message = format!("the variable `${name}` of type `{}` has no value", definition.var_type.node);
                return Err(Error::bad_input("variables", message));
            }
        }
        Ok(())
    }
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The names of an operation's root fields, with fragments spelled out.
fn root_fields<'d>(operation: &'d OperationDefinition, fragments: &'d Fragments) -> Result<Vec<&'d str>, Error> {
    let mut roots = Roots { fragments, names: Vec::new(), selections: 0 };
    roots.collect(&operation.selection_set.node, 0)?;
    Ok(roots.names)
}

struct Roots<'d> {
    fragments: &'d Fragments,
    names: Vec<&'d str>,
    /// Fragments that only spread fragments multiply without ever coming to a field.
    selections: usize,
}

impl<'d> Roots<'d> {
    fn collect(&mut self, set: &'d SelectionSet, nesting: usize) -> Result<(), Error> {
        if nesting > MAX_INTROSPECTION_DEPTH {
            return Err(exceeded(
                "nested fragments",
                format!("more than {MAX_INTROSPECTION_DEPTH}"),
                MAX_INTROSPECTION_DEPTH,
            ));
        }
        for selection in &set.items {
            self.selections += 1;
            if self.selections > MAX_COST {
                return Err(exceeded("selected fields", format!("more than {MAX_COST}"), MAX_COST));
            }
            match &selection.node {
                Selection::Field(field) => self.names.push(&field.node.name.node),
                Selection::InlineFragment(inline) => self.collect(&inline.node.selection_set.node, nesting + 1)?,
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.collect(&fragment.node.selection_set.node, nesting + 1)?;
                    }
                }
            }
            if self.names.len() > MAX_ROOT_FIELDS {
                return Err(exceeded("root fields", format!("more than {MAX_ROOT_FIELDS}"), MAX_ROOT_FIELDS));
            }
        }
        Ok(())
    }
}

struct Measure<'d> {
    fragments: &'d Fragments,
    most_depth: usize,
    aliases: usize,
    directives: usize,
    cost: usize,
}

impl<'d> Measure<'d> {
    fn directives(&mut self, more: usize) -> Result<(), Error> {
        self.directives += more;
        if self.directives > MAX_DIRECTIVES {
            return Err(exceeded("directives", format!("more than {MAX_DIRECTIVES}"), MAX_DIRECTIVES));
        }
        Ok(())
    }

    fn spend(&mut self) -> Result<(), Error> {
        self.cost += 1;
        if self.cost > MAX_COST {
            return Err(exceeded("selected fields", format!("more than {MAX_COST}"), MAX_COST));
        }
        Ok(())
    }

    fn walk(&mut self, set: &'d SelectionSet, depth: usize, nesting: usize) -> Result<(), Error> {
        if depth > self.most_depth {
            return Err(exceeded("levels of fields", format!("more than {}", self.most_depth), self.most_depth));
        }
        // A fragment that spreads itself would nest for ever.
        if nesting > MAX_NESTING {
            return Err(exceeded("nested fragments", format!("more than {MAX_NESTING}"), MAX_NESTING));
        }
        for selection in &set.items {
            // A spread costs like a field, else fragments that only spread fragments would double for free.
            self.spend()?;
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, depth, nesting)?,
                Selection::InlineFragment(inline) => {
                    self.directives(inline.node.directives.len())?;
                    self.walk(&inline.node.selection_set.node, depth, nesting + 1)?;
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(spread.node.directives.len())?;
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.walk(&fragment.node.selection_set.node, depth, nesting + 1)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'d Field, depth: usize, nesting: usize) -> Result<(), Error> {
        self.directives(field.directives.len())?;
        if field.alias.is_some() {
            self.aliases += 1;
            if self.aliases > MAX_ALIASES {
                return Err(exceeded("aliases", format!("more than {MAX_ALIASES}"), MAX_ALIASES));
            }
        }
        if field.selection_set.node.items.is_empty() {
            return Ok(());
        }
        self.walk(&field.selection_set.node, depth + 1, nesting)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    /// `n` items in a row.
    fn list(n: usize, item: impl Fn(usize) -> String) -> String {
        (0..n).map(item).collect::<Vec<_>>().join(" ")
    }

    fn check(text: &str) -> Result<(), String> {
        check_text(text).map_err(|error| error.message().to_owned())?;
        let document = parse_query(text).unwrap();
        Selected::new(&document, None).and_then(|selected| selected.check()).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn tokens_are_counted_as_the_grammar_has_them() {
        let tokens = |text: &str, most: usize| {
            // Fill up to the limit with names: the text passes exactly when it has at most `most` tokens itself.
            let filled = format!("{text} {}", "a ".repeat(MAX_TOKENS - most));
            check_text(&filled).is_ok()
        };
        for (text, count) in [
            ("{ a }", 3),
            ("query($x: [Int!]! = 1) { a(b: $x) @c }", 24),
            ("# a comment { } \" \n{ a }", 3),
            (r#"{ a(b: "c \" d # e") }"#, 8),
            ("{ a(b: \"\"\"x \\\"\"\" y \" z\"\"\") }", 8),
            ("{ a(b: \"ü\") }", 8),
            ("...a, ...b", 4),
            ("...a...b...c", 6),
            ("[1-1-1]", 7),
            ("-1.5e+3", 6),
        ] {
            assert!(tokens(text, count), "{text} has at most {count}");
            assert!(!tokens(text, count - 1), "{text} has at least {count}");
        }
        assert!(check_text(&"{a".repeat(60)).is_ok());
        assert!(check_text(&"{a".repeat(65)).unwrap_err().message().contains("levels of brackets"));
        assert!(check_text("\"unterminated").is_ok(), "the parser says what is wrong with it");
    }

    #[test]
    fn each_limit_is_exact() {
        let aliases = |n| format!("{{ w {{ {} }} }}", list(n, |i| format!("a{i}: id")));
        assert_eq!(check(&aliases(15)), Ok(()));
        assert_eq!(check(&aliases(16)), Err("the document has more than 15 aliases; it may have 15".to_owned()));
        let deep = |n: usize| format!("{}{{ a }}{}", "{ a ".repeat(n - 1), " }".repeat(n - 1));
        assert_eq!(check(&deep(8)), Ok(()));
        assert_eq!(check(&deep(9)), Err("the document has more than 8 levels of fields; it may have 8".to_owned()));
        assert_eq!(check(&deep(12)), Err("the document has more than 8 levels of fields; it may have 8".to_owned()));
        let roots = |n| format!("{{ {} }}", list(n, |i| format!("f{i}")));
        assert_eq!(check(&roots(10)), Ok(()));
        assert!(check(&roots(11)).unwrap_err().contains("root fields"));
        let directives = |n: usize| format!("{{ a {} }}", "@x ".repeat(n));
        assert_eq!(check(&directives(10)), Ok(()));
        assert!(check(&directives(11)).unwrap_err().contains("directives"));
        assert!(check(&format!("{{ {} }}", "a: b ".repeat(400))).is_err(), "aliases of one field");
    }

    #[test]
    fn fragments_neither_hide_anything_nor_run_away() {
        let hidden = "{ ...f } fragment f on Query { ...g } fragment g on Query { a b c d e f g h i j k }";
        assert!(check(hidden).unwrap_err().contains("root fields"));
        let cycle = "{ a { ...f } } fragment f on X { ...f }";
        assert!(check(cycle).unwrap_err().contains("nested fragments"));
        // 2^15 fields from 15 short fragments.
        let spreads = list(15, |i| format!("fragment f{i} on X {{ ...f{} ...f{} }}", i + 1, i + 1));
        let bomb = format!("{{ a {{ ...f0 }} }} {spreads} fragment f15 on X {{ a }}");
        assert!(check(&bomb).unwrap_err().contains("selected fields"));
    }

    #[test]
    fn what_the_parser_does_not_take_for_a_string_hides_nothing() {
        // Without its end, `"""` is an empty string and a quote to the parser. Deep brackets would overflow its stack.
        let brackets = format!("{{ a(b: [\"\"\"\" {}", "[".repeat(100_000));
        assert!(check_text(&brackets).unwrap_err().message().contains("levels of brackets"));
        assert!(check_text(&format!("{{ a(b: \"\"\" \\\"\"\" {} \"\"\") }}", "[".repeat(100))).is_ok());
        // Spreads and numbers need no space between them.
        assert!(check_text(&format!("{{{}}}", "...a".repeat(600))).unwrap_err().message().contains("tokens"));
        assert!(check_text(&format!("{{ a(b: [{}]) }}", "1-".repeat(600))).unwrap_err().message().contains("tokens"));
    }

    #[test]
    fn fragments_without_a_field_do_not_run_away_either() {
        let spreads = |i: usize| format!("...f{} ", i + 1).repeat(25);
        let bomb = list(15, |i| format!("fragment f{i} on X {{ {} }}", spreads(i)));
        for operation in ["{ ...f0 }", "query a { a } query b { a { ...f0 } }"] {
            let document = parse_query(format!("{operation} {bomb}")).unwrap();
            let name = operation.starts_with("query").then_some("a");
            let refused = Selected::new(&document, name).and_then(|selected| selected.check()).unwrap_err();
            assert!(refused.message().contains("selected fields"), "{operation}: {}", refused.message());
        }
    }

    #[test]
    fn an_operation_that_is_not_selected_counts_too() {
        let check = |other: &str| {
            let document = parse_query(format!("query a {{ a }} query b {other}")).unwrap();
            Selected::new(&document, Some("a")).and_then(|selected| selected.check())
        };
        assert_eq!(check("{ a { b } }"), Ok(()));
        assert!(check("{ a { a { a { a { a { a { a { a { a } } } } } } } } }").is_err());
        assert!(check(&format!("{{ w {{ {} }} }}", list(16, |i| format!("a{i}: id")))).is_err());
    }

    #[test]
    fn a_mutation_has_one_root_field_and_introspection_may_be_deep() {
        assert!(check("mutation { a b }").unwrap_err().contains("exactly one root field"));
        assert!(
            check("mutation { ...f } fragment f on Mutation { a b }").unwrap_err().contains("exactly one root field")
        );
        assert_eq!(check("mutation { a { id } }"), Ok(()));
        let introspection =
            |depth: usize| format!("{{ __schema {} {} }}", "{ ofType".repeat(depth - 1), "}".repeat(depth - 1));
        assert_eq!(check(&introspection(16)), Ok(()));
        assert!(check(&introspection(17)).is_err());
        assert!(check(&introspection(9).replace("__schema", "a: b __schema")).is_err(), "not pure introspection");
    }
}
