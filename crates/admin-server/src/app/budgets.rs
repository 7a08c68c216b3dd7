//! Budgets of keys and workspaces: what was spent of them, and the mails to the owners when they come to an end.
//!
//! What was spent in a period is the sum of its usage events. It is added to in the transaction that keeps the events, so that nobody has to
//! sum them up again; a period of which nothing is kept is summed up.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::api_key_rules::policy_budget;
use super::check::Finding;
use super::{Ports, outbox, usage};
use crate::error::Error;
use crate::ids::TenantId;
use crate::model::{Budget, BudgetPeriod, Budgeted, Spender, UsageEvent};
use crate::money::Money;
use crate::store::Tx;
use crate::store::budgets::{self, Period};

/// At which percentages of a budget the owners are told, once in a period.
const TOLD_AT: [i64; 2] = [80, 100];

/// What was spent in the period under way: micro-USD.
///
/// # Errors
/// Those of the store.
pub(super) fn spent(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    spender: &Spender,
    budget: &admin_policy::Budget,
    now: Timestamp,
) -> Result<i64, Error> {
    let since = since(budget, now);
    match budgets::period(tx, spender)?.filter(|period| period.since == since) {
        Some(period) => Ok(period.micro_usd),
        None => usage::spent(tx, tenant_id, spender, since, budget.resets_at(now), now),
    }
}

