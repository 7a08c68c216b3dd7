//! How much a key is used: calls by time, from the sums of the log and what is in none of them yet, and what gateways report that they cost.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{GRAINS, MINUTE, QUARTER};
use crate::app::authorization::Reach;
use crate::app::buckets::{self, Bucket, buckets, cell, cover};
use crate::app::operation::{Call, Query};
use crate::app::{usage, validate};
use crate::error::Error;
use crate::ids::{ApiKeyId, ProjectId};
use crate::model::{ApiKey, Calls, KeyUsageDimension, TimeUnit};
use crate::money::Money;
use crate::store::key_logs::{self, Column, Counted, Sum};
use crate::store::usage::Filter;
use crate::store::{Stretch, Tx, api_keys, projects};

/// How many groups are told apart.
const TOP: usize = 100;

/// Sums the use of a key.
#[derive(Debug)]
pub struct SumKeyUsage {
    /// The key, deleted or not.
    pub id: ApiKeyId,
    /// Only for this project.
    pub project_id: Option<ProjectId>,
    /// Only of these resources; empty = of all.
    pub resources: Vec<String>,
    /// From when; `None` = the last buckets up to `to`.
    pub from: Option<Timestamp>,
    /// Until when, and no longer; `None` = the end of the bucket under way.
    pub to: Option<Timestamp>,
    /// The length of the buckets; `None` = days.
    pub group_by: Option<TimeUnit>,
    /// By the clock of which IANA zone; `None` = UTC.
    pub time_zone: Option<String>,
    /// What is told apart.
    pub by: Option<KeyUsageDimension>,
}

/// The use of a key.
#[derive(Debug)]
pub struct KeyUsage {
    /// The key.
    pub key_id: ApiKeyId,
    /// From when.
    pub from: Timestamp,
    /// Until when, and no longer.
    pub to: Timestamp,
    /// The length of the buckets.
    pub group_by: TimeUnit,
    /// By whose clock.
    pub time_zone: String,
    /// All calls.
    pub total: Calls,
    /// What they cost, as far as it was reported.
    pub cost: Money,
    /// In order; what had no calls is there too.
    pub buckets: Vec<KeyUsageBucket>,
    /// What is told apart, most calls first.
    pub groups: Vec<KeyUsageGroup>,
    /// What is not among the groups; `None` = nothing is told apart.
    pub other: Option<Calls>,
}

/// The use of a stretch of time.
#[derive(Debug)]
pub struct KeyUsageBucket {
    /// Which.
    pub bucket: Bucket,
    /// All calls.
    pub calls: Calls,
    /// What they cost, as far as it was reported.
    pub cost: Money,
}

/// The calls of what was told apart.
#[derive(Debug)]
pub struct KeyUsageGroup {
    /// The code, the project or the resource; `None` = those calls name none.
    pub value: Option<String>,
    /// How many.
    pub calls: Calls,
}

impl Query for SumKeyUsage {
    const FIELD: &'static str = "apiKeysUsage";
    type Output = KeyUsage;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyUsage, Error> {
        self.sum(tx, call)
    }
}

/// The same of one resource.
#[derive(Debug)]
pub struct SumResourceUsage(pub SumKeyUsage);

impl Query for SumResourceUsage {
    const FIELD: &'static str = "apiKeysResourceUsage";
    type Output = KeyUsage;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyUsage, Error> {
        self.0.sum(tx, call)
    }
}

/// The same for one project.
#[derive(Debug)]
pub struct SumProjectUsage(pub SumKeyUsage);

impl Query for SumProjectUsage {
    const FIELD: &'static str = "apiKeysProjectUsage";
    type Output = KeyUsage;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyUsage, Error> {
        self.0.sum(tx, call)
    }
}

