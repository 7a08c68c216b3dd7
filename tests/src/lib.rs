//! A control plane in this process, and the people who call it.

mod actor;
mod documents;
mod server;

pub use actor::{Actor, Answer};
pub use documents::operation;
pub use server::TestServer;
