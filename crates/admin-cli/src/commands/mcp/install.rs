//! `aisetu mcp install`.

use admin_core::env::{AI_SETU_API_BASE_URL, AI_SETU_PAT};
use admin_local::clients::{Change, ClientError, ServerOptions};
use admin_local::{
    AI_SETU_CONFIG_DIR, AI_SETU_PROFILE, CredentialStore, Found, Origin, Wanted, login_command, signed_out,
};
use clap::Args;

use super::target::{TargetArgs, here, server, surroundings};
use super::task::Task;
use crate::context::Context;
use crate::error::CommandError;

#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Start it without the tools that change something
    #[arg(long)]
    read_only: bool,
}

impl InstallArgs {
    pub(super) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("mcp install")?;
        let surroundings = surroundings(context);
        let named = self.target.client(&surroundings)?;
        let clients: Vec<_> = match named {
            Some(client) => vec![client],
            None => here(self.target.entry.all_clients(), &surroundings).collect(),
        };
        if clients.is_empty() {
            return Err(ClientError::NoneHere.into());
        }
        let server = server(self.options(context)?, &surroundings)?;
        let task = Task {
            command: "mcp install",
            change: &|client| self.target.entry.registration(client, &surroundings)?.put(&server),
            entry: &|_| Some(server.entry()),
            became,
        };
        task.run(context, &clients, named.is_none(), self.target.dry_run)?;
        warn(context);
        Ok(())
    }

    /// How the client is to start it: as the flags say, and not as the environment of this moment does.
    fn options(&self, context: &Context) -> Result<ServerOptions, CommandError> {
        let mut base_url = None;
        if context.global.base_url.is_some() {
            let wanted = Wanted { profile: None, ..context.wanted() };
            let config = signed_out(&wanted, &context.environment, context.builder())?;
            base_url = Some(config.base_url().as_str().to_owned());
        }
        Ok(ServerOptions { profile: context.global.profile.clone(), base_url, read_only: self.read_only })
    }
}

/// Says what is there for this command and will not be for the client.
fn warn(context: &Context) {
    let profile = context.global.profile.as_ref();
    let names_url = profile.is_some() || context.global.base_url.is_some();
    let counts = [
        (AI_SETU_PAT, profile.is_none()),
        (AI_SETU_PROFILE, profile.is_none()),
        (AI_SETU_API_BASE_URL, !names_url),
        (AI_SETU_CONFIG_DIR, true),
    ];
    for (variable, _) in counts.iter().filter(|(name, counts)| *counts && context.environment.get(name).is_some()) {
        context.printer.warning(format_args!(
            "`{variable}` is set here and goes into no file: a client that is started without it does not have it"
        ));
    }
    let Some(name) = profile else {
        let chosen = context.settings.profile(None, &context.environment);
        if let Ok(Found { value, origin: origin @ Origin::Bound { .. } }) = chosen {
            context.printer.warning(format_args!(
                "profile `{value}` is used here because of {origin}: a client that is started elsewhere uses another; `--profile {value}` \
                 names it"
            ));
        }
        return;
    };
    let found = CredentialStore::open(&context.environment).ok().and_then(|store| store.profiles().find(name).ok());
    if matches!(found, Some(None)) {
        let login = login_command(name);
        context.printer.warning(format_args!("there is no profile `{name}` yet: `{login}` makes it"));
    }
}

/// What becomes of the entry.
fn became(change: &Change) -> &'static str {
    match (change.found(), change.is_needed()) {
        (_, false) => "already there",
        (None, true) => "added",
        (Some(_), true) => "changed",
    }
}
