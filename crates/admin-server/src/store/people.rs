//! Tenants, users and their memberships.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value};
use crate::ids::{TenantId, UserId, WorkspaceId};
use crate::model::{Membership, Tenant, User, WorkspaceMember};

/// Adds a tenant.
pub fn insert_tenant(tx: &mut Tx<'_>, tenant: &Tenant, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3)",
        &[Value::from(&tenant.id), Value::from(&tenant.name), Value::from(at)],
    )?;
    Ok(())
}

/// Adds a user.
pub fn insert_user(tx: &mut Tx<'_>, user: &User, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO users (id, email, created_at) VALUES ($1, $2, $3)",
        &[Value::from(&user.id), Value::from(&user.email), Value::from(at)],
    )?;
    Ok(())
}

/// Gives a user a role.
pub fn insert_membership(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    user_id: &UserId,
    membership: &Membership,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO memberships (id, tenant_id, user_id, workspace_id, role, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            Value::from(&membership.id),
            Value::from(tenant_id),
            Value::from(user_id),
            Value::from(membership.workspace_id.as_ref()),
            Value::from(membership.role),
            Value::from(at),
        ],
    )?;
    Ok(())
}

/// The tenant with this id.
pub fn tenant(tx: &mut Tx<'_>, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
    let row = tx.query_one("SELECT id, name FROM tenants WHERE id = $1", &[Value::from(id)])?;
    row.map(|mut row| Ok(Tenant { id: row.take()?, name: row.take()? })).transpose()
}

/// The user with this id.
pub fn user(tx: &mut Tx<'_>, id: &UserId) -> Result<Option<User>, StoreError> {
    let row = tx.query_one("SELECT id, email FROM users WHERE id = $1", &[Value::from(id)])?;
    row.map(|mut row| Ok(User { id: row.take()?, email: row.take()? })).transpose()
}

/// Any OWNER there is, with their tenant: the one who came first.
pub fn first_owner(tx: &mut Tx<'_>) -> Result<Option<(TenantId, UserId)>, StoreError> {
    let row =
        tx.query_one("SELECT tenant_id, user_id FROM memberships WHERE role = 'OWNER' ORDER BY id LIMIT 1", &[])?;
    row.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
}

/// The roles of a user in a tenant.
pub fn memberships(tx: &mut Tx<'_>, tenant_id: &TenantId, user_id: &UserId) -> Result<Vec<Membership>, StoreError> {
    let rows = tx.query(
        "SELECT id, role, workspace_id FROM memberships WHERE tenant_id = $1 AND user_id = $2 ORDER BY id",
        &[Value::from(tenant_id), Value::from(user_id)],
    )?;
    rows.into_iter().map(|mut row| read_membership(&mut row)).collect()
}

fn read_membership(row: &mut Row) -> Result<Membership, StoreError> {
    Ok(Membership { id: row.take()?, role: row.take()?, workspace_id: row.take()? })
}

fn in_workspace(sql: Sql, tenant_id: &TenantId, workspace_id: &WorkspaceId) -> Sql {
    sql.push(" FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = ")
        .bind(tenant_id)
        .push(" AND (m.workspace_id IS NULL OR m.workspace_id = ")
        .bind(workspace_id)
        .push(")")
}

/// One page of those who have a role in the workspace, oldest first.
pub fn list_in_workspace(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    workspace_id: &WorkspaceId,
    range: &Range,
) -> Result<Vec<WorkspaceMember>, StoreError> {
    let select = Sql::new("SELECT m.id, m.role, m.workspace_id, u.id, u.email, m.created_at");
    let sql = range.oldest_first(in_workspace(select, tenant_id, workspace_id), "m.id");
    tx.query(&sql.text, &sql.params)?
        .into_iter()
        .map(|mut row| {
            Ok(WorkspaceMember {
                membership: read_membership(&mut row)?,
                user: User { id: row.take()?, email: row.take()? },
                created_at: row.take()?,
            })
        })
        .collect()
}

/// How many have a role in the workspace.
pub fn count_in_workspace(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    workspace_id: &WorkspaceId,
) -> Result<i64, StoreError> {
    let sql = in_workspace(Sql::new("SELECT COUNT(*)"), tenant_id, workspace_id);
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(0), |mut row| row.take())
}
