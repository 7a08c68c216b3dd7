//! Which token goes to which control plane, and which of several wins.

use std::fmt;
use std::path::PathBuf;

use admin_core::env::{AI_SETU_API_BASE_URL, AI_SETU_PAT, Environment};
use admin_core::{BaseUrl, Config, ConfigBuilder, ConfigError, CredentialSource, DateTime, Error, ErrorCode, Pat};
use url::Url;

use crate::keyring::AI_SETU_NO_KEYRING;
use crate::profiles::DEFAULT_PROFILE;
use crate::shell::{shell_flag, shell_word};
use crate::{CredentialStore, Found, KeyringError, NoHome, Origin, Profile, ProfileError, Settings, SettingsError};

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
    /// The folder that the caller works in, which may be bound to a profile.
    pub folder: Option<PathBuf>,
}

/// Without the control plane: a password can stand in it until it is looked at.
impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wanted")
            .field("profile", &self.profile)
            .field("base_url_from", &self.base_url_from)
            .field("folder", &self.folder)
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

/// The token that would be called with, before it is read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Located {
    /// The control plane that it goes to.
    pub base_url: BaseUrl,
    /// The profile that has it; `None` = `AI_SETU_PAT`.
    pub profile: Option<(String, Profile)>,
    /// What named the control plane.
    origin: CredentialSource,
}

impl Located {
    /// What named the control plane; `None` = nobody did, and it is the hosted service.
    pub fn origin(&self) -> Option<&CredentialSource> {
        Some(&self.origin).filter(|origin| **origin != CredentialSource::Explicit)
    }
}

/// The command that signs in to a profile.
pub fn login_command(name: &str) -> String {
    if name == DEFAULT_PROFILE {
        "aisetu auth login".to_owned()
    } else {
        format!("aisetu auth login {}", shell_flag("--profile", name))
    }
}

/// Why there is no token to call with. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// No token anywhere.
    #[error(
        "there is no personal access token for {base_url}: nobody is signed in, no profile was named, and neither \
         `{AI_SETU_PAT}` nor `{AI_SETU_PROFILE}` is set"
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
    /// The keyring that has the token cannot be used.
    #[error("the token of profile `{name}` is in the keyring, and {cause}")]
    Keyring {
        /// The profile.
        name: String,
        /// Why not.
        cause: KeyringError,
    },
    /// The keyring does not have the token.
    #[error(
        "the keyring has no token of profile `{name}` for {base_url}: it was taken out, or the profile was changed by hand"
    )]
    NotInKeyring {
        /// The profile.
        name: String,
        /// The control plane that the profile names.
        base_url: Box<BaseUrl>,
    },
    /// The profile cannot be read.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The profile that somebody chose for all commands cannot be read.
    #[error("{source} ({origin} names it)")]
    Chosen {
        /// Why not.
        source: Box<ProfileError>,
        /// What chose it.
        origin: Box<Origin>,
    },
    /// The settings, which may choose a profile, cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
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
            Self::None { .. } | Self::Keyring { .. } | Self::NotInKeyring { .. } => ErrorCode::Unauthenticated,
            Self::Core(error) => error.code(),
            Self::OtherHost { .. } | Self::Profile(_) | Self::Chosen { .. } | Self::Settings(_) | Self::NoHome(_) => {
                ErrorCode::Config
            }
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
                        "sign in with `aisetu auth login`, or make a token at https://app.aisetu.ai/settings/profile and set \
                         `{AI_SETU_PAT}` to it"
                    ));
                } else {
                    hints.push(format!(
                        "sign in with `aisetu auth login {}`, or set `{AI_SETU_PAT}` to a personal access token of that control plane",
                        shell_flag("--base-url", base_url.as_str())
                    ));
                }
                hints.push(
                    "to try it without an account, `aisetu dev` starts a control plane on this machine".to_owned(),
                );
                hints
            }
            Self::Keyring { name, cause } => {
                let login = login_command(name);
                let mut hints: Vec<_> = cause.hint().into_iter().collect();
                hints.push(format!(
                    "keep the token in a file instead, with `{AI_SETU_NO_KEYRING}=1 {login}`, or set `{AI_SETU_PAT}` to a token"
                ));
                hints
            }
            Self::NotInKeyring { name, .. } => vec![format!("sign in again with `{}`", login_command(name))],
            Self::OtherHost { origin, given, .. } => {
                let named = match origin {
                    CredentialSource::Explicit => "the base URL".to_owned(),
                    named => named.to_string(),
                };
                vec![
                    format!("a stored token goes to its own host only: name another profile, or leave out {named}"),
                    format!(
                        "sign in there with `aisetu auth login {} --profile NAME`",
                        shell_flag("--base-url", given.as_str())
                    ),
                ]
            }
            Self::Profile(error) => error.hint().into_iter().collect(),
            Self::Chosen { source, origin } => {
                let other = match &**origin {
                    Origin::Bound { folder, .. } => {
                        format!("`aisetu profile unbind {}` ends the binding", shell_word(&folder.to_string_lossy()))
                    }
                    Origin::User(_) => "`aisetu profile use NAME` chooses another".to_owned(),
                    origin => format!("{origin} may name another"),
                };
                source.hint().into_iter().chain([other]).collect()
            }
            Self::Settings(_) => Vec::new(),
            Self::NoHome(error) => vec![error.hint()],
            Self::Core(error) => error.hint().map(Into::into).into_iter().collect(),
        }
    }
}

