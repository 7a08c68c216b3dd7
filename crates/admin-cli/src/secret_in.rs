//! Taking a secret in. No argument has one as its value: others can read the arguments of a process.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use admin_local::{NotASecret, SecretReference, SecretSource, SourceError};
use admin_token::Secret;
use clap::Args;

use crate::context::Context;
use crate::error::CommandError;

/// Where a secret is.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct SecretArgs {
    /// Read the secret from standard input; a line end at its end is no part of it
    #[arg(long = "secret-stdin")]
    stdin: bool,
    /// Read the secret from this file
    #[arg(long = "secret-file", value_name = "PATH")]
    file: Option<PathBuf>,
    /// Read the secret from this variable of the environment
    #[arg(long = "secret-env", value_name = "NAME")]
    variable: Option<String>,
    /// Ask somebody else for the secret: `op://VAULT/ITEM/FIELD` (1Password), `vault:PATH#FIELD` (Vault) or
    /// `keyring:SERVICE/ACCOUNT` [default: on a terminal it is asked for, and not shown]
    #[arg(long = "secret-from", value_name = "REFERENCE")]
    reference: Option<SecretReference>,
}

impl SecretArgs {
    /// Whether a flag says where it is.
    pub(crate) fn is_given(&self) -> bool {
        self.stdin || self.file.is_some() || self.variable.is_some() || self.reference.is_some()
    }

    /// Reads a token or a code of ours, of which white space around it is no part.
    ///
    /// # Errors
    /// As [`SecretArgs::read`].
    pub(crate) async fn read_token(self, context: &Context, what: &str) -> Result<Secret, CommandError> {
        Ok(Secret::new(self.read(context, what).await?.expose().trim()))
    }

    /// Reads it; `what` it is, a message says.
    ///
    /// # Errors
    /// [`CommandError::Source`], or [`CommandError::Input`] with the flag; neither quotes what was read.
    pub(crate) async fn read(self, context: &Context, what: &str) -> Result<Secret, CommandError> {
        let Self { stdin, file, variable, reference } = self;
        let source = match (file, variable, reference) {
            (Some(path), ..) => SecretSource::File(path),
            (None, Some(name), _) => SecretSource::Env(name),
            (None, None, Some(reference)) => SecretSource::Reference(reference),
            (None, None, None) if io::stdin().is_terminal() => return context.ask_secret(what).await,
            (None, None, None) if stdin => return from_stdin(context).await,
            (None, None, None) => {
                return Err(CommandError::Input {
                    what: format!("there is no terminal to ask for {what} on"),
                    flag: "--secret-stdin",
                    hint: "give it by `--secret-stdin`, `--secret-file PATH`, `--secret-env NAME` or `--secret-from REFERENCE`",
                });
            }
        };
        let environment = context.environment.clone();
        // Another program may have to be asked, which a person may have to unlock.
        let reading = async {
            let read = tokio::task::spawn_blocking(move || source.read(&environment)).await;
            let read = read.map_err(|error| CommandError::Runtime(io::Error::other(error)))?;
            read.map_err(|error: SourceError| CommandError::Source(Box::new(error)))
        };
        context.interruptible(None, reading).await
    }
}

async fn from_stdin(context: &Context) -> Result<Secret, CommandError> {
    let reading = async {
        let read = tokio::task::spawn_blocking(|| SecretSource::read_from(io::stdin().lock())).await;
        let read = read.map_err(|error| CommandError::Runtime(io::Error::other(error)))?;
        read.map_err(|why| match why {
            NotASecret::Unreadable(error) => CommandError::Stdin(error),
            why => CommandError::Input {
                what: format!("what standard input has is no secret: {why}"),
                flag: "--secret-stdin",
                hint: "put the secret there, and nothing else",
            },
        })
    };
    context.interruptible(None, reading).await
}
