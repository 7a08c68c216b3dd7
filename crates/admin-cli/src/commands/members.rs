//! `aisetu members`.

use admin_core::members::{
    AcceptInvitation, CancelInvitation, InviteMember, ListInvitations, ListMembers, RemoveMember, ResendInvitation,
    SetMemberRole,
};
use admin_core::workspaces::Role;
use admin_core::{InvitationId, Operation, TenantId, UserId, WorkspaceId};
use clap::{Args, Subcommand};

use crate::args::PageArgs;
use crate::confirm::Subject;
use crate::context::Context;
use crate::error::CommandError;
use crate::names::Ref;
use crate::secret_in::SecretArgs;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum MembersCommand {
    #[command(after_help = "Example:\n  aisetu members list")]
    List(ListArgs),
    #[command(after_help = "Examples:\n  aisetu members invite ada@example.com --role member\n  \
                            aisetu members invite ada@example.com --role admin --workspace WORKSPACE")]
    Invite(InviteArgs),
    #[command(after_help = "Example:\n  aisetu members invitations")]
    Invitations(InvitationsArgs),
    #[command(after_help = "Example:\n  aisetu members resend-invitation INVITATION")]
    ResendInvitation(InvitationArgs),
    #[command(after_help = "Asks yes or no; without a terminal, pass `--yes`.\n\nExample:\n  \
                            aisetu members cancel-invitation INVITATION --yes")]
    CancelInvitation(InvitationArgs),
    #[command(after_help = "Sign in afterwards, with `aisetu auth login`.\n\nExample:\n  \
                            aisetu members accept-invitation --secret-stdin < token.txt")]
    AcceptInvitation(AcceptArgs),
    #[command(after_help = "Examples:\n  aisetu members set-role USER --role admin\n  \
                            aisetu members set-role USER --role viewer --workspace WORKSPACE")]
    SetRole(SetRoleArgs),
    #[command(after_help = "Asks yes or no; without a terminal, pass `--yes`.\n\nExamples:\n  \
                            aisetu members remove USER --yes\n  aisetu members remove USER --workspace WORKSPACE --yes")]
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The tenant (`ten_…`) [default: the token's]
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InviteArgs {
    /// The e-mail address
    email: String,
    /// What the person may do: viewer, member, admin, billing or owner; at most your own
    #[arg(long)]
    role: Role,
    /// Only in this workspace (`ws_…` or its name) [default: in the whole tenant]
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<Ref<WorkspaceId>>,
}

#[derive(Debug, Args)]
pub(crate) struct InvitationsArgs {
    /// Also accepted and cancelled ones
    #[arg(long)]
    include_closed: bool,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InvitationArgs {
    /// The invitation (`inv_…` or its e-mail address)
    #[arg(value_name = "INVITATION")]
    id: Ref<InvitationId>,
}

#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    #[command(flatten)]
    token: SecretArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SetRoleArgs {
    /// The person (`usr_…` or their e-mail address)
    #[arg(value_name = "MEMBER")]
    user: Ref<UserId>,
    /// What the person may do: viewer, member, admin, billing or owner; at most your own
    #[arg(long)]
    role: Role,
    /// Only in this workspace (`ws_…` or its name) [default: in the whole tenant]
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<Ref<WorkspaceId>>,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// The person (`usr_…` or their e-mail address)
    #[arg(value_name = "MEMBER")]
    user: Ref<UserId>,
    /// Only the role in this workspace (`ws_…` or its name) [default: all roles]
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<Ref<WorkspaceId>>,
}

impl MembersCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::List(ListArgs { tenant, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let operation = ListMembers { tenant_id: tenant, limit, cursor, offset };
                context.print_names::<UserId>(operation, all).await
            }
            Self::Invite(InviteArgs { email, role, workspace }) => {
                let workspace_id = context.optional_id(workspace).await?;
                context.print(&context.execute(InviteMember { email, role, workspace_id }).await?)
            }
            Self::Invitations(InvitationsArgs { include_closed, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let include_closed = include_closed.then_some(true);
                let operation = ListInvitations { include_closed, limit, cursor, offset };
                context.print_names::<InvitationId>(operation, all).await
            }
            Self::ResendInvitation(InvitationArgs { id }) => {
                let id = context.id(id).await?;
                context.print(&context.execute(ResendInvitation { id }).await?)
            }
            Self::CancelInvitation(InvitationArgs { id }) => {
                let id: InvitationId = context.id(id).await?;
                let what = format!("invitation `{id}`");
                context.confirm(&CancelInvitation::INFO, &Subject::new(what, id.as_ref()))?;
                context.print(&context.execute(CancelInvitation { id }).await?)
            }
            Self::AcceptInvitation(AcceptArgs { token }) => {
                let token = token.read_token(context, "the token").await?;
                context.print(&context.execute(AcceptInvitation { token }).await?)
            }
            Self::SetRole(SetRoleArgs { user, role, workspace }) => {
                let (user_id, workspace_id) = (context.id(user).await?, context.optional_id(workspace).await?);
                context.print(&context.execute(SetMemberRole { user_id, role, workspace_id }).await?)
            }
            Self::Remove(RemoveArgs { user, workspace }) => {
                let (user, workspace): (UserId, _) = (context.id(user).await?, context.optional_id(workspace).await?);
                let place = workspace.as_ref().map(|id| format!(" in workspace `{id}`")).unwrap_or_default();
                let subject = Subject::new(format!("member `{user}`{place}"), user.as_ref());
                context.confirm(&RemoveMember::INFO, &subject)?;
                context.print(&context.execute(RemoveMember { user_id: user, workspace_id: workspace }).await?)
            }
        }
    }
}
