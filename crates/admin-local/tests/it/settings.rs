//! What is set in files: by the user, and by a project.

use std::fs;
use std::path::{Path, PathBuf};

use admin_core::CredentialSource;
use admin_core::env::Environment;
use admin_local::{
    AI_SETU_CONFIG_DIR, CredentialError, Found, Origin, PROJECT_FILE, Profile, Profiles, Setting, Settings,
    SettingsFile, Wanted, credentials, locate,
};
use tempfile::TempDir;

use crate::credentials::pat;

/// A home with a configuration and a project in it.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/app/deep")).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn environment(&self, variables: &[(&'static str, &'static str)]) -> Environment {
        let config = self.path().join("config").to_str().unwrap().to_owned();
        let variables = variables.to_vec();
        Environment::new(move |name| {
            if name == AI_SETU_CONFIG_DIR {
                return Some(config.clone());
            }
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn user(&self, text: &str) {
        fs::create_dir_all(self.path().join("config")).unwrap();
        fs::write(self.user_file(), text).unwrap();
    }

    fn user_file(&self) -> PathBuf {
        self.path().join("config/config.toml")
    }

    fn project(&self, folder: &str, text: &str) -> PathBuf {
        let path = self.path().join(folder).join(PROJECT_FILE);
        fs::write(&path, text).unwrap();
        path
    }

    fn settings(&self) -> Settings {
        Settings::load(&self.environment(&[]), Some(&self.path().join("src/app/deep"))).unwrap()
    }

    fn file(&self) -> SettingsFile {
        SettingsFile::open(&self.environment(&[])).unwrap()
    }

    fn profile(&self, name: &str) {
        let profile = Profile::new(format!("https://{name}.example").parse().unwrap(), pat(1));
        Profiles::in_folder(&self.path().join("config")).put(name, &profile).unwrap();
    }
}

fn found(value: &str, origin: Origin) -> Found {
    Found { value: value.to_owned(), origin }
}

#[test]
fn the_nearer_to_the_command_the_stronger() {
    let home = Home::new();
    let find = |setting, environment: &Environment| home.settings().find(setting, Some("lab"), environment).unwrap();
    let none = home.environment(&[]);
    assert_eq!(find(Setting::Output, &none), None);
    home.user("output = \"csv\"\n");
    assert_eq!(find(Setting::Output, &none), Some(found("csv", Origin::User(home.user_file()))));
    home.user("output = \"csv\"\n[profile.lab]\noutput = \"yaml\"\n[profile.prod]\noutput = \"name\"\n");
    let profile = Origin::Profile { name: "lab".to_owned(), path: home.user_file() };
    assert_eq!(find(Setting::Output, &none), Some(found("yaml", profile)));
    let project = home.project("src", "output = \"wide\"\n");
    assert_eq!(find(Setting::Output, &none), Some(found("wide", Origin::Project(project))));
    let nearer = home.project("src/app", "output = \"jsonl\"\n");
    assert_eq!(find(Setting::Output, &none), Some(found("jsonl", Origin::Project(nearer))));
    let variable = home.environment(&[("AI_SETU_OUTPUT", "json")]);
    assert_eq!(find(Setting::Output, &variable), Some(found("json", Origin::Env("AI_SETU_OUTPUT"))));
}

#[test]
fn a_project_chooses_neither_profile_nor_control_plane_nor_token() {
    let home = Home::new();
    home.profile("default");
    home.profile("prod");
    let project = home.project(
        "src",
        "default_profile = \"prod\"\nprofile = \"prod\"\nbase_url = \"https://evil.example\"\npat = \"x\"\ntimeout = \"1ms\"\n\
         workspace = \"web\"\n[bind]\n\"/\" = \"prod\"\n",
    );
    let settings = home.settings();
    let environment = home.environment(&[]);
    assert_eq!(settings.profile(None, &environment).unwrap().value, "default");
    assert_eq!(settings.find(Setting::Timeout, None, &environment).unwrap(), None);
    let workspace = settings.find(Setting::Workspace, None, &environment).unwrap();
    assert_eq!(workspace, Some(found("web", Origin::Project(project.clone()))));
    let ignored = ["default_profile", "profile", "base_url", "pat", "timeout", "bind"].map(str::to_owned).to_vec();
    assert_eq!(settings.ignored_of_project(), Some((project.as_path(), ignored)));
    let wanted = Wanted {
        profile: None,
        base_url: None,
        base_url_from: CredentialSource::Explicit,
        folder: Some(home.path().join("src/app")),
    };
    let found = credentials(&wanted, &environment, admin_core::Config::builder()).unwrap();
    assert_eq!(found.config.base_url().as_str(), "https://default.example");
}

#[test]
fn a_broken_file_of_a_project_is_in_the_way_of_what_it_decides_alone() {
    let home = Home::new();
    home.profile("default");
    home.user("timeout = \"10s\"\noutput = \"csv\"\n");
    home.project("src", "output = \n");
    let (settings, environment) = (home.settings(), home.environment(&[]));
    for setting in [Setting::Output, Setting::Workspace] {
        let error = settings.find(setting, None, &environment).unwrap_err();
        assert!(shown(&home.path(), &error).starts_with("`[HOME]/src/.aisetu.toml` is no TOML: line 1:"), "{error}");
    }
    let decided = home.environment(&[("AI_SETU_OUTPUT", "json")]);
    assert_eq!(settings.find(Setting::Output, None, &decided).unwrap().unwrap().value, "json");
    let without = settings.find_without_project(Setting::Output, None, &environment).unwrap();
    assert_eq!(without, Some(found("csv", Origin::User(home.user_file()))));
    assert_eq!(settings.find(Setting::Timeout, None, &environment).unwrap().unwrap().value, "10s");
    assert_eq!(settings.profile(None, &environment).unwrap().value, "default");
    assert_eq!(settings.ignored_of_project(), None);
    let wanted = Wanted {
        profile: None,
        base_url: None,
        base_url_from: CredentialSource::Explicit,
        folder: Some(home.path().join("src/app")),
    };
    assert_eq!(locate(&wanted, &environment).unwrap().base_url.as_str(), "https://default.example");

    home.project("src", "output = 1\nworkspace = \"web\"\n");
    assert!(settings.find(Setting::Output, None, &environment).is_err());
    assert_eq!(settings.find(Setting::Workspace, None, &environment).unwrap().unwrap().value, "web");
}

#[cfg(unix)]
#[test]
fn a_file_of_a_project_that_belongs_to_another_user_is_passed_over() {
    use std::os::unix::fs::{chown, lchown, symlink};
    let home = Home::new();
    let own = home.project("src", "output = \"wide\"\n");
    assert_eq!(home.settings().foreign_project(), None);
    let foreign = home.project("src/app", "output = \"jsonl\"\n");
    if chown(&foreign, Some(65_533), None).is_err() {
        // Only root can give a file away.
        return;
    }
    let output = |settings: &Settings| settings.find(Setting::Output, None, &home.environment(&[])).unwrap();
    let settings = home.settings();
    assert_eq!(settings.foreign_project(), Some(foreign.as_path()));
    assert_eq!(output(&settings), Some(found("wide", Origin::Project(own.clone()))));

    fs::remove_file(&foreign).unwrap();
    symlink(&own, &foreign).unwrap();
    assert_eq!(output(&home.settings()), Some(found("wide", Origin::Project(foreign.clone()))));
    lchown(&foreign, Some(65_533), None).unwrap();
    let settings = home.settings();
    assert_eq!(settings.foreign_project(), Some(foreign.as_path()), "whoever made the link chose the file");
    assert_eq!(output(&settings), Some(found("wide", Origin::Project(own))));
}

#[test]
fn the_profile_is_that_of_the_nearest_bound_folder_else_the_default() {
    let home = Home::new();
    let chosen = |named, variables: &[(&'static str, &'static str)]| {
        let Found { value, origin } = home.settings().profile(named, &home.environment(variables)).unwrap();
        (value, origin)
    };
    assert_eq!(chosen(None, &[]), ("default".to_owned(), Origin::Default));
    home.file().set(Setting::DefaultProfile, None, "lab").unwrap();
    assert_eq!(chosen(None, &[]), ("lab".to_owned(), Origin::User(home.user_file())));
    home.file().bind(&home.path().join("src"), "work").unwrap();
    home.file().bind(&home.path().join("src/app"), "prod").unwrap();
    // Its name begins alike, and it is no folder above.
    fs::create_dir(home.path().join("src/ap")).unwrap();
    home.file().bind(&home.path().join("src/ap"), "other").unwrap();
    let bound = Origin::Bound { folder: home.path().join("src/app"), path: home.user_file() };
    assert_eq!(chosen(None, &[]), ("prod".to_owned(), bound));
    assert_eq!(chosen(None, &[("AI_SETU_PROFILE", "ci")]).0, "ci");
    assert_eq!(chosen(Some("by-hand"), &[("AI_SETU_PROFILE", "ci")]).0, "by-hand");
    assert_eq!(home.file().unbind(&home.path().join("src/app")).unwrap().as_deref(), Some("prod"));
    assert_eq!(home.file().unbind(&home.path().join("src/app")).unwrap(), None);
    assert_eq!(chosen(None, &[]).0, "work");
}

#[test]
fn a_chosen_profile_that_is_not_there_is_told_with_what_chose_it() {
    let home = Home::new();
    home.profile("default");
    home.file().bind(&home.path().join("src"), "gone").unwrap();
    let wanted = Wanted {
        profile: None,
        base_url: None,
        base_url_from: CredentialSource::Explicit,
        folder: Some(home.path().join("src/app")),
    };
    let error = locate(&wanted, &home.environment(&[])).unwrap_err();
    assert!(matches!(error, CredentialError::Chosen { .. }), "{error:?}");
    let shown = format!("{error}\n{}", error.hints().join("\n")).replace(home.path().to_str().unwrap(), "[HOME]");
    assert_eq!(
        shown,
        "there is no profile `gone` in `[HOME]/config/credentials.toml` (folder `[HOME]/src` in `[HOME]/config/config.toml` names it)\n\
         there is `default`\n`aisetu profile unbind [HOME]/src` ends the binding"
    );
}

#[test]
fn what_a_person_wrote_stays() {
    let home = Home::new();
    home.user("# mine\noutput = \"csv\" # because\nnew_thing = 1\n\n[profile.lab] # the lab\nworkspace = \"ws_1\"\n");
    home.file().set(Setting::Output, None, "json").unwrap();
    home.file().set(Setting::Workspace, Some("lab"), "web").unwrap();
    home.file().set(Setting::Timeout, Some("prod"), "10s").unwrap();
    assert!(home.file().unset(Setting::Workspace, Some("lab")).unwrap());
    assert!(!home.file().unset(Setting::Workspace, Some("lab")).unwrap());
    assert_eq!(
        fs::read_to_string(home.user_file()).unwrap(),
        "# mine\noutput = \"json\" # because\nnew_thing = 1\n\n[profile.lab] # the lab\n\n[profile.prod]\ntimeout = \"10s\"\n"
    );
    assert_eq!(home.settings().unknown_of_user(), ["new_thing"]);
}

#[test]
fn the_head_of_a_file_outlives_what_is_set_no_longer() {
    let home = Home::new();
    let folder = home.path().join("src");
    let bound = format!("# bindings\n\n{:?} = \"lab\"\n", folder.to_str().unwrap());
    home.user(&format!("# my settings\n\n# short\noutput = \"csv\"\n\n[bind]\n{bound}"));
    assert!(home.file().unset(Setting::Output, None).unwrap());
    assert_eq!(fs::read_to_string(home.user_file()).unwrap(), format!("# my settings\n\n[bind]\n{bound}"));
    assert_eq!(home.file().unbind(&folder).unwrap().as_deref(), Some("lab"));
    assert_eq!(fs::read_to_string(home.user_file()).unwrap(), "# my settings\n\n[bind]\n# bindings\n");
}

#[test]
fn what_is_no_text_is_refused_with_its_place() {
    let home = Home::new();
    home.user("output = 1\n[profile.lab]\ntimeout = true\n[bind]\n\"/x\" = 2\n");
    let told = |result: Result<Option<Found>, _>| shown(&home.path(), &result.unwrap_err());
    let environment = home.environment(&[]);
    let settings = home.settings();
    assert_eq!(
        told(settings.find(Setting::Output, None, &environment)),
        "`output` in `[HOME]/config/config.toml` is not a text in quotes"
    );
    assert_eq!(
        told(settings.find(Setting::Timeout, Some("lab"), &environment)),
        "`profile.lab.timeout` in `[HOME]/config/config.toml` is not a text in quotes"
    );
    assert!(settings.profile(None, &environment).is_err());
    home.user("output = \n");
    let error = Settings::load(&environment, None).unwrap_err();
    assert!(shown(&home.path(), &error).starts_with("`[HOME]/config/config.toml` is no TOML: line 1:"), "{error}");
    home.user("profile = \"prod\"\n");
    assert!(home.file().set(Setting::Output, Some("lab"), "json").is_err());
    assert_eq!(fs::read_to_string(home.user_file()).unwrap(), "profile = \"prod\"\n");
}

#[test]
fn many_at_once_lose_nothing() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let file = home.file();
            scope.spawn(move || file.set(Setting::Output, Some(&format!("p{number}")), "json").unwrap());
        }
    });
    let text = fs::read_to_string(home.user_file()).unwrap();
    assert_eq!(text.matches("output = \"json\"").count(), 16, "{text}");
}

fn shown(home: &Path, error: &admin_local::SettingsError) -> String {
    error.to_string().replace(home.to_str().unwrap(), "[HOME]")
}
