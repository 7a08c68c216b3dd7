//! Proves the sums of the log: they are those of the entries, as far back as these are kept, and of each other beyond.

use jiff::{SignedDuration, Timestamp};

use super::{GRAINS, QUARTER};
use crate::app::buckets::cell;
use crate::app::check::Finding;
use crate::error::Error;
use crate::store::Tx;
use crate::store::key_logs::{self, Wrong};

/// How many cells are named of each length.
const MOST: i64 = 20;

/// Proves the sums of all keys.
///
/// # Errors
/// Those of the store.
pub fn check(tx: &mut Tx<'_>) -> Result<Vec<Finding>, Error> {
    let found = |grain: SignedDuration, Wrong { start, key_id, off }: Wrong, than: &str| {
        let minutes = grain.as_mins();
        let problem =
            format!("the calls counted for the {minutes} minutes from {start:.3} are off by {off} from {than}");
        Finding::new("key log", key_id, problem)
    };
    let kept_from = key_logs::state(tx)?.kept_from;
    let mut findings = Vec::new();
    for grain in GRAINS {
        for wrong in key_logs::wrong_sums(tx, grain, whole_from(kept_from, grain), MOST)? {
            findings.push(found(grain, wrong, "the entries of the log"));
        }
        if grain > QUARTER {
            for wrong in key_logs::wrong_cells(tx, grain, QUARTER, MOST)? {
                findings.push(found(grain, wrong, "those counted for its quarters of an hour"));
            }
        }
    }
    Ok(findings)
}

/// The first cell of which all entries are kept.
fn whole_from(kept_from: Timestamp, grain: SignedDuration) -> Timestamp {
    cell(kept_from, grain).map_or(kept_from, |cell| if cell.start == kept_from { kept_from } else { cell.end })
}
