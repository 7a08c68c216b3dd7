#![doc = include_str!("../README.md")]

mod arguments;
mod browser;
mod clean;
mod command;
mod confirm;
mod credentials;
mod deliver;
mod error;
mod http;
mod in_browser;
mod issue;
mod login;
mod outcomes;
mod pages;
mod policy;
mod progress;
mod prompts;
mod resources;
mod run;
mod schema;
mod secret_tools;
mod server;
mod source;
mod status;
mod subject;
mod tools;
mod toolset;
mod visit;

pub use http::{Http, serve_http};
pub use policy::{
    AI_SETU_MCP_ALLOW_CODE_IN_CHAT, AI_SETU_MCP_ALLOW_COMMANDS, AI_SETU_MCP_ALLOW_SECRETS_IN_CHAT, Allowed,
};
pub use run::{ServeError, run, serve, stdio};
pub use server::{Options, Server};
pub use toolset::{
    AI_SETU_MCP_EXCLUDE_TOOLS, AI_SETU_MCP_READ_ONLY, AI_SETU_MCP_TOOLS, AI_SETU_MCP_TOOLSETS, Selection,
};
