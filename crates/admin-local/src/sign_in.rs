//! Signing in: which profile will have the token, for which control plane, and what becomes of the token that it had.

use std::time::Duration;

use admin_core::auth::{WhoAmI, Whoami};
use admin_core::env::{AI_SETU_API_BASE_URL, Environment};
use admin_core::pats::{Pat as Record, RevokePat};
use admin_core::{BaseUrl, CallOptions, Client, Config, ConfigBuilder, CredentialSource, Error, ErrorCode, Pat};
use admin_token::Secret;

use crate::credentials::{chosen_profile, same_origin, signed_out};
use crate::{CredentialError, CredentialStore, Profile, ProfileError, Saved, SignedIn, Wanted};

/// How long the revocation of the token before may hold up a login that is done.
const FOR_THE_OLD_TOKEN: Duration = Duration::from_secs(5);

/// Where somebody signs in, and where the token will be kept.
#[derive(Debug)]
pub struct SignIn {
    name: String,
    store: CredentialStore,
    /// What the profile has now.
    old: Option<Profile>,
    config: Config,
}

/// Why nobody can sign in there. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The profile, which nobody named, has a token of another control plane.
    #[error("the profile `{name}` is for {stored}, and its token would be replaced by one for {given}")]
    OtherHost {
        /// The profile.
        name: String,
        /// What it is for.
        stored: Box<BaseUrl>,
        /// Where somebody signs in.
        given: Box<BaseUrl>,
    },
    /// The profile or the control plane cannot be told.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
}

/// A token that was kept.
#[derive(Debug)]
#[non_exhaustive]
pub struct KeptToken {
    /// The profile that has it.
    pub name: String,
    /// The same as it is kept.
    pub profile: Profile,
    /// Where the token is.
    pub saved: Saved,
    /// Whose it is, as the control plane says.
    pub whoami: Result<Whoami, Error>,
    /// The token before it: its last characters, and whether it could be revoked.
    pub replaced: Option<(String, Result<(), CredentialError>)>,
}

impl SignIn {
    /// As whoever signs in chose: the profile, and the control plane that was named, else that of the profile, else the hosted service.
    /// What else there is to set, the builder has.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn new(wanted: &Wanted, environment: &Environment, builder: ConfigBuilder) -> Result<Self, SignInError> {
        let name = chosen_profile(wanted, environment).map_err(CredentialError::from)?.value;
        let store = CredentialStore::open(environment).map_err(CredentialError::from)?;
        let old = store.profiles().find(&name).map_err(CredentialError::from)?;
        let is_named = wanted.base_url.is_some() || environment.get(AI_SETU_API_BASE_URL).is_some();
        let (base_url, base_url_from) = match &old {
            _ if is_named => (wanted.base_url.clone(), wanted.base_url_from.clone()),
            Some(Profile { base_url, .. }) => {
                (Some(base_url.to_string()), CredentialSource::Profile { name: name.clone() })
            }
            None => (Some(BaseUrl::PRODUCTION.to_owned()), CredentialSource::Explicit),
        };
        let there = Wanted { profile: None, base_url, base_url_from, folder: None };
        let config = signed_out(&there, environment, builder)?;
        match &old {
            Some(Profile { base_url, .. }) if wanted.profile.is_none() && !same_origin(base_url, config.base_url()) => {
                let (stored, given) = (Box::new(base_url.clone()), Box::new(config.base_url().clone()));
                Err(SignInError::OtherHost { name, stored, given })
            }
            _ => Ok(Self { name, store, old, config }),
        }
    }

    /// The profile that will have the token.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the profile has the token of somebody else, or of whoever put it there by hand.
    pub fn replaces_another(&self, email: &str) -> bool {
        let holder = self.old.as_ref().map(|old| old.email.as_deref().unwrap_or_default());
        holder.is_some_and(|holder| !holder.eq_ignore_ascii_case(email.trim()))
    }

    /// Where somebody signs in; without a token.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Keeps the token, and revokes the one that it replaces. One that a person put into the profile by hand is left alone.
    ///
    /// # Errors
    /// [`ProfileError`]: the token is kept nowhere, and should be revoked.
    pub async fn keep(
        self,
        pat: &Record,
        secret: &Secret,
        email: Option<String>,
        builder: impl Fn() -> ConfigBuilder,
    ) -> Result<KeptToken, ProfileError> {
        let Self { name, store, old, config } = self;
        let base_url = config.base_url().clone();
        let holder = |token: &Secret, base_url: &BaseUrl| {
            let pat = Pat::parse(token.expose(), CredentialSource::Profile { name: name.clone() })?;
            Client::new(builder().pat(pat).base_url(base_url.as_str()).build()?)
        };
        let whoami = match holder(secret, &base_url) {
            Ok(client) => client.execute(WhoAmI {}).await,
            Err(error) => Err(error),
        };
        let signed_in = SignedIn {
            base_url,
            pat: secret.clone(),
            expires_at: pat.expires_at,
            email: whoami.as_ref().map(|whoami| whoami.user.email.clone()).ok().or(email),
            tenant: whoami.as_ref().map(|whoami| whoami.tenant.id.to_string()).ok(),
        };
        // Read before it is forgotten.
        let before = old.filter(|old| old.email.is_some()).map(|old| (store.token(&name, &old), old));
        let saved = store.save(&name, &signed_in)?;
        let mut replaced = None;
        if let Some((token, old)) = before {
            let revoked = match token {
                Ok(token) if token.expose() == secret.expose() => Ok(()),
                Ok(token) => match holder(&token, &old.base_url) {
                    Ok(client) => revoke(&client).await.map_err(CredentialError::from),
                    Err(error) => Err(error.into()),
                },
                Err(error) => Err(error),
            };
            replaced = Some((old.pat.hint().to_owned(), revoked));
        }
        let profile = store.profiles().get(&name)?;
        Ok(KeptToken { name, profile, saved, whoami, replaced })
    }
}

/// Revokes a token with itself. One that works no more needs no revocation.
async fn revoke(client: &Client) -> Result<(), Error> {
    let options = || CallOptions { timeout: Some(FOR_THE_OLD_TOKEN), ..CallOptions::default() };
    let id = match client.execute_with(WhoAmI {}, options()).await {
        Ok(response) => response.value.pat.id,
        Err(error) if error.code() == ErrorCode::Unauthenticated => return Ok(()),
        Err(error) => return Err(error),
    };
    client.execute_with(RevokePat { id }, options()).await.map(drop)
}
