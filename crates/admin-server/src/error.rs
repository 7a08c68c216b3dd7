//! What a caller is told when something does not go.

use std::time::Duration;

use serde::Serialize;

/// The stable codes. Clients share this alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No credential that is known and in force.
    Unauthenticated,
    /// A scope or a role is missing.
    Unauthorized,
    /// There is no such thing, or none that the caller may see.
    NotFound,
    /// The input breaks a rule.
    BadUserInput,
    /// The state of the thing does not admit it.
    Conflict,
    /// The document or the request is too large or too deep.
    LimitExceeded,
    /// The idempotency key was used with another input.
    IdempotencyMismatch,
    /// The secret was given once, and is not given again.
    AlreadyCreated,
    /// Asked for too often.
    RateLimited,
    /// Not now; a later try may succeed.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 11] = [
        Self::Unauthenticated,
        Self::Unauthorized,
        Self::NotFound,
        Self::BadUserInput,
        Self::Conflict,
        Self::LimitExceeded,
        Self::IdempotencyMismatch,
        Self::AlreadyCreated,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The code as the wire says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Conflict => "CONFLICT",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Self::AlreadyCreated => "ALREADY_CREATED",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A thing that an error is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectRef {
    /// Its id.
    pub id: String,
    /// The last four characters of its secret, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// An error as the caller sees it. What only the operator may see goes to the log where the error is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    code: Code,
    message: String,
    /// Boxed, so that a `Result` stays small.
    extras: Box<Extras>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Extras {
    field: Option<&'static str>,
    hint: Option<String>,
    object: Option<ObjectRef>,
    retry_after: Option<Duration>,
}

impl Error {
    /// An error without extras.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), extras: Box::default() }
    }

    /// `BAD_USER_INPUT` for a field.
    pub fn bad_input(field: &'static str, message: impl Into<String>) -> Self {
        let mut error = Self::new(Code::BadUserInput, message);
        error.extras.field = Some(field);
        error
    }

    /// `NOT_FOUND`: "there is no `what` that you can see".
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}, or none that this token may read"))
    }

    /// `CONFLICT`.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message)
    }

    /// `UNAVAILABLE`: a try after a second may succeed.
    pub fn unavailable(message: impl Into<String>) -> Self {
        let mut error = Self::new(Code::Unavailable, message);
        error.extras.retry_after = Some(Duration::from_secs(1));
        error
    }

    /// `RATE_LIMITED`: a try after `pause` may succeed.
    pub fn rate_limited(message: impl Into<String>, pause: Duration) -> Self {
        let mut error = Self::new(Code::RateLimited, message);
        error.extras.retry_after = Some(pause);
        error
    }

    /// `INTERNAL`. The detail is logged and not told.
    pub fn internal(detail: impl std::fmt::Display) -> Self {
        tracing::error!(%detail, "internal error");
        Self::new(Code::Internal, "the control plane failed; this is a fault of ours")
            .with_hint("quote the request id when you report it")
    }

    /// Adds the input field that it is about.
    #[must_use]
    pub fn with_field(mut self, field: &'static str) -> Self {
        self.extras.field = Some(field);
        self
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.extras.hint = Some(hint.into());
        self
    }

    /// Adds what it is about.
    #[must_use]
    pub fn with_object(mut self, object: ObjectRef) -> Self {
        self.extras.object = Some(object);
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The input field that broke a rule.
    pub fn field(&self) -> Option<&'static str> {
        self.extras.field
    }

    /// How to mend it.
    pub fn hint(&self) -> Option<&str> {
        self.extras.hint.as_deref()
    }

    /// What it is about.
    pub fn object(&self) -> Option<&ObjectRef> {
        self.extras.object.as_ref()
    }

    /// When to try again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.extras.retry_after
    }
}
