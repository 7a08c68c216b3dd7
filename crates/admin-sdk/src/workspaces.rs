//! Workspaces: they hold projects and API keys.

#[doc(inline)]
pub use admin_core::workspaces::{
    CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace,
    RestoreWorkspace, Role, SetWorkspaceBudget, Workspace, WorkspaceMember,
};
use admin_core::{Client, WorkspaceId};

use crate::call::Call;

/// The methods of workspaces. Made by [`AiSetuAdmin::workspaces`](crate::AiSetuAdmin::workspaces).
#[derive(Debug, Clone)]
pub struct Workspaces {
    pub(crate) client: Client,
}

impl Workspaces {
    /// Lists workspaces, newest first.
    ///
    /// Awaited, it gives one page; [`stream`](Call::stream) and [`all`](Call::all) go over all pages.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:organizations`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: `tenant_id` is not the token's tenant.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds, or an id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::workspaces::ListWorkspaces;
    ///
    /// let page = admin.workspaces().list(ListWorkspaces::default()).await?;
    /// println!("{} of {:?}", page.items.len(), page.total_count);
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, which: ListWorkspaces) -> Call<ListWorkspaces> {
        Call::new(&self.client, which)
    }

    /// Gets one workspace.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:organizations`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted.
    /// - `BAD_USER_INPUT`: the id is not one of a workspace.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let workspace = admin.workspaces().get("ws_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, id: impl Into<WorkspaceId>) -> Call<GetWorkspace> {
        Call::new(&self.client, GetWorkspace { id: id.into() })
    }

    /// Makes a workspace.
    ///
    /// Names need not be unique.
    ///
    /// # Scope
    /// `admin:write` or `admin:organizations`, and the role OWNER.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: `tenant_id` is not the token's tenant.
    /// - `BAD_USER_INPUT`: `name` is out of its bounds, or the id of the tenant is malformed.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::workspaces::CreateWorkspace;
    ///
    /// let workspace = admin.workspaces().create(CreateWorkspace::new("staging")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self, workspace: CreateWorkspace) -> Call<CreateWorkspace> {
        Call::new(&self.client, workspace)
    }

    /// Renames a workspace.
    ///
    /// Its id, keys and members stay as they are.
    ///
    /// # Scope
    /// `admin:write` or `admin:organizations`, and the role OWNER, or ADMIN of it.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted.
    /// - `BAD_USER_INPUT`: `name` is out of its bounds, or the id is malformed.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::workspaces::RenameWorkspace;
    ///
    /// let workspace = admin.workspaces().rename(RenameWorkspace::new("ws_…", "production")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rename(&self, change: RenameWorkspace) -> Call<RenameWorkspace> {
        Call::new(&self.client, change)
    }

    /// Sets how much the API keys of a workspace may spend together.
    ///
    /// While it is used up, all its keys verify as `BUDGET_EXCEEDED`. The owners of the tenant get a mail at 80 and at 100 percent, once in a
    /// period, but for what was spent already when it was set. Calls that are under way when it is used up go beyond it.
    ///
    /// # Scope
    /// `admin:write` or `admin:organizations`, and the role OWNER, or ADMIN of it.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted.
    /// - `BAD_USER_INPUT`: the sum is not 0 to 1,000,000,000 USD, the zone is unknown, or the id is malformed.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), Box<dyn std::error::Error>> {
    /// use admin_sdk::api_keys::{BudgetInput, BudgetPeriod};
    /// use admin_sdk::workspaces::SetWorkspaceBudget;
    ///
    /// let budget = BudgetInput { usd: "100".parse()?, period: BudgetPeriod::Month, timezone: None };
    /// let workspace = admin.workspaces().set_budget(SetWorkspaceBudget::new("ws_…", budget)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_budget(&self, change: SetWorkspaceBudget) -> Call<SetWorkspaceBudget> {
        Call::new(&self.client, change)
    }

    /// Deletes a workspace; all its API keys stop working at once.
    ///
    /// For 7 days [`restore`](Self::restore) brings it back.
    ///
    /// # Scope
    /// `admin:write` or `admin:organizations`, and the role OWNER.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted already.
    /// - `CONFLICT`: it is the last workspace of the tenant.
    /// - `BAD_USER_INPUT`: the id is not one of a workspace.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let workspace = admin.workspaces().delete("ws_…").await?;
    /// println!("until {:?} it can be restored", workspace.restorable_until);
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete(&self, id: impl Into<WorkspaceId>) -> Call<DeleteWorkspace> {
        Call::new(&self.client, DeleteWorkspace { id: id.into() })
    }

    /// Brings a deleted workspace back with its API keys, up to 7 days later.
    ///
    /// Its keys work again as they did, unless they expired meanwhile.
    ///
    /// # Scope
    /// `admin:write` or `admin:organizations`, and the role OWNER.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, or none that the token may read.
    /// - `CONFLICT`: it is not deleted, or was deleted more than 7 days ago.
    /// - `BAD_USER_INPUT`: the id is not one of a workspace.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let workspace = admin.workspaces().restore("ws_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(&self, id: impl Into<WorkspaceId>) -> Call<RestoreWorkspace> {
        Call::new(&self.client, RestoreWorkspace { id: id.into() })
    }

    /// Lists the people who have a role in a workspace, oldest first.
    ///
    /// Awaited, it gives one page; [`stream`](Call::stream) and [`all`](Call::all) go over all pages.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:users`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds, or the id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::workspaces::ListWorkspaceMembers;
    ///
    /// let members = admin.workspaces().list_members(ListWorkspaceMembers::new("ws_…")).all().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_members(&self, which: ListWorkspaceMembers) -> Call<ListWorkspaceMembers> {
        Call::new(&self.client, which)
    }
}
