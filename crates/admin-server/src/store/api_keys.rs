//! API keys and their secrets.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value, json, json_if_any};
use crate::ids::{ApiKeyId, ProjectId, TenantId, UserId, VersionId, WorkspaceId};
use crate::model::{ApiKey, ApiKeyState, ApiKeyVersion, Budget, Revocation};

const SELECT: &str = "SELECT id, tenant_id, workspace_id, name, description, environment, scopes, metadata, created_at,
    created_by, expires_at, disabled, projects, restrictions, budget, revoked_at, revoked_by, revocation_code, revocation_reason,
    deleted_at, last_used_at FROM api_keys";

const SELECT_VERSIONS: &str =
    "SELECT key_id, id, number, hint, created_at, expires_at, key_expires_before, last_used_at, last_used_ip, last_used_user_agent
     FROM api_key_versions";

fn read(mut row: Row, now: Timestamp) -> Result<ApiKey, StoreError> {
    let mut key = ApiKey {
        id: row.take()?,
        tenant_id: row.take()?,
        workspace_id: row.take()?,
        name: row.take()?,
        description: row.take()?,
        environment: row.take()?,
        state: ApiKeyState::Active,
        scopes: row.take_json()?,
        metadata: row.take_json()?,
        created_at: row.take()?,
        created_by: row.take()?,
        expires_at: row.take()?,
        disabled: row.take()?,
        projects: row.take_json_if_any()?,
        restrictions: row.take_json_if_any()?.unwrap_or_default(),
        budget: row.take_json_if_any()?,
        revocation: read_revocation(&mut row)?,
        deleted_at: row.take()?,
        last_used_at: row.take()?,
        versions: Vec::new(),
    };
    key.state = key.state_at(now);
    Ok(key)
}

fn read_revocation(row: &mut Row) -> Result<Option<Revocation>, StoreError> {
    let (at, by, code, reason) = (row.take()?, row.take()?, row.take()?, row.take()?);
    Ok(match (at, by, code) {
        (Some(at), Some(by), Some(code)) => Some(Revocation { at, by, code, reason }),
        _ => None,
    })
}

fn read_version(mut row: Row) -> Result<(ApiKeyId, ApiKeyVersion), StoreError> {
    Ok((
        row.take()?,
        ApiKeyVersion {
            id: row.take()?,
            number: row.take()?,
            hint: row.take()?,
            created_at: row.take()?,
            expires_at: row.take()?,
            key_expires_before: row.take()?,
            last_used_at: row.take()?,
            last_used_ip: row.take()?,
            last_used_user_agent: row.take()?,
        },
    ))
}

/// Adds a key, without its secret and without its expiry.
pub fn insert(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO api_keys (id, tenant_id, workspace_id, name, description, environment, scopes, metadata, created_at,
             created_by, disabled, projects, restrictions, budget)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        &[
            Value::from(&key.id),
            Value::from(&key.tenant_id),
            Value::from(&key.workspace_id),
            Value::from(&key.name),
            Value::from(key.description.as_deref()),
            Value::from(key.environment),
            json(&key.scopes)?,
            json(&key.metadata)?,
            Value::from(key.created_at),
            Value::from(&key.created_by),
            Value::from(key.disabled),
            json_if_any(key.projects.as_ref())?,
            json_if_any(Some(&key.restrictions).filter(|rules| !rules.is_none()))?,
            json_if_any(key.budget.as_ref())?,
        ],
    )?;
    Ok(())
}

/// Adds a secret to a key.
pub fn insert_version(
    tx: &mut Tx<'_>,
    key_id: &ApiKeyId,
    version: &ApiKeyVersion,
    digest: &str,
    pepper_id: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO api_key_versions (id, key_id, number, hint, digest, pepper_id, created_at, expires_at, key_expires_before)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            Value::from(&version.id),
            Value::from(key_id),
            Value::from(version.number),
            Value::from(&version.hint),
            Value::from(digest),
            Value::from(pepper_id),
            Value::from(version.created_at),
            Value::from(version.expires_at),
            Value::from(version.key_expires_before),
        ],
    )?;
    Ok(())
}

