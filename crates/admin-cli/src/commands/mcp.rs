//! `aisetu mcp`: the control plane for builder agents.

use admin_mcp::{Options, ServeError};
use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;

#[derive(Debug, Subcommand)]
pub(crate) enum McpCommand {
    /// Serve the Model Context Protocol on standard input and output, until the client goes away
    #[command(
        after_help = "A client starts it. Its tools are the operations of this command line; `--profile` and `--base-url` choose \
                            the token and the control plane, which are looked for at the first call.\n\n\
                            Examples:\n  \
                            claude mcp add aisetu -- aisetu mcp serve\n  \
                            claude mcp add aisetu -- aisetu --profile dev mcp serve"
    )]
    Serve,
}

impl McpCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("mcp serve")?;
        if context.global.yes || context.global.confirm.is_some() {
            let flag = if context.global.yes { "--yes" } else { "--confirm" };
            let why = "each call is confirmed by a person at the client";
            return Err(CommandError::NotTaken { command: "mcp serve".to_owned(), flag, why });
        }
        let served = async {
            let options = Options::new(context.wanted(), context.environment.clone())?;
            admin_mcp::serve(options, admin_mcp::stdio()).await
        };
        Ok(served.await.map_err(Box::<ServeError>::new)?)
    }
}
