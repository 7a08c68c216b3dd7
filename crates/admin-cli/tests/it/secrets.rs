//! New secrets: where they go, and what happens when they cannot.

use std::fs;

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::harness::{Api, Home, samples, wait};

/// An API that makes, rotates and undoes.
fn api() -> Api {
    let issued = samples::issued(&samples::api_key(), &samples::new_key());
    let rotated = samples::issued(&samples::rotating_api_key(), &samples::new_key());
    Api::answering("ApiKeysCreate", issued)
        .answers("ApiKeysRotate", rotated)
        .answers("ApiKeysRevoke", samples::api_key())
        .answers("ApiKeysRollbackRotation", samples::api_key())
        .answers("ApiKeysFinishRotation", samples::api_key())
        .answers("PatsCreate", samples::issued(&samples::pat_item(), &samples::new_pat()))
        .answers("PatsRevoke", samples::pat_item())
}

/// The names of the operations that were asked for.
fn operations(api: &Api) -> Vec<String> {
    api.asked().iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
}

/// An API that removes a folder before it answers, as a user might at the wrong moment.
fn removing(folder: std::path::PathBuf, operation: &str, data: &Value) -> Api {
    let field = format!("{}{}", operation[..1].to_ascii_lowercase(), &operation[1..]);
    let body = json!({ "data": { field: data } });
    Api::new().responds(operation, move |_: &Request| {
        fs::remove_dir_all(&folder).unwrap();
        ResponseTemplate::new(200).set_body_json(&body)
    })
}

