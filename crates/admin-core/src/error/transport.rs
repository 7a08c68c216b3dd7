//! No answer, half an answer, or one that is not understood.

use std::{error::Error as StdError, fmt, io, time::Duration};

use super::Error;
use crate::{base_url::BaseUrl, config::Config, idempotency::IdempotencyKey, ids::RequestId};

/// There was no whole answer.
#[derive(Debug, thiserror::Error)]
#[error("{problem} {base_url}{}", Attempts(*attempts))]
#[non_exhaustive]
pub struct TransportError {
    /// What happened.
    pub problem: TransportProblem,
    /// The control plane.
    pub base_url: BaseUrl,
    /// How often it was tried.
    pub attempts: u32,
    /// Under which a mutation went out, if it may have happened: sent again under it, it happens once.
    pub idempotency_key: Option<IdempotencyKey>,
    #[source]
    source: Option<reqwest::Error>,
}

/// What became of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportProblem {
    /// The name of the host is not known.
    Dns,
    /// Nothing listens there.
    Refused,
    /// The connect timeout passed.
    ConnectTimeout,
    /// There was no connection for another reason.
    Connect,
    /// The server's certificate was not accepted, or its TLS is not understood.
    Tls,
    /// The connection ended before the answer did.
    Closed,
}

impl fmt::Display for TransportProblem {
    /// The beginning of a sentence that ends with the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "the host name is not known:",
            Self::Refused => "the connection was refused by",
            Self::ConnectTimeout => "there was no connection in time to",
            Self::Connect => "there was no connection to",
            Self::Tls => "there is no trusted TLS connection to",
            Self::Closed => "the connection ended before the whole answer came from",
        })
    }
}

/// " after 3 attempts"; nothing for the first.
struct Attempts(u32);

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " after {} attempts", self.0) } else { Ok(()) }
    }
}

impl TransportError {
    /// From what the HTTP client says about one attempt.
    pub(crate) fn new(config: &Config, source: reqwest::Error) -> Self {
        let problem = problem(&source);
        // The URL stands in our own text.
        Self { problem, source: Some(source.without_url()), ..Self::cut(config) }
    }

    /// An answer that ended in the middle.
    pub(crate) fn cut(config: &Config) -> Self {
        Self {
            problem: TransportProblem::Closed,
            base_url: config.base_url().clone(),
            attempts: 1,
            idempotency_key: None,
            source: None,
        }
    }

    /// Whether another attempt may do better. A certificate that is not trusted now will not be in a second.
    pub const fn is_retryable(&self) -> bool {
        !matches!(self.problem, TransportProblem::Tls)
    }

    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        match self.problem {
            TransportProblem::Refused if self.base_url.is_loopback() => {
                Some("nothing listens there: is the control plane running? `aisetu dev` starts one".to_owned())
            }
            TransportProblem::Refused | TransportProblem::Dns => Some("is the base URL right?".to_owned()),
            TransportProblem::ConnectTimeout | TransportProblem::Connect => {
                Some("is there a network, and does it need a proxy (`HTTPS_PROXY`)?".to_owned())
            }
            TransportProblem::Tls => Some(
                "the system's certificate store decides whom to trust; `SSL_CERT_FILE` names another one".to_owned(),
            ),
            TransportProblem::Closed => None,
        }
    }
}

/// What became of the connection, from the chain of causes.
fn problem(error: &reqwest::Error) -> TransportProblem {
    let mut next: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(cause) = next {
        // Once the connection stands, a TLS error breaks it like any other.
        if cause.is::<rustls::Error>() && error.is_connect() {
            return TransportProblem::Tls;
        }
        // hyper-util keeps the type of this error to itself.
        if cause.to_string().starts_with("dns error") {
            return TransportProblem::Dns;
        }
        next = match cause.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == io::ErrorKind::ConnectionRefused => return TransportProblem::Refused,
            // What an I/O error wraps is not its source: the source is that of what it wraps.
            Some(error) => error.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
            None => cause.source(),
        };
    }
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => TransportProblem::ConnectTimeout,
        (true, false) => TransportProblem::Connect,
        (false, _) => TransportProblem::Closed,
    }
}

/// There was no whole answer in time.
#[derive(Debug, thiserror::Error)]
#[error("there was no answer from {base_url} within {timeout:?}{}", Attempts(*attempts))]
#[non_exhaustive]
pub struct TimeoutError {
    /// The control plane.
    pub base_url: BaseUrl,
    /// The deadline of the call.
    pub timeout: Duration,
    /// How often it was tried.
    pub attempts: u32,
    /// Under which a mutation went out, if it may have happened: sent again under it, it happens once.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Why the attempt before the last failed.
    #[source]
    pub(crate) last: Option<Error>,
}

impl TimeoutError {
    /// How to fix it.
    pub fn hint(&self) -> Option<&'static str> {
        self.idempotency_key.is_none().then_some("try again, or with a longer timeout")
    }
}

/// The answer is not what this version understands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer from {base_url} is not understood: {problem}")]
#[non_exhaustive]
pub struct DecodeError {
    /// The control plane.
    pub base_url: BaseUrl,
    /// What is wrong with the answer.
    pub problem: DecodeProblem,
    /// The HTTP status that it came with.
    pub status: u16,
    /// By which the server's operator finds the request.
    pub request_id: Option<RequestId>,
    /// Under which a mutation went out, if it may have happened: sent again under it, it happens once.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeProblem {
    /// Something else than JSON.
    #[error("it is not JSON (content type: {content_type})")]
    NotJson {
        /// What it says it is.
        content_type: String,
    },
    /// Larger than any answer may be.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes.
        limit: usize,
    },
    /// Neither data nor errors.
    #[error("it has neither `data` nor `errors`")]
    Empty,
    /// Data that does not fit the schema which this version was built to.
    #[error("{reason}")]
    Shape {
        /// Where it differs, without the value that was found.
        reason: String,
    },
}

impl DecodeError {
    /// How to fix it.
    pub const fn hint(&self) -> Option<&'static str> {
        match self.problem {
            DecodeProblem::NotJson { .. } => Some("is the base URL right? Something else than the API answers there"),
            DecodeProblem::Empty | DecodeProblem::Shape { .. } => {
                Some("server and client may be of versions that do not fit each other: update the older one")
            }
            DecodeProblem::TooLarge { .. } => Some("ask for less at once, with a smaller `limit`"),
        }
    }
}
