//! The embedded engine: one file, one writer with group commit, a few readers.

use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::oneshot;

use super::changes::{Changed, Changes, Subject};
use super::{Closed, Job, Param, QUEUE, Row, Store, StoreError, Value, migrations};
use crate::clock::{Clock, SystemClock};
use crate::files::private_file;

/// Calls that one commit makes durable together, at most.
const GROUP: usize = 64;
/// Threads for reads that are short, as those that authenticate and verify are; more would only queue for the same two or four cores.
const READERS: usize = 2;
/// Threads for reads that may take long. They are others, so that those which are short never wait for these.
const LONG_READERS: usize = 2;
/// After how many steps of SQLite's machine a read looks whether anyone still waits for it.
const LOOK_UP: i32 = 10_000;
/// How long a statement waits for another process that writes, such as an administrative command.
const BUSY: Duration = Duration::from_secs(5);
/// How often the writer looks whether another process, such as an administrative command, has changed something.
const LOOK: Duration = Duration::from_millis(50);

/// A transaction, as the statements of the namespaces see it.
pub struct Tx<'c> {
    connection: &'c Connection,
    changed: Changed,
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl<'c> Tx<'c> {
    fn new(connection: &'c Connection) -> Self {
        Self { connection, changed: Changed::Anything }
    }

    /// Says what this transaction changes, of what there may be copies; with an empty list, nothing of that kind. A transaction that says
    /// nothing may have changed anything.
    pub fn changes(&mut self, subjects: impl IntoIterator<Item = Subject>) {
        self.changed.also(subjects);
    }

    /// Runs a statement; returns how many rows it changed.
    ///
    /// # Errors
    /// What the engine says.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<usize, StoreError> {
        let mut statement = self.prepare(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(params))?)
    }

    /// The same with parameters that are borrowed.
    ///
    /// # Errors
    /// What the engine says.
    pub fn execute_with(&mut self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        let mut statement = self.prepare(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(params))?)
    }

    /// Runs a query.
    ///
    /// # Errors
    /// What the engine says.
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.prepare(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|i| read(row.get_ref(i)?)).collect::<Result<Vec<_>, StoreError>>()?;
            found.push(Row::new(values));
        }
        Ok(found)
    }

    /// Runs a query whose answer has at most one row.
    ///
    /// # Errors
    /// What the engine says, and a second row.
    pub fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, StoreError> {
        let mut rows = self.query(sql, params)?;
        if rows.len() > 1 {
            return Err(StoreError::Corrupt("two rows where at most one can be".into()));
        }
        Ok(rows.pop())
    }

    /// SQLite counts `$N` by first use and not by N: out of order, values would land in the wrong places without a word.
    fn prepare(&self, sql: &str) -> Result<rusqlite::CachedStatement<'_>, StoreError> {
        // The text only: what is bound to it may be anything.
        tracing::trace!(target: "admin_server::sql", sql);
        let statement = self.connection.prepare_cached(sql)?;
        debug_assert!(
            (1..=statement.parameter_count()).all(|i| statement.parameter_name(i) == Some(format!("${i}").as_str())),
            "parameters are not numbered in order of first use: {sql}"
        );
        Ok(statement)
    }

    /// Runs several statements without parameters.
    pub(super) fn execute_batch(&mut self, sql: &str) -> Result<(), StoreError> {
        tracing::trace!(target: "admin_server::sql", batch = sql);
        Ok(self.connection.execute_batch(sql)?)
    }
}

fn read(value: ValueRef<'_>) -> Result<Value, StoreError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(value) => Ok(Value::Int(value)),
        ValueRef::Text(text) => String::from_utf8(text.to_vec())
            .map(Value::Text)
            .map_err(|_| StoreError::Corrupt("text that is not UTF-8".into())),
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(StoreError::Corrupt("a type that we do not store".into())),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Self::Constraint(text),
            Some(
                ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Unwritable(text),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Held,
            Some(ErrorCode::OperationInterrupted) => Self::Abandoned,
            _ => Self::Engine(text),
        }
    }
}

