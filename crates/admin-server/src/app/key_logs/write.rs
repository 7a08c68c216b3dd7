//! Writing behind the answers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, SemaphorePermit, oneshot};
use tokio::time::{Instant, timeout};

use super::roll_up::{Written, roll_up};
use crate::app::ControlPlane;
use crate::error::Error;
use crate::model::LogEntry;
use crate::store::Tx;
use crate::store::key_logs::{self, Gap, State};

/// How many entries may wait to be written: the most that a process which is killed can lose.
pub const MOST_WAITING: usize = 16_384;
/// Entries of one transaction, at most.
const BATCH: usize = 4_096;
/// How long the first entry of a batch waits for others.
const GATHER: Duration = Duration::from_millis(50);
/// How often entries are added to the sums.
const ROLL_UP: Duration = Duration::from_secs(1);
/// How long an answer waits for room before it is refused.
const PATIENCE: Duration = Duration::from_secs(2);
/// The pause after a batch that could not be written.
const PAUSE: Duration = Duration::from_millis(250);

/// The entries that wait.
#[derive(Debug)]
pub(in crate::app) struct KeyLog {
    waiting: Mutex<Vec<LogEntry>>,
    room: Semaphore,
    /// Whether somebody had to wait for room, and nobody found any since.
    full: AtomicBool,
    bell: Notify,
}

impl Default for KeyLog {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            room: Semaphore::new(MOST_WAITING),
            full: AtomicBool::new(false),
            bell: Notify::new(),
        }
    }
}

/// Room for one entry.
#[derive(Debug)]
pub(in crate::app) struct Room<'a>(SemaphorePermit<'a>);

impl KeyLog {
    /// Waits for room.
    ///
    /// # Errors
    /// `UNAVAILABLE` where there is none for long: the log cannot be written.
    pub(in crate::app) async fn room(&self) -> Result<Room<'_>, Error> {
        if let Ok(permit) = self.room.try_acquire() {
            if self.full.load(Ordering::Relaxed) && self.full.swap(false, Ordering::Relaxed) {
                tracing::info!("verifications wait for their log no longer");
            }
            return Ok(Room(permit));
        }
        // Once for all who wait.
        if !self.full.swap(true, Ordering::Relaxed) {
            tracing::warn!(waiting = MOST_WAITING, "verifications wait for their log to be written");
        }
        match timeout(PATIENCE, self.room.acquire()).await {
            Ok(Ok(permit)) => Ok(Room(permit)),
            _ => Err(Error::unavailable("the log of verifications cannot be written fast enough")),
        }
    }

    /// Leaves an entry to be written.
    pub(in crate::app) fn push(&self, room: Room<'_>, entry: LogEntry) {
        let first = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(entry);
            waiting.len() == 1
        };
        // It comes back once the entry is durable.
        room.0.forget();
        if first {
            self.bell.notify_one();
        }
    }

    fn take(&self) -> Vec<LogEntry> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() <= BATCH {
            return std::mem::take(&mut *waiting);
        }
        let rest = waiting.split_off(BATCH);
        std::mem::replace(&mut *waiting, rest)
    }

    fn waits(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn is_empty(&self) -> bool {
        self.waits() == 0
    }
}

impl ControlPlane {
    /// Writes entries as they come, until it is to stop: then all that wait.
    pub async fn write_key_log(&self, stop: oneshot::Receiver<()>) {
        let ports = self.ports.clone();
        match self.store.write(move |tx| begin(tx, ports.clock.now())).await {
            Ok(None) => {}
            Ok(Some(gap)) => tracing::warn!(
                after = gap.after,
                at_most = gap.at_most,
                "the process before this one ended without its shutdown; as many entries of the log of keys may be missing"
            ),
            Err(error) => tracing::warn!(%error, "the log of keys could not be begun"),
        }
        let mut writer = Writer {
            control_plane: self,
            stop: Some(stop),
            rolled: Instant::now(),
            behind: true,
            written: Written::default(),
            lost: 0,
        };
        while !writer.stopped() {
            writer.wait().await;
            writer.write_waiting().await;
        }
        // Without this the next server notes a gap, as it must where something was lost.
        if writer.lost == 0
            && let Err(error) = self.store.write(end).await
        {
            tracing::warn!(%error, "the log of keys could not be ended");
        }
    }
}

