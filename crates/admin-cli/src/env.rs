//! Where this process runs, and what a child of it inherits.

use std::env;
#[cfg(feature = "server")]
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The folder that the user works in; `None` = it is gone, or closed to them.
pub(crate) fn working_folder() -> Option<PathBuf> {
    env::current_dir().ok()
}

/// The names of the variables that are ours and set.
pub(crate) fn own_names() -> Vec<String> {
    let mut names: Vec<String> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("AI_SETU_"))
        .collect();
    names.sort();
    names
}

/// Every program of this name that a shell could run, the one that it does run first.
pub(crate) fn programs_on_path(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    let mut found: Vec<PathBuf> =
        env::split_paths(&path).map(|folder| folder.join(&name)).filter(|program| program.is_file()).collect();
    // `/bin` is `/usr/bin` on many a machine.
    let mut seen = std::collections::HashSet::new();
    found.retain(|program| seen.insert(program.canonicalize().unwrap_or_else(|_| program.clone())));
    found
}

/// The variables that are ours: a child gets the ones that it is given, and none by accident.
#[cfg(feature = "server")]
pub(crate) fn own_variables() -> impl Iterator<Item = OsString> {
    env::vars_os().map(|(name, _)| name).filter(|name| name.as_encoded_bytes().starts_with(b"AI_SETU_"))
}

/// `PATH` with the folder of this binary before all others.
#[cfg(feature = "server")]
pub(crate) fn path_with_own_folder() -> Option<OsString> {
    let binary = env::current_exe().ok()?;
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(OsStr::new(&path));
    env::join_paths([binary.parent()?.to_owned()].into_iter().chain(folders)).ok()
}
