//! What API keys are used for: `apiKeys` usage, logs and the explanation of a decision.

use admin_policy::{Check, Outcome, Scope, Verdict};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::billing::Money;
use super::scalars::{DateTime, Int64};
use super::usage::TimeUnit;
use super::{Answer, page, page_type, parts, query};
use crate::app::explain::{self, Supposed};
use crate::app::key_logs::{self, GetKeyLog, ListKeyLogs, SumKeyUsage, SumProjectUsage, SumResourceUsage};
use crate::app::validate;
use crate::error::Error;
use crate::ids::{ApiKeyId, LogId, ProjectId, VersionId};
use crate::model;

/// What comes of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Verdict")]
pub(crate) enum VerifyCode {
    /// The call may pass.
    Valid,
    /// There is no such key: it was deleted, alone or with its workspace.
    NotFound,
    Disabled,
    Revoked,
    /// The key has expired, or the grace of the presented secret is over.
    Expired,
    ProjectForbidden,
    InsufficientScope,
    IpForbidden,
    ReferrerForbidden,
    OutsideTimeWindow,
    CreditExhausted,
    BudgetExceeded,
    RateLimited,
}

/// What came of a call, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::LogStatus")]
pub(crate) enum ApiKeyLogStatus {
    /// VALID.
    Success,
    /// Any other code.
    Denied,
}

/// By what the usage of a key is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::KeyUsageDimension")]
pub(crate) enum ApiKeyUsageDimension {
    /// By what came of the call.
    Code,
    Project,
    Resource,
}

/// One verification of an API key.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyLog {
    id: ID,
    key_id: ID,
    /// The secret that was presented (`ver_…`).
    version_id: ID,
    at: DateTime,
    code: VerifyCode,
    /// The project that the call named (`prj_…`).
    project_id: Option<ID>,
    /// What was called, such as `functions`.
    resource: Option<String>,
    /// The address that the gateway saw.
    ip: Option<String>,
    /// The page that the call came from, without query and fragment.
    referrer: Option<String>,
    user_agent: Option<String>,
    /// How much of the rate limit the call took, or would have taken.
    cost: Int64,
    /// How long the decision took, in microseconds.
    latency_micros: Int64,
}

impl From<model::LogEntry> for ApiKeyLog {
    fn from(entry: model::LogEntry) -> Self {
        Self {
            id: entry.id.as_str().into(),
            key_id: entry.key_id.as_str().into(),
            version_id: entry.version_id.as_str().into(),
            at: DateTime(entry.at),
            code: entry.verdict.into(),
            project_id: entry.project_id.map(|id| id.as_str().into()),
            resource: entry.resource,
            ip: entry.ip,
            referrer: entry.referrer,
            user_agent: entry.user_agent,
            cost: Int64(entry.cost),
            latency_micros: Int64(entry.micros),
        }
    }
}

page_type! {
    /// One page of the log of a key, newest first. How long the log is, is not counted.
    ApiKeyLogPage of ApiKeyLog from model::LogEntry
}

/// How many calls.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyCalls {
    /// All of them: `allowed` and `denied` together.
    requests: Int64,
    /// Those with the code VALID.
    allowed: Int64,
    denied: Int64,
}

impl From<model::Calls> for ApiKeyCalls {
    fn from(calls: model::Calls) -> Self {
        Self { requests: Int64(calls.all()), allowed: Int64(calls.allowed), denied: Int64(calls.denied) }
    }
}

/// The use of a stretch of time: `start` belongs to it, `end` does not.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyUsageBucket {
    start: DateTime,
    end: DateTime,
    calls: ApiKeyCalls,
    /// What gateways reported that calls of this time cost.
    cost: Money,
}

/// The calls of what was told apart.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyUsageGroup {
    /// The code, the project (`prj_…`) or the resource; null = the calls name none.
    value: Option<String>,
    calls: ApiKeyCalls,
}

/// How much an API key is used: how often it was presented, and what came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyUsage {
    key_id: ID,
    from: DateTime,
    to: DateTime,
    group_by: TimeUnit,
    /// The zone of whose clock the buckets are.
    time_zone: String,
    /// All of it: the sum of the buckets, and of the groups with `other`.
    total: ApiKeyCalls,
    /// What gateways reported that calls of this time cost.
    cost: Money,
    /// In order, without a gap: a bucket without calls is there with zeros.
    buckets: Vec<ApiKeyUsageBucket>,
    /// What was told apart, most calls first, at most 100.
    groups: Vec<ApiKeyUsageGroup>,
    /// What is not among the groups; null = nothing was told apart.
    other: Option<ApiKeyCalls>,
}

