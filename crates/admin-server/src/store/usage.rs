//! Usage: the events that gateways report, and their sums by cells of time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::cells::{Stretch, by_values, micros, parts, put};
use super::{Param, Row, Sql, StoreError, Tx, Value};
use crate::ids::{ApiKeyId, ProjectId, TenantId, WorkspaceId};
use crate::model::{Amounts, UsageDimension, UsageEvent};

/// A report of events, as it is kept beside each of them.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    /// The token that reported it.
    pub token_id: &'a str,
    /// The request that brought it.
    pub id: &'a str,
    /// When.
    pub received_at: Timestamp,
}

/// The tenant and the workspace of each of these keys that exists, deleted or not.
pub fn keys<'a>(
    tx: &mut Tx<'_>,
    ids: impl IntoIterator<Item = &'a ApiKeyId>,
) -> Result<BTreeMap<ApiKeyId, (TenantId, WorkspaceId)>, StoreError> {
    let ids: Vec<Value> = ids.into_iter().map(Value::from).collect();
    let rows = by_values(tx, "SELECT id, tenant_id, workspace_id FROM api_keys WHERE id IN (", &[], &ids)?;
    rows.into_iter().map(|mut row| Ok((row.take()?, (row.take()?, row.take()?)))).collect()
}

/// The workspace of each of these projects that exists, archived or not.
pub fn projects<'a>(
    tx: &mut Tx<'_>,
    ids: impl IntoIterator<Item = &'a ProjectId>,
) -> Result<BTreeMap<ProjectId, WorkspaceId>, StoreError> {
    let ids: Vec<Value> = ids.into_iter().map(Value::from).collect();
    let rows = by_values(tx, "SELECT id, workspace_id FROM projects WHERE id IN (", &[], &ids)?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// A connection, and when it was one.
#[derive(Debug, Clone)]
pub struct Tenure {
    /// `conn_…`
    pub id: String,
    /// When it was made.
    pub since: Timestamp,
    /// When it was revoked; `None` = it was not.
    pub until: Option<Timestamp>,
}

/// The connections of a workspace that have this slug or id, or had it before they were revoked, oldest first.
pub fn connections(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, slug_or_id: &str) -> Result<Vec<Tenure>, StoreError> {
    let rows = tx.query(
        "SELECT id, created_at, revoked_at FROM connections WHERE workspace_id = $1 AND (slug = $2 OR id = $3) ORDER BY created_at, id",
        &[workspace_id.into(), slug_or_id.into(), slug_or_id.into()],
    )?;
    let tenure = |mut row: Row| Ok(Tenure { id: row.take()?, since: row.take()?, until: row.take()? });
    rows.into_iter().map(tenure).collect()
}

/// Those of a tenant's events with these ids that a token has reported before.
pub fn known<'a>(
    tx: &mut Tx<'_>,
    token_id: &str,
    tenant_id: &TenantId,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<UsageEvent>, StoreError> {
    let rows = by_values(
        tx,
        "SELECT tenant_id, event_id, at, workspace_id, key_id, project_id, resource, model, connection_id,
             requests, input_tokens, output_tokens, micro_usd
         FROM usage_events WHERE tenant_id = $1 AND token_id = $2 AND event_id IN (",
        &[Value::from(tenant_id), Value::from(token_id)],
        &ids.into_iter().map(Value::from).collect::<Vec<_>>(),
    )?;
    rows.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<UsageEvent, StoreError> {
    let (tenant_id, id, at) = (row.take()?, row.take()?, row.take()?);
    let (workspace_id, key_id) = (row.take()?, row.take()?);
    let project = named(row.take()?);
    let project_id = project.map(|id| id.parse().map_err(|()| StoreError::Corrupt(format!("`{id}` is no ProjectId"))));
    let project_id = project_id.transpose()?;
    let (resource, model, connection_id) = (named(row.take()?), named(row.take()?), named(row.take()?));
    let (requests, input_tokens, output_tokens, micro_usd) = (row.take()?, row.take()?, row.take()?, row.take()?);
    let own_micro_usd = if connection_id.is_some() { micro_usd } else { 0 };
    let amounts = Amounts { requests, input_tokens, output_tokens, micro_usd, own_micro_usd };
    Ok(UsageEvent { tenant_id, id, at, workspace_id, key_id, project_id, resource, model, connection_id, amounts })
}

/// An empty text stands for nothing.
fn named(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

/// Keeps events.
pub fn insert<'a>(tx: &mut Tx<'_>, events: &'a [UsageEvent], batch: &'a Batch<'_>) -> Result<(), StoreError> {
    let row = |event: &'a UsageEvent| {
        let Amounts { requests, input_tokens, output_tokens, micro_usd, .. } = event.amounts;
        [
            Param::from(event.tenant_id.as_str()),
            Param::from(batch.token_id),
            Param::from(event.id.as_str()),
            Param::from(event.at),
            Param::from(event.workspace_id.as_str()),
            Param::from(event.key_id.as_str()),
            Param::from(event.project_id.as_ref().map_or("", ProjectId::as_str)),
            Param::from(event.resource.as_deref().unwrap_or_default()),
            Param::from(event.model.as_deref().unwrap_or_default()),
            Param::from(event.connection_id.as_deref().unwrap_or_default()),
            Param::from(requests),
            Param::from(input_tokens),
            Param::from(output_tokens),
            Param::from(micro_usd),
            Param::from(batch.id),
            Param::from(batch.received_at),
        ]
    };
    put(
        tx,
        "INSERT INTO usage_events (tenant_id, token_id, event_id, at, workspace_id, key_id, project_id, resource, model, connection_id,
             requests, input_tokens, output_tokens, micro_usd, batch, received_at) VALUES ",
        events.iter().map(row),
        "",
    )
}

/// What the cells of sums are told apart by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Whose.
    pub tenant_id: TenantId,
    /// How long.
    pub grain: SignedDuration,
    /// From when.
    pub start: Timestamp,
    /// Where the key is.
    pub workspace_id: WorkspaceId,
    /// Which key.
    pub key_id: ApiKeyId,
    /// Which project.
    pub project_id: Option<ProjectId>,
    /// Which resource.
    pub resource: Option<String>,
    /// Which model.
    pub model: Option<String>,
    /// Whether over the tenant's own connections.
    pub own: bool,
}

