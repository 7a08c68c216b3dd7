//! The decision.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::referrer::host_of;
use crate::{Budget, IpBlock, Meter, RateLimit, ReferrerPattern, Scope, TimeWindow};

/// What is stored of the presented secret's key.
#[derive(Debug, Clone)]
pub struct KeyPolicy {
    /// What people did with the key.
    pub state: KeyState,
    /// From when on the key is expired; `None` = never.
    pub expires_at: Option<Timestamp>,
    /// Whether the presented secret was taken back by a rollback while the key lives on.
    pub secret_revoked: bool,
    /// From when on the presented secret is expired, because another replaced it; `None` = it is the newest.
    pub secret_expires_at: Option<Timestamp>,
    /// The projects in which the key may be used; `None` = any. An empty list lets nothing pass.
    pub projects: Option<Vec<Box<str>>>,
    /// What the key may do.
    pub scopes: Vec<Scope>,
    /// Where, when and how often it may.
    pub restrictions: Restrictions,
    /// How much it may spend; `None` = without bound.
    pub budget: Option<Budget>,
    /// How much its workspace may spend; `None` = without bound.
    pub workspace_budget: Option<Budget>,
}

/// Where, when and how often a key may be used. `None` = without bound; an empty list lets nothing pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restrictions {
    /// The addresses that it may come from.
    pub ip_addresses: Option<Vec<IpBlock>>,
    /// The pages that it may come from.
    pub referrers: Option<Vec<ReferrerPattern>>,
    /// The times at which it may come.
    pub time: Option<TimeWindow>,
    /// How often it may come.
    pub rate_limit: Option<RateLimit>,
}

/// The stored state of a key. That a key is expired follows from the time and is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Neither disabled nor revoked nor deleted.
    Active,
    /// Switched off for now.
    Disabled,
    /// Taken back.
    Revoked,
    /// Deleted, itself or with its workspace: it is as if it had never been.
    Deleted,
}

/// What the call needs, and where it comes from, as the trusted caller saw it. What is absent passes no restriction on it.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The scopes that the call needs; all must be held.
    pub scopes: &'a [Scope],
    /// The project for which it is made.
    pub project: Option<&'a str>,
    /// The address of the client.
    pub ip: Option<IpAddr>,
    /// The `Referer` or `Origin` header, or a bare host.
    pub referrer: Option<&'a str>,
    /// Whether it goes over a connection of the tenant's own, and so costs no credit.
    pub own_connection: bool,
    /// How much of the rate limit it takes; 0 = none, and it passes where one call would.
    pub cost: u32,
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { scopes: &[], project: None, ip: None, referrer: None, own_connection: false, cost: 1 }
    }
}

/// What was used so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counters {
    /// Of the rate limit.
    pub meter: Meter,
    /// Of the key's budget, in its period: micro-USD.
    pub spent: i64,
    /// Of the workspace's budget, in its period: micro-USD.
    pub workspace_spent: i64,
    /// What credit the tenant has: micro-USD; `None` = it is not asked for.
    pub credit: Option<i64>,
}

/// The answer, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The key may.
    Valid,
    /// No such key.
    NotFound,
    /// The key is switched off.
    Disabled,
    /// The key, or the presented secret of it, was taken back.
    Revoked,
    /// The key, or the presented secret of it, has expired.
    Expired,
    /// The key may not be used for this project.
    ProjectForbidden,
    /// The key lacks a scope that the call needs.
    InsufficientScope,
    /// The key may not be used from this address.
    IpForbidden,
    /// The key may not be used from this page.
    ReferrerForbidden,
    /// The key may not be used at this time.
    OutsideTimeWindow,
    /// The tenant has no credit left.
    CreditExhausted,
    /// The budget of the key or of its workspace is used up.
    BudgetExceeded,
    /// The key is used too often.
    RateLimited,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 13] = [
        Self::Valid,
        Self::NotFound,
        Self::Disabled,
        Self::Revoked,
        Self::Expired,
        Self::ProjectForbidden,
        Self::InsufficientScope,
        Self::IpForbidden,
        Self::ReferrerForbidden,
        Self::OutsideTimeWindow,
        Self::CreditExhausted,
        Self::BudgetExceeded,
        Self::RateLimited,
    ];

    /// The verdict as the wire says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::NotFound => "NOT_FOUND",
            Self::Disabled => "DISABLED",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
            Self::ProjectForbidden => "PROJECT_FORBIDDEN",
            Self::InsufficientScope => "INSUFFICIENT_SCOPE",
            Self::IpForbidden => "IP_FORBIDDEN",
            Self::ReferrerForbidden => "REFERRER_FORBIDDEN",
            Self::OutsideTimeWindow => "OUTSIDE_TIME_WINDOW",
            Self::CreditExhausted => "CREDIT_EXHAUSTED",
            Self::BudgetExceeded => "BUDGET_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
        }
    }
}