impl From<key_logs::KeyUsage> for ApiKeyUsage {
    fn from(usage: key_logs::KeyUsage) -> Self {
        let bucket = |bucket: key_logs::KeyUsageBucket| ApiKeyUsageBucket {
            start: DateTime(bucket.bucket.start),
            end: DateTime(bucket.bucket.end),
            calls: bucket.calls.into(),
            cost: bucket.cost.into(),
        };
        let group = |group: key_logs::KeyUsageGroup| ApiKeyUsageGroup { value: group.value, calls: group.calls.into() };
        Self {
            key_id: usage.key_id.as_str().into(),
            from: DateTime(usage.from),
            to: DateTime(usage.to),
            group_by: usage.group_by.into(),
            time_zone: usage.time_zone,
            total: usage.total.into(),
            cost: usage.cost.into(),
            buckets: usage.buckets.into_iter().map(bucket).collect(),
            groups: usage.groups.into_iter().map(group).collect(),
            other: usage.other.map(Into::into),
        }
    }
}

/// Which use of a key to sum, and how.
#[derive(Debug, InputObject)]
pub(crate) struct ApiKeyUsageInput {
    /// The key (`key_…`), deleted or not.
    id: ID,
    /// Only these resources, at most 50; absent = all.
    resources: Option<Vec<String>>,
    /// From this instant on; absent = the last 60 minutes, 24 hours, 30 days, 12 weeks or 12 months up to `to`. It is moved back to a
    /// quarter of an hour, or to a whole minute where minutes are asked for.
    from: Option<DateTime>,
    /// Before this instant, at most 366 days after `from`; absent = the end of the bucket under way. It is moved on likewise.
    to: Option<DateTime>,
    /// The length of the buckets, of which there may be 400; absent = DAY. Single minutes are known as long as the log is kept.
    group_by: Option<TimeUnit>,
    /// The IANA zone of whose clock the buckets are, such as `Europe/Berlin`; absent = UTC.
    time_zone: Option<String>,
    /// What to tell apart; absent = nothing.
    by: Option<ApiKeyUsageDimension>,
}

impl ApiKeyUsageInput {
    fn operation(self) -> Result<SumKeyUsage, Error> {
        Ok(SumKeyUsage {
            id: ApiKeyId::input("id", &self.id)?,
            project_id: None,
            resources: self.resources.unwrap_or_default(),
            from: self.from.map(|at| at.0),
            to: self.to.map(|at| at.0),
            group_by: self.group_by.map(Into::into),
            time_zone: self.time_zone,
            by: self.by.map(Into::into),
        })
    }
}

/// Which use of a key for one resource to sum, and how.
#[derive(Debug, InputObject)]
pub(crate) struct ApiKeyResourceUsageInput {
    /// The key (`key_…`), deleted or not.
    id: ID,
    /// The resource, such as `functions`.
    resource: String,
    /// As of `apiKeysUsage`.
    from: Option<DateTime>,
    /// As of `apiKeysUsage`.
    to: Option<DateTime>,
    /// The length of the buckets; absent = DAY.
    group_by: Option<TimeUnit>,
    /// The IANA zone of whose clock the buckets are; absent = UTC.
    time_zone: Option<String>,
    /// What to tell apart; absent = nothing.
    by: Option<ApiKeyUsageDimension>,
}

impl ApiKeyResourceUsageInput {
    fn operation(self) -> Result<SumResourceUsage, Error> {
        let Self { id, resource, from, to, group_by, time_zone, by } = self;
        let resources = Some(vec![resource]);
        ApiKeyUsageInput { id, resources, from, to, group_by, time_zone, by }.operation().map(SumResourceUsage)
    }
}

