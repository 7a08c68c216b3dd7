//! Where new secrets go, and where given ones come from.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use admin_token::TokenKind;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, Run, samples, signal, wait};

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
    ");
    assert!(api.asked().last().unwrap().starts_with("ApiKeysRevoke"));
    assert!(!home.path().join("one").exists(), "a dead secret lies around, and is in the way of another try");
}

#[test]
fn what_the_secret_took_the_place_of_is_put_back() {
    let home = Home::new();
    let issued = samples::issued(&samples::rotating_api_key(), &samples::new_key());
    let api = Api::answering("ApiKeysRotate", issued).answers("ApiKeysRollbackRotation", samples::api_key());
    program(&home, "keep", "cat > /dev/null; exit 3");
    let before = format!("A=1\nKEY={}\nB=2\n", samples::token(TokenKind::LiveKey, 9).expose());
    fs::write(home.path().join(".env"), &before).unwrap();
    let line = "PATH=$PWD/bin:$PATH aisetu api-keys rotate key_1 --yes --save-to env:.env#KEY --save-to env:new#KEY --save-to cmd:keep";
    insta::assert_snapshot!(home.shell(&api, line).outcome(), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    warning: `.env` was readable by other users; from now on only its owner can read it
    `env:.env#KEY` holds a token, which is replaced
    error: the secret of API key `key_1` could not be handed over, so the rotation was rolled back (DELIVERY_FAILED)
      caused by: `keep` failed (exit status: 3)
    ");
    assert!(api.asked().last().unwrap().starts_with("ApiKeysRollbackRotation"));
    assert_eq!(home.read(".env"), before);
    assert!(!home.path().join("new").exists());
}

#[test]
fn a_rotation_stays_where_a_place_has_lost_the_earlier_secret() {
    let home = Home::new();
    let issued = samples::issued(&samples::rotating_api_key(), &samples::new_key());
    let api = Api::answering("ApiKeysRotate", issued);
    program(&home, "take", "cat > taken");
    program(&home, "keep", "cat > /dev/null; exit 3");
    let line = "PATH=$PWD/bin:$PATH aisetu api-keys rotate key_1 --yes --save-to env:.env#KEY --save-to cmd:take --save-to cmd:keep";
    insta::assert_snapshot!(home.shell(&api, line).outcome(), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: the secret of API key `key_1` could not be handed over to every place, and the rotation was not rolled back: some have it, and no copy of the earlier secret (DELIVERY_FAILED)
      caused by: `keep` failed (exit status: 3)
    hint: the earlier secret works until its grace ends: take the new one from where it is to the other places, or go back with `aisetu api-keys rollback-rotation key_1`
    hint: it has reached `.env` as `KEY`, the hands of `take` already
    ");
    assert_eq!(api.asked().len(), 1, "nothing is rolled back");
    assert_eq!(home.read(".env"), format!("KEY={}\n", samples::new_key().expose()));
}

#[test]
fn a_secret_on_standard_output_is_told_of_when_it_dies() {
    let home = Home::new();
    let api = creating();
    program(&home, "keep", "cat > /dev/null; exit 3");
    insta::assert_snapshot!(create(&home, &api, "--save-to stdout --save-to cmd:keep").outcome(), @"
    exit code: 11
    ----- stdout -----
    [SECRET]
    ----- stderr -----
    error: the secret of API key `key_1` could not be handed over, so the key was revoked (DELIVERY_FAILED)
      caused by: `keep` failed (exit status: 3)
    hint: it has reached standard output already, and works no more
    ");
}

#[test]
fn a_value_that_is_no_token_is_written_over_after_a_yes() {
    let home = Home::new();
    let api = creating();
    fs::write(home.path().join(".env"), "URL=postgres://only-copy\n").unwrap();
    insta::assert_snapshot!(create(&home, &api, "--save-to env:.env#URL").outcome(), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    warning: `.env` was readable by other users; from now on only its owner can read it
    error: writing over what `env:.env#URL` holds, which may be the only copy, must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--yes`
    ");
    assert_eq!((api.requests().len(), home.read(".env").as_str()), (0, "URL=postgres://only-copy\n"));
    let outcome = create(&home, &api, "--save-to env:.env#URL --yes").outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    // A token of ours is there to be replaced.
    let outcome = create(&home, &api, "--save-to env:.env#URL").outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(outcome.stderr.contains("`env:.env#URL` holds a token, which is replaced"), "{outcome}");
}

#[test]
fn a_signal_waits_until_the_secret_has_a_place() {
    for name in ["TERM", "HUP", "INT"] {
        let home = Home::new();
        let api = creating();
        program(&home, "slow", "touch begun; sleep 1; cat > taken");
        let path = format!("{}:/usr/bin:/bin", home.path().join("bin").display());
        let arguments = ["api-keys", "create", "--name", "ci", "--save-to", "cmd:slow"];
        let child = home.calls(&api, arguments).env("PATH", &path).spawn();
        while !home.path().join("begun").exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        signal(child.id(), name);
        let output = wait(child);
        assert!(output.status.success(), "{name}: {output:?}");
        assert_eq!(home.read("taken"), samples::new_key().expose(), "{name}");
    }
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
    hint: it has reached `one` already
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
    // The line that masks it is for the runner, and an agent reads it too.
    let masked = create(&home, &api, "--save-to gha:env#KEY").env("CLAUDECODE", "1").env("GITHUB_ENV", "github.env");
    assert_eq!(masked.outcome().code, Some(10));
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

    // The runner is told first: it also is where the writing fails.
    let line = "ulimit -f 0; aisetu api-keys create --name ci --save-to gha:env#AI_KEY 2>&1 | cat";
    let run = home.shell(&api, line).hide(samples::new_key().expose(), "[SECRET]");
    let outcome = run.env("GITHUB_ACTIONS", "true").env("GITHUB_ENV", file.to_str().unwrap()).outcome();
    assert!(outcome.stdout.starts_with("::add-mask::[SECRET]\n"), "{outcome}");
    assert!(outcome.stdout.contains("DELIVERY_FAILED"), "{outcome}");

    let to_a_file = "aisetu api-keys create --name ci --save-to gha:env#AI_KEY 2> log; cat log; grep -c add-mask log";
    let run = home.shell(&api, to_a_file).env("GITHUB_ACTIONS", "true").env("GITHUB_ENV", file.to_str().unwrap());
    insta::assert_snapshot!(run.outcome().stdout, @"
    error: standard error is a file, where the runner would not be told to mask the secret, and others may read it (BAD_USER_INPUT)
    hint: let standard error be the log of the job
    0
    ");
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
