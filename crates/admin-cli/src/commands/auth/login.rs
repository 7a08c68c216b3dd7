//! `aisetu auth login`: an address, a code, a token that is kept.

use admin_core::auth::{Proof, RequestCode};
use admin_core::env::AI_SETU_PAT;
use admin_core::pats::Pat;
use admin_core::{ChallengeId, Client, CredentialSource, Issued, TokenKind};
use admin_local::{CredentialStore, Saved, SignIn, shell_flag, shell_word};
use admin_token::Secret;
use clap::Args;

use super::codes::TokenArgs;
use super::session::Session;
use crate::context::Context;
use crate::error::CommandError;
use crate::prompt::Echo;

/// So often a code may be guessed, as the control plane has it.
const MOST_TRIES: u32 = 5;

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// Your e-mail address; on a terminal it is asked for
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Sign in with the token of whoever set the server up, as its first OWNER
    #[arg(long)]
    bootstrap: bool,
    /// Give a code that was asked for before (`chal_…`), instead of asking for one
    #[arg(long, value_name = "ID", conflicts_with_all = ["bootstrap", "email"])]
    challenge: Option<ChallengeId>,
    #[command(flatten)]
    token: TokenArgs,
}

impl LoginArgs {
    pub(super) async fn run(mut self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key_of_sign_in("auth login")?;
        let target = SignIn::new(&context.wanted(), &context.environment, context.builder())?;
        let client = Client::new(target.config().clone())?;
        let proof = self.proof(context, &client).await?;
        let _hold = context.signals.hold().map_err(CommandError::Runtime)?;
        let Issued { item: pat, secret } = self.sign_in(context, &client, proof).await?;
        // From here on there is a token: nothing stops before it is kept, or revoked.
        keep(context, target, self.email, &pat, &secret).await
    }

    /// Gets from the user, or from standard input, what shows who they are.
    async fn proof(&mut self, context: &Context, client: &Client) -> Result<Proof, CommandError> {
        if let Some(challenge_id) = self.challenge.clone() {
            return Ok(Proof::Code { challenge_id, code: code(context).await? });
        }
        let email = match &self.email {
            Some(email) => email.clone(),
            None if Context::on_terminal() => context.ask("E-mail address: ", Echo::Shown).await?.expose().to_owned(),
            None => {
                return Err(CommandError::Input {
                    what: "there is no terminal to ask for the e-mail address on".to_owned(),
                    flag: "--email",
                    hint: "give it with `--email ADDRESS`; the code is read from standard input",
                });
            }
        };
        self.email = Some(email.clone());
        if self.bootstrap {
            return Ok(Proof::Bootstrap { token: bootstrap_token(context).await?, email });
        }
        let asked = async { Ok(client.execute(RequestCode::new(&email)).await?) };
        let challenge = context.interruptible(None, asked).await?;
        context.printer.note(format_args!(
            "if {} may sign in, a code is on its way there; it is good until {}, as challenge {}",
            crate::output::printable(&email),
            challenge.expires_at,
            challenge.challenge_id
        ));
        Ok(Proof::Code { challenge_id: challenge.challenge_id, code: code(context).await? })
    }

    /// Trades it for a token. A person at a terminal can mend what is wrong.
    async fn sign_in(
        &mut self,
        context: &Context,
        client: &Client,
        mut proof: Proof,
    ) -> Result<Issued<Pat>, CommandError> {
        let mut tries = 0;
        loop {
            let operation = self.token.operation(proof.clone());
            let call = async { Ok(client.execute(operation).await?) };
            let error = match context.interruptible(None, call).await {
                Err(CommandError::Api { source, .. }) => source,
                outcome => return outcome,
            };
            tries += 1;
            match (&mut proof, error.field()) {
                // A challenge that is over stays so, whatever is typed: then it is not the code that is named.
                (Proof::Code { code, .. }, Some("code")) if Context::on_terminal() && tries < MOST_TRIES => {
                    context.printer.error(&error.into());
                    *code = self::code(context).await?;
                }
                (Proof::Code { .. }, Some("tenantId")) if Context::on_terminal() && self.token.tenant.is_none() => {
                    context.printer.error(&error.into());
                    let tenant = context.ask("Tenant (ten_…): ", Echo::Shown).await?;
                    self.token.tenant = Some(tenant.expose().into());
                }
                (Proof::Code { challenge_id, .. }, Some("tenantId")) => {
                    let again = format!(
                        "the same code works with `aisetu auth login --challenge {challenge_id} --tenant TENANT`"
                    );
                    return Err(CommandError::Api { source: error, advice: vec![again] });
                }
                _ => return Err(error.into()),
            }
        }
    }
}

