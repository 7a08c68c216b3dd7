//! What admin-local does to a user's machine.

#[cfg(test)]
mod clients;
#[cfg(test)]
mod credentials;
#[cfg(test)]
#[cfg(unix)]
mod fake;
#[cfg(test)]
mod keyring;
#[cfg(test)]
#[cfg(unix)]
mod memory;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod sink;
#[cfg(test)]
#[cfg(unix)]
mod source;
#[cfg(test)]
mod store;
