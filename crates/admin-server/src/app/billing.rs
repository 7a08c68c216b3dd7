//! Billing: a tenant's credit, and how it is topped up.

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use admin_token::Secret;

use super::audit::Event;
use super::authorization::Reach;
use super::check::Finding;
use super::operation::{Answer, Call, Change, OutsideMutation, Query};
use super::paging::{PageInput, page};
use super::{Ports, ledger as rules, payments};
use crate::error::{Error, ObjectRef};
use crate::ids::{TenantId, TopUpId};
use crate::model::{LedgerTransaction, Page, TopUp, TopUpFlow, TopUpState};
use crate::money::Money;
use crate::payments::{Opened, Order, PaymentError};
use crate::store::top_ups::StoredTopUp;
use crate::store::{Tx, ledger, top_ups};

/// How long a top-up can be paid. Stripe lets a Checkout Session live for 24 hours, by its own clock.
const LIFETIME: SignedDuration = SignedDuration::from_hours(23);

/// What a tenant may still use.
#[derive(Debug)]
pub struct CreditBalance {
    /// Whose.
    pub tenant_id: TenantId,
    /// How much; less than zero after calls that were on their way when it ran out.
    pub balance: Money,
    /// When it was so much.
    pub at: Timestamp,
}

/// Tells the credit.
#[derive(Debug)]
pub struct GetCreditBalance {
    /// Whose; `None` = the caller's tenant.
    pub tenant_id: Option<String>,
}

impl Query for GetCreditBalance {
    const FIELD: &'static str = "billingCreditBalance";
    type Output = CreditBalance;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<CreditBalance, Error> {
        let tenant_id = call.caller.own_tenant(self.tenant_id.as_deref())?;
        let balance = rules::balance(tx, tenant_id)?;
        Ok(CreditBalance { tenant_id: tenant_id.clone(), balance, at: call.now })
    }
}

/// Lists top-ups, newest first.
#[derive(Debug)]
pub struct ListTopUps {
    /// Whose; `None` = the caller's tenant.
    pub tenant_id: Option<String>,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListTopUps {
    const FIELD: &'static str = "billingTopUps";
    type Output = Page<TopUp>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let tenant_id = call.caller.own_tenant(self.tenant_id.as_deref())?;
        let range = self.page.range()?;
        let (items, total) = (top_ups::list(tx, tenant_id, &range)?, top_ups::count(tx, tenant_id)?);
        Ok(page(&range, items, total, |top_up| top_up.id.to_string()))
    }
}

/// Lists what moved the credit, newest first.
#[derive(Debug)]
pub struct ListLedger {
    /// Whose; `None` = the caller's tenant.
    pub tenant_id: Option<String>,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListLedger {
    const FIELD: &'static str = "billingLedger";
    type Output = Page<LedgerTransaction>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let tenant_id = call.caller.own_tenant(self.tenant_id.as_deref())?;
        let range = self.page.range_of_numbers()?;
        // Numbers have no gap, so the last one is how many there are.
        let (total, _) = ledger::head(tx, tenant_id)?;
        let items = ledger::list(tx, tenant_id, &range)?;
        Ok(page(&range, items, total, |transaction| transaction.number.to_string()))
    }
}

/// A top-up that can be paid.
#[derive(Debug)]
pub struct TopUpIntent {
    /// The top-up.
    pub item: TopUp,
    /// What a program pays it with, where that is how it is paid.
    pub client_secret: Option<Secret>,
}

/// The secret is given again with a kept answer as long as it is kept; without it the answer still says what was made.
impl Answer for TopUpIntent {
    fn split(&self) -> Result<(String, Option<&Secret>), Error> {
        Ok((serde_json::to_string(&self.item).map_err(Error::internal)?, self.client_secret.as_ref()))
    }

    fn join(result: &str, secret: Option<Secret>) -> Result<Self, Error> {
        Ok(Self { item: serde_json::from_str(result).map_err(Error::internal)?, client_secret: secret })
    }

    fn object(_: &str) -> Result<Option<ObjectRef>, Error> {
        Ok(None)
    }

    fn still_works(&self, _: &mut Tx<'_>, _: Timestamp) -> Result<bool, Error> {
        Ok(true)
    }
}

/// Makes a top-up that can be paid.
#[derive(Debug, Serialize)]
pub struct CreateTopUpIntent {
    /// Whose; `None` = the caller's tenant.
    pub tenant_id: Option<String>,
    /// How much.
    pub usd: Money,
    /// How it is paid.
    pub flow: TopUpFlow,
}

