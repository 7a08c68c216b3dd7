//! What a user prefers, and what a project does: `config.toml` and `.aisetu.toml`.

mod text;

use std::fmt;
use std::path::{Path, PathBuf};

use admin_core::env::Environment;

use crate::{AI_SETU_PROFILE, DEFAULT_PROFILE, FileError, NoHome, config_folder, toml_file};
use text::Text;

/// The file of a project, in the working directory or in a folder above it.
pub const PROJECT_FILE: &str = ".aisetu.toml";

/// Something that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// The profile that is used where none is named.
    DefaultProfile,
    /// The workspace that a command is about where none is named: its id, or its name.
    Workspace,
    /// The format of what is printed.
    Output,
    /// How long a call may take with all its retries.
    Timeout,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 4] = [Self::DefaultProfile, Self::Workspace, Self::Output, Self::Timeout];

    /// What a file calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DefaultProfile => "default_profile",
            Self::Workspace => "workspace",
            Self::Output => "output",
            Self::Timeout => "timeout",
        }
    }

    /// The variable of the environment that sets it.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::DefaultProfile => AI_SETU_PROFILE,
            Self::Workspace => "AI_SETU_WORKSPACE",
            Self::Output => "AI_SETU_OUTPUT",
            Self::Timeout => "AI_SETU_TIMEOUT",
        }
    }

    /// Whether the file of a project may set it. A repository that somebody checked out must not choose who calls, or whom.
    pub const fn is_for_projects(self) -> bool {
        matches!(self, Self::Workspace | Self::Output)
    }

    /// Whether a profile may have its own.
    pub const fn is_for_profiles(self) -> bool {
        !matches!(self, Self::DefaultProfile)
    }
}

/// What is set, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As it is written there.
    pub value: String,
    /// Where it is.
    pub origin: Origin,
}

