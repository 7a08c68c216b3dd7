//! Budgets: who has one, and what was spent of it in the period under way.

use jiff::Timestamp;

use super::cells::by_values;
use super::{Row, StoreError, Tx, Value};
use crate::ids::{ApiKeyId, TenantId, WorkspaceId};
use crate::model::{Budgeted, Spender};

/// What was spent in a period of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it began; 1970 for all time.
    pub since: Timestamp,
    /// The sum of the usage events in it, in micro-USD.
    pub micro_usd: i64,
    /// The highest percentage of which the owners were told.
    pub told: i64,
}

/// The period that was written last.
pub fn period(tx: &mut Tx<'_>, spender: &Spender) -> Result<Option<Period>, StoreError> {
    let row = tx.query_one(
        "SELECT since, micro_usd, told FROM budget_periods WHERE subject = $1",
        &[Value::from(spender.id())],
    )?;
    row.map(|mut row| Ok(Period { since: row.take()?, micro_usd: row.take()?, told: row.take()? })).transpose()
}

/// Writes the period under way.
pub fn set_period(tx: &mut Tx<'_>, spender: &Spender, period: &Period) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO budget_periods (subject, since, micro_usd, told) VALUES ($1, $2, $3, $4)
         ON CONFLICT (subject) DO UPDATE SET since = excluded.since, micro_usd = excluded.micro_usd, told = excluded.told",
        &[
            Value::from(spender.id()),
            Value::from(period.since),
            Value::from(period.micro_usd),
            Value::from(period.told),
        ],
    )?;
    Ok(())
}

/// Forgets the period: the budget is another one.
pub fn forget_period(tx: &mut Tx<'_>, spender: &Spender) -> Result<(), StoreError> {
    tx.execute("DELETE FROM budget_periods WHERE subject = $1", &[Value::from(spender.id())])?;
    Ok(())
}

/// Those of these keys and workspaces that have a budget.
pub fn of<'a>(
    tx: &mut Tx<'_>,
    keys: impl IntoIterator<Item = &'a ApiKeyId>,
    workspaces: impl IntoIterator<Item = &'a WorkspaceId>,
) -> Result<Vec<Budgeted>, StoreError> {
    let keys: Vec<Value> = keys.into_iter().map(Value::from).collect();
    let workspaces: Vec<Value> = workspaces.into_iter().map(Value::from).collect();
    let of_keys = "SELECT tenant_id, id, name, budget FROM api_keys WHERE budget IS NOT NULL AND id IN (";
    let of_workspaces = "SELECT tenant_id, id, name, budget FROM workspaces WHERE budget IS NOT NULL AND id IN (";
    let mut found = read_all(by_values(tx, of_keys, &[], &keys)?, Spender::Key)?;
    found.extend(read_all(by_values(tx, of_workspaces, &[], &workspaces)?, Spender::Workspace)?);
    Ok(found)
}

/// Those of a tenant that have a budget.
pub fn of_tenant(tx: &mut Tx<'_>, id: &TenantId) -> Result<Vec<Budgeted>, StoreError> {
    let keys = tx.query(
        "SELECT tenant_id, id, name, budget FROM api_keys WHERE tenant_id = $1 AND budget IS NOT NULL ORDER BY id",
        &[Value::from(id)],
    )?;
    let workspaces = tx.query(
        "SELECT tenant_id, id, name, budget FROM workspaces WHERE tenant_id = $1 AND budget IS NOT NULL ORDER BY id",
        &[Value::from(id)],
    )?;
    let mut found = read_all(keys, Spender::Key)?;
    found.extend(read_all(workspaces, Spender::Workspace)?);
    Ok(found)
}

fn read_all<Id: super::Column>(rows: Vec<Row>, spender: fn(Id) -> Spender) -> Result<Vec<Budgeted>, StoreError> {
    let read = |mut row: Row| {
        Ok(Budgeted {
            tenant_id: row.take()?,
            spender: spender(row.take()?),
            name: row.take()?,
            budget: row.take_json()?,
        })
    };
    rows.into_iter().map(read).collect()
}
