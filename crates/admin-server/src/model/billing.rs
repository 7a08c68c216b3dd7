//! Credit: what is paid in, what is used up, and the ledger of both.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{LedgerId, TenantId, TopUpId, UserId};
use crate::money::Money;
use crate::store::column_from_str;

named! {
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
    /// An account of a tenant. What goes into one comes out of another.
    Account {
        /// What the tenant may still use: the operator's debt to them.
        Credit = "CREDIT",
        /// What the payment provider holds for the operator; minus = paid in.
        Clearing = "CLEARING",
        /// What was used.
        Usage = "USAGE",
        /// What the operator gave or took.
        Adjustments = "ADJUSTMENTS",
    }
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
    /// How a top-up is paid. One has one way, so that nobody pays it twice.
    TopUpFlow {
        /// On a page of the payment provider.
        Checkout = "CHECKOUT",
        /// In a form of a program's own, by the client secret of a PaymentIntent.
        PaymentIntent = "PAYMENT_INTENT",
    }
    /// Who takes payments.
    PaymentProvider {
        /// Stripe.
        Stripe = "STRIPE",
        /// Nobody: a developer's control plane, where payments are settled by a command.
        Dev = "DEV",
    }
    /// What takes a payment back.
    ClaimKind {
        /// One refund.
        Refund = "REFUND",
        /// All that was refunded of a charge so far.
        ChargeRefunds = "CHARGE_REFUNDS",
        /// A dispute.
        Dispute = "DISPUTE",
    }
}

impl LedgerKind {
    /// Where the credit comes from, or goes.
    pub const fn counterpart(self) -> Account {
        match self {
            Self::TopUp | Self::Refund | Self::RefundReversal | Self::Dispute | Self::DisputeReversal => {
                Account::Clearing
            }
            Self::Usage => Account::Usage,
            Self::Adjustment => Account::Adjustments,
        }
    }
}

/// One thing that moved a tenant's credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerTransaction {
    /// `led_…`
    pub id: LedgerId,
    /// Whose.
    pub tenant_id: TenantId,
    /// Counts from 1 within the tenant.
    pub number: i64,
    /// What it was.
    pub kind: LedgerKind,
    /// What it was for, such as the id of a top-up.
    pub reference: String,
    /// When.
    pub at: Timestamp,
    /// By how much the credit changed; less than zero = it was drawn down.
    pub amount: Money,
    /// The credit after it.
    pub balance: Money,
}

/// Money that is to be paid in, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopUp {
    /// `top_…`
    pub id: TopUpId,
    /// Whose.
    pub tenant_id: TenantId,
    /// Who asked for it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
    /// How much.
    pub amount: Money,
    /// Who takes the payment.
    pub provider: PaymentProvider,
    /// How it is paid.
    pub flow: TopUpFlow,
    /// How far it is.
    pub state: TopUpState,
    /// Where it is paid.
    pub payment_url: Option<String>,
    /// Why it failed, or the last try to pay it.
    pub failure: Option<String>,
    /// What was paid.
    pub paid: Option<Money>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// How much of that was given back.
    pub refunded: Money,
    /// How much of it the payer's bank has taken back.
    pub disputed: Money,
}

/// Something that takes a payment back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The provider's id of it.
    pub id: String,
    /// The provider's id of the payment.
    pub payment: String,
    /// What it is.
    pub kind: ClaimKind,
    /// How much.
    pub amount: Money,
    /// Whether it was taken.
    pub taken: bool,
    /// Whether it was given again.
    pub returned: bool,
}
