//! A control plane in this process, and the people who call it.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is for tests, which may panic"
)]

mod actor;
mod server;

pub use actor::{Actor, Answer};
pub use server::TestServer;
