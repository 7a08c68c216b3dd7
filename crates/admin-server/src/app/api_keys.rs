//! API keys: a lineage with one or two live secrets.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use admin_policy::{CATALOGUE, CatalogueEntry, DEFAULT_SCOPE, Scope};
use admin_token::{Token, TokenKind, mint};

use super::api_key_rules::{self as rules, RestrictionsChange, ThreeState};
use super::audit::Event;
use super::authorization::{Permission, Reach};
use super::operation::{Call, Change, Hinted, Issued, Mutation, Query};
use super::paging::{PageInput, page};
use super::workspaces as workspace_rules;
use super::{budgets, expiry_notices, validate};
use crate::crypto::token_digest;
use crate::error::{Code, Error, ObjectRef};
use crate::ids::{ApiKeyId, ProjectId, VersionId, WorkspaceId};
use crate::model::{
    ApiKey, ApiKeyState, ApiKeyVersion, Budget, Environment, Page, Restrictions, Revocation, RevocationCode, Spender,
    Workspace,
};
use crate::store::api_keys::Filter;
use crate::store::{Tx, api_keys};

/// How long a revoked key can be restored.
const RESTORABLE: SignedDuration = SignedDuration::from_hours(7 * 24);
const DEFAULT_GRACE: SignedDuration = SignedDuration::from_hours(24);
const MAX_GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Revocation {
    /// Until when it can be undone; `None` = never.
    pub fn restorable_until(&self) -> Option<Timestamp> {
        if self.code == RevocationCode::Compromised { None } else { self.at.checked_add(RESTORABLE).ok() }
    }
}

impl Hinted for ApiKey {
    fn object(&self) -> ObjectRef {
        ObjectRef { id: self.id.to_string(), hint: Some(self.hint().to_owned()) }
    }

    fn still_works(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, Error> {
        let Some(stored) = api_keys::get(tx, &self.id, now)? else { return Ok(false) };
        let made = self.versions.first().map(|version| &version.id);
        let lives = stored.versions.iter().any(|version| Some(&version.id) == made);
        Ok(stored.state == ApiKeyState::Active && lives)
    }
}

/// A key with its workspace, either of which may be deleted.
#[derive(Debug)]
pub struct KeyTarget {
    key: ApiKey,
    workspace: Workspace,
}

impl KeyTarget {
    /// The key with this id, if the caller may read it.
    pub(super) fn readable(tx: &mut Tx<'_>, call: &Call<'_>, id: &ApiKeyId) -> Result<Self, Error> {
        let found = api_keys::get(tx, id, call.now)?.ok_or_else(|| Error::not_found("API key"))?;
        let workspace = workspace_rules::readable(tx, call, &found.workspace_id)
            .map_err(|error| if error.code() == Code::NotFound { Error::not_found("API key") } else { error })?;
        Ok(Self { key: found, workspace })
    }

    /// The same, if the caller may also do to it what the rule of the call says.
    fn permitted(tx: &mut Tx<'_>, call: &Call<'_>, id: &ApiKeyId) -> Result<Self, Error> {
        let target = Self::readable(tx, call, id)?;
        call.caller.permit(&call.rule, &target.key.workspace_id, Some(&target.key.created_by))?;
        Ok(target)
    }

    /// The key, unless it or its workspace was deleted.
    pub(super) fn alive(self) -> Result<ApiKey, Error> {
        let gone = self.key.deleted_at.is_some() || self.workspace.deleted_at.is_some();
        if gone { Err(Error::not_found("API key")) } else { Ok(self.key) }
    }

