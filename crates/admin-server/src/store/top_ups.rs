//! Top-ups.

use jiff::Timestamp;

use super::{Range, Row, Sql, StoreError, Tx, Value};
use crate::ids::{TenantId, TopUpId};
use crate::model::{PaymentProvider, TopUp};

/// A top-up with what only the control plane wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTopUp {
    /// What the tenant sees.
    pub shown: TopUp,
    /// The provider's id of it, once it has one.
    pub session: Option<String>,
    /// The provider's id of the payment, once that is known.
    pub payment: Option<String>,
    /// When the provider is asked what has become of it; `None` = never.
    pub look_at: Option<Timestamp>,
    /// How often they were asked.
    pub looks: i64,
}

const SELECT: &str =
    "SELECT id, tenant_id, created_by, created_at, expires_at, amount, provider, flow, state, payment_url, failure,
    paid, paid_at, refunded, disputed, session, payment, look_at, looks FROM top_ups";

fn read(mut row: Row) -> Result<StoredTopUp, StoreError> {
    Ok(StoredTopUp {
        shown: TopUp {
            id: row.take()?,
            tenant_id: row.take()?,
            created_by: row.take()?,
            created_at: row.take()?,
            expires_at: row.take()?,
            amount: row.take()?,
            provider: row.take()?,
            flow: row.take()?,
            state: row.take()?,
            payment_url: row.take()?,
            failure: row.take()?,
            paid: row.take()?,
            paid_at: row.take()?,
            refunded: row.take()?,
            disputed: row.take()?,
        },
        session: row.take()?,
        payment: row.take()?,
        look_at: row.take()?,
        looks: row.take()?,
    })
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, top_up: &StoredTopUp) -> Result<(), StoreError> {
    let shown = &top_up.shown;
    tx.execute(
        "INSERT INTO top_ups (id, tenant_id, created_by, created_at, expires_at, amount, provider, flow, state, payment_url, failure,
             paid, paid_at, refunded, disputed, session, payment, look_at, looks)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        &[
            Value::from(&shown.id),
            Value::from(&shown.tenant_id),
            Value::from(&shown.created_by),
            Value::from(shown.created_at),
            Value::from(shown.expires_at),
            Value::from(shown.amount),
            Value::from(shown.provider),
            Value::from(shown.flow),
            Value::from(shown.state),
            Value::from(shown.payment_url.as_deref()),
            Value::from(shown.failure.as_deref()),
            Value::from(shown.paid),
            Value::from(shown.paid_at),
            Value::from(shown.refunded),
            Value::from(shown.disputed),
            Value::from(top_up.session.as_deref()),
            Value::from(top_up.payment.as_deref()),
            Value::from(top_up.look_at),
            Value::from(top_up.looks),
        ],
    )?;
    Ok(())
}

/// Puts down what changed of one. What was asked for never changes.
pub fn update(tx: &mut Tx<'_>, top_up: &StoredTopUp) -> Result<(), StoreError> {
    let shown = &top_up.shown;
    tx.execute(
        "UPDATE top_ups SET state = $1, payment_url = $2, failure = $3, paid = $4, paid_at = $5, refunded = $6, disputed = $7,
             session = $8, payment = $9, look_at = $10, looks = $11
         WHERE id = $12",
        &[
            Value::from(shown.state),
            Value::from(shown.payment_url.as_deref()),
            Value::from(shown.failure.as_deref()),
            Value::from(shown.paid),
            Value::from(shown.paid_at),
            Value::from(shown.refunded),
            Value::from(shown.disputed),
            Value::from(top_up.session.as_deref()),
            Value::from(top_up.payment.as_deref()),
            Value::from(top_up.look_at),
            Value::from(top_up.looks),
            Value::from(&shown.id),
        ],
    )?;
    Ok(())
}

/// The one with this id.
pub fn get(tx: &mut Tx<'_>, id: &TopUpId) -> Result<Option<StoredTopUp>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE id = ").bind(id);
    tx.query_one(&sql.text, &sql.params)?.map(read).transpose()
}

/// The one that a payment is for.
pub fn of_payment(
    tx: &mut Tx<'_>,
    provider: PaymentProvider,
    payment: &str,
) -> Result<Option<StoredTopUp>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE provider = ").bind(provider).push(" AND payment = ").bind(payment);
    tx.query_one(&sql.text, &sql.params)?.map(read).transpose()
}

/// The ids of those of a provider that are to be looked at, the most overdue first; as text, so that one which is none is told apart later.
pub fn due(tx: &mut Tx<'_>, provider: PaymentProvider, now: Timestamp, limit: i64) -> Result<Vec<String>, StoreError> {
    let rows = tx.query(
        "SELECT id FROM top_ups WHERE look_at <= $1 AND provider = $2 ORDER BY look_at, id LIMIT $3",
        &[Value::from(now), Value::from(provider), Value::from(limit)],
    )?;
    rows.into_iter().map(|mut row| row.take()).collect()
}

