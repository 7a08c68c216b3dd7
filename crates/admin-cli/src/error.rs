//! Why a command failed, typed until it is printed.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::time::Duration;
use std::{fmt, io};

use admin_core::{Error, ErrorCode, ErrorObject, IdempotencyKey, RequestId, name_operations};
use admin_local::{
    CredentialError, DeliveryError, NoHome, Origin, ProfileError, SettingsError, SignInError, SourceError,
};
use admin_token::TokenKind;
use serde::Serialize;

#[cfg(feature = "server")]
use crate::commands::DevError;
use crate::exit_code::ExitCode;
use crate::secret_out::NotDelivered;

/// Why a command failed. Its `Display` is what happened and why, without code, causes and hints.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The arguments are not understood.
    #[error("{}", usage_message(.0))]
    Usage(Box<clap::Error>),
    /// A token stands among the arguments.
    #[error("argument {position} holds {kind} (`{}…`): it was not used, and nothing was sent", kind.prefix())]
    SecretInArgument {
        /// Which argument, counted from 1.
        position: usize,
        /// What it is.
        kind: TokenKind,
    },
    /// Something is set to what it does not take.
    #[error("{} is `{}`: {why}", place(name, origin), given.escape_debug())]
    Setting {
        /// What is set, as a file calls it.
        name: &'static str,
        /// Where it is set.
        origin: Box<Origin>,
        /// To what.
        given: String,
        /// Why it cannot be.
        why: String,
    },
    /// The settings cannot be read or written.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// There is no token to call with.
    #[error(transparent)]
    Credentials(Box<CredentialError>),
    /// The call failed.
    #[error("{}", source.message())]
    Api {
        /// Why.
        source: Error,
        /// Of a token that was refused: what its profile says, and how to get another.
        advice: Vec<String>,
    },
    /// An input that comes by another way than an argument is missing or wrong.
    #[error("{what}")]
    Input {
        /// What is wrong with it.
        what: String,
        /// The flag that named it.
        flag: &'static str,
        /// How to mend it.
        hint: &'static str,
    },
    /// A given secret cannot be read.
    #[error(transparent)]
    Source(Box<SourceError>),
    /// Something is called by a name that nothing has.
    #[error("there is no {what} `{}`", given.escape_debug())]
    UnknownName {
        /// What was looked for.
        what: &'static str,
        /// How it was called.
        given: String,
        /// What is spelt alike, the nearest first.
        nearest: Vec<String>,
        /// The command that lists what there is.
        all: &'static str,
    },
    /// Several things are called by a name.
    #[error("{} {what} are called `{}`", ids.len(), given.escape_debug())]
    Ambiguous {
        /// What they are.
        what: &'static str,
        /// How they are called.
        given: String,
        /// Which they are, and what tells them apart.
        ids: Vec<String>,
    },
    /// The data is there, and cannot be written as the flags want it.
    #[error("{} it cannot be written as you want it: {why}", if *.done { "it is done, and there is an answer, but" } else { "there is an answer, and" })]
    NotWritten {
        /// Why not.
        why: String,
        /// Whether it is the answer to a change.
        done: bool,
    },
    /// Standard input cannot be read.
    #[error("cannot read standard input")]
    Stdin(#[source] io::Error),
    /// A flag of all commands that this one does not take.
    #[error("`aisetu {command}` takes no `{flag}`: {why}")]
    NotTaken {
        /// The command.
        command: String,
        /// The flag.
        flag: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// Nobody confirmed.
    #[error("{command} must be confirmed, and {why}")]
    ConfirmationRequired {
        /// The command.
        command: String,
        /// Why nobody was asked, or what was wrong with the answer.
        why: &'static str,
        /// What to add to the command.
        pass: String,
    },
    /// An agent would read a new secret.
    #[error("{agent} drives this command, and would read the new secret; nothing was changed")]
    ForAgent {
        /// Who.
        agent: String,
        /// Whether the command can hand it over elsewhere.
        saves: bool,
    },
    /// A person was asked, and said no.
    #[error("not confirmed: nothing was changed")]
    Declined,
    /// Ctrl-C.
    #[error("interrupted before there was an answer{}", if .idempotency_key.is_some() { ": it may have happened all the same" } else { "" })]
    Interrupted {
        /// Under which it is safe to send it again, if it changes something.
        idempotency_key: Option<IdempotencyKey>,
    },
    /// The place of a new secret cannot take one; nothing was changed yet.
    #[error("{0}; nothing was changed")]
    Sink(#[source] DeliveryError),
    /// Standard output leads nowhere; nothing was changed yet.
    #[error("standard output leads nowhere, and the new secret would be lost; nothing was changed")]
    NoStdout,
    /// A token was not revoked, so it was not forgotten either.
    #[error("the token was not revoked, and not forgotten: {0}")]
    NotRevoked(#[source] Box<CommandError>),
    /// A new secret did not arrive.
    #[error(transparent)]
    NotDelivered(Box<NotDelivered>),
    /// Standard output cannot be written to.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// The reader of standard output went away: it has what it wanted.
    #[error("the reader of standard output went away")]
    BrokenPipe,
    /// A client's file cannot be read or written.
    #[cfg(feature = "mcp")]
    #[error(transparent)]
    Client(Box<admin_local::clients::ClientError>),
    /// The server for builder agents does not run.
    #[cfg(feature = "mcp")]
    #[error(transparent)]
    Mcp(#[from] Box<admin_mcp::ServeError>),
    /// The control plane of this machine does not start, or its command does not run.
    #[cfg(feature = "server")]
    #[error(transparent)]
    Dev(#[from] Box<DevError>),
    /// The operating system gives no threads or no polling.
    #[error("cannot start")]
    Runtime(#[source] io::Error),
}

impl From<SignInError> for CommandError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Credentials(error) => error.into(),
            other => Self::Input {
                what: other.to_string(),
                flag: "--profile",
                hint: "name another profile with `--profile NAME`, or this one to replace it",
            },
        }
    }
}

impl From<CredentialError> for CommandError {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Core(error) => error.into(),
            other => Self::Credentials(Box::new(other)),
        }
    }
}

impl From<NoHome> for CommandError {
    fn from(error: NoHome) -> Self {
        CredentialError::from(error).into()
    }
}

impl From<ProfileError> for CommandError {
    fn from(error: ProfileError) -> Self {
        CredentialError::from(error).into()
    }
}

#[cfg(feature = "mcp")]
impl From<admin_local::clients::ClientError> for CommandError {
    fn from(error: admin_local::clients::ClientError) -> Self {
        Self::Client(Box::new(error))
    }
}

impl From<Error> for CommandError {
    fn from(source: Error) -> Self {
        Self::Api { source, advice: Vec::new() }
    }
}

impl CommandError {
    /// What writing to standard output came to.
    pub(crate) fn stdout(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::BrokenPipe } else { Self::Stdout(error) }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Usage(_)
            | Self::Input { .. }
            | Self::Source(_)
            | Self::NotTaken { .. }
            | Self::Ambiguous { .. }
            | Self::NotWritten { done: false, .. } => ErrorCode::BadUserInput,
            Self::UnknownName { .. } => ErrorCode::NotFound,
            Self::SecretInArgument { .. } => ErrorCode::SecretInArgument,
            Self::Setting { .. } | Self::Settings(_) => ErrorCode::Config,
            Self::Credentials(error) => error.code(),
            Self::Api { source, .. } => source.code(),
            Self::NotRevoked(error) => error.code(),
            Self::ConfirmationRequired { .. } | Self::ForAgent { .. } => ErrorCode::ConfirmationRequired,
            Self::Declined | Self::Interrupted { .. } => ErrorCode::Aborted,
            Self::Sink(_) | Self::NoStdout | Self::NotDelivered(_) | Self::NotWritten { .. } => {
                ErrorCode::DeliveryFailed
            }
            #[cfg(feature = "server")]
            Self::Dev(error) => error.code(),
            #[cfg(feature = "mcp")]
            Self::Client(error) => error.code(),
            #[cfg(feature = "mcp")]
            Self::Mcp(_) => ErrorCode::Internal,
            Self::Stdin(_) | Self::Stdout(_) | Self::BrokenPipe | Self::Runtime(_) => ErrorCode::Internal,
        }
    }

    /// What the shell is told. That a reader went away is no failure of ours.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::BrokenPipe => ExitCode::Ok,
            other => ExitCode::from(&other.code()),
        }
    }

    /// How to mend it: one way a line.
    pub(crate) fn hints(&self) -> Vec<String> {
        match self {
            Self::Usage(error) => usage_hints(error),
            Self::SecretInArgument { kind, .. } => {
                let instead = match kind {
                    TokenKind::LiveKey | TokenKind::TestKey => "give a key by `--secret-stdin` or `--secret-env NAME`",
                    TokenKind::Pat => "give the token in `AI_SETU_PAT`",
                    _ => "no command takes it as an argument",
                };
                vec![
                    "arguments stand in the history of the shell and in the list of processes: if it is real, revoke it"
                        .to_owned(),
                    instead.to_owned(),
                ]
            }
            Self::Credentials(error) => error.hints(),
            Self::Api { source, advice } => {
                let in_words =
                    |hint: Cow<'_, str>| name_operations(&hint, |info| format!("aisetu {}", info.command().join(" ")));
                source.hint().map(in_words).into_iter().chain(advice.iter().cloned()).collect()
            }
            Self::Input { hint, .. } => vec![(*hint).to_owned()],
            Self::Source(error) => error.hint().into_iter().collect(),
            Self::UnknownName { nearest, all, .. } => {
                let near = (!nearest.is_empty()).then(|| format!("did you mean `{}`?", nearest.join("`, `")));
                near.into_iter().chain([format!("`{all}` lists all")]).collect()
            }
            Self::Ambiguous { ids, .. } => vec![format!("name one of them by its id: {}", ids.join(", "))],
            Self::ConfirmationRequired { pass, .. } => vec![format!("add `{pass}`")],
            Self::ForAgent { saves, .. } => vec![
                if *saves {
                    "say where the secret goes, such as `--save-to env:.env#AI_SETU_API_KEY` or `--save-to keyring:aisetu/ci`".to_owned()
                } else {
                    "the command of the operation hands it over unseen, such as `aisetu api-keys create --save-to env:.env#AI_SETU_API_KEY`"
                        .to_owned()
                },
                "`--reveal` prints it all the same, and `AI_SETU_AGENT=0` says that no agent drives this command"
                    .to_owned(),
            ],
            Self::Interrupted { idempotency_key: Some(key), .. } => {
                vec![format!("the idempotency key `{key}` makes it safe to send again")]
            }
            Self::Sink(error) => error.hint().into_iter().collect(),
            Self::NoStdout => {
                vec!["name a place for it with `--save-to file:PATH` or `--save-to env:PATH#VAR`".to_owned()]
            }
            Self::NotRevoked(error) => {
                let mut hints = error.hints();
                hints.push("`aisetu auth logout --local` forgets it without the control plane".to_owned());
                hints
            }
            Self::NotDelivered(error) => error.hints(),
            Self::NotWritten { done: true, .. } => {
                vec!["do not send it again: it would be done twice, or refused".to_owned()]
            }
            #[cfg(feature = "mcp")]
            Self::Client(error) => error.hint().into_iter().collect(),
            #[cfg(feature = "server")]
            Self::Dev(error) => error.hint().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// What is behind it, as far as the message does not say it already.
    pub(crate) fn causes(&self) -> Vec<String> {
        let mut said = self.to_string();
        let mut causes = Vec::new();
        let mut next = match self {
            Self::Usage(_) => None,
            other => other.source(),
        };
        while let Some(cause) = next {
            let text = match cause.downcast_ref::<Error>() {
                Some(error) => error.message(),
                None => cause.to_string(),
            };
            if !said.contains(&text) {
                said = format!("{said}: {text}");
                causes.push(text);
            }
            next = cause.source();
        }
        causes
    }

    /// What a server says beside its message; the client's own messages say all.
    pub(crate) fn details(&self) -> Vec<String> {
        let Self::Api { source: error, .. } = self else { return Vec::new() };
        if error.status().is_none() {
            return Vec::new();
        }
        let field = error.field().map(|field| format!("field: {field}"));
        let object = error.object().map(|object| format!("about: {}", Object::from(object)));
        field.into_iter().chain(object).collect()
    }

    /// The input field that is at fault.
    fn field(&self) -> Option<&str> {
        match self {
            Self::Api { source, .. } => source.field(),
            Self::Input { flag, .. } => Some(flag),
            _ => None,
        }
    }

    /// What the error is about.
    fn object(&self) -> Option<Object<'_>> {
        match self {
            Self::Api { source, .. } => source.object().map(Object::from),
            Self::NotDelivered(error) => Some(Object { id: error.id(), hint: None }),
            _ => None,
        }
    }

    /// By which the server's operator finds the request.
    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::Api { source, .. } => source.request_id(),
            Self::NotRevoked(error) => error.request_id(),
            _ => None,
        }
    }

    /// Under which it is safe to send the call again, if it may have happened.
    fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        match self {
            Self::Api { source, .. } => source.idempotency_key(),
            Self::Interrupted { idempotency_key } => idempotency_key.as_ref(),
            _ => None,
        }
    }

    /// How long the server asks to wait.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { source, .. } => source.retry_after(),
            _ => None,
        }
    }

    /// clap's own text, which has usage and tips in it.
    pub(crate) fn rendered(&self) -> Option<String> {
        match self {
            Self::Usage(error) => Some(error.render().ansi().to_string()),
            _ => None,
        }
    }

    /// The error as one JSON object on one line.
    pub(crate) fn to_json(&self) -> String {
        let hints = self.hints();
        let message = [vec![self.to_string()], self.causes()].concat().join(": ");
        let code = self.code();
        let error = WireError {
            code: code.as_str(),
            message,
            hint: (!hints.is_empty()).then(|| hints.join("\n")),
            field: self.field(),
            object: self.object(),
            request_id: self.request_id(),
            idempotency_key: self.idempotency_key().map(IdempotencyKey::as_str),
            retry_after_ms: self.retry_after().and_then(|pause| u64::try_from(pause.as_millis()).ok()),
            exit_code: self.exit_code().number(),
        };
        // Strings and numbers always serialize.
        serde_json::to_string(&Envelope { error }).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: WireError<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireError<'a> {
    code: &'a str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a RequestId>,
    /// Under which it is safe to send it again, where it may have happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    exit_code: u8,
}

#[derive(Serialize)]
struct Object<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl<'a> From<&'a ErrorObject> for Object<'a> {
    fn from(object: &'a ErrorObject) -> Self {
        Self { id: &object.id, hint: object.hint.as_deref() }
    }
}

impl fmt::Display for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hint {
            Some(hint) => write!(f, "{} (…{hint})", self.id),
            None => f.write_str(self.id),
        }
    }
}

/// What is set, and where.
fn place(name: &str, origin: &Origin) -> String {
    match origin {
        Origin::Env(variable) => format!("`{variable}`"),
        origin => format!("`{name}` of {origin}"),
    }
}

/// The first paragraph of clap's text, on one line.
fn usage_message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let message = first.join(" ");
    message.strip_prefix("error: ").unwrap_or(&message).to_owned()
}

/// The tips in clap's text, and where there is more.
fn usage_hints(error: &clap::Error) -> Vec<String> {
    let text = error.render().to_string();
    text.lines()
        .map(str::trim)
        .filter_map(|line| {
            line.strip_prefix("tip: ").or_else(|| line.starts_with("For more information").then_some(line))
        })
        .map(str::to_owned)
        .collect()
}
