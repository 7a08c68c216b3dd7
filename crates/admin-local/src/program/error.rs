//! What can be wrong with another program.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use super::told::Told;

/// Why another program did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// It is not there, or cannot be executed.
    #[error("there is no program `{program}`{}", if program.contains(std::path::is_separator) { "" } else { " on `PATH`" })]
    Absent {
        /// How it was named.
        program: String,
        /// Where it is to be had, where that is known.
        hint: Option<&'static str>,
    },
    /// The operating system does not run it.
    #[error("`{what}` cannot be run")]
    NotRun {
        /// The program with what it was asked.
        what: String,
        /// Why not.
        source: io::Error,
    },
    /// It did not end, and was killed.
    #[error("`{what}` took longer than {} s, and was ended", after.as_secs_f32())]
    Slow {
        /// The program with what it was asked.
        what: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// It says that it failed.
    #[error("`{what}` failed ({status}){told}")]
    Failed {
        /// The program with what it was asked.
        what: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it said, unless a secret is in it.
        told: Told,
        /// How to sign in to what it is for.
        hint: Option<&'static str>,
    },
    /// It ended well, and left what it was given.
    #[error("`{what}` ended before it had read the secret")]
    NotRead {
        /// The program with what it was asked.
        what: String,
    },
    /// It goes on and on.
    #[error("`{what}` printed more than {most} bytes")]
    TooMuch {
        /// The program with what it was asked.
        what: String,
        /// So many were expected at most.
        most: usize,
    },
    /// It prints something else than it should.
    #[error("what `{what}` printed is not what was expected of it")]
    Unexpected {
        /// The program with what it was asked.
        what: String,
    },
}

impl ProgramError {
    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Absent { hint, .. } | Self::Failed { hint, .. } => hint.map(str::to_owned),
            Self::Unexpected { .. } => Some("look whether it is a recent version of that program".to_owned()),
            Self::NotRun { .. } | Self::Slow { .. } | Self::NotRead { .. } | Self::TooMuch { .. } => None,
        }
    }
}