    /// The key, unless it is gone or revoked.
    fn in_force(self) -> Result<ApiKey, Error> {
        let key = self.alive()?;
        match &key.revocation {
            None => Ok(key),
            Some(revocation) => {
                let refused = Error::conflict(format!("`{}` was revoked at {:.3}", key.name, revocation.at));
                Err(refused.with_hint(match revocation.restorable_until() {
                    Some(until) => format!("restore it first, which can be done until {until:.3}, or create a new key"),
                    None => "create a new key".to_owned(),
                }))
            }
        }
    }
}

/// Reads the key again, as the change left it.
fn changed(tx: &mut Tx<'_>, call: &Call<'_>, before: &ApiKey) -> Result<Change<ApiKey>, Error> {
    let after = api_keys::get(tx, &before.id, call.now)?.ok_or_else(|| Error::internal("a key vanished"))?;
    let event = Event::change(&after.id, Some(&after.workspace_id), Some(before), Some(&after))?;
    Ok(Change { output: after, event })
}

/// Mints a secret for a key.
fn issue(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    key_id: &ApiKeyId,
    environment: Environment,
    key_expires_before: Option<Timestamp>,
) -> Result<Token, Error> {
    let kind = match environment {
        Environment::Live => TokenKind::LiveKey,
        Environment::Test => TokenKind::TestKey,
    };
    let token = mint(kind, |buffer| call.ports.random.fill(buffer));
    let version = ApiKeyVersion {
        id: VersionId::new(call.now, &*call.ports.random),
        number: api_keys::last_number(tx, key_id)? + 1,
        hint: token.hint().to_owned(),
        created_at: call.now,
        expires_at: None,
        key_expires_before,
        last_used_at: None,
        last_used_ip: None,
        last_used_user_agent: None,
    };
    let pepper = &call.ports.keys.pepper;
    api_keys::insert_version(tx, key_id, &version, &token_digest(pepper, token.secret().expose()), pepper.id())?;
    Ok(token)
}

/// Lists them, newest first.
#[derive(Debug)]
pub struct ListApiKeys {
    /// Whose; `None` = the caller's tenant's.
    pub tenant_id: Option<String>,
    /// Where; `None` = wherever the caller may read.
    pub workspace_id: Option<WorkspaceId>,
    /// Only those that stand so.
    pub state: Option<ApiKeyState>,
    /// Only those that may be used for this project.
    pub project_id: Option<ProjectId>,
    /// Only those that hold this scope, by itself or by `resource:*`.
    pub scope: Option<String>,
    /// Only those that were made from then on.
    pub created_from: Option<Timestamp>,
    /// Only those that were made before.
    pub created_to: Option<Timestamp>,
    /// Only those that expire from then on.
    pub expires_from: Option<Timestamp>,
    /// Only those that expire before.
    pub expires_to: Option<Timestamp>,
    /// Only those that were last used from then on.
    pub last_used_from: Option<Timestamp>,
    /// Only those that were last used before.
    pub last_used_to: Option<Timestamp>,
    /// Only those whose name or description has this text.
    pub text: Option<String>,
    /// Which page.
    pub page: PageInput,
}

/// Checks that a stretch of time is none that ends before it begins.
fn in_order(from: (&'static str, Option<Timestamp>), to: (&str, Option<Timestamp>)) -> Result<(), Error> {
    match (from, to) {
        ((from, Some(first)), (to, Some(last))) if first > last => {
            Err(Error::bad_input(from, format!("`{from}` is {first:.3}, which is after `{to}`, {last:.3}")))
        }
        _ => Ok(()),
    }
}

impl Query for ListApiKeys {
    const FIELD: &'static str = "apiKeysList";
    type Output = Page<ApiKey>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        let tenant_id = call.caller.own_tenant(self.tenant_id.as_deref())?;
        let only = match &self.workspace_id {
            Some(id) => Some(vec![workspace_rules::alive(workspace_rules::readable(tx, call, id)?)?.id]),
            None => call.caller.workspaces_with(Permission::Read),
        };
        in_order(("createdFrom", self.created_from), ("createdTo", self.created_to))?;
        in_order(("lastUsedFrom", self.last_used_from), ("lastUsedTo", self.last_used_to))?;
        in_order(("expiresFrom", self.expires_from), ("expiresTo", self.expires_to))?;
        validate::text("text", self.text.as_deref())?;
        let scopes = self.scope.as_deref().map(holding).transpose()?;
        let filter = Filter {
            workspaces: only.as_deref(),
            state: self.state.map(|state| (state, call.now)),
            project: self.project_id.as_ref(),
            scopes: scopes.as_deref(),
            created: (self.created_from, self.created_to),
            expires: (self.expires_from, self.expires_to),
            last_used: (self.last_used_from, self.last_used_to),
            text: self.text.as_deref().filter(|text| !text.is_empty()),
            ..Filter::of(tenant_id)
        };
        let (items, total) = (api_keys::list(tx, &filter, &range, call.now)?, api_keys::count(tx, &filter)?);
        Ok(page(&range, items, total, |key| key.id.to_string()))
    }
}

/// The scopes of which each allows this one: itself, and all of its resource.
fn holding(scope: &str) -> Result<Vec<String>, Error> {
    let scope = checked_scope("scope", scope)?.to_string();
    let all = scope.split_once(':').map(|(resource, _)| format!("{resource}:*"));
    Ok(std::iter::once(scope).chain(all).collect())
}

fn checked_scope(field: &'static str, text: &str) -> Result<Scope, Error> {
    text.parse().map_err(|error: admin_policy::ScopeError| Error::bad_input(field, format!("in `{field}`, {error}")))
}

/// The scopes, checked against the catalogue; one that is named twice counts once.
fn checked_scopes(scopes: &[String]) -> Result<Vec<String>, Error> {
    validate::count("scopes", scopes.len(), 1, 50)?;
    let mut checked = Vec::with_capacity(scopes.len());
    for scope in scopes {
        let scope = checked_scope("scopes", scope)?.to_string();
        if !checked.contains(&scope) {
            checked.push(scope);
        }
    }
    Ok(checked)
}

/// Gets one.
#[derive(Debug)]
pub struct GetApiKey {
    /// Which.
    pub id: ApiKeyId,
}

impl Query for GetApiKey {
    const FIELD: &'static str = "apiKeysGet";
    type Output = ApiKey;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<ApiKey, Error> {
        KeyTarget::readable(tx, call, &self.id)?.alive()
    }
}

/// Makes one.
#[derive(Debug, Serialize)]
pub struct CreateApiKey {
    /// Whose; `None` = the caller's tenant's.
    pub tenant_id: Option<String>,
    /// Where; `None` = the only workspace in which the caller may make keys.
    pub workspace_id: Option<WorkspaceId>,
    /// What people call it.
    pub name: String,
    /// What it is for, in words.
    pub description: Option<String>,
    /// Production or tests.
    pub environment: Environment,
    /// What it may do; `None` = the default.
    pub scopes: Option<Vec<String>>,
    /// The projects in which it may be used; `None` = any.
    pub projects: Option<Vec<ProjectId>>,
    /// Where, when and how often it may.
    pub restrictions: RestrictionsChange,
    /// How much it may spend; `None` = without bound.
    pub budget: Option<Budget>,
    /// Labels.
    pub metadata: BTreeMap<String, String>,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

impl Mutation for CreateApiKey {
    const FIELD: &'static str = "apiKeysCreate";
    /// The workspace that the input names.
    type Target = Option<Workspace>;
    type Output = Issued<ApiKey>;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Option<Workspace>, Error> {
        call.caller.own_tenant(self.tenant_id.as_deref())?;
        let Some(id) = &self.workspace_id else {
            // Which one is meant is found later: a retry gets its answer even if there are several workspaces by then.
            return match call.caller.reach_anywhere(call.rule.permission) {
                Reach::Nothing => Err(call.rule.permission.refused(call.rule.field)),
                _ => Ok(None),
            };
        };
        let workspace = workspace_rules::readable(tx, call, id)?;
        // Whoever may manage their own keys may make one.
        call.caller.permit(&call.rule, &workspace.id, Some(&call.caller.user.id))?;
        Ok(Some(workspace))
    }

