//! `apiKeys`.

use admin_policy::CatalogueEntry;
use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::api_key_rules::{
    Budget, BudgetInput, RateLimitInput, Restrictions, RestrictionsInput, TimeRestrictionsInput, three,
};
use super::scalars::{DateTime, Duration, Metadata, Secret};
use super::{Answer, mutate, page, page_type, query};
use crate::app::api_keys::{
    CreateApiKey, DeleteApiKey, FinishRotation, GetApiKey, ListApiKeyScopes, ListApiKeys, RestoreApiKey, RevokeApiKey,
    RollbackRotation, RotateApiKey, UpdateApiKey, UpdateRestrictions,
};
use crate::app::operation::Issued;
use crate::error::Error;
use crate::ids::{ApiKeyId, ProjectId, WorkspaceId};
use crate::model;

/// What an API key is for. A TEST key carries another prefix, so that the two are never mixed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::Environment")]
pub(crate) enum Environment {
    Live,
    Test,
}

/// The state of an API key. Only an ACTIVE key verifies as VALID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::ApiKeyState")]
pub(crate) enum ApiKeyState {
    Active,
    Disabled,
    Expired,
    Revoked,
    Deleted,
}

/// Why an API key was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::RevocationCode")]
pub(crate) enum RevocationCode {
    Compromised,
    Superseded,
    Unused,
    Offboarding,
    Other,
}

/// How an API key was revoked.
#[derive(Debug, SimpleObject)]
pub(crate) struct Revocation {
    at: DateTime,
    /// The user who revoked it (`usr_…`).
    by: ID,
    code: RevocationCode,
    reason: Option<String>,
    /// Until when `apiKeysRestore` can undo it; null = not at all.
    restorable_until: Option<DateTime>,
}

impl From<model::Revocation> for Revocation {
    fn from(revocation: model::Revocation) -> Self {
        Self {
            restorable_until: revocation.restorable_until().map(DateTime),
            at: DateTime(revocation.at),
            by: revocation.by.as_str().into(),
            code: revocation.code.into(),
            reason: revocation.reason,
        }
    }
}

/// One secret of an API key.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyVersion {
    id: ID,
    /// Counts the secrets of the key, from 1.
    number: i32,
    /// The last four characters of the secret.
    hint: String,
    created_at: DateTime,
    /// When this secret stops working: the end of its grace, or the expiry of the key; null = never.
    expires_at: Option<DateTime>,
    /// When this secret was last presented, whatever came of it; null = never. It may trail by some seconds.
    last_used_at: Option<DateTime>,
    /// From which address it was presented then, as far as the gateway said.
    last_used_ip: Option<String>,
    /// What presented it then, as far as the gateway said.
    last_used_user_agent: Option<String>,
}

/// An API key: what an application presents to a gateway. It is a lineage; its secret can be rotated while the key stays the same.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKey {
    id: ID,
    workspace_id: ID,
    name: String,
    description: Option<String>,
    environment: Environment,
    state: ApiKeyState,
    /// The projects (`prj_…`) in which the key may be used; null = any. With an empty list no call passes: the last one was archived.
    projects: Option<Vec<ID>>,
    /// What the key may do, as `resource:action` or `resource:*`.
    scopes: Vec<String>,
    restrictions: Restrictions,
    /// How much the key may spend; null = without bound.
    budget: Option<Budget>,
    metadata: Metadata,
    /// The last four characters of the newest secret.
    hint: String,
    created_at: DateTime,
    /// The user who made the key (`usr_…`). The key belongs to the workspace and outlives its maker's membership.
    created_by: ID,
    /// From when on the key is EXPIRED; null = never.
    expires_at: Option<DateTime>,
    /// When a secret of the key was last presented, whatever came of it; null = never. It may trail by some seconds.
    last_used_at: Option<DateTime>,
    /// When the key was deleted; null while it exists.
    deleted_at: Option<DateTime>,
    /// When, why and by whom the key was revoked; null unless it is.
    revocation: Option<Revocation>,
    /// The live secrets, newest first: one, or two during the grace of a rotation.
    versions: Vec<ApiKeyVersion>,
}

