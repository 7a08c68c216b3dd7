//! Buckets of time: where the minutes, hours, days, weeks and months of a zone begin. Pure: no clock, no I/O. Where a stretch begins
//! and ends says [`admin_policy::calendar`].

use admin_policy::calendar::{self, CalendarUnit, next_border};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::model::TimeUnit;

/// How many buckets one answer has at most.
pub const MOST: usize = 400;
/// How many days one answer is about at most.
pub const DAYS: i64 = 366;
const LONGEST: SignedDuration = SignedDuration::from_hours(DAYS * 24);

/// A half-open stretch of time: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

/// The zone of an IANA name such as `Europe/Berlin`; `None` = UTC.
///
/// # Errors
/// `BAD_USER_INPUT` for a name that is unknown.
pub fn zone(name: Option<&str>) -> Result<TimeZone, Error> {
    let Some(name) = name else { return Ok(TimeZone::UTC) };
    calendar::zone(name).ok_or_else(|| {
        let shown: String = name.chars().take(60).collect();
        Error::bad_input("timeZone", format!("`timeZone` is `{}`, which is no known zone", shown.escape_debug()))
            .with_hint("give a name of the IANA database, such as Europe/Berlin or UTC")
    })
}

/// Cuts `[from, to)` into buckets. The first and the last are cut off where the stretch begins and ends.
///
/// # Errors
/// `BAD_USER_INPUT` when the stretch is empty, longer than [`DAYS`], or has more than [`MOST`] buckets.
pub fn buckets(from: Timestamp, to: Timestamp, unit: TimeUnit, zone: &TimeZone) -> Result<Vec<Bucket>, Error> {
    if from >= to {
        return Err(Error::bad_input("from", format!("`from` is {from:.3}; it must be before `to`, {to:.3}")));
    }
    if to.duration_since(from) > LONGEST {
        let message = format!("{from:.3} to {to:.3} is more than {DAYS} days");
        return Err(Error::bad_input("from", message).with_hint("ask for a part at a time"));
    }
    let mut buckets = Vec::new();
    let mut start = from;
    while start < to {
        if buckets.len() == MOST {
            let message = format!("{from:.3} to {to:.3} by {} is more than {MOST} buckets", unit.as_str());
            return Err(
                Error::bad_input("groupBy", message).with_hint("ask for a longer `groupBy`, or for a part at a time")
            );
        }
        let end = next(start, unit, zone).map_or(to, |border| border.min(to));
        buckets.push(Bucket { start, end });
        start = end;
    }
    Ok(buckets)
}

/// The stretch that is meant: without an end up to the end of the bucket under way, without a beginning the last 60 minutes, 24 hours, 30
/// days, 12 weeks or 12 months.
///
/// # Errors
/// `BAD_USER_INPUT` for a `to` that has no such time before it.
pub fn stretch(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
    unit: TimeUnit,
    zone: &TimeZone,
) -> Result<Bucket, Error> {
    let end = to.unwrap_or_else(|| {
        let border = next(now, unit, zone).unwrap_or(now);
        let too_long = from.is_some_and(|from| border.duration_since(from) > LONGEST);
        if too_long { now } else { border }
    });
    let start = from.map_or_else(|| last_from(end, unit, zone), Ok)?;
    Ok(Bucket { start, end })
}

/// Where the last buckets up to an end begin.
fn last_from(end: Timestamp, unit: TimeUnit, zone: &TimeZone) -> Result<Timestamp, Error> {
    // Far enough back that whole ones are among them.
    let (count, hours) = match unit {
        TimeUnit::Minute => (60, 2),
        TimeUnit::Hour => (24, 27),
        TimeUnit::Day => (30, 32 * 24),
        TimeUnit::Week => (12, 13 * 7 * 24),
        TimeUnit::Month => (12, DAYS * 24),
    };
    let back = end.checked_sub(SignedDuration::from_hours(hours));
    let back = back.map_err(|_| Error::bad_input("to", format!("`to` is {end:.3}, which is too early")))?;
    let buckets = buckets(back, end, unit, zone)?;
    Ok(buckets.get(buckets.len().saturating_sub(count)).map_or(back, |bucket| bucket.start))
}

/// The first border after an instant; `None` at the end of all time.
fn next(after: Timestamp, unit: TimeUnit, zone: &TimeZone) -> Option<Timestamp> {
    let unit = match unit {
        TimeUnit::Minute => CalendarUnit::Minute,
        TimeUnit::Hour => CalendarUnit::Hour,
        TimeUnit::Day => CalendarUnit::Day,
        TimeUnit::Week => CalendarUnit::Week,
        TimeUnit::Month => CalendarUnit::Month,
    };
    next_border(after, unit, zone)
}

/// A part of a stretch of time that one level of sums covers exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The length of that level's cells; `None` = no level fits, so what was summed must be asked itself.
    pub grain: Option<SignedDuration>,
    /// Its first instant: the beginning of a cell.
    pub start: Timestamp,
    /// The first instant after it: the beginning of another cell.
    pub end: Timestamp,
}

/// Covers a stretch by as large cells as fit, of grains that are multiples of each other, largest first. Cells begin at multiples of
/// their length since 1970 in UTC.
pub fn cover(stretch: Bucket, grains: &[SignedDuration]) -> Vec<Part> {
    let mut parts = Vec::new();
    cover_into(stretch, grains, &mut parts);
    parts
}

fn cover_into(Bucket { start, end }: Bucket, grains: &[SignedDuration], parts: &mut Vec<Part>) {
    if start >= end {
        return;
    }
    let Some((&grain, finer)) = grains.split_first() else {
        return parts.push(Part { grain: None, start, end });
    };
    match (cell(start, grain).map(|cell| if cell.start == start { start } else { cell.end }), cell(end, grain)) {
        (Some(first), Some(Bucket { start: last, .. })) if first < last => {
            cover_into(Bucket { start, end: first }, finer, parts);
            parts.push(Part { grain: Some(grain), start: first, end: last });
            cover_into(Bucket { start: last, end }, finer, parts);
        }
        _ => cover_into(Bucket { start, end }, finer, parts),
    }
}

/// The cell of a grain that an instant is in.
pub fn cell(at: Timestamp, grain: SignedDuration) -> Option<Bucket> {
    let length = i64::try_from(grain.as_micros()).ok().filter(|length| *length > 0)?;
    let start = at.as_microsecond().div_euclid(length) * length;
    Some(Bucket {
        start: Timestamp::from_microsecond(start).ok()?,
        end: Timestamp::from_microsecond(start + length).ok()?,
    })
}

#[cfg(test)]
mod tests;