#[test]
fn on_standard_output_the_secret_is_the_only_line() {
    let home = Home::new();
    let api = api();
    let run = home.calls(&api, ["api-keys", "create", "--name", "ci"]);
    insta::assert_snapshot!(run.hide(samples::new_key().expose(), "[SECRET]").outcome(), @"
    exit code: 0
    ----- stdout -----
    [SECRET]
    ----- stderr -----
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
    the secret is on standard output; it cannot be shown again
    ");
    let run = home.calls(&api, ["pats", "create", "--name", "ci", "--scope", "admin:read", "-q"]);
    insta::assert_snapshot!(run.hide(samples::new_pat().expose(), "[SECRET]").outcome(), @"
    exit code: 0
    ----- stdout -----
    [SECRET]
    ----- stderr -----
    ");
    let line = "KEY=$(aisetu keys create --name ci -q); test ${#KEY} = 44 && echo in the variable";
    assert_eq!(home.shell(&api, line).outcome().stdout, "in the variable\n");
}

#[test]
fn a_program_gets_the_pair() {
    let home = Home::new();
    let api = api();
    let run = home.calls(&api, ["api-keys", "create", "--name", "ci", "-o", "json"]);
    let outcome = run.hide(samples::new_key().expose(), "[SECRET]").outcome();
    assert_eq!(outcome.json(), json!({ "item": samples::api_key(), "secret": "[SECRET]" }), "{outcome}");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_file_or_a_variable_takes_the_secret_and_nothing_shows_it() {
    let home = Home::new();
    let api = api();
    let outcome = home.calls(&api, ["api-keys", "create", "--name", "ci", "--save-to", "file:key.txt"]).outcome();
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
    the secret (…C63W) is in `key.txt`
    ");
    assert_eq!(home.read("key.txt"), samples::new_key().expose());
    fs::write(home.path().join(".env"), "# mine\nexport KEY='old'\n").unwrap();
    let outcome = home
        .calls(
            &api,
            ["pats", "create", "--name", "ci", "--scope", "a:b", "--save-to", "env:.env#KEY", "-o", "json", "--yes"],
        )
        .outcome();
    assert_eq!(outcome.json(), samples::pat_item(), "{outcome}");
    insta::assert_snapshot!(outcome.stderr, @r#"
    {"warning":{"message":"`.env` was readable by other users; from now on only its owner can read it"}}
    {"note":{"message":"the secret (…SaqC) is in `.env` as `KEY`"}}
    "#);
    assert_eq!(home.read(".env"), format!("# mine\nexport KEY='{}'\n", samples::new_pat().expose()));
}

#[test]
fn a_place_that_cannot_take_it_is_told_before_anything_is_made() {
    let home = Home::new();
    let api = api();
    fs::create_dir(home.path().join("folder")).unwrap();
    fs::write(home.path().join("old"), "precious").unwrap();
    let create = |sink: &str| home.calls(&api, ["api-keys", "create", "--name", "ci", "--save-to", sink]).outcome();
    insta::assert_snapshot!(create("file:old"), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: `old` exists already, and a secret never overwrites a file; nothing was changed (DELIVERY_FAILED)
    hint: name a new file, or move `old` away
    ");
    insta::assert_snapshot!(create("file:none/key"), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: there is no folder `none`; nothing was changed (DELIVERY_FAILED)
    hint: make it with `mkdir -p none`
    ");
    insta::assert_snapshot!(create("env:folder#KEY"), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: `folder` is not a regular file; nothing was changed (DELIVERY_FAILED)
    hint: name a file in it, such as `folder/secret`
    ");
    let outcome = home
        .calls(&api, ["pats", "create", "--name", "x", "--scope", "a:b", "--save-to", "file:old", "-o", "json"])
        .outcome();
    assert_eq!((outcome.error()["code"].as_str(), outcome.code), (Some("DELIVERY_FAILED"), Some(11)), "{outcome}");
    // Permissions stop no root, a limit on the size of files does.
    let line = "ulimit -f 0; exec aisetu api-keys rotate key_1 --yes --save-to";
    insta::assert_snapshot!(home.shell(&api, &format!("{line} file:new")).outcome(), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: cannot write to a new file in `.`; nothing was changed (DELIVERY_FAILED)
      caused by: File too large (os error 27)
    ");
    insta::assert_snapshot!(home.shell(&api, &format!("{line} env:new#KEY")).outcome(), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: cannot write to a new file in `[HOME]`; nothing was changed (DELIVERY_FAILED)
      caused by: File too large (os error 27)
    ");
    insta::assert_snapshot!(home.shell(&api, "aisetu api-keys create --name ci > /dev/null").outcome(), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: standard output leads nowhere, and the new secret would be lost; nothing was changed (DELIVERY_FAILED)
    hint: name a place for it with `--save-to file:PATH` or `--save-to env:PATH#VAR`
    ");
    assert_eq!(home.shell(&api, "aisetu api-keys create --name ci >&-").outcome().code, Some(11));
    assert_eq!(api.requests().len(), 0);
    assert_eq!(home.read("old"), "precious");
    let mut left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["folder", "old"]);
}

#[test]
fn a_new_key_whose_secret_did_not_arrive_is_revoked() {
    let home = Home::new();
    let folder = home.path().join("sub");
    fs::create_dir(&folder).unwrap();
    let issued = samples::issued(&samples::api_key(), &samples::new_key());
    let api = removing(folder, "ApiKeysCreate", &issued).answers("ApiKeysRevoke", samples::api_key());
    let outcome = home.calls(&api, ["api-keys", "create", "--name", "ci", "--save-to", "file:sub/key"]).outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: the secret of API key `key_1` could not be handed over, so the key was revoked (DELIVERY_FAILED)
      caused by: cannot write to a new file in `sub`
      caused by: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(api.asked()[1], @r#"ApiKeysRevoke {"input":{"code":"UNUSED","id":"key_1","reason":"its secret could not be handed over"}}"#);
    assert_eq!(operations(&api), ["ApiKeysCreate", "ApiKeysRevoke"]);
}

#[test]
fn a_new_token_that_did_not_arrive_is_revoked() {
    let home = Home::new();
    let folder = home.path().join("sub");
    fs::create_dir(&folder).unwrap();
    let issued = samples::issued(&samples::pat_item(), &samples::new_pat());
    let api = removing(folder, "PatsCreate", &issued).answers("PatsRevoke", samples::pat_item());
    let arguments = "pats create --name ci --scope admin:read --save-to env:sub/.env#PAT -o json";
    let outcome = home.calls(&api, arguments.split(' ')).outcome();
    insta::assert_snapshot!(outcome, @r#"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"DELIVERY_FAILED","message":"the secret of personal access token `pat_2` could not be handed over, so the token was revoked: cannot open `[HOME]/sub`: No such file or directory (os error 2)","object":{"id":"pat_2"},"exitCode":11}}
    "#);
    assert_eq!(operations(&api), ["PatsCreate", "PatsRevoke"]);
    let key = |number: usize| api.requests()[number].headers["idempotency-key"].clone();
    assert_ne!(key(0), key(1), "the undoing is a call of its own");
}

#[test]
fn what_an_earlier_run_may_have_handed_over_is_not_revoked() {
    let home = Home::new();
    let folder = home.path().join("sub");
    fs::create_dir(&folder).unwrap();
    let issued = samples::issued(&samples::pat_item(), &samples::new_pat());
    let body = json!({ "data": { "patsCreate": issued } });
    let api = Api::new().responds("PatsCreate", move |_: &Request| {
        fs::remove_dir_all(&folder).unwrap();
        ResponseTemplate::new(200).set_body_json(&body).insert_header("idempotency-replayed", "true")
    });
    let arguments = "pats create --name ci --scope admin:read --save-to env:sub/.env#PAT --idempotency-key k";
    insta::assert_snapshot!(home.calls(&api, arguments.split(' ')).outcome(), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: the secret of personal access token `pat_2` could not be handed over, and the token was not revoked: an earlier run under the same idempotency key may have handed it over (DELIVERY_FAILED)
      caused by: cannot open `[HOME]/sub`
      caused by: No such file or directory (os error 2)
    hint: within 10 minutes the same command under the same key hands it over; if nobody has it: `aisetu pats revoke pat_2 --yes`
    ");
    assert_eq!(operations(&api), ["PatsCreate"]);
}

#[test]
fn a_rotation_whose_secret_did_not_arrive_is_rolled_back() {
    let home = Home::new();
    let folder = home.path().join("sub");
    fs::create_dir(&folder).unwrap();
    let issued = samples::issued(&samples::rotating_api_key(), &samples::new_key());
    let api = removing(folder, "ApiKeysRotate", &issued).answers("ApiKeysRollbackRotation", samples::api_key());
    let outcome =
        home.calls(&api, "api-keys rotate key_1 --grace 0s --yes --save-to file:sub/key".split(' ')).outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: the secret of API key `key_1` could not be handed over, so the rotation was rolled back (DELIVERY_FAILED)
      caused by: cannot write to a new file in `sub`
      caused by: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    ApiKeysRotate {"input":{"grace":"PT1M","id":"key_1"}}
    ApiKeysRollbackRotation {"id":"key_1"}
    "#);
}

#[test]
fn what_could_not_be_undone_is_told_with_the_command_that_does() {
    let home = Home::new();
    let folder = home.path().join("sub");
    fs::create_dir(&folder).unwrap();
    let issued = samples::issued(&samples::api_key(), &samples::new_key());
    let api = removing(folder, "ApiKeysCreate", &issued).refuses("ApiKeysRevoke", "INTERNAL", "the disk is full");
    let outcome = home.calls(&api, ["api-keys", "create", "--name", "ci", "--save-to", "file:sub/key"]).outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: the secret of API key `key_1` could not be handed over, and the key could not be revoked (the disk is full) (DELIVERY_FAILED)
      caused by: cannot write to a new file in `sub`
      caused by: No such file or directory (os error 2)
    hint: nobody has its secret: run `aisetu api-keys revoke key_1 --yes`
    ");
}

#[test]
fn a_rotation_that_left_one_secret_is_mended_by_another() {
    let home = Home::new();
    let folder = home.path().join("sub");
    fs::create_dir(&folder).unwrap();
    let issued = samples::issued(&samples::api_key(), &samples::new_key());
    let api = removing(folder, "ApiKeysRotate", &issued);
    let outcome = home.calls(&api, "api-keys rotate key_1 --yes --save-to file:sub/key".split(' ')).outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: the secret of API key `key_1` could not be handed over, and the rotation cannot be rolled back any more (DELIVERY_FAILED)
      caused by: cannot write to a new file in `sub`
      caused by: No such file or directory (os error 2)
    hint: nobody has its secret: run `aisetu api-keys rotate key_1 --yes`
    ");
    assert_eq!(operations(&api), ["ApiKeysRotate"], "there is nothing to go back to");
}

#[test]
fn a_secret_that_nobody_read_is_undone() {
    let home = Home::new();
    let full = api();
    insta::assert_snapshot!(home.shell(&full, "aisetu api-keys create --name ci > /dev/full").outcome(), @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    error: the secret of API key `key_1` could not be handed over, so the key was revoked (DELIVERY_FAILED)
      caused by: cannot write to standard output: No space left on device (os error 28)
    ");
    assert_eq!(operations(&full), ["ApiKeysCreate", "ApiKeysRevoke"]);

    let gone = api();
    for arguments in ["api-keys create --name ci -o json", "api-keys rotate key_1 --yes"] {
        let mut child = home.calls(&gone, arguments.split(' ')).spawn();
        drop(child.stdout.take());
        let output = wait(child);
        assert_eq!(output.status.code(), Some(11), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(operations(&gone), ["ApiKeysCreate", "ApiKeysRevoke", "ApiKeysRotate", "ApiKeysRollbackRotation"]);
}

#[test]
fn a_rotation_without_grace_is_finished_once_the_secret_is_there() {
    let home = Home::new();
    let api = api();
    let outcome = home.calls(&api, "api-keys rotate key_1 --grace 0s --yes --save-to file:key".split(' ')).outcome();
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
    the secret (…C63W) is in `key`
    ");
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    ApiKeysRotate {"input":{"grace":"PT1M","id":"key_1"}}
    ApiKeysFinishRotation {"id":"key_1"}
    "#);
    assert_eq!(home.read("key"), samples::new_key().expose());
}

#[test]
fn a_rotation_that_could_not_be_finished_is_warned_of() {
    let home = Home::new();
    let rotated = samples::issued(&samples::rotating_api_key(), &samples::new_key());
    let api = Api::answering("ApiKeysRotate", rotated).refuses("ApiKeysFinishRotation", "CONFLICT", "another one runs");
    let outcome = home.calls(&api, "api-keys rotate key_1 --grace 0s --yes --save-to file:key".split(' ')).outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 0
    ----- stdout -----
    id              key_1
    name            ci
    description     for the build
    environment     LIVE
    state           ACTIVE
    hint            …C63W
    scopes          inference:*
    workspace       ws_prod
    created         2026-11-01T08:00:00.000Z
    created by      usr_1
    metadata        team=core
    old secret      …v1v1
    it works until  2026-11-23T09:30:00.000Z
    ----- stderr -----
    warning: the old secret works for up to 1m more, because the rotation could not be finished: another one runs
    the secret (…C63W) is in `key`
    ");
}

#[test]
fn a_rotation_that_left_one_secret_needs_no_finish() {
    let home = Home::new();
    let api = Api::answering("ApiKeysRotate", samples::issued(&samples::api_key(), &samples::new_key()));
    let outcome = home.calls(&api, "api-keys rotate key_1 --grace 0s --yes --save-to file:key".split(' ')).outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(operations(&api), ["ApiKeysRotate"]);
}