pub(super) fn open(file: &Path) -> Result<(Store, Closed), StoreError> {
    let lock = lock(file)?;
    // SQLite would make it by the umask; what it makes beside it takes after it.
    private_file().create(true).truncate(false).open(file).map_err(|error| unwritable(file, &error))?;
    let mut writer = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // It stays with the file, so whoever works beside a server finds it so.
    writer.execute_batch("PRAGMA journal_mode = WAL;")?;
    prepare(&mut writer, migrations::migrate)?;
    let mut reading = Vec::new();
    let readers = start_readers(file, "store-read", READERS, &mut reading)?;
    let long_readers = start_readers(file, "store-long", LONG_READERS, &mut reading)?;
    let changes = Arc::default();
    let (writer, closed) = start_writer(writer, reading, Some(lock), &changes)?;
    Ok((Store { writer, readers, long_readers, changes }, closed))
}

/// Beside a server, or where none runs: nothing is made and nothing migrated, and there is no lock of ours. SQLite's own locks let one
/// transaction write at a time, and a read sees what is committed when it begins, whichever process did it.
pub(super) fn open_beside(file: &Path) -> Result<(Store, Closed), StoreError> {
    if !file.is_file() {
        return Err(StoreError::Missing(file.display().to_string()));
    }
    let mut writer = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if !writer.table_exists(None, "schema_migrations")? {
        return Err(StoreError::Corrupt("it is no database of a control plane".to_owned()));
    }
    prepare(&mut writer, |tx, _| migrations::check(tx))?;
    let mut reading = Vec::new();
    let readers = start_readers(file, "store-read", 1, &mut reading)?;
    let changes = Arc::default();
    let (writer, closed) = start_writer(writer, reading, None, &changes)?;
    Ok((Store { writer, long_readers: readers.clone(), readers, changes }, closed))
}

fn connect(file: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    // FULL: with NORMAL a power cut loses commits that were acknowledged.
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")?;
    Ok(connection)
}

