//! The log of what keys were presented for, and the sums of it.

use std::collections::BTreeMap;

use admin_policy::Verdict;
use jiff::{SignedDuration, Timestamp};

use super::cells::{Stretch, micros, parts, put};
use super::{Param, Range, Row, Sql, StoreError, Tx, Value};
use crate::ids::{ApiKeyId, LogId, ProjectId, VersionId};
use crate::model::{LogEntry, LogStatus};

const SELECT: &str =
    "SELECT id, key_id, version_id, at, verdict, project_id, resource, ip, referrer, user_agent, cost, micros
    FROM api_key_logs";

/// How far the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The number of the last entry.
    pub last: i64,
    /// Up to which number entries are in the sums.
    pub summed: i64,
    /// Entries, and sums of minutes, from before this are gone.
    pub kept_from: Timestamp,
    /// Whether a server writes, or ended without saying so.
    pub at_work: bool,
}

/// How far the log is.
pub fn state(tx: &mut Tx<'_>) -> Result<State, StoreError> {
    let row = tx.query_one("SELECT last, summed, kept_from, at_work FROM api_key_log_state", &[])?;
    let mut row = row.ok_or_else(|| StoreError::Corrupt("the log of keys has no state".to_owned()))?;
    Ok(State { last: row.take()?, summed: row.take()?, kept_from: row.take()?, at_work: row.take()? })
}

/// Says how far the log is.
pub fn set_state(tx: &mut Tx<'_>, state: &State) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE api_key_log_state SET last = $1, summed = $2, kept_from = $3, at_work = $4",
        &[state.last.into(), state.summed.into(), state.kept_from.into(), state.at_work.into()],
    )?;
    Ok(())
}

/// A place in the log where entries may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The entry before it.
    pub after: i64,
    /// How many are missing at most.
    pub at_most: i64,
    /// When it was found.
    pub found_at: Timestamp,
}

/// Notes a gap.
pub fn insert_gap(tx: &mut Tx<'_>, gap: &Gap) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO api_key_log_gaps (after, at_most, found_at) VALUES ($1, $2, $3) ON CONFLICT (after, found_at) DO NOTHING",
        &[gap.after.into(), gap.at_most.into(), gap.found_at.into()],
    )?;
    Ok(())
}

/// Every gap, oldest first.
pub fn gaps(tx: &mut Tx<'_>) -> Result<Vec<Gap>, StoreError> {
    let rows = tx.query("SELECT after, at_most, found_at FROM api_key_log_gaps ORDER BY found_at", &[])?;
    let read = |mut row: Row| Ok(Gap { after: row.take()?, at_most: row.take()?, found_at: row.take()? });
    rows.into_iter().map(read).collect()
}

/// Adds entries, numbered on from the last one.
pub fn insert<'a>(tx: &mut Tx<'_>, last: i64, entries: &'a [LogEntry]) -> Result<(), StoreError> {
    let mut number = last;
    let row = |entry: &'a LogEntry| {
        number += 1;
        [
            Param::from(entry.key_id.as_str()),
            Param::from(entry.id.as_str()),
            Param::from(number),
            Param::from(entry.at),
            Param::from(entry.version_id.as_str()),
            Param::from(entry.verdict.as_str()),
            Param::from(entry.project_id.as_ref().map_or("", ProjectId::as_str)),
            Param::from(entry.resource.as_deref().unwrap_or_default()),
            Param::from(entry.ip.as_deref()),
            Param::from(entry.referrer.as_deref()),
            Param::from(entry.user_agent.as_deref()),
            Param::from(entry.cost),
            Param::from(entry.micros),
        ]
    };
    put(
        tx,
        "INSERT INTO api_key_logs (key_id, id, number, at, version_id, verdict, project_id, resource, ip, referrer, user_agent, cost,
             micros) VALUES ",
        entries.iter().map(row),
        "",
    )
}

fn read(mut row: Row) -> Result<LogEntry, StoreError> {
    Ok(LogEntry {
        id: row.take()?,
        key_id: row.take()?,
        version_id: row.take()?,
        at: row.take()?,
        verdict: row.take()?,
        project_id: named(&row.take::<String>()?)?,
        resource: Some(row.take::<String>()?).filter(|resource| !resource.is_empty()),
        ip: row.take()?,
        referrer: row.take()?,
        user_agent: row.take()?,
        cost: row.take()?,
        micros: row.take()?,
    })
}

fn named(project: &str) -> Result<Option<ProjectId>, StoreError> {
    let read = |()| StoreError::Corrupt("a log entry names no project".to_owned());
    if project.is_empty() { Ok(None) } else { project.parse().map(Some).map_err(read) }
}

