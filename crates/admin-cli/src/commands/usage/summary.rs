//! How a summary is shown: what was told apart, or else the buckets with a bar for each.

use admin_core::Money;
use admin_core::usage::{SpendingProjection, UsageAmounts, UsageBucket, UsageGroup, UsageSummary};
use serde::{Serialize, Serializer};

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show, chart};
use crate::printer::Printer;

pub(crate) fn print(context: &Context, summary: &UsageSummary) -> Result<(), CommandError> {
    let mut rows: Vec<Row<'_>> = if let Some(other) = &summary.other {
        summary.groups.iter().map(Row::Group).chain([Row::Rest("other", other)]).collect()
    } else {
        let weights: Vec<i64> = summary.buckets.iter().map(|bucket| weight(summary, &bucket.amounts)).collect();
        let bars = chart::bars(&weights, context.global.plain);
        let moment = |bucket: &UsageBucket| chart::moment(bucket.start, &summary.time_zone, &summary.group_by);
        let shown = |(bucket, bar)| Row::Bucket(bucket, moment(bucket), bar);
        summary.buckets.iter().zip(bars).map(shown).collect()
    };
    // What is summed up once more is no item.
    if context.for_people() {
        rows.push(Row::Rest("total", &summary.total));
    } else {
        rows.retain(|row| !matches!(row, Row::Rest(..)));
    }
    context.print_items(&rows, summary)
}

/// Draws what was spent beside what is expected, where that is known.
pub(crate) fn draw(context: &Context, cost: &SpendingProjection) -> Result<(), CommandError> {
    let (Some(low), Some(expected), Some(high)) = (&cost.low, &cost.expected, &cost.high) else { return Ok(()) };
    let lines = [("spent", &cost.spent), ("at least", low), ("expected", expected), ("at most", high)];
    let bars = chart::bars(&lines.map(|(_, money)| money.amount.micros()), context.global.plain);
    let lines = lines.iter().zip(bars).map(|((name, money), bar)| format!("{name:<8}  {bar:<20}  {money}\n"));
    Printer::data(&format!("\n{}", lines.collect::<Vec<_>>().concat())).map_err(CommandError::stdout)
}

/// What a bar is as long as: the cost, or the requests where nothing costs anything.
fn weight(summary: &UsageSummary, amounts: &UsageAmounts) -> i64 {
    if summary.total.cost.amount.micros() > 0 { amounts.cost.amount.micros() } else { amounts.requests }
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