/// Finds the token and the control plane: a profile named by hand, else `AI_SETU_PAT`, else the [chosen profile](chosen_profile). What
/// else there is to set, `builder` has.
///
/// The token of a profile goes to the host of the profile and to no other, whoever names another. The keyring is asked only for
/// a token that is in it, and for at most 2 seconds.
///
/// # Errors
/// [`CredentialError`] says what was looked for, and where.
pub fn credentials(
    wanted: &Wanted,
    environment: &Environment,
    builder: ConfigBuilder,
) -> Result<Credentials, CredentialError> {
    let Located { base_url, profile, origin } = locate(wanted, environment)?;
    let mut builder = builder.environment(environment.clone()).base_url(base_url.as_str());
    let mut expires_at = None;
    if let Some((name, profile)) = profile {
        let token = CredentialStore::open(environment)?.token(&name, &profile)?;
        builder = builder.pat(Pat::parse(token.expose(), CredentialSource::Profile { name })?);
        expires_at = profile.expires_at;
    }
    Ok(Credentials { config: build(builder, origin)?, expires_at })
}

/// Finds where the token is and where it would go, as [`credentials`] does, without reading it: no keyring is asked.
///
/// # Errors
/// As [`credentials`].
pub fn locate(wanted: &Wanted, environment: &Environment) -> Result<Located, CredentialError> {
    if let Some(name) = &wanted.profile {
        return in_profile(name.clone(), named(name, environment)?, wanted, environment);
    }
    let given = named_url(wanted, environment)?;
    let production = || parse(BaseUrl::PRODUCTION, CredentialSource::Explicit);
    if environment.get(AI_SETU_PAT).is_some() {
        let (base_url, origin) = match given {
            Some(given) => given,
            None => (production()?, CredentialSource::Explicit),
        };
        return Ok(Located { base_url, profile: None, origin });
    }
    // Whoever has no home has signed in to nothing.
    let store = CredentialStore::open(environment).ok();
    let (name, profile) = found(chosen_profile(wanted, environment)?, store.as_ref())?;
    if let Some(profile) = profile {
        return in_profile(name, profile, wanted, environment);
    }
    let profiles = store.map(|store| store.profiles().names()).transpose()?.unwrap_or_default();
    let base_url = match given {
        Some((url, _)) => url,
        None => production()?,
    };
    Err(CredentialError::None { base_url, profiles })
}

/// What to call with where no token is sent: the control plane that was named, else that of the profile that was named or is the
/// default, else the hosted service.
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
    let store = CredentialStore::open(environment).ok();
    let (name, profile) = found(chosen_profile(wanted, environment)?, store.as_ref())?;
    match profile {
        Some(profile) => build(builder.base_url(profile.base_url.as_str()), CredentialSource::Profile { name }),
        None => build(builder, CredentialSource::Explicit),
    }
}

/// The [profile that is used](Settings::profile) where there is no `AI_SETU_PAT`, and what says so.
///
/// # Errors
/// The settings cannot be read.
pub fn chosen_profile(wanted: &Wanted, environment: &Environment) -> Result<Found, SettingsError> {
    Settings::load(environment, wanted.folder.as_deref())?.profile(wanted.profile.as_deref(), environment)
}

fn named(name: &str, environment: &Environment) -> Result<Profile, CredentialError> {
    Ok(CredentialStore::open(environment)?.profiles().get(name)?)
}

/// The profile that was chosen; one that nobody chose need not be there.
fn found(chosen: Found, store: Option<&CredentialStore>) -> Result<(String, Option<Profile>), CredentialError> {
    let Found { value: name, origin } = chosen;
    let profile = match (store, origin) {
        (None, Origin::Default) => None,
        (None, _) => return Err(NoHome.into()),
        (Some(store), Origin::Default) => store.profiles().find(&name)?,
        (Some(store), Origin::Flag(_)) => Some(store.profiles().get(&name)?),
        (Some(store), origin) => {
            let named = |source| CredentialError::Chosen { source: Box::new(source), origin: Box::new(origin) };
            Some(store.profiles().get(&name).map_err(named)?)
        }
    };
    Ok((name, profile))
}

fn in_profile(
    name: String,
    profile: Profile,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<Located, CredentialError> {
    let (base_url, origin) = match named_url(wanted, environment)? {
        None => (profile.base_url.clone(), CredentialSource::Profile { name: name.clone() }),
        Some((given, origin)) if same_origin(&given, &profile.base_url) => (given, origin),
        Some((given, origin)) => {
            let (stored, given) = (Box::new(profile.base_url), Box::new(given));
            return Err(CredentialError::OtherHost { name, stored, given, origin });
        }
    };
    Ok(Located { base_url, profile: Some((name, profile)), origin })
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
pub fn same_origin(one: &BaseUrl, other: &BaseUrl) -> bool {
    origin(one) == origin(other)
}

/// Scheme, host and port. What the URL says of itself, should it be none after all, is unlike any other.
pub(crate) fn origin(url: &BaseUrl) -> String {
    Url::parse(url.as_str()).map_or_else(|_| url.to_string(), |url| url.origin().ascii_serialization())
}
