//! What whoever registers the server allows, and no model can.

use std::collections::BTreeMap;

use admin_core::ErrorCode;
use admin_core::env::Environment;
use admin_local::Sink;

use crate::error::ToolError;
use crate::run::ServeError;

/// Programs that may take a new secret, one `NAME=PROGRAM [ARGUMENT]...` a line, as `--allow-command` takes them.
pub const AI_SETU_MCP_ALLOW_COMMANDS: &str = "AI_SETU_MCP_ALLOW_COMMANDS";
/// `1` lets a sign-in code come through the conversation, as `--allow-code-in-chat` does.
pub const AI_SETU_MCP_ALLOW_CODE_IN_CHAT: &str = "AI_SETU_MCP_ALLOW_CODE_IN_CHAT";
/// `1` lets new secrets go into the conversation, as `--allow-secrets-in-chat` does.
pub const AI_SETU_MCP_ALLOW_SECRETS_IN_CHAT: &str = "AI_SETU_MCP_ALLOW_SECRETS_IN_CHAT";

/// The flags that say what a model may do beyond what is safe for everybody. What a flag leaves open its variable says.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Allowed {
    /// A program that may take a new secret on its standard input, such as `ci=gh secret set KEY --repo acme/app`; once for each
    #[arg(long = "allow-command", value_name = "NAME=PROGRAM")]
    commands: Vec<String>,
    /// Let a sign-in code come through the conversation, also where a browser could be opened
    #[arg(long = "allow-code-in-chat")]
    code_in_chat: bool,
    /// Let new secrets go into the conversation, and so to the provider of the model
    #[arg(long = "allow-secrets-in-chat")]
    secrets_in_chat: bool,
}

/// What is allowed.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) commands: Commands,
    pub(crate) code_in_chat: bool,
    pub(crate) secrets_in_chat: bool,
}

impl Policy {
    /// # Errors
    /// [`ServeError::Command`] when a command is none.
    pub(crate) fn new(allowed: Allowed, environment: &Environment) -> Result<Self, ServeError> {
        let Allowed { mut commands, code_in_chat, secrets_in_chat } = allowed;
        if commands.is_empty() {
            let given = environment.get(AI_SETU_MCP_ALLOW_COMMANDS).unwrap_or_default();
            commands.extend(given.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        }
        let is_on =
            |name: &str| environment.get(name).is_some_and(|value| !["", "0", "false"].contains(&value.as_str()));
        Ok(Self {
            commands: Commands::parse(&commands)?,
            code_in_chat: code_in_chat || is_on(AI_SETU_MCP_ALLOW_CODE_IN_CHAT),
            secrets_in_chat: secrets_in_chat || is_on(AI_SETU_MCP_ALLOW_SECRETS_IN_CHAT),
        })
    }
}

/// Programs by the names that a model gives them.
#[derive(Debug)]
pub(crate) struct Commands(BTreeMap<String, Sink>);

impl Commands {
    fn parse(given: &[String]) -> Result<Self, ServeError> {
        let parse = |text: &String| {
            let bad = |why: String| ServeError::Command { given: text.clone(), why };
            let (name, command) = text.split_once('=').ok_or_else(|| bad("write it as `NAME=PROGRAM`".to_owned()))?;
            let sink =
                format!("cmd:{command}").parse().map_err(|error: admin_local::SinkError| bad(error.to_string()))?;
            Ok((name.to_owned(), sink))
        };
        given.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn get(&self, name: &str) -> Result<Sink, ToolError> {
        if let Some(sink) = self.0.get(name) {
            return Ok(sink.clone());
        }
        let known = self.0.keys().map(String::as_str).collect::<Vec<_>>().join("`, `");
        let known = if known.is_empty() { "none".to_owned() } else { format!("`{known}`") };
        Err(ToolError::new(
            ErrorCode::DeliveryFailed,
            format!("the user has allowed no command `{name}` to take a secret, but {known}; nothing was changed"),
            "name another place, or have the user register this server anew with `--allow-command NAME=PROGRAM`",
        ))
    }
}
