//! The key-encryption keys (KEK): the one that seals, and former ones that still open.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::{fmt, io};

use zeroize::Zeroizing;

use super::{KeyError, ServerKey};
use crate::files;
use crate::random::Random;

/// Room for some 1,400 keys, in bytes. More than anybody rotates before they throw the oldest away.
const LARGEST_FILE: usize = 65_536;

/// Key-encryption keys, the newest first. Its clones share them.
///
/// Which one seals is not said here but in the database, so that all that work in it change over in one transaction.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    keys: RwLock<Vec<ServerKey>>,
    /// Where they come from; `None` = from elsewhere, and they stay as they are.
    file: Option<PathBuf>,
}

impl Keyring {
    /// A new key that nothing keeps.
    pub fn generate(random: &dyn Random) -> Self {
        Self::of(vec![ServerKey::generate(random)])
    }

    /// Keys that no file keeps, the newest first.
    pub fn of(keys: Vec<ServerKey>) -> Self {
        Self(Arc::new(Inner { keys: RwLock::new(keys), file: None }))
    }

    /// Takes keys in base64 with white space or commas between them, the newest first; `None` when that is not what it is.
    pub fn parse(text: &str) -> Option<Self> {
        decode(text).map(Self::of)
    }

    /// Reads a key file: a line of base64 for each key, the newest first, readable by its owner only.
    ///
    /// # Errors
    /// [`KeyError`] names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        Ok(Self(Arc::new(Inner { keys: RwLock::new(read(path)?), file: Some(path.to_owned()) })))
    }

    /// Reads the key file, or makes it with a new key where there is none.
    ///
    /// # Errors
    /// [`KeyError`] names the file and what is wrong with it.
    pub fn read_or_create(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        if !path.exists() {
            ServerKey::read_or_create(path, random)?;
        }
        Self::read(path)
    }

    /// One key as it stands in a key file.
    pub fn encoded(key: &ServerKey) -> Zeroizing<String> {
        key.encode()
    }

    /// The newest one.
    pub fn newest(&self) -> Option<ServerKey> {
        self.all().into_iter().next()
    }

    /// The one with this id. Where it is not known, the file is read again: another process may have put it there.
    pub fn get(&self, id: &str) -> Option<ServerKey> {
        let find = |keys: &[ServerKey]| keys.iter().find(|key| key.id() == id).cloned();
        let known = find(&self.0.keys.read().unwrap_or_else(PoisonError::into_inner));
        known.or_else(|| {
            let path = self.0.file.as_deref()?;
            let keys = read(path).inspect_err(|error| tracing::error!(%error, "the key-encryption keys")).ok()?;
            let found = find(&keys)?;
            tracing::info!(kek = id, "read the key-encryption keys again");
            self.set(keys);
            Some(found)
        })
    }

    /// All of them, the newest first.
    pub fn all(&self) -> Vec<ServerKey> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where they come from, if it is a file.
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// Reads the file again.
    ///
    /// # Errors
    /// [`KeyError`] names the file and what is wrong with it.
    pub(crate) fn reload(&self) -> Result<(), KeyError> {
        if let Some(path) = self.0.file.as_deref() {
            self.set(read(path)?);
        }
        Ok(())
    }

    /// Puts other keys in the place of all, in the file first. The file is there whole at any moment.
    ///
    /// # Errors
    /// [`KeyError::Unwritable`].
    pub(crate) fn replace(&self, keys: Vec<ServerKey>) -> Result<(), KeyError> {
        if let Some(path) = self.0.file.as_deref() {
            let mut text = Zeroizing::new(String::with_capacity(LARGEST_FILE));
            for key in &keys {
                text.push_str(&key.encode());
                text.push('\n');
            }
            let unwritable = |source| KeyError::Unwritable { path: path.to_owned(), source };
            if text.len() > LARGEST_FILE {
                return Err(unwritable(io::Error::other(
                    "it would have more keys than are read; run `aisetu-server kek prune`",
                )));
            }
            files::replace_private(path, text.as_bytes()).map_err(unwritable)?;
        }
        self.set(keys);
        Ok(())
    }

    fn set(&self, keys: Vec<ServerKey>) {
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keyring").field(&self.all()).finish()
    }
}

fn read(path: &Path) -> Result<Vec<ServerKey>, KeyError> {
    let text = files::read_private(path, LARGEST_FILE)?;
    let keys = std::str::from_utf8(&text).ok().and_then(decode);
    keys.ok_or_else(|| KeyError::Malformed { path: path.to_owned() })
}

fn decode(text: &str) -> Option<Vec<ServerKey>> {
    let parts = text.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|part| !part.is_empty());
    let keys: Vec<ServerKey> = parts.map(ServerKey::decode).collect::<Option<_>>()?;
    (!keys.is_empty()).then_some(keys)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::files::write_private;
    use crate::random::SystemRandom;

    fn ids(ring: &Keyring) -> Vec<String> {
        ring.all().iter().map(|key| key.id().to_owned()).collect()
    }

    #[test]
    fn a_key_that_another_process_put_into_the_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kek.key");
        let ring = Keyring::read_or_create(&path, &SystemRandom).unwrap();
        let old = ring.newest().unwrap();
        let other = Keyring::read(&path).unwrap();
        let new = ServerKey::generate(&SystemRandom);
        other.replace(vec![new.clone(), old.clone()]).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(ids(&ring), [old.id()]);
        assert!(ring.clone().get("00000000").is_none(), "what is nowhere is not found");
        assert_eq!(ids(&ring), [old.id()]);
        assert_eq!(ring.get(new.id()).unwrap().id(), new.id());
        assert_eq!(ids(&ring.clone()), [new.id(), old.id()]);
        // A file that cannot be read any more changes nothing.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(ring.get("00000000").is_none());
        assert!(ring.get(old.id()).is_some());
    }

    #[test]
    fn keys_are_lines_or_lie_between_commas() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<ServerKey> = (0..3).map(|_| ServerKey::generate(&SystemRandom)).collect();
        let text: Vec<_> = keys.iter().map(|key| key.encode().to_string()).collect();
        let expected: Vec<&str> = keys.iter().map(ServerKey::id).collect();
        let path = folder.path().join("kek.key");
        write_private(&path, format!("{}\r\n\n{}\n{}", text[0], text[1], text[2]).as_bytes()).unwrap();
        assert_eq!(ids(&Keyring::read(&path).unwrap()), expected);
        assert_eq!(ids(&Keyring::parse(&text.join(", ")).unwrap()), expected);
        for bad in [String::new(), " \n".to_owned(), format!("{} {}", text[0], &text[1][..40]), text.concat()] {
            assert!(Keyring::parse(&bad).is_none(), "{bad}");
        }
        assert!(!format!("{:?}", Keyring::parse(&text[0]).unwrap()).contains(&text[0]));
    }
}
