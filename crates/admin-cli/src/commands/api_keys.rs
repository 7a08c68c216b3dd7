//! `aisetu api-keys`.

mod check;
mod logs;
mod rotate;
mod rules;
mod update;
mod usage;
mod verify;
mod watch;
mod weight;

use std::process::ExitCode;

use admin_core::api_keys::{
    ApiKeyState, CreateApiKey, DeleteApiKey, Environment, FinishApiKeyRotation, GetApiKey, ListApiKeyScopes,
    ListApiKeys, RestoreApiKey, RestrictionsInput, RevocationCode, RevokeApiKey, RollbackApiKeyRotation,
};
use admin_core::{ApiKeyId, DateTime, Metadata, Operation, ProjectId, TenantId, WorkspaceId};
use clap::{Args, Subcommand};

use crate::args::{PageArgs, WorkspaceFilterArgs};
use crate::commands::done;
use crate::confirm::Subject;
use crate::context::Context;
use crate::error::CommandError;
use crate::expiry::Expiry;
use crate::names::Ref;
use crate::secret_out::SaveTo;
use check::CheckArgs;
use logs::{ExplainArgs, LogArgs, LogsArgs};
use rotate::RotateArgs;
use rules::{RestrictionArgs, SpendingArgs};
use update::{UpdateArgs, UpdateRestrictionsArgs};
use usage::{ProjectUsageArgs, ResourceUsageArgs, UsageArgs};
use verify::VerifyArgs;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeysCommand {
    #[command(after_help = "Examples:\n  aisetu api-keys list\n  aisetu keys list -o json | jq -r '.items[].id'")]
    List(Box<ListArgs>),
    #[command(after_help = "Example:\n  aisetu api-keys get KEY")]
    Get(KeyArgs),
    #[command(after_help = "Examples:\n  \
                            KEY=$(aisetu api-keys create --name ci)\n  \
                            aisetu keys create --name web --scope 'inference:*' --expires 90d --save-to env:.env#AI_SETU_KEY")]
    Create(Box<CreateArgs>),
    #[command(after_help = "Examples:\n  aisetu api-keys update KEY --name web --expires 90d\n  \
                            aisetu keys update KEY --disable\n  \
                            aisetu keys update KEY --budget 25/month --budget-tz Europe/Berlin --rate 1000/minute")]
    Update(Box<UpdateArgs>),
    #[command(after_help = "Examples:\n  \
                            aisetu api-keys update-restrictions KEY --ip 192.0.2.0/24 --ip 2001:db8::/32 --rate 1000/minute\n  \
                            aisetu keys update-restrictions KEY --days mon-fri --hours 9-17 --tz America/New_York\n  \
                            aisetu keys update-restrictions KEY --any-ip --no-rate")]
    UpdateRestrictions(Box<UpdateRestrictionsArgs>),
    #[command(after_help = "Asks yes or no; without a terminal, pass `--yes`.\n\nExamples:\n  \
                            aisetu api-keys rotate KEY --grace 7d --save-to env:.env#AI_SETU_KEY\n  \
                            aisetu keys rotate KEY --grace 0s --yes    # others know the old secret\n  \
                            aisetu keys rotate KEY --watch             # and stay to see who still uses the old one")]
    Rotate(RotateArgs),
    #[command(after_help = "Asks yes or no; without a terminal, pass `--yes`.\n\nExample:\n  \
                            aisetu api-keys finish-rotation KEY --yes")]
    FinishRotation(KeyArgs),
    #[command(after_help = "Example:\n  aisetu api-keys rollback-rotation KEY")]
    RollbackRotation(KeyArgs),
    #[command(after_help = "Asks yes or no; without a terminal, pass `--yes`.\n\nExample:\n  \
                            aisetu api-keys revoke KEY --code compromised --reason 'in a public log' --yes")]
    Revoke(RevokeArgs),
    #[command(after_help = "Example:\n  aisetu api-keys restore KEY")]
    Restore(KeyArgs),
    #[command(after_help = "Asks for the name; without a terminal, pass it.\n\nExample:\n  \
                            aisetu api-keys delete KEY --confirm ci")]
    Delete(KeyArgs),
    #[command(
        after_help = "Examples:\n  aisetu api-keys usage KEY\n  aisetu keys usage KEY --group-by hour --tz Europe/Berlin\n  \
                            aisetu keys usage KEY --by code -o json"
    )]
    Usage(Box<UsageArgs>),
    #[command(after_help = "Example:\n  aisetu api-keys resource-usage KEY functions --group-by week")]
    ResourceUsage(Box<ResourceUsageArgs>),
    #[command(after_help = "Example:\n  aisetu api-keys project-usage KEY PROJECT --by resource")]
    ProjectUsage(Box<ProjectUsageArgs>),
    #[command(after_help = "Examples:\n  aisetu api-keys logs KEY --status denied\n  \
                            aisetu keys logs KEY --from 2026-11-22T00:00:00Z -o jsonl")]
    Logs(Box<LogsArgs>),
    #[command(after_help = "Example:\n  aisetu api-keys log KEY LOG")]
    Log(LogArgs),
    #[command(after_help = "Examples:\n  aisetu api-keys explain KEY --ip 203.0.113.9 --scope functions:execute\n  \
                            aisetu keys explain KEY --at 2026-12-24T18:00:00Z")]
    Explain(Box<ExplainArgs>),
    #[command(
        after_help = "Examples:\n  aisetu api-keys scopes\n  aisetu keys scopes -o json | jq -r '.items[].scope'"
    )]
    Scopes,
    /// Says whether a key works, as a gateway would ask
    #[command(
        after_help = "Needs the scope `keys:verify`.\n\nExits with 0 if the key is VALID, with 12 if it is not.\n\nExamples:\n  \
                            aisetu api-keys verify --secret-env AI_SETU_KEY\n  \
                            aisetu api-keys verify --secret-stdin --scope inference:execute < key.txt"
    )]
    Verify(VerifyArgs),
    /// Tells which of our tokens stand in a text, whether they are real, and whose they are
    #[command(
        after_help = "Needs no token to tell which are real: the checksum says so. Signed in it also tells whose they are, which needs the \
                            scope `admin:read`; no token of the text is sent anywhere.\n\nExits with 12 if there is a real one.\n\nExamples:\n  \
                            aisetu api-keys check < leaked.txt\n  git diff --staged | aisetu api-keys check --offline"
    )]
    Check(CheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    workspace: WorkspaceFilterArgs,
    /// The tenant (`ten_…`) [default: the token's own]
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
    /// Only those in this state: active, disabled, expired, revoked or deleted
    #[arg(long)]
    state: Option<ApiKeyState>,
    /// Only those that may be used for this project (`prj_…` or its name)
    #[arg(long, value_name = "PROJECT")]
    project: Option<Ref<ProjectId>>,
    /// Only those that hold this scope, by itself or by `resource:*`
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// Only those made from this instant on (RFC 3339)
    #[arg(long, value_name = "WHEN")]
    created_from: Option<DateTime>,
    /// Only those made before this instant
    #[arg(long, value_name = "WHEN")]
    created_to: Option<DateTime>,
    /// Only those that expire from this instant on
    #[arg(long, value_name = "WHEN")]
    expires_from: Option<DateTime>,
    /// Only those that expire before this instant
    #[arg(long, value_name = "WHEN")]
    expires_to: Option<DateTime>,
    /// Only those whose name or description has this text
    #[arg(long)]
    text: Option<String>,
    /// Only those last used from this instant on
    #[arg(long, value_name = "WHEN")]
    last_used_from: Option<DateTime>,
    /// Only those last used before this instant; what was never used is not among them
    #[arg(long, value_name = "WHEN")]
    last_used_to: Option<DateTime>,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Its name: 1 to 100 characters
    #[arg(long)]
    name: String,
    /// Its workspace (`ws_…` or its name) [default: what is set, else the only one where you may make keys]
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<Ref<WorkspaceId>>,
    /// The tenant (`ten_…`) [default: the token's own]
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
    /// What it is for: at most 500 characters
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// `live` or `test`; it shows in the secret's prefix and never changes [default: live]
    #[arg(long)]
    environment: Option<Environment>,
    /// What it may do, such as `inference:*`; give the flag once for each scope [default: inference:*]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// When it expires: `90d`, or an instant (RFC 3339) [default: never]
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
    /// A label of your own; give the flag once for each label
    #[arg(long, value_name = "LABEL=VALUE", value_parser = label)]
    metadata: Vec<(String, String)>,
    #[command(flatten)]
    spending: SpendingArgs,
    #[command(flatten)]
    restrictions: RestrictionArgs,
    #[command(flatten)]
    save_to: SaveTo,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// `compromised`, `superseded`, `unused`, `offboarding` or `other`; after `compromised` it cannot be restored [default: other]
    #[arg(long)]
    code: Option<RevocationCode>,
    /// Why, in your own words: at most 500 characters
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl ApiKeysCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        match self {
            Self::Verify(args) => return args.run(context).await,
            Self::Check(args) => return args.run(context).await,
            Self::Rotate(args) => args.run(context).await,
            Self::List(args) => {
                let all = args.page.all;
                context.print_names::<ApiKeyId>(args.operation(context).await?, all).await
            }
            Self::Get(KeyArgs { id }) => {
                let id = context.id(id).await?;
                context.print(&context.execute(GetApiKey { id }).await?)
            }
            Self::Create(args) => Box::pin(args.run(context)).await,
            Self::Update(args) => args.run(context).await,
            Self::UpdateRestrictions(args) => args.run(context).await,
            Self::FinishRotation(KeyArgs { id }) => {
                let id = context.id(id).await?;
                context.confirm_key(&FinishApiKeyRotation::INFO, &id).await?;
                context.print(&context.execute(FinishApiKeyRotation { id }).await?)
            }
            Self::RollbackRotation(KeyArgs { id }) => {
                let id = context.id(id).await?;
                context.print(&context.execute(RollbackApiKeyRotation { id }).await?)
            }
            Self::Revoke(RevokeArgs { id, code, reason }) => {
                let id = context.id(id).await?;
                context.confirm_key(&RevokeApiKey::INFO, &id).await?;
                context.print(&context.execute(RevokeApiKey { id, code, reason }).await?)
            }
            Self::Restore(KeyArgs { id }) => {
                let id = context.id_of_gone(id).await?;
                context.print(&context.execute(RestoreApiKey { id }).await?)
            }
            Self::Delete(KeyArgs { id }) => {
                let id: ApiKeyId = context.id(id).await?;
                if let Some(key) = context.unless_gone(GetApiKey { id: id.clone() }).await? {
                    let confirmed = context.is_confirmed(&DeleteApiKey::INFO, &key.name);
                    let weight = if confirmed { Vec::new() } else { context.weight(&key).await };
                    let what = format!("API key `{id}`");
                    context.confirm(&DeleteApiKey::INFO, &Subject::new(what, &key.name).weighing(weight))?;
                }
                context.print(&context.execute(DeleteApiKey { id }).await?)
            }
            Self::Usage(args) => args.run(context).await,
            Self::ResourceUsage(args) => args.run(context).await,
            Self::ProjectUsage(args) => args.run(context).await,
            Self::Logs(args) => args.run(context).await,
            Self::Log(args) => args.run(context).await,
            Self::Explain(args) => args.run(context).await,
            Self::Scopes => {
                let scopes = context.execute(ListApiKeyScopes {}).await?;
                context.print_items(&scopes.items, &scopes)
            }
        }
        .map(done)
    }
}

