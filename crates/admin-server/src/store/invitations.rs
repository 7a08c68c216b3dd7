//! Invitations.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value};
use crate::ids::{InvitationId, TenantId, WorkspaceId};
use crate::model::{Invitation, InvitationState};

const SELECT: &str = "SELECT id, tenant_id, workspace_id, email, role, invited_by, created_at, expires_at, accepted_at, cancelled_at FROM invitations";

fn read(mut row: Row, now: Timestamp) -> Result<Invitation, StoreError> {
    let mut invitation = Invitation {
        id: row.take()?,
        tenant_id: row.take()?,
        workspace_id: row.take()?,
        email: row.take()?,
        role: row.take()?,
        state: InvitationState::Pending,
        invited_by: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        accepted_at: row.take()?,
        cancelled_at: row.take()?,
    };
    invitation.state = invitation.state_at(now);
    Ok(invitation)
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, invitation: &Invitation, digest: &str, pepper_id: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO invitations (id, tenant_id, workspace_id, email, role, invited_by, digest, pepper_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            Value::from(&invitation.id),
            Value::from(&invitation.tenant_id),
            Value::from(&invitation.workspace_id),
            Value::from(&invitation.email),
            Value::from(invitation.role),
            Value::from(&invitation.invited_by),
            Value::from(digest),
            Value::from(pepper_id),
            Value::from(invitation.created_at),
            Value::from(invitation.expires_at),
        ],
    )?;
    Ok(())
}

/// The one with this id, as it stands at `now`.
pub fn get(tx: &mut Tx<'_>, id: &InvitationId, now: Timestamp) -> Result<Option<Invitation>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE id = ").bind(id);
    tx.query_one(&sql.text, &sql.params)?.map(|row| read(row, now)).transpose()
}

/// The one whose token has this digest, as it stands at `now`.
pub fn by_digest(tx: &mut Tx<'_>, digest: &str, now: Timestamp) -> Result<Option<Invitation>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE digest = ").bind(digest);
    tx.query_one(&sql.text, &sql.params)?.map(|row| read(row, now)).transpose()
}

/// The one to this place that was neither accepted nor cancelled, even if its time is over.
pub fn open(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    email: &str,
    workspace_id: Option<&WorkspaceId>,
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE tenant_id = ").bind(tenant_id).push(" AND email = ").bind(email);
    let sql = sql.push(" AND COALESCE(workspace_id, '') = ").bind(workspace_id.map_or("", WorkspaceId::as_str));
    let sql = sql.push(" AND accepted_at IS NULL AND cancelled_at IS NULL");
    tx.query_one(&sql.text, &sql.params)?.map(|row| read(row, now)).transpose()
}

/// Gives one a new token, a new expiry and a new sender. The old token is void.
pub fn renew(tx: &mut Tx<'_>, invitation: &Invitation, digest: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE invitations SET digest = $1, expires_at = $2, invited_by = $3 WHERE id = $4",
        &[
            Value::from(digest),
            Value::from(invitation.expires_at),
            Value::from(&invitation.invited_by),
            Value::from(&invitation.id),
        ],
    )?;
    Ok(())
}

/// Cancels the open ones of an address: those to a workspace, or `None` = all. Returns their ids.
pub fn cancel_of(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    email: &str,
    workspace_id: Option<&WorkspaceId>,
    at: Timestamp,
) -> Result<Vec<InvitationId>, StoreError> {
    let sql = Sql::new("UPDATE invitations SET cancelled_at = ").bind(at).push(" WHERE tenant_id = ").bind(tenant_id);
    let sql = sql.push(" AND email = ").bind(email).push(" AND accepted_at IS NULL AND cancelled_at IS NULL");
    let sql = match workspace_id {
        Some(id) => sql.push(" AND workspace_id = ").bind(id),
        None => sql,
    };
    let sql = sql.push(" RETURNING id");
    tx.query(&sql.text, &sql.params)?.into_iter().map(|mut row| row.take()).collect()
}

/// Cancels one.
pub fn cancel(tx: &mut Tx<'_>, id: &InvitationId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE invitations SET cancelled_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}

/// Uses one up.
pub fn accept(tx: &mut Tx<'_>, id: &InvitationId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE invitations SET accepted_at = $1 WHERE id = $2", &[Value::from(at), Value::from(id)])?;
    Ok(())
}

/// Which invitations a list is about.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Whose.
    pub tenant_id: &'a TenantId,
    /// Only those to these workspaces; `None` = all, also those to the tenant as a whole.
    pub workspaces: Option<&'a [WorkspaceId]>,
    /// Also those that are no longer open.
    pub closed: bool,
}

impl Filter<'_> {
    fn apply(&self, sql: Sql) -> Sql {
        let mut sql = sql.push(" WHERE tenant_id = ").bind(self.tenant_id);
        if !self.closed {
            sql = sql.push(" AND accepted_at IS NULL AND cancelled_at IS NULL");
        }
        match self.workspaces {
            Some(ids) => sql.push(" AND ").bind_in("workspace_id", ids),
            None => sql,
        }
    }
}

/// One page of them, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &Filter<'_>,
    range: &Range,
    now: Timestamp,
) -> Result<Vec<Invitation>, StoreError> {
    let sql = range.newest_first(filter.apply(Sql::new(SELECT)), "id");
    tx.query(&sql.text, &sql.params)?.into_iter().map(|row| read(row, now)).collect()
}

/// How many there are.
pub fn count(tx: &mut Tx<'_>, filter: &Filter<'_>) -> Result<i64, StoreError> {
    let sql = filter.apply(Sql::new("SELECT COUNT(*) FROM invitations"));
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(0), |mut row| row.take())
}

/// Whose mails a limit is about.
#[derive(Debug, Clone, Copy)]
pub enum SentBy<'a> {
    /// Those that a tenant sent.
    Tenant(&'a TenantId),
    /// Those that went to an address, whoever sent them.
    Email(&'a str),
}

/// Remembers that an invitation was sent.
pub fn insert_mail(tx: &mut Tx<'_>, invitation: &Invitation, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO invitation_mails (tenant_id, email, sent_at) VALUES ($1, $2, $3)",
        &[Value::from(&invitation.tenant_id), Value::from(&invitation.email), Value::from(at)],
    )?;
    Ok(())
}

/// The last `limit` times that invitations were sent, newest first.
pub fn mailed_at(tx: &mut Tx<'_>, by: SentBy<'_>, limit: i64) -> Result<Vec<Timestamp>, StoreError> {
    let (sql, who) = match by {
        SentBy::Tenant(id) => {
            ("SELECT sent_at FROM invitation_mails WHERE tenant_id = $1 ORDER BY sent_at DESC LIMIT $2", id.as_str())
        }
        SentBy::Email(email) => {
            ("SELECT sent_at FROM invitation_mails WHERE email = $1 ORDER BY sent_at DESC LIMIT $2", email)
        }
    };
    tx.query(sql, &[Value::from(who), Value::from(limit)])?.into_iter().map(|mut row| row.take()).collect()
}

/// Forgets mails from before `at`.
pub fn sweep_mails(tx: &mut Tx<'_>, at: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM invitation_mails WHERE sent_at < $1", &[Value::from(at)])?;
    Ok(())
}