impl SumKeyUsage {
    fn sum(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<KeyUsage, Error> {
        let key = self.key(tx, call)?;
        validate::count("resources", self.resources.len(), 0, 50)?;
        let zone = buckets::zone(self.time_zone.as_deref())?;
        let group_by = self.group_by.unwrap_or(TimeUnit::Day);
        let asked = buckets::stretch(self.from, self.to, call.now, group_by, &zone)?;
        // What is empty or too long is told as it was asked.
        buckets(asked.start, asked.end, group_by, &zone)?;
        let state = key_logs::state(tx)?;
        let whole = widened(asked, group_by);
        if group_by == TimeUnit::Minute && whole.start < state.kept_from {
            let message =
                format!("`from` is {:.3}; single minutes are known from {:.3} on", whole.start, state.kept_from);
            return Err(Error::bad_input("from", message).with_hint("group by HOUR or DAY, which are kept for good"));
        }
        let buckets = buckets(whole.start, whole.end, group_by, &zone)?;
        let counted = Counted { key_id: &self.id, project_id: self.project_id.as_ref(), resources: &self.resources };
        let mut found = by_time(tx, &counted, &buckets, state.summed)?;
        for (bucket, spent) in found.iter_mut().zip(usage::sum_buckets(tx, &self.reported(&key), &buckets)?) {
            bucket.cost = spent.amounts.cost();
        }
        let mut sum = KeyUsage {
            key_id: key.id.clone(),
            from: whole.start,
            to: whole.end,
            group_by,
            time_zone: usage::name(&zone),
            total: Calls::default(),
            cost: Money::ZERO,
            buckets: found,
            groups: Vec::new(),
            other: None,
        };
        for bucket in &sum.buckets {
            sum.total += bucket.calls;
            sum.cost = sum.cost.plus(bucket.cost)?;
        }
        if let Some(by) = self.by {
            sum.groups = told_apart(tx, &counted, whole, state.summed, by)?;
            let mut other = sum.total;
            for group in &sum.groups {
                other -= group.calls;
            }
            sum.other = Some(other);
        }
        Ok(sum)
    }

    /// The key, if the caller reads usage where it is. What was deleted had usage.
    fn key(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<ApiKey, Error> {
        let reads = |key: &ApiKey| {
            key.tenant_id == *call.caller.tenant_id()
                && call.caller.reach_in(call.rule.permission, &key.workspace_id) != Reach::Nothing
        };
        let key = api_keys::get(tx, &self.id, call.now)?.filter(reads).ok_or_else(|| Error::not_found("API key"))?;
        if let Some(id) = &self.project_id {
            let found = projects::get(tx, id)?.filter(|project| project.workspace_id == key.workspace_id);
            found.ok_or_else(|| Error::not_found("project"))?;
        }
        Ok(key)
    }

    /// What gateways reported of the same calls.
    fn reported<'a>(&'a self, key: &'a ApiKey) -> Filter<'a> {
        Filter {
            tenant_id: &key.tenant_id,
            workspaces: None,
            key_id: Some(&key.id),
            project_id: self.project_id.as_ref(),
            resources: &self.resources,
            models: &[],
        }
    }
}

/// The same with borders that the sums have: whole minutes where single minutes are asked for, else whole quarters of an hour.
fn widened(Bucket { start, end }: Bucket, group_by: TimeUnit) -> Bucket {
    let grain = if group_by == TimeUnit::Minute { MINUTE } else { QUARTER };
    let start = cell(start, grain).map_or(start, |cell| cell.start);
    let end = cell(end, grain).map_or(end, |cell| if cell.start == end { end } else { cell.end });
    Bucket { start, end }
}

/// The cells that make up buckets.
fn stretches(buckets: &[Bucket]) -> Vec<Stretch> {
    let parts = |(bucket, whole): (i64, &Bucket)| {
        let parts = cover(*whole, &GRAINS).into_iter();
        parts.map(move |part| Stretch { bucket, grain: part.grain, start: part.start, end: part.end })
    };
    (0..).zip(buckets).flat_map(parts).collect()
}

fn by_time(
    tx: &mut Tx<'_>,
    counted: &Counted<'_>,
    buckets: &[Bucket],
    summed: i64,
) -> Result<Vec<KeyUsageBucket>, Error> {
    let empty = |bucket: &Bucket| KeyUsageBucket { bucket: *bucket, calls: Calls::default(), cost: Money::ZERO };
    let mut found: Vec<KeyUsageBucket> = buckets.iter().map(empty).collect();
    let mut add = |place: usize, sum: &Sum| {
        if let Some(bucket) = found.get_mut(place) {
            bucket.calls += Calls::of(sum.verdict, sum.calls);
        }
    };
    for sum in key_logs::sums(tx, counted, &stretches(buckets), None)? {
        add(usize::try_from(sum.bucket).unwrap_or(usize::MAX), &sum);
    }
    if let (Some(first), Some(last)) = (buckets.first(), buckets.last()) {
        for (minute, sum) in key_logs::unsummed(tx, counted, summed, (first.start, last.end), None)? {
            add(buckets.partition_point(|bucket| bucket.end <= minute), &sum);
        }
    }
    Ok(found)
}

fn told_apart(
    tx: &mut Tx<'_>,
    counted: &Counted<'_>,
    whole: Bucket,
    summed: i64,
    by: KeyUsageDimension,
) -> Result<Vec<KeyUsageGroup>, Error> {
    let column = match by {
        KeyUsageDimension::Code => None,
        KeyUsageDimension::Project => Some(Column::Project),
        KeyUsageDimension::Resource => Some(Column::Resource),
    };
    let mut sums = key_logs::sums(tx, counted, &stretches(&[whole]), column)?;
    let late = key_logs::unsummed(tx, counted, summed, (whole.start, whole.end), column)?;
    sums.extend(late.into_iter().map(|(_, sum)| sum));
    let mut groups: BTreeMap<String, Calls> = BTreeMap::new();
    for Sum { value, verdict, calls, .. } in sums {
        let value = if column.is_none() { verdict.as_str().to_owned() } else { value };
        *groups.entry(value).or_default() += Calls::of(verdict, calls);
    }
    let mut groups: Vec<(String, Calls)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, calls)| std::cmp::Reverse(calls.all()));
    groups.truncate(TOP);
    let group = |(value, calls): (String, Calls)| KeyUsageGroup { value: Some(value).filter(|v| !v.is_empty()), calls };
    Ok(groups.into_iter().map(group).collect())
}
