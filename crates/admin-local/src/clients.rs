//! Clients that start servers of the Model Context Protocol, and the entry of ours in their files.
//!
//! The order is: find the file ([`Registration::new`]), look what would change ([`Registration::put`], [`Registration::take`]), show or
//! confirm it, write it ([`Change::apply`]). An entry names a program and its arguments; no token is ever written.

mod change;
mod diff;
mod error;
mod file;
mod json;
mod mask;
mod places;
mod server;
mod table;
mod toml;

use std::path::{Path, PathBuf};

pub use change::{Change, Registration};
pub use error::ClientError;
pub use places::{Platform, Scope, Surroundings};
pub use server::{Found, Program, Server, ServerOptions};
pub use table::Client;

use table::{CLIENTS, Format};

/// The name of an entry where the user gives none.
pub const DEFAULT_SERVER_NAME: &str = "aisetu";

impl Client {
    /// All that are known, in the order in which they are shown.
    pub fn all() -> &'static [Self] {
        CLIENTS
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        CLIENTS.iter().find(|client| client.name == name)
    }

    /// What it is called in a command, such as `claude-code`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What its maker calls it.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Whether it can be given a server for one project alone.
    pub const fn knows_projects(&self) -> bool {
        !self.project.is_empty()
    }

    /// Whether it seems to be on this machine: its folder is there, or its program is on the path.
    pub fn is_here(&self, surroundings: &Surroundings) -> bool {
        let has_folder = surroundings.candidates(&self.trace).is_ok_and(|found| found.iter().any(|path| path.exists()));
        has_folder || self.programs.iter().any(|program| surroundings.program(program).is_some())
    }

    /// The file that lists its servers: the one that is there, else the one that it would make.
    fn file(&self, scope: Scope, surroundings: &Surroundings) -> Result<PathBuf, ClientError> {
        let candidates = match scope {
            Scope::User => surroundings.candidates(&self.user)?,
            Scope::Project if !self.knows_projects() => return Err(ClientError::NoProjects { title: self.title }),
            Scope::Project => self.project.iter().map(|file| places::join(surroundings.folder(), file)).collect(),
        };
        let first = candidates.first().cloned().unwrap_or_default();
        Ok(candidates.into_iter().find(|path| path.exists()).unwrap_or(first))
    }
}

/// What is wrong with a file, and where.
#[derive(Debug, PartialEq, Eq)]
struct Broken {
    /// Counted from 1.
    line: usize,
    /// Without the text of the file, which may hold a token.
    reason: String,
}

impl Broken {
    fn at(text: &str, offset: usize, reason: impl Into<String>) -> Self {
        let line = text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1);
        Self { line, reason: reason.into() }
    }
}

/// What can be done to the text of a file, whichever format it has.
impl Format {
    fn find(&self, text: &str, name: &str) -> Result<Option<Found>, Broken> {
        match self {
            Self::Json(layout) => json::find(text, layout, name),
            Self::Toml => toml::find(text, name),
        }
    }

    /// With the entry. What else the entry holds stays if `keep` says so.
    fn put(&self, text: &str, name: &str, server: &Found, keep: bool) -> Result<String, Broken> {
        match self {
            Self::Json(layout) => json::put(text, layout, name, server, keep),
            Self::Toml => toml::put(text, name, server, keep),
        }
    }

    /// Without the entry.
    fn take(&self, text: &str, name: &str) -> Result<String, Broken> {
        match self {
            Self::Json(layout) => json::take(text, layout, name),
            Self::Toml => toml::take(text, name),
        }
    }

    /// As it may be shown.
    fn masked(&self, text: &str) -> Result<String, Broken> {
        match self {
            Self::Json(_) => json::masked(text),
            Self::Toml => toml::masked(text),
        }
    }
}

/// Whether a client takes the name: the strictest of them want letters, digits, `-` and `_`.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(fits)
}

/// A path as a message or a diff shows it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
