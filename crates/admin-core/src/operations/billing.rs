//! Billing: a tenant's credit, how it is topped up, and the ledger of what moved it.

use admin_token::Secret;
use cynic::{MutationBuilder, QueryBuilder};
use serde::{Deserialize, Serialize, Serializer};

use crate::{
    ids::{LedgerTransactionId, TenantId, TopUpId, UserId},
    money::{Decimal, Money},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo, Paged},
    output::Page,
    scalars::DateTime,
    schema,
};

/// What a tenant may still use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreditBalance {
    /// Whose.
    pub tenant_id: TenantId,
    /// How much; less than zero after calls that were on their way when the credit ran out.
    pub balance: Money,
    /// When it was so much.
    pub at: DateTime,
}

graphql_enum! {
    /// How far a top-up is.
    TopUpState {
        /// The payment provider has not answered yet.
        Created = "CREATED",
        /// It can be paid.
        Pending = "PENDING",
        /// It was paid, and is credited but for what was refunded or is disputed.
        Succeeded = "SUCCEEDED",
        /// It can not be paid any more: the payment failed, or the provider refused it.
        Failed = "FAILED",
        /// Nobody paid in time.
        Expired = "EXPIRED",
        /// All of it was given back.
        Refunded = "REFUNDED",
    }
}

graphql_enum! {
    /// How a top-up is paid. One has one way, so that nobody pays it twice.
    TopUpFlow {
        /// On a page of the payment provider.
        Checkout = "CHECKOUT",
        /// In a form of a program's own, by the client secret of a PaymentIntent.
        PaymentIntent = "PAYMENT_INTENT",
    }
}

graphql_enum! {
    /// Who takes a payment.
    PaymentProvider {
        /// Stripe.
        Stripe = "STRIPE",
        /// Nobody: a developer's control plane, where payments are settled by a command.
        Dev = "DEV",
    }
}

graphql_enum! {
    /// What moved a tenant's credit.
    LedgerKind {
        /// A top-up was paid.
        TopUp = "TOP_UP",
        /// Calls were used.
        Usage = "USAGE",
        /// A payment was given back.
        Refund = "REFUND",
        /// A refund failed, and the payment stands again.
        RefundReversal = "REFUND_REVERSAL",
        /// The payer's bank took a payment back until the dispute is decided.
        Dispute = "DISPUTE",
        /// A dispute was won, and the bank gave the payment again.
        DisputeReversal = "DISPUTE_REVERSAL",
        /// The operator set something right.
        Adjustment = "ADJUSTMENT",
    }
}

/// Money that is to be paid in, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TopUp {
    /// The top-up.
    pub id: TopUpId,
    /// Whose.
    pub tenant_id: TenantId,
    /// What was asked for.
    pub amount: Money,
    /// How far it is.
    pub state: TopUpState,
    /// Who takes the payment.
    pub provider: PaymentProvider,
    /// How it is paid.
    pub flow: TopUpFlow,
    /// Where a person pays it; null unless it is PENDING and paid on a page.
    pub payment_url: Option<String>,
    /// Why it failed, or the last try to pay it, in words such as `the payment was declined`.
    pub failure: Option<String>,
    /// How much was given back.
    pub refunded: Money,
    /// How much the payer's bank has taken back, until the dispute is decided.
    pub disputed: Money,
    /// Who asked for it.
    pub created_by: UserId,
    /// When.
    pub created_at: DateTime,
    /// Until when it can be paid.
    pub expires_at: DateTime,
    /// When it was paid; null until it is.
    pub paid_at: Option<DateTime>,
}

/// A top-up that can be paid. As JSON it is the top-up alone: a client secret is for the program that holds it.
#[derive(Debug, Clone, cynic::QueryFragment)]
#[non_exhaustive]
pub struct TopUpIntent {
    /// The top-up, with the `payment_url` where a person pays it.
    pub item: TopUp,
    /// With [`TopUpFlow::PaymentIntent`] what a program gives to the payment provider's form. It is given once, and with a retry for
    /// 10 minutes.
    pub client_secret: Option<Secret>,
}

impl Serialize for TopUpIntent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.item.serialize(serializer)
    }
}

#[cfg(feature = "json-schema")]
impl schemars::JsonSchema for TopUpIntent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        TopUp::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        TopUp::json_schema(generator)
    }
}

/// One thing that moved a tenant's credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LedgerTransaction {
    /// The transaction.
    pub id: LedgerTransactionId,
    /// Whose.
    pub tenant_id: TenantId,
    /// What it was.
    pub kind: LedgerKind,
    /// What it was for: the id of the top-up first, where there is one.
    pub reference: String,
    /// By how much the credit changed; less than zero = it was drawn down.
    pub amount: Money,
    /// The credit after it.
    pub balance: Money,
    /// When.
    pub at: DateTime,
}

/// Tells how much credit the tenant has.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "CreditBalanceInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetCreditBalance {
    /// The tenant (`ten_…`); absent = that of the token, and another one is not found.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
}

