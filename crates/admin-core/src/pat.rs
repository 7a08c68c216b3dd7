//! The personal access token (PAT) that a call is made with, and where it came from.

use std::fmt;

use admin_token::{Secret, TokenKind};

use crate::error::{ConfigError, Error};

/// Where a credential came from. An error names it, so that one knows what to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialSource {
    /// Code gave it.
    Explicit,
    /// This flag of a command.
    Flag(&'static str),
    /// This environment variable.
    Env(&'static str),
    /// This profile on the user's machine.
    Profile {
        /// The name of the profile.
        name: String,
    },
}

impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Explicit => f.write_str("the builder"),
            Self::Flag(name) | Self::Env(name) => write!(f, "`{name}`"),
            Self::Profile { name } => write!(f, "profile `{name}`"),
        }
    }
}

/// A well-formed personal access token. Whether a server accepts it, only the server knows.
#[derive(Clone)]
pub struct Pat {
    secret: Secret,
    source: CredentialSource,
}

impl Pat {
    /// Checks the token without asking anyone: kind, length, alphabet, checksum. White space around it is dropped.
    ///
    /// # Errors
    /// `WRONG_TOKEN_KIND` names the kind that it is; `CONFIG` says what is wrong with it. Neither quotes it.
    pub fn parse(text: &str, source: CredentialSource) -> Result<Self, Error> {
        match admin_token::parse(text.trim()) {
            Ok(token) if token.kind() == TokenKind::Pat => Ok(Self { secret: token.into_secret(), source }),
            Ok(token) => Err(ConfigError::WrongTokenKind { origin: source, kind: token.kind() }.into()),
            // A token of another kind stays one when it is cut: what it is for says more than how it is damaged.
            Err(reason) => Err(match TokenKind::of(text.trim()) {
                Some(kind) if kind != TokenKind::Pat => ConfigError::WrongTokenKind { origin: source, kind },
                _ => ConfigError::MalformedPat { origin: source, reason },
            }
            .into()),
        }
    }

    /// The same for the data plane, which takes a service token too.
    pub(crate) fn of_gateway(text: &str) -> Result<Self, Error> {
        match admin_token::parse(text.trim()) {
            Ok(token) if token.kind() == TokenKind::Service => {
                Ok(Self { secret: token.into_secret(), source: CredentialSource::Explicit })
            }
            _ => Self::parse(text, CredentialSource::Explicit),
        }
    }

    /// The token itself.
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The last four characters.
    pub fn hint(&self) -> &str {
        self.secret.hint()
    }

    /// Where it came from.
    pub const fn source(&self) -> &CredentialSource {
        &self.source
    }
}

impl fmt::Debug for Pat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pat(…{} from {})", self.hint(), self.source)
    }
}
