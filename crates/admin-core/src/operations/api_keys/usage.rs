//! How much API keys are used: sums by time, and by what is told apart.

use cynic::QueryBuilder;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApiKeyId, ProjectId},
    money::Money,
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo},
    operations::usage::TimeUnit,
    scalars::DateTime,
    schema,
};

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
    /// The length of the buckets, at most 400 of them; absent = DAY.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<TimeUnit>,
    /// The IANA zone of the buckets, such as `Europe/Berlin`; absent = UTC.
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
    /// The length of the buckets, at most 400 of them; absent = DAY.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<TimeUnit>,
    /// The IANA zone of the buckets, such as `Europe/Berlin`; absent = UTC.
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
    /// The length of the buckets, at most 400 of them; absent = DAY.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<TimeUnit>,
    /// The IANA zone of the buckets, such as `Europe/Berlin`; absent = UTC.
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

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{ApiKeyUsage, GetApiKeyProjectUsage, GetApiKeyResourceUsage, GetApiKeyUsage, schema};

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
}
