//! `aisetu mcp`: the control plane for builder agents, and the clients that start it.

mod install;
mod outcome;
mod serve;
mod status;
mod target;
mod task;
mod uninstall;

use clap::Subcommand;

use crate::context::Context;
use crate::error::CommandError;
use install::InstallArgs;
use serve::ServeArgs;
use status::StatusArgs;
pub(crate) use status::{Registered, registered};
use uninstall::UninstallArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum McpCommand {
    /// Serve the Model Context Protocol on standard input and output, until the client goes away
    #[command(
        after_help = "A client starts it. Its tools are the operations of this command line; `--profile` and `--base-url` choose \
                            the token and the control plane, which are looked for at the first call.\n\n\
                            Examples:\n  \
                            claude mcp add aisetu -- aisetu mcp serve\n  \
                            claude mcp add aisetu -- aisetu --profile dev mcp serve --read-only"
    )]
    Serve(ServeArgs),
    /// Write an entry into a client's file, which makes it start `aisetu mcp serve`
    #[command(
        after_help = "Needs no token, and no network. The entry has the path of this program, the profile that `--profile` names and the control plane \
                            that `--base-url` names, and never a token. All else in the file stays as it is, the file as it first was is kept beside it \
                            as `FILE.aisetu-backup`, or for a file of a project in `backups` beside our settings, and a second run changes nothing. An \
                            entry of the same name that starts something else is replaced only after a yes. A file of a project has the path of \
                            this machine in it; most clients ask before they trust one.\n\n\
                            Examples:\n  \
                            aisetu mcp install --client claude-code\n  \
                            aisetu --profile dev mcp install --client all --read-only\n  \
                            aisetu mcp install --client vscode --scope project --dry-run"
    )]
    Install(InstallArgs),
    /// Take the entry out of a client's file again
    #[command(after_help = "Needs no token, and no network. Nothing but the entry of that name goes away.\n\n\
                            Examples:\n  aisetu mcp uninstall --client claude-code\n  aisetu mcp uninstall --client all --dry-run")]
    Uninstall(UninstallArgs),
    /// Say which clients have an entry, and what it starts
    #[command(after_help = "Needs no token, and no network.\n\n\
                            Examples:\n  aisetu mcp status\n  aisetu mcp status --scope project -o json | jq -r '.clients[].path'")]
    Status(StatusArgs),
}

impl McpCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Serve(args) => args.run(context).await,
            Self::Install(args) => args.run(context),
            Self::Uninstall(args) => args.run(context),
            Self::Status(args) => args.run(context),
        }
    }
}
