//! What becomes of top-ups: payment providers tell it unasked, and are asked where they do not.
//!
//! What they tell are facts that only grow: something was paid, a try failed, a refund took so much. They come in any order, late and twice. So the
//! state of a top-up and its part of the ledger are never changed by an event; they are worked out anew from all facts, and what the
//! ledger lacks is posted. Whatever the order, the same facts give the same balance.

use futures_util::TryStreamExt as _;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};

use super::audit::{Actor, Event};
use super::check::Finding;
use super::{ControlPlane, Ports, audit, ledger};
use crate::error::{Code, Error};
use crate::ids::{RequestId, TopUpId};
use crate::model::{Claim, ClaimKind, LedgerKind, PaymentProvider, TopUp, TopUpState};
use crate::money::Money;
use crate::payments::{DevPayments, Fact, Notice, NoticeError, Opened, Order, PaymentError, Payments, Stretch};
use crate::store::payments::{self, Reading};
use crate::store::top_ups::StoredTopUp;
use crate::store::{Tx, top_ups};

/// How many top-ups one pass looks at: those that have waited longest. Whoever was looked at waits anew, so each has its turn.
const PAGE: i64 = 64;
/// How many of them at once, so that a provider that hangs holds a pass up for a minute and not for ten.
const AT_ONCE: usize = 8;
/// When a new top-up is looked at first: whoever made it has long got an answer, or never will.
pub(super) const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// The longest pause between two looks. It doubles with each.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// How long after its end a payment that was begun in time may still be told.
const GRACE: SignedDuration = SignedDuration::from_mins(5);
/// What is left of the time to pay must be more than Stripe asks for, or there is no use in making a session.
const LEAST_TIME: SignedDuration = SignedDuration::from_mins(31);

/// How often what a provider told is read again.
const REREAD: SignedDuration = SignedDuration::from_mins(10);
/// How long a notice may take to come by itself.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(5);
/// How long Stripe keeps what it told.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far back the first reading goes: there is a day left to get to its end.
const FIRST_READ: SignedDuration = SignedDuration::from_hours(29 * 24);
/// How many pages of that are read in one go.
const PAGES: usize = 10;

/// What the tenant is told of a refusal; the provider's reason is for the operator.
const REFUSED: &str = "the payment provider refuses to take this payment";
/// What the tenant is told where there is nothing left to pay.
const FORGOTTEN: &str = "the payment provider knows no such payment any more";

/// What a provider is asked about a top-up.
pub(super) fn order(top_up: &TopUp) -> Order {
    Order {
        id: top_up.id.clone(),
        tenant_id: top_up.tenant_id.clone(),
        amount: top_up.amount,
        flow: top_up.flow,
        expires_at: top_up.expires_at,
    }
}

/// Puts down how a top-up can be paid. Whoever comes second changes nothing.
pub(super) fn opened(tx: &mut Tx<'_>, id: &TopUpId, opened: &Opened) -> Result<TopUp, Error> {
    let mut top_up = found(tx, id)?;
    if top_up.session.is_none() {
        top_up.session = Some(opened.session.clone());
        top_up.payment = top_up.payment.or_else(|| opened.payment.clone());
        if top_up.shown.state == TopUpState::Created {
            top_up.shown.payment_url.clone_from(&opened.payment_url);
            top_up.shown.state = TopUpState::Pending;
        }
        top_ups::update(tx, &top_up)?;
    }
    Ok(top_up.shown)
}

