//! A client's file on disk: read whole, written whole, and kept as it was first found.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::{ClientError, Scope};
use crate::atomic::{Staged, folder_of, real_path};
use crate::folders::create_private_folder;

/// Some clients keep what was talked about in the same file. Beyond this it is something else.
const MAX_BYTES: u64 = 256 << 20;

/// What is in a file now.
#[derive(Debug)]
pub(super) struct Original {
    /// With every link resolved, so that a link stays a link.
    path: PathBuf,
    pub(super) text: String,
    found: Metadata,
}

impl Original {
    /// Reads the file, if it is there.
    pub(super) fn read(named: &Path) -> Result<Option<Self>, ClientError> {
        let path = real_path(named).map_err(|(action, error)| ClientError::io(action, named)(error))?;
        let Some(path) = path else { return Ok(None) };
        let not_a_file = |why| ClientError::NotAFile { path: named.to_owned(), why };
        let found = fs::metadata(&path).map_err(ClientError::io("look at", named))?;
        if !found.is_file() {
            return Err(not_a_file("it is not a regular file"));
        }
        if found.len() > MAX_BYTES {
            return Err(not_a_file("it is larger than 256 MiB"));
        }
        let bytes = fs::read(&path).map_err(ClientError::io("read", named))?;
        let text = String::from_utf8(bytes).map_err(|_| not_a_file("it is not UTF-8 text"))?;
        Ok(Some(Self { path, text, found }))
    }

    /// Puts another text in its place, and keeps a copy of it as it was before us. Returns the copy, if it was not there before.
    pub(super) fn replace(self, named: &Path, text: &str, backups: Backups) -> Result<Option<PathBuf>, ClientError> {
        if self.found.permissions().readonly() {
            return Err(ClientError::ReadOnly { path: named.to_owned() });
        }
        let folder = folder_of(&self.path);
        let staged = Staged::write(folder, text.as_bytes(), Some(&self.found))
            .and_then(|staged| staged.with_mode_of(&self.found))
            .map_err(ClientError::io("write to a new file in", folder))?;
        // A client that runs writes to it too. What it wrote since is not undone.
        let now = fs::read(&self.path).map_err(ClientError::io("read", named))?;
        if now != self.text.as_bytes() {
            return Err(ClientError::Changed { path: named.to_owned() });
        }
        let backup = self.keep(named, backups)?;
        staged.replace(&self.path).map_err(ClientError::io("replace", named))?;
        Ok(backup)
    }

    /// Makes the copy, unless there is one: the first is how the file was before us.
    fn keep(&self, named: &Path, backups: Backups) -> Result<Option<PathBuf>, ClientError> {
        let (copy, owner) = match backups {
            Backups::Beside => (beside(named), Some(&self.found)),
            Backups::In(folder) => (below(&folder, &self.path), None),
        };
        let folder = folder_of(&copy);
        // The folder of the file itself is there.
        create_private_folder(folder).map_err(ClientError::io("make the folder", folder))?;
        let staged = Staged::write(folder, self.text.as_bytes(), owner);
        let staged = match owner {
            Some(found) => staged.and_then(|staged| staged.with_mode_of(found)),
            None => staged,
        };
        let staged = staged.map_err(ClientError::io("write to a new file in", folder))?;
        match staged.keep_as_new(&copy) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
            outcome => outcome.map(|()| Some(copy.clone())).map_err(ClientError::io("make", &copy)),
        }
    }
}

/// Where a file is kept as it was.
#[derive(Debug)]
pub(super) enum Backups {
    /// Beside the name that the user knows, for whoever can read the file itself.
    Beside,
    /// In a folder, for the user alone: beside a file of a project it would be committed with it.
    In(PathBuf),
}

/// Refuses a file that links take out of the project. One that somebody else made could have us write to any file of the user's.
pub(super) fn check_within(named: &Path, project: &Path) -> Result<(), ClientError> {
    let folder = fs::canonicalize(project).map_err(ClientError::io("look at", project))?;
    // What is not there yet will be in the nearest folder that is.
    match named.ancestors().find_map(|path| fs::canonicalize(path).ok()) {
        Some(found) if found.starts_with(&folder) => Ok(()),
        _ => Err(ClientError::Outside { path: named.to_owned() }),
    }
}

/// Makes a file that is not there, and its folder. That of a user is for the user alone.
pub(super) fn make(named: &Path, text: &str, scope: Scope) -> Result<(), ClientError> {
    let folder = folder_of(named);
    let private = scope == Scope::User;
    let made = if private { create_private_folder(folder) } else { fs::create_dir_all(folder) };
    made.map_err(ClientError::io("make the folder", folder))?;
    let staged = if private {
        Staged::write(folder, text.as_bytes(), None)
    } else {
        Staged::write_shared(folder, text.as_bytes())
    };
    let staged = staged.map_err(ClientError::io("write to a new file in", folder))?;
    staged.keep_as_new(named).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => ClientError::Changed { path: named.to_owned() },
        _ => ClientError::io("make", named)(error),
    })
}

fn beside(named: &Path) -> PathBuf {
    let mut name = named.file_name().map(OsString::from).unwrap_or_default();
    name.push(".aisetu-backup");
    named.with_file_name(name)
}

/// With the folders that the file is in, so that the files of two projects do not meet.
fn below(folder: &Path, path: &Path) -> PathBuf {
    folder.join(path.components().filter(|part| matches!(part, Component::Normal(_))).collect::<PathBuf>())
}
