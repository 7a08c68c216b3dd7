//! What can go wrong, typed to the edge: a stable code, a hint where one helps, and the request id.

mod code;
mod config;
mod graphql;
mod http;
mod transport;

use std::{borrow::Cow, fmt, time::Duration};

pub use code::ErrorCode;
pub use config::ConfigError;
pub use graphql::{AdminGraphQlError, ErrorObject};
pub(crate) use http::code as status_code;
pub use http::{AdminHttpError, RefusedEvent, RefusedToken};
pub use transport::{DecodeError, DecodeProblem, TimeoutError, TransportError, TransportProblem};

use crate::{idempotency::IdempotencyKey, ids::RequestId};

/// Why a call failed.
///
/// `Display` is one line, `message (CODE)` or `message (CODE, request id)`, without the cause; [`source`](std::error::Error::source) has it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// What the client was told is wrong; nothing was changed.
    Config(Box<ConfigError>),
    /// The API understood the call and refused it.
    GraphQl(Box<AdminGraphQlError>),
    /// The API, or something on the way to it, answered with an HTTP error.
    Http(Box<AdminHttpError>),
    /// There was no whole answer.
    Transport(Box<TransportError>),
    /// There was no whole answer in time.
    Timeout(Box<TimeoutError>),
    /// The answer is not what this version understands.
    Decode(Box<DecodeError>),
    /// The caller gave up.
    Aborted {
        /// Under which a mutation went out, if it may have happened: sent again under it, it happens once.
        idempotency_key: Option<Box<IdempotencyKey>>,
    },
}

impl Error {
    /// The stable code: one alphabet for server, SDK, CLI and MCP.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Config(error) => error.code(),
            Self::GraphQl(error) => error.code.clone(),
            Self::Http(error) => error.code.clone(),
            Self::Transport(_) => ErrorCode::Network,
            Self::Timeout(_) => ErrorCode::Timeout,
            Self::Decode(_) => ErrorCode::Decode,
            Self::Aborted { .. } => ErrorCode::Aborted,
        }
    }

    /// What happened and why, without code and request id.
    pub fn message(&self) -> String {
        match self {
            Self::Config(error) => error.to_string(),
            Self::GraphQl(error) => error.to_string(),
            Self::Http(error) => error.to_string(),
            Self::Transport(error) => error.to_string(),
            Self::Timeout(error) => error.to_string(),
            Self::Decode(error) => error.to_string(),
            Self::Aborted { .. } => "the call was given up before it had an answer".to_owned(),
        }
    }

    /// How to fix it, where that is known.
    pub fn hint(&self) -> Option<Cow<'_, str>> {
        let own = self.own_hint();
        let Some(key) = self.idempotency_key() else { return own };
        let own = own.map(|own| format!("{own}; ")).unwrap_or_default();
        Some(Cow::Owned(format!(
            "{own}it may have happened all the same: the idempotency key `{key}` makes it safe to send again"
        )))
    }

    fn own_hint(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Config(error) => error.hint().map(Cow::Owned),
            Self::GraphQl(error) => error.hint.as_deref().map(Cow::Borrowed),
            Self::Http(error) => error.hint(),
            Self::Transport(error) => error.hint().map(Cow::Owned),
            Self::Timeout(error) => error.hint().map(Cow::Borrowed),
            Self::Decode(error) => error.hint().map(Cow::Borrowed),
            Self::Aborted { .. } => None,
        }
    }

    /// The HTTP status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::GraphQl(error) => Some(error.status),
            Self::Http(error) => Some(error.status),
            Self::Decode(error) => Some(error.status),
            Self::Config(_) | Self::Transport(_) | Self::Timeout(_) | Self::Aborted { .. } => None,
        }
    }

    /// The id by which the server's operator finds the request.
    pub fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::GraphQl(error) => error.request_id.as_ref(),
            Self::Http(error) => error.request_id.as_ref(),
            Self::Decode(error) => error.request_id.as_ref(),
            Self::Config(_) | Self::Transport(_) | Self::Timeout(_) | Self::Aborted { .. } => None,
        }
    }

    /// Under which a mutation went out that may have happened all the same: sent again under it, it happens once.
    ///
    /// None when nothing has happened for certain: it was refused, or it never reached the server.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        match self {
            Self::GraphQl(error) => error.idempotency_key.as_ref(),
            Self::Http(error) => error.idempotency_key.as_ref(),
            Self::Transport(error) => error.idempotency_key.as_ref(),
            Self::Timeout(error) => error.idempotency_key.as_ref(),
            Self::Decode(error) => error.idempotency_key.as_ref(),
            Self::Aborted { idempotency_key } => idempotency_key.as_deref(),
            Self::Config(_) => None,
        }
    }

    /// Whether a mutation that came to this may have happened, if attempts before it left that open or not.
    pub(crate) fn leaves_open(&self, before: bool) -> bool {
        match self {
            // A kept answer of an earlier attempt would have come instead.
            Self::GraphQl(error) if is_of_the_rules(&error.code) => false,
            Self::GraphQl(error) => before || is_uncertain(&error.code),
            Self::Http(error) => before || error.status >= 500 || is_uncertain(&error.code),
            Self::Transport(error) => before || error.problem == TransportProblem::Closed,
            Self::Timeout(_) | Self::Decode(_) => true,
            Self::Config(_) | Self::Aborted { .. } => before,
        }
    }

    /// Notes under which key to send it again.
    pub(crate) fn sent_under(&mut self, key: &IdempotencyKey) {
        let place = match self {
            Self::GraphQl(error) => &mut error.idempotency_key,
            Self::Http(error) => &mut error.idempotency_key,
            Self::Transport(error) => &mut error.idempotency_key,
            Self::Timeout(error) => &mut error.idempotency_key,
            Self::Decode(error) => &mut error.idempotency_key,
            Self::Config(_) | Self::Aborted { .. } => return,
        };
        *place = Some(key.clone());
    }

    /// How long the server asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::GraphQl(error) => error.retry_after,
            Self::Http(error) => error.retry_after,
            _ => None,
        }
    }

    /// The input field that is at fault, such as `name`.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Config(error) => error.field(),
            Self::GraphQl(error) => error.field.as_deref(),
            Self::Http(error) => error.field.as_deref(),
            _ => None,
        }
    }

    /// The object that the error is about, such as the key that was already created.
    pub fn object(&self) -> Option<&ErrorObject> {
        match self {
            Self::GraphQl(error) => error.object.as_ref(),
            _ => None,
        }
    }

    /// Whether the same call may succeed later, unchanged. A mutation is only safe to repeat under the same idempotency key.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::GraphQl(error) => is_passing(&error.code) || http::is_passing(error.status),
            Self::Http(error) => is_passing(&error.code) || http::is_passing(error.status),
            Self::Transport(error) => error.is_retryable(),
            Self::Timeout(_) => true,
            Self::Config(_) | Self::Decode(_) | Self::Aborted { .. } => false,
        }
    }
}

