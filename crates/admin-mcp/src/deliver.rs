//! Where a new secret goes: the argument `deliver`, and the place in the working folder that it names.

use std::fs::Metadata;
use std::io;
use std::path::{Component, Path, PathBuf};

use admin_core::ErrorCode;
use admin_local::{Overwrites, Place, Probed, Sink, SinkError};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arguments;
use crate::clean;
use crate::error::ToolError;
use crate::server::Server;

/// The argument that names the place.
pub(crate) const DELIVER: &str = "deliver";

/// Where the secret goes, never into the answer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Deliver {
    /// One variable of a file of `NAME=value` lines, which only its owner may read from then on.
    EnvFile {
        /// The file, inside the working folder, such as `.env`; its folder must exist.
        path: String,
        /// The variable: letters, digits and `_`. A token that it holds is replaced, any other value is not.
        variable: String,
    },
    /// An entry of the operating system's keyring.
    Keyring {
        /// The service that it is for.
        service: String,
        /// The account there.
        account: String,
    },
    /// A program that whoever registered the server allows, on its standard input.
    Command {
        /// Its name in their list.
        name: String,
    },
    /// A page in the user's browser, which shows it once.
    Browser {},
    /// The answer, if whoever registered the server allows that.
    #[schemars(skip)]
    Chat {},
}

/// Where the secret went.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedTo {
    /// What kind of place it is.
    kind: &'static str,
    /// The file.
    path: Option<String>,
    /// The variable.
    variable: Option<String>,
    /// The service of the keyring's entry.
    service: Option<String>,
    /// Its account.
    account: Option<String>,
    /// The name of the command.
    name: Option<String>,
}

impl SavedTo {
    pub(crate) fn browser() -> Self {
        Self { kind: "browser", ..Self::default() }
    }

    pub(crate) fn chat() -> Self {
        Self { kind: "chat", ..Self::default() }
    }
}

/// A place that can take a secret, and what to say of it afterwards.
pub(crate) struct Reserved {
    pub(crate) place: Place,
    pub(crate) saved_to: SavedTo,
    pub(crate) warnings: Vec<String>,
}

/// Read together with its name, so that an error names the field.
#[derive(Deserialize)]
struct Only {
    deliver: Deliver,
}

/// Takes `deliver` out of the arguments.
pub(crate) fn take(arguments: &mut JsonObject) -> Result<Deliver, ToolError> {
    let Some(given) = arguments.remove(DELIVER) else {
        return Err(ToolError::new(
            ErrorCode::BadUserInput,
            "`deliver` is missing: it names the place that takes the secret, which is never in the answer",
            r#"ask the user for a place, such as `{"kind":"env_file","path":".env","variable":"AI_SETU_API_KEY"}`"#,
        ));
    };
    let Only { deliver } = arguments::read(&[(DELIVER.to_owned(), given)].into_iter().collect())?;
    Ok(deliver)
}

/// What a person is told of the place, in a line.
pub(crate) fn in_words(given: &Value) -> String {
    match serde_json::from_value(given.clone()) {
        Ok(Deliver::EnvFile { path, variable }) => format!("- the new secret goes into {path:?} as {variable:?}"),
        Ok(Deliver::Keyring { service, account }) => {
            format!("- the new secret goes into the keyring as {service:?}/{account:?}")
        }
        Ok(Deliver::Command { name }) => format!("- the new secret goes to the command {name:?}"),
        Ok(Deliver::Browser {}) => "- the new secret is shown here, once".to_owned(),
        Ok(Deliver::Chat {}) => "- the new secret goes into the conversation with the model".to_owned(),
        Err(_) => format!("- the new secret goes into {given}"),
    }
}

/// The place as the command line names it; `None` = what a person at a terminal reads there.
pub(crate) fn sink(given: &Value, server: &Server) -> Option<Sink> {
    match serde_json::from_value(given.clone()).ok()? {
        Deliver::EnvFile { path, variable } => Sink::env_file(server.folder().path().join(path), &variable).ok(),
        Deliver::Keyring { service, account } => format!("keyring:{service}/{account}").parse().ok(),
        Deliver::Command { name } => server.commands().get(&name).ok(),
        Deliver::Browser {} | Deliver::Chat {} => None,
    }
}

impl Deliver {
    /// Looks whether the place can take a secret now. Nothing changes.
    pub(crate) async fn reserve(&self, server: &Server) -> Result<Reserved, ToolError> {
        if !server.is_local() {
            let next = "give `{\"kind\":\"browser\"}`: a page shows the secret to the user";
            let what = "files, keyring and commands of this server are not the caller's; nothing was changed";
            return Err(ToolError::new(ErrorCode::DeliveryFailed, what, next));
        }
        let (deliver, server) = (self.clone(), server.clone());
        // It asks git, the file system and the keyring.
        let probing = tokio::task::spawn_blocking(move || deliver.probe(&server));
        probing.await.unwrap_or_else(|error| Err(refused(&error.to_string())))
    }

