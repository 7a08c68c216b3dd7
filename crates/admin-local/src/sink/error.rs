//! What can be wrong with a sink.

use std::io;
use std::path::{Path, PathBuf};

/// Why a text names no sink.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// None of the known forms.
    #[error("`{text}` is no sink: give `stdout`, `file:PATH` or `env:PATH#VAR`")]
    UnknownForm {
        /// What was given.
        text: String,
    },
    /// The path is empty.
    #[error("there is no path: write it as `{form}`")]
    NoPath {
        /// How it is written.
        form: &'static str,
    },
    /// No `#VAR` at the end.
    #[error("there is no variable: write it as `env:PATH#VAR`")]
    NoVariable,
    /// The variable has a character that no variable has.
    #[error("`{variable}` is no name of a variable: letters, digits and `_`, and no digit first")]
    BadVariable {
        /// What was given.
        variable: String,
    },
}

/// Why a secret cannot be delivered, or was not. Its code is `DELIVERY_FAILED`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// A `file:` sink never overwrites.
    #[error("`{}` exists already, and a secret never overwrites a file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A `file:` sink does not follow a link: it may lead anywhere.
    #[error("`{}` is a symbolic link, and a secret never follows one", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A folder, a device, a pipe.
    #[error("`{}` is not a regular file", path.display())]
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// The folder of the file does not exist.
    #[error("there is no folder `{}`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// Not UTF-8, or too large: not a file of `NAME=value` lines.
    #[error("`{}` is not a file of `NAME=value` lines: {why}", path.display())]
    NotAnEnvFile {
        /// The file.
        path: PathBuf,
        /// What gives it away.
        why: &'static str,
    },
    /// A secret that such a file cannot hold.
    #[error("the secret has a character that `{}` cannot hold without quoting rules", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
    },
    /// Another program holds the lock.
    #[error("another program has been writing in `{}` for {seconds} seconds", folder.display())]
    Busy {
        /// The locked folder.
        folder: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The operating system refuses.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, as in "create a file in".
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file does not hold what was written to it.
    #[error("`{}` does not hold what was written to it", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
}

impl DeliveryError {
    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Exists { path } => Some(format!("name a new file, or move `{}` away", path.display())),
            Self::Link { .. } => Some("name the file that the link leads to".to_owned()),
            Self::NotAFile { path } if path.is_dir() => {
                Some(format!("name a file in it, such as `{}`", path.join("secret").display()))
            }
            Self::NoFolder { folder } => Some(format!("make it with `mkdir -p {}`", folder.display())),
            Self::NotAFile { .. }
            | Self::NotAnEnvFile { .. }
            | Self::Unfit { .. }
            | Self::Busy { .. }
            | Self::Io { .. }
            | Self::ReadBack { .. } => None,
        }
    }

    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
