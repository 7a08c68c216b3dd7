//! The borders beside hand-made examples, and beside another way of finding them: watching a zone's clock minute by minute.

use jiff::civil::{Date, DateTime};
use proptest::prelude::*;

use super::*;
use crate::error::Code;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn cut(from: &str, to: &str, unit: TimeUnit, zone: &str) -> Vec<String> {
    let zone = super::zone(Some(zone)).unwrap();
    let buckets = buckets(at(from), at(to), unit, &zone).unwrap();
    buckets.iter().map(|bucket| format!("{}", bucket.start.to_zoned(zone.clone()).strftime("%a %F %H:%M%:z"))).collect()
}

#[test]
fn days_have_the_length_that_the_zone_gives_them() {
    let lengths = |from, to, name| {
        let zone = zone(Some(name)).unwrap();
        let buckets = buckets(at(from), at(to), TimeUnit::Day, &zone).unwrap();
        buckets.iter().map(|bucket| bucket.end.duration_since(bucket.start).as_mins()).collect::<Vec<_>>()
    };
    assert_eq!(lengths("2026-03-07T05:00:00Z", "2026-03-10T04:00:00Z", "America/New_York"), [1440, 23 * 60, 1440]);
    assert_eq!(lengths("2026-10-31T04:00:00Z", "2026-11-03T05:00:00Z", "America/New_York"), [1440, 25 * 60, 1440]);
    assert_eq!(lengths("2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z", "Australia/Lord_Howe"), [23 * 60 + 30]);
    // Samoa went over the date line and had no 30 December.
    assert_eq!(
        cut("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", TimeUnit::Day, "Pacific/Apia"),
        ["Thu 2011-12-29 00:00-10:00", "Sat 2011-12-31 00:00+14:00"]
    );
    // In Beirut the clock jumped from midnight to one, in Havana it goes from one back to midnight, in St. John's it went at one
    // minute past midnight back to the day before.
    assert_eq!(
        cut("2021-03-27T22:00:00Z", "2021-03-28T21:00:00Z", TimeUnit::Day, "Asia/Beirut"),
        ["Sun 2021-03-28 01:00+03:00"]
    );
    assert_eq!(
        cut("2026-10-31T04:00:00Z", "2026-11-02T05:00:00Z", TimeUnit::Day, "America/Havana"),
        ["Sat 2026-10-31 00:00-04:00", "Sun 2026-11-01 00:00-04:00"]
    );
    assert_eq!(
        cut("2009-10-31T02:30:00Z", "2009-11-02T03:30:00Z", TimeUnit::Day, "America/St_Johns"),
        ["Sat 2009-10-31 00:00-02:30", "Sun 2009-11-01 00:00-02:30"]
    );
}

#[test]
fn hours_end_where_the_clock_is_changed() {
    assert_eq!(
        cut("2026-11-01T04:30:00Z", "2026-11-01T07:30:00Z", TimeUnit::Hour, "America/New_York"),
        [
            "Sun 2026-11-01 00:30-04:00",
            "Sun 2026-11-01 01:00-04:00",
            "Sun 2026-11-01 01:00-05:00",
            "Sun 2026-11-01 02:00-05:00"
        ]
    );
    assert_eq!(
        cut("2026-03-08T06:00:00Z", "2026-03-08T08:00:00Z", TimeUnit::Hour, "America/New_York"),
        ["Sun 2026-03-08 01:00-05:00", "Sun 2026-03-08 03:00-04:00"]
    );
    assert_eq!(
        cut("2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z", TimeUnit::Hour, "Australia/Lord_Howe"),
        ["Sun 2026-04-05 01:00+11:00", "Sun 2026-04-05 01:30+10:30", "Sun 2026-04-05 02:00+10:30"]
    );
    assert_eq!(
        cut("2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z", TimeUnit::Hour, "Asia/Kathmandu"),
        ["Thu 2026-01-01 05:45+05:45", "Thu 2026-01-01 06:00+05:45", "Thu 2026-01-01 07:00+05:45"]
    );
}

#[test]
fn weeks_begin_on_monday_and_months_with_their_first_day() {
    assert_eq!(
        cut("2026-01-01T00:00:00Z", "2026-01-13T00:00:00Z", TimeUnit::Week, "UTC"),
        ["Thu 2026-01-01 00:00+00:00", "Mon 2026-01-05 00:00+00:00", "Mon 2026-01-12 00:00+00:00"]
    );
    assert_eq!(
        cut("2025-12-31T15:00:00Z", "2026-03-02T00:00:00Z", TimeUnit::Month, "Asia/Tokyo"),
        ["Thu 2026-01-01 00:00+09:00", "Sun 2026-02-01 00:00+09:00", "Sun 2026-03-01 00:00+09:00"]
    );
}

