//! The pipes of a child process, each on a thread of its own: nobody knows in what order it reads and writes.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use admin_token::Secret;
use zeroize::Zeroizing;

use super::GRACE;

const CHUNK: usize = 4096;

/// A secret on its way into a pipe.
pub(super) struct Fed(Receiver<bool>);

/// Writes a text, and closes the pipe.
pub(super) fn feed(mut pipe: impl Write + Send + 'static, text: Secret) -> io::Result<Fed> {
    let (sender, receiver) = sync_channel(1);
    thread::Builder::new().name("feed".to_owned()).spawn(move || {
        // A reader that has gone away is an error here and no signal, because Rust's runtime ignores that signal.
        let arrived = pipe.write_all(text.expose().as_bytes()).and_then(|()| pipe.flush()).is_ok();
        drop(pipe);
        let _ = sender.send(arrived);
    })?;
    Ok(Fed(receiver))
}

impl Fed {
    /// Whether the pipe took all of it. Asked once the program has ended.
    pub(super) fn arrived(self) -> bool {
        self.0.recv_timeout(GRACE).unwrap_or(false)
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
