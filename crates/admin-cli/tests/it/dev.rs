//! `aisetu dev`, and with it the whole way to a real control plane.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Child;

use serde_json::Value;

use crate::harness::{Home, Outcome, signal, wait};

/// A line of the shell against a fresh control plane.
fn against_a_fresh_one(home: &Home, line: &str) -> Outcome {
    home.aisetu(["dev", "--", "sh", "-c", line]).outcome()
}

/// A control plane that keeps its data in the folder `data`.
struct Serving {
    child: Child,
    /// What it said when it was ready.
    reach: Value,
}

impl Serving {
    fn start(home: &Home) -> Self {
        let run = home.aisetu(["dev", "--data", "data", "-o", "jsonl"]);
        let mut child = run.spawn();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let reach = serde_json::from_str(&line).unwrap_or_else(|error| {
            let mut stderr = String::new();
            child.stderr.as_mut().unwrap().read_to_string(&mut stderr).unwrap();
            panic!("{error}: {line}{stderr}")
        });
        Self { child, reach }
    }

    fn address(&self) -> String {
        self.reach["baseUrl"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned()
    }

    fn stop(self) -> Option<i32> {
        signal(self.child.id(), "TERM");
        wait(self.child).status.code()
    }
}

fn credentials(home: &Home) -> String {
    home.read(".config/aisetu/credentials.toml")
}

fn files(home: &Home) -> Vec<std::ffi::OsString> {
    fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn a_command_has_a_control_plane_of_its_own() {
    let home = Home::new();
    let outcome = against_a_fresh_one(&home, "aisetu workspaces list -o json");
    let names: Vec<_> = outcome.json()["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect();
    assert_eq!((names, outcome.code, outcome.stderr.as_str()), (vec!["default".into()], Some(0), ""));
    assert_eq!(files(&home).len(), 0, "nothing is left: {:?}", files(&home));
}

#[test]
fn a_command_gets_our_variables_and_no_other_of_ours() {
    let home = Home::new();
    let run = home
        .aisetu(["dev", "--", "env"])
        .env("AI_SETU_PROFILE", "prod")
        .env("AI_SETU_OUTPUT", "json")
        .env("OTHER", "kept");
    let Outcome { stdout, .. } = run.env("AI_SETU_PAT", "not a token").outcome();
    let mut names: Vec<_> = stdout.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(names, ["AI_SETU_API_BASE_URL", "AI_SETU_PAT", "HOME", "OTHER", "PATH"], "{stdout}");
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_aisetu")).parent().unwrap();
    assert!(stdout.contains(&format!("PATH={}:", folder.display())), "{stdout}");
}

#[test]
fn the_end_of_a_command_is_passed_on() {
    let home = Home::new();
    assert_eq!(against_a_fresh_one(&home, "exit 7").code, Some(7));
    assert_eq!(against_a_fresh_one(&home, "kill -TERM $$").code, Some(128 + 15));
    insta::assert_snapshot!(home.aisetu(["dev", "--", "no-such-command", "-o", "json"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cannot run `no-such-command` (BAD_USER_INPUT)
      caused by: No such file or directory (os error 2)
    hint: what stands behind `--` is the command, such as `-- sh -c 'aisetu workspaces list'`
    ");
    insta::assert_snapshot!(home.aisetu(["dev", "--data", "x", "--", "true"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--data <DIR>' cannot be used with '[COMMAND]...'

    Usage: aisetu dev --data <DIR> [-- <COMMAND>...]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(home.aisetu(["dev", "--profile", "lab", "--", "true"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `aisetu dev` takes no `--profile`: with a command it keeps nothing (BAD_USER_INPUT)
    ");
}

#[test]
fn signals_reach_the_command_and_nothing_stays_behind() {
    for name in ["INT", "TERM", "HUP"] {
        let home = Home::new();
        let line = format!("trap 'echo {name}; exit 5' {name}; echo $AI_SETU_API_BASE_URL; read line");
        let mut child = home.aisetu(["dev", "--", "sh", "-c", &line]).spawn_with_open_stdin();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        stdout.read_line(&mut url).unwrap();
        let address = url.trim().strip_prefix("http://").unwrap();
        assert!(TcpStream::connect(address).is_ok());
        signal(child.id(), name);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        let output = wait(child);
        assert_eq!((rest.as_str(), output.status.code()), (format!("{name}\n").as_str(), Some(5)));
        assert!(TcpStream::connect(address).is_err(), "it still listens");
        assert_eq!(files(&home).len(), 0);
    }
}

#[test]
fn a_killed_one_leaves_no_listener_and_no_file() {
    let home = Home::new();
    let mut child =
        home.aisetu(["dev", "--", "sh", "-c", "echo $AI_SETU_API_BASE_URL; read line"]).spawn_with_open_stdin();
    let mut url = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
    let address = url.trim().strip_prefix("http://").unwrap().to_owned();
    signal(child.id(), "KILL");
    assert_eq!(child.wait().unwrap().code(), None);
    assert!(TcpStream::connect(address).is_err(), "it still listens");
    assert_eq!(files(&home).len(), 0);
    // The command itself goes when its input ends.
    drop(child.stdin.take());
}

#[test]
fn the_main_job_is_done_from_the_shell() {
    let home = Home::new();
    let script = r#"
        set -e
        key=$(aisetu api-keys create --name CI --scope 'functions:*' --save-to file:first -o json | sed -n 's/^  "id": "\(.*\)",/\1/p')
        aisetu api-keys verify --secret-stdin --scope functions:read < first > /dev/null
        aisetu api-keys verify --secret-stdin --scope data:read < first > /dev/null || echo "other scope: $?"
        aisetu api-keys rotate "$key" --grace 0s --yes --save-to env:.env#KEY > /dev/null
        aisetu api-keys verify --secret-stdin < first -o json | grep code || true
        . ./.env; export KEY
        aisetu api-keys verify --secret-env KEY -o json | grep code
        aisetu api-keys revoke "$key" --code compromised --yes > /dev/null
        aisetu api-keys verify --secret-env KEY -o json | grep code || true
        aisetu api-keys restore "$key" || echo "restore: $?"
        aisetu api-keys delete "$key" --confirm CI > /dev/null
        aisetu api-keys get "$key" || echo "get: $?"
        aisetu pats create --name reader --scope admin:read --expires 30d --save-to env:.env#READER > /dev/null
        . ./.env
        AI_SETU_PAT=$READER aisetu workspaces create --name x || echo "write: $?"
        AI_SETU_PAT=$READER aisetu auth whoami -o json | grep '"name": "reader"'
        one=$(aisetu api-keys create --name once --idempotency-key k-1 -q)
        two=$(aisetu api-keys create --name once --idempotency-key k-1 -q)
        test "$one" = "$two" && aisetu api-keys list -o jsonl | grep -c '"name":"once"'
        workspace=$(aisetu workspaces create --name lab -o jsonl | sed 's/.*"id":"\([^"]*\)".*/\1/')
        aisetu workspaces rename "$workspace" --name "my lab" > /dev/null
        aisetu workspaces delete "$workspace" || echo "delete: $?"
        aisetu workspaces delete "$workspace" --confirm "my lab" > /dev/null
        aisetu workspaces restore "$workspace" > /dev/null
        aisetu workspaces list-members "$workspace" -o jsonl | grep -c OWNER
        aisetu workspaces get ws_00000000000000000000000000 || echo "get: $?"
        aisetu workspaces create --name "" || echo "name: $?"
    "#;
    let outcome = against_a_fresh_one(&home, script);
    let text = outcome.to_string();
    insta::assert_snapshot!(without_ids(&text), @r#"
    exit code: 0
    ----- stdout -----
    other scope: 12
      "code": "EXPIRED",
      "code": "VALID",
      "code": "REVOKED",
    restore: 7
    get: 6
    write: 5
        "name": "reader",
    1
    delete: 10
    1
    get: 6
    name: 2
    ----- stderr -----
    {"note":{"message":"the secret (…[HINT]) is in `first`"}}
    the secret (…[HINT]) is in `.env` as `KEY`
    error: `CI` was revoked as COMPROMISED, which cannot be undone (CONFLICT, [ID])
    hint: create a new key
    error: there is no such API key, or none that this token may read (NOT_FOUND, [ID])
    the secret (…[HINT]) is in `.env` as `READER`
    error: `workspacesCreate` needs the scope admin:write or admin:organizations; this token has admin:read (UNAUTHORIZED, [ID])
    hint: use a personal access token with the scope admin:write or admin:organizations
    hint: the token (…[HINT]) came from `AI_SETU_PAT`
    hint: `aisetu pats create --name NAME --scope admin:write` makes a token with that scope, if you may give it
    error: `aisetu workspaces delete` on workspace `[ID]` must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--confirm 'my lab'`
    error: there is no such workspace, or none that this token may read (NOT_FOUND, [ID])
    error: `name` is empty; it must have 1 to 100 characters (BAD_USER_INPUT, [ID])
      field: name
    "#);
}

#[test]
fn a_kept_one_keeps_its_port_its_data_and_its_token() {
    let home = Home::new();
    let first = Serving::start(&home);
    let (reach, kept) = (first.reach.clone(), credentials(&home));
    insta::assert_snapshot!(without_ids(&hidden(&home, &reach.to_string(), &first)), @r#"{"baseUrl":"http://[ADDRESS]","dataFolder":"[HOME]/data","graphiql":"http://[ADDRESS]/graphiql","patExpiresAt":"[TIME]","profile":"dev"}"#);
    assert_eq!(
        fs::metadata(home.path().join(".config/aisetu/credentials.toml")).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::metadata(home.path().join("data")).unwrap().permissions().mode() & 0o777, 0o700);
    let created = home.aisetu(["--profile", "dev", "workspaces", "create", "--name", "mine"]).outcome();
    assert_eq!(created.code, Some(0), "{created}");
    assert_eq!(first.stop(), Some(0));

    let second = Serving::start(&home);
    assert_eq!((&second.reach, credentials(&home)), (&reach, kept));
    let listed = home.aisetu(["--profile", "dev", "workspaces", "list", "-o", "json"]).outcome();
    assert_eq!(listed.json()["items"][0]["name"], "mine");
    assert_eq!(second.stop(), Some(0));
    assert_eq!(
        home.aisetu(["--profile", "dev", "workspaces", "list"]).outcome().code,
        Some(9),
        "nothing listens any more"
    );
}

#[test]
fn what_a_person_sees() {
    let home = Home::new();
    let mut child = home.aisetu(["dev"]).spawn();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("data  ") {
        assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    signal(child.id(), "INT");
    let output = wait(child);
    assert_eq!(output.status.code(), Some(0));
    let port = text.split("http://127.0.0.1:").nth(1).unwrap().split(|c: char| !c.is_ascii_digit()).next().unwrap();
    let text = format!("{text}{}", String::from_utf8(output.stderr).unwrap()).replace(port, "[PORT]");
    let expires = text.lines().find(|line| line.starts_with("token expires")).unwrap().to_owned();
    insta::assert_snapshot!(text.replace(&expires, "token expires  [TIME]").replace(home.path().to_str().unwrap(), "[HOME]"), @"
    base URL       http://127.0.0.1:[PORT]
    GraphiQL       http://127.0.0.1:[PORT]/graphiql
    profile        dev
    token expires  [TIME]
    data           [HOME]/.local/share/aisetu/dev
    in another terminal: aisetu --profile dev workspaces list
    ");
}

#[test]
fn a_token_that_the_server_does_not_know_is_replaced() {
    let home = Home::new();
    let first = Serving::start(&home);
    first.stop();
    let before = credentials(&home);
    // As after a data folder was thrown away.
    fs::remove_dir_all(home.path().join("data")).unwrap();
    let second = Serving::start(&home);
    assert_ne!(credentials(&home), before);
    let listed = home.aisetu(["--profile", "dev", "workspaces", "list"]).outcome();
    assert_eq!(listed.code, Some(0), "{listed}");
    second.stop();
}

#[test]
fn a_port_that_is_taken_is_told_or_changed() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let outcome = home.aisetu(["dev", "--data", "data", "--port", &port]).hide(&port, "[PORT]").outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cannot listen on 127.0.0.1:[PORT]: Address already in use (os error 98) (CONFIG)
    hint: another program has this port; name another one
    ");

    fs::write(home.path().join("data/port"), &port).unwrap();
    let serving = Serving::start(&home);
    assert_ne!(serving.address(), taken.local_addr().unwrap().to_string());
    assert_eq!(home.read("data/port").trim(), serving.address().rsplit(':').next().unwrap());
    signal(serving.child.id(), "TERM");
    let stderr = String::from_utf8(wait(serving.child).stderr).unwrap();
    assert!(stderr.contains(&format!("another program has port {port} now")), "{stderr}");
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let home = Home::new();
    let serving = Serving::start(&home);
    let second = home.aisetu(["dev", "--data", "data"]).outcome();
    serving.stop();
    insta::assert_snapshot!(second, @"
    exit code: 7
    ----- stdout -----
    ----- stderr -----
    error: another server is using data/control-plane.db (CONFLICT)
    hint: stop the other server, or name another data folder
    ");
    fs::write(home.path().join("file"), "").unwrap();
    insta::assert_snapshot!(home.aisetu(["dev", "--data", "file"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the data folder file cannot be used: File exists (os error 17) (CONFIG)
    hint: name a folder that this user may write to
    ");
    fs::set_permissions(home.path().join("data/kek.key"), fs::Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(home.aisetu(["dev", "--data", "data", "-o", "json"]).outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"CONFIG","message":"the key file data/kek.key can be read by others (mode 644); run: chmod 600 data/kek.key","exitCode":2}}
    "#);
}

#[test]
fn a_profile_of_another_machine_is_not_overwritten() {
    let home = Home::new();
    let profile = admin_local::Profile::new("https://dev.example".parse().unwrap(), crate::harness::samples::pat());
    admin_local::Profiles::in_folder(&home.path().join(".config/aisetu")).put("dev", &profile).unwrap();
    let before = credentials(&home);
    insta::assert_snapshot!(home.aisetu(["dev"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the profile `dev` in `[HOME]/.config/aisetu/credentials.toml` is for https://dev.example, and its token would be overwritten (CONFIG)
    hint: name another profile with `--profile NAME`
    ");
    assert_eq!(credentials(&home), before);
}

#[test]
fn a_named_profile_that_is_another_control_planes_is_left_alone() {
    let home = Home::new();
    let profile = admin_local::Profile::new("http://127.0.0.1:7070".parse().unwrap(), crate::harness::samples::pat());
    admin_local::Profiles::in_folder(&home.path().join(".config/aisetu")).put("tunnel", &profile).unwrap();
    let before = credentials(&home);
    let refused = home.aisetu(["dev", "--data", "data", "--profile", "tunnel"]).outcome();
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("is for http://127.0.0.1:7070, and its token would be overwritten"), "{refused}");
    assert_eq!(credentials(&home), before);
}

fn hidden(home: &Home, text: &str, serving: &Serving) -> String {
    text.replace(home.path().to_str().unwrap(), "[HOME]").replace(&serving.address(), "[ADDRESS]")
}

/// Puts `[ID]` and `[TIME]` in the place of what is new each time.
fn without_ids(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        let word = rest[start..]
            .find(|c: char| !c.is_ascii_alphanumeric() && !"_-:.".contains(c))
            .unwrap_or(rest.len() - start);
        let (before, word, after) = (&rest[..start], &rest[start..start + word], &rest[start + word..]);
        shown.push_str(before);
        let is_id =
            word.split_once('_').is_some_and(|(_, id)| id.len() == 26 && id.bytes().all(|c| c.is_ascii_alphanumeric()));
        let is_time = word.len() == 24 && word.ends_with('Z') && word.as_bytes()[10] == b'T';
        shown.push_str(match word {
            _ if is_id => "[ID]",
            _ if is_time => "[TIME]",
            _ if before.ends_with('…') => "[HINT]",
            word => word,
        });
        rest = after;
    }
    shown + rest
}

#[test]
fn another_data_folder_takes_the_profile_over_and_says_so() {
    let home = Home::new();
    let first = Serving::start(&home);
    let address = first.address();
    let mut second = home.aisetu(["dev", "--data", "other"]).spawn();
    let mut stdout = BufReader::new(second.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("data  ") {
        assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    signal(second.id(), "TERM");
    let stderr = String::from_utf8(wait(second).stderr).unwrap();
    assert!(stderr.contains(&format!("the profile `dev` was the way to http://{address}")), "{stderr}");
    assert!(stderr.contains("`--profile NAME` keeps both"), "{stderr}");
    assert_eq!(first.stop(), Some(0));
}

#[test]
fn a_profile_of_its_own_keeps_another_data_folder_apart() {
    let home = Home::new();
    let first = Serving::start(&home);
    let mut second = home.aisetu(["dev", "--data", "other", "--profile", "lab"]).spawn();
    let mut stdout = BufReader::new(second.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("data  ") {
        assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    for (profile, name) in [("dev", "first"), ("lab", "second")] {
        let created = home.aisetu(["--profile", profile, "workspaces", "create", "--name", name]).outcome();
        assert_eq!(created.code, Some(0), "{created}");
    }
    let listed = home.aisetu(["--profile", "lab", "workspaces", "list"]).outcome();
    assert!(listed.stdout.contains("second") && !listed.stdout.contains("first"), "{listed}");
    signal(second.id(), "TERM");
    let stderr = String::from_utf8(wait(second).stderr).unwrap();
    assert_eq!(stderr, "in another terminal: aisetu --profile lab workspaces list\n");
    assert_eq!(first.stop(), Some(0));
}

#[test]
fn a_lost_key_is_not_made_anew_beside_a_database() {
    let home = Home::new();
    Serving::start(&home).stop();
    fs::remove_file(home.path().join("data/pepper.key")).unwrap();
    let outcome = home.aisetu(["dev", "--data", "data"]).outcome();
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr.contains("the key file data/pepper.key cannot be read"), "{outcome}");
}
