//! Taking a secret in. No argument has one as its value: others can read the arguments of a process.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use admin_token::Secret;
use clap::Args;

use crate::context::Context;
use crate::error::CommandError;

/// More than any secret has, in bytes: whatever is longer was piped in by mistake.
const LONGEST: u64 = 4096;

/// Where a secret is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct SecretArgs {
    /// Read the secret from standard input
    #[arg(long = "secret-stdin")]
    stdin: bool,
    /// Read the secret from this file
    #[arg(long = "secret-file", value_name = "PATH")]
    file: Option<PathBuf>,
    /// Read the secret from this variable of the environment
    #[arg(long = "secret-env", value_name = "NAME")]
    variable: Option<String>,
}

impl SecretArgs {
    /// Reads it; `what` it is, a message says. White space around it belongs to the file or the shell.
    ///
    /// # Errors
    /// [`CommandError::Input`] names the flag, and never what was read.
    pub(crate) fn read(self, context: &Context, what: &str) -> Result<Secret, CommandError> {
        let Self { stdin: _, file, variable } = self;
        let (bytes, flag, nothing) = match (file, variable) {
            (Some(path), _) => {
                let unreadable = |error: io::Error| CommandError::Input {
                    what: format!("`{}` cannot be read: {error}", path.display()),
                    flag: "--secret-file",
                    hint: "name a file with the secret in it, and nothing else",
                };
                let bytes = File::open(&path).and_then(bounded).map_err(unreadable)?;
                (bytes, "--secret-file", format!("`{}` is empty, or no text", path.display()))
            }
            (None, Some(name)) => {
                let bytes = context.environment.get(&name).unwrap_or_default().into_bytes();
                (bytes, "--secret-env", format!("the variable `{name}` is not set, or empty"))
            }
            (None, None) => {
                let stdin = io::stdin();
                if stdin.is_terminal() {
                    context.printer.note(format_args!("paste {what}, then press Enter and Ctrl-D"));
                }
                let bytes = bounded(stdin.lock()).map_err(CommandError::Stdin)?;
                (bytes, "--secret-stdin", "standard input is empty, or no text".to_owned())
            }
        };
        let wrong = |what| CommandError::Input { what, flag, hint: "put the secret there, and nothing else" };
        if bytes.len() as u64 > LONGEST {
            return Err(wrong(format!("`{flag}` has more than {LONGEST} bytes, which no secret has")));
        }
        let text = String::from_utf8(bytes).map_or_else(|_| Secret::new(""), Secret::new);
        match text.expose().trim() {
            "" => Err(wrong(nothing)),
            secret => Ok(Secret::new(secret)),
        }
    }
}

fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
