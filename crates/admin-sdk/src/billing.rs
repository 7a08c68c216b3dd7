//! Billing: a tenant's credit, how it is topped up, and the ledger of what moved it.

use admin_core::Client;
#[doc(inline)]
pub use admin_core::billing::{
    CreateTopUpIntent, CreditBalance, GetCreditBalance, LedgerKind, LedgerTransaction, ListLedger, ListTopUps,
    PaymentProvider, TopUp, TopUpFlow, TopUpIntent, TopUpState,
};

use crate::call::Call;

/// The methods of billing. Made by [`AiSetuAdmin::billing`](crate::AiSetuAdmin::billing).
#[derive(Debug, Clone)]
pub struct Billing {
    pub(crate) client: Client,
}

impl Billing {
    /// Tells how much credit the tenant has.
    ///
    /// It is less than zero after calls that were on their way when the credit ran out.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:billing`, and the role OWNER or BILLING.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: `tenant_id` is another tenant than that of the token.
    /// - `BAD_USER_INPUT`: the id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::billing::GetCreditBalance;
    ///
    /// let credit = admin.billing().credit_balance(GetCreditBalance::default()).await?;
    /// println!("{}", credit.balance);
    /// # Ok(())
    /// # }
    /// ```
    pub fn credit_balance(&self, whose: GetCreditBalance) -> Call<GetCreditBalance> {
        Call::new(&self.client, whose)
    }

    /// Makes a top-up that can be paid. Nothing is charged before it is.
    ///
    /// A person pays it at [`payment_url`](TopUp::payment_url). A program with a form of its own asks for
    /// [`TopUpFlow::PaymentIntent`] instead, and gives the form the [`client_secret`](TopUpIntent::client_secret).
    ///
    /// # Scope
    /// `admin:write` or `admin:billing`, and the role OWNER or BILLING.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: `tenant_id` is another tenant than that of the token.
    /// - `BAD_USER_INPUT`: `usd` has more than two decimals or is out of the operator's bounds, which the message names.
    /// - `CONFLICT`: the control plane takes no payments.
    /// - `UNAVAILABLE`: the payment provider does not answer, or refuses. Nothing was charged.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls: each gives the same
    /// top-up, and so the same payment.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), Box<dyn std::error::Error>> {
    /// use admin_sdk::billing::CreateTopUpIntent;
    ///
    /// let intent = admin.billing().create_top_up_intent(CreateTopUpIntent::new("25.50".parse()?)).await?;
    /// println!("pay at {}", intent.item.payment_url.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_top_up_intent(&self, top_up: CreateTopUpIntent) -> Call<CreateTopUpIntent> {
        Call::new(&self.client, top_up)
    }

    /// Lists top-ups, newest first.
    ///
    /// Awaited, it gives one page; [`stream`](Call::stream) and [`all`](Call::all) go over all pages.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:billing`, and the role OWNER or BILLING.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: `tenant_id` is another tenant than that of the token.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds, or the id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::billing::{ListTopUps, TopUpState};
    ///
    /// let top_ups = admin.billing().top_ups(ListTopUps::default()).all().await?;
    /// let waiting = top_ups.iter().filter(|top_up| top_up.state == TopUpState::Pending).count();
    /// # Ok(())
    /// # }
    /// ```
    pub fn top_ups(&self, which: ListTopUps) -> Call<ListTopUps> {
        Call::new(&self.client, which)
    }

    /// Lists what moved the tenant's credit, newest first.
    ///
    /// The balance is the sum of all amounts, and each transaction has the balance after it. Awaited, it gives one page;
    /// [`stream`](Call::stream) and [`all`](Call::all) go over all pages.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:billing`, and the role OWNER or BILLING.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: `tenant_id` is another tenant than that of the token.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds, or the id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::billing::ListLedger;
    ///
    /// let mut ledger = admin.billing().ledger(ListLedger::default()).stream();
    /// while let Some(entry) = ledger.try_next().await? {
    ///     println!("{} {} {} -> {}", entry.at, entry.kind, entry.amount, entry.balance);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn ledger(&self, which: ListLedger) -> Call<ListLedger> {
        Call::new(&self.client, which)
    }
}
