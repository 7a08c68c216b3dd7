//! `aisetu dev`: the bundled control plane on this machine.

mod child;
mod error;
mod serve;
mod settle;
mod signals;

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use admin_server::app::authorization::PatScope;
use admin_server::app::provision::{FirstOwner, OwnerToken};
use admin_server::{Server, env, mail};
use admin_token::Token;
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use tracing_subscriber::EnvFilter;

use crate::context::Context;
use crate::error::CommandError;
pub(crate) use error::DevError;
use settle::SettleArgs;
use signals::Signals;

/// A stored token with less to live is replaced: it must not expire while someone works with it.
const LEAST_LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Without a command it serves until Ctrl-C, keeps its data, and stores a token in the profile `dev`, or in the one \
                        that `--profile` names. With a command, the control plane is in memory and lives as long as the command, which gets `AI_SETU_PAT`, \
                        `AI_SETU_API_BASE_URL` and `aisetu` on its PATH; its exit code is passed on.\n\n\
                        Examples:\n  \
                        aisetu dev\n  \
                        aisetu --profile dev workspaces list                     # in another terminal\n  \
                        aisetu dev settle INTENT                                 # pays a top-up of it\n  \
                        aisetu dev --data ./lab --profile lab                    # a second one beside it\n  \
                        aisetu dev -- sh -c 'aisetu workspaces list -o json'"
)]
pub(crate) struct DevArgs {
    #[command(subcommand)]
    action: Option<DevAction>,
    /// The port to listen on [default: a free one, the same each time for a data folder]
    #[arg(long)]
    port: Option<u16>,
    /// The folder of the data [default: `aisetu/dev` in the user's data folder]
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    data: Option<PathBuf>,
    /// A command to run against a fresh control plane, with its arguments
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// What is done to a control plane of this machine that runs already.
#[derive(Debug, Subcommand)]
pub(crate) enum DevAction {
    /// Pay a top-up of the control plane that runs on this machine; nobody is charged
    Settle(SettleArgs),
}

impl DevArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, CommandError> {
        context.refuse_idempotency_key("dev")?;
        let Self { action, port, data, command } = self;
        if let Some(DevAction::Settle(args)) = action {
            return settle::run(context, args).await.map(|()| crate::ExitCode::Ok.into());
        }
        let refuse = |flag, why| Err(CommandError::NotTaken { command: "dev".to_owned(), flag, why });
        if context.global.base_url.is_some() {
            return refuse("--base-url", "it is the control plane");
        }
        if context.global.profile.is_some() && !command.is_empty() {
            return refuse("--profile", "with a command it keeps nothing");
        }
        log(context);
        // Before anything is begun that a signal should end in good order.
        let signals = Signals::new().map_err(DevError::Signals)?;
        if command.is_empty() {
            serve::run(context, port, data, signals).await.map(Into::into)
        } else {
            Ok(child::run(&context.environment, port, command, signals).await?)
        }
    }
}

/// The control plane's log: problems and mails, unless the user asks for more.
fn log(context: &Context) {
    let filter = context.environment.get(env::LOG).unwrap_or_else(|| format!("warn,{}=info", mail::LOG_TARGET));
    let stderr = anstream::AutoStream::choice(&io::stderr());
    let color = match context.printer.color {
        anstream::ColorChoice::Auto => stderr != anstream::ColorChoice::Never,
        chosen => chosen != anstream::ColorChoice::Never,
    };
    let log =
        tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(EnvFilter::new(filter)).with_ansi(color);
    // It fails only where a log is written already.
    let _ = if context.printer.format.is_json() { log.json().try_init() } else { log.try_init() };
}

fn on_loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The owner's token: the held one if it still lives long enough, else a new one; with tenant, workspace and owner at the first start.
async fn provision(server: &Server, held: Option<Token>) -> Result<OwnerToken, DevError> {
    let names = FirstOwner {
        tenant: "dev".to_owned(),
        workspace: "default".to_owned(),
        email: "owner@localhost".to_owned(),
        pat: "aisetu dev".to_owned(),
        scopes: vec![PatScope::AdminWrite, PatScope::KeysVerify, PatScope::UsageWrite, PatScope::CredentialsUse],
    };
    let token = server.control_plane().ensure_owner_token(names, held, LEAST_LIFETIME).await;
    token.map_err(|error| DevError::Provision(Box::new(error)))
}
