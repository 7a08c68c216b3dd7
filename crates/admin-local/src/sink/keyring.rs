//! `keyring:SERVICE/ACCOUNT`: an entry of the operating system's keyring.

use admin_token::Secret;

use super::{Before, DeliveryError, Overwrites, Receipt, overwrites};
use crate::{Keyring, KeyringError};

/// An entry that can be set.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    keyring: Keyring,
    service: String,
    account: String,
    overwrites: Overwrites,
}

pub(super) fn probe(service: &str, account: &str, keyring: &Keyring) -> Result<Entry, DeliveryError> {
    let keyring = keyring.of_service(service);
    let found = keyring.get_before_set(account).map_err(unusable(service, account))?;
    let overwrites = overwrites(found.as_ref().map(Secret::expose));
    Ok(Entry { keyring, service: service.to_owned(), account: account.to_owned(), overwrites })
}

impl Entry {
    pub(super) fn overwrites(&self) -> Overwrites {
        self.overwrites
    }

    /// What the keyring holds now.
    pub(super) fn before(&self) -> Result<Before, DeliveryError> {
        let value = self.keyring.get(&self.account).map_err(unusable(&self.service, &self.account))?;
        Ok(Before::keyring(self.clone(), value))
    }

    pub(super) fn put_back(self, secret: &Secret, value: Option<&Secret>) -> Result<(), DeliveryError> {
        let Self { keyring, service, account, .. } = self;
        let unusable = || unusable(&service, &account);
        let found = keyring.get(&account).map_err(unusable())?;
        if found.as_ref().map(Secret::expose) != Some(secret.expose()) {
            return Err(DeliveryError::Changed { place: format!("`{service}/{account}` in the keyring") });
        }
        match value {
            Some(value) => keyring.set(&account, value),
            None => keyring.delete(&account),
        }
        .map_err(unusable())
    }

    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { keyring, service, account, .. } = self;
        keyring.set(&account, secret).map_err(unusable(&service, &account))?;
        Ok(Receipt::Keyring { service, account })
    }
}

fn unusable(service: &str, account: &str) -> impl FnOnce(KeyringError) -> DeliveryError {
    let (service, account) = (service.to_owned(), account.to_owned());
    move |cause| DeliveryError::Keyring { service, account, cause }
}
