#![doc = include_str!("../README.md")]

mod compatibility;
mod document;
mod error;
mod introspection;
mod model;
mod outline;
mod print;
mod query;
mod sdl;
mod text;
mod value;

pub use compatibility::{Incompatibility, Why, incompatibilities};
pub use document::{DocumentOperation, operations};
pub use error::SchemaError;
pub use outline::{Entry, EntryKind, outline};
pub use query::{CAPABILITIES_QUERY, Feature, INTROSPECTION_QUERY, PlainerQuery, plainer_query};

/// Prints a schema in its canonical form, from SDL. What is canonical already comes back as it is.
///
/// # Errors
/// [`SchemaError`] says where the SDL is no schema, and why.
pub fn canonical(sdl: &str) -> Result<String, SchemaError> {
    Ok(print::schema(&sdl::parse(sdl)?))
}

/// Prints a schema in its canonical form, from the `data` of an answer to [`INTROSPECTION_QUERY`] or to a [`PlainerQuery`].
///
/// # Errors
/// [`SchemaError`] says where the answer describes no schema, and why.
pub fn from_introspection(data: &serde_json::Value) -> Result<String, SchemaError> {
    Ok(print::schema(&introspection::parse(data)?))
}