/// Which use of a key for one project to sum, and how.
#[derive(Debug, InputObject)]
pub(crate) struct ApiKeyProjectUsageInput {
    /// The key (`key_…`), deleted or not.
    id: ID,
    /// The project (`prj_…`), archived or not.
    project_id: ID,
    /// Only these resources, at most 50; absent = all.
    resources: Option<Vec<String>>,
    /// As of `apiKeysUsage`.
    from: Option<DateTime>,
    /// As of `apiKeysUsage`.
    to: Option<DateTime>,
    /// The length of the buckets; absent = DAY.
    group_by: Option<TimeUnit>,
    /// The IANA zone of whose clock the buckets are; absent = UTC.
    time_zone: Option<String>,
    /// What to tell apart; absent = nothing.
    by: Option<ApiKeyUsageDimension>,
}

impl ApiKeyProjectUsageInput {
    fn operation(self) -> Result<SumProjectUsage, Error> {
        let Self { id, project_id, resources, from, to, group_by, time_zone, by } = self;
        let project_id = Some(ProjectId::input("projectId", &project_id)?);
        let sum = ApiKeyUsageInput { id, resources, from, to, group_by, time_zone, by }.operation()?;
        Ok(SumProjectUsage(SumKeyUsage { project_id, ..sum }))
    }
}

/// Which entries of the log of a key.
#[derive(Debug, InputObject)]
pub(crate) struct ListApiKeyLogsInput {
    /// The key (`key_…`), deleted or not.
    id: ID,
    /// Only from this instant on.
    from: Option<DateTime>,
    /// Only before this instant.
    to: Option<DateTime>,
    /// Only what came out so.
    status: Option<ApiKeyLogStatus>,
    /// Only with this code.
    code: Option<VerifyCode>,
    /// Only for this project (`prj_…`).
    project_id: Option<ID>,
    /// Only of this resource.
    resource: Option<String>,
    /// Only with this secret (`ver_…`).
    version_id: Option<ID>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

impl ListApiKeyLogsInput {
    fn operation(self) -> Result<ListKeyLogs, Error> {
        Ok(ListKeyLogs {
            id: ApiKeyId::input("id", &self.id)?,
            from: self.from.map(|at| at.0),
            to: self.to.map(|at| at.0),
            status: self.status.map(Into::into),
            verdict: self.code.map(Into::into),
            project_id: self.project_id.map(|id| ProjectId::input("projectId", &id)).transpose()?,
            resource: self.resource,
            version_id: self.version_id.map(|id| VersionId::input("versionId", &id)).transpose()?,
            page: page(self.limit, self.cursor, self.offset),
        })
    }
}

/// Which entry of the log of a key.
#[derive(Debug, InputObject)]
pub(crate) struct GetApiKeyLogInput {
    /// The key (`key_…`), deleted or not.
    id: ID,
    /// The entry (`log_…`).
    log_id: ID,
}

/// A check of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Check")]
pub(crate) enum ApiKeyCheck {
    Existence,
    State,
    Expiry,
    Project,
    Scope,
    IpAddress,
    Referrer,
    Time,
    Credit,
    Budget,
    RateLimit,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ApiKeyCheckOutcome {
    /// There is nothing that could deny.
    Unrestricted,
    Passed,
    Failed,
    /// An earlier check had denied already.
    Skipped,
}

/// A check of a decision, and how it went.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyCheckStep {
    check: ApiKeyCheck,
    outcome: ApiKeyCheckOutcome,
    /// In words.
    why: String,
}

/// What would come of a call with the newest secret of a key, and why.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyExplanation {
    /// Whether it would pass.
    valid: bool,
    code: VerifyCode,
    /// When it is supposed to be made.
    at: DateTime,
    /// From when on the check that denies would deny no more; null = not by waiting, or none denies.
    allowed_from: Option<DateTime>,
    /// Every check, in the order in which they are made.
    steps: Vec<ApiKeyCheckStep>,
}

impl From<explain::Explanation> for ApiKeyExplanation {
    fn from(explained: explain::Explanation) -> Self {
        let step = |step: explain::ExplainedStep| ApiKeyCheckStep {
            check: step.check.into(),
            outcome: match step.outcome {
                Outcome::Unrestricted => ApiKeyCheckOutcome::Unrestricted,
                Outcome::Passed => ApiKeyCheckOutcome::Passed,
                Outcome::Failed(_) => ApiKeyCheckOutcome::Failed,
                Outcome::Skipped => ApiKeyCheckOutcome::Skipped,
            },
            why: step.why,
        };
        Self {
            valid: explained.verdict == Verdict::Valid,
            code: explained.verdict.into(),
            at: DateTime(explained.at),
            allowed_from: explained.until.map(DateTime),
            steps: explained.steps.into_iter().map(step).collect(),
        }
    }
}

