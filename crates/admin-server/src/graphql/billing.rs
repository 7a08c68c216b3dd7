//! `billing`.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::scalars::{DateTime, Decimal, Secret};
use super::{Answer, mutate_outside, page, page_type, query};
use crate::app::billing::{self, GetCreditBalance, ListLedger, ListTopUps};
use crate::{model, money};

/// A sum of money.
#[derive(Debug, SimpleObject)]
pub(crate) struct Money {
    amount: Decimal,
    /// ISO 4217: `USD`.
    currency: String,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self { amount: Decimal(money), currency: money::CURRENCY.to_owned() }
    }
}

/// What a tenant may still use.
#[derive(Debug, SimpleObject)]
pub(crate) struct CreditBalance {
    tenant_id: ID,
    /// Less than zero after calls that were on their way when the credit ran out.
    balance: Money,
    /// When it was so much.
    at: DateTime,
}

impl From<billing::CreditBalance> for CreditBalance {
    fn from(credit: billing::CreditBalance) -> Self {
        Self { tenant_id: credit.tenant_id.as_str().into(), balance: credit.balance.into(), at: DateTime(credit.at) }
    }
}

/// How far a top-up is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::TopUpState")]
pub(crate) enum TopUpState {
    /// The payment provider has not answered yet.
    Created,
    /// It can be paid.
    Pending,
    /// It was paid, and is credited but for what was refunded or is disputed.
    Succeeded,
    /// It can not be paid any more: the payment failed, or the provider refused it.
    Failed,
    /// Nobody paid in time.
    Expired,
    /// All of it was given back.
    Refunded,
}

/// How a top-up is paid. One has one way, so that nobody pays it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::TopUpFlow")]
pub(crate) enum TopUpFlow {
    /// On a page of the payment provider, `paymentUrl`.
    Checkout,
    /// In a form of a program's own, by the client secret of a PaymentIntent.
    PaymentIntent,
}

/// Who takes a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::PaymentProvider")]
pub(crate) enum PaymentProvider {
    /// Stripe.
    Stripe,
    /// Nobody: a developer's control plane, where payments are settled by a command.
    Dev,
}

/// Money that is to be paid in, or was.
#[derive(Debug, SimpleObject)]
pub(crate) struct TopUp {
    id: ID,
    tenant_id: ID,
    /// What was asked for.
    amount: Money,
    state: TopUpState,
    provider: PaymentProvider,
    flow: TopUpFlow,
    /// Where it is paid; null unless it is PENDING and paid on a page.
    payment_url: Option<String>,
    /// Why it failed, or the last try to pay it, in words such as `the payment was declined`.
    failure: Option<String>,
    /// How much was given back.
    refunded: Money,
    /// How much the payer's bank has taken back, until the dispute is decided.
    disputed: Money,
    /// Who asked for it.
    created_by: ID,
    created_at: DateTime,
    /// Until when it can be paid.
    expires_at: DateTime,
    /// When it was paid; null until it is.
    paid_at: Option<DateTime>,
}

impl From<model::TopUp> for TopUp {
    fn from(top_up: model::TopUp) -> Self {
        Self {
            id: top_up.id.as_str().into(),
            tenant_id: top_up.tenant_id.as_str().into(),
            amount: top_up.amount.into(),
            state: top_up.state.into(),
            provider: top_up.provider.into(),
            flow: top_up.flow.into(),
            payment_url: top_up.payment_url,
            failure: top_up.failure,
            refunded: top_up.refunded.into(),
            disputed: top_up.disputed.into(),
            created_by: top_up.created_by.as_str().into(),
            created_at: DateTime(top_up.created_at),
            expires_at: DateTime(top_up.expires_at),
            paid_at: top_up.paid_at.map(DateTime),
        }
    }
}

page_type! {
    /// One page of top-ups.
    TopUpPage of TopUp from model::TopUp
}

/// A top-up that can be paid.
#[derive(Debug, SimpleObject)]
pub(crate) struct TopUpIntent {
    item: TopUp,
    /// With the flow PAYMENT_INTENT what a program gives to the payment provider's form, once; null with CHECKOUT.
    client_secret: Option<Secret>,
}

impl From<billing::TopUpIntent> for TopUpIntent {
    fn from(intent: billing::TopUpIntent) -> Self {
        Self { item: intent.item.into(), client_secret: intent.client_secret.map(Secret) }
    }
}

