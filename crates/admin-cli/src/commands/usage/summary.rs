//! How a summary is shown: what was told apart, or else the buckets with a bar for each.

use admin_core::usage::{TimeUnit, UsageAmounts, UsageBucket, UsageGroup, UsageSummary};
use admin_core::{DateTime, Money};
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use crate::args::OutputFormat;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};

/// How long the longest bar is.
const BAR: i64 = 20;

pub(crate) fn print(context: &Context, summary: &UsageSummary) -> Result<(), CommandError> {
    let mut rows: Vec<Row<'_>> = if let Some(other) = &summary.other {
        summary.groups.iter().map(Row::Group).chain([Row::Rest("other", other)]).collect()
    } else {
        let weights: Vec<i64> = summary.buckets.iter().map(|bucket| weight(summary, &bucket.amounts)).collect();
        let heaviest = weights.iter().copied().max().unwrap_or_default().max(1);
        // What is there at all has a bar.
        let bar = |weight: i64| usize::try_from((weight * BAR + heaviest - 1) / heaviest).unwrap_or_default();
        let shown = |(bucket, weight)| Row::Bucket(bucket, moment(summary, bucket), "#".repeat(bar(weight)));
        summary.buckets.iter().zip(weights).map(shown).collect()
    };
    // What is summed up once more is no item.
    if context.printer.format == OutputFormat::Jsonl {
        rows.retain(|row| !matches!(row, Row::Rest(..)));
    } else {
        rows.push(Row::Rest("total", &summary.total));
    }
    context.print_items(&rows, summary)
}

/// What a bar is as long as: the cost, or the requests where nothing costs anything.
fn weight(summary: &UsageSummary, amounts: &UsageAmounts) -> i64 {
    // Of a cost beyond 10^11 USD the bar is wrong, and nothing else is.
    if summary.total.cost.amount.micros() > 0 {
        amounts.cost.amount.micros().min(i64::MAX / BAR / 2)
    } else {
        amounts.requests.min(i64::MAX / BAR / 2)
    }
}

/// When a bucket begins, by the clock that it is of.
fn moment(summary: &UsageSummary, bucket: &UsageBucket) -> String {
    let start: DateTime = bucket.start;
    let Ok(zone) = TimeZone::get(&summary.time_zone) else { return start.to_string() };
    let local = start.timestamp().to_zoned(zone);
    match summary.group_by {
        TimeUnit::Minute | TimeUnit::Hour => local.strftime("%Y-%m-%d %H:%M%:z").to_string(),
        _ if local == local.start_of_day().unwrap_or_else(|_| local.clone()) => local.strftime("%Y-%m-%d").to_string(),
        // The first bucket may be cut off.
        _ => local.strftime("%Y-%m-%d %H:%M%:z").to_string(),
    }
}

/// A line of the table, or an item of the output.
enum Row<'a> {
    Bucket(&'a UsageBucket, String, String),
    Group(&'a UsageGroup),
    Rest(&'static str, &'a UsageAmounts),
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bucket(bucket, ..) => bucket.serialize(serializer),
            Self::Group(group) => group.serialize(serializer),
            Self::Rest(_, amounts) => amounts.serialize(serializer),
        }
    }
}

impl Show for Row<'_> {
    const PLURAL: &'static str = "usage";

    fn fields(&self) -> Vec<Field> {
        let (name, amounts, bar) = match self {
            Self::Bucket(bucket, moment, bar) => (moment.clone(), &bucket.amounts, Some(bar.clone())),
            Self::Group(group) => (named(group), &group.amounts, None),
            Self::Rest(name, amounts) => ((*name).to_owned(), *amounts, None),
        };
        let usd = |money: &Money| money.amount.to_string();
        vec![
            Field::column("what", name),
            Field::column("requests", amounts.requests.to_string()),
            Field::column("tokens in", amounts.input_tokens.to_string()),
            Field::column("tokens out", amounts.output_tokens.to_string()),
            Field::column("usd", usd(&amounts.cost)),
            Field::column("debited", usd(&amounts.debited)),
            Field::column("own", usd(&amounts.own)),
            // Blank, and not the mark for what is absent.
            Field::column("", bar.filter(|bar| !bar.is_empty()).unwrap_or_else(|| " ".to_owned())),
        ]
    }
}

/// What a group is told apart by; what its calls did not name is not there.
fn named(group: &UsageGroup) -> String {
    let parts = [
        group.key_id.as_ref().map(ToString::to_string),
        group.project_id.as_ref().map(ToString::to_string),
        group.resource.clone(),
        group.model.clone(),
    ];
    let named: Vec<String> = parts.into_iter().flatten().collect();
    if named.is_empty() { "(none named)".to_owned() } else { named.join(" ") }
}
