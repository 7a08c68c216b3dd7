//! Texts inside a schema: descriptions, and strings in quotes.

use std::fmt::Write as _;

/// The one form of a description: what a block string with its quotes on lines of their own can carry. That is no loss to the Markdown in it,
/// but for indentation that all lines share. White space at the end goes too. An empty one is none.
pub(crate) fn description(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // GraphQL's white space, which is not Unicode's.
    let blank = [' ', '\t'];
    let lines: Vec<&str> =
        text.split('\n').map(|line| if line.trim_matches(blank).is_empty() { "" } else { line }).collect();
    let first = lines.iter().position(|line| !line.is_empty())?;
    let last = lines.iter().rposition(|line| !line.is_empty())?;
    let indent = |line: &str| line.len() - line.trim_start_matches(blank).len();
    let common = lines.iter().filter(|line| !line.is_empty()).map(|line| indent(line)).min()?;
    let lines: Vec<&str> = lines[first..=last].iter().map(|line| line.get(common..).unwrap_or_default()).collect();
    Some(lines.join("\n").trim_end_matches(blank).to_owned())
}

/// A string in quotes. Control characters have the form `\u0008`, which every parser reads alike; `\b` is not.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // A C0 or C1 control character: four digits are always enough. Writing to a `String` cannot fail.
            c if c.is_control() => _ = write!(quoted, "\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
