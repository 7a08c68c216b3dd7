//! What a user should know about the place of a secret.

use std::fmt;
use std::path::PathBuf;

use crate::shell_word;

/// What a user should know about the place of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The file is in a git work tree, and git does not ignore it.
    NotIgnored {
        /// The file.
        path: PathBuf,
    },
    /// The file is in the index of git.
    Tracked {
        /// The file.
        path: PathBuf,
    },
    /// The file is in a git work tree, and git does not say what it would do with it.
    GitUnknown {
        /// The file.
        path: PathBuf,
    },
    /// Others may read the file as it is; the delivery makes it readable by its owner only.
    Readable {
        /// The file.
        path: PathBuf,
    },
    /// The clipboard can be written to, and nothing here clears it afterwards.
    NotCleared,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIgnored { path } => write!(
                f,
                "`{}` is in a git work tree and not ignored: add it to `.gitignore` before the next commit",
                path.display()
            ),
            Self::Tracked { path } => write!(
                f,
                "`{0}` is a file that git keeps, and the next commit would take the secret with it: `git rm --cached {1}` leaves it \
                 out",
                path.display(),
                shell_word(&path.to_string_lossy())
            ),
            Self::GitUnknown { path } => write!(
                f,
                "`{}` is in a git work tree, and git does not say whether it ignores the file: look before the next commit",
                path.display()
            ),
            Self::Readable { path } => {
                write!(f, "`{}` was readable by other users; from now on only its owner can read it", path.display())
            }
            Self::NotCleared => f.write_str(
                "nothing here can clear the clipboard: the secret stays there until you copy something else",
            ),
        }
    }
}
