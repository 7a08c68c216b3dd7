//! What can be wrong with the credential profiles.

use std::io;
use std::path::{Path, PathBuf};

use admin_core::BaseUrlError;

use crate::shell::shell_flag;

/// Why a profile cannot be read or written. It never quotes the file, because a token stands in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// No profile of that name.
    #[error("there is no profile `{name}` in `{}`", path.display())]
    NotFound {
        /// What was asked for.
        name: String,
        /// The file.
        path: PathBuf,
        /// The profiles that there are.
        known: Vec<String>,
    },
    /// Others than its owner can read or write the file.
    #[error("`{}` holds tokens, and others than its owner can reach it (mode {mode:03o})", path.display())]
    Shared {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// No TOML.
    #[error("`{}` is no TOML: line {line}: {reason}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Where it stops being TOML, counted from 1.
        line: usize,
        /// What the parser says, without the text that it read.
        reason: String,
    },
    /// A field of a profile is missing or of another type.
    #[error("profile `{name}` in `{}` has no `{field}` that is {expected}", path.display())]
    Field {
        /// The profile.
        name: String,
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A base URL that cannot be used.
    #[error("the `base_url` of profile `{name}` in `{}` cannot be used: {reason}", path.display())]
    BaseUrl {
        /// The profile.
        name: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: BaseUrlError,
    },
    /// Another process holds the lock.
    #[error("another program has held `{}` for {seconds} seconds", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The operating system refuses.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl ProfileError {
    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { name, .. } if name == "dev" => Some("`aisetu dev` makes it".to_owned()),
            Self::NotFound { known, .. } if !known.is_empty() => Some(format!("there is `{}`", known.join("`, `"))),
            Self::NotFound { name, .. } if name == super::DEFAULT_PROFILE => {
                Some("`aisetu auth login` makes it".to_owned())
            }
            Self::NotFound { name, .. } => {
                Some(format!("`aisetu auth login {}` makes it", shell_flag("--profile", name)))
            }
            Self::Shared { path, .. } => Some(format!("run `chmod 600 {}`", path.display())),
            Self::BaseUrl { reason, .. } => Some(reason.hint()),
            Self::NotToml { .. } | Self::Field { .. } | Self::Busy { .. } | Self::Io { .. } => None,
        }
    }

    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
