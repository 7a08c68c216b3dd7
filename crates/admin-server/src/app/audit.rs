//! The audit trail: one event for every change, in the change's own transaction, chained under a key outside the database.
//!
//! An event's MAC covers the MAC before it, so an event cannot be changed, left out or put in without the key. The head's
//! signature covers the count, so the end cannot be cut off either.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::authorization::{Permission, Reach};
use super::caller::Caller;
use super::operation::{Call, Query};
use super::paging::{PageInput, page};
use super::workspaces as workspace_rules;
use super::{ControlPlane, Ports, validate};
use crate::crypto::{ServerKey, mac};
use crate::error::Error;
use crate::ids::{EventId, PatId, RequestId, ServiceTokenId, UserId, WorkspaceId};
use crate::model::Page;
use crate::store::audit::{Filter, Head, StoredEvent, Within};
use crate::store::{StoreError, Tx, audit};

/// How many events are checked in one transaction.
const STEP: i64 = 1000;

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

impl Actor {
    /// What the JSON of this person as an actor matches, and no other: a quote inside of a text has a backslash before it. The JSON is
    /// what the MAC covers, so nobody hides an event by changing a copy of the id beside it.
    fn pattern(user_id: &UserId) -> String {
        format!(r#"{{"kind":"user","userId":"{user_id}",%"#)
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
        Some(head) if head.signature == sign(key, chain, head.count, &head.mac) => (head.count, head.mac.clone()),
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
    let head =
        Head { count: stored.number, signature: sign(key, chain, stored.number, &stored.mac), mac: stored.mac.clone() };
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

fn sign(key: &ServerKey, chain: &str, count: i64, last_mac: &str) -> String {
    mac(key, &["head", chain, &count.to_string(), last_mac].map(str::as_bytes))
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
}

impl Broken {
    /// The number of the first event that is not as it was written, or is missing.
    pub const fn at(&self) -> i64 {
        match self {
            Self::Event(number) => *number,
            Self::Head { found } => *found + 1,
        }
    }
}

/// How many events a whole chain has, or where it is broken.
pub type Verdict = Result<i64, Broken>;

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
    /// Checks the next events; after the last one, that the head is theirs.
    ///
    /// # Errors
    /// Those of the store.
    pub fn step(mut self, tx: &mut Tx<'_>, key: &ServerKey, chain: &str) -> Result<Step, Error> {
        let mut limit = STEP;
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
            match (more, limit) {
                (true, STEP) => return Ok(Step::Further(self)),
                (true, _) => {}
                (false, _) => return self.end(tx, key, chain).map(Step::Done),
            }
        }
    }

    fn end(self, tx: &mut Tx<'_>, key: &ServerKey, chain: &str) -> Result<Verdict, Error> {
        let Self { count, last_mac } = self;
        let head = match audit::head(tx, chain) {
            Err(StoreError::Corrupt(_)) => None,
            head => head?,
        };
        let fits = head.is_some_and(|head| {
            head.count == count && head.mac == last_mac && head.signature == sign(key, chain, count, &last_mac)
        });
        Ok(if fits { Ok(count) } else { Err(Broken::Head { found: count }) })
    }
}

/// Checks a whole chain; returns how many events it has. Each chain begins with its tenant, so one without events is broken.
///
/// # Errors
/// Those of the store; the inner error says where the chain is broken.
pub fn verify(tx: &mut Tx<'_>, key: &ServerKey, chain: &str) -> Result<Verdict, Error> {
    let mut walk = Walk::default();
    loop {
        match walk.step(tx, key, chain)? {
            Step::Further(further) => walk = further,
            Step::Done(verdict) => return Ok(verdict),
        }
    }
}

/// One step of checking the tenant's chain.
#[derive(Debug)]
struct VerifyAudit {
    walk: Walk,
}

impl Query for VerifyAudit {
    const FIELD: &'static str = "auditVerify";
    type Output = Step;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Step, Error> {
        self.walk.clone().step(tx, &call.ports.keys.audit, call.caller.tenant_id().as_str())
    }
}

impl ControlPlane {
    /// Checks the chain of the caller's tenant, in a transaction for each step, so that a long chain keeps nobody waiting.
    ///
    /// # Errors
    /// What scopes and roles refuse, and those of the store. A broken chain is an answer.
    pub async fn verify_audit(&self, caller: Arc<Caller>) -> Result<Verdict, Error> {
        let mut walk = Walk::default();
        loop {
            match self.query(Arc::clone(&caller), VerifyAudit { walk }).await? {
                Step::Further(further) => walk = further,
                Step::Done(verdict) => return Ok(verdict),
            }
        }
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
    /// By whom.
    pub actor_user_id: Option<UserId>,
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
            actor: self.actor_user_id.as_ref().map(Actor::pattern),
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
