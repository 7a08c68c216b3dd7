//! What a command has at hand: the flags, the printer, and a client that is made when it is first needed.

use std::cell::{Cell, OnceCell};

use admin_core::env::Environment;
use admin_core::{
    BaseUrl, CallOptions, Client, Config, ConfigBuilder, CredentialSource, DateTime, Error, ErrorCode, IdempotencyKey,
    Operation, Pat, Response,
};
use admin_local::{Credentials, Wanted, credentials, login_command, shell_flag, signed_out};
use admin_token::Secret;
use clap::{ColorChoice, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::args::{AI_SETU_OUTPUT, GlobalArgs, OutputFormat};
use crate::error::CommandError;
use crate::expiry::Expiry;
use crate::output::{Show, View, printable};
use crate::printer::Printer;

/// From so long before its expiry on, a token is warned of.
const EXPIRES_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(crate) struct Context {
    pub(crate) global: GlobalArgs,
    pub(crate) printer: Printer,
    pub(crate) environment: Environment,
    caller: OnceCell<Caller>,
    warned_of_expiry: Cell<bool>,
    /// What `--expires` with a length of time came to.
    resolved_expiry: Cell<Option<DateTime>>,
    /// Whether the last answer was that of an earlier call under the user's key.
    pub(crate) replayed: Cell<bool>,
}

/// Who calls.
struct Caller {
    client: Client,
    /// When the token expires, as its profile records it.
    recorded_expiry: Option<DateTime>,
}

impl Context {
    pub(crate) fn new(global: GlobalArgs, environment: Environment) -> Result<Self, CommandError> {
        let format = match (global.output, environment.get(AI_SETU_OUTPUT)) {
            (Some(format), _) => format,
            (None, None) => OutputFormat::default(),
            (None, Some(given)) => OutputFormat::from_str(&given, true).map_err(|_| CommandError::Variable {
                variable: AI_SETU_OUTPUT,
                given,
                takes: "`table`, `json` or `jsonl`",
            })?,
        };
        let printer = Printer { quiet: global.quiet, color: color(global.color), ..Printer::new(format) };
        Ok(Self {
            global,
            printer,
            environment,
            caller: OnceCell::new(),
            warned_of_expiry: Cell::new(false),
            resolved_expiry: Cell::new(None),
            replayed: Cell::new(false),
        })
    }

    /// The time of this process.
    #[expect(clippy::disallowed_methods, reason = "the one clock of the command line")]
    pub(crate) fn now() -> Timestamp {
        Timestamp::now()
    }

    /// The instant of `--expires`. A length of time is another instant at each try, so it does not go with a key of the user's.
    pub(crate) fn expiry(&self, expires: Option<Expiry>) -> Result<Option<DateTime>, CommandError> {
        let Some(expiry) = expires else { return Ok(None) };
        let instant = expiry.at(Self::now());
        if matches!(expiry, Expiry::After(_)) {
            if self.global.idempotency_key.is_some() {
                return Err(CommandError::Input {
                    what: format!(
                        "a length of time is another instant at each try, which one idempotency key does not allow: give \
                         `--expires {instant}`"
                    ),
                    flag: "--expires",
                    hint: "with an instant, a retry under the same key gets the same answer",
                });
            }
            self.resolved_expiry.set(Some(instant));
        }
        Ok(Some(instant))
    }

    /// The client, with the token and the control plane that the user chose.
    pub(crate) fn client(&self) -> Result<&Client, CommandError> {
        self.caller().map(|caller| &caller.client)
    }

    /// The credentials that the flags ask for.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted {
            profile: self.global.profile.clone(),
            base_url: self.global.base_url.clone(),
            base_url_from: CredentialSource::Flag("--base-url"),
        }
    }

    /// A client for what needs no token, of the control plane that the user chose.
    pub(crate) fn signed_out(&self) -> Result<Client, CommandError> {
        Ok(Client::new(signed_out(&self.wanted(), &self.environment, self.builder())?)?)
    }

    /// A client for whoever has this token, which goes to this control plane.
    pub(crate) fn holder(
        &self,
        token: &Secret,
        base_url: &BaseUrl,
        source: CredentialSource,
    ) -> Result<Client, CommandError> {
        let builder = self.builder().environment(self.environment.clone());
        let config = builder.pat(Pat::parse(token.expose(), source)?).base_url(base_url.as_str()).build()?;
        Ok(Client::new(config)?)
    }

    pub(crate) fn builder(&self) -> ConfigBuilder {
        let builder = Config::builder().user_agent_suffix(concat!("aisetu-cli/", env!("CARGO_PKG_VERSION")));
        match self.global.timeout {
            Some(timeout) => builder.timeout(timeout.into()),
            None => builder,
        }
    }

    fn caller(&self) -> Result<&Caller, CommandError> {
        if let Some(caller) = self.caller.get() {
            return Ok(caller);
        }
        let found = credentials(&self.wanted(), &self.environment, self.builder())?;
        let Credentials { config, expires_at, .. } = found;
        let caller = Caller { client: Client::new(config)?, recorded_expiry: expires_at };
        Ok(self.caller.get_or_init(|| caller))
    }

    /// Runs the operation that the command is for, under the idempotency key of the user, until Ctrl-C.
    pub(crate) async fn execute<O: Operation>(&self, operation: O) -> Result<O::Output, CommandError> {
        let mut options = CallOptions::default();
        if O::INFO.is_mutation() && !O::INFO.is_public() {
            // Made here, so that a Ctrl-C can name it.
            options.idempotency_key = Some(match &self.global.idempotency_key {
                Some(key) => key.clone(),
                None => IdempotencyKey::generate().map_err(Error::from)?,
            });
        } else {
            self.refuse_idempotency_key(&O::INFO.command().join(" "))?;
        }
        self.interruptible(options.idempotency_key.clone(), self.call(operation, options)).await
    }

    /// Runs an operation that belongs to the command but is not what it is for: under a key of its own. What has begun by then must
    /// be brought to its end, so Ctrl-C does not stop it.
    pub(crate) async fn follow_up<O: Operation>(&self, operation: O) -> Result<O::Output, CommandError> {
        self.call(operation, CallOptions::default()).await
    }

    /// Looks at what is to be deleted. Under a key of the user's it may be gone by an earlier run, whose answer is still to be had;
    /// nothing goes away then that is not gone already.
    pub(crate) async fn unless_gone<O: Operation>(&self, get: O) -> Result<Option<O::Output>, CommandError> {
        match self.follow_up(get).await {
            Err(error) if error.code() == ErrorCode::NotFound && self.global.idempotency_key.is_some() => Ok(None),
            found => found.map(Some),
        }
    }

    /// Waits for a call until Ctrl-C. A mutation has the key that it goes out under.
    pub(crate) async fn interruptible<T>(
        &self,
        idempotency_key: Option<IdempotencyKey>,
        call: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, CommandError> {
        tokio::select! {
            // An answer that is there holds a secret, perhaps: it is not thrown away for a Ctrl-C of the same moment.
            biased;
            outcome = call => outcome,
            Ok(()) = tokio::signal::ctrl_c() => {
                if idempotency_key.is_some() {
                    self.note_expiry();
                }
                Err(CommandError::Interrupted { idempotency_key })
            }
        }
    }

    /// A key says "this once": what changes nothing does not take one, so that nobody relies on it.
    pub(crate) fn refuse_idempotency_key(&self, command: &str) -> Result<(), CommandError> {
        match self.global.idempotency_key {
            Some(_) => Err(CommandError::NotTaken {
                command: command.to_owned(),
                flag: "--idempotency-key",
                why: "it changes nothing",
            }),
            None => Ok(()),
        }
    }

    async fn call<O: Operation>(&self, operation: O, options: CallOptions) -> Result<O::Output, CommandError> {
        if O::INFO.is_public() {
            return Ok(self.signed_out()?.execute_with(operation, options).await?.value);
        }
        let Caller { client, recorded_expiry } = self.caller()?;
        match client.execute_with(operation, options).await {
            Ok(Response { value, meta, .. }) => {
                if let Some(expires_at) = meta.pat_expires_at {
                    self.warn_of_expiry(client, expires_at);
                }
                self.replayed.set(meta.replayed);
                Ok(value)
            }
            Err(source) => {
                if source.idempotency_key().is_some() {
                    self.note_expiry();
                }
                let refused = source.code() == ErrorCode::Unauthenticated;
                let advice = if refused { advice(client, *recorded_expiry) } else { Vec::new() };
                Err(CommandError::Api { source, advice })
            }
        }
    }

    /// Says which instant a length of time was, for a call that is to be sent again under its key.
    fn note_expiry(&self) {
        if let Some(instant) = self.resolved_expiry.get() {
            self.printer.note(format_args!("to send it again under its key, say `--expires {instant}`"));
        }
    }

    fn warn_of_expiry(&self, client: &Client, expires_at: DateTime) {
        let left = expires_at.timestamp().duration_since(Self::now());
        if left > EXPIRES_SOON || self.warned_of_expiry.replace(true) {
            return;
        }
        let Some(source) = client.config().pat().map(Pat::source) else { return };
        self.printer.warning(format_args!(
            "the personal access token from {source} expires at {expires_at}: make a new one with `aisetu pats create`"
        ));
    }

    /// Prints one thing.
    pub(crate) fn print<T: Show>(&self, item: &T) -> Result<(), CommandError> {
        let printed = match self.printer.format {
            OutputFormat::Table => self.printer.data(&Self::view().details(item)),
            OutputFormat::Json | OutputFormat::Jsonl => self.printer.json(item),
        };
        printed.map_err(CommandError::stdout)
    }

    /// Prints a page: `json` the page itself, `jsonl` an item a line.
    pub(crate) fn print_page<T: Show>(&self, page: &admin_core::Page<T>) -> Result<(), CommandError> {
        self.print_items(&page.items, page)?;
        if let Some(cursor) = &page.next_cursor
            && self.printer.format != OutputFormat::Json
        {
            self.printer.note(format_args!("there are more: `--cursor {}`", printable(cursor)));
        }
        Ok(())
    }

    /// Prints the items of an output: `json` the whole output, `jsonl` an item a line.
    pub(crate) fn print_items<T: Show>(&self, items: &[T], output: &impl Serialize) -> Result<(), CommandError> {
        match self.printer.format {
            OutputFormat::Json => self.printer.json(output).map_err(CommandError::stdout)?,
            OutputFormat::Jsonl => {
                for item in items {
                    self.printer.json(item).map_err(CommandError::stdout)?;
                }
            }
            OutputFormat::Table if items.is_empty() => self.printer.note(format_args!("no {}", T::PLURAL)),
            OutputFormat::Table => self.printer.data(&Self::view().table(items)).map_err(CommandError::stdout)?,
        }
        Ok(())
    }

    fn view() -> View {
        View { now: Self::now(), relative: Printer::data_on_terminal() }
    }

    /// Where the details of a thing go when standard output has its secret and nothing else.
    pub(crate) fn note_details<T: Show>(&self, item: &T) {
        self.printer.note(Self::view().details(item).trim_end());
    }
}

/// What helps whose token was refused.
fn advice(client: &Client, recorded_expiry: Option<DateTime>) -> Vec<String> {
    let recorded = recorded_expiry.map(|expiry| format!("the profile says that the token expires at {expiry}"));
    let base_url = client.config().base_url();
    let again = match client.config().pat().map(Pat::source) {
        Some(CredentialSource::Profile { name }) => format!("sign in again with `{}`", login_command(name)),
        _ if base_url.is_production() => "sign in with `aisetu auth login`, or make a token at \
             https://app.aisetu.ai/settings/profile; as long as `AI_SETU_PAT` is set, it wins"
            .to_owned(),
        _ => format!(
            "sign in with `aisetu auth login {}`; as long as `AI_SETU_PAT` is set, it wins",
            shell_flag("--base-url", base_url.as_str())
        ),
    };
    recorded.into_iter().chain([again]).collect()
}

fn color(choice: ColorChoice) -> anstream::ColorChoice {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
}
