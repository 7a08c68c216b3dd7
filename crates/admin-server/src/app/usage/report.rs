//! Taking reports: each event counts once, and a report counts as a whole or not at all.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::GRAINS;
use crate::app::authorization::PatScope;
use crate::app::buckets::cell;
use crate::app::gateway_caller::GatewayCaller;
use crate::app::{ControlPlane, Ports, budgets, ledger, validate};
use crate::error::{Code, Error};
use crate::ids::{ApiKeyId, ProjectId, RequestId, TenantId, WorkspaceId};
use crate::model::{Amounts, UsageEvent};
use crate::store::usage::{self, Batch, Cell, Tenure};
use crate::store::{StoreError, Subject, Tx};

/// How many events one report has at most.
pub const MOST: usize = 1000;
/// How far ahead of ours a gateway's clock may be.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// How old an event may be when it is first reported.
const OLDEST: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Requests of one event, at most.
const MOST_REQUESTS: i64 = 1_000_000;
/// Tokens of one event, in each direction, at most.
const MOST_TOKENS: i64 = 1_000_000_000;
/// 10,000 USD: what one event costs at most.
const MOST_MICRO_USD: i64 = 10_000_000_000;

/// An event as a gateway reports it.
#[derive(Debug, Clone, Default)]
pub struct Reported {
    /// What the gateway calls it.
    pub id: String,
    /// When it happened, to the millisecond.
    pub at: Timestamp,
    /// The id of the key that was used.
    pub key: String,
    /// The id of a project.
    pub project: Option<String>,
    /// What was called.
    pub resource: Option<String>,
    /// Which model answered.
    pub model: Option<String>,
    /// Slug or id of the tenant's own connection.
    pub connection: Option<String>,
    /// Calls.
    pub requests: i64,
    /// Tokens that went in.
    pub input_tokens: i64,
    /// Tokens that came out.
    pub output_tokens: i64,
    /// What it cost.
    pub micro_usd: i64,
}

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its place in the report, from 0.
    pub index: usize,
    /// What the gateway calls it, if it could be read.
    pub id: Option<String>,
    /// What kind of wrong.
    pub code: Code,
    /// The field.
    pub field: Option<&'static str>,
    /// What is wrong, in words.
    pub message: String,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Events that count from now on.
    pub accepted: usize,
    /// Events that counted before, by the same token, or twice in the same report.
    pub duplicates: usize,
}

/// Whether a report counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is durable.
    Kept(Receipt),
    /// Nothing of it was kept, because of these events.
    Refused(Vec<Fault>),
}

impl ControlPlane {
    /// Takes a report. What could not be read of it is refused together with what is wrong with the rest.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` and `UNAUTHORIZED` for the token, and those of the store.
    pub async fn report_usage(
        &self,
        caller: Arc<GatewayCaller>,
        request: RequestId,
        events: Vec<Result<Reported, Fault>>,
    ) -> Result<Outcome, Error> {
        let ports = self.ports.clone();
        self.store.write(move |tx| report(tx, &ports, &caller, &request, &events)).await
    }
}

fn report(
    tx: &mut Tx<'_>,
    ports: &Ports,
    caller: &GatewayCaller,
    request: &RequestId,
    events: &[Result<Reported, Fault>],
) -> Result<Outcome, Error> {
    let now = ports.clock.now();
    tx.changes([]);
    let caller = caller.again(tx, now)?;
    caller.require_scope("usage/events", PatScope::UsageWrite)?;
    let (events, mut faults) = resolve(tx, &caller, events)?;
    let mut seen = known(tx, &caller, &events)?;
    let (mut receipt, mut fresh) = (Receipt::default(), Vec::new());
    for (index, event) in events {
        match seen.entry((event.tenant_id.clone(), event.id.clone())) {
            Entry::Occupied(kept) if *kept.get() == event => receipt.duplicates += 1,
            Entry::Occupied(_) => faults.push(Fault {
                index,
                id: Some(event.id),
                code: Code::IdempotencyMismatch,
                field: Some("id"),
                message: "`id` was used by this token for another event".to_owned(),
            }),
            // Whoever sends again what was kept is told so, however late.
            Entry::Vacant(place) => match in_time(event.at, now) {
                Ok(()) => fresh.push(place.insert(event).clone()),
                Err(error) => faults.push(fault(index, &event.id, &error)),
            },
        }
    }
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.index);
        return Ok(Outcome::Refused(faults));
    }
    receipt.accepted = fresh.len();
    let batch = Batch { token_id: caller.token_id(), id: request.as_str(), received_at: now };
    let spent =
        |event: &UsageEvent| [Subject::SpentByKey(event.key_id.clone()), Subject::SpentIn(event.workspace_id.clone())];
    tx.changes(fresh.iter().flat_map(spent));
    usage::insert(tx, &fresh, &batch)?;
    usage::add(tx, &sums(&fresh)?)?;
    budgets::add(tx, ports, &fresh, now)?;
    let mut debits: BTreeMap<&TenantId, i64> = BTreeMap::new();
    for event in &fresh {
        *debits.entry(&event.tenant_id).or_default() += event.amounts.debited().micros();
    }
    for (tenant_id, micro_usd) in debits {
        ledger::debit_usage(tx, ports, tenant_id, micro_usd, request.as_str(), now)?;
    }
    Ok(Outcome::Kept(receipt))
}

