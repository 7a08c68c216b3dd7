//! Finding and setting a variable in the text of an env file, as a shell and the usual dotenv libraries read it.

use std::ops::Range;

/// Whether it can be the name of a variable.
pub(in crate::sink) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Sets a variable and leaves everything else: comments, order, `export`, spaces, quotes and line ends. Where a variable is set more
/// than once, every value is replaced, because some readers take the first and some the last. `value` needs no quoting.
pub(super) fn upsert(text: &str, variable: &str, value: &str) -> String {
    let mut result = String::with_capacity(text.len() + variable.len() + value.len() + 4);
    let mut copied = 0;
    for assignment in Assignments::of(text).filter(|assignment| assignment.name == variable) {
        result.push_str(&text[copied..assignment.value.start]);
        result.push_str(value);
        copied = assignment.value.end;
        if text[copied..].starts_with('#') {
            // Without a blank the comment would become a part of the value.
            result.push(' ');
        }
    }
    result.push_str(&text[copied..]);
    if copied == 0 {
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        if !text.is_empty() && !text.ends_with('\n') {
            result.push_str(line_end);
        }
        result.push_str(variable);
        result.push('=');
        result.push_str(value);
        result.push_str(line_end);
    }
    result
}

/// The value of a variable, without its quotes; the first where it is set more than once.
pub(crate) fn value_of<'text>(text: &'text str, variable: &str) -> Option<&'text str> {
    Assignments::of(text).find(|assignment| assignment.name == variable).map(|assignment| &text[assignment.value])
}

struct Assignment<'text> {
    name: &'text str,
    /// Without the quotes.
    value: Range<usize>,
}

/// Walks the assignments of a text. A quoted value may go over several lines, and what stands in it is no assignment.
struct Assignments<'text> {
    text: &'text str,
    /// Where the next line begins.
    at: usize,
}

impl<'text> Assignments<'text> {
    fn of(text: &'text str) -> Self {
        // Some editors put a byte order mark first.
        Self { text, at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 } }
    }

    fn end_of_line(&self, from: usize) -> usize {
        self.text[from..].find('\n').map_or(self.text.len(), |length| from + length)
    }
}

impl<'text> Iterator for Assignments<'text> {
    type Item = Assignment<'text>;

    fn next(&mut self) -> Option<Assignment<'text>> {
        while self.at < self.text.len() {
            let end = self.end_of_line(self.at);
            let head = name_and_value(&self.text[self.at..end]);
            let Some((name, offset)) = head else {
                self.at = end + 1;
                continue;
            };
            let value = value_at(self.text, self.at + offset, end);
            self.at = self.end_of_line(value.end) + 1;
            return Some(Assignment { name, value });
        }
        None
    }
}

/// The name that a line sets, and where in the line its value begins.
fn name_and_value(line: &str) -> Option<(&str, usize)> {
    let (left, right) = line.split_once('=')?;
    let name = match left.trim_start().split_once([' ', '\t']) {
        Some(("export", name)) => name.trim_start(),
        _ => left.trim_start(),
    };
    let name = name.trim_end();
    let value = right.trim_start_matches([' ', '\t']);
    // To a shell, `NAME= value` is no assignment: what has no value yet gets it right behind the `=`.
    let blank = if value.trim_end().is_empty() || value.starts_with('#') { 0 } else { right.len() - value.len() };
    is_name(name).then_some((name, left.len() + 1 + blank))
}

/// Where the value that begins at `start` lies, without its quotes. `end` is the end of its first line.
fn value_at(text: &str, start: usize, end: usize) -> Range<usize> {
    let Some(quote) = text[start..end].chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return start..start + unquoted(&text[start..end]);
    };
    let Some(length) = closing(&text[start + 1..], quote) else {
        return start..start + unquoted(&text[start..end]);
    };
    let inner = start + 1..start + 1 + length;
    let rest = text[inner.end + 1..].lines().next().unwrap_or_default();
    if rest.is_empty() || rest.starts_with([' ', '\t']) {
        return inner;
    }
    // To a shell, `"a"b` is one value.
    start..inner.end + 1 + unquoted(rest)
}

