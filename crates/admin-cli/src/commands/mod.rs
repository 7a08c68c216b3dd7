//! The commands: one enum for each namespace, one variant for each operation.

mod api_keys;
mod auth;
mod pats;
mod workspaces;

use std::process::ExitCode;

pub(crate) use api_keys::ApiKeysCommand;
pub(crate) use auth::AuthCommand;
pub(crate) use pats::PatsCommand;
pub(crate) use workspaces::WorkspacesCommand;

use crate::args::Command;
use crate::context::Context;
use crate::error::CommandError;

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        match self {
            Self::Workspaces(command) => command.run(context).await.map(done),
            Self::ApiKeys(command) => command.run(context).await,
            Self::Pats(command) => command.run(context).await.map(done),
            Self::Auth(command) => command.run(context).await.map(done),
        }
    }
}

fn done((): ()) -> ExitCode {
    crate::ExitCode::Ok.into()
}
