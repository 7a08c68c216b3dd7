//! The kept answers of mutations.

use jiff::Timestamp;

use super::{StoreError, Tx, Value};
use crate::ids::PatId;

/// Under what an answer is kept.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Whose call.
    pub pat_id: PatId,
    /// The root field.
    pub operation: &'static str,
    /// HMAC of the idempotency key, which itself is not kept.
    pub key_digest: String,
}

/// An answer that was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// HMAC of the input.
    pub input_digest: String,
    /// The root field's result as JSON.
    pub result: String,
    /// Its secret, sealed.
    pub sealed: Option<String>,
    /// What was begun while there is no answer yet, as JSON.
    pub begun: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// What is kept in the slot.
pub fn get(tx: &mut Tx<'_>, slot: &Slot) -> Result<Option<Kept>, StoreError> {
    let row = tx.query_one(
        "SELECT input_digest, result, sealed, begun, created_at FROM idempotency
         WHERE pat_id = $1 AND operation = $2 AND key_digest = $3",
        &[Value::from(&slot.pat_id), Value::from(slot.operation), Value::from(&slot.key_digest)],
    )?;
    row.map(|mut row| {
        Ok(Kept {
            input_digest: row.take()?,
            result: row.take()?,
            sealed: row.take()?,
            begun: row.take()?,
            created_at: row.take()?,
        })
    })
    .transpose()
}

/// Keeps an answer in the slot, in place of an older one.
pub fn put(tx: &mut Tx<'_>, slot: &Slot, kept: &Kept) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO idempotency (pat_id, operation, key_digest, input_digest, result, sealed, begun, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (pat_id, operation, key_digest) DO UPDATE SET input_digest = excluded.input_digest,
             result = excluded.result, sealed = excluded.sealed, begun = excluded.begun,
             created_at = excluded.created_at",
        &[
            Value::from(&slot.pat_id),
            Value::from(slot.operation),
            Value::from(&slot.key_digest),
            Value::from(&kept.input_digest),
            Value::from(&kept.result),
            Value::from(kept.sealed.as_deref()),
            Value::from(kept.begun.as_deref()),
            Value::from(kept.created_at),
        ],
    )?;
    Ok(())
}

/// Forgets the secrets of answers older than one instant, and whole answers older than another.
pub fn sweep(tx: &mut Tx<'_>, secrets_before: Timestamp, answers_before: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE idempotency SET sealed = NULL WHERE created_at <= $1 AND sealed IS NOT NULL",
        &[Value::from(secrets_before)],
    )?;
    tx.execute("DELETE FROM idempotency WHERE created_at <= $1", &[Value::from(answers_before)])?;
    Ok(())
}
