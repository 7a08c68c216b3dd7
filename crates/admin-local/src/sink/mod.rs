//! Where a new secret goes.
//!
//! A secret is shown once, so the order is: look whether the place can take it ([`Sink::probe`]), change something on the server, write
//! the secret ([`Place::deliver`]). What still fails then is reported, so that the caller can undo the change.

mod env_file;
mod error;
mod file;
mod git;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use admin_token::Secret;

pub use error::{DeliveryError, SinkError};
use git::{is_exposed, is_tracked};

/// A place that the caller named for a new secret: `stdout`, `file:PATH` or `env:PATH#VAR`.
///
/// ```
/// use admin_local::Sink;
///
/// let sink: Sink = "env:.env#AI_SETU_KEY".parse()?;
/// assert_eq!(sink, Sink::EnvFile { path: ".env".into(), variable: "AI_SETU_KEY".into() });
/// # Ok::<(), admin_local::SinkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sink {
    /// The caller's standard output.
    Stdout,
    /// A new file that holds the secret and nothing else, not even a line end. An existing file is never overwritten.
    File(PathBuf),
    /// One variable of a file of `NAME=value` lines, which is made if it does not exist.
    EnvFile {
        /// The file; relative to the working directory.
        path: PathBuf,
        /// The variable; letters, digits and `_`, not beginning with a digit.
        variable: String,
    },
}

impl Sink {
    /// One variable of an env file.
    ///
    /// # Errors
    /// [`SinkError`] when no variable can have that name.
    pub fn env_file(path: impl Into<PathBuf>, variable: &str) -> Result<Self, SinkError> {
        if !env_file::is_name(variable) {
            return Err(SinkError::BadVariable { variable: variable.to_owned() });
        }
        Ok(Self::EnvFile { path: path.into(), variable: variable.to_owned() })
    }

    /// Looks whether the sink can take a secret now, and leaves everything as it was.
    ///
    /// # Errors
    /// [`DeliveryError`] when it cannot: nothing has been changed yet, so nothing has to be undone.
    pub fn probe(&self) -> Result<Probed, DeliveryError> {
        let mut place = match self {
            Self::Stdout => return Ok(Probed::Stdout),
            Self::File(path) => Place { kind: Kind::File(file::probe(path)?), warnings: Vec::new() },
            Self::EnvFile { path, variable } => {
                let (target, warnings) = env_file::probe(path, variable)?;
                Place { kind: Kind::EnvFile(target), warnings }
            }
        };
        if is_exposed(place.path()) {
            place.warnings.push(Warning::NotIgnored { path: place.path().to_owned() });
        }
        Ok(Probed::Place(place))
    }
}

impl FromStr for Sink {
    type Err = SinkError;

