//! How many mails somebody may cause: what asks for one waits until none of its limits is reached.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// So many in so much time.
pub(super) type Limit = (usize, SignedDuration);

/// How many earlier ones the limits look back to.
pub(super) fn lookback(limits: &[Limit]) -> i64 {
    let most = limits.iter().map(|(count, _)| *count).max().unwrap_or(0);
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// How long to wait until none of the limits is reached; `earlier` are the times before, newest first.
pub(super) fn pause(earlier: &[Timestamp], limits: &[Limit], now: Timestamp) -> Option<Duration> {
    let waits = limits.iter().filter_map(|(count, period)| {
        let again_at = earlier.get(count - 1)?.checked_add(*period).ok()?;
        Duration::try_from(again_at.duration_since(now)).ok().filter(|wait| !wait.is_zero())
    });
    // In whole seconds, upwards: who waits so long need not ask twice.
    waits.max().map(|wait| Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
}
