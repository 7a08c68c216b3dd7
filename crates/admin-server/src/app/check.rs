//! What `aisetu-server check` finds: that what is kept twice says the same, and that sums are what they are sums of.

use std::fmt;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, such as `ledger`.
    pub area: &'static str,
    /// The id of what is wrong.
    pub object_id: String,
    /// What is wrong with it, in words.
    pub problem: String,
}

impl Finding {
    /// A finding about an object.
    pub fn new(area: &'static str, object_id: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { area, object_id: object_id.into(), problem: problem.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.area, self.object_id, self.problem)
    }
}
