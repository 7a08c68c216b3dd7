//! What was in a place before a secret came, so that it can be put back.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use admin_token::Secret;

use super::DeliveryError;
use super::env_file;
use super::keyring::Entry;

/// What was in a place before a secret came. It can be put back as long as nothing else has changed there.
pub struct Before(Kind);

enum Kind {
    /// There was no file.
    File(PathBuf),
    EnvFile(env_file::Before),
    Keyring(Entry, Option<Secret>),
}

impl Before {
    pub(super) fn file(path: PathBuf) -> Self {
        Self(Kind::File(path))
    }

    pub(super) fn env_file(before: env_file::Before) -> Self {
        Self(Kind::EnvFile(before))
    }

    pub(super) fn keyring(entry: Entry, value: Option<Secret>) -> Self {
        Self(Kind::Keyring(entry, value))
    }

    /// Puts it back, if the place still holds that secret.
    ///
    /// # Errors
    /// [`DeliveryError::Changed`] when the place holds something else by now, or the error of writing there.
    pub fn put_back(self, secret: &Secret) -> Result<(), DeliveryError> {
        match self.0 {
            Kind::File(path) => match fs::read(&path) {
                Ok(found) if found == secret.expose().as_bytes() => {
                    fs::remove_file(&path).map_err(DeliveryError::io("remove", &path))
                }
                Ok(_) => Err(DeliveryError::Changed { place: format!("`{}`", path.display()) }),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(DeliveryError::io("read", &path)(error)),
            },
            Kind::EnvFile(before) => before.put_back(secret),
            Kind::Keyring(entry, value) => entry.put_back(secret, value.as_ref()),
        }
    }
}

impl fmt::Debug for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Before").finish_non_exhaustive()
    }
}
