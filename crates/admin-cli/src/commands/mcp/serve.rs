//! `aisetu mcp serve`.

use admin_mcp::{Allowed, Http, Options, Selection, ServeError};
use clap::Args;

use crate::context::Context;
use crate::error::CommandError;

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    allowed: Allowed,
    #[command(flatten)]
    http: Http,
}

impl ServeArgs {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("mcp serve")?;
        if context.global.yes || context.global.confirm.is_some() {
            let flag = if context.global.yes { "--yes" } else { "--confirm" };
            let why = "each call is confirmed by a person at the client";
            return Err(CommandError::NotTaken { command: "mcp serve".to_owned(), flag, why });
        }
        let served = async {
            let options = Options::new(context.wanted(), context.environment.clone())?;
            let options = options.select(self.selection).allow(self.allowed);
            match self.http.address() {
                Some(address) => admin_mcp::serve_http(options, address, &self.http).await,
                None => admin_mcp::serve(options, admin_mcp::stdio()).await,
            }
        };
        Ok(served.await.map_err(Box::<ServeError>::new)?)
    }
}
