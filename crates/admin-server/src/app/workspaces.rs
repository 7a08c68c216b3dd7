//! Workspaces.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::api_key_rules::checked_budget;
use super::audit::Event;
use super::authorization::{Permission, Reach};
use super::operation::{Call, Change, Mutation, Query};
use super::paging::{PageInput, page};
use super::{budgets, validate};
use crate::error::Error;
use crate::ids::WorkspaceId;
use crate::model::{Budget, Page, Spender, Workspace, WorkspaceMember};
use crate::store::workspaces::Filter;
use crate::store::{Tx, people, workspaces};

/// How long a deleted workspace can be restored.
pub const RESTORABLE: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Workspace {
    /// Until when it can be restored; `None` while it exists.
    pub fn restorable_until(&self) -> Option<Timestamp> {
        self.deleted_at.and_then(|at| at.checked_add(RESTORABLE).ok())
    }
}

/// The workspace with this id, deleted or not, if the caller may read it.
pub(super) fn readable(tx: &mut Tx<'_>, call: &Call<'_>, id: &WorkspaceId) -> Result<Workspace, Error> {
    workspaces::get(tx, id)?
        .filter(|workspace| workspace.tenant_id == *call.caller.tenant_id())
        .filter(|workspace| call.caller.reach_in(Permission::Read, &workspace.id) != Reach::Nothing)
        .ok_or_else(|| Error::not_found("workspace"))
}

/// The workspace, unless it was deleted.
pub(super) fn alive(workspace: Workspace) -> Result<Workspace, Error> {
    if workspace.deleted_at.is_some() { Err(Error::not_found("workspace")) } else { Ok(workspace) }
}

/// How many workspaces are named to someone who named none.
const CANDIDATES: i32 = 20;

/// The workspace that is meant when none is named: the only one in which the caller may make such things.
pub(super) fn only(tx: &mut Tx<'_>, call: &Call<'_>, things: &str) -> Result<Workspace, Error> {
    let may = call.caller.workspaces_with(call.rule.permission);
    let filter = Filter { tenant_id: call.caller.tenant_id(), only: may.as_deref(), deleted_after: None };
    let range = PageInput { limit: Some(CANDIDATES), ..PageInput::default() }.range()?;
    let mut candidates = workspaces::list(tx, &filter, &range)?;
    let absent = |why: String, hint: String| {
        Err(Error::bad_input("workspaceId", format!("`workspaceId` is absent, and {why}")).with_hint(hint))
    };
    match candidates.len() {
        0 => absent(
            format!("there is no workspace in which you may make {things}"),
            "ask an OWNER of the tenant for a role".to_owned(),
        ),
        1 => candidates.pop().ok_or_else(|| Error::internal("one is not none")),
        _ => {
            let more = candidates.len() > usize::try_from(CANDIDATES).unwrap_or_default();
            let mut names: Vec<String> = candidates
                .iter()
                .take(usize::try_from(CANDIDATES).unwrap_or_default())
                .map(|workspace| format!("{} ({})", workspace.id, workspace.name))
                .collect();
            if more {
                names.push("..".to_owned());
            }
            absent(format!("you may make {things} in several workspaces"), format!("name one of {}", names.join(", ")))
        }
    }
}

fn permitted(tx: &mut Tx<'_>, call: &Call<'_>, id: &WorkspaceId) -> Result<Workspace, Error> {
    let workspace = readable(tx, call, id)?;
    call.caller.permit(&call.rule, &workspace.id, None)?;
    Ok(workspace)
}

fn changed(before: Option<&Workspace>, after: Workspace) -> Result<Change<Workspace>, Error> {
    let event = Event::change(&after.id, Some(&after.id), before, Some(&after))?;
    Ok(Change { output: after, event })
}

/// Lists them, newest first.
#[derive(Debug)]
pub struct ListWorkspaces {
    /// Whose; `None` = the caller's tenant's.
    pub tenant_id: Option<String>,
    /// Also those that can be restored.
    pub include_deleted: bool,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListWorkspaces {
    const FIELD: &'static str = "workspacesList";
    type Output = Page<Workspace>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        let only = call.caller.workspaces_with(Permission::Read);
        let deleted_after =
            if self.include_deleted { Some(call.now.checked_sub(RESTORABLE).map_err(Error::internal)?) } else { None };
        let tenant_id = call.caller.own_tenant(self.tenant_id.as_deref())?;
        let filter = Filter { tenant_id, only: only.as_deref(), deleted_after };
        let (items, total) = (workspaces::list(tx, &filter, &range)?, workspaces::count(tx, &filter)?);
        Ok(page(&range, items, total, |workspace| workspace.id.to_string()))
    }
}

/// Gets one.
#[derive(Debug)]
pub struct GetWorkspace {
    /// Which.
    pub id: WorkspaceId,
}

impl Query for GetWorkspace {
    const FIELD: &'static str = "workspacesGet";
    type Output = Workspace;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Workspace, Error> {
        alive(readable(tx, call, &self.id)?)
    }
}