impl ListArgs {
    async fn operation(self, context: &Context) -> Result<ListApiKeys, CommandError> {
        let PageArgs { limit, cursor, offset, .. } = self.page.sized();
        Ok(ListApiKeys {
            workspace_id: self.workspace.id(context).await?,
            tenant_id: self.tenant,
            state: self.state,
            project_id: context.optional_id(self.project).await?,
            scope: self.scope,
            created_from: self.created_from,
            created_to: self.created_to,
            expires_from: self.expires_from,
            expires_to: self.expires_to,
            last_used_from: self.last_used_from,
            last_used_to: self.last_used_to,
            text: self.text,
            limit,
            cursor,
            offset,
        })
    }
}

impl CreateArgs {
    async fn run(self, context: &Context) -> Result<(), CommandError> {
        let Self { name, workspace, tenant, description, environment, scopes, expires, .. } = self;
        let Self { metadata, spending, restrictions, save_to, .. } = self;
        let restrictions = restrictions.given(None);
        let workspace_id = context.workspace(workspace).await?;
        let projects = context.ids(spending.projects).await?;
        let operation = CreateApiKey {
            name,
            workspace_id,
            tenant_id: tenant,
            description,
            environment,
            scopes: (!scopes.is_empty()).then_some(scopes),
            budget: spending.budget.budget(None),
            projects: (!projects.is_empty()).then_some(projects),
            restrictions: (restrictions != RestrictionsInput::default()).then_some(restrictions),
            expires_at: context.expiry(expires)?,
            metadata: (!metadata.is_empty()).then(|| metadata.into_iter().collect::<Metadata>()),
        };
        let delivered = context.issue(operation, &save_to).await?;
        context.report(&delivered)
    }
}

fn label(text: &str) -> Result<(String, String), &'static str> {
    let (label, value) = text.split_once('=').ok_or("write it as `LABEL=VALUE`")?;
    Ok((label.to_owned(), value.to_owned()))
}
