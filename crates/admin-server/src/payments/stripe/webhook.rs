//! What Stripe tells unasked: signed events, in any order, each perhaps more than once.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use admin_token::Secret;

use super::{CheckoutSession, PaymentIntent, paid, word};
use crate::model::{Claim, ClaimKind};
use crate::money::Money;
use crate::payments::{Fact, Notice, NoticeError, Told};

/// How far the time of a signature may be from now, before or after.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The kinds of events that tell something here. The list of events takes up to 20.
pub(super) const KINDS: [&str; 16] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.refund.updated",
    "charge.dispute.created",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
];

/// Proves that Stripe has sent these bytes, within five minutes of now: `t=<seconds>,v1=<hex>,v1=<hex>`, where one `v1` must be the HMAC-SHA-256 of
/// `<seconds>.<body>`. While a signing secret is rolled, there is a `v1` of each.
pub(super) fn verify(secret: &Secret, header: &str, body: &[u8], now: Timestamp) -> Result<(), NoticeError> {
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", seconds)) => time = Some(seconds),
            Some(("v1", signature)) => signatures.extend(unhex(signature)),
            // Other schemes are older than v1, and weaker.
            _ => {}
        }
    }
    let time = time.ok_or(NoticeError::NotProven("the signature has no time"))?;
    let seconds = time.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let at = seconds.ok_or(NoticeError::NotProven("the time of the signature is none"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .map_err(|_| NoticeError::NotProven("the signing secret is none"))?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    // In constant time, so that a signature cannot be guessed byte by byte.
    if !signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok()) {
        return Err(NoticeError::NotProven("the signature is not one of this body under the signing secret"));
    }
    if now.duration_since(at).abs() > TOLERANCE {
        return Err(NoticeError::NotProven("the signature is more than 5 minutes old, or of the future"));
    }
    Ok(())
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes().as_chunks::<2>().0;
    let mut bytes = [0u8; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(digits) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[derive(Deserialize)]
struct Event {
    id: String,
    r#type: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: Value,
}

/// A page of events, the newest first.
#[derive(Deserialize)]
pub(super) struct Events {
    data: Vec<Value>,
    has_more: bool,
}

/// What is read of whatever an event is about.
#[derive(Deserialize)]
struct Subject {
    metadata: Option<Metadata>,
    payment_intent: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    top_up_id: Option<String>,
}

/// What is read of a charge, a refund or a dispute.
#[derive(Deserialize)]
struct Taken {
    id: String,
    payment_intent: Option<String>,
    amount: Option<i64>,
    amount_refunded: Option<i64>,
    currency: Option<String>,
    status: Option<String>,
}

/// What an event tells. A kind that does not matter here tells nothing.
pub(super) fn notice(body: &[u8]) -> Result<Notice, NoticeError> {
    notice_of(serde_json::from_slice(body).map_err(malformed)?)
}

/// What a page of events tells. One that is none keeps the others from nothing.
pub(super) fn told(Events { data, has_more }: Events) -> Told {
    let last = data.last().and_then(|event| event["id"].as_str()).map(str::to_owned);
    let read = |event: Value| {
        let notice = serde_json::from_value(event).map_err(malformed).and_then(notice_of);
        notice.inspect_err(|error| tracing::error!(%error, "an event of Stripe's was passed over")).ok()
    };
    Told { notices: data.into_iter().rev().filter_map(read).collect(), next: last.filter(|_| has_more) }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
fn malformed(error: serde_json::Error) -> NoticeError {
    NoticeError::Malformed(format!("the event is not Stripe's: {error}"))
}

fn notice_of(Event { id, r#type: kind, data: EventData { object } }: Event) -> Result<Notice, NoticeError> {
    if id.is_empty() || id.len() > 255 || kind.len() > 255 {
        return Err(NoticeError::Malformed("the event has an id or a type that is none".to_owned()));
    }
    let nothing = |id, kind| Notice { id, kind, top_up: None, payment: None, fact: Fact::Nothing };
    let is_ours = ["checkout.session.", "payment_intent.", "charge.refund", "charge.dispute.", "refund."]
        .iter()
        .any(|family| kind.starts_with(family));
    if !is_ours {
        return Ok(nothing(id, kind));
    }
    let about: Subject = serde_json::from_value(object.clone()).map_err(malformed)?;
    // What is not an id of ours is of somebody else who uses the same account. The client reference is not asked: whoever pays by a
    // payment link of that account chooses it.
    let named = about.metadata.and_then(|metadata| metadata.top_up_id);
    let top_up = named.and_then(|id| id.parse().ok());
    let (payment, fact) = if kind.starts_with("checkout.session.") {
        let session: CheckoutSession = serde_json::from_value(object).map_err(malformed)?;
        (session.payment_intent.clone(), session_fact(&kind, &session))
    } else if kind.starts_with("payment_intent.") {
        let intent: PaymentIntent = serde_json::from_value(object).map_err(malformed)?;
        (Some(intent.id.clone()), intent_fact(&kind, &intent))
    } else {
        let taken: Taken = serde_json::from_value(object).map_err(malformed)?;
        (about.payment_intent, claim(&kind, taken).map_or(Fact::Nothing, Fact::Claimed))
    };
    Ok(Notice { id, kind, top_up, payment, fact })
}

fn session_fact(kind: &str, session: &CheckoutSession) -> Fact {
    match kind {
        // Paid later, by a bank transfer for one, a session is completed before it is paid.
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => session.fact(),
        "checkout.session.async_payment_failed" => Fact::Failed("the payment failed".to_owned()),
        "checkout.session.expired" => Fact::Expired,
        _ => Fact::Nothing,
    }
}

fn intent_fact(kind: &str, intent: &PaymentIntent) -> Fact {
    match kind {
        "payment_intent.succeeded" => {
            paid(&intent.id, intent.amount_received.or(intent.amount), intent.currency.as_deref())
        }
        // The payer may try another card.
        "payment_intent.payment_failed" => Fact::TryFailed(intent.problem()),
        "payment_intent.canceled" => intent.fact(),
        _ => Fact::Nothing,
    }
}

/// A refund or a dispute: how much, whether it was taken, and whether it was given again.
fn claim(event: &str, of: Taken) -> Option<Claim> {
    let status = of.status.as_deref().unwrap_or_default();
    let (kind, cents, taken, returned) = match event {
        "charge.refunded" => (ClaimKind::ChargeRefunds, of.amount_refunded?, true, false),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            let returned = event == "refund.failed" || matches!(status, "failed" | "canceled");
            (ClaimKind::Refund, of.amount?, true, returned)
        }
        _ if event.starts_with("charge.dispute.") => {
            // An inquiry (`warning_…`) takes nothing yet.
            let returned = event == "charge.dispute.funds_reinstated" || status == "won";
            let taken = returned
                || event == "charge.dispute.funds_withdrawn"
                || matches!(status, "needs_response" | "under_review" | "lost");
            (ClaimKind::Dispute, of.amount?, taken, returned)
        }
        _ => return None,
    };
    let amount = Money::from_cents(cents).filter(|amount| *amount >= Money::ZERO)?;
    if of.currency.as_deref() != Some("usd") {
        tracing::error!(id = word(&of.id), "what takes back a payment is no sum in USD, and was not debited");
        return None;
    }
    Some(Claim { id: of.id, payment: of.payment_intent?, kind, amount, taken, returned })
}
