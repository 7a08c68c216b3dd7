//! What the API says when it refuses a call.

use std::time::Duration;

use super::ErrorCode;
use crate::{idempotency::IdempotencyKey, ids::RequestId};

/// The API understood the call and refused it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct AdminGraphQlError {
    /// The stable code. An error that came without one counts as `INTERNAL`.
    pub code: ErrorCode,
    /// What happened and why, in the server's words.
    pub message: String,
    /// The input field that is at fault.
    pub field: Option<String>,
    /// How to fix it.
    pub hint: Option<String>,
    /// What the error is about.
    pub object: Option<ErrorObject>,
    /// How long to wait before the next try.
    pub retry_after: Option<Duration>,
    /// By which the server's operator finds the request.
    pub request_id: Option<RequestId>,
    /// Under which a mutation went out, if it may have happened: sent again under it, it happens once.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The HTTP status that it came with.
    pub status: u16,
}

/// What an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorObject {
    /// Its id.
    pub id: String,
    /// The last four characters of its secret, if it has one.
    pub hint: Option<String>,
}
