//! Workspaces: they hold projects and API keys.

use cynic::{MutationBuilder, QueryBuilder};
use serde::{Deserialize, Serialize};

use super::api_keys::{Budget, BudgetInput};
use crate::{
    ids::{MembershipId, TenantId, UserId, WorkspaceId},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo, Paged},
    output::Page,
    scalars::DateTime,
    schema,
    three_state::ThreeState,
};

/// A workspace: it holds projects and API keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Workspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime,
    /// When it was deleted; null while it exists.
    pub deleted_at: Option<DateTime>,
    /// Until when a deleted one can be restored; null while it exists.
    pub restorable_until: Option<DateTime>,
    /// How much its API keys may spend together; null = without bound.
    pub budget: Option<Budget>,
}

/// A person with a role in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WorkspaceMember {
    /// The membership.
    pub id: MembershipId,
    /// The person.
    pub user_id: UserId,
    /// The person's e-mail address.
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// True = the role is in the whole tenant and has effect here too.
    pub inherited: bool,
    /// Since when.
    pub created_at: DateTime,
}

graphql_enum! {
    /// What a person may do.
    Role {
        /// Everything.
        Owner = "OWNER",
        /// Keys, projects, connections and members of a workspace.
        Admin = "ADMIN",
        /// Keys of one's own.
        Member = "MEMBER",
        /// Balance, ledger and top-ups.
        Billing = "BILLING",
        /// Read only.
        Viewer = "VIEWER",
    }
}

/// Lists workspaces, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListWorkspacesInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListWorkspaces {
    /// The tenant (`ten_…`); absent = the token's own.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// True = also those deleted less than 7 days ago, which can be restored.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub include_deleted: Option<bool>,
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl Operation for ListWorkspaces {
    type Variables = wire::ListVariables;
    type Data = wire::WorkspacesList;
    type Output = Page<Workspace>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "workspaces",
        method: "list",
        title: "List workspaces",
        summary: "Lists workspaces, newest first.",
        description: "Returns a page of the workspaces that the token may read. Not for the people in one: use \
                      list_workspace_members.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_workspaces",
        toolset: "workspaces",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ListVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.workspaces_list.into()
    }
}

impl Paged for ListWorkspaces {
    type Item = Workspace;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Gets one workspace.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GetWorkspace {
    /// The workspace (`ws_…`).
    pub id: WorkspaceId,
}

impl Operation for GetWorkspace {
    type Variables = Self;
    type Data = wire::WorkspacesGet;
    type Output = Workspace;
    const INFO: OperationInfo = OperationInfo {
        namespace: "workspaces",
        method: "get",
        title: "Get a workspace",
        summary: "Gets one workspace.",
        description: "Returns the workspace with its name, tenant and dates. A deleted one is not found: list_workspaces with \
                      includeDeleted shows those that can be restored.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "get_workspace",
        toolset: "workspace_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.workspaces_get
    }
}

/// Makes a workspace.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "CreateWorkspaceInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateWorkspace {
    /// 1 to 100 characters, no control character.
    pub name: String,
    /// The tenant (`ten_…`); absent = the token's own.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
}

impl Operation for CreateWorkspace {
    type Variables = wire::CreateVariables;
    type Data = wire::WorkspacesCreate;
    type Output = Workspace;
    const INFO: OperationInfo = OperationInfo {
        namespace: "workspaces",
        method: "create",
        title: "Create a workspace",
        summary: "Makes a workspace.",
        description: "Returns the new workspace, which has no API keys yet. Only an OWNER of the tenant may do it. Names need not be unique: look with list_workspaces first.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "create_workspace",
        toolset: "workspaces",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::CreateVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.workspaces_create
    }
}

impl CreateWorkspace {
    /// One of this name, in the tenant of the token.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), tenant_id: None }
    }
}

/// Renames a workspace.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "RenameWorkspaceInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenameWorkspace {
    /// The workspace (`ws_…`).
    pub id: WorkspaceId,
    /// Its new name: 1 to 100 characters, none of them a control character.
    pub name: String,
}

impl Operation for RenameWorkspace {
    type Variables = wire::RenameVariables;
    type Data = wire::WorkspacesRename;
    type Output = Workspace;
    const INFO: OperationInfo = OperationInfo {
        namespace: "workspaces",
        method: "rename",
        title: "Rename a workspace",
        summary: "Renames a workspace.",
        description: "Returns the workspace under its new name. Its id, keys and members stay as they are.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "rename_workspace",
        toolset: "workspace_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::RenameVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.workspaces_rename
    }
}

impl RenameWorkspace {
    /// Gives this workspace another name.
    pub fn new(id: impl Into<WorkspaceId>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

/// Sets how much the API keys of a workspace may spend together.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "SetWorkspaceBudgetInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetWorkspaceBudget {
    /// The workspace (`ws_…`).
    pub id: WorkspaceId,
    /// How much its API keys may spend together; null = without bound. It must be given.
    #[serde(default)]
    #[cynic(skip_serializing_if = "ThreeState::is_absent")]
    pub budget: ThreeState<BudgetInput>,
}

impl Operation for SetWorkspaceBudget {
    type Variables = wire::SetBudgetVariables;
    type Data = wire::WorkspacesSetBudget;
    type Output = Workspace;
    const INFO: OperationInfo = OperationInfo {
        namespace: "workspaces",
        method: "set_budget",
        title: "Set the budget of a workspace",
        summary: "Sets how much the API keys of a workspace may spend together.",
        description: "Returns the workspace as it is now. While the budget is used up, all its keys verify as BUDGET_EXCEEDED; the owners get a \
                      mail at 80 and at 100 percent. null takes the budget away. For the budget of one key use update_api_key.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "set_workspace_budget",
        toolset: "workspace_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::SetBudgetVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.workspaces_set_budget
    }
}

impl SetWorkspaceBudget {
    /// Gives this workspace a budget; `None` takes it away.
    pub fn new(id: impl Into<WorkspaceId>, budget: impl Into<Option<BudgetInput>>) -> Self {
        Self { id: id.into(), budget: budget.into().map_or(ThreeState::Null, ThreeState::Value) }
    }
}

/// Deletes a workspace.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteWorkspace {
    /// The workspace (`ws_…`).
    pub id: WorkspaceId,
}

