//! Mails to be sent.

use jiff::Timestamp;

use super::{Row, Sql, StoreError, Tx, Value};
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

/// Makes all due, also those that a sender which is gone had taken.
pub fn release(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE outbox SET next_try_at = $1 WHERE next_try_at > $1", &[Value::from(now)])?;
    Ok(())
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

/// How many mails are sealed in a form that begins so.
pub fn count_sealed(tx: &mut Tx<'_>, prefix: &str) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COUNT(*) FROM outbox WHERE sealed LIKE $1", &[Value::from(format!("{prefix}%"))])?;
    row.map_or(Ok(0), |mut row| row.take())
}

/// The next mails, by id, that are sealed in a form that does not begin so.
pub fn sealed_otherwise(
    tx: &mut Tx<'_>,
    prefix: &str,
    after: Option<&MailId>,
    limit: i64,
) -> Result<Vec<(MailId, String)>, StoreError> {
    let mut sql = Sql::new("SELECT id, sealed FROM outbox WHERE sealed NOT LIKE ").bind(format!("{prefix}%"));
    if let Some(after) = after {
        sql = sql.push(" AND id > ").bind(after);
    }
    let sql = sql.push(" ORDER BY id LIMIT ").bind(limit);
    tx.query(&sql.text, &sql.params)?.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// Puts the same text down under another key.
pub fn set_sealed(tx: &mut Tx<'_>, id: &MailId, sealed: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE outbox SET sealed = $1 WHERE id = $2", &[Value::from(sealed), Value::from(id)])?;
    Ok(())
}
