//! Files and folders that only their owner may read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::crypto::KeyError;

/// The database in a data folder.
pub(crate) const DATABASE: &str = "control-plane.db";

/// Options for writing a file that is private from its first moment.
pub(crate) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a new private file that is there whole or not at all, and durable. Fails when the path is taken.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (file, folder) = beside(path, bytes)?;
    file.persist_noclobber(path).map_err(|failed| failed.error)?;
    sync(folder)
}

/// The same in the place of a file that is there: until the new one is durable, the old one is.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays one, and what it leads to is replaced.
    let path = &path.canonicalize()?;
    let (file, folder) = beside(path, bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        // Whoever could read it can read it: an administrator may be another user than the server.
        let (old, new) = (std::fs::metadata(path)?, file.as_file().metadata()?);
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            fchown(file.as_file(), Some(old.uid()), Some(old.gid()))?;
        }
    }
    file.persist(path).map_err(|failed| failed.error)?;
    sync(folder)
}

/// Writes a private file into the folder of another, durably.
fn beside<'a>(path: &'a Path, bytes: &[u8]) -> io::Result<(tempfile::NamedTempFile<File>, &'a Path)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new()
        .prefix(".aisetu-")
        .make_in(folder, |path| private_file().create_new(true).open(path))?;
    file.as_file().write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok((file, folder))
}

fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Makes a folder, and those above it, that are private. One that is there stays as it is.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Reads a file with a secret, of which only its owner may read, and no more than `largest` bytes.
///
/// # Errors
/// [`KeyError::Unreadable`] and [`KeyError::Exposed`].
pub(crate) fn read_private(path: &Path, largest: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    check_mode(path, &file.metadata().map_err(unreadable)?)?;
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(largest));
    file.take(largest as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &std::fs::Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 { Ok(()) } else { Err(KeyError::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such mode")]
fn check_mode(_: &Path, _: &std::fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}
