//! `aisetu projects`.

use admin_core::projects::{ArchiveProject, CreateProject, ListProjects, RenameProject};
use admin_core::{Operation, ProjectId, WorkspaceId};
use clap::{Args, Subcommand};

use crate::args::{PageArgs, WorkspaceFilterArgs};
use crate::confirm::Subject;
use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectsCommand {
    #[command(
        after_help = "Examples:\n  aisetu projects list\n  aisetu projects list --workspace WORKSPACE --include-archived"
    )]
    List(ListArgs),
    #[command(after_help = "Example:\n  aisetu projects create --name search")]
    Create(CreateArgs),
    #[command(after_help = "Example:\n  aisetu projects rename PROJECT --name find")]
    Rename(RenameArgs),
    #[command(after_help = "Asks yes or no; without a terminal, pass `--yes`.\n\nExample:\n  \
                            aisetu projects archive PROJECT --yes")]
    Archive(ArchiveArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    workspace: WorkspaceFilterArgs,
    /// Also archived ones
    #[arg(long)]
    include_archived: bool,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Its name: 1 to 100 characters, which no other project of the workspace has
    #[arg(long)]
    name: String,
    /// Its workspace (`ws_…` or its name) [default: what is set, else the only one where you may make projects]
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<Ref<WorkspaceId>>,
}

#[derive(Debug, Args)]
pub(crate) struct RenameArgs {
    /// The project (`prj_…` or its name)
    #[arg(value_name = "PROJECT")]
    id: Ref<ProjectId>,
    /// Its new name: 1 to 100 characters, which no other project of the workspace has
    #[arg(long)]
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveArgs {
    /// The project (`prj_…` or its name)
    #[arg(value_name = "PROJECT")]
    id: Ref<ProjectId>,
}

impl ProjectsCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::List(ListArgs { workspace, include_archived, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let include_archived = include_archived.then_some(true);
                let workspace_id = workspace.id(context).await?;
                let operation = ListProjects { workspace_id, include_archived, limit, cursor, offset };
                context.print_names::<ProjectId>(operation, all).await
            }
            Self::Create(CreateArgs { name, workspace }) => {
                let workspace_id = context.workspace(workspace).await?;
                context.print(&context.execute(CreateProject { name, workspace_id }).await?)
            }
            Self::Rename(RenameArgs { id, name }) => {
                let id = context.id(id).await?;
                context.print(&context.execute(RenameProject { id, name }).await?)
            }
            Self::Archive(ArchiveArgs { id }) => {
                let id: ProjectId = context.id(id).await?;
                let what = format!("project `{id}`");
                context.confirm(&ArchiveProject::INFO, &Subject::new(what, id.as_ref()))?;
                context.print(&context.execute(ArchiveProject { id }).await?)
            }
        }
    }
}
