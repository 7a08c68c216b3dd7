//! Handing over a new secret: look at its place, have it made, write it there. When the last step fails, the second is undone.

use std::io;

use admin_core::{Issued, Operation};
use admin_local::{DeliveryError, Place, Probed, Receipt, Sink};
use admin_token::Secret;
use serde::Serialize;

use crate::args::OutputFormat;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::Show;

/// The flag of every command that makes a secret.
#[derive(Debug, clap::Args)]
pub(crate) struct SaveTo {
    /// Where the new secret goes: `stdout`, `file:PATH` (a new file) or `env:PATH#VAR` (one variable of an env file)
    #[arg(long, value_name = "SINK", default_value = "stdout")]
    save_to: Sink,
}

/// How to undo what made a secret.
pub(crate) struct Undo<O> {
    /// What undoes it.
    pub(crate) operation: O,
    /// The thing whose secret it is, such as "API key `key_…`".
    pub(crate) thing: String,
    /// Its id.
    pub(crate) id: String,
    /// What is undone, such as "the key".
    pub(crate) what: &'static str,
    /// What becomes of it, such as "revoked".
    pub(crate) done: &'static str,
    /// The command that mends it by hand, if it cannot be undone.
    pub(crate) by_hand: String,
}

/// A thing whose secret has been handed over.
pub(crate) struct Delivered<T> {
    pub(crate) item: T,
    hint: String,
    /// Where the secret is; none = on standard output.
    receipt: Option<Receipt>,
}

/// A new secret that did not arrive, and what became of it.
#[derive(Debug, thiserror::Error)]
#[error("the secret of {thing} could not be handed over, {}", match aftermath {
    Aftermath::Undone => format!("so {what} was {done}"),
    Aftermath::NotUndone(error) => format!("and {what} could not be {done} ({error})"),
    Aftermath::Left => format!("and {what} was not {done}: an earlier run under the same idempotency key may have handed it over"),
})]
pub(crate) struct NotDelivered {
    thing: String,
    id: String,
    what: &'static str,
    done: &'static str,
    by_hand: String,
    aftermath: Aftermath,
    #[source]
    cause: DeliveryCause,
}

/// What became of a thing whose secret did not arrive.
#[derive(Debug)]
enum Aftermath {
    Undone,
    NotUndone(CommandError),
    /// Not undone on purpose: under a key of the user's it may be in use.
    Left,
}

/// Why a secret did not arrive.
#[derive(Debug, thiserror::Error)]
enum DeliveryCause {
    #[error(transparent)]
    Sink(#[from] DeliveryError),
    #[error("cannot write to standard output: {0}")]
    Stdout(#[from] io::Error),
}

impl NotDelivered {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        match &self.aftermath {
            Aftermath::Undone => {}
            Aftermath::NotUndone(_) => hints.push(format!("nobody has its secret: run `{}`", self.by_hand)),
            Aftermath::Left => hints.push(format!(
                "within 10 minutes the same command under the same key hands it over; if nobody has it: `{}`",
                self.by_hand
            )),
        }
        if let DeliveryCause::Sink(error) = &self.cause {
            hints.extend(error.hint());
        }
        hints
    }
}

/// A thing and its secret, for a program that reads both.
#[derive(Serialize)]
struct Pair<'a, T> {
    item: &'a T,
    secret: &'a str,
}

impl Context {
    /// Runs an operation that makes a secret, and hands it over.
    pub(crate) async fn issue<O, T, U>(
        &self,
        operation: O,
        to: &SaveTo,
        undo: impl FnOnce(&T) -> Undo<U>,
    ) -> Result<Delivered<T>, CommandError>
    where
        O: Operation<Output = Issued<T>>,
        T: Show,
        U: Operation,
    {
        // A call that cannot be made is told before a place that cannot be written to.
        self.client()?;
        let place = self.probe(&to.save_to)?;
        let Issued { item, secret } = self.execute(operation).await?;
        let hint = secret.hint().to_owned();
        let delivered = match place {
            Some(place) => place.deliver(&secret).map(Some).map_err(DeliveryCause::Sink),
            None => self.print_secret(&item, &secret).map(|()| None).map_err(DeliveryCause::Stdout),
        };
        match delivered {
            Ok(receipt) => Ok(Delivered { item, hint, receipt }),
            Err(cause) => Err(self.undo(undo(&item), cause).await),
        }
    }

    /// Prints what is left to print once the secret is where it belongs.
    pub(crate) fn report<T: Show>(&self, delivered: &Delivered<T>) -> Result<(), CommandError> {
        let Delivered { item, hint, receipt } = delivered;
        match receipt {
            Some(receipt) => {
                self.print(item)?;
                self.printer.note(format_args!("the secret (…{hint}) is in {receipt}"));
            }
            None if self.printer.format == OutputFormat::Table => {
                self.note_details(item);
                self.printer.note("the secret is on standard output; it cannot be shown again");
            }
            None => {}
        }
        Ok(())
    }

    fn probe(&self, sink: &Sink) -> Result<Option<Place>, CommandError> {
        match sink.probe().map_err(CommandError::Sink)? {
            Probed::Stdout if stdout_leads_nowhere() => Err(CommandError::NoStdout),
            Probed::Stdout => Ok(None),
            Probed::Place(place) => {
                for warning in place.warnings() {
                    self.printer.warning(warning);
                }
                Ok(Some(place))
            }
        }
    }

    /// The secret alone on a line, so that `KEY=$(aisetu api-keys create ..)` works; for a program the pair.
    fn print_secret<T: Show>(&self, item: &T, secret: &Secret) -> io::Result<()> {
        match self.printer.format {
            OutputFormat::Table => self.printer.data(&format!("{}\n", secret.expose())),
            OutputFormat::Json | OutputFormat::Jsonl => self.printer.json(&Pair { item, secret: secret.expose() }),
        }
    }

    async fn undo<U: Operation>(&self, undo: Undo<U>, cause: DeliveryCause) -> CommandError {
        let Undo { operation, thing, id, what, done, by_hand } = undo;
        let aftermath = if self.global.idempotency_key.is_some() {
            Aftermath::Left
        } else {
            match self.follow_up(operation).await {
                Ok(_) => Aftermath::Undone,
                Err(error) => Aftermath::NotUndone(error),
            }
        };
        let failed = NotDelivered { thing, id, what, done, by_hand, aftermath, cause };
        CommandError::NotDelivered(Box::new(failed))
    }
}

/// Whether standard output is the null device, which it also is when the caller closed it.
#[cfg(unix)]
fn stdout_leads_nowhere() -> bool {
    use std::fs::{self, File};
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let stdout = io::stdout().as_fd().try_clone_to_owned().and_then(|stdout| File::from(stdout).metadata());
    let null = fs::metadata("/dev/null");
    matches!((stdout, null), (Ok(stdout), Ok(null)) if (stdout.dev(), stdout.ino()) == (null.dev(), null.ino()))
}

#[cfg(not(unix))]
fn stdout_leads_nowhere() -> bool {
    false
}
