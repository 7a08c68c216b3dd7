//! `aisetu mcp status`.

use admin_local::clients::{
    Client, ClientError, DEFAULT_SERVER_NAME, Found, Program, Registration, Scope, Server, ServerOptions, Surroundings,
};
use clap::Args;
use serde::Serialize;

use super::target::{EntryArgs, server, surroundings};
use crate::context::Context;
use crate::error::CommandError;
use crate::output::{Field, Show};

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    entry: EntryArgs,
}

/// What a client knows of us.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    client: &'static str,
    /// Whether the client seems to be on this machine.
    found: bool,
    path: String,
    name: String,
    /// Whether the entry is there.
    installed: bool,
    command: Option<String>,
    command_exists: Option<bool>,
    this_program: Option<bool>,
    profile: Option<String>,
    base_url: Option<String>,
    read_only: Option<bool>,
    /// Why the file cannot be read.
    problem: Option<String>,
}

#[derive(Serialize)]
struct Status<'a> {
    clients: &'a [Known],
}

impl StatusArgs {
    pub(super) fn run(self, context: &Context) -> Result<(), CommandError> {
        context.refuse_idempotency_key("mcp status")?;
        let surroundings = surroundings(context);
        let server = server(ServerOptions::default(), &surroundings)?;
        let known = self.entry.all_clients().map(|client| self.known(client, &server, &surroundings));
        let clients = known.collect::<Result<Vec<_>, _>>()?;
        context.print_items(&clients, &Status { clients: &clients })
    }

    fn known(
        &self,
        client: &'static Client,
        server: &Server,
        surroundings: &Surroundings,
    ) -> Result<Known, ClientError> {
        let registration = self.entry.registration(client, surroundings)?;
        let (entry, problem) = match registration.found() {
            Ok(entry) => (entry, None),
            // The other clients are none the worse for it.
            Err(error) => (None, Some(error.to_string())),
        };
        let program = entry.as_ref().and_then(|entry| entry.program(server, surroundings));
        let options = entry.as_ref().and_then(Found::options);
        Ok(Known {
            client: client.name(),
            found: client.is_here(surroundings),
            path: registration.path().display().to_string(),
            name: registration.name().to_owned(),
            installed: entry.is_some(),
            command: entry.as_ref().and_then(Found::command).map(str::to_owned),
            command_exists: program.map(|program| program != Program::Missing),
            this_program: entry.is_some().then_some(program == Some(Program::This)),
            read_only: options.as_ref().map(|options| options.read_only),
            base_url: options.as_ref().and_then(|options| options.base_url.clone()),
            profile: options.and_then(|options| options.profile),
            problem,
        })
    }
}

impl Show for Known {
    const PLURAL: &'static str = "clients";

    fn fields(&self) -> Vec<Field> {
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let starts = match (&self.problem, self.installed, self.this_program, self.command_exists) {
            (Some(_), ..) => Some("cannot be read"),
            (None, false, ..) => None,
            (None, true, Some(true), _) => Some("this program"),
            (None, true, _, Some(true)) => Some("another program"),
            (None, true, _, Some(false)) => Some("a program that is gone"),
            (None, true, _, None) => Some("no program"),
        };
        vec![
            Field::column("client", self.client.to_owned()),
            Field::column("found", yes(self.found)),
            Field::column("entry", self.installed.then(|| self.name.clone())),
            Field::column("starts", starts.map(str::to_owned)),
            Field::column("profile", self.profile.clone()),
            Field::column("read only", self.read_only.map(yes)),
            Field::column("file", self.path.clone()),
        ]
    }
}

/// How a client on this machine knows us.
pub(crate) enum Registered {
    /// It starts this program.
    Here(&'static str),
    /// It starts something else, or a program that is gone.
    Elsewhere(&'static str),
    /// Its file cannot be read.
    Unreadable(&'static str, ClientError),
}

/// Every client on this machine that knows us under the usual name.
pub(crate) fn registered(context: &Context) -> Result<Vec<Registered>, ClientError> {
    let surroundings = surroundings(context);
    let server = server(ServerOptions::default(), &surroundings)?;
    let one = |client: &'static Client| {
        let registration = Registration::new(client, Scope::User, DEFAULT_SERVER_NAME, &surroundings).ok()?;
        match registration.found() {
            Ok(None) => None,
            Ok(Some(entry)) if entry.program(&server, &surroundings) == Some(Program::This) => {
                Some(Registered::Here(client.title()))
            }
            Ok(Some(_)) => Some(Registered::Elsewhere(client.title())),
            Err(error) => Some(Registered::Unreadable(client.title(), error)),
        }
    };
    Ok(Client::all().iter().filter(|client| client.is_here(&surroundings)).filter_map(one).collect())
}
