//! Audit events and the heads of their chains.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value};
use crate::ids::{EventId, WorkspaceId};

/// An event as it is stored.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// `evt_…`
    pub id: EventId,
    /// The tenant, or the operator's chain.
    pub chain: String,
    /// Its place in the chain, from 1.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as JSON.
    pub actor: String,
    /// The root field, or what the operator did.
    pub action: String,
    /// What it was done to.
    pub object_id: String,
    /// The object before, as JSON.
    pub before: Option<String>,
    /// The object after, as JSON.
    pub after: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
    /// The request that did it.
    pub request_id: String,
    /// Where; `None` = in the tenant as a whole.
    pub workspace_id: Option<WorkspaceId>,
    /// Binds the event to all before it.
    pub mac: String,
}

const SELECT: &str =
    "SELECT id, chain, number, at, actor, action, object_id, before, after, reason, request_id, workspace_id, mac
    FROM audit_events";

fn read(mut row: Row) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        id: row.take()?,
        chain: row.take()?,
        number: row.take()?,
        at: row.take()?,
        actor: row.take()?,
        action: row.take()?,
        object_id: row.take()?,
        before: row.take()?,
        after: row.take()?,
        reason: row.take()?,
        request_id: row.take()?,
        workspace_id: row.take()?,
        mac: row.take()?,
    })
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many events the chain has.
    pub count: i64,
    /// The last one's MAC.
    pub mac: String,
    /// Signs both.
    pub signature: String,
}

/// The head of a chain; `None` = it has no event.
pub fn head(tx: &mut Tx<'_>, chain: &str) -> Result<Option<Head>, StoreError> {
    let row = tx.query_one("SELECT count, mac, signature FROM audit_heads WHERE chain = $1", &[Value::from(chain)])?;
    row.map(|mut row| Ok(Head { count: row.take()?, mac: row.take()?, signature: row.take()? })).transpose()
}

/// Adds an event and moves the head.
pub fn append(tx: &mut Tx<'_>, event: &StoredEvent, head: &Head) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO audit_events (id, chain, number, at, actor, action, object_id, before, after, reason, request_id,
             workspace_id, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &[
            Value::from(&event.id),
            Value::from(&event.chain),
            Value::from(event.number),
            Value::from(event.at),
            Value::from(&event.actor),
            Value::from(&event.action),
            Value::from(&event.object_id),
            Value::from(event.before.as_deref()),
            Value::from(event.after.as_deref()),
            Value::from(event.reason.as_deref()),
            Value::from(&event.request_id),
            Value::from(event.workspace_id.as_ref()),
            Value::from(&event.mac),
        ],
    )?;
    tx.execute(
        "INSERT INTO audit_heads (chain, count, mac, signature) VALUES ($1, $2, $3, $4)
         ON CONFLICT (chain) DO UPDATE SET count = excluded.count, mac = excluded.mac, signature = excluded.signature",
        &[Value::from(&event.chain), Value::from(head.count), Value::from(&head.mac), Value::from(&head.signature)],
    )?;
    Ok(())
}

/// The next events of a chain, oldest first; `after` = `None` begins with the very first row, whatever its number.
pub fn walk(tx: &mut Tx<'_>, chain: &str, after: Option<i64>, limit: i64) -> Result<Vec<StoredEvent>, StoreError> {
    let mut sql = Sql::new(SELECT).push(" WHERE chain = ").bind(chain);
    if let Some(number) = after {
        sql = sql.push(" AND number > ").bind(number);
    }
    let sql = sql.push(" ORDER BY number LIMIT ").bind(limit);
    tx.query(&sql.text, &sql.params)?.into_iter().map(read).collect()
}

/// Which events a list may show, by where they happened.
#[derive(Debug, Clone)]
pub enum Within {
    /// The whole chain.
    Tenant,
    /// Those of every workspace, and not those of the tenant as a whole.
    AnyWorkspace,
    /// Those of these workspaces.
    Workspaces(Vec<WorkspaceId>),
}

/// Which events a list is about.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Of which chain.
    pub chain: &'a str,
    /// Where.
    pub within: Within,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// By whom: patterns, all of which the actor's JSON matches.
    pub actors: Vec<String>,
    /// Which root field.
    pub action: Option<&'a str>,
    /// Done to what.
    pub object_id: Option<&'a str>,
}

impl<'a> Filter<'a> {
    /// All events of a chain.
    pub const fn of(chain: &'a str) -> Self {
        Self { chain, within: Within::Tenant, from: None, to: None, actors: Vec::new(), action: None, object_id: None }
    }

    fn apply(&self, sql: Sql) -> Sql {
        let mut sql = sql.push(" WHERE chain = ").bind(self.chain);
        sql = match &self.within {
            Within::Tenant => sql,
            Within::AnyWorkspace => sql.push(" AND workspace_id IS NOT NULL"),
            Within::Workspaces(ids) => sql.push(" AND ").bind_in("workspace_id", ids),
        };
        if let Some(from) = self.from {
            sql = sql.push(" AND at >= ").bind(from);
        }
        if let Some(to) = self.to {
            sql = sql.push(" AND at < ").bind(to);
        }
        for pattern in &self.actors {
            sql = sql.push(" AND actor LIKE ").bind(pattern);
        }
        if let Some(action) = self.action {
            sql = sql.push(" AND action = ").bind(action);
        }
        match self.object_id {
            Some(id) => sql.push(" AND object_id = ").bind(id),
            None => sql,
        }
    }
}

/// One page of events, newest first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter<'_>, range: &Range) -> Result<Vec<StoredEvent>, StoreError> {
    let sql = range.newest_first(filter.apply(Sql::new(SELECT)), "number");
    tx.query(&sql.text, &sql.params)?.into_iter().map(read).collect()
}
