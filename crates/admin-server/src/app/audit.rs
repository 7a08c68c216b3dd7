//! The audit trail: one event for every change, in the change's own transaction, chained under a key outside the database.
//!
//! An event's MAC covers the MAC before it, so an event cannot be changed, left out or put in without the key. The head's
//! signature covers the count, so the end cannot be cut off either. Who puts a chain back as a whole, with the head that it had, is
//! found by a later head that somebody kept elsewhere.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::authorization::{Permission, Reach};
use super::caller::Caller;
use super::operation::{Call, Query};
use super::paging::{self, PageInput, page};
use super::workspaces as workspace_rules;
use super::{ControlPlane, Ports, validate};
use crate::crypto::{ServerKey, is_mac, mac};
use crate::error::Error;
use crate::ids::{EventId, PatId, RequestId, ServiceTokenId, UserId, WorkspaceId};
use crate::model::Page;
use crate::store::audit::{Filter, Head, StoredEvent, Within};
use crate::store::{Range, StoreError, Tx, audit};

/// How many events are checked in one transaction.
pub(super) const STEP: i64 = 1000;
/// How many events one call checks, at most.
const AT_ONCE: i64 = 50_000;
/// How long one call goes on checking, so that its answer leaves within the request's 10 s.
const LONGEST: Duration = Duration::from_secs(5);

/// Who did it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Actor {
    /// A person, through a token.
    #[serde(rename_all = "camelCase")]
    User {
        /// Who.
        user_id: UserId,
        /// Their address at the time.
        email: String,
        /// The token; `None` = they proved who they are in another way.
        #[serde(skip_serializing_if = "Option::is_none")]
        pat_id: Option<PatId>,
        /// What the program called itself.
        client: Option<String>,
    },
    /// A gateway that serves every tenant.
    #[serde(rename_all = "camelCase")]
    Service {
        /// The token.
        token_id: ServiceTokenId,
        /// What the operator calls it.
        name: String,
        /// What the program called itself.
        client: Option<String>,
    },
    /// Whoever runs the server.
    Operator,
    /// The control plane itself, because of what a payment provider told.
    System,
    /// Someone of whom nothing is known.
    #[serde(rename_all = "camelCase")]
    Anyone {
        /// What the program called itself.
        client: Option<String>,
    },
}

/// The chain of what belongs to no tenant.
pub const OPERATORS_CHAIN: &str = "operator";

/// Whose events to list.
#[derive(Debug, Clone)]
pub enum By {
    /// A person's.
    User(UserId),
    /// Those of a personal access token.
    Pat(PatId),
    /// Those of a gateway that serves every tenant.
    Service(ServiceTokenId),
    /// Those of whoever runs the server.
    Operator,
    /// Those of the control plane itself.
    System,
}

impl By {
    /// Takes an id, or the word `operator` or `system`.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming `field`.
    pub fn input(field: &'static str, text: &str) -> Result<Self, Error> {
        match text {
            "operator" => Ok(Self::Operator),
            "system" => Ok(Self::System),
            id if id.starts_with(UserId::PREFIX) => UserId::input(field, id).map(Self::User),
            id if id.starts_with(PatId::PREFIX) => PatId::input(field, id).map(Self::Pat),
            id if id.starts_with(ServiceTokenId::PREFIX) => ServiceTokenId::input(field, id).map(Self::Service),
            _ => Err(Error::bad_input(field, format!("`{field}` names nobody who could have done something"))
                .with_hint("give the id of a user, a personal access token or a service token (`usr_…`, `pat_…`, `svc_…`), `operator` or `system`")),
        }
    }

