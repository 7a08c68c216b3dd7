//! `gha:env#NAME` and `gha:output#NAME`: a variable for the later steps of a job of GitHub Actions, or an output of this one.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use admin_core::env::Environment;
use admin_token::Secret;

use super::{ActionsFile, DeliveryError, Receipt};

/// A file of the runner's that can be added to.
#[derive(Debug)]
pub(super) struct Target {
    file: ActionsFile,
    path: PathBuf,
    name: String,
}

pub(super) fn probe(file: ActionsFile, name: &str, environment: &Environment) -> Result<Target, DeliveryError> {
    let variable = file.variable();
    let in_actions = environment.get("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let path = environment.get(variable).filter(|_| in_actions);
    let path = PathBuf::from(path.ok_or(DeliveryError::NotInActions { variable })?);
    open(&path)?;
    Ok(Target { file, path, name: name.to_owned() })
}

impl Target {
    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { file, path, name } = self;
        let value = secret.expose();
        if value.contains(['\n', '\r']) {
            return Err(DeliveryError::ManyLines { place: file.to_string() });
        }
        let mut opened = open(&path)?;
        let length = opened.metadata().map_err(DeliveryError::io("look at", &path))?.len();
        let line = Secret::new(format!("{}{name}={value}\n", missing_line_end(&mut opened, length)));
        if let Err(error) = append(&mut opened, line.expose(), length, &path) {
            // Half a line would be a variable with another value, or an error of the runner's that shows it.
            let _ = opened.set_len(length);
            return Err(error);
        }
        Ok(Receipt::Actions { file, name })
    }
}

/// The runner makes the file; another one would not be read.
fn open(path: &Path) -> Result<File, DeliveryError> {
    OpenOptions::new().read(true).append(true).open(path).map_err(DeliveryError::io("add to", path))
}

/// What ends the last line of the file, should nothing do so.
fn missing_line_end(file: &mut File, length: u64) -> &'static str {
    let mut last = [0];
    let read = length > 0 && file.seek(SeekFrom::Start(length - 1)).is_ok() && file.read_exact(&mut last).is_ok();
    if read && last != *b"\n" { "\n" } else { "" }
}

/// Adds a line, and compares what is there then. Another program may have added something as well, before it or after.
fn append(file: &mut File, line: &str, length: u64, path: &Path) -> Result<(), DeliveryError> {
    file.write_all(line.as_bytes()).and_then(|()| file.sync_data()).map_err(DeliveryError::io("add to", path))?;
    let mut added = zeroize::Zeroizing::new(Vec::new());
    let read = file.seek(SeekFrom::Start(length)).and_then(|_| file.read_to_end(&mut added));
    read.map_err(DeliveryError::io("read back", path))?;
    if added.windows(line.len()).any(|found| found == line.as_bytes()) {
        return Ok(());
    }
    Err(DeliveryError::ReadBack { path: path.to_owned() })
}
