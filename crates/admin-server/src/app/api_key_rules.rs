//! The rules of a key: how they are given, kept, and put before the decision.

use admin_policy::{IpBlock, ReferrerPattern, TimeWindow};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{buckets, validate};
use crate::error::Error;
use crate::ids::{ProjectId, WorkspaceId};
use crate::model::{Budget, BudgetPeriod, DayOfWeek, RateLimit, RatePeriod, Restrictions, TimeRestrictions};
use crate::store::{Tx, projects};

/// The most addresses and blocks of a key, and the most patterns of referrers.
const MOST_ENTRIES: usize = 100;
/// The most projects of a key.
const MOST_PROJECTS: usize = 50;
/// The largest budget: 1,000 million USD.
const LARGEST_BUDGET: i64 = 1_000_000_000_000_000;

/// A field of a change: absent leaves it, `None` clears it, a value sets it.
pub type ThreeState<T> = Option<Option<T>>;

/// What is to change of the restrictions.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RestrictionsChange {
    /// Addresses and CIDR blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_addresses: ThreeState<Vec<String>>,
    /// Patterns of hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrers: ThreeState<Vec<String>>,
    /// How often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: ThreeState<GivenRate>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_restrictions: ThreeState<TimeRestrictions>,
}

/// A rate as it is given.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GivenRate {
    /// Calls in a period.
    pub requests: i64,
    /// The period.
    pub period: RatePeriod,
    /// Calls at once; `None` = as many as in a period.
    pub burst: Option<i64>,
}

impl RestrictionsChange {
    /// The restrictions after the change, each in its usual form.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming the field.
    pub fn applied(&self, before: &Restrictions) -> Result<Restrictions, Error> {
        let mut after = before.clone();
        if let Some(blocks) = &self.ip_addresses {
            after.ip_addresses = blocks.as_deref().map(ip_addresses).transpose()?;
        }
        if let Some(patterns) = &self.referrers {
            after.referrers = patterns.as_deref().map(referrers).transpose()?;
        }
        if let Some(rate) = &self.rate_limit {
            after.rate_limit = rate.map(rate_limit).transpose()?;
        }
        if let Some(times) = &self.time_restrictions {
            after.time_restrictions = times.as_ref().map(time_restrictions).transpose()?;
        }
        Ok(after)
    }
}

/// Entries in their usual form, each once, in the order in which they were given.
fn entries<T: std::str::FromStr<Err: std::fmt::Display> + ToString>(
    field: &'static str,
    given: &[String],
) -> Result<Vec<String>, Error> {
    if given.is_empty() {
        let message = format!("`{field}` is an empty list, with which no call would pass");
        return Err(Error::bad_input(field, message).with_hint("give null for no restriction, or at least one entry"));
    }
    validate::count(field, given.len(), 1, MOST_ENTRIES)?;
    let mut kept = Vec::with_capacity(given.len());
    for text in given {
        let entry = text.parse::<T>().map_err(|error| Error::bad_input(field, format!("in `{field}`, {error}")))?;
        let entry = entry.to_string();
        if !kept.contains(&entry) {
            kept.push(entry);
        }
    }
    Ok(kept)
}

fn ip_addresses(given: &[String]) -> Result<Vec<String>, Error> {
    entries::<IpBlock>("ipAddresses", given)
}

fn referrers(given: &[String]) -> Result<Vec<String>, Error> {
    entries::<ReferrerPattern>("referrers", given)
}

fn rate_limit(given: GivenRate) -> Result<RateLimit, Error> {
    let GivenRate { requests, period, burst } = given;
    let limit = admin_policy::RateLimit::new(requests, policy_period(period), burst).map_err(|error| {
        Error::bad_input(if error.field == "burst" { "burst" } else { "requests" }, error.to_string())
    })?;
    Ok(RateLimit { requests: limit.requests().into(), period, burst: limit.burst().into() })
}

fn time_restrictions(given: &TimeRestrictions) -> Result<TimeRestrictions, Error> {
    if given.days_of_week.is_none() && given.hours_of_day.is_none() {
        let field = "timeRestrictions";
        let message =
            format!("`{field}` has neither `daysOfWeek` nor `hoursOfDay`, with which it would restrict nothing");
        return Err(Error::bad_input(field, message).with_hint("give days, hours or both, or null for no restriction"));
    }
    let window = window(given)?;
    let days = DayOfWeek::ALL.iter().copied().filter(|day| window.days().any(|open| open == weekday(*day)));
    Ok(TimeRestrictions {
        days_of_week: given.days_of_week.as_ref().map(|_| days.collect()),
        hours_of_day: given.hours_of_day.as_ref().map(|_| window.hours().map(i64::from).collect()),
        timezone: window.zone().to_owned(),
    })
}

