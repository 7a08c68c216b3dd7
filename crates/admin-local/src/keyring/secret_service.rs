//! The Secret Service of a Linux desktop, such as GNOME Keyring or `KWallet`, over D-Bus.

use std::collections::HashMap;

use admin_token::Secret;
use dbus_secret_service::{EncryptionType, Error, Item, SearchItemsResult};

use super::{DEADLINE, KeyringError, SecretStore};

/// Reached anew with each call: what was reached before may be gone.
pub(super) struct SecretService;

impl SecretStore for SecretService {
    fn ready(&self) -> Result<(), KeyringError> {
        if connect()?.get_default_collection()?.is_locked()? { Err(KeyringError::Locked) } else { Ok(()) }
    }

    fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError> {
        let bus = connect()?;
        let SearchItemsResult { unlocked, locked } = bus.search_items(attributes(service, account))?;
        let Some(item) = unlocked.first() else {
            return if locked.is_empty() { Ok(None) } else { Err(KeyringError::Locked) };
        };
        let bytes = item.get_secret()?;
        String::from_utf8(bytes).map(|text| Some(Secret::new(text))).map_err(|_| refused("the secret is no text"))
    }

    fn set(&self, service: &str, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        let bus = connect()?;
        let collection = bus.get_default_collection()?;
        if collection.is_locked()? {
            return Err(KeyringError::Locked);
        }
        let label = format!("{service}: {account}");
        collection.create_item(&label, attributes(service, account), secret.expose().as_bytes(), true, "text/plain")?;
        Ok(())
    }

    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        let bus = connect()?;
        let SearchItemsResult { unlocked, locked } = bus.search_items(attributes(service, account))?;
        unlocked.iter().try_for_each(Item::delete)?;
        if locked.is_empty() { Ok(()) } else { Err(KeyringError::Locked) }
    }
}

/// The secret crosses the session bus as it is: only programs of the same user can listen there, and they can ask the keyring
/// themselves. Nobody is prompted: an answer would take longer than is waited for it.
fn connect() -> Result<dbus_secret_service::SecretService, Error> {
    dbus_secret_service::SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, 0)
}

fn attributes<'a>(service: &'a str, account: &'a str) -> HashMap<&'a str, &'a str> {
    HashMap::from([("service", service), ("account", account)])
}

fn refused(why: &str) -> KeyringError {
    KeyringError::Refused(why.to_owned())
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable => Self::Absent,
            Error::Locked | Error::Prompt => Self::Locked,
            Error::NoResult => refused("it has no collection for new entries"),
            Error::Dbus(error) => match error.name() {
                Some(
                    "org.freedesktop.DBus.Error.ServiceUnknown"
                    | "org.freedesktop.DBus.Error.NoServer"
                    | "org.freedesktop.DBus.Error.FileNotFound",
                ) => Self::Absent,
                // Its library gives up on a single call at the same time as we do on all of them.
                Some("org.freedesktop.DBus.Error.NoReply" | "org.freedesktop.DBus.Error.Timeout") => {
                    Self::Silent(DEADLINE)
                }
                _ => refused(error.message().unwrap_or("it does not say why")),
            },
            other => refused(&other.to_string()),
        }
    }
}
