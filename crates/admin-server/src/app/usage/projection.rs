//! Where spending is heading: a pure function of what days have cost.
//!
//! **Method.** The history is whole days: at most the last [`WINDOW`] of them, and at least [`LEAST`]. Each weekday is expected to cost what it
//! cost on average; what is ahead is the sum of those means over the time that is left, and is added to what was spent already.
//!
//! **Range.** The textbook prediction interval for a sum of `H` further days from means of `n` days,
//! `sum ± t · √(k · s² · (H + Σ h²/m))`, where
//!
//! - `s²` is the variance of the days about their means, of which there are seven: divided by `n - 7`;
//! - `h` is how many days are ahead for each mean, and `m` from how many it was taken: that a mean is itself not certain;
//! - `k = (1 + r) / (1 - r)`, where `r` is how far a day is like the day before (lag-1 autocorrelation of what the means leave, with
//!   `(1 + 3r)/n` added because a short series makes it look smaller (Marriott and Pope 1954), kept between 0 and 0.75): busy days come together;
//! - `t` is Student's quantile for [`CONFIDENCE`], with the degrees of freedom at most one less than the days that *carry* the spending,
//!   `(Σx)²/Σx²` (Kish's effective sample size). A month with three bursts is three observations and not thirty: its range is wide.
//!
//! **What it does not know**: growth, which only widens the range, and bursts of a size or a kind that did not happen in the window. With less
//! history, or where fewer than [`LEAST_CARRYING`] days carry the spending, it says so and gives no number but the run rate, which is a fact.
//! Two weeks would do for spending that is even; but in simulations with a burst on every sixth day, the range of two weeks held in half of
//! the cases instead of 80 of 100, and nobody can tell from two quiet weeks which of the two it is.
//!
//! **Runway.** The same with one mean for all days, solved for the days after which the sum, or an end of its range, reaches the balance.

use jiff::civil::Weekday;

use crate::model::ProjectionMethod;

/// The days that count at most: whole weeks, so that each weekday counts alike.
pub const WINDOW: usize = 28;
/// In how many of 100 cases the range is meant to hold.
pub const CONFIDENCE: i32 = 80;
/// The days that it takes: three of each weekday.
const LEAST: usize = 21;
/// How many days alike the spending must amount to.
const LEAST_CARRYING: f64 = 3.0;
/// How far a runway is looked at: ten years.
const MOST_DAYS: f64 = 3650.0;

/// Student's t for 90 %, one-sided, by degrees of freedom from 1.
const T90: [f64; 27] = [
    3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341, 1.337,
    1.333, 1.330, 1.328, 1.325, 1.323, 1.321, 1.319, 1.318, 1.316, 1.315, 1.314,
];

/// How much time is ahead: days of each weekday, from Monday, with a part of one for what is left of today.
pub type Ahead = [f64; 7];

/// What is expected, in micro-USD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// How it was made.
    pub method: ProjectionMethod,
    /// How many days alike the spending amounts to; the fewer, the wider the range.
    pub carrying_days: f64,
    /// What a day costs on average; `None` = there is none.
    pub per_day: Option<f64>,
    /// What the whole period is expected to cost; `None` = not enough history, as for what follows.
    pub expected: Option<f64>,
    /// It is expected to cost at least so much.
    pub low: Option<f64>,
    /// It is expected to cost at most so much.
    pub high: Option<f64>,
}

/// How long a balance lasts, in days from the end of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Runway {
    /// As long as days cost what they cost on average; `None` = more than ten years.
    pub days: Option<f64>,
    /// At least so long.
    pub earliest: Option<f64>,
    /// At most so long; `None` = more than ten years, or it cannot be told.
    pub latest: Option<f64>,
}

/// Means of days and how far days are from them.
struct Model {
    /// What a day of each weekday costs, and from how many days that was taken.
    means: [(f64, f64); 7],
    carrying: f64,
    /// `t² · k · s²`.
    spread: f64,
}

