//! The formula beside sums worked out by hand, and the range beside what then happened in simulated histories.

use std::fmt::Write as _;

use jiff::civil::Weekday::{Monday, Wednesday};

use super::*;

fn near(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!((found - expected).abs() < expected.abs() * 1e-6 + 1e-3, "{found} and not {expected}");
}

/// Days ahead from a first day of the week on.
fn ahead(first: usize, days: usize) -> Ahead {
    let mut ahead = [0.0; 7];
    (first..first + days).for_each(|day| ahead[day % 7] += 1.0);
    ahead
}

#[test]
fn too_little_history_gives_no_number() {
    let nothing = |days: &[i64]| {
        let forecast = forecast(days, Monday, 5, &ahead(0, 10));
        assert_eq!(forecast.method, ProjectionMethod::NotEnoughHistory, "{days:?}");
        assert_eq!((forecast.expected, forecast.low, forecast.high), (None, None, None));
        // The run rate is a fact.
        assert_eq!(forecast.per_day.is_some(), !days.is_empty());
        assert_eq!(runway(days, 1_000_000), None);
        forecast.carrying_days
    };
    assert!(nothing(&[]).abs() < f64::EPSILON);
    nothing(&[7]);
    nothing(&[100; 20]);
    nothing(&[0; 28]);
    // One burst in four weeks is one observation, and two are not three.
    let mut burst = [0; 28];
    burst[20] = 1_000_000;
    near(Some(nothing(&burst)), 1.0);
    burst[3] = 1_000_000;
    near(Some(nothing(&burst)), 2.0);
    // Small change on every day does not make the bursts more.
    let mut bursts = [100; 28];
    bursts[20] = 1_000_000;
    bursts[3] = 1_000_000;
    assert!(nothing(&bursts) < 2.1);
}

/// Three weeks of which each day of the first cost 10, of the second 20, of the third 30.
fn growing() -> Vec<i64> {
    [10, 20, 30].map(|cost| [cost; 7]).concat()
}

#[test]
fn growth_widens_the_range() {
    // Worked out by hand: each mean is 20, Σe² = 14·10² = 1400, s² = 1400/14 = 100. Twelve of the products of neighbours are 100, the others
    // 0, so r = 1200/1400 and more, kept to 0.75, and k = 7. Kish: 420²/(7·(10² + 20² + 30²)) = 176400/9800 = 18; t of 14 degrees is 1.345.
    // Ten days from Monday: three weekdays twice and four once. 1.345 · √(7 · 100 · (10 + (3·4 + 4·1)/3)) = 1.345 · √10733.333 = 139.344421.
    let found = forecast(&growing(), Monday, 100, &ahead(0, 10));
    assert_eq!(found.method, ProjectionMethod::WeekdayMeans);
    near(Some(found.carrying_days), 18.0);
    near(found.per_day, 20.0);
    near(found.expected, 300.0);
    near(found.low, 300.0 - 139.344_421);
    near(found.high, 300.0 + 139.344_421);
    // Nothing ahead, nothing uncertain.
    let over = forecast(&growing(), Monday, 100, &[0.0; 7]);
    assert_eq!((over.low, over.expected, over.high), (Some(100.0), Some(100.0), Some(100.0)));
}

#[test]
fn each_weekday_is_projected_by_its_own_mean() {
    // 100 on workdays and 0 at weekends, but that the first Monday of the four was 140: the mean of Mondays is 110, of which the four are
    // off by 30, -10, -10, -10. Σe² = 1200, s² = 1200/21 = 57.142857; they are seven days apart, so r = 0 + 1/28 and
    // k = (1 + 1/28)/(1 - 1/28) = 29/27. Kish: 2040² / (19·100² + 140²) = 4161600/209600 = 19.85, t of 18 degrees is 1.330.
    // The days ahead: Saturday to Monday. 1.330 · √(57.142857 · 29/27 · (3 + 3·1/4)) = 1.330 · 15.170965 = 20.177383.
    let week = [100, 100, 100, 100, 100, 0, 0];
    let mut days = week.repeat(4);
    days[0] = 140;
    let found = forecast(&days, Monday, 0, &ahead(5, 3));
    assert_eq!(found.method, ProjectionMethod::WeekdayMeans);
    near(found.per_day, 2040.0 / 28.0);
    near(found.expected, 110.0);
    near(found.high, 110.0 + 20.177_383);
    near(found.low, 110.0 - 20.177_383);
    // The same days are other weekdays when the first was a Wednesday: then two Fridays' worth and a Saturday's are ahead.
    let shifted = forecast(&days, Wednesday, 0, &ahead(0, 2));
    near(shifted.expected, 0.0);
    assert_eq!(shifted.low, Some(0.0), "never less than what is spent");
}

#[test]
fn days_that_are_all_alike_leave_nothing_open() {
    let found = forecast(&[7; 28], Monday, 70, &ahead(0, 3));
    assert_eq!((found.low, found.expected, found.high), (Some(91.0), Some(91.0), Some(91.0)));
    assert_eq!(runway(&[7; 28], 700), Some(Runway { days: Some(100.0), earliest: Some(100.0), latest: Some(100.0) }));
}

