//! The bounds of what callers write. Every error names the field, the bound and the value.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;

use crate::error::Error;

/// Checks a name: 1 to 100 characters, none of them a control character.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn name(text: &str) -> Result<(), Error> {
    named("name", text)
}

/// The same of another field.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn named(field: &'static str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::bad_input(field, format!("`{field}` is empty; it must have 1 to 100 characters")));
    }
    length(field, text, 100)?;
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(Error::bad_input(field, format!("`{field}` has no visible character")));
    }
    match text.chars().position(|c| c.is_control() || reorders(c)) {
        Some(at) => {
            let message = format!("`{field}` has a control character at position {}; it must have none", at + 1);
            Err(Error::bad_input(field, message))
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

/// Folds an e-mail address to the one spelling by which a person is known: lower case, and a domain in its ASCII form. At most 254
/// characters, 64 of them before the `@`; that part is ASCII, because letters of other scripts look like it, and some even become it
/// in lower case. Whether the address is theirs, a code sent to it shows.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn email(text: &str) -> Result<String, Error> {
    let refused = |why: &str| Err(Error::bad_input("email", format!("`email` {why}")));
    let found = text.chars().count();
    if found > 254 {
        return refused(&format!("has {found} characters; it may have 254"));
    }
    let Some((local, domain)) = text.trim().rsplit_once('@') else {
        return refused("is not an address such as ada@example.com");
    };
    // An atom of RFC 5322, with dots between its parts; what only quotes would allow is not taken.
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.is_empty() || local.len() > 64 || !local.chars().all(is_atom) {
        return refused(
            "has before the `@` what is not 1 to 64 ASCII letters, digits and marks such as `.`, `-`, `_` and `+`",
        );
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return refused("has a dot at the begin or end of what is before the `@`, or two in a row");
    }
    match idna::domain_to_ascii_strict(domain) {
        Ok(domain) if !domain.is_empty() && !domain.ends_with('.') && local.len() + 1 + domain.len() <= 254 => {
            Ok(format!("{}@{domain}", local.to_ascii_lowercase()))
        }
        _ => refused("has after the `@` what is no domain such as example.com"),
    }
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

/// Reads an address.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn ip(text: &str) -> Result<IpAddr, Error> {
    text.parse().map_err(|_| Error::bad_input("ip", "`ip` is no IP address such as 192.0.2.7 or 2001:db8::7"))
}

/// The most that one call takes of a rate limit.
const MOST_COST: i64 = 1_000_000;

/// Reads how much a call takes of a rate limit.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn cost(cost: i64) -> Result<u32, Error> {
    let fits = u32::try_from(cost).ok().filter(|_| cost <= MOST_COST);
    fits.ok_or_else(|| Error::bad_input("cost", format!("`cost` is {cost}; it must be 0 to {MOST_COST}")))
}

/// Checks free text: at most 500 characters.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn text(field: &'static str, text: Option<&str>) -> Result<(), Error> {
    text.map_or(Ok(()), |text| length(field, text, 500))
}

/// Checks a label: 1 to `most` characters, none of them a control character.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn label(field: &'static str, text: Option<&str>, most: usize) -> Result<(), Error> {
    let Some(text) = text else { return Ok(()) };
    let length = text.chars().count();
    if (1..=most).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let message =
        format!("`{field}` has {length} characters; it must have 1 to {most}, none of them a control character");
    Err(Error::bad_input(field, message))
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

/// The longest referrer that is looked at, in bytes. Browsers send at most 4 KiB.
const LONGEST_REFERRER: usize = 4_096;

/// Whether a referrer is looked at. It is whatever the client says: a longer one counts as none, and refuses nobody.
pub fn is_referrer(text: &str) -> bool {
    text.len() <= LONGEST_REFERRER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_folded_to_one_spelling() {
        for (given, folded) in [
            ("Ada@Example.COM", "ada@example.com"),
            (" ada+ci@example.com ", "ada+ci@example.com"),
            ("owner@localhost", "owner@localhost"),
            ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ] {
            assert_eq!(email(given).unwrap(), folded);
        }
    }

    #[test]
    fn what_is_no_address_or_looks_like_another_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", "b".repeat(320));
        for bad in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "a da@example.com",
            "ada@exa mple.com",
            "a@b@example.com",
            "ada@example.com.",
            "ada.@example.com",
            ".ada@example.com",
            "a..da@example.com",
            "ada@-example.com",
            "ada@.com",
            "\"a b\"@example.com",
            // A Cyrillic letter, and the Kelvin sign, which in lower case is a `k`.
            "\u{430}da@example.com",
            "\u{212a}elvin@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada\n@example.com",
            "ada@example.com\0",
            "ada@exam\u{200b}ple.com\u{0}",
            &long_local,
            &long,
        ] {
            let refused = email(bad).unwrap_err();
            assert_eq!(refused.field(), Some("email"), "{bad:?}");
        }
    }
}
