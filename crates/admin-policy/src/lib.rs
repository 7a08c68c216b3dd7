//! Whether an API key may do a thing: one pure function of (policy, context, now).
//!
//! No I/O, no clock, no randomness. `verify` asks it for the verdict, `explain` for the trace, so that the two never differ.

mod decision;
mod scope;

pub use decision::{Check, Context, Decision, KeyPolicy, KeyState, Outcome, Step, Verdict, decide};
pub use scope::{CATALOGUE, CatalogueEntry, DEFAULT_SCOPE, Scope, ScopeError};
