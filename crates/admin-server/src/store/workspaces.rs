//! Workspaces.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value, json_if_any};
use crate::ids::{TenantId, WorkspaceId};
use crate::model::{Budget, Workspace};

const SELECT: &str = "SELECT id, tenant_id, name, created_at, deleted_at, budget FROM workspaces";

fn read(mut row: Row) -> Result<Workspace, StoreError> {
    Ok(Workspace {
        id: row.take()?,
        tenant_id: row.take()?,
        name: row.take()?,
        created_at: row.take()?,
        deleted_at: row.take()?,
        budget: row.take_json_if_any()?,
    })
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO workspaces (id, tenant_id, name, created_at, deleted_at) VALUES ($1, $2, $3, $4, $5)",
        &[
            Value::from(&workspace.id),
            Value::from(&workspace.tenant_id),
            Value::from(&workspace.name),
            Value::from(workspace.created_at),
            Value::from(workspace.deleted_at),
        ],
    )?;
    Ok(())
}

/// The one with this id, deleted or not.
pub fn get(tx: &mut Tx<'_>, id: &WorkspaceId) -> Result<Option<Workspace>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE id = ").bind(id);
    tx.query_one(&sql.text, &sql.params)?.map(read).transpose()
}

/// Which workspaces a list is about.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Whose.
    pub tenant_id: &'a TenantId,
    /// Only these; `None` = all.
    pub only: Option<&'a [WorkspaceId]>,
    /// Also those deleted after this instant; `None` = no deleted ones.
    pub deleted_after: Option<Timestamp>,
}

impl Filter<'_> {
    fn apply(&self, sql: Sql) -> Sql {
        let mut sql = sql.push(" WHERE tenant_id = ").bind(self.tenant_id);
        sql = match self.deleted_after {
            Some(after) => sql.push(" AND (deleted_at IS NULL OR deleted_at > ").bind(after).push(")"),
            None => sql.push(" AND deleted_at IS NULL"),
        };
        match self.only {
            Some(ids) => sql.push(" AND ").bind_in("id", ids),
            None => sql,
        }
    }
}

/// One page of them, newest first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter<'_>, range: &Range) -> Result<Vec<Workspace>, StoreError> {
    let sql = range.newest_first(filter.apply(Sql::new(SELECT)), "id");
    tx.query(&sql.text, &sql.params)?.into_iter().map(read).collect()
}

/// How many there are.
pub fn count(tx: &mut Tx<'_>, filter: &Filter<'_>) -> Result<i64, StoreError> {
    let sql = filter.apply(Sql::new("SELECT COUNT(*) FROM workspaces"));
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(0), |mut row| row.take())
}

/// Sets the name.
pub fn set_name(tx: &mut Tx<'_>, id: &WorkspaceId, name: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE workspaces SET name = $1 WHERE id = $2", &[Value::from(name), Value::from(id)])?;
    Ok(())
}

/// Sets how much its keys may spend together; `None` = without bound.
pub fn set_budget(tx: &mut Tx<'_>, id: &WorkspaceId, budget: Option<&Budget>) -> Result<(), StoreError> {
    tx.execute("UPDATE workspaces SET budget = $1 WHERE id = $2", &[json_if_any(budget)?, Value::from(id)])?;
    Ok(())
}

/// Sets when it was deleted; `None` brings it back.
pub fn set_deleted(tx: &mut Tx<'_>, id: &WorkspaceId, at: Option<Timestamp>) -> Result<(), StoreError> {
    tx.execute("UPDATE workspaces SET deleted_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}