impl Operation for DeleteWorkspace {
    type Variables = Self;
    type Data = wire::WorkspacesDelete;
    type Output = Workspace;
    const INFO: OperationInfo = OperationInfo {
        namespace: "workspaces",
        method: "delete",
        title: "Delete a workspace",
        summary: "Deletes a workspace; all its API keys stop working at once.",
        description: "Returns the deleted workspace and until when restore_workspace can bring it back, which is 7 days. \
                      The tenant's last workspace cannot be deleted. To stop one key, use revoke_api_key instead.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Severe,
        tool: "delete_workspace",
        toolset: "workspaces",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.workspaces_delete
    }
}

/// Restores a deleted workspace.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestoreWorkspace {
    /// The deleted workspace (`ws_…`).
    pub id: WorkspaceId,
}

impl Operation for RestoreWorkspace {
    type Variables = Self;
    type Data = wire::WorkspacesRestore;
    type Output = Workspace;
    const INFO: OperationInfo = OperationInfo {
        namespace: "workspaces",
        method: "restore",
        title: "Restore a workspace",
        summary: "Brings a deleted workspace back with its API keys, up to 7 days later.",
        description: "Returns the workspace. Its keys work again as they did, unless they expired or were revoked \
                      meanwhile. Deleted workspaces are found by list_workspaces with includeDeleted.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "restore_workspace",
        toolset: "workspace_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.workspaces_restore
    }
}

/// Lists the people who have a role in a workspace, oldest first.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListWorkspaceMembersInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListWorkspaceMembers {
    /// The workspace (`ws_…`).
    pub workspace_id: WorkspaceId,
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl Operation for ListWorkspaceMembers {
    type Variables = wire::ListMembersVariables;
    type Data = wire::WorkspacesListMembers;
    type Output = Page<WorkspaceMember>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "workspaces",
        method: "list_members",
        title: "List the members of a workspace",
        summary: "Lists the people who have a role in a workspace, oldest first.",
        description: "Returns a page of people with e-mail address and role; `inherited` marks a role that a person has in \
                      the whole tenant.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_workspace_members",
        toolset: "workspace_details",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ListMembersVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.workspaces_list_members.into()
    }
}

impl ListWorkspaceMembers {
    /// The first page of those of this workspace.
    pub fn new(workspace_id: impl Into<WorkspaceId>) -> Self {
        Self { workspace_id: workspace_id.into(), limit: None, cursor: None, offset: None }
    }
}

impl Paged for ListWorkspaceMembers {
    type Item = WorkspaceMember;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{
        CreateWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace, SetWorkspaceBudget, Workspace,
        WorkspaceMember, schema,
    };
    use crate::output::page;

    #[derive(cynic::QueryFragment)]
    pub struct WorkspacePage {
        items: Vec<Workspace>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(WorkspacePage, Workspace);

    #[derive(cynic::QueryFragment)]
    pub struct WorkspaceMemberPage {
        items: Vec<WorkspaceMember>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(WorkspaceMemberPage, WorkspaceMember);

    #[derive(cynic::QueryVariables)]
    pub struct ListVariables {
        pub(super) input: ListWorkspaces,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ListVariables")]
    pub struct WorkspacesList {
        #[arguments(input: $input)]
        pub(super) workspaces_list: WorkspacePage,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "super::GetWorkspace")]
    pub struct WorkspacesGet {
        #[arguments(id: $id)]
        pub(super) workspaces_get: Workspace,
    }

    #[derive(cynic::QueryVariables)]
    pub struct CreateVariables {
        pub(super) input: CreateWorkspace,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "CreateVariables")]
    pub struct WorkspacesCreate {
        #[arguments(input: $input)]
        pub(super) workspaces_create: Workspace,
    }

    #[derive(cynic::QueryVariables)]
    pub struct RenameVariables {
        pub(super) input: RenameWorkspace,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "RenameVariables")]
    pub struct WorkspacesRename {
        #[arguments(input: $input)]
        pub(super) workspaces_rename: Workspace,
    }

    #[derive(cynic::QueryVariables)]
    pub struct SetBudgetVariables {
        pub(super) input: SetWorkspaceBudget,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "SetBudgetVariables")]
    pub struct WorkspacesSetBudget {
        #[arguments(input: $input)]
        pub(super) workspaces_set_budget: Workspace,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::DeleteWorkspace")]
    pub struct WorkspacesDelete {
        #[arguments(id: $id)]
        pub(super) workspaces_delete: Workspace,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::RestoreWorkspace")]
    pub struct WorkspacesRestore {
        #[arguments(id: $id)]
        pub(super) workspaces_restore: Workspace,
    }

    #[derive(cynic::QueryVariables)]
    pub struct ListMembersVariables {
        pub(super) input: ListWorkspaceMembers,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ListMembersVariables")]
    pub struct WorkspacesListMembers {
        #[arguments(input: $input)]
        pub(super) workspaces_list_members: WorkspaceMemberPage,
    }
}