/// Which entries of a key.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// The key.
    pub key_id: &'a ApiKeyId,
    /// From this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    /// Only what came out so.
    pub status: Option<LogStatus>,
    /// Only with this answer.
    pub verdict: Option<Verdict>,
    /// Only for this project.
    pub project_id: Option<&'a ProjectId>,
    /// Only of this resource.
    pub resource: Option<&'a str>,
    /// Only with this secret.
    pub version_id: Option<&'a VersionId>,
}

/// One page of them, newest first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter<'_>, range: &Range) -> Result<Vec<LogEntry>, StoreError> {
    let mut sql = Sql::new(SELECT).push(" WHERE key_id = ").bind(filter.key_id);
    // An id begins with its time, by the millisecond.
    if let Some(from) = filter.from {
        sql = sql.push(" AND id >= ").bind(LogId::first(from)).push(" AND at >= ").bind(from);
    }
    if let Some(to) = filter.to {
        let after = to.checked_add(SignedDuration::from_millis(1)).unwrap_or(to);
        sql = sql.push(" AND id < ").bind(LogId::first(after)).push(" AND at < ").bind(to);
    }
    sql = match filter.status {
        None => sql,
        Some(LogStatus::Success) => sql.push(" AND verdict = 'VALID'"),
        Some(LogStatus::Denied) => sql.push(" AND verdict <> 'VALID'"),
    };
    if let Some(verdict) = filter.verdict {
        // In the words of the index of denials.
        let denial = if verdict == Verdict::Valid { "" } else { " AND verdict <> 'VALID'" };
        sql = sql.push(denial).push(" AND verdict = ").bind(verdict);
    }
    if let Some(id) = filter.project_id {
        sql = sql.push(" AND project_id = ").bind(id);
    }
    if let Some(resource) = filter.resource {
        sql = sql.push(" AND resource = ").bind(resource);
    }
    if let Some(id) = filter.version_id {
        sql = sql.push(" AND version_id = ").bind(id);
    }
    let sql = range.newest_first(sql, "id");
    tx.query(&sql.text, &sql.params)?.into_iter().map(read).collect()
}

/// One entry of a key.
pub fn get(tx: &mut Tx<'_>, key_id: &ApiKeyId, id: &LogId) -> Result<Option<LogEntry>, StoreError> {
    let sql = Sql::new(SELECT).push(" WHERE key_id = ").bind(key_id).push(" AND id = ").bind(id);
    tx.query_one(&sql.text, &sql.params)?.map(read).transpose()
}

/// What the calls of a cell have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// The key.
    pub key_id: ApiKeyId,
    /// Which project; empty = none.
    pub project_id: String,
    /// Which resource; empty = none.
    pub resource: String,
    /// What came of them.
    pub verdict: Verdict,
}

/// How many calls the entries of these numbers are, by minutes: all after the first number, up to the second.
pub fn by_minutes(tx: &mut Tx<'_>, after: i64, up_to: i64) -> Result<Vec<(Timestamp, Kind, i64)>, StoreError> {
    let rows = tx.query(
        "SELECT at / 60000000 * 60000000 AS minute, key_id, project_id, resource, verdict, COUNT(*) FROM api_key_logs
         WHERE number > $1 AND number <= $2 GROUP BY minute, key_id, project_id, resource, verdict",
        &[after.into(), up_to.into()],
    )?;
    let read = |mut row: Row| {
        let (minute, key_id, project_id) = (row.take()?, row.take()?, row.take()?);
        Ok((minute, Kind { key_id, project_id, resource: row.take()?, verdict: row.take()? }, row.take()?))
    };
    rows.into_iter().map(read).collect()
}

/// Adds to the sums of cells, by their grain, their first instant and what is counted.
pub fn add<'a>(tx: &mut Tx<'_>, sums: &'a BTreeMap<(SignedDuration, Timestamp, Kind), i64>) -> Result<(), StoreError> {
    let row = |((grain, start, kind), calls): (&'a (SignedDuration, Timestamp, Kind), &'a i64)| {
        [
            Param::from(kind.key_id.as_str()),
            Param::from(micros(*grain)),
            Param::from(*start),
            Param::from(kind.project_id.as_str()),
            Param::from(kind.resource.as_str()),
            Param::from(kind.verdict.as_str()),
            Param::from(*calls),
        ]
    };
    put(
        tx,
        "INSERT INTO api_key_log_sums (key_id, grain, start, project_id, resource, verdict, calls) VALUES ",
        sums.iter().map(row),
        " ON CONFLICT (key_id, grain, start, project_id, resource, verdict) DO UPDATE SET calls = api_key_log_sums.calls + excluded.calls",
    )
}

/// When and from where a secret was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The secret.
    pub version_id: VersionId,
    /// Its key.
    pub key_id: ApiKeyId,
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub ip: Option<String>,
    /// By whom, as they call themselves.
    pub user_agent: Option<String>,
}

