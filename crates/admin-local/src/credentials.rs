//! Which token goes to which control plane, and which of several wins.

use std::fmt;

use admin_core::env::{AI_SETU_API_BASE_URL, AI_SETU_PAT, Environment};
use admin_core::{BaseUrl, Config, ConfigBuilder, ConfigError, CredentialSource, DateTime, Error, ErrorCode, Pat};
use url::{ParseError, Url};

use crate::{NoHome, ProfileError, Profiles, config_folder};

/// Names the credential profile to use.
pub const AI_SETU_PROFILE: &str = "AI_SETU_PROFILE";

/// What a caller asked for by hand. It wins over the environment.
#[derive(Clone)]
pub struct Wanted {
    /// A profile.
    pub profile: Option<String>,
    /// A control plane.
    pub base_url: Option<String>,
    /// What named that control plane, for messages about it.
    pub base_url_from: CredentialSource,
}

/// Without the control plane: a password can stand in it until it is looked at.
impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wanted")
            .field("profile", &self.profile)
            .field("base_url_from", &self.base_url_from)
            .finish_non_exhaustive()
    }
}

/// What to call with.
#[derive(Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// Token, control plane and limits.
    pub config: Config,
    /// When the token expires, as its profile records it.
    pub expires_at: Option<DateTime>,
}

/// Why there is no token to call with. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// No token anywhere.
    #[error(
        "there is no personal access token for {base_url}: no profile was named, and neither `{AI_SETU_PAT}` nor \
         `{AI_SETU_PROFILE}` is set"
    )]
    None {
        /// The control plane that wants one.
        base_url: BaseUrl,
        /// The stored profiles that could have been named.
        profiles: Vec<String>,
    },
    /// A stored token would go to a host that it was not made for.
    #[error("profile `{name}` is for {stored}, and {origin} names {given}")]
    OtherHost {
        /// The profile.
        name: String,
        /// Where its token may go.
        stored: Box<BaseUrl>,
        /// Where it would go.
        given: Box<BaseUrl>,
        /// What named that place.
        origin: CredentialSource,
    },
    /// The profile cannot be read.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// There is no place for profiles.
    #[error(transparent)]
    NoHome(#[from] NoHome),
    /// The token or the base URL is malformed.
    #[error(transparent)]
    Core(#[from] Error),
}

impl CredentialError {
    /// The stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::None { .. } => ErrorCode::Unauthenticated,
            Self::Core(error) => error.code(),
            Self::OtherHost { .. } | Self::Profile(_) | Self::NoHome(_) => ErrorCode::Config,
        }
    }

    /// How to mend it: one way a line.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::None { base_url, profiles } => {
                let mut hints = Vec::new();
                if let [only] = profiles.as_slice() {
                    hints.push(format!("use the stored profile with `--profile {only}`"));
                } else if !profiles.is_empty() {
                    hints.push(format!("name a stored profile with `--profile`: `{}`", profiles.join("`, `")));
                }
                if base_url.is_production() {
                    hints.push(format!(
                        "make a token at https://app.aisetu.ai/settings/profile and set `{AI_SETU_PAT}` to it"
                    ));
                } else {
                    hints.push(format!("set `{AI_SETU_PAT}` to a personal access token of that control plane"));
                }
                hints.push(
                    "to try it without an account, `aisetu dev` starts a control plane on this machine".to_owned(),
                );
                hints
            }
            Self::OtherHost { origin, .. } => {
                let named = match origin {
                    CredentialSource::Explicit => "the base URL".to_owned(),
                    named => named.to_string(),
                };
                vec![format!("a stored token goes to its own host only: name another profile, or leave out {named}")]
            }
            Self::Profile(error) => error.hint().into_iter().collect(),
            Self::NoHome(error) => vec![error.hint()],
            Self::Core(error) => error.hint().map(Into::into).into_iter().collect(),
        }
    }
}

