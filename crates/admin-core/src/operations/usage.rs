//! Usage: what calls cost, by time and by what it was for, and where spending is heading.

use cynic::QueryBuilder;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApiKeyId, ProjectId, TenantId, WorkspaceId},
    money::Money,
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo},
    scalars::DateTime,
    schema,
};

graphql_enum! {
    /// The length of a bucket of time, by the calendar and the clocks of a zone.
    TimeUnit {
        /// A minute.
        Minute = "MINUTE",
        /// An hour.
        Hour = "HOUR",
        /// A day.
        Day = "DAY",
        /// A week, which begins on Monday.
        Week = "WEEK",
        /// A month of the calendar.
        Month = "MONTH",
    }
}

graphql_enum! {
    /// By what usage is told apart.
    UsageDimension {
        /// By API key.
        Key = "KEY",
        /// By project.
        Project = "PROJECT",
        /// By resource.
        Resource = "RESOURCE",
        /// By model.
        Model = "MODEL",
    }
}

graphql_enum! {
    /// How a projection was made.
    ProjectionMethod {
        /// Each weekday is expected to cost what it cost on average.
        WeekdayMeans = "WEEKDAY_MEANS",
        /// There are fewer than 21 whole days to go by, or a few days carry all the spending: no number would be honest.
        NotEnoughHistory = "NOT_ENOUGH_HISTORY",
    }
}

/// Sums of usage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageAmounts {
    /// Calls.
    pub requests: i64,
    /// Tokens that went in.
    pub input_tokens: i64,
    /// Tokens that came out.
    pub output_tokens: i64,
    /// What the calls cost: `debited` and `own` together.
    pub cost: Money,
    /// What was drawn from the tenant's credit.
    pub debited: Money,
    /// What went over connections of the tenant's own, and was not debited.
    pub own: Money,
}

/// The usage of what was told apart. Null is what was not asked for, and what the calls do not name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageGroup {
    /// Of which key.
    pub key_id: Option<ApiKeyId>,
    /// For which project.
    pub project_id: Option<ProjectId>,
    /// Of which resource.
    pub resource: Option<String>,
    /// Of which model.
    pub model: Option<String>,
    /// How much.
    pub amounts: UsageAmounts,
}

/// The usage of a stretch of time: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageBucket {
    /// Its first instant.
    pub start: DateTime,
    /// The first instant after it.
    pub end: DateTime,
    /// All of it.
    pub amounts: UsageAmounts,
    /// Those of the summary's groups that have usage in it.
    pub groups: Vec<UsageGroup>,
}

/// Sums of usage by time, and by what it was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageSummary {
    /// From when.
    pub from: DateTime,
    /// Until when, and no longer.
    pub to: DateTime,
    /// The length of the buckets.
    pub group_by: TimeUnit,
    /// The zone of whose clock the buckets are.
    pub time_zone: String,
    /// All of it: the sum of the buckets, and of the groups with `other`.
    pub total: UsageAmounts,
    /// In order, without a gap: a bucket without usage is there with zeros.
    pub buckets: Vec<UsageBucket>,
    /// What was told apart, dearest first.
    pub groups: Vec<UsageGroup>,
    /// What is not among the groups; null = nothing was told apart.
    pub other: Option<UsageAmounts>,
}

/// Sums usage by time, and by key, project, resource or model.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "UsageSummaryInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SummarizeUsage {
    /// The tenant (`ten_…`); absent = the token's.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Only in this workspace (`ws_…`), deleted or not; absent = in all that the caller may read.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    /// Only of this key (`key_…`), deleted or not.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<ApiKeyId>,
    /// Only for this project (`prj_…`).
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Only of these resources, at most 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<String>>,
    /// Only of these models, at most 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<String>>,
    /// From this instant on; absent = the last 60 minutes, 24 hours, 30 days, 12 weeks or 12 months up to `to`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime>,
    /// Before this instant, at most 366 days after `from`; absent = the end of the bucket under way.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime>,
    /// The length of the buckets, at most 400 of them; absent = DAY.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<TimeUnit>,
    /// The IANA zone of the buckets, such as `Europe/Berlin`; absent = UTC.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What to tell apart, each once; absent = nothing.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub by: Option<Vec<UsageDimension>>,
    /// How many groups to tell apart, 1 to 100; absent = 10. The rest is `other`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub top: Option<i32>,
}

