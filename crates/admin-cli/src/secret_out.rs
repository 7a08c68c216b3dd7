//! Handing over a new secret: look at its place, have it made, write it there. When the last step fails, the second is undone.

use std::fmt;
use std::io;

use admin_core::auth::VerifyLoginCode;
use admin_core::pats::{Pat, RevokePat};
use admin_core::{Client, Confirm, CredentialSource, Issued, Issuing, Operation, OperationInfo};
use admin_local::{Before, DeliveryError, Overwrites, Place, Probed, ProfileError, Receipt, Sink, agent};
use admin_token::Secret;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};
use crate::printer::Printer;
use crate::reveal::Reveal;

/// The flags of every command that makes a secret.
#[derive(Debug, clap::Args)]
pub(crate) struct SaveTo {
    /// Where the new secret goes; give the flag once for each place: `stdout`, `file:PATH` (a new file), `env:PATH#VAR` (one variable of an
    /// env file), `keyring:SERVICE/ACCOUNT`, `clipboard` (for 45 s), `gh:OWNER/REPO#NAME` (a secret of GitHub), `gha:env#NAME` or
    /// `gha:output#NAME` (in GitHub Actions), `op:VAULT/ITEM#FIELD` (1Password), `vault:PATH#FIELD` (Vault), `cmd:PROGRAM` (on its
    /// standard input) [default: stdout]
    #[arg(long, value_name = "SINK")]
    save_to: Vec<Sink>,
    #[command(flatten)]
    reveal: Reveal,
}

impl SaveTo {
    /// Whether a place was named.
    pub(crate) fn is_given(&self) -> bool {
        !self.save_to.is_empty()
    }

    /// Every place once, in order.
    fn sinks(&self) -> Vec<Sink> {
        if self.save_to.is_empty() {
            return vec![Sink::Stdout];
        }
        let mut sinks = Vec::new();
        for sink in &self.save_to {
            if !sinks.contains(sink) {
                sinks.push(sink.clone());
            }
        }
        sinks
    }
}

/// A thing whose secret has been handed over.
pub(crate) struct Delivered<T> {
    pub(crate) item: T,
    hint: String,
    arrived: Vec<Arrived>,
}

/// A place that has the secret.
struct Arrived {
    at: At,
    /// What it had before; `None` = it cannot be put back.
    before: Option<Before>,
}

enum At {
    Stdout,
    Place(Receipt),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::Place(receipt) => receipt.fmt(f),
        }
    }
}

/// A new secret that did not arrive, and what became of it.
#[derive(Debug, thiserror::Error)]
#[error("the secret of {thing} could not be handed over{} {}", if matches!(aftermath, Aftermath::Kept) { "" } else { "," }, match aftermath {
    Aftermath::Undone => format!("so {what} was {done}"),
    Aftermath::NotUndone(Some(error)) => format!("and {what} could not be {done} ({error})"),
    Aftermath::NotUndone(None) => format!("and {what} cannot be {done} any more"),
    Aftermath::Shown => format!("so it was shown on the terminal, and {what} was not {done}"),
    Aftermath::Kept => format!("to every place, and {what} was not {done}: some have it, and no copy of the earlier secret"),
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
    /// Where it is, in words.
    places: Vec<String>,
    #[source]
    cause: DeliveryCause,
}

