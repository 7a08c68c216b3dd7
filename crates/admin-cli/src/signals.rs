//! Signals that ask the process to end. They end it, but while something has to come to its end first.

use std::cell::{Cell, OnceCell};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether such a signal is left to whoever waits for it.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    holds: Cell<usize>,
    /// Whether a signal ends the process; there once one was held.
    ends: OnceCell<Arc<AtomicBool>>,
}

/// As long as it is there, a signal does not end the process by itself.
#[derive(Debug)]
pub(crate) struct Hold<'a>(&'a Signals);

impl Signals {
    /// Holds Ctrl-C, and the signal by which a job is ended.
    pub(crate) fn hold(&self) -> io::Result<Hold<'_>> {
        let ends = if let Some(ends) = self.ends.get() {
            ends
        } else {
            let ends = registered()?;
            self.ends.get_or_init(|| ends)
        };
        ends.store(false, Ordering::SeqCst);
        self.holds.set(self.holds.get() + 1);
        Ok(Hold(self))
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let left = self.0.holds.get() - 1;
        self.0.holds.set(left);
        if let Some(ends) = self.0.ends.get().filter(|_| left == 0) {
            ends.store(true, Ordering::SeqCst);
        }
    }
}

/// A switch for what the signals do: whoever asks tokio for one takes their effect away for good.
#[cfg(unix)]
fn registered() -> io::Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag::register_conditional_default;
    let ends = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        register_conditional_default(signal, Arc::clone(&ends))?;
    }
    Ok(ends)
}

#[cfg(not(unix))]
fn registered() -> io::Result<Arc<AtomicBool>> {
    Ok(Arc::default())
}
