//! The log of what keys were presented for: one entry for each verification, written behind the answers in batches, and the sums of it.
//!
//! An answer does not wait for its entry, which trails it by 200 ms at most while the disk keeps up. So many entries may wait, and no
//! more: then answers wait with them, and in the end are refused. Nothing is dropped in silence: only a process that ends without its
//! shutdown loses what waits, and the next one notes how much that may be.

mod check;
mod prune;
mod query;
mod roll_up;
mod usage;
mod write;

use jiff::SignedDuration;

pub use check::check;
pub use query::{GetKeyLog, ListKeyLogs};
pub use usage::{KeyUsage, KeyUsageBucket, KeyUsageGroup, SumKeyUsage, SumProjectUsage, SumResourceUsage};
pub(super) use write::KeyLog;
pub use write::MOST_WAITING;

/// The lengths of the cells in which calls are summed, longest first. Those of a minute go with the entries.
pub(crate) const GRAINS: [SignedDuration; 4] =
    [SignedDuration::from_hours(24), SignedDuration::from_hours(1), QUARTER, MINUTE];
/// The borders of every zone of today are among those of quarters of an hour.
pub(crate) const QUARTER: SignedDuration = SignedDuration::from_mins(15);
pub(crate) const MINUTE: SignedDuration = SignedDuration::from_mins(1);
