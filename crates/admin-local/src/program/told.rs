//! What a program says of its failure, as far as an error may repeat it.

use std::fmt;

/// So many lines from the end say what is wrong.
const LINES: usize = 3;
/// And so many characters.
const CHARACTERS: usize = 400;
/// A part of a secret that is at least this long gives it away; our tokens begin with eight characters that everybody knows.
const PART: usize = 12;

/// The end of what a program said. Its `Display` continues a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Nothing,
    Hidden,
    Text(String),
}

impl Told {
    /// What it said, unless a part of what is to be hidden is in it: it may have been cut off, or wrapped.
    pub(super) fn of(said: &[u8], hidden: &[u8]) -> Self {
        let parts = hidden.windows(PART.min(hidden.len()).max(1));
        if parts.into_iter().any(|part| said.windows(part.len()).any(|found| found == part)) {
            return Self(Kind::Hidden);
        }
        let text = String::from_utf8_lossy(said);
        let lines: Vec<String> = text.lines().map(readable).filter(|line| !line.is_empty()).collect();
        let text = lines[lines.len().saturating_sub(LINES)..].join("; ");
        if text.is_empty() {
            return Self(Kind::Nothing);
        }
        let surplus = text.chars().count().saturating_sub(CHARACTERS);
        let text: String = text.chars().skip(surplus).collect();
        Self(Kind::Text(if surplus > 0 { format!("…{text}") } else { text }))
    }

    /// Whether it has these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        matches!(&self.0, Kind::Text(text) if text.contains(words))
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Nothing => Ok(()),
            Kind::Hidden => f.write_str("; what it said is not shown, because a secret is in it"),
            Kind::Text(text) => write!(f, ": {text}"),
        }
    }
}

/// A line without what a terminal would act on, and without what turns the order of reading.
fn readable(line: &str) -> String {
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    line.split(|c: char| c.is_whitespace() || acts(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"tt_live_000000000000000000000000000000000000";

    fn told(said: &str) -> String {
        Told::of(said.as_bytes(), SECRET).to_string()
    }

    #[test]
    fn the_last_lines_are_told_on_one() {
        assert_eq!(told(""), "");
        assert_eq!(told("\n \r\n"), "");
        assert_eq!(told("a\n\nb\nc\r\nd  e\n"), ": b; c; d e");
        assert_eq!(told("\u{1b}[31mred\u{1b}[0m \u{202e}turned"), ": [31mred [0m turned");
        let long = told(&"ü".repeat(1000));
        assert_eq!(long.chars().count(), ": …".chars().count() + CHARACTERS);
    }

    #[test]
    fn what_has_a_part_of_the_secret_is_not_told() {
        let hidden = "; what it said is not shown, because a secret is in it";
        let secret = String::from_utf8_lossy(SECRET);
        assert_eq!(told(&format!("bad value: {secret}\nusage: ..")), hidden);
        assert_eq!(told(&format!("bad value: {}..", &secret[..PART])), hidden);
        assert_eq!(told(&format!("{}\n{}", &secret[..20], &secret[20..])), hidden);
        assert_eq!(told("a key begins with tt_live_"), ": a key begins with tt_live_");
        assert_eq!(Told::of(b"wrong: hunter2", b"hunter2").to_string(), hidden);
        assert_eq!(Told::of(b"wrong", b"").to_string(), ": wrong");
    }
}