    /// What the JSON of this actor matches, and no other: a quote inside of a text has a backslash before it. The JSON is what the MAC
    /// covers, so nobody hides an event by changing a copy of the id beside it.
    fn pattern(&self) -> String {
        match self {
            Self::User(id) => format!(r#"{{"kind":"user","userId":"{id}",%"#),
            Self::Pat(id) => format!(r#"{{"kind":"user",%,"patId":"{id}",%"#),
            Self::Service(id) => format!(r#"{{"kind":"service","tokenId":"{id}",%"#),
            Self::Operator => r#"{"kind":"operator"}"#.to_owned(),
            Self::System => r#"{"kind":"system"}"#.to_owned(),
        }
    }
}

/// What was done to what.
#[derive(Debug, Clone)]
pub struct Event {
    /// The root field, or what the operator did.
    pub action: &'static str,
    /// The id of what it was done to.
    pub object_id: String,
    /// Where; `None` = in the tenant as a whole. Whoever runs the workspace sees it.
    pub workspace_id: Option<WorkspaceId>,
    /// The object before, as JSON.
    pub before: Option<serde_json::Value>,
    /// The object after, as JSON.
    pub after: Option<serde_json::Value>,
    /// Why, in words.
    pub reason: Option<String>,
}

impl Event {
    /// A change of an object from one state to another, in a workspace or in the tenant as a whole.
    ///
    /// # Errors
    /// `INTERNAL` when a state is not JSON.
    pub fn change<T: Serialize>(
        object_id: &impl ToString,
        workspace_id: Option<&WorkspaceId>,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<Self, Error> {
        let json = |state: Option<&T>| state.map(serde_json::to_value).transpose().map_err(Error::internal);
        Ok(Self {
            action: "",
            object_id: object_id.to_string(),
            workspace_id: workspace_id.cloned(),
            before: json(before)?,
            after: json(after)?,
            reason: None,
        })
    }
}

/// Appends an event to a chain.
///
/// # Errors
/// Those of the store. Whoever calls this must then undo the change: nothing happens that is not on record.
pub fn append(
    tx: &mut Tx<'_>,
    ports: &Ports,
    chain: &str,
    actor: &Actor,
    event: &Event,
    request_id: &RequestId,
    at: Timestamp,
) -> Result<(), Error> {
    let before = audit::head(tx, chain)?;
    let key = &ports.keys.audit;
    let (count, last_mac) = match &before {
        None => (0, String::new()),
        Some(head) if head.signature == sign(key, HEAD, chain, head.count, &head.mac) => (head.count, head.mac.clone()),
        Some(_) => return Err(Error::internal(format!("the head of the audit chain {chain} is not ours"))),
    };
    let text = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string);
    let mut stored = StoredEvent {
        id: EventId::new(at, &*ports.random),
        chain: chain.to_owned(),
        number: count + 1,
        at,
        actor: serde_json::to_string(actor).map_err(Error::internal)?,
        action: event.action.to_owned(),
        object_id: event.object_id.clone(),
        before: text(&event.before),
        after: text(&event.after),
        reason: event.reason.clone(),
        request_id: request_id.to_string(),
        workspace_id: event.workspace_id.clone(),
        mac: String::new(),
    };
    stored.mac = event_mac(key, &last_mac, &stored);
    let head = Head {
        count: stored.number,
        signature: sign(key, HEAD, chain, stored.number, &stored.mac),
        mac: stored.mac.clone(),
    };
    Ok(audit::append(tx, &stored, &head)?)
}

fn event_mac(key: &ServerKey, mac_before: &str, event: &StoredEvent) -> String {
    let (number, at) = (event.number.to_string(), event.at.as_microsecond().to_string());
    // A flag before what may be absent, so that "no reason" and "an empty reason" differ.
    let optional = |text: &Option<String>| match text {
        Some(text) => format!("+{text}"),
        None => String::new(),
    };
    let (before, after, reason) = (optional(&event.before), optional(&event.after), optional(&event.reason));
    let mut parts = vec![
        "event",
        mac_before,
        event.id.as_str(),
        event.chain.as_str(),
        &number,
        &at,
        &event.actor,
        &event.action,
        &event.object_id,
        &before,
        &after,
        &reason,
        &event.request_id,
    ];
    // Where there is one, it is one part more; so an event from before there was a column for it has the MAC that it had, and
    // an event cannot be moved into a workspace, out of it or into another.
    parts.extend(event.workspace_id.as_ref().map(WorkspaceId::as_str));
    mac(key, &parts.into_iter().map(str::as_bytes).collect::<Vec<_>>())
}

/// What a signature is of: the end of a chain, or how far it was checked. Neither can be given as the other.
const HEAD: &str = "head";
const CURSOR: &str = "cursor";

fn sign(key: &ServerKey, of: &str, chain: &str, count: i64, last_mac: &str) -> String {
    mac(key, &[of, chain, &count.to_string(), last_mac].map(str::as_bytes))
}

/// An event of a chain, as people keep a head or a cursor: its number, its MAC, and a signature of both, with points between.
#[derive(Debug, Clone)]
struct Mark {
    number: i64,
    mac: String,
}

impl Mark {
    /// A mark of ours for this chain; `None` = it is none.
    fn read(key: &ServerKey, of: &str, chain: &str, text: &str) -> Option<Self> {
        let (number, rest) = text.trim().split_once('.')?;
        let (last_mac, signature) = rest.split_once('.')?;
        let signed = [of, chain, number, last_mac].map(str::as_bytes);
        let number = number.parse().ok().filter(|_| is_mac(key, &signed, signature))?;
        Some(Self { number, mac: last_mac.to_owned() })
    }

    fn write(&self, key: &ServerKey, of: &str, chain: &str) -> String {
        let Self { number, mac } = self;
        format!("{number}.{mac}.{}", sign(key, of, chain, *number, mac))
    }
}

impl Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.count, self.mac, self.signature)
    }
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An event that is not what was written, or not where it was written.
    #[error("event {0} was changed, or one before it is missing")]
    Event(i64),
    /// The end of the chain does not fit its head: events were cut off, or the head was changed.
    #[error("the chain ends at event {found}, and its head says otherwise")]
    Head {
        /// The last event there is.
        found: i64,
    },
    /// The chain was longer once: it fits its head, but the head is an older one.
    #[error("the chain ends at event {found}, and the expected head is of event {expected}")]
    Shortened {
        /// The last event there is.
        found: i64,
        /// The last event that there was.
        expected: i64,
    },
    /// The chain was another one once: an older one was put back, and went on differently.
    #[error("event {0} is not the one that the expected head is of")]
    Replaced(i64),
}

