//! What was used of rate limits. It is kept in this process alone: a restart forgets at most one burst.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use admin_policy::{Meter, RateLimit};
use jiff::Timestamp;

use crate::ids::ApiKeyId;

/// So many keys' calls do not wait for each other.
const SHARDS: usize = 16;

/// The meters of all keys that have a limit and were used of late.
#[derive(Debug, Default)]
pub(super) struct Meters([Mutex<HashMap<ApiKeyId, (RateLimit, Meter)>>; SHARDS]);

impl Meters {
    /// Decides with the meter of a key, which nobody else reads or changes meanwhile, and keeps what it is then.
    pub(super) fn with<T>(
        &self,
        key: &ApiKeyId,
        limit: RateLimit,
        decide: impl FnOnce(Meter) -> (T, Option<Meter>),
    ) -> T {
        let mut shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        let meter = match shard.get(key) {
            None => Meter::default(),
            Some((of, meter)) if *of == limit => *meter,
            Some((of, meter)) => limit.converted(*meter, of),
        };
        let (answer, after) = decide(meter);
        if let Some(after) = after {
            shard.insert(key.clone(), (limit, after));
        }
        answer
    }

    /// Forgets meters that are as good as new.
    pub(super) fn sweep(&self, now: Timestamp) {
        for shard in &self.0 {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|_, (limit, meter)| !meter.is_idle(limit, now));
        }
    }

    fn shard(&self, key: &ApiKeyId) -> &Mutex<HashMap<ApiKeyId, (RateLimit, Meter)>> {
        // The end of an id is random.
        let last = key.as_str().bytes().last().unwrap_or_default();
        &self.0[usize::from(last) % SHARDS]
    }
}