/// Notes that a server is at work; the gap, if the one before did not end as it should.
fn begin(tx: &mut Tx<'_>, now: jiff::Timestamp) -> Result<Option<Gap>, Error> {
    tx.changes([]);
    let state = key_logs::state(tx)?;
    let at_most = i64::try_from(MOST_WAITING).unwrap_or(i64::MAX);
    let gap = state.at_work.then_some(Gap { after: state.last, at_most, found_at: now });
    if let Some(gap) = &gap {
        key_logs::insert_gap(tx, gap)?;
    }
    key_logs::set_state(tx, &State { at_work: true, ..state })?;
    Ok(gap)
}

/// Notes that the server at work has written everything.
fn end(tx: &mut Tx<'_>) -> Result<(), Error> {
    tx.changes([]);
    let state = key_logs::state(tx)?;
    Ok(key_logs::set_state(tx, &State { at_work: false, ..state })?)
}

struct Writer<'a> {
    control_plane: &'a ControlPlane,
    /// Tells to stop; `None` = it has.
    stop: Option<oneshot::Receiver<()>>,
    /// When entries were last added to the sums.
    rolled: Instant,
    /// Whether there may be entries that are in no sum.
    behind: bool,
    /// Those of them that are at hand.
    written: Written,
    /// How many entries could not be written before the end.
    lost: usize,
}

