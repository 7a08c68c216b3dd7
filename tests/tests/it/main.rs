//! A control plane in this process, and all that is promised of it.

#[cfg(test)]
mod api_key_rules;
#[cfg(test)]
mod api_keys;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod audit_events;
#[cfg(test)]
mod authentication;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod billing;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod client;
#[cfg(test)]
mod http;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod kek;
#[cfg(test)]
mod key_logs;
#[cfg(test)]
mod lookups;
#[cfg(test)]
mod members;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod pats;
#[cfg(test)]
mod payments;
#[cfg(test)]
mod peer_bugs;
#[cfg(test)]
mod projects;
#[cfg(test)]
mod provider_credentials;
#[cfg(test)]
mod provision;
#[cfg(test)]
mod resolve;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod service_tokens;
mod sign_in;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod workspaces;
