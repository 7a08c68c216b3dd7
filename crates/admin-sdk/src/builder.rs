//! What a client is made of. Explicit first, then the environment, then production.

use std::time::Duration;

use admin_core::{Client, Config, ConfigBuilder, CredentialSource, Error, Pat, Secret, env::Environment};

use crate::admin::AiSetuAdmin;

/// How the SDK names itself in the `User-Agent`, after core.
const USER_AGENT: &str = concat!("aisetu-sdk/", env!("CARGO_PKG_VERSION"));

/// Makes an [`AiSetuAdmin`]: what is set here wins over the environment, and that over the production control plane.
///
/// `T` is where the token comes from; it decides how [`build`](Self::build) can fail.
///
/// ```
/// use std::time::Duration;
///
/// # fn example(pat: String) -> Result<(), admin_sdk::Error> {
/// let admin = admin_sdk::AiSetuAdmin::builder()
///     .pat(pat)
///     .base_url("https://api.your-deployment.example.com")
///     .timeout(Duration::from_secs(10))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder makes nothing until `build`"]
pub struct AiSetuAdminBuilder<T = FromToken> {
    token: T,
    /// A secret, because it may hold a password until it is checked.
    base_url: Option<Secret>,
    user_agent_suffix: Option<String>,
    environment: Environment,
    config: ConfigBuilder,
}

/// The token is the one that was given, else `AI_SETU_PAT`.
#[derive(Debug, Clone)]
pub struct FromToken(Option<Secret>);

/// There is no token: only what needs none can be called.
#[derive(Debug, Clone)]
pub struct SignedOut;

/// The token is the one that the profile holds.
#[cfg(feature = "profiles")]
#[derive(Debug, Clone)]
pub struct FromProfile(String);

impl AiSetuAdminBuilder {
    pub(crate) fn new() -> Self {
        Self {
            token: FromToken(None),
            base_url: None,
            user_agent_suffix: None,
            environment: Environment::process(),
            config: Config::builder(),
        }
    }

    /// Checks it all. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting, where its value came from, and what is wrong with it. It quotes no token.
    pub fn build(self) -> Result<AiSetuAdmin, Error> {
        let mut config = self.named().environment(self.environment);
        if let FromToken(Some(pat)) = self.token {
            config = config.pat(Pat::parse(pat.expose(), CredentialSource::Explicit)?);
        }
        if let Some(url) = self.base_url {
            config = config.base_url(url.expose());
        }
        Ok(AiSetuAdmin::new(Client::new(config.build()?)?))
    }
}

impl AiSetuAdminBuilder<SignedOut> {
    /// Checks it all. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting, where its value came from, and what is wrong with it.
    pub fn build(self) -> Result<AiSetuAdmin, Error> {
        let mut config = self.named().environment(self.environment).signed_out();
        if let Some(url) = self.base_url {
            config = config.base_url(url.expose());
        }
        Ok(AiSetuAdmin::new(Client::new(config.build()?)?))
    }
}

#[cfg(feature = "profiles")]
impl AiSetuAdminBuilder<FromProfile> {
    /// Reads the profile and checks it all. Nothing is sent.
    ///
    /// # Errors
    /// [`CredentialError`](crate::CredentialError): there is no such profile, its file cannot be read or is open to others, or its
    /// token would go to another host than the one it was made for.
    pub fn build(self) -> Result<AiSetuAdmin, crate::CredentialError> {
        let config = self.named();
        let wanted = admin_local::Wanted {
            profile: Some(self.token.0),
            base_url: self.base_url.map(|url| url.expose().to_owned()),
            base_url_from: CredentialSource::Explicit,
            folder: None,
        };
        let found = admin_local::credentials(&wanted, &self.environment, config)?;
        Ok(AiSetuAdmin::new(Client::new(found.config)?))
    }
}

impl<T> AiSetuAdminBuilder<T> {
    /// The personal access token (`tt_pat_…`), as a text or a [`Secret`]; instead of `AI_SETU_PAT`, or of a profile that was named
    /// before.
    pub fn pat(self, pat: impl Into<Secret>) -> AiSetuAdminBuilder<FromToken> {
        self.with_token(FromToken(Some(pat.into())))
    }

    /// The token and the control plane of this profile of the command line; instead of `AI_SETU_PAT`, or of a token that was given
    /// before.
    #[cfg(feature = "profiles")]
    pub fn profile(self, name: impl Into<String>) -> AiSetuAdminBuilder<FromProfile> {
        self.with_token(FromProfile(name.into()))
    }

    /// No token, whatever the environment has: for [signing in](crate::auth::Auth::verify_code) and for accepting an invitation. What
    /// needs a token fails as `UNAUTHENTICATED`, and nothing is sent.
    pub fn signed_out(self) -> AiSetuAdminBuilder<SignedOut> {
        self.with_token(SignedOut)
    }

    /// The full URL of the control plane; instead of `AI_SETU_API_BASE_URL`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(Secret::new(url));
        self
    }

    /// Whether `http` may go to a host that is not this machine; instead of `AI_SETU_ALLOW_HTTP`.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.config = self.config.allow_http(allow);
        self
    }

    /// The deadline of a call with all its retries: above zero, at most an hour; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config = self.config.timeout(timeout);
        self
    }

    /// How long one attempt may take to connect, TLS included: above zero, at most an hour; 3 seconds by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.config = self.config.connect_timeout(timeout);
        self
    }

    /// How often a call is tried again: at most 10; 2 by default.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.config = self.config.max_retries(retries);
        self
    }

    /// Who calls, such as `acme-ci/1.2`: it follows the SDK's own name in the `User-Agent`.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Where variables are looked up; by default the environment of this process.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    fn with_token<U>(self, token: U) -> AiSetuAdminBuilder<U> {
        let Self { token: _, base_url, user_agent_suffix, environment, config } = self;
        AiSetuAdminBuilder { token, base_url, user_agent_suffix, environment, config }
    }

    /// The settings, with the names of the SDK and of whoever uses it.
    fn named(&self) -> ConfigBuilder {
        let names = match &self.user_agent_suffix {
            Some(suffix) => format!("{USER_AGENT} {suffix}"),
            None => USER_AGENT.to_owned(),
        };
        self.config.clone().user_agent_suffix(names)
    }
}
