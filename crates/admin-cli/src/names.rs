//! Names where an id is asked: whoever knows a thing by its name need not look up its id.

use std::fmt;
use std::str::FromStr;

use admin_core::api_keys::{ApiKeyState, ListApiKeys};
use admin_core::members::{Invitation, ListInvitations, ListMembers, Member};
use admin_core::pats::{ListPats, Pat, PatState};
use admin_core::projects::{ListProjects, Project};
use admin_core::provider_credentials::{Connection, ListConnections};
use admin_core::workspaces::{ListWorkspaces, Workspace};
use admin_core::{
    ApiKeyId, ConnectionId, InvitationId, Paged, PatId, ProjectId, UserId, WorkspaceId, api_keys::ApiKey,
};
use admin_local::{Origin, Setting};

use crate::context::{Context, not_taken};
use crate::error::CommandError;
use crate::output::Show;
use crate::suggest::nearest;

/// How many a page has, which is the most that it can.
const PAGE: i32 = 100;

/// What ids begin with, and of what they are.
const PREFIXES: [(&str, &str); 12] = [
    ("ten_", "a tenant"),
    ("usr_", "a person"),
    ("ws_", "a workspace"),
    ("prj_", "a project"),
    ("key_", "an API key"),
    ("ver_", "a secret of an API key"),
    ("log_", "an entry of a log"),
    ("mem_", "a membership"),
    ("inv_", "an invitation"),
    ("pat_", "a personal access token"),
    ("conn_", "a connection"),
    ("top_", "a top-up"),
];

/// A kind of thing that has an id and a name.
pub(crate) trait Named: for<'a> From<&'a str> + fmt::Display + Clone + Send + Sync + 'static {
    /// What lists them.
    type List: Paged<Item: Show>;

    /// What its ids begin with.
    const PREFIX: &'static str;
    /// What one of them is called.
    const WHAT: &'static str;
    /// The command that lists them.
    const ALL: &'static str;

    /// The list in which it is looked for.
    fn list(wanted: &Lookup<'_>) -> Self::List;

    /// The id and the name of one.
    fn of(item: &<Self::List as Paged>::Item) -> (Self, &str);

    /// Whether it is in force: what was revoked stays in a list, and its name is free for another.
    fn is_in_force(_: &<Self::List as Paged>::Item) -> bool {
        true
    }

    /// What tells it from others of its name.
    fn apart(_: &<Self::List as Paged>::Item) -> String {
        String::new()
    }
}

/// What is looked for.
#[derive(Default)]
pub(crate) struct Lookup<'a> {
    /// By this name; else all there are.
    name: Option<&'a str>,
    /// Also what is gone and can be brought back.
    gone: bool,
    /// In this workspace; else in all of them.
    within: Option<WorkspaceId>,
}

/// A thing as the user named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ref<I> {
    /// By its id.
    Id(I),
    /// By its name.
    Name(String),
}

impl<I: Named> FromStr for Ref<I> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with(I::PREFIX) {
            return Ok(Self::Id(I::from(text)));
        }
        match PREFIXES.iter().find(|(prefix, _)| is_id(text, prefix)) {
            Some((_, other)) => Err(format!("it is the id of {other}, where `{}…` or a name is wanted", I::PREFIX)),
            None => Ok(Self::Name(text.to_owned())),
        }
    }
}

