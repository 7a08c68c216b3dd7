//! Connections to providers, and their sealed credentials.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value};
use crate::crypto::Envelope;
use crate::ids::{ConnectionId, TenantId, WorkspaceId};
use crate::model::{Connection, ConnectionTest, Provider};

const SELECT: &str =
    "SELECT id, tenant_id, workspace_id, slug, provider, key_hint, version, created_at, created_by, updated_at,
    revoked_at, test_outcome, test_message, tested_at";
const FROM: &str = " FROM connections";

fn select() -> Sql {
    Sql::new(SELECT).push(FROM)
}

fn read(row: &mut Row) -> Result<Connection, StoreError> {
    Ok(Connection {
        id: row.take()?,
        tenant_id: row.take()?,
        workspace_id: row.take()?,
        slug: row.take()?,
        provider: row.take()?,
        key_hint: row.take()?,
        version: row.take()?,
        created_at: row.take()?,
        created_by: row.take()?,
        updated_at: row.take()?,
        revoked_at: row.take()?,
        last_test: match (row.take()?, row.take()?, row.take()?) {
            (Some(outcome), Some(message), Some(at)) => Some(ConnectionTest { outcome, message, at }),
            _ => None,
        },
    })
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, connection: &Connection, envelope: &Envelope) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO connections (id, tenant_id, workspace_id, slug, provider, key_hint, version, kek_id, wrapped_key, sealed,
             created_at, created_by, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &[
            Value::from(&connection.id),
            Value::from(&connection.tenant_id),
            Value::from(&connection.workspace_id),
            Value::from(&connection.slug),
            Value::from(connection.provider),
            Value::from(&connection.key_hint),
            Value::from(connection.version),
            Value::from(&envelope.kek_id),
            Value::from(&envelope.wrapped_key),
            Value::from(&envelope.sealed),
            Value::from(connection.created_at),
            Value::from(&connection.created_by),
            Value::from(connection.updated_at),
        ],
    )?;
    Ok(())
}

/// Puts another credential in the place of one. What a test said about the one before is forgotten.
pub fn replace(tx: &mut Tx<'_>, connection: &Connection, envelope: &Envelope) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE connections SET key_hint = $1, version = $2, kek_id = $3, wrapped_key = $4, sealed = $5, updated_at = $6,
             test_outcome = NULL, test_message = NULL, tested_at = NULL WHERE id = $7",
        &[
            Value::from(&connection.key_hint),
            Value::from(connection.version),
            Value::from(&envelope.kek_id),
            Value::from(&envelope.wrapped_key),
            Value::from(&envelope.sealed),
            Value::from(connection.updated_at),
            Value::from(&connection.id),
        ],
    )?;
    Ok(())
}

/// The one with this id, revoked or not.
pub fn get(tx: &mut Tx<'_>, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
    let sql = select().push(" WHERE id = ").bind(id);
    tx.query_one(&sql.text, &sql.params)?.map(|mut row| read(&mut row)).transpose()
}

/// The one of this slug in a workspace that is not revoked.
pub fn living(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, slug: &str) -> Result<Option<Connection>, StoreError> {
    let sql = select().push(" WHERE workspace_id = ").bind(workspace_id).push(" AND slug = ").bind(slug);
    let sql = sql.push(" AND revoked_at IS NULL");
    tx.query_one(&sql.text, &sql.params)?.map(|mut row| read(&mut row)).transpose()
}

/// The sealed credential of one; `None` when it was erased.
pub fn envelope(tx: &mut Tx<'_>, id: &ConnectionId) -> Result<Option<Envelope>, StoreError> {
    let row = tx.query_one(
        "SELECT kek_id, wrapped_key, sealed FROM connections WHERE id = $1 AND kek_id IS NOT NULL",
        &[Value::from(id)],
    )?;
    row.map(|mut row| read_envelope(&mut row)).transpose()
}

fn read_envelope(row: &mut Row) -> Result<Envelope, StoreError> {
    Ok(Envelope { kek_id: row.take()?, wrapped_key: row.take()?, sealed: row.take()? })
}

/// Which connections a list is about. Those of deleted workspaces are in none.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Whose.
    pub tenant_id: &'a TenantId,
    /// Only in these workspaces; `None` = in all.
    pub workspaces: Option<&'a [WorkspaceId]>,
    /// Only with this provider.
    pub provider: Option<Provider>,
    /// Also revoked ones.
    pub revoked: bool,
}

