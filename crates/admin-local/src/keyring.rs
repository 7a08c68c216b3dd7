//! The keyring of the operating system, which may be locked, hang, or not be there at all.

#[cfg(all(feature = "keyring", any(target_os = "macos", windows)))]
mod native;
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod secret_service;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;
use std::{fmt, io};

use admin_core::env::Environment;
use admin_token::Secret;

/// `1` keeps tokens out of the keyring of the operating system: they go to the file.
pub const AI_SETU_NO_KEYRING: &str = "AI_SETU_NO_KEYRING";

/// How long the keyring may take. It answers within milliseconds, or hangs.
const DEADLINE: Duration = Duration::from_secs(2);
/// So many calls may hang: no more are begun, because each of them holds a thread.
const MOST_HANGING: usize = 4;
/// The calls that go on past their deadline.
static HANGING: AtomicUsize = AtomicUsize::new(0);

/// One for the call and one for who waits for it. If both are dropped, the call has come to hang and has ended: it counts no longer.
struct Hang(Arc<AtomicBool>);

impl Drop for Hang {
    fn drop(&mut self) {
        if self.0.swap(true, Ordering::AcqRel) {
            HANGING.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Why the keyring cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The user does not want it.
    #[error("`{AI_SETU_NO_KEYRING}` is set")]
    Off,
    /// The program has no code for it.
    #[error("this program was built without a keyring")]
    NotBuilt,
    /// The session has none, as in a container, over SSH, and often under WSL.
    #[error("there is no keyring in this session")]
    Absent,
    /// It did not answer.
    #[error("the keyring did not answer within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// Its owner would have to unlock it.
    #[error("the keyring is locked")]
    Locked,
    /// It does not do what it is asked.
    #[error("the keyring refused: {0}")]
    Refused(String),
}

impl KeyringError {
    /// What can be done about the keyring itself, where something can.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Off => Some(format!("without `{AI_SETU_NO_KEYRING}` the keyring is asked")),
            Self::Locked => Some("unlock the keyring".to_owned()),
            Self::Absent | Self::NotBuilt | Self::Silent(_) | Self::Refused(_) => None,
        }
    }
}

/// Keeps secrets, each under the names of a service and of an account there. A call may block for as long as it likes.
pub trait SecretStore: Send + Sync {
    /// Whether a new secret could be kept now. What cannot say so finds out when it is set.
    fn ready(&self) -> Result<(), KeyringError> {
        Ok(())
    }

    /// The secret of an account, if there is one.
    fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError>;

    /// Sets the secret of an account, new or not.
    fn set(&self, service: &str, account: &str, secret: &Secret) -> Result<(), KeyringError>;

    /// Forgets the secret of an account. One that is not there is no error.
    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError>;
}

/// A keyring that answers within a deadline, or not at all.
#[derive(Clone)]
pub struct Keyring {
    store: Result<Arc<dyn SecretStore>, KeyringError>,
    service: Arc<str>,
    deadline: Duration,
    /// Who did not answer once is not waited for again.
    silent: Arc<AtomicBool>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keyring").field(&self.service).field(&self.store.as_ref().map(|_| "..")).finish()
    }
}

impl Keyring {
    /// The one of the operating system, with our own entries. Nothing is asked of it yet.
    pub fn system(environment: &Environment) -> Self {
        let off = environment.get(AI_SETU_NO_KEYRING).is_some_and(|value| value != "0" && value != "false");
        let store = if off { Err(KeyringError::Off) } else { of_system(environment) };
        Self { store, service: SERVICE.into(), deadline: DEADLINE, silent: Arc::default() }
    }

    /// One that keeps its secrets elsewhere.
    pub fn new(store: Arc<dyn SecretStore>, deadline: Duration) -> Self {
        Self { store: Ok(store), service: SERVICE.into(), deadline, silent: Arc::default() }
    }

    /// The same keyring, with the entries of another service. If one of the two was silent, both were.
    #[must_use]
    pub fn of_service(&self, service: &str) -> Self {
        Self { service: service.into(), ..self.clone() }
    }

