//! `env:PATH#VAR`: one variable of a file of `NAME=value` lines. Every other byte of the file stays as it is.

mod text;

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use admin_token::Secret;
use zeroize::Zeroizing;

use super::{DeliveryError, Overwrites, Receipt, Warning, overwrites};
use crate::atomic::{LOCK_DEADLINE, Staged, folder_of, lock, real_path};
pub(super) use text::is_name;
use text::upsert;
pub(crate) use text::value_of;

/// A file of `NAME=value` lines is a page or two: anything beyond was named by mistake.
const MAX_BYTES: u64 = 1 << 20;
/// The length of what stands for the secret until there is one; longer than any of ours.
const RESERVE: usize = 128;

/// An env file that can be rewritten.
#[derive(Debug)]
pub(super) struct Target {
    /// As the user named it.
    named: PathBuf,
    /// With every link resolved, so that a link stays a link.
    path: PathBuf,
    variable: String,
    overwrites: Overwrites,
}

pub(super) fn probe(named: &Path, variable: &str) -> Result<(Target, Vec<Warning>), DeliveryError> {
    let path = resolve(named)?;
    let content = Content::read(&path, named)?;
    let warnings = match &content.replaced {
        Some(found) if others_may_read(found) => vec![Warning::Readable { path: named.to_owned() }],
        _ => Vec::new(),
    };
    content.stage(&path, variable, &".".repeat(RESERVE))?;
    let overwrites = overwrites(value_of(&content.text, variable));
    Ok((Target { named: named.to_owned(), path, variable: variable.to_owned(), overwrites }, warnings))
}

impl Target {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn overwrites(&self) -> Overwrites {
        self.overwrites
    }

    /// What the file holds now.
    pub(super) fn before(&self) -> Result<Before, DeliveryError> {
        let Content { text, replaced } = Content::read(&self.path, &self.named)?;
        let text = replaced.map(|_| Zeroizing::new(text));
        Ok(Before { named: self.named.clone(), path: self.path.clone(), variable: self.variable.clone(), text })
    }

    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { named, path, variable, .. } = self;
        let value = secret.expose();
        if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/+=@".contains(&byte)) {
            return Err(DeliveryError::Unfit { path: named });
        }
        let _lock = lock_folder(folder_of(&path))?;
        // Read again: someone may have changed the file since the probe.
        let staged = Content::read(&path, &named)?.stage(&path, &variable, value)?;
        staged.replace(&path).map_err(DeliveryError::io("replace", &named))?;
        let written = Content::read(&path, &named)?;
        if value_of(&written.text, &variable) != Some(value) {
            return Err(DeliveryError::ReadBack { path: named });
        }
        Ok(Receipt::EnvFile { path: named, variable })
    }
}

/// What an env file held before.
pub(super) struct Before {
    named: PathBuf,
    path: PathBuf,
    variable: String,
    /// `None` = there was no file.
    text: Option<Zeroizing<String>>,
}

impl Before {
    pub(super) fn put_back(self, secret: &Secret) -> Result<(), DeliveryError> {
        let Self { named, path, variable, text } = self;
        let _lock = lock_folder(folder_of(&path))?;
        let now = Content::read(&path, &named)?;
        let delivered = upsert(text.as_ref().map_or("", |text| text.as_str()), &variable, secret.expose());
        if now.text != delivered {
            return Err(DeliveryError::Changed { place: format!("`{}`", named.display()) });
        }
        let Some(text) = text else { return fs::remove_file(&path).map_err(DeliveryError::io("remove", &named)) };
        let folder = folder_of(&path);
        let staged = Staged::write(folder, text.as_bytes(), now.replaced.as_ref());
        let staged = staged.map_err(DeliveryError::io("write to a new file in", folder))?;
        staged.replace(&path).map_err(DeliveryError::io("replace", &named))
    }
}

/// Where a link leads; the file itself need not exist yet, its folder must.
fn resolve(named: &Path) -> Result<PathBuf, DeliveryError> {
    if let Some(path) = real_path(named).map_err(|(action, error)| DeliveryError::io(action, named)(error))? {
        return Ok(path);
    }
    let folder = folder_of(named);
    let name = named.file_name().ok_or_else(|| DeliveryError::NotAFile { path: named.to_owned() })?;
    match fs::canonicalize(folder) {
        Ok(folder) if folder.is_dir() => Ok(folder.join(name)),
        _ => Err(DeliveryError::NoFolder { folder: folder.to_owned() }),
    }
}

/// What the file holds now.
struct Content {
    text: String,
    /// None when there is no file yet.
    replaced: Option<Metadata>,
}

impl Content {
    /// Reads the file at its resolved path; an error tells the path that the user named.
    fn read(path: &Path, named: &Path) -> Result<Self, DeliveryError> {
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self { text: String::new(), replaced: None });
            }
            Err(error) => return Err(DeliveryError::io("look at", named)(error)),
        };
        let not_an_env_file = |why| DeliveryError::NotAnEnvFile { path: named.to_owned(), why };
        if !found.is_file() {
            return Err(DeliveryError::NotAFile { path: named.to_owned() });
        }
        if found.len() > MAX_BYTES {
            return Err(not_an_env_file("it is larger than 1 MiB"));
        }
        let bytes = fs::read(path).map_err(DeliveryError::io("read", named))?;
        let text = String::from_utf8(bytes).map_err(|_| not_an_env_file("it is not UTF-8 text"))?;
        Ok(Self { text, replaced: Some(found) })
    }

    fn stage(&self, path: &Path, variable: &str, value: &str) -> Result<Staged, DeliveryError> {
        let folder = folder_of(path);
        Staged::write(folder, upsert(&self.text, variable, value).as_bytes(), self.replaced.as_ref())
            .map_err(DeliveryError::io("write to a new file in", folder))
    }
}

/// Two deliveries into one file must not undo each other. The folder is locked, because the file itself is replaced.
#[cfg(unix)]
fn lock_folder(folder: &Path) -> Result<Option<File>, DeliveryError> {
    let handle = File::open(folder).map_err(DeliveryError::io("open", folder))?;
    match lock(&handle, LOCK_DEADLINE) {
        Ok(true) => Ok(Some(handle)),
        Ok(false) => Err(DeliveryError::Busy { folder: folder.to_owned(), seconds: LOCK_DEADLINE.as_secs() }),
        // Some network file systems lock no folders. The replacement is atomic there too.
        Err(_) => Ok(None),
    }
}

#[cfg(not(unix))]
fn lock_folder(_: &Path) -> Result<Option<File>, DeliveryError> {
    Ok(None)
}

#[cfg(unix)]
fn others_may_read(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn others_may_read(_: &Metadata) -> bool {
    false
}