/// The key with this id, deleted or not, with the secrets that live at `now`.
pub fn get(tx: &mut Tx<'_>, id: &ApiKeyId, now: Timestamp) -> Result<Option<ApiKey>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE id = ").bind(id);
    let Some(row) = tx.query_one(&sql.text, &sql.params)? else { return Ok(None) };
    let mut keys = vec![read(row, now)?];
    attach_versions(tx, &mut keys, now)?;
    Ok(keys.pop())
}

/// Fills in the secrets that live at `now`, newest first.
fn attach_versions(tx: &mut Tx<'_>, keys: &mut [ApiKey], now: Timestamp) -> Result<(), StoreError> {
    let sql = Sql::new(SELECT_VERSIONS)
        .push(" WHERE ")
        .bind_in("key_id", keys.iter().map(|key| key.id.clone()))
        .push(" AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ")
        .bind(now)
        .push(") ORDER BY number DESC");
    let mut versions: HashMap<ApiKeyId, Vec<ApiKeyVersion>> = HashMap::new();
    for row in tx.query(&sql.text, &sql.params)? {
        let (key_id, version) = read_version(row)?;
        versions.entry(key_id).or_default().push(version);
    }
    for key in keys {
        key.versions = versions.remove(&key.id).unwrap_or_default();
    }
    Ok(())
}

/// Which keys a list is about. Those of deleted workspaces are in none.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Whose.
    pub tenant_id: &'a TenantId,
    /// Only in these workspaces; `None` = in all.
    pub workspaces: Option<&'a [WorkspaceId]>,
    /// Only those that this person made; `None` = everyone's.
    pub made_by: Option<&'a UserId>,
    /// Only those that stand so now; `None` = all but the deleted.
    pub state: Option<(ApiKeyState, Timestamp)>,
    /// Only those that may be used for this project: it is on their list, or they have none.
    pub project: Option<&'a ProjectId>,
    /// Only those that hold one of these scopes.
    pub scopes: Option<&'a [String]>,
    /// Only those that were made then: from the first instant, before the last.
    pub created: (Option<Timestamp>, Option<Timestamp>),
    /// Only those that expire then.
    pub expires: (Option<Timestamp>, Option<Timestamp>),
    /// Only those that were last used then.
    pub last_used: (Option<Timestamp>, Option<Timestamp>),
    /// Only those whose name or description has this text, whatever its case in ASCII.
    pub text: Option<&'a str>,
}

impl<'a> Filter<'a> {
    /// All keys of a tenant.
    pub const fn of(tenant_id: &'a TenantId) -> Self {
        Self {
            tenant_id,
            workspaces: None,
            made_by: None,
            state: None,
            project: None,
            scopes: None,
            created: (None, None),
            expires: (None, None),
            last_used: (None, None),
            text: None,
        }
    }
}

impl Filter<'_> {
    fn apply(&self, sql: Sql) -> Sql {
        let sql = sql
            .push(" WHERE tenant_id = ")
            .bind(self.tenant_id)
            .push(" AND workspace_id IN (SELECT id FROM workspaces WHERE tenant_id = ")
            .bind(self.tenant_id)
            .push(" AND deleted_at IS NULL)");
        let sql = match self.workspaces {
            Some(ids) => sql.push(" AND ").bind_in("workspace_id", ids),
            None => sql,
        };
        let mut sql = match self.made_by {
            Some(user_id) => sql.push(" AND created_by = ").bind(user_id),
            None => sql,
        };
        sql = match self.state {
            Some((ApiKeyState::Deleted, _)) => sql.push(" AND deleted_at IS NOT NULL"),
            _ => sql.push(" AND deleted_at IS NULL"),
        };
        if let Some((state, now)) = self.state {
            sql = match state {
                ApiKeyState::Deleted => sql,
                ApiKeyState::Revoked => sql.push(" AND revoked_at IS NOT NULL"),
                ApiKeyState::Disabled => sql.push(" AND revoked_at IS NULL AND disabled = 1"),
                ApiKeyState::Expired => {
                    sql.push(" AND revoked_at IS NULL AND disabled = 0 AND expires_at <= ").bind(now)
                }
                ApiKeyState::Active => sql
                    .push(" AND revoked_at IS NULL AND disabled = 0 AND (expires_at IS NULL OR expires_at > ")
                    .bind(now)
                    .push(")"),
            };
        }
        if let Some(id) = self.project {
            sql = sql.push(" AND (projects IS NULL OR projects LIKE ").bind(contains(id.as_str())).push(")");
        }
        if let Some([first, more @ ..]) = self.scopes {
            sql = sql.push(" AND (scopes LIKE ").bind(contains(first));
            for scope in more {
                sql = sql.push(" OR scopes LIKE ").bind(contains(scope));
            }
            sql = sql.push(")");
        }
        for (column, (from, to)) in
            [("created_at", self.created), ("expires_at", self.expires), ("last_used_at", self.last_used)]
        {
            if let Some(from) = from {
                sql = sql.push(" AND ").push(column).push(" >= ").bind(from);
            }
            if let Some(to) = to {
                sql = sql.push(" AND ").push(column).push(" < ").bind(to);
            }
        }
        if let Some(text) = self.text {
            let mut pattern = String::from("%");
            for c in text.to_ascii_lowercase().chars() {
                if matches!(c, '%' | '_' | '!') {
                    pattern.push('!');
                }
                pattern.push(c);
            }
            pattern.push('%');
            sql = sql
                .push(" AND (LOWER(name) LIKE ")
                .bind(pattern.clone())
                .push(" ESCAPE '!' OR LOWER(COALESCE(description, '')) LIKE ")
                .bind(pattern)
                .push(" ESCAPE '!')");
        }
        sql
    }
}

