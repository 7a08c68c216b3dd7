//! Projects.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value};
use crate::ids::{ProjectId, TenantId, WorkspaceId};
use crate::model::Project;

const SELECT: &str = "SELECT id, tenant_id, workspace_id, name, created_at, archived_at FROM projects";

fn read(mut row: Row) -> Result<Project, StoreError> {
    Ok(Project {
        id: row.take()?,
        tenant_id: row.take()?,
        workspace_id: row.take()?,
        name: row.take()?,
        created_at: row.take()?,
        archived_at: row.take()?,
    })
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, project: &Project) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO projects (id, tenant_id, workspace_id, name, created_at, archived_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            Value::from(&project.id),
            Value::from(&project.tenant_id),
            Value::from(&project.workspace_id),
            Value::from(&project.name),
            Value::from(project.created_at),
            Value::from(project.archived_at),
        ],
    )?;
    Ok(())
}

/// The one with this id, archived or not.
pub fn get(tx: &mut Tx<'_>, id: &ProjectId) -> Result<Option<Project>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE id = ").bind(id);
    tx.query_one(&sql.text, &sql.params)?.map(read).transpose()
}

/// The one of this name in a workspace that is not archived.
pub fn living(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, name: &str) -> Result<Option<Project>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE workspace_id = ").bind(workspace_id).push(" AND name = ").bind(name);
    let sql = sql.push(" AND archived_at IS NULL");
    tx.query_one(&sql.text, &sql.params)?.map(read).transpose()
}

/// Which projects a list is about. Those of deleted workspaces are in none.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Whose.
    pub tenant_id: &'a TenantId,
    /// Only in these workspaces; `None` = in all.
    pub workspaces: Option<&'a [WorkspaceId]>,
    /// Also archived ones.
    pub archived: bool,
}

impl Filter<'_> {
    fn apply(&self, sql: Sql) -> Sql {
        let mut sql = sql
            .push(" WHERE tenant_id = ")
            .bind(self.tenant_id)
            .push(" AND workspace_id IN (SELECT id FROM workspaces WHERE tenant_id = ")
            .bind(self.tenant_id)
            .push(" AND deleted_at IS NULL)");
        if !self.archived {
            sql = sql.push(" AND archived_at IS NULL");
        }
        match self.workspaces {
            Some(ids) => sql.push(" AND ").bind_in("workspace_id", ids),
            None => sql,
        }
    }
}

/// One page of them, newest first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter<'_>, range: &Range) -> Result<Vec<Project>, StoreError> {
    let sql = range.newest_first(filter.apply(Sql::new(SELECT)), "id");
    tx.query(&sql.text, &sql.params)?.into_iter().map(read).collect()
}

/// How many there are.
pub fn count(tx: &mut Tx<'_>, filter: &Filter<'_>) -> Result<i64, StoreError> {
    let sql = filter.apply(Sql::new("SELECT COUNT(*) FROM projects"));
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(0), |mut row| row.take())
}

/// The ids of those of a workspace, archived ones too.
pub fn ids(tx: &mut Tx<'_>, workspace_id: &WorkspaceId) -> Result<Vec<ProjectId>, StoreError> {
    let rows = tx.query("SELECT id FROM projects WHERE workspace_id = $1", &[Value::from(workspace_id)])?;
    rows.into_iter().map(|mut row| row.take()).collect()
}

/// Sets the name.
pub fn set_name(tx: &mut Tx<'_>, id: &ProjectId, name: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE projects SET name = $1 WHERE id = $2", &[Value::from(name), Value::from(id)])?;
    Ok(())
}

/// Sets when it was archived.
pub fn set_archived(tx: &mut Tx<'_>, id: &ProjectId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE projects SET archived_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}
