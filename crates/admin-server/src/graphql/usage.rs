//! `usage`.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::billing::Money;
use super::scalars::{DateTime, Int64};
use super::{Answer, query};
use crate::app::usage::{self, ProjectUsage, SummarizeUsage};
use crate::error::Error;
use crate::ids::{ApiKeyId, ProjectId, WorkspaceId};
use crate::model;

/// The length of a bucket of time, by the calendar and the clocks of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::TimeUnit")]
pub(crate) enum TimeUnit {
    Minute,
    Hour,
    Day,
    /// A week begins on Monday.
    Week,
    Month,
}

/// By what usage is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::UsageDimension")]
pub(crate) enum UsageDimension {
    Key,
    Project,
    Resource,
    Model,
}

/// How a projection was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::ProjectionMethod")]
pub(crate) enum ProjectionMethod {
    /// Each weekday is expected to cost what it cost on average.
    WeekdayMeans,
    /// There are fewer than 21 whole days to go by, or a few days carry all the spending: no number would be honest.
    NotEnoughHistory,
}

/// Sums of usage.
#[derive(Debug, SimpleObject)]
pub(crate) struct UsageAmounts {
    /// Calls.
    requests: Int64,
    input_tokens: Int64,
    output_tokens: Int64,
    /// What the calls cost: `debited` and `own` together.
    cost: Money,
    /// What was drawn from the tenant's credit.
    debited: Money,
    /// What went over connections of the tenant's own, and was not debited.
    own: Money,
}

impl From<model::Amounts> for UsageAmounts {
    fn from(amounts: model::Amounts) -> Self {
        Self {
            requests: Int64(amounts.requests),
            input_tokens: Int64(amounts.input_tokens),
            output_tokens: Int64(amounts.output_tokens),
            cost: amounts.cost().into(),
            debited: amounts.debited().into(),
            own: amounts.own().into(),
        }
    }
}

/// The usage of what was told apart. Null is what was not asked for, and what the events do not name.
#[derive(Debug, SimpleObject)]
pub(crate) struct UsageGroup {
    key_id: Option<ID>,
    project_id: Option<ID>,
    resource: Option<String>,
    model: Option<String>,
    amounts: UsageAmounts,
}

impl From<usage::UsageGroup> for UsageGroup {
    fn from(group: usage::UsageGroup) -> Self {
        Self {
            key_id: group.key_id.map(ID),
            project_id: group.project_id.map(ID),
            resource: group.resource,
            model: group.model,
            amounts: group.amounts.into(),
        }
    }
}

/// The usage of a stretch of time: `start` belongs to it, `end` does not.
#[derive(Debug, SimpleObject)]
pub(crate) struct UsageBucket {
    start: DateTime,
    end: DateTime,
    amounts: UsageAmounts,
    /// Those of the summary's groups that have usage in it.
    groups: Vec<UsageGroup>,
}

impl From<usage::UsageBucket> for UsageBucket {
    fn from(bucket: usage::UsageBucket) -> Self {
        Self {
            start: DateTime(bucket.bucket.start),
            end: DateTime(bucket.bucket.end),
            amounts: bucket.amounts.into(),
            groups: bucket.groups.into_iter().map(Into::into).collect(),
        }
    }
}

/// Sums of usage by time, and by what it was for.
#[derive(Debug, SimpleObject)]
pub(crate) struct UsageSummary {
    from: DateTime,
    to: DateTime,
    group_by: TimeUnit,
    /// The zone of whose clock the buckets are.
    time_zone: String,
    /// All of it: the sum of the buckets, and of the groups with `other`.
    total: UsageAmounts,
    /// In order, without a gap: a bucket without usage is there with zeros. The first and the last are cut off at `from` and `to`.
    buckets: Vec<UsageBucket>,
    /// What was told apart, dearest first.
    groups: Vec<UsageGroup>,
    /// What is not among the groups; null = nothing was told apart.
    other: Option<UsageAmounts>,
}

impl From<usage::UsageSummary> for UsageSummary {
    fn from(summary: usage::UsageSummary) -> Self {
        Self {
            from: DateTime(summary.from),
            to: DateTime(summary.to),
            group_by: summary.group_by.into(),
            time_zone: summary.time_zone,
            total: summary.total.into(),
            buckets: summary.buckets.into_iter().map(Into::into).collect(),
            groups: summary.groups.into_iter().map(Into::into).collect(),
            other: summary.other.map(Into::into),
        }
    }
}

/// Which usage to sum, and how.
#[derive(Debug, Default, InputObject)]
pub(crate) struct UsageSummaryInput {
    /// Absent = the tenant of the token; another one is not found.
    tenant_id: Option<ID>,
    /// Only in this workspace, deleted or not; absent = in every workspace whose usage the caller may read.
    workspace_id: Option<ID>,
    /// Only of this key, deleted or not.
    key_id: Option<ID>,
    /// Only for this project, archived or not.
    project_id: Option<ID>,
    /// Only of these resources, at most 50.
    resources: Option<Vec<String>>,
    /// Only of these models, at most 50.
    models: Option<Vec<String>>,
    /// What happened at this instant or later; absent = the last 60 minutes, 24 hours, 30 days, 12 weeks or 12 months up to `to`.
    from: Option<DateTime>,
    /// What happened before this instant, at most 366 days after `from`; absent = the end of the bucket under way.
    to: Option<DateTime>,
    /// The length of the buckets, of which there may be 400; absent = DAY.
    group_by: Option<TimeUnit>,
    /// The IANA zone of whose clock the buckets are, such as `Europe/Berlin`; absent = UTC.
    time_zone: Option<String>,
    /// What to tell apart, each once; absent = nothing.
    by: Option<Vec<UsageDimension>>,
    /// How many groups to tell apart, 1 to 100; absent = 10. The rest is `other`.
    top: Option<i32>,
}

