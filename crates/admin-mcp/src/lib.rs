#![doc = include_str!("../README.md")]

mod arguments;
mod command;
mod confirm;
mod credentials;
mod deliver;
mod error;
mod issue;
mod run;
mod schema;
mod server;
mod subject;
mod tools;

pub use run::{ServeError, run, serve, stdio};
pub use server::{AI_SETU_MCP_READ_ONLY, Options, Server};