impl Operation for SummarizeUsage {
    type Variables = wire::SummaryVariables;
    type Data = wire::UsageSummary;
    type Output = UsageSummary;
    const INFO: OperationInfo = OperationInfo {
        namespace: "usage",
        method: "summary",
        title: "Summarize usage",
        summary: "Sums usage by time, and by key, project, resource or model.",
        description: "Returns requests, tokens and cost in total, in each bucket of time, and told apart by what `by` names: what was debited and what went over own connections. Absent input = the last 30 days. For where spending is heading, use project_usage.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "summarize_usage",
        toolset: "usage",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::SummaryVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.usage_summary
    }
}

/// What was spent in a period, and what is expected by its end: null where there is not enough history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SpendingProjection {
    /// How it was made.
    pub method: ProjectionMethod,
    /// In the period so far.
    pub spent: Money,
    /// The run rate: what a day of the window cost on average; null = there was none yet.
    pub per_day: Option<Money>,
    /// What the whole period is expected to cost, what was spent included.
    pub expected: Option<Money>,
    /// It is expected to cost at least so much.
    pub low: Option<Money>,
    /// It is expected to cost at most so much.
    pub high: Option<Money>,
}

/// How many whole days a credit lasts. Null = more than ten years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BalanceRunway {
    /// If days cost what they cost on average.
    pub days: Option<i32>,
    /// At least so long.
    pub earliest: Option<i32>,
    /// At most so long.
    pub latest: Option<i32>,
}

/// Where spending is heading in the month under way, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageProjection {
    /// When it was made.
    pub at: DateTime,
    /// The first instant of the month.
    pub period_start: DateTime,
    /// The first instant of the next one.
    pub period_end: DateTime,
    /// How many days of the month are not over, today included.
    pub days_left: i32,
    /// The first of the whole days that it goes by; null = there is none yet.
    pub window_start: Option<DateTime>,
    /// The first instant after them.
    pub window_end: Option<DateTime>,
    /// How many they are: at most 28, the day of the first usage and today not counted.
    pub window_days: i32,
    /// In how many of 100 cases the ranges are meant to hold, as long as spending goes on as it did. They know nothing of growth, nor of bursts
    /// that did not happen in the window.
    pub confidence_percent: i32,
    /// What calls cost, over whichever connection.
    pub cost: SpendingProjection,
    /// What of it draws from the credit.
    pub debited: SpendingProjection,
    /// The credit; null = the caller's role does not read it.
    pub balance: Option<Money>,
    /// How long the credit lasts; null where the balance is, and where there is not enough history.
    pub runway: Option<BalanceRunway>,
}

/// Tells where spending is heading.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "UsageProjectionInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectUsage {
    /// The tenant (`ten_…`); absent = the token's.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
}

impl Operation for ProjectUsage {
    type Variables = wire::ProjectionVariables;
    type Data = wire::UsageProjection;
    type Output = UsageProjection;
    const INFO: OperationInfo = OperationInfo {
        namespace: "usage",
        method: "projection",
        title: "Project usage",
        summary: "Tells where spending is heading this month, and how long the credit lasts.",
        description: "Returns what was spent this month, the run rate, what the month will cost with a range that holds in 80 of 100 cases, and how many days the credit lasts; NOT_ENOUGH_HISTORY where it cannot be told. For what was used and by whom, use summarize_usage.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "project_usage",
        toolset: "billing",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ProjectionVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.usage_projection
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{ProjectUsage, SummarizeUsage, schema};

    #[derive(cynic::QueryVariables)]
    pub struct SummaryVariables {
        pub(super) input: SummarizeUsage,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "SummaryVariables")]
    pub struct UsageSummary {
        #[arguments(input: $input)]
        pub(super) usage_summary: super::UsageSummary,
    }

    #[derive(cynic::QueryVariables)]
    pub struct ProjectionVariables {
        pub(super) input: ProjectUsage,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ProjectionVariables")]
    pub struct UsageProjection {
        #[arguments(input: $input)]
        pub(super) usage_projection: super::UsageProjection,
    }
}
