//! What a model is told when a call fails: text, because structured content on an error breaks strict clients.

use std::borrow::Cow;
use std::time::Duration;

use admin_core::{Error, ErrorCode, Issuing, Operation as _, RequestId, name_operations};
use admin_local::{CredentialError, DeliveryError};
use rmcp::model::{CallToolResult, ContentBlock};

use crate::clean;
use crate::tools::Entry;
use crate::toolset::Withheld;

/// So much of the begin and of the end of a message is told, in characters: it may quote an argument of any length.
const LONGEST: (usize, usize) = (700, 300);

/// A failed call.
#[derive(Debug)]
pub(crate) struct ToolError {
    code: ErrorCode,
    /// What happened and why.
    message: String,
    /// What to do about it.
    next: String,
    /// Whether the same call may succeed later.
    retryable: bool,
    /// How long to wait before that.
    retry_after: Option<Duration>,
    request_id: Option<RequestId>,
}

impl ToolError {
    /// A failure that no repetition mends.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code, message: message.into(), next: next.into(), retryable: false, retry_after: None, request_id: None }
    }

    /// Of a tool that there is, and that this server does not have.
    pub(crate) fn withheld(name: &str, entry: &Entry, why: Withheld) -> Self {
        let (why, otherwise) = match why {
            Withheld::ReadOnly => (
                "changes something, and this server was registered read-only".to_owned(),
                "without `--read-only`".to_owned(),
            ),
            Withheld::OverHttp => {
                let message = format!("`{name}` is not for clients over HTTP, who bring their token along");
                return Self::new(
                    ErrorCode::Unauthorized,
                    message,
                    "tell the user, who gives the client a token: `Authorization: Bearer tt_pat_…`",
                );
            }
            Withheld::Excluded => ("was left out when this server was registered".to_owned(), "with it".to_owned()),
            Withheld::NotSelected => (
                format!("is of the toolset `{}`, which this server was registered without", entry.toolset),
                format!("with `--toolsets default,{}`", entry.toolset),
            ),
        };
        let next = format!(
            "tell the user, who can run `aisetu {}` in a terminal, or register this server anew {otherwise}; do not look for another way",
            entry.command
        );
        Self::new(ErrorCode::Unauthorized, format!("`{name}` {why}"), next)
    }

    /// Of an operation that another tool does.
    pub(crate) fn superseded(name: &str, by: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("`{name}` is no tool"), format!("call {by}"))
    }

    pub(crate) fn code(&self) -> &ErrorCode {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn with_code(self, code: ErrorCode) -> Self {
        Self { code, ..self }
    }

    pub(crate) fn set_next_step(&mut self, next: &str) {
        next.clone_into(&mut self.next);
    }

    pub(crate) fn next_step(&self) -> &str {
        &self.next
    }

    /// As the answer to the call.
    pub(crate) fn into_result(self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(self.text())])
    }

    /// As a model reads it: each part on a line of its own, whatever is quoted in it.
    pub(crate) fn text(&self) -> String {
        let Self { code, message, next, retryable, retry_after, request_id } = self;
        let retryable = match retry_after {
            _ if !retryable => "no".to_owned(),
            Some(pause) => format!("yes, after {} s", pause.as_secs_f64().ceil()),
            None => "yes".to_owned(),
        };
        // A command of the shell may go over several lines, which must stay as they are.
        let (message, next) = (shorten(clean::line(message)), clean::clean(next));
        let mut text = format!("{code}: {message}\nNext step: {next}\nRetryable: {retryable}");
        if let Some(id) = request_id {
            text.push_str("\nRequest id: ");
            text.push_str(&clean::line(id.as_ref()));
        }
        text
    }
}

impl ToolError {
    /// From a call that makes a secret: if it happened all the same, nobody has the secret.
    pub(crate) fn issuing<O: Issuing>(error: Error) -> Self {
        let may_have_happened = error.idempotency_key().is_some();
        let mut failed = Self::from(error);
        if may_have_happened {
            failed.next = format!(
                "it may have happened all the same, and then nobody has its secret: look with the list or get tool; if it is \
                 there, call {}",
                O::Undo::INFO.tool
            );
        }
        failed
    }
}