/// How it begins, if it is written as an id is.
pub(crate) fn id_prefix(text: &str) -> Option<&'static str> {
    let known = PREFIXES.iter().map(|(prefix, _)| *prefix).find(|prefix| text.starts_with(prefix))?;
    let rest = &text[known.len()..];
    (rest.bytes().any(|byte| byte.is_ascii_digit()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .then_some(known)
}

/// Whether it is an id, and not a name that begins as one does.
fn is_id(text: &str, prefix: &str) -> bool {
    let rest = text.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.len() == 26 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

impl<I: fmt::Display> fmt::Display for Ref<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl Context {
    /// The id of a thing.
    ///
    /// # Errors
    /// Nothing has the name, or several do.
    pub(crate) async fn id<I: Named>(&self, given: Ref<I>) -> Result<I, CommandError> {
        self.find(given, &[false]).await
    }

    /// The id of a thing that may be gone, to bring it back.
    ///
    /// # Errors
    /// As [`Context::id`].
    pub(crate) async fn id_of_gone<I: Named>(&self, given: Ref<I>) -> Result<I, CommandError> {
        self.find(given, &[false, true]).await
    }

    /// The id of a thing, if one is named.
    ///
    /// # Errors
    /// As [`Context::id`].
    pub(crate) async fn optional_id<I: Named>(&self, given: Option<Ref<I>>) -> Result<Option<I>, CommandError> {
        match given {
            Some(given) => self.id(given).await.map(Some),
            None => Ok(None),
        }
    }

    /// The ids of things.
    ///
    /// # Errors
    /// As [`Context::id`].
    pub(crate) async fn ids<I: Named>(&self, given: Vec<Ref<I>>) -> Result<Vec<I>, CommandError> {
        let mut ids = Vec::with_capacity(given.len());
        for one in given {
            ids.push(self.id(one).await?);
        }
        Ok(ids)
    }

    /// The workspace that a command is about: the one that it names, else the one that is set.
    ///
    /// # Errors
    /// As [`Context::id`].
    pub(crate) async fn workspace(&self, given: Option<Ref<WorkspaceId>>) -> Result<Option<WorkspaceId>, CommandError> {
        let id = match given {
            Some(given) => self.id(given).await?,
            None => match self.set_workspace().await? {
                Some((id, origin)) => {
                    self.printer.note(format_args!("in workspace `{id}`, which {origin} names"));
                    id
                }
                None => return Ok(None),
            },
        };
        self.look_within(&id);
        Ok(Some(id))
    }

    /// The workspace that is set, and where.
    ///
    /// # Errors
    /// It is called by a name that none has, or several.
    pub(crate) async fn set_workspace(&self) -> Result<Option<(WorkspaceId, Origin)>, CommandError> {
        let Some(found) = self.setting(Setting::Workspace)? else { return Ok(None) };
        let named = found.value.parse().map_err(|why| not_taken(Setting::Workspace, &found, why))?;
        let id = self.id(named).await.map_err(|error| match error {
            error @ (CommandError::UnknownName { .. } | CommandError::Ambiguous { .. }) => {
                not_taken(Setting::Workspace, &found, format!("{error}; {}", error.hints().join("; ")))
            }
            other => other,
        })?;
        Ok(Some((id, found.origin)))
    }

    /// Looks for names in this workspace from now on: a command that is about one means what is in it.
    pub(crate) fn look_within(&self, workspace: &WorkspaceId) {
        self.within.replace(Some(workspace.clone()));
    }

    /// Prints a page of things that have names, and remembers these.
    pub(crate) async fn print_names<I: Named>(&self, list: I::List, all: bool) -> Result<(), CommandError> {
        let page = self.list(list, all).await?;
        self.remember::<I>(&page.items);
        self.print_page(&page)
    }

    async fn find<I: Named>(&self, given: Ref<I>, lists: &[bool]) -> Result<I, CommandError> {
        let name = match given {
            Ref::Id(id) => {
                self.note_id::<I>(&id);
                return Ok(id);
            }
            Ref::Name(name) => name,
        };
        let within = self.within.borrow().clone();
        let mut found: Vec<One<I>> = Vec::new();
        for gone in lists {
            let wanted = Lookup { name: Some(&name), gone: *gone, within: within.clone() };
            for one in self.named::<I>(I::list(&wanted)).await? {
                // What is gone is listed beside what is not.
                if found.iter().all(|other| other.id.to_string() != one.id.to_string()) {
                    found.push(one);
                }
            }
        }
        // An exact match wins over one in other letters, and what is in force over what is not.
        let mut matching: Vec<&One<I>> = found.iter().filter(|one| one.name == name).collect();
        if matching.is_empty() {
            matching = found.iter().filter(|one| one.name.to_lowercase() == name.to_lowercase()).collect();
        }
        let in_force: Vec<&One<I>> = matching.iter().copied().filter(|one| one.in_force).collect();
        if lists == [false] && in_force.len() == 1 {
            matching = in_force;
        }
        match matching.as_slice() {
            [one] => Ok(one.id.clone()),
            [] => {
                let others = self.named::<I>(I::list(&Lookup { within, ..Lookup::default() })).await?;
                let nearest = nearest(&name, others.iter().map(|one| one.name.as_str()));
                Err(CommandError::UnknownName { what: I::WHAT, given: name, nearest, all: I::ALL })
            }
            several => {
                let ids = several.iter().map(|one| match one.apart.as_str() {
                    "" => format!("`{}`", one.id),
                    apart => format!("`{}` ({apart})", one.id),
                });
                let what = <I::List as Paged>::Item::PLURAL;
                Err(CommandError::Ambiguous { what, given: name, ids: ids.collect() })
            }
        }
    }

    /// Every thing of a list, with its name.
    async fn named<I: Named>(&self, list: I::List) -> Result<Vec<One<I>>, CommandError> {
        let one = |item: &<I::List as Paged>::Item| {
            let (id, name) = I::of(item);
            One { id, name: name.to_owned(), in_force: I::is_in_force(item), apart: I::apart(item) }
        };
        Ok(self.all(list).await?.iter().map(one).collect())
    }

    /// Remembers what begins as an id does and does not go on like one: whoever has a thing of that name wonders why it is not found.
    fn note_id<I: Named>(&self, id: &I) {
        let id = id.to_string();
        if !is_id(&id, I::PREFIX) {
            self.taken_for_id.replace(Some(format!(
                "`{id}` was taken for an id, as it begins with `{}`: for a thing of this name give its id, which `{}` tells",
                I::PREFIX,
                I::ALL
            )));
        }
    }
}

/// A thing of a list.
struct One<I> {
    id: I,
    name: String,
    in_force: bool,
    apart: String,
}

impl Named for WorkspaceId {
    type List = ListWorkspaces;

    const PREFIX: &'static str = "ws_";
    const WHAT: &'static str = "workspace";
    const ALL: &'static str = "aisetu workspaces list";

    fn list(wanted: &Lookup<'_>) -> ListWorkspaces {
        ListWorkspaces { include_deleted: wanted.gone.then_some(true), limit: Some(PAGE), ..ListWorkspaces::default() }
    }

    fn of(item: &Workspace) -> (Self, &str) {
        (item.id.clone(), &item.name)
    }

    fn apart(item: &Workspace) -> String {
        format!("made {}", item.created_at)
    }
}

impl Named for ProjectId {
    type List = ListProjects;

    const PREFIX: &'static str = "prj_";
    const WHAT: &'static str = "project";
    const ALL: &'static str = "aisetu projects list";

    fn list(wanted: &Lookup<'_>) -> ListProjects {
        ListProjects {
            workspace_id: wanted.within.clone(),
            include_archived: wanted.gone.then_some(true),
            limit: Some(PAGE),
            ..ListProjects::default()
        }
    }

    fn of(item: &Project) -> (Self, &str) {
        (item.id.clone(), &item.name)
    }

    fn apart(item: &Project) -> String {
        format!("in {}, made {}", item.workspace_id, item.created_at)
    }
}

impl Named for ApiKeyId {
    type List = ListApiKeys;

    const PREFIX: &'static str = "key_";
    const WHAT: &'static str = "API key";
    const ALL: &'static str = "aisetu api-keys list";

    fn list(wanted: &Lookup<'_>) -> ListApiKeys {
        ListApiKeys {
            workspace_id: wanted.within.clone(),
            text: wanted.name.map(str::to_owned),
            state: wanted.gone.then_some(ApiKeyState::Deleted),
            limit: Some(PAGE),
            ..ListApiKeys::default()
        }
    }

    fn of(item: &ApiKey) -> (Self, &str) {
        (item.id.clone(), &item.name)
    }

    fn is_in_force(item: &ApiKey) -> bool {
        item.state != ApiKeyState::Revoked
    }

    fn apart(item: &ApiKey) -> String {
        format!("{}, in {}, made {}", item.state, item.workspace_id, item.created_at)
    }
}

impl Named for PatId {
    type List = ListPats;

    const PREFIX: &'static str = "pat_";
    const WHAT: &'static str = "personal access token";
    const ALL: &'static str = "aisetu pats list";

    fn list(_: &Lookup<'_>) -> ListPats {
        ListPats { limit: Some(PAGE), ..ListPats::default() }
    }

    fn of(item: &Pat) -> (Self, &str) {
        (item.id.clone(), &item.name)
    }

    fn is_in_force(item: &Pat) -> bool {
        item.state == PatState::Active
    }

    fn apart(item: &Pat) -> String {
        format!("{}, made {}", item.state, item.created_at)
    }
}

impl Named for ConnectionId {
    type List = ListConnections;

    const PREFIX: &'static str = "conn_";
    const WHAT: &'static str = "connection";
    const ALL: &'static str = "aisetu provider-credentials list";

    fn list(wanted: &Lookup<'_>) -> ListConnections {
        ListConnections { workspace_id: wanted.within.clone(), limit: Some(PAGE), ..ListConnections::default() }
    }

    /// By its slug, which is the name that models are called by.
    fn of(item: &Connection) -> (Self, &str) {
        (item.id.clone(), &item.slug)
    }

    fn apart(item: &Connection) -> String {
        format!("in {}, made {}", item.workspace_id, item.created_at)
    }
}

impl Named for UserId {
    type List = ListMembers;

    const PREFIX: &'static str = "usr_";
    const WHAT: &'static str = "member";
    const ALL: &'static str = "aisetu members list";

    fn list(_: &Lookup<'_>) -> ListMembers {
        ListMembers { limit: Some(PAGE), ..ListMembers::default() }
    }

    fn of(item: &Member) -> (Self, &str) {
        (item.user.id.clone(), &item.user.email)
    }
}

impl Named for InvitationId {
    type List = ListInvitations;

    const PREFIX: &'static str = "inv_";
    const WHAT: &'static str = "invitation";
    const ALL: &'static str = "aisetu members invitations";

    fn list(_: &Lookup<'_>) -> ListInvitations {
        ListInvitations { limit: Some(PAGE), ..ListInvitations::default() }
    }

    fn of(item: &Invitation) -> (Self, &str) {
        (item.id.clone(), &item.email)
    }

    fn apart(item: &Invitation) -> String {
        format!("{}, made {}", item.state, item.created_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_how_it_begins() {
        let key = |text: &str| text.parse::<Ref<ApiKeyId>>();
        assert_eq!(key("key_1"), Ok(Ref::Id("key_1".into())));
        // Those of other kinds are known by their length too: a name may begin as they do.
        for name in ["ci", "key", "Key_1", "my key_1", "", "log_archive", "ws_1"] {
            assert_eq!(key(name), Ok(Ref::Name(name.to_owned())));
        }
        assert_eq!(
            key("ws_01m8457ztde4ss6wsetsst75me").unwrap_err(),
            "it is the id of a workspace, where `key_…` or a name is wanted"
        );
    }
}
