//! `aisetu mcp install`, `uninstall` and `status`: entries in the files of clients.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Home, Run, samples, typing};

const CLIENTS: [&str; 9] =
    ["claude-code", "claude-desktop", "cursor", "vscode", "codex", "gemini", "opencode", "windsurf", "copilot-cli"];

fn binary() -> String {
    let path = Path::new(env!("CARGO_BIN_EXE_aisetu")).canonicalize().unwrap();
    path.to_str().unwrap().to_owned()
}

fn aisetu(home: &Home, line: &str) -> Run {
    home.aisetu(line.split(' ')).hide(&binary(), "[AISETU]")
}

fn write(home: &Home, name: &str, text: &str) -> PathBuf {
    let path = home.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// All files of the user, with what is in them.
fn files(home: &Home) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![home.path()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The names of the tools of a server that is started as an entry says.
fn tools(home: &Home, command: &str, args: &[&str]) -> Vec<String> {
    let mut child = Command::new(command)
        .args(args)
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let client = json!({ "name": "test", "version": "0" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    for (id, method, params) in [(0, "initialize", params), (1, "tools/list", json!({}))] {
        writeln!(stdin, "{}", json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).unwrap();
    }
    let answer = BufReader::new(child.stdout.take().unwrap()).lines().nth(1).unwrap().unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let tools = answer["result"]["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_entry_starts_this_program_and_a_second_time_nothing_changes() {
    let home = Home::new();
    fs::create_dir(home.path().join(".cursor")).unwrap();
    let install = "mcp install --client cursor";
    insta::assert_snapshot!(aisetu(&home, install).outcome(), @"
    exit code: 0
    ----- stdout -----
    client   cursor
    entry    aisetu
    outcome  added
    file     [HOME]/.cursor/mcp.json
    starts   [AISETU] mcp serve
    ----- stderr -----
    Cursor reads its file when it starts
    ");
    let written = files(&home);
    insta::assert_snapshot!(aisetu(&home, install).outcome(), @"
    exit code: 0
    ----- stdout -----
    client   cursor
    entry    aisetu
    outcome  already there
    file     [HOME]/.cursor/mcp.json
    starts   [AISETU] mcp serve
    ----- stderr -----
    ");
    assert_eq!(files(&home), written);
    let outcome = aisetu(&home, &format!("{install} --read-only --profile dev -o json")).outcome();
    insta::assert_snapshot!(format!("{:#}", outcome.json()), @r#"
    {
      "args": [
        "--profile",
        "dev",
        "mcp",
        "serve",
        "--read-only"
      ],
      "backup": "[HOME]/.cursor/mcp.json.aisetu-backup",
      "changed": true,
      "client": "cursor",
      "command": "[AISETU]",
      "dryRun": false,
      "name": "aisetu",
      "path": "[HOME]/.cursor/mcp.json"
    }
    "#);
    let file: Value = serde_json::from_str(&home.read(".cursor/mcp.json")).unwrap();
    let entry = &file["mcpServers"]["aisetu"];
    let args: Vec<&str> = entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let command = entry["command"].as_str().unwrap();
    let (reads, all) = (tools(&home, command, &args), tools(&home, command, &["mcp", "serve"]));
    assert!(reads.contains(&"get_status".to_owned()) && !reads.contains(&"create_api_key".to_owned()), "{reads:?}");
    assert!(all.len() > reads.len() && all.contains(&"create_api_key".to_owned()), "{all:?}");
}

#[test]
fn no_token_of_the_environment_is_in_any_file() {
    let home = Home::new();
    let pat = samples::pat();
    let project = home.path().join("project");
    fs::create_dir(&project).unwrap();
    for client in CLIENTS {
        for scope in ["user", "project"] {
            let line = format!("mcp install --client {client} --scope {scope} --name aisetu-{scope}");
            let mut run = aisetu(&home, &line).env("AI_SETU_PAT", pat.expose()).env("OPENAI_API_KEY", "sk-canary");
            run.command.current_dir(&project);
            let outcome = run.outcome();
            if outcome.code == Some(2) {
                assert!(outcome.stderr.contains("has no file for a project"), "{outcome}");
            } else {
                assert_eq!(outcome.code, Some(0), "{outcome}");
                let warned = "warning: `AI_SETU_PAT` is set here and goes into no file";
                assert!(outcome.stderr.contains(warned), "{outcome}");
            }
        }
    }
    let files = files(&home);
    assert_eq!(files.len(), 9 + 6, "two clients have no file for a project, and two have the same: {files:?}");
    for (path, text) in files {
        for secret in [pat.expose(), "canary", "\"env\"", "env ="] {
            assert!(!text.contains(secret), "{path:?}: {secret}\n{text}");
        }
        assert!(text.contains(&binary()), "{path:?}\n{text}");
    }
    let with_profile = aisetu(&home, "mcp install --client cursor --profile lab").env("AI_SETU_PAT", pat.expose());
    insta::assert_snapshot!(with_profile.outcome().stderr, @"
    Cursor reads its file when it starts
    warning: there is no profile `lab` yet: `aisetu auth login --profile lab` makes it
    ");
    let argument = format!("mcp install --client cursor --name {}", pat.expose());
    let refused = home.aisetu(argument.split(' ')).outcome();
    assert!(refused.stderr.contains("SECRET_IN_ARGUMENT"), "{refused}");
}

#[test]
fn a_dry_run_shows_the_change_without_the_secrets_around_it_and_writes_nothing() {
    let home = Home::new();
    let text = r#"{
  "mcpServers": {
    "db": { "command": "npx", "env": { "A": "canary" }, "args": ["--api-key", "canary"] },
    "web": { "url": "https://x", "headers": { "B": "canary" } } // TOKEN=canary
  },
  "apiToken": "canary"
}
"#;
    write(&home, ".cursor/mcp.json", text);
    write(&home, ".codex/config.toml", "# mine\n");
    let before = files(&home);
    let outcome = aisetu(&home, "mcp install --client cursor --dry-run").outcome();
    insta::assert_snapshot!(outcome, @r#"
    exit code: 0
    ----- stdout -----
    --- [HOME]/.cursor/mcp.json
    +++ [HOME]/.cursor/mcp.json
    @@ -1,7 +1,12 @@
     {
       "mcpServers": {
         "db": { "command": "npx", "env": { "A": "***" }, "args": ["--api-key", "***"] },
    -    "web": { "url": "https://x", "headers": { "B": "***" } } // ***
    +    "web": { "url": "https://x", "headers": { "B": "***" } }, // ***
    +    "aisetu": {
    +      "type": "stdio",
    +      "command": "[AISETU]",
    +      "args": ["mcp", "serve"]
    +    }
       },
       "apiToken": "***"
     }
    ----- stderr -----
    nothing was written
    "#);
    let outcome = aisetu(&home, "mcp install --client all --dry-run -o json").outcome();
    assert!(!outcome.to_string().contains("canary"), "{outcome}");
    let clients = outcome.json()["clients"].clone();
    assert_eq!((&clients[0]["dryRun"], &clients[0]["changed"]), (&json!(true), &json!(true)));
    assert!(clients[1]["diff"].as_str().unwrap().contains("+[mcp_servers.aisetu]\n"));
    assert_eq!(files(&home), before);
    let fresh = Home::new();
    aisetu(&fresh, "mcp install --client claude-code --dry-run").outcome();
    assert_eq!(files(&fresh), []);
}

#[test]
fn taking_the_entry_out_leaves_the_rest() {
    let home = Home::new();
    let json = "{\n\t// mine\n\t\"servers\": {\n\t\t\"db\": { \"command\": \"x\" },\n\t},\n}\n";
    let toml = "model = \"gpt\" # mine\n\n[mcp_servers.db]\ncommand = \"x\"\n";
    write(&home, ".config/Code/User/mcp.json", json);
    write(&home, ".codex/config.toml", toml);
    assert_eq!(aisetu(&home, "mcp install --client all").outcome().code, Some(0));
    insta::assert_snapshot!(aisetu(&home, "mcp uninstall --client all").outcome(), @"
    exit code: 0
    ----- stdout -----
    CLIENT  ENTRY   OUTCOME    FILE
    vscode  aisetu  taken out  [HOME]/.config/Code/User/mcp.json
    codex   aisetu  taken out  [HOME]/.codex/config.toml
    ----- stderr -----
    VS Code reads its file when it starts
    Codex reads its file when it starts
    ");
    assert_eq!((home.read(".config/Code/User/mcp.json"), home.read(".codex/config.toml")), (json.into(), toml.into()));
    let before = files(&home);
    insta::assert_snapshot!(aisetu(&home, "mcp uninstall --client vscode").outcome(), @"
    exit code: 0
    ----- stdout -----
    client   vscode
    entry    aisetu
    outcome  not there
    file     [HOME]/.config/Code/User/mcp.json
    ----- stderr -----
    ");
    insta::assert_snapshot!(aisetu(&home, "mcp uninstall --client all").outcome(), @"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    no entries
    ");
    assert_eq!(files(&home), before);
}

#[test]
fn the_entry_of_somebody_else_is_not_taken_without_a_yes() {
    let home = Home::new();
    let theirs = r#"{"mcpServers":{"aisetu":{"command":"npx","args":["x"],"env":{"K":"canary"}}}}"#;
    write(&home, ".cursor/mcp.json", theirs);
    let before = files(&home);
    insta::assert_snapshot!(aisetu(&home, "mcp install --client cursor").outcome(), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu mcp install` on the entry `aisetu` of `[HOME]/.cursor/mcp.json`, which starts `npx` and is not ours, must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--yes`
    ");
    assert_eq!(aisetu(&home, "mcp uninstall --client cursor").outcome().code, Some(10));
    insta::assert_snapshot!(typing(aisetu(&home, "mcp install --client cursor"), &["n\n"]), @"
    exit code: 130
    ----- stdout -----
    ----- stderr -----
    This changes the entry `aisetu` of `[HOME]/.cursor/mcp.json`, which starts `npx` and is not ours.
    Go on? [y/N] n
    error: not confirmed: nothing was changed (ABORTED)
    ");
    assert_eq!(files(&home), before);
    let removed = aisetu(&home, "mcp uninstall --client cursor --dry-run -o json").outcome();
    assert!(removed.json().get("args").is_none() && !removed.to_string().contains("canary"), "{removed}");
    let agreed = typing(aisetu(&home, "mcp install --client cursor"), &["y\n"]);
    assert_eq!(agreed.code, Some(0), "{agreed}");
    let file: Value = serde_json::from_str(&home.read(".cursor/mcp.json")).unwrap();
    assert_eq!(file["mcpServers"]["aisetu"], json!({ "type": "stdio", "command": binary(), "args": ["mcp", "serve"] }));
    fs::write(home.path().join(".cursor/mcp.json"), theirs).unwrap();
    assert_eq!(aisetu(&home, "mcp uninstall --client cursor --yes").outcome().code, Some(0));
    assert_eq!(home.read(".cursor/mcp.json"), r#"{"mcpServers":{}}"#);
}

#[test]
fn without_a_client_the_ones_on_this_machine_are_named() {
    let home = Home::new();
    let nothing = aisetu(&home, "mcp install --client all").outcome();
    assert_eq!(nothing.code, Some(2), "{nothing}");
    assert!(nothing.stderr.contains("none of the clients that aisetu knows was found on this machine"), "{nothing}");
    fs::create_dir_all(home.path().join(".gemini")).unwrap();
    fs::create_dir_all(home.path().join(".codeium/windsurf")).unwrap();
    for command in ["install", "uninstall"] {
        let outcome = aisetu(&home, &format!("mcp {command}")).outcome();
        insta::allow_duplicates! { insta::assert_snapshot!(outcome, @"
        exit code: 2
        ----- stdout -----
        ----- stderr -----
        error: no client is named (BAD_USER_INPUT)
        hint: name one with `--client`, or all of them with `--client all`; on this machine there is `gemini`, `windsurf`
        "); }
    }
    let error = aisetu(&home, "mcp install -o json").outcome().error();
    assert_eq!((&error["code"], &error["exitCode"]), (&json!("BAD_USER_INPUT"), &json!(2)));
    assert_eq!(aisetu(&home, "mcp install --client emacs").outcome().code, Some(2));
}

#[test]
fn what_cannot_be_changed_is_refused_as_a_whole() {
    let home = Home::new();
    write(&home, ".gemini/settings.json", "{}");
    write(&home, ".codex/config.toml", "[[[");
    let before = files(&home);
    let outcome = aisetu(&home, "mcp install --client all").outcome();
    assert_eq!(outcome.code, Some(2), "{outcome}");
    let said = "error: `[HOME]/.codex/config.toml` is not understood: line 1: ";
    assert!(outcome.stderr.starts_with(said), "{outcome}");
    assert!(outcome.stderr.contains("; nothing was changed (CONFIG)\nhint: mend `[HOME]/.codex/config.toml` first"));
    let read_only = home.path().join(".gemini/settings.json");
    let mut permissions = fs::metadata(&read_only).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&read_only, permissions).unwrap();
    insta::assert_snapshot!(aisetu(&home, "mcp install --client gemini").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/.gemini/settings.json` is read-only; nothing was changed (CONFIG)
    hint: make it writable, or change it where it is made
    ");
    assert_eq!(files(&home), before);
    fs::write(home.path().join(".cursor"), "").unwrap();
    let outcome = aisetu(&home, "mcp install --client cursor").outcome();
    assert_eq!(outcome.code, Some(2), "{outcome}");
    for arguments in
        ["mcp install --client cursor --idempotency-key k", "mcp install --client cursor --base-url ftp://x"]
    {
        assert_eq!(aisetu(&home, arguments).outcome().code, Some(2), "{arguments}");
    }
}

#[test]
fn a_link_stays_a_link() {
    let home = Home::new();
    write(&home, "dotfiles/claude.json", "{\n  \"numStartups\": 3\n}\n");
    std::os::unix::fs::symlink("dotfiles/claude.json", home.path().join(".claude.json")).unwrap();
    assert_eq!(aisetu(&home, "mcp install --client claude-code").outcome().code, Some(0));
    assert!(home.path().join(".claude.json").is_symlink());
    assert!(
        home.read("dotfiles/claude.json")
            .starts_with("{\n  \"numStartups\": 3,\n  \"mcpServers\": {\n    \"aisetu\": {\n")
    );
}

#[test]
fn two_clients_with_one_file_have_one_entry() {
    let home = Home::new();
    fs::create_dir(home.path().join(".claude")).unwrap();
    fs::create_dir(home.path().join(".copilot")).unwrap();
    insta::assert_snapshot!(aisetu(&home, "mcp install --client all --scope project").outcome(), @"
    exit code: 0
    ----- stdout -----
    CLIENT       ENTRY   OUTCOME        FILE
    claude-code  aisetu  added          [HOME]/.mcp.json
    copilot-cli  aisetu  already there  [HOME]/.mcp.json
    ----- stderr -----
    Claude Code reads its file when it starts
    ");
    let gone = aisetu(&home, "mcp uninstall --client all --scope project -o jsonl").outcome();
    let lines: Vec<Value> = gone.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["changed"], &lines[1]["changed"]), (&json!(true), &json!(false)), "{gone}");
}

#[test]
fn the_status_says_what_each_entry_starts() {
    let home = Home::new();
    let other = write(&home, "old/aisetu", "");
    let entry =
        |command: &str| format!(r#"{{"mcpServers":{{"aisetu":{{"command":"{command}","args":["mcp","serve"]}}}}}}"#);
    write(&home, ".gemini/settings.json", &entry("/gone/aisetu"));
    write(&home, ".codeium/windsurf/mcp_config.json", &entry(other.to_str().unwrap()));
    write(&home, ".copilot/mcp-config.json", r#"{"mcpServers":{"aisetu":{"url":"https://x"}}}"#);
    write(&home, ".codex/config.toml", "[[[");
    aisetu(&home, "mcp install --client cursor --profile dev --read-only").outcome();
    aisetu(&home, "mcp install --client opencode").outcome();
    insta::assert_snapshot!(aisetu(&home, "mcp status").outcome(), @"
    exit code: 0
    ----- stdout -----
    CLIENT          FOUND  ENTRY   STARTS                  PROFILE  READ ONLY  FILE
    claude-code     no     -       -                       -        -          [HOME]/.claude.json
    claude-desktop  no     -       -                       -        -          [HOME]/.config/Claude/claude_desktop_config.json
    cursor          yes    aisetu  this program            dev      yes        [HOME]/.cursor/mcp.json
    vscode          no     -       -                       -        -          [HOME]/.config/Code/User/mcp.json
    codex           yes    -       cannot be read          -        -          [HOME]/.codex/config.toml
    gemini          yes    aisetu  a program that is gone  -        no         [HOME]/.gemini/settings.json
    opencode        yes    aisetu  this program            -        no         [HOME]/.config/opencode/opencode.json
    windsurf        yes    aisetu  another program         -        no         [HOME]/.codeium/windsurf/mcp_config.json
    copilot-cli     yes    aisetu  no program              -        -          [HOME]/.copilot/mcp-config.json
    ----- stderr -----
    ");
    let clients = aisetu(&home, "mcp status -o json").outcome().json()["clients"].clone();
    insta::assert_snapshot!(format!("{:#}", clients[2]), @r#"
    {
      "baseUrl": null,
      "client": "cursor",
      "command": "[AISETU]",
      "commandExists": true,
      "found": true,
      "installed": true,
      "name": "aisetu",
      "path": "[HOME]/.cursor/mcp.json",
      "problem": null,
      "profile": "dev",
      "readOnly": true,
      "thisProgram": true
    }
    "#);
    assert!(clients[4]["problem"].as_str().unwrap().contains("is not understood: line 1"), "{clients}");
    let project = aisetu(&home, "mcp status --scope project -o jsonl").outcome();
    assert_eq!(project.stdout.lines().count(), 7, "two clients have no file for a project: {project}");
}