/// What became of a thing whose secret did not arrive.
#[derive(Debug)]
enum Aftermath {
    Undone,
    /// A person has seen it instead.
    Shown,
    /// It failed, or there was nothing to go back to.
    NotUndone(Option<CommandError>),
    /// Not undone on purpose: a place has it where the earlier secret may have been.
    Kept,
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
            Aftermath::Kept => hints.push(format!(
                "the earlier secret works until its grace ends: take the new one from where it is to the other places, or go back with `{}`",
                self.by_hand
            )),
            Aftermath::Shown => hints.push(format!("if nobody has noted it: `{}`", self.by_hand)),
            Aftermath::NotUndone(_) if self.places.is_empty() => {
                hints.push(format!("nobody has its secret: run `{}`", self.by_hand));
            }
            Aftermath::NotUndone(_) => hints.push(format!("if it is not to be used: `{}`", self.by_hand)),
            Aftermath::Left => hints.push(format!(
                "within 10 minutes the same command under the same key hands it over; if nobody has it: `{}`",
                self.by_hand
            )),
        }
        if !self.places.is_empty() {
            let works = if matches!(self.aftermath, Aftermath::Undone) { ", and works no more" } else { "" };
            hints.push(format!("it has reached {} already{works}", self.places.join(", ")));
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

impl<T: Show> Show for Pair<'_, T> {
    const PLURAL: &'static str = T::PLURAL;

    fn fields(&self) -> Vec<Field> {
        self.item.fields()
    }
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
        let sinks = to.sinks();
        let on_stdout = sinks.contains(&Sink::Stdout);
        // What a runner of GitHub Actions is told to mask, whoever reads standard error reads too.
        if on_stdout || sinks.iter().any(|sink| matches!(sink, Sink::Actions { .. })) {
            to.reveal.check(self)?;
        }
        if on_stdout && !self.shows_secrets() {
            return Err(CommandError::Input {
                what: "the secret would be lost: what is to be written has no place for it".to_owned(),
                flag: "--output",
                hint: "say where it goes with `--save-to`, or add `secret` to `--fields`",
            });
        }
        let places = self.interruptible(None, self.probe(sinks)).await?;
        let (_hold, _hangup) = (self.signals.hold().map_err(CommandError::Runtime)?, hold_hangup()?);
        let Issued { item, secret } = self.execute(operation).await?;
        let (arrived, failed) = self.deliver(&item, &secret, on_stdout, places).await;
        match failed {
            None => Ok(Delivered { hint: secret.hint().to_owned(), item, arrived }),
            Some(cause) => Err(self.undo::<O>(&item, &secret, cause, arrived).await),
        }
    }

    /// Writes the secret to each place, and tells where it has arrived and what failed first. Where a person can be shown the secret, the
    /// other places are tried all the same.
    async fn deliver<T: Show>(
        &self,
        item: &T,
        secret: &Secret,
        on_stdout: bool,
        places: Vec<Place>,
    ) -> (Vec<Arrived>, Option<DeliveryCause>) {
        let (mut arrived, mut failed) = (Vec::new(), None);
        if on_stdout {
            match self.print_secret(item, secret) {
                Ok(()) => arrived.push(Arrived { at: At::Stdout, before: None }),
                Err(error) => failed = Some(error),
            }
        }
        for place in places {
            if failed.is_some() && !self.can_show() {
                break;
            }
            if place.masks() {
                self.printer.mask(secret);
            }
            // Another program may take its time, and needs no answer of ours.
            let secret = secret.clone();
            let delivered = tokio::task::spawn_blocking(move || {
                let before = place.before()?;
                Ok::<_, DeliveryError>(Arrived { at: At::Place(place.deliver(&secret)?), before })
            });
            match delivered.await.map_err(|error| DeliveryCause::Stdout(io::Error::other(error))) {
                Ok(Ok(there)) => arrived.push(there),
                Ok(Err(error)) => failed = failed.or(Some(error.into())),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        (arrived, failed)
    }

    /// Whether a person looks at a terminal, on which a secret can be shown that has no other place.
    fn can_show(&self) -> bool {
        Self::on_terminal() && agent(&self.environment).is_none()
    }

    /// Prints what is left to print once the secret is where it belongs.
    pub(crate) fn report<T: Show>(&self, delivered: &Delivered<T>) -> Result<(), CommandError> {
        let Delivered { item, hint, arrived } = delivered;
        let is_stdout = |at: &At| matches!(at, At::Stdout);
        let elsewhere: Vec<&At> = arrived.iter().map(|there| &there.at).filter(|at| !is_stdout(at)).collect();
        if arrived.iter().any(|there| is_stdout(&there.at)) {
            if self.for_people() {
                self.note_details(item);
                self.printer.note("the secret is on standard output; it cannot be shown again");
            }
        } else {
            self.print(item)?;
        }
        if !elsewhere.is_empty() {
            self.printer.note(format_args!("the secret (…{hint}) is in {}", list(elsewhere)));
        }
        Ok(())
    }

    /// Looks whether each place can take a secret. Standard output is none of the places that come back.
    async fn probe(&self, sinks: Vec<Sink>) -> Result<Vec<Place>, CommandError> {
        let mut places = Vec::new();
        for sink in sinks {
            let (environment, named) = (self.environment.clone(), sink.to_string());
            // Another program may have to be asked, and takes its time.
            let probed = tokio::task::spawn_blocking(move || sink.probe(&environment)).await;
            match probed.map_err(|error| CommandError::Runtime(io::Error::other(error)))?.map_err(CommandError::Sink)? {
                Probed::Stdout if stdout_leads_nowhere() => return Err(CommandError::NoStdout),
                Probed::Stdout => {}
                Probed::Place(place) => {
                    for warning in place.warnings() {
                        self.printer.warning(warning);
                    }
                    if place.masks() && stderr_is_a_file() {
                        return Err(CommandError::Input {
                            what: "standard error is a file, where the runner would not be told to mask the secret, and others may read it"
                                .to_owned(),
                            flag: "--save-to",
                            hint: "let standard error be the log of the job",
                        });
                    }
                    match place.overwrites() {
                        Overwrites::Nothing => {}
                        Overwrites::Token => {
                            self.printer.note(format_args!("`{named}` holds a token, which is replaced"));
                        }
                        Overwrites::Value => self.confirm_overwrite(&named)?,
                    }
                    places.push(place);
                }
            }
        }
        Ok(places)
    }

    /// The secret alone on a line, so that `KEY=$(aisetu api-keys create ..)` works; for a program the pair.
    fn print_secret<T: Show>(&self, item: &T, secret: &Secret) -> Result<(), DeliveryCause> {
        let secret = secret.expose();
        let text = if self.for_people() {
            format!("{secret}\n")
        } else {
            self.text(&Pair { item, secret }).map_err(DeliveryCause::NotWritten)?
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
        self.not_delivered::<VerifyLoginCode>(pat, aftermath, cause.into(), &[])
    }

    async fn undo<O: Issuing>(
        &self,
        item: &O::Item,
        secret: &Secret,
        cause: DeliveryCause,
        mut arrived: Vec<Arrived>,
    ) -> CommandError {
        // Someone may have the secret from an earlier run under the user's key.
        let handed_over_before = self.replayed.get() && self.global.idempotency_key.is_some();
        let aftermath = match O::undo(item) {
            _ if handed_over_before => Aftermath::Left,
            _ if self.can_show() => {
                self.printer.shown_once(secret);
                Aftermath::Shown
            }
            None => Aftermath::NotUndone(None),
            // Nobody but such a place may have had the earlier secret.
            Some(_) if O::REPLACES && arrived.iter().any(|there| there.before.is_none()) => Aftermath::Kept,
            Some(undo) => match self.undo_with::<O>(undo, secret).await {
                Ok(_) => Aftermath::Undone,
                Err(error) => Aftermath::NotUndone(Some(error)),
            },
        };
        if matches!(aftermath, Aftermath::Undone) {
            arrived = put_back(arrived, secret).await;
        }
        self.not_delivered::<O>(item, aftermath, cause, &arrived)
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

    fn not_delivered<O: Issuing>(
        &self,
        item: &O::Item,
        aftermath: Aftermath,
        cause: DeliveryCause,
        arrived: &[Arrived],
    ) -> CommandError {
        let id = O::id(item).to_owned();
        let by_hand = if O::undo(item).is_some() { by_hand(&O::Undo::INFO, &id) } else { by_hand(&O::INFO, &id) };
        let [what, done] = O::UNDONE;
        let thing = format!("{} `{id}`", O::NOUN);
        let under_key = self.global.idempotency_key.is_some();
        let places = arrived.iter().map(|there| there.at.to_string()).collect();
        let failed = NotDelivered { thing, id, what, done, by_hand, aftermath, under_key, places, cause };
        CommandError::NotDelivered(Box::new(failed))
    }
}

/// Puts back what the secret took the place of, and gives those places back that have it still.
async fn put_back(arrived: Vec<Arrived>, secret: &Secret) -> Vec<Arrived> {
    let secret = secret.clone();
    let work = move || {
        let stays = |there: Arrived| match there.before {
            // What somebody else has changed meanwhile is theirs; the place is named then, as one that cannot be put back.
            Some(before) => before.put_back(&secret).is_err().then_some(Arrived { at: there.at, before: None }),
            None => Some(there),
        };
        arrived.into_iter().filter_map(stays).collect()
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

/// Places in words.
fn list(places: Vec<&At>) -> String {
    places.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// From here on a terminal that is closed ends nothing: a secret that was made is handed over first.
#[cfg(unix)]
fn hold_hangup() -> Result<tokio::signal::unix::Signal, CommandError> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).map_err(CommandError::Runtime)
}

#[cfg(not(unix))]
fn hold_hangup() -> Result<(), CommandError> {
    Ok(())
}

fn stderr_is_a_file() -> bool {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let stderr =
            io::stderr().as_fd().try_clone_to_owned().and_then(|stderr| std::fs::File::from(stderr).metadata());
        stderr.is_ok_and(|found| found.is_file())
    }
    #[cfg(not(unix))]
    false
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
