//! Entries in the files of clients.

use std::fs;
use std::path::{Path, PathBuf};

use admin_core::env::Environment;
use admin_local::AI_SETU_CONFIG_DIR;
use admin_local::clients::{
    Change, Client, ClientError, DEFAULT_SERVER_NAME, Platform, Program, Registration, Scope, Server, ServerOptions,
    Surroundings,
};
use tempfile::TempDir;

/// A home folder with a program in it, and a project beside it.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for made in ["home", "project", "bin"] {
            fs::create_dir(folder.path().join(made)).unwrap();
        }
        fs::write(folder.path().join("bin/aisetu"), "").unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn surroundings(&self) -> Surroundings {
        let (home, bin) = (self.path("home"), self.path("bin"));
        let environment = Environment::new(move |name| match name {
            "HOME" => Some(home.to_str().unwrap().to_owned()),
            AI_SETU_CONFIG_DIR => Some(home.join("aisetu").to_str().unwrap().to_owned()),
            "PATH" => Some(bin.to_str().unwrap().to_owned()),
            _ => None,
        });
        Surroundings::new(environment, Platform::Linux, self.path("project"))
    }

    fn server(&self) -> Server {
        self.server_started_as("aisetu", &self.surroundings())
    }

    fn server_started_as(&self, name: impl AsRef<Path>, surroundings: &Surroundings) -> Server {
        Server::new(&self.path("bin/aisetu"), name.as_ref(), ServerOptions::default(), surroundings).unwrap()
    }

    fn registration(&self, client: &str) -> Registration {
        let client = Client::find(client).unwrap();
        Registration::new(client, Scope::User, DEFAULT_SERVER_NAME, &self.surroundings()).unwrap()
    }

    fn put(&self, client: &str) -> Result<Option<PathBuf>, ClientError> {
        self.registration(client).put(&self.server())?.apply()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// All files below, by their path.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(self.path("")).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        found
    }

    fn why(&self, error: &ClientError) -> String {
        let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        format!("{error} ({}){hint}", error.code()).replace(self.path("").to_str().unwrap(), "[DIR]/")
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The variables that move a file elsewhere.
const MOVING: [&str; 6] =
    ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "COPILOT_HOME", "GEMINI_CLI_HOME", "VSCODE_APPDATA", "XDG_CONFIG_HOME"];

