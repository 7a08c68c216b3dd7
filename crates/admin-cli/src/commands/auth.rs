//! `aisetu auth`.

use admin_core::auth::WhoAmI;
use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    #[command(after_help = "Example:\n  aisetu auth whoami -o json | jq -r .pat.expiresAt")]
    Whoami,
}

impl AuthCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Whoami => context.print(&context.execute(WhoAmI {}).await?),
        }
    }
}