impl Operation for GetCreditBalance {
    type Variables = wire::BalanceVariables;
    type Data = wire::BillingCreditBalance;
    type Output = CreditBalance;
    const INFO: OperationInfo = OperationInfo {
        namespace: "billing",
        method: "credit_balance",
        title: "Get the credit balance",
        summary: "Tells how much credit the tenant has.",
        description: "Returns the balance in USD; after calls that were on their way when it ran out it is below zero. It takes the role OWNER or BILLING. For what moved it, use list_ledger.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "get_credit_balance",
        toolset: "billing",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::BalanceVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.billing_credit_balance
    }
}

/// Lists top-ups, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListTopUpsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListTopUps {
    /// The tenant (`ten_…`); absent = that of the token, and another one is not found.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl Operation for ListTopUps {
    type Variables = wire::TopUpsVariables;
    type Data = wire::BillingTopUps;
    type Output = Page<TopUp>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "billing",
        method: "top_ups",
        title: "List top-ups",
        summary: "Lists top-ups, newest first.",
        description: "Returns a page of top-ups with state, amount, what was refunded, and the payment URL of those that can still \
                      be paid. It takes the role OWNER or BILLING. To make one, use create_top_up_intent.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_top_ups",
        toolset: "billing_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::TopUpsVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.billing_top_ups.into()
    }
}

impl Paged for ListTopUps {
    type Item = TopUp;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Lists what moved the tenant's credit, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListLedgerInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListLedger {
    /// The tenant (`ten_…`); absent = that of the token, and another one is not found.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl Operation for ListLedger {
    type Variables = wire::LedgerVariables;
    type Data = wire::BillingLedger;
    type Output = Page<LedgerTransaction>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "billing",
        method: "ledger",
        title: "List the ledger",
        summary: "Lists what moved the tenant's credit, newest first.",
        description: "Returns a page of the ledger: top-ups, usage, refunds and disputes, each with its amount and the balance after \
                      it. The balance is the sum of all amounts. It takes the role OWNER or BILLING.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_ledger",
        toolset: "billing_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::LedgerVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.billing_ledger.into()
    }
}

impl Paged for ListLedger {
    type Item = LedgerTransaction;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Makes a top-up that can be paid.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "CreateTopUpIntentInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateTopUpIntent {
    /// In USD as text, such as `25` or `25.50`; within the operator's bounds, 5 to 10,000 unless set.
    pub usd: Decimal,
    /// Leave it absent, which is CHECKOUT: a page where a person pays. PAYMENT_INTENT is for programs that use the SDK, which alone
    /// shows the client secret.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub flow: Option<TopUpFlow>,
    /// The tenant (`ten_…`); absent = that of the token, and another one is not found.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
}

impl Operation for CreateTopUpIntent {
    type Variables = wire::CreateVariables;
    type Data = wire::BillingCreateTopUpIntent;
    type Output = TopUpIntent;
    const INFO: OperationInfo = OperationInfo {
        namespace: "billing",
        method: "create_top_up_intent",
        title: "Create a top-up",
        summary: "Makes a top-up that can be paid; nothing is charged before it is.",
        description: "Returns the top-up with a payment URL for the user, good for 23 hours. The credit comes with the payment, which list_top_ups shows. It takes the role OWNER or BILLING.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::Money,
        tool: "create_top_up_intent",
        toolset: "billing",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::CreateVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.billing_create_top_up_intent
    }
}

impl CreateTopUpIntent {
    /// One of so many USD, to be paid on a page of the payment provider.
    pub const fn new(usd: Decimal) -> Self {
        Self { usd, flow: None, tenant_id: None }
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{
        CreateTopUpIntent, CreditBalance, GetCreditBalance, LedgerTransaction, ListLedger, ListTopUps, TopUp,
        TopUpIntent, schema,
    };
    use crate::output::page;

    #[derive(cynic::QueryFragment)]
    pub struct TopUpPage {
        items: Vec<TopUp>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(TopUpPage, TopUp);

    #[derive(cynic::QueryFragment)]
    pub struct LedgerPage {
        items: Vec<LedgerTransaction>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(LedgerPage, LedgerTransaction);

    #[derive(cynic::QueryVariables)]
    pub struct BalanceVariables {
        pub(super) input: GetCreditBalance,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "BalanceVariables")]
    pub struct BillingCreditBalance {
        #[arguments(input: $input)]
        pub(super) billing_credit_balance: CreditBalance,
    }

    #[derive(cynic::QueryVariables)]
    pub struct TopUpsVariables {
        pub(super) input: ListTopUps,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "TopUpsVariables")]
    pub struct BillingTopUps {
        #[arguments(input: $input)]
        pub(super) billing_top_ups: TopUpPage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct LedgerVariables {
        pub(super) input: ListLedger,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "LedgerVariables")]
    pub struct BillingLedger {
        #[arguments(input: $input)]
        pub(super) billing_ledger: LedgerPage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct CreateVariables {
        pub(super) input: CreateTopUpIntent,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "CreateVariables")]
    pub struct BillingCreateTopUpIntent {
        #[arguments(input: $input)]
        pub(super) billing_create_top_up_intent: TopUpIntent,
    }
}
