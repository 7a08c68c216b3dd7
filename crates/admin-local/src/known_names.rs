//! The ids and names that lists have shown, for the completion of a shell: it must not wait for a network or a keyring.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use admin_core::BaseUrl;
use admin_core::env::Environment;
use serde::{Deserialize, Serialize};

use crate::atomic::{Staged, folder_of};
use crate::credentials::origin;
use crate::{NoHome, cache_folder, create_private_folder};

/// More are no help at completing.
const MOST_OF_A_KIND: usize = 500;
/// The accounts that are remembered.
const MOST_ACCOUNTS: usize = 8;

/// An id and its name.
pub type KnownName = (String, String);

/// What is known of an account, by the kind of thing, which is what its ids begin with.
type Kinds = BTreeMap<String, Vec<KnownName>>;

/// A file of the user's. It has no secret, and nothing is lost with it.
#[derive(Debug)]
pub struct KnownNames {
    path: PathBuf,
    account: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    /// The newest last.
    accounts: Vec<(String, Kinds)>,
}

impl KnownNames {
    /// Those that a token may see, which is known by its last characters, at a control plane.
    ///
    /// # Errors
    /// There is no place for the file.
    pub fn of(environment: &Environment, base_url: &BaseUrl, token_hint: &str) -> Result<Self, NoHome> {
        let path = cache_folder(environment)?.join("names.json");
        Ok(Self { path, account: format!("{} …{token_hint}", origin(base_url)) })
    }

    /// The names of a kind; none where they cannot be read.
    pub fn get(&self, kind: &str) -> Vec<KnownName> {
        let content = self.read();
        let account = content.accounts.into_iter().find(|(account, _)| *account == self.account);
        account.and_then(|(_, mut kinds)| kinds.remove(kind)).unwrap_or_default()
    }

    /// Adds names of a kind, the newest first. Where they cannot be written, nobody is told: they are a convenience.
    pub fn add(&self, kind: &str, names: Vec<KnownName>) {
        let mut content = self.read();
        let before = content.accounts.iter().position(|(account, _)| *account == self.account);
        let (_, mut kinds) = before.map(|at| content.accounts.remove(at)).unwrap_or_default();
        let known = kinds.entry(kind.to_owned()).or_default();
        known.retain(|(id, _)| !names.iter().any(|(new, _)| new == id));
        known.splice(0..0, names);
        known.truncate(MOST_OF_A_KIND);
        content.accounts.push((self.account.clone(), kinds));
        let surplus = content.accounts.len().saturating_sub(MOST_ACCOUNTS);
        content.accounts.drain(..surplus);
        let Ok(text) = serde_json::to_vec(&content) else { return };
        let folder = folder_of(&self.path);
        let _ = create_private_folder(folder)
            .and_then(|()| Staged::write(folder, &text, None))
            .and_then(|staged| staged.replace(&self.path));
    }

    fn read(&self) -> Content {
        fs::read(&self.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_account_and_the_newest_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_str().unwrap().to_owned();
        let environment = Environment::new(move |name| (name == crate::AI_SETU_CONFIG_DIR).then(|| home.clone()));
        let of = |url: &str, hint: &str| KnownNames::of(&environment, &url.parse().unwrap(), hint).unwrap();
        let name = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        let lab = of("https://lab.example/api", "aaaa");
        assert_eq!(lab.get("key_"), []);
        lab.add("key_", vec![name("key_1", "ci"), name("key_2", "web")]);
        lab.add("ws_", vec![name("ws_1", "prod")]);
        lab.add("key_", vec![name("key_3", "new"), name("key_1", "renamed")]);
        assert_eq!(lab.get("key_"), [name("key_3", "new"), name("key_1", "renamed"), name("key_2", "web")]);
        assert_eq!(of("https://lab.example", "aaaa").get("ws_"), [name("ws_1", "prod")]);
        assert_eq!(of("https://lab.example", "bbbb").get("ws_"), []);
        assert_eq!(of("https://lab2.example", "aaaa").get("ws_"), []);
    }

    #[test]
    fn what_is_broken_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_str().unwrap().to_owned();
        let environment = Environment::new(move |name| (name == crate::AI_SETU_CONFIG_DIR).then(|| home.clone()));
        let names = KnownNames::of(&environment, &"https://lab.example".parse().unwrap(), "aaaa").unwrap();
        names.add("ws_", vec![("ws_1".to_owned(), "prod".to_owned())]);
        fs::write(&names.path, "{").unwrap();
        assert_eq!(names.get("ws_"), []);
        names.add("ws_", vec![("ws_2".to_owned(), "lab".to_owned())]);
        assert_eq!(names.get("ws_").len(), 1);
    }
}