/// Whether a mutation that came to this may have happened.
fn is_uncertain(code: &ErrorCode) -> bool {
    matches!(code, ErrorCode::Internal | ErrorCode::Unavailable | ErrorCode::Timeout | ErrorCode::IdempotencyInFlight)
}

/// Whether the code is given only after a kept answer was looked for.
fn is_of_the_rules(code: &ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Conflict | ErrorCode::BadUserInput | ErrorCode::AlreadyCreated | ErrorCode::IdempotencyMismatch
    )
}

/// Whether what the code says passes by itself.
fn is_passing(code: &ErrorCode) -> bool {
    matches!(code, ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::IdempotencyInFlight)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        match self.request_id() {
            Some(id) => write!(f, " ({}, {id})", self.code()),
            None => write!(f, " ({})", self.code()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Config(error) => error.source(),
            Self::GraphQl(error) => error.source(),
            Self::Http(error) => error.source(),
            Self::Transport(error) => error.source(),
            Self::Timeout(error) => error.source(),
            Self::Decode(error) => error.source(),
            Self::Aborted { .. } => None,
        }
    }
}

/// Boxes a payload, so that a `Result` stays small.
macro_rules! from_payload {
    ($($variant:ident($payload:ty))*) => {$(
        impl From<$payload> for Error {
            fn from(error: $payload) -> Self {
                Self::$variant(Box::new(error))
            }
        }
    )*};
}

from_payload! {
    Config(ConfigError)
    GraphQl(AdminGraphQlError)
    Http(AdminHttpError)
    Transport(TransportError)
    Timeout(TimeoutError)
    Decode(DecodeError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_stays_small_and_moves_between_threads() {
        fn moves<T: Send + Sync + 'static>() {}
        moves::<Error>();
        assert!(size_of::<Error>() <= 16, "{}", size_of::<Error>());
    }

    #[test]
    fn what_no_test_can_bring_about_has_its_text_too() {
        let texts = [
            Error::Aborted { idempotency_key: None },
            ConfigError::NoRandomness.into(),
            ConfigError::HttpClient { reason: "no TLS".to_owned() }.into(),
            ConfigError::Input { reason: "key must be a string".to_owned() }.into(),
        ]
        .map(|error: Error| error.to_string());
        insta::assert_snapshot!(texts.join("\n"), @"
        the call was given up before it had an answer (ABORTED)
        the operating system gives no random numbers for an idempotency key (CONFIG)
        the HTTP client could not be made: no TLS (CONFIG)
        the input cannot be written as JSON: key must be a string (BAD_USER_INPUT)
        ");
    }
}
