//! `aisetu-server audit`: what was done that belongs to no tenant.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use admin_server::app::ControlPlane;
use admin_server::app::audit::Actor;
use clap::Subcommand;

use crate::{Data, Failure};

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// List the events of the operator's chain, newest first; `check` says whether it is whole
    List {
        #[command(flatten)]
        data: Data,
        /// How many, at most
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
        limit: u16,
    },
}

impl AuditCommand {
    /// The folder of the database.
    pub(crate) fn data(&self) -> &Data {
        let Self::List { data, .. } = self;
        data
    }

    pub(crate) async fn run(self, control_plane: &ControlPlane) -> Result<(), Failure> {
        let Self::List { limit, .. } = self;
        let mut table = "NUMBER\tAT\tACTOR\tACTION\tOBJECT\tREQUEST\n".to_owned();
        for event in control_plane.operators_events(limit.into()).await? {
            let actor = match &event.actor {
                Actor::Operator => "operator",
                Actor::System => "system",
                Actor::Anyone { .. } => "anyone",
                Actor::User { user_id, .. } => user_id.as_str(),
                Actor::Service { token_id, .. } => token_id.as_str(),
            };
            let (number, at, request) = (event.number, event.at, &event.request_id);
            let (action, object) = (&event.action, &event.object_id);
            writeln!(table, "{number}\t{at:.3}\t{actor}\t{action}\t{object}\t{request}")?;
        }
        Ok(io::stdout().lock().write_all(table.as_bytes())?)
    }
}