/// Lists who has a role in one, oldest first.
#[derive(Debug)]
pub struct ListWorkspaceMembers {
    /// Where.
    pub workspace_id: WorkspaceId,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListWorkspaceMembers {
    const FIELD: &'static str = "workspacesListMembers";
    type Output = Page<WorkspaceMember>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        let workspace = alive(readable(tx, call, &self.workspace_id)?)?;
        let items = people::list_in_workspace(tx, &workspace.tenant_id, &workspace.id, &range)?;
        let total = people::count_in_workspace(tx, &workspace.tenant_id, &workspace.id)?;
        Ok(page(&range, items, total, |member| member.membership.id.to_string()))
    }
}

/// Makes one.
#[derive(Debug, Serialize)]
pub struct CreateWorkspace {
    /// What people call it.
    pub name: String,
    /// Whose; `None` = the caller's tenant's.
    pub tenant_id: Option<String>,
}

impl Mutation for CreateWorkspace {
    const FIELD: &'static str = "workspacesCreate";
    type Target = ();
    type Output = Workspace;

    fn authorize(&self, _: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Error> {
        call.caller.own_tenant(self.tenant_id.as_deref())?;
        match call.caller.reach_in_tenant(call.rule.permission) {
            Reach::Everything => Ok(()),
            _ => Err(call.rule.permission.refused(call.rule.field)),
        }
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, (): ()) -> Result<Change<Workspace>, Error> {
        validate::name(&self.name)?;
        let workspace = Workspace {
            id: WorkspaceId::new(call.now, &*call.ports.random),
            tenant_id: call.caller.tenant_id().clone(),
            name: self.name.clone(),
            created_at: call.now,
            deleted_at: None,
            budget: None,
        };
        workspaces::insert(tx, &workspace)?;
        changed(None, workspace)
    }
}

/// Renames one.
#[derive(Debug, Serialize)]
pub struct RenameWorkspace {
    /// Which.
    pub id: WorkspaceId,
    /// What people shall call it.
    pub name: String,
}

impl Mutation for RenameWorkspace {
    const FIELD: &'static str = "workspacesRename";
    type Target = Workspace;
    type Output = Workspace;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Workspace, Error> {
        permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, _: &Call<'_>, workspace: Workspace) -> Result<Change<Workspace>, Error> {
        let before = alive(workspace)?;
        validate::name(&self.name)?;
        workspaces::set_name(tx, &before.id, &self.name)?;
        changed(Some(&before), Workspace { name: self.name.clone(), ..before.clone() })
    }
}

/// Sets how much the keys of one may spend together.
#[derive(Debug, Serialize)]
pub struct SetWorkspaceBudget {
    /// Which.
    pub id: WorkspaceId,
    /// How much; `None` = without bound.
    pub budget: Option<Budget>,
}

impl Mutation for SetWorkspaceBudget {
    const FIELD: &'static str = "workspacesSetBudget";
    type Target = Workspace;
    type Output = Workspace;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Workspace, Error> {
        permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, workspace: Workspace) -> Result<Change<Workspace>, Error> {
        let before = alive(workspace)?;
        let budget = self.budget.clone().map(checked_budget).transpose()?;
        if budget != before.budget {
            workspaces::set_budget(tx, &before.id, budget.as_ref())?;
            budgets::changed(tx, &Spender::Workspace(before.id.clone()), call.now)?;
        }
        changed(Some(&before), Workspace { budget, ..before.clone() })
    }
}

/// Deletes one.
#[derive(Debug, Serialize)]
pub struct DeleteWorkspace {
    /// Which.
    pub id: WorkspaceId,
}

impl Mutation for DeleteWorkspace {
    const FIELD: &'static str = "workspacesDelete";
    type Target = Workspace;
    type Output = Workspace;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Workspace, Error> {
        permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, workspace: Workspace) -> Result<Change<Workspace>, Error> {
        let before = alive(workspace)?;
        let all = Filter { tenant_id: &before.tenant_id, only: None, deleted_after: None };
        if workspaces::count(tx, &all)? <= 1 {
            return Err(Error::conflict(format!(
                "`{}` is the last workspace of the tenant and cannot be deleted",
                before.name
            ))
            .with_hint("create another one first"));
        }
        workspaces::set_deleted(tx, &before.id, Some(call.now))?;
        changed(Some(&before), Workspace { deleted_at: Some(call.now), ..before.clone() })
    }
}

/// Brings a deleted one back.
#[derive(Debug, Serialize)]
pub struct RestoreWorkspace {
    /// Which.
    pub id: WorkspaceId,
}

impl Mutation for RestoreWorkspace {
    const FIELD: &'static str = "workspacesRestore";
    type Target = Workspace;
    type Output = Workspace;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Workspace, Error> {
        permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, before: Workspace) -> Result<Change<Workspace>, Error> {
        match before.restorable_until() {
            None => {
                return Err(Error::conflict(format!("`{}` is not deleted; there is nothing to restore", before.name)));
            }
            Some(until) if until <= call.now => {
                return Err(Error::conflict(format!("`{}` could be restored until {until:.3}", before.name)));
            }
            Some(_) => {}
        }
        workspaces::set_deleted(tx, &before.id, None)?;
        changed(Some(&before), Workspace { deleted_at: None, ..before.clone() })
    }
}
