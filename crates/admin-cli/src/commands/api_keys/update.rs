//! `aisetu api-keys update` and `update-restrictions`.

use admin_core::api_keys::{RestrictionsInput, UpdateApiKey, UpdateApiKeyRestrictions};
use admin_core::{ApiKeyId, Metadata, ThreeState};
use clap::Args;

use super::label;
use super::rules::{NoRestrictionArgs, RestrictionArgs, SpendingArgs, or_absent};
use crate::context::Context;
use crate::error::CommandError;
use crate::expiry::Expiry;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct UpdateArgs {
    /// The key's id (`key_…`)
    id: ApiKeyId,
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
        let restrictions = self.none.with(self.restrictions.given());
        let budget = if self.no_budget { ThreeState::Null } else { or_absent(self.spending.budget.budget()) };
        let projects = match self.spending.projects {
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
            ..UpdateApiKey::new(self.id)
        };
        context.print(&context.execute(operation).await?)
    }
}

#[derive(Debug, Args)]
pub(crate) struct UpdateRestrictionsArgs {
    /// The key's id (`key_…`)
    id: ApiKeyId,
    #[command(flatten)]
    restrictions: RestrictionArgs,
    #[command(flatten)]
    none: NoRestrictionArgs,
}

impl UpdateRestrictionsArgs {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let RestrictionsInput { ip_addresses, referrers, rate_limit, time_restrictions, .. } =
            self.none.with(self.restrictions.given());
        let operation = UpdateApiKeyRestrictions {
            ip_addresses,
            referrers,
            rate_limit,
            time_restrictions,
            ..UpdateApiKeyRestrictions::new(self.id)
        };
        context.print(&context.execute(operation).await?)
    }
}
