//! A control plane that keeps its data, until it is told to stop.

use std::fs;
use std::path::{Path, PathBuf};

use admin_core::{BaseUrl, ConfigError, CredentialSource, DateTime, Error};
use admin_local::{Kept, Profile, Profiles, config_folder, create_private_folder, dev_folder};
use admin_server::app::Ports;
use admin_server::app::provision::OwnerToken;
use admin_server::crypto::ServerKeys;
use admin_server::random::SystemRandom;
use admin_server::{Server, StartError, Storage};
use serde::Serialize;

use super::{DevError, Signals, on_loopback, provision};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::output::{Field, Show};

/// The profile that keeps the token, unless the user names another.
pub(super) const PROFILE: &str = "dev";
/// The file in the data folder that remembers the port.
const PORT_FILE: &str = "port";

/// How to reach the control plane.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reach {
    base_url: String,
    graphiql: String,
    profile: String,
    pat_expires_at: DateTime,
    data_folder: PathBuf,
}

impl Show for Reach {
    const PLURAL: &'static str = "control planes";

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::column("base URL", self.base_url.clone()),
            Field::column("GraphiQL", self.graphiql.clone()),
            Field::column("profile", self.profile.clone()),
            Field::detail("token expires", self.pat_expires_at),
            Field::column("data", self.data_folder.display().to_string()),
        ]
    }
}

pub(super) async fn run(
    context: &Context,
    port: Option<u16>,
    data: Option<PathBuf>,
    mut signals: Signals,
) -> Result<ExitCode, CommandError> {
    let folder = data.map_or_else(dev_folder, Ok).map_err(DevError::NoHome)?;
    let profiles = Profiles::in_folder(&config_folder(&context.environment).map_err(DevError::NoHome)?);
    let name = context.global.profile.as_deref().unwrap_or(PROFILE);
    let held = own_profile(&profiles, name)?;
    let server = start(context, port, &folder).await?;
    // The port of the started server, which a profile is for.
    let base_url = format!("http://{}", server.address());
    let url = BaseUrl::parse(&base_url, false)
        .map_err(|reason| Error::from(ConfigError::BaseUrl { origin: CredentialSource::Explicit, reason }))?;
    let replaced = held.as_ref().map(|profile| profile.base_url.clone()).filter(|stored| *stored != url);
    // The token is kept in the file, beside the data that it opens: no keyring makes that safer, and one could hang.
    let held = held.and_then(|profile| match profile.pat {
        Kept::File(pat) => admin_token::parse(pat.expose()).ok(),
        Kept::Keyring { .. } => None,
    });
    if let Some(stored) = &replaced {
        let ours = match held.clone() {
            Some(token) => server.control_plane().authenticate(token).await.is_ok(),
            None => false,
        };
        // Whoever names a profile does not expect to lose what is in it; `dev` is ours by its name.
        if !ours && context.global.profile.is_some() {
            return Err(foreign(&profiles, name, stored).into());
        }
        if !ours {
            context.printer.warning(format_args!(
                "the profile `{name}` was the way to {stored}, and is now the way to this control plane; `--profile NAME` \
                 keeps both"
            ));
        }
    }
    let OwnerToken { token, expires_at } = provision(&server, held).await?;
    let expires_at = DateTime::from(expires_at);
    let profile = Profile::new(url, token).expiring(expires_at);
    profiles.put(name, &profile).map_err(DevError::Profile)?;
    context.print(&Reach {
        graphiql: format!("{base_url}/graphiql"),
        base_url,
        profile: name.to_owned(),
        pat_expires_at: expires_at,
        data_folder: std::path::absolute(&folder).unwrap_or(folder),
    })?;
    context.printer.note(format_args!("in another terminal: aisetu --profile {name} workspaces list"));
    signals.next().await;
    // Whoever asks a second time does not want to wait for requests that are being answered.
    tokio::select! {
        () = server.shutdown() => Ok(ExitCode::Ok),
        _ = signals.next() => Ok(ExitCode::Aborted),
    }
}

/// The profile, which must not be the way to another machine: its token would be lost.
fn own_profile(profiles: &Profiles, name: &str) -> Result<Option<Profile>, DevError> {
    let found = profiles.find(name)?;
    if let Some(Profile { base_url, .. }) = &found
        && !base_url.is_loopback()
    {
        return Err(foreign(profiles, name, base_url));
    }
    Ok(found)
}

fn foreign(profiles: &Profiles, name: &str, base_url: &BaseUrl) -> DevError {
    let path = profiles.path().to_owned();
    DevError::ForeignProfile { name: name.to_owned(), base_url: Box::new(base_url.clone()), path }
}

/// Starts on the given port, else on the one of the last time, else on a free one, which is remembered.
async fn start(context: &Context, port: Option<u16>, folder: &Path) -> Result<Server, DevError> {
    create_private_folder(folder).map_err(|source| StartError::Folder { folder: folder.to_owned(), source })?;
    let keys = ServerKeys::read_or_create(folder, &SystemRandom).map_err(StartError::Key)?;
    let ports = Ports::dev(keys, &|name| context.environment.get(name)).map_err(DevError::from)?;
    let storage = Storage::Folder(folder.to_owned());
    if let Some(port) = port {
        return Ok(Server::start(on_loopback(port), &storage, ports, true).await?);
    }
    let path = folder.join(PORT_FILE);
    let remembered: Option<u16> = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    if let Some(port) = remembered {
        match Server::start(on_loopback(port), &storage, ports.clone(), true).await {
            Err(StartError::Listen { .. }) => {}
            started => return Ok(started?),
        }
    }
    let server = Server::start(on_loopback(0), &storage, ports, true).await?;
    if let Some(port) = remembered {
        context
            .printer
            .warning(format_args!("another program has port {port} now, so the control plane has a new one"));
    }
    let text = format!("{}\n", server.address().port());
    fs::write(&path, text).map_err(|source| DevError::Port { path, source })?;
    Ok(server)
}
