//! Keys of 32 bytes, in files that only their owner may read.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Keyring, hex};
use crate::files::{self, DATABASE, write_private};
use crate::random::Random;

const LENGTH: usize = 32;

/// More than any key file holds, in bytes.
const LARGEST_FILE: usize = 1024;

/// Base64 with or without padding, as `openssl rand -base64 32` or this program writes it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret key of 32 bytes. Its memory is wiped, and `Debug` shows its id only.
#[derive(Clone)]
pub struct ServerKey {
    bytes: Zeroizing<[u8; LENGTH]>,
    id: String,
}

impl ServerKey {
    /// Takes the bytes.
    pub fn new(bytes: [u8; LENGTH]) -> Self {
        let digest = Sha256::new().chain_update(b"aisetu key id\0").chain_update(bytes).finalize();
        Self { bytes: Zeroizing::new(bytes), id: hex(&digest[..4]) }
    }

    /// Makes a new key.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0u8; LENGTH]);
        random.fill(bytes.as_mut_slice());
        Self::new(*bytes)
    }

    /// Eight hexadecimal digits that name the key and give nothing of it away. Stored beside what the key made.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Reads a key file: base64 of 32 bytes on one line, readable by its owner only.
    ///
    /// # Errors
    /// [`KeyError`] names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = files::read_private(path, LARGEST_FILE)?;
        let key = std::str::from_utf8(&text).ok().and_then(|text| Self::decode(text.trim()));
        key.ok_or_else(|| KeyError::Malformed { path: path.to_owned() })
    }

    /// Reads base64 of 32 bytes.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64.decode(text).ok()?);
        bytes.as_slice().try_into().map(Self::new).ok()
    }

    /// The key as base64.
    pub(super) fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.bytes()))
    }

    /// Reads the key file, or makes it with a new key where there is none.
    ///
    /// # Errors
    /// [`KeyError`] names the file and what is wrong with it.
    pub fn read_or_create(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        if path.exists() {
            return Self::read(path);
        }
        let key = Self::generate(random);
        let text = Zeroizing::new(format!("{}\n", *key.encode()));
        match write_private(path, text.as_bytes()) {
            Ok(()) => Ok(key),
            // Another process made it in this very moment.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::read(path),
            Err(source) => Err(KeyError::Unwritable { path: path.to_owned(), source }),
        }
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerKey({})", self.id)
    }
}

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It cannot be read.
    #[error("the key file {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be made.
    #[error("the key file {path} cannot be written: {source}")]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read it.
    #[error("the key file {path} can be read by others (mode {mode:03o}); run: chmod 600 {path}")]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It does not hold 32 bytes in base64.
    #[error(
        "the key file {path} does not hold 32 bytes in base64; restore it from its backup: what was made with it opens with no other"
    )]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
}

/// The keys of a server.
#[derive(Debug, Clone)]
pub struct ServerKeys {
    /// Digests tokens and idempotency keys.
    pub pepper: ServerKey,
    /// The key-encryption keys (KEK): they seal what must be read again.
    pub kek: Keyring,
    /// Chains audit events.
    pub audit: ServerKey,
}

impl ServerKeys {
    /// New keys that nothing keeps.
    pub fn generate(random: &dyn Random) -> Self {
        let key = || ServerKey::generate(random);
        Self { pepper: key(), kek: Keyring::generate(random), audit: key() }
    }

    /// Reads `pepper.key`, `kek.key` and `audit.key` of a folder, and makes those that are missing, as long as there is no
    /// database beside them: with new keys it would be lost.
    ///
    /// # Errors
    /// [`KeyError`] names the file and what is wrong with it.
    pub fn read_or_create(folder: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        Self::read_or_create_for(folder, folder, random)
    }

    /// The same where the database is in a folder of its own.
    ///
    /// # Errors
    /// [`KeyError`] names the file and what is wrong with it.
    pub fn read_or_create_for(folder: &Path, data: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        let has_database = data.join(DATABASE).exists();
        let key = |name: &str| {
            let path = folder.join(name);
            if has_database { ServerKey::read(&path) } else { ServerKey::read_or_create(&path, random) }
        };
        let kek = folder.join("kek.key");
        let kek = if has_database { Keyring::read(&kek)? } else { Keyring::read_or_create(&kek, random)? };
        Ok(Self { pepper: key("pepper.key")?, kek, audit: key("audit.key")? })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn a_made_key_file_is_private_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper.key");
        let made = ServerKey::read_or_create(&path, &SystemRandom).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = ServerKey::read_or_create(&path, &SystemRandom).unwrap();
        assert_eq!((made.id(), made.bytes()), (read.id(), read.bytes()));
        assert_eq!(format!("{made:?}"), format!("ServerKey({})", made.id()));
    }

    #[test]
    fn a_bad_key_file_is_refused_with_the_way_to_mend_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kek.key");
        assert!(matches!(ServerKey::read(&path), Err(KeyError::Unreadable { .. })));
        write_private(&path, b"c2hvcnQ=\n").unwrap();
        assert!(matches!(ServerKey::read(&path), Err(KeyError::Malformed { .. })));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = ServerKey::read(&path).unwrap_err().to_string();
        assert!(refused.contains("mode 644") && refused.contains("chmod 600"), "{refused}");
    }
}
