//! Personal access tokens.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value, json};
use crate::ids::{PatId, TenantId, UserId};
use crate::model::{Pat, PatState};

const SELECT: &str =
    "SELECT id, tenant_id, user_id, name, scopes, hint, public_key, created_at, expires_at, revoked_at FROM pats";

fn read(mut row: Row, now: Timestamp) -> Result<Pat, StoreError> {
    let mut pat = Pat {
        id: row.take()?,
        tenant_id: row.take()?,
        user_id: row.take()?,
        name: row.take()?,
        state: PatState::Active,
        scopes: row.take_json()?,
        hint: row.take()?,
        public_key: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        revoked_at: row.take()?,
    };
    pat.state = pat.state_at(now);
    Ok(pat)
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, pat: &Pat, digest: &str, pepper_id: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO pats (id, tenant_id, user_id, name, scopes, hint, digest, pepper_id, public_key, created_at, expires_at,
             revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            Value::from(&pat.id),
            Value::from(&pat.tenant_id),
            Value::from(&pat.user_id),
            Value::from(&pat.name),
            json(&pat.scopes)?,
            Value::from(&pat.hint),
            Value::from(digest),
            Value::from(pepper_id),
            Value::from(pat.public_key),
            Value::from(pat.created_at),
            Value::from(pat.expires_at),
            Value::from(pat.revoked_at),
        ],
    )?;
    Ok(())
}

/// The one with this id, as it stands at `now`.
pub fn get(tx: &mut Tx<'_>, id: &PatId, now: Timestamp) -> Result<Option<Pat>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE id = ").bind(id);
    tx.query_one(&sql.text, &sql.params)?.map(|row| read(row, now)).transpose()
}

/// The one whose token has this digest, as it stands at `now`.
pub fn by_digest(tx: &mut Tx<'_>, digest: &str, now: Timestamp) -> Result<Option<Pat>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE digest = ").bind(digest);
    tx.query_one(&sql.text, &sql.params)?.map(|row| read(row, now)).transpose()
}

fn of(sql: Sql, tenant_id: &TenantId, user_id: Option<&UserId>) -> Sql {
    let sql = sql.push(" WHERE tenant_id = ").bind(tenant_id);
    match user_id {
        Some(user_id) => sql.push(" AND user_id = ").bind(user_id),
        None => sql,
    }
}

/// One page of a user's tokens, or of everyone's, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    user_id: Option<&UserId>,
    range: &Range,
    now: Timestamp,
) -> Result<Vec<Pat>, StoreError> {
    let sql = range.newest_first(of(Sql::new(SELECT), tenant_id, user_id), "id");
    tx.query(&sql.text, &sql.params)?.into_iter().map(|row| read(row, now)).collect()
}

/// How many there are.
pub fn count(tx: &mut Tx<'_>, tenant_id: &TenantId, user_id: Option<&UserId>) -> Result<i64, StoreError> {
    let sql = of(Sql::new("SELECT COUNT(*) FROM pats"), tenant_id, user_id);
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(0), |mut row| row.take())
}

/// Revokes all that a user holds for a tenant and that are not revoked yet; their ids.
pub fn revoke_of(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    user_id: &UserId,
    at: Timestamp,
) -> Result<Vec<PatId>, StoreError> {
    let rows = tx.query(
        "UPDATE pats SET revoked_at = $1 WHERE tenant_id = $2 AND user_id = $3 AND revoked_at IS NULL AND expires_at > $1 RETURNING id",
        &[Value::from(at), Value::from(tenant_id), Value::from(user_id)],
    )?;
    rows.into_iter().map(|mut row| row.take()).collect()
}

/// Revokes one.
pub fn revoke(tx: &mut Tx<'_>, id: &PatId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE pats SET revoked_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}
