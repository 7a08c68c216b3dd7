//! The signals that ask a process to end.

use std::io;

#[cfg(unix)]
pub(super) use unix::{Asked, Signals};
#[cfg(not(unix))]
pub(super) use windows::{Asked, Signals};

#[cfg(unix)]
mod unix {
    use rustix::process::Signal;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    use super::io;

    /// Which signal came.
    pub(in super::super) type Asked = Signal;

    /// INT, TERM and HUP, from its making on: none of them ends the process by itself any more.
    #[derive(Debug)]
    pub(in super::super) struct Signals {
        interrupt: Stream,
        terminate: Stream,
        hangup: Stream,
    }

    impl Signals {
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
            })
        }

        /// Waits for the next one.
        pub(in super::super) async fn next(&mut self) -> Asked {
            tokio::select! {
                _ = self.interrupt.recv() => Signal::INT,
                _ = self.terminate.recv() => Signal::TERM,
                _ = self.hangup.recv() => Signal::HUP,
            }
        }
    }
}

#[cfg(not(unix))]
mod windows {
    use super::io;

    /// Ctrl-C, which is all there is.
    pub(in super::super) type Asked = ();

    #[derive(Debug)]
    pub(in super::super) struct Signals;

    impl Signals {
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) async fn next(&mut self) -> Asked {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
