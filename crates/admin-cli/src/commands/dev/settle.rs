//! `aisetu dev settle`: pays a top-up of the control plane of this machine.

use admin_core::dev::SettledTopUp;
use admin_core::env::AI_SETU_PAT;
use admin_core::{Client, Config, TopUpId};
use admin_local::{AI_SETU_PROFILE, Wanted, credentials};
use clap::Args;

use super::serve::PROFILE;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  aisetu dev settle INTENT")]
pub(crate) struct SettleArgs {
    /// The top-up (`top_…`)
    id: TopUpId,
}

impl Show for SettledTopUp {
    const PLURAL: &'static str = "top-ups";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("id", self.id.to_string()),
            Field::column("state", self.state.to_string()),
            Field::column("paid", self.paid_at),
        ]
    }
}

pub(super) async fn run(context: &Context, SettleArgs { id }: SettleArgs) -> Result<(), CommandError> {
    let mut wanted: Wanted = context.wanted();
    let named = [AI_SETU_PAT, AI_SETU_PROFILE].iter().any(|variable| context.environment.get(variable).is_some());
    if wanted.profile.is_none() && !named {
        wanted.profile = Some(PROFILE.to_owned());
    }
    let builder = Config::builder().user_agent_suffix(concat!("aisetu-cli/", env!("CARGO_PKG_VERSION")));
    let client = Client::new(credentials(&wanted, &context.environment, builder)?.config)?;
    context.print(&client.dev().settle_top_up(&id).await?)
}
