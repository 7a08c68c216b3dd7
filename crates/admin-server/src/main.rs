//! `aisetu-server`: the control plane as a service.

mod commands;

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use admin_server::app::authorization::PatScope;
use admin_server::app::provision::FirstOwner;
use admin_server::app::{ControlPlane, Ports};
use admin_server::env::{self, Lookup};
use admin_server::error::Error;
use admin_server::init::{SETTINGS_FILE, init};
use admin_server::random::SystemRandom;
use admin_server::store::{Closed, Store};
use admin_server::{Server, StartError, Storage, open_beside};
use admin_token::Secret;
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::audit::AuditCommand;
use crate::commands::check::Check;
use crate::commands::kek::KekCommand;
use crate::commands::ledger::LedgerCommand;
use crate::commands::token::TokenCommand;

/// The control plane of an AI gateway.
///
/// Each setting is a variable of the environment, or without `AI_SETU_` and in lower case a line of the file of settings: the keys
/// (`pepper_file`, `kek_file`, `audit_key_file`), `data`, `listen`, `log`, `signup`, `trusted_proxies`, `smtp_url`, `smtp_password_file`, `mail_from`.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// The file of settings, in TOML; a variable wins over it [env: `AI_SETU_CONFIG`]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make settings, keys and a folder for the data, and print the token that makes the first owner, once, within 15 minutes
    ///
    /// What is there stays. As long as there is no owner, it may run again for another token.
    Init {
        /// The folder of the server
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Serve until SIGTERM or SIGINT
    Serve {
        #[command(flatten)]
        data: Data,
        /// The address to listen on; put TLS in front of it [env: `AI_SETU_LISTEN`] [default: 127.0.0.1:7070]
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Make the first tenant, its workspace and its owner, and print the owner's token once
    CreateOwner {
        #[command(flatten)]
        data: Data,
        /// The owner's e-mail address
        #[arg(long)]
        email: String,
        /// The name of the tenant
        #[arg(long)]
        tenant: String,
        /// The name of the first workspace
        #[arg(long, default_value = "default")]
        workspace: String,
    },
    /// Check that usage, ledger and audit trail are whole, beside a server or without one; exits with 1 if something is wrong
    Check(Check),
    /// Show what is on record that belongs to no tenant: bootstrap and service tokens, keys, requests for codes
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Make, list and revoke the tokens of gateways that serve every tenant
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Change the key-encryption key, beside a server that serves
    Kek {
        #[command(subcommand)]
        command: KekCommand,
    },
    /// Set the credit of a tenant right
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
}

#[derive(Args)]
struct Data {
    /// The folder of the database [env: `AI_SETU_DATA`]
    #[arg(long = "data", value_name = "DIR")]
    folder: Option<PathBuf>,
}

// An empty variable counts as unset, which clap does not do.
impl Data {
    fn folder(&self, settings: &Lookup) -> Result<PathBuf, Failure> {
        let folder = self.folder.clone().or_else(|| settings.get(env::DATA).map(PathBuf::from));
        let missing = || format!("there is no data folder: give `--data DIR` or set `{}`", env::DATA);
        Ok(folder.ok_or_else(missing)?)
    }

    fn storage(&self, settings: &Lookup) -> Result<Storage, Failure> {
        self.folder(settings).map(Storage::Folder)
    }
}

fn address(given: Option<SocketAddr>, settings: &Lookup) -> Result<SocketAddr, Failure> {
    match (given, settings.get(env::LISTEN)) {
        (Some(address), _) => Ok(address),
        (None, None) => Ok(DEFAULT_ADDRESS),
        (None, Some(text)) => Ok(text
            .parse()
            .map_err(|_| format!("`{}` is `{text}`, which is no address such as 127.0.0.1:7070", env::LISTEN))?),
    }
}

const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7070);

/// SIGXFSZ, on Linux as on the BSDs: a write went beyond the limit on the size of files.
const FILE_TOO_LARGE: SignalKind = SignalKind::from_raw(25);

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let hint = error
                .downcast_ref::<StartError>()
                .and_then(StartError::hint)
                .or_else(|| error.downcast_ref::<Error>().and_then(Error::hint));
            let hint = hint.map(|hint| format!("  hint: {hint}\n")).unwrap_or_default();
            let _ = std::io::stderr().write_all(format!("error: {error}\n{hint}").as_bytes());
            ExitCode::FAILURE
        }
    }
}

