//! What would change in a client's file, and the change itself.

use std::path::{Path, PathBuf};

use super::file::{self, Backups, Original};
use super::{Broken, Client, ClientError, Found, Scope, Server, Surroundings, diff, is_name, shown};

/// A byte order mark, which some editors of Windows begin a file with and no format has.
const MARK: &str = "\u{feff}";

/// A place for an entry: a name in the file of a client.
#[derive(Debug)]
pub struct Registration {
    client: &'static Client,
    scope: Scope,
    path: PathBuf,
    name: String,
    surroundings: Surroundings,
}

impl Registration {
    /// Finds the file. It need not be there, and is not read yet.
    ///
    /// # Errors
    /// [`ClientError`] when the client has no such file, or no server can have that name.
    pub fn new(
        client: &'static Client,
        scope: Scope,
        name: &str,
        surroundings: &Surroundings,
    ) -> Result<Self, ClientError> {
        if !is_name(name) {
            return Err(ClientError::Name { name: name.to_owned() });
        }
        let path = client.file(scope, surroundings)?;
        Ok(Self { client, scope, path, name: name.to_owned(), surroundings: surroundings.clone() })
    }

    /// The client.
    pub const fn client(&self) -> &'static Client {
        self.client
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the entry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the entry starts, if it is there.
    ///
    /// # Errors
    /// [`ClientError`] when the file cannot be read or understood.
    pub fn found(&self) -> Result<Option<Found>, ClientError> {
        let Some(original) = Original::read(&self.path)? else { return Ok(None) };
        self.found_in(&original)
    }

    /// What it takes for the entry to start the server.
    ///
    /// # Errors
    /// As [`Registration::found`].
    pub fn put(self, server: &Server) -> Result<Change, ClientError> {
        let wanted = server.entry();
        self.change(server, |registration, text, found, owned| {
            if found.is_some_and(|found| server.is_put_in(found, &registration.surroundings)) {
                return Ok(None);
            }
            let format = &registration.client.format;
            let edited = format.put(text, &registration.name, &wanted, owned)?;
            // An edit that is not understood in the end is none.
            let written = format.find(&edited, &registration.name)?;
            if written.as_ref() != Some(&wanted) {
                return Err(Broken { line: 1, reason: "the entry cannot be written into it".to_owned() });
            }
            Ok(Some(edited))
        })
    }

    /// What it takes for the entry to be gone.
    ///
    /// # Errors
    /// As [`Registration::found`].
    pub fn take(self, server: &Server) -> Result<Change, ClientError> {
        self.change(server, |registration, text, found, _| match found {
            None => Ok(None),
            Some(_) => registration.client.format.take(text, &registration.name).map(Some),
        })
    }

    fn change(
        self,
        server: &Server,
        edit: impl FnOnce(&Self, &str, Option<&Found>, bool) -> Result<Option<String>, Broken>,
    ) -> Result<Change, ClientError> {
        if self.scope == Scope::Project {
            file::check_within(&self.path, self.surroundings.folder())?;
        }
        let original = Original::read(&self.path)?;
        let found = original.as_ref().map(|original| self.found_in(original)).transpose()?.flatten();
        let is_foreign = found.as_ref().is_some_and(|found| !server.owns(found, &self.surroundings));
        let text = original.as_ref().map_or("", |original| &original.text);
        let (mark, text) = unmarked(text);
        let edited = edit(&self, text, found.as_ref(), !is_foreign).map_err(ClientError::broken(&self.path))?;
        let after = edited.map(|edited| format!("{mark}{edited}"));
        Ok(Change { registration: self, original, found, is_foreign, after })
    }

    fn found_in(&self, original: &Original) -> Result<Option<Found>, ClientError> {
        let (_, text) = unmarked(&original.text);
        self.client.format.find(text, &self.name).map_err(ClientError::broken(&self.path))
    }
}

/// A change that was not made yet.
#[derive(Debug)]
pub struct Change {
    registration: Registration,
    original: Option<Original>,
    found: Option<Found>,
    is_foreign: bool,
    /// None: there is nothing to do.
    after: Option<String>,
}

impl Change {
    /// The place that it is for.
    pub const fn registration(&self) -> &Registration {
        &self.registration
    }

    /// The entry that is there now.
    pub const fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    /// Whether there is something to do.
    pub const fn is_needed(&self) -> bool {
        self.after.is_some()
    }

    /// Whether it would change an entry that somebody else made, and that a person must agree to lose.
    pub const fn takes_from_others(&self) -> bool {
        self.is_foreign && self.is_needed()
    }

    /// The change as people read it, without the secrets that are around it. Empty if there is nothing to do.
    ///
    /// # Errors
    /// [`ClientError`] when what may be shown cannot be told.
    pub fn diff(&self) -> Result<String, ClientError> {
        let Some(after) = &self.after else { return Ok(String::new()) };
        let Registration { client, path, .. } = &self.registration;
        let masked = |text: &str| client.format.masked(unmarked(text).1).map_err(ClientError::broken(path));
        let before = self.original.as_ref().map(|original| masked(&original.text)).transpose()?;
        Ok(diff::unified(&shown(path), before.as_deref(), &masked(after)?))
    }

    /// Makes it. Returns where the file is kept as it was before us, if this change made that copy: beside the file, or within the
    /// folder of our configuration for a file of a project.
    ///
    /// # Errors
    /// [`ClientError`] when the file is as it was.
    pub fn apply(self) -> Result<Option<PathBuf>, ClientError> {
        let Registration { path, scope, surroundings, .. } = self.registration;
        match (self.after, self.original) {
            (None, _) => Ok(None),
            (Some(text), Some(original)) => {
                let backups = match scope {
                    Scope::User => Backups::Beside,
                    Scope::Project => Backups::In(surroundings.backups()?),
                };
                original.replace(&path, &text, backups)
            }
            (Some(text), None) => file::make(&path, &text, scope).map(|()| None),
        }
    }
}

/// A byte order mark, and the text behind it.
fn unmarked(text: &str) -> (&str, &str) {
    if text.starts_with(MARK) { text.split_at(MARK.len()) } else { ("", text) }
}
