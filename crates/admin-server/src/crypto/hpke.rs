//! What is sealed to the holder of a private key elsewhere: HPKE (RFC 9180) with X25519, HKDF-SHA256 and AES-256-GCM.

use std::convert::Infallible;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeS, Serializable as _, single_shot_seal_with_rng};

use super::{PublicKey, SealError};
use crate::random::Random;

/// A sealed message, and what its receiver needs beside the private key.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The encapsulated key: 32 bytes.
    pub enc: Vec<u8>,
    /// The ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

/// Seals a message; it opens with the same `info` only.
///
/// # Errors
/// [`SealError::Broken`] for a public key to which nothing can be sealed.
pub fn seal_to(key: &PublicKey, info: &[u8], message: &[u8], random: &dyn Random) -> Result<Sealed, SealError> {
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(key.bytes()).map_err(|_| SealError::Broken)?;
    let (enc, ciphertext) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        info,
        message,
        b"",
        &mut Source(random),
    )
    .map_err(|_| SealError::Broken)?;
    Ok(Sealed { enc: enc.to_bytes().to_vec(), ciphertext })
}

/// Our randomness, as the library asks for it.
struct Source<'a>(&'a dyn Random);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

#[cfg(test)]
mod tests {
    use hpke::{OpModeR, single_shot_open};

    use super::*;
    use crate::random::SystemRandom;

    fn open(sealed: &Sealed, private: &<X25519HkdfSha256 as Kem>::PrivateKey, info: &[u8]) -> Option<Vec<u8>> {
        let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&sealed.enc).unwrap();
        single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            private,
            &enc,
            info,
            &sealed.ciphertext,
            b"",
        )
        .ok()
    }

    #[test]
    fn it_opens_with_the_private_key_and_the_same_info_only() {
        let (private, public) = X25519HkdfSha256::derive_keypair(&[7; 32]);
        let (other, _) = X25519HkdfSha256::derive_keypair(&[8; 32]);
        let public: PublicKey = super::super::seal::encode(&public.to_bytes()).parse().unwrap();
        let sealed = seal_to(&public, b"svc_1conn_1", b"message", &SystemRandom).unwrap();
        assert_eq!(open(&sealed, &private, b"svc_1conn_1").unwrap(), b"message");
        assert!(open(&sealed, &private, b"svc_1conn_2").is_none());
        assert!(open(&sealed, &other, b"svc_1conn_1").is_none());
        let mut changed = sealed.clone();
        changed.ciphertext[0] ^= 1;
        assert!(open(&changed, &private, b"svc_1conn_1").is_none());
        assert_ne!(sealed.enc, seal_to(&public, b"svc_1conn_1", b"message", &SystemRandom).unwrap().enc);
    }

    #[test]
    fn a_key_that_gives_everything_away_is_no_key() {
        // Points of small order: whatever the private key, the shared secret is the same.
        for bad in [[0; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            assert!(PublicKey::input("publicKey", &super::super::seal::encode(&bad)).is_err());
        }
    }
}