#[test]
fn a_balance_lasts_until_the_sum_of_days_reaches_it() {
    // The days that grow: a mean of 20 and s² = 1400/20, t of 17 degrees is 1.333. The balance of 400 lasts 20 days, and at both ends
    // the range of that many days reaches it: |400 - 20·D| = √(spread · (D + D²/21)).
    let days = growing();
    let found = runway(&days, 400).unwrap();
    near(found.days, 20.0);
    let spread = 1.333_f64.powi(2) * 7.0 * 70.0;
    for (end, side) in [(found.earliest.unwrap(), 1.0), (found.latest.unwrap(), -1.0)] {
        near(Some(side * (400.0 - 20.0 * end)), (spread * (end + end * end / 21.0)).sqrt());
    }
    assert!(found.earliest.unwrap() < 15.0 && found.latest.unwrap() > 25.0, "{found:?}");
    let empty = Some(Runway { days: Some(0.0), earliest: Some(0.0), latest: Some(0.0) });
    assert_eq!((runway(&days, 0), runway(&days, -5)), (empty, empty));
    // What lasts more than ten years is not counted.
    assert_eq!(runway(&[1; 28], 100_000), Some(Runway { days: None, earliest: None, latest: None }));
    // Where bursts carry the spending, it may well never come to it.
    let mut bursts = [0; 28];
    for day in [2, 9, 17] {
        bursts[day] = 1_000;
    }
    assert_eq!(runway(&bursts, 5_000).unwrap().latest, None);
}

/// Small and the same everywhere.
struct Dice(u64);

impl Dice {
    /// Between 0 and 1, both excluded.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn uniform(&mut self) -> f64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.uniform().ln()
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// How days come about.
#[derive(Debug, Clone, Copy)]
enum World {
    /// Each day by itself, with a spread of half its mean.
    Stationary,
    /// Each day by itself, some far dearer than most.
    Skewed,
    /// Workdays at five times the weekend.
    Weekly,
    /// Nothing on most days, and a burst on every sixth.
    Bursts,
    /// Little on most days, and a burst beside it on every sixth.
    BurstsOverBase,
    /// Busy days come together: each is much like the day before.
    Sticky,
}

fn days(world: World, count: usize, dice: &mut Dice) -> Vec<f64> {
    let mut mood = dice.normal() * 0.4;
    (0..count)
        .map(|day| match world {
            World::Stationary => (0..4).map(|_| dice.exponential(250.0)).sum(),
            World::Skewed => 1000.0 * (0.83 * dice.normal()).exp(),
            World::Weekly => {
                let level = if day % 7 < 5 { 1000.0 } else { 200.0 };
                level * (1.0 + 0.3 * dice.normal()).max(0.0)
            }
            World::Bursts | World::BurstsOverBase => {
                let burst = if dice.uniform() < 1.0 / 6.0 { dice.exponential(10_000.0) } else { 0.0 };
                burst + if matches!(world, World::Bursts) { 0.0 } else { dice.exponential(200.0) }
            }
            World::Sticky => {
                mood = 0.3 * mood + 0.4 * dice.normal();
                1000.0 * mood.exp()
            }
        })
        .collect()
}

/// How often the range held, and how often there was one, in percent.
#[expect(clippy::cast_possible_truncation, reason = "amounts of a test")]
fn coverage(world: World, history: usize, horizon: usize) -> (u32, u32) {
    const ROUNDS: u32 = 1_000;
    let mut dice = Dice(7);
    let (mut told, mut held) = (0, 0);
    for _ in 0..ROUNDS {
        let all: Vec<i64> = days(world, history + horizon, &mut dice).iter().map(|day| day.round() as i64).collect();
        let (past, future) = all.split_at(history);
        let found = forecast(past, Monday, 0, &ahead(history, horizon));
        let (Some(low), Some(high)) = (found.low, found.high) else { continue };
        told += 1;
        let came: f64 = future.iter().copied().map(number).sum();
        held += u32::from(low <= came && came <= high);
    }
    (held * 100 / told.max(1), told * 100 / ROUNDS)
}

/// What the range promises, it keeps where spending goes on as it did. It may be too wide, and here and there a little too narrow.
#[test]
fn the_range_holds_as_often_as_it_says() {
    let mut table = String::new();
    for world in [World::Stationary, World::Skewed, World::Weekly, World::Bursts, World::BurstsOverBase, World::Sticky]
    {
        let (mut worst, mut sum) = (100, 0);
        for (history, horizon) in [(21, 2), (21, 10), (21, 25), (28, 2), (28, 10), (28, 25)] {
            let (held, told) = coverage(world, history, horizon);
            writeln!(table, "{world:?} {history} days, {horizon} ahead: held {held} %, told {told} %").unwrap();
            (worst, sum) = (worst.min(held), sum + held);
        }
        assert!(worst >= 70 && sum >= 6 * 79, "{table}");
    }
    // The controls: a range that held always would say nothing, bursts are often no history to go by, and even days always are.
    assert!((75..=88).contains(&coverage(World::Stationary, 28, 10).0), "{table}");
    assert!(coverage(World::Bursts, 21, 10).1 < 50, "{table}");
    assert_eq!(coverage(World::Stationary, 21, 10).1, 100, "{table}");
    assert_eq!(coverage(World::Stationary, 20, 10).1, 0, "{table}");
}
