//! The audit trail: one event for every change, in the change's own transaction, chained under a key outside the database.
//!
//! An event's MAC covers the MAC before it, so an event cannot be changed, left out or put in without the key. The head's
//! signature covers the count, so the end cannot be cut off either.

use jiff::Timestamp;
use serde::Serialize;

use super::Ports;
use crate::crypto::{ServerKey, mac};
use crate::error::Error;
use crate::ids::{EventId, PatId, RequestId, UserId};
use crate::store::audit::{Head, StoredEvent};
use crate::store::{Tx, audit};

/// Who did it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Actor {
    /// A person, through a token.
    #[serde(rename_all = "camelCase")]
    User {
        /// Who.
        user_id: UserId,
        /// Their address at the time.
        email: String,
        /// The token.
        pat_id: PatId,
        /// What the program called itself.
        client: Option<String>,
    },
    /// Whoever runs the server.
    Operator,
}

/// What was done to what.
#[derive(Debug, Clone)]
pub struct Event {
    /// The root field, or what the operator did.
    pub action: &'static str,
    /// The id of what it was done to.
    pub object_id: String,
    /// The object before, as JSON.
    pub before: Option<serde_json::Value>,
    /// The object after, as JSON.
    pub after: Option<serde_json::Value>,
    /// Why, in words.
    pub reason: Option<String>,
}

impl Event {
    /// A change of an object from one state to another.
    ///
    /// # Errors
    /// `INTERNAL` when a state is not JSON.
    pub fn change<T: Serialize>(
        object_id: &impl ToString,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<Self, Error> {
        let json = |state: Option<&T>| state.map(serde_json::to_value).transpose().map_err(Error::internal);
        Ok(Self {
            action: "",
            object_id: object_id.to_string(),
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
    let parts = [
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
    mac(key, &parts.map(str::as_bytes))
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

/// Checks a whole chain; returns how many events it has. Each chain begins with its tenant, so one without events is broken.
///
/// # Errors
/// Those of the store; the inner error says where the chain is broken.
pub fn verify(tx: &mut Tx<'_>, key: &ServerKey, chain: &str) -> Result<Result<i64, Broken>, Error> {
    let (mut last_mac, mut count) = (String::new(), 0);
    for event in audit::events(tx, chain)? {
        if event.number != count + 1 || event.mac != event_mac(key, &last_mac, &event) {
            return Ok(Err(Broken::Event(count + 1)));
        }
        count = event.number;
        last_mac = event.mac;
    }
    let head = audit::head(tx, chain)?;
    let fits = head.is_some_and(|head| {
        head.count == count && head.mac == last_mac && head.signature == sign(key, chain, count, &last_mac)
    });
    Ok(if fits { Ok(count) } else { Err(Broken::Head { found: count }) })
}