/// The last use of each secret among the entries of these numbers, in their order: all after the first number, up to the second.
pub fn last_uses(tx: &mut Tx<'_>, after: i64, up_to: i64) -> Result<Vec<Use>, StoreError> {
    let rows = tx.query(
        "SELECT version_id, key_id, at, ip, user_agent FROM api_key_logs WHERE number IN (
             SELECT MAX(number) FROM api_key_logs WHERE number > $1 AND number <= $2 GROUP BY version_id
         ) ORDER BY number",
        &[after.into(), up_to.into()],
    )?;
    let read = |mut row: Row| {
        let (version_id, key_id, at) = (row.take()?, row.take()?, row.take()?);
        Ok(Use { version_id, key_id, at, ip: row.take()?, user_agent: row.take()? })
    };
    rows.into_iter().map(read).collect()
}

/// Notes the last use of a secret and of its key.
pub fn note_use(tx: &mut Tx<'_>, of: &Use) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE api_key_versions SET last_used_at = $1, last_used_ip = $2, last_used_user_agent = $3 WHERE id = $4",
        &[of.at.into(), of.ip.as_deref().into(), of.user_agent.as_deref().into(), Value::from(&of.version_id)],
    )?;
    tx.execute("UPDATE api_keys SET last_used_at = $1 WHERE id = $2", &[of.at.into(), Value::from(&of.key_id)])?;
    Ok(())
}

/// Which calls of a key are counted.
#[derive(Debug, Clone)]
pub struct Counted<'a> {
    /// The key.
    pub key_id: &'a ApiKeyId,
    /// Only for this project.
    pub project_id: Option<&'a ProjectId>,
    /// Only of these resources; empty = of all.
    pub resources: &'a [String],
}

impl Counted<'_> {
    fn apply(&self, sql: Sql) -> Sql {
        let mut sql = sql.push(" WHERE key_id = ").bind(self.key_id);
        if let Some(id) = self.project_id {
            sql = sql.push(" AND project_id = ").bind(id);
        }
        if !self.resources.is_empty() {
            sql = sql.push(" AND ").bind_in("resource", self.resources);
        }
        sql
    }
}

/// How many calls came out alike in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The bucket's number.
    pub bucket: i64,
    /// What they are told apart by; empty = nothing, or what names none.
    pub value: String,
    /// What came of them.
    pub verdict: Verdict,
    /// How many.
    pub calls: i64,
}

/// Sums calls by buckets, by what came of them and by one more column, from cells alone.
pub fn sums(
    tx: &mut Tx<'_>,
    counted: &Counted<'_>,
    stretches: &[Stretch],
    by: Option<Column>,
) -> Result<Vec<Sum>, StoreError> {
    let by = by.map_or("''", Column::as_str);
    let sql = parts(stretches).push("SELECT bucket, ").push(by);
    let sql = sql.push(" AS value, verdict, CAST(SUM(calls) AS BIGINT) FROM part CROSS JOIN api_key_log_sums");
    let sql = counted.apply(sql).push(" AND grain = part_grain AND start >= part_start AND start < part_end");
    let sql = sql.push(" GROUP BY bucket, value, verdict");
    tx.query(&sql.text, &sql.params)?.into_iter().map(read_sum).collect()
}

/// The same of the entries that are in no cell yet, which are those after a number: by minutes.
pub fn unsummed(
    tx: &mut Tx<'_>,
    counted: &Counted<'_>,
    summed: i64,
    (from, to): (Timestamp, Timestamp),
    by: Option<Column>,
) -> Result<Vec<(Timestamp, Sum)>, StoreError> {
    let by = by.map_or("''", Column::as_str);
    // They are few, and are found first: SQLite would go through all that the key ever had instead.
    let sql = Sql::new("WITH recent AS MATERIALIZED (SELECT * FROM api_key_logs WHERE number > ").bind(summed);
    let sql = sql.push(") SELECT at / 60000000 * 60000000 AS minute, ").push(by);
    let sql = counted.apply(sql.push(" AS value, verdict, COUNT(*) FROM recent"));
    let sql = sql.push(" AND at >= ").bind(from).push(" AND at < ").bind(to);
    let sql = sql.push(" GROUP BY minute, value, verdict");
    let read = |mut row: Row| {
        let minute = row.take()?;
        Ok((minute, Sum { bucket: 0, value: row.take()?, verdict: row.take()?, calls: row.take()? }))
    };
    tx.query(&sql.text, &sql.params)?.into_iter().map(read).collect()
}

fn read_sum(mut row: Row) -> Result<Sum, StoreError> {
    Ok(Sum { bucket: row.take()?, value: row.take()?, verdict: row.take()?, calls: row.take()? })
}