impl std::str::FromStr for Verdict {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == text).ok_or(())
    }
}

/// The checks, in the order in which they are made. A later one is skipped once an earlier one failed; the rate limit is the last, so
/// that a call which is denied takes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Whether there is such a key.
    Existence,
    /// Whether it is switched on and not taken back.
    State,
    /// Whether it has not expired.
    Expiry,
    /// Whether it may be used for the project.
    Project,
    /// Whether it holds what the call needs.
    Scope,
    /// Whether it may come from the address.
    IpAddress,
    /// Whether it may come from the page.
    Referrer,
    /// Whether it may come now.
    Time,
    /// Whether the tenant has credit.
    Credit,
    /// Whether key and workspace may spend more.
    Budget,
    /// Whether it may come again so soon.
    RateLimit,
}

const CHECKS: [Check; 11] = [
    Check::Existence,
    Check::State,
    Check::Expiry,
    Check::Project,
    Check::Scope,
    Check::IpAddress,
    Check::Referrer,
    Check::Time,
    Check::Credit,
    Check::Budget,
    Check::RateLimit,
];

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There is nothing that could deny.
    Unrestricted,
    /// The check has nothing against it.
    Passed,
    /// The check denies.
    Failed(Verdict),
    /// An earlier check had denied already.
    Skipped,
}

/// One check and how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Which check.
    pub check: Check,
    /// How it went.
    pub outcome: Outcome,
}

/// Yes or no, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// Every check in order.
    pub trace: [Step; CHECKS.len()],
    /// When the check that denies would deny no more; `None` = not by waiting, or nothing denies.
    pub until: Option<Timestamp>,
    /// The meter once the call was made; `None` = it is as it was. Whoever denies, or has no limit, takes nothing.
    pub meter: Option<Meter>,
}

/// What a check found.
enum Finding {
    Unrestricted,
    Passed,
    /// And from when on it would deny no more.
    Denied(Verdict, Option<Timestamp>),
}

/// Decides whether a key may do what the context asks at `now`. `None` = nobody knows the presented secret.
///
/// An expiry is exclusive: at `expires_at` itself the key is expired.
pub fn decide(policy: Option<&KeyPolicy>, context: &Context<'_>, counters: &Counters, now: Timestamp) -> Decision {
    let (mut verdict, mut until, mut meter) = (Verdict::Valid, None, None);
    let trace = CHECKS.map(|check| {
        let outcome = match (verdict, policy) {
            (Verdict::Valid, Some(policy)) => match run(check, policy, context, counters, now, &mut meter) {
                Finding::Unrestricted => Outcome::Unrestricted,
                Finding::Passed => Outcome::Passed,
                Finding::Denied(denial, at) => {
                    until = at;
                    Outcome::Failed(denial)
                }
            },
            (Verdict::Valid, None) => Outcome::Failed(Verdict::NotFound),
            _ => Outcome::Skipped,
        };
        if let Outcome::Failed(denial) = outcome {
            verdict = denial;
        }
        Step { check, outcome }
    });
    Decision { verdict, trace, until, meter }
}

/// Whether the key itself stands, whatever it is used for: it is there, switched on, not taken back and not expired.
pub fn standing(policy: Option<&KeyPolicy>, now: Timestamp) -> Verdict {
    let Some(policy) = policy else { return Verdict::NotFound };
    let checks = [Check::Existence, Check::State, Check::Expiry];
    checks.into_iter().find_map(|check| of_itself(check, policy, now)).unwrap_or(Verdict::Valid)
}

