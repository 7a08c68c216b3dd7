//! The data plane: what a gateway asks about the keys that applications present to it.

#[cfg(feature = "resolve")]
mod resolve;

use std::{fmt, sync::Arc, time::Duration};

use admin_token::Secret;
use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};

#[cfg(feature = "resolve")]
pub use resolve::{ResolveKey, ResolveRequest, ResolvedCredential};

use crate::{
    config::ConfigBuilder,
    decode,
    error::{ConfigError, Error},
    ids::{ApiKeyId, WorkspaceId},
    open_enum::open_enum,
    operations::api_keys::Environment,
    pat::Pat,
    scalars::{DateTime, Metadata},
    transport::{Call, Transport},
};

/// The data plane of a control plane. Made by [`Client::gateway`](crate::Client::gateway).
#[derive(Clone)]
pub struct Gateway {
    transport: Arc<Transport>,
}

/// A key that was presented, and what for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VerifyRequest {
    /// The presented key.
    pub key: Secret,
    /// The scopes that the call needs, all of them; empty = none.
    pub scopes: Vec<String>,
    /// The deadline with all retries: above zero, at most an hour; by default the client's. In the way of a request it is best short.
    pub timeout: Option<Duration>,
}

impl VerifyRequest {
    /// A key, for a call that needs no scope.
    pub const fn new(key: Secret) -> Self {
        Self { key, scopes: Vec::new(), timeout: None }
    }

    /// Sets the deadline with all retries.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// A scope that the call needs too.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }
}

/// The only way in which a key leaves: as the body of a verification.
#[derive(Serialize)]
struct WireRequest<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scopes: &'a [String],
}

open_enum! {
    /// What a verification says. The set is open: a server may know more.
    VerifyCode {
        /// The key may do it.
        Valid = "VALID",
        /// No such key, or none that the caller may verify.
        NotFound = "NOT_FOUND",
        /// The key is disabled.
        Disabled = "DISABLED",
        /// The key is revoked.
        Revoked = "REVOKED",
        /// The key is expired.
        Expired = "EXPIRED",
        /// The key is not for this project.
        ProjectForbidden = "PROJECT_FORBIDDEN",
        /// The key lacks a scope.
        InsufficientScope = "INSUFFICIENT_SCOPE",
        /// The key is not for this IP address.
        IpForbidden = "IP_FORBIDDEN",
        /// The key is not for this referrer.
        ReferrerForbidden = "REFERRER_FORBIDDEN",
        /// The key is not for this time of day.
        OutsideTimeWindow = "OUTSIDE_TIME_WINDOW",
        /// The tenant's credit is exhausted.
        CreditExhausted = "CREDIT_EXHAUSTED",
        /// The budget of the key or of its workspace is spent.
        BudgetExceeded = "BUDGET_EXCEEDED",
        /// Too many calls in too short a time.
        RateLimited = "RATE_LIMITED",
    }
}

/// The verdict on a presented key. Only `valid` decides; what else there is depends on the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Verification {
    /// Whether the key may do it.
    pub valid: bool,
    /// Why, or why not.
    pub code: VerifyCode,
    /// The key.
    #[serde(default)]
    pub key_id: Option<ApiKeyId>,
    /// Its workspace.
    #[serde(default)]
    pub workspace_id: Option<WorkspaceId>,
    /// What it is for.
    #[serde(default)]
    pub environment: Option<Environment>,
    /// What it may do.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// The needed scopes that it lacks.
    #[serde(default)]
    pub missing_scopes: Option<Vec<String>>,
    /// When it expires; null = never.
    #[serde(default)]
    pub expires_at: Option<DateTime>,
    /// Its labels.
    #[serde(default)]
    pub metadata: Option<Metadata>,
}

impl Gateway {
    /// The data plane for a gateway: with the service token that the operator gave it, or a personal access token.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting and what is wrong with it; a token is never quoted.
    pub fn connect(token: &Secret, settings: ConfigBuilder) -> Result<Self, Error> {
        let config = settings.pat(Pat::of_gateway(token.expose())?).build()?;
        Ok(Self::new(Arc::new(Transport::new(config)?)))
    }

    pub(crate) const fn new(transport: Arc<Transport>) -> Self {
        Self { transport }
    }

    /// Says whether a presented key may do what the call needs. A key that is refused is an answer, not an error.
    ///
    /// The future owns all that it needs: it can be spawned, and dropping it aborts the call.
    pub fn verify(
        &self,
        request: VerifyRequest,
    ) -> impl Future<Output = Result<Verification, Error>> + Send + 'static + use<> {
        let transport = Arc::clone(&self.transport);
        async move {
            let config = &transport.config;
            let wire = WireRequest { key: request.key.expose(), scopes: &request.scopes };
            let body = serde_json::to_vec(&wire).map_err(|error| ConfigError::Input { reason: error.to_string() })?;
            let call = Call {
                url: config.base_url().endpoint("v1/keys/verify"),
                accept: HeaderValue::from_static("application/json"),
                body,
                idempotency_key: None,
                timeout: request.timeout.unwrap_or(config.timeout()),
                public: false,
            };
            Ok(transport.send(&call, |answer| decode::data_plane(config, answer)).await?.value)
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("config", &self.transport.config).finish_non_exhaustive()
    }
}
