//! A control plane in this process, and all that is promised of it.

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
mod client;
#[cfg(test)]
mod http;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod pats;
#[cfg(test)]
mod projects;
#[cfg(test)]
mod provision;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod service_tokens;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod workspaces;