/// Adds to the sums of cells.
pub fn add<'a>(tx: &mut Tx<'_>, sums: &'a BTreeMap<Cell, Amounts>) -> Result<(), StoreError> {
    let row = |(cell, amounts): (&'a Cell, &'a Amounts)| {
        [
            Param::from(cell.tenant_id.as_str()),
            Param::from(micros(cell.grain)),
            Param::from(cell.start),
            Param::from(cell.workspace_id.as_str()),
            Param::from(cell.key_id.as_str()),
            Param::from(cell.project_id.as_ref().map_or("", ProjectId::as_str)),
            Param::from(cell.resource.as_deref().unwrap_or_default()),
            Param::from(cell.model.as_deref().unwrap_or_default()),
            Param::from(cell.own),
            Param::from(amounts.requests),
            Param::from(amounts.input_tokens),
            Param::from(amounts.output_tokens),
            Param::from(amounts.micro_usd),
        ]
    };
    put(
        tx,
        "INSERT INTO usage_sums (tenant_id, grain, start, workspace_id, key_id, project_id, resource, model, own,
             requests, input_tokens, output_tokens, micro_usd) VALUES ",
        sums.iter().map(row),
        "
         ON CONFLICT (tenant_id, grain, start, key_id, project_id, resource, model, own) DO UPDATE SET
             requests = usage_sums.requests + excluded.requests,
             input_tokens = usage_sums.input_tokens + excluded.input_tokens,
             output_tokens = usage_sums.output_tokens + excluded.output_tokens,
             micro_usd = usage_sums.micro_usd + excluded.micro_usd",
    )
}

/// Which usage is asked for.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Whose.
    pub tenant_id: &'a TenantId,
    /// Only in these workspaces; `None` = in all.
    pub workspaces: Option<&'a [WorkspaceId]>,
    /// Only of this key.
    pub key_id: Option<&'a ApiKeyId>,
    /// Only for this project.
    pub project_id: Option<&'a ProjectId>,
    /// Only of these resources; empty = of all.
    pub resources: &'a [String],
    /// Only of these models; empty = of all.
    pub models: &'a [String],
}

impl Filter<'_> {
    fn apply(&self, mut sql: Sql) -> Sql {
        sql = sql.push(" WHERE tenant_id = ").bind(self.tenant_id);
        if let Some(ids) = self.workspaces {
            sql = sql.push(" AND ").bind_in("workspace_id", ids);
        }
        if let Some(id) = self.key_id {
            sql = sql.push(" AND key_id = ").bind(id);
        }
        if let Some(id) = self.project_id {
            sql = sql.push(" AND project_id = ").bind(id);
        }
        for (column, texts) in [("resource", self.resources), ("model", self.models)] {
            if !texts.is_empty() {
                sql = sql.push(" AND ").bind_in(column, texts);
            }
        }
        sql
    }
}

/// What one sum is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The bucket's number.
    pub bucket: i64,
    /// The value of each dimension; empty = the events name none.
    pub values: Vec<String>,
    /// How much.
    pub amounts: Amounts,
}

