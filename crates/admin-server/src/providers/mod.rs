//! Providers of models: the credentials they take, and whether one works.

mod credential;
mod http;
mod sigv4;

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

pub use credential::{Credential, Field, Given, fields};
pub use http::HttpProbes;
#[doc(hidden)]
pub use sigv4::{Signing, sign};

use crate::model::ProbeOutcome;

/// What asking a provider came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// In one word.
    pub outcome: ProbeOutcome,
    /// In plain words of ours; nothing of what the provider said.
    pub message: String,
}

impl Probed {
    pub(crate) fn new(outcome: ProbeOutcome, message: impl Into<String>) -> Self {
        Self { outcome, message: message.into() }
    }
}

/// Asks providers whether they take a credential, without spending anything.
pub trait Probes: Send + Sync + fmt::Debug {
    /// Asks once, within 10 s.
    fn probe<'a>(&'a self, credential: &'a Credential, now: Timestamp) -> BoxFuture<'a, Probed>;
}