/// What the events of a report are in, by cells.
fn sums(events: &[UsageEvent]) -> Result<BTreeMap<Cell, Amounts>, Error> {
    let mut sums: BTreeMap<Cell, Amounts> = BTreeMap::new();
    for event in events {
        for grain in GRAINS {
            let at = cell(event.at, grain).ok_or_else(|| Error::internal("an event out of time"))?;
            let cell = Cell {
                tenant_id: event.tenant_id.clone(),
                grain,
                start: at.start,
                workspace_id: event.workspace_id.clone(),
                key_id: event.key_id.clone(),
                project_id: event.project_id.clone(),
                resource: event.resource.clone(),
                model: event.model.clone(),
                own: event.connection_id.is_some(),
            };
            *sums.entry(cell).or_default() += event.amounts;
        }
    }
    Ok(sums)
}

/// The events of the report that this token has reported before.
fn known(
    tx: &mut Tx<'_>,
    caller: &GatewayCaller,
    events: &[(usize, UsageEvent)],
) -> Result<BTreeMap<(TenantId, String), UsageEvent>, StoreError> {
    let mut ids: BTreeMap<&TenantId, BTreeSet<&str>> = BTreeMap::new();
    for (_, event) in events {
        ids.entry(&event.tenant_id).or_default().insert(&event.id);
    }
    let mut known = BTreeMap::new();
    for (tenant_id, ids) in ids {
        for event in usage::known(tx, caller.token_id(), tenant_id, ids)? {
            known.insert((tenant_id.clone(), event.id.clone()), event);
        }
    }
    Ok(known)
}

/// Events that are about what there is, each with its place; and what is wrong with the others.
type Resolved = (Vec<(usize, UsageEvent)>, Vec<Fault>);

fn resolve(
    tx: &mut Tx<'_>,
    caller: &GatewayCaller,
    events: &[Result<Reported, Fault>],
) -> Result<Resolved, StoreError> {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for (index, event) in events.iter().enumerate() {
        match event.as_ref().map(Named::new) {
            Ok(Ok(named)) => read.push((index, named)),
            Ok(Err((id, error))) => faults.push(fault(index, &id, &error)),
            Err(fault) => faults.push(fault.clone()),
        }
    }
    let keys: BTreeSet<&ApiKeyId> = read.iter().map(|(_, named)| &named.key_id).collect();
    let projects: BTreeSet<&ProjectId> = read.iter().filter_map(|(_, named)| named.project_id.as_ref()).collect();
    let mut places =
        Places { keys: usage::keys(tx, keys)?, projects: usage::projects(tx, projects)?, connections: BTreeMap::new() };
    for (_, named) in &read {
        if let (Some(name), Some((_, workspace_id))) = (&named.reported.connection, places.keys.get(&named.key_id))
            && let Entry::Vacant(place) = places.connections.entry((workspace_id.clone(), name.clone()))
        {
            place.insert(usage::connections(tx, workspace_id, name)?);
        }
    }
    let mut resolved = Vec::new();
    for (index, named) in read {
        let id = named.reported.id.as_str();
        match places.resolve(caller, named.clone()) {
            Ok(event) => resolved.push((index, event)),
            Err(error) => faults.push(fault(index, id, &error)),
        }
    }
    Ok((resolved, faults))
}

fn fault(index: usize, id: &str, error: &Error) -> Fault {
    let (code, field) = (error.code(), error.field());
    Fault { index, id: Some(id.to_owned()), code, field, message: error.message().to_owned() }
}

/// An event within its bounds.
#[derive(Clone)]
struct Named<'a> {
    reported: &'a Reported,
    key_id: ApiKeyId,
    project_id: Option<ProjectId>,
}

impl<'a> Named<'a> {
    /// An error comes with the id to call the event by.
    fn new(reported: &'a Reported) -> Result<Self, (String, Error)> {
        let shown = || reported.id.chars().take(100).collect();
        Self::checked(reported).map_err(|error| (shown(), error))
    }

