//! `aisetu usage`.

mod report;
mod summary;

use admin_core::usage::{ProjectUsage, SummarizeUsage, TimeUnit, UsageDimension};
use admin_core::{ApiKeyId, ProjectId, TenantId};
use clap::{Args, Subcommand, ValueEnum};

use crate::args::WorkspaceFilterArgs;
use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;
use crate::past::Past;
use report::ReportArgs;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum UsageCommand {
    #[command(after_help = "Examples:\n  aisetu usage summary\n  aisetu usage summary --by model --group-by week\n  \
                            aisetu usage summary --key KEY --group-by hour --tz Europe/Berlin -o json")]
    Summary(Box<SummaryArgs>),
    #[command(after_help = "Example:\n  aisetu usage projection")]
    Projection(ProjectionArgs),
    /// Reports what calls cost, as a gateway does
    #[command(
        after_help = "Needs the scope `usage:write`.\n\nThe file has one event a line, as JSON: id, at, key and costMicroUsd, and if there are any project, \
                      resource, model, connection, requests, inputTokens and outputTokens. Each event counts once by its id, so a file can be \
                      reported again.\n\nExamples:\n  aisetu usage report --file events.jsonl\n  \
                      echo '{\"id\":\"e1\",\"at\":\"2026-11-22T09:30:00Z\",\"key\":\"key_…\",\"costMicroUsd\":1200}' | aisetu usage report --file -"
    )]
    Report(ReportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SummaryArgs {
    /// What happened at this instant (RFC 3339) or later, or so long ago, such as `7d` [default: the last 60 minutes, 24 hours, 30 days,
    /// 12 weeks or 12 months]
    #[arg(long, visible_alias = "since", value_name = "WHEN")]
    from: Option<Past>,
    /// What happened before [default: the end of the bucket under way]
    #[arg(long, visible_alias = "until", value_name = "WHEN")]
    to: Option<Past>,
    /// The length of the buckets [default: day]
    #[arg(long, value_name = "UNIT", value_enum)]
    group_by: Option<Unit>,
    /// The IANA zone of whose clock the buckets are, such as Europe/Berlin [default: UTC]
    #[arg(long = "tz", value_name = "ZONE")]
    time_zone: Option<String>,
    /// What to tell apart; several with commas
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',')]
    by: Vec<Dimension>,
    /// How many groups to tell apart, 1 to 100 [default: 10]
    #[arg(long, value_name = "COUNT", requires = "by")]
    top: Option<i32>,
    #[command(flatten)]
    workspace: WorkspaceFilterArgs,
    /// Only of this key (`key_…` or its name)
    #[arg(long, value_name = "KEY")]
    key: Option<Ref<ApiKeyId>>,
    /// Only for this project (`prj_…` or its name)
    #[arg(long, value_name = "PROJECT")]
    project: Option<Ref<ProjectId>>,
    /// Only of this resource; can be given several times
    #[arg(long = "resource", value_name = "NAME")]
    resources: Vec<String>,
    /// Only of this model; can be given several times
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// The tenant (`ten_…`), which can only be the token's
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
}

#[derive(Debug, Args)]
pub(crate) struct ProjectionArgs {
    /// The tenant (`ten_…`), which can only be the token's
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dimension {
    Key,
    Project,
    Resource,
    Model,
}

impl From<Unit> for TimeUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Minute => Self::Minute,
            Unit::Hour => Self::Hour,
            Unit::Day => Self::Day,
            Unit::Week => Self::Week,
            Unit::Month => Self::Month,
        }
    }
}

impl From<Dimension> for UsageDimension {
    fn from(dimension: Dimension) -> Self {
        match dimension {
            Dimension::Key => Self::Key,
            Dimension::Project => Self::Project,
            Dimension::Resource => Self::Resource,
            Dimension::Model => Self::Model,
        }
    }
}

/// A list that is not asked for is absent and not empty.
fn given<T>(items: Vec<T>) -> Option<Vec<T>> {
    if items.is_empty() { None } else { Some(items) }
}

impl UsageCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Summary(args) => {
                let operation = SummarizeUsage {
                    tenant_id: args.tenant,
                    workspace_id: args.workspace.id(context).await?,
                    key_id: context.optional_id(args.key).await?,
                    project_id: context.optional_id(args.project).await?,
                    resources: given(args.resources),
                    models: given(args.models),
                    from: args.from.map(Context::instant),
                    to: args.to.map(Context::instant),
                    group_by: args.group_by.map(Into::into),
                    time_zone: args.time_zone,
                    by: given(args.by.into_iter().map(Into::into).collect()),
                    top: args.top,
                };
                summary::print(context, &context.execute(operation).await?)
            }
            Self::Projection(ProjectionArgs { tenant }) => {
                let projection = context.execute(ProjectUsage { tenant_id: tenant }).await?;
                context.print(&projection)?;
                if context.for_people() { summary::draw(context, &projection.cost) } else { Ok(()) }
            }
            Self::Report(args) => args.run(context).await,
        }
    }
}
