//! The real binary against a pretended API: what it sends, prints and exits with.

#[cfg(test)]
mod api;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod billing;
#[cfg(test)]
mod check;
#[cfg(test)]
#[cfg(all(unix, feature = "mcp"))]
mod clients;
#[cfg(test)]
mod confirm;
#[cfg(test)]
mod credentials;
#[cfg(test)]
#[cfg(all(unix, feature = "server"))]
mod dev;
#[cfg(test)]
mod doctor;
#[cfg(test)]
#[cfg(all(target_os = "linux", feature = "server", feature = "mcp"))]
mod every_command;
#[cfg(test)]
mod exit_codes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod key_logs;
#[cfg(test)]
mod login;
#[cfg(test)]
mod logout;
#[cfg(test)]
#[cfg(all(unix, feature = "mcp", feature = "server"))]
mod mcp;
#[cfg(test)]
mod names;
#[cfg(test)]
mod output;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod profiles;
#[cfg(test)]
#[cfg(unix)]
mod progress;
#[cfg(test)]
mod provider_credentials;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod requests;
#[cfg(test)]
#[cfg(all(unix, feature = "server"))]
mod retry;
#[cfg(test)]
#[cfg(unix)]
mod secret_places;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod status;
#[cfg(test)]
#[cfg(all(unix, feature = "server"))]
mod story;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod usage_commands;
#[cfg(test)]
mod verify;