impl From<Error> for ToolError {
    fn from(error: Error) -> Self {
        // A tool takes no idempotency key: whoever is to repeat it must look first.
        let may_have_happened = error.idempotency_key().is_some();
        let next = if may_have_happened {
            "it may have happened all the same: look with the list or get tool before you try again".to_owned()
        } else {
            let in_words = |hint: Cow<'_, str>| name_operations(&hint, |info| info.tool.to_owned());
            error.hint().map_or_else(|| usual_step(&error.code()).to_owned(), in_words)
        };
        let mut message = error.message();
        if let Error::Http(http) = &error
            && let Some(excerpt) = &http.excerpt
        {
            message = message.replacen(excerpt.as_str(), &clean::untrusted(excerpt), 1);
        }
        Self {
            code: error.code(),
            message,
            next,
            retryable: error.is_retryable() && !may_have_happened,
            retry_after: error.retry_after(),
            request_id: error.request_id().cloned(),
        }
    }
}

/// What to do where the error itself has no hint.
fn usual_step(code: &ErrorCode) -> &'static str {
    match code {
        ErrorCode::Unauthenticated | ErrorCode::WrongTokenKind => {
            "call get_status to see which token it is; then the user signs in, with login where there is that tool"
        }
        ErrorCode::NotFound => "call the list tool and use an id from it",
        ErrorCode::BadUserInput => "correct the argument and call again",
        ErrorCode::LimitExceeded => "ask for less at once: a smaller `limit`, a shorter range of time",
        ErrorCode::RateLimited => "wait, and call again",
        ErrorCode::PaymentRequired => {
            "tell the user that the credit does not suffice; get_credit_balance says how much there is"
        }
        ErrorCode::IdempotencyMismatch | ErrorCode::AlreadyCreated => "look with the list or get tool at what is there",
        ErrorCode::Unavailable | ErrorCode::Timeout => "call again in a moment; if it stays so, tell the user",
        ErrorCode::Network => "tell the user that the control plane cannot be reached",
        ErrorCode::Internal => "tell the user the request id, by which whoever runs the control plane finds the cause",
        ErrorCode::Decode => {
            "tell the user that this server and the control plane may be of versions that do not fit each other"
        }
        ErrorCode::Unauthorized => "tell the user what the token lacks; do not try other tools to get around it",
        ErrorCode::Conflict => "get the object again, and decide by its state",
        _ => "tell the user what happened",
    }
}

impl From<CredentialError> for ToolError {
    fn from(error: CredentialError) -> Self {
        let mut next = match &error {
            CredentialError::None { profiles, .. } if !profiles.is_empty() => format!(
                "the user can register this server anew with a stored profile, `aisetu --profile {} mcp serve`, and start it again",
                profiles.join("|")
            ),
            _ => error.hints().join("; or "),
        };
        if next.is_empty() {
            next.push_str("tell the user what is wrong with the token");
        }
        next.push_str(". No token goes into this conversation");
        let message = match &error {
            CredentialError::Core(error) => error.message(),
            other => other.to_string(),
        };
        Self::new(error.code(), message, next)
    }
}

impl From<DeliveryError> for ToolError {
    /// From a look at the place, before anything was changed.
    fn from(error: DeliveryError) -> Self {
        let next = error.hint().unwrap_or_else(|| "name another file in `deliver`".to_owned());
        Self::new(ErrorCode::DeliveryFailed, format!("{}; nothing was changed", told(&error)), next)
    }
}

/// A message without the middle of what is too long.
fn shorten(message: String) -> String {
    let (begin, end) = LONGEST;
    let characters: Vec<char> = message.chars().collect();
    match characters.len().checked_sub(begin + end) {
        None | Some(0) => message,
        Some(more) => {
            [&characters[..begin], &[' ', '…', ' '], &characters[begin + more..]].concat().into_iter().collect()
        }
    }
}

/// An error with its causes, on one line.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
