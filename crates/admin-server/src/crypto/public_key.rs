//! The public key to which a gateway's credentials are sealed.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::store::{Value, column_from_str};

const LENGTH: usize = 32;

/// An X25519 public key (RFC 7748): 32 bytes, as text base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PublicKey([u8; LENGTH]);

impl PublicKey {
    /// Takes a key from a caller or the operator.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`.
    pub fn input(field: &'static str, text: &str) -> Result<Self, Error> {
        text.trim().parse().map_err(|()| {
            Error::bad_input(
                field,
                format!("`{field}` is not an X25519 public key: base64url of 32 bytes, 43 characters"),
            )
        })
    }

    /// The 32 bytes.
    pub const fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

impl FromStr for PublicKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(drop)?;
        bytes.try_into().map(Self).map_err(drop)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse().map_err(|()| "not base64url of 32 bytes")
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl From<PublicKey> for Value {
    fn from(key: PublicKey) -> Self {
        Self::Text(key.to_string())
    }
}

column_from_str!(PublicKey);
