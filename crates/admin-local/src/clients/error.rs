//! What can be wrong with a client's file.

use std::io;
use std::path::{Path, PathBuf};

use admin_core::ErrorCode;

use super::{Broken, Client};

/// Why a client's file cannot be read or written. It never quotes the file, because tokens of others may stand in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No client was named.
    #[error("no client is named")]
    Unnamed {
        /// Those that seem to be on this machine.
        here: Vec<&'static str>,
    },
    /// None of the known clients seems to be on this machine.
    #[error("none of the clients that aisetu knows was found on this machine")]
    NoneHere,
    /// The client has no file for a project.
    #[error("{title} has no file for a project")]
    NoProjects {
        /// The client.
        title: &'static str,
    },
    /// A name that some client does not take.
    #[error("`{}` is no name of a server: at most 64 letters, digits, `-` and `_`", name.escape_debug())]
    Name {
        /// What was given.
        name: String,
    },
    /// The home folder is not known.
    #[error("the home folder of the user is not known")]
    NoHome {
        /// The variable that names it.
        variable: &'static str,
    },
    /// The path of this program is not known.
    #[error("the path of this program, `{}`, cannot be resolved", path.display())]
    Binary {
        /// The path as far as it is known.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The path of this program is not Unicode, as those files are.
    #[error("`{}` is not Unicode, and no file of a client can hold it", path.display())]
    NotUnicode {
        /// The path.
        path: PathBuf,
    },
    /// The file is not in the format that it should have.
    #[error("`{}` is not understood: line {line}: {reason}; nothing was changed", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// What is wrong, without the text of the file.
        reason: String,
    },
    /// Something that holds no such text.
    #[error("`{}` is no file of a client: {why}; nothing was changed", path.display())]
    NotAFile {
        /// What is there.
        path: PathBuf,
        /// What gives it away.
        why: &'static str,
    },
    /// A file of a project that is none.
    #[error("`{}` leads out of the project; nothing was changed", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
    },
    /// Its owner does not want it written to.
    #[error("`{}` is read-only; nothing was changed", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another program wrote to it at the same time.
    #[error("`{}` was changed by another program in between; nothing was changed", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
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

impl ClientError {
    /// The stable code.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unnamed { .. } | Self::NoProjects { .. } | Self::Name { .. } => ErrorCode::BadUserInput,
            Self::Changed { .. } => ErrorCode::Conflict,
            Self::NoneHere
            | Self::NoHome { .. }
            | Self::Binary { .. }
            | Self::NotUnicode { .. }
            | Self::Broken { .. }
            | Self::NotAFile { .. }
            | Self::Outside { .. }
            | Self::ReadOnly { .. }
            | Self::Io { .. } => ErrorCode::Config,
        }
    }

    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<String> {
        let known = || Client::all().iter().map(Client::name).collect::<Vec<_>>().join("`, `");
        match self {
            Self::Unnamed { here } if !here.is_empty() => Some(format!(
                "name one with `--client`, or all of them with `--client all`; on this machine there is `{}`",
                here.join("`, `")
            )),
            Self::Unnamed { .. } | Self::NoneHere => {
                Some(format!("name one with `--client`; none was found on this machine, and there is `{}`", known()))
            }
            Self::NoProjects { .. } => Some("leave out `--scope project`".to_owned()),
            Self::NoHome { variable } => Some(format!("set `{variable}`")),
            Self::Broken { path, .. } => Some(format!("mend `{}` first, and run this again", path.display())),
            Self::Outside { .. } => {
                Some("put a file into the project instead of the link, or leave out `--scope project`".to_owned())
            }
            Self::ReadOnly { .. } => Some("make it writable, or change it where it is made".to_owned()),
            Self::Changed { .. } => Some("run it again".to_owned()),
            Self::Name { .. }
            | Self::Binary { .. }
            | Self::NotUnicode { .. }
            | Self::NotAFile { .. }
            | Self::Io { .. } => None,
        }
    }

    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(super) fn broken(path: &Path) -> impl Fn(Broken) -> Self {
        let path = path.to_owned();
        move |Broken { line, reason }| Self::Broken { path: path.clone(), line, reason }
    }
}
