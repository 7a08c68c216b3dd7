//! The ledger: double-entry, append-only. Every transaction moves a tenant's credit against one other account, so that its entries sum
//! to zero and the balance is the sum of the credit's entries.

use jiff::Timestamp;

use super::audit::{Actor, Event};
use super::check::Finding;
use super::{ControlPlane, Ports, audit, validate};
use crate::error::{Code, Error, ObjectRef};
use crate::ids::{LedgerId, RequestId, TenantId};
use crate::model::{Account, LedgerKind, LedgerTransaction};
use crate::money::Money;
use crate::store::{Subject, Tx, ledger, people};

/// The credit of a tenant; less than zero after calls that were on their way when it ran out.
///
/// # Errors
/// Those of the store.
pub fn balance(tx: &mut Tx<'_>, tenant_id: &TenantId) -> Result<Money, Error> {
    Ok(ledger::head(tx, tenant_id)?.1)
}

/// Moves a tenant's credit by `amount`. A kind counts once for each `reference`: a second time breaks a constraint, and undoes all.
///
/// # Errors
/// `INTERNAL` for zero and for more than can be counted, and those of the store.
pub fn post(
    tx: &mut Tx<'_>,
    ports: &Ports,
    tenant_id: &TenantId,
    kind: LedgerKind,
    amount: Money,
    reference: &str,
    at: Timestamp,
) -> Result<LedgerTransaction, Error> {
    if amount == Money::ZERO {
        return Err(Error::internal(format!("a {} of nothing for {reference}", kind.as_str())));
    }
    tx.changes([Subject::Credit(tenant_id.clone())]);
    let (number, before) = ledger::head(tx, tenant_id)?;
    let transaction = LedgerTransaction {
        id: LedgerId::new(at, &*ports.random),
        tenant_id: tenant_id.clone(),
        number: number + 1,
        kind,
        reference: reference.to_owned(),
        at,
        amount,
        balance: before.plus(amount)?,
    };
    let entries = [(Account::Credit, amount), (kind.counterpart(), Money::ZERO.minus(amount)?)];
    ledger::insert(tx, &transaction, &entries)?;
    Ok(transaction)
}

/// Draws down a tenant's credit by what calls cost, in the transaction that keeps their events. It may fall below zero.
///
/// It is called once for each tenant of a batch, with the sum of the events that debit and a `reference` that no other batch has; whoever
/// keeps the id beside those events can prove that both sums are one. `None` = they cost nothing, and nothing was written.
///
/// # Errors
/// `INTERNAL` for a cost below zero and for a reference that was used, and those of the store.
pub fn debit_usage(
    tx: &mut Tx<'_>,
    ports: &Ports,
    tenant_id: &TenantId,
    micro_usd: i64,
    reference: &str,
    at: Timestamp,
) -> Result<Option<LedgerId>, Error> {
    match micro_usd {
        0 => Ok(None),
        1.. => {
            let amount = Money::from_micros(-micro_usd);
            post(tx, ports, tenant_id, LedgerKind::Usage, amount, reference, at).map(|posted| Some(posted.id))
        }
        _ => Err(Error::internal(format!("usage that costs {micro_usd} micro-USD for {reference}"))),
    }
}

/// What an operator sets right.
#[derive(Debug, Clone)]
pub struct Adjustment {
    tenant_id: TenantId,
    amount: Money,
    reason: String,
    reference: Option<String>,
}

impl Adjustment {
    /// Reads one as an operator writes it. Without a `reference`, which counts once for a tenant, each counts.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming the field, the bound and the value.
    pub fn input(tenant: &str, amount: &str, reason: &str, reference: Option<&str>) -> Result<Self, Error> {
        let tenant_id = TenantId::input("tenant", tenant)?;
        let refused =
            |why: String| Err(Error::bad_input("amount", format!("`amount` is `{}`; {why}", amount.escape_debug())));
        let amount = match amount.parse::<Money>() {
            Err(error) => return refused(error.to_string()),
            Ok(Money::ZERO) => return refused("it must be more or less than nothing".to_owned()),
            // It has no counterpart.
            Ok(amount) if amount.micros() == i64::MIN => return refused("it is more than can be counted".to_owned()),
            Ok(amount) => amount,
        };
        if reason.trim().is_empty() {
            return Err(Error::bad_input("reason", "`reason` is empty; say why, in at most 500 characters"));
        }
        validate::text("reason", Some(reason))?;
        let is_word = |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if let Some(text) = reference.filter(|text| !is_word(text)) {
            let takes = "it must be 1 to 64 ASCII letters, digits and marks, without spaces";
            return Err(Error::bad_input("reference", format!("`reference` is `{}`; {takes}", text.escape_debug())));
        }
        Ok(Self { tenant_id, amount, reason: reason.to_owned(), reference: reference.map(str::to_owned) })
    }
}

