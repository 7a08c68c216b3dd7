//! What a command has at hand: the flags, the printer, and a client that is made when it is first needed.

use std::cell::{Cell, OnceCell, RefCell};
use std::io;

use admin_core::env::{AI_SETU_PAT, Environment};
use admin_core::{
    BaseUrl, CallOptions, Client, Config, ConfigBuilder, CredentialSource, DateTime, Duration, Error, ErrorCode,
    IdempotencyKey, Operation, Page, Paged, Pat, RawRequest, RawResponse, Response, WorkspaceId,
};
use admin_local::{
    CredentialError, Credentials, Found, Setting, Settings, Wanted, agent, credentials, locate, login_command,
    shell_flag, signed_out,
};
use admin_token::Secret;
use clap::{ColorChoice, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::args::{DebugTopic, GlobalArgs, OutputFormat};
use crate::env::working_folder;
use crate::error::CommandError;
use crate::expiry::Expiry;
use crate::output::{Document, Filter, Form, Json, Shape, Show, Template, Unwritten, View, printable, width};
use crate::past::Past;
use crate::printer::Printer;
use crate::signals::Signals;

/// From so long before its expiry on, a token is warned of.
const EXPIRES_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// More items than this are not collected: it would be hundreds of calls.
const MOST_ITEMS: usize = 10_000;

pub(crate) struct Context {
    pub(crate) global: GlobalArgs,
    pub(crate) printer: Printer,
    form: Form,
    pub(crate) environment: Environment,
    pub(crate) settings: Settings,
    /// The profile whose settings hold; `None` = the token is of the environment.
    settings_profile: Option<String>,
    caller: OnceCell<Caller>,
    warned_of_expiry: Cell<bool>,
    /// What `--expires` with a length of time came to.
    resolved_expiry: Cell<Option<DateTime>>,
    /// Whether the last answer was that of an earlier call under the user's key.
    pub(crate) replayed: Cell<bool>,
    /// Whether a call has changed something.
    changed: Cell<bool>,
    /// The workspace in which names are looked for.
    pub(crate) within: RefCell<Option<WorkspaceId>>,
    /// What helps if an id is not found.
    pub(crate) taken_for_id: RefCell<Option<String>>,
    pub(crate) signals: Signals,
}

/// Who calls.
struct Caller {
    client: Client,
    /// When the token expires, as its profile records it.
    recorded_expiry: Option<DateTime>,
}

impl Context {
    pub(crate) fn new(
        mut global: GlobalArgs,
        environment: Environment,
        settings: Settings,
    ) -> Result<Self, CommandError> {
        let profile = profile_of_settings(global.profile.as_deref(), &settings, &environment)?;
        let mut wrong_project = None;
        let form = form(&mut global, || {
            let found = settings.find(Setting::Output, profile.as_deref(), &environment);
            found.map_err(CommandError::from).and_then(format).or_else(|wrong| {
                // A project stops no command with the way in which it would have it print. What is wrong without it too is not its own.
                let format =
                    format(settings.find_without_project(Setting::Output, profile.as_deref(), &environment)?)?;
                wrong_project = Some(wrong);
                Ok(format)
            })
        })?;
        let timeout = settings.find(Setting::Timeout, profile.as_deref(), &environment)?;
        if let (None, Some(found)) = (global.timeout, timeout) {
            let timeout = found.value.parse::<Duration>();
            global.timeout = Some(timeout.map_err(|why| not_taken(Setting::Timeout, &found, why.to_string()))?);
        }
        let printer = Printer { quiet: global.quiet, color: color(global.color), ..Printer::new(form.format) };
        if let Some(wrong) = wrong_project {
            let wrong = printable(&wrong.to_string());
            printer.warning(format_args!("{wrong}; the output has the format that holds without it"));
        }
        if let Some(path) = settings.foreign_project() {
            printer.warning(format_args!("`{}` belongs to another user: it is passed over", path.display()));
        }
        if let Some((path, names)) = settings.ignored_of_project() {
            let names = printable(&names.join("`, `"));
            printer
                .warning(format_args!("`{}` sets `{names}`, which a project may not: it is ignored", path.display()));
        }
        Ok(Self {
            global,
            printer,
            form,
            environment,
            settings,
            settings_profile: profile,
            caller: OnceCell::new(),
            warned_of_expiry: Cell::new(false),
            resolved_expiry: Cell::new(None),
            replayed: Cell::new(false),
            changed: Cell::new(false),
            within: RefCell::default(),
            taken_for_id: RefCell::default(),
            signals: Signals::default(),
        })
    }

    /// The time of this process.
    #[expect(clippy::disallowed_methods, reason = "the one clock of the command line")]
    pub(crate) fn now() -> Timestamp {
        Timestamp::now()
    }

    /// The instant of `--from` or `--to`.
    pub(crate) fn instant(past: Past) -> DateTime {
        past.at(Self::now())
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
            folder: working_folder(),
        }
    }

    /// The profile that is used where there is no `AI_SETU_PAT`, and that is signed in to and out of.
    pub(crate) fn profile_name(&self) -> Result<String, CommandError> {
        Ok(self.settings.profile(self.global.profile.as_deref(), &self.environment)?.value)
    }

    /// What is set for the profile that is used, unless a flag says more.
    pub(crate) fn setting(&self, setting: Setting) -> Result<Option<Found>, CommandError> {
        Ok(self.settings.find(setting, self.settings_profile.as_deref(), &self.environment)?)
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
        let builder = match self.global.timeout {
            Some(timeout) => builder.timeout(timeout.into()),
            None => builder,
        };
        match self.global.debug {
            Some(DebugTopic::Http) => {
                let printer = self.printer.clone();
                builder.observer(move |exchange| printer.exchange(exchange))
            }
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

    /// Runs a document as the user wrote it, under the idempotency key of the user if it changes something, until Ctrl-C.
    pub(crate) async fn raw(&self, request: &RawRequest) -> Result<RawResponse, CommandError> {
        let mut options = CallOptions::default();
        if request.is_mutation {
            options.idempotency_key = Some(match &self.global.idempotency_key {
                Some(key) => key.clone(),
                None => IdempotencyKey::generate().map_err(Error::from)?,
            });
        }
        self.interruptible(options.idempotency_key.clone(), self.call_raw(request, options)).await
    }

    /// Runs a query as it is written, within something that Ctrl-C stops already.
    pub(crate) async fn follow_up_raw(&self, query: &str) -> Result<RawResponse, CommandError> {
        self.call_raw(&RawRequest::new(query), CallOptions::default()).await
    }

    async fn call_raw(&self, request: &RawRequest, options: CallOptions) -> Result<RawResponse, CommandError> {
        let Caller { client, recorded_expiry } = self.caller()?;
        let answer = self.with_progress(client.raw(request, options)).await;
        if answer.is_ok() && request.is_mutation {
            self.changed.set(true);
        }
        answer.map_err(|source| {
            let advice = match source.code() {
                ErrorCode::Unauthenticated => advice(client, *recorded_expiry),
                ErrorCode::Unauthorized => reach(client, None),
                _ => Vec::new(),
            };
            CommandError::Api { source, advice }
        })
    }

    /// The control plane that the user chose.
    pub(crate) fn base_url(&self) -> Result<BaseUrl, CommandError> {
        Ok(match locate(&self.wanted(), &self.environment) {
            Ok(located) => located.base_url,
            Err(CredentialError::None { base_url, .. }) => base_url,
            Err(error) => return Err(error.into()),
        })
    }

    /// Runs an operation that belongs to the command but is not what it is for: under a key of its own. What has begun by then must
    /// be brought to its end, so Ctrl-C does not stop it.
    pub(crate) async fn follow_up<O: Operation>(&self, operation: O) -> Result<O::Output, CommandError> {
        self.call(operation, CallOptions::default()).await
    }

    /// Every item of a list, page by page; of a very long one the first.
    pub(crate) async fn all<O: Paged>(&self, list: O) -> Result<Vec<O::Item>, CommandError> {
        let mut found = Vec::new();
        let mut next = Some(list);
        while let Some(list) = next.take().filter(|_| found.len() < MOST_ITEMS) {
            let Page { items, next_cursor, .. } = self.follow_up(list.clone()).await?;
            found.extend(items);
            next = next_cursor.map(|cursor| list.after(cursor));
        }
        Ok(found)
    }

    /// The page that the command is for, or all of them as one; of a very long list the first, and where it goes on.
    pub(crate) async fn list<O: Paged>(&self, list: O, all: bool) -> Result<Page<O::Item>, CommandError> {
        let mut page = self.execute(list.clone()).await?;
        while all
            && page.items.len() < MOST_ITEMS
            && let Some(cursor) = page.next_cursor.take()
        {
            let next = self.execute(list.clone().after(cursor)).await?;
            page.items.extend(next.items);
            page.next_cursor = next.next_cursor;
        }
        Ok(page)
    }

    /// Looks at what is to be deleted. Under a key of the user's it may be gone by an earlier run, whose answer is still to be had;
    /// nothing goes away then that is not gone already.
    pub(crate) async fn unless_gone<O: Operation>(&self, get: O) -> Result<Option<O::Output>, CommandError> {
        match self.follow_up(get).await {
            Err(error) if error.code() == ErrorCode::NotFound && self.global.idempotency_key.is_some() => Ok(None),
            found => found.map(Some),
        }
    }

    /// Waits for a call until Ctrl-C, or until somebody asks the process to end. A mutation has the key that it goes out under.
    pub(crate) async fn interruptible<T>(
        &self,
        idempotency_key: Option<IdempotencyKey>,
        call: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, CommandError> {
        // Between two calls a signal ends the process, whatever it does: it may filter for ever, or write to whom nobody reads.
        let _hold = self.signals.hold().map_err(CommandError::Runtime)?;
        tokio::select! {
            // An answer that is there holds a secret, perhaps: it is not thrown away for a Ctrl-C of the same moment.
            biased;
            outcome = call => outcome,
            Ok(()) = asked_to_end() => {
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
            let client = self.signed_out()?;
            let answer = self.with_progress(client.execute_with(operation, options)).await?;
            self.note_change::<O>();
            return Ok(answer.value);
        }
        let Caller { client, recorded_expiry } = self.caller()?;
        match self.with_progress(client.execute_with(operation, options)).await {
            Ok(Response { value, meta, .. }) => {
                self.note_change::<O>();
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
                let advice = match source.code() {
                    ErrorCode::Unauthenticated => advice(client, *recorded_expiry),
                    ErrorCode::Unauthorized => reach(client, O::INFO.scope),
                    ErrorCode::NotFound => self.taken_for_id.borrow().iter().cloned().collect(),
                    _ => Vec::new(),
                };
                Err(CommandError::Api { source, advice })
            }
        }
    }

    fn note_change<O: Operation>(&self) {
        if O::INFO.is_mutation() {
            self.changed.set(true);
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

    /// Refuses `-o name` for what answers with whatever is asked for: nothing in it is known to stand for it.
    pub(crate) fn refuse_names(&self, command: &str) -> Result<(), CommandError> {
        if self.form.format == OutputFormat::Name && matches!(self.form.shape, Shape::AsItIs) {
            let why = "what it answers with has no name; `--jq` takes what you want out of it";
            return Err(CommandError::NotTaken { command: command.to_owned(), flag: "-o name", why });
        }
        Ok(())
    }

    /// Whether nothing is to be printed.
    pub(crate) fn is_silent(&self) -> bool {
        self.form.format == OutputFormat::Off
    }

    /// Whether people read the data, as it is.
    pub(crate) fn for_people(&self) -> bool {
        self.form.format.is_for_people() && self.form.fields.is_empty()
    }

    /// Prints one thing.
    pub(crate) fn print<T: Show>(&self, item: &T) -> Result<(), CommandError> {
        if self.for_people() {
            return Printer::data(&self.view().details(item)).map_err(CommandError::stdout);
        }
        self.write(Document::one(item))
    }

    /// Prints a page: `json` the page itself, `jsonl` an item a line.
    pub(crate) fn print_page<T: Show>(&self, page: &admin_core::Page<T>) -> Result<(), CommandError> {
        self.print_rows(&page.items, page, page.next_cursor.as_deref())
    }

    /// Prints the items of a page, and tells how to get the next one.
    pub(crate) fn print_rows<T: Show>(
        &self,
        rows: &[T],
        page: &impl Serialize,
        next_cursor: Option<&str>,
    ) -> Result<(), CommandError> {
        self.print_items(rows, page)?;
        if let Some(cursor) = next_cursor
            && (self.form.format != OutputFormat::Json || !matches!(self.form.shape, Shape::AsItIs))
        {
            self.printer.note(format_args!("there are more: `--cursor {}`", printable(cursor)));
        }
        Ok(())
    }

    /// Prints the items of an output: `json` the whole output, `jsonl` an item a line.
    pub(crate) fn print_items<T: Show>(&self, items: &[T], output: &impl Serialize) -> Result<(), CommandError> {
        if self.form.format.is_for_people() && items.is_empty() {
            self.printer.note(format_args!("no {}", T::PLURAL));
            return Ok(());
        }
        if self.for_people() {
            let view = self.view();
            let table = view.table(items);
            // A line that a terminal breaks is no line of a table any more.
            let fits = Printer::columns().is_none_or(|columns| width(&table) <= columns);
            let shown = if fits { table } else { view.blocks(items) };
            return Printer::data(&shown).map_err(CommandError::stdout);
        }
        self.write(Document::many(items, output))
    }

    /// Prints what is JSON for people too.
    pub(crate) fn print_json(&self, json: &impl Serialize) -> Result<(), CommandError> {
        if self.for_people() {
            let text = Json::of(json).and_then(|json| serde_json::to_string_pretty(&json));
            let text = text.map_err(|error| self.not_written(error.to_string()))?;
            return Printer::data(&(text + "\n")).map_err(CommandError::stdout);
        }
        self.write(Document::json(json))
    }

    fn write(&self, document: serde_json::Result<Document>) -> Result<(), CommandError> {
        let document = document.map_err(|error| self.not_written(error.to_string()))?;
        match self.write_to(&document, Printer::data) {
            Ok(()) => Ok(()),
            Err(Unwritten::Out(error)) => Err(CommandError::stdout(error)),
            Err(Unwritten::Form(why)) => {
                if self.changed.get() {
                    self.save_answer(&document.plain());
                }
                Err(self.not_written(why))
            }
        }
    }

    fn not_written(&self, why: String) -> CommandError {
        CommandError::NotWritten { why, done: self.changed.get() }
    }

    /// Tells an answer that is not had again by asking again. A secret in it is for a person alone.
    fn save_answer(&self, answer: &str) {
        if admin_token::find(answer).is_none() || (Self::on_terminal() && agent(&self.environment).is_none()) {
            self.printer.answer(answer);
        }
    }

    /// The text of one thing in the form that the user wants.
    pub(crate) fn text<T: Show>(&self, thing: &T) -> Result<String, String> {
        let document = Document::one(thing).map_err(|error| error.to_string())?;
        let mut text = String::new();
        let written = self.write_to(&document, |part| {
            text += part;
            Ok(())
        });
        written.map_err(|why| why.to_string())?;
        Ok(text)
    }

    fn write_to(&self, document: &Document, mut out: impl FnMut(&str) -> io::Result<()>) -> Result<(), Unwritten> {
        if let Some((unknown, known)) = self.form.unknown_fields(document) {
            let [unknown, known] = [unknown.join("`, `"), known.join(", ")];
            self.printer.warning(format_args!("there is no `{unknown}`, but {known}"));
        }
        // Names are text that others wrote. JSON says what a terminal would act on in other letters.
        let is_raw = !(self.form.format.is_json() && matches!(self.form.shape, Shape::AsItIs));
        let cleaned = is_raw && Printer::data_on_terminal();
        let shown = |part: &str| part.split('\t').map(printable).collect::<Vec<_>>().join("\t");
        let written = self.form.write(document, |part| {
            if cleaned { out(&part.split('\n').map(shown).collect::<Vec<_>>().join("\n")) } else { out(part) }
        });
        written.map_err(|why| match why {
            // A filter quotes what it cannot work with, which may be a new secret.
            Unwritten::Form(why) if admin_token::find(&why).is_some() => {
                Unwritten::Form("the reason quotes a secret, and is not shown".to_owned())
            }
            other => other,
        })
    }

    /// Whether a secret beside an item would be written, as far as it is known before there is one.
    pub(crate) fn shows_secrets(&self) -> bool {
        let Form { format, fields, .. } = &self.form;
        let selected = fields.is_empty() || fields.iter().any(|field| field == "secret");
        !matches!(format, OutputFormat::Name | OutputFormat::Off) && selected
    }

    fn view(&self) -> View {
        let wide = self.form.format == OutputFormat::Wide;
        View { now: Self::now(), relative: Printer::data_on_terminal(), wide }
    }

    /// Where the details of a thing go when standard output has its secret and nothing else.
    pub(crate) fn note_details<T: Show>(&self, item: &T) {
        self.printer.note(self.view().details(item).trim_end());
    }
}

/// How data is to be written: as the flags say, else in the format that is set.
fn form(
    global: &mut GlobalArgs,
    set: impl FnOnce() -> Result<OutputFormat, CommandError>,
) -> Result<Form, CommandError> {
    let asked = if global.json { Some(OutputFormat::Json) } else { global.output };
    let not_understood = |flag, what: &str, why: String| CommandError::Input {
        what: format!("the {what} is not understood: {why}"),
        flag,
        hint: "put it in single quotes, so that the shell leaves it as it is",
    };
    let shape = match (global.jq.take(), global.template.take()) {
        (Some(text), _) => {
            let filter = Filter::parse(&text).map_err(|why| not_understood("--jq", "filter", why))?;
            Shape::Filtered(Box::new(filter))
        }
        (None, Some(text)) => {
            let template = Template::parse(&text).map_err(|why| not_understood("--template", "template", why))?;
            Shape::Filled(Box::new(template))
        }
        (None, None) => Shape::AsItIs,
    };
    let format = match (&shape, asked) {
        (Shape::AsItIs, Some(format)) => format,
        (Shape::AsItIs, None) => set()?,
        (_, None) => OutputFormat::Json,
        (_, Some(format)) if format.is_json() => format,
        (_, Some(_)) => {
            return Err(CommandError::Input {
                what: "a filter and a template are given JSON, and write text".to_owned(),
                flag: "--output",
                hint: "leave `-o` out; `-o jsonl` gives them one item after the other",
            });
        }
    };
    let fields = std::mem::take(&mut global.fields);
    if format == OutputFormat::Name && !fields.is_empty() {
        return Err(CommandError::Input {
            what: "`-o name` says itself what stands for a thing".to_owned(),
            flag: "--fields",
            hint: "leave one of the two out, or write a field with `--jq .FIELD`",
        });
    }
    Ok(Form { format, fields, shape, columns: Printer::columns() })
}

/// The format that is set, else the default.
fn format(set: Option<Found>) -> Result<OutputFormat, CommandError> {
    let Some(found) = set else { return Ok(OutputFormat::default()) };
    OutputFormat::from_str(&found.value, true).map_err(|_| {
        let formats: Vec<String> = OutputFormat::names().collect();
        not_taken(Setting::Output, &found, format!("it takes `{}`", formats.join("`, `")))
    })
}

/// The profile whose settings hold. Those of a profile are about its own control plane.
fn profile_of_settings(
    named: Option<&str>,
    settings: &Settings,
    environment: &Environment,
) -> Result<Option<String>, CommandError> {
    if named.is_none() && environment.get(AI_SETU_PAT).is_some() {
        return Ok(None);
    }
    Ok(Some(settings.profile(named, environment)?.value))
}

/// The error of something that is set to what it does not take.
pub(crate) fn not_taken(setting: Setting, found: &Found, why: String) -> CommandError {
    CommandError::Setting {
        name: setting.name(),
        origin: Box::new(found.origin.clone()),
        given: found.value.clone(),
        why,
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

/// Which token it was that may not do it, and how to get one that may.
pub(crate) fn reach(client: &Client, scope: Option<&str>) -> Vec<String> {
    let token = client.config().pat().map(|pat| format!("the token (…{}) came from {}", pat.hint(), pat.source()));
    let other = scope.map(|scope| {
        format!("`aisetu pats create --name NAME --scope {scope}` makes a token with that scope, if you may give it")
    });
    token.into_iter().chain(other).collect()
}

fn color(choice: ColorChoice) -> anstream::ColorChoice {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
}

/// Waits for Ctrl-C, or for the signal by which a job is ended. Neither ends the process by itself any more once this was asked for.
#[cfg(unix)]
async fn asked_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
