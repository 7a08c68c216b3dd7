//! A budget as flags.

use std::str::FromStr;

use admin_core::Decimal;
use admin_core::api_keys::{Budget, BudgetInput, BudgetPeriod};
use clap::Args;

/// How much.
#[derive(Debug, Args)]
pub(super) struct BudgetArgs {
    /// How much may be spent, such as `25.50/month`: USD per day, week or month, or in `total`
    #[arg(long, value_name = "USD/PERIOD")]
    budget: Option<Spending>,
    /// Where the periods of the budget begin, such as `Europe/Berlin` [default: as it is, and UTC for a first budget]
    #[arg(long, value_name = "ZONE", requires = "budget")]
    budget_tz: Option<String>,
}

impl BudgetArgs {
    /// Whether the zone stays as it is in the budget before, which must be known then.
    pub(super) fn keeps_zone(&self) -> bool {
        self.budget.is_some() && self.budget_tz.is_none()
    }

    /// The budget that was given, in the place of the one before.
    pub(super) fn budget(self, before: Option<&Budget>) -> Option<BudgetInput> {
        let Spending { usd, period } = self.budget?;
        let timezone = self.budget_tz.or_else(|| before.map(|before| before.timezone.clone()));
        Some(BudgetInput { usd, period, timezone })
    }
}

#[derive(Debug, Clone)]
struct Spending {
    usd: Decimal,
    period: BudgetPeriod,
}

impl FromStr for Spending {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write it as `25.50/month`: USD per day, week or month, or in `total`".to_owned();
        let (usd, period) = text.split_once('/').ok_or_else(wrong)?;
        Ok(Self { usd: usd.trim().parse().map_err(|_| wrong())?, period: period.trim().parse().map_err(|_| wrong())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_sum_per_period() {
        let budget: Spending = "25.50/month".parse().unwrap();
        assert_eq!((budget.usd.micros(), budget.period), (25_500_000, BudgetPeriod::Month));
        assert!("25/year".parse::<Spending>().is_err() && "lots/day".parse::<Spending>().is_err());
    }
}
