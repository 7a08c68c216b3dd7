//! Why a key may do a thing, or may not: the decision that verification makes, told to those who may read the key.

use std::net::IpAddr;
use std::sync::Arc;

use admin_policy::{Check, Context, Counters, Decision, Meter, Outcome, RateLimit, Scope, Verdict, decide};
use jiff::Timestamp;

use super::api_keys::KeyTarget;
use super::meters::Meters;
use super::operation::{Call, Query};
use super::verify::KnownKey;
use super::{ControlPlane, budgets, ledger};
use crate::error::Error;
use crate::ids::{ApiKeyId, ProjectId};
use crate::model::{Budget, Spender};
use crate::money::Money;
use crate::settings::Billing;
use crate::store::api_keys::Presented;
use crate::store::{Tx, connections, workspaces};

/// A call that might be made with the newest secret of a key.
#[derive(Debug)]
pub struct Supposed {
    /// The key.
    pub id: ApiKeyId,
    /// The scopes that the call needs.
    pub scopes: Vec<Scope>,
    /// The project for which it is made.
    pub project_id: Option<ProjectId>,
    /// The address that it comes from.
    pub ip: Option<IpAddr>,
    /// The page that it comes from.
    pub referrer: Option<String>,
    /// How much of the rate limit it takes.
    pub cost: u32,
    /// Slug or id of the tenant's own connection over which it goes.
    pub connection: Option<String>,
    /// When it is made; `None` = now.
    pub at: Option<Timestamp>,
}

/// Explains what would come of a call. Nothing is taken of the rate limit, and nothing logged.
#[derive(Debug)]
pub struct ExplainApiKey {
    call: Supposed,
    meters: Arc<Meters>,
}

impl ControlPlane {
    /// The question what would come of a call.
    pub fn explain(&self, call: Supposed) -> ExplainApiKey {
        ExplainApiKey { call, meters: Arc::clone(&self.meters) }
    }
}

/// What would come of a call, and why.
#[derive(Debug)]
pub struct Explanation {
    /// The answer.
    pub verdict: Verdict,
    /// When it was supposed to be made.
    pub at: Timestamp,
    /// From when on the check that denies would deny no more; `None` = not by waiting, or none denies.
    pub until: Option<Timestamp>,
    /// Every check in order.
    pub steps: Vec<ExplainedStep>,
}

/// One check.
#[derive(Debug)]
pub struct ExplainedStep {
    /// Which.
    pub check: Check,
    /// How it went.
    pub outcome: Outcome,
    /// Why, in words.
    pub why: String,
}

impl Query for ExplainApiKey {
    const FIELD: &'static str = "apiKeysExplain";
    type Output = Explanation;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Explanation, Error> {
        let key = KeyTarget::readable(tx, call, &self.call.id)?.alive()?;
        let at = self.call.at.unwrap_or(call.now);
        let version = key.versions.first().ok_or_else(|| Error::not_found("API key"))?;
        let (version_id, version_expires_at) = (version.id.clone(), version.expires_at);
        let workspace_budget = workspaces::get(tx, &key.workspace_id)?.and_then(|workspace| workspace.budget);
        let presented = Presented {
            key,
            workspace_deleted: false,
            workspace_budget,
            version_id,
            version_expires_at,
            version_revoked: false,
        };
        let known = KnownKey::new(presented)?;
        let policy = known.policy();
        let key = known.key();
        let mut counters = Counters::default();
        if let Some(budget) = &policy.budget {
            counters.spent = budgets::spent(tx, &key.tenant_id, &Spender::Key(key.id.clone()), budget, at)?;
        }
        if let Some(budget) = &policy.workspace_budget {
            let spender = Spender::Workspace(key.workspace_id.clone());
            counters.workspace_spent = budgets::spent(tx, &key.tenant_id, &spender, budget, at)?;
        }
        if call.ports.settings.billing == Billing::Prepaid {
            counters.credit = Some(ledger::balance(tx, &key.tenant_id)?.micros());
        }
        let own_connection = match &self.call.connection {
            Some(connection) => connections::is_living(tx, &key.workspace_id, connection)?,
            None => false,
        };
        counters.meter = policy.restrictions.rate_limit.map_or_else(Meter::default, |limit: RateLimit| {
            self.meters.with(&known.key().id, limit, call.now, |meter| (meter, None))
        });
        let context = Context {
            scopes: &self.call.scopes,
            project: self.call.project_id.as_ref().map(ProjectId::as_str),
            ip: self.call.ip,
            referrer: self.call.referrer.as_deref(),
            own_connection,
            cost: self.call.cost,
        };
        let decision = decide(Some(policy), &context, &counters, at);
        let step = |step: &admin_policy::Step| ExplainedStep {
            check: step.check,
            outcome: step.outcome,
            why: self.why(*step, &known, &decision, &counters, at),
        };
        let steps = decision.trace.iter().map(step).collect();
        Ok(Explanation { verdict: decision.verdict, at, until: decision.until, steps })
    }
}

