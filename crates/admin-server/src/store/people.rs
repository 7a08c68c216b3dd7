//! Tenants, users and their memberships.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value};
use crate::ids::{MembershipId, TenantId, UserId, WorkspaceId};
use crate::model::{Member, Membership, Role, Tenant, User, WorkspaceMember};

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

/// The user with this folded address.
pub fn user_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>, StoreError> {
    let row = tx.query_one("SELECT id, email FROM users WHERE email = $1", &[Value::from(email)])?;
    row.map(|mut row| Ok(User { id: row.take()?, email: row.take()? })).transpose()
}

/// Whether somebody with this folded address has a role anywhere. It looks for whoever it is in the same way.
pub fn belongs_somewhere(tx: &mut Tx<'_>, email: &str) -> Result<bool, StoreError> {
    let sql = "SELECT m.id FROM users u JOIN memberships m ON m.user_id = u.id WHERE u.email = $1 LIMIT 1";
    Ok(tx.query_one(sql, &[Value::from(email)])?.is_some())
}

/// The tenants in which a user has a role, oldest first.
pub fn tenants_of(tx: &mut Tx<'_>, user_id: &UserId) -> Result<Vec<Tenant>, StoreError> {
    let rows = tx.query(
        "SELECT id, name FROM tenants WHERE id IN (SELECT tenant_id FROM memberships WHERE user_id = $1) ORDER BY id",
        &[Value::from(user_id)],
    )?;
    rows.into_iter().map(|mut row| Ok(Tenant { id: row.take()?, name: row.take()? })).collect()
}

/// The OWNERs of a tenant.
pub fn owners(tx: &mut Tx<'_>, tenant_id: &TenantId) -> Result<Vec<User>, StoreError> {
    let rows = tx.query(
        "SELECT id, email FROM users WHERE id IN (SELECT user_id FROM memberships WHERE tenant_id = $1 AND role = 'OWNER') ORDER BY id",
        &[Value::from(tenant_id)],
    )?;
    rows.into_iter().map(|mut row| Ok(User { id: row.take()?, email: row.take()? })).collect()
}

/// How many OWNERs a tenant has.
pub fn count_owners(tx: &mut Tx<'_>, tenant_id: &TenantId) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM memberships WHERE tenant_id = $1 AND role = 'OWNER'";
    tx.query_one(sql, &[Value::from(tenant_id)])?.map_or(Ok(0), |mut row| row.take())
}

/// Sets the role of a membership.
pub fn set_role(tx: &mut Tx<'_>, id: &MembershipId, role: Role) -> Result<(), StoreError> {
    tx.execute("UPDATE memberships SET role = $1 WHERE id = $2", &[Value::from(role), Value::from(id)])?;
    Ok(())
}

/// Takes a role away.
pub fn delete_membership(tx: &mut Tx<'_>, id: &MembershipId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM memberships WHERE id = $1", &[Value::from(id)])?;
    Ok(())
}

/// Where a list of people looks: at roles in the whole tenant and in these workspaces, or `None` = at all roles.
pub type Places<'a> = Option<&'a [WorkspaceId]>;

fn of_places(sql: Sql, tenant_id: &TenantId, places: Places<'_>) -> Sql {
    let sql = sql.push(" FROM memberships WHERE tenant_id = ").bind(tenant_id);
    match places {
        Some(ids) => sql.push(" AND (workspace_id IS NULL OR ").bind_in("workspace_id", ids).push(")"),
        None => sql,
    }
}

/// One page of the people of a tenant with their roles, by the age of their accounts.
pub fn list_members(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    places: Places<'_>,
    range: &Range,
) -> Result<Vec<Member>, StoreError> {
    let people =
        of_places(Sql::new("SELECT id, email FROM users WHERE id IN (SELECT user_id"), tenant_id, places).push(")");
    let people = range.oldest_first(people, "id");
    let users: Vec<User> = tx
        .query(&people.text, &people.params)?
        .into_iter()
        .map(|mut row| Ok::<_, StoreError>(User { id: row.take()?, email: row.take()? }))
        .collect::<Result<_, _>>()?;
    let roles = of_places(Sql::new("SELECT user_id, created_at, id, role, workspace_id"), tenant_id, places);
    let roles = roles.push(" AND ").bind_in("user_id", users.iter().map(|user| &user.id)).push(" ORDER BY id");
    let mut members: Vec<Member> =
        users.into_iter().map(|user| Member { user, memberships: Vec::new(), joined_at: Timestamp::MAX }).collect();
    for mut row in tx.query(&roles.text, &roles.params)? {
        let (user_id, created_at): (UserId, Timestamp) = (row.take()?, row.take()?);
        let membership = read_membership(&mut row)?;
        if let Some(member) = members.iter_mut().find(|member| member.user.id == user_id) {
            member.memberships.push(membership);
            member.joined_at = member.joined_at.min(created_at);
        }
    }
    Ok(members)
}

/// How many people that are.
pub fn count_members(tx: &mut Tx<'_>, tenant_id: &TenantId, places: Places<'_>) -> Result<i64, StoreError> {
    let sql = of_places(Sql::new("SELECT COUNT(DISTINCT user_id)"), tenant_id, places);
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(0), |mut row| row.take())
}

/// A person of a tenant with all their roles; `None` without any.
pub fn member(tx: &mut Tx<'_>, tenant_id: &TenantId, user_id: &UserId) -> Result<Option<Member>, StoreError> {
    let Some(user) = user(tx, user_id)? else { return Ok(None) };
    let memberships = memberships(tx, tenant_id, user_id)?;
    let joined = "SELECT MIN(created_at) FROM memberships WHERE tenant_id = $1 AND user_id = $2";
    let row = tx.query_one(joined, &[Value::from(tenant_id), Value::from(user_id)])?;
    let joined_at: Option<Timestamp> = row.map_or(Ok(None), |mut row| row.take())?;
    Ok(joined_at.map(|joined_at| Member { user, memberships, joined_at }))
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
