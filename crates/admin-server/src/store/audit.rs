//! Audit events and the heads of their chains.

use jiff::Timestamp;

use super::{StoreError, Tx, Value};
use crate::ids::EventId;

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
    /// Binds the event to all before it.
    pub mac: String,
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
        "INSERT INTO audit_events (id, chain, number, at, actor, action, object_id, before, after, reason, request_id, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
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

/// The events of a chain, oldest first.
pub fn events(tx: &mut Tx<'_>, chain: &str) -> Result<Vec<StoredEvent>, StoreError> {
    let rows = tx.query(
        "SELECT id, chain, number, at, actor, action, object_id, before, after, reason, request_id, mac
         FROM audit_events WHERE chain = $1 ORDER BY number",
        &[Value::from(chain)],
    )?;
    rows.into_iter()
        .map(|mut row| {
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
                mac: row.take()?,
            })
        })
        .collect()
}