/// Fits the last days, oldest first, of which the first is a `first` day of the week. `None` = not enough history.
fn fit(days: &[i64], first: Weekday, by_weekday: bool) -> Result<Model, f64> {
    let days: Vec<f64> = days.iter().copied().map(number).collect();
    let (count, total) = (count(&days), days.iter().sum::<f64>());
    let squares: f64 = days.iter().map(|day| day * day).sum();
    let carrying = if squares > 0.0 { total * total / squares } else { 0.0 };
    if days.len() < LEAST || carrying < LEAST_CARRYING {
        return Err(carrying);
    }
    let weekday = |place: usize| (usize::from(first.to_monday_zero_offset().unsigned_abs()) + place) % 7;
    let mut means = [(total / count, count); 7];
    if by_weekday {
        let mut sums = [(0.0, 0.0); 7];
        for (place, day) in days.iter().enumerate() {
            let (sum, of) = &mut sums[weekday(place)];
            *sum += day;
            *of += 1.0;
        }
        means = sums.map(|(sum, of)| (sum / of, of));
    }
    let rest: Vec<f64> = days.iter().enumerate().map(|(place, day)| day - means[weekday(place)].0).collect();
    let degrees = count - if by_weekday { 7.0 } else { 1.0 };
    let sum_of_squares: f64 = rest.iter().map(|off| off * off).sum();
    let likeness = if sum_of_squares > 0.0 {
        let products: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let found = products / sum_of_squares;
        (found + (1.0 + 3.0 * found) / count).clamp(0.0, 0.75)
    } else {
        0.0
    };
    let inflation = (1.0 + likeness) / (1.0 - likeness);
    let t = quantile(degrees.min(carrying.floor() - 1.0));
    Ok(Model { means, carrying, spread: t * t * inflation * sum_of_squares / degrees })
}

/// What a period costs of which so much is spent and so much is ahead.
pub fn forecast(days: &[i64], first: Weekday, spent: i64, ahead: &Ahead) -> Forecast {
    let total: f64 = days.iter().copied().map(number).sum();
    let per_day = Some(total / count(days)).filter(|_| !days.is_empty());
    let model = match fit(days, first, true) {
        Ok(model) => model,
        Err(carrying_days) => {
            let method = ProjectionMethod::NotEnoughHistory;
            return Forecast { method, carrying_days, per_day, expected: None, low: None, high: None };
        }
    };
    let (mut further, mut uncertain) = (0.0, 0.0);
    for (length, (mean, of)) in ahead.iter().zip(model.means) {
        further += length * mean;
        uncertain += length + length * length / of;
    }
    let half = (model.spread * uncertain).sqrt();
    let spent = number(spent);
    Forecast {
        method: ProjectionMethod::WeekdayMeans,
        carrying_days: model.carrying,
        per_day,
        expected: Some(spent + further),
        // What is spent stays spent.
        low: Some(spent + (further - half).max(0.0)),
        high: Some(spent + further + half),
    }
}

/// How long a balance lasts: where the sum of further days, and the ends of its range, reach it. `None` = not enough history.
pub fn runway(days: &[i64], balance: i64) -> Option<Runway> {
    let model = fit(days, Weekday::Monday, false).ok()?;
    let balance = number(balance);
    if balance <= 0.0 {
        return Some(Runway { days: Some(0.0), earliest: Some(0.0), latest: Some(0.0) });
    }
    let within = |length: f64| Some(length).filter(|length| length.is_finite() && *length <= MOST_DAYS);
    let (mean, of) = model.means[0];
    // The balance is reached after D days where (balance - mean·D)² = spread·(D + D²/n): a·D² - b·D + c = 0.
    let a = mean * mean - model.spread / of;
    let b = 2.0 * balance * mean + model.spread;
    let c = balance * balance;
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    // The form that does not lose digits; its other root is behind all time where even the low end of the range may never reach it.
    let earliest = 2.0 * c / (b + root);
    let latest = if a > 0.0 { within((b + root) / (2.0 * a)) } else { None };
    Some(Runway { days: within(balance / mean), earliest: within(earliest), latest })
}

fn quantile(degrees: f64) -> f64 {
    let found = (1..).zip(T90).find(|(of, _)| number(*of) >= degrees.floor());
    found.map_or(T90[T90.len() - 1], |(_, t)| t)
}

#[expect(clippy::cast_precision_loss, reason = "amounts are below 2^53, and an estimate has no last digit")]
fn number(amount: i64) -> f64 {
    amount as f64
}

#[expect(clippy::cast_precision_loss, reason = "at most as many as a window has days")]
fn count<T>(days: &[T]) -> f64 {
    days.len() as f64
}

#[cfg(test)]
mod tests;
