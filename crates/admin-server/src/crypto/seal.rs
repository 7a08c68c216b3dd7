//! AES-256-GCM under a key that is derived from the KEK for one purpose.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use admin_token::Secret;

use super::{Keyring, ServerKey};
use crate::random::Random;

const NONCE: usize = 12;

/// What is sealed does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is sealed under a KEK that is not there.
    #[error("it is sealed under the key-encryption key {0}, which is not there")]
    UnknownKey(String),
    /// It was changed, or belongs somewhere else.
    #[error("it does not open: it was changed, or belongs somewhere else")]
    Broken,
}

/// Seals a secret under HKDF-SHA-256 (RFC 5869) of the KEK with `salt`, bound to `context`.
///
/// The form is `v1.<KEK id>.<base64url of nonce and ciphertext>`. Whoever lacks the KEK or the salt cannot open it.
pub fn seal(
    kek: &ServerKey,
    salt: &[u8],
    context: &str,
    secret: &Secret,
    random: &dyn Random,
) -> Result<String, SealError> {
    let cipher = cipher(kek, salt, b"aisetu sealed answer v1");
    let sealed = encrypt(&cipher, context, secret.expose().as_bytes(), random)?;
    Ok(format!("{}{sealed}", prefix(kek.id())))
}

/// What every text that [`seal`] sealed under the KEK with this id begins with.
pub fn prefix(kek_id: &str) -> String {
    format!("v1.{kek_id}.")
}

/// Opens what [`seal`] sealed with the same salt and context under one of the KEKs.
///
/// # Errors
/// [`SealError::UnknownKey`], and [`SealError::Broken`] when salt or context differ or a bit was changed.
pub fn open(keks: &Keyring, salt: &[u8], context: &str, sealed: &str) -> Result<Secret, SealError> {
    let (id, ciphertext) = sealed.strip_prefix("v1.").and_then(|rest| rest.split_once('.')).ok_or(SealError::Broken)?;
    let kek = keks.get(id).ok_or_else(|| SealError::UnknownKey(id.to_owned()))?;
    let text = decrypt(&cipher(&kek, salt, b"aisetu sealed answer v1"), context, ciphertext)?;
    // Checked before it is taken, so that what is not text is wiped too.
    let text = std::str::from_utf8(&text).map_err(|_| SealError::Broken)?;
    Ok(Secret::new(text))
}

/// Base64url of a new nonce and the ciphertext, bound to `context`.
pub(super) fn encrypt(
    cipher: &Aes256Gcm,
    context: &str,
    message: &[u8],
    random: &dyn Random,
) -> Result<String, SealError> {
    let mut nonce = [0u8; NONCE];
    random.fill(&mut nonce);
    let payload = Payload { msg: message, aad: context.as_bytes() };
    let mut sealed = nonce.to_vec();
    sealed.extend(cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| SealError::Broken)?);
    Ok(encode(&sealed))
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, SealError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Broken)
}

/// The message of what [`encrypt`] made with the same cipher and context.
pub(super) fn decrypt(cipher: &Aes256Gcm, context: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bytes = decode(sealed)?;
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>().ok_or(SealError::Broken)?;
    let payload = Payload { msg: ciphertext, aad: context.as_bytes() };
    cipher.decrypt(&Nonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| SealError::Broken)
}

/// AES-256-GCM under HKDF-SHA-256 of the KEK for one purpose.
#[expect(clippy::expect_used, reason = "32 bytes are a valid length for HKDF-SHA-256 and for AES-256")]
pub(super) fn cipher(kek: &ServerKey, salt: &[u8], purpose: &[u8]) -> Aes256Gcm {
    let mut key = Zeroizing::new([0u8; 32]);
    Hkdf::<Sha256>::new(Some(salt), kek.bytes())
        .expand(purpose, key.as_mut_slice())
        .expect("32 bytes are a valid length");
    Aes256Gcm::new_from_slice(key.as_slice()).expect("32 bytes are a valid length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn opens_only_with_the_same_kek_salt_and_context() {
        let (kek, other) = (ServerKey::generate(&SystemRandom), ServerKey::generate(&SystemRandom));
        let secret = Secret::new("tt_live_not-a-real-secret");
        let sealed = seal(&kek, b"salt", "row 1", &secret, &SystemRandom).unwrap();
        let (ring, others) = (Keyring::of(vec![other.clone(), kek.clone()]), Keyring::of(vec![other]));
        assert_eq!(open(&ring, b"salt", "row 1", &sealed).unwrap().expose(), secret.expose());
        let unknown = open(&others, b"salt", "row 1", &sealed).unwrap_err();
        assert_eq!(unknown, SealError::UnknownKey(kek.id().to_owned()));
        assert_eq!(open(&ring, b"tlas", "row 1", &sealed).unwrap_err(), SealError::Broken);
        assert_eq!(open(&ring, b"salt", "row 2", &sealed).unwrap_err(), SealError::Broken, "moved to another row");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(open(&ring, b"salt", "row 1", &String::from_utf8(changed).unwrap()).is_err(), "byte {at} changed");
            assert!(open(&ring, b"salt", "row 1", &sealed[..at]).is_err(), "cut at {at}");
        }
        assert_ne!(sealed, seal(&kek, b"salt", "row 1", &secret, &SystemRandom).unwrap(), "the nonce is new each time");
    }
}
