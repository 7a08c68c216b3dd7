//! `projects`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::scalars::DateTime;
use super::{Answer, mutate, page, page_type, query};
use crate::app::projects::{ArchiveProject, CreateProject, ListProjects, RenameProject};
use crate::ids::{ProjectId, WorkspaceId};
use crate::model;

/// A project: a part of the work in a workspace.
#[derive(Debug, SimpleObject)]
pub(crate) struct Project {
    id: ID,
    workspace_id: ID,
    /// No other project of the workspace has it, but for archived ones.
    name: String,
    created_at: DateTime,
    /// When the project was archived; null while it lives.
    archived_at: Option<DateTime>,
}

impl From<model::Project> for Project {
    fn from(project: model::Project) -> Self {
        Self {
            id: project.id.as_str().into(),
            workspace_id: project.workspace_id.as_str().into(),
            name: project.name,
            created_at: DateTime(project.created_at),
            archived_at: project.archived_at.map(DateTime),
        }
    }
}

page_type! {
    /// One page of projects.
    ProjectPage of Project from model::Project
}

/// Which projects to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListProjectsInput {
    /// Only the projects of this workspace; absent = of every workspace that the caller may read.
    workspace_id: Option<ID>,
    /// True = also archived ones.
    include_archived: Option<bool>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// A project to make.
#[derive(Debug, InputObject)]
pub(crate) struct CreateProjectInput {
    /// The workspace of the project; absent = the only workspace in which the caller may make projects.
    workspace_id: Option<ID>,
    /// 1 to 100 characters, none of them a control character. No other living project of the workspace may have it.
    name: String,
}

/// A new name for a project.
#[derive(Debug, InputObject)]
pub(crate) struct RenameProjectInput {
    id: ID,
    /// 1 to 100 characters, none of them a control character. No other living project of the workspace may have it.
    name: String,
}

#[derive(Debug, Default)]
pub(crate) struct ProjectsQuery;

#[Object]
impl ProjectsQuery {
    /// Lists projects, newest first.
    async fn projects_list(&self, ctx: &Context<'_>, input: Option<ListProjectsInput>) -> Answer<ProjectPage> {
        let input = input.unwrap_or_default();
        let workspace_id = input.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose();
        let operation = workspace_id.map(|workspace_id| ListProjects {
            workspace_id,
            include_archived: input.include_archived.unwrap_or(false),
            page: page(input.limit, input.cursor, input.offset),
        });
        Ok(query(ctx, operation).await?.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct ProjectsMutation;

#[Object]
impl ProjectsMutation {
    /// Makes a project.
    async fn projects_create(&self, ctx: &Context<'_>, input: CreateProjectInput) -> Answer<Project> {
        let CreateProjectInput { workspace_id, name } = input;
        let workspace_id = workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose();
        Ok(mutate(ctx, workspace_id.map(|workspace_id| CreateProject { workspace_id, name })).await?.into())
    }

    /// Renames a project.
    async fn projects_rename(&self, ctx: &Context<'_>, input: RenameProjectInput) -> Answer<Project> {
        let RenameProjectInput { id, name } = input;
        Ok(mutate(ctx, ProjectId::input("id", &id).map(|id| RenameProject { id, name })).await?.into())
    }

    /// Archives a project for good. It stays in the list of archived ones, and its name is free again.
    async fn projects_archive(&self, ctx: &Context<'_>, id: ID) -> Answer<Project> {
        Ok(mutate(ctx, ProjectId::input("id", &id).map(|id| ArchiveProject { id })).await?.into())
    }
}
