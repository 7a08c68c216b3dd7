//! Adding entries to the sums: each once, by its number, in one transaction with the number that says so.

use std::collections::BTreeMap;

use super::GRAINS;
use crate::app::buckets::cell;
use crate::error::Error;
use crate::store::Tx;
use crate::store::key_logs::{self, State};

/// How many entries are added in one transaction.
const STEP: i64 = 10_000;

/// Adds the next entries; whether there are more.
///
/// # Errors
/// Those of the store.
pub(super) fn roll_up(tx: &mut Tx<'_>) -> Result<bool, Error> {
    let state = key_logs::state(tx)?;
    if state.summed == state.last {
        return Ok(false);
    }
    let up_to = state.last.min(state.summed + STEP);
    let mut sums = BTreeMap::new();
    for (minute, kind, calls) in key_logs::by_minutes(tx, state.summed, up_to)? {
        for grain in GRAINS {
            let at = cell(minute, grain).ok_or_else(|| Error::internal("a log entry out of time"))?;
            *sums.entry((grain, at.start, kind.clone())).or_default() += calls;
        }
    }
    key_logs::add(tx, &sums)?;
    key_logs::note_uses(tx, state.summed, up_to)?;
    key_logs::set_state(tx, &State { summed: up_to, ..state })?;
    Ok(up_to < state.last)
}
