//! When a key may call: days of the week and hours of the day in a zone.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::calendar::{self, CalendarUnit, next_border};
use crate::ip::shown;

/// Days of the week and hours of the day, as the clocks of a zone show them. Hour 17 is 17:00:00 to 17:59:59.
///
/// An hour that the clock skips in spring is not there on that day; one that it shows twice in autumn is there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeWindow {
    /// Bit 0 = Monday.
    days: u8,
    /// Bit 0 = 00:00 to 00:59.
    hours: u32,
    zone: TimeZone,
}

/// What is no window of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeWindowError {
    /// An hour that no clock has.
    #[error("`hoursOfDay` has {0}; an hour is 0 to 23")]
    Hour(i64),
    /// No zone of the IANA database.
    #[error(
        "`timezone` is `{0}`, which is no known zone; give a name of the IANA database, such as Europe/Berlin or UTC"
    )]
    Zone(String),
    /// A list without entries would never let anything pass.
    #[error("`{0}` is an empty list; leave it out, or give at least one entry")]
    Empty(&'static str),
}

/// How many days ahead a passing hour is looked for: a week, the days that a zone may skip, and the rare hour of one.
const LOOKS_AHEAD: i64 = 40;

impl TimeWindow {
    /// A window; `None` = all days, all hours.
    ///
    /// # Errors
    /// [`TimeWindowError`].
    pub fn new(days: Option<&[Weekday]>, hours: Option<&[i64]>, zone: &str) -> Result<Self, TimeWindowError> {
        let days = match days {
            None => 0x7f,
            Some([]) => return Err(TimeWindowError::Empty("daysOfWeek")),
            Some(days) => days.iter().fold(0, |bits, day| bits | 1 << day.to_monday_zero_offset()),
        };
        let hours = match hours {
            None => 0xff_ffff,
            Some([]) => return Err(TimeWindowError::Empty("hoursOfDay")),
            Some(hours) => hours.iter().try_fold(0, |bits, hour| match hour {
                0..=23 => Ok(bits | 1 << hour),
                _ => Err(TimeWindowError::Hour(*hour)),
            })?,
        };
        let zone = calendar::zone(zone).ok_or_else(|| TimeWindowError::Zone(shown(zone)))?;
        Ok(Self { days, hours, zone })
    }

    /// Whether it is open at this instant.
    pub fn allows(&self, at: Timestamp) -> bool {
        let local = self.zone.to_datetime(at);
        self.has_day(local.weekday()) && self.hours & 1 << local.hour() != 0
    }

    fn has_day(&self, day: Weekday) -> bool {
        self.days & 1 << day.to_monday_zero_offset() != 0
    }

    /// The first instant from this one on at which it is open; `None` = in the next 40 days there is none.
    pub fn next_allowed(&self, at: Timestamp) -> Option<Timestamp> {
        let last = at.as_second() + LOOKS_AHEAD * 86_400;
        let mut at = at;
        while !self.allows(at) {
            at = self.closed_until(at).filter(|next| next.as_second() <= last)?;
        }
        Some(at)
    }

    /// An instant before which a closed window does not open.
    fn closed_until(&self, at: Timestamp) -> Option<Timestamp> {
        if self.has_day(self.zone.to_datetime(at).weekday()) {
            // Between two borders of hours neither the date nor the hour changes.
            return next_border(at, CalendarUnit::Hour, &self.zone);
        }
        // A day is closed to its end; but where the clock goes back over midnight, the day before is shown once more.
        let change = self.zone.following(at).next().map(|change| change.timestamp());
        [change, next_border(at, CalendarUnit::Day, &self.zone)].into_iter().flatten().min()
    }