fn found(tx: &mut Tx<'_>, id: &TopUpId) -> Result<StoredTopUp, Error> {
    top_ups::get(tx, id)?.ok_or_else(|| Error::internal(format!("there is no top-up {id}")))
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Applied {
    /// It was applied before, does not matter here, or waits for its payment.
    Nothing,
    /// It changed a top-up.
    Changed,
    /// Something was paid for a top-up that is not there.
    Stranger,
}

/// Applies what a provider told, once.
fn apply(
    tx: &mut Tx<'_>,
    ports: &Ports,
    provider: PaymentProvider,
    notice: &Notice,
    request_id: &RequestId,
) -> Result<Applied, Error> {
    let now = ports.clock.now();
    if notice.fact == Fact::Nothing && notice.payment.is_none() {
        return Ok(Applied::Nothing);
    }
    if payments::is_known(tx, provider, &notice.id)? {
        return Ok(Applied::Nothing);
    }
    if let Fact::Claimed(claim) = &notice.fact {
        let known = payments::claim(tx, provider, &claim.id)?;
        payments::put_claim(tx, provider, &grown(known, claim))?;
    }
    let top_up = top_up_of(tx, provider, notice)?;
    // What is about nothing of ours is of somebody else who uses the same account, or of a payment that is not told of yet.
    let id = top_up.as_ref().map(|top_up| top_up.shown.id.clone());
    let changed = match top_up {
        Some(top_up) => learn(tx, ports, top_up, notice, request_id, now)?,
        None => false,
    };
    if id.is_some() || matches!(notice.fact, Fact::Claimed(_)) {
        payments::remember(tx, provider, &notice.id, &notice.kind, id.as_ref(), now)?;
    }
    Ok(match notice.fact {
        _ if changed => Applied::Changed,
        Fact::Paid { .. } if id.is_none() && notice.top_up.is_some() => Applied::Stranger,
        _ => Applied::Nothing,
    })
}

fn top_up_of(tx: &mut Tx<'_>, provider: PaymentProvider, notice: &Notice) -> Result<Option<StoredTopUp>, Error> {
    let named = match &notice.top_up {
        Some(id) => top_ups::get(tx, id)?.filter(|top_up| top_up.shown.provider == provider),
        None => None,
    };
    Ok(match (named, &notice.payment) {
        (Some(top_up), _) => Some(top_up),
        (None, Some(payment)) => top_ups::of_payment(tx, provider, payment)?,
        (None, None) => None,
    })
}

/// A claim with all that was told of it.
fn grown(known: Option<Claim>, told: &Claim) -> Claim {
    match known {
        None => told.clone(),
        Some(known) => Claim {
            amount: known.amount.max(told.amount),
            taken: known.taken || told.taken,
            returned: known.returned || told.returned,
            ..known
        },
    }
}

/// Adds a fact to a top-up, works out what follows, and posts what the ledger lacks; whether that changed what is seen of it.
fn learn(
    tx: &mut Tx<'_>,
    ports: &Ports,
    mut top_up: StoredTopUp,
    notice: &Notice,
    request_id: &RequestId,
    now: Timestamp,
) -> Result<bool, Error> {
    let before = top_up.clone();
    if top_up.payment.is_none() {
        top_up.payment.clone_from(&notice.payment);
    }
    let unpaid = top_up.shown.paid.is_none();
    let mut end = None;
    match &notice.fact {
        Fact::Paid { payment, amount } if unpaid => {
            if *amount != top_up.shown.amount {
                tracing::warn!(top_up = %top_up.shown.id, asked = %top_up.shown.amount, paid = %amount, "another sum was paid than asked for");
            }
            top_up.payment = Some(payment.clone());
            top_up.shown.paid = Some(*amount);
            top_up.shown.paid_at = Some(now);
            top_up.shown.failure = None;
        }
        Fact::Paid { payment, .. } if top_up.payment.as_ref() != Some(payment) => {
            tracing::error!(top_up = %top_up.shown.id, payment, "a top-up was paid twice; the second payment was not credited");
        }
        Fact::TryFailed(why) if unpaid => top_up.shown.failure = Some(why.clone()),
        Fact::Failed(why) if unpaid => {
            top_up.shown.failure = Some(why.clone());
            end = Some(TopUpState::Failed);
        }
        Fact::Expired if unpaid => end = Some(TopUpState::Expired),
        _ => {}
    }
    settle(tx, ports, &mut top_up, &before.shown, notice, now)?;
    let shown = &mut top_up.shown;
    shown.state = match (shown.paid, shown.state, end) {
        (Some(paid), ..) if shown.refunded >= paid => TopUpState::Refunded,
        (Some(_), ..) => TopUpState::Succeeded,
        // The first end holds, but for money that comes after all.
        (None, state @ (TopUpState::Failed | TopUpState::Expired), _) | (None, state, None) => state,
        (None, _, Some(end)) => end,
    };
    if !matches!(shown.state, TopUpState::Created | TopUpState::Pending) {
        shown.payment_url = None;
        top_up.look_at = None;
    }
    if top_up != before {
        top_ups::update(tx, &top_up)?;
    }
    let changed = top_up.shown != before.shown;
    if changed {
        record(tx, ports, [before.shown, top_up.shown], notice, request_id, now)?;
    }
    Ok(changed)
}

/// Puts on record what a notice changed of a top-up.
fn record(
    tx: &mut Tx<'_>,
    ports: &Ports,
    states: [TopUp; 2],
    notice: &Notice,
    request_id: &RequestId,
    now: Timestamp,
) -> Result<(), Error> {
    // Where it is paid is for the payer, as long as it can be paid.
    let [before, after] = states.map(|top_up| TopUp { payment_url: None, ..top_up });
    let action = match &notice.fact {
        Fact::Nothing => "payments.updated",
        Fact::Paid { .. } => "payments.paid",
        Fact::TryFailed(_) => "payments.tryFailed",
        Fact::Failed(_) => "payments.failed",
        Fact::Expired => "payments.expired",
        Fact::Claimed(Claim { kind: ClaimKind::Dispute, .. }) => "payments.disputed",
        Fact::Claimed(_) => "payments.refunded",
    };
    let event = Event::change(&after.id, None, Some(&before), Some(&after))?;
    let reason = Some(format!("{}: {} ({})", after.provider.as_str(), notice.kind, notice.id));
    let chain = after.tenant_id.as_str();
    audit::append(tx, ports, chain, &Actor::System, &Event { action, reason, ..event }, request_id, now)
}

/// Brings a tenant's credit to what the facts amount to. Before a payment is told, what takes it back waits.
fn settle(
    tx: &mut Tx<'_>,
    ports: &Ports,
    top_up: &mut StoredTopUp,
    before: &TopUp,
    notice: &Notice,
    now: Timestamp,
) -> Result<(), Error> {
    let (Some(paid), Some(payment)) = (top_up.shown.paid, &top_up.payment) else { return Ok(()) };
    let shown = &mut top_up.shown;
    let (id, tenant_id) = (shown.id.as_str(), shown.tenant_id.clone());
    if before.paid.is_none() {
        ledger::post(tx, ports, &tenant_id, LedgerKind::TopUp, paid, id, now)?;
    }
    let claims = payments::claims_on(tx, shown.provider, payment)?;
    shown.refunded = refunded(&claims)?.min(paid);
    shown.disputed = disputed(&claims)?.min(paid);
    // An event changes each of both sums once at most.
    let reference = format!("{id}/{}", notice.id);
    for (was, is, taken, returned) in [
        (before.refunded, shown.refunded, LedgerKind::Refund, LedgerKind::RefundReversal),
        (before.disputed, shown.disputed, LedgerKind::Dispute, LedgerKind::DisputeReversal),
    ] {
        let kind = if is > was { taken } else { returned };
        if is != was {
            ledger::post(tx, ports, &tenant_id, kind, was.minus(is)?, &reference, now)?;
        }
    }
    Ok(())
}

/// What was given back: told refund by refund, or of the charge as a whole, or both; without what came back because a refund failed.
fn refunded(claims: &[Claim]) -> Result<Money, Error> {
    let sum = |counts: &dyn Fn(&Claim) -> bool| {
        claims.iter().filter(|claim| counts(claim)).try_fold(Money::ZERO, |sum, claim| sum.plus(claim.amount))
    };
    let one_by_one = sum(&|claim| claim.kind == ClaimKind::Refund)?;
    let of_the_charge = sum(&|claim| claim.kind == ClaimKind::ChargeRefunds)?;
    let failed = sum(&|claim| claim.kind == ClaimKind::Refund && claim.returned)?;
    Ok(one_by_one.max(of_the_charge).minus(failed)?.max(Money::ZERO))
}

/// What the payer's bank holds.
fn disputed(claims: &[Claim]) -> Result<Money, Error> {
    let held = |claim: &&Claim| claim.kind == ClaimKind::Dispute && claim.taken && !claim.returned;
    claims.iter().filter(held).try_fold(Money::ZERO, |sum, claim| sum.plus(claim.amount))
}

/// What came of looking at a top-up.
enum Looked {
    /// It can be paid now.
    Opened(Opened),
    /// Something happened to it.
    Fact(Fact),
    /// Nothing is known: the provider is asked again later.
    Nothing,
}

impl ControlPlane {
    /// Takes what a payment provider tells unasked. It is durable when this returns.
    ///
    /// # Errors
    /// `NOT_FOUND` where nobody takes payments or somebody else does, `BAD_USER_INPUT` when it is not proven who tells it or when it is
    /// malformed, and those of the store.
    pub async fn payment_notice(
        &self,
        provider: PaymentProvider,
        signature: &str,
        body: &[u8],
        request_id: &RequestId,
    ) -> Result<(), Error> {
        let payments = self.ports.payments.as_ref().filter(|payments| payments.provider() == provider);
        let payments =
            payments.ok_or_else(|| Error::new(Code::NotFound, "this control plane takes no such payments"))?;
        let notice = payments.read(signature, body, self.ports.clock.now()).map_err(|error| {
            tracing::warn!(%error, "a payment notice was not taken");
            let hint = match error {
                NoticeError::NotProven(_) => {
                    "the signing secret must be the endpoint's, and the body the one that was sent, byte by byte"
                }
                NoticeError::Malformed(_) => "send the provider's events only",
            };
            Error::new(Code::BadUserInput, error.to_string()).with_hint(hint)
        })?;
        tracing::info!(event = notice.id, kind = notice.kind, "a payment notice");
        self.apply_notice(provider, notice, request_id).await.map(drop)
    }

    async fn apply_notice(
        &self,
        provider: PaymentProvider,
        notice: Notice,
        request_id: &RequestId,
    ) -> Result<Applied, Error> {
        let (ports, request_id, told) = (self.ports.clone(), request_id.clone(), notice.clone());
        let applied = self.store.write(move |tx| apply(tx, &ports, provider, &told, &request_id)).await?;
        if let (Applied::Stranger, Some(top_up)) = (applied, &notice.top_up) {
            let Notice { id: event, payment, .. } = &notice;
            tracing::warn!(
                %top_up,
                event,
                payment,
                "a payment was not credited: its top-up is not known here; it is another control plane's that uses the same account of \
                 the provider's, or is missing since a backup was restored"
            );
        }
        Ok(applied)
    }

    fn own_request(&self) -> RequestId {
        RequestId::new(self.ports.clock.now(), &*self.ports.random)
    }

    /// Settles a top-up of a developer's control plane as its payment provider would: by a notice that it is paid.
    ///
    /// # Errors
    /// `NOT_FOUND` for one that is not there or is paid elsewhere, `CONFLICT` for one that can not be paid any more, and those of the store.
    pub async fn settle_dev_top_up(&self, id: TopUpId) -> Result<TopUp, Error> {
        let wanted = id.clone();
        let read = move |tx: &mut Tx<'_>| {
            let top_up = top_ups::get(tx, &wanted)?.filter(|top_up| top_up.shown.provider == PaymentProvider::Dev);
            Ok(top_up.ok_or_else(|| Error::not_found("top-up"))?.shown)
        };
        let top_up = self.store.read(read.clone()).await?;
        if !matches!(top_up.state, TopUpState::Created | TopUpState::Pending | TopUpState::Succeeded) {
            return Err(Error::conflict(format!("{id} can not be paid any more: it is {}", top_up.state.as_str())));
        }
        let notice = DevPayments::paid(&id, top_up.amount);
        self.apply_notice(PaymentProvider::Dev, notice, &self.own_request()).await?;
        self.store.read(read).await
    }

    /// Looks after top-ups that wait: makes payable what a process left behind, asks what became of those that nobody told of, and ends those
    /// whose time is over. The server calls it when it starts and every minute; one pass looks at so many and no more.
    ///
    /// # Errors
    /// Those of the store. A provider that does not answer is asked again later, and what is wrong with one top-up keeps no other waiting.
    pub async fn reconcile_top_ups(&self) -> Result<(), Error> {
        let Some(payments) = self.ports.payments.clone() else { return Ok(()) };
        let (now, provider) = (self.ports.clock.now(), payments.provider());
        let due = self.store.read(move |tx| Ok(top_ups::due(tx, provider, now, PAGE)?)).await?;
        let payments = &*payments;
        stream::iter(due.into_iter().map(Ok))
            .try_for_each_concurrent(AT_ONCE, |id| self.look_after(payments, id, now))
            .await
    }

    /// Reads again what the payment provider told, and applies what did not come: a refund whose notice was lost, for one. The server calls
    /// it every minute; there is something to do every ten minutes, and a long stretch is read in several goes.
    ///
    /// # Errors
    /// Those of the store. A provider that does not answer is asked again later.
    pub async fn read_missed_notices(&self) -> Result<(), Error> {
        let Some(payments) = self.ports.payments.clone() else { return Ok(()) };
        let (now, provider) = (self.ports.clock.now(), payments.provider());
        let ago = |time: SignedDuration| now.checked_sub(time).map_err(Error::internal);
        let (earliest, first, latest) = (ago(KEPT)?, ago(FIRST_READ)?, ago(ON_ITS_WAY)?);
        let later = now.checked_add(REREAD).map_err(Error::internal)?;
        let known = self.store.read(move |tx| Ok(payments::reading(tx, provider)?)).await?;
        if known.as_ref().is_some_and(|known| known.look_at > now) {
            return Ok(());
        }
        let mut reading = known.unwrap_or(Reading { read_to: first, until: None, after: None, look_at: now });
        let from = reading.read_to.max(earliest);
        let to = reading.until.unwrap_or(latest);
        (reading.until, reading.look_at) = (Some(to), now);
        for _ in 0..PAGES {
            let answer = payments.told(&Stretch { from, to, after: reading.after.clone() }).await;
            let told = match answer {
                Ok(told) => told,
                Err(error) => {
                    tracing::warn!(%error, "what the payment provider told cannot be read; it is tried again");
                    // The event after which to go on may be too old by now.
                    reading.after = reading.after.filter(|_| !matches!(error, PaymentError::Unknown(_)));
                    reading.until = reading.until.filter(|_| reading.after.is_some());
                    reading.look_at = later;
                    break;
                }
            };
            self.apply_missed(provider, told.notices).await?;
            reading.after = told.next;
            if reading.after.is_none() {
                if reading.read_to < earliest {
                    let (from, to) = (reading.read_to, earliest);
                    tracing::error!(%from, %to, "what the payment provider told then is kept no more; compare its refunds and disputes with the ledger");
                }
                reading = Reading { read_to: to, until: None, after: None, look_at: later };
                break;
            }
        }
        self.store.write(move |tx| Ok(payments::put_reading(tx, provider, &reading)?)).await
    }

    async fn apply_missed(&self, provider: PaymentProvider, notices: Vec<Notice>) -> Result<(), Error> {
        for notice in notices {
            let (event, kind) = (notice.id.clone(), notice.kind.clone());
            match self.apply_notice(provider, notice, &self.own_request()).await {
                Ok(Applied::Changed) => tracing::warn!(event, kind, "a payment notice had not come, and was read"),
                Ok(_) => {}
                // It would be lost if it counted as read.
                Err(error) if error.code() == Code::Unavailable => return Err(error),
                Err(error) => {
                    tracing::error!(event, kind, %error, "a payment notice cannot be applied; the others are");
                }
            }
        }
        Ok(())
    }

    async fn look_after(&self, payments: &dyn Payments, id: String, now: Timestamp) -> Result<(), Error> {
        let error = match self.look_after_well(payments, &id, now).await {
            // The store refuses all work for now, which is no fault of this one.
            Err(error) if error.code() != Code::Unavailable => error,
            outcome => return outcome,
        };
        tracing::error!(top_up = id, %error, "a top-up could not be looked after; the others are");
        let later = now.checked_add(LONGEST_PAUSE).map_err(Error::internal)?;
        self.store.write(move |tx| Ok(top_ups::postpone(tx, &id, later)?)).await
    }

    async fn look_after_well(&self, payments: &dyn Payments, id: &str, now: Timestamp) -> Result<(), Error> {
        let id: TopUpId = id.parse().map_err(|()| Error::internal(format!("`{}` is no top-up", id.escape_debug())))?;
        let wanted = id.clone();
        let top_up = self.store.read(move |tx| found(tx, &wanted)).await?;
        let looked = self.look(payments, &top_up, now).await;
        let ports = self.ports.clone();
        self.store.write(move |tx| looked_at(tx, &ports, &id, &looked, now)).await
    }

    async fn look(&self, payments: &dyn Payments, top_up: &StoredTopUp, now: Timestamp) -> Looked {
        let (id, left) = (&top_up.shown.id, top_up.shown.expires_at.duration_since(now));
        let order = order(&top_up.shown);
        let answer = match &top_up.session {
            Some(session) => payments.look(&order, session, left < -GRACE).await.map(Looked::Fact),
            // Nobody has seen a way to pay it, so nobody has.
            None if left < LEAST_TIME => Ok(Looked::Fact(Fact::Expired)),
            None => payments.open(&order).await.map(Looked::Opened),
        };
        match answer {
            Ok(looked) => looked,
            Err(PaymentError::Refused(why)) if top_up.session.is_none() => {
                tracing::error!(top_up = %id, why, "the payment provider refuses a top-up, which has failed");
                Looked::Fact(Fact::Failed(REFUSED.to_owned()))
            }
            // Most often the operator changed to another account of the provider's, which will tell nothing of it either.
            Err(PaymentError::Unknown(why)) if top_up.session.is_some() => {
                tracing::error!(top_up = %id, session = top_up.session, why, "the payment provider knows no such payment; the top-up has failed");
                Looked::Fact(Fact::Failed(FORGOTTEN.to_owned()))
            }
            Err(error) => {
                tracing::warn!(top_up = %id, %error, "what has become of a top-up is not known");
                Looked::Nothing
            }
        }
    }
}

