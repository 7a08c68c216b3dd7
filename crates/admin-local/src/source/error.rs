//! What can be wrong with a secret that is given. No text here quotes it.

use std::io;
use std::path::PathBuf;

use super::SecretSource;
use crate::{KeyringError, ProgramError};

/// Why bytes are no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotASecret {
    /// They cannot be read at all.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// There are none, but perhaps a line end.
    #[error("it is empty")]
    Empty,
    /// There are too many.
    #[error("it has more than {} bytes, which no secret has", SecretSource::LONGEST)]
    TooLong,
    /// They are not UTF-8.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Most programs would end it there.
    #[error("it has a NUL in it")]
    HasNul,
}

/// Why a text refers to no secret. It is not quoted: it may be the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// None of the known forms.
    #[error(
        "this is no reference to a secret: give `op://VAULT/ITEM/FIELD`, `vault:PATH#FIELD` or `keyring:SERVICE/ACCOUNT`"
    )]
    UnknownForm,
    /// One of the known forms, and not as it is written.
    #[error("write this reference as `{form}`")]
    Malformed {
        /// How it is written.
        form: &'static str,
    },
}

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The operating system refuses.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no such variable, or nothing in it.
    #[error("the variable `{name}` is not set, or empty")]
    NoVariable {
        /// Its name.
        name: String,
    },
    /// The env file does not set it.
    #[error("`{}` does not set `{variable}`", path.display())]
    NotInFile {
        /// The file.
        path: PathBuf,
        /// The variable.
        variable: String,
    },
    /// The keyring does not do it.
    #[error("the keyring does not give `{service}/{account}`")]
    Keyring {
        /// The service.
        service: String,
        /// The account there.
        account: String,
        /// Why not.
        #[source]
        cause: KeyringError,
    },
    /// The keyring has no such entry.
    #[error("the keyring has nothing as `{service}/{account}`")]
    NotInKeyring {
        /// The service.
        service: String,
        /// The account there.
        account: String,
    },
    /// Another program does not do it.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// What is there cannot be one.
    #[error("{origin} holds no secret: {why}")]
    NoSecret {
        /// Where it is.
        origin: SecretSource,
        /// What gives it away.
        why: NotASecret,
    },
}

impl SourceError {
    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File { .. } => Some("name a file with the secret in it, and nothing else".to_owned()),
            Self::NoVariable { name } => Some(format!("set `{name}`, and see that it is exported")),
            Self::Keyring { cause, .. } => cause.hint(),
            Self::NotInFile { variable, .. } => Some(format!("write a line `{variable}=…` into it")),
            Self::NotInKeyring { .. } => Some("look for the service and the account in the keyring".to_owned()),
            Self::Program(error) => error.hint(),
            Self::NoSecret { .. } => Some("put the secret there, and nothing else".to_owned()),
        }
    }
}