impl From<model::ApiKey> for ApiKey {
    fn from(key: model::ApiKey) -> Self {
        let key_expires_at = key.expires_at;
        let version = |version: model::ApiKeyVersion| ApiKeyVersion {
            id: version.id.as_str().into(),
            number: i32::try_from(version.number).unwrap_or(i32::MAX),
            hint: version.hint,
            created_at: DateTime(version.created_at),
            expires_at: [version.expires_at, key_expires_at].into_iter().flatten().min().map(DateTime),
            last_used_at: version.last_used_at.map(DateTime),
            last_used_ip: version.last_used_ip,
            last_used_user_agent: version.last_used_user_agent,
        };
        Self {
            hint: key.hint().to_owned(),
            id: key.id.as_str().into(),
            workspace_id: key.workspace_id.as_str().into(),
            name: key.name,
            description: key.description,
            environment: key.environment.into(),
            state: key.state.into(),
            projects: key.projects.map(|ids| ids.iter().map(|id| id.as_str().into()).collect()),
            scopes: key.scopes,
            restrictions: key.restrictions.into(),
            budget: key.budget.map(Into::into),
            metadata: Metadata(key.metadata),
            created_at: DateTime(key.created_at),
            created_by: key.created_by.as_str().into(),
            expires_at: key.expires_at.map(DateTime),
            last_used_at: key.last_used_at.map(DateTime),
            deleted_at: key.deleted_at.map(DateTime),
            revocation: key.revocation.map(Into::into),
            versions: key.versions.into_iter().map(version).collect(),
        }
    }
}

page_type! {
    /// One page of API keys.
    ApiKeyPage of ApiKey from model::ApiKey
}

/// An API key with its new secret.
#[derive(Debug, SimpleObject)]
pub(crate) struct IssuedApiKey {
    item: ApiKey,
    /// Shown once: it cannot be read again.
    secret: Secret,
}

impl From<Issued<model::ApiKey>> for IssuedApiKey {
    fn from(issued: Issued<model::ApiKey>) -> Self {
        Self { item: issued.item.into(), secret: Secret(issued.secret) }
    }
}

/// A scope that an API key can have.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyScope {
    /// As `resource:action`.
    scope: String,
    /// What it allows.
    description: String,
}

impl From<&CatalogueEntry> for ApiKeyScope {
    fn from(entry: &CatalogueEntry) -> Self {
        Self { scope: entry.scope().to_string(), description: entry.description.to_owned() }
    }
}

/// Every scope that an API key can have, beside `resource:*` for each resource.
#[derive(Debug, SimpleObject)]
pub(crate) struct ApiKeyScopes {
    items: Vec<ApiKeyScope>,
}

/// Which API keys to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListApiKeysInput {
    /// The tenant; absent = the caller's.
    tenant_id: Option<ID>,
    /// Only the keys of this workspace; absent = of every workspace that the caller may read.
    workspace_id: Option<ID>,
    /// Only those in this state; absent = all but the deleted.
    state: Option<ApiKeyState>,
    /// Only those that may be used for this project (`prj_…`).
    project_id: Option<ID>,
    /// Only those that hold this scope, by itself or by `resource:*`.
    scope: Option<String>,
    /// Only those made from then on.
    created_from: Option<DateTime>,
    /// Only those made before.
    created_to: Option<DateTime>,
    /// Only those that expire from then on.
    expires_from: Option<DateTime>,
    /// Only those that expire before.
    expires_to: Option<DateTime>,
    /// Only those last used from then on.
    last_used_from: Option<DateTime>,
    /// Only those last used before; what was never used is not among them.
    last_used_to: Option<DateTime>,
    /// Only those whose name or description has this text: at most 500 characters, in upper or lower case.
    text: Option<String>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

impl ListApiKeysInput {
    fn operation(self) -> Result<ListApiKeys, Error> {
        Ok(ListApiKeys {
            tenant_id: self.tenant_id.map(|id| id.0),
            workspace_id: self.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose()?,
            state: self.state.map(Into::into),
            project_id: self.project_id.map(|id| ProjectId::input("projectId", &id)).transpose()?,
            scope: self.scope,
            created_from: self.created_from.map(|at| at.0),
            created_to: self.created_to.map(|at| at.0),
            expires_from: self.expires_from.map(|at| at.0),
            expires_to: self.expires_to.map(|at| at.0),
            last_used_from: self.last_used_from.map(|at| at.0),
            last_used_to: self.last_used_to.map(|at| at.0),
            text: self.text,
            page: page(self.limit, self.cursor, self.offset),
        })
    }
}

