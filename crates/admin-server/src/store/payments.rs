//! What payment providers tell: their events, how far they were read back, and what takes payments back.

use jiff::Timestamp;

use super::{Row, StoreError, Tx, Value};
use crate::ids::TopUpId;
use crate::model::{Claim, PaymentProvider};

/// Whether an event was applied.
pub fn is_known(tx: &mut Tx<'_>, provider: PaymentProvider, event: &str) -> Result<bool, StoreError> {
    let row = tx.query_one(
        "SELECT id FROM payment_events WHERE provider = $1 AND id = $2",
        &[Value::from(provider), Value::from(event)],
    )?;
    Ok(row.is_some())
}

/// Remembers that an event was applied.
pub fn remember(
    tx: &mut Tx<'_>,
    provider: PaymentProvider,
    event: &str,
    kind: &str,
    top_up: Option<&TopUpId>,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO payment_events (provider, id, kind, top_up_id, at) VALUES ($1, $2, $3, $4, $5)",
        &[Value::from(provider), Value::from(event), Value::from(kind), Value::from(top_up), Value::from(at)],
    )?;
    Ok(())
}

fn read(mut row: Row) -> Result<Claim, StoreError> {
    Ok(Claim {
        id: row.take()?,
        payment: row.take()?,
        kind: row.take()?,
        amount: row.take()?,
        taken: row.take()?,
        returned: row.take()?,
    })
}

/// The claim with this id.
pub fn claim(tx: &mut Tx<'_>, provider: PaymentProvider, id: &str) -> Result<Option<Claim>, StoreError> {
    let row = tx.query_one(
        "SELECT id, payment, kind, amount, taken, returned FROM payment_claims WHERE provider = $1 AND id = $2",
        &[Value::from(provider), Value::from(id)],
    )?;
    row.map(read).transpose()
}

/// The claims on a payment.
pub fn claims_on(tx: &mut Tx<'_>, provider: PaymentProvider, payment: &str) -> Result<Vec<Claim>, StoreError> {
    let rows = tx.query(
        "SELECT id, payment, kind, amount, taken, returned FROM payment_claims WHERE provider = $1 AND payment = $2 ORDER BY id",
        &[Value::from(provider), Value::from(payment)],
    )?;
    rows.into_iter().map(read).collect()
}

/// Keeps a claim, in place of what was known of it.
pub fn put_claim(tx: &mut Tx<'_>, provider: PaymentProvider, claim: &Claim) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO payment_claims (provider, id, payment, kind, amount, taken, returned) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (provider, id) DO UPDATE SET payment = excluded.payment, kind = excluded.kind, amount = excluded.amount,
             taken = excluded.taken, returned = excluded.returned",
        &[
            Value::from(provider),
            Value::from(&claim.id),
            Value::from(&claim.payment),
            Value::from(claim.kind),
            Value::from(claim.amount),
            Value::from(claim.taken),
            Value::from(claim.returned),
        ],
    )?;
    Ok(())
}

/// How far a provider's events were read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Everything before was read.
    pub read_to: Timestamp,
    /// Where the stretch ends that is being read; `None` = none is.
    pub until: Option<Timestamp>,
    /// Up to which event that stretch was read, from its end.
    pub after: Option<String>,
    /// When there is more to read.
    pub look_at: Timestamp,
}

/// How far it is; `None` = nothing was read yet.
pub fn reading(tx: &mut Tx<'_>, provider: PaymentProvider) -> Result<Option<Reading>, StoreError> {
    let row = tx.query_one(
        "SELECT read_to, until, after, look_at FROM payment_readings WHERE provider = $1",
        &[Value::from(provider)],
    )?;
    row.map(|mut row| {
        Ok(Reading { read_to: row.take()?, until: row.take()?, after: row.take()?, look_at: row.take()? })
    })
    .transpose()
}

/// Puts down how far it is.
pub fn put_reading(tx: &mut Tx<'_>, provider: PaymentProvider, reading: &Reading) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO payment_readings (provider, read_to, until, after, look_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (provider) DO UPDATE SET read_to = excluded.read_to, until = excluded.until, after = excluded.after,
             look_at = excluded.look_at",
        &[
            Value::from(provider),
            Value::from(reading.read_to),
            Value::from(reading.until),
            Value::from(reading.after.as_deref()),
            Value::from(reading.look_at),
        ],
    )?;
    Ok(())
}
