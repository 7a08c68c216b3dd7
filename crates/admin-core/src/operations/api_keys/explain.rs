//! Why a call with an API key would pass or not.

use cynic::QueryBuilder;
use serde::{Deserialize, Serialize};

use crate::{
    gateway::VerifyCode,
    ids::{ApiKeyId, ProjectId},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo},
    scalars::DateTime,
    schema,
};

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
        description: "Returns the verdict and every check in order with its reason, for a supposed call at a supposed time. Nothing is taken of the rate limit, and nothing logged. What is not given of the call passes no restriction on it.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "explain_api_key",
        toolset: "key_details",
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
    use super::{ApiKeyExplanation, ExplainApiKey, schema};

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