    fn from_str(text: &str) -> Result<Self, SinkError> {
        if text == "stdout" {
            return Ok(Self::Stdout);
        }
        match text.split_once(':') {
            Some(("file", "")) => Err(SinkError::NoPath { form: "file:PATH" }),
            Some(("file", path)) => Ok(Self::File(path.into())),
            Some(("env", rest)) => {
                // The last `#`, because a path may have one and a variable may not.
                let (path, variable) = rest.rsplit_once('#').ok_or(SinkError::NoVariable)?;
                if path.is_empty() {
                    return Err(SinkError::NoPath { form: "env:PATH#VAR" });
                }
                if variable.is_empty() {
                    return Err(SinkError::NoVariable);
                }
                Self::env_file(path, variable)
            }
            _ => Err(SinkError::UnknownForm { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("stdout"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::EnvFile { path, variable } => write!(f, "env:{}#{variable}", path.display()),
        }
    }
}

/// A sink that can take a secret.
#[derive(Debug)]
pub enum Probed {
    /// The caller writes it to its own standard output: this crate prints nothing.
    Stdout,
    /// [`Place::deliver`] writes it.
    Place(Place),
}

/// A place in the file system that can take a secret.
#[derive(Debug)]
pub struct Place {
    kind: Kind,
    warnings: Vec<Warning>,
}

#[derive(Debug)]
enum Kind {
    File(file::NewFile),
    EnvFile(env_file::Target),
}

impl Place {
    /// What the user should know about the place; nothing of it is in the way of a delivery.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What the delivery would write over.
    pub fn overwrites(&self) -> Overwrites {
        match &self.kind {
            Kind::File(_) => Overwrites::Nothing,
            Kind::EnvFile(target) => target.overwrites(),
        }
    }

    /// Whether git has the file in its index: the next commit would take the secret with it.
    pub fn is_tracked(&self) -> bool {
        is_tracked(self.path())
    }

    /// Writes the secret, readable by its owner only, and reads it back.
    ///
    /// # Errors
    /// [`DeliveryError`] when the secret is not there. What had been there before is left as it was.
    pub fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        match self.kind {
            Kind::File(file) => file.deliver(secret),
            Kind::EnvFile(target) => target.deliver(secret),
        }
    }

    fn path(&self) -> &std::path::Path {
        match &self.kind {
            Kind::File(file) => file.path(),
            Kind::EnvFile(target) => target.path(),
        }
    }
}

/// What a delivery would write over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrites {
    /// Nothing, or an empty value.
    Nothing,
    /// A value that looks like a token of ours.
    Token,
    /// Some other value, of which this may be the only copy.
    Value,
}

/// Where a secret has gone. Its `Display` says so in words: "`.env` as `AI_SETU_KEY`".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    path: PathBuf,
    variable: Option<String>,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variable {
            None => write!(f, "`{}`", self.path.display()),
            Some(variable) => write!(f, "`{}` as `{variable}`", self.path.display()),
        }
    }
}

/// What a user should know about the place of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The file is in a git work tree, and git does not ignore it.
    NotIgnored {
        /// The file.
        path: PathBuf,
    },
    /// Others may read the file as it is; the delivery makes it readable by its owner only.
    Readable {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIgnored { path } => write!(
                f,
                "`{}` is in a git work tree and not ignored: add it to `.gitignore` before the next commit",
                path.display()
            ),
            Self::Readable { path } => {
                write!(f, "`{}` was readable by other users; from now on only its owner can read it", path.display())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_parses_to_itself() {
        for text in ["stdout", "file:key.txt", "file:a:b#c", "env:.env#KEY", "env:/a#b/.env#_k1"] {
            assert_eq!(text.parse::<Sink>().unwrap().to_string(), text);
        }
        assert_eq!(
            "env:/a#b/.env#_k1".parse::<Sink>().unwrap(),
            Sink::EnvFile { path: "/a#b/.env".into(), variable: "_k1".into() }
        );
    }

    #[test]
    fn what_does_not_parse_says_why() {
        let why = |text: &str| text.parse::<Sink>().unwrap_err().to_string();
        insta::assert_snapshot!(why("key.txt"), @"`key.txt` is no sink: give `stdout`, `file:PATH` or `env:PATH#VAR`");
        insta::assert_snapshot!(why("keyring:x"), @"`keyring:x` is no sink: give `stdout`, `file:PATH` or `env:PATH#VAR`");
        insta::assert_snapshot!(why("file:"), @"there is no path: write it as `file:PATH`");
        insta::assert_snapshot!(why("env:#KEY"), @"there is no path: write it as `env:PATH#VAR`");
        insta::assert_snapshot!(why("env:.env"), @"there is no variable: write it as `env:PATH#VAR`");
        insta::assert_snapshot!(why("env:.env#"), @"there is no variable: write it as `env:PATH#VAR`");
        insta::assert_snapshot!(why("env:.env#1A"), @"`1A` is no name of a variable: letters, digits and `_`, and no digit first");
        insta::assert_snapshot!(why("env:.env#A-B"), @"`A-B` is no name of a variable: letters, digits and `_`, and no digit first");
    }
}
