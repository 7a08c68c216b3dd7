//! What a client is made of: token, base URL, limits. Explicit first, then the environment, then production.

use std::{fmt, time::Duration};

use crate::{
    base_url::BaseUrl,
    env::{AI_SETU_ALLOW_HTTP, AI_SETU_API_BASE_URL, AI_SETU_PAT, Environment},
    error::{ConfigError, Error},
    exchange::{Exchange, Observer},
    pat::{CredentialSource, Pat},
    random::Randomness,
};

/// Everything that a [`Client`](crate::Client) needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    pat: Option<Pat>,
    base_url: BaseUrl,
    pub(crate) limits: Limits,
    user_agent_suffix: Option<String>,
    pub(crate) randomness: Randomness,
    pub(crate) observer: Option<Observer>,
}

/// How long and how often a call is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_retries: u32,
}

impl Config {
    /// The longest deadline that a call may have.
    pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);
    /// The most retries that a call may have.
    pub const MOST_RETRIES: u32 = 10;

    /// Everything from the environment: `AI_SETU_PAT`, `AI_SETU_API_BASE_URL`, `AI_SETU_ALLOW_HTTP`.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Sets some of it; the rest comes from the environment.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder {
            pat: None,
            signed_out: false,
            base_url: None,
            allow_http: None,
            limits: Limits {
                timeout: Duration::from_secs(30),
                connect_timeout: Duration::from_secs(3),
                max_retries: 2,
            },
            user_agent_suffix: None,
            environment: Environment::process(),
            randomness: Randomness::system(),
            observer: None,
        }
    }

    /// The token; `None` = only what needs none can be called.
    pub const fn pat(&self) -> Option<&Pat> {
        self.pat.as_ref()
    }

    /// The control plane.
    pub const fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// The deadline of a call with all its retries.
    pub const fn timeout(&self) -> Duration {
        self.limits.timeout
    }

    /// How often a call is tried again.
    pub const fn max_retries(&self) -> u32 {
        self.limits.max_retries
    }

    pub(crate) fn user_agent(&self) -> String {
        let own = concat!("aisetu-core/", env!("CARGO_PKG_VERSION"));
        self.user_agent_suffix.as_ref().map_or_else(|| own.to_owned(), |suffix| format!("{own} {suffix}"))
    }
}

/// Makes a [`Config`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ConfigBuilder {
    pat: Option<Pat>,
    signed_out: bool,
    base_url: Option<BaseUrlInput>,
    allow_http: Option<bool>,
    limits: Limits,
    user_agent_suffix: Option<String>,
    environment: Environment,
    randomness: Randomness,
    observer: Option<Observer>,
}

/// A base URL is checked when all is known, because `allow_http` may come later.
#[derive(Clone)]
struct BaseUrlInput(String);

impl fmt::Debug for BaseUrlInput {
    /// It may hold a password until it is checked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BaseUrlInput(..)")
    }
}

impl ConfigBuilder {
    /// The token; instead of `AI_SETU_PAT`.
    pub fn pat(mut self, pat: Pat) -> Self {
        self.pat = Some(pat);
        self
    }

    /// Without a token, whatever the environment has: for signing in, and accepting an invitation.
    pub const fn signed_out(mut self) -> Self {
        self.signed_out = true;
        self
    }

    /// The control plane; instead of `AI_SETU_API_BASE_URL`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(BaseUrlInput(url.into()));
        self
    }

    /// Whether `http` may go to a host that is not this machine; instead of `AI_SETU_ALLOW_HTTP`.
    pub const fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = Some(allow);
        self
    }

    /// The deadline of a call with all its retries: above zero, at most an hour; 30 seconds by default.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// How long one attempt may take to connect, TLS included: above zero, at most an hour; 3 seconds by default.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.limits.connect_timeout = timeout;
        self
    }

    /// How often a call is tried again: at most 10; 2 by default.
    pub const fn max_retries(mut self, retries: u32) -> Self {
        self.limits.max_retries = retries;
        self
    }

    /// Who calls, such as `aisetu-cli/0.1.0`: it follows core's own name in the `User-Agent`.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Where variables are looked up; by default the environment of this process.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Where idempotency keys and the jitter between attempts come from; by default the operating system.
    pub fn randomness(mut self, randomness: Randomness) -> Self {
        self.randomness = randomness;
        self
    }

    /// Shows each exchange with the control plane, without its secrets, to whoever looks for a fault. It must not wait for anything.
    pub fn observer(mut self, observe: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer::new(observe));
        self
    }

    /// Checks it all.
    ///
    /// # Errors
    /// [`Error::Config`] names the setting, where its value came from, and what is wrong with it.
    pub fn build(self) -> Result<Config, Error> {
        let Self {
            pat,
            signed_out,
            base_url,
            allow_http,
            limits,
            user_agent_suffix,
            environment,
            randomness,
            observer,
        } = self;
        check_timeout("timeout", limits.timeout)?;
        check_timeout("connect_timeout", limits.connect_timeout)?;
        if limits.max_retries > Config::MOST_RETRIES {
            return Err(ConfigError::MaxRetries { given: limits.max_retries }.into());
        }
        if let Some(suffix) = user_agent_suffix.as_ref().filter(|suffix| !is_header_text(suffix)) {
            return Err(ConfigError::UserAgentSuffix { given: suffix.clone() }.into());
        }
        let allow_http = match allow_http {
            Some(allow) => allow,
            None => allow_http_from(&environment)?,
        };
        let (text, origin) = match (base_url, environment.get(AI_SETU_API_BASE_URL)) {
            (Some(given), _) => (given.0, CredentialSource::Explicit),
            (None, Some(given)) => (given, CredentialSource::Env(AI_SETU_API_BASE_URL)),
            (None, None) => (BaseUrl::PRODUCTION.to_owned(), CredentialSource::Explicit),
        };
        let base_url = BaseUrl::parse(&text, allow_http).map_err(|reason| ConfigError::BaseUrl { origin, reason })?;
        let pat = match (pat, environment.get(AI_SETU_PAT)) {
            _ if signed_out => None,
            (Some(pat), _) => Some(pat),
            (None, Some(text)) => Some(Pat::parse(&text, CredentialSource::Env(AI_SETU_PAT))?),
            (None, None) => return Err(ConfigError::NoPat { base_url }.into()),
        };
        Ok(Config { pat, base_url, limits, user_agent_suffix, randomness, observer })
    }
}

/// Whether a timeout is within its bounds.
pub(crate) fn check_timeout(field: &'static str, given: Duration) -> Result<(), ConfigError> {
    if given.is_zero() || given > Config::LONGEST_TIMEOUT {
        return Err(ConfigError::Timeout { field, given });
    }
    Ok(())
}

/// What a header may hold without quoting: visible ASCII and spaces.
fn is_header_text(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

fn allow_http_from(environment: &Environment) -> Result<bool, ConfigError> {
    match environment.get(AI_SETU_ALLOW_HTTP).as_deref() {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(other) => Err(ConfigError::AllowHttp { given: other.to_owned() }),
    }
}
