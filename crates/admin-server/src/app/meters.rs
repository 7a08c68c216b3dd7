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
        now: Timestamp,
        decide: impl FnOnce(Meter) -> (T, Option<Meter>),
    ) -> T {
        let mut shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        let kept = match shard.get(key) {
            None => Meter::default(),
            Some((of, meter)) if *of == limit => *meter,
            Some((of, meter)) => limit.converted(*meter, of),
        };
        let meter = limit.bounded(kept, now);
        let (answer, after) = decide(meter);
        if let Some(after) = after.or((meter != kept).then_some(meter)) {
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

#[cfg(test)]
mod tests {
    use admin_policy::RatePeriod;
    use jiff::SignedDuration;

    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out_for_longer_than_a_full_meter() {
        let (meters, now) = (Meters::default(), "2026-01-05T09:00:00Z".parse::<Timestamp>().unwrap());
        let key = ApiKeyId::new(now, &SystemRandom);
        let limit = RateLimit::new(60, RatePeriod::Minute, Some(10)).unwrap();
        let passes = |at: Timestamp| {
            meters.with(&key, limit, at, |meter| {
                let after = limit.take(meter, 1, at).ok();
                (after.is_some(), after)
            })
        };
        assert!(passes(now));
        let back = now - SignedDuration::from_mins(10);
        assert!(!passes(back) && passes(back + SignedDuration::from_secs(1)));
        // On a clock that goes on the burst is the burst.
        let later = now + SignedDuration::from_hours(1);
        assert_eq!((0..20).filter(|_| passes(later)).count(), 10);
    }
}
