//! What payment providers tell: their events, and what takes payments back.

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