#[test]
fn the_bounds_are_named() {
    let refused = |from, to, unit| buckets(at(from), at(to), unit, &TimeZone::UTC).unwrap_err();
    let year = "2026-01-01T00:00:00Z";
    insta::assert_snapshot!(refused(year, year, TimeUnit::Day), @"`from` is 2026-01-01T00:00:00.000Z; it must be before `to`, 2026-01-01T00:00:00.000Z");
    insta::assert_snapshot!(refused(year, "2027-01-02T00:00:00.001Z", TimeUnit::Month), @"2026-01-01T00:00:00.000Z to 2027-01-02T00:00:00.001Z is more than 366 days");
    assert_eq!(buckets(at(year), at("2027-01-02T00:00:00Z"), TimeUnit::Day, &TimeZone::UTC).unwrap().len(), 366);
    assert_eq!(buckets(at(year), at("2026-01-01T06:40:00Z"), TimeUnit::Minute, &TimeZone::UTC).unwrap().len(), 400);
    insta::assert_snapshot!(refused(year, "2026-01-01T06:40:00.001Z", TimeUnit::Minute), @"2026-01-01T00:00:00.000Z to 2026-01-01T06:40:00.001Z by MINUTE is more than 400 buckets");
    let unknown = zone(Some("Mars/Olympus\n")).unwrap_err();
    assert_eq!((unknown.code(), unknown.field()), (Code::BadUserInput, Some("timeZone")));
    insta::assert_snapshot!(unknown, @r"`timeZone` is `Mars/Olympus\n`, which is no known zone");
    // The ends of time are far, and no panic.
    for edge in [Timestamp::MIN, Timestamp::MAX] {
        for unit in TimeUnit::ALL {
            let _ = next(edge, *unit, &TimeZone::UTC);
        }
        let _ = (stretch(None, None, edge, TimeUnit::Day, &TimeZone::UTC), cell(edge, SignedDuration::from_hours(24)));
    }
}

#[test]
fn what_is_not_said_is_the_last_buckets_and_the_one_under_way() {
    let now = at("2026-11-22T13:07:30Z");
    let meant = |from, unit| {
        let Bucket { start, end } = stretch(from, None, now, unit, &TimeZone::UTC).unwrap();
        (format!("{start:.0}"), format!("{end:.0}"), buckets(start, end, unit, &TimeZone::UTC).unwrap().len())
    };
    for (unit, start, end, count) in [
        (TimeUnit::Minute, "2026-11-22T12:08:00Z", "2026-11-22T13:08:00Z", 60),
        (TimeUnit::Hour, "2026-11-21T14:00:00Z", "2026-11-22T14:00:00Z", 24),
        (TimeUnit::Day, "2026-10-24T00:00:00Z", "2026-11-23T00:00:00Z", 30),
        (TimeUnit::Week, "2026-08-31T00:00:00Z", "2026-11-23T00:00:00Z", 12),
        (TimeUnit::Month, "2025-12-01T00:00:00Z", "2026-12-01T00:00:00Z", 12),
    ] {
        assert_eq!(meant(None, unit), (start.to_owned(), end.to_owned(), count));
    }
    // Where the rest of the month is too much, up to now.
    let year = Some(at("2025-11-25T00:00:00Z"));
    assert_eq!(meant(year, TimeUnit::Month).1, "2026-11-22T13:07:30Z");
    assert_eq!(meant(Some(at("2026-01-01T00:00:00Z")), TimeUnit::Month).1, "2026-12-01T00:00:00Z");
}

/// A zone of the database, and an instant: half of them near a change of its clock.
fn places() -> impl Strategy<Value = (TimeZone, Timestamp)> {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    // Before 1973 some zones were off by odd seconds.
    (prop::sample::select(names), 100_000_000i64..2_200_000_000, any::<bool>(), -200_000i64..200_000).prop_map(
        |(name, second, near, shift)| {
            let zone = TimeZone::get(&name).unwrap();
            let mut at = Timestamp::from_second(second).unwrap();
            let change = zone.following(at).next().filter(|_| near).map(|change| change.timestamp());
            if let Some(change) = change.filter(|change| change.as_second() < 2_500_000_000) {
                at = change + SignedDuration::from_secs(shift);
            }
            (zone, at)
        },
    )
}

