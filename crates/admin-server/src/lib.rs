//! The bundled control plane of aisetu.
//!
//! From the outside in: `router` lists the routes, `http` takes requests, `graphql` and `gateway` turn them into operations, `app`
//! holds the rules, `store` the SQL. Each layer knows the next one and none above it.

pub mod app;
pub mod clock;
pub mod crypto;
mod dev;
pub mod env;
pub mod error;
mod files;
mod gateway;
pub mod graphql;
mod http;
pub mod ids;
pub mod init;
pub mod mail;
pub mod model;
pub mod money;
pub mod outbound;
pub mod payments;
pub mod providers;
pub mod random;
mod router;
mod server;
pub mod settings;
pub mod store;

mod webhooks;

pub use server::{Server, StartError, Storage, open_beside};