impl TryFrom<UsageSummaryInput> for SummarizeUsage {
    type Error = Error;

    fn try_from(input: UsageSummaryInput) -> Result<Self, Error> {
        Ok(Self {
            tenant_id: input.tenant_id.map(|id| id.0),
            workspace_id: input.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose()?,
            key_id: input.key_id.map(|id| ApiKeyId::input("keyId", &id)).transpose()?,
            project_id: input.project_id.map(|id| ProjectId::input("projectId", &id)).transpose()?,
            resources: input.resources.unwrap_or_default(),
            models: input.models.unwrap_or_default(),
            from: input.from.map(|at| at.0),
            to: input.to.map(|at| at.0),
            group_by: input.group_by.map(Into::into),
            time_zone: input.time_zone,
            by: input.by.unwrap_or_default().into_iter().map(Into::into).collect(),
            top: input.top,
        })
    }
}

/// What was spent in a period, and what is expected by its end: null where there is not enough history.
#[derive(Debug, SimpleObject)]
pub(crate) struct SpendingProjection {
    method: ProjectionMethod,
    /// In the period so far.
    spent: Money,
    /// The run rate: what a day of the window cost on average; null = there was none yet.
    per_day: Option<Money>,
    /// What the whole period is expected to cost, what was spent included.
    expected: Option<Money>,
    /// It is expected to cost at least so much.
    low: Option<Money>,
    /// It is expected to cost at most so much.
    high: Option<Money>,
}

impl From<usage::Spending> for SpendingProjection {
    fn from(spending: usage::Spending) -> Self {
        Self {
            method: spending.method.into(),
            spent: spending.spent.into(),
            per_day: spending.per_day.map(Into::into),
            expected: spending.expected.map(Into::into),
            low: spending.low.map(Into::into),
            high: spending.high.map(Into::into),
        }
    }
}

/// How many whole days a credit lasts. Null = more than ten years.
#[derive(Debug, SimpleObject)]
pub(crate) struct BalanceRunway {
    /// If days cost what they cost on average.
    days: Option<i32>,
    /// At least so long.
    earliest: Option<i32>,
    /// At most so long.
    latest: Option<i32>,
}

impl From<usage::BalanceRunway> for BalanceRunway {
    fn from(runway: usage::BalanceRunway) -> Self {
        let [days, earliest, latest] =
            [runway.days, runway.earliest, runway.latest].map(|days| days.and_then(|days| i32::try_from(days).ok()));
        Self { days, earliest, latest }
    }
}

/// Where spending is heading in the month under way, in UTC.
#[derive(Debug, SimpleObject)]
pub(crate) struct UsageProjection {
    /// When it was made.
    at: DateTime,
    /// The first instant of the month.
    period_start: DateTime,
    /// The first instant of the next one.
    period_end: DateTime,
    /// How many days of the month are not over, today included.
    days_left: i32,
    /// The first of the whole days that it goes by; null = there is none yet.
    window_start: Option<DateTime>,
    /// The first instant after them.
    window_end: Option<DateTime>,
    /// How many they are: at most 28, the day of the first usage and today not counted.
    window_days: i32,
    /// In how many of 100 cases the ranges are meant to hold, as long as spending goes on as it did. It knows nothing of growth, nor of bursts that
    /// did not happen in the window.
    confidence_percent: i32,
    /// What calls cost, over whichever connection.
    cost: SpendingProjection,
    /// What of it draws from the credit.
    debited: SpendingProjection,
    /// The credit; null = the caller's role does not read it.
    balance: Option<Money>,
    /// How long the credit lasts; null where the balance is, and where there is not enough history.
    runway: Option<BalanceRunway>,
}

impl From<usage::UsageProjection> for UsageProjection {
    fn from(projection: usage::UsageProjection) -> Self {
        let window = projection.window;
        let days = |days: i64| i32::try_from(days).unwrap_or(i32::MAX);
        Self {
            at: DateTime(projection.at),
            period_start: DateTime(projection.period.start),
            period_end: DateTime(projection.period.end),
            days_left: days(projection.days_left),
            window_start: window.map(|window| DateTime(window.start)),
            window_end: window.map(|window| DateTime(window.end)),
            window_days: days(projection.window_days),
            confidence_percent: usage::CONFIDENCE,
            cost: projection.cost.into(),
            debited: projection.debited.into(),
            balance: projection.balance.map(Into::into),
            runway: projection.runway.map(Into::into),
        }
    }
}

/// Of what to make a projection.
#[derive(Debug, Default, InputObject)]
pub(crate) struct UsageProjectionInput {
    /// Absent = the tenant of the token; another one is not found.
    tenant_id: Option<ID>,
}

#[derive(Debug, Default)]
pub(crate) struct UsageQuery;

#[Object]
impl UsageQuery {
    /// Sums usage by time, and by key, project, resource or model.
    async fn usage_summary(&self, ctx: &Context<'_>, input: Option<UsageSummaryInput>) -> Answer<UsageSummary> {
        Ok(query(ctx, SummarizeUsage::try_from(input.unwrap_or_default())).await?.into())
    }

    /// Tells where spending is heading in the month under way, how sure that is, and how long the credit lasts.
    async fn usage_projection(
        &self,
        ctx: &Context<'_>,
        input: Option<UsageProjectionInput>,
    ) -> Answer<UsageProjection> {
        let tenant_id = input.and_then(|input| input.tenant_id).map(|id| id.0);
        Ok(query(ctx, Ok(ProjectUsage { tenant_id })).await?.into())
    }
}
