//! Usage: what calls cost, by time and by what it was for, and where spending is heading.

use admin_core::Client;
#[doc(inline)]
pub use admin_core::usage::{
    BalanceRunway, ProjectUsage, ProjectionMethod, SpendingProjection, SummarizeUsage, TimeUnit, UsageAmounts,
    UsageBucket, UsageDimension, UsageGroup, UsageProjection, UsageSummary,
};

use crate::call::Call;

/// The methods of usage. Made by [`AiSetuAdmin::usage`](crate::AiSetuAdmin::usage).
#[derive(Debug, Clone)]
pub struct Usage {
    pub(crate) client: Client,
}

impl Usage {
    /// Sums usage by time, and by key, project, resource or model.
    ///
    /// Without more it is the last 30 days, by day in UTC. A bucket without usage is there with zeros; what is reported is in it as soon as the
    /// report is acknowledged.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:billing`, and any role: it shows the workspaces in which one has it.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, key or project, or none whose usage the token may read.
    /// - `BAD_USER_INPUT`: an id or the zone is malformed, `from` is not before `to`, or there are more than 400 buckets or 366 days.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::usage::{SummarizeUsage, TimeUnit, UsageDimension};
    ///
    /// let by_model = SummarizeUsage {
    ///     group_by: Some(TimeUnit::Week),
    ///     time_zone: Some("Europe/Berlin".into()),
    ///     by: Some(vec![UsageDimension::Model]),
    ///     ..SummarizeUsage::default()
    /// };
    /// let summary = admin.usage().summary(by_model).await?;
    /// println!("{} in {} calls", summary.total.cost, summary.total.requests);
    /// for group in summary.groups {
    ///     println!("{}: {}", group.model.unwrap_or_default(), group.amounts.cost);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn summary(&self, which: SummarizeUsage) -> Call<SummarizeUsage> {
        Call::new(&self.client, which)
    }

    /// Tells where spending is heading this month, and how long the credit lasts.
    ///
    /// It goes by the last whole days, at most 28 and at least 21, and expects each weekday to cost what it cost on average. The range is meant to
    /// hold in 80 of 100 cases, as long as spending goes on as it did: it knows nothing of growth, nor of bursts that did not happen in those days.
    /// With less history, or where a few days carry all the spending, there is no number: look at [`method`](SpendingProjection::method).
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:billing`, and any role: it shows the workspaces in which one has it. The balance and how long it lasts are
    /// for the roles OWNER and BILLING.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope; the message names which.
    /// - `NOT_FOUND`: the tenant is another one than the token's.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::usage::ProjectUsage;
    ///
    /// let projection = admin.usage().projection(ProjectUsage::default()).await?;
    /// match (projection.cost.low, projection.cost.high) {
    ///     (Some(low), Some(high)) => println!("between {low} and {high} by {}", projection.period_end),
    ///     _ => println!("{} so far; not enough history to say more", projection.cost.spent),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn projection(&self, of: ProjectUsage) -> Call<ProjectUsage> {
        Call::new(&self.client, of)
    }
}
