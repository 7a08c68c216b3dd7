//! Projects: the parts of the work in a workspace.

use cynic::{MutationBuilder, QueryBuilder};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ProjectId, WorkspaceId},
    operation::{Confirm, Effect, Operation, OperationInfo, Paged},
    output::Page,
    scalars::DateTime,
    schema,
};

/// A project: a part of the work in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Project {
    /// The project.
    pub id: ProjectId,
    /// The workspace that it belongs to.
    pub workspace_id: WorkspaceId,
    /// Its name, which no other project of the workspace has, but for archived ones.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime,
    /// When it was archived; null while it lives.
    pub archived_at: Option<DateTime>,
}

/// Lists projects, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListProjectsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListProjects {
    /// Only the projects of this workspace (`ws_…`); absent = of every workspace that the token may read.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    /// True = also archived ones.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub include_archived: Option<bool>,
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

impl Operation for ListProjects {
    type Variables = wire::ListVariables;
    type Data = wire::ProjectsList;
    type Output = Page<Project>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "projects",
        method: "list",
        title: "List projects",
        summary: "Lists projects, newest first.",
        description: "Returns a page of the projects in one workspace, or in all that the token may read; archived ones only \
                      with includeArchived. For the workspaces that hold them, use list_workspaces.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_projects",
        toolset: "projects",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ListVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.projects_list.into()
    }
}

impl Paged for ListProjects {
    type Item = Project;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Makes a project.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "CreateProjectInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateProject {
    /// Its name: 1 to 100 characters, none of them a control character; no other living project of the workspace may have it.
    pub name: String,
    /// The workspace (`ws_…`); absent = the only workspace in which the caller may make projects.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

impl Operation for CreateProject {
    type Variables = wire::CreateVariables;
    type Data = wire::ProjectsCreate;
    type Output = Project;
    const INFO: OperationInfo = OperationInfo {
        namespace: "projects",
        method: "create",
        title: "Create a project",
        summary: "Makes a project.",
        description: "Returns the new project. A name that a living project of the workspace has already is a CONFLICT, which \
                      names that project. It takes the role OWNER, or ADMIN of the workspace.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "create_project",
        toolset: "projects",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::CreateVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.projects_create
    }
}

impl CreateProject {
    /// One of this name, in the only workspace in which the caller may make projects.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), workspace_id: None }
    }
}

/// Renames a project.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "RenameProjectInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenameProject {
    /// The project (`prj_…`).
    pub id: ProjectId,
    /// Its new name: 1 to 100 characters, none of them a control character; no other living project of the workspace may have it.
    pub name: String,
}

impl Operation for RenameProject {
    type Variables = wire::RenameVariables;
    type Data = wire::ProjectsRename;
    type Output = Project;
    const INFO: OperationInfo = OperationInfo {
        namespace: "projects",
        method: "rename",
        title: "Rename a project",
        summary: "Renames a project.",
        description: "Returns the project under its new name; its id stays. An archived project is not renamed, and a name \
                      that another living project of the workspace has is a CONFLICT.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "rename_project",
        toolset: "projects",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::RenameVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.projects_rename
    }
}

impl RenameProject {
    /// Gives this project another name.
    pub fn new(id: impl Into<ProjectId>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

/// Archives a project.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArchiveProject {
    /// The project (`prj_…`).
    pub id: ProjectId,
}

impl Operation for ArchiveProject {
    type Variables = Self;
    type Data = wire::ProjectsArchive;
    type Output = Project;
    const INFO: OperationInfo = OperationInfo {
        namespace: "projects",
        method: "archive",
        title: "Archive a project",
        summary: "Archives a project for good; its name is free again.",
        description: "Returns the archived project, which list_projects shows with includeArchived. It cannot be undone; \
                      archiving it twice is a CONFLICT. To give it another name, use rename_project.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Moderate,
        tool: "archive_project",
        toolset: "projects",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.projects_archive
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{CreateProject, ListProjects, Project, RenameProject, schema};
    use crate::output::page;

    #[derive(cynic::QueryFragment)]
    pub struct ProjectPage {
        items: Vec<Project>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(ProjectPage, Project);

    #[derive(cynic::QueryVariables)]
    pub struct ListVariables {
        pub(super) input: ListProjects,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ListVariables")]
    pub struct ProjectsList {
        #[arguments(input: $input)]
        pub(super) projects_list: ProjectPage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct CreateVariables {
        pub(super) input: CreateProject,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "CreateVariables")]
    pub struct ProjectsCreate {
        #[arguments(input: $input)]
        pub(super) projects_create: Project,
    }

    #[derive(cynic::QueryVariables)]
    pub struct RenameVariables {
        pub(super) input: RenameProject,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "RenameVariables")]
    pub struct ProjectsRename {
        #[arguments(input: $input)]
        pub(super) projects_rename: Project,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::ArchiveProject")]
    pub struct ProjectsArchive {
        #[arguments(id: $id)]
        pub(super) projects_archive: Project,
    }
}
