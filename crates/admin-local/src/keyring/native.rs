//! The Keychain of macOS, and the Credential Manager of Windows.

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(windows)]
use windows_native_keyring_store::Store;

use admin_token::Secret;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};

use super::{KeyringError, SecretStore};

pub(super) struct Native;

impl SecretStore for Native {
    fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError> {
        match entry(service, account)?.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn set(&self, service: &str, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        Ok(entry(service, account)?.set_password(secret.expose())?)
    }

    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        match entry(service, account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn entry(service: &str, account: &str) -> Result<Entry, Error> {
    Store::new()?.build(service, account, None)
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoStorageAccess(_) => Self::Locked,
            // These hold what was read, perhaps a secret: it is not shown.
            Error::BadEncoding(_) | Error::BadDataFormat(..) => Self::Refused("the secret is no text".to_owned()),
            other => Self::Refused(other.to_string()),
        }
    }
}