const CELLS: &str = "SELECT bucket, CAST(SUM(requests) AS BIGINT), CAST(SUM(input_tokens) AS BIGINT),
         CAST(SUM(output_tokens) AS BIGINT), CAST(SUM(micro_usd) AS BIGINT),
         CAST(COALESCE(SUM(micro_usd) FILTER (WHERE own = 1), 0) AS BIGINT)";

const EVENTS: &str = "SELECT bucket, CAST(SUM(requests) AS BIGINT), CAST(SUM(input_tokens) AS BIGINT),
         CAST(SUM(output_tokens) AS BIGINT), CAST(SUM(micro_usd) AS BIGINT),
         CAST(COALESCE(SUM(micro_usd) FILTER (WHERE connection_id <> ''), 0) AS BIGINT)";

/// Sums usage by buckets and dimensions, or only what has one of these lists of values in the dimensions. A bucket may come back twice: its
/// cells and its events are two sums.
pub fn sums(
    tx: &mut Tx<'_>,
    filter: &Filter<'_>,
    stretches: &[Stretch],
    by: &[UsageDimension],
    only: Option<&[Vec<String>]>,
) -> Result<Vec<Sum>, StoreError> {
    let (cells, events): (Vec<_>, Vec<_>) = stretches.iter().partition(|stretch| stretch.grain.is_some());
    let mut found = Vec::new();
    if !cells.is_empty() {
        let sql = parts(cells).push(CELLS);
        let sql = columns(sql, by).push(" FROM part CROSS JOIN usage_sums");
        let sql = filter.apply(sql).push(" AND grain = part_grain AND start >= part_start AND start < part_end");
        found.extend(grouped(tx, having(sql, by, only), by)?);
    }
    if !events.is_empty() {
        let sql = parts(events).push(EVENTS);
        let sql = columns(sql, by).push(" FROM part CROSS JOIN usage_events");
        let sql = filter.apply(sql).push(" AND at >= part_start AND at < part_end");
        found.extend(grouped(tx, having(sql, by, only), by)?);
    }
    Ok(found)
}

/// The dearest of what the dimensions tell apart, over stretches of one bucket. What is alike is in the order of its names.
pub fn dearest(
    tx: &mut Tx<'_>,
    filter: &Filter<'_>,
    stretches: &[Stretch],
    by: &[UsageDimension],
    top: usize,
) -> Result<Vec<Sum>, StoreError> {
    let sql = parts(stretches).push(
        "SELECT bucket, CAST(SUM(requests) AS BIGINT), CAST(SUM(input_tokens) AS BIGINT),
         CAST(SUM(output_tokens) AS BIGINT), CAST(SUM(micro_usd) AS BIGINT), CAST(SUM(own_micro_usd) AS BIGINT)",
    );
    let sql = columns(sql, by).push(
        " FROM (SELECT bucket, requests, input_tokens, output_tokens, micro_usd,
         CASE WHEN own = 1 THEN micro_usd ELSE 0 END AS own_micro_usd",
    );
    let sql = filter.apply(columns(sql, by).push(" FROM part CROSS JOIN usage_sums"));
    let sql = sql.push(
        " AND grain = part_grain AND start >= part_start AND start < part_end
         UNION ALL SELECT bucket, requests, input_tokens, output_tokens, micro_usd,
         CASE WHEN connection_id <> '' THEN micro_usd ELSE 0 END",
    );
    let sql = filter.apply(columns(sql, by).push(" FROM part CROSS JOIN usage_events"));
    let sql =
        columns(sql.push(" AND part_grain = 0 AND at >= part_start AND at < part_end) AS used GROUP BY bucket"), by);
    let sql = columns(sql.push(" ORDER BY SUM(micro_usd) DESC, SUM(requests) DESC"), by);
    read_sums(tx, &sql.push(" LIMIT ").bind(i64::try_from(top).unwrap_or(i64::MAX)), by)
}

fn column(by: UsageDimension) -> &'static str {
    match by {
        UsageDimension::Key => ", key_id",
        UsageDimension::Project => ", project_id",
        UsageDimension::Resource => ", resource",
        UsageDimension::Model => ", model",
    }
}

fn columns(sql: Sql, by: &[UsageDimension]) -> Sql {
    by.iter().fold(sql, |sql, by| sql.push(column(*by)))
}

/// Only what has one of these lists of values in the dimensions.
fn having(sql: Sql, by: &[UsageDimension], only: Option<&[Vec<String>]>) -> Sql {
    let Some(only) = only.filter(|only| !only.is_empty()) else { return sql };
    let names: Vec<&str> = by.iter().map(|by| column(*by).trim_start_matches(", ")).collect();
    let mut sql = sql.push(" AND (").push(&names.join(", ")).push(") IN (VALUES ");
    for (place, values) in only.iter().enumerate() {
        sql = sql.push(if place == 0 { "(" } else { ", (" });
        for (column, value) in values.iter().enumerate() {
            sql = sql.push(if column == 0 { "" } else { ", " }).bind(value);
        }
        sql = sql.push(")");
    }
    sql.push(")")
}

