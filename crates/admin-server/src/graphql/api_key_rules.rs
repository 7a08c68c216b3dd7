//! The rules of API keys: what a call must be like to pass.

use async_graphql::{Enum, InputObject, MaybeUndefined, SimpleObject};

use super::scalars::{Decimal, Int64};
use crate::app::api_key_rules::{GivenRate, RestrictionsChange, ThreeState};
use crate::model;
use crate::money::Money;

/// What a rate is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::RatePeriod")]
pub(crate) enum RatePeriod {
    Second,
    Minute,
    Hour,
    Day,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::DayOfWeek")]
pub(crate) enum DayOfWeek {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// What a budget is for. A week begins with its Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::BudgetPeriod")]
pub(crate) enum BudgetPeriod {
    Day,
    Week,
    Month,
    /// All time.
    Total,
}

/// So many calls in so much time, and so many at once. In any window of one period at most `burst + requests` pass.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct RateLimit {
    /// Calls in a period.
    requests: Int64,
    period: RatePeriod,
    /// Calls at once.
    burst: Int64,
}

impl From<model::RateLimit> for RateLimit {
    fn from(limit: model::RateLimit) -> Self {
        let model::RateLimit { requests, period, burst } = limit;
        Self { requests: Int64(requests), period: period.into(), burst: Int64(burst) }
    }
}

/// Days of the week and hours of the day, as the clocks of a zone show them.
#[derive(Debug, SimpleObject)]
pub(crate) struct TimeRestrictions {
    /// Null = every day.
    days_of_week: Option<Vec<DayOfWeek>>,
    /// 0 to 23; 17 is 17:00:00 to 17:59:59. Null = every hour.
    hours_of_day: Option<Vec<i32>>,
    /// An IANA name, such as `Europe/Berlin`.
    timezone: String,
}

impl From<model::TimeRestrictions> for TimeRestrictions {
    fn from(times: model::TimeRestrictions) -> Self {
        let hour = |hour| i32::try_from(hour).unwrap_or(-1);
        Self {
            days_of_week: times.days_of_week.map(|days| days.into_iter().map(Into::into).collect()),
            hours_of_day: times.hours_of_day.map(|hours| hours.into_iter().map(hour).collect()),
            timezone: times.timezone,
        }
    }
}

/// Where, when and how often an API key may be used; null = without bound.
#[derive(Debug, SimpleObject)]
#[expect(clippy::struct_field_names, reason = "as the wire has it")]
pub(crate) struct Restrictions {
    /// Addresses and CIDR blocks that calls may come from.
    ip_addresses: Option<Vec<String>>,
    /// Hosts of pages that calls may come from: `example.com`, or `*.example.com` for all below it.
    referrers: Option<Vec<String>>,
    rate_limit: Option<RateLimit>,
    time_restrictions: Option<TimeRestrictions>,
}

impl From<model::Restrictions> for Restrictions {
    fn from(restrictions: model::Restrictions) -> Self {
        Self {
            ip_addresses: restrictions.ip_addresses,
            referrers: restrictions.referrers,
            rate_limit: restrictions.rate_limit.map(Into::into),
            time_restrictions: restrictions.time_restrictions.map(Into::into),
        }
    }
}

/// So much money in a period of the calendar.
#[derive(Debug, SimpleObject)]
pub(crate) struct Budget {
    /// In USD. At this sum it is used up.
    usd: Decimal,
    period: BudgetPeriod,
    /// Where the periods begin: an IANA name.
    timezone: String,
}

impl From<model::Budget> for Budget {
    fn from(budget: model::Budget) -> Self {
        let model::Budget { micro_usd, period, timezone } = budget;
        Self { usd: Decimal(Money::from_micros(micro_usd)), period: period.into(), timezone }
    }
}

/// So many calls in so much time.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct RateLimitInput {
    /// Calls in a period: 1 to 1,000,000,000.
    requests: Int64,
    period: RatePeriod,
    /// Calls at once: 1 to 1,000,000,000; absent = as many as in a period.
    burst: Option<Int64>,
}

impl From<RateLimitInput> for GivenRate {
    fn from(given: RateLimitInput) -> Self {
        let RateLimitInput { requests, period, burst } = given;
        Self { requests: requests.0, period: period.into(), burst: burst.map(|burst| burst.0) }
    }
}

/// Days of the week and hours of the day: one of the two at least.
#[derive(Debug, InputObject)]
pub(crate) struct TimeRestrictionsInput {
    /// At least one; absent = every day.
    days_of_week: Option<Vec<DayOfWeek>>,
    /// At least one of 0 to 23; absent = every hour.
    hours_of_day: Option<Vec<i32>>,
    /// An IANA name, such as `Europe/Berlin` or `UTC`.
    timezone: String,
}

impl From<TimeRestrictionsInput> for model::TimeRestrictions {
    fn from(given: TimeRestrictionsInput) -> Self {
        Self {
            days_of_week: given.days_of_week.map(|days| days.into_iter().map(Into::into).collect()),
            hours_of_day: given.hours_of_day.map(|hours| hours.into_iter().map(Into::into).collect()),
            timezone: given.timezone,
        }
    }
}

/// Where, when and how often: absent leaves what is, null takes it away, a value sets it.
#[derive(Debug, Default, InputObject)]
pub(crate) struct RestrictionsInput {
    /// 1 to 100 addresses and CIDR blocks, such as `192.0.2.0/24` or `2001:db8::/32`.
    pub(super) ip_addresses: MaybeUndefined<Vec<String>>,
    /// 1 to 100 hosts, such as `example.com` or `*.example.com`.
    pub(super) referrers: MaybeUndefined<Vec<String>>,
    pub(super) rate_limit: MaybeUndefined<RateLimitInput>,
    pub(super) time_restrictions: MaybeUndefined<TimeRestrictionsInput>,
}

impl From<RestrictionsInput> for RestrictionsChange {
    fn from(given: RestrictionsInput) -> Self {
        Self {
            ip_addresses: three(given.ip_addresses),
            referrers: three(given.referrers),
            rate_limit: three(given.rate_limit.map_value(Into::into)),
            time_restrictions: three(given.time_restrictions.map_value(Into::into)),
        }
    }
}

/// So much money in a period of the calendar.
#[derive(Debug, InputObject)]
pub(crate) struct BudgetInput {
    /// In USD: 0 to 1,000,000,000.
    usd: Decimal,
    period: BudgetPeriod,
    /// Where the periods begin: an IANA name; absent = UTC.
    timezone: Option<String>,
}

impl From<BudgetInput> for model::Budget {
    fn from(given: BudgetInput) -> Self {
        let BudgetInput { usd, period, timezone } = given;
        Self {
            micro_usd: usd.0.micros(),
            period: period.into(),
            timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
        }
    }
}

pub(super) fn three<T>(given: MaybeUndefined<T>) -> ThreeState<T> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