async fn code(context: &Context) -> Result<Secret, CommandError> {
    if Context::on_terminal() {
        return context.ask("Code: ", Echo::Shown).await;
    }
    context.line_of_stdin("write the code there, and a line end").await
}

async fn bootstrap_token(context: &Context) -> Result<Secret, CommandError> {
    let token = if Context::on_terminal() {
        context.ask("Bootstrap token (it is not shown): ", Echo::Hidden).await?
    } else {
        context.line_of_stdin("write the bootstrap token there, and a line end").await?
    };
    let what = match admin_token::parse(token.expose()) {
        Ok(parsed) if parsed.kind() == TokenKind::Bootstrap => return Ok(token),
        Ok(parsed) => format!("what was given is {}, and no bootstrap token; nothing was sent", parsed.kind()),
        Err(error) => format!("what was given is no bootstrap token: {error}; nothing was sent"),
    };
    Err(CommandError::Input { what, flag: "--bootstrap", hint: "`aisetu-server init` prints one" })
}

/// Keeps the token, and tells of it. One that cannot be kept is revoked.
async fn keep(
    context: &Context,
    target: SignIn,
    email: Option<String>,
    pat: &Pat,
    secret: &Secret,
) -> Result<(), CommandError> {
    let source = CredentialSource::Profile { name: target.name().to_owned() };
    let base_url = target.config().base_url().clone();
    let builder = || context.builder().environment(context.environment.clone());
    let kept = match target.keep(pat, secret, email, builder).await {
        Ok(kept) => kept,
        Err(error) => {
            let holder = context.holder(secret, &base_url, source)?;
            return Err(context.undo_sign_in(&holder, pat, error).await);
        }
    };
    match kept.replaced {
        None => {}
        Some((hint, Ok(()))) => context.printer.note(format_args!("the token before it (…{hint}) was revoked")),
        Some((hint, Err(error))) => context.printer.warning(format_args!(
            "the token before it (…{hint}) could not be revoked, and works until it expires: {error}"
        )),
    }
    let store = CredentialStore::open(&context.environment)?;
    let session = Session::of_profile(&base_url, &kept.name, &kept.profile, &store);
    match kept.whoami {
        Ok(whoami) => context.print(&session.checked(whoami))?,
        Err(error) => {
            context.print(&session)?;
            context.printer.warning(format_args!("who that is could not be asked: {}", error.message()));
        }
    }
    tell(context, &kept.name, &kept.saved)
}

/// Where the token is, and whether the commands that follow will use it.
fn tell(context: &Context, name: &str, saved: &Saved) -> Result<(), CommandError> {
    if let Saved::File { because, .. } = saved {
        context.printer.note(format_args!("the token is in a file that only you can read, because {because}"));
    }
    if context.environment.get(AI_SETU_PAT).is_some() {
        context.printer.warning(format_args!(
            "`{AI_SETU_PAT}` is set and wins over what was kept now: unset it, or name the profile with `{}`",
            shell_flag("--profile", name)
        ));
    } else if context.settings.profile(None, &context.environment)?.value != name {
        let flag = shell_flag("--profile", name);
        context.printer.note(format_args!(
            "commands use it with `{flag}`, or without after `aisetu profile use {}`",
            shell_word(name)
        ));
    }
    Ok(())
}
