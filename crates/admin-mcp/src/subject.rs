//! What a call is about that a person confirms, and what they type: the name of what goes away, or the sum of what is to be paid.

use admin_core::api_keys::{ApiKey, GetApiKey, GetApiKeyUsage, ListApiKeys};
use admin_core::members::{ListInvitations, ListMembers};
use admin_core::pats::ListPats;
use admin_core::projects::ListProjects;
use admin_core::provider_credentials::ListConnections;
use admin_core::usage::TimeUnit;
use admin_core::workspaces::GetWorkspace;
use admin_core::{Client, Confirm, Decimal, Error, ErrorCode, OperationInfo, Paged};
use rmcp::model::JsonObject;

use crate::clean;
use crate::error::ToolError;

/// The argument that says what a call is about.
pub(crate) const NAMED_BY: [&str; 2] = ["id", "userId"];

#[derive(Clone)]
pub(crate) struct Subject {
    /// Empty for what does not exist yet.
    pub(crate) id: String,
    /// What a person types, without what nobody sees.
    pub(crate) name: String,
    /// What hangs on it.
    pub(crate) weight: Vec<String>,
    pub(crate) kind: Kind,
}

/// What it is that a person types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The name of something.
    Name,
    /// A sum in USD.
    Amount,
}

impl Subject {
    /// What there is as before if nobody confirms.
    pub(crate) fn untouched(&self) -> String {
        match self.kind {
            Kind::Name => format!("`{}` was left as it is", self.name),
            Kind::Amount => "nothing was made".to_owned(),
        }
    }

    /// Whether a person typed what they were asked for.
    pub(crate) fn is(&self, typed: &str) -> bool {
        match self.kind {
            Kind::Name => seen(typed).as_ref() == Some(&self.name),
            Kind::Amount => {
                matches!((typed.trim().parse::<Decimal>(), self.name.parse()), (Ok(typed), Ok(asked)) if typed == asked)
            }
        }
    }
}

/// What has a name to type.
enum Named {
    ApiKey,
    Invitation,
    Member,
    Pat,
    Project,
    Connection,
    Workspace,
    /// The sum in the argument `usd`.
    Sum,
}

fn named(info: &OperationInfo) -> Option<Named> {
    if info.confirm == Confirm::Money {
        return Some(Named::Sum);
    }
    match info.namespace {
        "api_keys" => Some(Named::ApiKey),
        "members" if info.method == "remove" => Some(Named::Member),
        "members" => Some(Named::Invitation),
        "pats" => Some(Named::Pat),
        "projects" => Some(Named::Project),
        "provider_credentials" => Some(Named::Connection),
        "workspaces" => Some(Named::Workspace),
        _ => None,
    }
}

/// Finds what the call is about.
///
/// # Errors
/// `INTERNAL` where no name is known to type: what cannot be confirmed is not done.
pub(crate) async fn find(client: &Client, info: &OperationInfo, arguments: &JsonObject) -> Result<Subject, ToolError> {
    let given = |name: &&str| arguments.get(*name).and_then(serde_json::Value::as_str);
    let id = NAMED_BY.iter().find_map(given).unwrap_or_default().to_owned();
    let mut weight = Vec::new();
    let name = match named(info) {
        Some(Named::ApiKey) => {
            let key = client.execute(GetApiKey { id: id.as_str().into() }).await?;
            weight = of_key(client, &key).await;
            key.name
        }
        Some(Named::Workspace) => {
            let workspace = client.execute(GetWorkspace { id: id.as_str().into() }).await?;
            weight = of_workspace(client, &id).await;
            workspace.name
        }
        Some(Named::Invitation) => invited(client, &id).await?,
        Some(Named::Member) => member(client, &id).await?,
        Some(Named::Pat) => pat_name(client, &id).await?,
        Some(Named::Project) => project_name(client, &id).await?,
        Some(Named::Connection) => slug(client, &id).await?,
        Some(Named::Sum) => return sum(arguments),
        None => String::new(),
    };
    if name.is_empty() {
        let message = format!("there is no name to confirm `{}` by; nothing was changed", info.tool);
        return Err(ToolError::new(ErrorCode::Internal, message, "tell the user; the command line can do it"));
    }
    let name = seen(&name).unwrap_or_else(|| id.clone());
    Ok(Subject { id, name, weight, kind: Kind::Name })
}

/// What a person sees of a name, and can type; `None` = nothing.
fn seen(name: &str) -> Option<String> {
    let seen = clean::line(name).trim().to_owned();
    (!seen.is_empty()).then_some(seen)
}

/// When a key was last used and how much. What may not be read is not told.
async fn of_key(client: &Client, key: &ApiKey) -> Vec<String> {
    let newest = key.versions.iter().max_by_key(|version| version.last_used_at);
    let from = newest.and_then(|version| version.last_used_ip.as_deref());
    let used = match (key.last_used_at, from) {
        (None, _) => "it was never used".to_owned(),
        (Some(at), None) => format!("it was last used at {at}"),
        (Some(at), Some(ip)) => format!("it was last used at {at} from {}", clean::line(ip)),
    };
    // By the hour it is that of the last 24 hours.
    let usage = GetApiKeyUsage { group_by: Some(TimeUnit::Hour), ..GetApiKeyUsage::new(&key.id) };
    let calls = client.execute(usage).await.ok();
    let calls = calls.map(|usage| format!("it had {} requests in the last 24 hours", usage.total.requests));
    [Some(used), calls].into_iter().flatten().collect()
}

