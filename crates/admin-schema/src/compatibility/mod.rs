//! Whether a client that was built with one schema can talk to a server that has another.

mod document;
mod given;
mod input;
mod output;
#[cfg(test)]
mod tests;
mod types;
mod walk;
mod why;

pub use why::{Incompatibility, Why};

use crate::{SchemaError, sdl};

/// Which operations of `documents`, written for the schema `ours`, a server with the schema `theirs` would refuse, or would answer as the client
/// does not expect. Sorted by operation and coordinate, each told once.
///
/// What the server has in addition does not matter, nor values of enums that the client only receives: those are an open set.
///
/// # Errors
/// [`SchemaError`] says which of the texts is no schema or no document, and which document does not even fit `ours`.
pub fn incompatibilities(ours: &str, theirs: &str, documents: &str) -> Result<Vec<Incompatibility>, SchemaError> {
    let ours = sdl::parse(ours)?;
    let theirs = sdl::parse(theirs)?;
    let documents = document::parse(documents)?;
    // A document that fits its own schema is one that a server with that very schema takes.
    match walk::compare(&ours, &ours, &documents).into_iter().next() {
        Some(misfit) => Err(SchemaError::Misfit(misfit)),
        None => Ok(walk::compare(&ours, &theirs, &documents).into_iter().collect()),
    }
}
