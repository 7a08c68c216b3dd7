//! Every operation, by namespace. A new one also takes a line in `surface.rs`.

#![expect(missing_debug_implementations, reason = "cynic's derives add types without it, and wire types need none")]

pub mod api_keys;
pub mod audit;
pub mod auth;
pub mod billing;
pub mod members;
pub mod pats;
pub mod projects;
pub mod provider_credentials;
pub mod usage;
pub mod workspaces;
