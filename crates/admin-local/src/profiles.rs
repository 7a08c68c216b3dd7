//! Credential profiles: which token goes to which control plane.

mod error;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use admin_core::{BaseUrl, DateTime};
use admin_token::Secret;
use toml_edit::DocumentMut;

use crate::{FileError, toml_file};
pub use error::ProfileError;
use text::Document;

/// The profile that is used where none is named.
pub const DEFAULT_PROFILE: &str = "default";

/// A token and the one control plane that it is for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Profile {
    /// The control plane that made the token. The token goes nowhere else.
    pub base_url: BaseUrl,
    /// The personal access token, or where it is.
    pub pat: Kept,
    /// When the token expires, if that is known.
    pub expires_at: Option<DateTime>,
    /// Whose it is, if that is known.
    pub email: Option<String>,
    /// The tenant that it is for (`ten_…`), if that is known.
    pub tenant: Option<String>,
}

/// Where a token is kept.
#[derive(Debug, Clone)]
pub enum Kept {
    /// In the file itself.
    File(Secret),
    /// In the keyring of the operating system.
    Keyring {
        /// The last characters of the token.
        hint: String,
    },
}

impl Kept {
    /// The last characters of the token.
    pub fn hint(&self) -> &str {
        match self {
            Self::File(pat) => pat.hint(),
            Self::Keyring { hint } => hint,
        }
    }
}

impl Profile {
    /// With a token that is kept in the file.
    pub fn new(base_url: BaseUrl, pat: Secret) -> Self {
        Self { base_url, pat: Kept::File(pat), expires_at: None, email: None, tenant: None }
    }

    /// With the time at which the token expires.
    #[must_use]
    pub const fn expiring(mut self, at: DateTime) -> Self {
        self.expires_at = Some(at);
        self
    }
}

/// The profiles of a user: `credentials.toml`, which only its owner may read. What a person wrote into it stays.
#[derive(Debug, Clone)]
pub struct Profiles {
    path: PathBuf,
}

impl Profiles {
    /// Those of a configuration folder. Neither the folder nor the file need exist.
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join("credentials.toml") }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all profiles, in the order of the file.
    pub fn names(&self) -> Result<Vec<String>, ProfileError> {
        Ok(self.load()?.names())
    }

    /// A profile, if there is one of that name.
    pub fn find(&self, name: &str) -> Result<Option<Profile>, ProfileError> {
        self.load()?.get(name)
    }

    /// A profile that must be there.
    pub fn get(&self, name: &str) -> Result<Profile, ProfileError> {
        let document = self.load()?;
        document.get(name)?.ok_or_else(|| ProfileError::NotFound {
            name: name.to_owned(),
            path: self.path.clone(),
            known: document.names(),
        })
    }

    /// Writes a profile, new or not. Every other profile stays, also one that another process writes at the same time.
    pub fn put(&self, name: &str, profile: &Profile) -> Result<(), ProfileError> {
        let _lock = toml_file::lock_for_writing(&self.path)?;
        let mut document = self.load()?;
        document.put(name, profile)?;
        self.write(&document)
    }

    /// Takes a profile out of the file; tells whether it was there.
    pub fn remove(&self, name: &str) -> Result<bool, ProfileError> {
        // Without a file there is nothing to lock, and no folder perhaps.
        if self.find(name)?.is_none() {
            return Ok(false);
        }
        let _lock = toml_file::lock_for_writing(&self.path)?;
        let mut document = self.load()?;
        let found = document.remove(name);
        if found {
            self.write(&document)?;
        }
        Ok(found)
    }

    fn write(&self, document: &Document) -> Result<(), ProfileError> {
        Ok(toml_file::write(&self.path, &document.to_string())?)
    }

    fn load(&self) -> Result<Document, ProfileError> {
        let Some(mut file) = toml_file::open(&self.path)? else {
            return Ok(Document::new(&self.path, DocumentMut::new()));
        };
        // Of the open file, not of its path: what is checked is what is read.
        let found = file.metadata().map_err(FileError::io("look at", &self.path))?;
        if let Some(mode) = shared_mode(&found) {
            return Err(ProfileError::Shared { path: self.path.clone(), mode });
        }
        Ok(Document::new(&self.path, toml_file::read(&self.path, &mut file)?))
    }
}

/// The mode of a file that others than its owner can read or write.
#[cfg(unix)]
fn shared_mode(found: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let mode = found.mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn shared_mode(_: &fs::Metadata) -> Option<u32> {
    None
}
