//! Where a secret has gone.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::ActionsFile;

/// Where a secret has gone. Its `Display` says so in words: "`.env` as `AI_SETU_KEY`".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipt {
    /// In a file of its own.
    File {
        /// The file.
        path: PathBuf,
    },
    /// In an env file.
    EnvFile {
        /// The file.
        path: PathBuf,
        /// The variable.
        variable: String,
    },
    /// In the keyring of the operating system.
    Keyring {
        /// The service.
        service: String,
        /// The account there.
        account: String,
    },
    /// On the clipboard.
    Clipboard {
        /// How long; none = until something else is.
        cleared_after: Option<Duration>,
    },
    /// Among the secrets of a repository on GitHub.
    GitHub {
        /// The repository with its owner.
        repository: String,
        /// The name of the secret.
        name: String,
    },
    /// In a job of GitHub Actions.
    Actions {
        /// For whom.
        file: ActionsFile,
        /// The name of the variable or output.
        name: String,
    },
    /// In 1Password.
    OnePassword {
        /// The vault.
        vault: String,
        /// The title of the new item.
        item: String,
        /// Its field.
        field: String,
    },
    /// In `HashiCorp`'s Vault.
    Vault {
        /// The path.
        path: String,
        /// The field there.
        field: String,
    },
    /// In the hands of a program.
    Command {
        /// The program.
        program: String,
    },
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path } => write!(f, "`{}`", path.display()),
            Self::EnvFile { path, variable } => write!(f, "`{}` as `{variable}`", path.display()),
            Self::Keyring { service, account } => write!(f, "the keyring as `{service}/{account}`"),
            Self::Clipboard { cleared_after: None } => f.write_str("the clipboard"),
            Self::Clipboard { cleared_after: Some(after) } => {
                write!(f, "the clipboard, for {} seconds", after.as_secs_f32())
            }
            Self::GitHub { repository, name } => write!(f, "`{name}` of the secrets of `{repository}` on GitHub"),
            Self::Actions { file, name } => write!(f, "{file} as `{name}`"),
            Self::OnePassword { vault, item, field } => {
                write!(f, "the new item `{item}` of the vault `{vault}` in 1Password, as `{field}`")
            }
            Self::Vault { path, field } => write!(f, "`{path}` in Vault as `{field}`"),
            Self::Command { program } => write!(f, "the hands of `{program}`"),
        }
    }
}
