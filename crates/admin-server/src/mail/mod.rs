//! Mail: who sends it, and what is sent.
//!
//! A rule never waits for a mail server. It puts the mail into the outbox within its own transaction (`app::outbox`); from there it
//! is sent as soon as the server takes it.

mod smtp;

use std::fmt;

use futures_util::future::BoxFuture;

use admin_token::Secret;

pub use smtp::{Smtp, SmtpSettings};

/// What is sent. The text may hold a code or a token.
#[derive(Debug, Clone)]
pub struct Message {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: Secret,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// A later try may succeed.
    #[error("{0}")]
    NotNow(String),
    /// The server will never take it: the address does not exist, or the message is refused.
    #[error("{0}")]
    Refused(String),
}

/// Sends mail.
pub trait Mail: Send + Sync + fmt::Debug {
    /// Sends one, within a few seconds.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>>;
}

/// Where no mail server is set: nothing is sent, and the log says so.
#[derive(Debug)]
pub struct NoMail;

impl Mail for NoMail {
    fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        let why = "no mail server is set: set `AI_SETU_SMTP_URL` and `AI_SETU_MAIL_FROM`";
        Box::pin(async move { Err(MailError::NotNow(why.to_owned())) })
    }
}

/// Prints each mail to the log instead of sending it. Only for a developer's own machine: whoever reads the log reads the codes.
#[derive(Debug)]
pub struct LogMail;

/// What the log's lines with mails are called, for filters.
pub const LOG_TARGET: &str = "aisetu::mail";

impl Mail for LogMail {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        tracing::info!(target: LOG_TARGET, to = message.to, subject = message.subject, "\n{}", message.text.expose());
        Box::pin(async { Ok(()) })
    }
}
