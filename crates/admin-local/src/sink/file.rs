//! `file:PATH`: a new file that holds the secret and nothing else.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use admin_token::Secret;

use super::{DeliveryError, Receipt};
use crate::atomic::{Staged, folder_of, sync_folder};

/// More than any secret of ours has, so that a full disk or a limit on the size of files is found before the secret exists.
const RESERVE: &[u8] = &[b' '; 4096];

/// A path that a new file can take.
#[derive(Debug)]
pub(super) struct NewFile {
    path: PathBuf,
}

pub(super) fn probe(path: &Path) -> Result<NewFile, DeliveryError> {
    check_free(path)?;
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(DeliveryError::NoFolder { folder: folder.to_owned() });
    }
    Staged::write(folder, RESERVE, None).map_err(DeliveryError::io("write to a new file in", folder))?;
    Ok(NewFile { path: path.to_owned() })
}

fn check_free(path: &Path) -> Result<(), DeliveryError> {
    let path = path.to_owned();
    // `..` and `/` have no name that a file could take.
    if path.file_name().is_none() {
        return Err(DeliveryError::NotAFile { path });
    }
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        // A part of the path is a file: its folder does not exist, which the caller says better.
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(()),
        Err(error) => Err(DeliveryError::io("look at", &path)(error)),
        Ok(found) if found.is_symlink() => Err(DeliveryError::Link { path }),
        Ok(found) if found.is_file() => Err(DeliveryError::Exists { path }),
        Ok(_) => Err(DeliveryError::NotAFile { path }),
    }
}

impl NewFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { path } = self;
        let folder = folder_of(&path);
        let staged = Staged::write(folder, secret.expose().as_bytes(), None)
            .map_err(DeliveryError::io("write to a new file in", folder))?;
        staged.keep_as_new(&path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => DeliveryError::Exists { path: path.clone() },
            _ => DeliveryError::io("make", &path)(error),
        })?;
        if let Err(error) = settle(&path, secret) {
            // A secret that is reported as lost must not lie around.
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(Receipt::File { path })
    }
}

/// Makes the new file last, and compares what it holds.
fn settle(path: &Path, secret: &Secret) -> Result<(), DeliveryError> {
    let folder = folder_of(path);
    sync_folder(folder).map_err(DeliveryError::io("sync", folder))?;
    let found = fs::read(path).map_err(DeliveryError::io("read back", path))?;
    if found == secret.expose().as_bytes() {
        return Ok(());
    }
    Err(DeliveryError::ReadBack { path: path.to_owned() })
}
