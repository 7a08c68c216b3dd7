//! What API keys are used for: sums, the log, and why a call would pass or not.

use cynic::QueryBuilder;
use serde::{Deserialize, Serialize};

use crate::{
    gateway::VerifyCode,
    ids::{ApiKeyId, ApiKeyLogId, ApiKeyVersionId, ProjectId},
    money::Money,
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo, Paged},
    operations::usage::TimeUnit,
    output::Page,
    scalars::DateTime,
    schema,
};

graphql_enum! {
    /// What came of a call, in short.
    ApiKeyLogStatus {
        /// VALID.
        Success = "SUCCESS",
        /// Any other code.
        Denied = "DENIED",
    }
}

graphql_enum! {
    /// By what the usage of a key is told apart.
    ApiKeyUsageDimension {
        /// By what came of the call.
        Code = "CODE",
        /// By project.
        Project = "PROJECT",
        /// By resource.
        Resource = "RESOURCE",
    }
}

graphql_enum! {
    /// A check of a decision, in the order in which they are made.
    ApiKeyCheck {
        /// Whether there is such a key.
        Existence = "EXISTENCE",
        /// Whether it is switched on and not revoked.
        State = "STATE",
        /// Whether it has not expired.
        Expiry = "EXPIRY",
        /// Whether it is for the project.
        Project = "PROJECT",
        /// Whether it holds what the call needs.
        Scope = "SCOPE",
        /// Whether it may come from the address.
        IpAddress = "IP_ADDRESS",
        /// Whether it may come from the page.
        Referrer = "REFERRER",
        /// Whether it may come at the time.
        Time = "TIME",
        /// Whether the tenant has credit.
        Credit = "CREDIT",
        /// Whether key and workspace may spend more.
        Budget = "BUDGET",
        /// Whether it may come again so soon.
        RateLimit = "RATE_LIMIT",
    }
}

graphql_enum! {
    /// How a check went.
    ApiKeyCheckOutcome {
        /// There is nothing that could deny.
        Unrestricted = "UNRESTRICTED",
        /// It has nothing against the call.
        Passed = "PASSED",
        /// It denies.
        Failed = "FAILED",
        /// An earlier check had denied already.
        Skipped = "SKIPPED",
    }
}

/// How many calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyCalls {
    /// All of them: `allowed` and `denied` together.
    pub requests: i64,
    /// Those that might pass.
    pub allowed: i64,
    /// The others.
    pub denied: i64,
}

/// The use of a stretch of time: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyUsageBucket {
    /// Its first instant.
    pub start: DateTime,
    /// The first instant after it.
    pub end: DateTime,
    /// All calls.
    pub calls: ApiKeyCalls,
    /// What gateways reported that calls of this time cost.
    pub cost: Money,
}

/// The calls of what was told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyUsageGroup {
    /// The code, the project (`prj_…`) or the resource; null = the calls name none.
    pub value: Option<String>,
    /// How many.
    pub calls: ApiKeyCalls,
}

/// How much an API key is used: how often it was presented, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyUsage {
    /// The key.
    pub key_id: ApiKeyId,
    /// From when.
    pub from: DateTime,
    /// Until when, and no longer.
    pub to: DateTime,
    /// The length of the buckets.
    pub group_by: TimeUnit,
    /// The zone of whose clock the buckets are.
    pub time_zone: String,
    /// All calls: the sum of the buckets, and of the groups with `other`.
    pub total: ApiKeyCalls,
    /// What gateways reported that calls of this time cost.
    pub cost: Money,
    /// In order, without a gap: a bucket without calls is there with zeros.
    pub buckets: Vec<ApiKeyUsageBucket>,
    /// What was told apart, most calls first, at most 100.
    pub groups: Vec<ApiKeyUsageGroup>,
    /// What is not among the groups; null = nothing was told apart.
    pub other: Option<ApiKeyCalls>,
}