    fn apply(
        &self,
        tx: &mut Tx<'_>,
        call: &Call<'_>,
        workspace: Option<Workspace>,
    ) -> Result<Change<Self::Output>, Error> {
        let workspace = match workspace {
            Some(workspace) => workspace_rules::alive(workspace)?,
            None => workspace_rules::only(tx, call, "keys")?,
        };
        validate::name(&self.name)?;
        validate::text("description", self.description.as_deref())?;
        validate::metadata(&self.metadata)?;
        if let Some(at) = self.expires_at {
            validate::future("expiresAt", at, call.now)?;
        }
        let projects =
            self.projects.as_deref().map(|ids| rules::checked_projects(tx, &workspace.id, ids)).transpose()?;
        let key = ApiKey {
            id: ApiKeyId::new(call.now, &*call.ports.random),
            tenant_id: workspace.tenant_id,
            workspace_id: workspace.id,
            name: self.name.clone(),
            description: self.description.clone(),
            environment: self.environment,
            state: ApiKeyState::Active,
            projects,
            scopes: self.scopes.as_deref().map_or_else(|| Ok(vec![DEFAULT_SCOPE.to_owned()]), checked_scopes)?,
            restrictions: self.restrictions.applied(&Restrictions::default())?,
            budget: self.budget.clone().map(rules::checked_budget).transpose()?,
            metadata: self.metadata.clone(),
            created_at: call.now,
            created_by: call.caller.user.id.clone(),
            expires_at: self.expires_at,
            disabled: false,
            revocation: None,
            deleted_at: None,
            last_used_at: None,
            versions: Vec::new(),
        };
        api_keys::insert(tx, &key)?;
        if key.expires_at.is_some() {
            expiry_notices::set_expiry(tx, &key.id, key.expires_at, call.now)?;
        }
        if key.budget.is_some() {
            budgets::changed(tx, &Spender::Key(key.id.clone()), call.now)?;
        }
        let token = issue(tx, call, &key.id, key.environment, None)?;
        let made = api_keys::get(tx, &key.id, call.now)?.ok_or_else(|| Error::internal("a key vanished"))?;
        let event = Event::change(&made.id, Some(&made.workspace_id), None, Some(&made))?;
        Ok(Change { output: Issued { item: made, secret: token.into_secret() }, event })
    }
}

/// Changes a key: what is absent stays.
#[derive(Debug, Serialize)]
pub struct UpdateApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: Option<String>,
    /// What it is for, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: ThreeState<String>,
    /// Whether it is switched off for now.
    pub disabled: Option<bool>,
    /// What it may do.
    pub scopes: Option<Vec<String>>,
    /// The projects in which it may be used; cleared = any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projects: ThreeState<Vec<ProjectId>>,
    /// What changes of where, when and how often it may; cleared = without bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restrictions: ThreeState<RestrictionsChange>,
    /// How much it may spend; cleared = without bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: ThreeState<Budget>,
    /// Labels, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: ThreeState<BTreeMap<String, String>>,
    /// Until when; cleared = for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: ThreeState<Timestamp>,
}

impl Mutation for UpdateApiKey {
    const FIELD: &'static str = "apiKeysUpdate";
    type Target = KeyTarget;
    type Output = ApiKey;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyTarget, Error> {
        KeyTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: KeyTarget) -> Result<Change<ApiKey>, Error> {
        let before = target.in_force()?;
        let mut after = before.clone();
        if let Some(name) = &self.name {
            validate::name(name)?;
            after.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            validate::text("description", description.as_deref())?;
            after.description.clone_from(description);
        }
        if let Some(scopes) = &self.scopes {
            after.scopes = checked_scopes(scopes)?;
        }
        if let Some(projects) = &self.projects {
            let checked = projects.as_deref().map(|ids| rules::checked_projects(tx, &before.workspace_id, ids));
            after.projects = checked.transpose()?;
        }
        match &self.restrictions {
            None => {}
            Some(None) => after.restrictions = Restrictions::default(),
            Some(Some(change)) => after.restrictions = change.applied(&before.restrictions)?,
        }
        if let Some(budget) = &self.budget {
            after.budget = budget.clone().map(rules::checked_budget).transpose()?;
        }
        if let Some(metadata) = &self.metadata {
            let metadata = metadata.clone().unwrap_or_default();
            validate::metadata(&metadata)?;
            after.metadata = metadata;
        }
        if let Some(expires_at) = self.expires_at {
            if let Some(at) = expires_at {
                validate::future("expiresAt", at, call.now)?;
            }
            after.expires_at = expires_at;
        }
        after.disabled = self.disabled.unwrap_or(before.disabled);
        api_keys::update(tx, &after)?;
        if after.expires_at != before.expires_at {
            expiry_notices::set_expiry(tx, &after.id, after.expires_at, call.now)?;
            // What was decided during a rotation outlives its rollback.
            if let Ok((new, _)) = rotation_in_progress(&before) {
                api_keys::set_key_expires_before(tx, &new.id, after.expires_at)?;
            }
        }
        if after.budget != before.budget {
            budgets::changed(tx, &Spender::Key(after.id), call.now)?;
        }
        changed(tx, call, &before)
    }
}

/// Changes where, when and how often a key may be used: what is absent stays.
#[derive(Debug, Serialize)]
pub struct UpdateRestrictions {
    /// Which.
    pub id: ApiKeyId,
    /// What changes.
    #[serde(flatten)]
    pub change: RestrictionsChange,
}

impl Mutation for UpdateRestrictions {
    const FIELD: &'static str = "apiKeysUpdateRestrictions";
    type Target = KeyTarget;
    type Output = ApiKey;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyTarget, Error> {
        KeyTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: KeyTarget) -> Result<Change<ApiKey>, Error> {
        let before = target.in_force()?;
        let restrictions = self.change.applied(&before.restrictions)?;
        api_keys::update(tx, &ApiKey { restrictions, ..before.clone() })?;
        changed(tx, call, &before)
    }
}

/// Gives a key a new secret.
#[derive(Debug, Serialize)]
pub struct RotateApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// How long the old secret still works.
    pub grace: Option<SignedDuration>,
    /// A new expiry of the key; `None` = unchanged.
    pub expires_at: Option<Timestamp>,
}

