//! Where a new secret goes.
//!
//! A secret is shown once, so the order is: look whether the place can take it ([`Sink::probe`]), change something on the server, write
//! the secret ([`Place::deliver`]). What still fails then is reported, so that the caller can undo the change.

mod actions;
mod before;
mod clipboard;
mod command;
mod env_file;
mod error;
mod file;
mod git;
mod github;
mod keyring;
mod one_password;
mod receipt;
mod text;
mod vault;
mod warning;

use std::fmt;
use std::path::{Path, PathBuf};

use admin_core::env::Environment;
use admin_token::Secret;

use crate::Machine;
pub use before::Before;
pub(crate) use env_file::value_of as env_file_value;
pub use error::{DeliveryError, SinkError};
use git::Standing;
pub use receipt::Receipt;
pub use warning::Warning;

/// A place that the caller named for a new secret. As text, it has one of these forms:
///
/// | form | where it goes |
/// |---|---|
/// | `stdout` | standard output |
/// | `file:PATH` | a new file |
/// | `env:PATH#VAR` | a variable of an env file |
/// | `keyring:SERVICE/ACCOUNT` | the keyring of the operating system |
/// | `clipboard` | the clipboard, for 45 seconds |
/// | `gh:OWNER/REPO#NAME` | a secret of a repository on GitHub |
/// | `gha:env#NAME`, `gha:output#NAME` | a variable or an output, within GitHub Actions |
/// | `op:VAULT/ITEM#FIELD` | a new item of 1Password |
/// | `vault:PATH#FIELD` | a field in `HashiCorp`'s Vault |
/// | `cmd:PROGRAM [ARGUMENT]...` | the standard input of a program |
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
    /// An entry of the operating system's keyring, new or not.
    Keyring {
        /// The service that it is for.
        service: String,
        /// The account there.
        account: String,
    },
    /// The clipboard, which is cleared after a while.
    Clipboard,
    /// A secret of a repository on GitHub, by the program `gh`.
    GitHub {
        /// The repository, as `OWNER/REPO`.
        repository: String,
        /// The name; letters, digits and `_`, not beginning with a digit or `GITHUB_`.
        name: String,
    },
    /// What a step of GitHub Actions hands on.
    Actions {
        /// To whom.
        file: ActionsFile,
        /// The name of the variable or the output.
        name: String,
    },
    /// A new item of 1Password, by the program `op`. An existing item is never changed.
    OnePassword {
        /// The vault.
        vault: String,
        /// The title of the item.
        item: String,
        /// The field that holds the secret.
        field: String,
    },
    /// A field of a secret in `HashiCorp`'s Vault, by the program `vault`. Its other fields stay.
    Vault {
        /// The path, with that of the engine.
        path: String,
        /// The field.
        field: String,
    },
    /// The standard input of a program, which no shell runs.
    Command {
        /// The program: a name on `PATH`, or a path.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// To whom a step of GitHub Actions hands something on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionsFile {
    /// The later steps of the job, as a variable.
    Env,
    /// Whoever asks for the outputs of the step.
    Output,
}

impl ActionsFile {
    /// The variable that names the file.
    fn variable(self) -> &'static str {
        match self {
            Self::Env => "GITHUB_ENV",
            Self::Output => "GITHUB_OUTPUT",
        }
    }
}