    fn probe(self, server: &Server) -> Result<Reserved, ToolError> {
        let bad = |error: SinkError| refused(&error.to_string());
        let (sink, named, saved_to) = match self {
            Self::EnvFile { path, variable } => {
                let sink = Sink::env_file(server.folder().file(&path)?, &variable).map_err(bad)?;
                let named = format!("`{variable}` in `{path}`");
                let (path, variable) = (Some(path), Some(variable));
                (sink, named, SavedTo { kind: "env_file", path, variable, ..SavedTo::default() })
            }
            Self::Keyring { service, account } => {
                let sink = format!("keyring:{service}/{account}").parse().map_err(bad)?;
                let named = format!("`{service}/{account}` in the keyring");
                let (service, account) = (Some(service), Some(account));
                (sink, named, SavedTo { kind: "keyring", service, account, ..SavedTo::default() })
            }
            Self::Command { name } => {
                let sink = server.commands().get(&name)?;
                let named = format!("`{name}`");
                (sink, named, SavedTo { kind: "command", name: Some(name), ..SavedTo::default() })
            }
            Self::Browser {} | Self::Chat {} => return Err(refused("no place of this machine takes it")),
        };
        let Probed::Place(place) = sink.probe(server.environment())? else {
            return Err(refused("standard output belongs to the protocol"));
        };
        match place.is_tracked() {
            Some(false) => {}
            Some(true) => {
                let why = format!("{named} is in a file that git keeps: the next commit would take the secret with it");
                return Err(refused(&why));
            }
            None => {
                let why = format!("{named} is in a git work tree, and git does not say whether it keeps the file");
                return Err(ToolError::new(
                    ErrorCode::DeliveryFailed,
                    format!("{why}; nothing was changed"),
                    "the user looks why `git status` fails there, or whether `git` is on the `PATH` of this server",
                ));
            }
        }
        let mut warnings: Vec<String> = place.warnings().iter().map(ToString::to_string).collect();
        match place.overwrites() {
            Overwrites::Nothing => {}
            Overwrites::Token => warnings.push(format!("{named} held another token, which is overwritten")),
            Overwrites::Value => {
                return Err(refused(&format!(
                    "{named} has a value that is no token, of which this may be the only copy"
                )));
            }
        }
        Ok(Reserved { place, saved_to, warnings })
    }
}

/// The folder that secrets may be written in.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    home: Option<PathBuf>,
}

impl Folder {
    pub(crate) fn new(path: PathBuf, home: Option<String>) -> Self {
        Self { path, home: home.map(PathBuf::from) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it, if the path cannot lead elsewhere and is none that something else depends on.
    pub(crate) fn file(&self, path: &str) -> Result<PathBuf, ToolError> {
        let given = Path::new(path);
        if given.components().any(|part| part == Component::ParentDir) {
            return Err(refused(&format!("`{path}` goes up with `..`")));
        }
        if given.file_name().is_none() || path.ends_with(std::path::is_separator) {
            return Err(refused(&format!("`{path}` names no file")));
        }
        if clean::line(path) != path {
            return Err(refused(&format!("{path:?} has characters that nobody sees")));
        }
        let cannot = |what: &Path| {
            let what = what.display().to_string();
            move |error: io::Error| refused(&format!("`{what}` cannot be used: {error}"))
        };
        let folder = self.path.canonicalize().map_err(cannot(&self.path))?;
        let home = self.home.as_ref().and_then(|home| home.canonicalize().ok());
        if folder.parent().is_none() || Some(&folder) == home.as_ref() {
            let why = format!("the working folder of this server is `{}`, which is no project", folder.display());
            return Err(ToolError::new(
                ErrorCode::DeliveryFailed,
                why,
                "the user starts the server in the folder of a project",
            ));
        }
        let file = folder.join(given);
        let (Some(parent), Some(name)) = (file.parent(), file.file_name()) else {
            return Err(refused(&format!("`{path}` names no file")));
        };
        // Links are followed here, so that what is compared is where the file really is.
        let file = parent.canonicalize().map_err(cannot(parent))?.join(name);
        if !file.starts_with(&folder) {
            return Err(refused(&format!("`{path}` is not inside the working folder")));
        }
        if file.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
            return Err(refused(&format!("`{path}` is git's own")));
        }
        match file.symlink_metadata() {
            Ok(found) if found.is_symlink() => {
                Err(refused(&format!("`{path}` is a symbolic link, which may lead anywhere")))
            }
            Ok(found) if is_program(&found) => Err(refused(&format!("`{path}` is a program"))),
            _ => Ok(file),
        }
    }
}

#[cfg(unix)]
fn is_program(found: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.is_file() && found.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_program(_: &Metadata) -> bool {
    false
}

pub(crate) fn refused(what: &str) -> ToolError {
    let next = "name a file inside the working folder, such as `.env`, and a variable such as `AI_SETU_API_KEY`";
    ToolError::new(ErrorCode::DeliveryFailed, format!("{what}; nothing was changed"), next)
}
