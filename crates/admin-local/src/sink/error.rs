//! What can be wrong with a sink.

use std::io;
use std::path::{Path, PathBuf};

use crate::{KeyringError, ProgramError};

/// Why a text names no sink.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// None of the known forms.
    #[error(
        "`{text}` is no sink: give `stdout`, `file:PATH`, `env:PATH#VAR`, `keyring:SERVICE/ACCOUNT`, `clipboard`, `gh:OWNER/REPO#NAME`, \
         `gha:env#NAME`, `gha:output#NAME`, `op:VAULT/ITEM#FIELD`, `vault:PATH#FIELD` or `cmd:PROGRAM [ARGUMENT]...`"
    )]
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
    /// One of the known forms, and not as it is written.
    #[error("write this sink as `{form}`")]
    Malformed {
        /// How it is written.
        form: &'static str,
    },
    /// GitHub keeps the name for itself.
    #[error("GitHub lets nobody set `{name}`: no name there begins with `{beginning}`")]
    Reserved {
        /// What was given.
        name: String,
        /// What gives it away.
        beginning: &'static str,
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
    /// The keyring does not do it.
    #[error("the keyring cannot keep `{service}/{account}`")]
    Keyring {
        /// The service.
        service: String,
        /// The account there.
        account: String,
        /// Why not.
        #[source]
        cause: KeyringError,
    },
    /// The session has no clipboard, or no program for it.
    #[error("there is no program that reaches a clipboard")]
    NoClipboard,
    /// `gha:` is for steps of GitHub Actions.
    #[error("`{variable}` is not set, as it is in a step of GitHub Actions")]
    NotInActions {
        /// The variable that would name the file.
        variable: &'static str,
    },
    /// A line cannot hold it.
    #[error("the secret has more than one line, which {place} cannot hold")]
    ManyLines {
        /// What should have held it.
        place: String,
    },
    /// An `op:` sink never overwrites.
    #[error("the vault `{vault}` in 1Password has `{item}` already, and a secret never overwrites an item")]
    ItemExists {
        /// The vault.
        vault: String,
        /// The item.
        item: String,
    },
    /// A secret would be all that is left there.
    #[error("`{path}` in Vault has other fields, which its engine (KV version 1) would lose")]
    OtherFields {
        /// The path.
        path: String,
    },
    /// Another program does not do it.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Somebody else has written there since, whose work stays.
    #[error("{place} was changed meanwhile")]
    Changed {
        /// The place, in words.
        place: String,
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
            Self::Keyring { cause, .. } => {
                cause.hint().or_else(|| Some("name another place, such as `file:PATH`".to_owned()))
            }
            Self::NoClipboard => Some(
                "install `wl-clipboard` for Wayland, or `xclip` or `xsel` for X11; without a desktop name another place, such as \
                 `file:PATH`"
                    .to_owned(),
            ),
            Self::NotInActions { .. } => {
                Some("elsewhere give `gh:OWNER/REPO#NAME` for a secret of the repository, or `env:PATH#VAR`".to_owned())
            }
            Self::ItemExists { .. } => Some("name an item that is not there yet".to_owned()),
            Self::OtherFields { .. } => Some("name a path of its own".to_owned()),
            Self::Program(error) => error.hint(),
            Self::NotAFile { .. }
            | Self::ManyLines { .. }
            | Self::NotAnEnvFile { .. }
            | Self::Unfit { .. }
            | Self::Busy { .. }
            | Self::Io { .. }
            | Self::Changed { .. }
            | Self::ReadBack { .. } => None,
        }
    }

    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