impl fmt::Display for ActionsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Env => "the environment of the later steps",
            Self::Output => "the outputs of this step",
        })
    }
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

    /// Looks whether the sink can take a secret now, and leaves everything as it was. It may ask programs, for up to a minute each.
    ///
    /// What shows only in the writing it cannot find: `gh` needs another permission to set a secret than to list them, `op` and
    /// `vault` likewise, and what a program of the user's does with a secret is known to that program alone.
    ///
    /// # Errors
    /// [`DeliveryError`] when it cannot: nothing has been changed yet, so nothing has to be undone.
    pub fn probe(&self, environment: &Environment) -> Result<Probed, DeliveryError> {
        self.probe_on(&Machine::of(environment))
    }

    /// As [`Sink::probe`], on a machine that is put together.
    pub fn probe_on(&self, machine: &Machine) -> Result<Probed, DeliveryError> {
        let mut warnings = Vec::new();
        let kind = match self {
            Self::Stdout => return Ok(Probed::Stdout),
            Self::File(path) => Kind::File(file::probe(path)?),
            Self::EnvFile { path, variable } => {
                let (target, found) = env_file::probe(path, variable)?;
                warnings = found;
                Kind::EnvFile(target)
            }
            Self::Keyring { service, account } => Kind::Keyring(keyring::probe(service, account, &machine.keyring)?),
            Self::Clipboard => {
                let (clipboard, found) = clipboard::probe(machine)?;
                warnings = found;
                Kind::Clipboard(clipboard)
            }
            Self::GitHub { repository, name } => Kind::GitHub(github::probe(repository, name, machine)?),
            Self::Actions { file, name } => Kind::Actions(actions::probe(*file, name, &machine.environment)?),
            Self::OnePassword { vault, item, field } => {
                Kind::OnePassword(one_password::probe(vault, item, field, machine)?)
            }
            Self::Vault { path, field } => Kind::Vault(vault::probe(path, field, machine)?),
            Self::Command { program, arguments } => Kind::Command(command::probe(program, arguments, machine)?),
        };
        let mut place = Place { kind: Box::new(kind), standing: Standing::Safe, warnings };
        if let Some(path) = place.path().map(Path::to_owned) {
            place.standing = git::standing(&path, machine);
            place.warnings.extend(match place.standing {
                Standing::Safe => None,
                Standing::Exposed => Some(Warning::NotIgnored { path }),
                Standing::Tracked => Some(Warning::Tracked { path }),
                Standing::Unknown => Some(Warning::GitUnknown { path }),
            });
        }
        Ok(Probed::Place(place))
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

/// A place that can take a secret.
#[derive(Debug)]
pub struct Place {
    kind: Box<Kind>,
    standing: Standing,
    warnings: Vec<Warning>,
}

#[derive(Debug)]
enum Kind {
    File(file::NewFile),
    EnvFile(env_file::Target),
    Keyring(keyring::Entry),
    Clipboard(clipboard::Clipboard),
    GitHub(github::RepositorySecret),
    Actions(actions::Target),
    OnePassword(one_password::NewItem),
    Vault(vault::Target),
    Command(command::UserProgram),
}

impl Place {
    /// What the user should know about the place; nothing of it is in the way of a delivery.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What the delivery would write over.
    pub fn overwrites(&self) -> Overwrites {
        match &*self.kind {
            Kind::EnvFile(target) => target.overwrites(),
            Kind::Keyring(entry) => entry.overwrites(),
            Kind::GitHub(secret) => secret.overwrites(),
            Kind::Vault(field) => field.overwrites(),
            // What is on the clipboard is there to be replaced, and what a program does with it, it alone knows.
            Kind::File(_) | Kind::Clipboard(_) | Kind::Actions(_) | Kind::OnePassword(_) | Kind::Command(_) => {
                Overwrites::Nothing
            }
        }
    }

    /// Whether it is a file that git has in its index: the next commit would take the secret with it. `None` = it is in a git work
    /// tree, and git did not say.
    pub fn is_tracked(&self) -> Option<bool> {
        match self.standing {
            Standing::Safe | Standing::Exposed => Some(false),
            Standing::Tracked => Some(true),
            Standing::Unknown => None,
        }
    }

    /// Whether the runner of GitHub Actions must be told before the delivery to mask the secret in its log. It is told by a line
    /// of the job's output, which the caller prints: `::add-mask::` and the secret.
    pub fn masks(&self) -> bool {
        matches!(*self.kind, Kind::Actions(_))
    }

    /// What is there now, to be put back if the delivery turns out to be in vain; `None` = what comes there, comes to stay.
    ///
    /// # Errors
    /// [`DeliveryError`] when the place cannot be read.
    pub fn before(&self) -> Result<Option<Before>, DeliveryError> {
        Ok(match &*self.kind {
            Kind::File(file) => Some(Before::file(file.path().to_owned())),
            Kind::EnvFile(target) => Some(Before::env_file(target.before()?)),
            Kind::Keyring(entry) => Some(entry.before()?),
            Kind::Clipboard(_)
            | Kind::GitHub(_)
            | Kind::Actions(_)
            | Kind::OnePassword(_)
            | Kind::Vault(_)
            | Kind::Command(_) => None,
        })
    }

    /// Writes the secret, and reads it back where that can be done; a file is readable by its owner only. A program is believed
    /// when it says that it has the secret.
    ///
    /// # Errors
    /// [`DeliveryError`] when the secret is not there. What had been there before is left as it was, as far as that is ours to say.
    pub fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        match *self.kind {
            Kind::File(file) => file.deliver(secret),
            Kind::EnvFile(target) => target.deliver(secret),
            Kind::Keyring(entry) => entry.deliver(secret),
            Kind::Clipboard(clipboard) => clipboard.deliver(secret),
            Kind::GitHub(place) => place.deliver(secret),
            Kind::Actions(target) => target.deliver(secret),
            Kind::OnePassword(item) => item.deliver(secret),
            Kind::Vault(field) => field.deliver(secret),
            Kind::Command(program) => program.deliver(secret),
        }
    }

    /// The file of the user's that it is, if it is one.
    fn path(&self) -> Option<&Path> {
        match &*self.kind {
            Kind::File(file) => Some(file.path()),
            Kind::EnvFile(target) => Some(target.path()),
            _ => None,
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

/// What a value is that is there already.
fn overwrites(value: Option<&str>) -> Overwrites {
    match value {
        None | Some("") => Overwrites::Nothing,
        Some(value) if admin_token::find(value).is_some() => Overwrites::Token,
        Some(_) => Overwrites::Value,
    }
}
