//! Where a new secret goes: the argument `deliver`, and the place in the working folder that it names.

use std::fs::Metadata;
use std::io;
use std::path::{Component, Path, PathBuf};

use admin_core::ErrorCode;
use admin_core::env::Environment;
use admin_local::{Overwrites, Place, Probed, Sink};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arguments;
use crate::error::ToolError;

/// The argument that names the place.
pub(crate) const DELIVER: &str = "deliver";

/// Where the secret goes. It is never in the answer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Deliver {
    /// `env_file`: one variable of a file of `NAME=value` lines, which only its owner may read from then on.
    kind: Kind,
    /// The file, inside the working folder, such as `.env`; its folder must exist.
    path: String,
    /// The variable, such as `AI_SETU_API_KEY`: letters, digits and `_`. A token that it holds is replaced, any other value is not.
    #[schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    variable: String,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    EnvFile,
}

/// Where the secret went.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedTo {
    /// The file.
    path: String,
    /// The variable.
    variable: String,
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
            "`deliver` is missing: it names the file that takes the secret, which is never in the answer",
            r#"ask the user for a file, and give `{"kind":"env_file","path":".env","variable":"AI_SETU_API_KEY"}`"#,
        ));
    };
    let Only { deliver } = arguments::read(&[(DELIVER.to_owned(), given)].into_iter().collect())?;
    Ok(deliver)
}

impl Deliver {
    /// Looks whether the place can take a secret now. Nothing changes.
    pub(crate) async fn reserve(&self, folder: &Folder) -> Result<Reserved, ToolError> {
        let (deliver, folder) = (self.clone(), folder.clone());
        // It asks git and the file system.
        let probing = tokio::task::spawn_blocking(move || deliver.probe(&folder));
        probing.await.unwrap_or_else(|error| Err(refused(&error.to_string())))
    }

    fn probe(self, folder: &Folder) -> Result<Reserved, ToolError> {
        let Self { kind: Kind::EnvFile, path, variable } = self;
        let file = folder.file(&path)?;
        let sink = Sink::env_file(file, &variable).map_err(|error| refused(&error.to_string()))?;
        // It can be nothing but an env file. The environment says where git is.
        let Probed::Place(place) = sink.probe(&folder.environment)? else {
            return Err(refused("standard output belongs to the protocol"));
        };
        match place.is_tracked() {
            Some(false) => {}
            Some(true) => {
                let why = format!("`{path}` is a file that git keeps: the next commit would take the secret with it");
                return Err(refused(&why));
            }
            None => {
                let why = format!("`{path}` is in a git work tree, and git does not say whether it keeps the file");
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
            Overwrites::Token => warnings.push(format!("`{variable}` held another token, which is overwritten")),
            Overwrites::Value => {
                let why = format!(
                    "`{variable}` in `{path}` has a value that is no token, of which this may be the only copy"
                );
                return Err(refused(&why));
            }
        }
        Ok(Reserved { place, saved_to: SavedTo { path, variable }, warnings })
    }
}

/// The folder that secrets may be written in.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    environment: Environment,
}

impl Folder {
    pub(crate) fn new(path: PathBuf, environment: Environment) -> Self {
        Self { path, environment }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it, if the path cannot lead elsewhere and is none that something else depends on.
    fn file(&self, path: &str) -> Result<PathBuf, ToolError> {
        let given = Path::new(path);
        if given.components().any(|part| part == Component::ParentDir) {
            return Err(refused(&format!("`{path}` goes up with `..`")));
        }
        if given.file_name().is_none() {
            return Err(refused(&format!("`{path}` names no file")));
        }
        let cannot = |what: &Path| {
            let what = what.display().to_string();
            move |error: io::Error| refused(&format!("`{what}` cannot be used: {error}"))
        };
        let folder = self.path.canonicalize().map_err(cannot(&self.path))?;
        let home = self.environment.get("HOME").and_then(|home| Path::new(&home).canonicalize().ok());
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
        if file.components().any(|part| part.as_os_str() == ".git") {
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

fn refused(what: &str) -> ToolError {
    let next = "name a file inside the working folder, such as `.env`, and a variable such as `AI_SETU_API_KEY`";
    ToolError::new(ErrorCode::DeliveryFailed, format!("{what}; nothing was changed"), next)
}