/// One page of them, newest first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter<'_>, range: &Range, now: Timestamp) -> Result<Vec<ApiKey>, StoreError> {
    let sql = range.newest_first(filter.apply(Sql::new(SELECT)), "id");
    let rows = tx.query(&sql.text, &sql.params)?;
    let mut keys = rows.into_iter().map(|row| read(row, now)).collect::<Result<Vec<_>, _>>()?;
    attach_versions(tx, &mut keys, now)?;
    Ok(keys)
}

/// How many there are.
pub fn count(tx: &mut Tx<'_>, filter: &Filter<'_>) -> Result<i64, StoreError> {
    let sql = filter.apply(Sql::new("SELECT COUNT(*) FROM api_keys"));
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(0), |mut row| row.take())
}

/// The highest number that a secret of the key ever had.
pub fn last_number(tx: &mut Tx<'_>, key_id: &ApiKeyId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT MAX(number) FROM api_key_versions WHERE key_id = $1", &[Value::from(key_id)])?;
    Ok(row.map_or(Ok(None), |mut row| row.take::<Option<i64>>())?.unwrap_or(0))
}

/// Sets when a secret stops working; `None` = it is the newest again.
pub fn set_version_expiry(tx: &mut Tx<'_>, id: &VersionId, at: Option<Timestamp>) -> Result<(), StoreError> {
    tx.execute("UPDATE api_key_versions SET expires_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}

/// Sets when the key expires once the rotation to this secret is rolled back.
pub fn set_key_expires_before(tx: &mut Tx<'_>, id: &VersionId, at: Option<Timestamp>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE api_key_versions SET key_expires_before = $1 WHERE id = $2",
        &[Value::from(at), Value::from(id)],
    )?;
    Ok(())
}

/// Takes one secret back while the key lives on.
pub fn revoke_version(tx: &mut Tx<'_>, id: &VersionId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE api_key_versions SET revoked_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}

/// Sets when the key expires, and when the owners are next told of it.
pub fn set_expiry(
    tx: &mut Tx<'_>,
    id: &ApiKeyId,
    at: Option<Timestamp>,
    notice_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE api_keys SET expires_at = $1, expiry_notice_at = $2 WHERE id = $3",
        &[Value::from(at), Value::from(notice_at), Value::from(id)],
    )?;
    Ok(())
}

/// Some of the keys of whose expiry the owners are to be told by now, without their secrets, the first to be told first.
pub fn due_for_notice(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<ApiKey>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE expiry_notice_at <= ").bind(now);
    let sql = sql.push(" ORDER BY expiry_notice_at LIMIT ").bind(limit);
    tx.query(&sql.text, &sql.params)?.into_iter().map(|row| read(row, now)).collect()
}

/// Writes what people may change of a key, but for its expiry.
pub fn update(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE api_keys SET name = $1, description = $2, scopes = $3, metadata = $4, disabled = $5,
             projects = $6, restrictions = $7, budget = $8 WHERE id = $9",
        &[
            Value::from(&key.name),
            Value::from(key.description.as_deref()),
            json(&key.scopes)?,
            json(&key.metadata)?,
            Value::from(key.disabled),
            json_if_any(key.projects.as_ref())?,
            json_if_any(Some(&key.restrictions).filter(|rules| !rules.is_none()))?,
            json_if_any(key.budget.as_ref())?,
            Value::from(&key.id),
        ],
    )?;
    Ok(())
}

