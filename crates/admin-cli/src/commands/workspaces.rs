//! `aisetu workspaces`.

use admin_core::api_keys::ListApiKeys;
use admin_core::workspaces::{
    CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace,
    RestoreWorkspace, SetWorkspaceBudget,
};
use admin_core::{Operation, TenantId, WorkspaceId};
use clap::{Args, Subcommand};

use super::budget::BudgetArgs;
use crate::args::PageArgs;
use crate::confirm::Subject;
use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkspacesCommand {
    #[command(after_help = "Examples:\n  aisetu workspaces list\n  aisetu ws list -o json | jq -r '.items[].id'")]
    List(ListArgs),
    #[command(after_help = "Example:\n  aisetu workspaces get WORKSPACE")]
    Get(WorkspaceArgs),
    #[command(after_help = "Example:\n  aisetu workspaces create --name prod")]
    Create(CreateArgs),
    #[command(after_help = "Example:\n  aisetu workspaces rename WORKSPACE --name prod-eu")]
    Rename(RenameArgs),
    #[command(
        after_help = "Example:\n  aisetu workspaces set-budget WORKSPACE --budget 100/month --budget-tz Europe/Berlin"
    )]
    SetBudget(SetBudgetArgs),
    #[command(after_help = "Asks for the name; without a terminal, pass it.\n\nExample:\n  \
                            aisetu workspaces delete WORKSPACE --confirm prod")]
    Delete(WorkspaceArgs),
    #[command(after_help = "Example:\n  aisetu workspaces restore WORKSPACE")]
    Restore(WorkspaceArgs),
    #[command(after_help = "Example:\n  aisetu workspaces list-members WORKSPACE")]
    ListMembers(ListMembersArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WorkspaceArgs {
    /// The workspace (`ws_…` or its name)
    #[arg(value_name = "WORKSPACE")]
    id: Ref<WorkspaceId>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The tenant (`ten_…`) [default: the token's own]
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
    /// Also those deleted less than 7 days ago
    #[arg(long)]
    include_deleted: bool,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Its name: 1 to 100 characters
    #[arg(long)]
    name: String,
    /// The tenant (`ten_…`) [default: the token's own]
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
}

#[derive(Debug, Args)]
pub(crate) struct RenameArgs {
    /// The workspace (`ws_…` or its name)
    #[arg(value_name = "WORKSPACE")]
    id: Ref<WorkspaceId>,
    /// Its new name: 1 to 100 characters
    #[arg(long)]
    name: String,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("to").args(["budget", "no_budget"]).required(true)))]
pub(crate) struct SetBudgetArgs {
    /// The workspace (`ws_…` or its name)
    #[arg(value_name = "WORKSPACE")]
    id: Ref<WorkspaceId>,
    #[command(flatten)]
    budget: BudgetArgs,
    /// Without a budget again
    #[arg(long)]
    no_budget: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListMembersArgs {
    /// The workspace (`ws_…` or its name)
    #[arg(value_name = "WORKSPACE")]
    id: Ref<WorkspaceId>,
    #[command(flatten)]
    page: PageArgs,
}

impl WorkspacesCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::List(ListArgs { tenant, include_deleted, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let include_deleted = include_deleted.then_some(true);
                let operation = ListWorkspaces { tenant_id: tenant, include_deleted, limit, cursor, offset };
                context.print_names::<WorkspaceId>(operation, all).await
            }
            Self::Get(WorkspaceArgs { id }) => {
                let id = context.id(id).await?;
                context.print(&context.execute(GetWorkspace { id }).await?)
            }
            Self::Create(CreateArgs { name, tenant }) => {
                context.print(&context.execute(CreateWorkspace { name, tenant_id: tenant }).await?)
            }
            Self::Rename(RenameArgs { id, name }) => {
                let id = context.id(id).await?;
                context.print(&context.execute(RenameWorkspace { id, name }).await?)
            }
            Self::SetBudget(SetBudgetArgs { id, budget, no_budget: _ }) => {
                let id = context.id(id).await?;
                let before = if budget.keeps_zone() {
                    context.follow_up(GetWorkspace { id: id.clone() }).await?.budget
                } else {
                    None
                };
                context.print(&context.execute(SetWorkspaceBudget::new(id, budget.budget(before.as_ref()))).await?)
            }
            Self::Delete(WorkspaceArgs { id }) => {
                let id: WorkspaceId = context.id(id).await?;
                if let Some(workspace) = context.unless_gone(GetWorkspace { id: id.clone() }).await? {
                    let confirmed = context.is_confirmed(&DeleteWorkspace::INFO, &workspace.name);
                    let weight = if confirmed { Vec::new() } else { weight(context, &id).await };
                    let what = format!("workspace `{id}`");
                    context.confirm(&DeleteWorkspace::INFO, &Subject::new(what, &workspace.name).weighing(weight))?;
                }
                context.print(&context.execute(DeleteWorkspace { id }).await?)
            }
            Self::Restore(WorkspaceArgs { id }) => {
                let id = context.id_of_gone(id).await?;
                context.print(&context.execute(RestoreWorkspace { id }).await?)
            }
            Self::ListMembers(ListMembersArgs { id, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let workspace_id = context.id(id).await?;
                let operation = ListWorkspaceMembers { workspace_id, limit, cursor, offset };
                context.print_page(&context.list(operation, all).await?)
            }
        }
    }
}

/// What stops working with a workspace, as far as it may be read.
async fn weight(context: &Context, id: &WorkspaceId) -> Vec<String> {
    let keys = ListApiKeys { workspace_id: Some(id.clone()), limit: Some(1), ..ListApiKeys::default() };
    let Ok(page) = context.follow_up(keys).await else { return Vec::new() };
    let stopped = |count| match count {
        1 => "with 1 API key that stops working".to_owned(),
        _ => format!("with {count} API keys that stop working"),
    };
    page.total_count.filter(|count| *count > 0).map(stopped).into_iter().collect()
}