/// Starts threads that read a database in a file, and share a queue.
fn start_readers(
    file: &Path,
    name: &str,
    count: usize,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<SyncSender<Box<dyn Job>>, StoreError> {
    let (sender, jobs) = sync_channel(QUEUE);
    let jobs = Arc::new(Mutex::new(jobs));
    for number in 0..count {
        let mut connection = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let jobs = Arc::clone(&jobs);
        threads.push(spawn(&format!("{name}-{number}"), move || read_loop(&mut connection, &jobs))?);
    }
    Ok(sender)
}

pub(super) fn in_memory() -> Result<(Store, Closed), StoreError> {
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")?;
    prepare(&mut connection, migrations::migrate)?;
    // A second connection would be a second database, so the writer reads too.
    let changes = Arc::default();
    let (writer, closed) = start_writer(connection, Vec::new(), None, &changes)?;
    Ok((Store { readers: writer.clone(), long_readers: writer.clone(), writer, changes }, closed))
}

/// Brings a database up to date, or checks that it is.
fn prepare(
    connection: &mut Connection,
    level: fn(&mut Tx<'_>, i64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(128);
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    level(&mut Tx::new(&transaction), SystemClock.now().as_microsecond())?;
    Ok(transaction.commit()?)
}

/// One serving process per file. The lock goes with the process, however it ends.
fn lock(file: &Path) -> Result<File, StoreError> {
    let path: PathBuf = file.with_extension("lock");
    let lock = private_file().create(true).truncate(false).open(&path).map_err(|error| unwritable(&path, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(file.display().to_string())),
        Err(TryLockError::Error(error)) => Err(unwritable(&path, &error)),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unwritable(format!("{}: {error}", path.display()))
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(|e| StoreError::Engine(e.to_string()))
}

fn start_writer(
    connection: Connection,
    reading: Vec<JoinHandle<()>>,
    lock: Option<File>,
    changes: &Arc<Changes>,
) -> Result<(SyncSender<Box<dyn Job>>, Closed), StoreError> {
    let (sender, jobs) = sync_channel(QUEUE);
    let (closing, closed) = oneshot::channel();
    let changes = Arc::clone(changes);
    spawn("store-write", move || {
        write_loop(&connection, &jobs, &changes);
        // The last connection to close folds the log into the file, which those that only read cannot do. Only then may another
        // server have it.
        for reader in reading {
            let _ = reader.join();
        }
        drop(connection);
        drop(lock);
        let _ = closing.send(());
    })?;
    Ok((sender, Closed(closed)))
}

fn read_loop(connection: &mut Connection, jobs: &Mutex<Receiver<Box<dyn Job>>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut job) = next else { return };
        let caller = job.caller();
        if caller.strong_count() == 0 {
            continue;
        }
        let begun = begin_read(connection, caller);
        if begun.is_ok() {
            job.run(&mut Tx::new(connection));
        }
        // Nothing was written: what matters is that the snapshot is let go.
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
        let _ = connection.execute_batch("ROLLBACK");
        job.finish(begun);
    }
}

/// Begins a transaction whose statements end early once the caller has gone away.
fn begin_read(connection: &mut Connection, caller: Weak<()>) -> Result<(), StoreError> {
    connection.progress_handler(LOOK_UP, Some(move || caller.strong_count() == 0))?;
    Ok(connection.execute_batch("BEGIN")?)
}

/// Group commit: while one commit is being made durable, calls queue up, and the next commit takes them all.
fn write_loop(connection: &Connection, jobs: &Receiver<Box<dyn Job>>, changes: &Changes) {
    let mut waiting = VecDeque::new();
    let mut version = data_version(connection);
    loop {
        let first = jobs.recv_timeout(LOOK);
        look(connection, &mut version, changes);
        match first {
            Ok(first) => waiting.push_back(first),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        }
        waiting.extend(jobs.try_iter().take(GROUP - 1));
        let mut said = Vec::new();
        let committed = commit_group(connection, &mut waiting, &mut said, &mut || {
            look(connection, &mut version, changes);
        });
        // Before anybody is told; and whether a commit that failed has happened is not always known.
        match &committed {
            Ok(()) => changes.happened(said),
            Err(_) => changes.happened([Changed::Anything]),
        }
        if committed.is_err() && !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        for job in waiting.drain(..) {
            job.finish(committed.clone());
        }
    }
}

/// Notes whether another connection has written: the number is another one then, and not for what this one writes.
fn look(connection: &Connection, version: &mut Option<i64>, changes: &Changes) {
    let now = data_version(connection);
    if now.is_none() || now != *version {
        changes.happened([Changed::Anything]);
        *version = now;
    }
}

fn data_version(connection: &Connection) -> Option<i64> {
    connection.prepare_cached("PRAGMA data_version").and_then(|mut ask| ask.query_row([], |row| row.get(0))).ok()
}

fn commit_group(
    connection: &Connection,
    jobs: &mut VecDeque<Box<dyn Job>>,
    said: &mut Vec<Changed>,
    begun: &mut dyn FnMut(),
) -> Result<(), StoreError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    // While we wait for the lock another process may have written; from now on none does, however long this group takes.
    begun();
    for job in jobs.iter_mut() {
        connection.execute_batch("SAVEPOINT job")?;
        let mut tx = Tx::new(connection);
        let keep = job.run(&mut tx);
        if keep {
            said.push(tx.changed);
        }
        if connection.is_autocommit() {
            // On a full disk and the like SQLite itself undoes the whole transaction, and with it the jobs before this one.
            return Err(StoreError::Unwritable("the disk is full or failing".into()));
        }
        connection.execute_batch(if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    }
    Ok(connection.execute_batch("COMMIT")?)
}
