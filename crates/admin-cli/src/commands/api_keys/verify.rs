//! `aisetu api-keys verify`: what a gateway would be told about a key.

use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;

use admin_core::{Verification, VerifyCode, VerifyRequest};
use admin_token::Secret;
use clap::Args;

use crate::commands::done;
use crate::context::Context;
use crate::error::CommandError;

/// More than any key has: whatever is longer was piped in by mistake.
const LONGEST: u64 = 4096;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    secret: SecretArgs,
    /// A scope that the call needs; give the flag once for each scope
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
}

/// Where the key is. No argument takes the key itself.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct SecretArgs {
    /// Read the key from standard input
    #[arg(long)]
    secret_stdin: bool,
    /// Read the key from this variable of the environment
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
}

impl VerifyArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        context.refuse_idempotency_key("api-keys verify")?;
        let client = context.client()?;
        let mut request = VerifyRequest::new(self.secret.read(context)?);
        request.scopes = self.scopes;
        let call = async { Ok(client.gateway().verify(request).await?) };
        let verdict = context.interruptible(None, call).await?;
        context.print(&verdict)?;
        Ok(exit_code(&verdict))
    }
}

fn exit_code(verdict: &Verification) -> ExitCode {
    match verdict {
        Verification { valid: true, code: VerifyCode::Valid, .. } => done(()),
        _ => crate::ExitCode::CheckFailed.into(),
    }
}

impl SecretArgs {
    fn read(self, context: &Context) -> Result<Secret, CommandError> {
        let (text, flag, nothing) = if let Some(name) = self.secret_env {
            let text = context.environment.get(&name).map(Secret::new);
            (text, "--secret-env", format!("the variable `{name}` is not set, or empty"))
        } else {
            let text = String::from_utf8(read_stdin(context)?).ok().map(Secret::new);
            (text, "--secret-stdin", "standard input is empty, or no text".to_owned())
        };
        let wrong = |what| CommandError::Input { what, flag, hint: "put the key there, and nothing else" };
        let text = text.as_ref().map_or("", Secret::expose);
        // White space belongs to the file or the shell, never to a key.
        let key = text.trim();
        if key.is_empty() {
            return Err(wrong(nothing));
        }
        if text.len() as u64 > LONGEST {
            return Err(wrong(format!("`{flag}` has more than {LONGEST} bytes, which no key has")));
        }
        if let Err(error) = admin_token::parse(key) {
            // The control plane still says NOT_FOUND; why it cannot be anything else is known here.
            context.printer.note(format_args!("what was given is no well-formed key: {error}"));
        }
        Ok(Secret::new(key))
    }
}

fn read_stdin(context: &Context) -> Result<Vec<u8>, CommandError> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        context.printer.note("paste the key, then press Enter and Ctrl-D");
    }
    let mut bytes = Vec::new();
    stdin.lock().take(LONGEST + 1).read_to_end(&mut bytes).map_err(CommandError::Stdin)?;
    Ok(bytes)
}
