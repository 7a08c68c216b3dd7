//! Profiles and settings.

use std::fs;

use admin_local::{Profile, Profiles};

use crate::harness::{Api, Home, samples};

/// A home with a profile for each name, all at the same control plane.
fn home(api: &Api, names: &[&str]) -> Home {
    let home = Home::new();
    for name in names {
        let profile = Profile::new(api.url().parse().unwrap(), samples::pat());
        Profiles::in_folder(&home.path().join(".config/aisetu")).put(name, &profile).unwrap();
    }
    home
}

#[test]
fn a_folder_is_bound_to_a_profile_and_another_is_the_default() {
    let api = Api::answering("AuthWhoami", crate::login::whoami());
    let home = home(&api, &["lab", "prod"]);
    fs::create_dir_all(home.path().join("app/deep")).unwrap();
    let line = |line: &str| home.line(line).hide(&api.url(), "[URL]").outcome().to_string();
    insta::assert_snapshot!(line("aisetu profile use lab && aisetu profile bind prod app && cd app/deep && aisetu profile list"), @"
    exit code: 0
    ----- stdout -----
    NAME  CONTROL PLANE           EMAIL  TOKEN  EXPIRES  USED HERE BY
    lab   [URL]  -      …YHqr  -        -
    prod  [URL]  -      …YHqr  -        folder `[HOME]/app` in `[HOME]/.config/aisetu/config.toml`
    ----- stderr -----
    commands use `lab` wherever no other profile is named or bound
    commands in `[HOME]/app` and below use `prod`
    ");
    insta::assert_snapshot!(line("aisetu profile list -o json --jq '.items[] | [.name, .usedBy]'"), @r#"
    exit code: 0
    ----- stdout -----
    ["lab","`[HOME]/.config/aisetu/config.toml`"]
    ["prod",null]
    ----- stderr -----
    "#);
    insta::assert_snapshot!(line("cd app && aisetu auth status --offline --jq .profile; cd .. && aisetu auth status --offline --jq .profile"), @"
    exit code: 0
    ----- stdout -----
    prod
    lab
    ----- stderr -----
    ");
    insta::assert_snapshot!(line("aisetu profile unbind app && aisetu profile unbind app"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    `app` is no longer bound to `prod`
    error: `app` is bound to no profile (BAD_USER_INPUT)
    hint: `aisetu profile list -o wide` tells which folders are bound
    ");
    insta::assert_snapshot!(line("aisetu profile use gone && aisetu auth status --offline"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    warning: there is no profile `gone` yet: `aisetu auth login --profile gone` makes it
    commands use `gone` wherever no other profile is named or bound
    error: there is no profile `gone` in `[HOME]/.config/aisetu/credentials.toml` (`[HOME]/.config/aisetu/config.toml` names it) (CONFIG)
    hint: there is `lab`, `prod`
    hint: `aisetu profile use NAME` chooses another
    ");
    insta::assert_snapshot!(line("aisetu profile bind lab nowhere"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cannot find the folder `nowhere` (CONFIG)
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn what_is_set_is_told_with_where() {
    let api = Api::new();
    let home = home(&api, &["lab"]);
    fs::create_dir_all(home.path().join("app")).unwrap();
    fs::write(home.path().join("app/.aisetu.toml"), "workspace = \"web\"\nbase_url = \"https://evil.example\"\n")
        .unwrap();
    let line = |line: &str| home.line(line).hide(&api.url(), "[URL]").outcome().to_string();
    insta::assert_snapshot!(line("aisetu config set default-profile lab && aisetu config set timeout 10s --profile lab && aisetu config set output yaml"), @"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    `default_profile` is set in `[HOME]/.config/aisetu/config.toml`
    `timeout` is set in `[HOME]/.config/aisetu/config.toml`
    `output` is set in `[HOME]/.config/aisetu/config.toml`
    ");
    insta::assert_snapshot!(line("cd app && AI_SETU_TIMEOUT=5s aisetu config list --origin -o table"), @"
    exit code: 0
    ----- stdout -----
    SETTING          VALUE                   ORIGIN
    profile          lab                     `[HOME]/.config/aisetu/config.toml`
    base_url         [URL]  profile `lab`
    token            …YHqr                   profile `lab` in `[HOME]/.config/aisetu/credentials.toml`
    default_profile  lab                     `[HOME]/.config/aisetu/config.toml`
    workspace        web                     `[HOME]/app/.aisetu.toml`
    output           table                   `--output`
    timeout          5s                      `AI_SETU_TIMEOUT`
    ----- stderr -----
    warning: `[HOME]/app/.aisetu.toml` sets `base_url`, which a project may not: it is ignored
    ");
    insta::assert_snapshot!(line("aisetu config get timeout -o json; aisetu config unset timeout --profile lab; aisetu config get timeout -o name"), @r#"
    exit code: 0
    ----- stdout -----
    {
      "setting": "timeout",
      "value": "10s",
      "origin": "profile `lab` in `[HOME]/.config/aisetu/config.toml`"
    }
    timeout
    ----- stderr -----
    `timeout` is no longer set in `[HOME]/.config/aisetu/config.toml`
    "#);
    insta::assert_snapshot!(line("aisetu config path; cat $(aisetu config path)"), @r#"
    exit code: 0
    ----- stdout -----
    [HOME]/.config/aisetu/config.toml
    default_profile = "lab"
    output = "yaml"

    [profile.lab]
    ----- stderr -----
    "#);
}

#[test]
fn a_wrong_setting_is_told_with_its_place() {
    let api = Api::new();
    let home = home(&api, &["default"]);
    let line = |line: &str| home.line(line).hide(&api.url(), "[URL]").outcome().to_string();
    insta::assert_snapshot!(line("aisetu config set output xml"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `output` cannot be `xml`: it takes `table`, `wide`, `json`, `jsonl`, `yaml`, `csv`, `name`, `off` (BAD_USER_INPUT)
    hint: `aisetu config list` shows what is set
    ");
    insta::assert_snapshot!(line("aisetu config set outptu json"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'outptu' for '<SETTING>': there are `default_profile`, `workspace`, `output`, `timeout`; did you mean `output`?

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(line("aisetu config set default_profile lab --profile lab"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `aisetu config set default_profile` takes no `--profile`: no profile has its own default (BAD_USER_INPUT)
    ");
    insta::assert_snapshot!(line("aisetu config set timeout fast"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `timeout` cannot be `fast`: `fast` is no length of time: write `30s`, `15m`, `24h`, `7d`, `1h30m` or ISO 8601 such as `PT24H` (BAD_USER_INPUT)
    hint: `aisetu config list` shows what is set
    ");
    fs::write(home.path().join(".config/aisetu/config.toml"), "timeout = \"soon\"\n").unwrap();
    insta::assert_snapshot!(line("aisetu workspaces list"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `timeout` of `[HOME]/.config/aisetu/config.toml` is `soon`: `soon` is no length of time: write `30s`, `15m`, `24h`, `7d`, `1h30m` or ISO 8601 such as `PT24H` (CONFIG)
    ");
    fs::write(home.path().join(".config/aisetu/config.toml"), "timeout = \n").unwrap();
    insta::assert_snapshot!(line("aisetu workspaces list"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/.config/aisetu/config.toml` is no TOML: line 1: string values must be quoted, expected literal string (CONFIG)
    ");
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn a_broken_file_of_a_project_stops_what_it_decides_and_nothing_else() {
    let api = Api::answering("ApiKeysList", samples::page(&[])).answers("AuthWhoami", crate::login::whoami());
    let home = home(&api, &["default"]);
    let project = home.path().join(".aisetu.toml");
    fs::write(&project, "workspace = \n").unwrap();
    for line in
        ["aisetu explain NOT_FOUND", "aisetu doctor --offline", "aisetu auth status --offline", "aisetu config path"]
    {
        let outcome = home.line(line).outcome();
        assert_eq!(outcome.code, Some(0), "{line}: {outcome}");
        let warning = "warning: `[HOME]/.aisetu.toml` is no TOML: line 1: ";
        let said = outcome.to_string();
        assert!(
            said.contains(warning) && said.contains("; the output has the format that holds without it\n"),
            "{said}"
        );
    }
    let outcome = home.line("aisetu explain NOT_FOUND -o json").outcome();
    assert!(outcome.code == Some(0) && !outcome.to_string().contains("warning"), "a flag has decided: {outcome}");
    insta::assert_snapshot!(home.line("aisetu api-keys list -o json").outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"CONFIG","message":"`[HOME]/.aisetu.toml` is no TOML: line 1: string values must be quoted, expected literal string","exitCode":2}}
    "#);
    assert_eq!(api.asked(), [""; 0], "nothing is asked about all workspaces instead of one");
    let decided = home.line("AI_SETU_WORKSPACE=ws_1 aisetu api-keys list -o json").outcome();
    assert_eq!(decided.code, Some(0), "{decided}");

    fs::write(&project, "output = \"xml\"\n").unwrap();
    insta::assert_snapshot!(home.line("aisetu config path").outcome(), @"
    exit code: 0
    ----- stdout -----
    [HOME]/.config/aisetu/config.toml
    ----- stderr -----
    warning: `output` of `[HOME]/.aisetu.toml` is `xml`: it takes `table`, `wide`, `json`, `jsonl`, `yaml`, `csv`, `name`, `off`; the output has the format that holds without it
    ");
}

#[test]
fn a_project_names_the_workspace_and_a_flag_another() {
    let api = Api::answering("ApiKeysList", samples::page(&[]))
        .answers("WorkspacesList", samples::page(&[samples::workspace("web")]));
    let home = home(&api, &["default"]);
    fs::write(home.path().join(".aisetu.toml"), "workspace = \"web\"\n").unwrap();
    for line in [
        "aisetu api-keys list",
        "aisetu api-keys list --workspace ws_1",
        "aisetu api-keys list --all-workspaces",
        "AI_SETU_WORKSPACE=ws_env aisetu api-keys list",
    ] {
        let outcome = home.line(line).outcome();
        assert_eq!(outcome.code, Some(0), "{line}: {outcome}");
    }
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    WorkspacesList {"input":{"limit":100}}
    ApiKeysList {"input":{"workspaceId":"ws_web"}}
    ApiKeysList {"input":{"workspaceId":"ws_1"}}
    ApiKeysList {"input":{}}
    ApiKeysList {"input":{"workspaceId":"ws_env"}}
    "#);
}

#[cfg(feature = "mcp")]
#[test]
fn a_client_is_told_from_whom_a_bound_folder_keeps_it() {
    let api = Api::answering("AuthWhoami", crate::login::whoami());
    let home = home(&api, &["lab", "prod"]);
    let install = |flags: &str| {
        let line = format!("aisetu profile bind prod . && aisetu mcp install --client cursor --dry-run {flags}");
        home.line(&line).outcome().stderr.contains("`--profile prod` names it")
    };
    assert_eq!(["", "--profile prod"].map(install), [true, false]);
}
