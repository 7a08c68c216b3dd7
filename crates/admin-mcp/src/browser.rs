//! The browser of the person at this machine.

use std::process::Stdio;

use admin_core::env::Environment;

/// Whether this machine has a screen that its person looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Browser {
    has_screen: bool,
}

impl Browser {
    pub(crate) fn of(environment: &Environment) -> Self {
        let is_set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
        let elsewhere = ["SSH_CONNECTION", "SSH_TTY", "CI"].into_iter().any(is_set);
        let display = !cfg!(all(unix, not(target_os = "macos"))) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
        Self { has_screen: display && !elsewhere }
    }

    /// Whether a page can be shown to somebody.
    pub(crate) const fn has_screen(self) -> bool {
        self.has_screen
    }

    /// Shows a page; whether some program took it. What it prints goes nowhere: standard output belongs to the protocol.
    pub(crate) fn show(self, url: &str) -> bool {
        self.has_screen
            && open::commands(url).into_iter().any(|mut command| {
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
            })
    }
}