/// The length of an unquoted value: up to a comment, which begins with a `#` at the beginning or after a blank.
fn unquoted(line: &str) -> usize {
    let comment = line
        .char_indices()
        .find(|&(at, c)| c == '#' && (at == 0 || line[..at].ends_with([' ', '\t'])))
        .map_or(line.len(), |(at, _)| at);
    line[..comment].trim_end().len()
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            // In single quotes a backslash is a character like any other.
            '\\' if quote == '"' => escaped = true,
            _ if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_new_variable_goes_to_the_end() {
        assert_eq!(upsert("", "KEY", "new"), "KEY=new\n");
        assert_eq!(upsert("A=1\n", "KEY", "new"), "A=1\nKEY=new\n");
        assert_eq!(upsert("A=1", "KEY", "new"), "A=1\nKEY=new\n");
        assert_eq!(upsert("A=1\r\nB=2\r\n", "KEY", "new"), "A=1\r\nB=2\r\nKEY=new\r\n");
    }

    #[test]
    fn everything_but_the_value_stays() {
        let before = "\
# KEY=commented
export A='x'   # a
  export  KEY = \"old\"  # the key
KEYS=other
MY_KEY=other
B=2 \n";
        let after = before.replace("\"old\"", "\"new\"");
        assert_eq!(upsert(before, "KEY", "new"), after);
    }

    #[test]
    fn each_style_of_quotes_stays() {
        for (before, after) in [
            ("KEY=old", "KEY=new"),
            ("KEY=", "KEY=new"),
            ("KEY=\nA=1\n", "KEY=new\nA=1\n"),
            ("KEY=''", "KEY='new'"),
            ("KEY=\"o\\\"ld\" #c\r\n", "KEY=\"new\" #c\r\n"),
            ("KEY=\"a\"'b' # c\n", "KEY=new # c\n"),
            ("KEY='o\\'\n", "KEY='new'\n"),
            ("KEY=old#not-a-comment # one\n", "KEY=new # one\n"),
            ("KEY=# nothing yet\n", "KEY=new # nothing yet\n"),
            ("KEY= # nothing yet\n", "KEY=new # nothing yet\n"),
            ("KEY=  \n", "KEY=new  \n"),
            ("KEY=\"never closed\nA=1\n", "KEY=new\nA=1\n"),
            ("KEY=old\r\n", "KEY=new\r\n"),
            ("\u{feff}KEY=old\n", "\u{feff}KEY=new\n"),
        ] {
            assert_eq!(upsert(before, "KEY", "new"), after, "{before:?}");
        }
    }

    #[test]
    fn a_line_inside_a_quoted_value_is_no_assignment() {
        let before = "PEM=\"-----\nKEY=inside\n-----\"\nKEY=old\n";
        assert_eq!(upsert(before, "KEY", "new"), "PEM=\"-----\nKEY=inside\n-----\"\nKEY=new\n");
    }

    #[test]
    fn every_occurrence_is_set() {
        assert_eq!(upsert("KEY=1\nA=2\nexport KEY='3'\n", "KEY", "new"), "KEY=new\nA=2\nexport KEY='new'\n");
    }

    proptest! {
        #[test]
        fn what_is_set_is_read_back_and_setting_it_again_changes_nothing(
            text in r#"((export )?[A-C]( )?=( )?['"]?[a-c#\\ ='"]{0,6}['"]?(\r)?\n|#[A-C]=x\n|\n){0,8}"#,
            variable in "[A-D]",
        ) {
            let once = upsert(&text, &variable, "new_1");
            prop_assert_eq!(value_of(&once, &variable), Some("new_1"));
            prop_assert_eq!(upsert(&once, &variable, "new_1"), once);
        }

        #[test]
        fn other_variables_stay(text in r#"([A-C]=['"]?[a-c]{0,3}['"]?\n){0,6}"#) {
            let after = upsert(&text, "D", "new");
            prop_assert!(after.starts_with(text.as_str()));
            for name in ["A", "B", "C"] {
                prop_assert_eq!(value_of(&after, name), value_of(&text, name));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = upsert(&text, "KEY", "new");
        }
    }
}
