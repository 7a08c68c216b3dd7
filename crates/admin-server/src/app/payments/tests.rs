//! What notices and passes come to.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::clock::ManualClock;
use crate::crypto::ServerKeys;
use crate::ids::{TenantId, UserId};
use crate::model::{Tenant, TopUpFlow, User};
use crate::payments::Told;
use crate::random::SystemRandom;
use crate::store::{Store, Value, people};

const PROVIDER: PaymentProvider = PaymentProvider::Stripe;

struct Desk {
    store: Store,
    ports: Ports,
    clock: Arc<ManualClock>,
    id: TopUpId,
}

/// Answers the same to every look, and remembers at which sessions it looked.
#[derive(Debug)]
struct Watched {
    answer: Result<Fact, PaymentError>,
    asked: Mutex<Vec<String>>,
}

impl Watched {
    fn new(answer: Result<Fact, PaymentError>) -> Arc<Self> {
        Arc::new(Self { answer, asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort_unstable();
        asked
    }
}

impl Payments for Watched {
    fn provider(&self) -> PaymentProvider {
        PROVIDER
    }

    fn open<'a>(&'a self, _: &'a Order) -> BoxFuture<'a, Result<Opened, PaymentError>> {
        unreachable!("they are open")
    }

    fn look<'a>(&'a self, _: &'a Order, session: &'a str, _: bool) -> BoxFuture<'a, Result<Fact, PaymentError>> {
        self.asked.lock().unwrap().push(session.to_owned());
        Box::pin(async { self.answer.clone() })
    }

    fn told<'a>(&'a self, _: &'a Stretch) -> BoxFuture<'a, Result<Told, PaymentError>> {
        unreachable!("it tells nothing")
    }

    fn read(&self, _: &str, _: &[u8], _: Timestamp) -> Result<Notice, NoticeError> {
        unreachable!("it tells nothing")
    }
}

/// What can be compared of two desks that were told the same.
type Seen = (TopUpState, Money, Money, Money);

impl Desk {
    /// With a top-up of 25 USD that can be paid.
    async fn new() -> Self {
        let (store, _) = Store::in_memory().unwrap();
        let clock = Arc::new(ManualClock::new("2026-01-05T09:00:00Z".parse().unwrap()));
        let system = Ports::system(ServerKeys::generate(&SystemRandom));
        let ports = Ports { clock: Arc::<ManualClock>::clone(&clock), ..system };
        let now = ports.clock.now();
        let tenant = Tenant { id: TenantId::new(now, &SystemRandom), name: "t".to_owned() };
        let user = User { id: UserId::new(now, &SystemRandom), email: "a@b.example".to_owned() };
        let first = pending(&tenant.id, &user.id, 1, now);
        let id = first.shown.id.clone();
        let made = store.write(move |tx| {
            people::insert_tenant(tx, &tenant, now)?;
            people::insert_user(tx, &user, now)?;
            Ok(top_ups::insert(tx, &first)?)
        });
        made.await.unwrap();
        Self { store, ports, clock, id }
    }

    /// So many in all, that can be paid and are due: `cs_1`, `cs_2` ..
    async fn fill(&self, count: usize) {
        let (id, now) = (self.id.clone(), self.ports.clock.now());
        let made = self.store.write(move |tx| {
            let first = found(tx, &id)?.shown;
            for number in 2..=count {
                top_ups::insert(tx, &pending(&first.tenant_id, &first.created_by, number, now))?;
            }
            Ok(())
        });
        made.await.unwrap();
    }

    /// One pass with these payments.
    async fn pass(&self, payments: &Arc<Watched>) {
        let ports = Ports { payments: Some(Arc::<Watched>::clone(payments)), ..self.ports.clone() };
        ControlPlane::new(self.store.clone(), ports).reconcile_top_ups().await.unwrap();
    }

    async fn sql(&self, text: &'static str) {
        let params: [Value; 0] = [];
        self.store.write(move |tx| Ok(tx.execute(text, &params)?)).await.unwrap();
    }

    /// Tells a notice, and checks that the money is right after it.
    async fn tell(&self, notice: &Notice) {
        let (ports, mut notice) = (self.ports.clone(), notice.clone());
        // Refunds and disputes do not say which top-up they are about.
        if !matches!(notice.fact, Fact::Claimed(_)) {
            notice.top_up = Some(self.id.clone());
        }
        let told = self.store.write(move |tx| {
            let request_id = RequestId::new(ports.clock.now(), &SystemRandom);
            apply(tx, &ports, PROVIDER, &notice, &request_id)?;
            crate::app::billing::check(tx)
        });
        assert_eq!(told.await.unwrap(), []);
    }

