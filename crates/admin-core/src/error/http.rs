//! An HTTP status in the place of an answer.

use std::{borrow::Cow, time::Duration};

use super::ErrorCode;
use crate::{
    idempotency::IdempotencyKey,
    ids::RequestId,
    pat::{CredentialSource, Pat},
};

/// The API, or something on the way to it, answered with an HTTP error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct AdminHttpError {
    /// The HTTP status.
    pub status: u16,
    /// The stable code: the server's, else what the status says.
    pub code: ErrorCode,
    /// What happened and why; a foreign body only as a short piece of text, and HTML not at all.
    pub message: String,
    /// The part of `message` that was not written by the API, but by whatever answered in its place.
    pub excerpt: Option<String>,
    /// The input field that is at fault.
    pub field: Option<String>,
    /// How to fix it, in the server's words.
    pub server_hint: Option<String>,
    /// How long to wait before the next try.
    pub retry_after: Option<Duration>,
    /// By which the server's operator finds the request.
    pub request_id: Option<RequestId>,
    /// Under which a mutation went out, if it may have happened: sent again under it, it happens once.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The token, if that is what was refused.
    pub refused_token: Option<RefusedToken>,
    /// The events because of which a report of usage was refused, all of them; empty for everything else.
    pub refused_events: Vec<RefusedEvent>,
}

/// An event because of which a report of usage was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedEvent {
    /// Its place in the report, from 0.
    pub index: usize,
    /// What the gateway calls it, if the server could read it.
    pub id: Option<String>,
    /// What kind of wrong; `IDEMPOTENCY_MISMATCH` = the id was used for another event.
    pub code: ErrorCode,
    /// The field.
    pub field: Option<String>,
    /// What is wrong, in words.
    pub message: String,
}

/// What tells a refused token from others, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedToken {
    /// Where it came from.
    pub origin: CredentialSource,
    /// Its last four characters.
    pub hint: String,
}

impl From<&Pat> for RefusedToken {
    fn from(pat: &Pat) -> Self {
        Self { origin: pat.source().clone(), hint: pat.hint().to_owned() }
    }
}

impl AdminHttpError {
    /// How to fix it: what the server says, else what the status tells.
    pub fn hint(&self) -> Option<Cow<'_, str>> {
        if let Some(RefusedToken { origin, hint }) = &self.refused_token {
            let server = self.server_hint.as_ref().map(|hint| format!("{hint}; ")).unwrap_or_default();
            return Some(Cow::Owned(format!(
                "{server}the token came from {origin} and ends in `{hint}`: it may be expired, revoked or made for another control plane"
            )));
        }
        if let Some(hint) = &self.server_hint {
            return Some(Cow::Borrowed(hint));
        }
        let hint = match self.status {
            300..=399 => {
                "redirects are not followed, so that the token goes nowhere else: set the base URL to where the API is"
            }
            404 | 405 | 501 => "is the base URL right? It is the URL under which `/graphql` lies",
            407 => "a proxy on the way wants to know who you are",
            _ => return None,
        };
        Some(Cow::Borrowed(hint))
    }
}

/// What a status says when the body says nothing.
pub(crate) fn code(status: u16) -> ErrorCode {
    match status {
        401 => ErrorCode::Unauthenticated,
        403 => ErrorCode::Unauthorized,
        402 => ErrorCode::PaymentRequired,
        408 => ErrorCode::Timeout,
        409 => ErrorCode::Conflict,
        413 => ErrorCode::LimitExceeded,
        429 => ErrorCode::RateLimited,
        502..=504 => ErrorCode::Unavailable,
        // Nothing of ours answers so: the base URL leads elsewhere.
        300..=399 | 404 | 405 | 407 | 501 => ErrorCode::Config,
        400..=499 => ErrorCode::BadUserInput,
        _ => ErrorCode::Internal,
    }
}

/// Whether what the status says passes by itself.
pub(super) const fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 502..=504)
}
