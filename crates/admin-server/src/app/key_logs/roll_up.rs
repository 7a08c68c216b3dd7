//! Adding entries to the sums: each once, by its number, in one transaction with the number that says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use jiff::Timestamp;

use super::{GRAINS, MINUTE};
use crate::app::buckets::cell;
use crate::error::Error;
use crate::ids::ProjectId;
use crate::model::LogEntry;
use crate::store::Tx;
use crate::store::key_logs::{self, Kind, State, Use};

/// How many entries are read and added in one transaction.
const STEP: i64 = 10_000;
/// How many entries are kept at hand.
const AT_HAND: usize = 100_000;

/// The entries that this process has written one after the other since the last addition, so that they need not be read again.
#[derive(Debug, Default)]
pub(super) struct Written {
    after: i64,
    count: usize,
    batches: Vec<Arc<Vec<LogEntry>>>,
}

impl Written {
    /// Entries that were written after the one with this number.
    pub(super) fn push(&mut self, after: i64, entries: &Arc<Vec<LogEntry>>) {
        if after != self.up_to() || self.count + entries.len() > AT_HAND {
            *self = Self { after, ..Self::default() };
        }
        self.count += entries.len();
        self.batches.push(Arc::clone(entries));
    }

    fn up_to(&self) -> i64 {
        self.after + i64::try_from(self.count).unwrap_or(i64::MAX - self.after)
    }

    /// Whether these are all that are in no sum.
    fn are_all(&self, state: &State) -> bool {
        self.after == state.summed && self.up_to() == state.last
    }

    fn entries(&self) -> impl Iterator<Item = &LogEntry> {
        self.batches.iter().flat_map(|entries| entries.iter())
    }

    /// What [`key_logs::by_minutes`] finds of them.
    fn by_minutes(&self) -> Vec<(Timestamp, Kind, i64)> {
        let mut counts: HashMap<_, i64> = HashMap::new();
        for entry in self.entries() {
            let minute = cell(entry.at, MINUTE).map_or(entry.at, |minute| minute.start);
            let project = entry.project_id.as_ref().map_or("", ProjectId::as_str);
            let resource = entry.resource.as_deref().unwrap_or_default();
            *counts.entry((minute, &entry.key_id, project, resource, entry.verdict)).or_default() += 1;
        }
        let mut counted = Vec::with_capacity(counts.len());
        for ((minute, key_id, project, resource, verdict), calls) in counts {
            let (project_id, resource) = (project.to_owned(), resource.to_owned());
            counted.push((minute, Kind { key_id: key_id.clone(), project_id, resource, verdict }, calls));
        }
        counted
    }

    /// What [`key_logs::last_uses`] finds of them, in any order.
    fn last_uses(&self) -> Vec<Use> {
        let last: HashMap<_, &LogEntry> = self.entries().map(|entry| (&entry.version_id, entry)).collect();
        let used = |entry: &LogEntry| Use {
            version_id: entry.version_id.clone(),
            key_id: entry.key_id.clone(),
            at: entry.at,
            ip: entry.ip.clone(),
            user_agent: entry.user_agent.clone(),
        };
        last.into_values().map(used).collect()
    }
}

/// Adds the next entries; whether there are more.
///
/// # Errors
/// Those of the store.
pub(super) fn roll_up(tx: &mut Tx<'_>, written: &Written) -> Result<bool, Error> {
    let state = key_logs::state(tx)?;
    if state.summed == state.last {
        return Ok(false);
    }
    let (up_to, minutes, mut uses) = if written.are_all(&state) {
        (state.last, written.by_minutes(), written.last_uses())
    } else {
        let up_to = state.last.min(state.summed + STEP);
        let uses = key_logs::last_uses(tx, state.summed, up_to)?;
        (up_to, key_logs::by_minutes(tx, state.summed, up_to)?, uses)
    };
    let mut sums = BTreeMap::new();
    for (minute, kind, calls) in minutes {
        for grain in GRAINS {
            let at = cell(minute, grain).ok_or_else(|| Error::internal("a log entry out of time"))?;
            *sums.entry((grain, at.start, kind.clone())).or_default() += calls;
        }
    }
    key_logs::add(tx, &sums)?;
    // A key has the last use of its secrets.
    uses.sort_by_key(|of| of.at);
    for of in &uses {
        key_logs::note_use(tx, of)?;
    }
    key_logs::set_state(tx, &State { summed: up_to, ..state })?;
    Ok(up_to < state.last)
}

