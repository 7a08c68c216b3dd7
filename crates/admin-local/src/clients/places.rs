//! Where files are on this system, as the variables of the environment say it.

use std::env;
use std::path::{Path, PathBuf};

use admin_core::env::Environment;

use super::ClientError;
use crate::{NoHome, config_folder};

/// The system whose customs hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux, and whatever else follows XDG.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Platform {
    /// The one of this program.
    pub const fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }
}

/// Where a client is to know the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In all projects of the user.
    User,
    /// In the project of the working folder.
    Project,
}

/// What paths depend on.
#[derive(Debug, Clone)]
pub struct Surroundings {
    environment: Environment,
    platform: Platform,
    folder: PathBuf,
}

impl Surroundings {
    /// With the working folder, which is that of the project.
    pub const fn new(environment: Environment, platform: Platform, folder: PathBuf) -> Self {
        Self { environment, platform, folder }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a project's files are kept as they were before us.
    pub(super) fn backups(&self) -> Result<PathBuf, ClientError> {
        let folder = config_folder(&self.environment).map_err(|NoHome| ClientError::NoHome { variable: "HOME" })?;
        Ok(folder.join("backups"))
    }

    /// The file of a program on the path.
    pub(super) fn program(&self, name: &str) -> Option<PathBuf> {
        self.programs(name).into_iter().next()
    }

    /// The files of a program on the path: a shell starts the first.
    pub(super) fn programs(&self, name: &str) -> Vec<PathBuf> {
        let endings: &[&str] = if self.platform == Platform::Windows { &[".exe", ".cmd", ".bat", ""] } else { &[""] };
        let path = self.environment.get("PATH").unwrap_or_default();
        let files = env::split_paths(&path)
            .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{name}{ending}"))));
        files.filter(|path| path.is_file()).collect()
    }

    /// The paths that a place stands for.
    pub(super) fn candidates(&self, place: &Place) -> Result<Vec<PathBuf>, ClientError> {
        let folder = match place.moved_by.and_then(|variable| self.environment.get(variable)) {
            Some(folder) => folder.into(),
            None => join(&self.base(place.base)?, place.folder),
        };
        Ok(place.files.iter().map(|file| join(&folder, file)).collect())
    }

    fn base(&self, base: Base) -> Result<PathBuf, ClientError> {
        match (base, self.platform) {
            (Base::Home, _) => self.home(),
            (Base::AppData, Platform::MacOs) => Ok(join(&self.home()?, "Library/Application Support")),
            (Base::AppData, Platform::Windows) => self.named("APPDATA", "AppData/Roaming"),
            (Base::AppData, Platform::Linux) | (Base::Xdg, _) => self.named("XDG_CONFIG_HOME", ".config"),
        }
    }

    /// The folder that a variable names, else one of the home folder.
    fn named(&self, variable: &str, fallback: &str) -> Result<PathBuf, ClientError> {
        match self.environment.get(variable) {
            Some(folder) => Ok(folder.into()),
            None => Ok(join(&self.home()?, fallback)),
        }
    }

    fn home(&self) -> Result<PathBuf, ClientError> {
        let variable = if self.platform == Platform::Windows { "USERPROFILE" } else { "HOME" };
        self.environment.get(variable).map(PathBuf::from).ok_or(ClientError::NoHome { variable })
    }
}

/// A path with the separators of this system.
pub(super) fn join(folder: &Path, path: &str) -> PathBuf {
    path.split('/').filter(|part| !part.is_empty()).fold(folder.to_owned(), |path, part| path.join(part))
}

/// A folder that every system has, under a name of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base {
    Home,
    /// Where programs keep what is theirs.
    AppData,
    /// What XDG calls the configuration, on every system.
    Xdg,
}

/// Files of which the first that is there counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    base: Base,
    folder: &'static str,
    files: &'static [&'static str],
    /// A variable that names another folder.
    moved_by: Option<&'static str>,
}

impl Place {
    pub(super) const fn home(folder: &'static str, files: &'static [&'static str]) -> Self {
        Self { base: Base::Home, folder, files, moved_by: None }
    }

    pub(super) const fn app_data(folder: &'static str, files: &'static [&'static str]) -> Self {
        Self { base: Base::AppData, folder, files, moved_by: None }
    }

    pub(super) const fn xdg(folder: &'static str, files: &'static [&'static str]) -> Self {
        Self { base: Base::Xdg, folder, files, moved_by: None }
    }

    pub(super) const fn moved_by(mut self, variable: &'static str) -> Self {
        self.moved_by = Some(variable);
        self
    }
}