/// An API key to make.
#[derive(Debug, InputObject)]
pub(crate) struct CreateApiKeyInput {
    /// The tenant; absent = the caller's.
    tenant_id: Option<ID>,
    /// The workspace of the key; absent = the only workspace in which the caller may make keys.
    workspace_id: Option<ID>,
    /// 1 to 100 characters, none of them a control character.
    name: String,
    /// At most 500 characters.
    description: Option<String>,
    /// LIVE (the default) or TEST; it shows in the secret's prefix and never changes.
    environment: Option<Environment>,
    /// At most 50 of the catalogue's scopes; absent = `inference:*`.
    scopes: Option<Vec<String>>,
    /// The projects (`prj_…`) in which it may be used: 1 to 50 of its workspace; absent = any.
    projects: Option<Vec<ID>>,
    restrictions: Option<RestrictionsInput>,
    /// How much it may spend; absent = without bound.
    budget: Option<BudgetInput>,
    metadata: Option<Metadata>,
    /// When the key expires; in the future. Absent = never.
    expires_at: Option<DateTime>,
}

impl CreateApiKeyInput {
    fn operation(self) -> Result<CreateApiKey, Error> {
        Ok(CreateApiKey {
            tenant_id: self.tenant_id.map(|id| id.0),
            workspace_id: self.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose()?,
            name: self.name,
            description: self.description,
            environment: self.environment.map_or(model::Environment::Live, Into::into),
            scopes: self.scopes,
            projects: self.projects.as_deref().map(project_ids).transpose()?,
            restrictions: self.restrictions.unwrap_or_default().into(),
            budget: self.budget.map(Into::into),
            metadata: self.metadata.map(|metadata| metadata.0).unwrap_or_default(),
            expires_at: self.expires_at.map(|at| at.0),
        })
    }
}

/// What to change of an API key: absent leaves what is, null takes it away, a value sets it.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateApiKeyInput {
    id: ID,
    /// 1 to 100 characters, none of them a control character.
    name: Option<String>,
    /// At most 500 characters.
    description: MaybeUndefined<String>,
    /// True switches the key off until it is false again.
    disabled: Option<bool>,
    /// 1 to 50 of the catalogue's scopes, in the place of those that it has.
    scopes: Option<Vec<String>>,
    /// 1 to 50 projects (`prj_…`) of its workspace; null = any.
    projects: MaybeUndefined<Vec<ID>>,
    /// Merged with what is, field by field; null = none.
    restrictions: MaybeUndefined<RestrictionsInput>,
    /// Null = without bound.
    budget: MaybeUndefined<BudgetInput>,
    /// In the place of all there are; null = none.
    metadata: MaybeUndefined<Metadata>,
    /// In the future; null = never.
    expires_at: MaybeUndefined<DateTime>,
}

impl UpdateApiKeyInput {
    fn operation(self) -> Result<UpdateApiKey, Error> {
        let projects = match three(self.projects) {
            Some(Some(ids)) => Some(Some(project_ids(&ids)?)),
            Some(None) => Some(None),
            None => None,
        };
        Ok(UpdateApiKey {
            id: ApiKeyId::input("id", &self.id)?,
            name: self.name,
            description: three(self.description),
            disabled: self.disabled,
            scopes: self.scopes,
            projects,
            restrictions: three(self.restrictions.map_value(Into::into)),
            budget: three(self.budget.map_value(Into::into)),
            metadata: three(self.metadata.map_value(|metadata| metadata.0)),
            expires_at: three(self.expires_at.map_value(|at| at.0)),
        })
    }
}

fn project_ids(ids: &[ID]) -> Result<Vec<ProjectId>, Error> {
    ids.iter().map(|id| ProjectId::input("projects", id)).collect()
}

/// What to change of an API key's restrictions: absent leaves what is, null takes it away, a value sets it.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateApiKeyRestrictionsInput {
    id: ID,
    /// 1 to 100 addresses and CIDR blocks, such as `192.0.2.0/24` or `2001:db8::/32`.
    ip_addresses: MaybeUndefined<Vec<String>>,
    /// 1 to 100 hosts, such as `example.com` or `*.example.com`.
    referrers: MaybeUndefined<Vec<String>>,
    rate_limit: MaybeUndefined<RateLimitInput>,
    time_restrictions: MaybeUndefined<TimeRestrictionsInput>,
}

/// An API key to rotate.
#[derive(Debug, InputObject)]
pub(crate) struct RotateApiKeyInput {
    id: ID,
    /// How long the old secret still works: 0s to 7d, and never past the expiry that the key had before. Absent = 24h.
    grace: Option<Duration>,
    /// A new expiry of the key; in the future. Absent = unchanged.
    expires_at: Option<DateTime>,
}

