//! A rate limit: it passes what is left and no more, says when it passes again, and keeps what was used when it is changed.
#![no_main]

use admin_policy::{Meter, RateLimit, RatePeriod};
use arbitrary::Arbitrary;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Given {
    requests: i64,
    period: u8,
    burst: Option<i64>,
}

impl Given {
    fn limit(&self) -> Option<RateLimit> {
        use RatePeriod::{Day, Hour, Minute, Second};
        let within = |count: &i64| (1..=i64::from(RateLimit::MOST)).contains(count);
        let period = [Second, Minute, Hour, Day][usize::from(self.period % 4)];
        let limit = RateLimit::new(self.requests, period, self.burst);
        assert_eq!(limit.is_ok(), within(&self.requests) && self.burst.as_ref().is_none_or(within));
        if let Ok(limit) = limit {
            let again = RateLimit::new(limit.requests().into(), limit.period(), Some(limit.burst().into()));
            assert_eq!(again, Ok(limit));
        }
        limit.ok()
    }
}

#[derive(Arbitrary, Debug)]
enum Step {
    Take(u32),
    /// On by so many microseconds, or back.
    Wait(i32),
    /// On by so many parts of a period.
    Rest(u16),
    Change(Given),
}

fuzz_target!(|input: (i64, Given, Vec<Step>)| {
    let (start, given, steps) = input;
    let Some(mut limit) = given.limit() else { return };
    let Ok(mut now) = Timestamp::from_microsecond(start) else { return };
    let later = |now: Timestamp, by: i64| {
        now.as_microsecond().checked_add(by).and_then(|at| Timestamp::from_microsecond(at).ok()).unwrap_or(now)
    };
    let mut meter = Meter::default();
    let mut passed: Vec<(Timestamp, u32)> = Vec::new();
    for step in steps {
        assert!(limit.left(meter, now) <= limit.burst());
        let full_at = limit.full_at(meter, now);
        assert!(full_at >= now);
        assert!(
            limit.left(meter, full_at) == limit.burst() || full_at == Timestamp::MAX,
            "{limit:?} {meter:?} is not full at {full_at}"
        );
        assert_eq!(meter.is_idle(&limit, now), full_at == now, "{limit:?} {meter:?}");
        match step {
            Step::Take(cost) => {
                let left = limit.left(meter, now);
                match limit.take(meter, cost, now) {
                    Ok(after) => {
                        assert!(cost <= left);
                        assert_eq!(limit.left(after, now), left - cost);
                        meter = after;
                        passed.push((now, cost));
                    }
                    Err(until) => {
                        // Of a clock that went back, more than the burst may be used, and not even nothing passes.
                        assert!(cost > left || cost == 0);
                        let Some(until) = until else {
                            assert!(
                                cost > limit.burst() || full_at == Timestamp::MAX,
                                "{limit:?} {meter:?} {cost} {now}"
                            );
                            continue;
                        };
                        assert!(cost <= limit.burst());
                        assert!(until > now);
                        assert!(limit.take(meter, cost, until).is_ok());
                        assert!(limit.take(meter, cost, later(until, -1)).is_err());
                    }
                }
            }
            Step::Wait(by) => {
                if by < 0 {
                    passed.clear();
                }
                now = later(now, by.into());
            }
            Step::Rest(parts) => now = later(now, limit.period().micros() / 1_000 * i64::from(parts)),
            Step::Change(given) => {
                let Some(other) = given.limit() else { continue };
                let before = limit.left(meter, now);
                let used_up = before == 0;
                meter = other.converted(meter, &limit);
                if before == limit.burst() && limit.full_at(meter, now) == now {
                    assert_eq!(other.left(meter, now), other.burst(), "{limit:?} {other:?} {meter:?}");
                }
                if used_up
                    && other.burst() <= other.requests()
                    && limit.burst() == limit.requests()
                    && limit.period() == other.period()
                {
                    // What was used stays used, but for the part of one that was filled again.
                    assert!(
                        other.left(meter, now) <= other.requests().div_ceil(limit.requests()),
                        "{limit:?} {other:?}"
                    );
                }
                limit = other;
                passed.clear();
            }
        }
    }
    let most = u64::from(limit.burst()) + u64::from(limit.requests());
    for (index, (first, _)) in passed.iter().enumerate() {
        let within = passed[index..]
            .iter()
            .take_while(|(at, _)| at.as_microsecond() - first.as_microsecond() < limit.period().micros());
        assert!(within.map(|(_, cost)| u64::from(*cost)).sum::<u64>() <= most, "{limit:?}");
    }
});
