//! What is wrong with what the client was told.

use std::time::Duration;

use admin_token::{TokenError, TokenKind};

use super::ErrorCode;
use crate::{
    base_url::{BaseUrl, BaseUrlError},
    config::Config,
    env,
    idempotency::IdempotencyKey,
    pat::CredentialSource,
};

/// What the client was told is wrong; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No token anywhere.
    #[error("no personal access token is set for {base_url}")]
    NoPat {
        /// The control plane that wants one.
        base_url: BaseUrl,
    },
    /// A token for something else.
    #[error("the token from {origin} is {kind} (`{}…`), and this API takes a personal access token (`tt_pat_…`)", .kind.prefix())]
    WrongTokenKind {
        /// Where it came from.
        origin: CredentialSource,
        /// What it is.
        kind: TokenKind,
    },
    /// A token that is damaged, or none.
    #[error("the token from {origin} is not well-formed: {reason}")]
    MalformedPat {
        /// Where it came from.
        origin: CredentialSource,
        /// What is wrong with it.
        reason: TokenError,
    },
    /// A base URL that cannot be used.
    #[error("the base URL from {origin} cannot be used: {reason}")]
    BaseUrl {
        /// Where it came from.
        origin: CredentialSource,
        /// What is wrong with it.
        reason: BaseUrlError,
    },
    /// `AI_SETU_ALLOW_HTTP` is neither yes nor no.
    #[error("`{name}` is `{}`, and takes `1` or `0`", .given.escape_debug(), name = env::AI_SETU_ALLOW_HTTP)]
    AllowHttp {
        /// What it holds.
        given: String,
    },
    /// A time limit out of bounds.
    #[error("`{field}` is {given:?}, and must be above zero and at most {:?}", Config::LONGEST_TIMEOUT)]
    Timeout {
        /// Which limit.
        field: &'static str,
        /// Its value.
        given: Duration,
    },
    /// Too many retries.
    #[error("`max_retries` is {given}, and must be at most {}", Config::MOST_RETRIES)]
    MaxRetries {
        /// Its value.
        given: u32,
    },
    /// A name that no header can carry.
    #[error("`user_agent_suffix` is `{}`, and must be visible ASCII characters and spaces", .given.escape_debug())]
    UserAgentSuffix {
        /// Its value.
        given: String,
    },
    /// An idempotency key that no header can carry.
    #[error(
        "the idempotency key has {length} characters; it must have 1 to {} visible ASCII characters",
        IdempotencyKey::LONGEST
    )]
    IdempotencyKey {
        /// How many characters it has.
        length: usize,
    },
    /// The operating system has no randomness for an idempotency key.
    #[error("the operating system gives no random numbers for an idempotency key")]
    NoRandomness,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {reason}")]
    HttpClient {
        /// What it says.
        reason: String,
    },
    /// The file of a gateway's private key cannot be used.
    #[error("the key file {path} cannot be used: {reason}", path = .path.display())]
    ResolveKeyFile {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        reason: String,
    },
    /// A gateway's private key that is none.
    #[error("the private key of the gateway is not base64url of 32 bytes")]
    MalformedResolveKey,
    /// A credential that was sealed for somebody else.
    #[error("the credential does not open with the private key of this gateway")]
    ForeignResolveKey,
    /// A list that is too long to collect.
    #[error("the list has more than {most} items, which is the most that is collected at once")]
    LongList {
        /// The most that is.
        most: usize,
    },
    /// Something that only a developer's own control plane does.
    #[error(
        "{base_url} is not on this machine, and payments are settled by hand on a developer's own control plane only"
    )]
    NotLocal {
        /// Where it would have gone.
        base_url: String,
    },
    /// An input that is no JSON.
    #[error("the input cannot be written as JSON: {reason}")]
    Input {
        /// What the serializer says.
        reason: String,
    },
}

impl ConfigError {
    /// The stable code.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NoPat { .. } => ErrorCode::Unauthenticated,
            Self::WrongTokenKind { .. } => ErrorCode::WrongTokenKind,
            Self::IdempotencyKey { .. } | Self::Input { .. } => ErrorCode::BadUserInput,
            Self::LongList { .. } => ErrorCode::LimitExceeded,
            _ => ErrorCode::Config,
        }
    }

    /// The setting or input that is at fault.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoPat { .. } | Self::WrongTokenKind { .. } | Self::MalformedPat { .. } => Some("pat"),
            Self::BaseUrl { .. } | Self::NotLocal { .. } => Some("base_url"),
            Self::AllowHttp { .. } => Some("allow_http"),
            Self::Timeout { field, .. } => Some(field),
            Self::MaxRetries { .. } => Some("max_retries"),
            Self::UserAgentSuffix { .. } => Some("user_agent_suffix"),
            Self::IdempotencyKey { .. } => Some("idempotency_key"),
            Self::ResolveKeyFile { .. } | Self::MalformedResolveKey | Self::ForeignResolveKey => Some("resolve_key"),
            Self::NoRandomness | Self::HttpClient { .. } | Self::LongList { .. } | Self::Input { .. } => None,
        }
    }

    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPat { base_url } if base_url.is_production() => Some(
                "make a token at https://app.aisetu.ai/settings/profile and set `AI_SETU_PAT` to it".to_owned(),
            ),
            Self::NoPat { .. } => Some("set `AI_SETU_PAT` to a personal access token of that control plane".to_owned()),
            Self::WrongTokenKind { kind, .. } if kind.is_api_key() => Some(
                "an API key is for the gateway that applications call; set `AI_SETU_PAT` to a token that starts with `tt_pat_`"
                    .to_owned(),
            ),
            Self::WrongTokenKind { .. } => Some("use a token that starts with `tt_pat_`".to_owned()),
            Self::MalformedPat { .. } => {
                Some("copy the whole token again: `tt_pat_` and 36 letters and digits".to_owned())
            }
            Self::BaseUrl { reason, .. } => Some(reason.hint()),
            Self::ForeignResolveKey => {
                Some("use the key whose public half was registered with the token, or a newer version of this library".to_owned())
            }
            Self::LongList { .. } => Some("walk it with `stream()`, which holds one page at a time".to_owned()),
            _ => None,
        }
    }
}
