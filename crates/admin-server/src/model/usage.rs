//! Usage: what calls cost, and sums of it.

use std::ops::{AddAssign, SubAssign};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ApiKeyId, ProjectId, TenantId, WorkspaceId};
use crate::money::Money;
use crate::store::column_from_str;

named! {
    /// The length of a bucket of time, by the calendar and the clocks of a zone.
    TimeUnit {
        /// A minute.
        Minute = "MINUTE",
        /// An hour.
        Hour = "HOUR",
        /// A day.
        Day = "DAY",
        /// A week, which begins on Monday.
        Week = "WEEK",
        /// A month of the calendar.
        Month = "MONTH",
    }
    /// By what usage is told apart.
    UsageDimension {
        /// By API key.
        Key = "KEY",
        /// By project.
        Project = "PROJECT",
        /// By resource.
        Resource = "RESOURCE",
        /// By model.
        Model = "MODEL",
    }
    /// How a projection was made.
    ProjectionMethod {
        /// Each weekday is expected to be as it was on average.
        WeekdayMeans = "WEEKDAY_MEANS",
        /// There is too little to go by.
        NotEnoughHistory = "NOT_ENOUGH_HISTORY",
    }
}

/// What one call, or several alike, cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageEvent {
    /// Whose.
    pub tenant_id: TenantId,
    /// What the gateway calls it.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Where the key is.
    pub workspace_id: WorkspaceId,
    /// The key that was used.
    pub key_id: ApiKeyId,
    /// For which project.
    pub project_id: Option<ProjectId>,
    /// What was called, such as `functions`.
    pub resource: Option<String>,
    /// Which model answered.
    pub model: Option<String>,
    /// The tenant's own connection over which it went; then it is not debited.
    pub connection_id: Option<String>,
    /// How much.
    pub amounts: Amounts,
}

/// Sums of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Calls.
    pub requests: i64,
    /// Tokens that went in.
    pub input_tokens: i64,
    /// Tokens that came out.
    pub output_tokens: i64,
    /// What it cost.
    pub micro_usd: i64,
    /// What of that went over the tenant's own connections, and was not debited.
    pub own_micro_usd: i64,
}

impl Amounts {
    /// What it cost.
    pub const fn cost(&self) -> Money {
        Money::from_micros(self.micro_usd)
    }

    /// What was drawn from the credit.
    pub const fn debited(&self) -> Money {
        Money::from_micros(self.micro_usd - self.own_micro_usd)
    }

    /// What went over the tenant's own connections.
    pub const fn own(&self) -> Money {
        Money::from_micros(self.own_micro_usd)
    }
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.micro_usd += other.micro_usd;
        self.own_micro_usd += other.own_micro_usd;
    }
}

impl SubAssign for Amounts {
    fn sub_assign(&mut self, other: Self) {
        self.requests -= other.requests;
        self.input_tokens -= other.input_tokens;
        self.output_tokens -= other.output_tokens;
        self.micro_usd -= other.micro_usd;
        self.own_micro_usd -= other.own_micro_usd;
    }
}
