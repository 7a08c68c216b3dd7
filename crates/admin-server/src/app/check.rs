//! What `aisetu-server check` finds: that what is kept twice says the same, and that sums are what they are sums of.

use std::fmt;

use serde::Serialize;

use super::audit::{OPERATORS_CHAIN, Step, Walk};
use super::{ControlPlane, billing, usage};
use crate::error::Error;
use crate::store;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What was looked at, such as `ledger`.
    pub area: &'static str,
    /// The id of what is wrong.
    pub object_id: String,
    /// What is wrong with it, in words.
    pub problem: String,
}

impl Finding {
    /// A finding about an object.
    pub fn new(area: &'static str, object_id: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { area, object_id: object_id.into(), problem: problem.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.area, self.object_id, self.problem)
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Tenants.
    pub tenants: usize,
    /// Audit events that are as they were written.
    pub audit_events: i64,
    /// What is not as it must be.
    pub findings: Vec<Finding>,
}

impl ControlPlane {
    /// Checks the whole database: that usage is the sum of its events, the ledger debited for it and balanced, every credential opens, and
    /// every audit chain is whole. A server may be at work meanwhile: what belongs together is read in one transaction.
    ///
    /// # Errors
    /// Those of the store; what is wrong with the data is a finding.
    pub async fn check(&self) -> Result<Checked, Error> {
        let mut checked = Checked::default();
        checked.findings.extend(self.store().read(billing::check).await?);
        checked.findings.extend(self.check_credentials().await?);
        let tenants = self.store().read(|tx| Ok(store::usage::tenants(tx)?)).await?;
        checked.tenants = tenants.len();
        for tenant_id in tenants {
            let id = tenant_id.clone();
            checked.findings.extend(self.store().read(move |tx| usage::check(tx, &id)).await?);
            self.check_chain(tenant_id.as_str(), &mut checked).await?;
        }
        self.check_chain(OPERATORS_CHAIN, &mut checked).await?;
        Ok(checked)
    }

    /// Walks an audit chain, a transaction for each step.
    async fn check_chain(&self, chain: &str, checked: &mut Checked) -> Result<(), Error> {
        let mut walk = Walk::default();
        loop {
            let (keys, of) = (std::sync::Arc::clone(&self.ports().keys), chain.to_owned());
            let step = self.store().read(move |tx| {
                // The operator may have done nothing yet; a tenant's chain begins with the tenant.
                let unused = of == OPERATORS_CHAIN && store::audit::head(tx, &of)?.is_none();
                if unused && store::audit::walk(tx, &of, None, 1)?.is_empty() {
                    return Ok(Step::Done(Ok(0)));
                }
                walk.clone().step(tx, &keys.audit, &of)
            });
            match step.await? {
                Step::Further(further) => walk = further,
                Step::Done(Ok(events)) => {
                    checked.audit_events += events;
                    return Ok(());
                }
                Step::Done(Err(broken)) => {
                    checked.findings.push(Finding::new("audit", chain, broken.to_string()));
                    return Ok(());
                }
            }
        }
    }
}