impl Broken {
    /// The number of the first event that is not as it was written, or is missing.
    pub const fn at(&self) -> i64 {
        match self {
            Self::Event(number) | Self::Replaced(number) => *number,
            Self::Head { found } | Self::Shortened { found, .. } => *found + 1,
        }
    }
}

/// The head of a whole chain, or where it is broken.
pub type Verdict = Result<Head, Broken>;

/// How far a chain was checked. It only ever grows at its end, so a long one is checked in several transactions.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    count: i64,
    last_mac: String,
}

/// What a step of a walk came to.
#[derive(Debug)]
pub enum Step {
    /// There may be more.
    Further(Walk),
    /// The end was reached, or what is broken.
    Done(Verdict),
}

impl Walk {
    /// Checks the next events, `most` of them at most; after the last one, that the head is theirs.
    ///
    /// # Errors
    /// Those of the store.
    pub fn step(mut self, tx: &mut Tx<'_>, key: &ServerKey, chain: &str, most: i64) -> Result<Step, Error> {
        let step = most.clamp(1, STEP);
        let mut limit = step;
        loop {
            // The first row is the first event, or should not be there.
            let after = (self.count > 0).then_some(self.count);
            let events = match audit::walk(tx, chain, after, limit) {
                // What cannot even be read is not what we wrote. One at a time, the walk comes to which it is.
                Err(StoreError::Corrupt(_)) if limit > 1 => {
                    limit = 1;
                    continue;
                }
                Err(StoreError::Corrupt(_)) => return Ok(Step::Done(Err(Broken::Event(self.count + 1)))),
                events => events?,
            };
            let more = !events.is_empty();
            for event in events {
                if event.number != self.count + 1 || event.mac != event_mac(key, &self.last_mac, &event) {
                    return Ok(Step::Done(Err(Broken::Event(self.count + 1))));
                }
                self.count = event.number;
                self.last_mac = event.mac;
            }
            match more {
                true if limit == step => return Ok(Step::Further(self)),
                true => {}
                false => return self.end(tx, key, chain).map(Step::Done),
            }
        }
    }

