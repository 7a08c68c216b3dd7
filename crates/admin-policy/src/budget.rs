//! How much a key or a workspace may spend.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::calendar::{CalendarUnit, next_border, start_of_day, start_of_month, start_of_week};

/// What a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BudgetPeriod {
    /// A date.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
    /// All time.
    Total,
}

/// So much money in a period of the calendar. At the sum itself it is used up, so that 0 lets nothing pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Millionths of a US dollar, not negative.
    pub micro_usd: i64,
    /// What it is for.
    pub period: BudgetPeriod,
    /// Where the periods begin.
    pub zone: TimeZone,
}

impl Budget {
    /// When the period of an instant began; `None` = before everything.
    pub fn since(&self, at: Timestamp) -> Option<Timestamp> {
        match self.period {
            BudgetPeriod::Day => start_of_day(at, &self.zone),
            BudgetPeriod::Week => start_of_week(at, &self.zone),
            BudgetPeriod::Month => start_of_month(at, &self.zone),
            BudgetPeriod::Total => None,
        }
    }

    /// When the next period begins; `None` = never.
    pub fn resets_at(&self, at: Timestamp) -> Option<Timestamp> {
        let unit = match self.period {
            BudgetPeriod::Day => CalendarUnit::Day,
            BudgetPeriod::Week => CalendarUnit::Week,
            BudgetPeriod::Month => CalendarUnit::Month,
            BudgetPeriod::Total => return None,
        };
        next_border(at, unit, &self.zone)
    }

    /// Whether it is used up by this sum.
    pub const fn is_used_up(&self, spent_micro_usd: i64) -> bool {
        spent_micro_usd >= self.micro_usd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(period: BudgetPeriod, zone: &str) -> Budget {
        Budget { micro_usd: 1, period, zone: TimeZone::get(zone).unwrap() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn periods_begin_where_the_calendar_of_the_zone_says() {
        use BudgetPeriod::{Day, Month, Week};
        for (period, zone, now, since, resets_at) in [
            (Day, "UTC", "2026-11-22T23:59:59Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
            (Day, "Asia/Tokyo", "2026-11-22T15:00:00Z", "2026-11-22T15:00:00Z", "2026-11-23T15:00:00Z"),
            // A day of 23 hours, and one of 25.
            (Day, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            (Day, "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            // A week begins with Monday, a Sunday belongs to the one before.
            (Week, "UTC", "2026-11-22T12:00:00Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
            (Week, "UTC", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"),
            (Month, "UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
            (Month, "America/New_York", "2026-12-01T04:59:59Z", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"),
            // In Havana the clock goes back from 01:00 to 00:00: the date begins at the first midnight.
            (Day, "America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
            // In Santiago a day in September begins at 01:00.
            (Day, "America/Santiago", "2026-09-06T12:00:00Z", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
        ] {
            let budget = budget(period, zone);
            assert_eq!(budget.since(at(now)), Some(at(since)), "{period:?} {zone} {now}");
            assert_eq!(budget.resets_at(at(now)), Some(at(resets_at)), "{period:?} {zone} {now}");
        }
        let total = budget(BudgetPeriod::Total, "UTC");
        assert_eq!(
            (total.since(at("2026-11-22T12:00:00Z")), total.resets_at(at("2026-11-22T12:00:00Z"))),
            (None, None)
        );
    }

    #[test]
    fn a_period_is_followed_by_the_next_in_every_zone() {
        let mut zones = 0;
        for name in jiff::tz::db().available() {
            for period in [BudgetPeriod::Day, BudgetPeriod::Week, BudgetPeriod::Month] {
                let budget = budget(period, name.as_str());
                let mut now = at("2011-12-20T00:00:00Z");
                for _ in 0..60 {
                    let next = budget.resets_at(now).unwrap();
                    let since = budget.since(now).unwrap();
                    assert!(since <= now && now < next, "{name} {period:?} {now}");
                    assert_eq!(budget.since(next), Some(next), "{name} {period:?} {now}");
                    let last = Timestamp::from_microsecond(next.as_microsecond() - 1).unwrap();
                    assert_eq!(budget.since(last), Some(since), "{name} {period:?} {now}");
                    now = next;
                }
            }
            zones += 1;
        }
        assert!(zones > 300, "only {zones} zones");
    }

    #[test]
    fn at_the_sum_it_is_used_up() {
        let budget = Budget { micro_usd: 5, ..budget(BudgetPeriod::Day, "UTC") };
        assert!(!budget.is_used_up(4) && budget.is_used_up(5) && budget.is_used_up(6));
        assert!(Budget { micro_usd: 0, ..budget }.is_used_up(0));
    }
}