impl Mutation for RotateApiKey {
    const FIELD: &'static str = "apiKeysRotate";
    type Target = KeyTarget;
    type Output = Issued<ApiKey>;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyTarget, Error> {
        KeyTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: KeyTarget) -> Result<Change<Self::Output>, Error> {
        let before = target.in_force()?;
        let grace = self.grace.unwrap_or(DEFAULT_GRACE);
        if grace.is_negative() || grace > MAX_GRACE {
            let message = format!("`grace` is {} s; it must be 0 s to 604800 s (7 days)", grace.as_secs());
            return Err(Error::bad_input("grace", message));
        }
        if let Some(at) = self.expires_at {
            validate::future("expiresAt", at, call.now)?;
        } else if before.is_expired(call.now) {
            let message = format!("`{}` has expired, so its new secret would be expired too", before.name);
            return Err(Error::conflict(message).with_hint("give `expiresAt` with the rotation"));
        }
        if let [_, old, ..] = before.versions.as_slice() {
            let until = old.expires_at.map_or_else(String::new, |at| format!(" until {at:.3}"));
            return Err(Error::conflict(format!(
                "`{}` has two live secrets{until}; a third is not given",
                before.name
            ))
            .with_hint("finish the rotation in progress, or roll it back"));
        }
        if let Some(old) = before.versions.first() {
            // Never past the key's expiry as it was: a secret that has expired never works again.
            let end = call.now.checked_add(grace).map_err(Error::internal)?;
            let end = before.expires_at.map_or(end, |expiry| end.min(expiry));
            api_keys::set_version_expiry(tx, &old.id, Some(end))?;
        }
        if self.expires_at.is_some() {
            expiry_notices::set_expiry(tx, &before.id, self.expires_at, call.now)?;
        }
        let token = issue(tx, call, &before.id, before.environment, before.expires_at)?;
        let Change { output, event } = changed(tx, call, &before)?;
        Ok(Change { output: Issued { item: output, secret: token.into_secret() }, event })
    }
}