/// Has one wait that could not be looked at, whatever else is in its row.
pub fn postpone(tx: &mut Tx<'_>, id: &str, until: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE top_ups SET look_at = $1 WHERE id = $2", &[Value::from(until), Value::from(id)])?;
    Ok(())
}

/// One page of a tenant's, newest first.
pub fn list(tx: &mut Tx<'_>, tenant_id: &TenantId, range: &Range) -> Result<Vec<TopUp>, StoreError> {
    let sql = range.newest_first(Sql::new(SELECT).push(" WHERE tenant_id = ").bind(tenant_id), "id");
    tx.query(&sql.text, &sql.params)?.into_iter().map(|row| read(row).map(|top_up| top_up.shown)).collect()
}

/// How many a tenant has.
pub fn count(tx: &mut Tx<'_>, tenant_id: &TenantId) -> Result<i64, StoreError> {
    tx.query_one("SELECT COUNT(*) FROM top_ups WHERE tenant_id = $1", &[Value::from(tenant_id)])?
        .map_or(Ok(0), |mut row| row.take())
}

/// What the ledger has of top-ups beside what the top-ups say, where it differs.
#[derive(Debug)]
pub struct Difference {
    /// Which; of a row of the ledger that belongs to no top-up, what it refers to.
    pub id: String,
    /// In the ledger: paid in, given back, disputed, all in micro-USD.
    pub posted: [i64; 3],
    /// According to the top-up.
    pub expected: [i64; 3],
}

/// The top-ups that the ledger does not have as they are.
pub fn differences(tx: &mut Tx<'_>) -> Result<Vec<Difference>, StoreError> {
    let rows = tx.query(
        "SELECT id, paid_in, given_back, taken_back, paid, refunded, disputed FROM (
             SELECT top_ups.id AS id, COALESCE(paid, 0) AS paid, refunded, disputed,
                 CAST(COALESCE(SUM(micro_usd) FILTER (WHERE kind = 'TOP_UP'), 0) AS BIGINT) AS paid_in,
                 CAST(COALESCE(-SUM(micro_usd) FILTER (WHERE kind IN ('REFUND', 'REFUND_REVERSAL')), 0) AS BIGINT) AS given_back,
                 CAST(COALESCE(-SUM(micro_usd) FILTER (WHERE kind IN ('DISPUTE', 'DISPUTE_REVERSAL')), 0) AS BIGINT) AS taken_back
             FROM top_ups
             LEFT JOIN ledger_transactions ON ledger_transactions.tenant_id = top_ups.tenant_id
                 AND kind IN ('TOP_UP', 'REFUND', 'REFUND_REVERSAL', 'DISPUTE', 'DISPUTE_REVERSAL')
                 AND SUBSTR(reference, 1, 30) = top_ups.id
             LEFT JOIN ledger_entries ON transaction_id = ledger_transactions.id AND account = 'CREDIT'
             GROUP BY top_ups.id, top_ups.paid, top_ups.refunded, top_ups.disputed
         ) AS compared
         WHERE paid_in <> paid OR given_back <> refunded OR taken_back <> disputed ORDER BY id",
        &[],
    )?;
    let read = |mut row: Row| {
        Ok(Difference {
            id: row.take()?,
            posted: [row.take()?, row.take()?, row.take()?],
            expected: [row.take()?, row.take()?, row.take()?],
        })
    };
    rows.into_iter().map(read).collect()
}

/// What was paid in, given back or disputed in the ledger for no top-up of its tenant: what it refers to.
pub fn strays(tx: &mut Tx<'_>) -> Result<Vec<String>, StoreError> {
    let rows = tx.query(
        "SELECT ledger_transactions.id FROM ledger_transactions
         LEFT JOIN top_ups ON top_ups.id = SUBSTR(reference, 1, 30) AND top_ups.tenant_id = ledger_transactions.tenant_id
         WHERE kind IN ('TOP_UP', 'REFUND', 'REFUND_REVERSAL', 'DISPUTE', 'DISPUTE_REVERSAL') AND top_ups.id IS NULL
         ORDER BY ledger_transactions.id",
        &[],
    )?;
    rows.into_iter().map(|mut row| row.take()).collect()
}

/// The top-ups whose state does not follow from what is known of them.
pub fn misstated(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let rows = tx.query(
        "SELECT id, state FROM top_ups
         WHERE (state IN ('SUCCEEDED', 'REFUNDED')) <> (paid IS NOT NULL) OR (state = 'REFUNDED') <> (COALESCE(paid, -1) = refunded)
         ORDER BY id",
        &[],
    )?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}
