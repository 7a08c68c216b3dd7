//! The text of `credentials.toml`. What is not set stays as a person wrote it.

use std::fmt;
use std::path::{Path, PathBuf};

use admin_core::{BaseUrl, DateTime};
use admin_token::Secret;
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::{Kept, Profile, ProfileError};
use crate::toml_file::{remove, set, table_in};

/// What `store` says of a token that is in the keyring.
const KEYRING: &str = "keyring";

/// The file as it is edited.
pub(super) struct Document {
    path: PathBuf,
    toml: DocumentMut,
}

impl Document {
    pub(super) fn new(path: &Path, toml: DocumentMut) -> Self {
        Self { path: path.to_owned(), toml }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.profiles().into_iter().flat_map(|table| table.iter()).map(|(name, _)| name.to_owned()).collect()
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<Profile>, ProfileError> {
        let Some(item) = self.profiles().and_then(|profiles| profiles.get(name)) else { return Ok(None) };
        let broken =
            |field, expected| ProfileError::Field { name: name.to_owned(), path: self.path.clone(), field, expected };
        let text = |field| item.get(field).and_then(Item::as_str);
        let base_url = text("base_url").ok_or_else(|| broken("base_url", "a URL"))?;
        // Whether `http` may go to a host was decided when the profile was written, and is again when a client is made.
        let base_url = BaseUrl::parse(base_url, true).map_err(|reason| ProfileError::BaseUrl {
            name: name.to_owned(),
            path: self.path.clone(),
            reason,
        })?;
        let pat = match (text("pat"), item.get("store")) {
            (Some(pat), _) => Kept::File(Secret::new(pat)),
            (None, None) => return Err(broken("pat", "a personal access token")),
            (None, Some(store)) if store.as_str() == Some(KEYRING) => {
                let hint = text("hint").ok_or_else(|| broken("hint", "the end of the token in the keyring"))?;
                Kept::Keyring { hint: hint.to_owned() }
            }
            (None, Some(_)) => return Err(broken("store", "`keyring`")),
        };
        let expires_at = match item.get("expires_at") {
            None => None,
            Some(value) => Some(instant(value).ok_or_else(|| broken("expires_at", "an instant (RFC 3339)"))?),
        };
        let [email, tenant] = ["email", "tenant"].map(|field| text(field).map(str::to_owned));
        Ok(Some(Profile { base_url, pat, expires_at, email, tenant }))
    }

    pub(super) fn put(&mut self, name: &str, profile: &Profile) -> Result<(), ProfileError> {
        let broken =
            |field, expected| ProfileError::Field { name: name.to_owned(), path: self.path.clone(), field, expected };
        let Profile { base_url, pat, expires_at, email, tenant } = profile;
        let (pat, store, hint) = match pat {
            Kept::File(pat) => (Some(pat.expose()), None, None),
            Kept::Keyring { hint } => (None, Some(KEYRING), Some(hint.as_str())),
        };
        let expires_at = expires_at.map(|at| at.to_string());
        for (field, text) in [
            ("base_url", Some(base_url.as_str())),
            ("pat", pat),
            ("store", store),
            ("hint", hint),
            ("expires_at", expires_at.as_deref()),
            ("email", email.as_deref()),
            ("tenant", tenant.as_deref()),
        ] {
            let Some(text) = text else {
                remove(&mut self.toml, &["profile", name, field]);
                continue;
            };
            let not_a_table = || broken("profile", "a table");
            let profiles = table_in(self.toml.as_table_mut(), "profile", true).ok_or_else(not_a_table)?;
            set(table_in(profiles, name, false).ok_or_else(not_a_table)?, field, text);
        }
        Ok(())
    }

    /// Takes a profile out; tells whether it was there.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        remove(&mut self.toml, &["profile", name]).is_some()
    }

    fn profiles(&self) -> Option<&dyn TableLike> {
        self.toml.get("profile")?.as_table_like()
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.toml.fmt(f)
    }
}

/// A person may write an instant as TOML's own type.
fn instant(item: &Item) -> Option<DateTime> {
    match item.as_value()? {
        Value::String(text) => text.value().parse().ok(),
        Value::Datetime(instant) => instant.value().to_string().parse().ok(),
        _ => None,
    }
}
