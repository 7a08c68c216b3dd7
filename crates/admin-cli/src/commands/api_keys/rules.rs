//! The rules of a key as flags.

use std::str::FromStr;

use admin_core::api_keys::{
    DayOfWeek, RateLimitInput, RatePeriod, RestrictionsInput, TimeRestrictions, TimeRestrictionsInput,
};
use admin_core::{ProjectId, ThreeState};
use clap::Args;

use crate::commands::budget::BudgetArgs;
use crate::names::Ref;

/// Where, when and how often a key may be used.
#[derive(Debug, Args)]
pub(super) struct RestrictionArgs {
    /// An address or a block that calls may come from, such as `192.0.2.0/24`; give the flag once for each
    #[arg(long = "ip", value_name = "ADDRESS")]
    ips: Vec<String>,
    /// A host of pages that calls may come from: `example.com`, or `*.example.com` for all below it; give the flag once for each
    #[arg(long = "referrer", value_name = "HOST")]
    referrers: Vec<String>,
    /// How often it may be used, such as `1000/minute`: a number per second, minute, hour or day
    #[arg(long, value_name = "COUNT/PERIOD")]
    rate: Option<Rate>,
    /// How often at once [default: as often as in a period]
    #[arg(long, value_name = "COUNT", requires = "rate")]
    burst: Option<i64>,
    /// On which days, such as `mon-fri` or `sat,sun` [default: as it is, and every day where there is no rule]
    #[arg(long, value_name = "DAYS")]
    days: Option<Days>,
    /// In which hours, such as `9-17` (until 17:59:59) or `22-23,0-5` [default: as it is, and every hour where there is no rule]
    #[arg(long, value_name = "HOURS")]
    hours: Option<Hours>,
    /// By the clocks of which place, such as `America/New_York` [default: as it is, and UTC where there is no rule]
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
}

impl RestrictionArgs {
    /// Whether a part of the times stays as it is, which must be known then.
    pub(super) fn keeps_times(&self) -> bool {
        let given = [self.days.is_some(), self.hours.is_some(), self.tz.is_some()];
        given.contains(&true) && given.contains(&false)
    }

    /// What was given, where these times were before.
    pub(super) fn given(self, before: Option<TimeRestrictions>) -> RestrictionsInput {
        let Self { ips, referrers, rate, burst, days, hours, tz } = self;
        let list = |texts: Vec<String>| if texts.is_empty() { ThreeState::Absent } else { texts.into() };
        let times = (days.is_some() || hours.is_some() || tz.is_some()).then(|| {
            let (days_before, hours_before, zone_before) = match before {
                Some(before) => (before.days_of_week, before.hours_of_day, Some(before.timezone)),
                None => (None, None, None),
            };
            TimeRestrictionsInput {
                days_of_week: days.map(|days| days.0).or(days_before),
                hours_of_day: hours.map(|hours| hours.0).or(hours_before),
                timezone: tz.or(zone_before).unwrap_or_else(|| "UTC".to_owned()),
            }
        });
        RestrictionsInput {
            ip_addresses: list(ips),
            referrers: list(referrers),
            rate_limit: or_absent(rate.map(|Rate { requests, period }| RateLimitInput { requests, period, burst })),
            time_restrictions: or_absent(times),
        }
    }
}

/// Taking restrictions away again.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct NoRestrictionArgs {
    /// From any address again
    #[arg(long, conflicts_with = "ips")]
    any_ip: bool,
    /// From any page again
    #[arg(long, conflicts_with = "referrers")]
    any_referrer: bool,
    /// As often as one likes again
    #[arg(long, conflicts_with = "rate")]
    no_rate: bool,
    /// At any time again
    #[arg(long, conflicts_with_all = ["days", "hours", "tz"])]
    any_time: bool,
}

impl NoRestrictionArgs {
    /// What was given, with what is taken away.
    pub(super) fn with(&self, mut given: RestrictionsInput) -> RestrictionsInput {
        clear(self.any_ip, &mut given.ip_addresses);
        clear(self.any_referrer, &mut given.referrers);
        clear(self.no_rate, &mut given.rate_limit);
        clear(self.any_time, &mut given.time_restrictions);
        given
    }
}

fn clear<T>(take_away: bool, field: &mut ThreeState<T>) {
    if take_away {
        *field = ThreeState::Null;
    }
}

