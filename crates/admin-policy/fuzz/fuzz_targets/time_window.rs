//! A window of time: the next time that it is open is one, and none before it is.
#![no_main]

use admin_policy::TimeWindow;
use admin_policy_fuzz::zone;
use arbitrary::Arbitrary;
use jiff::civil::Weekday;
use jiff::{Timestamp, ToSpan as _};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Zone<'a> {
    Known(u16),
    Text(&'a str),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    days: Option<Vec<u8>>,
    hours: Option<Vec<i64>>,
    zone: Zone<'a>,
    at: i64,
    /// Where on the way to the next time it is looked at.
    probes: [u16; 8],
}

fuzz_target!(|input: Input<'_>| {
    let days: Option<Vec<Weekday>> = input
        .days
        .map(|days| days.iter().filter_map(|day| Weekday::from_monday_zero_offset((day % 7) as i8).ok()).collect());
    let name = match &input.zone {
        Zone::Known(index) => zone(*index),
        Zone::Text(text) => text,
    };
    let window = match TimeWindow::new(days.as_deref(), input.hours.as_deref(), name) {
        Ok(window) => window,
        Err(error) => {
            let told = error.to_string();
            assert!(told.chars().count() < 1_000 && !told.contains(char::is_control), "{told:?}");
            return;
        }
    };
    let (days, hours): (Vec<_>, Vec<_>) = (window.days().collect(), window.hours().map(i64::from).collect());
    assert_eq!(TimeWindow::new(Some(&days), Some(&hours), window.zone()).as_ref(), Ok(&window));
    let Ok(at) = Timestamp::from_microsecond(input.at) else { return };
    let Some(next) = window.next_allowed(at) else {
        assert!(Timestamp::MAX.as_second() - at.as_second() < 41 * 86_400, "{window:?} {at}");
        return;
    };
    assert!(next >= at && window.allows(next), "{window:?} {at} {next}");
    assert_eq!(next == at, window.allows(at));
    let length = next.as_microsecond() - at.as_microsecond();
    for probe in input.probes {
        let between = at.as_microsecond() + (i128::from(length) * i128::from(probe) / 65_536) as i64;
        let between = Timestamp::from_microsecond(between).unwrap();
        assert!(between == next || !window.allows(between), "{window:?} {at} {between} {next}");
    }
    if next > at {
        assert!(!window.allows(next.checked_sub(1.nanosecond()).unwrap()), "{window:?} {at} {next}");
    }
});
