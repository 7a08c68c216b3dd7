//! What admin-local does to a file system.

#[cfg(test)]
mod clients;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod keyring;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod sink;
#[cfg(test)]
mod store;
