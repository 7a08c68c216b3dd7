//! Proves usage: the sums are those of the events, and the ledger was debited what they cost.

use super::GRAINS;
use crate::app::check::Finding;
use crate::error::Error;
use crate::ids::TenantId;
use crate::store::{Tx, usage};

/// How many cells or batches are named of each kind.
const MOST: i64 = 20;

/// Proves the usage of a tenant.
///
/// # Errors
/// Those of the store.
pub fn check(tx: &mut Tx<'_>, tenant_id: &TenantId) -> Result<Vec<Finding>, Error> {
    let found = |problem| Finding::new("usage", tenant_id.as_str(), problem);
    let mut findings = Vec::new();
    for grain in GRAINS {
        for wrong in usage::wrong_sums(tx, tenant_id, grain, MOST)? {
            let usage::Wrong { start, key_id, off: [requests, input, output, micro_usd] } = wrong;
            findings.push(found(format!(
                "the sums of {key_id} for the {} minutes from {start:.3} are off by {requests} requests, {input} and {output} tokens, \
                 {micro_usd} micro-USD",
                grain.as_mins()
            )));
        }
    }
    for (batch, off) in usage::wrong_debits(tx, tenant_id, MOST)? {
        findings.push(found(format!(
            "the debit of the report {batch} is off by {off} micro-USD from what its events cost"
        )));
    }
    Ok(findings)
}