    /// The days, Monday first.
    pub fn days(&self) -> impl Iterator<Item = Weekday> + '_ {
        let all = (0..7).filter_map(|day| Weekday::from_monday_zero_offset(day).ok());
        all.filter(|day| self.has_day(*day))
    }

    /// The hours, earliest first.
    pub fn hours(&self) -> impl Iterator<Item = u8> + '_ {
        (0..24).filter(|hour| self.hours & 1 << hour != 0)
    }

    /// The IANA name of the zone.
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn window(days: &[Weekday], hours: &[i64], zone: &str) -> TimeWindow {
        let all = |empty: bool| !empty;
        TimeWindow::new(all(days.is_empty()).then_some(days), all(hours.is_empty()).then_some(hours), zone).unwrap()
    }

    const WORKDAYS: [Weekday; 5] =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    const OFFICE: [i64; 9] = [9, 10, 11, 12, 13, 14, 15, 16, 17];

    #[test]
    fn the_last_hour_is_open_to_its_end() {
        let office = window(&WORKDAYS, &OFFICE, "America/New_York");
        assert!(office.allows(at("2026-11-23T17:59:59.999999-05:00")));
        assert!(!office.allows(at("2026-11-23T18:00:00-05:00")));
        assert!(!office.allows(at("2026-11-23T08:59:59-05:00")));
        assert!(!office.allows(at("2026-11-22T12:00:00-05:00")), "a Sunday");
        assert_eq!(office.next_allowed(at("2026-11-20T18:00:00-05:00")), Some(at("2026-11-23T09:00:00-05:00")));
        assert_eq!(office.next_allowed(at("2026-11-20T12:34:56-05:00")), Some(at("2026-11-20T12:34:56-05:00")));
    }

    #[test]
    fn an_hour_that_the_clock_skips_is_not_there_and_one_shown_twice_is_there_twice() {
        // On 29 March 2026 Berlin goes from 02:00 to 03:00.
        let two = window(&[], &[2], "Europe/Berlin");
        assert_eq!(two.next_allowed(at("2026-03-29T01:59:59+01:00")), Some(at("2026-03-30T02:00:00+02:00")));
        // On 25 October 2026 it goes from 03:00 back to 02:00.
        for text in ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"] {
            assert!(two.allows(at(text)), "{text}");
        }
        assert_eq!(two.next_allowed(at("2026-10-25T01:00:00+02:00")), Some(at("2026-10-25T02:00:00+02:00")));
        assert_eq!(two.next_allowed(at("2026-10-25T03:00:00+01:00")), Some(at("2026-10-26T02:00:00+01:00")));
    }

    #[test]
    fn a_date_that_a_zone_skips_is_not_waited_for() {
        // Samoa had no Friday 30 December 2011.
        let friday = window(&[Weekday::Friday], &[], "Pacific/Apia");
        assert_eq!(friday.next_allowed(at("2011-12-29T23:59:00-10:00")), Some(at("2012-01-06T00:00:00+14:00")));
    }

    #[test]
    fn offsets_of_parts_of_an_hour_are_no_matter() {
        let noon = window(&[], &[12], "Asia/Kathmandu");
        assert_eq!(noon.next_allowed(at("2026-11-22T06:14:59Z")), Some(at("2026-11-22T06:15:00Z")));
    }

    #[test]
    fn an_hour_begins_at_its_first_instant_before_1970_too() {
        let thursday = window(&[Weekday::Thursday], &[], "UTC");
        assert_eq!(thursday.next_allowed(at("1969-12-31T23:59:59.943Z")), Some(at("1970-01-01T00:00:00Z")));
        let nine = window(&[], &[9], "America/New_York");
        assert_eq!(nine.next_allowed(at("1963-08-28T08:59:59.5-04:00")), Some(at("1963-08-28T09:00:00-04:00")));
    }

    #[test]
    fn a_date_that_the_clock_goes_back_to_is_open_once_more() {
        // In Casey it was 02:00 of Friday 5 March 2010, and then 23:00 of Thursday.
        let thursday = window(&[Weekday::Thursday], &[], "Antarctica/Casey");
        assert_eq!(thursday.next_allowed(at("2010-03-05T00:30:00+11:00")), Some(at("2010-03-04T23:00:00+08:00")));
    }

    #[test]
    fn what_is_none_is_told() {
        let refused = |days: Option<&[Weekday]>, hours: Option<&[i64]>, zone| {
            TimeWindow::new(days, hours, zone).unwrap_err().to_string()
        };
        assert_eq!(refused(None, Some(&[24]), "UTC"), "`hoursOfDay` has 24; an hour is 0 to 23");
        assert_eq!(refused(None, Some(&[-1]), "UTC"), "`hoursOfDay` has -1; an hour is 0 to 23");
        assert!(refused(Some(&[]), None, "UTC").starts_with("`daysOfWeek` is an empty list"));
        assert!(refused(None, Some(&[]), "UTC").starts_with("`hoursOfDay` is an empty list"));
        for zone in ["Mars/Olympus", "Etc/Unknown", ""] {
            assert!(refused(None, None, zone).starts_with(&format!("`timezone` is `{zone}`")), "{zone}");
        }
    }

    fn zones() -> impl Strategy<Value = String> {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        assert!(names.len() > 300, "only {} zones", names.len());
        prop::sample::select(names)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 128 } else { 20_000 }))]
        #[test]
        fn the_next_allowed_is_allowed_and_no_earlier_minute_is(
            days in 1_u8..0x80, hours in 1_u32..0x100_0000, zone in zones(), sparse: bool,
            micros in -2_000_000_000_000_000_i64..2_500_000_000_000_000, before_a_change in prop::option::of(0_i64..4_320),
        ) {
            // A dense set is nearly always open: of most hours only one is kept.
            let hours = if sparse { 1 << hours.trailing_zeros() } else { hours };
            let days = if sparse { 1 << days.trailing_zeros() } else { days };
            let window = TimeWindow { days, hours, zone: TimeZone::get(&zone).unwrap() };
            let start = Timestamp::from_microsecond(micros).unwrap();
            // Few instants are near a gap or a fold by chance.
            let change = before_a_change.and_then(|minutes| Some((minutes, window.zone.following(start).next()?)));
            let start = change.map_or(start, |(minutes, change)| change.timestamp() - minutes.minutes());
            let next = window.next_allowed(start).unwrap();
            prop_assert!(window.allows(next), "{zone} {next}");
            let mut minute = start;
            while minute < next {
                prop_assert!(!window.allows(minute), "{zone} {minute} before {next}");
                minute = minute.checked_add(1.minute()).unwrap();
            }
            let last = next.checked_sub(1.nanosecond()).unwrap();
            prop_assert!(next == start || !window.allows(last), "{zone} {last} before {next}");
        }
    }
}