/// A column by which calls are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The project.
    Project,
    /// The resource.
    Resource,
}

impl Column {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project_id",
            Self::Resource => "resource",
        }
    }
}

/// Takes out entries from before an instant, with the sums of their minutes: those among the next `most` after a number that are summed. The
/// number to go on after, if there are more.
pub fn prune(
    tx: &mut Tx<'_>,
    before: Timestamp,
    minute: SignedDuration,
    after: i64,
    most: i64,
) -> Result<Option<i64>, StoreError> {
    let state = state(tx)?;
    let row = tx.query_one("SELECT MIN(number) FROM api_key_logs WHERE number > $1", &[after.into()])?;
    let Some(first) = row.map_or(Ok(None), |mut row| row.take::<Option<i64>>())? else { return Ok(None) };
    let up_to = state.summed.min(first + most - 1);
    tx.execute(
        "DELETE FROM api_key_log_sums WHERE grain = $1 AND (key_id, start) IN (
             SELECT DISTINCT key_id, at / 60000000 * 60000000 FROM api_key_logs WHERE number >= $2 AND number <= $3 AND at < $4
         )",
        &[micros(minute).into(), first.into(), up_to.into(), before.into()],
    )?;
    let gone = tx.execute(
        "DELETE FROM api_key_logs WHERE number >= $1 AND number <= $2 AND at < $3",
        &[first.into(), up_to.into(), before.into()],
    )?;
    if gone > 0 && before > state.kept_from {
        set_state(tx, &State { kept_from: before, ..state })?;
    }
    // One that stays, because the clock was ahead when it was made, keeps none behind it.
    let next = tx.query_one(
        "SELECT at FROM api_key_logs WHERE number > $1 AND number <= $2 ORDER BY number LIMIT 1",
        &[up_to.into(), state.summed.into()],
    )?;
    let goes = next.map_or(Ok(None), |mut row| row.take::<Option<Timestamp>>())?.is_some_and(|at| at < before);
    Ok(goes.then_some(up_to))
}

/// A cell whose sum is not that of its entries.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// Its first instant.
    pub start: Timestamp,
    /// Its key.
    pub key_id: String,
    /// How much the sum is off.
    pub off: i64,
}

/// The cells of a grain, from an instant on, whose sums are not those of the entries that are summed; the first ones.
pub fn wrong_sums(
    tx: &mut Tx<'_>,
    grain: SignedDuration,
    from: Timestamp,
    most: i64,
) -> Result<Vec<Wrong>, StoreError> {
    let (grain, summed) = (micros(grain), state(tx)?.summed);
    let rows = tx.query(
        "SELECT cell, key_id, CAST(SUM(calls) AS BIGINT) FROM (
             SELECT start AS cell, key_id, project_id, resource, verdict, calls FROM api_key_log_sums
             WHERE grain = $1 AND start >= $2
             UNION ALL
             SELECT at / $3 * $4, key_id, project_id, resource, verdict, - 1 FROM api_key_logs WHERE number <= $5 AND at >= $6
         ) AS both_sides
         GROUP BY cell, key_id, project_id, resource, verdict HAVING SUM(calls) <> 0 ORDER BY cell, key_id LIMIT $7",
        &[grain.into(), from.into(), grain.into(), grain.into(), summed.into(), from.into(), most.into()],
    )?;
    read_wrong(rows)
}

/// The cells of a grain whose sums are not those of the cells of a finer one, which are never taken out; the first ones.
pub fn wrong_cells(
    tx: &mut Tx<'_>,
    grain: SignedDuration,
    finer: SignedDuration,
    most: i64,
) -> Result<Vec<Wrong>, StoreError> {
    let grain = micros(grain);
    let rows = tx.query(
        "SELECT cell, key_id, CAST(SUM(calls) AS BIGINT) FROM (
             SELECT start AS cell, key_id, project_id, resource, verdict, calls FROM api_key_log_sums WHERE grain = $1
             UNION ALL
             SELECT start / $2 * $3, key_id, project_id, resource, verdict, - calls FROM api_key_log_sums WHERE grain = $4
         ) AS both_sides
         GROUP BY cell, key_id, project_id, resource, verdict HAVING SUM(calls) <> 0 ORDER BY cell, key_id LIMIT $5",
        &[grain.into(), grain.into(), grain.into(), micros(finer).into(), most.into()],
    )?;
    read_wrong(rows)
}

fn read_wrong(rows: Vec<Row>) -> Result<Vec<Wrong>, StoreError> {
    let read = |mut row: Row| Ok(Wrong { start: row.take()?, key_id: row.take()?, off: row.take()? });
    rows.into_iter().map(read).collect()
}
