//! SQL, one text for both engines, and the threads that run it.
//!
//! A connection is a thread. [`Store::read`] and [`Store::write`] send it a closure and await the answer, so rules are plain
//! synchronous code that sees one consistent transaction. Each namespace's statements are in the file of its name.

mod cells;
mod changes;
mod migrations;
mod range;
mod sql;
mod sqlite;
#[cfg(test)]
mod tests;
mod value;

pub mod api_keys;
pub mod audit;
pub mod budgets;
pub mod connections;
pub mod idempotency;
pub mod invitations;
pub mod key_logs;
pub mod ledger;
pub mod outbox;
pub mod pats;
pub mod payments;
pub mod people;
pub mod projects;
pub mod server_keys;
pub mod service_tokens;
pub mod sign_in;
pub mod top_ups;
pub mod usage;
pub mod workspaces;

use std::path::Path;
use std::pin::Pin;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::error::Error;

pub use cells::Stretch;
pub use changes::{Changes, Moment, Subject};
pub use range::Range;
pub use sql::Sql;
pub use sqlite::Tx;
pub(crate) use value::column_from_str;
pub use value::{Column, Param, Row, Value, json, json_if_any};

/// What can go wrong between us and the database.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database refuses to work for now: the disk is full, read-only or broken.
    #[error("the database cannot be written: {0}")]
    Unwritable(String),
    /// A statement broke a constraint, most often because two calls raced.
    #[error("a constraint was broken: {0}")]
    Constraint(String),
    /// What is stored is not what this program stores.
    #[error("the database holds something unexpected: {0}")]
    Corrupt(String),
    /// The database was written by a newer program.
    #[error("the database needs aisetu with schema level {needed} or newer; this one has level {level}")]
    Newer {
        /// The level that the database asks for.
        needed: i64,
        /// The level of this program.
        level: i64,
    },
    /// There is no database yet.
    #[error("there is no database at {0}")]
    Missing(String),
    /// A migration is still to be applied, which is a server's business.
    #[error("the database is from before this program: it lacks the migration {0}")]
    Older(String),
    /// A migration that was applied is not the one that this program has.
    #[error("migration {0} of the database is not the one of this program")]
    MigrationChanged(String),
    /// Another server has the data folder.
    #[error("another server is using {0}")]
    Locked(String),
    /// A program that is no server of ours works in the database.
    #[error("another program holds the database")]
    Held,
    /// More calls are waiting than the store takes.
    #[error("too many calls are waiting for the database")]
    Busy,
    /// Whoever asked has gone away, so a read was given up.
    #[error("nobody waits for the answer any more")]
    Abandoned,
    /// The store is shutting down.
    #[error("the database is closed")]
    Closed,
    /// Anything else that the engine says.
    #[error("the database failed: {0}")]
    Engine(String),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let message = match error {
            StoreError::Held => "another program holds the database",
            StoreError::Busy => "too many calls are waiting",
            StoreError::Abandoned => "the request was given up",
            StoreError::Closed => "the control plane is shutting down",
            StoreError::Unwritable(_) => "the control plane cannot write to its disk",
            error => return Self::internal(error),
        };
        tracing::warn!(%error, "the store refuses work");
        Self::unavailable(message)
    }
}

/// A unit of work for a connection's thread.
trait Job: Send {
    /// Runs it inside a savepoint; `false` = undo what it did.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Who waits for the answer: gone once nobody does.
    fn caller(&self) -> Weak<()>;
    /// Answers the caller, once it is known whether the commit held.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Work<F, T> {
    run: F,
    outcome: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
    caller: Weak<()>,
}

impl<F, T> Job for Work<F, T>
where
    F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        // A rule that panics must not take the writer, and with it every other call, down.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.run)(tx)))
            .unwrap_or_else(|_| Err(Error::internal("a rule panicked")));
        let keep = result.is_ok();
        self.outcome = Some(result);
        keep
    }

    fn caller(&self) -> Weak<()> {
        Weak::clone(&self.caller)
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let outcome = match (committed, self.outcome) {
            (Err(error), _) => Err(error.into()),
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(Error::internal("a job was not run")),
        };
        // The caller may have gone away; its work stands all the same.
        let _ = self.reply.send(outcome);
    }
}

