//! A change of the files of clients: looked at as a whole, shown or agreed to, then made.

use admin_local::clients::{Change, Client, ClientError, Found};

use super::outcome::{Outcome, print};
use crate::context::Context;
use crate::error::CommandError;
use crate::output::printable;

/// What is to be done for each client.
pub(super) struct Task<'t> {
    /// The command, such as `mcp install`.
    pub(super) command: &'static str,
    /// Looks what would change.
    pub(super) change: &'t dyn Fn(&'static Client) -> Result<Change, ClientError>,
    /// What the entry starts, if that may be shown.
    pub(super) entry: &'t dyn Fn(&Change) -> Option<Found>,
    /// What becomes of the entry, in words.
    pub(super) became: fn(&Change) -> &'static str,
}

impl Task<'_> {
    /// Does it for the client that was named, or for all of these.
    pub(super) fn run(
        &self,
        context: &Context,
        clients: &[&'static Client],
        all: bool,
        dry_run: bool,
    ) -> Result<(), CommandError> {
        // What one of them refuses changes none.
        let changes = clients.iter().map(|client| (self.change)(client)).collect::<Result<Vec<_>, _>>()?;
        if dry_run {
            let shown = |change: &Change| Outcome::shown(change, (self.entry)(change).as_ref(), (self.became)(change));
            return print(context, &changes.iter().map(shown).collect::<Result<Vec<_>, _>>()?, all);
        }
        for change in &changes {
            self.agree(context, change)?;
        }
        let mut outcomes = Vec::new();
        let mut failed = None;
        for client in clients {
            match self.make(client) {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        if failed.is_none() || !outcomes.is_empty() {
            print(context, &outcomes, all)?;
        }
        for (client, _) in clients.iter().zip(&outcomes).filter(|(_, outcome)| outcome.changed()) {
            context.printer.note(format_args!("{} reads its file when it starts", client.title()));
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Looks again, because two clients may have one file, and makes the change.
    fn make(&self, client: &'static Client) -> Result<Outcome, ClientError> {
        let change = (self.change)(client)?;
        let (entry, became) = ((self.entry)(&change), (self.became)(&change));
        Outcome::made(change, entry.as_ref(), became)
    }

    /// Asks before the entry of somebody else goes away.
    fn agree(&self, context: &Context, change: &Change) -> Result<(), CommandError> {
        if !change.takes_from_others() {
            return Ok(());
        }
        let registration = change.registration();
        let starts = match change.found().and_then(Found::command) {
            Some(command) => format!("starts `{}`", printable(command)),
            None => "starts no program".to_owned(),
        };
        let entry = format!("the entry `{}` of `{}`", registration.name(), registration.path().display());
        context.confirm_here(self.command, &format!("{entry}, which {starts} and is not ours"))
    }
}