/// One verification of an API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyLog {
    /// The entry.
    pub id: ApiKeyLogId,
    /// The key.
    pub key_id: ApiKeyId,
    /// The secret that was presented.
    pub version_id: ApiKeyVersionId,
    /// When it was decided.
    pub at: DateTime,
    /// What came of it.
    pub code: VerifyCode,
    /// The project that the call named.
    pub project_id: Option<ProjectId>,
    /// What was called, such as `functions`.
    pub resource: Option<String>,
    /// The address that the gateway saw.
    pub ip: Option<String>,
    /// The page that the call came from, without query and fragment.
    pub referrer: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// How much of the rate limit the call took, or would have taken.
    pub cost: i64,
    /// How long the decision took, in microseconds.
    pub latency_micros: i64,
}

/// A check of a decision, and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyCheckStep {
    /// Which.
    pub check: ApiKeyCheck,
    /// How it went.
    pub outcome: ApiKeyCheckOutcome,
    /// Why, in words.
    pub why: String,
}

/// What would come of a call with the newest secret of a key, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyExplanation {
    /// Whether it would pass.
    pub valid: bool,
    /// What would come of it.
    pub code: VerifyCode,
    /// When it is supposed to be made.
    pub at: DateTime,
    /// From when on the check that denies would deny no more; null = not by waiting, or none denies.
    pub allowed_from: Option<DateTime>,
    /// Every check, in the order in which they are made.
    pub steps: Vec<ApiKeyCheckStep>,
}

/// Tells how much an API key is used.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ApiKeyUsageInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetApiKeyUsage {
    /// The key (`key_…`), deleted or not.
    pub id: ApiKeyId,
    /// Only these resources, at most 50; absent = all.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<String>>,
    /// From this instant on; absent = the last 60 minutes, 24 hours, 30 days, 12 weeks or 12 months up to `to`. It is moved back to a quarter of an hour, or to a whole minute.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime>,
    /// Before this instant, at most 366 days after `from`; absent = the end of the bucket under way. It is moved on likewise.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime>,
    /// The length of the buckets, of which there may be 400; absent = DAY.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<TimeUnit>,
    /// The IANA zone of whose clock the buckets are, such as `Europe/Berlin`; absent = UTC.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What to tell apart: CODE, PROJECT or RESOURCE; absent = nothing.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub by: Option<ApiKeyUsageDimension>,
}

impl GetApiKeyUsage {
    /// The last 30 days by day.
    pub fn new(id: impl Into<ApiKeyId>) -> Self {
        Self { id: id.into(), resources: None, from: None, to: None, group_by: None, time_zone: None, by: None }
    }
}

impl Operation for GetApiKeyUsage {
    type Variables = wire::UsageVariables;
    type Data = wire::ApiKeysUsage;
    type Output = ApiKeyUsage;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "usage",
        title: "Get the usage of an API key",
        summary: "Tells how often an API key was presented, what came of it, and what calls cost.",
        description: "Returns calls (allowed, denied) and cost in total and in each bucket of time, and told apart by code, project or resource. Without times, the last 30 days. Single calls are in list_key_logs; the cost of a whole tenant is in summarize_usage.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "get_key_usage",
        toolset: "usage",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::UsageVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_usage
    }
}

/// Tells how much an API key is used for one resource.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ApiKeyResourceUsageInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetApiKeyResourceUsage {
    /// The key (`key_…`), deleted or not.
    pub id: ApiKeyId,
    /// The resource, such as `functions`.
    pub resource: String,
    /// From this instant on; absent = the last 60 minutes, 24 hours, 30 days, 12 weeks or 12 months up to `to`. It is moved back to a quarter of an hour, or to a whole minute.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime>,
    /// Before this instant, at most 366 days after `from`; absent = the end of the bucket under way. It is moved on likewise.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime>,
    /// The length of the buckets, of which there may be 400; absent = DAY.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<TimeUnit>,
    /// The IANA zone of whose clock the buckets are, such as `Europe/Berlin`; absent = UTC.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What to tell apart: CODE, PROJECT or RESOURCE; absent = nothing.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub by: Option<ApiKeyUsageDimension>,
}

impl GetApiKeyResourceUsage {
    /// The last 30 days by day.
    pub fn new(id: impl Into<ApiKeyId>, resource: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            resource: resource.into(),
            from: None,
            to: None,
            group_by: None,
            time_zone: None,
            by: None,
        }
    }
}