/// The two live secrets of a rotation in progress: the new one and the old one.
fn rotation_in_progress(key: &ApiKey) -> Result<(&ApiKeyVersion, &ApiKeyVersion), Error> {
    match key.versions.as_slice() {
        [new, old] => Ok((new, old)),
        _ => Err(Error::conflict(format!("no rotation of `{}` is in progress: it has one live secret", key.name))),
    }
}

/// Ends the grace of a rotation.
#[derive(Debug, Serialize)]
pub struct FinishRotation {
    /// Which.
    pub id: ApiKeyId,
}

impl Mutation for FinishRotation {
    const FIELD: &'static str = "apiKeysFinishRotation";
    type Target = KeyTarget;
    type Output = ApiKey;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyTarget, Error> {
        KeyTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: KeyTarget) -> Result<Change<ApiKey>, Error> {
        let before = target.in_force()?;
        let (_, old) = rotation_in_progress(&before)?;
        api_keys::set_version_expiry(tx, &old.id, Some(call.now))?;
        changed(tx, call, &before)
    }
}

/// Undoes a rotation.
#[derive(Debug, Serialize)]
pub struct RollbackRotation {
    /// Which.
    pub id: ApiKeyId,
}

impl Mutation for RollbackRotation {
    const FIELD: &'static str = "apiKeysRollbackRotation";
    type Target = KeyTarget;
    type Output = ApiKey;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyTarget, Error> {
        KeyTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: KeyTarget) -> Result<Change<ApiKey>, Error> {
        let before = target.in_force()?;
        let (new, old) = rotation_in_progress(&before)?;
        api_keys::revoke_version(tx, &new.id, call.now)?;
        api_keys::set_version_expiry(tx, &old.id, None)?;
        expiry_notices::set_expiry(tx, &before.id, new.key_expires_before, call.now)?;
        changed(tx, call, &before)
    }
}

