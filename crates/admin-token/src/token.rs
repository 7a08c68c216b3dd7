//! Minting and parsing.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Secret, TokenKind};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of randomness: 30 · log2(62) is 178 bits.
const RANDOM: usize = 30;
/// Base62 digits of the checksum: 62^6 is more than 2^32.
const CHECKSUM: usize = 6;

/// The regular expression with which a secret scanner finds our tokens. What it finds, [`parse`] confirms.
pub const SCANNER_REGEX: &str = r"\btt_(?:pat|svc|live|test|inv|boot)_[0-9A-Za-z]{36}\b";

/// A well-formed token: its kind is known and its checksum is right. Whether anyone knows it is another question.
#[derive(Clone)]
pub struct Token {
    kind: TokenKind,
    secret: Secret,
}

impl Token {
    /// What the token is for.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The last four characters.
    pub fn hint(&self) -> &str {
        self.secret.hint()
    }

    /// The token as a secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The token as a secret, without the kind.
    pub fn into_secret(self) -> Secret {
        self.secret
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}…{})", self.kind.prefix(), self.hint())
    }
}

/// Why a text is no token. It never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// No known prefix.
    #[error("it does not start with a known prefix such as `tt_pat_` or `tt_live_`")]
    UnknownPrefix,
    /// Too short or too long: most often a truncated paste.
    #[error("it has {found} characters where {kind} has {expected}: was it cut, or pasted twice?")]
    Length {
        /// What its prefix says it is.
        kind: TokenKind,
        /// How many characters such a token has.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A character that no token has.
    #[error("character {position} is none of 0-9, A-Z, a-z")]
    Alphabet {
        /// What its prefix says it is.
        kind: TokenKind,
        /// Where, counted from 1.
        position: usize,
    },
    /// A typo: the checksum does not fit the rest.
    #[error("its checksum is wrong: a character was mistyped or changed")]
    Checksum {
        /// What its prefix says it is.
        kind: TokenKind,
    },
}

/// Mints a token of the given kind. `fill` must fill the buffer from a cryptographic random number generator.
///
/// ```
/// let mut counter = 0u8;
/// let token = admin_token::mint(admin_token::TokenKind::Pat, |buffer| {
///     buffer.fill_with(|| { counter = counter.wrapping_add(1); counter }); // a real caller asks the operating system
/// });
/// assert!(admin_token::parse(token.secret().expose()).is_ok());
/// ```
pub fn mint(kind: TokenKind, mut fill: impl FnMut(&mut [u8])) -> Token {
    let mut text = String::with_capacity(kind.prefix().len() + RANDOM + CHECKSUM);
    text.push_str(kind.prefix());
    let mut left = RANDOM;
    let mut buffer = Zeroizing::new([0u8; 48]);
    while left > 0 {
        fill(buffer.as_mut_slice());
        for &byte in buffer.iter() {
            // 248 = 4 · 62: bytes above it are drawn again, else some characters would come up more often than others.
            if left > 0 && byte < 248 {
                text.push(char::from(ALPHABET[usize::from(byte) % 62]));
                left -= 1;
            }
        }
    }
    let checksum = checksum(&text);
    text.push_str(&checksum);
    Token { kind, secret: Secret::new(text) }
}

/// Parses a token: known prefix, right length, right alphabet, right checksum. The text is taken as it is, without trimming.
///
/// # Errors
/// [`TokenError`] says what is wrong with it, and never quotes it.
pub fn parse(text: &str) -> Result<Token, TokenError> {
    let kind = TokenKind::of(text).ok_or(TokenError::UnknownPrefix)?;
    let expected = kind.prefix().len() + RANDOM + CHECKSUM;
    let found = text.chars().count();
    if found != expected {
        return Err(TokenError::Length { kind, expected, found });
    }
    let body = &text[kind.prefix().len()..];
    if let Some(at) = body.chars().position(|c| !c.is_ascii_alphanumeric()) {
        return Err(TokenError::Alphabet { kind, position: kind.prefix().len() + at + 1 });
    }
    let (signed, digits) = text.split_at(text.len() - CHECKSUM);
    if checksum(signed) != digits {
        return Err(TokenError::Checksum { kind });
    }
    Ok(Token { kind, secret: Secret::new(text) })
}

/// What all prefixes begin with.
const FAMILY: &str = "tt_";
/// From so many characters after its prefix on, a text is taken for a token, also for a cut one.
const SHORTEST_BODY: usize = 8;

/// The kind of the first thing in a text that looks like a token, whole or cut, real or not: it should not be where it is.
///
/// ```
/// use admin_token::{TokenKind, find};
///
/// assert_eq!(find("Bearer tt_pat_0123456789"), Some(TokenKind::Pat));
/// assert_eq!(find("the tt_pat_ prefix"), None);
/// ```
pub fn find(text: &str) -> Option<TokenKind> {
    scan(text).next().map(|sighting| sighting.kind)
}

/// Something in a text that looks like a token.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sighting {
    /// Where it begins, in bytes.
    pub start: usize,
    /// What its prefix says it is.
    pub kind: TokenKind,
    /// The token; or why it is none, such as one that was cut.
    pub token: Result<Token, TokenError>,
}

