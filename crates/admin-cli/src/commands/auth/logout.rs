//! `aisetu auth logout`.

use admin_core::auth::WhoAmI;
use admin_core::env::AI_SETU_PAT;
use admin_core::pats::RevokePat;
use admin_core::{CredentialSource, ErrorCode};
use admin_local::{CredentialStore, Profile};
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};

#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// Only forget the token on this machine: it keeps working for whoever has it
    #[arg(long)]
    local: bool,
}

/// What became of the token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoggedOut {
    profile: String,
    base_url: String,
    revoked: bool,
}

impl Show for LoggedOut {
    const PLURAL: &'static str = "profiles";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("profile", self.profile.clone()),
            Field::column("control plane", self.base_url.clone()),
            Field::column("token", if self.revoked { "revoked" } else { "forgotten" }.to_owned()),
        ]
    }
}

impl LogoutArgs {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key_of_sign_in("auth logout")?;
        if context.global.base_url.is_some() {
            let why = "the profile names the control plane";
            return Err(CommandError::NotTaken { command: "auth logout".to_owned(), flag: "--base-url", why });
        }
        let store = CredentialStore::open(&context.environment)?;
        let name = context.profile_name()?;
        let profile = store.profiles().get(&name)?;
        let revoked = if self.local { false } else { revoke(context, &store, &name, &profile).await? };
        if let Some(Err(error)) = store.forget(&name)? {
            context.printer.warning(format_args!(
                "the token is still in the keyring, where nothing leads to it any more: {error}"
            ));
        }
        if !revoked {
            let until = profile.expires_at.map(|at| format!(", until {at}")).unwrap_or_default();
            context.printer.note(format_args!("whoever else has the token can go on using it{until}"));
        }
        if context.environment.get(AI_SETU_PAT).is_some() {
            context.printer.note(format_args!("`{AI_SETU_PAT}` is still set, and its token still works"));
        }
        context.print(&LoggedOut { profile: name, base_url: profile.base_url.to_string(), revoked })
    }
}

/// Revokes the token with itself. One that works no more is as good as revoked.
async fn revoke(
    context: &Context,
    store: &CredentialStore,
    name: &str,
    profile: &Profile,
) -> Result<bool, CommandError> {
    let source = CredentialSource::Profile { name: name.to_owned() };
    let token = store.token(name, profile).map_err(not_revoked)?;
    let client = context.holder(&token, &profile.base_url, source).map_err(not_revoked)?;
    let call = async {
        let id = match client.execute(WhoAmI {}).await {
            Ok(whoami) => whoami.pat.id,
            Err(error) if error.code() == ErrorCode::Unauthenticated => return Ok(()),
            Err(error) => return Err(not_revoked(error)),
        };
        client.execute(RevokePat { id }).await.map(drop).map_err(not_revoked)
    };
    context.interruptible(None, call).await.map(|()| true)
}

/// Nothing was forgotten: the token is there for the next try.
fn not_revoked(error: impl Into<CommandError>) -> CommandError {
    CommandError::NotRevoked(Box::new(error.into()))
}