impl Operation for GetApiKeyResourceUsage {
    type Variables = wire::ResourceUsageVariables;
    type Data = wire::ApiKeysResourceUsage;
    type Output = ApiKeyUsage;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "resource_usage",
        title: "Get the usage of a key by resource",
        summary: "Tells how much an API key is used for one resource.",
        description: "Returns what get_key_usage returns, of the calls that named this resource.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "get_key_resource_usage",
        toolset: "usage",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ResourceUsageVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_resource_usage
    }
}

/// Tells how much an API key is used for one project.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ApiKeyProjectUsageInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetApiKeyProjectUsage {
    /// The key (`key_…`), deleted or not.
    pub id: ApiKeyId,
    /// The project (`prj_…`), archived or not.
    pub project_id: ProjectId,
    /// Only these resources, at most 50; absent = all.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<String>>,
    /// From this instant on; absent = the last 60 minutes, 24 hours, 30 days, 12 weeks or 12 months up to `to`. It is moved back to a quarter of an hour, or to a whole minute.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime>,
    /// Before this instant, at most 366 days after `from`; absent = the end of the bucket under way. It is moved on likewise.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime>,
    /// The length of the buckets, of which there may be 400; absent = DAY.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<TimeUnit>,
    /// The IANA zone of whose clock the buckets are, such as `Europe/Berlin`; absent = UTC.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What to tell apart: CODE, PROJECT or RESOURCE; absent = nothing.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub by: Option<ApiKeyUsageDimension>,
}

impl GetApiKeyProjectUsage {
    /// The last 30 days by day.
    pub fn new(id: impl Into<ApiKeyId>, project_id: impl Into<ProjectId>) -> Self {
        Self {
            id: id.into(),
            project_id: project_id.into(),
            resources: None,
            from: None,
            to: None,
            group_by: None,
            time_zone: None,
            by: None,
        }
    }
}

impl Operation for GetApiKeyProjectUsage {
    type Variables = wire::ProjectUsageVariables;
    type Data = wire::ApiKeysProjectUsage;
    type Output = ApiKeyUsage;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "project_usage",
        title: "Get the usage of a key by project",
        summary: "Tells how much an API key is used for one project.",
        description: "Returns what get_key_usage returns, of the calls that named this project.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "get_key_project_usage",
        toolset: "usage",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ProjectUsageVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_project_usage
    }
}

/// Lists what an API key was presented for, newest first.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListApiKeyLogsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListApiKeyLogs {
    /// The key (`key_…`), deleted or not.
    pub id: ApiKeyId,
    /// Only from this instant on.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime>,
    /// Only before this instant.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime>,
    /// Only what came out so: SUCCESS or DENIED.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub status: Option<ApiKeyLogStatus>,
    /// Only with this code, such as RATE_LIMITED.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub code: Option<VerifyCode>,
    /// Only for this project (`prj_…`).
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Only of this resource.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Only with this secret (`ver_…`).
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<ApiKeyVersionId>,
    /// How many at most: 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl ListApiKeyLogs {
    /// All of them.
    pub fn new(id: impl Into<ApiKeyId>) -> Self {
        Self {
            id: id.into(),
            from: None,
            to: None,
            status: None,
            code: None,
            project_id: None,
            resource: None,
            version_id: None,
            limit: None,
            cursor: None,
            offset: None,
        }
    }
}

impl Operation for ListApiKeyLogs {
    type Variables = wire::LogsVariables;
    type Data = wire::ApiKeysLogs;
    type Output = Page<ApiKeyLog>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "logs",
        title: "List the log of an API key",
        summary: "Lists what an API key was presented for, newest first.",
        description: "Returns a page of verifications: when, what came of it, from which address and program, which secret. An entry is there some 200 ms after its answer, for as long as the operator keeps them. How many calls there were, get_key_usage tells.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_key_logs",
        toolset: "api_keys",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::LogsVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_logs.into()
    }
}

impl Paged for ListApiKeyLogs {
    type Item = ApiKeyLog;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Gets one entry of the log of an API key.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "GetApiKeyLogInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetApiKeyLog {
    /// The key (`key_…`), deleted or not.
    pub id: ApiKeyId,
    /// The entry (`log_…`).
    pub log_id: ApiKeyLogId,
}

