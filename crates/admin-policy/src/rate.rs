//! How often a key may call: the generic cell rate algorithm (GCRA, ITU-T I.371, 5.4.1.2.1) in exact integers.

use jiff::Timestamp;

/// What a rate is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RatePeriod {
    /// 1 s.
    Second,
    /// 60 s.
    Minute,
    /// 3,600 s.
    Hour,
    /// 86,400 s, whatever the clocks of a place do.
    Day,
}

impl RatePeriod {
    /// In microseconds.
    pub const fn micros(self) -> i64 {
        1_000_000
            * match self {
                Self::Second => 1,
                Self::Minute => 60,
                Self::Hour => 3_600,
                Self::Day => 86_400,
            }
    }
}

/// So many calls in so much time, and so many at once. On a still clock exactly `burst` pass; in any window of one period at most
/// `burst + requests`; calls that are spaced evenly, at the rate, all pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimit {
    requests: u32,
    period: RatePeriod,
    burst: u32,
}

/// A number of calls out of its bounds, 1 to 10^9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is {given}; it must be 1 to {most}", most = RateLimit::MOST)]
pub struct RateError {
    /// `requests` or `burst`.
    pub field: &'static str,
    /// What was given.
    pub given: i64,
}

impl RateLimit {
    /// The most calls, in a period and at once.
    pub const MOST: u32 = 1_000_000_000;

    /// A limit; without a burst, as many at once as in a period.
    ///
    /// # Errors
    /// [`RateError`] names the field.
    pub fn new(requests: i64, period: RatePeriod, burst: Option<i64>) -> Result<Self, RateError> {
        let bounded = |field, given: i64| {
            u32::try_from(given).ok().filter(|count| (1..=Self::MOST).contains(count)).ok_or(RateError { field, given })
        };
        let requests = bounded("requests", requests)?;
        let burst = burst.map_or(Ok(requests), |burst| bounded("burst", burst))?;
        Ok(Self { requests, period, burst })
    }

    /// Calls in a period.
    pub const fn requests(&self) -> u32 {
        self.requests
    }

    /// The period.
    pub const fn period(&self) -> RatePeriod {
        self.period
    }

    /// Calls at once.
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// Whether calls of this cost pass now, and what the meter is then.
    ///
    /// # Errors
    /// When they would; `None` = never, for they cost more than the burst.
    pub fn take(&self, meter: Meter, cost: u32, now: Timestamp) -> Result<Meter, Option<Timestamp>> {
        // In parts of a microsecond of which a call has a whole number: nothing is rounded.
        let cell = i128::from(self.period.micros());
        let clock = self.clock(now);
        let full = cell * i128::from(self.burst);
        let after = meter.filled_until.max(clock) + cell * i128::from(cost);
        if after - clock <= full {
            return Ok(Meter { filled_until: after });
        }
        if cost > self.burst {
            return Err(None);
        }
        Err(self.instant(after - full))
    }

    /// The meter as it can be by this clock: no fuller than full. Where the clock was set back, what was used is not waited for twice.
    #[must_use]
    pub fn bounded(&self, meter: Meter, now: Timestamp) -> Meter {
        let full = self.clock(now) + i128::from(self.period.micros()) * i128::from(self.burst);
        Meter { filled_until: meter.filled_until.min(full) }
    }

    /// How many calls pass now.
    pub fn left(&self, meter: Meter, now: Timestamp) -> u32 {
        let cell = i128::from(self.period.micros());
        let filled = (meter.filled_until - self.clock(now)).max(0);
        u32::try_from((cell * i128::from(self.burst) - filled).max(0) / cell).unwrap_or(0)
    }

    /// From when on the whole burst passes; at most the end of all time.
    pub fn full_at(&self, meter: Meter, now: Timestamp) -> Timestamp {
        if meter.is_idle(self, now) { now } else { self.instant(meter.filled_until).unwrap_or(Timestamp::MAX) }
    }

    /// The same consumption as another limit would have metered it: of a limit that is changed, what was used stays used.
    pub fn converted(&self, meter: Meter, from: &Self) -> Meter {
        let scaled = meter.filled_until.saturating_mul(i128::from(self.requests)) / i128::from(from.requests);
        // Nothing used stays so, however often the limit is changed.
        Meter { filled_until: scaled.max(Meter::default().filled_until) }
    }

    fn clock(&self, at: Timestamp) -> i128 {
        i128::from(at.as_microsecond()) * i128::from(self.requests)
    }

