//! AES-256-GCM under a key that is derived from the KEK for one purpose.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use admin_token::Secret;

use super::ServerKey;
use crate::random::Random;

const NONCE: usize = 12;

/// What is sealed does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open with this key")]
pub struct SealError;

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
    let mut nonce = [0u8; NONCE];
    random.fill(&mut nonce);
    let payload = Payload { msg: secret.expose().as_bytes(), aad: context.as_bytes() };
    let mut sealed = nonce.to_vec();
    sealed.extend(cipher(kek, salt).encrypt(&Nonce::from(nonce), payload).map_err(|_| SealError)?);
    Ok(format!("v1.{}.{}", kek.id(), URL_SAFE_NO_PAD.encode(sealed)))
}

/// Opens what [`seal`] sealed with the same KEK, salt and context.
///
/// # Errors
/// [`SealError`] when any of the three differs or a bit was changed.
pub fn open(kek: &ServerKey, salt: &[u8], context: &str, sealed: &str) -> Result<Secret, SealError> {
    let rest = sealed.strip_prefix("v1.").and_then(|rest| rest.strip_prefix(kek.id())).ok_or(SealError)?;
    let bytes = URL_SAFE_NO_PAD.decode(rest.strip_prefix('.').ok_or(SealError)?).map_err(|_| SealError)?;
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>().ok_or(SealError)?;
    let payload = Payload { msg: ciphertext, aad: context.as_bytes() };
    let text = cipher(kek, salt).decrypt(&Nonce::from(*nonce), payload).map_err(|_| SealError)?;
    String::from_utf8(text).map(Secret::new).map_err(|_| SealError)
}

#[expect(clippy::expect_used, reason = "32 bytes are a valid length for HKDF-SHA-256 and for AES-256")]
fn cipher(kek: &ServerKey, salt: &[u8]) -> Aes256Gcm {
    let mut key = Zeroizing::new([0u8; 32]);
    Hkdf::<Sha256>::new(Some(salt), kek.bytes())
        .expand(b"aisetu sealed answer v1", key.as_mut_slice())
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
        assert_eq!(open(&kek, b"salt", "row 1", &sealed).unwrap().expose(), secret.expose());
        assert!(open(&other, b"salt", "row 1", &sealed).is_err());
        assert!(open(&kek, b"tlas", "row 1", &sealed).is_err());
        assert!(open(&kek, b"salt", "row 2", &sealed).is_err(), "moved to another row");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(open(&kek, b"salt", "row 1", &String::from_utf8(changed).unwrap()).is_err(), "byte {at} changed");
        }
        assert_ne!(sealed, seal(&kek, b"salt", "row 1", &secret, &SystemRandom).unwrap(), "the nonce is new each time");
    }
}