/// Everything in a text that looks like a token, whole or cut, real or not, in its order.
///
/// ```
/// let found: Vec<_> = admin_token::scan("KEY=tt_live_0123456789, PAT=tt_pat_").collect();
/// assert_eq!((found.len(), found[0].start), (1, 4));
/// assert!(found[0].token.is_err());
/// ```
pub fn scan(text: &str) -> impl Iterator<Item = Sighting> {
    text.match_indices(FAMILY).filter_map(move |(start, _)| {
        let kind = TokenKind::of(&text[start..])?;
        let begins_a_word = !text[..start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let body = &text[start + kind.prefix().len()..];
        let length = body.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let end = start + kind.prefix().len() + length;
        (begins_a_word && length >= SHORTEST_BODY).then(|| Sighting { start, kind, token: parse(&text[start..end]) })
    })
}

/// CRC-32/ISO-HDLC as six base62 digits, most significant first.
fn checksum(signed: &str) -> String {
    let mut rest = crc32fast::hash(signed.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes that count up from a seed: tests need difference, not secrecy.
    fn counting(seed: u64) -> impl FnMut(&mut [u8]) {
        let mut state = seed;
        move |buffer| {
            for byte in buffer {
                // SplitMix64.
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                *byte = (z >> 56) as u8;
            }
        }
    }

    #[test]
    fn checksum_is_crc_32_iso_hdlc_in_base62() {
        // Worked out with zlib's crc32, which is CRC-32/ISO-HDLC (check value 0xCBF43926).
        assert_eq!(checksum("123456789"), "3jZRME");
        assert_eq!(checksum("tt_live_000000000000000000000000000000"), "4WgNeR");
        assert_eq!(checksum(""), "000000", "the checksum of nothing is 0, and leading zeros stay");
    }

    #[test]
    fn every_character_comes_up_about_equally_often() {
        let mut counts = [0u32; 62];
        let mut fill = counting(7);
        for _ in 0..20_000 {
            let token = mint(TokenKind::LiveKey, &mut fill);
            let body = &token.secret().expose().as_bytes()[8..38];
            for byte in body {
                counts[ALPHABET.iter().position(|c| c == byte).unwrap()] += 1;
            }
        }
        let expected = 20_000.0 * 30.0 / 62.0;
        let chi_square: f64 = counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
        // 61 degrees of freedom: 110 is passed by chance once in ten thousand seeds, and the seed is fixed.
        assert!(chi_square < 110.0, "chi² = {chi_square}");
    }

    #[test]
    fn what_is_wrong_is_told_without_quoting_it() {
        let token = mint(TokenKind::Pat, counting(1));
        let text = token.secret().expose();
        assert_eq!(parse("").unwrap_err(), TokenError::UnknownPrefix);
        assert_eq!(
            parse(&text[..20]).unwrap_err(),
            TokenError::Length { kind: TokenKind::Pat, expected: 43, found: 20 }
        );
        let mut spaced = text.to_owned();
        spaced.replace_range(9..10, " ");
        assert_eq!(parse(&spaced).unwrap_err(), TokenError::Alphabet { kind: TokenKind::Pat, position: 10 });
        assert_eq!(format!("{token:?}"), format!("Token(tt_pat_…{})", token.hint()));
    }

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        let body = "0".repeat(36);
        for (text, kind) in [
            (format!("tt_live_{body}"), TokenKind::LiveKey),
            (format!("--name=tt_pat_{body}"), TokenKind::Pat),
            (format!("env:x#tt_test_{body}"), TokenKind::TestKey),
            (format!("Bearer tt_svc_{body}"), TokenKind::Service),
            ("tt_inv_01234567".to_owned(), TokenKind::Invitation),
        ] {
            assert_eq!(find(&text), Some(kind), "{text}");
        }
        for text in ["tt_live_", "tt_live_keys", "the tt_pat_ prefix", "att_live_0123456789", "key_0123456789abcdef"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_minted_parses(seed: u64) {
            for kind in TokenKind::ALL {
                let token = mint(kind, counting(seed));
                let text = token.secret().expose();
                prop_assert_eq!(parse(text).unwrap().kind(), kind);
                prop_assert_eq!(text.len(), kind.prefix().len() + 36);
            }
        }

        #[test]
        fn any_one_changed_character_is_found(seed: u64, at in 0usize..36, with in 0usize..62) {
            let token = mint(TokenKind::TestKey, counting(seed));
            let mut text = token.secret().expose().to_owned();
            let at = TokenKind::TestKey.prefix().len() + at;
            let with = char::from(ALPHABET[with]).to_string();
            prop_assume!(text[at..=at] != with);
            text.replace_range(at..=at, &with);
            prop_assert_eq!(parse(&text).unwrap_err(), TokenError::Checksum { kind: TokenKind::TestKey });
        }

        #[test]
        fn no_text_makes_it_panic(text: String, prefix in 0usize..6) {
            let _ = (parse(&text), find(&text));
            let _ = parse(&format!("{}{text}", TokenKind::ALL[prefix].prefix()));
        }
    }
}
