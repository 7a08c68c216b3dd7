//! The tokens of gateways.

use jiff::Timestamp;

use super::{Row, Sql, StoreError, Tx, Value, json};
use crate::ids::ServiceTokenId;
use crate::model::{PatState, ServiceToken};

const SELECT: &str =
    "SELECT id, name, scopes, hint, public_key, created_at, expires_at, revoked_at FROM service_tokens";

fn read(mut row: Row, now: Timestamp) -> Result<ServiceToken, StoreError> {
    let mut token = ServiceToken {
        id: row.take()?,
        name: row.take()?,
        state: PatState::Active,
        scopes: row.take_json()?,
        hint: row.take()?,
        public_key: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        revoked_at: row.take()?,
    };
    token.state = token.state_at(now);
    Ok(token)
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, token: &ServiceToken, digest: &str, pepper_id: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO service_tokens (id, name, scopes, hint, digest, pepper_id, public_key, created_at, expires_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            Value::from(&token.id),
            Value::from(&token.name),
            json(&token.scopes)?,
            Value::from(&token.hint),
            Value::from(digest),
            Value::from(pepper_id),
            Value::from(token.public_key),
            Value::from(token.created_at),
            Value::from(token.expires_at),
            Value::from(token.revoked_at),
        ],
    )?;
    Ok(())
}

/// The one with this id, as it stands at `now`.
pub fn get(tx: &mut Tx<'_>, id: &ServiceTokenId, now: Timestamp) -> Result<Option<ServiceToken>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE id = ").bind(id);
    tx.query_one(&sql.text, &sql.params)?.map(|row| read(row, now)).transpose()
}

/// The one whose token has this digest, as it stands at `now`.
pub fn by_digest(tx: &mut Tx<'_>, digest: &str, now: Timestamp) -> Result<Option<ServiceToken>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE digest = ").bind(digest);
    tx.query_one(&sql.text, &sql.params)?.map(|row| read(row, now)).transpose()
}

/// All of them, newest first. An operator has a handful.
pub fn list(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<ServiceToken>, StoreError> {
    let sql = Sql::new(SELECT).push(" ORDER BY id DESC");
    tx.query(&sql.text, &sql.params)?.into_iter().map(|row| read(row, now)).collect()
}

/// Revokes one.
pub fn revoke(tx: &mut Tx<'_>, id: &ServiceTokenId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE service_tokens SET revoked_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}
