//! Text for a POSIX shell, as a message shows it to a person who will paste it.

/// A text as one word.
///
/// ```
/// assert_eq!(admin_local::shell_word("it's"), r"'it'\''s'");
/// ```
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A flag with its value, also one that would look like a flag itself.
pub fn shell_flag(flag: &str, value: &str) -> String {
    if value.starts_with('-') {
        return shell_word(&format!("{flag}={value}"));
    }
    format!("{flag} {}", shell_word(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_the_shell_wants_it() {
        for (text, shown) in
            [("prod", "prod"), ("a b", "'a b'"), ("", "''"), ("it's", r"'it'\''s'"), ("a\nb", "'a\nb'")]
        {
            assert_eq!(shell_word(text), shown);
        }
        assert_eq!(shell_flag("--confirm", "a b"), "--confirm 'a b'");
        assert_eq!(shell_flag("--confirm", "-y"), "--confirm=-y");
        assert_eq!(shell_flag("--confirm", "-rm *"), "'--confirm=-rm *'");
    }
}
