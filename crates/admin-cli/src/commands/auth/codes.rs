//! The two operations that signing in is made of.

use admin_core::auth::{Proof, RequestCode, VerifyLoginCode};
use admin_core::{ChallengeId, Duration, TenantId};
use clap::Args;

use crate::context::Context;
use crate::error::CommandError;
use crate::secret_in::SecretArgs;
use crate::secret_out::SaveTo;

#[derive(Debug, Args)]
pub(crate) struct RequestCodeArgs {
    /// The e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: String,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyCodeArgs {
    /// What the code was asked for as (`chal_…`)
    #[arg(long, value_name = "ID", required_unless_present = "bootstrap")]
    challenge: Option<ChallengeId>,
    /// The secret is a bootstrap token, which makes the first OWNER of a server
    #[arg(long, conflicts_with = "challenge", requires = "email")]
    bootstrap: bool,
    /// The address of that OWNER
    #[arg(long, value_name = "ADDRESS", requires = "bootstrap")]
    email: Option<String>,
    #[command(flatten)]
    token: TokenArgs,
    #[command(flatten)]
    secret: SecretArgs,
    #[command(flatten)]
    save_to: SaveTo,
}

/// What the new token shall be.
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// The tenant to work in (`ten_…`) [default: your only one]
    #[arg(long, value_name = "ID")]
    pub(super) tenant: Option<TenantId>,
    /// What the tenant is called that is made for whoever has none: 1 to 100 characters [default: the address]
    #[arg(long, value_name = "NAME")]
    pub(super) tenant_name: Option<String>,
    /// What the token may do, such as `admin:read`; give the flag once for each scope [default: admin:write]
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(super) scopes: Vec<String>,
    /// How long the token lives: at most `365d` [default: 90d]
    #[arg(long, value_name = "DURATION")]
    pub(super) expires: Option<Duration>,
}

impl TokenArgs {
    /// The operation that makes it.
    pub(super) fn operation(&self, proof: Proof) -> VerifyLoginCode {
        let mut operation = VerifyLoginCode::with(proof);
        operation.tenant_id.clone_from(&self.tenant);
        operation.tenant_name.clone_from(&self.tenant_name);
        operation.scopes = (!self.scopes.is_empty()).then(|| self.scopes.clone());
        operation.expires_in = self.expires;
        operation
    }
}

impl RequestCodeArgs {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key_of_sign_in("auth request-code")?;
        context.print(&context.execute(RequestCode::new(self.email)).await?)
    }
}

impl VerifyCodeArgs {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key_of_sign_in("auth verify-code")?;
        let Self { challenge, email, token, secret, save_to, .. } = self;
        let proof = match (challenge, email) {
            (Some(challenge_id), _) => {
                Proof::Code { challenge_id, code: secret.read_token(context, "the code").await? }
            }
            (None, email) => Proof::Bootstrap {
                token: secret.read_token(context, "the bootstrap token").await?,
                email: email.unwrap_or_default(),
            },
        };
        let delivered = context.issue(token.operation(proof), &save_to).await?;
        context.report(&delivered)
    }
}

impl Context {
    /// Nothing of signing in is kept under a key: a code is good once by itself.
    pub(super) fn refuse_idempotency_key_of_sign_in(&self, command: &str) -> Result<(), CommandError> {
        match self.global.idempotency_key {
            None => Ok(()),
            Some(_) => Err(CommandError::NotTaken {
                command: command.to_owned(),
                flag: "--idempotency-key",
                why: "signing in keeps no answer",
            }),
        }
    }
}