/// Where something is set. Its `Display` says so in words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A flag of the command.
    Flag(&'static str),
    /// A variable of the environment.
    Env(&'static str),
    /// The file of a project.
    Project(PathBuf),
    /// A folder that is bound to a profile.
    Bound {
        /// The folder.
        folder: PathBuf,
        /// The user's file, which says so.
        path: PathBuf,
    },
    /// The user's file, for one profile.
    Profile {
        /// The profile.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// The user's file.
    User(PathBuf),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "`{flag}`"),
            Self::Env(variable) => write!(f, "`{variable}`"),
            Self::Project(path) | Self::User(path) => write!(f, "`{}`", path.display()),
            Self::Bound { folder, path } => write!(f, "folder `{}` in `{}`", folder.display(), path.display()),
            Self::Profile { name, path } => write!(f, "profile `{name}` in `{}`", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Why the settings cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something in a file is of another type.
    #[error("`{field}` in `{}` is not {expected}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
    /// There is no place for them.
    #[error(transparent)]
    NoHome(#[from] NoHome),
    /// A folder that is to be bound cannot be found.
    #[error("cannot find the folder `{}`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// What is set in files. That of a project is read when something is looked up that it could decide: what is wrong with it is in the way
/// of nothing else.
#[derive(Debug)]
pub struct Settings {
    user: Text,
    project: Option<PathBuf>,
    /// The file of a project that would count if it were the user's.
    foreign: Option<PathBuf>,
    /// The working directory, with every link resolved.
    folder: Option<PathBuf>,
}

impl Settings {
    /// Reads the user's file, and finds that of the project that the working directory is in. Neither need be there.
    ///
    /// # Errors
    /// The user's file is there, and cannot be understood.
    pub fn load(environment: &Environment, working_directory: Option<&Path>) -> Result<Self, SettingsError> {
        let user = match config_folder(environment) {
            Ok(folder) => Text::read(&user_file(&folder))?,
            // Whoever has no home prefers nothing.
            Err(NoHome) => Text::empty(Path::new("config.toml")),
        };
        let folder = working_directory.and_then(|folder| folder.canonicalize().ok());
        let files = folder.as_deref().into_iter().flat_map(project_files);
        let (mut project, mut foreign) = (None, None);
        for path in files {
            if is_trusted(&path) {
                project = Some(path);
                break;
            }
            foreign.get_or_insert(path);
        }
        Ok(Self { user, project, foreign, folder })
    }

    /// Nothing is set, and no file was looked at.
    pub fn none() -> Self {
        Self { user: Text::empty(Path::new("config.toml")), project: None, foreign: None, folder: None }
    }

    /// The user's file. It need not be there.
    pub fn path(&self) -> &Path {
        self.user.path()
    }

    /// Which profile is used where there is no `AI_SETU_PAT`, and what says so: the one named by hand, else the one that
    /// `AI_SETU_PROFILE` names, else the one that the nearest folder is bound to, else the user's default, else `default`, which
    /// signing in makes.
    ///
    /// # Errors
    /// What is set is no text.
    pub fn profile(&self, named: Option<&str>, environment: &Environment) -> Result<Found, SettingsError> {
        if let Some(name) = named {
            return Ok(Found { value: name.to_owned(), origin: Origin::Flag("--profile") });
        }
        if let Some(value) = environment.get(AI_SETU_PROFILE) {
            return Ok(Found { value, origin: Origin::Env(AI_SETU_PROFILE) });
        }
        let bound = self
            .bound()?
            .into_iter()
            .filter(|(bound, _)| self.folder.as_deref().is_some_and(|folder| folder.starts_with(bound)));
        if let Some((folder, value)) = bound.max_by_key(|(bound, _)| bound.components().count()) {
            let path = self.path().to_owned();
            return Ok(Found { value, origin: Origin::Bound { folder, path } });
        }
        Ok(match self.user.get(Setting::DefaultProfile.name())? {
            Some(value) => Found { value, origin: Origin::User(self.path().to_owned()) },
            None => Found { value: DEFAULT_PROFILE.to_owned(), origin: Origin::Default },
        })
    }

    /// What is set for commands that use this profile: by the environment, the project, the profile, or for all.
    ///
    /// # Errors
    /// What is set is no text, or the file of the project decides and cannot be understood.
    pub fn find(
        &self,
        setting: Setting,
        profile: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Found>, SettingsError> {
        if setting.is_for_projects()
            && environment.get(setting.variable()).is_none()
            && let Some(path) = &self.project
            && let Some(value) = Text::read(path)?.get(setting.name())?
        {
            return Ok(Some(Found { value, origin: Origin::Project(path.clone()) }));
        }
        self.find_without_project(setting, profile, environment)
    }

    /// The same as if there were no project, for what is to go on although its file is wrong.
    ///
    /// # Errors
    /// What is set is no text.
    pub fn find_without_project(
        &self,
        setting: Setting,
        profile: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Found>, SettingsError> {
        if let Some(value) = environment.get(setting.variable()) {
            return Ok(Some(Found { value, origin: Origin::Env(setting.variable()) }));
        }
        let path = self.path().to_owned();
        if let Some(name) = profile.filter(|_| setting.is_for_profiles())
            && let Some(value) = self.user.get_of_profile(name, setting.name())?
        {
            return Ok(Some(Found { value, origin: Origin::Profile { name: name.to_owned(), path } }));
        }
        let value = self.user.get(setting.name())?;
        Ok(value.map(|value| Found { value, origin: Origin::User(path) }))
    }

    /// The folders that are bound, each with its profile.
    ///
    /// # Errors
    /// What is set is no text.
    pub fn bound(&self) -> Result<Vec<(PathBuf, String)>, SettingsError> {
        self.user.bound()
    }

    /// The file of a project that is passed over, because it belongs to another user: in a folder above, such as `/tmp`, anybody could
    /// have made it.
    pub fn foreign_project(&self) -> Option<&Path> {
        self.foreign.as_deref()
    }

    /// What the file of the project sets and may not, or nobody knows. Of one that cannot be understood nothing is known.
    pub fn ignored_of_project(&self) -> Option<(&Path, Vec<String>)> {
        let path = self.project.as_deref()?;
        let project = Text::read(path).ok()?;
        let known = |name: &str| Setting::ALL.iter().any(|setting| setting.is_for_projects() && setting.name() == name);
        let ignored: Vec<String> = project.names().filter(|name| !known(name)).map(str::to_owned).collect();
        (!ignored.is_empty()).then_some((path, ignored))
    }

    /// What the user's file sets and nobody knows.
    pub fn unknown_of_user(&self) -> Vec<String> {
        let known = |name: &str| {
            Setting::ALL.iter().any(|setting| setting.name() == name) || [text::PROFILE, text::BIND].contains(&name)
        };
        self.user.names().filter(|name| !known(name)).map(str::to_owned).collect()
    }
}

/// Changes the user's file. What a person wrote into it stays, and so does what another process writes at the same time.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
}

impl SettingsFile {
    /// The user's file. It need not be there.
    ///
    /// # Errors
    /// There is no place for it.
    pub fn open(environment: &Environment) -> Result<Self, NoHome> {
        Ok(Self { path: user_file(&config_folder(environment)?) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sets something for all profiles, or for one.
    ///
    /// # Errors
    /// [`SettingsError`]: nothing was changed.
    pub fn set(&self, setting: Setting, profile: Option<&str>, value: &str) -> Result<(), SettingsError> {
        self.edit(|text| text.set(profile, setting.name(), value))
    }

    /// Sets something no longer; tells whether it was set.
    ///
    /// # Errors
    /// [`SettingsError`]: nothing was changed.
    pub fn unset(&self, setting: Setting, profile: Option<&str>) -> Result<bool, SettingsError> {
        self.edit(|text| Ok(text.unset(profile, setting.name())))
    }

    /// Binds a folder to a profile: what runs in it or below uses that profile. Gives the folder as it is kept.
    ///
    /// # Errors
    /// [`SettingsError`]: nothing was changed.
    pub fn bind(&self, folder: &Path, profile: &str) -> Result<PathBuf, SettingsError> {
        let found = canonical(folder)?;
        self.edit(|text| text.bind(&found, profile))?;
        Ok(found)
    }

    /// Binds a folder no longer; tells to which profile it was bound.
    ///
    /// # Errors
    /// [`SettingsError`]: nothing was changed.
    pub fn unbind(&self, folder: &Path) -> Result<Option<String>, SettingsError> {
        // One that is gone was bound as it was named.
        let found = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        self.edit(|text| Ok(text.unbind(&found)))
    }

    fn edit<T>(&self, change: impl FnOnce(&mut Text) -> Result<T, SettingsError>) -> Result<T, SettingsError> {
        let _lock = toml_file::lock_for_writing(&self.path)?;
        let mut text = Text::read(&self.path)?;
        let before = text.to_string();
        let outcome = change(&mut text)?;
        let after = text.to_string();
        if after != before {
            toml_file::write(&self.path, &after)?;
        }
        Ok(outcome)
    }
}

fn user_file(folder: &Path) -> PathBuf {
    folder.join("config.toml")
}

/// The files of projects, the nearest first.
fn project_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    folder.ancestors().map(|folder| folder.join(PROJECT_FILE)).filter(|path| path.is_file())
}

/// Whether a file, and the link to it if it is one, belongs to the user or to root.
#[cfg(unix)]
fn is_trusted(path: &Path) -> bool {
    use std::fs::{metadata, symlink_metadata};
    use std::os::unix::fs::MetadataExt;
    let trusted = [0, rustix::process::geteuid().as_raw()];
    [metadata(path), symlink_metadata(path)]
        .into_iter()
        .all(|found| found.is_ok_and(|found| trusted.contains(&found.uid())))
}

#[cfg(not(unix))]
fn is_trusted(_: &Path) -> bool {
    true
}

fn canonical(folder: &Path) -> Result<PathBuf, SettingsError> {
    let found = folder
        .canonicalize()
        .and_then(|found| if found.is_dir() { Ok(found) } else { Err(std::io::ErrorKind::NotADirectory.into()) });
    found.map_err(|source| SettingsError::NoFolder { folder: folder.to_owned(), source })
}