/// A call to be explained. What is absent is not given to the checks either, and a restriction on it denies.
#[derive(Debug, InputObject)]
pub(crate) struct ExplainApiKeyInput {
    /// The key (`key_…`).
    id: ID,
    /// The scopes that the call needs, at most 50; absent = none.
    scopes: Option<Vec<String>>,
    /// The project for which it is made (`prj_…`).
    project_id: Option<ID>,
    /// The address that it comes from.
    ip: Option<String>,
    /// The page that it comes from.
    referrer: Option<String>,
    /// Slug or id of the tenant's own connection over which it goes; then no credit is asked for.
    connection: Option<String>,
    /// How much of the rate limit it takes, 0 to 1,000,000; absent = 1.
    cost: Option<i32>,
    /// When it is made; absent = now. What was used of the rate limit is what was used by now.
    at: Option<DateTime>,
}

impl ExplainApiKeyInput {
    fn operation(self) -> Result<Supposed, Error> {
        let scopes = self.scopes.unwrap_or_default();
        validate::count("scopes", scopes.len(), 0, 50)?;
        let scopes = scopes.iter().map(|scope| scope.parse::<Scope>()).collect::<Result<_, _>>();
        validate::label("connection", self.connection.as_deref(), 64)?;
        Ok(Supposed {
            id: ApiKeyId::input("id", &self.id)?,
            scopes: scopes.map_err(|error| Error::bad_input("scopes", format!("in `scopes`, {error}")))?,
            project_id: self.project_id.map(|id| ProjectId::input("projectId", &id)).transpose()?,
            ip: self.ip.as_deref().map(validate::ip).transpose()?,
            referrer: self.referrer.filter(|referrer| validate::is_referrer(referrer)),
            connection: self.connection,
            cost: validate::cost(i64::from(self.cost.unwrap_or(1)))?,
            at: self.at.map(|at| at.0),
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct ApiKeyLogsQuery;

#[Object]
impl ApiKeyLogsQuery {
    /// How much a key is used: how often it was presented, what came of it, and what calls cost, by time.
    async fn api_keys_usage(&self, ctx: &Context<'_>, input: ApiKeyUsageInput) -> Answer<ApiKeyUsage> {
        Ok(query(ctx, input.operation()).await?.into())
    }

    /// The same of one resource.
    async fn api_keys_resource_usage(&self, ctx: &Context<'_>, input: ApiKeyResourceUsageInput) -> Answer<ApiKeyUsage> {
        Ok(query(ctx, input.operation()).await?.into())
    }

    /// The same for one project.
    async fn api_keys_project_usage(&self, ctx: &Context<'_>, input: ApiKeyProjectUsageInput) -> Answer<ApiKeyUsage> {
        Ok(query(ctx, input.operation()).await?.into())
    }

    /// What a key was presented for, newest first. An entry is there 200 ms after its answer, and as long as the operator keeps them.
    async fn api_keys_logs(&self, ctx: &Context<'_>, input: ListApiKeyLogsInput) -> Answer<ApiKeyLogPage> {
        Ok(query(ctx, input.operation()).await?.into())
    }

    /// One entry of the log of a key.
    async fn api_keys_log(&self, ctx: &Context<'_>, input: GetApiKeyLogInput) -> Answer<ApiKeyLog> {
        let operation = ApiKeyId::input("id", &input.id)
            .and_then(|id| Ok(GetKeyLog { id, log_id: LogId::input("logId", &input.log_id)? }));
        Ok(query(ctx, operation).await?.into())
    }

    /// What would come of a call with a key, and why. Nothing is taken of its rate limit, and nothing logged.
    async fn api_keys_explain(&self, ctx: &Context<'_>, input: ExplainApiKeyInput) -> Answer<ApiKeyExplanation> {
        let (control_plane, _) = parts(ctx)?;
        Ok(query(ctx, input.operation().map(|call| control_plane.explain(call))).await?.into())
    }
}