fn window(given: &TimeRestrictions) -> Result<TimeWindow, Error> {
    let days: Option<Vec<Weekday>> =
        given.days_of_week.as_ref().map(|days| days.iter().map(|day| weekday(*day)).collect());
    TimeWindow::new(days.as_deref(), given.hours_of_day.as_deref(), &given.timezone).map_err(|error| {
        use admin_policy::TimeWindowError as E;
        let field = match &error {
            E::Hour(_) => "hoursOfDay",
            E::Zone(_) => "timezone",
            E::Empty(field) => field,
        };
        Error::bad_input(field, error.to_string())
    })
}

const fn weekday(day: DayOfWeek) -> Weekday {
    match day {
        DayOfWeek::Monday => Weekday::Monday,
        DayOfWeek::Tuesday => Weekday::Tuesday,
        DayOfWeek::Wednesday => Weekday::Wednesday,
        DayOfWeek::Thursday => Weekday::Thursday,
        DayOfWeek::Friday => Weekday::Friday,
        DayOfWeek::Saturday => Weekday::Saturday,
        DayOfWeek::Sunday => Weekday::Sunday,
    }
}

const fn policy_period(period: RatePeriod) -> admin_policy::RatePeriod {
    match period {
        RatePeriod::Second => admin_policy::RatePeriod::Second,
        RatePeriod::Minute => admin_policy::RatePeriod::Minute,
        RatePeriod::Hour => admin_policy::RatePeriod::Hour,
        RatePeriod::Day => admin_policy::RatePeriod::Day,
    }
}

/// Checks a budget: 0 to 1,000 million USD, in a zone that there is.
///
/// # Errors
/// `BAD_USER_INPUT` naming the field.
pub fn checked_budget(budget: Budget) -> Result<Budget, Error> {
    if !(0..=LARGEST_BUDGET).contains(&budget.micro_usd) {
        let message = format!(
            "`usd` is {}; it must be 0 to {}",
            crate::money::Money::from_micros(budget.micro_usd),
            crate::money::Money::from_micros(LARGEST_BUDGET)
        );
        return Err(Error::bad_input("usd", message));
    }
    buckets::zone(Some(&budget.timezone))
        .map_err(|error| Error::bad_input("timezone", error.message().replace("timeZone", "timezone")))?;
    Ok(budget)
}

/// The projects of a key, each once: living ones of its workspace.
///
/// # Errors
/// `BAD_USER_INPUT` for none or too many, `NOT_FOUND` for one that is not there.
pub fn checked_projects(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    given: &[ProjectId],
) -> Result<Vec<ProjectId>, Error> {
    if given.is_empty() {
        let message = "`projects` is an empty list, with which no call would pass";
        return Err(Error::bad_input("projects", message).with_hint("give null for any project, or at least one"));
    }
    validate::count("projects", given.len(), 1, MOST_PROJECTS)?;
    let mut kept: Vec<ProjectId> = Vec::with_capacity(given.len());
    for id in given {
        let found = projects::get(tx, id)?.filter(|project| project.workspace_id == *workspace_id);
        if found.is_none_or(|project| project.archived_at.is_some()) {
            let message = format!("`projects` has {id}, which is no project of the key's workspace");
            return Err(Error::new(crate::error::Code::NotFound, message).with_field("projects"));
        }
        if !kept.contains(id) {
            kept.push(id.clone());
        }
    }
    Ok(kept)
}

/// The rules as the decision takes them. What cannot be read any more lets nothing pass, rather than everything.
pub fn policy_restrictions(stored: &Restrictions) -> Result<admin_policy::Restrictions, Error> {
    fn read<T: std::str::FromStr>(texts: Option<&Vec<String>>) -> Option<Vec<T>> {
        texts.map(|texts| texts.iter().filter_map(|text| text.parse().ok()).collect())
    }
    let rate_limit = stored.rate_limit.map(|rate| {
        admin_policy::RateLimit::new(rate.requests, policy_period(rate.period), Some(rate.burst))
            .map_err(Error::internal)
    });
    Ok(admin_policy::Restrictions {
        ip_addresses: read(stored.ip_addresses.as_ref()),
        referrers: read(stored.referrers.as_ref()),
        time: stored.time_restrictions.as_ref().map(window).transpose()?,
        rate_limit: rate_limit.transpose()?,
    })
}

/// A budget as the decision takes it.
pub fn policy_budget(stored: &Budget) -> Result<admin_policy::Budget, Error> {
    Ok(admin_policy::Budget {
        micro_usd: stored.micro_usd,
        period: match stored.period {
            BudgetPeriod::Day => admin_policy::BudgetPeriod::Day,
            BudgetPeriod::Week => admin_policy::BudgetPeriod::Week,
            BudgetPeriod::Month => admin_policy::BudgetPeriod::Month,
            BudgetPeriod::Total => admin_policy::BudgetPeriod::Total,
        },
        zone: TimeZone::get(&stored.timezone).map_err(Error::internal)?,
    })
}
