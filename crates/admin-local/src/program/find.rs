//! Where a program is.

use std::env::{consts::EXE_SUFFIX, split_paths};
use std::path::{Path, PathBuf, is_separator};

use admin_core::env::Environment;

/// The file of a program that is named as in a shell: a path, or a name that one of the folders of `PATH` has.
pub(super) fn find(name: &str, environment: &Environment) -> Option<PathBuf> {
    if name.contains(is_separator) {
        return Some(PathBuf::from(name)).filter(|path| is_executable(path));
    }
    let file = if name.ends_with(EXE_SUFFIX) { name.to_owned() } else { format!("{name}{EXE_SUFFIX}") };
    let folders = environment.get("PATH")?;
    // What is relative, or empty, is another folder wherever the user is: a foreign work tree could bring its own `gh`.
    split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&file))
        .find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