impl ControlPlane {
    /// Posts what an operator sets right, and puts it on record in the tenant's chain.
    ///
    /// # Errors
    /// `NOT_FOUND` for a tenant that is not there, `CONFLICT` for a reference that was used, `BAD_USER_INPUT` where the credit would be more than
    /// can be counted, and those of the store. Nothing was posted then.
    pub async fn adjust_ledger(&self, adjustment: Adjustment) -> Result<LedgerTransaction, Error> {
        let ports = self.ports.clone();
        self.store.write(move |tx| adjust(tx, &ports, &adjustment)).await
    }
}

fn adjust(tx: &mut Tx<'_>, ports: &Ports, adjustment: &Adjustment) -> Result<LedgerTransaction, Error> {
    let Adjustment { tenant_id, amount, reason, reference } = adjustment;
    let (now, kind) = (ports.clock.now(), LedgerKind::Adjustment);
    if people::tenant(tx, tenant_id)?.is_none() {
        return Err(Error::new(Code::NotFound, format!("there is no tenant {tenant_id}")));
    }
    let request_id = RequestId::new(now, &*ports.random);
    let reference = reference.as_deref().unwrap_or(request_id.as_str());
    if let Some(known) = ledger::of_reference(tx, tenant_id, kind, reference)? {
        let (id, posted, at) = (known.id.to_string(), known.amount, known.at);
        let message = format!("`{reference}` was posted already: {posted} USD at {at:.3}, as {id}");
        return Err(Error::conflict(message).with_object(ObjectRef { id, hint: None }));
    }
    let before = balance(tx, tenant_id)?;
    if before.micros().checked_add(amount.micros()).is_none() {
        let message = format!("`amount` is `{amount}`; with the credit of {before} USD it is more than can be counted");
        return Err(Error::bad_input("amount", message));
    }
    let posted = post(tx, ports, tenant_id, kind, *amount, reference, now)?;
    let event = Event::change(&posted.id, None, None, Some(&posted))?;
    let event = Event { action: "operator.adjustLedger", reason: Some(reason.clone()), ..event };
    audit::append(tx, ports, tenant_id.as_str(), &Actor::Operator, &event, &request_id, now)?;
    Ok(posted)
}

