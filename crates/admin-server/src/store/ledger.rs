//! The ledger. Rows are added and never changed.

use super::{Range, Row, Sql, StoreError, Tx, Value};
use crate::ids::TenantId;
use crate::model::{Account, LedgerKind, LedgerTransaction};
use crate::money::Money;

const SELECT: &str =
    "SELECT ledger_transactions.id, tenant_id, number, kind, reference, at, COALESCE(micro_usd, 0), balance
    FROM ledger_transactions
    LEFT JOIN ledger_entries ON transaction_id = ledger_transactions.id AND account = 'CREDIT'";

fn read(mut row: Row) -> Result<LedgerTransaction, StoreError> {
    Ok(LedgerTransaction {
        id: row.take()?,
        tenant_id: row.take()?,
        number: row.take()?,
        kind: row.take()?,
        reference: row.take()?,
        at: row.take()?,
        amount: row.take()?,
        balance: row.take()?,
    })
}

/// The number of a tenant's last transaction and the credit after it; zero and zero before the first.
pub fn head(tx: &mut Tx<'_>, tenant_id: &TenantId) -> Result<(i64, Money), StoreError> {
    let row = tx.query_one(
        "SELECT number, balance FROM ledger_transactions WHERE tenant_id = $1 ORDER BY number DESC LIMIT 1",
        &[Value::from(tenant_id)],
    )?;
    row.map_or(Ok((0, Money::ZERO)), |mut row| Ok((row.take()?, row.take()?)))
}

/// A tenant's transaction of a kind with this reference.
pub fn of_reference(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    kind: LedgerKind,
    reference: &str,
) -> Result<Option<LedgerTransaction>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE tenant_id = ").bind(tenant_id).push(" AND kind = ").bind(kind);
    let sql = sql.push(" AND reference = ").bind(reference);
    tx.query_one(&sql.text, &sql.params)?.map(read).transpose()
}

/// Adds a transaction with what it moved.
pub fn insert(
    tx: &mut Tx<'_>,
    transaction: &LedgerTransaction,
    entries: &[(Account, Money)],
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO ledger_transactions (id, tenant_id, number, kind, reference, at, balance)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            Value::from(&transaction.id),
            Value::from(&transaction.tenant_id),
            Value::from(transaction.number),
            Value::from(transaction.kind),
            Value::from(&transaction.reference),
            Value::from(transaction.at),
            Value::from(transaction.balance),
        ],
    )?;
    for (account, money) in entries {
        tx.execute(
            "INSERT INTO ledger_entries (transaction_id, account, micro_usd) VALUES ($1, $2, $3)",
            &[Value::from(&transaction.id), Value::from(*account), Value::from(*money)],
        )?;
    }
    Ok(())
}

/// One page of a tenant's transactions, newest first, in the order of their numbers.
pub fn list(tx: &mut Tx<'_>, tenant_id: &TenantId, range: &Range) -> Result<Vec<LedgerTransaction>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE tenant_id = ").bind(tenant_id);
    let sql = range.newest_first(sql, "number");
    tx.query(&sql.text, &sql.params)?.into_iter().map(read).collect()
}

/// The transactions whose entries do not sum to zero, by id, with the sum.
pub fn unbalanced(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    pairs(
        tx,
        "SELECT transaction_id, CAST(SUM(micro_usd) AS BIGINT) FROM ledger_entries
         GROUP BY transaction_id HAVING SUM(micro_usd) <> 0 ORDER BY transaction_id",
    )
}

/// The transactions that do not move the tenant's credit and one other account, by id, with how many entries they have.
pub fn misshapen(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    pairs(
        tx,
        "SELECT ledger_transactions.id, COUNT(account) FROM ledger_transactions
         LEFT JOIN ledger_entries ON transaction_id = ledger_transactions.id
         GROUP BY ledger_transactions.id
         HAVING COUNT(account) <> 2 OR COUNT(account) FILTER (WHERE account = 'CREDIT') <> 1
         ORDER BY ledger_transactions.id",
    )
}

/// The transactions whose balance is not the sum of the credit up to them, by id, with that sum.
pub fn miscounted(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    pairs(
        tx,
        "SELECT id, running FROM (
             SELECT ledger_transactions.id AS id, tenant_id, number, balance,
                 CAST(SUM(COALESCE(micro_usd, 0)) OVER (PARTITION BY tenant_id ORDER BY number) AS BIGINT) AS running
             FROM ledger_transactions
             LEFT JOIN ledger_entries ON transaction_id = ledger_transactions.id AND account = 'CREDIT'
         ) AS walked
         WHERE balance <> running ORDER BY tenant_id, number",
    )
}

/// The transactions that are not in their place, by id, with the number that they should have.
pub fn misnumbered(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>, StoreError> {
    pairs(
        tx,
        "SELECT id, place FROM (
             SELECT id, tenant_id, number, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY number) AS place
             FROM ledger_transactions
         ) AS walked
         WHERE number <> place ORDER BY tenant_id, number",
    )
}

fn pairs(tx: &mut Tx<'_>, sql: &str) -> Result<Vec<(String, i64)>, StoreError> {
    tx.query(sql, &[])?.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}