#[cfg(test)]
mod tests {
    use admin_policy::Verdict;
    use jiff::SignedDuration;

    use super::*;
    use crate::ids::{ApiKeyId, LogId, VersionId};
    use crate::random::SystemRandom;
    use crate::store::Store;

    fn entries(count: i64) -> Vec<LogEntry> {
        let (epoch, random) = (Timestamp::UNIX_EPOCH, SystemRandom);
        let keys = [(); 3].map(|()| (ApiKeyId::new(epoch, &random), VersionId::new(epoch, &random)));
        let project = ProjectId::new(epoch, &random);
        let entry = |number: i64| {
            let (key_id, version_id) = keys[usize::try_from(number % 3).unwrap()].clone();
            let at = epoch + SignedDuration::from_secs(number * 37 % 5_000);
            LogEntry {
                id: LogId::new(at, &random),
                key_id,
                version_id,
                at,
                verdict: if number % 5 == 0 { Verdict::RateLimited } else { Verdict::Valid },
                project_id: (number % 7 == 0).then(|| project.clone()),
                resource: (number % 2 == 0).then(|| "functions".to_owned()),
                ip: Some(format!("192.0.2.{}", number % 200)),
                referrer: None,
                user_agent: None,
                cost: 1,
                micros: 1,
            }
        };
        (0..count).map(entry).collect()
    }

    #[tokio::test]
    async fn what_is_at_hand_is_what_would_be_read() {
        let (store, _closed) = Store::in_memory().unwrap();
        let (first, second) = (Arc::new(entries(700)), Arc::new(entries(300)));
        let mut written = Written::default();
        written.push(0, &first);
        written.push(700, &second);
        let read = store.write(move |tx| {
            key_logs::insert(tx, 0, &first)?;
            key_logs::insert(tx, 700, &second)?;
            Ok((key_logs::by_minutes(tx, 0, 1_000)?, key_logs::last_uses(tx, 0, 1_000)?))
        });
        let (mut minutes, mut uses) = read.await.unwrap();
        let (mut at_hand, mut uses_at_hand) = (written.by_minutes(), written.last_uses());
        minutes.sort();
        at_hand.sort();
        assert_eq!(at_hand, minutes);
        let by_version = |one: &Use, other: &Use| one.version_id.as_str().cmp(other.version_id.as_str());
        uses.sort_by(by_version);
        uses_at_hand.sort_by(by_version);
        assert_eq!((uses.len(), &uses_at_hand), (6, &uses));
    }

    #[test]
    fn only_what_follows_is_at_hand() {
        let batch = Arc::new(entries(10));
        let state = |summed, last| State { last, summed, kept_from: Timestamp::UNIX_EPOCH, at_work: true };
        let mut written = Written::default();
        written.push(5, &batch);
        written.push(15, &batch);
        assert!(written.are_all(&state(5, 25)));
        assert!(!written.are_all(&state(0, 25)) && !written.are_all(&state(5, 26)));
        // Somebody else has written in between.
        written.push(30, &batch);
        assert!(written.are_all(&state(30, 40)) && written.count == 10);
        let many = Arc::new(entries(i64::try_from(AT_HAND).unwrap()));
        written.push(40, &many);
        assert!(!written.are_all(&state(30, 40 + i64::try_from(AT_HAND).unwrap())) && written.count <= AT_HAND);
    }
}
