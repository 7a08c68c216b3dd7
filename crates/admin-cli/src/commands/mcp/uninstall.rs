//! `aisetu mcp uninstall`.

use admin_local::clients::{Change, ServerOptions};
use clap::Args;

use super::target::{TargetArgs, server, surroundings};
use super::task::Task;
use crate::context::Context;
use crate::error::CommandError;

#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    target: TargetArgs,
}

impl UninstallArgs {
    pub(super) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("mcp uninstall")?;
        let surroundings = surroundings(context);
        let registration = |client| self.target.entry.registration(client, &surroundings);
        let named = self.target.client(&surroundings)?;
        let mut clients: Vec<_> = named.into_iter().collect();
        if named.is_none() {
            // The file of a client that is gone may still be there.
            for client in self.target.entry.all_clients() {
                if registration(client)?.found()?.is_some() {
                    clients.push(client);
                }
            }
        }
        let server = server(ServerOptions::default(), &surroundings)?;
        let task = Task {
            command: "mcp uninstall",
            change: &|client| registration(client)?.take(&server),
            // In the entry of somebody else a secret may stand.
            entry: &|change| change.found().filter(|_| !change.takes_from_others()).cloned(),
            became,
        };
        task.run(context, &clients, named.is_none(), self.target.dry_run)
    }
}

/// What becomes of the entry.
fn became(change: &Change) -> &'static str {
    if change.is_needed() { "taken out" } else { "not there" }
}
