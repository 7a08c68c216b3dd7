//! Where a secret is that a call needs: the argument `source`. No argument has the secret itself.

use admin_core::ErrorCode;
use admin_local::{SecretSource, SourceError};
use admin_token::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{ToolError, told};
use crate::server::Server;

/// Where the secret is. No argument takes the secret itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Source {
    /// Variables of the server's environment, one for each part of the secret.
    Env {
        /// Their names.
        variables: Vec<String>,
    },
    /// Variables of a file of `NAME=value` lines.
    EnvFile {
        /// The file, inside the working folder.
        path: String,
        /// Their names.
        variables: Vec<String>,
    },
    /// A form in the user's browser.
    Browser {},
}

impl Source {
    /// Reads the parts of the secret, in order; `None` = a person is to fill them in.
    pub(crate) async fn read(&self, server: &Server, parts: &[&str]) -> Result<Option<Vec<Secret>>, ToolError> {
        if !server.is_local() && !matches!(self, Self::Browser {}) {
            return Err(refused("what this server can read is its own, and none of the caller's"));
        }
        let (sources, given): (Vec<_>, _) = match self {
            Self::Browser {} => {
                return if server.has_pages() {
                    Ok(None)
                } else {
                    Err(refused("no browser can be opened on this machine"))
                };
            }
            Self::Env { variables } => {
                if let Some(ours) = variables.iter().find(|name| name.to_ascii_uppercase().starts_with("AI_SETU_")) {
                    return Err(refused(&format!("`{ours}` is this server's own")));
                }
                (variables.iter().map(|name| SecretSource::Env(name.clone())).collect(), variables.len())
            }
            Self::EnvFile { path, variables } => {
                let outside = |error: ToolError| refused(error.message().trim_end_matches("; nothing was changed"));
                let file = server.folder().file(path).map_err(outside)?;
                let source = |name: &String| SecretSource::EnvFile { path: file.clone(), variable: name.clone() };
                (variables.iter().map(source).collect(), variables.len())
            }
        };
        if given != parts.len() {
            let parts = parts.join(", ");
            return Err(refused(&format!("`source` names {given} variables, and these are wanted, in order: {parts}")));
        }
        let environment = server.environment().clone();
        let reading = tokio::task::spawn_blocking(move || {
            sources.iter().map(|source| source.read(&environment)).collect::<Result<Vec<Secret>, SourceError>>()
        });
        match reading.await {
            Ok(Ok(secrets)) => Ok(Some(secrets)),
            Ok(Err(error)) => Err(refused(&told(&error))),
            Err(error) => Err(refused(&error.to_string())),
        }
    }
}

fn refused(what: &str) -> ToolError {
    let next = "name variables that hold it, as `{\"kind\":\"env_file\",\"path\":\".env\",\"variables\":[\"NAME\"]}`, or `{\"kind\":\"browser\"}`; \
                never ask for the secret itself";
    ToolError::new(ErrorCode::BadUserInput, format!("{what}; nothing was sent"), next)
}
