//! Where aisetu keeps its files: the XDG folders, on macOS too.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use admin_core::env::Environment;
use etcetera::BaseStrategy;

/// Overrides the folder of the configuration, by default `$XDG_CONFIG_HOME/aisetu`.
pub const AI_SETU_CONFIG_DIR: &str = "AI_SETU_CONFIG_DIR";

/// The user has no home folder, so there is no default place for any file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the home folder of the user is not known")]
pub struct NoHome;

impl NoHome {
    /// How to mend it.
    pub fn hint(self) -> String {
        format!("set `HOME`, or `{AI_SETU_CONFIG_DIR}` to a folder for the configuration")
    }
}

/// The folder of the configuration. It need not exist.
pub fn config_folder(environment: &Environment) -> Result<PathBuf, NoHome> {
    match environment.get(AI_SETU_CONFIG_DIR) {
        Some(folder) => Ok(folder.into()),
        None => Ok(strategy()?.config_dir().join("aisetu")),
    }
}

/// The folder of what can be lost. It need not exist.
pub(crate) fn cache_folder(environment: &Environment) -> Result<PathBuf, NoHome> {
    match environment.get(AI_SETU_CONFIG_DIR) {
        Some(folder) => Ok(PathBuf::from(folder).join("cache")),
        None => Ok(strategy()?.cache_dir().join("aisetu")),
    }
}

/// The folder where `aisetu dev` keeps its data by default. It need not exist.
pub fn dev_folder() -> Result<PathBuf, NoHome> {
    Ok(strategy()?.data_dir().join("aisetu").join("dev"))
}

fn strategy() -> Result<impl BaseStrategy, NoHome> {
    etcetera::choose_base_strategy().map_err(|_| NoHome)
}

/// Makes a folder that only its owner can enter, with what is missing above it. One that exists stays as it is.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
