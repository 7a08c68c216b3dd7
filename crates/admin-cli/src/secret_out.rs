//! Handing over a new secret: look at its place, have it made, write it there. When the last step fails, the second is undone.

use std::io;

use admin_core::auth::VerifyLoginCode;
use admin_core::pats::{Pat, RevokePat};
use admin_core::{Client, Confirm, CredentialSource, Issued, Issuing, Operation, OperationInfo};
use admin_local::{DeliveryError, Place, Probed, ProfileError, Receipt, Sink};
use admin_token::Secret;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Document, Show};
use crate::printer::Printer;

/// The flag of every command that makes a secret.
#[derive(Debug, clap::Args)]
pub(crate) struct SaveTo {
    /// Where the new secret goes: `stdout`, `file:PATH` (a new file) or `env:PATH#VAR` (one variable of an env file)
    #[arg(long, value_name = "SINK", default_value = "stdout")]
    save_to: Sink,
}

impl SaveTo {
    /// Whether the secret goes to standard output.
    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self.save_to, Sink::Stdout)
    }
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
    Aftermath::NotUndone(Some(error)) => format!("and {what} could not be {done} ({error})"),
    Aftermath::NotUndone(None) => format!("and {what} cannot be {done} any more"),
    Aftermath::Left => format!("and {what} was not {done}: an earlier run under the same idempotency key may have handed it over"),
})]
pub(crate) struct NotDelivered {
    thing: String,
    id: String,
    what: &'static str,
    done: &'static str,
    /// The command that mends it by hand.
    by_hand: String,
    aftermath: Aftermath,
    under_key: bool,
    #[source]
    cause: DeliveryCause,
}

/// What became of a thing whose secret did not arrive.
#[derive(Debug)]
enum Aftermath {
    Undone,
    /// It failed, or there was nothing to go back to.
    NotUndone(Option<CommandError>),
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
    #[error("it is not in what was to be written: {0}")]
    NotWritten(String),
    #[error(transparent)]
    Store(#[from] ProfileError),
}

impl NotDelivered {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        match &self.aftermath {
            Aftermath::Undone if self.under_key => hints.push(
                "take another idempotency key for the next try: this one answers with the dead secret".to_owned(),
            ),
            Aftermath::Undone => {}
            Aftermath::NotUndone(_) => hints.push(format!("nobody has its secret: run `{}`", self.by_hand)),
            Aftermath::Left => hints.push(format!(
                "within 10 minutes the same command under the same key hands it over; if nobody has it: `{}`",
                self.by_hand
            )),
        }
        hints.extend(match &self.cause {
            DeliveryCause::Sink(error) => error.hint(),
            DeliveryCause::Store(error) => error.hint(),
            DeliveryCause::NotWritten(_) => {
                Some("say where it goes with `--save-to`, or let `.secret` be written".to_owned())
            }
            DeliveryCause::Stdout(_) => None,
        });
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
    pub(crate) async fn issue<O: Issuing<Item: Show>>(
        &self,
        operation: O,
        to: &SaveTo,
    ) -> Result<Delivered<O::Item>, CommandError> {
        // A call that cannot be made is told before a place that cannot be written to.
        if O::INFO.is_public() {
            self.signed_out()?;
        } else {
            self.client()?;
        }
        let place = self.probe(&to.save_to)?;
        if place.is_none() && !self.shows_secrets() {
            return Err(CommandError::Input {
                what: "the secret would be lost: what is to be written has no place for it".to_owned(),
                flag: "--output",
                hint: "say where it goes with `--save-to`, or add `secret` to `--fields`",
            });
        }
        let Issued { item, secret } = self.execute(operation).await?;
        let hint = secret.hint().to_owned();
        let delivered = match place {
            Some(place) => {
                if place.masks() {
                    self.printer.mask(&secret);
                }
                place.deliver(&secret).map(Some).map_err(DeliveryCause::Sink)
            }
            None => self.print_secret(&item, &secret).map(|()| None),
        };
        match delivered {
            Ok(receipt) => Ok(Delivered { item, hint, receipt }),
            Err(cause) => Err(self.undo::<O>(&item, &secret, cause).await),
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
            None if self.for_people() => {
                self.note_details(item);
                self.printer.note("the secret is on standard output; it cannot be shown again");
            }
            None => {}
        }
        Ok(())
    }

    fn probe(&self, sink: &Sink) -> Result<Option<Place>, CommandError> {
        match sink.probe(&self.environment).map_err(CommandError::Sink)? {
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
    fn print_secret<T: Show>(&self, item: &T, secret: &Secret) -> Result<(), DeliveryCause> {
        let secret = secret.expose();
        let text = if self.for_people() {
            format!("{secret}\n")
        } else {
            self.text(Document::one(&Pair { item, secret })).map_err(DeliveryCause::NotWritten)?
        };
        if !text.contains(secret) {
            return Err(DeliveryCause::NotWritten("the filter or the template leaves it out".to_owned()));
        }
        Ok(Printer::data(&text)?)
    }

    /// What became of a token that somebody signed in for, and that could not be kept.
    pub(crate) async fn undo_sign_in(&self, client: &Client, pat: &Pat, cause: ProfileError) -> CommandError {
        let revoked = client.execute(RevokePat { id: pat.id.clone() }).await;
        let aftermath = match revoked {
            Ok(_) => Aftermath::Undone,
            Err(error) => Aftermath::NotUndone(Some(error.into())),
        };
        self.not_delivered::<VerifyLoginCode>(pat, aftermath, cause.into())
    }

    async fn undo<O: Issuing>(&self, item: &O::Item, secret: &Secret, cause: DeliveryCause) -> CommandError {
        // Someone may have the secret from an earlier run under the user's key.
        let handed_over_before = self.replayed.get() && self.global.idempotency_key.is_some();
        let aftermath = match O::undo(item) {
            _ if handed_over_before => Aftermath::Left,
            None => Aftermath::NotUndone(None),
            Some(undo) => match self.undo_with::<O>(undo, secret).await {
                Ok(_) => Aftermath::Undone,
                Err(error) => Aftermath::NotUndone(Some(error)),
            },
        };
        self.not_delivered::<O>(item, aftermath, cause)
    }

    /// Whoever signed in has no other token than the new one.
    async fn undo_with<O: Issuing>(
        &self,
        undo: O::Undo,
        secret: &Secret,
    ) -> Result<<O::Undo as Operation>::Output, CommandError> {
        if !O::INFO.is_public() {
            return self.follow_up(undo).await;
        }
        let client = self.signed_out()?;
        let client = self.holder(secret, client.config().base_url(), CredentialSource::Explicit)?;
        Ok(client.execute(undo).await?)
    }

    fn not_delivered<O: Issuing>(&self, item: &O::Item, aftermath: Aftermath, cause: DeliveryCause) -> CommandError {
        let id = O::id(item).to_owned();
        let by_hand = if O::undo(item).is_some() { by_hand(&O::Undo::INFO, &id) } else { by_hand(&O::INFO, &id) };
        let [what, done] = O::UNDONE;
        let thing = format!("{} `{id}`", O::NOUN);
        let under_key = self.global.idempotency_key.is_some();
        let failed = NotDelivered { thing, id, what, done, by_hand, aftermath, under_key, cause };
        CommandError::NotDelivered(Box::new(failed))
    }
}

/// The command that runs an operation on one thing, without a question.
fn by_hand(info: &OperationInfo, id: &str) -> String {
    let yes = if info.confirm == Confirm::None { "" } else { " --yes" };
    format!("aisetu {} {id}{yes}", info.command().join(" "))
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
