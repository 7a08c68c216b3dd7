//! API keys: what an application presents to a gateway.

mod explain;
mod logs;
mod rotation;
mod rules;
mod usage;

pub use explain::{ApiKeyCheck, ApiKeyCheckOutcome, ApiKeyCheckStep, ApiKeyExplanation, ExplainApiKey};
pub use logs::{ApiKeyLog, ApiKeyLogStatus, GetApiKeyLog, ListApiKeyLogs};
pub use rotation::{FinishApiKeyRotation, RollbackApiKeyRotation, RotateApiKey};
pub use rules::{
    Budget, BudgetInput, BudgetPeriod, DayOfWeek, RateLimit, RateLimitInput, RatePeriod, Restrictions,
    RestrictionsInput, TimeRestrictions, TimeRestrictionsInput, UpdateApiKey, UpdateApiKeyRestrictions,
};
pub use usage::{
    ApiKeyCalls, ApiKeyUsage, ApiKeyUsageBucket, ApiKeyUsageDimension, ApiKeyUsageGroup, GetApiKeyProjectUsage,
    GetApiKeyResourceUsage, GetApiKeyUsage,
};

use cynic::{MutationBuilder, QueryBuilder};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApiKeyId, ApiKeyVersionId, ProjectId, TenantId, UserId, WorkspaceId},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Issuing, Operation, OperationInfo, Paged},
    output::{Issued, Page},
    scalars::{DateTime, Metadata},
    schema,
};

/// An API key, without its secret. It is a lineage: the secret can be rotated while the key stays the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKey {
    /// The key's id, which is no secret.
    pub id: ApiKeyId,
    /// The workspace that it belongs to.
    pub workspace_id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What it is for, in one's own words.
    pub description: Option<String>,
    /// LIVE or TEST; it shows in the secret's prefix and never changes.
    pub environment: Environment,
    /// Whether it works.
    pub state: ApiKeyState,
    /// The last four characters of the newest secret.
    pub hint: String,
    /// The projects in which it may be used; null = any. With an empty list no call passes: the last one was archived.
    pub projects: Option<Vec<ProjectId>>,
    /// What it may do, as `resource:action` or `resource:*`.
    pub scopes: Vec<String>,
    /// Where, when and how often it may.
    pub restrictions: Restrictions,
    /// How much it may spend; null = without bound.
    pub budget: Option<Budget>,
    /// Labels of one's own.
    pub metadata: Metadata,
    /// The live secrets, newest first: one, or two during the grace of a rotation.
    pub versions: Vec<ApiKeyVersion>,
    /// When, why and by whom it was revoked; null unless it is.
    pub revocation: Option<Revocation>,
    /// The user who made it.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: DateTime,
    /// From when on it is EXPIRED; null = never.
    pub expires_at: Option<DateTime>,
    /// When one of its secrets was last presented, whatever came of it; null = never. It may trail by some seconds.
    pub last_used_at: Option<DateTime>,
    /// When it was deleted; null while it exists.
    pub deleted_at: Option<DateTime>,
}

/// One secret of an API key, without the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyVersion {
    /// The version.
    pub id: ApiKeyVersionId,
    /// Counts the secrets of the key, from 1.
    pub number: i32,
    /// The last four characters of the secret.
    pub hint: String,
    /// When it was made.
    pub created_at: DateTime,
    /// When it stops working: the end of its grace, or the expiry of the key; null = never.
    pub expires_at: Option<DateTime>,
    /// When it was last presented, whatever came of it; null = never. It may trail by some seconds.
    pub last_used_at: Option<DateTime>,
    /// From which address, as far as the gateway said.
    pub last_used_ip: Option<String>,
    /// By what, as far as the gateway said.
    pub last_used_user_agent: Option<String>,
}

/// How an API key was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Revocation {
    /// When.
    pub at: DateTime,
    /// The user who revoked it.
    pub by: UserId,
    /// Why.
    pub code: RevocationCode,
    /// Why, in one's own words.
    pub reason: Option<String>,
    /// Until when it can be undone; null = not at all.
    pub restorable_until: Option<DateTime>,
}

/// Every scope that an API key can have, beside `resource:*` for each resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyScopes {
    /// The scopes.
    pub items: Vec<ApiKeyScope>,
}

/// A scope that an API key can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiKeyScope {
    /// As `resource:action`.
    pub scope: String,
    /// What it allows.
    pub description: String,
}

graphql_enum! {
    /// What an API key is for. A TEST key carries another prefix, so that the two are never mixed up.
    Environment {
        /// Production.
        Live = "LIVE",
        /// Tests.
        Test = "TEST",
    }
}