impl ExplainApiKey {
    fn why(
        &self,
        step: admin_policy::Step,
        known: &KnownKey,
        decision: &Decision,
        counters: &Counters,
        at: Timestamp,
    ) -> String {
        match step.outcome {
            Outcome::Unrestricted => nothing_to_deny(step.check).to_owned(),
            Outcome::Skipped => "an earlier check denies".to_owned(),
            Outcome::Passed => self.looked_at(step.check, known, counters, at),
            Outcome::Failed(_) => {
                let until = decision.until.map(|at| format!("; from {at:.3} on it would pass")).unwrap_or_default();
                format!("{}{until}", self.looked_at(step.check, known, counters, at))
            }
        }
    }

    /// What the check compares.
    fn looked_at(&self, check: Check, known: &KnownKey, counters: &Counters, at: Timestamp) -> String {
        let (call, key) = (&self.call, known.key());
        let given = |what: Option<String>, name: &str| {
            what.map_or_else(|| format!("no {name} was given"), |what| format!("{name} {what}"))
        };
        let rules = &key.restrictions;
        match check {
            Check::Existence => "the key is there".to_owned(),
            Check::State => match (&key.revocation, key.disabled) {
                (Some(revocation), _) => format!("the key was revoked at {:.3}", revocation.at),
                (None, true) => "the key is disabled".to_owned(),
                (None, false) => "the key is switched on".to_owned(),
            },
            Check::Expiry => match key.expires_at {
                Some(expiry) => format!("the key expires at {expiry:.3}; the call is at {at:.3}"),
                None => "the key does not expire".to_owned(),
            },
            Check::Project => {
                let listed =
                    key.projects.as_ref().map(|ids| ids.iter().map(ProjectId::as_str).collect::<Vec<_>>().join(", "));
                format!(
                    "{}; the key is for {}",
                    given(call.project_id.as_ref().map(ToString::to_string), "project"),
                    listed.filter(|ids| !ids.is_empty()).unwrap_or_else(|| "no project any more".to_owned())
                )
            }
            Check::Scope => {
                let needed: Vec<String> = call.scopes.iter().map(ToString::to_string).collect();
                let needed = if needed.is_empty() { "no scope".to_owned() } else { needed.join(", ") };
                format!("the call needs {needed}; the key holds {}", key.scopes.join(", "))
            }
            Check::IpAddress => {
                let blocks = rules.ip_addresses.as_ref().map(|blocks| blocks.join(", ")).unwrap_or_default();
                format!("{}; allowed are {blocks}", given(call.ip.map(|ip| ip.to_canonical().to_string()), "address"))
            }
            Check::Referrer => {
                let hosts = rules.referrers.as_ref().map(|hosts| hosts.join(", ")).unwrap_or_default();
                format!("{}; allowed are {hosts}", given(call.referrer.clone(), "referrer"))
            }
            Check::Time => {
                let Some(time) = &rules.time_restrictions else { return String::new() };
                let local = at.in_tz(&time.timezone).map(|local| local.strftime("%A %H:%M").to_string());
                let days =
                    time.days_of_week.as_ref().map(|days| days.iter().map(|day| day.as_str()).collect::<Vec<_>>());
                let hours =
                    time.hours_of_day.as_ref().map(|hours| hours.iter().map(ToString::to_string).collect::<Vec<_>>());
                format!(
                    "it is {} in {}; allowed are {} in the hours {}",
                    local.unwrap_or_else(|_| at.to_string()),
                    time.timezone,
                    days.map_or_else(|| "all days".to_owned(), |days| days.join(", ")),
                    hours.map_or_else(|| "0 to 23".to_owned(), |hours| hours.join(", "))
                )
            }
            // How much it is, is for those who see the balance.
            Check::Credit if counters.credit.unwrap_or_default() > 0 => "the tenant has credit".to_owned(),
            Check::Credit => "the tenant has no credit left".to_owned(),
            Check::Budget => {
                let of_key = key.budget.as_ref().map(|budget| used("the key", counters.spent, budget));
                let workspace = known.workspace_budget();
                let of_workspace = workspace.map(|budget| used("the workspace", counters.workspace_spent, budget));
                of_key.into_iter().chain(of_workspace).collect::<Vec<_>>().join("; ")
            }
            Check::RateLimit => match rules.rate_limit {
                Some(limit) => format!(
                    "the call takes {}; allowed are {} per {}, {} at once",
                    call.cost,
                    limit.requests,
                    limit.period.as_str().to_lowercase(),
                    limit.burst
                ),
                None => String::new(),
            },
        }
    }
}

fn used(whose: &str, spent: i64, budget: &Budget) -> String {
    format!("{whose} has spent {} USD of its budget, {}", Money::from_micros(spent), budgets::said(budget))
}

/// Why a check has nothing to look at.
const fn nothing_to_deny(check: Check) -> &'static str {
    match check {
        Check::Expiry => "the key does not expire",
        Check::Project => "the key may be used for any project",
        Check::Scope => "the call needs no scope",
        Check::IpAddress => "the key may be used from any address",
        Check::Referrer => "the key may be used from any page",
        Check::Time => "the key may be used at any time",
        Check::Credit => "the call is not paid from credit",
        Check::Budget => "neither the key nor its workspace has a budget",
        Check::RateLimit => "the key has no rate limit",
        Check::Existence | Check::State => "there is nothing that could deny",
    }
}