/// Proves the ledger of every tenant: each transaction moves the credit and one other account and sums to zero, numbers have no gap, and
/// each balance is the sum of the entries up to it.
///
/// # Errors
/// Those of the store.
pub fn check(tx: &mut Tx<'_>) -> Result<Vec<Finding>, Error> {
    let found = |id: String, problem: String| Finding::new("ledger", id, problem);
    let mut findings = Vec::new();
    for (id, sum) in ledger::unbalanced(tx)? {
        findings.push(found(id, format!("its entries sum to {sum} micro-USD, and not to zero")));
    }
    for (id, entries) in ledger::misshapen(tx)? {
        findings.push(found(id, format!("it has {entries} entries, and not one of CREDIT and one of another account")));
    }
    for (id, place) in ledger::misnumbered(tx)? {
        findings.push(found(id, format!("it should be number {place} of its tenant")));
    }
    for (id, sum) in ledger::miscounted(tx)? {
        findings.push(found(
            id,
            format!("the credit's entries up to it sum to {sum} micro-USD, and its balance says otherwise"),
        ));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::crypto::ServerKeys;
    use crate::model::Tenant;
    use crate::random::SystemRandom;
    use crate::store::{Store, Value, people};

    /// What a test does to the ledger: whose credit it moves and by how much.
    type Step = (usize, LedgerKind, i64);

    struct Ledger {
        store: Store,
        ports: Ports,
        tenants: Arc<[TenantId; 2]>,
    }

    impl Ledger {
        async fn new() -> Self {
            let (store, _) = Store::in_memory().unwrap();
            let ports = Ports::system(ServerKeys::generate(&SystemRandom));
            let tenants = Arc::new([(); 2].map(|()| TenantId::new(Timestamp::UNIX_EPOCH, &SystemRandom)));
            let ids = Arc::clone(&tenants);
            let made = store.write(move |tx| {
                for id in ids.iter() {
                    people::insert_tenant(tx, &Tenant { id: id.clone(), name: "t".to_owned() }, Timestamp::UNIX_EPOCH)?;
                }
                Ok(())
            });
            made.await.unwrap();
            Self { store, ports, tenants }
        }

        async fn run<T: Send + 'static>(
            &self,
            work: impl Fn(&mut Tx<'_>, &Ports, &[TenantId; 2]) -> Result<T, Error> + Send + 'static,
        ) -> Result<T, Error> {
            let (ports, tenants) = (self.ports.clone(), Arc::clone(&self.tenants));
            self.store.write(move |tx| work(tx, &ports, &tenants)).await
        }

        async fn findings(&self) -> Vec<Finding> {
            self.run(|tx, _, _| check(tx)).await.unwrap()
        }
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let amount = prop_oneof![-20_000_000_000i64..20_000_000_000, -3i64..4];
        let kind = prop::sample::select(LedgerKind::ALL.to_vec());
        prop::collection::vec((0usize..2, kind, amount), 0..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Whatever is posted, in whatever order: a balance is the sum of what was posted, to the micro-USD, and the check agrees.
        #[test]
        fn the_balance_is_the_sum_of_what_was_posted(steps in steps()) {
            block_on(async {
                let ledger = Ledger::new().await;
                let mut expected = [0i64; 2];
                for (index, (of, kind, amount)) in steps.into_iter().enumerate() {
                    let posted = ledger.run(move |tx, ports, tenants| {
                        let reference = format!("step {index}");
                        post(tx, ports, &tenants[of], kind, Money::from_micros(amount), &reference, Timestamp::UNIX_EPOCH)
                    });
                    assert_eq!(posted.await.is_ok(), amount != 0, "only nothing is not posted");
                    expected[of] += amount;
                }
                let sums = ledger.run(|tx, _, tenants| Ok([balance(tx, &tenants[0])?, balance(tx, &tenants[1])?])).await;
                assert_eq!(sums.unwrap(), expected.map(Money::from_micros));
                assert_eq!(ledger.findings().await, []);
            });
        }

        /// Batches of usage, some of which are undone: the debits are the sum of those that were kept.
        #[test]
        fn usage_debits_the_sum_of_the_batches_that_were_kept(batches in prop::collection::vec((0i64..5_000_000, any::<bool>()), 0..20)) {
            block_on(async {
                let ledger = Ledger::new().await;
                let mut kept = 0;
                for (index, (cost, keep)) in batches.into_iter().enumerate() {
                    let debited = ledger.run(move |tx, ports, tenants| {
                        let id = debit_usage(tx, ports, &tenants[0], cost, &format!("batch {index}"), Timestamp::UNIX_EPOCH)?;
                        assert_eq!(id.is_some(), cost > 0);
                        if keep { Ok(()) } else { Err(Error::conflict("undone")) }
                    });
                    assert_eq!(debited.await.is_ok(), keep);
                    kept += if keep { cost } else { 0 };
                }
                let left = ledger.run(|tx, _, tenants| balance(tx, &tenants[0])).await.unwrap();
                assert_eq!(left, Money::from_micros(-kept));
                assert_eq!(ledger.findings().await, []);
            });
        }
    }

    #[tokio::test]
    async fn a_reference_counts_once_for_each_kind_and_tenant() {
        let ledger = Ledger::new().await;
        let one = Money::from_micros(1);
        let posted = |of: usize, kind| {
            ledger
                .run(move |tx, ports, tenants| post(tx, ports, &tenants[of], kind, one, "once", Timestamp::UNIX_EPOCH))
        };
        posted(0, LedgerKind::TopUp).await.unwrap();
        posted(0, LedgerKind::TopUp).await.unwrap_err();
        posted(0, LedgerKind::Adjustment).await.unwrap();
        posted(1, LedgerKind::TopUp).await.unwrap();
        let balances = ledger.run(|tx, _, tenants| Ok([balance(tx, &tenants[0])?, balance(tx, &tenants[1])?])).await;
        assert_eq!(balances.unwrap(), [Money::from_micros(2), one]);
    }

    #[tokio::test]
    async fn what_cannot_be_counted_is_refused_and_changes_nothing() {
        let ledger = Ledger::new().await;
        let post = |micros: i64, reference: &'static str| {
            ledger.run(move |tx, ports, tenants| {
                let (kind, amount) = (LedgerKind::Adjustment, Money::from_micros(micros));
                post(tx, ports, &tenants[0], kind, amount, reference, Timestamp::UNIX_EPOCH)
            })
        };
        post(i64::MAX, "most").await.unwrap();
        post(1, "one more").await.unwrap_err();
        post(i64::MIN, "has no counterpart").await.unwrap_err();
        let negative =
            ledger.run(|tx, ports, tenants| debit_usage(tx, ports, &tenants[0], -1, "negative", Timestamp::UNIX_EPOCH));
        negative.await.unwrap_err();
        assert_eq!(ledger.run(|tx, _, tenants| balance(tx, &tenants[0])).await.unwrap(), Money::from_micros(i64::MAX));
        assert_eq!(ledger.findings().await, []);
    }

    #[tokio::test]
    async fn the_check_finds_what_was_changed_behind_the_rules() {
        let changes = [
            "UPDATE ledger_entries SET micro_usd = micro_usd + 1 WHERE account = 'CREDIT'",
            "UPDATE ledger_transactions SET balance = balance + 1 WHERE number = 2",
            "UPDATE ledger_transactions SET number = 5 WHERE number = 3",
            "DELETE FROM ledger_entries WHERE account = 'USAGE'",
            "UPDATE ledger_entries SET account = 'CLEARING' WHERE account = 'CREDIT'",
        ];
        for change in changes {
            let ledger = Ledger::new().await;
            for reference in ["a", "b", "c"] {
                let debited = ledger.run(move |tx, ports, tenants| {
                    debit_usage(tx, ports, &tenants[0], 7, reference, Timestamp::UNIX_EPOCH)
                });
                debited.await.unwrap();
            }
            assert_eq!(ledger.findings().await, []);
            let params: [Value; 0] = [];
            ledger.run(move |tx, _, _| Ok(tx.execute(change, &params)?)).await.unwrap();
            assert_ne!(ledger.findings().await, [], "{change}");
        }
    }
}
