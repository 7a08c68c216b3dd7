//! What a child process inherits of the environment of this one.

use std::env;
use std::ffi::{OsStr, OsString};

/// The variables that are ours: a child gets the ones that it is given, and none by accident.
pub(crate) fn own_variables() -> impl Iterator<Item = OsString> {
    env::vars_os().map(|(name, _)| name).filter(|name| name.as_encoded_bytes().starts_with(b"AI_SETU_"))
}

/// `PATH` with the folder of this binary before all others.
pub(crate) fn path_with_own_folder() -> Option<OsString> {
    let binary = env::current_exe().ok()?;
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(OsStr::new(&path));
    env::join_paths([binary.parent()?.to_owned()].into_iter().chain(folders)).ok()
}
