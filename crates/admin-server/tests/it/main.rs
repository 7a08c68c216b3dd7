//! The program `aisetu-server`, as its operator meets it.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic, and its helpers too")]

mod check;
mod crash;
mod disk;
mod init;
mod kek;
mod key_log_crash;
mod ledger;
mod logs;
mod payments;
mod process;
mod shutdown;
mod start;
mod token;
mod usage_crash;