/// Takes a project off the lists of the keys of its workspace. A list that is empty then stays one: it lets nothing pass.
pub fn take_project(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, project_id: &ProjectId) -> Result<(), StoreError> {
    let rows = tx.query(
        "SELECT id, projects FROM api_keys WHERE workspace_id = $1 AND projects LIKE $2",
        &[Value::from(workspace_id), Value::from(contains(project_id.as_str()))],
    )?;
    for mut row in rows {
        let (id, projects): (ApiKeyId, Vec<ProjectId>) = (row.take()?, row.take_json()?);
        let left: Vec<ProjectId> = projects.into_iter().filter(|id| id != project_id).collect();
        tx.execute("UPDATE api_keys SET projects = $1 WHERE id = $2", &[json(&left)?, Value::from(id)])?;
    }
    Ok(())
}

/// A pattern for a JSON list that has this text.
fn contains(text: &str) -> String {
    format!("%\"{text}\"%")
}

/// Sets how the key was revoked; `None` brings it back.
pub fn set_revocation(tx: &mut Tx<'_>, id: &ApiKeyId, revocation: Option<&Revocation>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE api_keys SET revoked_at = $1, revoked_by = $2, revocation_code = $3, revocation_reason = $4 WHERE id = $5",
        &[
            Value::from(revocation.map(|revocation| revocation.at)),
            Value::from(revocation.map(|revocation| revocation.by.clone())),
            Value::from(revocation.map(|revocation| revocation.code)),
            Value::from(revocation.and_then(|revocation| revocation.reason.as_deref())),
            Value::from(id),
        ],
    )?;
    Ok(())
}

/// Sets when the key was deleted.
pub fn set_deleted(tx: &mut Tx<'_>, id: &ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE api_keys SET deleted_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}

/// A key as the presenter of one of its secrets meets it.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The key, without its list of secrets.
    pub key: ApiKey,
    /// Whether its workspace was deleted.
    pub workspace_deleted: bool,
    /// What the keys of its workspace may spend together.
    pub workspace_budget: Option<Budget>,
    /// The presented secret.
    pub version_id: VersionId,
    /// When the presented secret stops working, because another replaced it.
    pub version_expires_at: Option<Timestamp>,
    /// Whether the presented secret was taken back by a rollback.
    pub version_revoked: bool,
}

/// The key whose secret has this digest, as it stands at `now`.
pub fn by_digest(tx: &mut Tx<'_>, digest: &str, now: Timestamp) -> Result<Option<Presented>, StoreError> {
    let version = tx.query_one(
        "SELECT v.id, v.key_id, v.expires_at, v.revoked_at, w.deleted_at, w.budget FROM api_key_versions v
         JOIN api_keys k ON k.id = v.key_id JOIN workspaces w ON w.id = k.workspace_id WHERE v.digest = $1",
        &[Value::from(digest)],
    )?;
    let Some(mut row) = version else { return Ok(None) };
    let (version_id, key_id): (VersionId, ApiKeyId) = (row.take()?, row.take()?);
    let version_expires_at = row.take()?;
    let version_revoked = row.take::<Option<Timestamp>>()?.is_some();
    let workspace_deleted = row.take::<Option<Timestamp>>()?.is_some();
    let workspace_budget = row.take_json_if_any()?;
    let sql = Sql::new(SELECT).push(" WHERE id = ").bind(key_id);
    let row = tx.query_one(&sql.text, &sql.params)?;
    let Some(key) = row.map(|row| read(row, now)).transpose()? else { return Ok(None) };
    Ok(Some(Presented { key, workspace_deleted, workspace_budget, version_id, version_expires_at, version_revoked }))
}
