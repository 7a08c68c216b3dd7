//! What can be wrong with the credential profiles.

use std::path::PathBuf;

use admin_core::BaseUrlError;

use crate::FileError;
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
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
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
            Self::Field { .. } | Self::File(_) => None,
        }
    }
}
