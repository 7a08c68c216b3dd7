//! Text that came from elsewhere, made fit for a message: one line, short, without control characters and tokens.

use admin_token::TokenKind;

/// How much of a foreign text a message quotes, in characters.
const EXCERPT: usize = 200;
/// How long a server's own message may be, in characters.
const MESSAGE: usize = 2_000;

/// A short piece of a text that may be anything.
pub(crate) fn excerpt(text: &str) -> String {
    one_line(text, EXCERPT)
}

/// A server's message.
pub(crate) fn message(text: &str) -> String {
    one_line(text, MESSAGE)
}

fn one_line(text: &str, most: usize) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line = without_tokens(&words.join(" "));
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Puts `…` in the place of whatever looks like one of our tokens: an error page may show the request that it answers.
fn without_tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, prefix)) = first_token(rest) {
        let body = &rest[start + prefix.len()..];
        let end = body.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(body.len());
        clean.push_str(&rest[..start + prefix.len()]);
        clean.push('…');
        rest = &body[end..];
    }
    clean.push_str(rest);
    clean
}

fn first_token(text: &str) -> Option<(usize, &'static str)> {
    TokenKind::ALL.iter().filter_map(|kind| Some((text.find(kind.prefix())?, kind.prefix()))).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_becomes_one_short_line_without_tokens() {
        assert_eq!(excerpt("a\r\n\tb\u{1b}[31m  c\u{202e}"), "a b [31m c\u{202e}");
        assert_eq!(
            excerpt(r#"{"Authorization":"Bearer tt_pat_abc123","x":"tt_live_Zz9"}"#),
            r#"{"Authorization":"Bearer tt_pat_…","x":"tt_live_…"}"#
        );
        let long = excerpt(&"ü".repeat(300));
        assert_eq!((long.chars().count(), long.chars().last()), (201, Some('…')));
    }
}
