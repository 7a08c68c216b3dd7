//! What of the user's machine a secret may pass through.

use std::time::Duration;

use admin_core::env::Environment;

use crate::Keyring;

/// How long another program may take. A person may have to touch something meanwhile.
const DEADLINE: Duration = Duration::from_secs(60);
/// How long a secret is left on the clipboard: time enough to paste it.
const ON_CLIPBOARD: Duration = Duration::from_secs(45);

/// The parts of the user's machine that secrets come from and go to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Machine {
    /// Where variables are looked up, and so the programs.
    pub environment: Environment,
    /// Where the operating system keeps secrets.
    pub keyring: Keyring,
    /// How long another program may take; 60 s.
    pub deadline: Duration,
    /// How long a secret is left on the clipboard; 45 s.
    pub on_clipboard: Duration,
}

impl Machine {
    /// The one with this environment. Nothing is asked of it yet.
    pub fn of(environment: &Environment) -> Self {
        Self {
            environment: environment.clone(),
            keyring: Keyring::system(environment),
            deadline: DEADLINE,
            on_clipboard: ON_CLIPBOARD,
        }
    }
}
