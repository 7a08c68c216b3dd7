//! The credential store: a file that says where, and a keyring that has or has not.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use admin_local::{
    CredentialError, CredentialStore, Keyring, KeyringError, Profile, Profiles, Saved, SecretStore, SignedIn,
};
use admin_token::{Secret, TokenKind};
use tempfile::TempDir;

/// A keyring in memory, which can be locked.
#[derive(Default)]
struct Memory {
    secrets: Mutex<BTreeMap<String, String>>,
    locked: Mutex<bool>,
}

impl Memory {
    fn usable(&self) -> Result<(), KeyringError> {
        if *self.locked.lock().unwrap() { Err(KeyringError::Locked) } else { Ok(()) }
    }

    fn accounts(&self) -> Vec<String> {
        self.secrets.lock().unwrap().keys().cloned().collect()
    }
}

impl SecretStore for Memory {
    fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError> {
        assert_eq!(service, "aisetu");
        self.usable()?;
        Ok(self.secrets.lock().unwrap().get(account).map(Secret::new))
    }

    fn set(&self, service: &str, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        assert_eq!(service, "aisetu");
        self.usable()?;
        self.secrets.lock().unwrap().insert(account.to_owned(), secret.expose().to_owned());
        Ok(())
    }

    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        assert_eq!(service, "aisetu");
        self.usable()?;
        self.secrets.lock().unwrap().remove(account);
        Ok(())
    }
}

fn pat(seed: u8) -> Secret {
    admin_token::mint(TokenKind::Pat, |buffer| buffer.fill(seed)).into_secret()
}

fn signed_in(base_url: &str, seed: u8) -> SignedIn {
    SignedIn {
        base_url: base_url.parse().unwrap(),
        pat: pat(seed),
        expires_at: "2027-02-20T09:30:00Z".parse().unwrap(),
        email: Some("ada@example.com".to_owned()),
        tenant: Some("ten_1".to_owned()),
    }
}

struct Machine {
    _folder: TempDir,
    memory: Arc<Memory>,
    store: CredentialStore,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let memory = Arc::new(Memory::default());
        let profiles = Profiles::in_folder(&folder.path().join("aisetu"));
        let store = CredentialStore::new(profiles, Keyring::new(memory.clone(), Duration::from_secs(2)));
        Self { _folder: folder, memory, store }
    }

    fn file(&self) -> String {
        fs::read_to_string(self.store.profiles().path()).unwrap()
    }

    fn token(&self, name: &str) -> Result<Secret, CredentialError> {
        self.store.token(name, &self.store.profiles().get(name).unwrap())
    }

    fn why(&self, name: &str) -> String {
        let error = self.token(name).unwrap_err();
        let mut lines = vec![format!("{} {error}", error.code())];
        lines.extend(error.hints().iter().map(|hint| format!("hint: {hint}")));
        lines.join("\n")
    }
}

