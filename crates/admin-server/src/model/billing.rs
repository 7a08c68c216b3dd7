//! Credit: what is paid in, what is used up, and the ledger of both.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{LedgerId, TenantId};
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
}

impl LedgerKind {
    /// Where the credit comes from, or goes.
    pub const fn counterpart(self) -> Account {
        match self {
            Self::TopUp | Self::Refund | Self::Dispute | Self::DisputeReversal => Account::Clearing,
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
