//! A TOML file of the user's: what a person wrote into it stays, writers take turns, and it is replaced whole.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Document, DocumentMut, Item, Key, RawString, Table, TableLike, Value};

use crate::atomic::{LOCK_DEADLINE, Staged, folder_of, lock, real_path};
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
    // Some keep their configuration elsewhere, and link to it.
    let path = real_path(named).map_err(|(action, error)| FileError::io(action, named)(error))?;
    let path = path.unwrap_or_else(|| named.to_owned());
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

/// Takes out what the path of names leads to, and the comments right above it with it. What a blank line sets off from those stays where
/// it is: it may be about the whole file.
pub(crate) fn remove(document: &mut DocumentMut, path: &[&str]) -> Option<Item> {
    let before = document.to_string();
    let (name, tables) = path.split_last()?;
    let root: &mut dyn TableLike = document.as_table_mut();
    let parent = tables.iter().try_fold(root, |table, name| table.get_mut(name)?.as_table_like_mut())?;
    let removed = parent.remove(name)?;
    if let Some(mended) = with_what_was_set_off(&before, &document.to_string(), path) {
        *document = mended;
    }
    Some(removed)
}

/// The text after a removal, with what stood above the item before and was not about it; none = there is nothing of that kind.
fn with_what_was_set_off(before: &str, after: &str, path: &[&str]) -> Option<DocumentMut> {
    let above = above(&Document::parse(before).ok()?, path)?;
    let kept = &before[above.start..above.start + set_off(&before[above.clone()])?];
    // Up to there the two are alike.
    let (head, rest) = after.split_at_checked(above.start)?;
    let gap = if head != &before[..above.start] {
        return None;
    } else if rest.is_empty() || rest.starts_with(['\n', '\r']) {
        ""
    } else {
        "\n"
    };
    format!("{head}{kept}{gap}{rest}").parse().ok()
}

/// Where the comments and blank lines above an item are.
fn above(document: &Document<&str>, path: &[&str]) -> Option<Range<usize>> {
    let (name, tables) = path.split_last()?;
    let root: &dyn TableLike = document.as_table();
    let parent = tables.iter().try_fold(root, |table, name| table.get(name)?.as_table_like())?;
    prefix(parent.key(name)?, parent.get(name)?)
}

fn prefix(key: &Key, item: &Item) -> Option<Range<usize>> {
    match item {
        // It has no line of its own: what is in it comes first.
        Item::Table(table) if table.is_implicit() || table.is_dotted() => {
            let of_items = table.iter().filter_map(|(name, item)| prefix(table.key(name)?, item));
            of_items.min_by_key(|span| span.start)
        }
        Item::Table(table) => table.decor().prefix().and_then(RawString::span),
        Item::ArrayOfTables(tables) => tables.get(0)?.decor().prefix().and_then(RawString::span),
        Item::Value(_) | Item::None => key.leaf_decor().prefix().and_then(RawString::span),
    }
}

/// How much of some lines comes before the last blank one, if there is anything.
fn set_off(lines: &str) -> Option<usize> {
    let mut end = 0;
    let mut kept = 0;
    for line in lines.split_inclusive('\n') {
        if line.trim().is_empty() {
            kept = end;
        }
        end += line.len();
    }
    (kept > 0).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, path: &[&str]) -> String {
        let mut document: DocumentMut = text.parse().unwrap();
        assert_eq!(document.to_string(), text);
        assert!(remove(&mut document, path).is_some(), "{text}");
        assert!(remove(&mut document, path).is_none(), "{text}");
        document.to_string()
    }

    #[test]
    fn what_a_blank_line_sets_off_from_an_item_outlives_it() {
        for (text, path, left) in [
            ("# head\n\n# about a\na = 1\nb = 2\n", &["a"][..], "# head\n\nb = 2\n"),
            ("# head\n\na = 1\n", &["a"], "# head\n"),
            ("# head\n\na = 1\n\n# about b\nb = 2\n", &["a"], "# head\n\n# about b\nb = 2\n"),
            ("# about a\na = 1\nb = 2\n", &["a"], "b = 2\n"),
            ("b = 1\n\n# section\n  \n# about a\na = 2\n# end\n", &["a"], "b = 1\n\n# section\n\n# end\n"),
            ("# head\n\n[t.a]\nx = 1\n\n[t.b]\n", &["t", "a"], "# head\n\n[t.b]\n"),
            ("# head\n\n# about a\n[t.a]\nx = 1\n", &["t", "a"], "# head\n"),
            ("[t.b]\n# y = 1\n\n[t.a]\nx = 1\n\n[u]\n", &["t", "a"], "[t.b]\n# y = 1\n\n[u]\n"),
            ("# head\n\n[t.a.inner]\nx = 1\n\n[u]\n", &["t", "a"], "# head\n\n[u]\n"),
            ("# head\n\n[[t.a]]\nx = 1\n\n[[t.a]]\n\n[u]\n", &["t", "a"], "# head\n\n[u]\n"),
            ("[t]\n# head\n\nx = 1\ny = 2\n", &["t", "x"], "[t]\n# head\n\ny = 2\n"),
            ("[t.a]\n# of x\n\nx = 1\n\n[u]\n", &["t", "a"], "\n[u]\n"),
            ("# head\n\nt.a = 1\nu = 2\n", &["t"], "# head\n\nu = 2\n"),
            ("# head\n\nt = { a = 1, b = 2 }\n", &["t", "a"], "# head\n\nt = { b = 2 }\n"),
        ] {
            assert_eq!(without(text, path), left, "{text}");
        }
    }
}