/// Finds the token and the control plane: a profile named by hand, else `AI_SETU_PAT`, else the profile that `AI_SETU_PROFILE` names.
/// What else there is to set, `builder` has.
///
/// The token of a profile goes to the host of the profile and to no other, whoever names another.
///
/// # Errors
/// [`CredentialError`] says what was looked for, and where.
pub fn credentials(
    wanted: &Wanted,
    environment: &Environment,
    builder: ConfigBuilder,
) -> Result<Credentials, CredentialError> {
    let builder = builder.environment(environment.clone());
    if let Some(name) = &wanted.profile {
        return from_profile(builder, name, wanted, environment);
    }
    if environment.get(AI_SETU_PAT).is_some() {
        let config = match &wanted.base_url {
            Some(url) => build(builder.base_url(url), wanted.base_url_from.clone())?,
            None => build(builder, CredentialSource::Env(AI_SETU_API_BASE_URL))?,
        };
        return Ok(Credentials { config, expires_at: None });
    }
    if let Some(name) = environment.get(AI_SETU_PROFILE) {
        return from_profile(builder, &name, wanted, environment);
    }
    let base_url = match named_url(wanted, environment)? {
        Some((url, _)) => url,
        None => parse(BaseUrl::PRODUCTION, CredentialSource::Explicit)?,
    };
    // A file that cannot be read is no reason to hide what is missing.
    let profiles = config_folder(environment).ok().and_then(|folder| Profiles::in_folder(&folder).names().ok());
    Err(CredentialError::None { base_url, profiles: profiles.unwrap_or_default() })
}

/// What to call with where no token is sent: the control plane that was named, else that of the profile that was named, else the
/// hosted service.
///
/// # Errors
/// [`CredentialError`] says what was looked for, and where.
pub fn signed_out(
    wanted: &Wanted,
    environment: &Environment,
    builder: ConfigBuilder,
) -> Result<Config, CredentialError> {
    let builder = builder.environment(environment.clone()).signed_out();
    if let Some((url, origin)) = named_url(wanted, environment)? {
        return build(builder.base_url(url.as_str()), origin);
    }
    match wanted.profile.clone().or_else(|| environment.get(AI_SETU_PROFILE)) {
        None => build(builder, CredentialSource::Explicit),
        Some(name) => {
            let profile = Profiles::in_folder(&config_folder(environment)?).get(&name)?;
            build(builder.base_url(profile.base_url.as_str()), CredentialSource::Profile { name })
        }
    }
}

fn from_profile(
    builder: ConfigBuilder,
    name: &str,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Credentials, CredentialError> {
    let profile = Profiles::in_folder(&config_folder(environment)?).get(name)?;
    let source = CredentialSource::Profile { name: name.to_owned() };
    let (base_url, origin) = match named_url(wanted, environment)? {
        None => (profile.base_url, source.clone()),
        Some((given, origin)) if same_origin(&given, &profile.base_url) => (given, origin),
        Some((given, origin)) => {
            let (stored, given) = (Box::new(profile.base_url), Box::new(given));
            return Err(CredentialError::OtherHost { name: name.to_owned(), stored, given, origin });
        }
    };
    let pat = Pat::parse(profile.pat.expose(), source)?;
    let config = build(builder.pat(pat).base_url(base_url.as_str()), origin)?;
    Ok(Credentials { config, expires_at: profile.expires_at })
}

/// The control plane that was named, and what named it.
fn named_url(
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Option<(BaseUrl, CredentialSource)>, CredentialError> {
    let (url, origin) = match (&wanted.base_url, environment.get(AI_SETU_API_BASE_URL)) {
        (Some(url), _) => (url.clone(), wanted.base_url_from.clone()),
        (None, Some(url)) => (url, CredentialSource::Env(AI_SETU_API_BASE_URL)),
        (None, None) => return Ok(None),
    };
    Ok(Some((parse(&url, origin.clone())?, origin)))
}

/// Whether `http` may go there is decided when the configuration is built.
fn parse(url: &str, origin: CredentialSource) -> Result<BaseUrl, CredentialError> {
    BaseUrl::parse(url, true).map_err(|reason| Error::from(ConfigError::BaseUrl { origin, reason }).into())
}

/// The builder does not know where its base URL came from: an error must name what the user can mend.
fn build(builder: ConfigBuilder, url_from: CredentialSource) -> Result<Config, CredentialError> {
    builder.build().map_err(|mut error| {
        if let Error::Config(error) = &mut error
            && let ConfigError::BaseUrl { origin, .. } = &mut **error
        {
            *origin = url_from;
        }
        error.into()
    })
}

/// Whether scheme, host and port are the same: another port of this machine is another program.
fn same_origin(one: &BaseUrl, other: &BaseUrl) -> bool {
    let origin = |url: &BaseUrl| -> Result<_, ParseError> { Ok(Url::parse(url.as_str())?.origin()) };
    matches!((origin(one), origin(other)), (Ok(one), Ok(other)) if one == other)
}
