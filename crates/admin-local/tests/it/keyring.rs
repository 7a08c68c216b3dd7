//! The keyring: within its deadline, or not at all.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use admin_core::env::Environment;
use admin_local::{AI_SETU_NO_KEYRING, Keyring, KeyringError, SecretStore};
use admin_token::Secret;

/// Answers nothing until it is dropped.
pub(crate) struct Hangs(Mutex<Receiver<()>>);

impl Hangs {
    pub(crate) fn new() -> (Sender<()>, Arc<Self>) {
        let (sender, receiver) = channel();
        (sender, Arc::new(Self(Mutex::new(receiver))))
    }

    fn hang<T>(&self) -> Result<T, KeyringError> {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
        Err(KeyringError::Absent)
    }
}

impl SecretStore for Hangs {
    fn get(&self, _: &str, _: &str) -> Result<Option<Secret>, KeyringError> {
        self.hang()
    }

    fn set(&self, _: &str, _: &str, _: &Secret) -> Result<(), KeyringError> {
        self.hang()
    }

    fn delete(&self, _: &str, _: &str) -> Result<(), KeyringError> {
        self.hang()
    }
}

/// Takes everything, and has nothing.
struct Forgets;

impl SecretStore for Forgets {
    fn get(&self, _: &str, _: &str) -> Result<Option<Secret>, KeyringError> {
        Ok(None)
    }

    fn set(&self, _: &str, _: &str, _: &Secret) -> Result<(), KeyringError> {
        Ok(())
    }

    fn delete(&self, _: &str, _: &str) -> Result<(), KeyringError> {
        Ok(())
    }
}

fn of(variables: &'static [(&str, &str)]) -> Keyring {
    let found = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Keyring::system(&Environment::new(found))
}

#[test]
fn one_that_hangs_is_waited_for_once() {
    let deadline = Duration::from_millis(50);
    let (_open, hangs) = Hangs::new();
    let keyring = Keyring::new(hangs, deadline);
    let start = Instant::now();
    assert_eq!(keyring.get("a").unwrap_err(), KeyringError::Silent(deadline));
    assert!(start.elapsed() >= deadline);
    let start = Instant::now();
    assert_eq!(keyring.set("a", &Secret::new("s")), Err(KeyringError::Silent(deadline)));
    assert_eq!(keyring.delete("a"), Err(KeyringError::Silent(deadline)));
    assert!(start.elapsed() < deadline, "it was waited for again");
}

/// Answers after a while, and panics once it is told to.
struct Slow(Duration);

impl SecretStore for Slow {
    fn get(&self, _: &str, account: &str) -> Result<Option<Secret>, KeyringError> {
        std::thread::sleep(self.0);
        assert_ne!(account, "panics");
        Ok(None)
    }

    fn set(&self, _: &str, _: &str, _: &Secret) -> Result<(), KeyringError> {
        Ok(())
    }

    fn delete(&self, _: &str, _: &str) -> Result<(), KeyringError> {
        Ok(())
    }
}

#[test]
fn many_calls_at_once_that_do_not_hang_all_get_their_answer() {
    let keyring = Keyring::new(Arc::new(Slow(Duration::from_millis(100))), Duration::from_secs(10));
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..16).map(|_| scope.spawn(|| keyring.get("a").map(drop))).collect();
        for call in calls {
            assert_eq!(call.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn a_call_that_panics_does_not_count_as_one_that_hangs() {
    let whole = Keyring::new(Arc::new(Slow(Duration::ZERO)), Duration::from_secs(10));
    let slow = Arc::new(Slow(Duration::from_millis(150)));
    for _ in 0..5 {
        assert!(matches!(whole.get("panics"), Err(KeyringError::Refused(_))));
        // It panics when nobody waits for it any more.
        let deadline = Duration::from_millis(10);
        assert_eq!(Keyring::new(slow.clone(), deadline).get("panics").map(drop), Err(KeyringError::Silent(deadline)));
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(whole.get("a").map(drop), Ok(()));
}

#[test]
fn one_that_forgets_is_none() {
    let keyring = Keyring::new(Arc::new(Forgets), Duration::from_secs(2));
    let why = "it took the secret, and does not give it back".to_owned();
    assert_eq!(keyring.set("a", &Secret::new("s")), Err(KeyringError::Refused(why)));
}

#[test]
fn it_can_be_switched_off() {
    assert_eq!(of(&[(AI_SETU_NO_KEYRING, "1")]).get("a").unwrap_err(), KeyringError::Off);
    assert_ne!(of(&[(AI_SETU_NO_KEYRING, "0")]).get("a").map(|_| ()), Err(KeyringError::Off));
    assert_ne!(of(&[(AI_SETU_NO_KEYRING, "")]).get("a").map(|_| ()), Err(KeyringError::Off));
}

#[cfg(all(target_os = "linux", feature = "keyring"))]
#[test]
fn without_a_session_bus_there_is_none_and_none_is_started() {
    assert_eq!(of(&[]).get("a").unwrap_err(), KeyringError::Absent);
    assert_eq!(of(&[("XDG_RUNTIME_DIR", "/no/such/folder")]).get("a").unwrap_err(), KeyringError::Absent);
}
