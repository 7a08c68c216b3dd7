//! `aisetu pats`.

use admin_core::pats::{CreatePat, ListPats, RevokePat};
use admin_core::{Operation, PatId};
use clap::{Args, Subcommand};

use crate::args::PageArgs;
use crate::confirm::Subject;
use crate::context::Context;
use crate::error::CommandError;
use crate::expiry::Expiry;
use crate::names::Ref;
use crate::secret_out::SaveTo;

// What a command is for, and the scope that it needs, come from its operation.
#[derive(Debug, Subcommand)]
pub(crate) enum PatsCommand {
    #[command(after_help = "Example:\n  aisetu pats list")]
    List(ListArgs),
    #[command(after_help = "Example:\n  \
                            aisetu pats create --name ci --scope admin:read --expires 30d --save-to env:.env#AI_SETU_PAT")]
    Create(CreateArgs),
    #[command(after_help = "Asks yes or no; without a terminal, pass `--yes`.\n\nExample:\n  \
                            aisetu pats revoke PAT --yes")]
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Everyone's in the tenant, which only an OWNER may ask for
    #[arg(long)]
    all_users: bool,
    #[command(flatten)]
    page: PageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Its name: 1 to 100 characters
    #[arg(long)]
    name: String,
    /// What it may do, such as `admin:read`; give the flag once for each scope
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// When it expires: `30d`, or an instant (RFC 3339); at most 365 days ahead [default: 90d]
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
    /// The X25519 public key (base64url) to which provider credentials are sealed for its holder
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
    #[command(flatten)]
    save_to: SaveTo,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The token (`pat_…` or its name)
    #[arg(value_name = "PAT")]
    id: Ref<PatId>,
}

impl PatsCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::List(ListArgs { all_users, page }) => {
                let PageArgs { limit, cursor, offset, all } = page.sized();
                let operation = ListPats { all_users: all_users.then_some(true), limit, cursor, offset };
                context.print_names::<PatId>(operation, all).await
            }
            Self::Create(CreateArgs { name, scopes, expires, public_key, save_to }) => {
                let expires_at = context.expiry(expires)?;
                let operation = CreatePat { name, scopes, expires_at, public_key };
                let delivered = context.issue(operation, &save_to).await?;
                context.report(&delivered)
            }
            Self::Revoke(RevokeArgs { id }) => {
                let id: PatId = context.id(id).await?;
                let what = format!("personal access token `{id}`");
                context.confirm(&RevokePat::INFO, &Subject::new(what, id.as_ref()))?;
                context.print(&context.execute(RevokePat { id }).await?)
            }
        }
    }
}
