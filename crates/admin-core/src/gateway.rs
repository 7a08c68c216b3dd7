//! The data plane: what a gateway asks about the keys that applications present to it, and what it reports of their calls.

#[cfg(feature = "resolve")]
mod resolve;

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use admin_token::Secret;
use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[cfg(feature = "resolve")]
pub use resolve::{ResolveKey, ResolveRequest, ResolvedCredential};

use crate::{
    config::ConfigBuilder,
    decode,
    error::{ConfigError, Error},
    ids::{ApiKeyId, ProjectId, WorkspaceId},
    open_enum::graphql_enum,
    operations::api_keys::Environment,
    pat::Pat,
    scalars::{DateTime, Metadata},
    schema,
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
    /// The project (`prj_…`) for which the call is made.
    pub project: Option<ProjectId>,
    /// The address of the client, as a proxy that you trust saw it.
    pub ip: Option<IpAddr>,
    /// The `Referer` or `Origin` header of the client.
    pub referrer: Option<String>,
    /// What the client calls itself, for the log.
    pub user_agent: Option<String>,
    /// What is called, such as `functions`, for log and usage: 1 to 100 characters.
    pub resource: Option<String>,
    /// How much of the key's rate limit the call takes, at most 1,000,000; 0 = check without taking any. Absent = 1.
    pub cost: Option<u32>,
    /// Slug or id of the tenant's own connection over which the call goes: then it needs no credit.
    pub connection: Option<String>,
    /// The deadline with all retries: above zero, at most an hour; by default the client's. In the way of a request it is best short.
    pub timeout: Option<Duration>,
}

impl VerifyRequest {
    /// A key, for a call that needs no scope.
    pub const fn new(key: Secret) -> Self {
        Self {
            key,
            scopes: Vec::new(),
            project: None,
            ip: None,
            referrer: None,
            user_agent: None,
            resource: None,
            cost: None,
            connection: None,
            timeout: None,
        }
    }

    /// Sets the deadline with all retries.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The project for which the call is made.
    #[must_use]
    pub fn project(mut self, project: impl Into<ProjectId>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// The address of the client. A key with a restriction on addresses passes only with it.
    #[must_use]
    pub const fn ip(mut self, ip: IpAddr) -> Self {
        self.ip = Some(ip);
        self
    }

    /// The page that the call comes from. A key with a restriction on referrers passes only with it.
    #[must_use]
    pub fn referrer(mut self, referrer: impl Into<String>) -> Self {
        self.referrer = Some(referrer.into());
        self
    }

    /// What the client calls itself, for the log.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// What is called, such as `functions`, for log and usage.
    #[must_use]
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// How much of the rate limit it takes; 0 = check without taking any.
    #[must_use]
    pub const fn cost(mut self, cost: u32) -> Self {
        self.cost = Some(cost);
        self
    }

    /// Slug or id of the tenant's own connection over which the call goes: then it needs no credit.
    #[must_use]
    pub fn connection(mut self, connection: impl Into<String>) -> Self {
        self.connection = Some(connection.into());
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
#[serde(rename_all = "camelCase")]
struct WireRequest<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scopes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a ProjectId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'a str>,
}

graphql_enum! {
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
    /// How long until the call would pass the rate limit, in milliseconds; absent = it is not the rate, or it costs more than ever passes.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
    /// When the key may be used again, where its times deny.
    #[serde(default)]
    pub next_allowed_at: Option<DateTime>,
    /// When the budget that is used up begins anew; absent = it is not the budget, or never.
    #[serde(default)]
    pub resets_at: Option<DateTime>,
    /// What is left of the rate limit, where there is one.
    #[serde(default)]
    pub rate_limit: Option<RateLimitState>,
}

/// What is left of a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RateLimitState {
    /// How many calls would pass at once.
    pub remaining: u32,
    /// From when on the whole burst passes again.
    pub resets_at: DateTime,
}

/// What a call cost, or several calls alike. It counts once: whatever is reported again under its id by the same token is the same event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageEvent {
    /// What you call it, for good: 1 to 100 visible ASCII characters.
    pub id: String,
    /// When it happened: at most 31 days ago when it is first reported, and at most 5 minutes ahead of the control plane's clock.
    pub at: DateTime,
    /// The API key that was used (`key_…`): its id, never its secret.
    pub key: ApiKeyId,
    /// The project (`prj_…`), of the key's workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// What was called, such as `functions`: 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The model that answered: 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Slug or id of the tenant's own connection over which it went: then it is not debited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// How many calls: 0 to 1,000,000; absent = 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Tokens that went in: 0 to 10^9; absent = none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens that came out: 0 to 10^9; absent = none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// What it cost in millionths of a US dollar: 0 to 10^10, which is 10,000 USD.
    pub cost_micro_usd: u64,
}

