//! Where the minutes, hours, days, weeks and months of a zone begin.
//!
//! - A day begins when its date is first shown, even if the clock goes back over midnight later. A week begins with its Monday, a
//!   month with its first day. A date that a zone skips has no beginning of its own.
//! - An hour or a minute begins where the clock shows a whole one, or is changed. So the hour that is shown twice in autumn is two.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan as _};

/// A stretch of a calendar or a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// A minute of the clock.
    Minute,
    /// An hour of the clock.
    Hour,
    /// A date.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
}

/// The zone of a name of the IANA database.
pub fn zone(name: &str) -> Option<TimeZone> {
    // `Etc/Unknown` stands for a zone that nobody knows, and is in no place.
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

/// The first instant after this one at which such a stretch begins; `None` at the end of all time.
pub fn next_border(after: Timestamp, unit: CalendarUnit, zone: &TimeZone) -> Option<Timestamp> {
    match unit {
        CalendarUnit::Minute => next_on_the_clock(after, 60, zone),
        CalendarUnit::Hour => next_on_the_clock(after, 3_600, zone),
        CalendarUnit::Day => next_on_the_calendar(after, zone, Date::tomorrow),
        CalendarUnit::Week => next_on_the_calendar(after, zone, |date| date.nth_weekday(1, Weekday::Monday)),
        CalendarUnit::Month => next_on_the_calendar(after, zone, |date| date.first_of_month().checked_add(1.month())),
    }
}

/// When the day of an instant began.
pub fn start_of_day(at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    start_on_the_calendar(at, zone, Ok)
}

/// When the week of an instant began: its Monday.
pub fn start_of_week(at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    start_on_the_calendar(at, zone, |date| date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()))
}

/// When the month of an instant began.
pub fn start_of_month(at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    start_on_the_calendar(at, zone, |date| Ok(date.first_of_month()))
}

fn start_on_the_calendar(
    at: Timestamp,
    zone: &TimeZone,
    first: impl Fn(Date) -> Result<Date, jiff::Error>,
) -> Option<Timestamp> {
    let shown = zone.to_datetime(at).date();
    // Tomorrow has begun already where its date was shown before the clock went back over midnight.
    let tomorrow = shown.tomorrow().ok().filter(|date| first_instant(*date, zone).is_some_and(|start| start <= at));
    first_instant(first(tomorrow.unwrap_or(shown)).ok()?, zone)
}

fn next_on_the_calendar(
    after: Timestamp,
    zone: &TimeZone,
    step: impl Fn(Date) -> Result<Date, jiff::Error>,
) -> Option<Timestamp> {
    let mut date = zone.to_datetime(after).date();
    loop {
        date = step(date).ok()?;
        let start = first_instant(date, zone)?;
        // Not so for the date that was shown already when the clock went back over midnight.
        if start > after {
            return Some(start);
        }
    }
}

/// The first instant at which a zone shows this date, or a later one if it skips it.
fn first_instant(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = zone.to_ambiguous_timestamp(date.to_datetime(Time::midnight()));
    let gap = midnight.is_ambiguous() && matches!(midnight.offset(), AmbiguousOffset::Gap { .. });
    // Of two midnights the first one; of none, an instant behind the gap, which begins with the change before it.
    let start = midnight.compatible().ok()?;
    if !gap {
        return Some(start);
    }
    zone.preceding(start.checked_add(1.nanosecond()).ok()?).next().map(|change| change.timestamp())
}

fn next_on_the_clock(after: Timestamp, step: i64, zone: &TimeZone) -> Option<Timestamp> {
    let offset = zone.to_offset(after);
    // Whole seconds, downwards before 1970 too.
    let second = after.as_second() - i64::from(after.subsec_nanosecond() < 0);
    let shown = second + i64::from(offset.seconds());
    let whole = Timestamp::from_second((shown.div_euclid(step) + 1) * step - i64::from(offset.seconds())).ok()?;
    let changes = zone.following(after).take_while(|change| change.timestamp() < whole);
    Some(changes.filter(|change| change.offset() != offset).map(|change| change.timestamp()).next().unwrap_or(whole))
}