fn grouped(tx: &mut Tx<'_>, sql: Sql, by: &[UsageDimension]) -> Result<Vec<Sum>, StoreError> {
    read_sums(tx, &columns(sql.push(" GROUP BY bucket"), by), by)
}

fn read_sums(tx: &mut Tx<'_>, sql: &Sql, by: &[UsageDimension]) -> Result<Vec<Sum>, StoreError> {
    let read = |mut row: Row| {
        let bucket = row.take()?;
        let (requests, input_tokens, output_tokens) = (row.take()?, row.take()?, row.take()?);
        let (micro_usd, own_micro_usd) = (row.take()?, row.take()?);
        let amounts = Amounts { requests, input_tokens, output_tokens, micro_usd, own_micro_usd };
        let values = by.iter().map(|_| row.take()).collect::<Result<_, _>>()?;
        Ok(Sum { bucket, values, amounts })
    };
    tx.query(&sql.text, &sql.params)?.into_iter().map(read).collect()
}

/// The first cell of a grain that has usage.
pub fn first(tx: &mut Tx<'_>, filter: &Filter<'_>, grain: SignedDuration) -> Result<Option<Timestamp>, StoreError> {
    let sql = filter.apply(Sql::new("SELECT MIN(start) FROM usage_sums"));
    let sql = sql.push(" AND grain = ").bind(micros(grain));
    tx.query_one(&sql.text, &sql.params)?.map_or(Ok(None), |mut row| row.take())
}

/// Every tenant.
pub fn tenants(tx: &mut Tx<'_>) -> Result<Vec<TenantId>, StoreError> {
    tx.query("SELECT id FROM tenants ORDER BY id", &[])?.into_iter().map(|mut row| row.take()).collect()
}

/// A cell whose sums are not those of its events.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// Its first instant.
    pub start: Timestamp,
    /// Its key.
    pub key_id: String,
    /// How much the sums are off, in each of their columns.
    pub off: [i64; 4],
}

/// The cells of a grain whose sums are not those of the events, the first ones.
pub fn wrong_sums(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    grain: SignedDuration,
    most: i64,
) -> Result<Vec<Wrong>, StoreError> {
    let grain = micros(grain);
    let rows = tx.query(
        "SELECT cell, key_id, CAST(SUM(requests) AS BIGINT), CAST(SUM(input_tokens) AS BIGINT),
             CAST(SUM(output_tokens) AS BIGINT), CAST(SUM(micro_usd) AS BIGINT)
         FROM (
             SELECT start AS cell, workspace_id, key_id, project_id, resource, model, own,
                 requests, input_tokens, output_tokens, micro_usd
             FROM usage_sums WHERE tenant_id = $1 AND grain = $2
             UNION ALL
             SELECT at / $3 * $4, workspace_id, key_id, project_id, resource, model, CASE WHEN connection_id <> '' THEN 1 ELSE 0 END,
                 - requests, - input_tokens, - output_tokens, - micro_usd
             FROM usage_events WHERE tenant_id = $5
         ) AS both_sides
         GROUP BY cell, workspace_id, key_id, project_id, resource, model, own
         HAVING SUM(requests) <> 0 OR SUM(input_tokens) <> 0 OR SUM(output_tokens) <> 0 OR SUM(micro_usd) <> 0
         ORDER BY cell, key_id LIMIT $6",
        &[tenant_id.into(), grain.into(), grain.into(), grain.into(), tenant_id.into(), most.into()],
    )?;
    let read = |mut row: Row| {
        let (start, key_id) = (row.take()?, row.take()?);
        Ok(Wrong { start, key_id, off: [row.take()?, row.take()?, row.take()?, row.take()?] })
    };
    rows.into_iter().map(read).collect()
}

/// The batches whose debit in the ledger is not the sum of their events that debit, with how much it is off; the first ones.
pub fn wrong_debits(tx: &mut Tx<'_>, tenant_id: &TenantId, most: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = tx.query(
        "SELECT batch, CAST(SUM(micro_usd) AS BIGINT) FROM (
             SELECT batch, - micro_usd AS micro_usd FROM usage_events WHERE tenant_id = $1 AND connection_id = ''
             UNION ALL
             SELECT reference, - micro_usd FROM ledger_transactions
             JOIN ledger_entries ON transaction_id = id AND account = 'CREDIT'
             WHERE tenant_id = $2 AND kind = 'USAGE'
         ) AS both_sides
         GROUP BY batch HAVING SUM(micro_usd) <> 0 ORDER BY batch LIMIT $3",
        &[tenant_id.into(), tenant_id.into(), most.into()],
    )?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}
