//! The periods of a budget: each is followed by the next, and all of it is one.
#![no_main]

use admin_policy::{Budget, BudgetPeriod};
use admin_policy_fuzz::zone;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u16, i64, u16)| {
    use BudgetPeriod::{Day, Month, Total, Week};
    let (period, index, at, probe) = input;
    let zone = TimeZone::get(zone(index)).unwrap();
    let budget = Budget { micro_usd: 1, period: [Day, Week, Month, Total][usize::from(period % 4)], zone };
    let Ok(at) = Timestamp::from_microsecond(at) else { return };
    let (Some(since), Some(until)) = (budget.since(at), budget.resets_at(at)) else { return };
    assert!(since <= at && at < until, "{budget:?} {since} {at} {until}");
    let length = until.as_microsecond() - since.as_microsecond();
    let between = since.as_microsecond() + (i128::from(length) * i128::from(probe) / 65_536) as i64;
    let last = until.checked_sub(1.nanosecond()).unwrap();
    for within in [since, Timestamp::from_microsecond(between).unwrap().max(since), last] {
        assert_eq!(
            (budget.since(within), budget.resets_at(within)),
            (Some(since), Some(until)),
            "{budget:?} {at} {within}"
        );
    }
    assert_eq!(budget.since(until), Some(until), "{budget:?} {at}");
});