/// An API key to revoke.
#[derive(Debug, InputObject)]
pub(crate) struct RevokeApiKeyInput {
    id: ID,
    /// Absent = OTHER. After COMPROMISED the key cannot be restored.
    code: Option<RevocationCode>,
    /// In one's own words, at most 500 characters.
    reason: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct ApiKeysQuery;

#[Object]
impl ApiKeysQuery {
    /// Lists API keys, newest first.
    async fn api_keys_list(&self, ctx: &Context<'_>, input: Option<ListApiKeysInput>) -> Answer<ApiKeyPage> {
        let input = input.unwrap_or_default();
        Ok(query(ctx, input.operation()).await?.into())
    }

    /// Gets one API key.
    async fn api_keys_get(&self, ctx: &Context<'_>, id: ID) -> Answer<ApiKey> {
        Ok(query(ctx, ApiKeyId::input("id", &id).map(|id| GetApiKey { id })).await?.into())
    }

    /// Lists the scopes that an API key can have, with what each of them allows.
    async fn api_keys_scopes(&self, ctx: &Context<'_>) -> Answer<ApiKeyScopes> {
        let catalogue = query(ctx, Ok(ListApiKeyScopes)).await?;
        Ok(ApiKeyScopes { items: catalogue.iter().map(Into::into).collect() })
    }
}

#[derive(Debug, Default)]
pub(crate) struct ApiKeysMutation;

#[Object]
impl ApiKeysMutation {
    /// Makes an API key; its secret is in the answer and nowhere else.
    async fn api_keys_create(&self, ctx: &Context<'_>, input: CreateApiKeyInput) -> Answer<IssuedApiKey> {
        Ok(mutate(ctx, input.operation()).await?.into())
    }

    /// Changes an API key: what is absent stays. A running call is not affected, the next one is.
    async fn api_keys_update(&self, ctx: &Context<'_>, input: UpdateApiKeyInput) -> Answer<ApiKey> {
        Ok(mutate(ctx, input.operation()).await?.into())
    }

    /// Changes where, when and how often an API key may be used: what is absent stays.
    async fn api_keys_update_restrictions(
        &self,
        ctx: &Context<'_>,
        input: UpdateApiKeyRestrictionsInput,
    ) -> Answer<ApiKey> {
        let UpdateApiKeyRestrictionsInput { id, ip_addresses, referrers, rate_limit, time_restrictions } = input;
        let change = RestrictionsInput { ip_addresses, referrers, rate_limit, time_restrictions }.into();
        Ok(mutate(ctx, ApiKeyId::input("id", &id).map(|id| UpdateRestrictions { id, change })).await?.into())
    }

    /// Gives an API key a new secret; the old one works until its grace ends.
    async fn api_keys_rotate(&self, ctx: &Context<'_>, input: RotateApiKeyInput) -> Answer<IssuedApiKey> {
        let operation = ApiKeyId::input("id", &input.id).map(|id| RotateApiKey {
            id,
            grace: input.grace.map(|grace| grace.0),
            expires_at: input.expires_at.map(|at| at.0),
        });
        Ok(mutate(ctx, operation).await?.into())
    }

    /// Ends the grace of a rotation now: the old secret stops working.
    async fn api_keys_finish_rotation(&self, ctx: &Context<'_>, id: ID) -> Answer<ApiKey> {
        Ok(mutate(ctx, ApiKeyId::input("id", &id).map(|id| FinishRotation { id })).await?.into())
    }

    /// Undoes a rotation during its grace: the old secret is the only one again, and the key expires as it did before.
    async fn api_keys_rollback_rotation(&self, ctx: &Context<'_>, id: ID) -> Answer<ApiKey> {
        Ok(mutate(ctx, ApiKeyId::input("id", &id).map(|id| RollbackRotation { id })).await?.into())
    }

    /// Revokes an API key: none of its secrets works any more.
    async fn api_keys_revoke(&self, ctx: &Context<'_>, input: RevokeApiKeyInput) -> Answer<ApiKey> {
        let operation = ApiKeyId::input("id", &input.id).map(|id| RevokeApiKey {
            id,
            code: input.code.map(Into::into),
            reason: input.reason,
        });
        Ok(mutate(ctx, operation).await?.into())
    }

    /// Undoes a revocation, up to 7 days later, unless it was for COMPROMISED.
    async fn api_keys_restore(&self, ctx: &Context<'_>, id: ID) -> Answer<ApiKey> {
        Ok(mutate(ctx, ApiKeyId::input("id", &id).map(|id| RestoreApiKey { id })).await?.into())
    }

    /// Deletes an API key for good. Its usage, logs and audit events stay.
    async fn api_keys_delete(&self, ctx: &Context<'_>, id: ID) -> Answer<ApiKey> {
        Ok(mutate(ctx, ApiKeyId::input("id", &id).map(|id| DeleteApiKey { id })).await?.into())
    }
}
