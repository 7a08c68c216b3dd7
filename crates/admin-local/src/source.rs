//! Where a secret comes from that a user gives. It is never an argument, which others could see.

mod error;
mod reference;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use admin_core::env::Environment;
use admin_token::Secret;
use zeroize::Zeroizing;

pub use error::{NotASecret, ReferenceError, SourceError};
pub use reference::SecretReference;

use crate::Machine;
use crate::sink::env_file_value;

/// A place that a user named for a secret that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource {
    /// A file that holds the secret and nothing else but a line end. It may be a pipe.
    File(PathBuf),
    /// A variable of the environment.
    Env(String),
    /// One variable of a file of `NAME=value` lines.
    EnvFile {
        /// The file.
        path: PathBuf,
        /// The variable.
        variable: String,
    },
    /// What somebody else keeps.
    Reference(SecretReference),
}

impl SecretSource {
    /// What is longer, in bytes, is no secret: it was named by mistake.
    pub const LONGEST: usize = 4096;
    /// So much of an env file is looked at, in bytes.
    const LARGEST_ENV_FILE: u64 = 1 << 20;
    /// So much is read: a secret with a line end, and what tells that there is more.
    const MOST_READ: usize = Self::LONGEST + "\r\n".len() + 1;

    /// Reads the secret. Of what is there, one line end is taken away from its end, and nothing else.
    ///
    /// # Errors
    /// [`SourceError`], which never quotes what was read.
    pub fn read(&self, environment: &Environment) -> Result<Secret, SourceError> {
        self.read_on(&Machine::of(environment))
    }

    /// As [`SecretSource::read`], on a machine that is put together.
    pub fn read_on(&self, machine: &Machine) -> Result<Secret, SourceError> {
        let no_secret = |why| SourceError::NoSecret { origin: self.clone(), why };
        match self {
            Self::File(path) => {
                let unreadable = |source| SourceError::File { path: path.clone(), source };
                let file = File::open(path).map_err(unreadable)?;
                Self::read_from(file).map_err(|error| match error {
                    NotASecret::Unreadable(source) => unreadable(source),
                    why => no_secret(why),
                })
            }
            Self::Env(name) => {
                let value = machine.environment.get(name).map(Zeroizing::new);
                let value = value.ok_or_else(|| SourceError::NoVariable { name: name.clone() })?;
                if value.contains(char::REPLACEMENT_CHARACTER) {
                    // It stands for what is not Unicode, which no variable is looked up with.
                    return Err(no_secret(NotASecret::NotText));
                }
                Self::from_bytes(value.as_bytes()).map_err(no_secret)
            }
            Self::EnvFile { path, variable } => {
                let unreadable = |source| SourceError::File { path: path.clone(), source };
                let mut bytes = Zeroizing::new(Vec::new());
                let file = File::open(path).map_err(unreadable)?;
                file.take(Self::LARGEST_ENV_FILE).read_to_end(&mut bytes).map_err(unreadable)?;
                let text = std::str::from_utf8(&bytes).map_err(|_| no_secret(NotASecret::NotText))?;
                let value = env_file_value(text, variable);
                let absent = || SourceError::NotInFile { path: path.clone(), variable: variable.clone() };
                Self::from_bytes(value.ok_or_else(absent)?.as_bytes()).map_err(no_secret)
            }
            Self::Reference(reference) => reference.read(machine),
        }
    }

    /// Reads a secret to the end, such as from standard input, by the same rules.
    ///
    /// # Errors
    /// [`NotASecret`], which never quotes what was read.
    pub fn read_from(from: impl Read) -> Result<Secret, NotASecret> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::MOST_READ));
        from.take(Self::MOST_READ as u64).read_to_end(&mut bytes).map_err(NotASecret::Unreadable)?;
        Self::from_bytes(&bytes)
    }

    /// Takes these bytes for a secret, by the same rules.
    ///
    /// # Errors
    /// [`NotASecret`], which never quotes them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Secret, NotASecret> {
        let line = bytes.strip_suffix(b"\n").map_or(bytes, |line| line.strip_suffix(b"\r").unwrap_or(line));
        if line.trim_ascii().is_empty() {
            return Err(NotASecret::Empty);
        }
        if line.len() > Self::LONGEST {
            return Err(NotASecret::TooLong);
        }
        if line.contains(&0) {
            return Err(NotASecret::HasNul);
        }
        std::str::from_utf8(line).map(Secret::new).map_err(|_| NotASecret::NotText)
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Env(name) => write!(f, "the variable `{name}`"),
            Self::EnvFile { path, variable } => write!(f, "`{variable}` in `{}`", path.display()),
            Self::Reference(reference) => write!(f, "`{reference}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_taken_away_and_nothing_else() {
        for (bytes, secret) in [
            ("s", "s"),
            ("s\n", "s"),
            ("s\r\n", "s"),
            ("s\n\n", "s\n"),
            ("s\r\n\r\n", "s\r\n"),
            ("s\r", "s\r"),
            (" s \n", " s "),
            ("a\nb", "a\nb"),
            ("é\t\n", "é\t"),
        ] {
            assert_eq!(SecretSource::from_bytes(bytes.as_bytes()).unwrap().expose(), secret, "{bytes:?}");
            assert_eq!(SecretSource::read_from(bytes.as_bytes()).unwrap().expose(), secret, "{bytes:?}");
        }
    }

    #[test]
    fn what_no_secret_is_says_why() {
        let why = |bytes: &[u8]| {
            let why = SecretSource::from_bytes(bytes).unwrap_err().to_string();
            assert_eq!(SecretSource::read_from(bytes).unwrap_err().to_string(), why);
            why
        };
        for empty in ["", "\n", "\r\n", " \t\n"] {
            assert_eq!(why(empty.as_bytes()), "it is empty");
        }
        assert_eq!(why(b"a\0b"), "it has a NUL in it");
        assert_eq!(why(b"a\xff"), "it is not UTF-8 text");
        let longest = "x".repeat(SecretSource::LONGEST);
        assert_eq!(SecretSource::from_bytes(longest.as_bytes()).unwrap().expose(), longest);
        assert_eq!(SecretSource::read_from(format!("{longest}\r\n").as_bytes()).unwrap().expose(), longest);
        for longer in [format!("{longest}x"), format!("{longest}x\r\n"), longest.repeat(3)] {
            assert_eq!(why(longer.as_bytes()), "it has more than 4096 bytes, which no secret has");
        }
    }
}
