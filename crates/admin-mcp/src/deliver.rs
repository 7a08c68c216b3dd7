//! Where a new secret goes: the argument `deliver`, and the place in the working folder that it names.

use std::path::{Component, Path, PathBuf};

use admin_core::ErrorCode;
use admin_local::{Place, Probed, Sink};
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
    /// The variable, such as `AI_SETU_API_KEY`; one that is there is replaced.
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

/// Takes `deliver` out of the arguments, and looks whether the place can take a secret. Nothing changes.
pub(crate) async fn reserve(arguments: &mut JsonObject, folder: &Path) -> Result<Reserved, ToolError> {
    let Some(given) = arguments.remove(DELIVER) else {
        return Err(ToolError::new(
            ErrorCode::BadUserInput,
            "`deliver` is missing: it names the file that takes the secret, which is never in the answer",
            r#"ask the user for a file, and give `{"kind":"env_file","path":".env","variable":"AI_SETU_API_KEY"}`"#,
        ));
    };
    let given = [(DELIVER.to_owned(), given)].into_iter().collect();
    let Only { deliver: Deliver { kind: Kind::EnvFile, path, variable } } = arguments::read(&given)?;
    let folder = folder.to_owned();
    // It asks git and the file system.
    let probing = tokio::task::spawn_blocking(move || {
        let file = inside(&folder, &path)?;
        let sink: Sink = format!("env:{}#{variable}", file.display())
            .parse()
            .map_err(|error: admin_local::SinkError| outside(&error.to_string()))?;
        match sink.probe()? {
            Probed::Place(place) => {
                let warnings = place.warnings().iter().map(ToString::to_string).collect();
                Ok(Reserved { place, saved_to: SavedTo { path, variable }, warnings })
            }
            Probed::Stdout => Err(outside("standard output belongs to the protocol")),
        }
    });
    probing.await.unwrap_or_else(|error| Err(outside(&error.to_string())))
}

/// The path in the folder, if it cannot lead out of it.
fn inside(folder: &Path, path: &str) -> Result<PathBuf, ToolError> {
    let given = Path::new(path);
    if given.components().any(|part| part == Component::ParentDir) {
        return Err(outside(&format!("`{path}` goes up with `..`")));
    }
    if given.file_name().is_none() {
        return Err(outside(&format!("`{path}` names no file")));
    }
    let cannot = |what: &Path| {
        let what = what.display().to_string();
        move |error: std::io::Error| outside(&format!("`{what}` cannot be used: {error}"))
    };
    let folder = folder.canonicalize().map_err(cannot(folder))?;
    let file = folder.join(given);
    let (Some(parent), Some(name)) = (file.parent(), file.file_name()) else {
        return Err(outside(&format!("`{path}` names no file")));
    };
    // Links are followed here, so that what is compared is where the file really is.
    let file = parent.canonicalize().map_err(cannot(parent))?.join(name);
    if !file.starts_with(&folder) {
        return Err(outside(&format!("`{path}` is not inside the working folder")));
    }
    if file.is_symlink() {
        return Err(outside(&format!("`{path}` is a symbolic link, which may lead anywhere")));
    }
    Ok(file)
}

fn outside(what: &str) -> ToolError {
    let next = "name a file inside the working folder, such as `.env`, and a variable such as `AI_SETU_API_KEY`";
    ToolError::new(ErrorCode::DeliveryFailed, format!("{what}; nothing was changed"), next)
}
