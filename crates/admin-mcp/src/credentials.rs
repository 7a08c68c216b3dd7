//! The token, looked for when a call needs it: a login elsewhere then takes effect without a new start.

use std::sync::{Mutex, PoisonError};

use admin_core::env::Environment;
use admin_core::{BaseUrl, Client, Config, ConfigBuilder, CredentialSource, ErrorCode, OperationInfo, Pat};
use admin_local::{CredentialError, SignIn, SignInError, Wanted, credentials, locate, shell_flag, signed_out};

use crate::error::ToolError;
use admin_token::Secret;

#[derive(Debug)]
pub(crate) struct Callers {
    wanted: Wanted,
    environment: Environment,
    /// The client of the last call, whose connections are kept as long as token and control plane stay the same.
    last: Mutex<Option<Client>>,
}

impl Callers {
    pub(crate) fn new(wanted: Wanted, environment: Environment) -> Self {
        Self { wanted, environment, last: Mutex::default() }
    }

    /// What every client is made with.
    pub(crate) fn builder(&self) -> ConfigBuilder {
        Config::builder()
            .user_agent_suffix(concat!("aisetu-mcp/", env!("CARGO_PKG_VERSION")))
            .environment(self.environment.clone())
    }

    /// Where somebody signs in.
    pub(crate) fn sign_in(&self) -> Result<SignIn, ToolError> {
        SignIn::new(&self.wanted, &self.environment, self.builder()).map_err(|error| match error {
            SignInError::Credentials(error) => error.into(),
            other => ToolError::new(
                ErrorCode::Config,
                other.to_string(),
                "tell the user, who can register this server anew with `--profile NAME` of another profile",
            ),
        })
    }

    /// Where calls go.
    pub(crate) fn base_url(&self) -> Result<BaseUrl, ToolError> {
        match locate(&self.wanted, &self.environment) {
            Ok(located) => Ok(located.base_url),
            Err(CredentialError::None { base_url, .. }) => Ok(base_url),
            Err(error) => Err(error.into()),
        }
    }

    /// A client for an operation: one without a token where none is sent.
    pub(crate) fn client(&self, info: &OperationInfo) -> Result<Client, ToolError> {
        let builder = self.builder();
        if info.is_public() {
            return Ok(Client::new(signed_out(&self.wanted, &self.environment, builder)?)?);
        }
        let config = credentials(&self.wanted, &self.environment, builder)?.config;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = last.as_ref().filter(|client| same(client.config(), &config)) {
            return Ok(client.clone());
        }
        let client = Client::new(config)?;
        *last = Some(client.clone());
        Ok(client)
    }
}

impl Callers {
    /// A client with the token that came along with a request, for the control plane of this server.
    pub(crate) fn client_of(&self, info: &OperationInfo, token: Option<&Secret>) -> Result<Client, ToolError> {
        let there = signed_out(&self.wanted, &self.environment, self.builder())?;
        if info.is_public() {
            return Ok(Client::new(there)?);
        }
        let Some(token) = token else {
            return Err(ToolError::new(
                ErrorCode::Unauthenticated,
                "the request came without a personal access token",
                "tell the user, who gives the client a token: `Authorization: Bearer tt_pat_…`",
            ));
        };
        // What is no token at all authenticates nobody.
        let source = CredentialSource::Flag("Authorization");
        let pat = Pat::parse(token.expose(), source).map_err(|error| match ToolError::from(error) {
            failed if failed.code() == &ErrorCode::Config => failed.with_code(ErrorCode::Unauthenticated),
            failed => failed,
        })?;
        let config = self.builder().pat(pat).base_url(there.base_url().as_str()).build()?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = last.as_ref().filter(|client| same(client.config(), &config)) {
            return Ok(client.clone());
        }
        let client = Client::new(config)?;
        *last = Some(client.clone());
        Ok(client)
    }
}

fn same(one: &Config, other: &Config) -> bool {
    one.base_url() == other.base_url() && token(one) == token(other)
}

fn token(config: &Config) -> Option<&str> {
    config.pat().map(|pat| pat.secret().expose())
}

/// The flag that takes a command of the shell to the same control plane.
pub(crate) fn flag(client: &Client) -> Option<String> {
    let config = client.config();
    match config.pat().map(Pat::source) {
        Some(CredentialSource::Profile { name }) => Some(shell_flag("--profile", name)),
        _ if config.base_url().as_str() == BaseUrl::PRODUCTION => None,
        _ => Some(shell_flag("--base-url", config.base_url().as_str())),
    }
}
