//! A keyring in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use admin_local::{KeyringError, SecretStore};
use admin_token::Secret;

/// Secrets by service and account. It can be locked, for reading and writing, or against new secrets alone.
#[derive(Default)]
pub(crate) struct Memory {
    secrets: Mutex<BTreeMap<(String, String), String>>,
    locked: Mutex<bool>,
    full: Mutex<bool>,
}

impl Memory {
    pub(crate) fn lock(&self) {
        *self.locked.lock().unwrap() = true;
    }

    /// What is there can still be read.
    pub(crate) fn take_no_more(&self) {
        *self.full.lock().unwrap() = true;
    }

    pub(crate) fn put(&self, service: &str, account: &str, secret: &str) {
        self.secrets.lock().unwrap().insert((service.to_owned(), account.to_owned()), secret.to_owned());
    }

    /// `service/account=secret`, one a line.
    pub(crate) fn content(&self) -> String {
        let line =
            |((service, account), secret): (&(String, String), &String)| format!("{service}/{account}={secret}\n");
        self.secrets.lock().unwrap().iter().map(line).collect()
    }

    fn usable(&self) -> Result<(), KeyringError> {
        if *self.locked.lock().unwrap() { Err(KeyringError::Locked) } else { Ok(()) }
    }
}

impl SecretStore for Memory {
    fn ready(&self) -> Result<(), KeyringError> {
        if *self.full.lock().unwrap() { Err(KeyringError::Locked) } else { self.usable() }
    }

    fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError> {
        self.usable()?;
        Ok(self.secrets.lock().unwrap().get(&(service.to_owned(), account.to_owned())).map(Secret::new))
    }

    fn set(&self, service: &str, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        self.ready()?;
        self.put(service, account, secret.expose());
        Ok(())
    }

    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        self.usable()?;
        self.secrets.lock().unwrap().remove(&(service.to_owned(), account.to_owned()));
        Ok(())
    }
}
