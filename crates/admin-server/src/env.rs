//! The environment of `aisetu-server`.

use std::path::PathBuf;

use crate::crypto::{KeyError, ServerKey, ServerKeys};

/// The file with the pepper: base64 of 32 bytes, mode 0600.
pub const PEPPER_FILE: &str = "AI_SETU_PEPPER_FILE";
/// The file with the key-encryption key: base64 of 32 bytes, mode 0600.
pub const KEK_FILE: &str = "AI_SETU_KEK_FILE";
/// The file with the audit key: base64 of 32 bytes, mode 0600.
pub const AUDIT_KEY_FILE: &str = "AI_SETU_AUDIT_KEY_FILE";
/// The folder of the database.
pub const DATA: &str = "AI_SETU_DATA";
/// The address to listen on.
pub const LISTEN: &str = "AI_SETU_LISTEN";
/// What is logged, as a `tracing` filter; `info` when absent.
pub const LOG: &str = "AI_SETU_LOG";

/// Why the server has no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// A variable is missing or empty.
    #[error(
        "`{variable}` is not set: it names the file with {what}, base64 of 32 bytes, mode 0600, kept apart from the database"
    )]
    Missing {
        /// Which.
        variable: &'static str,
        /// What it is for.
        what: &'static str,
    },
    /// The file is bad.
    #[error("`{variable}`: {source}")]
    Key {
        /// Which.
        variable: &'static str,
        /// Why.
        source: KeyError,
    },
}

/// Reads the server's keys from the files that the environment names. `lookup` gives a variable's value.
///
/// # Errors
/// [`EnvError`] names the variable.
pub fn server_keys(lookup: impl Fn(&str) -> Option<String>) -> Result<ServerKeys, EnvError> {
    let key = |variable: &'static str, what: &'static str| {
        let path = lookup(variable).ok_or(EnvError::Missing { variable, what })?;
        ServerKey::read(&PathBuf::from(path)).map_err(|source| EnvError::Key { variable, source })
    };
    Ok(ServerKeys {
        pepper: key(PEPPER_FILE, "the pepper of token digests")?,
        kek: key(KEK_FILE, "the key-encryption key")?,
        audit: key(AUDIT_KEY_FILE, "the key of the audit chain")?,
    })
}

/// A variable of this process; an empty one counts as unset.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
