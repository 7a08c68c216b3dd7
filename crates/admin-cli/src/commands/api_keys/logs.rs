//! `aisetu api-keys logs|log|explain`: what a key was presented for, and what would come of a call.

use std::net::IpAddr;

use admin_core::api_keys::{
    ApiKeyCheckStep, ApiKeyExplanation, ApiKeyLog, ApiKeyLogStatus, ExplainApiKey, GetApiKeyLog, ListApiKeyLogs,
};
use admin_core::{ApiKeyId, ApiKeyLogId, ApiKeyVersionId, DateTime, ProjectId, VerifyCode};
use clap::Args;

use crate::args::PageArgs;
use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;
use crate::output::{Field, Show};
use crate::past::Past;

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// Only from this instant on (RFC 3339), or from so long ago, such as `1h`
    #[arg(long, visible_alias = "since", value_name = "WHEN")]
    from: Option<Past>,
    /// Only before
    #[arg(long, visible_alias = "until", value_name = "WHEN")]
    to: Option<Past>,
    /// Only what came out so: success or denied
    #[arg(long)]
    status: Option<ApiKeyLogStatus>,
    /// Only with this code, such as rate-limited
    #[arg(long)]
    code: Option<VerifyCode>,
    /// Only for this project (`prj_…` or its name)
    #[arg(long, value_name = "PROJECT")]
    project: Option<Ref<ProjectId>>,
    /// Only of this resource
    #[arg(long, value_name = "NAME")]
    resource: Option<String>,
    /// Only with this secret (`ver_…`)
    #[arg(long, value_name = "ID")]
    version: Option<ApiKeyVersionId>,
    #[command(flatten)]
    page: PageArgs,
}

impl LogsArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let PageArgs { limit, cursor, offset, all } = self.page.sized();
        let operation = ListApiKeyLogs {
            id: context.id(self.id).await?,
            from: self.from.map(Context::instant),
            to: self.to.map(Context::instant),
            status: self.status,
            code: self.code,
            project_id: context.optional_id(self.project).await?,
            resource: self.resource,
            version_id: self.version,
            limit,
            cursor,
            offset,
        };
        context.print_page(&context.list(operation, all).await?)
    }
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// The entry's id (`log_…`)
    log_id: ApiKeyLogId,
}

impl LogArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let id = context.id(self.id).await?;
        context.print(&context.execute(GetApiKeyLog { id, log_id: self.log_id }).await?)
    }
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// A scope that the call needs; give the flag once for each scope
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// The project for which the call is made (`prj_…` or its name)
    #[arg(long, value_name = "PROJECT")]
    project: Option<Ref<ProjectId>>,
    /// The address that the call comes from
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
    /// The page that the call comes from
    #[arg(long, value_name = "URL")]
    referrer: Option<String>,
    /// How much of the rate limit it takes [default: 1]
    #[arg(long, value_name = "COUNT")]
    cost: Option<i32>,
    /// The connection of your own over which it goes: slug or id; then no credit is asked for
    #[arg(long, value_name = "CONNECTION")]
    connection: Option<String>,
    /// When it is made (RFC 3339) [default: now]
    #[arg(long, value_name = "WHEN")]
    at: Option<DateTime>,
}

impl ExplainArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let operation = ExplainApiKey {
            id: context.id(self.id).await?,
            scopes: if self.scopes.is_empty() { None } else { Some(self.scopes) },
            project_id: context.optional_id(self.project).await?,
            ip: self.ip.map(|ip| ip.to_string()),
            referrer: self.referrer,
            cost: self.cost,
            connection: self.connection,
            at: self.at,
        };
        let explained: ApiKeyExplanation = context.execute(operation).await?;
        context.print_items(&explained.steps, &explained)?;
        let allowed = explained.allowed_from.map(|at| format!("; allowed from {at} on")).unwrap_or_default();
        context.printer.note(format_args!("{} at {}{allowed}", explained.code, explained.at));
        Ok(())
    }
}

impl Show for ApiKeyCheckStep {
    const PLURAL: &'static str = "checks";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("check", self.check.to_string()),
            Field::column("outcome", self.outcome.to_string()),
            Field::column("why", self.why.clone()),
        ]
    }
}

impl Show for ApiKeyLog {
    const PLURAL: &'static str = "log entries";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("id", self.id.to_string()),
            Field::column("at", self.at),
            Field::column("code", self.code.to_string()),
            Field::column("resource", self.resource.clone()),
            Field::column("project", self.project_id.as_ref().map(ToString::to_string)),
            Field::column("ip", self.ip.clone()),
            Field::column("user agent", self.user_agent.clone()),
            Field::detail("referrer", self.referrer.clone()),
            Field::detail("key", self.key_id.to_string()),
            Field::detail("secret", self.version_id.to_string()),
            Field::detail("cost", self.cost.to_string()),
            Field::detail("latency", format!("{} µs", self.latency_micros)),
        ]
    }
}
