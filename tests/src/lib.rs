//! A control plane in this process, and the people who call it.

mod actor;
mod server;

pub use actor::{Actor, Answer};
pub use server::TestServer;