impl UsageEvent {
    /// One call with this key that cost so many millionths of a US dollar.
    pub fn new(id: impl Into<String>, at: DateTime, key: impl Into<ApiKeyId>, cost_micro_usd: u64) -> Self {
        Self {
            id: id.into(),
            at,
            key: key.into(),
            project: None,
            resource: None,
            model: None,
            connection: None,
            requests: None,
            input_tokens: None,
            output_tokens: None,
            cost_micro_usd,
        }
    }
}

/// Events to report together.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UsageReport {
    /// The events: 1 to 1,000, together at most 1 MiB as JSON.
    pub events: Vec<UsageEvent>,
    /// The deadline with all retries: above zero, at most an hour; by default the client's.
    pub timeout: Option<Duration>,
}

impl UsageReport {
    /// How many events one report has at most.
    pub const MAX_EVENTS: usize = 1000;

    /// These events, within the client's deadline.
    pub const fn new(events: Vec<UsageEvent>) -> Self {
        Self { events, timeout: None }
    }

    /// Sets the deadline with all retries.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// What became of a report: all of it counts, and is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageReceipt {
    /// Events that count from now on.
    pub accepted: u64,
    /// Events that counted before.
    pub duplicates: u64,
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
    /// If the connection breaks, the question is sent again, as long as there are retries left: the call may then count twice.
    ///
    /// The future owns all that it needs: it can be spawned, and dropping it aborts the call.
    pub fn verify(
        &self,
        request: VerifyRequest,
    ) -> impl Future<Output = Result<Verification, Error>> + Send + 'static + use<> {
        let transport = Arc::clone(&self.transport);
        async move {
            let wire = WireRequest {
                key: request.key.expose(),
                scopes: &request.scopes,
                project: request.project.as_ref(),
                ip: request.ip,
                referrer: request.referrer.as_deref(),
                user_agent: request.user_agent.as_deref(),
                resource: request.resource.as_deref(),
                cost: request.cost,
                connection: request.connection.as_deref(),
            };
            post(&transport, "v1/keys/verify", &wire, request.timeout).await
        }
    }

    /// Reports what calls cost. All events count, or none does; those that counted before do no harm, so a report can be sent again as it is,
    /// and is by the client's own retries.
    ///
    /// A report that is refused names every event that is wrong in
    /// [`refused_events`](crate::AdminHttpError::refused_events): mend or leave out those, and send the rest.
    ///
    /// The future owns all that it needs: it can be spawned, and dropping it aborts the call.
    pub fn report_usage(
        &self,
        report: UsageReport,
    ) -> impl Future<Output = Result<UsageReceipt, Error>> + Send + 'static + use<> {
        #[derive(Serialize)]
        struct Wire<'a> {
            events: &'a [UsageEvent],
        }

        let transport = Arc::clone(&self.transport);
        async move { post(&transport, "v1/usage/events", &Wire { events: &report.events }, report.timeout).await }
    }
}

async fn post<T: DeserializeOwned + Send>(
    transport: &Transport,
    path: &str,
    body: &impl Serialize,
    timeout: Option<Duration>,
) -> Result<T, Error> {
    let config = &transport.config;
    let body = serde_json::to_vec(body).map_err(|error| ConfigError::Input { reason: error.to_string() })?;
    let call = Call {
        url: config.base_url().endpoint(path),
        accept: HeaderValue::from_static("application/json"),
        body,
        idempotency_key: None,
        timeout: timeout.unwrap_or(config.timeout()),
        public: false,
        raw: false,
    };
    Ok(transport.send(&call, |answer| decode::data_plane(config, answer)).await?.value)
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("config", &self.transport.config).finish_non_exhaustive()
    }
}