async fn run(Cli { config, command }: Cli) -> Result<(), Failure> {
    let (config, command) = match command {
        Command::Init { folder } => (Some(init(&folder, &SystemRandom)?), Command::Init { folder }),
        command => (config, command),
    };
    let settings = Lookup::new(config.as_deref())?;
    tracing_subscriber::fmt()
        .json()
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::new(settings.get(env::LOG).as_deref().unwrap_or("info")))
        .init();
    // Once it is handled the write fails, as on a full disk; else it would end the process.
    let _too_large = signal(FILE_TOO_LARGE)?;
    let lookup = |name: &str| settings.get(name);
    let ports = Ports::configured(env::server_keys(lookup)?, &lookup)?;
    match command {
        Command::Serve { data, listen } => {
            let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            let server = Server::start(address(listen, &settings)?, &data.storage(&settings)?, ports, false).await?;
            tracing::info!(address = %server.address(), version = env!("CARGO_PKG_VERSION"), "serving");
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            tracing::info!("shutting down");
            server.shutdown().await;
            Ok(())
        }
        Command::Init { folder } => {
            let data = Data { folder: None };
            // A server may be at work in it already.
            let opened = match data.folder(&settings)? {
                folder if Storage::has_database(&folder) => open_beside(&folder)?,
                folder => Storage::Folder(folder).open()?,
            };
            with(opened, ports, async |control_plane| {
                Ok(print(control_plane.create_bootstrap_token().await?.secret())?)
            })
            .await?;
            let config = folder.join(SETTINGS_FILE);
            let next = format!(
                "the token on standard output makes the first owner, once, within 15 minutes\n  \
                 serve:   aisetu-server serve --config {config}\n  \
                 sign in: aisetu --base-url http://{address} auth login --bootstrap\n",
                config = config.display(),
                address = address(None, &settings)?,
            );
            Ok(std::io::stderr().write_all(next.as_bytes())?)
        }
        Command::CreateOwner { data, email, tenant, workspace } => {
            let opened = data.storage(&settings)?.open()?;
            let names = FirstOwner {
                tenant,
                workspace,
                email,
                pat: "first owner".to_owned(),
                scopes: vec![
                    PatScope::AdminWrite,
                    PatScope::KeysVerify,
                    PatScope::UsageWrite,
                    PatScope::CredentialsUse,
                ],
            };
            with(opened, ports, async |control_plane| Ok(control_plane.create_first_owner(names, print).await?)).await
        }
        Command::Check(check) => {
            let opened = open_beside(&check.data.folder(&settings)?)?;
            with(opened, ports, async |control_plane| check.run(control_plane).await).await
        }
        Command::Token { command } => {
            command.check()?;
            let opened = open_beside(&command.data().folder(&settings)?)?;
            with(opened, ports, async |control_plane| command.run(control_plane).await).await
        }
        Command::Ledger { command } => {
            command.check()?;
            let opened = open_beside(&command.data().folder(&settings)?)?;
            with(opened, ports, async |control_plane| command.run(control_plane).await).await
        }
        Command::Audit { command } => {
            let opened = open_beside(&command.data().folder(&settings)?)?;
            with(opened, ports, async |control_plane| command.run(control_plane).await).await
        }
        Command::Kek { command } => {
            let opened = open_beside(&command.data().folder(&settings)?)?;
            with(opened, ports, async |control_plane| command.run(control_plane).await).await
        }
    }
}

/// Runs a command on the control plane of an opened store, and closes it.
async fn with(
    (store, closed): (Store, Closed),
    ports: Ports,
    run: impl AsyncFnOnce(&ControlPlane) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let control_plane = ControlPlane::new(store, ports);
    control_plane.check_keys().await?;
    let outcome = run(&control_plane).await;
    drop(control_plane);
    closed.await;
    outcome
}

fn print(token: &Secret) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(token.expose().as_bytes())?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}
