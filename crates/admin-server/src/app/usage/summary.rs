//! Sums of usage by time and by what it was for.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::GRAINS;
use crate::app::authorization::{Permission, Reach};
use crate::app::buckets::{Bucket, buckets, cover, stretch, zone};
use crate::app::operation::{Call, Query};
use crate::app::validate;
use crate::error::Error;
use crate::ids::{ApiKeyId, ProjectId, TenantId, WorkspaceId};
use crate::model::{Amounts, Spender, TimeUnit, UsageDimension};
use crate::store::usage::{self, Filter, Sum};
use crate::store::{Stretch, Tx, projects, workspaces};

/// Further than an event may be ahead of our clock.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How many groups are told apart, when nobody says.
const TOP: i32 = 10;
/// How many groups are told apart, at most.
const MOST_TOP: i32 = 100;

/// Sums usage.
#[derive(Debug, Default)]
pub struct SummarizeUsage {
    /// Whose; `None` = the caller's tenant.
    pub tenant_id: Option<String>,
    /// Only in this workspace; `None` = wherever the caller may read.
    pub workspace_id: Option<WorkspaceId>,
    /// Only of this key.
    pub key_id: Option<ApiKeyId>,
    /// Only for this project.
    pub project_id: Option<ProjectId>,
    /// Only of these resources; empty = of all.
    pub resources: Vec<String>,
    /// Only of these models; empty = of all.
    pub models: Vec<String>,
    /// From when; `None` = the last buckets up to `to`.
    pub from: Option<Timestamp>,
    /// Until when, and no longer; `None` = the end of the bucket under way.
    pub to: Option<Timestamp>,
    /// The length of the buckets; `None` = days.
    pub group_by: Option<TimeUnit>,
    /// By the clock of which IANA zone; `None` = UTC.
    pub time_zone: Option<String>,
    /// What is told apart.
    pub by: Vec<UsageDimension>,
    /// How many groups.
    pub top: Option<i32>,
}

/// Sums of usage.
#[derive(Debug)]
pub struct UsageSummary {
    /// From when.
    pub from: Timestamp,
    /// Until when, and no longer.
    pub to: Timestamp,
    /// The length of the buckets.
    pub group_by: TimeUnit,
    /// By whose clock.
    pub time_zone: String,
    /// All of it.
    pub total: Amounts,
    /// In order; what had no usage is there too.
    pub buckets: Vec<UsageBucket>,
    /// What is told apart, dearest first.
    pub groups: Vec<UsageGroup>,
    /// What is not among the groups; `None` = nothing is told apart.
    pub other: Option<Amounts>,
}

/// The usage of a stretch of time.
#[derive(Debug)]
pub struct UsageBucket {
    /// Which.
    pub bucket: Bucket,
    /// All of it.
    pub amounts: Amounts,
    /// Those of the groups that have usage in it.
    pub groups: Vec<UsageGroup>,
}

/// The usage of what was told apart. What is not asked for is `None`, and so is what the events do not name.
#[derive(Debug, Clone)]
pub struct UsageGroup {
    /// Of which key.
    pub key_id: Option<String>,
    /// For which project.
    pub project_id: Option<String>,
    /// Of which resource.
    pub resource: Option<String>,
    /// Of which model.
    pub model: Option<String>,
    /// How much.
    pub amounts: Amounts,
}

impl UsageGroup {
    fn new(by: &[UsageDimension], values: &[String], amounts: Amounts) -> Self {
        let value = |dimension| {
            let place = by.iter().position(|by| *by == dimension)?;
            values.get(place).filter(|value| !value.is_empty()).cloned()
        };
        Self {
            key_id: value(UsageDimension::Key),
            project_id: value(UsageDimension::Project),
            resource: value(UsageDimension::Resource),
            model: value(UsageDimension::Model),
            amounts,
        }
    }
}

impl Query for SummarizeUsage {
    const FIELD: &'static str = "usageSummary";
    type Output = UsageSummary;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<UsageSummary, Error> {
        let tenant_id = call.caller.own_tenant(self.tenant_id.as_deref())?;
        let workspaces = self.workspaces(tx, call)?;
        let top = self.bounds()?;
        let zone = zone(self.time_zone.as_deref())?;
        let group_by = self.group_by.unwrap_or(TimeUnit::Day);
        let Bucket { start: from, end: to } = stretch(self.from, self.to, call.now, group_by, &zone)?;
        let buckets = buckets(from, to, group_by, &zone)?;
        let filter = Filter {
            tenant_id,
            workspaces: workspaces.as_deref(),
            key_id: self.key_id.as_ref(),
            project_id: self.project_id.as_ref(),
            resources: &self.resources,
            models: &self.models,
        };
        let mut summary = UsageSummary {
            from,
            to,
            group_by,
            time_zone: name(&zone),
            total: Amounts::default(),
            buckets: sum_buckets(tx, &filter, &buckets)?,
            groups: Vec::new(),
            other: None,
        };
        for bucket in &summary.buckets {
            summary.total += bucket.amounts;
        }
        if !self.by.is_empty() {
            self.tell_apart(tx, &filter, &buckets, top, &mut summary)?;
        }
        Ok(summary)
    }
}

/// What a zone is called.
pub(in crate::app) fn name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// The cells and events that make up buckets.
fn stretches(buckets: impl IntoIterator<Item = (usize, Bucket)>) -> Vec<Stretch> {
    let parts = |(number, bucket)| {
        let bucket_number = i64::try_from(number).unwrap_or(i64::MAX);
        cover(bucket, &GRAINS).into_iter().map(move |part| Stretch {
            bucket: bucket_number,
            grain: part.grain,
            start: part.start,
            end: part.end,
        })
    };
    buckets.into_iter().flat_map(parts).collect()
}

