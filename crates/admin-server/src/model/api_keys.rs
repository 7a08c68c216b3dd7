//! What a key may be used for.

use serde::{Deserialize, Serialize};

use crate::ids::{ApiKeyId, TenantId, WorkspaceId};
use crate::store::column_from_str;

named! {
    /// What a rate is per.
    RatePeriod {
        /// 1 s.
        Second = "SECOND",
        /// 60 s.
        Minute = "MINUTE",
        /// 3,600 s.
        Hour = "HOUR",
        /// 86,400 s.
        Day = "DAY",
    }
    /// A day of the week.
    DayOfWeek {
        /// Monday.
        Monday = "MONDAY",
        /// Tuesday.
        Tuesday = "TUESDAY",
        /// Wednesday.
        Wednesday = "WEDNESDAY",
        /// Thursday.
        Thursday = "THURSDAY",
        /// Friday.
        Friday = "FRIDAY",
        /// Saturday.
        Saturday = "SATURDAY",
        /// Sunday.
        Sunday = "SUNDAY",
    }
    /// What a budget is for.
    BudgetPeriod {
        /// A date.
        Day = "DAY",
        /// Monday to Sunday.
        Week = "WEEK",
        /// A month of the calendar.
        Month = "MONTH",
        /// All time.
        Total = "TOTAL",
    }
}

/// Where, when and how often a key may be used, each in its usual form; `None` = without bound.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restrictions {
    /// Addresses and CIDR blocks.
    pub ip_addresses: Option<Vec<String>>,
    /// Patterns of hosts.
    pub referrers: Option<Vec<String>>,
    /// How often.
    pub rate_limit: Option<RateLimit>,
    /// When.
    pub time_restrictions: Option<TimeRestrictions>,
}

impl Restrictions {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// So many calls in so much time, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RateLimit {
    /// Calls in a period.
    pub requests: i64,
    /// The period.
    pub period: RatePeriod,
    /// Calls at once.
    pub burst: i64,
}

/// Days of the week and hours of the day, as the clocks of a zone show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeRestrictions {
    /// The days, Monday first; `None` = all.
    pub days_of_week: Option<Vec<DayOfWeek>>,
    /// The hours, earliest first, 0 to 23; `None` = all.
    pub hours_of_day: Option<Vec<i64>>,
    /// The IANA name.
    pub timezone: String,
}

/// So much money in a period of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// Millionths of a US dollar.
    pub micro_usd: i64,
    /// What it is for.
    pub period: BudgetPeriod,
    /// Where the periods begin: an IANA name.
    pub timezone: String,
}

/// Who may have a budget.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spender {
    /// A key.
    Key(ApiKeyId),
    /// The keys of a workspace together.
    Workspace(WorkspaceId),
}

impl Spender {
    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::Key(id) => id.as_str(),
            Self::Workspace(id) => id.as_str(),
        }
    }
}

/// Somebody with a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgeted {
    /// Whose.
    pub tenant_id: TenantId,
    /// Who.
    pub spender: Spender,
    /// What people call it.
    pub name: String,
    /// How much it may spend.
    pub budget: Budget,
}
