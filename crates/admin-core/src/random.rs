//! Randomness that is passed in, so that a test can know what comes.

use std::{fmt, sync::Arc};

use crate::error::ConfigError;

/// Where idempotency keys and the jitter between attempts come from.
#[derive(Clone)]
pub struct Randomness(Arc<dyn Fn() -> Option<u64> + Send + Sync>);

impl Randomness {
    /// The operating system's.
    pub fn system() -> Self {
        Self(Arc::new(|| getrandom::u64().ok()))
    }

    /// Whatever the given source says. Idempotency keys made from it must not come twice.
    pub fn new(source: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Some(source())))
    }

    pub(crate) fn next(&self) -> Result<u64, ConfigError> {
        (self.0)().ok_or(ConfigError::NoRandomness)
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness")
    }
}
