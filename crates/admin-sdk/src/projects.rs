//! Projects: the parts of the work in a workspace.

#[doc(inline)]
pub use admin_core::projects::{ArchiveProject, CreateProject, ListProjects, Project, RenameProject};
use admin_core::{Client, ProjectId};

use crate::call::Call;

/// The methods of projects. Made by [`AiSetuAdmin::projects`](crate::AiSetuAdmin::projects).
#[derive(Debug, Clone)]
pub struct Projects {
    pub(crate) client: Client,
}

impl Projects {
    /// Lists projects, newest first.
    ///
    /// Awaited, it gives one page; [`stream`](Call::stream) and [`all`](Call::all) go over all pages. Those of a deleted workspace
    /// are not listed.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:projects`.
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
    /// use admin_sdk::projects::ListProjects;
    ///
    /// let projects = admin.projects().list(ListProjects::default()).all().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, which: ListProjects) -> Call<ListProjects> {
        Call::new(&self.client, which)
    }

    /// Makes a project.
    ///
    /// Without a `workspace_id` it is made in the only workspace in which the caller may make projects.
    ///
    /// # Scope
    /// `admin:write` or `admin:projects`, and the role OWNER, or ADMIN of the workspace.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted.
    /// - `CONFLICT`: a living project of the workspace has that name; [`Error::object`](crate::Error::object) is that project.
    /// - `BAD_USER_INPUT`: `name` is out of its bounds, the id is malformed, or `workspace_id` is absent where several workspaces
    ///   could be meant; the hint lists them.
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
    /// use admin_sdk::projects::CreateProject;
    ///
    /// let project = admin.projects().create(CreateProject::new("search")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self, project: CreateProject) -> Call<CreateProject> {
        Call::new(&self.client, project)
    }

    /// Renames a project.
    ///
    /// Its id stays as it is.
    ///
    /// # Scope
    /// `admin:write` or `admin:projects`, and the role OWNER, or ADMIN of the workspace.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such project, none that the token may read, or its workspace was deleted.
    /// - `CONFLICT`: it is archived, or another living project of the workspace has that name.
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
    /// use admin_sdk::projects::RenameProject;
    ///
    /// let project = admin.projects().rename(RenameProject::new("prj_…", "find")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rename(&self, change: RenameProject) -> Call<RenameProject> {
        Call::new(&self.client, change)
    }

    /// Archives a project for good; its name is free again.
    ///
    /// It stays in the list that `include_archived` asks for.
    ///
    /// # Scope
    /// `admin:write` or `admin:projects`, and the role OWNER, or ADMIN of the workspace.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such project, none that the token may read, or its workspace was deleted.
    /// - `CONFLICT`: it was archived already.
    /// - `BAD_USER_INPUT`: the id is not one of a project.
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
    /// let project = admin.projects().archive("prj_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn archive(&self, id: impl Into<ProjectId>) -> Call<ArchiveProject> {
        Call::new(&self.client, ArchiveProject { id: id.into() })
    }
}
