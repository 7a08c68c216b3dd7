//! Credential profiles: which token goes to which control plane.

mod error;
mod text;

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use admin_core::{BaseUrl, DateTime};
use admin_token::Secret;

use crate::atomic::{LOCK_DEADLINE, Staged, folder_of, lock};
use crate::folders::create_private_folder;
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
        let folder = folder_of(&self.path);
        create_private_folder(folder).map_err(ProfileError::io("make the folder", folder))?;
        let _lock = self.lock()?;
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
        let _lock = self.lock()?;
        let mut document = self.load()?;
        let found = document.remove(name);
        if found {
            self.write(&document)?;
        }
        Ok(found)
    }

    fn write(&self, document: &Document) -> Result<(), ProfileError> {
        // A link stays a link: some keep their configuration elsewhere.
        let path = match fs::canonicalize(&self.path) {
            Ok(path) => path,
            Err(error) if error.kind() == ErrorKind::NotFound => self.path.clone(),
            Err(error) => return Err(ProfileError::io("look at", &self.path)(error)),
        };
        let replaced = fs::metadata(&path).ok();
        Staged::write(folder_of(&path), document.to_string().as_bytes(), replaced.as_ref())
            .and_then(|staged| staged.replace(&path))
            .map_err(ProfileError::io("write", &self.path))
    }

    fn load(&self) -> Result<Document, ProfileError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Document::new(&self.path)),
            Err(error) => return Err(ProfileError::io("open", &self.path)(error)),
        };
        // Of the open file, not of its path: what is checked is what is read.
        let mode = file.metadata().map(|found| shared_mode(&found)).map_err(ProfileError::io("look at", &self.path))?;
        if let Some(mode) = mode {
            return Err(ProfileError::Shared { path: self.path.clone(), mode });
        }
        let text = io::read_to_string(&mut file).map_err(ProfileError::io("read", &self.path))?;
        Document::parse(&self.path, &text)
    }

    /// Writers take turns. The lock is on a file of its own, because the credentials are replaced.
    fn lock(&self) -> Result<File, ProfileError> {
        let path = self.path.with_extension("lock");
        let file = File::options().create(true).append(true).open(&path).map_err(ProfileError::io("open", &path))?;
        if lock(&file, LOCK_DEADLINE).map_err(ProfileError::io("lock", &path))? {
            return Ok(file);
        }
        Err(ProfileError::Busy { path, seconds: LOCK_DEADLINE.as_secs() })
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
