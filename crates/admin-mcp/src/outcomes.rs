//! What came of calls that a person carried out on a page, until it is told: the call may have ended before they came.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

use crate::error::ToolError;
use crate::pages::LIFE;

type Outcome = Result<Value, ToolError>;

/// By what tells a call from every other. Each is told once, and forgotten when its page would have been.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(Mutex<HashMap<Vec<u8>, (Instant, Outcome)>>);

impl Outcomes {
    pub(crate) fn put(&self, call: Vec<u8>, outcome: Outcome) {
        let mut outcomes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.retain(|_, (at, _)| at.elapsed() < LIFE);
        outcomes.insert(call, (Instant::now(), outcome));
    }

    pub(crate) fn take(&self, call: &[u8]) -> Option<Outcome> {
        let mut outcomes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.remove(call).filter(|(at, _)| at.elapsed() < LIFE).map(|(_, outcome)| outcome)
    }
}