impl GetApiKeyLog {
    /// The entry of this id.
    pub fn new(id: impl Into<ApiKeyId>, log_id: impl Into<ApiKeyLogId>) -> Self {
        Self { id: id.into(), log_id: log_id.into() }
    }
}

impl Operation for GetApiKeyLog {
    type Variables = wire::LogVariables;
    type Data = wire::ApiKeysLog;
    type Output = ApiKeyLog;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "log",
        title: "Get a log entry of an API key",
        summary: "Gets one entry of the log of an API key.",
        description: "Returns one verification whole. To find it, use list_key_logs.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "get_key_log",
        toolset: "api_keys",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::LogVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_log
    }
}

/// Tells what would come of a call with an API key, and why.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ExplainApiKeyInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExplainApiKey {
    /// The key (`key_…`), not its secret.
    pub id: ApiKeyId,
    /// The scopes that the call needs, at most 50; absent = none.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// The project for which it is made (`prj_…`).
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// The address that it comes from.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The page that it comes from.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// How much of the rate limit it takes, 0 to 1,000,000; absent = 1.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cost: Option<i32>,
    /// Slug or id of the tenant's own connection over which it goes; then no credit is asked for.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// When it is made; absent = now.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime>,
}

impl ExplainApiKey {
    /// A call now of which nothing is said.
    pub fn new(id: impl Into<ApiKeyId>) -> Self {
        Self {
            id: id.into(),
            scopes: None,
            project_id: None,
            ip: None,
            referrer: None,
            cost: None,
            connection: None,
            at: None,
        }
    }
}

impl Operation for ExplainApiKey {
    type Variables = wire::ExplainVariables;
    type Data = wire::ApiKeysExplain;
    type Output = ApiKeyExplanation;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "explain",
        title: "Explain what an API key may do",
        summary: "Tells what would come of a call with an API key, and why.",
        description: "Returns the verdict and every check in order with its reason, for a supposed call at a supposed time. Nothing is taken of the rate limit, and nothing logged. What is not given of the call passes no restriction on it. For a real secret, use verify_api_key.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "explain_api_key",
        toolset: "api_keys",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ExplainVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_explain
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{
        ApiKeyExplanation, ApiKeyLog, ApiKeyUsage, ExplainApiKey, GetApiKeyLog, GetApiKeyProjectUsage,
        GetApiKeyResourceUsage, GetApiKeyUsage, ListApiKeyLogs, schema,
    };
    use crate::output::page;

    #[derive(cynic::QueryFragment)]
    pub struct ApiKeyLogPage {
        items: Vec<ApiKeyLog>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(ApiKeyLogPage, ApiKeyLog);

    #[derive(cynic::QueryVariables)]
    pub struct UsageVariables {
        pub(super) input: GetApiKeyUsage,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "UsageVariables")]
    pub struct ApiKeysUsage {
        #[arguments(input: $input)]
        pub(super) api_keys_usage: ApiKeyUsage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct ResourceUsageVariables {
        pub(super) input: GetApiKeyResourceUsage,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ResourceUsageVariables")]
    pub struct ApiKeysResourceUsage {
        #[arguments(input: $input)]
        pub(super) api_keys_resource_usage: ApiKeyUsage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct ProjectUsageVariables {
        pub(super) input: GetApiKeyProjectUsage,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ProjectUsageVariables")]
    pub struct ApiKeysProjectUsage {
        #[arguments(input: $input)]
        pub(super) api_keys_project_usage: ApiKeyUsage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct LogsVariables {
        pub(super) input: ListApiKeyLogs,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "LogsVariables")]
    pub struct ApiKeysLogs {
        #[arguments(input: $input)]
        pub(super) api_keys_logs: ApiKeyLogPage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct LogVariables {
        pub(super) input: GetApiKeyLog,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "LogVariables")]
    pub struct ApiKeysLog {
        #[arguments(input: $input)]
        pub(super) api_keys_log: ApiKeyLog,
    }

    #[derive(cynic::QueryVariables)]
    pub struct ExplainVariables {
        pub(super) input: ExplainApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ExplainVariables")]
    pub struct ApiKeysExplain {
        #[arguments(input: $input)]
        pub(super) api_keys_explain: ApiKeyExplanation,
    }
}
