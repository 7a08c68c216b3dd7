//! The bounds of what callers write. Every error names the field, the bound and the value.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::error::Error;

/// Checks a name: 1 to 100 characters, none of them a control character.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn name(text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::bad_input("name", "`name` is empty; it must have 1 to 100 characters"));
    }
    length("name", text, 100)?;
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(Error::bad_input("name", "`name` has no visible character"));
    }
    match text.chars().position(|c| c.is_control() || reorders(c)) {
        Some(at) => {
            let message = format!("`name` has a control character at position {}; it must have none", at + 1);
            Err(Error::bad_input("name", message))
        }
        None => Ok(()),
    }
}

/// Characters that take no place. Some are part of what people write, such as the joiner inside an emoji.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{2800}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
    )
}

/// Characters that end a line, or turn the order in which what follows is shown: a name with one reads as another.
fn reorders(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Folds an e-mail address to lower case and checks that it can be one: at most 254 characters, one `@` with something on both
/// sides, no space or control character. Whether it is theirs, a code sent to it shows.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn email(text: &str) -> Result<String, Error> {
    let folded = text.trim().to_lowercase();
    let split = folded
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    let clean = !folded.chars().any(|c| c.is_control() || c.is_whitespace());
    if split && clean && folded.chars().count() <= 254 {
        return Ok(folded);
    }
    Err(Error::bad_input("email", "`email` is not an address such as ada@example.com, of at most 254 characters"))
}

/// Checks what can only be one word, such as an id of whatever kind: 1 to 64 letters, digits, `_` and `.`.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn word(field: &'static str, text: Option<&str>) -> Result<(), Error> {
    let Some(text) = text else { return Ok(()) };
    length(field, text, 64)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if !text.is_empty() && text.chars().all(fits) {
        return Ok(());
    }
    let message = format!("`{field}` is `{}`; it must be 1 to 64 letters, digits, `_` and `.`", text.escape_debug());
    Err(Error::bad_input(field, message))
}

/// Checks a slug: 1 to 64 lower-case letters, digits and hyphens.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn slug(text: &str) -> Result<(), Error> {
    let found = text.chars().count();
    if !(1..=64).contains(&found) {
        return Err(Error::bad_input("slug", format!("`slug` has {found} characters; it must have 1 to 64")));
    }
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match text.chars().find(|c| !fits(*c)) {
        None => Ok(()),
        Some(other) => {
            let shown = other.escape_debug();
            let message = format!("`slug` has the character `{shown}`; it may have a to z, 0 to 9 and `-`");
            Err(Error::bad_input("slug", message))
        }
    }
}

/// Checks free text: at most 500 characters.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn text(field: &'static str, text: Option<&str>) -> Result<(), Error> {
    text.map_or(Ok(()), |text| length(field, text, 500))
}

fn length(field: &'static str, text: &str, most: usize) -> Result<(), Error> {
    let found = text.chars().count();
    if found > most {
        return Err(Error::bad_input(field, format!("`{field}` has {found} characters; it may have {most}")));
    }
    // PostgreSQL stores no NUL, and nobody means one.
    if text.contains('\0') {
        return Err(Error::bad_input(field, format!("`{field}` has a NUL character; it must have none")));
    }
    Ok(())
}

/// Checks metadata: at most 50 entries, keys of 1 to 40 and values of at most 500 characters.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn metadata(entries: &BTreeMap<String, String>) -> Result<(), Error> {
    if entries.len() > 50 {
        let message = format!("`metadata` has {} entries; it may have 50", entries.len());
        return Err(Error::bad_input("metadata", message));
    }
    for (key, value) in entries {
        let (key_length, value_length) = (key.chars().count(), value.chars().count());
        if !(1..=40).contains(&key_length) || key.chars().any(char::is_control) {
            let message = format!(
                "`metadata` has a key of {key_length} characters; a key must have 1 to 40, none of them a control character"
            );
            return Err(Error::bad_input("metadata", message));
        }
        if value_length > 500 || value.contains('\0') {
            let message =
                format!("`metadata.{key}` has {value_length} characters; a value may have 500, none of them NUL");
            return Err(Error::bad_input("metadata", message));
        }
    }
    Ok(())
}

/// Checks a list's length.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn count(field: &'static str, found: usize, least: usize, most: usize) -> Result<(), Error> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    Err(Error::bad_input(field, format!("`{field}` has {found} entries; it must have {least} to {most}")))
}

/// Checks that an expiry is to come.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn future(field: &'static str, at: Timestamp, now: Timestamp) -> Result<(), Error> {
    if at > now {
        return Ok(());
    }
    Err(Error::bad_input(field, format!("`{field}` is {at:.3}, which is past; it is {now:.3} now")))
}