    /// The first whole microsecond at or after a reading of the clock.
    fn instant(&self, reading: i128) -> Option<Timestamp> {
        let requests = i128::from(self.requests);
        let micros = reading.div_euclid(requests) + i128::from(reading.rem_euclid(requests) > 0);
        Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok()
    }
}

/// What was used of a limit: until when its bucket would take to empty, in microseconds times the calls of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Meter {
    filled_until: i128,
}

impl Default for Meter {
    /// Nothing was used.
    fn default() -> Self {
        // Far from both ends, so that differences with any clock stay in range.
        Self { filled_until: i128::MIN / 4 }
    }
}

impl Meter {
    /// Whether nothing is used any more at this time: it is as good as a new one.
    pub fn is_idle(&self, limit: &RateLimit, now: Timestamp) -> bool {
        self.filled_until <= limit.clock(now)
    }
}

/// How long until then, upwards in whole milliseconds: who waits so long need not ask twice.
pub fn wait_millis(until: Timestamp, now: Timestamp) -> i64 {
    let wait = until.as_microsecond().saturating_sub(now.as_microsecond()).max(0);
    wait / 1_000 + i64::from(wait % 1_000 > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_microsecond(micros).unwrap()
    }

    fn periods() -> impl Strategy<Value = RatePeriod> {
        prop::sample::select(vec![RatePeriod::Second, RatePeriod::Minute, RatePeriod::Hour, RatePeriod::Day])
    }

    fn limits(most: i64) -> impl Strategy<Value = RateLimit> {
        (1..=most, periods(), prop::option::of(1..=most))
            .prop_map(|(requests, period, burst)| RateLimit::new(requests, period, burst).unwrap())
    }

    const NOW: i64 = 1_800_000_000_000_000;

    #[test]
    fn the_bounds_are_named() {
        for (given, burst) in [(0, None), (-1, None), (1_000_000_000_000, None), (1, Some(0)), (1, Some(1_000_000_001))]
        {
            let error = RateLimit::new(given, RatePeriod::Minute, burst).unwrap_err();
            assert!(error.to_string().ends_with("it must be 1 to 1000000000"), "{error}");
        }
        let largest = i64::from(RateLimit::MOST);
        let limit = RateLimit::new(largest, RatePeriod::Day, Some(largest)).unwrap();
        assert_eq!(limit.left(Meter::default(), at(NOW)), RateLimit::MOST);
    }

    #[test]
    fn who_waits_as_told_passes_and_nobody_sooner() {
        let limit = RateLimit::new(3, RatePeriod::Second, Some(1)).unwrap();
        let meter = limit.take(Meter::default(), 1, at(NOW)).unwrap();
        let until = limit.take(meter, 1, at(NOW)).unwrap_err().unwrap();
        assert_eq!(until, at(NOW + 333_334));
        limit.take(meter, 1, at(NOW + 333_333)).unwrap_err();
        limit.take(meter, 1, until).unwrap();
        assert_eq!(wait_millis(until, at(NOW)), 334);
    }

    #[test]
    fn what_costs_more_than_the_burst_never_passes() {
        let limit = RateLimit::new(10, RatePeriod::Second, Some(5)).unwrap();
        assert_eq!(limit.take(Meter::default(), 6, at(NOW)), Err(None));
        assert_eq!(limit.left(limit.take(Meter::default(), 5, at(NOW)).unwrap(), at(NOW)), 0);
    }

    /// What a peer got wrong: its window began with the last call, so that slow and steady traffic was denied in the end.
    #[test]
    fn steady_traffic_below_the_rate_is_never_denied() {
        let limit = RateLimit::new(10, RatePeriod::Day, Some(1)).unwrap();
        let (mut meter, step) = (Meter::default(), RatePeriod::Day.micros() / 10);
        for number in 0..10_000 {
            meter = limit.take(meter, 1, at(NOW + number * step)).unwrap();
        }
    }

    #[test]
    fn of_a_limit_that_is_changed_what_was_used_stays_used() {
        let old = RateLimit::new(100, RatePeriod::Minute, None).unwrap();
        let mut meter = Meter::default();
        for _ in 0..100 {
            meter = old.take(meter, 1, at(NOW)).unwrap();
        }
        let new = RateLimit::new(200, RatePeriod::Minute, None).unwrap();
        assert_eq!(new.left(new.converted(meter, &old), at(NOW)), 0);
        assert_eq!(new.left(new.converted(Meter::default(), &old), at(NOW)), 200);
    }

    #[test]
    fn what_takes_longer_than_all_time_is_not_full_now() {
        let limit = RateLimit::new(1, RatePeriod::Day, Some(1_000_000_000)).unwrap();
        assert_eq!(limit.full_at(Meter::default(), at(NOW)), at(NOW));
        let meter = limit.take(Meter::default(), 1, at(NOW)).unwrap();
        assert_eq!(limit.full_at(meter, at(NOW)), at(NOW + RatePeriod::Day.micros()));
        let meter = limit.take(meter, 100_000_000, at(NOW)).unwrap();
        assert_eq!(limit.full_at(meter, at(NOW)), Timestamp::MAX);
    }

    #[test]
    fn of_a_limit_that_is_changed_what_was_not_used_stays_so() {
        let [least, most] = [1, 1_000_000_000].map(|n| RateLimit::new(n, RatePeriod::Day, None).unwrap());
        for requests in 1..10 {
            let new = RateLimit::new(requests, RatePeriod::Minute, None).unwrap();
            for old in [least, most] {
                let meter = new.converted(Meter::default(), &old);
                assert_eq!(i64::from(new.left(meter, at(NOW))), requests);
                assert_eq!(most.left(most.converted(meter, &new), at(NOW)), RateLimit::MOST);
            }
        }
    }

    proptest! {
        #[test]
        fn on_a_still_clock_exactly_the_burst_passes(limit in limits(500), now in 0..NOW) {
            let mut meter = Meter::default();
            let mut passed = 0;
            while let Ok(next) = limit.take(meter, 1, at(now)) {
                prop_assert_eq!(limit.left(meter, at(now)), limit.burst() - passed);
                (meter, passed) = (next, passed + 1);
            }
            prop_assert_eq!(passed, limit.burst());
        }

        #[test]
        fn in_any_window_of_a_period_pass_at_most_burst_and_requests(
            limit in limits(40), pauses in prop::collection::vec(0_u32..1_000, 1..300), scale in 1_i64..100_000,
        ) {
            let (mut meter, mut now, mut passed) = (Meter::default(), NOW, Vec::new());
            for pause in pauses {
                now += i64::from(pause) * scale;
                match limit.take(meter, 1, at(now)) {
                    Ok(next) => { meter = next; passed.push(now); }
                    Err(until) => {
                        // As soon as it says, and no sooner.
                        let until = until.unwrap();
                        prop_assert!(limit.take(meter, 1, until).is_ok());
                        let before = at(until.as_microsecond() - 1);
                        prop_assert!(limit.take(meter, 1, before).is_err());
                    }
                }
            }
            let most = u64::from(limit.burst()) + u64::from(limit.requests());
            for (index, first) in passed.iter().enumerate() {
                let within = passed[index..].iter().take_while(|at| *at - first < limit.period().micros()).count();
                prop_assert!(within as u64 <= most);
            }
        }

        #[test]
        fn calls_that_are_spaced_evenly_all_pass(limit in limits(1_000_000_000), count in 1..500_i64) {
            let (mut meter, requests) = (Meter::default(), i64::from(limit.requests()));
            for number in 0..count {
                // Upwards, as a clock of microseconds would have it.
                let offset = (i128::from(number) * i128::from(limit.period().micros())).div_euclid(i128::from(requests));
                let exact = (i128::from(number) * i128::from(limit.period().micros())) % i128::from(requests) == 0;
                let now = NOW + i64::try_from(offset).unwrap() + i64::from(!exact);
                meter = limit.take(meter, 1, at(now)).map_err(|until| TestCaseError::fail(format!("{number}: {until:?}")))?;
            }
        }

        #[test]
        fn a_cost_is_as_so_many_calls(limit in limits(1_000), cost in 1..1_000_u32, before in 0..1_000_u32) {
            let used = limit.take(Meter::default(), before.min(limit.burst()), at(NOW)).unwrap();
            let at_once = limit.take(used, cost, at(NOW));
            let one_by_one = (0..cost).try_fold(used, |meter, _| limit.take(meter, 1, at(NOW)));
            prop_assert_eq!(at_once.is_ok(), one_by_one.is_ok());
            if let Ok(meter) = at_once {
                prop_assert_eq!(meter, one_by_one.unwrap());
            }
        }
    }
}
