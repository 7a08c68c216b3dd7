//! What a caller is told whose request does not pass.

use std::time::{Duration, SystemTime};

use admin_core::{DateTime, Error, RequestId, TokenKind, Verification, VerifyCode};
use admin_token::TokenError;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

/// When to come back while the control plane is away and does not say.
const COME_BACK: Duration = Duration::from_secs(5);
const SEND_ONE: &str = "send one API key as `Authorization: Bearer tt_live_…`";

/// An answer in the place of the service's.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: String,
    message: String,
    hint: Option<&'static str>,
    missing_scopes: Vec<String>,
    retry_after: Option<Duration>,
    request_id: Option<RequestId>,
    /// The value of `WWW-Authenticate`.
    challenge: Option<String>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    missing_scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Refusal {
    fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            hint: None,
            missing_scopes: Vec::new(),
            retry_after: None,
            request_id: None,
            challenge: None,
        }
    }

    fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Without a key: RFC 6750 wants no `error` then.
    fn unauthenticated(message: &str) -> Self {
        let refusal = Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message).hint(SEND_ONE);
        Self { challenge: Some("Bearer".to_owned()), ..refusal }
    }

    /// With a key that is no good.
    fn invalid(code: &VerifyCode, message: impl Into<String>) -> Self {
        let challenge = Some(r#"Bearer error="invalid_token""#.to_owned());
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, code.as_str(), message) }
    }

    pub(super) fn no_key() -> Self {
        Self::unauthenticated("the request has no API key")
    }

    pub(super) fn several_keys() -> Self {
        Self::unauthenticated("the request has more than one `Authorization` header")
    }

    pub(super) fn wrong_kind(kind: TokenKind) -> Self {
        Self::invalid(&VerifyCode::NotFound, format!("what was sent is {kind}, and no API key")).hint(SEND_ONE)
    }

    pub(super) fn malformed(reason: TokenError) -> Self {
        Self::invalid(&VerifyCode::NotFound, format!("what was sent is no API key: {reason}")).hint(SEND_ONE)
    }

    pub(super) fn unknown() -> Self {
        Self::invalid(&VerifyCode::NotFound, "the API key is not known here")
            .hint("is it a key of this service, or was it deleted?")
    }

    pub(super) fn no_such_project() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            VerifyCode::ProjectForbidden.as_str(),
            "the API key may not be used for this project",
        )
        .hint("name a project (`prj_…`) that the key is for")
    }

    /// The settings of the service are at fault, and its log says how.
    pub(super) fn fault(request_id: Option<&RequestId>) -> Self {
        let refusal = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "the API key could not be checked, by a fault of this service",
        );
        Self { request_id: request_id.cloned(), ..refusal.hint("tell its operator") }
    }

    pub(super) fn unavailable(error: &Error) -> Self {
        let refusal = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "the API key cannot be checked now, so nothing was done",
        );
        Self {
            retry_after: Some(error.retry_after().unwrap_or(COME_BACK)),
            request_id: error.request_id().cloned(),
            ..refusal.hint("try again later")
        }
    }

    /// What a verdict says that lets nothing pass, on a call that needs these scopes.
    pub(super) fn of(verification: &Verification, needed: &[String], now: SystemTime) -> Self {
        let code = &verification.code;
        let until =
            |at: Option<DateTime>| Some(SystemTime::from(at?.timestamp()).duration_since(now).unwrap_or_default());
        let refused = |status, message: &str| Self::new(status, code.as_str(), message);
        let forbidden = |message| refused(StatusCode::FORBIDDEN, message);
        match code {
            VerifyCode::NotFound => Self::unknown(),
            VerifyCode::Disabled => Self::invalid(code, "the API key is disabled").hint("its owner can enable it"),
            VerifyCode::Revoked => Self::invalid(code, "the API key was revoked").hint("ask its owner for another"),
            VerifyCode::Expired => Self::invalid(code, "the API key is expired").hint("ask its owner for another"),
            VerifyCode::ProjectForbidden => Self::no_such_project(),
            VerifyCode::InsufficientScope => {
                let missing_scopes = verification.missing_scopes.clone().unwrap_or_default();
                let challenge = Some(format!(r#"Bearer error="insufficient_scope", scope="{}""#, needed.join(" ")));
                let refusal = forbidden("the API key lacks a scope that this call needs");
                Self { missing_scopes, challenge, ..refusal.hint("its owner can add the scopes in `missingScopes`") }
            }
            VerifyCode::IpForbidden => {
                forbidden("the API key may not be used from this address").hint("its owner can allow the address")
            }
            VerifyCode::ReferrerForbidden => forbidden("the API key may not be used from this page")
                .hint("the page is what `Referer` says, else `Origin`; the key's owner can allow it"),
            VerifyCode::OutsideTimeWindow => Self {
                retry_after: until(verification.next_allowed_at),
                ..forbidden("the API key may not be used at this time")
            },
            VerifyCode::CreditExhausted => {
                forbidden("the credit of the API key's owner is exhausted").hint("its owner can top it up")
            }
            VerifyCode::BudgetExceeded => match until(verification.resets_at) {
                None => forbidden("the budget of the API key is used up").hint("its owner can raise it"),
                retry_after => Self {
                    retry_after,
                    ..refused(
                        StatusCode::TOO_MANY_REQUESTS,
                        "the budget of the API key is used up until its period ends",
                    )
                },
            },
            VerifyCode::RateLimited => Self {
                retry_after: verification.retry_after_ms.map(Duration::from_millis),
                ..refused(StatusCode::TOO_MANY_REQUESTS, "the API key is used more often than it may be")
            },
            _ => forbidden("the API key may not be used for this call"),
        }
    }

    /// The answer, which no cache keeps.
    pub(super) fn into_response<R: From<String>>(self) -> Response<R> {
        let error = Body {
            code: &self.code,
            message: &self.message,
            hint: self.hint,
            missing_scopes: &self.missing_scopes,
            retry_after_ms: self.retry_after.map(|after| after.as_millis()),
            request_id: self.request_id.as_ref().map(AsRef::as_ref),
        };
        let body = serde_json::to_string(&Envelope { error }).unwrap_or_default();
        let mut response = Response::new(R::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(after) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds(after).into());
        }
        if let Some(challenge) = self.challenge.and_then(|challenge| challenge.parse().ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Whole seconds, after which it is certainly over.
fn seconds(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}
