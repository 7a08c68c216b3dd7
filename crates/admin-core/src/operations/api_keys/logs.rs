//! The log of API keys: one entry for each verification.

use cynic::QueryBuilder;
use serde::{Deserialize, Serialize};

use crate::{
    gateway::VerifyCode,
    ids::{ApiKeyId, ApiKeyLogId, ApiKeyVersionId, ProjectId},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo, Paged},
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
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
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
        toolset: "key_logs",
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
        toolset: "key_logs",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::LogVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_log
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{ApiKeyLog, GetApiKeyLog, ListApiKeyLogs, schema};
    use crate::output::page;

    #[derive(cynic::QueryFragment)]
    pub struct ApiKeyLogPage {
        items: Vec<ApiKeyLog>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(ApiKeyLogPage, ApiKeyLog);

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
}
