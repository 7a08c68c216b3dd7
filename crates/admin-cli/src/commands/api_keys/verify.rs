//! `aisetu api-keys verify`: what a gateway would be told about a key.

use std::net::IpAddr;
use std::process::ExitCode;

use admin_core::{ErrorCode, ProjectId, Verification, VerifyCode, VerifyRequest};
use clap::Args;

use crate::commands::done;
use crate::context::{Context, reach};
use crate::error::CommandError;
use crate::names::Ref;
use crate::secret_in::SecretArgs;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    secret: SecretArgs,
    /// A scope that the call needs; give the flag once for each scope
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// The project for which the call is made (`prj_…` or its name)
    #[arg(long, value_name = "PROJECT")]
    project: Option<Ref<ProjectId>>,
    /// The address that the call comes from
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
    /// The page that the call comes from
    #[arg(long, value_name = "URL")]
    referrer: Option<String>,
    /// What the client calls itself, for the log
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// What is called, such as `functions`, for log and usage
    #[arg(long, value_name = "NAME")]
    resource: Option<String>,
    /// How much of the rate limit it takes; 0 = check without taking any [default: 1]
    #[arg(long, value_name = "COUNT")]
    cost: Option<u32>,
    /// The connection of your own over which the call goes: slug or id; then no credit is asked for
    #[arg(long, value_name = "CONNECTION")]
    connection: Option<String>,
}

impl VerifyArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        context.refuse_idempotency_key("api-keys verify")?;
        let client = context.client()?;
        let key = self.secret.read_token(context, "the key").await?;
        if let Err(error) = admin_token::parse(key.expose()) {
            // The control plane still says NOT_FOUND; why it cannot be anything else is known here.
            context.printer.note(format_args!("what was given is no well-formed key: {error}"));
        }
        let mut request = VerifyRequest::new(key);
        request.scopes = self.scopes;
        request.project = context.optional_id(self.project).await?;
        request.ip = self.ip;
        request.referrer = self.referrer;
        request.user_agent = self.user_agent;
        request.resource = self.resource;
        request.cost = self.cost;
        request.connection = self.connection;
        let call = async {
            context.with_progress(client.gateway().verify(request)).await.map_err(|source| {
                let refused = source.code() == ErrorCode::Unauthorized;
                let advice = if refused { reach(client, Some("keys:verify")) } else { Vec::new() };
                CommandError::Api { source, advice }
            })
        };
        let verdict = context.interruptible(None, call).await?;
        context.print(&verdict)?;
        Ok(exit_code(&verdict))
    }
}

fn exit_code(verdict: &Verification) -> ExitCode {
    match verdict {
        Verification { valid: true, code: VerifyCode::Valid, .. } => done(()),
        _ => crate::ExitCode::CheckFailed.into(),
    }
}
