//! `aisetu api-keys usage`: how often a key was presented, with a bar for each stretch of time.

use admin_core::api_keys::{
    ApiKeyCalls, ApiKeyUsage, ApiKeyUsageBucket, ApiKeyUsageDimension, ApiKeyUsageGroup, GetApiKeyProjectUsage,
    GetApiKeyResourceUsage, GetApiKeyUsage,
};
use admin_core::usage::TimeUnit;
use admin_core::{ApiKeyId, Money, ProjectId};
use clap::Args;
use serde::{Serialize, Serializer};

use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;
use crate::output::{Field, Show, chart};
use crate::past::Past;

#[derive(Debug, Args)]
pub(crate) struct RangeArgs {
    /// From this instant (RFC 3339) on, or from so long ago, such as `7d` [default: the last 60 minutes, 24 hours, 30 days, 12 weeks or 12
    /// months]
    #[arg(long, visible_alias = "since", value_name = "WHEN")]
    from: Option<Past>,
    /// Before this instant [default: the end of the bucket under way]
    #[arg(long, visible_alias = "until", value_name = "WHEN")]
    to: Option<Past>,
    /// The length of the buckets: minute, hour, day, week or month [default: day]
    #[arg(long, value_name = "UNIT")]
    group_by: Option<TimeUnit>,
    /// The IANA zone of whose clock the buckets are, such as Europe/Berlin [default: UTC]
    #[arg(long = "tz", value_name = "ZONE")]
    time_zone: Option<String>,
    /// What to tell apart: code, project or resource
    #[arg(long, value_name = "WHAT")]
    by: Option<ApiKeyUsageDimension>,
}

#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// Only of this resource; can be given several times
    #[arg(long = "resource", value_name = "NAME")]
    resources: Vec<String>,
    #[command(flatten)]
    range: RangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ResourceUsageArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// The resource, such as `functions`
    resource: String,
    #[command(flatten)]
    range: RangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ProjectUsageArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// The project (`prj_…` or its name)
    #[arg(value_name = "PROJECT")]
    project: Ref<ProjectId>,
    /// Only of this resource; can be given several times
    #[arg(long = "resource", value_name = "NAME")]
    resources: Vec<String>,
    #[command(flatten)]
    range: RangeArgs,
}

/// A list that is not asked for is absent and not empty.
fn given(items: Vec<String>) -> Option<Vec<String>> {
    if items.is_empty() { None } else { Some(items) }
}

impl UsageArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let RangeArgs { from, to, group_by, time_zone, by } = self.range;
        let [from, to] = [from, to].map(|past| past.map(Context::instant));
        let id = context.id(self.id).await?;
        let operation = GetApiKeyUsage { id, resources: given(self.resources), from, to, group_by, time_zone, by };
        print(context, &context.execute(operation).await?)
    }
}

impl ResourceUsageArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let RangeArgs { from, to, group_by, time_zone, by } = self.range;
        let [from, to] = [from, to].map(|past| past.map(Context::instant));
        let id = context.id(self.id).await?;
        let operation = GetApiKeyResourceUsage { id, resource: self.resource, from, to, group_by, time_zone, by };
        print(context, &context.execute(operation).await?)
    }
}

impl ProjectUsageArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let RangeArgs { from, to, group_by, time_zone, by } = self.range;
        let [from, to] = [from, to].map(|past| past.map(Context::instant));
        let (id, project_id) = (context.id(self.id).await?, context.id(self.project).await?);
        let resources = given(self.resources);
        let operation = GetApiKeyProjectUsage { id, project_id, resources, from, to, group_by, time_zone, by };
        print(context, &context.execute(operation).await?)
    }
}

fn print(context: &Context, usage: &ApiKeyUsage) -> Result<(), CommandError> {
    let plain = context.global.plain;
    let mut rows: Vec<Row<'_>> = if let Some(other) = &usage.other {
        let weights: Vec<i64> = usage.groups.iter().map(|group| group.calls.requests).collect();
        let bars = chart::bars(&weights, plain);
        let groups = usage.groups.iter().zip(bars).map(|(group, bar)| Row::Group(group, bar));
        groups.chain([Row::Rest("other", other, None)]).collect()
    } else {
        let weights: Vec<i64> = usage.buckets.iter().map(|bucket| bucket.calls.requests).collect();
        let bars = chart::bars(&weights, plain);
        let moment = |bucket: &ApiKeyUsageBucket| chart::moment(bucket.start, &usage.time_zone, &usage.group_by);
        usage.buckets.iter().zip(bars).map(|(bucket, bar)| Row::Bucket(bucket, moment(bucket), bar)).collect()
    };
    // What is summed up once more is no item.
    if context.for_people() {
        rows.push(Row::Rest("total", &usage.total, Some(&usage.cost)));
    } else {
        rows.retain(|row| !matches!(row, Row::Rest(..)));
    }
    context.print_items(&rows, usage)
}

/// A line of the table, or an item of the output.
enum Row<'a> {
    Bucket(&'a ApiKeyUsageBucket, String, String),
    Group(&'a ApiKeyUsageGroup, String),
    Rest(&'static str, &'a ApiKeyCalls, Option<&'a Money>),
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bucket(bucket, ..) => bucket.serialize(serializer),
            Self::Group(group, _) => group.serialize(serializer),
            Self::Rest(_, calls, _) => calls.serialize(serializer),
        }
    }
}

impl Show for Row<'_> {
    const PLURAL: &'static str = "usage";

    fn fields(&self) -> Vec<Field> {
        let (name, calls, cost, bar) = match self {
            Self::Bucket(bucket, moment, bar) => (moment.clone(), &bucket.calls, Some(&bucket.cost), bar.as_str()),
            Self::Group(group, bar) => {
                (group.value.clone().unwrap_or_else(|| "(none)".to_owned()), &group.calls, None, bar.as_str())
            }
            Self::Rest(name, calls, cost) => ((*name).to_owned(), *calls, *cost, ""),
        };
        vec![
            Field::column("what", name),
            Field::column("requests", calls.requests.to_string()),
            Field::column("allowed", calls.allowed.to_string()),
            Field::column("denied", calls.denied.to_string()),
            Field::column("usd", cost.map(|money| money.amount.to_string())),
            // Blank, and not the mark for what is absent.
            Field::column("", if bar.is_empty() { " ".to_owned() } else { bar.to_owned() }),
        ]
    }
}
