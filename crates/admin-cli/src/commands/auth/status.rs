//! `aisetu auth status`.

use admin_core::auth::WhoAmI;
use admin_core::env::AI_SETU_PAT;
use admin_core::{CredentialSource, Pat};
use admin_local::{CredentialStore, locate};
use clap::Args;

use super::session::Session;
use crate::context::Context;
use crate::error::CommandError;

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Ask neither the control plane nor the keyring: what is known on this machine
    #[arg(long)]
    offline: bool,
}

impl StatusArgs {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let located = locate(&context.wanted(), &context.environment)?;
        let store = CredentialStore::open(&context.environment).ok();
        let mut session = if let (Some((name, profile)), Some(store)) = (&located.profile, &store) {
            Session::of_profile(&located.base_url, name, profile, store)
        } else {
            let text = context.environment.get(AI_SETU_PAT).unwrap_or_default();
            let pat = Pat::parse(&text, CredentialSource::Env(AI_SETU_PAT))?;
            Session::of_environment(&located.base_url, pat.hint())
        };
        if self.offline {
            context.refuse_idempotency_key("auth status")?;
        } else {
            session = session.checked(context.execute(WhoAmI {}).await?);
        }
        context.print(&session)?;
        let name = context.profile_name()?;
        let kept = store.and_then(|store| store.profiles().find(&name).ok().flatten());
        if located.profile.is_none() && kept.is_some() {
            context.printer.note(format_args!("`{AI_SETU_PAT}` wins over the profile `{name}`, which is there too"));
        }
        Ok(())
    }
}
