//! `aisetu api-keys update` and `update-restrictions`.

use admin_core::api_keys::{ApiKey, GetApiKey, RestrictionsInput, UpdateApiKey, UpdateApiKeyRestrictions};
use admin_core::{ApiKeyId, Metadata, ThreeState};
use clap::{ArgGroup, Args};

use super::label;
use super::rules::{NoRestrictionArgs, RestrictionArgs, SpendingArgs, or_absent};
use crate::context::Context;
use crate::error::CommandError;
use crate::expiry::Expiry;
use crate::names::Ref;

/// A change changes something.
fn change() -> ArgGroup {
    ArgGroup::new("change").required(true).multiple(true)
}

const FIELDS: [&str; 13] = [
    "name",
    "description",
    "disable",
    "enable",
    "scopes",
    "projects",
    "any_project",
    "budget",
    "no_budget",
    "expires",
    "no_expiry",
    "metadata",
    "no_metadata",
];
const RULES: [&str; 10] =
    ["ips", "any_ip", "referrers", "any_referrer", "rate", "no_rate", "days", "hours", "tz", "any_time"];

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(group(change().args(FIELDS).args(RULES)))]
pub(crate) struct UpdateArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    /// Another name: 1 to 100 characters
    #[arg(long)]
    name: Option<String>,
    /// What it is for: at most 500 characters; an empty text takes it away
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Switch it off until `--enable`
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// Switch it on again
    #[arg(long)]
    enable: bool,
    /// What it may do, in the place of what it may; give the flag once for each scope
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// In any project again
    #[arg(long, conflicts_with = "projects")]
    any_project: bool,
    /// Without a budget again
    #[arg(long, conflicts_with = "budget")]
    no_budget: bool,
    /// When it expires: `90d`, or an instant (RFC 3339)
    #[arg(long, value_name = "WHEN", conflicts_with = "no_expiry")]
    expires: Option<Expiry>,
    /// Never expires
    #[arg(long)]
    no_expiry: bool,
    /// A label of your own, in the place of all there are; give the flag once for each label
    #[arg(long, value_name = "LABEL=VALUE", value_parser = label, conflicts_with = "no_metadata")]
    metadata: Vec<(String, String)>,
    /// Take all labels away
    #[arg(long)]
    no_metadata: bool,
    #[command(flatten)]
    spending: SpendingArgs,
    #[command(flatten)]
    restrictions: RestrictionArgs,
    #[command(flatten)]
    none: NoRestrictionArgs,
}

impl UpdateArgs {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let by_name = self.spending.projects.iter().any(|project| matches!(project, Ref::Name(_)));
        let known = self.restrictions.keeps_times() || self.spending.budget.keeps_zone() || by_name;
        let id = context.id(self.id).await?;
        let before = before(context, &id, known).await?;
        if let Some(key) = &before {
            context.look_within(&key.workspace_id);
        }
        let times = before.as_ref().and_then(|key| key.restrictions.time_restrictions.clone());
        let restrictions = self.none.with(self.restrictions.given(times));
        let budget_before = before.as_ref().and_then(|key| key.budget.as_ref());
        let budget = match self.spending.budget.budget(budget_before) {
            None if self.no_budget => ThreeState::Null,
            budget => or_absent(budget),
        };
        let projects = match context.ids(self.spending.projects).await? {
            ids if !ids.is_empty() => ids.into(),
            _ if self.any_project => ThreeState::Null,
            _ => ThreeState::Absent,
        };
        let metadata = if self.no_metadata {
            ThreeState::Null
        } else {
            or_absent((!self.metadata.is_empty()).then(|| self.metadata.into_iter().collect::<Metadata>()))
        };
        let operation = UpdateApiKey {
            name: self.name,
            description: match self.description {
                Some(text) if text.is_empty() => ThreeState::Null,
                text => or_absent(text),
            },
            disabled: match (self.disable, self.enable) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            },
            scopes: (!self.scopes.is_empty()).then_some(self.scopes),
            projects,
            restrictions: or_absent((restrictions != RestrictionsInput::default()).then_some(restrictions)),
            budget,
            metadata,
            expires_at: if self.no_expiry { ThreeState::Null } else { or_absent(context.expiry(self.expires)?) },
            ..UpdateApiKey::new(id)
        };
        context.print(&context.execute(operation).await?)
    }
}

/// The key as it is, where that must be known.
async fn before(context: &Context, id: &ApiKeyId, known: bool) -> Result<Option<ApiKey>, CommandError> {
    if !known {
        return Ok(None);
    }
    context.follow_up(GetApiKey { id: id.clone() }).await.map(Some)
}

#[derive(Debug, Args)]
#[command(group(change().args(RULES)))]
pub(crate) struct UpdateRestrictionsArgs {
    /// The key (`key_…` or its name)
    #[arg(value_name = "KEY")]
    id: Ref<ApiKeyId>,
    #[command(flatten)]
    restrictions: RestrictionArgs,
    #[command(flatten)]
    none: NoRestrictionArgs,
}

impl UpdateRestrictionsArgs {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let id = context.id(self.id).await?;
        let times = before(context, &id, self.restrictions.keeps_times())
            .await?
            .and_then(|key| key.restrictions.time_restrictions);
        let RestrictionsInput { ip_addresses, referrers, rate_limit, time_restrictions, .. } =
            self.none.with(self.restrictions.given(times));
        let operation = UpdateApiKeyRestrictions {
            ip_addresses,
            referrers,
            rate_limit,
            time_restrictions,
            ..UpdateApiKeyRestrictions::new(id)
        };
        context.print(&context.execute(operation).await?)
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    use super::*;

    #[test]
    fn every_flag_is_a_change() {
        for command in
            [UpdateArgs::augment_args, UpdateRestrictionsArgs::augment_args].map(|add| add(Command::new("c")))
        {
            let change = command.get_groups().find(|group| group.get_id() == "change").unwrap();
            let changes: Vec<_> = change.get_args().collect();
            let flags = command.get_arguments().map(Arg::get_id).filter(|flag| !changes.contains(flag));
            // Which key; and what another flag must stand beside.
            let others: Vec<_> = flags.filter(|flag| !["burst", "budget_tz"].contains(&flag.as_str())).collect();
            assert_eq!(others, ["id"]);
        }
    }
}