/// For which projects, and how much.
#[derive(Debug, Args)]
pub(super) struct SpendingArgs {
    /// A project in which it may be used (`prj_…` or its name); give the flag once for each [default: any]
    #[arg(long = "project", value_name = "PROJECT")]
    pub(super) projects: Vec<Ref<ProjectId>>,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
}

/// The value, if there is one.
pub(super) fn or_absent<T>(value: Option<T>) -> ThreeState<T> {
    value.map_or(ThreeState::Absent, ThreeState::Value)
}

#[derive(Debug, Clone)]
struct Rate {
    requests: i64,
    period: RatePeriod,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write it as `1000/minute`: a number per second, minute, hour or day".to_owned();
        let (requests, period) = text.split_once('/').ok_or_else(wrong)?;
        let period = match period.trim() {
            "s" | "sec" => RatePeriod::Second,
            "min" => RatePeriod::Minute,
            "h" => RatePeriod::Hour,
            "d" => RatePeriod::Day,
            name => name.parse().map_err(|_| wrong())?,
        };
        Ok(Self { requests: requests.trim().parse().map_err(|_| wrong())?, period })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Days(Vec<DayOfWeek>);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let indices = ranges(text, DayOfWeek::KNOWN.len(), |name| {
            let name = name.to_ascii_lowercase();
            let is = |day: &DayOfWeek| name.len() >= 3 && day.as_str().to_ascii_lowercase().starts_with(&name);
            DayOfWeek::KNOWN.iter().position(is).ok_or_else(|| {
                format!("`{name}` is no day of the week; write `mon-fri`, or days with commas between them")
            })
        })?;
        Ok(Self(indices.into_iter().map(|index| DayOfWeek::KNOWN[index].clone()).collect()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Hours(Vec<i32>);

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let indices = ranges(text, 24, |hour| {
            let found = hour.parse().ok().filter(|hour: &usize| *hour < 24);
            found.ok_or_else(|| {
                format!("`{hour}` is no hour from 0 to 23; write `9-17`, or hours with commas between them")
            })
        })?;
        Ok(Self(indices.into_iter().filter_map(|hour| i32::try_from(hour).ok()).collect()))
    }
}

/// Entries with commas between them, each one or a range; a range may go over the end, as `22-2` does.
fn ranges(text: &str, count: usize, index: impl Fn(&str) -> Result<usize, String>) -> Result<Vec<usize>, String> {
    let mut found = vec![false; count];
    for entry in text.split(',') {
        let (first, last) = entry.split_once('-').unwrap_or((entry, entry));
        let (first, last) = (index(first.trim())?, index(last.trim())?);
        let steps = (last + count - first) % count;
        (0..=steps).for_each(|step| found[(first + step) % count] = true);
    }
    Ok((0..count).filter(|at| found[*at]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_hours_are_lists_and_ranges() {
        let days = |text: &str| {
            let days: Vec<String> =
                text.parse::<Days>().unwrap().0.iter().map(|day| day.as_str()[..3].to_owned()).collect();
            days.join(" ")
        };
        assert_eq!(days("mon-fri"), "MON TUE WED THU FRI");
        assert_eq!(days("Saturday, sun"), "SAT SUN");
        assert_eq!(days("fri-mon"), "MON FRI SAT SUN");
        assert!("Funday".parse::<Days>().is_err() && "mo".parse::<Days>().is_err() && "".parse::<Days>().is_err());
        let hours = |text: &str| text.parse::<Hours>().unwrap().0;
        assert_eq!(hours("9-12,17"), [9, 10, 11, 12, 17]);
        assert_eq!(hours("22-1"), [0, 1, 22, 23]);
        assert!("24".parse::<Hours>().is_err() && "9-".parse::<Hours>().is_err() && "-1".parse::<Hours>().is_err());
    }

    #[test]
    fn a_rate_is_a_number_per_period() {
        let rate: Rate = "1000/minute".parse().unwrap();
        assert_eq!((rate.requests, rate.period), (1000, RatePeriod::Minute));
        assert!(
            "10/fortnight".parse::<Rate>().is_err()
                && "10".parse::<Rate>().is_err()
                && "1e3/s".parse::<Rate>().is_err()
        );
    }
}
