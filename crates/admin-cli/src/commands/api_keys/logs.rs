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
use crate::output::{Field, Show};

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// The key's id (`key_…`)
    id: ApiKeyId,
    /// Only from this instant on (RFC 3339)
    #[arg(long, value_name = "WHEN")]
    from: Option<DateTime>,
    /// Only before this instant (RFC 3339)
    #[arg(long, value_name = "WHEN")]
    to: Option<DateTime>,
    /// Only what came out so: success or denied
    #[arg(long)]
    status: Option<ApiKeyLogStatus>,
    /// Only with this code, such as rate-limited
    #[arg(long)]
    code: Option<VerifyCode>,
    /// Only for this project (`prj_…`)
    #[arg(long, value_name = "ID")]
    project: Option<ProjectId>,
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
        let PageArgs { limit, cursor, offset } = self.page;
        let operation = ListApiKeyLogs {
            id: self.id,
            from: self.from,
            to: self.to,
            status: self.status,
            code: self.code,
            project_id: self.project,
            resource: self.resource,
            version_id: self.version,
            limit,
            cursor,
            offset,
        };
        context.print_page(&context.execute(operation).await?)
    }
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// The key's id (`key_…`)
    id: ApiKeyId,
    /// The entry's id (`log_…`)
    log_id: ApiKeyLogId,
}

impl LogArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        context.print(&context.execute(GetApiKeyLog { id: self.id, log_id: self.log_id }).await?)
    }
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The key's id (`key_…`)
    id: ApiKeyId,
    /// A scope that the call needs; give the flag once for each scope
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// The project for which the call is made (`prj_…`)
    #[arg(long, value_name = "ID")]
    project: Option<ProjectId>,
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
            id: self.id,
            scopes: if self.scopes.is_empty() { None } else { Some(self.scopes) },
            project_id: self.project,
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