fn since(budget: &admin_policy::Budget, now: Timestamp) -> Timestamp {
    budget.since(now).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Adds events, which are in the sums already, to the budgets that they count for.
///
/// # Errors
/// Those of the store.
pub(super) fn add(tx: &mut Tx<'_>, ports: &Ports, events: &[UsageEvent], now: Timestamp) -> Result<(), Error> {
    let (mut keys, mut workspaces) = (BTreeMap::new(), BTreeMap::new());
    for event in events {
        keys.entry(&event.key_id).or_insert_with(Vec::new).push(event);
        workspaces.entry(&event.workspace_id).or_insert_with(Vec::new).push(event);
    }
    for budgeted in budgets::of(tx, keys.keys().copied(), workspaces.keys().copied())? {
        let events = match &budgeted.spender {
            Spender::Key(id) => keys.get(id),
            Spender::Workspace(id) => workspaces.get(id),
        };
        let budget = policy_budget(&budgeted.budget)?;
        let (since, until) = (since(&budget, now), budget.resets_at(now));
        let period = match budgets::period(tx, &budgeted.spender)?.filter(|period| period.since == since) {
            Some(period) => {
                let within = |event: &&&UsageEvent| event.at >= since && until.is_none_or(|until| event.at < until);
                let events = events.into_iter().flatten().filter(within);
                let more: i64 = events.map(|event| event.amounts.micro_usd).sum();
                Period { micro_usd: period.micro_usd.saturating_add(more), ..period }
            }
            None => begun(tx, &budgeted, since, until, now)?,
        };
        write(tx, ports, &budgeted, period, until, now)?;
    }
    Ok(())
}

/// Takes up a budget that was set or changed. Whoever did it knows how much of it is spent, so nobody is told.
///
/// # Errors
/// Those of the store.
pub(super) fn changed(tx: &mut Tx<'_>, spender: &Spender, now: Timestamp) -> Result<(), Error> {
    budgets::forget_period(tx, spender)?;
    let set = match spender {
        Spender::Key(id) => budgets::of(tx, [id], [])?,
        Spender::Workspace(id) => budgets::of(tx, [], [id])?,
    };
    for budgeted in set {
        let budget = policy_budget(&budgeted.budget)?;
        let period = begun(tx, &budgeted, since(&budget, now), budget.resets_at(now), now)?;
        let told = reached(period.micro_usd, budgeted.budget.micro_usd);
        budgets::set_period(tx, spender, &Period { told, ..period })?;
    }
    Ok(())
}

/// The period that begins with `since`, of which nobody was told anything.
fn begun(
    tx: &mut Tx<'_>,
    budgeted: &Budgeted,
    since: Timestamp,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Period, Error> {
    let micro_usd = usage::spent(tx, &budgeted.tenant_id, &budgeted.spender, since, until, now)?;
    Ok(Period { since, micro_usd, told: 0 })
}

/// Writes a period, and a mail to the owners if they are to be told.
fn write(
    tx: &mut Tx<'_>,
    ports: &Ports,
    budgeted: &Budgeted,
    period: Period,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Error> {
    let reached = reached(period.micro_usd, budgeted.budget.micro_usd);
    budgets::set_period(tx, &budgeted.spender, &Period { told: reached.max(period.told), ..period })?;
    // Of a budget of nothing there is nothing to tell.
    if reached > period.told && budgeted.budget.micro_usd > 0 {
        tell(tx, ports, budgeted, period.micro_usd, reached, until, now)?;
    }
    Ok(())
}

/// The highest percentage of [`TOLD_AT`] that was reached; 0 = none.
fn reached(spent: i64, budget: i64) -> i64 {
    let is_reached = |percent: &i64| i128::from(spent) * 100 >= i128::from(budget) * i128::from(*percent);
    TOLD_AT.into_iter().filter(is_reached).max().unwrap_or(0)
}

fn tell(
    tx: &mut Tx<'_>,
    ports: &Ports,
    budgeted: &Budgeted,
    spent: i64,
    percent: i64,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Error> {
    let Budgeted { tenant_id, spender, name, budget } = budgeted;
    let (what, command, denied) = match spender {
        Spender::Key(_) => ("API key", "api-keys update", "the key verifies"),
        Spender::Workspace(_) => ("workspace", "workspaces set-budget", "all its API keys verify"),
    };
    let (id, of, zone) = (spender.id(), said(budget), &budget.timezone);
    let end = until.map_or_else(|| "it does not begin anew".to_owned(), |at| format!("it begins anew at {at:.0}"));
    let (subject, when) = match (percent, until) {
        (100.., None) => (format!("The budget of {what} {name} is used up"), "From now on"),
        (100.., Some(_)) => (format!("The budget of {what} {name} is used up"), "Until then"),
        _ => (format!("{percent} % of the budget of {what} {name} is spent"), "When it is used up,"),
    };
    let text = format!(
        "{spent} USD were spent of the budget of the {what} {name} ({id}), which is {of} (time zone {zone}); {end}. {when} {denied} as BUDGET_EXCEEDED.\n\n\
         To set another budget, for example of 100 USD a month, run\n\n    aisetu {command} {id} --budget 100/month\n",
        spent = Money::from_micros(spent),
    );
    outbox::put_to_owners(tx, ports, tenant_id, &subject, &text, now)
}

/// A budget in words.
pub(super) fn said(budget: &Budget) -> String {
    let usd = Money::from_micros(budget.micro_usd);
    match budget.period {
        BudgetPeriod::Total => format!("{usd} USD in total"),
        period => format!("{usd} USD a {}", period.as_str().to_lowercase()),
    }
}

/// Proves that what was added up for the budgets of a tenant is the sum of the events.
///
/// # Errors
/// Those of the store.
pub(super) fn check(tx: &mut Tx<'_>, tenant_id: &TenantId, now: Timestamp) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for budgeted in budgets::of_tenant(tx, tenant_id)? {
        let Some(period) = budgets::period(tx, &budgeted.spender)? else { continue };
        let budget = policy_budget(&budgeted.budget)?;
        let until = budget.resets_at(period.since);
        let sum = usage::spent(tx, tenant_id, &budgeted.spender, period.since, until, now)?;
        // Late events of a period that is over are not added to it: nobody asks for it any more.
        if period.since == since(&budget, now) && sum != period.micro_usd {
            let problem = format!(
                "{} USD are noted as spent since {:.3}, and its events sum to {} USD",
                Money::from_micros(period.micro_usd),
                period.since,
                Money::from_micros(sum)
            );
            findings.push(Finding::new("budget", budgeted.spender.id(), problem));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_the_highest_that_was_reached() {
        for (spent, budget, percent) in
            [(0, 10, 0), (7, 10, 0), (8, 10, 80), (9, 10, 80), (10, 10, 100), (i64::MAX, 1, 100), (3, 4, 0), (4, 5, 80)]
        {
            assert_eq!(reached(spent, budget), percent, "{spent} of {budget}");
        }
    }
}
