//! Mails to be sent.

use jiff::Timestamp;

use super::{Row, StoreError, Tx, Value};
use crate::ids::MailId;

/// A mail in the outbox. Its text is sealed.
#[derive(Debug, Clone)]
pub struct Queued {
    /// `mail_…`
    pub id: MailId,
    /// The address; empty = nobody.
    pub recipient: String,
    /// One line.
    pub subject: String,
    /// The text.
    pub sealed: String,
    /// How often it was tried.
    pub tries: i64,
    /// From when on nobody wants it.
    pub expires_at: Timestamp,
}

const COLUMNS: &str = "id, recipient, subject, sealed, tries, expires_at";

fn read(mut row: Row) -> Result<Queued, StoreError> {
    Ok(Queued {
        id: row.take()?,
        recipient: row.take()?,
        subject: row.take()?,
        sealed: row.take()?,
        tries: row.take()?,
        expires_at: row.take()?,
    })
}

/// Puts one in, to be sent at once.
pub fn insert(tx: &mut Tx<'_>, mail: &Queued, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO outbox (id, recipient, subject, sealed, tries, next_try_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            Value::from(&mail.id),
            Value::from(&mail.recipient),
            Value::from(&mail.subject),
            Value::from(&mail.sealed),
            Value::from(mail.tries),
            Value::from(now),
            Value::from(mail.expires_at),
        ],
    )?;
    Ok(())
}

/// Whether there is one whose time has come.
pub fn is_due(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, StoreError> {
    let row = tx.query_one("SELECT id FROM outbox WHERE next_try_at <= $1 LIMIT 1", &[Value::from(now)])?;
    Ok(row.is_some())
}

/// Takes some whose time has come, until `until`: nobody else takes them in the meantime.
pub fn claim(tx: &mut Tx<'_>, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<Queued>, StoreError> {
    let sql = format!(
        "UPDATE outbox SET tries = tries + 1, next_try_at = $1
         WHERE id IN (SELECT id FROM outbox WHERE next_try_at <= $2 ORDER BY next_try_at LIMIT $3) RETURNING {COLUMNS}"
    );
    tx.query(&sql, &[Value::from(until), Value::from(now), Value::from(limit)])?.into_iter().map(read).collect()
}

/// Puts one off.
pub fn put_off(tx: &mut Tx<'_>, id: &MailId, until: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE outbox SET next_try_at = $1 WHERE id = $2", &[Value::from(until), Value::from(id)])?;
    Ok(())
}

/// Takes one out.
pub fn delete(tx: &mut Tx<'_>, id: &MailId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM outbox WHERE id = $1", &[Value::from(id)])?;
    Ok(())
}