    fn end(self, tx: &mut Tx<'_>, key: &ServerKey, chain: &str) -> Result<Verdict, Error> {
        let Self { count, last_mac } = self;
        let head = match audit::head(tx, chain) {
            Err(StoreError::Corrupt(_)) => None,
            head => head?,
        };
        let fits = head.filter(|head| {
            head.count == count && head.mac == last_mac && head.signature == sign(key, HEAD, chain, count, &last_mac)
        });
        Ok(fits.ok_or(Broken::Head { found: count }))
    }
}

/// A head that somebody kept, which the chain must still contain: a chain that was put back with its older head is whole in itself.
#[derive(Debug, Clone)]
pub struct ExpectedHead(Mark);

impl ExpectedHead {
    /// Takes what was shown as a head of this chain; `None` = it is no such head.
    pub fn read(key: &ServerKey, chain: &str, text: &str) -> Option<Self> {
        Mark::read(key, HEAD, chain, text).map(Self)
    }

    /// Whether a chain that is whole contains it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn is_in(&self, tx: &mut Tx<'_>, chain: &str, head: Head) -> Result<Verdict, Error> {
        let Mark { number, mac } = &self.0;
        if head.count < *number {
            return Ok(Err(Broken::Shortened { found: head.count, expected: *number }));
        }
        let events = audit::walk(tx, chain, Some(*number - 1), 1)?;
        let same = events.first().is_some_and(|event| event.number == *number && event.mac == *mac);
        Ok(if same { Ok(head) } else { Err(Broken::Replaced(*number)) })
    }
}

/// Checks a whole chain; returns how many events it has. Each chain begins with its tenant, so one without events is broken.
///
/// # Errors
/// Those of the store; the inner error says where the chain is broken.
pub fn verify(tx: &mut Tx<'_>, key: &ServerKey, chain: &str) -> Result<Result<i64, Broken>, Error> {
    let mut walk = Walk::default();
    loop {
        match walk.step(tx, key, chain, STEP)? {
            Step::Further(further) => walk = further,
            Step::Done(verdict) => return Ok(verdict.map(|head| head.count)),
        }
    }
}

/// Checks the audit chain of the caller's tenant.
#[derive(Debug, Default)]
pub struct VerifyAudit {
    /// A head that was shown before, which the chain must contain.
    pub expected_head: Option<String>,
    /// How far the call before came; `None` = begin with the first event.
    pub cursor: Option<String>,
    /// How many events to check, at most.
    pub limit: Option<i32>,
}

/// What a call of [`VerifyAudit`] came to.
#[derive(Debug)]
pub enum Verified {
    /// The end was reached: the whole chain is as it was written, and this is its head.
    Whole(Head),
    /// It is not.
    Broken(Broken),
    /// So far it is, and there may be more.
    SoFar {
        /// How many events are whole.
        events: i64,
        /// From where the next call goes on.
        cursor: String,
    },
}

/// One step of checking the tenant's chain, in a transaction of its own.
#[derive(Debug)]
struct VerifyStep {
    input: Arc<VerifyAudit>,
    /// How far the steps before came, and how many events are left to this call; `None` = this is its first.
    under_way: Option<(Walk, i64)>,
}

impl VerifyAudit {
    fn limit(&self) -> Result<i64, Error> {
        let limit = self.limit.map_or(AT_ONCE, i64::from);
        if (1..=AT_ONCE).contains(&limit) {
            return Ok(limit);
        }
        Err(Error::bad_input("limit", format!("`limit` is {limit}; it must be 1 to {AT_ONCE}")))
    }

