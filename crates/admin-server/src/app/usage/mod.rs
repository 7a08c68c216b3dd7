//! Usage: what gateways report that calls cost, sums of it, and where it is heading.
//!
//! An event, the sums that it is in and what it draws from the credit are one transaction, so that the sums and the ledger are always
//! those of the events; [`check()`] proves it.

mod check;
mod projection;
mod query;
mod report;
mod summary;

use jiff::SignedDuration;

pub use check::check;
pub use projection::{Ahead, CONFIDENCE, Forecast, Runway, WINDOW, forecast, runway};
pub use query::{BalanceRunway, ProjectUsage, Spending, UsageProjection};
pub use report::{Fault, MOST, Outcome, Receipt, Reported};
pub use summary::{SummarizeUsage, UsageBucket, UsageGroup, UsageSummary};
pub(super) use summary::{name, spent, sum_buckets};

/// The lengths of the cells in which usage is summed, longest first. Quarters of an hour, because the borders of every zone of today are
/// among theirs.
pub(crate) const GRAINS: [SignedDuration; 3] =
    [SignedDuration::from_hours(24), SignedDuration::from_hours(1), SignedDuration::from_mins(15)];