    fn checked(reported: &'a Reported) -> Result<Self, Error> {
        let id = &reported.id;
        if id.is_empty() || id.len() > 100 || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "`id` must be 1 to 100 visible ASCII characters, without spaces";
            return Err(Error::bad_input("id", message));
        }
        validate::label("resource", reported.resource.as_deref(), 100)?;
        validate::label("model", reported.model.as_deref(), 200)?;
        validate::label("connection", reported.connection.as_deref(), 64)?;
        amount("requests", reported.requests, MOST_REQUESTS)?;
        amount("inputTokens", reported.input_tokens, MOST_TOKENS)?;
        amount("outputTokens", reported.output_tokens, MOST_TOKENS)?;
        amount("costMicroUsd", reported.micro_usd, MOST_MICRO_USD)?;
        let project_id = reported.project.as_deref().map(|id| ProjectId::input("project", id)).transpose()?;
        Ok(Self { reported, key_id: ApiKeyId::input("key", &reported.key)?, project_id })
    }
}

fn amount(field: &'static str, found: i64, most: i64) -> Result<(), Error> {
    if (0..=most).contains(&found) {
        return Ok(());
    }
    Err(Error::bad_input(field, format!("`{field}` is {found}; it must be 0 to {most}")))
}

fn in_time(at: Timestamp, now: Timestamp) -> Result<(), Error> {
    let wrong =
        |what: &str| Err(Error::bad_input("at", format!("`at` is {at:.3}, which is {what}; it is {now:.3} now")));
    match now.duration_since(at) {
        age if age < -SKEW => wrong("more than 5 minutes ahead"),
        age if age > OLDEST => wrong("more than 31 days past"),
        _ => Ok(()),
    }
}

/// Where the things are that the events of a report name.
struct Places {
    keys: BTreeMap<ApiKeyId, (TenantId, WorkspaceId)>,
    projects: BTreeMap<ProjectId, WorkspaceId>,
    /// By slug or id, oldest first.
    connections: BTreeMap<(WorkspaceId, String), Vec<Tenure>>,
}

impl Places {
    fn resolve(&self, caller: &GatewayCaller, named: Named<'_>) -> Result<UsageEvent, Error> {
        let Named { reported, key_id, project_id } = named;
        // What was used counts, even if the key or its workspace was deleted since.
        let place = self
            .keys
            .get(&key_id)
            .filter(|(tenant, workspace)| caller.reaches(PatScope::UsageWrite, tenant, workspace));
        let Some((tenant_id, workspace_id)) = place.cloned() else {
            return Err(not_found("key", "API key"));
        };
        if project_id.as_ref().is_some_and(|id| self.projects.get(id) != Some(&workspace_id)) {
            return Err(not_found("project", "project in the workspace of the key"));
        }
        let connection_id = match &reported.connection {
            None => None,
            Some(name) => {
                let found = self.connections.get(&(workspace_id.clone(), name.clone())).map_or(&[][..], Vec::as_slice);
                Some(
                    then(found, reported.at).ok_or_else(|| {
                        not_found("connection", "connection in the workspace of the key at that time")
                    })?,
                )
            }
        };
        let own_micro_usd = if connection_id.is_some() { reported.micro_usd } else { 0 };
        Ok(UsageEvent {
            tenant_id,
            id: reported.id.clone(),
            at: reported.at,
            workspace_id,
            key_id,
            project_id,
            resource: reported.resource.clone(),
            model: reported.model.clone(),
            connection_id,
            amounts: Amounts {
                requests: reported.requests,
                input_tokens: reported.input_tokens,
                output_tokens: reported.output_tokens,
                micro_usd: reported.micro_usd,
                own_micro_usd,
            },
        })
    }
}

/// The connection that had the name at the time, as far as clocks agree. A slug may belong to another one by now, which must not make a
/// late event another event; and what went over none is debited.
fn then(found: &[Tenure], at: Timestamp) -> Option<String> {
    let near = |tenure: &&Tenure| {
        tenure.since.duration_since(at) <= SKEW && tenure.until.is_none_or(|until| at.duration_since(until) <= SKEW)
    };
    let mut those = found.iter().rev().filter(near);
    those.clone().find(|tenure| tenure.since <= at).or_else(|| those.next()).map(|tenure| tenure.id.clone())
}

/// Another tenant's is not told from what does not exist.
fn not_found(field: &'static str, what: &str) -> Error {
    let message = format!("`{field}`: there is no such {what}, or none that this token reports for");
    Error::new(Code::NotFound, message).with_field(field)
}
