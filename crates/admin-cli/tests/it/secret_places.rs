//! Where new secrets go, and where given ones come from.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, Run, samples};

/// A program on the path of the commands, as a script.
fn program(home: &Home, name: &str, script: &str) {
    let folder = home.path().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn creating() -> Api {
    Api::answering("ApiKeysCreate", samples::issued(&samples::api_key(), &samples::new_key()))
        .answers("ApiKeysRevoke", samples::api_key())
}

fn create(home: &Home, api: &Api, arguments: &str) -> Run {
    let line = format!("PATH=$PWD/bin:$PATH aisetu api-keys create --name ci {arguments}");
    home.shell(api, &line).hide(samples::new_key().expose(), "[SECRET]")
}

#[test]
fn a_secret_goes_to_every_place_that_is_named() {
    let home = Home::new();
    let api = creating();
    program(&home, "keep", "cat > kept; env > kept.env; echo \"$@\" > kept.args");
    let outcome = create(
        &home,
        &api,
        "--save-to file:one --save-to env:.env#KEY --save-to 'cmd:keep --as two' --save-to file:one",
    )
    .outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 0
    ----- stdout -----
    id           key_1
    name         ci
    description  for the build
    environment  LIVE
    state        ACTIVE
    hint         …C63W
    scopes       inference:*
    workspace    ws_prod
    created      2026-11-01T08:00:00.000Z
    created by   usr_1
    metadata     team=core
    ----- stderr -----
    the secret (…C63W) is in `one`, `.env` as `KEY`, the hands of `keep`
    ");
    for file in ["one", "kept"] {
        assert_eq!(home.read(file), samples::new_key().expose());
    }
    assert_eq!(home.read("kept.args"), "--as two\n");
    let told = home.read("kept.env") + &home.read("kept.args");
    assert!(!told.contains(samples::new_key().expose()) && !told.contains("AI_SETU_PAT"), "{told}");
    assert_eq!(api.asked().len(), 1);
    let both = create(&home, &api, "--save-to stdout --save-to file:two").outcome();
    assert_eq!(
        (both.stdout.as_str(), home.read("two").as_str()),
        ("[SECRET]\n", samples::new_key().expose()),
        "{both}"
    );
}

#[test]
fn a_place_that_cannot_take_it_is_found_before_there_is_a_secret() {
    let home = Home::new();
    let api = creating();
    program(&home, "gh", "echo 'To get started with GitHub CLI, please run:  gh auth login' >&2; exit 4");
    for arguments in ["--save-to file:one --save-to gh:acme/app#KEY", "--save-to cmd:nothing", "--save-to gha:env#KEY"]
    {
        let outcome = create(&home, &api, arguments).outcome();
        assert_eq!(outcome.code, Some(11), "{outcome}");
        assert!(outcome.stderr.contains("nothing was changed"), "{outcome}");
    }
    assert!(!home.path().join("one").exists());
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn a_key_whose_secret_did_not_arrive_everywhere_is_revoked() {
    let home = Home::new();
    let api = creating();
    program(&home, "keep", "cat > /dev/null; exit 3");
    insta::assert_snapshot!(create(&home, &api, "--save-to file:one --save-to cmd:keep").outcome(), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: the secret of API key `key_1` could not be handed over, so the key was revoked (DELIVERY_FAILED)
      caused by: `keep` failed (exit status: 3)
    hint: it is in `one` already, and works no more
    ");
    assert!(api.asked().last().unwrap().starts_with("ApiKeysRevoke"));
}

#[test]
fn a_person_at_a_terminal_is_shown_what_has_no_other_place() {
    use crate::harness::typing;
    let home = Home::new();
    let api = creating();
    program(&home, "keep", "cat > /dev/null; exit 3");
    let seen = typing(create(&home, &api, "--save-to cmd:keep --save-to file:one"), &[]);
    insta::assert_snapshot!(seen, @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    the new secret, which cannot be shown again:
    [SECRET]
    error: the secret of API key `key_1` could not be handed over, so it was shown on the terminal, and the key was not revoked (DELIVERY_FAILED)
      caused by: `keep` failed (exit status: 3)
    hint: if nobody has noted it: `aisetu api-keys revoke key_1 --yes`
    hint: it is in `one` already
    ");
    assert_eq!(home.read("one"), samples::new_key().expose());
    assert_eq!(api.asked().len(), 1, "the key stays");
    // What an agent reads is no place for it.
    let run = create(&home, &api, "--save-to cmd:keep").env("CLAUDECODE", "1");
    let seen = typing(run, &[]);
    assert!(!seen.to_string().contains("[SECRET]"), "{seen}");
    assert!(api.asked().last().unwrap().starts_with("ApiKeysRevoke"));
}

#[test]
fn an_agent_sees_no_new_secret_unless_somebody_wants_it_to() {
    let home = Home::new();
    let api = creating();
    insta::assert_snapshot!(create(&home, &api, "").env("CLAUDECODE", "1").outcome(), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: Claude Code drives this command, and would read the new secret; nothing was changed (CONFIRMATION_REQUIRED)
    hint: say where the secret goes, such as `--save-to env:.env#AI_SETU_API_KEY` or `--save-to keyring:aisetu/ci`
    hint: `--reveal` prints it all the same, and `AI_SETU_AGENT=0` says that no agent drives this command
    ");
    insta::assert_snapshot!(create(&home, &api, "-o json --save-to stdout").env("AI_AGENT", "goose").outcome(), @r#"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"CONFIRMATION_REQUIRED","message":"goose drives this command, and would read the new secret; nothing was changed","hint":"say where the secret goes, such as `--save-to env:.env#AI_SETU_API_KEY` or `--save-to keyring:aisetu/ci`\n`--reveal` prints it all the same, and `AI_SETU_AGENT=0` says that no agent drives this command","exitCode":10}}
    "#);
    assert_eq!(api.requests().len(), 0);
    for (arguments, agent) in [("--reveal", "1"), ("--save-to file:one", "1"), ("", "0")] {
        let outcome = create(&home, &api, arguments).env("AI_SETU_AGENT", agent).outcome();
        assert_eq!(outcome.code, Some(0), "{outcome}");
    }
}

#[test]
fn github_is_told_to_hide_a_secret_before_it_is_written() {
    let home = Home::new();
    let api = creating();
    fs::write(home.path().join("github.env"), "OTHER=1\n").unwrap();
    let file = home.path().join("github.env");
    let run = create(&home, &api, "--save-to gha:env#AI_KEY")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_ENV", file.to_str().unwrap());
    let outcome = run.outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(outcome.stderr.contains("::add-mask::[SECRET]\n"), "{outcome}");
    assert_eq!(home.read("github.env"), format!("OTHER=1\nAI_KEY={}\n", samples::new_key().expose()));
}

#[test]
fn a_given_secret_comes_from_wherever_it_is() {
    let home = Home::new();
    let api = Api::new().verifies(ResponseTemplate::new(200).set_body_json(json!({ "valid": true, "code": "VALID" })));
    let key = samples::new_key();
    fs::write(home.path().join("key"), format!("{}\n", key.expose())).unwrap();
    program(&home, "op", "test \"$*\" = 'read --no-newline op://vault/item/field' && cat key");
    program(&home, "vault", "test \"$*\" = 'kv get -field=value secret/app' && cat key");
    for arguments in [
        "--secret-file key",
        "--secret-stdin < key",
        "--secret-from op://vault/item/field",
        "--secret-from vault:secret/app#value",
    ] {
        let line = format!("PATH=$PWD/bin:$PATH aisetu api-keys verify {arguments}");
        let outcome = home.shell(&api, &line).outcome();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments}: {outcome}");
    }
    let sent: Vec<String> = api
        .requests()
        .iter()
        .map(|request| request.body_json::<serde_json::Value>().unwrap()["key"].to_string())
        .collect();
    assert_eq!(sent, vec![format!("{:?}", key.expose()); 4]);
    program(&home, "op", "echo '[ERROR] you are not currently signed in' >&2; exit 1");
    insta::assert_snapshot!(home.shell(&api, "PATH=$PWD/bin:$PATH aisetu api-keys verify --secret-from op://vault/item/field").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `op read` failed (exit status: 1): [ERROR] you are not currently signed in (BAD_USER_INPUT)
    hint: if you are not signed in, run `op signin`
    ");
    insta::assert_snapshot!(home.shell(&api, "aisetu api-keys verify --secret-from pass:x").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'pass:x' for '--secret-from <REFERENCE>': this is no reference to a secret: give `op://VAULT/ITEM/FIELD`, `vault:PATH#FIELD` or `keyring:SERVICE/ACCOUNT`

    For more information, try '--help'.
    ");
}

#[test]
fn a_person_is_asked_for_a_secret_and_does_not_see_it() {
    use crate::harness::typing;
    let home = Home::new();
    let api = Api::new().verifies(ResponseTemplate::new(200).set_body_json(json!({ "valid": true, "code": "VALID" })));
    let typed = format!("{}\n", samples::new_key().expose());
    for arguments in ["", "--secret-stdin"] {
        let line = format!("aisetu api-keys verify {arguments}");
        let seen = typing(home.shell(&api, &line), &[&typed]);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), "Paste the key (it is not shown): \n"), "{seen}");
    }
}
