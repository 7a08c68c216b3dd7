//! The type of a secret.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// Text that must not be seen: it has no `Display` and no `Serialize`, its `Debug` shows the hint only, and its memory is wiped.
///
/// ```
/// let secret = admin_token::Secret::new("correct horse battery staple");
/// assert_eq!(format!("{secret:?}"), "Secret(…aple)");
/// assert_eq!(secret.expose(), "correct horse battery staple");
/// ```
///
/// What would show it does not compile:
///
/// ```compile_fail,E0277
/// println!("{}", admin_token::Secret::new("s"));
/// ```
///
/// ```compile_fail,E0277
/// serde_json::to_string(&admin_token::Secret::new("s"));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The shortest secret whose last characters are shown: below it the hint would give too much of it away.
    const SHORTEST_WITH_HINT: usize = 16;

    /// Takes a secret in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, by which a person tells one secret from another; empty for a secret of under 16 characters.
    pub fn hint(&self) -> &str {
        let count = self.0.chars().count();
        if count < Self::SHORTEST_WITH_HINT {
            return "";
        }
        self.0.char_indices().nth(count - 4).map_or("", |(start, _)| &self.0[start..])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(…{})", self.hint())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_at_most_the_last_four_characters() {
        assert_eq!(format!("{:?}", Secret::new("tt_live_0123456789abcdef")), "Secret(…cdef)");
        assert_eq!(format!("{:?}", Secret::new("123456")), "Secret(…)");
        assert_eq!(format!("{:?}", Secret::new("")), "Secret(…)");
        assert_eq!(Secret::new("ünïcödé-ünïcödé-ßßßß").hint(), "ßßßß");
    }
}