    fn walk(&self, key: &ServerKey, chain: &str) -> Result<Walk, Error> {
        let Some(cursor) = &self.cursor else { return Ok(Walk::default()) };
        let Mark { number, mac } = Mark::read(key, CURSOR, chain, cursor).ok_or_else(paging::not_ours)?;
        Ok(Walk { count: number, last_mac: mac })
    }

    fn expected_head(&self, key: &ServerKey, chain: &str) -> Result<Option<ExpectedHead>, Error> {
        let Some(text) = &self.expected_head else { return Ok(None) };
        ExpectedHead::read(key, chain, text).map(Some).ok_or_else(|| {
            Error::bad_input("expectedHead", "`expectedHead` is not a head that this chain had")
                .with_hint("give the `head` of an earlier answer as it was")
        })
    }
}

impl Query for VerifyStep {
    const FIELD: &'static str = "auditVerify";
    /// How many events are left to this call.
    type Output = (Step, i64);

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let (key, chain) = (&call.ports.keys.audit, call.caller.tenant_id().as_str());
        let expected = self.input.expected_head(key, chain)?;
        let (walk, left) = match &self.under_way {
            Some((walk, left)) => (walk.clone(), *left),
            None => (self.input.walk(key, chain)?, self.input.limit()?),
        };
        let before = walk.count;
        let step = match (walk.step(tx, key, chain, left)?, expected) {
            (Step::Done(Ok(head)), Some(expected)) => Step::Done(expected.is_in(tx, chain, head)?),
            (step, _) => step,
        };
        let checked = if let Step::Further(walk) = &step { walk.count - before } else { 0 };
        Ok((step, left - checked))
    }
}

impl ControlPlane {
    /// Checks the chain of the caller's tenant, as far as one call goes, in a transaction for each step, so that a long chain keeps nobody
    /// waiting.
    ///
    /// # Errors
    /// What scopes, roles and bounds refuse, and those of the store. A broken chain is an answer.
    pub async fn verify_audit(&self, caller: Arc<Caller>, input: VerifyAudit) -> Result<Verified, Error> {
        let (begun, input) = (Instant::now(), Arc::new(input));
        let mut under_way = None;
        loop {
            let step = VerifyStep { input: Arc::clone(&input), under_way };
            match self.query(Arc::clone(&caller), step).await? {
                (Step::Done(Ok(head)), _) => return Ok(Verified::Whole(head)),
                (Step::Done(Err(broken)), _) => return Ok(Verified::Broken(broken)),
                (Step::Further(Walk { count, last_mac }), left) if left <= 0 || begun.elapsed() >= LONGEST => {
                    let mark = Mark { number: count, mac: last_mac };
                    let cursor = mark.write(&self.ports().keys.audit, CURSOR, caller.tenant_id().as_str());
                    return Ok(Verified::SoFar { events: count, cursor });
                }
                (Step::Further(walk), left) => under_way = Some((walk, left)),
            }
        }
    }

    /// The newest events of the operator's chain.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn operators_events(&self, limit: i64) -> Result<Vec<AuditEvent>, Error> {
        let read = move |tx: &mut Tx<'_>| {
            let range = Range { limit, after: None, offset: 0 };
            let events = audit::list(tx, &Filter::of(OPERATORS_CHAIN), &range)?;
            let events = events.into_iter().map(AuditEvent::try_from).collect::<Result<Vec<_>, _>>()?;
            Ok(page(&range, events, None, |_| String::new()).items)
        };
        self.store().read_long(read).await
    }
}

/// An event as it is read.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// `evt_…`
    pub id: EventId,
    /// Its place in the chain, from 1.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The root field, or what the operator did.
    pub action: String,
    /// What it was done to.
    pub object_id: String,
    /// Where; `None` = in the tenant as a whole.
    pub workspace_id: Option<WorkspaceId>,
    /// The object before, as JSON.
    pub before: Option<serde_json::Value>,
    /// The object after, as JSON.
    pub after: Option<serde_json::Value>,
    /// Why, in words.
    pub reason: Option<String>,
    /// The request that did it.
    pub request_id: String,
}