/// How many keys a workspace takes with it.
async fn of_workspace(client: &Client, id: &str) -> Vec<String> {
    let keys = ListApiKeys { workspace_id: Some(id.into()), limit: Some(1), ..ListApiKeys::default() };
    let count = client.execute(keys).await.ok().and_then(|page| page.total_count);
    count.map(|count| format!("its {count} API keys stop working")).into_iter().collect()
}

fn sum(arguments: &JsonObject) -> Result<Subject, ToolError> {
    let usd = arguments.get("usd").and_then(serde_json::Value::as_str).unwrap_or_default();
    match usd.parse::<Decimal>() {
        Ok(usd) => Ok(Subject { id: String::new(), name: usd.to_string(), weight: Vec::new(), kind: Kind::Amount }),
        Err(error) => {
            Err(ToolError::new(ErrorCode::BadUserInput, format!("`usd`: {error}"), "call again with an amount"))
        }
    }
}

/// The name of the first item of a list that is the one, on whatever page.
async fn search<O: Paged>(
    client: &Client,
    mut list: O,
    name: impl Fn(O::Item) -> Option<String>,
) -> Result<Option<String>, Error> {
    loop {
        let page = client.execute(list.clone()).await?;
        if let Some(found) = page.items.into_iter().find_map(&name) {
            return Ok(Some(found));
        }
        match page.next_cursor {
            Some(cursor) => list = list.after(cursor),
            None => return Ok(None),
        }
    }
}

fn not_found(what: &str, list: &str) -> ToolError {
    ToolError::new(ErrorCode::NotFound, format!("{what} not found"), format!("call {list} and use an id from it"))
}

/// The address of who was invited and has not come yet.
async fn invited(client: &Client, id: &str) -> Result<String, ToolError> {
    let list = ListInvitations { limit: Some(100), ..ListInvitations::default() };
    let found = search(client, list, |one| (one.id.as_ref() == id).then_some(one.email)).await?;
    found.ok_or_else(|| not_found("open invitation", "list_invitations"))
}

/// The slug of a connection.
async fn slug(client: &Client, id: &str) -> Result<String, ToolError> {
    let list = ListConnections { limit: Some(100), ..ListConnections::default() };
    let found = search(client, list, |one| (one.id.as_ref() == id).then_some(one.slug)).await?;
    found.ok_or_else(|| not_found("living connection", "list_connections"))
}

/// The address of a member.
async fn member(client: &Client, id: &str) -> Result<String, ToolError> {
    let list = ListMembers { limit: Some(100), ..ListMembers::default() };
    let found = search(client, list, |one| (one.user.id.as_ref() == id).then_some(one.user.email)).await?;
    found.ok_or_else(|| not_found("member", "list_members"))
}

/// A living project: an archived one is not changed.
async fn project_name(client: &Client, id: &str) -> Result<String, ToolError> {
    let list = ListProjects { limit: Some(100), ..ListProjects::default() };
    let found = search(client, list, |one| (one.id.as_ref() == id).then_some(one.name)).await?;
    found.ok_or_else(|| not_found("project", "list_projects"))
}

/// One's own token, else one of the tenant, which only an OWNER may list.
async fn pat_name(client: &Client, id: &str) -> Result<String, ToolError> {
    for all_users in [None, Some(true)] {
        let list = ListPats { all_users, limit: Some(100), ..ListPats::default() };
        match search(client, list, |one| (one.id.as_ref() == id).then_some(one.name)).await {
            Ok(Some(name)) => return Ok(name),
            Ok(None) => {}
            Err(Error::GraphQl(refused)) if all_users.is_some() && refused.code == ErrorCode::Unauthorized => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(not_found("personal access token", "list_pats"))
}

#[cfg(test)]
mod tests {
    use admin_core::operations;

    use super::*;

    #[test]
    fn a_name_that_nobody_sees_is_not_confirmed_by_typing_nothing() {
        assert_eq!(seen("\u{e0043}\u{e0049} \u{200b}"), None);
        let subject =
            |name: &str| Subject { id: String::new(), name: name.to_owned(), weight: Vec::new(), kind: Kind::Name };
        assert!(subject("CI").is(" CI\u{200b}") && !subject("CI").is("ci") && !subject("CI").is(""));
        assert!(!subject("").is(""), "nor by a mistake of ours");
    }

    #[test]
    fn whatever_is_confirmed_has_a_name_to_type() {
        for info in operations().iter().filter(|info| info.confirm != Confirm::None) {
            assert!(named(info).is_some(), "`{}`: teach `find` the names of `{}`", info.tool, info.namespace);
        }
    }
}