impl CreateTopUpIntent {
    fn check_amount(&self, ports: &Ports) -> Result<(), Error> {
        let (usd, bounds) = (self.usd, ports.settings.top_ups);
        let refused = |why: String| Err(Error::bad_input("usd", why));
        if usd.cents().is_none() {
            return refused(format!("`usd` is {usd}; it may have 2 decimals, because nobody pays a part of a cent"));
        }
        if usd < bounds.min || usd > bounds.max {
            return refused(format!("`usd` is {usd}; it must be {} to {}", bounds.min, bounds.max));
        }
        Ok(())
    }
}

impl OutsideMutation for CreateTopUpIntent {
    const FIELD: &'static str = "billingCreateTopUpIntent";
    type Target = TenantId;
    type Begun = TopUpId;
    type Question = Order;
    type Outcome = Opened;
    type Output = TopUpIntent;

    fn authorize(&self, _: &mut Tx<'_>, call: &Call<'_>) -> Result<TenantId, Error> {
        if call.caller.reach_anywhere(call.rule.permission) != Reach::Everything {
            return Err(call.rule.permission.refused(call.rule.field));
        }
        call.caller.own_tenant(self.tenant_id.as_deref()).cloned()
    }

    fn begin(&self, tx: &mut Tx<'_>, call: &Call<'_>, tenant_id: TenantId) -> Result<Change<TopUpId>, Error> {
        self.check_amount(call.ports)?;
        let provider = call.ports.payments.as_ref().map(|payments| payments.provider()).ok_or_else(no_payments)?;
        let after = |time| call.now.checked_add(time).map_err(Error::internal);
        let shown = TopUp {
            id: TopUpId::new(call.now, &*call.ports.random),
            tenant_id,
            created_by: call.caller.user.id.clone(),
            created_at: call.now,
            expires_at: after(LIFETIME)?,
            amount: self.usd,
            provider,
            flow: self.flow,
            state: TopUpState::Created,
            payment_url: None,
            failure: None,
            paid: None,
            paid_at: None,
            refunded: Money::ZERO,
            disputed: Money::ZERO,
        };
        let event = Event::change(&shown.id, None, None, Some(&shown))?;
        let id = shown.id.clone();
        let look_at = Some(after(payments::FIRST_LOOK)?);
        top_ups::insert(tx, &StoredTopUp { shown, session: None, payment: None, look_at, looks: 0 })?;
        Ok(Change { output: id, event })
    }

    fn question(&self, tx: &mut Tx<'_>, _: &Ports, id: &TopUpId) -> Result<Order, Error> {
        let top_up = top_ups::get(tx, id)?.ok_or_else(|| Error::internal(format!("there is no top-up {id}")))?;
        Ok(payments::order(&top_up.shown))
    }

    fn ask<'a>(&'a self, ports: &'a Ports, order: Order) -> BoxFuture<'a, Result<Opened, Error>> {
        Box::pin(async move {
            let payments = ports.payments.as_ref().ok_or_else(no_payments)?;
            payments.open(&order).await.map_err(|error| match error {
                // What it refuses is between the operator and the provider, and stands in the log.
                PaymentError::Refused(_) | PaymentError::Unknown(_) => {
                    Error::unavailable("the payment provider refuses to take this payment")
                        .with_hint("nothing was charged; ask the operator of this control plane, whose log says why")
                }
                PaymentError::NotNow(_) => Error::unavailable("the payment provider does not answer")
                    .with_hint("nothing was charged; try again, and under a new idempotency key if that does not help"),
            })
        })
    }

    fn finish(&self, tx: &mut Tx<'_>, _: &Ports, id: &TopUpId, opened: &Opened) -> Result<TopUpIntent, Error> {
        let item = payments::opened(tx, id, opened)?;
        Ok(TopUpIntent { item, client_secret: opened.client_secret.clone() })
    }
}

fn no_payments() -> Error {
    Error::conflict("this control plane takes no payments").with_hint(
        "the operator connects a payment provider with `AI_SETU_STRIPE_SECRET_KEY_FILE`; `aisetu dev` settles payments by a command",
    )
}

/// Proves the money: the ledger, and that every payment is in it once.
///
/// # Errors
/// Those of the store.
pub fn check(tx: &mut Tx<'_>) -> Result<Vec<Finding>, Error> {
    let mut findings = rules::check(tx)?;
    findings.extend(payments::check(tx)?);
    Ok(findings)
}