impl TryFrom<StoredEvent> for AuditEvent {
    type Error = Error;

    fn try_from(event: StoredEvent) -> Result<Self, Error> {
        let json = |text: Option<String>| text.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id: event.id,
            number: event.number,
            at: event.at,
            actor: serde_json::from_str(&event.actor).map_err(Error::internal)?,
            action: event.action,
            object_id: event.object_id,
            workspace_id: event.workspace_id,
            before: json(event.before).map_err(Error::internal)?,
            after: json(event.after).map_err(Error::internal)?,
            reason: event.reason,
            request_id: event.request_id,
        })
    }
}

/// Lists events, newest first.
#[derive(Debug)]
pub struct ListAuditEvents {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// By whom; all of them at once, so two that differ are nobody.
    pub by: Vec<By>,
    /// Which root field.
    pub action: Option<String>,
    /// Done to what.
    pub object_id: Option<String>,
    /// Where; `None` = wherever the caller may look.
    pub workspace_id: Option<WorkspaceId>,
    /// Which page.
    pub page: PageInput,
}

impl ListAuditEvents {
    /// An OWNER sees all; whoever runs workspaces sees what belongs to them. A deleted workspace's events remain.
    fn within(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Within, Error> {
        if let Some(id) = &self.workspace_id {
            let workspace = workspace_rules::readable(tx, call, id)?;
            call.caller.permit(&call.rule, &workspace.id, None)?;
            return Ok(Within::Workspaces(vec![workspace.id]));
        }
        if call.caller.reach_in_tenant(Permission::OwnWorkspaces) == Reach::Everything {
            return Ok(Within::Tenant);
        }
        Ok(call.caller.workspaces_with(call.rule.permission).map_or(Within::AnyWorkspace, Within::Workspaces))
    }
}

impl Query for ListAuditEvents {
    const FIELD: &'static str = "auditEvents";
    type Output = Page<AuditEvent>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range_of_numbers()?;
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(Error::bad_input("from", format!("`from` is {from:.3}; it must be before `to`, {to:.3}")));
        }
        validate::word("action", self.action.as_deref())?;
        validate::word("objectId", self.object_id.as_deref())?;
        let filter = Filter {
            chain: call.caller.tenant_id().as_str(),
            within: self.within(tx, call)?,
            from: self.from,
            to: self.to,
            actors: self.by.iter().map(By::pattern).collect(),
            action: self.action.as_deref(),
            object_id: self.object_id.as_deref(),
        };
        let events = audit::list(tx, &filter, &range)?;
        let events = events.into_iter().map(AuditEvent::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(page(&range, events, None, |event| event.number.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by another program from the format alone. Databases hold such MACs: a change of the format breaks every chain.
    #[test]
    fn the_format_of_a_mac_stays() {
        let key = ServerKey::new([7; 32]);
        let event = |workspace_id: Option<&str>| StoredEvent {
            id: format!("evt_{}", "0".repeat(26)).parse().unwrap(),
            chain: format!("ten_{}", "0".repeat(26)),
            number: 2,
            at: "2026-01-05T09:00:00Z".parse().unwrap(),
            actor: r#"{"kind":"operator"}"#.to_owned(),
            action: "operator.createTenant".to_owned(),
            object_id: "ten_1".to_owned(),
            before: None,
            after: Some("{}".to_owned()),
            reason: Some(String::new()),
            request_id: "req_1".to_owned(),
            workspace_id: workspace_id.map(|id| id.parse().unwrap()),
            mac: String::new(),
        };
        let workspace = format!("ws_{}", "0".repeat(26));
        assert_eq!(event_mac(&key, "before", &event(None)), "ixticfFbGKsQZWhlFkhSBrmcVy0RleOk5Z_BKufM_90");
        assert_eq!(event_mac(&key, "before", &event(Some(&workspace))), "B0QXeSwG7QiwGSziDv_BUXabXOnOP8IE1yLevayWItw");
    }
}
