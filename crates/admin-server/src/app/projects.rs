//! Projects: what a workspace holds beside its keys.

use serde::Serialize;

use super::audit::Event;
use super::authorization::{Permission, Reach};
use super::operation::{Call, Change, Mutation, Query};
use super::paging::{PageInput, page};
use super::validate;
use super::workspaces as workspace_rules;
use crate::error::{Code, Error, ObjectRef};
use crate::ids::{ProjectId, WorkspaceId};
use crate::model::{Page, Project, Workspace};
use crate::store::projects::Filter;
use crate::store::{Tx, api_keys, projects};

/// A project with its workspace, either of which may be gone.
#[derive(Debug)]
pub struct ProjectTarget {
    project: Project,
    workspace: Workspace,
}

impl ProjectTarget {
    /// The project with this id, if the caller may do to it what the rule of the call says.
    fn permitted(tx: &mut Tx<'_>, call: &Call<'_>, id: &ProjectId) -> Result<Self, Error> {
        let found = projects::get(tx, id)?.ok_or_else(|| Error::not_found("project"))?;
        let workspace = workspace_rules::readable(tx, call, &found.workspace_id)
            .map_err(|error| if error.code() == Code::NotFound { Error::not_found("project") } else { error })?;
        call.caller.permit(&call.rule, &workspace.id, None)?;
        Ok(Self { project: found, workspace })
    }

    /// The project, unless it was archived or its workspace deleted.
    fn alive(self) -> Result<Project, Error> {
        if self.workspace.deleted_at.is_some() {
            return Err(Error::not_found("project"));
        }
        match self.project.archived_at {
            None => Ok(self.project),
            Some(at) => Err(Error::conflict(format!("`{}` was archived already, at {at:.3}", self.project.name))
                .with_hint("create another project, which may have its name")),
        }
    }
}

/// Checks that a name is one, and that no other living project of the workspace has it.
fn check_name(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, name: &str, of: Option<&ProjectId>) -> Result<(), Error> {
    validate::name(name)?;
    match projects::living(tx, workspace_id, name)? {
        Some(other) if of != Some(&other.id) => {
            Err(Error::conflict(format!("`{name}` is the name of {} in the same workspace", other.id))
                .with_hint("choose another name, or archive that project first")
                .with_object(ObjectRef { id: other.id.to_string(), hint: None }))
        }
        _ => Ok(()),
    }
}

fn changed(before: Option<&Project>, after: Project) -> Result<Change<Project>, Error> {
    let event = Event::change(&after.id, Some(&after.workspace_id), before, Some(&after))?;
    Ok(Change { output: after, event })
}

/// Lists them, newest first.
#[derive(Debug)]
pub struct ListProjects {
    /// Where; `None` = wherever the caller may read.
    pub workspace_id: Option<WorkspaceId>,
    /// Also archived ones.
    pub include_archived: bool,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListProjects {
    const FIELD: &'static str = "projectsList";
    type Output = Page<Project>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        let only = match &self.workspace_id {
            Some(id) => Some(vec![workspace_rules::alive(workspace_rules::readable(tx, call, id)?)?.id]),
            None => call.caller.workspaces_with(Permission::Read),
        };
        let tenant_id = call.caller.tenant_id();
        let filter = Filter { tenant_id, workspaces: only.as_deref(), archived: self.include_archived };
        let (items, total) = (projects::list(tx, &filter, &range)?, projects::count(tx, &filter)?);
        Ok(page(&range, items, total, |project| project.id.to_string()))
    }
}

/// Makes one.
#[derive(Debug, Serialize)]
pub struct CreateProject {
    /// Where; `None` = the only workspace in which the caller may make projects.
    pub workspace_id: Option<WorkspaceId>,
    /// What people call it.
    pub name: String,
}

impl Mutation for CreateProject {
    const FIELD: &'static str = "projectsCreate";
    /// The workspace that the input names.
    type Target = Option<Workspace>;
    type Output = Project;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Option<Workspace>, Error> {
        let Some(id) = &self.workspace_id else {
            // Which one is meant is found later: a retry gets its answer even if there are several workspaces by then.
            return match call.caller.reach_anywhere(call.rule.permission) {
                Reach::Everything => Ok(None),
                _ => Err(call.rule.permission.refused(call.rule.field)),
            };
        };
        let workspace = workspace_rules::readable(tx, call, id)?;
        call.caller.permit(&call.rule, &workspace.id, None)?;
        Ok(Some(workspace))
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, workspace: Option<Workspace>) -> Result<Change<Project>, Error> {
        let workspace = match workspace {
            Some(workspace) => workspace_rules::alive(workspace)?,
            None => workspace_rules::only(tx, call, "projects")?,
        };
        check_name(tx, &workspace.id, &self.name, None)?;
        let project = Project {
            id: ProjectId::new(call.now, &*call.ports.random),
            tenant_id: workspace.tenant_id,
            workspace_id: workspace.id,
            name: self.name.clone(),
            created_at: call.now,
            archived_at: None,
        };
        projects::insert(tx, &project)?;
        changed(None, project)
    }
}

/// Renames one.
#[derive(Debug, Serialize)]
pub struct RenameProject {
    /// Which.
    pub id: ProjectId,
    /// What people shall call it.
    pub name: String,
}

impl Mutation for RenameProject {
    const FIELD: &'static str = "projectsRename";
    type Target = ProjectTarget;
    type Output = Project;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<ProjectTarget, Error> {
        ProjectTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, _: &Call<'_>, target: ProjectTarget) -> Result<Change<Project>, Error> {
        let before = target.alive()?;
        check_name(tx, &before.workspace_id, &self.name, Some(&before.id))?;
        projects::set_name(tx, &before.id, &self.name)?;
        changed(Some(&before), Project { name: self.name.clone(), ..before.clone() })
    }
}

/// Archives one.
#[derive(Debug, Serialize)]
pub struct ArchiveProject {
    /// Which.
    pub id: ProjectId,
}

impl Mutation for ArchiveProject {
    const FIELD: &'static str = "projectsArchive";
    type Target = ProjectTarget;
    type Output = Project;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<ProjectTarget, Error> {
        ProjectTarget::permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: ProjectTarget) -> Result<Change<Project>, Error> {
        let before = target.alive()?;
        projects::set_archived(tx, &before.id, call.now)?;
        api_keys::take_project(tx, &before.workspace_id, &before.id)?;
        changed(Some(&before), Project { archived_at: Some(call.now), ..before.clone() })
    }
}
