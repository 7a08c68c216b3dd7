//! `aisetu provider-credentials`.

mod secret;

use admin_core::provider_credentials::{
    Credential, ListConnections, ListProviderAvailability, Provider, RevokeConnection, TestConnection,
    UpsertProviderCredential,
};
use admin_core::{ConnectionId, Operation, WorkspaceId};
use clap::{Args, Subcommand};

use self::secret::CredentialArgs;
use crate::args::{PageArgs, WorkspaceFilterArgs};
use crate::confirm::Subject;
use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum ProviderCredentialsCommand {
    #[command(after_help = "Example:\n  aisetu provider-credentials availability")]
    Availability(AvailabilityArgs),
    #[command(
        after_help = "Examples:\n  aisetu provider-credentials list\n  aisetu provider-credentials list --provider openai --include-revoked"
    )]
    List(ListArgs),
    #[command(
        after_help = "No flag takes a secret. With `--secret-stdin` or `--secret-file` the secret of bedrock is the JSON object \
                            {\"awsAccessKeyId\": .., \"awsSecretAccessKey\": ..}.\n\nExamples:\n  \
                            aisetu provider-credentials upsert --provider openai --slug openai-prod --secret-env OPENAI_API_KEY\n  \
                            aisetu provider-credentials upsert --provider bedrock --slug bedrock-prod --aws-from-env"
    )]
    Upsert(UpsertArgs),
    #[command(after_help = "Exits with 12 when the provider does not take the credential.\n\nExample:\n  \
                            aisetu provider-credentials test CONNECTION")]
    Test(TestArgs),
    #[command(after_help = "Asks yes or no; without a terminal, pass `--yes`.\n\nExample:\n  \
                            aisetu provider-credentials revoke CONNECTION --yes")]
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AvailabilityArgs {
    #[command(flatten)]
    workspace: WorkspaceFilterArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    workspace: WorkspaceFilterArgs,
    /// Only those with this provider: openai, anthropic, bedrock
    #[arg(long)]
    provider: Option<Provider>,
    /// Also revoked ones
    #[arg(long)]
    include_revoked: bool,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct UpsertArgs {
    /// Whose credential it is: openai, anthropic, bedrock
    #[arg(long)]
    provider: Provider,
    /// What models are asked for by, `@slug/model`: 1 to 64 characters of a to z, 0 to 9 and `-`
    #[arg(long)]
    slug: String,
    #[command(flatten)]
    credential: CredentialArgs,
    /// Its workspace (`ws_…` or its name) [default: what is set, else the only one where you may make connections]
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<Ref<WorkspaceId>>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The connection (`conn_…` or its slug)
    #[arg(value_name = "CONNECTION")]
    id: Ref<ConnectionId>,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The connection (`conn_…` or its slug)
    #[arg(value_name = "CONNECTION")]
    id: Ref<ConnectionId>,
}

impl ProviderCredentialsCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<std::process::ExitCode, CommandError> {
        match self {
            Self::Availability(AvailabilityArgs { workspace }) => {
                let workspace_id = workspace.id(context).await?;
                let found = context.execute(ListProviderAvailability { workspace_id }).await?;
                context.print_items(&found.items, &found)?;
            }
            Self::List(ListArgs { workspace, provider, include_revoked, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let include_revoked = include_revoked.then_some(true);
                let workspace_id = workspace.id(context).await?;
                let operation = ListConnections { workspace_id, provider, include_revoked, limit, cursor, offset };
                context.print_names::<ConnectionId>(operation, all).await?;
            }
            Self::Upsert(UpsertArgs { provider, slug, credential, workspace }) => {
                let workspace = context.workspace(workspace).await?;
                let credential: Credential = credential.read(context, &provider).await?;
                let mut operation = UpsertProviderCredential::new(slug, credential);
                operation.workspace_id = workspace;
                let connection = context.execute(operation).await?;
                context.print(&connection)?;
                let slug = &connection.slug;
                context.printer.note(format_args!(
                    "`aisetu provider-credentials test {slug}` tries it; its models are called `@{slug}/MODEL`"
                ));
            }
            Self::Test(TestArgs { id }) => {
                let named = match &id {
                    Ref::Name(slug) => Some(slug.clone()),
                    Ref::Id(_) => None,
                };
                let id = context.id(id).await?;
                let probe = context.execute(TestConnection { id }).await?;
                context.print(&probe)?;
                if !probe.ok() {
                    return Ok(crate::ExitCode::CheckFailed.into());
                }
                if let Some(slug) = named {
                    context.printer.note(format_args!("its models are called `@{slug}/MODEL`"));
                }
            }
            Self::Revoke(RevokeArgs { id }) => {
                let id: ConnectionId = context.id(id).await?;
                let what = format!("connection `{id}`");
                context.confirm(&RevokeConnection::INFO, &Subject::new(what, id.as_ref()))?;
                context.print(&context.execute(RevokeConnection { id }).await?)?;
            }
        }
        Ok(super::done(()))
    }
}
