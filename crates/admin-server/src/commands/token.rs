//! `aisetu-server token`: the tokens of gateways that serve every tenant.

use std::io::{self, Write as _};
use std::path::Path;

use admin_server::app::ControlPlane;
use admin_server::app::authorization::PatScope;
use admin_server::app::service_tokens::{NewServiceToken, scope};
use admin_server::crypto::PublicKey;
use admin_server::ids::ServiceTokenId;
use admin_server::model::ServiceToken;
use admin_server::store::SEEN_WITHIN;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::{Data, Failure, print};

#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a service token and print it once
    Create(Create),
    /// List the service tokens, newest first
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Revoke a service token
    Revoke {
        /// Its id: `svc_…`
        id: String,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Args)]
pub(crate) struct Create {
    #[command(flatten)]
    data: Data,
    /// What to call it
    #[arg(long)]
    name: String,
    /// What it may do: keys:verify, usage:write, credentials:use; can be given several times
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// How long it lives, such as 90d; 365d at most
    #[arg(long, value_name = "TIME", default_value = "90d")]
    expires: String,
    /// The X25519 public key to which credentials are sealed for its holder, base64url, or a file with it; `credentials:use` needs one
    #[arg(long, value_name = "KEY|FILE")]
    public_key: Option<String>,
}

impl Create {
    fn input(&self) -> Result<NewServiceToken, Failure> {
        let scopes = self.scopes.iter().map(|text| scope(text)).collect::<Result<Vec<PatScope>, _>>()?;
        let public_key = self.public_key.as_deref().map(public_key).transpose()?;
        let lifetime = Some(lifetime(&self.expires)?);
        let input = NewServiceToken { name: self.name.clone(), scopes, lifetime, public_key };
        input.check()?;
        Ok(input)
    }
}

/// The key itself, or what a file holds.
fn public_key(text: &str) -> Result<PublicKey, Failure> {
    if !Path::new(text).exists() {
        return Ok(PublicKey::input("--public-key", text)?);
    }
    let held = std::fs::read_to_string(text).map_err(|error| format!("the file {text} cannot be read: {error}"))?;
    Ok(PublicKey::input("--public-key", &held)?)
}

fn lifetime(text: &str) -> Result<SignedDuration, Failure> {
    // A day is 24 hours here, whatever the clocks of a place do.
    let parsed = text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    parsed.map_err(|_| format!("`--expires` is `{text}`, which is no length of time such as 90d").into())
}

impl TokenCommand {
    /// The folder of the database.
    pub(crate) fn data(&self) -> &Data {
        match self {
            Self::Create(Create { data, .. }) | Self::List { data } | Self::Revoke { data, .. } => data,
        }
    }

    /// What can be told to be wrong without the database is told before it is opened.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.input().map(drop),
            Self::List { .. } => Ok(()),
            Self::Revoke { id, .. } => Ok(ServiceTokenId::input("id", id).map(drop)?),
        }
    }

    pub(crate) async fn run(self, control_plane: &ControlPlane) -> Result<(), Failure> {
        match self {
            Self::Create(create) => {
                let made = control_plane.create_service_token(create.input()?, print).await?;
                // Beside the token, so that it alone is on the standard output.
                writeln!(io::stderr(), "made {} ({}), expires {:.3}", made.id, made.name, made.expires_at)?;
            }
            Self::List { .. } => {
                let mut table = "ID\tNAME\tSCOPES\tHINT\tSTATE\tEXPIRES\tPUBLIC KEY\n".to_owned();
                for token in control_plane.list_service_tokens().await? {
                    table.push_str(&row(&token));
                }
                io::stdout().lock().write_all(table.as_bytes())?;
            }
            Self::Revoke { id, .. } => {
                let id = ServiceTokenId::input("id", &id)?;
                let revoked = control_plane.revoke_service_token(id).await?;
                // Once it is said, it is so, for a server at work beside this command as well.
                tokio::time::sleep(SEEN_WITHIN).await;
                writeln!(io::stderr(), "revoked {} ({})", revoked.id, revoked.name)?;
            }
        }
        Ok(())
    }
}

/// Columns that a tab parts, for people and for `cut` alike.
fn row(token: &ServiceToken) -> String {
    let key = token.public_key.map_or_else(|| "-".to_owned(), |key| key.to_string());
    let (id, name, scopes) = (&token.id, &token.name, token.scopes.join(","));
    let (hint, state) = (&token.hint, token.state.as_str());
    format!("{id}\t{name}\t{scopes}\t{hint}\t{state}\t{:.3}\t{key}\n", token.expires_at)
}
