//! The server's own keys, and the few things done with them.
//!
//! Three keys live outside the database, so that a copy of it opens nothing: the pepper (digests of tokens), the key-encryption
//! key (what is sealed), and the audit key (the chains of audit events).

mod envelope;
mod hpke;
mod key;
mod keyring;
mod public_key;
mod seal;

pub use envelope::Envelope;
pub use hpke::{Sealed, seal_to};
pub use key::{KeyError, ServerKey, ServerKeys};
pub use keyring::Keyring;
pub use public_key::PublicKey;
pub use seal::{SealError, open, prefix, seal};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA-256 of the parts, as base64url. Each part is preceded by its length, so that no two lists of parts collide.
pub fn mac(key: &ServerKey, parts: &[&[u8]]) -> String {
    URL_SAFE_NO_PAD.encode(over(key, parts).finalize().into_bytes())
}

/// Whether somebody gave the [`mac`] of the parts; how long it takes does not tell how nearly.
pub fn is_mac(key: &ServerKey, parts: &[&[u8]], given: &str) -> bool {
    URL_SAFE_NO_PAD.decode(given).is_ok_and(|bytes| over(key, parts).verify_slice(&bytes).is_ok())
}

fn over(key: &ServerKey, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

/// The stored form of a token: HMAC-SHA-256 under the pepper, as base64url.
///
/// A token has 178 random bits, so a fast keyed hash is enough: there is nothing to guess that stretching would slow down.
pub fn token_digest(pepper: &ServerKey, token: &str) -> String {
    let mut mac = keyed(pepper);
    mac.update(token.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    bytes.iter().flat_map(digits).map(char::from).collect()
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn keyed(key: &ServerKey) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes a key of any length")
}