/// Revokes one.
#[derive(Debug, Serialize)]
pub struct RevokeApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// Why, of a list.
    pub code: Option<RevocationCode>,
    /// Why, in words.
    pub reason: Option<String>,
}

impl Mutation for RevokeApiKey {
    const FIELD: &'static str = "apiKeysRevoke";
    type Target = KeyTarget;
    type Output = ApiKey;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyTarget, Error> {
        KeyTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: KeyTarget) -> Result<Change<ApiKey>, Error> {
        // That a secret is in the wrong hands is often found out after the key was revoked for another reason.
        let known = target.key.revocation.as_ref().map(|revocation| revocation.code);
        let worse = known.is_some_and(|known| known != RevocationCode::Compromised)
            && self.code == Some(RevocationCode::Compromised);
        let before = if worse { target.alive()? } else { target.in_force()? };
        validate::text("reason", self.reason.as_deref())?;
        let revocation = Revocation {
            at: call.now,
            by: call.caller.user.id.clone(),
            code: self.code.unwrap_or(RevocationCode::Other),
            reason: self.reason.clone().filter(|reason| !reason.trim().is_empty()),
        };
        api_keys::set_revocation(tx, &before.id, Some(&revocation))?;
        let change = changed(tx, call, &before)?;
        Ok(Change { event: Event { reason: revocation.reason, ..change.event }, ..change })
    }
}

/// Undoes a revocation.
#[derive(Debug, Serialize)]
pub struct RestoreApiKey {
    /// Which.
    pub id: ApiKeyId,
}

impl Mutation for RestoreApiKey {
    const FIELD: &'static str = "apiKeysRestore";
    type Target = KeyTarget;
    type Output = ApiKey;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyTarget, Error> {
        let target = KeyTarget::permitted(tx, call, &self.id)?;
        // Whoever manages only their own keys does not undo what somebody else decided.
        let by_another = target.key.revocation.as_ref().is_some_and(|it| it.by != call.caller.user.id);
        if by_another && call.caller.reach_in(call.rule.permission, &target.key.workspace_id) == Reach::Own {
            return Err(call.rule.permission.refused(call.rule.field));
        }
        Ok(target)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: KeyTarget) -> Result<Change<ApiKey>, Error> {
        let before = target.alive()?;
        let Some(revocation) = &before.revocation else {
            return Err(Error::conflict(format!("`{}` is not revoked; there is nothing to restore", before.name)));
        };
        match revocation.restorable_until() {
            None => {
                let message = format!("`{}` was revoked as COMPROMISED, which cannot be undone", before.name);
                return Err(Error::conflict(message).with_hint("create a new key"));
            }
            Some(until) if until <= call.now => {
                let message = format!("the revocation of `{}` could be undone until {until:.3}", before.name);
                return Err(Error::conflict(message).with_hint("create a new key"));
            }
            Some(_) => {}
        }
        api_keys::set_revocation(tx, &before.id, None)?;
        changed(tx, call, &before)
    }
}

/// Deletes one.
#[derive(Debug, Serialize)]
pub struct DeleteApiKey {
    /// Which.
    pub id: ApiKeyId,
}

impl Mutation for DeleteApiKey {
    const FIELD: &'static str = "apiKeysDelete";
    type Target = KeyTarget;
    type Output = ApiKey;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyTarget, Error> {
        KeyTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: KeyTarget) -> Result<Change<ApiKey>, Error> {
        let before = target.alive()?;
        api_keys::set_deleted(tx, &before.id, call.now)?;
        changed(tx, call, &before)
    }
}

/// Lists the scopes that a key can have.
#[derive(Debug)]
pub struct ListApiKeyScopes;

impl Query for ListApiKeyScopes {
    const FIELD: &'static str = "apiKeysScopes";
    type Output = &'static [CatalogueEntry];

    fn run(&self, _: &mut Tx<'_>, _: &Call<'_>) -> Result<Self::Output, Error> {
        Ok(CATALOGUE)
    }
}
