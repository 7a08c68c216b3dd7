//! API keys: what an application presents to a gateway.

#[doc(inline)]
pub use admin_core::api_keys::{
    ApiKey, ApiKeyCalls, ApiKeyCheck, ApiKeyCheckOutcome, ApiKeyCheckStep, ApiKeyExplanation, ApiKeyLog,
    ApiKeyLogStatus, ApiKeyScope, ApiKeyScopes, ApiKeyState, ApiKeyUsage, ApiKeyUsageBucket, ApiKeyUsageDimension,
    ApiKeyUsageGroup, ApiKeyVersion, Budget, BudgetInput, BudgetPeriod, CreateApiKey, DayOfWeek, DeleteApiKey,
    Environment, ExplainApiKey, FinishApiKeyRotation, GetApiKey, GetApiKeyLog, GetApiKeyProjectUsage,
    GetApiKeyResourceUsage, GetApiKeyUsage, ListApiKeyLogs, ListApiKeyScopes, ListApiKeys, RateLimit, RateLimitInput,
    RatePeriod, RestoreApiKey, Restrictions, RestrictionsInput, Revocation, RevocationCode, RevokeApiKey,
    RollbackApiKeyRotation, RotateApiKey, TimeRestrictions, TimeRestrictionsInput, UpdateApiKey,
    UpdateApiKeyRestrictions,
};
use admin_core::{ApiKeyId, ApiKeyLogId, Client};

use crate::call::Call;

/// The methods of API keys. Made by [`AiSetuAdmin::api_keys`](crate::AiSetuAdmin::api_keys).
#[derive(Debug, Clone)]
pub struct ApiKeys {
    pub(crate) client: Client,
}