    /// The secret of an account, if there is one.
    pub fn get(&self, account: &str) -> Result<Option<Secret>, KeyringError> {
        let account = account.to_owned();
        self.within(move |store, service| store.get(service, &account))
    }

    /// The secret that an account has before it is set, if a new one could be kept now.
    pub fn get_before_set(&self, account: &str) -> Result<Option<Secret>, KeyringError> {
        let account = account.to_owned();
        self.within(move |store, service| {
            store.ready()?;
            store.get(service, &account)
        })
    }

    /// Sets the secret of an account, and sees whether it is there then.
    pub fn set(&self, account: &str, secret: &Secret) -> Result<(), KeyringError> {
        let (account, secret) = (account.to_owned(), secret.clone());
        self.within(move |store, service| {
            store.set(service, &account, &secret)?;
            match store.get(service, &account)? {
                Some(kept) if kept.expose() == secret.expose() => Ok(()),
                _ => Err(KeyringError::Refused("it took the secret, and does not give it back".to_owned())),
            }
        })
    }

    /// Forgets the secret of an account. One that is not there is no error.
    pub fn delete(&self, account: &str) -> Result<(), KeyringError> {
        let account = account.to_owned();
        self.within(move |store, service| store.delete(service, &account))
    }

    /// Calls on a thread of its own. One that hangs is left behind, and ends with the process.
    fn within<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn SecretStore, &str) -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let store = self.store.clone()?;
        if self.silent.load(Ordering::Relaxed) {
            return Err(KeyringError::Silent(self.deadline));
        }
        if HANGING.load(Ordering::Relaxed) >= MOST_HANGING {
            return Err(KeyringError::Silent(self.deadline));
        }
        let service = Arc::clone(&self.service);
        let (sender, receiver) = mpsc::sync_channel(1);
        let one_is_gone = Arc::new(AtomicBool::new(false));
        let running = Hang(Arc::clone(&one_is_gone));
        let started = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            // Dropped also when the library panics.
            let _running = running;
            // Nobody waits any more if it took too long.
            let _ = sender.send(call(&*store, &service));
        });
        started.map_err(|error| no_thread(&error))?;
        receiver.recv_timeout(self.deadline).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => {
                    HANGING.fetch_add(1, Ordering::Relaxed);
                    drop(Hang(one_is_gone));
                    self.silent.store(true, Ordering::Relaxed);
                    KeyringError::Silent(self.deadline)
                }
                RecvTimeoutError::Disconnected => KeyringError::Refused("its library panicked".to_owned()),
            })
        })
    }
}

fn no_thread(error: &io::Error) -> KeyringError {
    KeyringError::Refused(format!("there is no thread to ask it on: {error}"))
}

/// Under which name a keyring shows our entries.
const SERVICE: &str = "aisetu";

#[cfg(all(feature = "keyring", target_os = "linux"))]
fn of_system(environment: &Environment) -> Result<Arc<dyn SecretStore>, KeyringError> {
    // Where there is no session bus, its library would start one, which nobody asked for.
    let named = environment.get("DBUS_SESSION_BUS_ADDRESS").is_some();
    let usual = || Some(std::path::Path::new(&environment.get("XDG_RUNTIME_DIR")?).join("bus").exists());
    if named || usual().unwrap_or(false) {
        Ok(Arc::new(secret_service::SecretService))
    } else {
        Err(KeyringError::Absent)
    }
}

#[cfg(all(feature = "keyring", any(target_os = "macos", windows)))]
fn of_system(_: &Environment) -> Result<Arc<dyn SecretStore>, KeyringError> {
    Ok(Arc::new(native::Native))
}

#[cfg(all(feature = "keyring", not(any(target_os = "linux", target_os = "macos", windows))))]
fn of_system(_: &Environment) -> Result<Arc<dyn SecretStore>, KeyringError> {
    Err(KeyringError::Absent)
}

#[cfg(not(feature = "keyring"))]
fn of_system(_: &Environment) -> Result<Arc<dyn SecretStore>, KeyringError> {
    Err(KeyringError::NotBuilt)
}
