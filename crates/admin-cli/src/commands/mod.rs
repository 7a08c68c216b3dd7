//! The commands: one enum for each namespace, one variant for each operation.

mod api;
mod api_keys;
mod audit;
mod auth;
mod billing;
mod budget;
mod config;
#[cfg(feature = "server")]
mod dev;
mod doctor;
mod explain;
#[cfg(feature = "mcp")]
mod mcp;
mod members;
mod pats;
mod profile;
mod projects;
mod provider_credentials;
mod reference;
mod usage;
mod workspaces;

use std::process::ExitCode;

pub(crate) use api::ApiArgs;
pub(crate) use api_keys::ApiKeysCommand;
pub(crate) use audit::AuditCommand;
pub(crate) use auth::AuthCommand;
pub(crate) use billing::BillingCommand;
pub(crate) use config::ConfigCommand;
#[cfg(feature = "server")]
pub(crate) use dev::{DevArgs, DevError};
pub(crate) use doctor::DoctorArgs;
pub(crate) use explain::ExplainArgs;
#[cfg(feature = "mcp")]
pub(crate) use mcp::McpCommand;
pub(crate) use members::MembersCommand;
pub(crate) use pats::PatsCommand;
pub(crate) use profile::ProfileCommand;
pub(crate) use projects::ProjectsCommand;
pub(crate) use provider_credentials::ProviderCredentialsCommand;
pub(crate) use reference::{CommandsArgs, CompletionsArgs, ManArgs};
pub(crate) use usage::UsageCommand;
pub(crate) use workspaces::WorkspacesCommand;

use crate::args::{Command, Namespace};
use crate::context::Context;
use crate::error::CommandError;

impl Command {
    /// Whether it goes by the settings of this machine. A server for builder agents reads nothing before it is called.
    pub(crate) const fn reads_settings(&self) -> bool {
        #[cfg(feature = "mcp")]
        return !matches!(self, Self::Mcp(Namespace(McpCommand::Serve(_))));
        #[cfg(not(feature = "mcp"))]
        true
    }

    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        match self {
            Self::Workspaces(Namespace(command)) => command.run(context).await.map(done),
            Self::Projects(Namespace(command)) => command.run(context).await.map(done),
            Self::ApiKeys(Namespace(command)) => Box::pin(command.run(context)).await,
            Self::Members(Namespace(command)) => command.run(context).await.map(done),
            Self::Usage(Namespace(command)) => command.run(context).await.map(done),
            Self::Pats(Namespace(command)) => command.run(context).await.map(done),
            Self::ProviderCredentials(Namespace(command)) => command.run(context).await,
            Self::Billing(Namespace(command)) => command.run(context).await.map(done),
            Self::Audit(Namespace(command)) => command.run(context).await,
            Self::Auth(Namespace(command)) => command.run(context).await.map(done),
            Self::Api(args) => args.run(context).await.map(done),
            Self::Profile(Namespace(command)) => command.run(context).map(done),
            Self::Config(Namespace(command)) => command.run(context).map(done),
            Self::Doctor(args) => args.run(context).await,
            Self::Explain(args) => args.run(context).map(done),
            Self::Commands(args) => args.run(context).map(done),
            Self::Completions(args) => args.run(context).map(done),
            Self::Man(args) => args.run(context).map(done),
            #[cfg(feature = "mcp")]
            Self::Mcp(Namespace(command)) => command.run(context).await.map(done),
            #[cfg(feature = "server")]
            Self::Dev(args) => args.run(context).await,
        }
    }
}

fn done((): ()) -> ExitCode {
    crate::ExitCode::Ok.into()
}
