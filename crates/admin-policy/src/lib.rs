//! Whether an API key may do a thing: one pure function of (policy, context, counters, now).
//!
//! No I/O, no clock, no randomness. `verify` asks it for the verdict, `explain` for the trace, so that the two never differ.

mod budget;
pub mod calendar;
mod decision;
mod ip;
mod rate;
mod referrer;
mod scope;
mod time;

pub use budget::{Budget, BudgetPeriod};
pub use decision::{
    Check, Context, Counters, Decision, KeyPolicy, KeyState, Outcome, Restrictions, Step, Verdict, decide, standing,
};
pub use ip::{IpBlock, IpBlockError};
pub use rate::{Meter, RateError, RateLimit, RatePeriod, wait_millis};
pub use referrer::{ReferrerError, ReferrerPattern};
pub use scope::{CATALOGUE, CatalogueEntry, DEFAULT_SCOPE, Scope, ScopeError};
pub use time::{TimeWindow, TimeWindowError};
