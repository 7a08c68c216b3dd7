//! `apiKeys`.

use admin_policy::CatalogueEntry;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::scalars::{DateTime, Duration, Metadata, Secret};
use super::{Answer, mutate, page, page_type, query};
use crate::app::api_keys::{
    CreateApiKey, DeleteApiKey, FinishRotation, GetApiKey, ListApiKeyScopes, ListApiKeys, RestoreApiKey, RevokeApiKey,
    RollbackRotation, RotateApiKey,
};
use crate::app::operation::Issued;
use crate::ids::{ApiKeyId, WorkspaceId};
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
    /// What the key may do, as `resource:action` or `resource:*`.
    scopes: Vec<String>,
    metadata: Metadata,
    /// The last four characters of the newest secret.
    hint: String,
    created_at: DateTime,
    /// The user who made the key (`usr_…`). The key belongs to the workspace and outlives its maker's membership.
    created_by: ID,
    /// From when on the key is EXPIRED; null = never.
    expires_at: Option<DateTime>,
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
        };
        Self {
            hint: key.hint().to_owned(),
            id: key.id.as_str().into(),
            workspace_id: key.workspace_id.as_str().into(),
            name: key.name,
            description: key.description,
            environment: key.environment.into(),
            state: key.state.into(),
            scopes: key.scopes,
            metadata: Metadata(key.metadata),
            created_at: DateTime(key.created_at),
            created_by: key.created_by.as_str().into(),
            expires_at: key.expires_at.map(DateTime),
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
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
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
    metadata: Option<Metadata>,
    /// When the key expires; in the future. Absent = never.
    expires_at: Option<DateTime>,
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
        let workspace_id = input.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose();
        let operation = workspace_id.map(|workspace_id| ListApiKeys {
            tenant_id: input.tenant_id.map(|id| id.0),
            workspace_id,
            page: page(input.limit, input.cursor, input.offset),
        });
        Ok(query(ctx, operation).await?.into())
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
        let workspace_id = input.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose();
        let operation = workspace_id.map(|workspace_id| CreateApiKey {
            tenant_id: input.tenant_id.map(|id| id.0),
            workspace_id,
            name: input.name,
            description: input.description,
            environment: input.environment.map_or(model::Environment::Live, Into::into),
            scopes: input.scopes,
            metadata: input.metadata.map(|metadata| metadata.0).unwrap_or_default(),
            expires_at: input.expires_at.map(|at| at.0),
        });
        Ok(mutate(ctx, operation).await?.into())
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
