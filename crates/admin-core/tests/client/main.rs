//! The client against servers that answer well, badly, late and not at all.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, its helpers too")]

mod calls;
mod config;
mod faults;
mod gateway;
mod retries;
mod secrets;
mod support;
