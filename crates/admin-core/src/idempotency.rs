//! The key under which a mutation happens at most once.

use std::{fmt, str::FromStr};

use crate::{error::ConfigError, random::Randomness};

/// Names one logical call: however often a mutation is sent under it, it happens once.
///
/// The server keeps the outcome for 24 hours; one that holds a secret for 10 minutes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key, in characters.
    pub const LONGEST: usize = 255;

    /// A new one: 128 random bits of the operating system.
    ///
    /// # Errors
    /// [`ConfigError::NoRandomness`].
    pub fn generate() -> Result<Self, ConfigError> {
        Self::from_randomness(&Randomness::system())
    }

    /// A new one: 128 random bits.
    pub(crate) fn from_randomness(randomness: &Randomness) -> Result<Self, ConfigError> {
        Ok(Self(format!("{:016x}{:016x}", randomness.next()?, randomness.next()?)))
    }

    /// The key as it goes out.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = ConfigError;

    /// Takes 1 to 255 visible ASCII characters.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > Self::LONGEST || !visible {
            return Err(ConfigError::IdempotencyKey { length: text.chars().count() });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_128_bits_and_goes_through_its_own_check() {
        let key = IdempotencyKey::from_randomness(&Randomness::new(|| 0xab)).unwrap();
        assert_eq!(key.as_str(), "00000000000000ab00000000000000ab");
        assert_eq!(key.as_str().parse(), Ok(key));
        assert_ne!(IdempotencyKey::generate(), IdempotencyKey::generate());
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_refused() {
        for bad in ["", "with space", "line\nbreak", "schlüssel", &"k".repeat(256)] {
            assert!(bad.parse::<IdempotencyKey>().is_err(), "{bad:?}");
        }
        assert!("k".repeat(255).parse::<IdempotencyKey>().is_ok());
    }
}
