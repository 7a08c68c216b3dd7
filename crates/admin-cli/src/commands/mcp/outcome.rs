//! What became of an entry, as it is shown.

use admin_local::clients::{Change, ClientError, Found};
use admin_local::shell_word;
use serde::Serialize;

use crate::args::OutputFormat;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show, printable};
use crate::printer::Printer;

/// What became of an entry, or would become of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    client: &'static str,
    path: String,
    name: String,
    changed: bool,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
    /// The file as it first was.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<String>,
    #[serde(skip)]
    became: &'static str,
}

/// Those of several clients.
#[derive(Serialize)]
struct Outcomes<'a> {
    clients: &'a [Outcome],
}

impl Outcome {
    /// `entry` is what the entry starts, if it is ours to show.
    fn new(change: &Change, entry: Option<&Found>, became: &'static str) -> Self {
        let registration = change.registration();
        Self {
            client: registration.client().name(),
            path: registration.path().display().to_string(),
            name: registration.name().to_owned(),
            changed: change.is_needed(),
            dry_run: false,
            command: entry.and_then(Found::command).map(str::to_owned),
            args: entry.map(|entry| entry.args().to_vec()),
            diff: None,
            backup: None,
            became,
        }
    }

    /// Of a change that is only shown.
    pub(super) fn shown(change: &Change, entry: Option<&Found>, became: &'static str) -> Result<Self, ClientError> {
        let diff = Some(change.diff()?);
        Ok(Self { dry_run: true, diff, ..Self::new(change, entry, became) })
    }

    /// Of a change that is made.
    pub(super) fn made(change: Change, entry: Option<&Found>, became: &'static str) -> Result<Self, ClientError> {
        let outcome = Self::new(&change, entry, became);
        let backup = change.apply()?.map(|path| path.display().to_string());
        Ok(Self { backup, ..outcome })
    }

    pub(super) const fn changed(&self) -> bool {
        self.changed && !self.dry_run
    }
}

impl Show for Outcome {
    const PLURAL: &'static str = "entries";

    fn fields(&self) -> Vec<Field> {
        let words = self.command.iter().chain(self.args.iter().flatten()).map(|word| shell_word(word));
        vec![
            Field::column("client", self.client.to_owned()),
            Field::column("entry", self.name.clone()),
            Field::column("outcome", self.became.to_owned()),
            Field::column("file", self.path.clone()),
            Field::detail("starts", words.collect::<Vec<_>>().join(" ")),
            Field::detail("as it first was", self.backup.clone()),
        ]
    }
}

/// Prints the outcome for the client that was named, or those for all of them.
pub(super) fn print(context: &Context, outcomes: &[Outcome], all: bool) -> Result<(), CommandError> {
    let dry_run = outcomes.iter().any(|outcome| outcome.dry_run);
    match outcomes {
        _ if dry_run && context.printer.format == OutputFormat::Table => show(context, outcomes),
        [outcome] if !all => context.print(outcome),
        outcomes => context.print_items(outcomes, &Outcomes { clients: outcomes }),
    }
}

/// The differences as they are, and beside them what they are about.
fn show(context: &Context, outcomes: &[Outcome]) -> Result<(), CommandError> {
    for outcome in outcomes {
        let Outcome { client, name, path, became, .. } = outcome;
        if !outcome.changed {
            context.printer.note(format_args!("{client}: the entry `{name}` of `{path}` is {became}"));
        }
        let lines: String =
            outcome.diff.iter().flat_map(|diff| diff.lines()).map(|line| printable(line) + "\n").collect();
        Printer::data(&lines).map_err(CommandError::stdout)?;
    }
    context.printer.note("nothing was written");
    Ok(())
}
