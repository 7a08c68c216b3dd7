//! Billing: a tenant's credit, and how it is topped up.

use jiff::Timestamp;

use super::check::Finding;
use super::ledger;
use super::operation::{Call, Query};
use crate::error::Error;
use crate::ids::TenantId;
use crate::money::Money;
use crate::store::Tx;

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
        let balance = ledger::balance(tx, tenant_id)?;
        Ok(CreditBalance { tenant_id: tenant_id.clone(), balance, at: call.now })
    }
}

/// Proves the money: the ledger, and that every payment is in it once.
///
/// # Errors
/// Those of the store.
pub fn check(tx: &mut Tx<'_>) -> Result<Vec<Finding>, Error> {
    ledger::check(tx)
}
