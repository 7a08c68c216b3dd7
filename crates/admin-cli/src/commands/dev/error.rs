//! Why there is no control plane on this machine.

use std::io;
use std::path::PathBuf;

use admin_core::{BaseUrl, ErrorCode};
use admin_local::{NoHome, ProfileError};
use admin_server::StartError;
use admin_server::env::EnvError;
use admin_server::store::StoreError;

use crate::error::CommandError;

/// Why `aisetu dev` does not start, or its command does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevError {
    /// The server does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Tenant, owner or token cannot be made.
    #[error("the first tenant and its token cannot be made")]
    Provision(#[source] Box<admin_server::error::Error>),
    /// There is no default place for the data.
    #[error(transparent)]
    NoHome(#[from] NoHome),
    /// The profile cannot be read or written.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The profile is someone's own.
    #[error("the profile `{name}` in `{}` is for {base_url}, and its token would be overwritten", path.display())]
    ForeignProfile {
        /// Which.
        name: String,
        /// Where the profile leads.
        base_url: Box<BaseUrl>,
        /// The file.
        path: PathBuf,
    },
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] EnvError),
    /// The port cannot be remembered.
    #[error("cannot write `{}`", path.display())]
    Port {
        /// The file that remembers it.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The command does not start.
    #[error("cannot run `{program}`")]
    Command {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// Signals cannot be received.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
}

impl DevError {
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Start(StartError::Store(StoreError::Locked(_))) => ErrorCode::Conflict,
            Self::Start(
                StartError::Folder { .. }
                | StartError::Key(_)
                | StartError::Listen { .. }
                | StartError::Store(StoreError::Newer { .. } | StoreError::Unwritable(_)),
            )
            | Self::NoHome(_)
            | Self::Profile(_)
            | Self::ForeignProfile { .. }
            | Self::Settings(_)
            | Self::Port { .. } => ErrorCode::Config,
            Self::Command { .. } => ErrorCode::BadUserInput,
            Self::Start(StartError::Check(error)) => error.code().as_str().into(),
            Self::Provision(error) => error.code().as_str().into(),
            Self::Start(_) | Self::Signals(_) => ErrorCode::Internal,
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Start(error) => error.hint().map(str::to_owned),
            Self::Provision(error) => error.hint().map(str::to_owned),
            Self::NoHome(_) => Some("set `HOME`, or name a folder with `--data`".to_owned()),
            Self::Profile(error) => error.hint(),
            Self::ForeignProfile { .. } => Some("name another profile with `--profile NAME`".to_owned()),
            Self::Command { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("what stands behind `--` is the command, such as `-- sh -c 'aisetu workspaces list'`".to_owned())
            }
            _ => None,
        }
    }
}

impl From<DevError> for CommandError {
    fn from(error: DevError) -> Self {
        Self::Dev(Box::new(error))
    }
}