graphql_enum! {
    /// The state of an API key. Only an ACTIVE one works.
    ApiKeyState {
        /// It works.
        Active = "ACTIVE",
        /// It was switched off.
        Disabled = "DISABLED",
        /// Its time is over.
        Expired = "EXPIRED",
        /// It was revoked.
        Revoked = "REVOKED",
        /// It was deleted.
        Deleted = "DELETED",
    }
}

graphql_enum! {
    /// Why an API key was revoked.
    RevocationCode {
        /// Someone else has it: it cannot be restored.
        Compromised = "COMPROMISED",
        /// Another key took its place.
        Superseded = "SUPERSEDED",
        /// Nobody uses it.
        Unused = "UNUSED",
        /// Whoever used it left.
        Offboarding = "OFFBOARDING",
        /// Something else.
        Other = "OTHER",
    }
}

/// Lists API keys, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListApiKeysInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListApiKeys {
    /// Only the keys of this workspace (`ws_…`); absent = of every workspace that the token may read.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    /// The tenant (`ten_…`); absent = the token's own.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Only those in this state; absent = all but the deleted.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub state: Option<ApiKeyState>,
    /// Only those that may be used for this project (`prj_…`).
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// Only those that hold this scope, by itself or by `resource:*`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Only those made from then on.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub created_from: Option<DateTime>,
    /// Only those made before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub created_to: Option<DateTime>,
    /// Only those that expire from then on.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub expires_from: Option<DateTime>,
    /// Only those that expire before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub expires_to: Option<DateTime>,
    /// Only those last used from then on.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub last_used_from: Option<DateTime>,
    /// Only those last used before; what was never used is not among them.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub last_used_to: Option<DateTime>,
    /// Only those whose name or description has this text, letter case aside.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
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

impl Operation for ListApiKeys {
    type Variables = wire::ListVariables;
    type Data = wire::ApiKeysList;
    type Output = Page<ApiKey>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "list",
        title: "List API keys",
        summary: "Lists API keys, newest first.",
        description: "Returns a page of keys with state, scopes, expiry and the last four characters of their secrets; \
                      never the secrets. For the tokens of people, call list_pats.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_api_keys",
        toolset: "api_keys",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ListVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_list.into()
    }
}

impl Paged for ListApiKeys {
    type Item = ApiKey;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Gets one API key.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetApiKey {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
}

impl Operation for GetApiKey {
    type Variables = Self;
    type Data = wire::ApiKeysGet;
    type Output = ApiKey;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "get",
        title: "Get an API key",
        summary: "Gets one API key.",
        description: "Returns the key with state, scopes, expiry, its live secret versions and how it was revoked, if it \
                      was; never its secret. It takes the key's id: whether a secret works is another question.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "get_api_key",
        toolset: "key_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_get
    }
}

/// Makes an API key.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "CreateApiKeyInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateApiKey {
    /// 1 to 100 characters, no control character.
    pub name: String,
    /// The workspace (`ws_…`); absent = the only one that one may make keys in.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    /// The tenant (`ten_…`); absent = the token's own.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What it is for, in at most 500 characters.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Absent = LIVE. It never changes.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// As `resource:action` or `resource:*`; absent = `inference:*`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// 1 to 50 projects (`prj_…`) of its workspace; absent = any.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<ProjectId>>,
    /// Where, when and how often it may be used.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub restrictions: Option<RestrictionsInput>,
    /// How much it may spend; absent = without bound.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetInput>,
    /// When it expires, in the future; absent = never.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime>,
    /// Labels of one's own: at most 50 entries, keys of at most 40 and values of at most 500 characters.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

impl Operation for CreateApiKey {
    type Variables = wire::CreateVariables;
    type Data = wire::ApiKeysCreate;
    type Output = Issued<ApiKey>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "create",
        title: "Create an API key",
        summary: "Makes an API key, whose secret is shown once.",
        description: "Returns the key; its secret goes where `deliver` says, once. For a new secret of a key that exists use rotate_api_key, for a person's access create_pat.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "create_api_key",
        toolset: "api_keys",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::CreateVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_create.into()
    }
}

impl CreateApiKey {
    /// One of this name, with the defaults.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl Issuing for CreateApiKey {
    type Item = ApiKey;
    type Undo = RevokeApiKey;
    const NOUN: &'static str = "API key";
    const UNDONE: [&'static str; 2] = ["the key", "revoked"];

    fn id(key: &ApiKey) -> &str {
        key.id.as_ref()
    }

    fn undo(key: &ApiKey) -> Option<RevokeApiKey> {
        let reason = Some("its secret could not be handed over".to_owned());
        Some(RevokeApiKey { id: key.id.clone(), code: Some(RevocationCode::Unused), reason })
    }
}

/// Revokes an API key.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "RevokeApiKeyInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeApiKey {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
    /// Absent = OTHER. After COMPROMISED it cannot be restored.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub code: Option<RevocationCode>,
    /// Why, in at most 500 characters.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Operation for RevokeApiKey {
    type Variables = wire::RevokeVariables;
    type Data = wire::ApiKeysRevoke;
    type Output = ApiKey;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "revoke",
        title: "Revoke an API key",
        summary: "Revokes an API key: none of its secrets works any more.",
        description: "Returns the revoked key and until when restore_api_key can undo it: 7 days, never after COMPROMISED. For a new secret without an outage, use rotate_api_key.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Moderate,
        tool: "revoke_api_key",
        toolset: "api_keys",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::RevokeVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_revoke
    }
}

