//! `workspaces`.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::api_key_rules::{Budget, BudgetInput, three};
use super::scalars::DateTime;
use super::{Answer, mutate, page, page_type, query};
use crate::app::workspaces::{
    CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace,
    RestoreWorkspace, SetWorkspaceBudget,
};
use crate::error::Error;
use crate::ids::WorkspaceId;
use crate::model;

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::Role")]
pub(crate) enum Role {
    Owner,
    Admin,
    Member,
    Viewer,
    Billing,
}

/// A workspace: it holds projects and API keys.
#[derive(Debug, SimpleObject)]
pub(crate) struct Workspace {
    id: ID,
    tenant_id: ID,
    name: String,
    created_at: DateTime,
    /// When the workspace was deleted; null while it exists.
    deleted_at: Option<DateTime>,
    /// Until when a deleted workspace can be restored; null while it exists.
    restorable_until: Option<DateTime>,
    /// How much its API keys may spend together; null = without bound.
    budget: Option<Budget>,
}

impl From<model::Workspace> for Workspace {
    fn from(workspace: model::Workspace) -> Self {
        Self {
            restorable_until: workspace.restorable_until().map(DateTime),
            id: workspace.id.as_str().into(),
            tenant_id: workspace.tenant_id.as_str().into(),
            name: workspace.name,
            created_at: DateTime(workspace.created_at),
            deleted_at: workspace.deleted_at.map(DateTime),
            budget: workspace.budget.map(Into::into),
        }
    }
}

/// A person with a role in a workspace.
#[derive(Debug, SimpleObject)]
pub(crate) struct WorkspaceMember {
    /// The membership (`mem_…`).
    id: ID,
    user_id: ID,
    email: String,
    role: Role,
    /// True = the role is in the whole tenant and has effect here too.
    inherited: bool,
    created_at: DateTime,
}

impl From<model::WorkspaceMember> for WorkspaceMember {
    fn from(member: model::WorkspaceMember) -> Self {
        Self {
            id: member.membership.id.as_str().into(),
            user_id: member.user.id.as_str().into(),
            email: member.user.email,
            role: member.membership.role.into(),
            inherited: member.membership.workspace_id.is_none(),
            created_at: DateTime(member.created_at),
        }
    }
}

page_type! {
    /// One page of workspaces.
    WorkspacePage of Workspace from model::Workspace
}

page_type! {
    /// One page of people.
    WorkspaceMemberPage of WorkspaceMember from model::WorkspaceMember
}

/// Which workspaces to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListWorkspacesInput {
    /// The tenant; absent = the caller's.
    tenant_id: Option<ID>,
    /// True = also those deleted less than 7 days ago, which can be restored.
    include_deleted: Option<bool>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// Whose members to list.
#[derive(Debug, InputObject)]
pub(crate) struct ListWorkspaceMembersInput {
    workspace_id: ID,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// A workspace to make.
#[derive(Debug, InputObject)]
pub(crate) struct CreateWorkspaceInput {
    /// 1 to 100 characters, none of them a control character.
    name: String,
    /// The tenant; absent = the caller's.
    tenant_id: Option<ID>,
}

/// A new name for a workspace.
#[derive(Debug, InputObject)]
pub(crate) struct RenameWorkspaceInput {
    id: ID,
    /// 1 to 100 characters, none of them a control character.
    name: String,
}

/// A budget for a workspace.
#[derive(Debug, InputObject)]
pub(crate) struct SetWorkspaceBudgetInput {
    id: ID,
    /// How much its API keys may spend together; null = without bound. It must be given.
    budget: MaybeUndefined<BudgetInput>,
}

#[derive(Debug, Default)]
pub(crate) struct WorkspacesQuery;

#[Object]
impl WorkspacesQuery {
    /// Lists workspaces, newest first.
    async fn workspaces_list(&self, ctx: &Context<'_>, input: Option<ListWorkspacesInput>) -> Answer<WorkspacePage> {
        let input = input.unwrap_or_default();
        let operation = ListWorkspaces {
            tenant_id: input.tenant_id.map(|id| id.0),
            include_deleted: input.include_deleted.unwrap_or(false),
            page: page(input.limit, input.cursor, input.offset),
        };
        Ok(query(ctx, Ok(operation)).await?.into())
    }

    /// Gets one workspace.
    async fn workspaces_get(&self, ctx: &Context<'_>, id: ID) -> Answer<Workspace> {
        Ok(query(ctx, WorkspaceId::input("id", &id).map(|id| GetWorkspace { id })).await?.into())
    }

    /// Lists the people who have a role in a workspace, oldest first.
    async fn workspaces_list_members(
        &self,
        ctx: &Context<'_>,
        input: ListWorkspaceMembersInput,
    ) -> Answer<WorkspaceMemberPage> {
        let operation = WorkspaceId::input("workspaceId", &input.workspace_id).map(|workspace_id| {
            ListWorkspaceMembers { workspace_id, page: page(input.limit, input.cursor, input.offset) }
        });
        Ok(query(ctx, operation).await?.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct WorkspacesMutation;

#[Object]
impl WorkspacesMutation {
    /// Makes a workspace.
    async fn workspaces_create(&self, ctx: &Context<'_>, input: CreateWorkspaceInput) -> Answer<Workspace> {
        let operation = CreateWorkspace { name: input.name, tenant_id: input.tenant_id.map(|id| id.0) };
        Ok(mutate(ctx, Ok(operation)).await?.into())
    }

    /// Renames a workspace.
    async fn workspaces_rename(&self, ctx: &Context<'_>, input: RenameWorkspaceInput) -> Answer<Workspace> {
        let RenameWorkspaceInput { id, name } = input;
        Ok(mutate(ctx, WorkspaceId::input("id", &id).map(|id| RenameWorkspace { id, name })).await?.into())
    }

    /// Sets how much the API keys of a workspace may spend together. The owners get a mail at 80 and at 100 percent, once in a period.
    async fn workspaces_set_budget(&self, ctx: &Context<'_>, input: SetWorkspaceBudgetInput) -> Answer<Workspace> {
        let SetWorkspaceBudgetInput { id, budget } = input;
        let operation = WorkspaceId::input("id", &id).and_then(|id| {
            let absent = || Error::bad_input("budget", "`budget` is absent; give one, or null to take it away");
            let budget = three(budget.map_value(Into::into)).ok_or_else(absent)?;
            Ok(SetWorkspaceBudget { id, budget })
        });
        Ok(mutate(ctx, operation).await?.into())
    }

    /// Deletes a workspace. Its API keys stop working at once. It can be restored for 7 days.
    async fn workspaces_delete(&self, ctx: &Context<'_>, id: ID) -> Answer<Workspace> {
        Ok(mutate(ctx, WorkspaceId::input("id", &id).map(|id| DeleteWorkspace { id })).await?.into())
    }

    /// Brings a deleted workspace back, with its API keys, up to 7 days later.
    async fn workspaces_restore(&self, ctx: &Context<'_>, id: ID) -> Answer<Workspace> {
        Ok(mutate(ctx, WorkspaceId::input("id", &id).map(|id| RestoreWorkspace { id })).await?.into())
    }
}
