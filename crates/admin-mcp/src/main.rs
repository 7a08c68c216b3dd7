//! The binary `aisetu-mcp`.

use std::process::ExitCode;

use admin_core::CredentialSource;
use admin_core::env::Environment;
use admin_local::Wanted;
use admin_mcp::{Allowed, Http, Options, Selection};
use clap::Parser;

/// The aisetu control plane for builder agents: a Model Context Protocol server over stdio
///
/// A client starts it. The token comes from `AI_SETU_PAT` or from a stored profile, the control plane from
/// `AI_SETU_API_BASE_URL` or from the profile, at the first call.
#[derive(Parser)]
#[command(name = "aisetu-mcp", version)]
struct Cli {
    /// The credential profile to use; it wins over `AI_SETU_PAT` and `AI_SETU_PROFILE`
    #[arg(long)]
    profile: Option<String>,
    /// The control plane; it wins over `AI_SETU_API_BASE_URL`
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    allowed: Allowed,
    #[command(flatten)]
    http: Http,
}

fn main() -> ExitCode {
    let Cli { profile, base_url, selection, allowed, http } = Cli::parse();
    let folder = std::env::current_dir().ok();
    let wanted = Wanted { profile, base_url, base_url_from: CredentialSource::Flag("--base-url"), folder };
    let served = Options::new(wanted, Environment::process())
        .map(|options| options.select(selection).allow(allowed))
        .and_then(|options| admin_mcp::run(options, &http));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard output belongs to the protocol.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("error: {error}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}