/// Puts down what came of looking, and when to look again.
fn looked_at(tx: &mut Tx<'_>, ports: &Ports, id: &TopUpId, looked: &Looked, now: Timestamp) -> Result<(), Error> {
    let mut top_up = found(tx, id)?;
    if top_up.look_at.is_none() {
        return Ok(());
    }
    let doublings = u32::try_from(top_up.looks.clamp(0, 10)).unwrap_or(0);
    let pause = (FIRST_LOOK * 2i32.pow(doublings)).min(LONGEST_PAUSE);
    top_up.look_at = Some(now.checked_add(pause).map_err(Error::internal)?);
    top_up.looks += 1;
    top_ups::update(tx, &top_up)?;
    match looked {
        Looked::Nothing | Looked::Fact(Fact::Nothing) => Ok(()),
        Looked::Opened(by) => opened(tx, id, by).map(drop),
        Looked::Fact(fact) => {
            let kind = format!("look {}", top_up.looks);
            let payment = if let Fact::Paid { payment, .. } = fact { Some(payment.clone()) } else { None };
            let notice =
                Notice { id: format!("{id} {kind}"), kind, top_up: Some(id.clone()), payment, fact: fact.clone() };
            let request_id = RequestId::new(now, &*ports.random);
            apply(tx, ports, top_up.shown.provider, &notice, &request_id).map(drop)
        }
    }
}

/// Proves that every payment is in the ledger once, with what was given back of it, and that states say so.
///
/// # Errors
/// Those of the store.
pub(super) fn check(tx: &mut Tx<'_>) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for top_ups::Difference { id, posted, expected } in top_ups::differences(tx)? {
        let problem =
            format!("the ledger has {posted:?} micro-USD as paid, refunded and disputed, and the top-up {expected:?}");
        findings.push(Finding::new("top-ups", id, problem));
    }
    for id in top_ups::strays(tx)? {
        findings.push(Finding::new("top-ups", id, "it is of a top-up that its tenant does not have"));
    }
    for (id, state) in top_ups::misstated(tx)? {
        findings.push(Finding::new(
            "top-ups",
            id,
            format!("it is {state}, which does not follow from what was paid and refunded"),
        ));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests;