    async fn seen(&self) -> Seen {
        let id = self.id.clone();
        let read = self.store.read(move |tx| {
            let top_up = found(tx, &id)?.shown;
            let balance = ledger::balance(tx, &top_up.tenant_id)?;
            assert_eq!(top_up.payment_url.is_some(), top_up.state == TopUpState::Pending);
            Ok((top_up.state, top_up.refunded, top_up.disputed, balance))
        });
        read.await.unwrap()
    }
}

/// A top-up of 25 USD that can be paid.
fn pending(tenant_id: &TenantId, user_id: &UserId, number: usize, now: Timestamp) -> StoredTopUp {
    let shown = TopUp {
        id: TopUpId::new(now, &SystemRandom),
        tenant_id: tenant_id.clone(),
        created_by: user_id.clone(),
        created_at: now,
        expires_at: now + SignedDuration::from_hours(23),
        amount: usd(25),
        provider: PROVIDER,
        flow: TopUpFlow::Checkout,
        state: TopUpState::Pending,
        payment_url: Some("https://pay.example".to_owned()),
        failure: None,
        paid: None,
        paid_at: None,
        refunded: Money::ZERO,
        disputed: Money::ZERO,
    };
    StoredTopUp { shown, session: Some(format!("cs_{number}")), payment: None, look_at: Some(now), looks: 0 }
}

fn usd(usd: i64) -> Money {
    Money::from_micros(usd * 1_000_000)
}

fn notice(id: &str, payment: Option<&str>, fact: Fact) -> Notice {
    Notice { id: id.to_owned(), kind: "test".to_owned(), top_up: None, payment: payment.map(str::to_owned), fact }
}

fn claim(event: &str, id: &str, kind: ClaimKind, amount: i64, taken: bool, returned: bool) -> Notice {
    let (id, payment) = (id.to_owned(), "pi_1".to_owned());
    notice(event, Some("pi_1"), Fact::Claimed(Claim { id, payment, kind, amount: usd(amount), taken, returned }))
}

