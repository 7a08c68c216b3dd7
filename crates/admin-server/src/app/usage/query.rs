//! The projection of a tenant: its history, what is ahead of it, and what its balance is good for.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::GRAINS;
use super::projection::{Ahead, Forecast, Runway, WINDOW, forecast, runway};
use super::summary::sum_buckets;
use crate::app::authorization::{Permission, Reach};
use crate::app::buckets::{Bucket, buckets, cell};
use crate::app::ledger;
use crate::app::operation::{Call, Query};
use crate::error::Error;
use crate::model::{Amounts, ProjectionMethod, TimeUnit};
use crate::money::Money;
use crate::store::Tx;
use crate::store::usage::{self, Filter};

const DAY: SignedDuration = GRAINS[0];

/// Projects usage.
#[derive(Debug)]
pub struct ProjectUsage {
    /// Whose; `None` = the caller's tenant.
    pub tenant_id: Option<String>,
}

/// Where spending is heading in the month under way, in UTC.
#[derive(Debug)]
pub struct UsageProjection {
    /// When it was made.
    pub at: Timestamp,
    /// The month under way.
    pub period: Bucket,
    /// Days that are not over, today included.
    pub days_left: i64,
    /// The whole days that it goes by; `None` = there was none yet.
    pub window: Option<Bucket>,
    /// How many they are.
    pub window_days: i64,
    /// All that calls cost.
    pub cost: Spending,
    /// What of it draws from the credit.
    pub debited: Spending,
    /// The credit, for those who may see it.
    pub balance: Option<Money>,
    /// How long the credit lasts; `None` also where there is not enough history.
    pub runway: Option<BalanceRunway>,
}

/// What was spent, and what is expected.
#[derive(Debug)]
pub struct Spending {
    /// How it was made.
    pub method: ProjectionMethod,
    /// In the period so far.
    pub spent: Money,
    /// On an average day of the window.
    pub per_day: Option<Money>,
    /// By the end of the period.
    pub expected: Option<Money>,
    /// At least so much.
    pub low: Option<Money>,
    /// At most so much.
    pub high: Option<Money>,
}

/// How long a credit lasts, in whole days; `None` = more than ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalanceRunway {
    /// On average days.
    pub days: Option<i64>,
    /// At least so long.
    pub earliest: Option<i64>,
    /// At most so long.
    pub latest: Option<i64>,
}

impl Query for ProjectUsage {
    const FIELD: &'static str = "usageProjection";
    type Output = UsageProjection;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<UsageProjection, Error> {
        let caller = call.caller;
        let tenant_id = caller.own_tenant(self.tenant_id.as_deref())?;
        let workspaces = caller.workspaces_with(Permission::ReadUsage);
        let filter = Filter {
            tenant_id,
            workspaces: workspaces.as_deref(),
            key_id: None,
            project_id: None,
            resources: &[],
            models: &[],
        };
        let now = call.now;
        let today = start_of_day(now)?;
        let month = month(now)?;
        let history = history(tx, &filter, today)?;
        // A gateway's clock may be a little ahead: what is reported is spent.
        let spent = sum_buckets(tx, &filter, &[month])?;
        let spent = spent.first().map_or_else(Amounts::default, |bucket| bucket.amounts);
        let first = weekday(today - DAY * i32::try_from(history.len()).map_err(Error::internal)?);
        let ahead = ahead(now, month.end)?;
        let days = |of: fn(&Amounts) -> Money| history.iter().map(|day| of(day).micros()).collect::<Vec<i64>>();
        let (costs, debits) = (days(Amounts::cost), days(Amounts::debited));
        let cost = forecast(&costs, first, spent.cost().micros(), &ahead);
        let debited = forecast(&debits, first, spent.debited().micros(), &ahead);
        let mut projection = UsageProjection {
            at: now,
            period: month,
            days_left: whole_days(month.end.duration_since(today)),
            window: None,
            window_days: i64::try_from(history.len()).map_err(Error::internal)?,
            cost: Spending::new(spent.cost(), &cost),
            debited: Spending::new(spent.debited(), &debited),
            balance: None,
            runway: None,
        };
        if !history.is_empty() {
            let length = DAY * i32::try_from(history.len()).map_err(Error::internal)?;
            projection.window = Some(Bucket { start: today - length, end: today });
        }
        // The role that reads usage is not the one that reads the balance.
        if caller.reach_in_tenant(Permission::Billing) == Reach::Everything {
            let balance = ledger::balance(tx, tenant_id)?;
            projection.balance = Some(balance);
            projection.runway = runway(&debits, balance.micros()).map(Into::into);
        }
        Ok(projection)
    }
}

/// What the whole days before today cost, oldest first: at most those of the window, from the first whole day that may have had usage.
fn history(tx: &mut Tx<'_>, filter: &Filter<'_>, today: Timestamp) -> Result<Vec<Amounts>, Error> {
    // The day of the very first event began before it, and tells less than a day.
    let Some(first) = usage::first(tx, filter, DAY)?.map(|first| first + DAY).filter(|first| *first < today) else {
        return Ok(Vec::new());
    };
    let window = DAY * i32::try_from(WINDOW).map_err(Error::internal)?;
    let days = buckets(first.max(today - window), today, TimeUnit::Day, &TimeZone::UTC)?;
    Ok(sum_buckets(tx, filter, &days)?.into_iter().map(|day| day.amounts).collect())
}

fn start_of_day(at: Timestamp) -> Result<Timestamp, Error> {
    cell(at, DAY).map(|day| day.start).ok_or_else(|| Error::internal("the clock is out of time"))
}

fn date(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

fn weekday(at: Timestamp) -> jiff::civil::Weekday {
    date(at).weekday()
}

/// The month of an instant.
fn month(at: Timestamp) -> Result<Bucket, Error> {
    let first = date(at).first_of_month();
    let start = |date: Date| date.to_zoned(TimeZone::UTC).map(|start| start.timestamp()).map_err(Error::internal);
    Ok(Bucket { start: start(first)?, end: start(first.checked_add(1.month()).map_err(Error::internal)?)? })
}

/// The time up to an end, by weekdays.
fn ahead(now: Timestamp, end: Timestamp) -> Result<Ahead, Error> {
    let mut ahead = [0.0; 7];
    for day in buckets(now, end, TimeUnit::Day, &TimeZone::UTC)? {
        let place = usize::from(weekday(day.start).to_monday_zero_offset().unsigned_abs());
        ahead[place] += day.end.duration_since(day.start).div_duration_f64(DAY);
    }
    Ok(ahead)
}

fn whole_days(length: SignedDuration) -> i64 {
    length.as_hours() / 24
}

/// To the nearest micro-USD.
fn money(micros: f64) -> Money {
    Money::from_micros(whole(micros.round()))
}

#[expect(clippy::cast_possible_truncation, reason = "what is beyond an i64 becomes the most there is")]
fn whole(number: f64) -> i64 {
    number as i64
}

impl Spending {
    fn new(spent: Money, forecast: &Forecast) -> Self {
        let Forecast { method, per_day, expected, low, high, .. } = *forecast;
        let [per_day, expected, low, high] = [per_day, expected, low, high].map(|amount| amount.map(money));
        Self { method, spent, per_day, expected, low, high }
    }
}

impl From<Runway> for BalanceRunway {
    fn from(runway: Runway) -> Self {
        let [days, earliest, latest] =
            [runway.days, runway.earliest, runway.latest].map(|days| days.map(|days| whole(days.floor())));
        Self { days, earliest, latest }
    }
}