/// The sum of what was spent from an instant to the end of the period, or of all time: micro-USD.
pub(in crate::app) fn spent(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    spender: &Spender,
    since: Timestamp,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<i64, Error> {
    let (key_id, workspace) = match spender {
        Spender::Key(id) => (Some(id), None),
        Spender::Workspace(id) => (None, Some(std::slice::from_ref(id))),
    };
    let filter = Filter { tenant_id, workspaces: workspace, key_id, project_id: None, resources: &[], models: &[] };
    // Events may be ahead of our clock.
    let end = until.or_else(|| now.checked_add(AHEAD).ok()).unwrap_or(Timestamp::MAX);
    let summed = sum_buckets(tx, &filter, &[Bucket { start: since, end }])?;
    Ok(summed.iter().map(|bucket| bucket.amounts.micro_usd).sum())
}

/// The usage in each of these buckets.
pub(in crate::app) fn sum_buckets(
    tx: &mut Tx<'_>,
    filter: &Filter<'_>,
    buckets: &[Bucket],
) -> Result<Vec<UsageBucket>, Error> {
    let stretches = stretches(buckets.iter().copied().enumerate());
    let empty = |bucket: &Bucket| UsageBucket { bucket: *bucket, amounts: Amounts::default(), groups: Vec::new() };
    let mut summed: Vec<UsageBucket> = buckets.iter().map(empty).collect();
    for sum in usage::sums(tx, filter, &stretches, &[], None)? {
        if let Some(bucket) = usize::try_from(sum.bucket).ok().and_then(|number| summed.get_mut(number)) {
            bucket.amounts += sum.amounts;
        }
    }
    Ok(summed)
}

impl SummarizeUsage {
    /// Checks what the store does not; returns how many groups are told apart.
    fn bounds(&self) -> Result<usize, Error> {
        validate::count("resources", self.resources.len(), 0, 50)?;
        validate::count("models", self.models.len(), 0, 50)?;
        let repeated =
            self.by.iter().enumerate().find(|(place, by)| self.by.iter().take(*place).any(|other| other == *by));
        if let Some((_, by)) = repeated {
            return Err(Error::bad_input("by", format!("`by` has {} twice", by.as_str())));
        }
        let top = self.top.unwrap_or(TOP);
        if !(1..=MOST_TOP).contains(&top) {
            return Err(Error::bad_input("top", format!("`top` is {top}; it must be 1 to {MOST_TOP}")));
        }
        if top != TOP && self.by.is_empty() {
            let message = "`top` is given without `by`, which says what is told apart";
            return Err(Error::bad_input("top", message));
        }
        Ok(usize::try_from(top).unwrap_or_default())
    }

    /// The workspaces that are asked about, as far as the caller reads usage there; `None` = all of the tenant. What was deleted had usage.
    fn workspaces(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Option<Vec<WorkspaceId>>, Error> {
        let caller = call.caller;
        let reads = |id: &WorkspaceId| caller.reach_in(Permission::ReadUsage, id) != Reach::Nothing;
        if let Some(id) = &self.key_id {
            let mut found = usage::keys(tx, [id])?;
            let place = found.remove(id).filter(|(tenant, workspace)| tenant == caller.tenant_id() && reads(workspace));
            place.ok_or_else(|| Error::not_found("API key"))?;
        }
        if let Some(id) = &self.project_id {
            let found = projects::get(tx, id)?;
            let found = found.filter(|found| found.tenant_id == *caller.tenant_id() && reads(&found.workspace_id));
            found.ok_or_else(|| Error::not_found("project"))?;
        }
        let Some(id) = &self.workspace_id else { return Ok(caller.workspaces_with(Permission::ReadUsage)) };
        let found = workspaces::get(tx, id)?;
        let found = found.filter(|found| found.tenant_id == *caller.tenant_id() && reads(&found.id));
        found.map(|found| Some(vec![found.id])).ok_or_else(|| Error::not_found("workspace"))
    }

    /// Finds the dearest groups, and where in time they are.
    fn tell_apart(
        &self,
        tx: &mut Tx<'_>,
        filter: &Filter<'_>,
        buckets: &[Bucket],
        top: usize,
        summary: &mut UsageSummary,
    ) -> Result<(), Error> {
        let whole = stretches([(0, Bucket { start: summary.from, end: summary.to })]);
        let dearest = usage::dearest(tx, filter, &whole, &self.by, top)?;
        let mut other = summary.total;
        for sum in &dearest {
            other -= sum.amounts;
        }
        summary.other = Some(other);
        summary.groups = dearest.iter().map(|sum| UsageGroup::new(&self.by, &sum.values, sum.amounts)).collect();
        if dearest.is_empty() {
            return Ok(());
        }
        let shown: Vec<Vec<String>> = dearest.into_iter().map(|sum| sum.values).collect();
        let places: BTreeMap<&Vec<String>, usize> = shown.iter().zip(0..).collect();
        let mut cells: BTreeMap<(i64, usize), Amounts> = BTreeMap::new();
        let stretches = stretches(buckets.iter().copied().enumerate());
        for Sum { bucket, values, amounts } in usage::sums(tx, filter, &stretches, &self.by, Some(&shown))? {
            if let Some(place) = places.get(&values) {
                *cells.entry((bucket, *place)).or_default() += amounts;
            }
        }
        for ((bucket, place), amounts) in cells {
            let bucket = usize::try_from(bucket).ok().and_then(|number| summary.buckets.get_mut(number));
            if let (Some(bucket), Some(values)) = (bucket, shown.get(place)) {
                bucket.groups.push(UsageGroup::new(&self.by, values, amounts));
            }
        }
        Ok(())
    }
}
