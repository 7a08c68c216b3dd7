//! The command line about itself.

use serde_json::Value;

use crate::harness::{Api, Home, samples};

#[test]
fn codes_are_explained_without_a_network() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["explain", "unauthorized"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    code        UNAUTHORIZED
    is          error
    exit code   5
    meaning     the token lacks a scope, or its owner a role; the message names which
    what to do  make a token with that scope (`aisetu pats create`), or ask an owner for the role
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.aisetu(["explain", "rate-limited"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    code        RATE_LIMITED
    is          error
    exit code   8
    meaning     too many calls; the error says when
    what to do  wait as long as it says, and send the same again
    code        RATE_LIMITED
    is          verdict
    exit code   12
    meaning     too many calls with this key; `retryAfterMs` says when the next would pass
    what to do  call less often, or raise its rate with `aisetu api-keys update-restrictions --rate`
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.aisetu(["explain", "12"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    code       12
    is         exit code
    exit code  12
    meaning    a check said no, such as a key that is not VALID
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.aisetu(["explain", "UNAUTHORISED"]).outcome(), @"
    exit code: 6
    ----- stdout -----
    ----- stderr -----
    error: there is no code `UNAUTHORISED` (NOT_FOUND)
    hint: did you mean `UNAUTHORIZED`, `UNAUTHENTICATED`?
    hint: `aisetu explain` lists all
    ");
    let all = home.aisetu(["explain", "-o", "json"]).outcome().json();
    assert!(all["items"].as_array().unwrap().len() > 40);
}

#[test]
fn every_command_is_listed_with_what_it_needs() {
    let home = Home::new();
    let all = home.aisetu(["commands", "-o", "json"]).outcome().json();
    let commands = all["items"].as_array().unwrap();
    let create = commands.iter().find(|command| command["command"] == "aisetu api-keys create").unwrap();
    assert_eq!(
        (&create["operation"], &create["scope"], &create["confirm"]),
        (&"apiKeysCreate".into(), &"admin:write".into(), &"none".into())
    );
    let name = create["arguments"].as_array().unwrap().iter().find(|argument| argument["name"] == "--name").unwrap();
    assert_eq!((&name["required"], &name["value"]), (&true.into(), &"NAME".into()));
    let top_up = commands.iter().find(|command| command["command"] == "aisetu billing create-top-up-intent").unwrap();
    assert_eq!(top_up["confirm"], "sum");
    let local: Vec<&Value> = commands.iter().filter(|command| command["operation"].is_null()).collect();
    let of = |command: &str| local.iter().find(|local| local["command"] == command).unwrap();
    let report = of("aisetu usage report");
    assert_eq!((&report["scope"], &report["changes"]), (&"usage:write".into(), &true.into()));
    let status = of("aisetu auth status");
    assert_eq!((&status["scope"], &status["changes"]), (&Value::Null, &false.into()));
}

#[test]
fn manual_pages_are_written() {
    let home = Home::new();
    let page = home.aisetu(["man"]).outcome();
    assert!(page.stdout.starts_with(".ie") || page.stdout.contains(".TH aisetu 1"), "{page}");
    let outcome = home.aisetu(["man", "--dir", "man/man1"]).outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let pages: Vec<String> = std::fs::read_dir(home.path().join("man/man1"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    for page in ["aisetu.1", "aisetu-api-keys-rotate.1", "aisetu-profile-bind.1"] {
        assert!(pages.contains(&page.to_owned()), "{pages:?}");
    }
    std::fs::write(home.path().join("file"), "").unwrap();
    insta::assert_snapshot!(home.aisetu(["man", "--dir", "file"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the pages cannot be written to `file`: File exists (os error 17) (BAD_USER_INPUT)
    hint: name a folder that can be written to
    ");
}

#[test]
fn each_shell_is_told_how_to_ask_for_completions() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = home.aisetu(["completions", shell]).outcome();
        assert_eq!(outcome.code, Some(0), "{outcome}");
        assert!(outcome.stdout.contains("AI_SETU_COMPLETE") && outcome.stdout.contains("aisetu"), "{outcome}");
    }
    assert_eq!(home.aisetu(["completions", "tcsh"]).outcome().code, Some(2));
}

/// What a shell offers behind these words.
fn offered(home: &Home, api: &Api, words: &[&str]) -> Vec<String> {
    let arguments = ["--", "aisetu"].iter().chain(words).copied();
    let outcome = home
        .calls(api, arguments)
        .env("AI_SETU_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", &words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .outcome();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome}");
    outcome.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn commands_and_flags_are_completed() {
    let home = Home::new();
    let api = Api::new();
    assert!(offered(&home, &api, &["api-keys", "ro"]).contains(&"rotate".to_owned()));
    assert!(offered(&home, &api, &["workspaces", "list", "--inc"]).contains(&"--include-deleted".to_owned()));
    assert!(offered(&home, &api, &["-o", "js"]).contains(&"jsonl".to_owned()));
    assert_eq!(api.requests().len(), 0);
}

#[cfg(unix)]
#[test]
fn what_a_list_has_shown_a_person_is_completed_without_a_call() {
    use crate::harness::typing;
    let home = Home::new();
    let api = Api::answering("ApiKeysList", samples::page(&[samples::api_key()]));
    let get = ["api-keys", "get", ""];
    assert!(
        home.calls(&api, ["api-keys", "list"]).outcome().code == Some(0)
            && offered(&home, &api, &get).iter().all(|one| one != "ci")
    );
    typing(home.calls(&api, ["api-keys", "list"]), &[]);
    let asked = api.requests().len();
    let found = offered(&home, &api, &get);
    assert!(found.contains(&"ci".to_owned()) && found.contains(&"key_1".to_owned()), "{found:?}");
    assert_eq!(offered(&home, &api, &["workspaces", "get", ""]).iter().filter(|one| one.starts_with("ws_")).count(), 0);
    assert_eq!(api.requests().len(), asked);
    let cache = home.read(".cache/aisetu/names.json");
    assert!(cache.contains("key_1") && !cache.contains(samples::pat().expose()), "{cache}");
}
