//! Envelopes: each is sealed under a key of its own, and that key under a KEK. To change the KEK, only the small key is sealed anew.

use aes_gcm::{Aes256Gcm, KeyInit as _};
use zeroize::Zeroizing;

use super::seal::{cipher, decrypt, encrypt};
use super::{Keyring, SealError, ServerKey};
use crate::random::Random;

const PURPOSE: &[u8] = b"aisetu data key v1";

/// A sealed message and its sealed key. Nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The KEK under which the key is sealed.
    pub kek_id: String,
    /// The key: base64url of nonce and ciphertext.
    pub wrapped_key: String,
    /// The message, the same.
    pub sealed: String,
}

impl Envelope {
    /// Seals a message, bound to what it belongs to: it opens with the same `context` only.
    ///
    /// # Errors
    /// [`SealError::Broken`] for a message that is longer than AES-GCM can seal.
    pub fn seal(kek: &ServerKey, context: &str, message: &[u8], random: &dyn Random) -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0u8; 32]);
        random.fill(key.as_mut_slice());
        let sealed = encrypt(&Aes256Gcm::new(&(*key).into()), &of_message(context), message, random)?;
        Ok(Self { kek_id: kek.id().to_owned(), wrapped_key: wrap(kek, context, key.as_slice(), random)?, sealed })
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`], and [`SealError::Broken`] when it belongs somewhere else or a bit was changed.
    pub fn open(&self, keks: &Keyring, context: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.open_with(&*self.key(keks, context)?, context)
    }

    /// The same message under another KEK. What does not open is not passed on.
    ///
    /// # Errors
    /// Those of [`Envelope::open`].
    pub fn rewrap(
        &self,
        keks: &Keyring,
        to: &ServerKey,
        context: &str,
        random: &dyn Random,
    ) -> Result<Self, SealError> {
        let key = self.key(keks, context)?;
        self.open_with(&key, context)?;
        let wrapped_key = wrap(to, context, key.as_slice(), random)?;
        Ok(Self { kek_id: to.id().to_owned(), wrapped_key, sealed: self.sealed.clone() })
    }

    fn key(&self, keks: &Keyring, context: &str) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let kek = keks.get(&self.kek_id).ok_or_else(|| SealError::UnknownKey(self.kek_id.clone()))?;
        let key = decrypt(&cipher(&kek, b"", PURPOSE), &of_key(context), &self.wrapped_key)?;
        key.as_slice().try_into().map(Zeroizing::new).map_err(|_| SealError::Broken)
    }

    fn open_with(&self, key: &[u8; 32], context: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        decrypt(&Aes256Gcm::new(&(*key).into()), &of_message(context), &self.sealed)
    }
}

fn wrap(kek: &ServerKey, context: &str, key: &[u8], random: &dyn Random) -> Result<String, SealError> {
    encrypt(&cipher(kek, b"", PURPOSE), &of_key(context), key, random)
}

/// The two parts are bound apart, so that neither is taken for the other.
fn of_key(context: &str) -> String {
    format!("data key\0{context}")
}

fn of_message(context: &str) -> String {
    format!("message\0{context}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SystemRandom;

    fn sealed(kek: &ServerKey, context: &str, message: &[u8]) -> Envelope {
        Envelope::seal(kek, context, message, &SystemRandom).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn it_opens_where_it_belongs_and_nowhere_else(
            message in proptest::collection::vec(any::<u8>(), 0..200), context in "[a-z\0_]{0,40}", other in "[a-z\0_]{0,40}",
        ) {
            let (old, new) = (ServerKey::generate(&SystemRandom), ServerKey::generate(&SystemRandom));
            let ring = Keyring::of(vec![new.clone(), old.clone()]);
            let envelope = sealed(&old, &context, &message);
            prop_assert_eq!(&*envelope.open(&ring, &context).unwrap(), &message);
            if other != context {
                prop_assert_eq!(envelope.open(&ring, &other).unwrap_err(), SealError::Broken);
                prop_assert_eq!(envelope.rewrap(&ring, &new, &other, &SystemRandom).unwrap_err(), SealError::Broken);
            }
            let moved = envelope.rewrap(&ring, &new, &context, &SystemRandom).unwrap();
            prop_assert_eq!((moved.kek_id.as_str(), &moved.sealed), (new.id(), &envelope.sealed));
            let only_new = Keyring::of(vec![new]);
            prop_assert_eq!(&*moved.open(&only_new, &context).unwrap(), &message);
            prop_assert_eq!(envelope.open(&only_new, &context).unwrap_err(), SealError::UnknownKey(old.id().to_owned()));
        }

        #[test]
        fn parts_of_two_envelopes_do_not_mix(first in any::<[u8; 16]>(), second in any::<[u8; 16]>(), same in any::<bool>()) {
            let kek = ServerKey::generate(&SystemRandom);
            let ring = Keyring::of(vec![kek.clone()]);
            // Two rows, or two versions of one: what changes is in the context; or even the same one, sealed twice.
            let (a, b) = (sealed(&kek, "row 1", &first), sealed(&kek, if same { "row 1" } else { "row 2" }, &second));
            let mixed = [
                Envelope { sealed: b.sealed.clone(), ..a.clone() },
                Envelope { wrapped_key: b.wrapped_key.clone(), ..a.clone() },
                Envelope { sealed: a.wrapped_key.clone(), wrapped_key: a.sealed.clone(), ..a.clone() },
                Envelope { sealed: a.wrapped_key.clone(), ..a.clone() },
                Envelope { kek_id: "00000000".to_owned(), ..a.clone() },
            ];
            for envelope in mixed {
                prop_assert!(envelope.open(&ring, "row 1").is_err());
            }
        }

        #[test]
        fn a_changed_or_cut_envelope_does_not_open(bit in 0..8u8, at in any::<prop::sample::Index>(), key in any::<bool>()) {
            let kek = ServerKey::generate(&SystemRandom);
            let ring = Keyring::of(vec![kek.clone()]);
            let whole = sealed(&kek, "row", b"sk-test-0123456789");
            let spoil = |change: &dyn Fn(&mut Vec<u8>)| {
                let mut spoilt = whole.clone();
                let text = if key { &mut spoilt.wrapped_key } else { &mut spoilt.sealed };
                let mut bytes = super::super::seal::decode(text).unwrap();
                change(&mut bytes);
                *text = super::super::seal::encode(&bytes);
                spoilt.open(&ring, "row")
            };
            let control = spoil(&|_| ());
            prop_assert!(control.is_ok(), "the control");
            let flipped = spoil(&|bytes| {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            });
            let cut = spoil(&|bytes| bytes.truncate(at.index(bytes.len())));
            let longer = spoil(&|bytes| bytes.push(bit));
            prop_assert!(flipped.is_err() && cut.is_err() && longer.is_err());
        }
    }
}