impl Writer<'_> {
    fn stopped(&self) -> bool {
        self.stop.is_none()
    }

    /// Waits until something is to be done, or it is to stop.
    async fn wait(&mut self) {
        let log = &self.control_plane.key_log;
        let Some(stop) = &mut self.stop else { return };
        if log.is_empty() {
            tokio::select! {
                _ = &mut *stop => self.stop = None,
                _ = timeout(ROLL_UP, log.bell.notified()) => {}
            }
        }
        self.pause(GATHER).await;
    }

    /// Waits so long, unless it is to stop.
    async fn pause(&mut self, time: Duration) {
        if let Some(stop) = &mut self.stop
            && timeout(time, stop).await.is_ok()
        {
            self.stop = None;
        }
    }

    /// Writes what waits, and adds it to the sums where it is time.
    async fn write_waiting(&mut self) {
        let log = &self.control_plane.key_log;
        loop {
            let entries = Arc::new(log.take());
            if !entries.is_empty() && !self.write(&entries).await {
                return;
            }
            let more_to_sum =
                self.behind && (self.stopped() || self.rolled.elapsed() >= ROLL_UP) && self.roll_up().await;
            let waits = log.waits();
            if !(more_to_sum || waits >= BATCH || (self.stopped() && waits > 0)) {
                return;
            }
        }
    }

    /// Writes entries. What cannot be written is tried again until it is to stop: then it is lost.
    async fn write(&mut self, entries: &Arc<Vec<LogEntry>>) -> bool {
        let log = &self.control_plane.key_log;
        let mut again = false;
        let after = loop {
            let error = match self.try_to_write(entries, again).await {
                Ok(after) => break after,
                Err(error) => error,
            };
            tracing::warn!(%error, entries = entries.len(), "the log of keys could not be written");
            if self.stopped() {
                self.lost = entries.len() + log.waits();
                tracing::error!(entries = self.lost, "entries of the log of keys are lost");
                return false;
            }
            again = true;
            self.pause(PAUSE).await;
        };
        self.written.push(after, entries);
        log.room.add_permits(entries.len());
        self.behind = true;
        true
    }

    /// The number of the entry before them.
    async fn try_to_write(&self, entries: &Arc<Vec<LogEntry>>, again: bool) -> Result<i64, Error> {
        let entries = Arc::clone(entries);
        let write = move |tx: &mut Tx<'_>| {
            tx.changes([]);
            let state = key_logs::state(tx)?;
            // Whether a commit that failed has happened is not always known.
            let written = match entries.first() {
                Some(first) if again => key_logs::get(tx, &first.key_id, &first.id)?.is_some(),
                _ => false,
            };
            let count = i64::try_from(entries.len()).map_err(Error::internal)?;
            if written {
                return Ok(state.last - count);
            }
            key_logs::insert(tx, state.last, &entries)?;
            key_logs::set_state(tx, &State { last: state.last + count, at_work: true, ..state })?;
            Ok(state.last)
        };
        self.control_plane.store.write(write).await
    }

    /// Adds the next entries to the sums, in a transaction of their own: whatever keeps them out of the sums keeps no others out of the log.
    /// Whether there are more to be added now.
    async fn roll_up(&mut self) -> bool {
        let written = Arc::new(std::mem::take(&mut self.written));
        let step = {
            let written = Arc::clone(&written);
            move |tx: &mut Tx<'_>| {
                tx.changes([]);
                roll_up(tx, &written)
            }
        };
        let more = match self.control_plane.store.write(step).await {
            Ok(more) => {
                self.behind = more;
                more
            }
            Err(error) => {
                tracing::warn!(%error, "the log of keys could not be summed up, which is tried again");
                self.written = Arc::into_inner(written).unwrap_or_default();
                false
            }
        };
        if !more {
            self.rolled = Instant::now();
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use admin_policy::Verdict;
    use jiff::Timestamp;

    use super::*;
    use crate::app::Ports;
    use crate::crypto::ServerKeys;
    use crate::ids::{ApiKeyId, LogId, VersionId};
    use crate::random::SystemRandom;
    use crate::store::Store;

    fn entry() -> LogEntry {
        let (at, random) = (Timestamp::UNIX_EPOCH, SystemRandom);
        LogEntry {
            id: LogId::new(at, &random),
            key_id: ApiKeyId::new(at, &random),
            version_id: VersionId::new(at, &random),
            at,
            verdict: Verdict::Valid,
            project_id: None,
            resource: None,
            ip: None,
            referrer: None,
            user_agent: None,
            cost: 1,
            micros: 1,
        }
    }

    /// What the state says once a writer with one entry has come to its end.
    async fn ended(broken: bool) -> State {
        let (store, _) = Store::in_memory().unwrap();
        let control_plane = ControlPlane::new(store.clone(), Ports::system(ServerKeys::generate(&SystemRandom)));
        let rename = |from: &'static str, to: &'static str| {
            store.write(move |tx| Ok(tx.execute(&format!("ALTER TABLE {from} RENAME TO {to}"), &[])?))
        };
        if broken {
            rename("api_key_logs", "elsewhere").await.unwrap();
        }
        let log = &control_plane.key_log;
        log.push(log.room().await.unwrap(), entry());
        let (stop, stopped) = oneshot::channel();
        drop(stop);
        control_plane.write_key_log(stopped).await;
        store.read(|tx| Ok(key_logs::state(tx)?)).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_room_waits_and_is_refused_in_the_end() {
        let log = KeyLog::default();
        for _ in 0..MOST_WAITING {
            log.push(log.room().await.unwrap(), entry());
        }
        let begun = Instant::now();
        assert_eq!(log.room().await.unwrap_err().code(), crate::error::Code::Unavailable);
        assert_eq!((begun.elapsed(), log.waits()), (PATIENCE, MOST_WAITING));
        // What is written makes room for whoever waits.
        let written = async {
            tokio::time::sleep(PATIENCE / 2).await;
            log.room.add_permits(log.take().len());
        };
        let (room, ()) = tokio::join!(log.room(), written);
        drop(room.unwrap());
        assert_eq!((log.waits(), log.room.available_permits()), (MOST_WAITING - BATCH, BATCH));
    }

    #[tokio::test]
    async fn what_waits_is_written_before_the_end() {
        let state = ended(false).await;
        assert_eq!((state.last, state.summed, state.at_work), (1, 1, false));
    }

    #[tokio::test]
    async fn an_end_that_loses_entries_leaves_the_mark_of_a_gap() {
        let state = ended(true).await;
        assert_eq!((state.last, state.at_work), (0, true));
    }
}