impl ApiKeys {
    /// Lists API keys, newest first.
    ///
    /// Awaited, it gives one page; [`stream`](Call::stream) and [`all`](Call::all) go over all pages.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or `tenant_id` is not the token's tenant.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds, or an id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::ListApiKeys;
    ///
    /// let which = ListApiKeys { workspace_id: Some("ws_…".into()), ..ListApiKeys::default() };
    /// let keys = admin.api_keys().list(which).all().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, which: ListApiKeys) -> Call<ListApiKeys> {
        Call::new(&self.client, which)
    }

    /// Gets one API key.
    ///
    /// It takes the id: whether a secret works, [`Gateway::verify`](crate::Gateway::verify) says.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace.
    /// - `BAD_USER_INPUT`: the id is not one of an API key.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let key = admin.api_keys().get("key_…").await?;
    /// println!("{} is {}", key.name, key.state);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, id: impl Into<ApiKeyId>) -> Call<GetApiKey> {
        Call::new(&self.client, GetApiKey { id: id.into() })
    }

    /// Makes an API key, whose secret is shown once.
    ///
    /// Nothing can read the secret again: [`Issued::secret`](crate::Issued::secret) is to be put where it is needed, now.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, or ADMIN or MEMBER of the workspace.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or `tenant_id` is not the token's tenant.
    /// - `BAD_USER_INPUT`: `workspace_id` is absent and there are several; an unknown scope; an expiry that is past; a name, a
    ///   description or metadata out of bounds; a malformed id.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    /// - `ALREADY_CREATED`: made under this idempotency key, and its secret is not given again: too late, or it no longer works.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls. Within 10
    /// minutes they get the same secret, as long as it works.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::{Duration, SystemTime};
    ///
    /// use admin_sdk::api_keys::{CreateApiKey, Environment};
    ///
    /// let in_90_days = SystemTime::now() + Duration::from_secs(90 * 24 * 60 * 60);
    /// let key = admin
    ///     .api_keys()
    ///     .create(CreateApiKey {
    ///         workspace_id: Some("ws_…".into()),
    ///         environment: Some(Environment::Test),
    ///         scopes: Some(vec!["inference:execute".to_owned()]),
    ///         expires_at: Some(in_90_days.try_into()?),
    ///         ..CreateApiKey::new("CI")
    ///     })
    ///     .await?;
    /// println!("{} ends in {}", key.item.id, key.secret().hint());
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self, key: CreateApiKey) -> Call<CreateApiKey> {
        Call::new(&self.client, key)
    }

    /// Changes an API key; what is absent stays.
    ///
    /// `restrictions` are merged field by field; lists, metadata and budget are given whole. [`ThreeState::Null`](crate::ThreeState::Null)
    /// takes a bound away.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, ADMIN of the workspace, or MEMBER of it for a key of one's own.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace; or a project is
    ///   none of its workspace.
    /// - `CONFLICT`: it is revoked.
    /// - `BAD_USER_INPUT`: an unknown scope, an empty list, an address, host, rate, hour or zone that is none, a past expiry, or something
    ///   else out of its bounds; the error names the field.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::ThreeState;
    /// use admin_sdk::api_keys::UpdateApiKey;
    ///
    /// let changes = UpdateApiKey { expires_at: ThreeState::Null, disabled: Some(false), ..UpdateApiKey::new("key_…") };
    /// let key = admin.api_keys().update(changes).await?;
    /// println!("{} is {}", key.name, key.state);
    /// # Ok(())
    /// # }
    /// ```
    pub fn update(&self, changes: UpdateApiKey) -> Call<UpdateApiKey> {
        Call::new(&self.client, changes)
    }

    /// Changes where, when and how often an API key may be used; what is absent stays.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, ADMIN of the workspace, or MEMBER of it for a key of one's own.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace.
    /// - `CONFLICT`: it is revoked.
    /// - `BAD_USER_INPUT`: an empty list, or an address, host, rate, hour or zone that is none; the error names the field.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::ThreeState;
    /// use admin_sdk::api_keys::{RateLimitInput, RatePeriod, UpdateApiKeyRestrictions};
    ///
    /// let changes = UpdateApiKeyRestrictions {
    ///     ip_addresses: vec!["192.0.2.0/24".to_owned()].into(),
    ///     rate_limit: RateLimitInput { requests: 1_000, period: RatePeriod::Minute, burst: None }.into(),
    ///     referrers: ThreeState::Null,
    ///     ..UpdateApiKeyRestrictions::new("key_…")
    /// };
    /// admin.api_keys().update_restrictions(changes).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update_restrictions(&self, changes: UpdateApiKeyRestrictions) -> Call<UpdateApiKeyRestrictions> {
        Call::new(&self.client, changes)
    }

    /// Gives an API key a new secret, which is shown once; the old one works until its grace ends.
    ///
    /// Id, scopes and usage stay. Until the grace ends both secrets work, [`rollback_rotation`](Self::rollback_rotation) undoes it, and
    /// [`finish_rotation`](Self::finish_rotation) ends it now.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, ADMIN of the workspace, or MEMBER of it for a key of one's own.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace.
    /// - `CONFLICT`: it is revoked; two of its secrets live already; or it has expired and `expires_at` is absent.
    /// - `BAD_USER_INPUT`: `grace` is above 7 days, `expires_at` is past, or the id is malformed.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    /// - `ALREADY_CREATED`: made under this idempotency key, and its secret is not given again: too late, or it no longer works.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls. Within 10
    /// minutes they get the same secret, as long as it works.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::{Duration, api_keys::RotateApiKey};
    ///
    /// let an_hour = Some(Duration::from_secs(60 * 60));
    /// let key = admin.api_keys().rotate(RotateApiKey { grace: an_hour, ..RotateApiKey::new("key_…") }).await?;
    /// println!("the new secret ends in {}", key.secret().hint());
    /// # Ok(())
    /// # }
    /// ```
    pub fn rotate(&self, rotation: RotateApiKey) -> Call<RotateApiKey> {
        Call::new(&self.client, rotation)
    }

    /// Ends the grace of a rotation now: the old secret stops working.
    ///
    /// It cannot be undone.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, ADMIN of the workspace, or MEMBER of it for a key of one's own.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace.
    /// - `CONFLICT`: no rotation is in progress, or the key is revoked.
    /// - `BAD_USER_INPUT`: the id is not one of an API key.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let key = admin.api_keys().finish_rotation("key_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn finish_rotation(&self, id: impl Into<ApiKeyId>) -> Call<FinishApiKeyRotation> {
        Call::new(&self.client, FinishApiKeyRotation { id: id.into() })
    }

    /// Undoes a rotation during its grace: the old secret is the only one again.
    ///
    /// The key gets the expiry back that it had before. The new secret stops working.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, ADMIN of the workspace, or MEMBER of it for a key of one's own.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace.
    /// - `CONFLICT`: no rotation is in progress, or the key is revoked.
    /// - `BAD_USER_INPUT`: the id is not one of an API key.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let key = admin.api_keys().rollback_rotation("key_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rollback_rotation(&self, id: impl Into<ApiKeyId>) -> Call<RollbackApiKeyRotation> {
        Call::new(&self.client, RollbackApiKeyRotation { id: id.into() })
    }

    /// Revokes an API key: none of its secrets works any more.
    ///
    /// For 7 days [`restore`](Self::restore) undoes it, but never after COMPROMISED. A revoked key can still be revoked as COMPROMISED.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, ADMIN of the workspace, or MEMBER of it for a key of one's own.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace.
    /// - `CONFLICT`: it is revoked already.
    /// - `BAD_USER_INPUT`: `code` is unknown, `reason` has more than 500 characters, or the id is malformed.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::{RevocationCode, RevokeApiKey};
    ///
    /// let leaked = RevokeApiKey { code: Some(RevocationCode::Compromised), ..RevokeApiKey::new("key_…") };
    /// let key = admin.api_keys().revoke(leaked).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn revoke(&self, revocation: RevokeApiKey) -> Call<RevokeApiKey> {
        Call::new(&self.client, revocation)
    }

    /// Undoes a revocation, up to 7 days later, unless it was for COMPROMISED.
    ///
    /// Its secrets work again. A deleted key stays deleted.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, ADMIN of the workspace, or MEMBER of it for a key of one's own.
    /// A MEMBER undoes no revocation that somebody else made.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace.
    /// - `CONFLICT`: it is not revoked, was revoked as COMPROMISED, or more than 7 days ago.
    /// - `BAD_USER_INPUT`: the id is not one of an API key.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let key = admin.api_keys().restore("key_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(&self, id: impl Into<ApiKeyId>) -> Call<RestoreApiKey> {
        Call::new(&self.client, RestoreApiKey { id: id.into() })
    }

    /// Deletes an API key for good; its secrets stop working at once.
    ///
    /// It cannot be undone. To keep the choice, use [`revoke`](Self::revoke).
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, ADMIN of the workspace, or MEMBER of it for a key of one's own.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted, alone or with its workspace.
    /// - `BAD_USER_INPUT`: the id is not one of an API key.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let key = admin.api_keys().delete("key_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete(&self, id: impl Into<ApiKeyId>) -> Call<DeleteApiKey> {
        Call::new(&self.client, DeleteApiKey { id: id.into() })
    }

    /// Tells how often an API key was presented, what came of it, and what calls cost.
    ///
    /// Without more it is the last 30 days, by day in UTC. The times are widened to quarters of an hour, or to whole minutes where minutes are
    /// asked for; what was answered up to a second ago is in it.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:billing`, and any role where the key is.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope; the message names which.
    /// - `NOT_FOUND`: there is no such key, or none whose usage the token may read. A deleted key has its usage still.
    /// - `BAD_USER_INPUT`: the zone is unknown, `from` is not before `to`, there are more than 400 buckets or 366 days, or single minutes are asked
    ///   for of a time whose log is gone.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::{ApiKeyUsageDimension, GetApiKeyUsage};
    ///
    /// let by_code = GetApiKeyUsage { by: Some(ApiKeyUsageDimension::Code), ..GetApiKeyUsage::new("key_…") };
    /// let usage = admin.api_keys().usage(by_code).await?;
    /// println!("{} calls, {} denied", usage.total.requests, usage.total.denied);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_usage")]
    pub fn usage(&self, which: GetApiKeyUsage) -> Call<GetApiKeyUsage> {
        Call::new(&self.client, which)
    }

    /// Tells how much an API key is used for one resource: a view of [`usage`](Self::usage).
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:billing`, and any role where the key is.
    ///
    /// # Errors
    /// As of [`usage`](Self::usage).
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::GetApiKeyResourceUsage;
    ///
    /// let usage = admin.api_keys().resource_usage(GetApiKeyResourceUsage::new("key_…", "functions")).await?;
    /// println!("{} calls of functions", usage.total.requests);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_resource_usage")]
    pub fn resource_usage(&self, which: GetApiKeyResourceUsage) -> Call<GetApiKeyResourceUsage> {
        Call::new(&self.client, which)
    }

    /// Tells how much an API key is used for one project: a view of [`usage`](Self::usage).
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:billing`, and any role where the key is.
    ///
    /// # Errors
    /// - `NOT_FOUND`: there is no such key or project, none that the token may read, or the project is of another workspace.
    ///
    /// As of [`usage`](Self::usage), and what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::GetApiKeyProjectUsage;
    ///
    /// let usage = admin.api_keys().project_usage(GetApiKeyProjectUsage::new("key_…", "prj_…")).await?;
    /// println!("{} calls, {}", usage.total.requests, usage.cost);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_project_usage")]
    pub fn project_usage(&self, which: GetApiKeyProjectUsage) -> Call<GetApiKeyProjectUsage> {
        Call::new(&self.client, which)
    }

    /// Lists what an API key was presented for, newest first.
    ///
    /// An entry is there some 200 ms after its answer, for as long as the operator keeps them. Awaited, it gives one page;
    /// [`stream`](Call::stream) and [`all`](Call::all) go over all pages.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such key, or none that the token may read. A deleted key has its log still.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds, `from` is not before `to`, or an id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::{ApiKeyLogStatus, ListApiKeyLogs};
    ///
    /// let denied = ListApiKeyLogs { status: Some(ApiKeyLogStatus::Denied), ..ListApiKeyLogs::new("key_…") };
    /// for entry in admin.api_keys().logs(denied).await?.items {
    ///     println!("{} {} from {:?}", entry.at, entry.code, entry.ip);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_logs")]
    pub fn logs(&self, which: ListApiKeyLogs) -> Call<ListApiKeyLogs> {
        Call::new(&self.client, which)
    }

    /// Gets one entry of the log of an API key.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or the entry is not of it or was kept no longer.
    /// - `BAD_USER_INPUT`: an id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let entry = admin.api_keys().log("key_…", "log_…").await?;
    /// println!("{} in {} µs", entry.code, entry.latency_micros);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_log")]
    pub fn log(&self, id: impl Into<ApiKeyId>, log_id: impl Into<ApiKeyLogId>) -> Call<GetApiKeyLog> {
        Call::new(&self.client, GetApiKeyLog::new(id, log_id))
    }

    /// Tells what would come of a call with an API key, and why.
    ///
    /// It is the decision that [`Gateway::verify`](crate::Gateway::verify) makes, check by check, for a call that is only supposed: nothing is taken
    /// of the rate limit, and nothing logged.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such key, none that the token may read, or it was deleted.
    /// - `BAD_USER_INPUT`: a scope, an address or an id is none, or the cost is out of its bounds.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::api_keys::ExplainApiKey;
    ///
    /// let call = ExplainApiKey { ip: Some("203.0.113.9".into()), ..ExplainApiKey::new("key_…") };
    /// for step in admin.api_keys().explain(call).await?.steps {
    ///     println!("{} {}: {}", step.check, step.outcome, step.why);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain(&self, call: ExplainApiKey) -> Call<ExplainApiKey> {
        Call::new(&self.client, call)
    }

    /// Lists the scopes that an API key can have, with what each of them allows.
    ///
    /// It is all of them, on no pages. Beside each, `resource:*` stands for every action on its resource.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// for entry in admin.api_keys().scopes().await?.items {
    ///     println!("{}: {}", entry.scope, entry.description);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn scopes(&self) -> Call<ListApiKeyScopes> {
        Call::new(&self.client, ListApiKeyScopes {})
    }
}