/// Calls that may wait for a connection before further ones are refused as [`StoreError::Busy`].
const QUEUE: usize = 1024;

/// How soon a server has seen what another process committed, at the latest.
pub const SEEN_WITHIN: Duration = Duration::from_millis(100);

/// Comes true once the last handle of a store is gone, all that was asked of it is done, and its file is closed.
#[derive(Debug)]
pub struct Closed(oneshot::Receiver<()>);

impl Future for Closed {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<()> {
        Pin::new(&mut self.get_mut().0).poll(cx).map(|_| ())
    }
}

/// The database. Cloning it is cheap; when the last clone goes, its threads end.
#[derive(Clone)]
pub struct Store {
    writer: SyncSender<Box<dyn Job>>,
    /// The writer's queue again where the database has one connection only.
    readers: SyncSender<Box<dyn Job>>,
    /// The readers' queue again where nobody else is to be kept waiting.
    long_readers: SyncSender<Box<dyn Job>>,
    changes: Arc<Changes>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database file, brings it up to date and starts its threads. The file is locked against other servers.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Newer`], [`StoreError::Unwritable`] and what the engine says.
    pub fn open(file: &Path) -> Result<(Self, Closed), StoreError> {
        sqlite::open(file)
    }

    /// Opens the database file beside a server that may be using it: for administrative commands, which read much and write little. It
    /// must be there and be up to date. What is written is seen by the server's next transaction, and the other way round.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Older`], [`StoreError::Newer`] and what the engine says.
    pub fn open_beside(file: &Path) -> Result<(Self, Closed), StoreError> {
        sqlite::open_beside(file)
    }

    /// A database in memory, gone with its last handle.
    ///
    /// # Errors
    /// What the engine says.
    pub fn in_memory() -> Result<(Self, Closed), StoreError> {
        sqlite::in_memory()
    }

    /// What commits changed, those of other processes included, [`SEEN_WITHIN`] a moment.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Runs `work` in a transaction that only reads, and does not take long: whoever authenticates waits for these threads. Once this
    /// future is dropped, work that waits is not begun, and the statement under way ends early.
    ///
    /// # Errors
    /// Those of `work`, and those of the engine.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        submit(&self.readers, reading(work)).await
    }

    /// The same for what may take long, such as what people ask: on other threads, so that [`read`](Self::read) does not wait for it.
    ///
    /// # Errors
    /// Those of `work`, and those of the engine.
    pub async fn read_long<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        submit(&self.long_readers, reading(work)).await
    }

    /// Runs `work` in a transaction that is durable before the answer is. An error undoes all that it did.
    ///
    /// `work` may be run more than once (PostgreSQL asks for that when transactions collide), so it must do nothing that the
    /// transaction cannot undo. What it changes it may say by [`Tx::changes`]; copies of anything else then stay.
    ///
    /// # Errors
    /// Those of `work`, and those of the engine.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        submit(&self.writer, work).await
    }
}

/// A read, even where the writer does it, changes nothing.
fn reading<T>(work: impl Fn(&mut Tx<'_>) -> Result<T, Error>) -> impl Fn(&mut Tx<'_>) -> Result<T, Error> {
    move |tx| {
        tx.changes([]);
        work(tx)
    }
}

async fn submit<T, F>(queue: &SyncSender<Box<dyn Job>>, work: F) -> Result<T, Error>
where
    F: Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    T: Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    // Dropped with this future.
    let waiting = Arc::new(());
    let caller = Arc::downgrade(&waiting);
    queue.try_send(Box::new(Work { run: work, outcome: None, reply, caller })).map_err(|error| match error {
        TrySendError::Full(_) => StoreError::Busy,
        TrySendError::Disconnected(_) => StoreError::Closed,
    })?;
    let outcome = answer.await.map_err(|_| StoreError::Closed)?;
    drop(waiting);
    outcome
}
