//! Files that appear whole or not at all, readable by their owner only.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

/// The folder that a path is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Where a file really is, with every link followed, so that a link to it stays a link; none = nothing has the name. A link that leads
/// nowhere is an error: nobody knows what it is to lead to. An error has what could not be done.
pub(crate) fn real_path(named: &Path) -> Result<Option<PathBuf>, (&'static str, io::Error)> {
    match fs::canonicalize(named) {
        Ok(path) => Ok(Some(path)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            if fs::symlink_metadata(named).is_ok() { Err(("follow the link", error)) } else { Ok(None) }
        }
        Err(error) => Err(("look at", error)),
    }
}

/// A file on disk that has no name of its own yet; dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Staged(NamedTempFile);

impl Staged {
    /// Writes the bytes to a file in the folder, with mode 0600 from its creation on, and the owner of the file it will replace.
    pub(crate) fn write(folder: &Path, bytes: &[u8], replaced: Option<&Metadata>) -> io::Result<Self> {
        Self::make(folder, bytes, replaced, create_private)
    }

    /// The same with the mode that the user gives to new files.
    pub(crate) fn write_shared(folder: &Path, bytes: &[u8]) -> io::Result<Self> {
        Self::make(folder, bytes, None, |path| File::options().read(true).write(true).create_new(true).open(path))
    }

    fn make(
        folder: &Path,
        bytes: &[u8],
        replaced: Option<&Metadata>,
        create: impl FnMut(&Path) -> io::Result<File>,
    ) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".aisetu-").make_in(folder, create)?;
        if let Some(replaced) = replaced {
            keep_owner(file.as_file(), replaced)?;
        }
        file.as_file().write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(Self(file))
    }

    /// Lets those reach it who can reach the file that it is a copy or the successor of.
    pub(crate) fn with_mode_of(self, replaced: &Metadata) -> io::Result<Self> {
        self.0.as_file().set_permissions(replaced.permissions())?;
        Ok(self)
    }

    /// Gives it a name that nothing has. It lasts once its folder is synced.
    pub(crate) fn keep_as_new(self, path: &Path) -> io::Result<()> {
        self.0.persist_noclobber(path).map(drop).map_err(|failed| failed.error)
    }

    /// Puts it in the place of whatever has that name.
    pub(crate) fn replace(self, path: &Path) -> io::Result<()> {
        self.0.persist(path).map_err(|failed| failed.error)?;
        // It is in its place. To call that a failure would have the caller undo what the file now holds.
        let _ = sync_folder(folder_of(path));
        Ok(())
    }
}

/// Makes a file with mode 0600 from the first moment.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn keep_owner(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (replaced.uid(), replaced.gid()) {
        return Ok(());
    }
    fchown(file, Some(replaced.uid()), Some(replaced.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// A rename lasts once its folder is on disk.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// How long another writer is waited for. It holds the lock for some milliseconds; beyond this it hangs.
pub(crate) const LOCK_DEADLINE: Duration = Duration::from_secs(5);

/// Waits for the file's advisory lock; false when the deadline passes.
pub(crate) fn lock(file: &File, deadline: Duration) -> io::Result<bool> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if start.elapsed() >= deadline => return Ok(false),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