#[test]
fn each_client_has_its_files_on_each_system() {
    let variables = |platform: Platform, moved: bool| {
        Environment::new(move |name| {
            let value = match (platform, name) {
                (Platform::Windows, "USERPROFILE") => "W:/ada",
                (Platform::Windows, "APPDATA") => "W:/ada/roaming",
                (Platform::Linux | Platform::MacOs, "HOME") => "/ada",
                (_, name) if moved && MOVING.contains(&name) => "/moved",
                _ => return None,
            };
            Some(value.to_owned())
        })
    };
    let table = |scope: Scope, platform: Platform, moved: bool| {
        let surroundings = Surroundings::new(variables(platform, moved), platform, "/project".into());
        let path = |client: &'static Client| {
            let found = Registration::new(client, scope, "aisetu", &surroundings);
            found.map_or_else(|error| error.to_string(), |found| found.path().display().to_string().replace('\\', "/"))
        };
        Client::all().iter().map(|client| format!("{}: {}", client.name(), path(client))).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(table(Scope::User, Platform::Linux, false), @"
    claude-code: /ada/.claude.json
    claude-desktop: /ada/.config/Claude/claude_desktop_config.json
    cursor: /ada/.cursor/mcp.json
    vscode: /ada/.config/Code/User/mcp.json
    codex: /ada/.codex/config.toml
    gemini: /ada/.gemini/settings.json
    opencode: /ada/.config/opencode/opencode.json
    windsurf: /ada/.codeium/windsurf/mcp_config.json
    copilot-cli: /ada/.copilot/mcp-config.json
    ");
    insta::assert_snapshot!(table(Scope::User, Platform::Linux, true), @"
    claude-code: /moved/.claude.json
    claude-desktop: /moved/Claude/claude_desktop_config.json
    cursor: /ada/.cursor/mcp.json
    vscode: /moved/Code/User/mcp.json
    codex: /moved/config.toml
    gemini: /moved/.gemini/settings.json
    opencode: /moved/opencode/opencode.json
    windsurf: /ada/.codeium/windsurf/mcp_config.json
    copilot-cli: /moved/mcp-config.json
    ");
    insta::assert_snapshot!(table(Scope::User, Platform::MacOs, false), @"
    claude-code: /ada/.claude.json
    claude-desktop: /ada/Library/Application Support/Claude/claude_desktop_config.json
    cursor: /ada/.cursor/mcp.json
    vscode: /ada/Library/Application Support/Code/User/mcp.json
    codex: /ada/.codex/config.toml
    gemini: /ada/.gemini/settings.json
    opencode: /ada/.config/opencode/opencode.json
    windsurf: /ada/.codeium/windsurf/mcp_config.json
    copilot-cli: /ada/.copilot/mcp-config.json
    ");
    insta::assert_snapshot!(table(Scope::User, Platform::Windows, false), @"
    claude-code: W:/ada/.claude.json
    claude-desktop: W:/ada/roaming/Claude/claude_desktop_config.json
    cursor: W:/ada/.cursor/mcp.json
    vscode: W:/ada/roaming/Code/User/mcp.json
    codex: W:/ada/.codex/config.toml
    gemini: W:/ada/.gemini/settings.json
    opencode: W:/ada/.config/opencode/opencode.json
    windsurf: W:/ada/.codeium/windsurf/mcp_config.json
    copilot-cli: W:/ada/.copilot/mcp-config.json
    ");
    insta::assert_snapshot!(table(Scope::Project, Platform::Linux, false), @"
    claude-code: /project/.mcp.json
    claude-desktop: Claude Desktop has no file for a project
    cursor: /project/.cursor/mcp.json
    vscode: /project/.vscode/mcp.json
    codex: /project/.codex/config.toml
    gemini: /project/.gemini/settings.json
    opencode: /project/opencode.json
    windsurf: Windsurf has no file for a project
    copilot-cli: /project/.mcp.json
    ");
    let nobody = Surroundings::new(Environment::empty(), Platform::Windows, "/project".into());
    let error = Registration::new(Client::find("codex").unwrap(), Scope::User, "aisetu", &nobody).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("set `USERPROFILE`"));
}

#[test]
fn a_second_time_nothing_is_written() {
    let machine = Machine::new();
    for client in Client::all() {
        assert_eq!(machine.put(client.name()).unwrap(), None, "{}: nothing was there to be kept", client.name());
        let (path, files) = (machine.registration(client.name()).path().to_owned(), machine.files());
        let (text, written) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
        let again = machine.registration(client.name()).put(&machine.server()).unwrap();
        assert!(!again.is_needed() && !again.takes_from_others() && again.diff().unwrap().is_empty());
        again.apply().unwrap();
        assert_eq!((fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap()), (text, written));
        assert_eq!(machine.files(), files);
        #[cfg(unix)]
        assert_eq!(mode(&path), 0o600, "what is for the user is for the user alone");
    }
}

#[test]
fn the_other_file_of_a_client_is_used_where_it_is_there() {
    let machine = Machine::new();
    machine.write("home/.config/opencode/opencode.jsonc", "{\n  // mine\n}\n");
    machine.put("opencode").unwrap();
    assert!(machine.read("home/.config/opencode/opencode.jsonc").starts_with("{\n  // mine\n  \"mcp\": {\n"));
    assert!(!machine.path("home/.config/opencode/opencode.json").exists());
}

#[test]
fn the_file_is_kept_as_it_was_first_found() {
    let machine = Machine::new();
    let path = machine.write("home/.cursor/mcp.json", "\u{feff}{\n  \"mcpServers\": {}\n}");
    #[cfg(unix)]
    chmod(&path, 0o640);
    let backup = machine.put("cursor").unwrap().unwrap();
    assert_eq!(backup, machine.path("home/.cursor/mcp.json.aisetu-backup"));
    assert!(machine.read("home/.cursor/mcp.json").starts_with("\u{feff}{\n"));
    machine.registration("cursor").take(&machine.server()).unwrap().apply().unwrap();
    assert_eq!(machine.read("home/.cursor/mcp.json"), "\u{feff}{\n  \"mcpServers\": {}\n}");
    fs::write(&path, "{\"changed\": 1}").unwrap();
    assert_eq!(machine.put("cursor").unwrap(), None, "this run made no copy");
    assert_eq!(fs::read_to_string(&backup).unwrap(), "\u{feff}{\n  \"mcpServers\": {}\n}");
    #[cfg(unix)]
    assert_eq!((mode(&path), mode(&backup)), (0o640, 0o640));
    assert_eq!(machine.files().len(), 3, "no other file is left: {:?}", machine.files());
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let machine = Machine::new();
    machine.write("dotfiles/claude.json", "{}\n");
    std::os::unix::fs::symlink("../dotfiles/claude.json", machine.path("home/.claude.json")).unwrap();
    machine.put("claude-code").unwrap();
    assert_eq!(fs::read_link(machine.path("home/.claude.json")).unwrap(), Path::new("../dotfiles/claude.json"));
    assert!(machine.read("dotfiles/claude.json").contains("\"aisetu\""));
    assert_eq!(machine.read("home/.claude.json.aisetu-backup"), "{}\n");

    fs::remove_file(machine.path("dotfiles/claude.json")).unwrap();
    let error = machine.put("claude-code").unwrap_err();
    insta::assert_snapshot!(machine.why(&error), @"cannot follow the link `[DIR]/home/.claude.json` (CONFIG)");
    assert!(machine.path("home/.claude.json").is_symlink());
}

#[test]
fn what_cannot_be_read_or_written_is_left_alone() {
    let machine = Machine::new();
    let broken = machine.write("home/.cursor/mcp.json", "{\n  \"mcpServers\": {\n    \"a\": tt_pat_secret\n");
    insta::assert_snapshot!(machine.why(&machine.put("cursor").unwrap_err()), @"
    `[DIR]/home/.cursor/mcp.json` is not understood: line 3: unexpected word; nothing was changed (CONFIG)
    hint: mend `[DIR]/home/.cursor/mcp.json` first, and run this again
    ");
    assert!(fs::read_to_string(&broken).unwrap().contains("tt_pat_secret"));
    machine.write("home/.codex/config.toml", "a = 1\n[[[\n");
    let why = machine.why(&machine.put("codex").unwrap_err());
    assert!(why.starts_with("`[DIR]/home/.codex/config.toml` is not understood: line 2: "), "{why}");
    let read_only = machine.write("home/.gemini/settings.json", "{}");
    let mut permissions = fs::metadata(&read_only).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&read_only, permissions).unwrap();
    insta::assert_snapshot!(machine.why(&machine.put("gemini").unwrap_err()), @"
    `[DIR]/home/.gemini/settings.json` is read-only; nothing was changed (CONFIG)
    hint: make it writable, or change it where it is made
    ");
    fs::create_dir_all(machine.path("home/.copilot/mcp-config.json")).unwrap();
    insta::assert_snapshot!(machine.why(&machine.put("copilot-cli").unwrap_err()), @"`[DIR]/home/.copilot/mcp-config.json` is no file of a client: it is not a regular file; nothing was changed (CONFIG)");
    fs::write(machine.path("home/.codeium"), "").unwrap();
    let why = machine.why(&machine.put("windsurf").unwrap_err());
    assert!(why.starts_with("cannot "), "{why}");
    fs::write(machine.write("home/.config/Code/User/mcp.json", ""), [0xff]).unwrap();
    insta::assert_snapshot!(machine.why(&machine.put("vscode").unwrap_err()), @"`[DIR]/home/.config/Code/User/mcp.json` is no file of a client: it is not UTF-8 text; nothing was changed (CONFIG)");
    assert!(
        !machine.files().iter().any(|file| file.contains("aisetu-") || file.contains("/.aisetu")),
        "{:?}",
        machine.files()
    );
}

#[test]
fn what_another_program_wrote_meanwhile_is_not_undone() {
    let machine = Machine::new();
    let path = machine.write("home/.claude.json", "{}");
    let change = machine.registration("claude-code").put(&machine.server()).unwrap();
    fs::write(&path, "{\"numStartups\": 2}").unwrap();
    insta::assert_snapshot!(machine.why(&change.apply().unwrap_err()), @"
    `[DIR]/home/.claude.json` was changed by another program in between; nothing was changed (CONFLICT)
    hint: run it again
    ");
    assert_eq!(machine.read("home/.claude.json"), "{\"numStartups\": 2}");
    let change = machine.registration("cursor").put(&machine.server()).unwrap();
    machine.write("home/.cursor/mcp.json", "{}");
    assert!(matches!(change.apply(), Err(ClientError::Changed { .. })));
    assert_eq!(machine.read("home/.cursor/mcp.json"), "{}");
}

#[test]
fn an_entry_is_ours_if_it_starts_this_program_as_a_server() {
    let machine = Machine::new();
    let own = machine.path("bin/aisetu");
    let own = own.to_str().unwrap();
    machine.write("bin/other/aisetu", "");
    let other = machine.path("bin/other/aisetu");
    let entry = |command: &str, args: &str| {
        format!(r#"{{"mcpServers":{{"aisetu":{{"command":"{command}","args":[{args}]}}}}}}"#)
    };
    let serve = r#""--profile", "dev", "mcp", "serve""#;
    for (text, ours, program) in [
        (entry(own, serve), true, Some(Program::This)),
        (entry("aisetu", serve), true, Some(Program::This)),
        (entry("../bin/aisetu", serve), true, Some(Program::This)),
        (entry("/gone/bin/aisetu", serve), true, Some(Program::Missing)),
        (entry("/gone/bin/server", serve), false, Some(Program::Missing)),
        (entry(other.to_str().unwrap(), serve), false, Some(Program::Other)),
        (entry(own, r#""mcp", "serve", "--more""#), false, Some(Program::This)),
        (entry("npx", r#""mcp", "serve""#), false, Some(Program::Missing)),
        (r#"{"mcpServers":{"aisetu":{"url":"https://x"}}}"#.to_owned(), false, None),
        (r#"{"mcpServers":{"aisetu":[]}}"#.to_owned(), false, None),
    ] {
        machine.write("home/.cursor/mcp.json", &text);
        let put = machine.registration("cursor").put(&machine.server()).unwrap();
        assert_eq!(put.takes_from_others(), !ours, "{text}");
        assert_eq!(put.found().unwrap().program(&machine.server(), &machine.surroundings()), program, "{text}");
        let taken = machine.registration("cursor").take(&machine.server()).unwrap();
        assert_eq!(taken.takes_from_others(), !ours, "{text}");
    }
    let found = machine.registration("cursor").found().unwrap().unwrap();
    assert_eq!((found.command(), found.options()), (None, None));
}

#[test]
fn a_change_of_ours_keeps_what_the_user_added_and_one_of_others_keeps_nothing() {
    let machine = Machine::new();
    let own = machine.path("bin/aisetu");
    let ours = format!(
        r#"{{"mcpServers":{{"aisetu":{{"command":"{}","args":["--profile","a","mcp","serve"],"trust":true}}}}}}"#,
        own.display()
    );
    machine.write("home/.gemini/settings.json", &ours);
    machine.put("gemini").unwrap();
    assert!(machine.read("home/.gemini/settings.json").contains("\"args\":[\"mcp\", \"serve\"],\"trust\":true"));
    machine.write("home/.cursor/mcp.json", r#"{"mcpServers":{"aisetu":{"command":"npx","env":{"TOKEN":"abc"}}}}"#);
    let change = machine.registration("cursor").put(&machine.server()).unwrap();
    let diff = change.diff().unwrap();
    assert!(diff.contains("\"TOKEN\":\"***\"") && !diff.contains("abc"), "{diff}");
    change.apply().unwrap();
    assert!(!machine.read("home/.cursor/mcp.json").contains("TOKEN"));
}

#[test]
fn clients_are_found_by_their_folder_or_their_program() {
    let machine = Machine::new();
    let here = || {
        let surroundings = machine.surroundings();
        Client::all()
            .iter()
            .filter(|client| client.is_here(&surroundings))
            .map(Client::name)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(here(), "");
    machine.write("bin/claude", "");
    machine.write("bin/code", "");
    fs::create_dir_all(machine.path("home/.codex")).unwrap();
    fs::create_dir_all(machine.path("home/.config/Claude")).unwrap();
    fs::create_dir_all(machine.path("home/.gemini")).unwrap();
    assert_eq!(here(), "claude-code claude-desktop vscode codex gemini");
}

#[test]
fn a_name_that_some_client_refuses_is_refused_for_all() {
    let machine = Machine::new();
    let client = Client::find("cursor").unwrap();
    for name in ["", "a b", "a.b", "ä", "a/b", &"a".repeat(65)] {
        let error = Registration::new(client, Scope::User, name, &machine.surroundings()).unwrap_err();
        assert!(matches!(error, ClientError::Name { .. }), "{name}");
    }
    assert!(Registration::new(client, Scope::User, "aisetu-lab_2", &machine.surroundings()).is_ok());
}

#[cfg(unix)]
#[test]
fn a_file_of_a_project_is_for_whoever_has_the_project() {
    let machine = Machine::new();
    let client = Client::find("vscode").unwrap();
    let registration = Registration::new(client, Scope::Project, "aisetu", &machine.surroundings()).unwrap();
    registration.put(&machine.server()).unwrap().apply().unwrap();
    fs::write(machine.path("project/plain"), "").unwrap();
    assert_eq!(mode(&machine.path("project/.vscode/mcp.json")), mode(&machine.path("project/plain")));
    let (none, options) = (machine.path("bin/none"), ServerOptions::default());
    let missing = Server::new(&none, &none, options, &machine.surroundings()).unwrap_err();
    assert!(machine.why(&missing).starts_with("the path of this program, `[DIR]/bin/none`, cannot be resolved"));
}

#[test]
fn a_file_of_a_project_is_kept_outside_of_it() {
    let machine = Machine::new();
    let client = Client::find("claude-code").unwrap();
    let put = || {
        let place = Registration::new(client, Scope::Project, "aisetu", &machine.surroundings()).unwrap();
        place.put(&machine.server()).unwrap().apply().unwrap()
    };
    let text = "{\"mcpServers\":{\"db\":{\"env\":{\"TOKEN\":\"abc\"}}}}";
    let path = machine.write("project/.mcp.json", text);
    #[cfg(unix)]
    chmod(&path, 0o644);
    let backup = put().unwrap();
    assert!(backup.starts_with(machine.path("home/aisetu/backups")) && backup.ends_with("project/.mcp.json"));
    assert_eq!(fs::read_to_string(&backup).unwrap(), text);
    assert_eq!(machine.files().iter().filter(|file| file.starts_with("project/")).count(), 1, "{:?}", machine.files());
    #[cfg(unix)]
    assert_eq!((mode(&path), mode(&backup), mode(backup.parent().unwrap())), (0o644, 0o600, 0o700));
    fs::write(&path, "{}").unwrap();
    assert_eq!(put(), None, "this run made no copy");
    assert_eq!(fs::read_to_string(&backup).unwrap(), text, "the first one is how it was before us");
}

#[cfg(unix)]
#[test]
fn a_file_of_a_project_that_leads_out_of_it_is_left_alone() {
    use std::os::unix::fs::symlink;
    let machine = Machine::new();
    let place = |client| {
        let client = Client::find(client).unwrap();
        Registration::new(client, Scope::Project, "aisetu", &machine.surroundings()).unwrap()
    };
    machine.write("home/.claude.json", "{}");
    symlink("../home/.claude.json", machine.path("project/.mcp.json")).unwrap();
    symlink("../home", machine.path("project/.vscode")).unwrap();
    symlink("../home/.codex", machine.path("project/.codex")).unwrap();
    let before = machine.files();
    insta::assert_snapshot!(machine.why(&place("claude-code").put(&machine.server()).unwrap_err()), @"
    `[DIR]/project/.mcp.json` leads out of the project; nothing was changed (CONFIG)
    hint: put a file into the project instead of the link, or leave out `--scope project`
    ");
    assert!(matches!(place("claude-code").take(&machine.server()), Err(ClientError::Outside { .. })));
    assert!(matches!(place("vscode").put(&machine.server()), Err(ClientError::Outside { .. })));
    // A folder that is not there is not made through a link either.
    assert!(place("codex").put(&machine.server()).and_then(Change::apply).is_err());
    assert_eq!(machine.files(), before);
    assert_eq!(machine.read("home/.claude.json"), "{}");

    machine.write("project/config/cursor.json", "{}");
    fs::create_dir(machine.path("project/.cursor")).unwrap();
    symlink("../config/cursor.json", machine.path("project/.cursor/mcp.json")).unwrap();
    place("cursor").put(&machine.server()).unwrap().apply().unwrap();
    assert!(machine.read("project/config/cursor.json").contains("aisetu"), "a link within it is followed");
}

#[cfg(unix)]
#[test]
fn an_entry_has_the_path_that_outlives_an_update() {
    use std::os::unix::fs::symlink;
    let machine = Machine::new();
    let (own, cellar) = (machine.path("bin/aisetu"), machine.path("cellar/1.0/bin/aisetu-1.0"));
    fs::create_dir_all(cellar.parent().unwrap()).unwrap();
    fs::rename(&own, &cellar).unwrap();
    symlink("../cellar/1.0/bin/aisetu-1.0", &own).unwrap();
    fs::create_dir(machine.path("opt")).unwrap();
    symlink(&own, machine.path("opt/aisetu")).unwrap();
    machine.write("other/aisetu", "");
    let surroundings = |path: String| {
        let path = path.replace("[DIR]/", machine.path("").to_str().unwrap());
        let environment = Environment::new(move |name| (name == "PATH").then(|| path.clone()));
        Surroundings::new(environment, Platform::Linux, machine.path("project"))
    };
    let command = |path: &str, started_as: &Path| {
        let server = machine.server_started_as(started_as, &surroundings(path.to_owned()));
        PathBuf::from(server.entry().command().unwrap())
    };
    let (name, opt) = (Path::new("aisetu"), machine.path("opt/aisetu"));
    assert_eq!(command("[DIR]/other:[DIR]/bin", name), own);
    assert_eq!(command("[DIR]/other:[DIR]/bin", &opt), own);
    assert_eq!(command("../bin:[DIR]/other", &opt), opt);
    assert_eq!(command("../bin", name), cellar);
    assert_eq!(command("../bin", Path::new("../bin/aisetu")), cellar);
    assert_eq!(command("../bin", &machine.path("other/aisetu")), cellar, "it is another program");

    let put = |server: &Server| machine.registration("cursor").put(server).unwrap();
    put(&machine.server_started_as("x", &surroundings(String::new()))).apply().unwrap();
    assert!(machine.read("home/.cursor/mcp.json").contains("cellar"));
    let change = put(&machine.server());
    assert!(change.is_needed() && !change.takes_from_others(), "a path that will be gone is changed");
    change.apply().unwrap();
    assert!(!machine.read("home/.cursor/mcp.json").contains("cellar"));
    for server in [surroundings(String::new()), surroundings("[DIR]/opt".to_owned())] {
        assert!(!put(&machine.server_started_as("aisetu", &server)).is_needed(), "it starts this program already");
    }
}
