//! A TOML file of the user's: what a person wrote into it stays, writers take turns, and it is replaced whole.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use crate::atomic::{LOCK_DEADLINE, Staged, folder_of, lock};
use crate::create_private_folder;

/// Why a file of the configuration cannot be read or written. It never quotes the file, because a token may stand in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// No TOML.
    #[error("`{}` is no TOML: line {line}: {reason}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Where it stops being TOML, counted from 1.
        line: usize,
        /// What the parser says, without the text that it read.
        reason: String,
    },
    /// Another process holds the lock.
    #[error("another program has held `{}` for {seconds} seconds", path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long it was waited for.
        seconds: u64,
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

impl FileError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// The file, if there is one.
pub(crate) fn open(path: &Path) -> Result<Option<File>, FileError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::io("open", path)(error)),
    }
}

/// What the file says.
pub(crate) fn read(path: &Path, file: &mut File) -> Result<DocumentMut, FileError> {
    let text = io::read_to_string(file).map_err(FileError::io("read", path))?;
    text.parse::<DocumentMut>().map_err(|error| {
        // The parser's own `Display` shows the line, which may hold a token.
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        FileError::NotToml { path: path.to_owned(), line, reason: error.message().to_owned() }
    })
}

/// Waits for the writers before. The lock is on a file of its own, because the one that is written is replaced. The folder is made
/// if it is missing.
pub(crate) fn lock_for_writing(path: &Path) -> Result<File, FileError> {
    let folder = folder_of(path);
    create_private_folder(folder).map_err(FileError::io("make the folder", folder))?;
    let path = path.with_extension("lock");
    let file = File::options().create(true).append(true).open(&path).map_err(FileError::io("open", &path))?;
    if lock(&file, LOCK_DEADLINE).map_err(FileError::io("lock", &path))? {
        return Ok(file);
    }
    Err(FileError::Busy { path, seconds: LOCK_DEADLINE.as_secs() })
}

/// Replaces the file.
pub(crate) fn write(named: &Path, text: &str) -> Result<(), FileError> {
    // A link stays a link: some keep their configuration elsewhere.
    let path = match fs::canonicalize(named) {
        Ok(path) => path,
        Err(error) if error.kind() == ErrorKind::NotFound => named.to_owned(),
        Err(error) => return Err(FileError::io("look at", named)(error)),
    };
    let replaced = fs::metadata(&path).ok();
    Staged::write(folder_of(&path), text.as_bytes(), replaced.as_ref())
        .and_then(|staged| staged.replace(&path))
        .map_err(FileError::io("write", named))
}

/// The table of this name, which is made if it is missing; `None` = something else has the name. An implicit one has no header of its
/// own, because `[profile.dev]` says it all.
pub(crate) fn table_in<'a>(parent: &'a mut dyn TableLike, name: &str, implicit: bool) -> Option<&'a mut dyn TableLike> {
    let made = || {
        let mut table = Table::new();
        table.set_implicit(implicit);
        Item::Table(table)
    };
    parent.entry(name).or_insert_with(made).as_table_like_mut()
}

/// Sets a field, with the comments above and behind it left in place.
pub(crate) fn set(table: &mut dyn TableLike, field: &str, text: &str) {
    let mut value = Value::from(text);
    let Some(item) = table.get_mut(field) else {
        table.insert(field, Item::Value(value));
        return;
    };
    if let Some(old) = item.as_value() {
        *value.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(value);
}
