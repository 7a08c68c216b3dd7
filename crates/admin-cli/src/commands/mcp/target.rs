//! Which clients a command is about, and where their files are.

use std::env;
use std::path::Path;

use admin_local::clients::{
    Client, ClientError, DEFAULT_SERVER_NAME, Platform, Registration, Scope, Server, ServerOptions, Surroundings,
};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use crate::context::Context;

/// What `--client` takes for all of them.
const ALL: &str = "all";

#[derive(Debug, Args)]
pub(super) struct TargetArgs {
    /// The client, or `all` for all of them
    #[arg(long, value_parser = clients())]
    client: Option<String>,
    #[command(flatten)]
    pub(super) entry: EntryArgs,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct EntryArgs {
    /// Whether the client knows the entry in all projects, or in that of the working folder
    #[arg(long, value_enum, default_value_t = Reach::User)]
    scope: Reach,
    /// The name of the entry
    #[arg(long, default_value = DEFAULT_SERVER_NAME)]
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reach {
    User,
    Project,
}

fn clients() -> PossibleValuesParser {
    PossibleValuesParser::new(Client::all().iter().map(Client::name).chain([ALL]))
}

impl EntryArgs {
    const fn scope(&self) -> Scope {
        match self.scope {
            Reach::User => Scope::User,
            Reach::Project => Scope::Project,
        }
    }

    /// The clients that have a file for it.
    pub(super) fn all_clients(&self) -> impl Iterator<Item = &'static Client> {
        let scope = self.scope();
        Client::all().iter().filter(move |client| scope == Scope::User || client.knows_projects())
    }

    pub(super) fn registration(
        &self,
        client: &'static Client,
        surroundings: &Surroundings,
    ) -> Result<Registration, ClientError> {
        Registration::new(client, self.scope(), &self.name, surroundings)
    }
}

impl TargetArgs {
    /// The one client that was named; none = all of them.
    pub(super) fn client(&self, surroundings: &Surroundings) -> Result<Option<&'static Client>, ClientError> {
        match self.client.as_deref() {
            Some(ALL) => Ok(None),
            // What is no client's name was refused by the parser.
            Some(name) => Ok(Client::find(name)),
            None => Err(ClientError::Unnamed { here: here(Client::all(), surroundings).map(Client::name).collect() }),
        }
    }
}

/// Those that seem to be on this machine.
pub(super) fn here<'s>(
    clients: impl IntoIterator<Item = &'static Client> + 's,
    surroundings: &'s Surroundings,
) -> impl Iterator<Item = &'static Client> + 's {
    clients.into_iter().filter(|client| client.is_here(surroundings))
}

pub(super) fn surroundings(context: &Context) -> Surroundings {
    // Without a working folder there is no project, which its file says when it cannot be made.
    let folder = env::current_dir().unwrap_or_default();
    Surroundings::new(context.environment.clone(), Platform::current(), folder)
}

/// This program as a server.
pub(super) fn server(options: ServerOptions, surroundings: &Surroundings) -> Result<Server, ClientError> {
    let path = env::current_exe().map_err(|source| ClientError::Binary { path: "aisetu".into(), source })?;
    let started_as = env::args_os().next().unwrap_or_default();
    Server::new(&path, Path::new(&started_as), options, surroundings)
}