impl Filter<'_> {
    fn apply(&self, sql: Sql) -> Sql {
        let mut sql = sql
            .push(" WHERE tenant_id = ")
            .bind(self.tenant_id)
            .push(" AND workspace_id IN (SELECT id FROM workspaces WHERE tenant_id = ")
            .bind(self.tenant_id)
            .push(" AND deleted_at IS NULL)");
        if !self.revoked {
            sql = sql.push(" AND revoked_at IS NULL");
        }
        if let Some(provider) = self.provider {
            sql = sql.push(" AND provider = ").bind(provider);
        }
        match self.workspaces {
            Some(ids) => sql.push(" AND ").bind_in("workspace_id", ids),
            None => sql,
        }
    }
}

/// Whether a workspace has one with this slug or id that was not revoked.
pub fn is_living(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, slug_or_id: &str) -> Result<bool, StoreError> {
    let row = tx.query_one(
        "SELECT id FROM connections WHERE workspace_id = $1 AND (slug = $2 OR id = $3) AND revoked_at IS NULL",
        &[Value::from(workspace_id), Value::from(slug_or_id), Value::from(slug_or_id)],
    )?;
    Ok(row.is_some())
}

/// One page of them, newest first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter<'_>, range: &Range) -> Result<Vec<Connection>, StoreError> {
    let sql = range.newest_first(filter.apply(select()), "id");
    tx.query(&sql.text, &sql.params)?.into_iter().map(|mut row| read(&mut row)).collect()
}

/// How many there are.
pub fn count(tx: &mut Tx<'_>, filter: &Filter<'_>) -> Result<i64, StoreError> {
    let sql = filter.apply(Sql::new("SELECT COUNT(*)").push(FROM));
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(0), |mut row| row.take())
}

/// How many there are with each provider.
pub fn count_by_provider(tx: &mut Tx<'_>, filter: &Filter<'_>) -> Result<Vec<(Provider, i64)>, StoreError> {
    let sql = filter.apply(Sql::new("SELECT provider, COUNT(*)").push(FROM)).push(" GROUP BY provider");
    tx.query(&sql.text, &sql.params)?.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// Puts down what a test came to, unless the credential is another one by now. Returns whether it was the same.
pub fn set_test(tx: &mut Tx<'_>, id: &ConnectionId, version: i64, test: &ConnectionTest) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE connections SET test_outcome = $1, test_message = $2, tested_at = $3
         WHERE id = $4 AND version = $5 AND revoked_at IS NULL",
        &[
            Value::from(test.outcome),
            Value::from(&test.message),
            Value::from(test.at),
            Value::from(id),
            Value::from(version),
        ],
    )?;
    Ok(changed > 0)
}

/// Revokes one and erases its credential.
pub fn revoke(tx: &mut Tx<'_>, id: &ConnectionId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE connections SET revoked_at = $1, kek_id = NULL, wrapped_key = NULL, sealed = NULL WHERE id = $2",
        &[Value::from(at), Value::from(id)],
    )?;
    Ok(())
}

/// The next ones whose credential is there, by id, with it; `except` leaves out those under one KEK.
pub fn sealed(
    tx: &mut Tx<'_>,
    except: Option<&str>,
    after: Option<&ConnectionId>,
    limit: i64,
) -> Result<Vec<(Connection, Envelope)>, StoreError> {
    let mut sql = Sql::new(SELECT).push(", kek_id, wrapped_key, sealed").push(FROM).push(" WHERE kek_id IS NOT NULL");
    if let Some(kek_id) = except {
        sql = sql.push(" AND kek_id <> ").bind(kek_id);
    }
    if let Some(after) = after {
        sql = sql.push(" AND id > ").bind(after);
    }
    let sql = sql.push(" ORDER BY id LIMIT ").bind(limit);
    let rows = tx.query(&sql.text, &sql.params)?;
    rows.into_iter().map(|mut row| Ok((read(&mut row)?, read_envelope(&mut row)?))).collect()
}

/// Puts the same credential down under another KEK.
pub fn rewrap(tx: &mut Tx<'_>, id: &ConnectionId, envelope: &Envelope) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE connections SET kek_id = $1, wrapped_key = $2 WHERE id = $3",
        &[Value::from(&envelope.kek_id), Value::from(&envelope.wrapped_key), Value::from(id)],
    )?;
    Ok(())
}

/// Those that live without a credential, or are revoked with one.
pub fn inconsistent(tx: &mut Tx<'_>) -> Result<Vec<ConnectionId>, StoreError> {
    let rows = tx.query(
        "SELECT id FROM connections WHERE (revoked_at IS NULL AND kek_id IS NULL)
             OR (revoked_at IS NOT NULL AND kek_id IS NOT NULL) ORDER BY id",
        &[],
    )?;
    rows.into_iter().map(|mut row| row.take()).collect()
}

/// How many credentials are under each KEK.
pub fn count_by_kek(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = tx.query(
        "SELECT kek_id, COUNT(*) FROM connections WHERE kek_id IS NOT NULL GROUP BY kek_id ORDER BY kek_id",
        &[],
    )?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}