impl RevokeApiKey {
    /// Revokes this key, for no reason that is told.
    pub fn new(id: impl Into<ApiKeyId>) -> Self {
        Self { id: id.into(), code: None, reason: None }
    }
}

/// Undoes a revocation.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestoreApiKey {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
}

impl Operation for RestoreApiKey {
    type Variables = Self;
    type Data = wire::ApiKeysRestore;
    type Output = ApiKey;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "restore",
        title: "Restore an API key",
        summary: "Undoes a revocation, up to 7 days later, unless it was for COMPROMISED.",
        description: "Returns the key; its secrets work again. It undoes a revocation only: a deleted key stays deleted.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "restore_api_key",
        toolset: "key_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_restore
    }
}

/// Deletes an API key for good.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteApiKey {
    /// The key's id (`key_…`), not its secret.
    pub id: ApiKeyId,
}

impl Operation for DeleteApiKey {
    type Variables = Self;
    type Data = wire::ApiKeysDelete;
    type Output = ApiKey;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "delete",
        title: "Delete an API key",
        summary: "Deletes an API key for good; its usage, logs and audit events stay.",
        description: "Returns the deleted key. Its secrets stop working at once, and it cannot be undone. To stop a key and \
                      keep the choice, use revoke_api_key instead.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Severe,
        tool: "delete_api_key",
        toolset: "key_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_delete
    }
}

/// Lists the scopes that an API key can have.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListApiKeyScopes {}

impl Operation for ListApiKeyScopes {
    type Variables = ();
    type Data = wire::ApiKeysScopes;
    type Output = ApiKeyScopes;
    const INFO: OperationInfo = OperationInfo {
        namespace: "api_keys",
        method: "scopes",
        title: "List the scopes of API keys",
        summary: "Lists the scopes that an API key can have, with what each of them allows.",
        description: "Returns every `resource:action` with a description, for `scopes` of create_api_key; `resource:*` stands for all actions on a resource. The scopes of personal access tokens are others. What one key has, get_api_key says.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_api_key_scopes",
        toolset: "key_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(())
    }

    fn output(data: Self::Data) -> Self::Output {
        data.api_keys_scopes
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use admin_token::Secret;

    use super::{ApiKey, ApiKeyScopes, CreateApiKey, ListApiKeys, RevokeApiKey, schema};
    use crate::output::{issued, page};

    #[derive(cynic::QueryFragment)]
    pub struct ApiKeyPage {
        items: Vec<ApiKey>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(ApiKeyPage, ApiKey);

    #[derive(cynic::QueryFragment)]
    pub struct IssuedApiKey {
        item: ApiKey,
        secret: Secret,
    }
    issued!(IssuedApiKey, ApiKey);

    #[derive(cynic::QueryVariables)]
    pub struct ListVariables {
        pub(super) input: ListApiKeys,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ListVariables")]
    pub struct ApiKeysList {
        #[arguments(input: $input)]
        pub(super) api_keys_list: ApiKeyPage,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "super::GetApiKey")]
    pub struct ApiKeysGet {
        #[arguments(id: $id)]
        pub(super) api_keys_get: ApiKey,
    }

    #[derive(cynic::QueryVariables)]
    pub struct CreateVariables {
        pub(super) input: CreateApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "CreateVariables")]
    pub struct ApiKeysCreate {
        #[arguments(input: $input)]
        pub(super) api_keys_create: IssuedApiKey,
    }

    #[derive(cynic::QueryVariables)]
    pub struct RevokeVariables {
        pub(super) input: RevokeApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "RevokeVariables")]
    pub struct ApiKeysRevoke {
        #[arguments(input: $input)]
        pub(super) api_keys_revoke: ApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::RestoreApiKey")]
    pub struct ApiKeysRestore {
        #[arguments(id: $id)]
        pub(super) api_keys_restore: ApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::DeleteApiKey")]
    pub struct ApiKeysDelete {
        #[arguments(id: $id)]
        pub(super) api_keys_delete: ApiKey,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query")]
    pub struct ApiKeysScopes {
        pub(super) api_keys_scopes: ApiKeyScopes,
    }
}