/// What names the bucket of an instant, given what the clock has shown: dates never go back, hours and minutes are the clock's.
fn label(unit: TimeUnit, latest: Date, shown: DateTime, offset: i32) -> (Date, i8, i8, i32) {
    match unit {
        TimeUnit::Minute => (shown.date(), shown.hour(), shown.minute(), offset),
        TimeUnit::Hour => (shown.date(), shown.hour(), 0, offset),
        TimeUnit::Day => (latest, 0, 0, 0),
        TimeUnit::Week => {
            let since_monday = i64::from(latest.weekday().to_monday_zero_offset());
            (latest - jiff::Span::new().days(since_monday), 0, 0, 0)
        }
        TimeUnit::Month => (latest.first_of_month(), 0, 0, 0),
    }
}

/// The borders within `[from, to)`, minute by minute.
fn watched(from: Timestamp, to: Timestamp, unit: TimeUnit, zone: &TimeZone) -> Vec<Timestamp> {
    let mut borders = vec![from];
    // Long enough before that what the clock has shown is known.
    let mut second = (from.as_second() - 3 * 86_400).div_euclid(60) * 60;
    let (mut latest, mut last) = (Date::MIN, None);
    loop {
        let at = Timestamp::from_second(second).unwrap();
        if at >= to {
            return borders;
        }
        let shown = zone.to_datetime(at);
        latest = latest.max(shown.date());
        let label = label(unit, latest, shown, zone.to_offset(at).seconds());
        if at > from && last.is_some_and(|last| last != label) {
            borders.push(at);
        }
        last = Some(label);
        second += 60;
    }
}

fn agree(from: Timestamp, length: SignedDuration, unit: TimeUnit, zone: &TimeZone) -> Result<(), TestCaseError> {
    let to = from + length;
    let buckets = buckets(from, to, unit, zone).unwrap();
    let starts: Vec<Timestamp> = buckets.iter().map(|bucket| bucket.start).collect();
    let watched = watched(from, to, unit, zone);
    let differs = starts.iter().zip(&watched).find(|(found, expected)| found != expected);
    prop_assert!(starts.len() == watched.len() && differs.is_none(), "{:?} in {:?}: {:?}", unit, zone, differs);
    prop_assert!(buckets.iter().all(|bucket| bucket.start < bucket.end));
    prop_assert!(buckets.windows(2).all(|pair| pair[0].end == pair[1].start));
    prop_assert_eq!(buckets.last().map(|bucket| bucket.end), Some(to));
    Ok(())
}

proptest! {
    // Watching takes its time.
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 48 } else { 2_000 }))]

    #[test]
    fn minutes_hours_and_days_are_those_of_the_clock((zone, at) in places(), millis in 0i64..60_000) {
        let from = at + SignedDuration::from_millis(millis);
        agree(from, SignedDuration::from_mins(399), TimeUnit::Minute, &zone)?;
        agree(from, SignedDuration::from_hours(60), TimeUnit::Hour, &zone)?;
        agree(from, SignedDuration::from_hours(100), TimeUnit::Day, &zone)?;
    }

    #[test]
    fn weeks_and_months_are_those_of_the_calendar((zone, at) in places()) {
        agree(at, SignedDuration::from_hours(40 * 24), TimeUnit::Week, &zone)?;
        agree(at, SignedDuration::from_hours(40 * 24), TimeUnit::Month, &zone)?;
    }

}

proptest! {
    #[test]
    fn cells_cover_a_stretch_exactly(start in 0i64..10_000_000_000_000, length in 1i64..40_000_000_000_000, fine in any::<bool>()) {
        let grains = [24 * 60, 60, 15].map(SignedDuration::from_mins);
        // On the grid of the finest grain, nothing is asked for that is not a sum.
        let grid = if fine { 1 } else { 15 * 60_000_000 };
        let instant = |micros: i64| Timestamp::from_microsecond(micros / grid * grid).unwrap();
        let stretch = Bucket { start: instant(start), end: instant(start + length.max(grid)) };
        let parts = cover(stretch, &grains);
        prop_assert_eq!(parts.first().map(|part| part.start), Some(stretch.start));
        prop_assert_eq!(parts.last().map(|part| part.end), Some(stretch.end));
        prop_assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
        prop_assert!(parts.len() <= 7, "{:?}", parts);
        for part in &parts {
            prop_assert!(part.start < part.end);
            if let Some(grain) = part.grain {
                for border in [part.start, part.end] {
                    prop_assert_eq!(cell(border, grain).unwrap().start, border);
                }
            } else {
                prop_assert!(fine);
                prop_assert!(part.end.duration_since(part.start) < grains[2] * 2);
            }
        }
    }
}