/// The life of a payment as Stripe may tell it, in the order in which it happens.
fn life() -> Vec<Notice> {
    use ClaimKind::{ChargeRefunds, Dispute, Refund};
    let paid = Fact::Paid { payment: "pi_1".to_owned(), amount: usd(25) };
    vec![
        notice("evt_try", Some("pi_1"), Fact::TryFailed("card_declined".to_owned())),
        notice("evt_session", Some("pi_1"), paid.clone()),
        notice("evt_intent", Some("pi_1"), paid),
        notice("evt_expired", None, Fact::Expired),
        claim("evt_re_1", "re_1", Refund, 5, true, false),
        claim("evt_ch_5", "ch_1", ChargeRefunds, 5, true, false),
        claim("evt_re_2", "re_2", Refund, 3, true, false),
        claim("evt_ch_8", "ch_1", ChargeRefunds, 8, true, false),
        claim("evt_re_2_failed", "re_2", Refund, 3, true, true),
        claim("evt_dp_1", "dp_1", Dispute, 17, false, false),
        claim("evt_dp_1_withdrawn", "dp_1", Dispute, 17, true, false),
        claim("evt_dp_1_won", "dp_1", Dispute, 17, true, true),
        claim("evt_dp_2_lost", "dp_2", Dispute, 2, true, false),
    ]
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

#[test]
fn a_payment_told_in_order_ends_as_it_should() {
    block_on(async {
        let desk = Desk::new().await;
        let mut seen = Vec::new();
        for notice in life() {
            desk.tell(&notice).await;
            let (state, refunded, disputed, balance) = desk.seen().await;
            seen.push(format!("{}: {} -{refunded} -{disputed} = {balance}", notice.id, state.as_str()));
        }
        insta::assert_snapshot!(seen.join("\n"), @"
        evt_try: PENDING -0.00 -0.00 = 0.00
        evt_session: SUCCEEDED -0.00 -0.00 = 25.00
        evt_intent: SUCCEEDED -0.00 -0.00 = 25.00
        evt_expired: SUCCEEDED -0.00 -0.00 = 25.00
        evt_re_1: SUCCEEDED -5.00 -0.00 = 20.00
        evt_ch_5: SUCCEEDED -5.00 -0.00 = 20.00
        evt_re_2: SUCCEEDED -8.00 -0.00 = 17.00
        evt_ch_8: SUCCEEDED -8.00 -0.00 = 17.00
        evt_re_2_failed: SUCCEEDED -5.00 -0.00 = 20.00
        evt_dp_1: SUCCEEDED -5.00 -0.00 = 20.00
        evt_dp_1_withdrawn: SUCCEEDED -5.00 -17.00 = 3.00
        evt_dp_1_won: SUCCEEDED -5.00 -0.00 = 20.00
        evt_dp_2_lost: SUCCEEDED -5.00 -2.00 = 18.00
        ");
    });
}

#[test]
fn all_of_it_given_back_is_refunded_and_a_refund_that_fails_brings_it_back() {
    block_on(async {
        let desk = Desk::new().await;
        let paid = Fact::Paid { payment: "pi_1".to_owned(), amount: usd(25) };
        desk.tell(&claim("evt_1", "re_1", ClaimKind::Refund, 25, true, false)).await;
        assert_eq!(desk.seen().await, (TopUpState::Pending, Money::ZERO, Money::ZERO, Money::ZERO));
        desk.tell(&notice("evt_2", Some("pi_1"), paid)).await;
        assert_eq!(desk.seen().await, (TopUpState::Refunded, usd(25), Money::ZERO, Money::ZERO));
        desk.tell(&claim("evt_3", "re_1", ClaimKind::Refund, 25, true, true)).await;
        assert_eq!(desk.seen().await, (TopUpState::Succeeded, Money::ZERO, Money::ZERO, usd(25)));
    });
}

#[test]
fn money_that_comes_after_the_end_is_credited_and_a_second_payment_is_not() {
    block_on(async {
        let desk = Desk::new().await;
        desk.tell(&notice("evt_1", None, Fact::Failed("async".to_owned()))).await;
        desk.tell(&notice("evt_2", None, Fact::Expired)).await;
        assert_eq!(desk.seen().await.0, TopUpState::Failed, "the first end holds");
        let paid = |payment: &str| Fact::Paid { payment: payment.to_owned(), amount: usd(25) };
        desk.tell(&notice("evt_3", Some("pi_1"), paid("pi_1"))).await;
        desk.tell(&notice("evt_4", Some("pi_2"), paid("pi_2"))).await;
        assert_eq!(desk.seen().await, (TopUpState::Succeeded, Money::ZERO, Money::ZERO, usd(25)));
    });
}

#[test]
fn one_bad_row_keeps_no_other_waiting_and_is_not_the_first_again() {
    for spoil in [
        "UPDATE top_ups SET state = 'NO STATE' WHERE session = 'cs_1'",
        "UPDATE top_ups SET id = 'no id' WHERE session = 'cs_1'",
        // It can be read, and what follows cannot be written: the payment is another top-up's.
        "UPDATE top_ups SET payment = 'pi_1' WHERE session = 'cs_1'",
    ] {
        block_on(async {
            let desk = Desk::new().await;
            desk.fill(3).await;
            desk.sql(spoil).await;
            let payments = Watched::new(Ok(Fact::Paid { payment: "pi_1".to_owned(), amount: usd(25) }));
            desk.sql("UPDATE top_ups SET look_at = look_at + 1 WHERE session = 'cs_3'").await;
            desk.clock.advance(SignedDuration::from_secs(1));
            desk.pass(&payments).await;
            assert!(payments.asked().ends_with(&["cs_2".to_owned(), "cs_3".to_owned()]), "{spoil}");
            desk.clock.advance(SignedDuration::from_mins(2));
            desk.pass(&payments).await;
            assert_eq!(payments.asked(), [""; 0], "{spoil}");
        });
    }
}

#[test]
fn a_pass_looks_at_so_many_and_the_next_one_at_the_others() {
    block_on(async {
        let (desk, payments) = (Desk::new().await, Watched::new(Ok(Fact::Nothing)));
        desk.fill(100).await;
        desk.pass(&payments).await;
        let first = payments.asked();
        desk.pass(&payments).await;
        let second = payments.asked();
        assert_eq!((first.len(), second.len()), (64, 36));
        assert!(first.iter().all(|session| !second.contains(session)));
        desk.pass(&payments).await;
        assert_eq!(payments.asked(), [""; 0], "they wait");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever part of it is told, in whatever order and however often: the same is left in the end.
    #[test]
    fn the_order_in_which_it_is_told_does_not_matter(
        (part, told) in subsequence(life(), 1..=life().len()).prop_flat_map(|part| {
            let twice = [part.clone(), part.clone()].concat();
            (Just(part), Just(twice).prop_shuffle())
        })
    ) {
        block_on(async {
            let (in_order, shuffled) = (Desk::new().await, Desk::new().await);
            for notice in &part {
                in_order.tell(notice).await;
            }
            for notice in &told {
                shuffled.tell(notice).await;
            }
            assert_eq!(in_order.seen().await, shuffled.seen().await, "{told:#?}");
        });
    }
}