#[test]
fn a_token_is_in_the_keyring_and_the_file_says_so() {
    let machine = Machine::new();
    let saved = machine.store.save("default", &signed_in("https://lab.example/api", 1)).unwrap();
    assert_eq!(saved, Saved::Keyring);
    assert_eq!(machine.token("default").unwrap().expose(), pat(1).expose());
    insta::assert_snapshot!(machine.file().replace(pat(1).hint(), "[HINT]"), @r#"
    [profile.default]
    base_url = "https://lab.example/api"
    store = "keyring"
    hint = "[HINT]"
    expires_at = "2027-02-20T09:30:00.000Z"
    email = "ada@example.com"
    tenant = "ten_1"
    "#);
    let account = format!("default @ https://lab.example …{}", pat(1).hint());
    assert_eq!(machine.memory.accounts(), [account]);
}

#[test]
fn a_keyring_that_cannot_take_it_leaves_it_to_the_file() {
    let machine = Machine::new();
    *machine.memory.locked.lock().unwrap() = true;
    let saved = machine.store.save("default", &signed_in("https://lab.example", 1)).unwrap();
    let path = machine.store.profiles().path().to_owned();
    assert_eq!(saved, Saved::File { path, because: KeyringError::Locked });
    assert_eq!(machine.token("default").unwrap().expose(), pat(1).expose(), "the keyring is not needed to read it");
    insta::assert_snapshot!(machine.file().replace(pat(1).expose(), "[PAT]"), @r#"
    [profile.default]
    base_url = "https://lab.example"
    pat = "[PAT]"
    expires_at = "2027-02-20T09:30:00.000Z"
    email = "ada@example.com"
    tenant = "ten_1"
    "#);
}

#[test]
fn a_file_that_was_changed_leads_to_no_token() {
    let machine = Machine::new();
    machine.store.save("default", &signed_in("https://lab.example", 1)).unwrap();
    let path = machine.store.profiles().path();
    fs::write(path, machine.file().replace("lab.example", "evil.example")).unwrap();
    insta::assert_snapshot!(machine.why("default"), @"
    UNAUTHENTICATED the keyring has no token of profile `default` for https://evil.example: it was taken out, or the profile was changed by hand
    hint: sign in again with `aisetu auth login`
    ");
    // Another port of the host is another program, and another name another profile.
    fs::write(path, machine.file().replace("evil.example", "lab.example:8443")).unwrap();
    assert!(matches!(machine.token("default"), Err(CredentialError::NotInKeyring { .. })));
    fs::write(path, machine.file().replace(":8443", "/v2").replace("profile.default", "profile.x")).unwrap();
    assert!(matches!(machine.token("x"), Err(CredentialError::NotInKeyring { .. })));
    fs::write(path, machine.file().replace("profile.x", "profile.default")).unwrap();
    assert_eq!(machine.token("default").unwrap().expose(), pat(1).expose(), "another path of the host");
}

#[test]
fn a_keyring_that_is_gone_is_told_with_the_ways_out() {
    let machine = Machine::new();
    machine.store.save("lab", &signed_in("https://lab.example", 1)).unwrap();
    *machine.memory.locked.lock().unwrap() = true;
    insta::assert_snapshot!(machine.why("lab"), @"
    UNAUTHENTICATED the token of profile `lab` is in the keyring, and the keyring is locked
    hint: unlock the keyring
    hint: keep the token in a file instead, with `AI_SETU_NO_KEYRING=1 aisetu auth login --profile lab`, or set `AI_SETU_PAT` to a token
    ");
}

#[test]
fn the_next_token_takes_the_place_of_the_one_before() {
    let machine = Machine::new();
    machine.store.save("default", &signed_in("https://lab.example", 1)).unwrap();
    machine.store.save("default", &signed_in("https://lab.example", 2)).unwrap();
    assert_eq!(machine.token("default").unwrap().expose(), pat(2).expose());
    assert_eq!(machine.memory.accounts().len(), 1, "the first one is forgotten");
    // Into the file, and back.
    *machine.memory.locked.lock().unwrap() = true;
    machine.store.save("default", &signed_in("https://lab.example", 3)).unwrap();
    assert!(!machine.file().contains("store"));
    *machine.memory.locked.lock().unwrap() = false;
    machine.store.save("default", &signed_in("https://lab.example", 4)).unwrap();
    assert!(!machine.file().contains(pat(3).expose()), "{}", machine.file());
}

#[test]
fn a_token_that_cannot_be_kept_is_kept_nowhere() {
    let machine = Machine::new();
    machine.store.save("default", &signed_in("https://lab.example", 1)).unwrap();
    fs::write(machine.store.profiles().path(), "profile = 1\n").unwrap();
    let accounts = machine.memory.accounts();
    machine.store.save("default", &signed_in("https://lab.example", 2)).unwrap_err();
    assert_eq!((machine.file().as_str(), machine.memory.accounts()), ("profile = 1\n", accounts));
}

#[test]
fn forgetting_takes_out_file_and_keyring() {
    let machine = Machine::new();
    assert!(machine.store.forget("default").unwrap().is_none(), "there was none");
    machine.store.save("default", &signed_in("https://lab.example", 1)).unwrap();
    machine.store.profiles().put("own", &Profile::new("https://own.example".parse().unwrap(), pat(5))).unwrap();
    assert_eq!(machine.store.forget("default").unwrap(), Some(Ok(())));
    assert_eq!(machine.memory.accounts(), Vec::<String>::new());
    assert_eq!(machine.store.profiles().names().unwrap(), ["own"]);
    machine.store.save("default", &signed_in("https://lab.example", 1)).unwrap();
    *machine.memory.locked.lock().unwrap() = true;
    assert_eq!(machine.store.forget("default").unwrap(), Some(Err(KeyringError::Locked)));
    assert!(!machine.file().contains("default"), "nothing leads to it");
}
