//! The pipes of a child process, each on a thread of its own: nobody knows in what order it reads and writes.

#[cfg(unix)]
use std::io::PipeReader;
use std::io::{self, Read, Write};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
#[cfg(unix)]
use std::time::{Duration, Instant};

use admin_token::Secret;
use zeroize::Zeroizing;

use super::GRACE;

const CHUNK: usize = 4096;

/// A secret on its way through a pipe.
pub(super) struct Fed {
    written: Receiver<bool>,
    /// As long as this end is open, writing does not depend on whether the program has ended already, and what it left can be seen.
    #[cfg(unix)]
    left: PipeReader,
}

/// Writes a text into a pipe, and closes it. The other end is the standard input of a program.
pub(super) fn feed(text: Secret) -> io::Result<(Stdio, Fed)> {
    let (reader, mut pipe) = io::pipe()?;
    #[cfg(unix)]
    let left = reader.try_clone()?;
    let (sender, written) = sync_channel(1);
    thread::Builder::new().name("feed".to_owned()).spawn(move || {
        // A reader that has gone away is an error here and no signal, because Rust's runtime ignores that signal.
        let arrived = pipe.write_all(text.expose().as_bytes()).and_then(|()| pipe.flush()).is_ok();
        drop(pipe);
        let _ = sender.send(arrived);
    })?;
    let fed = Fed {
        written,
        #[cfg(unix)]
        left,
    };
    Ok((reader.into(), fed))
}

impl Fed {
    /// Whether all of it was taken out of the pipe, or at least into it where no more can be seen. Asked once the program has ended.
    pub(super) fn arrived(self) -> bool {
        self.written.recv_timeout(GRACE).unwrap_or(false) && self.is_drained()
    }

    /// Whether nothing is left in the pipe. What the program has left behind may still be reading.
    #[cfg(unix)]
    fn is_drained(&self) -> bool {
        let start = Instant::now();
        while rustix::io::ioctl_fionread(&self.left).is_ok_and(|bytes| bytes > 0) {
            if start.elapsed() >= GRACE {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        true
    }

    #[cfg(not(unix))]
    fn is_drained(&self) -> bool {
        true
    }
}

/// Which part of a long text is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keep {
    /// So many bytes from its beginning.
    Beginning(usize),
    /// So many bytes from its end.
    End(usize),
}

/// What came out of a pipe.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Whether there was more.
    pub(super) is_cut: bool,
}

impl Output {
    fn add(&mut self, chunk: &[u8], keep: Keep) {
        match keep {
            Keep::Beginning(most) => {
                let taken = chunk.len().min(most - self.bytes.len());
                self.bytes.extend_from_slice(&chunk[..taken]);
                self.is_cut |= taken < chunk.len();
            }
            Keep::End(most) => {
                self.bytes.extend_from_slice(chunk);
                let surplus = self.bytes.len().saturating_sub(most);
                self.bytes.drain(..surplus);
                self.is_cut |= surplus > 0;
            }
        }
    }
}

/// What is coming out of a pipe.
pub(super) struct Gathered {
    output: Arc<Mutex<Output>>,
    ended: Receiver<()>,
}

/// Reads until the pipe is closed, however much that is, so that the writer never waits.
pub(super) fn gather(mut pipe: impl Read + Send + 'static, keep: Keep) -> io::Result<Gathered> {
    let (Keep::Beginning(most) | Keep::End(most)) = keep;
    // A vector that grows leaves copies of what it held behind.
    let bytes = Zeroizing::new(Vec::with_capacity(most + CHUNK));
    let output = Arc::new(Mutex::new(Output { bytes, is_cut: false }));
    let shared = Arc::clone(&output);
    let (sender, ended) = sync_channel(1);
    thread::Builder::new().name("gather".to_owned()).spawn(move || {
        let mut chunk = Zeroizing::new([0; CHUNK]);
        loop {
            match pipe.read(&mut *chunk) {
                Ok(0) => break,
                Ok(length) => {
                    shared.lock().unwrap_or_else(PoisonError::into_inner).add(&chunk[..length], keep);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = sender.send(());
    })?;
    Ok(Gathered { output, ended })
}

impl Gathered {
    /// All that came. Asked once the program has ended.
    pub(super) fn finish(self) -> Output {
        let _ = self.ended.recv_timeout(GRACE);
        std::mem::take(&mut *self.output.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
