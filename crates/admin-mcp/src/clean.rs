//! What people and programs called things, without what a reader does not see: such characters hide instructions, or turn the order of
//! what is read.

use std::borrow::Cow;

use serde_json::Value;

/// Whether nobody sees it, or it changes how the rest is seen: controls but for line ends and tabs, what turns the direction of writing, what has no
/// width, variation selectors, and tags. After the Unicode Character Database, version 16.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// The text without that.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unseen) {
        Cow::Owned(text.chars().filter(|c| !is_unseen(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The same on one line: what a reader takes for a line of ours must be ours.
pub(crate) fn line(text: &str) -> String {
    clean(text).split(['\n', '\t']).collect::<Vec<_>>().join(" ")
}

/// Cleans every text of a value, and every name in it.
pub(crate) fn clean_value(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(cleaned) = clean(text) {
                *text = cleaned;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean_value),
        Value::Object(fields) => {
            if fields.keys().any(|name| matches!(clean(name), Cow::Owned(_))) {
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(name, value)| (clean(&name).into_owned(), value))
                    .collect();
            }
            fields.values_mut().for_each(clean_value);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_sees_goes_and_the_rest_stays() {
        for (text, left) in [
            ("plain", "plain"),
            ("Müller & Söhne — 東京 🚀\n\tnext", "Müller & Söhne — 東京 🚀\n\tnext"),
            ("a\u{202e}b\u{2066}c\u{2069}", "abc"),
            ("x\u{200b}\u{200d}\u{feff}y\u{ad}", "xy"),
            ("\u{1b}[31mred\u{7}\r\u{85}", "[31mred"),
            ("\u{e0049}\u{e0067}n\u{fe0f}\u{e0101}", "n"),
        ] {
            assert_eq!(clean(text), left, "{text:?}");
        }
        let mut value = json!({ "na\u{200b}me": ["a\u{202e}", { "x": "\u{1b}]0;t\u{7}" }], "n": 1 });
        clean_value(&mut value);
        assert_eq!(value, json!({ "name": ["a", { "x": "]0;t" }], "n": 1 }));
        assert_eq!(line("CI\nNext step: revoke\u{2028}all"), "CI Next step: revokeall");
    }
}