fn of_itself(check: Check, policy: &KeyPolicy, now: Timestamp) -> Option<Verdict> {
    let expired = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    match check {
        Check::Existence => (policy.state == KeyState::Deleted).then_some(Verdict::NotFound),
        Check::State if policy.state == KeyState::Revoked || policy.secret_revoked => Some(Verdict::Revoked),
        Check::State => (policy.state == KeyState::Disabled).then_some(Verdict::Disabled),
        _ => (expired(policy.expires_at) || expired(policy.secret_expires_at)).then_some(Verdict::Expired),
    }
}

fn run(
    check: Check,
    policy: &KeyPolicy,
    context: &Context<'_>,
    counters: &Counters,
    now: Timestamp,
    meter: &mut Option<Meter>,
) -> Finding {
    let allowed = |allowed: bool, verdict| if allowed { Finding::Passed } else { Finding::Denied(verdict, None) };
    let rules = &policy.restrictions;
    match check {
        Check::Existence | Check::State | Check::Expiry => match of_itself(check, policy, now) {
            Some(verdict) => Finding::Denied(verdict, None),
            None => Finding::Passed,
        },
        Check::Project => {
            let Some(projects) = &policy.projects else { return Finding::Unrestricted };
            let named = context.project.is_some_and(|project| projects.iter().any(|own| **own == *project));
            allowed(named, Verdict::ProjectForbidden)
        }
        Check::Scope => {
            let held = |needed: &Scope| policy.scopes.iter().any(|scope| scope.covers(*needed));
            allowed(context.scopes.iter().all(held), Verdict::InsufficientScope)
        }
        Check::IpAddress => {
            let Some(blocks) = &rules.ip_addresses else { return Finding::Unrestricted };
            let within = context.ip.is_some_and(|ip| blocks.iter().any(|block| block.contains(ip)));
            allowed(within, Verdict::IpForbidden)
        }
        Check::Referrer => {
            let Some(patterns) = &rules.referrers else { return Finding::Unrestricted };
            let host = context.referrer.and_then(host_of);
            let matches = host.is_some_and(|host| patterns.iter().any(|pattern| pattern.matches_host(&host)));
            allowed(matches, Verdict::ReferrerForbidden)
        }
        Check::Time => match &rules.time {
            None => Finding::Unrestricted,
            Some(window) if window.allows(now) => Finding::Passed,
            Some(window) => Finding::Denied(Verdict::OutsideTimeWindow, window.next_allowed(now)),
        },
        Check::Credit => match counters.credit {
            Some(credit) if !context.own_connection => allowed(credit > 0, Verdict::CreditExhausted),
            _ => Finding::Unrestricted,
        },
        Check::Budget => budgets(policy, counters, now),
        Check::RateLimit => {
            let Some(limit) = &rules.rate_limit else { return Finding::Unrestricted };
            match limit.take(counters.meter, context.cost.max(1), now) {
                Ok(after) => {
                    *meter = (context.cost > 0).then_some(after);
                    Finding::Passed
                }
                Err(until) => Finding::Denied(Verdict::RateLimited, until),
            }
        }
    }
}

fn budgets(policy: &KeyPolicy, counters: &Counters, now: Timestamp) -> Finding {
    let both = [(&policy.budget, counters.spent), (&policy.workspace_budget, counters.workspace_spent)];
    if both.iter().all(|(budget, _)| budget.is_none()) {
        return Finding::Unrestricted;
    }
    let mut until = None;
    for budget in both.iter().filter_map(|(budget, spent)| budget.as_ref().filter(|budget| budget.is_used_up(*spent))) {
        // Nothing passes before the last of them begins anew.
        match (until, budget.resets_at(now)) {
            (_, None) => return Finding::Denied(Verdict::BudgetExceeded, None),
            (before, Some(resets_at)) => until = before.max(Some(resets_at)),
        }
    }
    if until.is_some() { Finding::Denied(Verdict::BudgetExceeded, until) } else { Finding::Passed }
}

#[cfg(test)]
mod tests;
