//! The key-encryption keys: which one seals.

use super::Ports;
use crate::crypto::ServerKey;
use crate::error::Error;
use crate::store::{Tx, server_keys};

/// What the database calls them.
pub(super) const PURPOSE: &str = "kek";

/// The KEK under which whatever is sealed in this transaction is sealed. The database says which, so all processes change over at once.
///
/// # Errors
/// `UNAVAILABLE` when this process does not have it, and those of the store.
pub(super) fn current(tx: &mut Tx<'_>, ports: &Ports) -> Result<ServerKey, Error> {
    let keks = &ports.keys.kek;
    match server_keys::get(tx, PURPOSE)? {
        None => keks.newest().ok_or_else(|| Error::internal("there is no key-encryption key")),
        Some(id) => keks.get(&id).ok_or_else(|| {
            tracing::error!(kek = id, "the key-encryption key of the database is not there: was it rotated elsewhere?");
            Error::unavailable("the control plane lacks the key with which secrets are sealed")
        }),
    }
}
