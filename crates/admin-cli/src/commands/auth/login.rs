//! `aisetu auth login`: an address, a code, a token that is kept.

use std::time::Duration;

use admin_core::auth::{Proof, RequestCode, WhoAmI};
use admin_core::env::{AI_SETU_API_BASE_URL, AI_SETU_PAT};
use admin_core::pats::{Pat, RevokePat};
use admin_core::{BaseUrl, CallOptions, ChallengeId, Client, Config, CredentialSource, ErrorCode, Issued, TokenKind};
use admin_local::{CredentialStore, Profile, Saved, SignedIn, Wanted, same_origin, shell_flag, shell_word, signed_out};
use admin_token::Secret;
use clap::Args;

use super::codes::TokenArgs;
use super::session::Session;
use crate::context::Context;
use crate::error::CommandError;
use crate::prompt::Echo;

/// So often a code may be guessed, as the control plane has it.
const MOST_TRIES: u32 = 5;
/// How long the revocation of the token before may hold up a login that is done.
const FOR_THE_OLD_TOKEN: Duration = Duration::from_secs(5);

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

/// Where somebody signs in, and where the token will be kept.
struct Target {
    name: String,
    store: CredentialStore,
    /// What the profile has now.
    old: Option<Profile>,
    client: Client,
}

impl LoginArgs {
    pub(super) async fn run(mut self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key_of_sign_in("auth login")?;
        let target = Target::of(context)?;
        let proof = self.proof(context, &target.client).await?;
        let Issued { item: pat, secret } = self.sign_in(context, &target.client, proof).await?;
        // From here on there is a token: nothing stops before it is kept, or revoked.
        target.keep(context, self.email, &pat, &secret).await
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

impl Target {
    fn of(context: &Context) -> Result<Self, CommandError> {
        let name = context.profile_name()?;
        let store = CredentialStore::open(&context.environment)?;
        let old = store.profiles().find(&name)?;
        let wanted = match (&context.global.base_url, &old) {
            (Some(_), _) => context.wanted(),
            (None, _) if context.environment.get(AI_SETU_API_BASE_URL).is_some() => context.wanted(),
            (None, Some(Profile { base_url, .. })) => Wanted {
                profile: None,
                base_url: Some(base_url.to_string()),
                base_url_from: CredentialSource::Profile { name: name.clone() },
                folder: None,
            },
            (None, None) => Wanted {
                profile: None,
                base_url: Some(BaseUrl::PRODUCTION.to_owned()),
                base_url_from: CredentialSource::Explicit,
                folder: None,
            },
        };
        let config: Config = signed_out(&wanted, &context.environment, context.builder())?;
        if let Some(Profile { base_url, .. }) = &old
            && !same_origin(base_url, config.base_url())
            && context.global.profile.is_none()
        {
            return Err(CommandError::Input {
                what: format!(
                    "the profile `{name}` is for {base_url}, and its token would be replaced by one for {}",
                    config.base_url()
                ),
                flag: "--profile",
                hint: "name another profile with `--profile NAME`, or this one to replace it",
            });
        }
        Ok(Self { name, store, old, client: Client::new(config)? })
    }

    /// Keeps the token, and tells of it. One that cannot be kept is revoked.
    async fn keep(
        self,
        context: &Context,
        email: Option<String>,
        pat: &Pat,
        secret: &Secret,
    ) -> Result<(), CommandError> {
        let Self { name, store, old, client } = self;
        let base_url = client.config().base_url().clone();
        let holder = context.holder(secret, &base_url, CredentialSource::Profile { name: name.clone() })?;
        let whoami = holder.execute(WhoAmI {}).await;
        let signed_in = SignedIn {
            base_url: base_url.clone(),
            pat: secret.clone(),
            expires_at: pat.expires_at,
            email: whoami.as_ref().map(|whoami| whoami.user.email.clone()).ok().or(email),
            tenant: whoami.as_ref().map(|whoami| whoami.tenant.id.to_string()).ok(),
        };
        // Read before it is forgotten. What a person put into the profile by hand may be in use elsewhere, and is left alone.
        let replaced = old.filter(|old| old.email.is_some()).map(|old| (store.token(&name, &old), old));
        let saved = match store.save(&name, &signed_in) {
            Ok(saved) => saved,
            Err(error) => return Err(context.undo_sign_in(&holder, pat, error).await),
        };
        if let Some((token, old)) = replaced {
            let revoked = match token {
                Ok(token) if token.expose() == secret.expose() => Ok(()),
                Ok(token) => revoke(context, &token, &old.base_url).await,
                Err(error) => Err(error.into()),
            };
            match revoked {
                Ok(()) => context.printer.note(format_args!("the token before it (…{}) was revoked", old.pat.hint())),
                Err(error) => context.printer.warning(format_args!(
                    "the token before it (…{}) could not be revoked, and works until it expires: {error}",
                    old.pat.hint()
                )),
            }
        }
        let profile = store.profiles().get(&name)?;
        let session = Session::of_profile(&base_url, &name, &profile, &store);
        match whoami {
            Ok(whoami) => context.print(&session.checked(whoami))?,
            Err(error) => {
                context.print(&session)?;
                context.printer.warning(format_args!("who that is could not be asked: {}", error.message()));
            }
        }
        tell(context, &name, &saved)
    }
}

/// Revokes a token with itself. One that works no more needs no revocation.
async fn revoke(context: &Context, token: &Secret, base_url: &BaseUrl) -> Result<(), CommandError> {
    let client = context.holder(token, base_url, CredentialSource::Explicit)?;
    let options = || CallOptions { timeout: Some(FOR_THE_OLD_TOKEN), ..CallOptions::default() };
    let id = match client.execute_with(WhoAmI {}, options()).await {
        Ok(response) => response.value.pat.id,
        Err(error) if error.code() == ErrorCode::Unauthenticated => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    client.execute_with(RevokePat { id }, options()).await?;
    Ok(())
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