/// What moved a tenant's credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::LedgerKind")]
pub(crate) enum LedgerKind {
    /// A top-up was paid.
    TopUp,
    /// Calls were used.
    Usage,
    /// A payment was given back.
    Refund,
    /// A refund failed, and the payment stands again.
    RefundReversal,
    /// The payer's bank took a payment back until the dispute is decided.
    Dispute,
    /// A dispute was won, and the bank gave the payment again.
    DisputeReversal,
    /// The operator set something right.
    Adjustment,
}

/// One thing that moved a tenant's credit.
#[derive(Debug, SimpleObject)]
pub(crate) struct LedgerTransaction {
    id: ID,
    tenant_id: ID,
    kind: LedgerKind,
    /// What it was for: the id of the top-up first, where there is one.
    reference: String,
    /// By how much the credit changed; less than zero = it was drawn down.
    amount: Money,
    /// The credit after it.
    balance: Money,
    at: DateTime,
}

impl From<model::LedgerTransaction> for LedgerTransaction {
    fn from(transaction: model::LedgerTransaction) -> Self {
        Self {
            id: transaction.id.as_str().into(),
            tenant_id: transaction.tenant_id.as_str().into(),
            kind: transaction.kind.into(),
            reference: transaction.reference,
            amount: transaction.amount.into(),
            balance: transaction.balance.into(),
            at: DateTime(transaction.at),
        }
    }
}

page_type! {
    /// One page of what moved the credit.
    LedgerPage of LedgerTransaction from model::LedgerTransaction
}

/// Whose credit.
#[derive(Debug, Default, InputObject)]
pub(crate) struct CreditBalanceInput {
    /// Absent = the tenant of the token; another one is not found.
    tenant_id: Option<ID>,
}

/// Which top-ups to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListTopUpsInput {
    /// Absent = the tenant of the token; another one is not found.
    tenant_id: Option<ID>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// Which part of the ledger to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListLedgerInput {
    /// Absent = the tenant of the token; another one is not found.
    tenant_id: Option<ID>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// A top-up to make.
#[derive(Debug, InputObject)]
pub(crate) struct CreateTopUpIntentInput {
    /// How much: `25` or `25.50`, with at most two decimals, and within the bounds that the operator set, 5 to 10,000 unless set.
    usd: Decimal,
    /// How it is paid; absent = CHECKOUT.
    flow: Option<TopUpFlow>,
    /// Absent = the tenant of the token; another one is not found.
    tenant_id: Option<ID>,
}

#[derive(Debug, Default)]
pub(crate) struct BillingQuery;

#[Object]
impl BillingQuery {
    /// Tells how much credit the tenant has.
    async fn billing_credit_balance(
        &self,
        ctx: &Context<'_>,
        input: Option<CreditBalanceInput>,
    ) -> Answer<CreditBalance> {
        let tenant_id = input.unwrap_or_default().tenant_id.map(|id| id.0);
        Ok(query(ctx, Ok(GetCreditBalance { tenant_id })).await?.into())
    }

    /// Lists top-ups, newest first.
    async fn billing_top_ups(&self, ctx: &Context<'_>, input: Option<ListTopUpsInput>) -> Answer<TopUpPage> {
        let input = input.unwrap_or_default();
        let page = page(input.limit, input.cursor, input.offset);
        Ok(query(ctx, Ok(ListTopUps { tenant_id: input.tenant_id.map(|id| id.0), page })).await?.into())
    }

    /// Lists what moved the tenant's credit, newest first.
    async fn billing_ledger(&self, ctx: &Context<'_>, input: Option<ListLedgerInput>) -> Answer<LedgerPage> {
        let input = input.unwrap_or_default();
        let page = page(input.limit, input.cursor, input.offset);
        Ok(query(ctx, Ok(ListLedger { tenant_id: input.tenant_id.map(|id| id.0), page })).await?.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct BillingMutation;

#[Object]
impl BillingMutation {
    /// Makes a top-up that can be paid. Nothing is charged before it is.
    async fn billing_create_top_up_intent(
        &self,
        ctx: &Context<'_>,
        input: CreateTopUpIntentInput,
    ) -> Answer<TopUpIntent> {
        let CreateTopUpIntentInput { usd, flow, tenant_id } = input;
        let flow = flow.map_or(model::TopUpFlow::Checkout, Into::into);
        let operation = billing::CreateTopUpIntent { tenant_id: tenant_id.map(|id| id.0), usd: usd.0, flow };
        Ok(mutate_outside(ctx, Ok(operation)).await?.into())
    }
}
