//! What `aisetu-server check` finds: that what is kept twice says the same, and that sums are what they are sums of.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::audit::{ExpectedHead, OPERATORS_CHAIN, STEP, Step, Walk};
use super::{ControlPlane, billing, budgets, key_logs, usage};
use crate::error::Error;
use crate::store::{self, key_logs::Gap};

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

/// The head of an audit chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainHead {
    /// The tenant, or `operator`.
    pub chain: String,
    /// Count, MAC and signature.
    pub head: String,
}

/// Where entries of the log of keys may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGap {
    /// How many entries there were before it.
    pub after: i64,
    /// How many may be missing.
    pub at_most: i64,
    /// When the next server noted it.
    pub found_at: String,
}

impl From<Gap> for LogGap {
    fn from(gap: Gap) -> Self {
        Self { after: gap.after, at_most: gap.at_most, found_at: format!("{:.3}", gap.found_at) }
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
    /// The heads of the audit chains that are whole.
    pub heads: Vec<ChainHead>,
    /// Where entries of the log of keys may be missing, because a server was killed: that is no fault of the data.
    pub log_gaps: Vec<LogGap>,
    /// What is not as it must be.
    pub findings: Vec<Finding>,
}

impl ControlPlane {
    /// Checks the whole database: that usage is the sum of its events, the ledger debited for it and balanced, every credential opens, and
    /// every audit chain is whole and contains the heads that are expected of it. A server may be at work meanwhile: what belongs together is
    /// read in one transaction.
    ///
    /// # Errors
    /// Those of the store; what is wrong with the data is a finding.
    pub async fn check(&self, expected: &[ChainHead]) -> Result<Checked, Error> {
        let mut checked = Checked::default();
        checked.findings.extend(self.store().read(billing::check).await?);
        checked.findings.extend(self.check_credentials().await?);
        checked.findings.extend(self.store().read(key_logs::check).await?);
        let gaps = self.store().read(|tx| Ok(store::key_logs::gaps(tx)?)).await?;
        checked.log_gaps = gaps.into_iter().map(Into::into).collect();
        let tenants = self.store().read(|tx| Ok(store::usage::tenants(tx)?)).await?;
        checked.tenants = tenants.len();
        for tenant_id in &tenants {
            let id = tenant_id.clone();
            checked.findings.extend(self.store().read(move |tx| usage::check(tx, &id)).await?);
            let (id, now) = (tenant_id.clone(), self.ports().clock.now());
            checked.findings.extend(self.store().read(move |tx| budgets::check(tx, &id, now)).await?);
            self.check_chain(tenant_id.as_str(), expected, &mut checked).await?;
        }
        self.check_chain(OPERATORS_CHAIN, expected, &mut checked).await?;
        for ChainHead { chain, .. } in expected {
            let is_there = |known: &str| known == chain;
            if !(is_there(OPERATORS_CHAIN) || tenants.iter().any(|id| is_there(id.as_str()))) {
                checked.findings.push(Finding::new(
                    "audit",
                    chain,
                    "there is no such chain, and a head of it was expected",
                ));
            }
        }
        Ok(checked)
    }

    /// Walks an audit chain, a transaction for each step.
    async fn check_chain(&self, chain: &str, expected: &[ChainHead], checked: &mut Checked) -> Result<(), Error> {
        let expected: Vec<&ChainHead> = expected.iter().filter(|expected| expected.chain == chain).collect();
        // The operator may have done nothing yet; a tenant's chain begins with the tenant.
        let may_be_unused = chain == OPERATORS_CHAIN && expected.is_empty();
        let mut walk = Walk::default();
        let verdict = loop {
            let (keys, of) = (Arc::clone(&self.ports().keys), chain.to_owned());
            let step = self.store().read(move |tx| {
                let unused = may_be_unused && store::audit::head(tx, &of)?.is_none();
                if unused && store::audit::walk(tx, &of, None, 1)?.is_empty() {
                    return Ok(None);
                }
                walk.clone().step(tx, &keys.audit, &of, STEP).map(Some)
            });
            match step.await? {
                None => return Ok(()),
                Some(Step::Further(further)) => walk = further,
                Some(Step::Done(verdict)) => break verdict,
            }
        };
        let head = match verdict {
            Ok(head) => head,
            Err(broken) => {
                checked.findings.push(Finding::new("audit", chain, broken.to_string()));
                return Ok(());
            }
        };
        for ChainHead { head: text, .. } in expected {
            let problem = match ExpectedHead::read(&self.ports().keys.audit, chain, text) {
                None => Some(format!("`{text}` is not a head that this chain had")),
                Some(expected) => {
                    let (of, head) = (chain.to_owned(), head.clone());
                    let contained = self.store().read(move |tx| expected.is_in(tx, &of, head.clone())).await?;
                    contained.err().map(|broken| broken.to_string())
                }
            };
            checked.findings.extend(problem.map(|problem| Finding::new("audit", chain, problem)));
        }
        checked.audit_events += head.count;
        checked.heads.push(ChainHead { chain: chain.to_owned(), head: head.to_string() });
        Ok(())
    }
}
