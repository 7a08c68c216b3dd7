//! The text of `config.toml` and `.aisetu.toml`.

use std::fmt;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, TableLike};

use super::SettingsError;
use crate::toml_file::{self, remove, set, table_in};

/// The table that has a table for each profile.
pub(super) const PROFILE: &str = "profile";
/// The table that has a profile for each folder.
pub(super) const BIND: &str = "bind";

/// A file as it is read and edited.
#[derive(Debug)]
pub(super) struct Text {
    path: PathBuf,
    toml: DocumentMut,
}

impl Text {
    pub(super) fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), toml: DocumentMut::new() }
    }

    /// Of a file, which need not be there.
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        let Some(mut file) = toml_file::open(path)? else { return Ok(Self::empty(path)) };
        Ok(Self { path: path.to_owned(), toml: toml_file::read(path, &mut file)? })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is at the top.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.toml.iter().map(|(name, _)| name)
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<String>, SettingsError> {
        self.text(self.toml.get(name), || name.to_owned())
    }

    pub(super) fn get_of_profile(&self, profile: &str, name: &str) -> Result<Option<String>, SettingsError> {
        let item = self.toml.get(PROFILE).and_then(|profiles| profiles.get(profile)).and_then(|table| table.get(name));
        self.text(item, || format!("{PROFILE}.{profile}.{name}"))
    }

    pub(super) fn bound(&self) -> Result<Vec<(PathBuf, String)>, SettingsError> {
        let Some(bound) = self.toml.get(BIND) else { return Ok(Vec::new()) };
        let Some(bound) = bound.as_table_like() else { return Err(self.wrong(BIND.to_owned(), "a table")) };
        let pair = |(folder, profile): (&str, &Item)| match profile.as_str() {
            Some(profile) => Ok((PathBuf::from(folder), profile.to_owned())),
            None => Err(self.wrong(format!("{BIND}.{folder:?}"), "the name of a profile")),
        };
        bound.iter().map(pair).collect()
    }

    pub(super) fn set(&mut self, profile: Option<&str>, name: &str, value: &str) -> Result<(), SettingsError> {
        let Self { path, toml } = self;
        let wrong =
            |field: &str| SettingsError::Field { path: path.clone(), field: field.to_owned(), expected: "a table" };
        let table: &mut dyn TableLike = match profile {
            None => toml.as_table_mut(),
            Some(profile) => {
                let profiles = table_in(toml.as_table_mut(), PROFILE, true).ok_or_else(|| wrong(PROFILE))?;
                table_in(profiles, profile, false).ok_or_else(|| wrong(PROFILE))?
            }
        };
        set(table, name, value);
        Ok(())
    }

    pub(super) fn unset(&mut self, profile: Option<&str>, name: &str) -> bool {
        let removed = match profile {
            None => remove(&mut self.toml, &[name]),
            Some(profile) => remove(&mut self.toml, &[PROFILE, profile, name]),
        };
        removed.is_some()
    }

    pub(super) fn bind(&mut self, folder: &Path, profile: &str) -> Result<(), SettingsError> {
        let Self { path, toml } = self;
        let wrong = || SettingsError::Field { path: path.clone(), field: BIND.to_owned(), expected: "a table" };
        let bound = table_in(toml.as_table_mut(), BIND, false).ok_or_else(wrong)?;
        set(bound, &folder.to_string_lossy(), profile);
        Ok(())
    }

    pub(super) fn unbind(&mut self, folder: &Path) -> Option<String> {
        remove(&mut self.toml, &[BIND, &folder.to_string_lossy()])?.as_str().map(str::to_owned)
    }

    fn text(&self, item: Option<&Item>, field: impl FnOnce() -> String) -> Result<Option<String>, SettingsError> {
        match item {
            None => Ok(None),
            Some(item) => match item.as_str() {
                Some("") => Ok(None),
                Some(text) => Ok(Some(text.to_owned())),
                None => Err(self.wrong(field(), "a text in quotes")),
            },
        }
    }

    fn wrong(&self, field: String, expected: &'static str) -> SettingsError {
        SettingsError::Field { path: self.path.clone(), field, expected }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.toml.fmt(f)
    }
}
