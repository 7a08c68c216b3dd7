//! A control plane in this process, and the people who call it.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is for tests, which may panic"
)]

mod actor;
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
mod again;
mod documents;
mod mail;
mod schema;
mod server;

pub use actor::{Actor, Answer};
pub use again::ran_with_a_server;
pub use documents::{needs_no_argument, operation};
pub use mail::Letterbox;
pub use schema::{SCHEMA, root_fields};
pub use server::TestServer;
