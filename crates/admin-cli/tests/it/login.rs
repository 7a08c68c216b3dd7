//! `aisetu auth login`: what is asked, sent, kept and told.

use std::fs;

use admin_local::{Kept, Profile, Profiles};
use admin_token::{Secret, TokenKind};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, Outcome, Run, samples};

pub(crate) fn whoami() -> Value {
    json!({
        "user": { "id": "usr_1", "email": "ada@example.com" },
        "tenant": { "id": "ten_1", "name": "Analytical Engines" },
        "memberships": [{ "id": "mem_1", "role": "OWNER", "workspaceId": null }],
        "pat": new_pat(),
    })
}

/// The token that signing in makes. It expires so late that it never expires soon.
fn new_pat() -> Value {
    let mut pat = samples::pat_item();
    pat["name"] = "sign-in".into();
    pat["scopes"] = json!(["admin:write"]);
    pat["expiresAt"] = "2999-01-01T00:00:00.000Z".into();
    pat
}

pub(crate) fn api() -> Api {
    Api::new()
        .answers("AuthRequestCode", json!({ "challengeId": "chal_1", "expiresAt": "2999-01-01T00:00:00.000Z" }))
        .answers("AuthVerifyCode", samples::issued(&new_pat(), &samples::new_pat()))
        .answers("AuthWhoami", whoami())
        .answers("PatsRevoke", samples::pat_item())
}

/// A command that reaches the API, and has no token.
pub(crate) fn reaching(home: &Home, api: &Api, line: &str) -> Run {
    home.aisetu(line.split(' ')).env("AI_SETU_API_BASE_URL", &api.url())
}

pub(crate) fn profiles(home: &Home) -> Profiles {
    Profiles::in_folder(&home.path().join(".config/aisetu"))
}

/// The token that is in the file of a profile.
fn kept(home: &Home, name: &str) -> Secret {
    match profiles(home).get(name).unwrap().pat {
        Kept::File(pat) => pat,
        Kept::Keyring { .. } => panic!("it is in a keyring"),
    }
}

/// Without how many days are left, which changes by the day.
pub(crate) fn any_day(outcome: &Outcome) -> String {
    let line = |line: &str| match line.split_once("days left") {
        Some((before, _)) => format!("{before}days left [DAYS]\n"),
        None => format!("{line}\n"),
    };
    outcome.to_string().lines().map(line).collect()
}

fn operations(api: &Api) -> Vec<String> {
    api.asked().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn a_code_becomes_a_token_that_the_next_command_uses() {
    let home = Home::new();
    let api = api();
    let outcome = reaching(&home, &api, "auth login --email ada@example.com").stdin("123 456\n").outcome();
    insta::assert_snapshot!(any_day(&outcome), @"
    exit code: 0
    ----- stdout -----
    control plane  [URL]
    profile        default
    email          ada@example.com
    user           usr_1
    tenant         Analytical Engines (ten_1)
    role           OWNER in the whole tenant
    token          pat_2
    token name     sign-in
    token hint     …SaqC
    token scopes   admin:write
    token expires  2999-01-01T00:00:00.000Z
    days left [DAYS]
    token is in    `[HOME]/.config/aisetu/credentials.toml`
    ----- stderr -----
    if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
    the token is in a file that only you can read, because there is no keyring in this session
    ");
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    AuthRequestCode {"input":{"email":"ada@example.com"}}
    AuthVerifyCode {"input":{"challengeId":"chal_1","code":"123 456"}}
    AuthWhoami null
    "#);
    assert!(
        !api.requests()[0].headers.contains_key("authorization")
            && !api.requests()[1].headers.contains_key("authorization")
    );
    let text = home.read(".config/aisetu/credentials.toml");
    let text = text.replace(&api.url(), "[URL]").replace(samples::new_pat().expose(), "[PAT]");
    insta::assert_snapshot!(text, @r#"
    [profile.default]
    base_url = "[URL]"
    pat = "[PAT]"
    expires_at = "2999-01-01T00:00:00.000Z"
    email = "ada@example.com"
    tenant = "ten_1"
    "#);

    let next = home.aisetu(["auth", "whoami"]).outcome();
    assert_eq!(next.code, Some(0), "{next}");
    let bearer = format!("Bearer {}", samples::new_pat().expose());
    assert_eq!(api.requests().last().unwrap().headers["authorization"], bearer.as_str());
    assert_eq!(api.requests().len(), 4);
}

#[test]
fn a_program_reads_who_signed_in() {
    let home = Home::new();
    let api = api();
    let line = "auth login --email ada@example.com --profile lab --tenant ten_1 --scope admin:read --scope keys:verify \
                --expires 30d -o json";
    let outcome = reaching(&home, &api, line).stdin("123456").outcome();
    let mut session = outcome.json();
    assert!(session["token"]["daysLeft"].take().as_i64().unwrap() > 300_000);
    assert_eq!(session["baseUrl"], "[URL]");
    insta::assert_snapshot!(format!("{session:#}\n{}", outcome.stderr), @r#"
    {
      "baseUrl": "[URL]",
      "checked": true,
      "memberships": [
        {
          "id": "mem_1",
          "role": "OWNER",
          "workspaceId": null
        }
      ],
      "path": "[HOME]/.config/aisetu/credentials.toml",
      "profile": "lab",
      "store": "file",
      "tenant": {
        "id": "ten_1",
        "name": "Analytical Engines"
      },
      "token": {
        "daysLeft": null,
        "expiresAt": "2999-01-01T00:00:00.000Z",
        "hint": "SaqC",
        "id": "pat_2",
        "name": "sign-in",
        "scopes": [
          "admin:write"
        ]
      },
      "user": {
        "email": "ada@example.com",
        "id": "usr_1"
      }
    }
    {"note":{"message":"if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1"}}
    {"note":{"message":"the token is in a file that only you can read, because there is no keyring in this session"}}
    {"note":{"message":"commands use it with `--profile lab`, or without after `aisetu profile use lab`"}}
    "#);
    insta::assert_snapshot!(api.asked()[1], @r#"AuthVerifyCode {"input":{"challengeId":"chal_1","code":"123456","expiresIn":"PT720H","scopes":["admin:read","keys:verify"],"tenantId":"ten_1"}}"#);
    assert_eq!(kept(&home, "lab").expose(), samples::new_pat().expose());
}

#[test]
fn without_a_terminal_the_address_and_the_code_must_be_given() {
    let home = Home::new();
    let api = api();
    insta::assert_snapshot!(reaching(&home, &api, "auth login").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask for the e-mail address on (BAD_USER_INPUT)
    hint: give it with `--email ADDRESS`; the code is read from standard input
    ");
    assert_eq!(api.requests().len(), 0);
    insta::assert_snapshot!(reaching(&home, &api, "auth login --email a@b.c").stdin(" \n").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    if a@b.c may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
    error: standard input has no line with something in it (BAD_USER_INPUT)
    hint: write the code there, and a line end
    ");
    assert_eq!(operations(&api), ["AuthRequestCode"]);
}

/// An error of the control plane about a field.
fn about(field: &str, message: &str, hint: &str) -> ResponseTemplate {
    let extensions = json!({ "code": "BAD_USER_INPUT", "requestId": "req_1", "field": field, "hint": hint });
    let error = json!({ "message": message, "extensions": extensions });
    ResponseTemplate::new(200).set_body_json(json!({ "data": null, "errors": [error] }))
}

fn refusing(answer: ResponseTemplate) -> Api {
    Api::new()
        .answers("AuthRequestCode", json!({ "challengeId": "chal_1", "expiresAt": "2999-01-01T00:00:00.000Z" }))
        .responds("AuthVerifyCode", answer)
}

const WRONG: [&str; 2] =
    ["`code` is not the one that was sent; 4 more tries are left", "look at the newest mail; the code is 6 digits"];

#[test]
fn a_wrong_code_is_told_and_nothing_is_kept() {
    let home = Home::new();
    let api = refusing(about("code", WRONG[0], WRONG[1]));
    let outcome = reaching(&home, &api, "auth login --email ada@example.com").stdin("000000\n").outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
    error: `code` is not the one that was sent; 4 more tries are left (BAD_USER_INPUT, req_1)
      field: code
    hint: look at the newest mail; the code is 6 digits
    ");
    assert!(!profiles(&home).path().exists());
}

#[test]
fn who_is_in_several_tenants_signs_in_with_the_same_code() {
    let home = Home::new();
    let message = "`tenantId` is absent, and this person is in several tenants; the code is still good";
    let several = refusing(about("tenantId", message, "name one of ten_1 (One), ten_2 (Two)"));
    let outcome = reaching(&home, &several, "auth login --email ada@example.com").stdin("123456\n").outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
    error: `tenantId` is absent, and this person is in several tenants; the code is still good (BAD_USER_INPUT, req_1)
      field: tenantId
    hint: name one of ten_1 (One), ten_2 (Two)
    hint: the same code works with `aisetu auth login --challenge chal_1 --tenant TENANT`
    ");
    let api = api();
    let again = reaching(&home, &api, "auth login --challenge chal_1 --tenant ten_2").stdin("123456\n").outcome();
    assert_eq!(again.code, Some(0), "{again}");
    assert_eq!(operations(&api), ["AuthVerifyCode", "AuthWhoami"]);
}

#[test]
fn the_first_owner_signs_in_with_a_bootstrap_token() {
    let home = Home::new();
    let api = api();
    let token = samples::token(TokenKind::Bootstrap, 7);
    let line = "auth login --bootstrap --email ada@example.com";
    let outcome = reaching(&home, &api, line).stdin(&format!("{}\n", token.expose())).outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(!outcome.to_string().contains(token.expose()), "{outcome}");
    assert_eq!(operations(&api), ["AuthVerifyCode", "AuthWhoami"]);
    let sent: Value = api.requests()[0].body_json().unwrap();
    assert_eq!(sent["variables"]["input"], json!({ "bootstrapToken": token.expose(), "email": "ada@example.com" }));

    let elsewhere = Api::new();
    let key = samples::token(TokenKind::LiveKey, 7);
    let refused = reaching(&home, &elsewhere, line).hide(&api.url(), "[LAB]");
    let refused = refused.env("AI_SETU_CONFIG_DIR", "other").stdin(key.expose()).outcome();
    insta::assert_snapshot!(refused, @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: what was given is a live API key, and no bootstrap token; nothing was sent (BAD_USER_INPUT)
    hint: `aisetu-server init` prints one
    ");
    let refused = reaching(&home, &elsewhere, line).env("AI_SETU_CONFIG_DIR", "other").stdin("hunter2").outcome();
    insta::assert_snapshot!(refused, @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: what was given is no bootstrap token: it does not start with a known prefix such as `tt_pat_` or `tt_live_`; nothing was sent (BAD_USER_INPUT)
    hint: `aisetu-server init` prints one
    ");
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn a_token_that_cannot_be_kept_is_revoked_with_itself() {
    let home = Home::new();
    let api = api();
    fs::create_dir_all(home.path().join(".config/aisetu")).unwrap();
    let path = home.path().join(".config/aisetu/credentials.toml");
    fs::write(&path, "profile = 1\n").unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let outcome = reaching(&home, &api, "auth login --email ada@example.com").stdin("123456\n").outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
    error: the secret of personal access token `pat_2` could not be handed over, so the token was revoked (DELIVERY_FAILED)
      caused by: profile `default` in `[HOME]/.config/aisetu/credentials.toml` has no `profile` that is a table
    ");
    assert_eq!(operations(&api), ["AuthRequestCode", "AuthVerifyCode", "AuthWhoami", "PatsRevoke"]);
    let bearer = format!("Bearer {}", samples::new_pat().expose());
    assert_eq!(api.requests()[3].headers["authorization"], bearer.as_str());
    assert_eq!(fs::read_to_string(path).unwrap(), "profile = 1\n");

    let stuck = refusing(
        ResponseTemplate::new(200)
            .set_body_json(json!({ "data": { "authVerifyCode": samples::issued(&new_pat(), &samples::new_pat()) } })),
    )
    .answers("AuthWhoami", whoami())
    .refuses("PatsRevoke", "UNAUTHORIZED", "the token has no scope that allows it");
    let outcome = reaching(&home, &stuck, "auth login --email ada@example.com").stdin("123456\n").outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
    error: the secret of personal access token `pat_2` could not be handed over, and the token could not be revoked (the token has no scope that allows it) (DELIVERY_FAILED)
      caused by: profile `default` in `[HOME]/.config/aisetu/credentials.toml` has no `profile` that is a table
    hint: nobody has its secret: run `aisetu pats revoke pat_2 --yes`
    ");
}

#[test]
fn a_file_that_cannot_be_read_is_told_before_a_code_is_asked_for() {
    let home = Home::new();
    let api = api();
    fs::create_dir_all(home.path().join(".config/aisetu")).unwrap();
    fs::write(home.path().join(".config/aisetu/credentials.toml"), "nonsense").unwrap();
    let outcome = reaching(&home, &api, "auth login --email ada@example.com").stdin("123456\n").outcome();
    assert_eq!((outcome.code, api.requests().len()), (Some(2), 0), "{outcome}");
}

#[test]
fn the_profile_of_another_host_is_replaced_only_by_name() {
    let home = Home::new();
    let api = api();
    profiles(&home).put("default", &Profile::new("https://lab.example".parse().unwrap(), samples::pat())).unwrap();
    let refused = reaching(&home, &api, "auth login --email ada@example.com").stdin("123456\n").outcome();
    insta::assert_snapshot!(refused, @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the profile `default` is for https://lab.example, and its token would be replaced by one for [URL] (BAD_USER_INPUT)
    hint: name another profile with `--profile NAME`, or this one to replace it
    ");
    assert_eq!(api.requests().len(), 0);
    let named =
        reaching(&home, &api, "auth login --email ada@example.com --profile default").stdin("123456\n").outcome();
    assert_eq!(named.code, Some(0), "{named}");
    assert_eq!(kept(&home, "default").expose(), samples::new_pat().expose());
    // What a person put there by hand is not revoked: they may use it elsewhere.
    assert!(!operations(&api).contains(&"PatsRevoke".to_owned()));
}

#[test]
fn the_token_of_the_sign_in_before_is_revoked_at_its_own_host() {
    let home = Home::new();
    let (before, after) = (api(), api());
    let login = |api: &Api| {
        reaching(&home, api, "auth login --email ada@example.com --profile lab -q -o json").stdin("123456\n").outcome()
    };
    assert_eq!(login(&before).code, Some(0));
    // As if the first sign-in had got another token.
    let path = home.path().join(".config/aisetu/credentials.toml");
    let text = fs::read_to_string(&path).unwrap().replace(samples::new_pat().expose(), samples::pat().expose());
    fs::write(&path, text).unwrap();
    let outcome =
        reaching(&home, &after, "auth login --email ada@example.com --profile lab").stdin("123456\n").outcome();
    insta::assert_snapshot!(outcome.stderr, @"
    if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
    the token before it (…YHqr) was revoked
    the token is in a file that only you can read, because there is no keyring in this session
    commands use it with `--profile lab`, or without after `aisetu profile use lab`
    ");
    assert_eq!(operations(&before)[3..], ["AuthWhoami", "PatsRevoke"]);
    let bearer = format!("Bearer {}", samples::pat().expose());
    assert!(before.requests()[3..].iter().all(|request| request.headers["authorization"] == bearer.as_str()));
    assert!(
        after.requests().iter().all(|request| request.headers.get("authorization").is_none_or(|sent| *sent != *bearer))
    );
}

#[test]
fn a_token_in_the_environment_is_said_to_win() {
    let home = Home::new();
    let api = api();
    let run = reaching(&home, &api, "auth login --email ada@example.com").env("AI_SETU_PAT", samples::pat().expose());
    let outcome = run.stdin("123456\n").outcome();
    insta::assert_snapshot!(outcome.stderr, @"
    if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
    the token is in a file that only you can read, because there is no keyring in this session
    warning: `AI_SETU_PAT` is set and wins over what was kept now: unset it, or name the profile with `--profile default`
    ");
    let bearer = format!("Bearer {}", samples::pat().expose());
    assert!(
        api.requests().iter().all(|request| request.headers.get("authorization").is_none_or(|sent| *sent != *bearer))
    );
}

#[test]
fn a_control_plane_that_fails_is_told_and_nothing_is_sent_twice_that_may_have_happened() {
    let home = Home::new();
    let down = Api::new().responds("AuthRequestCode", ResponseTemplate::new(503));
    let outcome = reaching(&home, &down, "auth login --email ada@example.com").stdin("123456\n").outcome();
    assert_eq!(outcome.code, Some(9), "{outcome}");

    for status in [500, 502, 503] {
        let failing = refusing(ResponseTemplate::new(status));
        let outcome = reaching(&home, &failing, "auth login --email ada@example.com").stdin("123456\n").outcome();
        assert!(matches!(outcome.code, Some(1 | 9)), "{outcome}");
        assert_eq!(operations(&failing), ["AuthRequestCode", "AuthVerifyCode"]);
    }
    let nobody = home.aisetu(["auth", "login", "--email", "a@b.c", "--base-url", "http://127.0.0.1:1"]).outcome();
    assert_eq!(nobody.code, Some(9), "{nobody}");
    let clear = home.aisetu(["auth", "login", "--email", "a@b.c", "--base-url", "http://lab.example"]).outcome();
    insta::assert_snapshot!(clear, @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the base URL from `--base-url` cannot be used: `http` to `lab.example` would send the token in the clear over the network (CONFIG)
    hint: use `https`; on a network that you trust, `AI_SETU_ALLOW_HTTP=1` allows `http`
    ");
    assert!(!profiles(&home).path().exists());
}

#[test]
fn a_token_whose_owner_cannot_be_asked_is_kept_all_the_same() {
    let home = Home::new();
    let api = Api::new().answers("AuthVerifyCode", samples::issued(&new_pat(), &samples::new_pat())).refuses(
        "AuthWhoami",
        "INTERNAL",
        "the disk is full",
    );
    let outcome = reaching(&home, &api, "auth login --challenge chal_1").stdin("123456\n").outcome();
    insta::assert_snapshot!(any_day(&outcome), @"
    exit code: 0
    ----- stdout -----
    control plane  [URL]
    profile        default
    token hint     …SaqC
    token expires  2999-01-01T00:00:00.000Z
    days left [DAYS]
    token is in    `[HOME]/.config/aisetu/credentials.toml`
    ----- stderr -----
    warning: who that is could not be asked: the disk is full
    the token is in a file that only you can read, because there is no keyring in this session
    ");
}

#[test]
fn the_plain_operations_have_commands_too() {
    let home = Home::new();
    let api = api();
    insta::assert_snapshot!(reaching(&home, &api, "auth request-code --email ada@example.com").outcome(), @"
    exit code: 0
    ----- stdout -----
    challenge     chal_1
    code expires  2999-01-01T00:00:00.000Z
    ----- stderr -----
    ");
    let line = "auth verify-code --challenge chal_1 --tenant ten_1 --scope admin:read --expires 1h --secret-stdin --save-to file:pat";
    insta::assert_snapshot!(reaching(&home, &api, line).stdin("123456\n").outcome(), @"
    exit code: 0
    ----- stdout -----
    id       pat_2
    name     sign-in
    state    ACTIVE
    hint     …SaqC
    scopes   admin:write
    user     usr_1
    expires  2999-01-01T00:00:00.000Z
    created  2026-11-01T08:00:00.000Z
    ----- stderr -----
    the secret (…SaqC) is in `pat`
    ");
    assert_eq!(home.read("pat"), samples::new_pat().expose());
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    AuthRequestCode {"input":{"email":"ada@example.com"}}
    AuthVerifyCode {"input":{"challengeId":"chal_1","code":"123456","expiresIn":"PT1H","scopes":["admin:read"],"tenantId":"ten_1"}}
    "#);
    assert!(!profiles(&home).path().exists(), "it keeps nothing by itself");

    // One that cannot be handed over is revoked with itself.
    let full = home.line("echo 123456 | aisetu auth verify-code --challenge chal_1 --secret-stdin > /dev/full");
    let outcome = full.env("AI_SETU_API_BASE_URL", &api.url()).outcome();
    assert_eq!(outcome.code, Some(11), "{outcome}");
    let bearer = format!("Bearer {}", samples::new_pat().expose());
    assert_eq!(api.requests().last().unwrap().headers["authorization"], bearer.as_str());
    assert_eq!(operations(&api).last().unwrap(), "PatsRevoke");
    for (line, why) in [
        ("auth verify-code --secret-stdin", "--challenge"),
        ("auth verify-code --challenge chal_1", "--secret-stdin"),
        ("auth verify-code --bootstrap --secret-stdin", "--email"),
        ("auth login --challenge chal_1 --bootstrap", "cannot be used with"),
        ("auth login --idempotency-key k-1", "signing in keeps no answer"),
    ] {
        let refused = reaching(&home, &api, line).outcome();
        assert!(refused.code == Some(2) && refused.stderr.contains(why), "{line}: {refused}");
    }
}

#[cfg(unix)]
mod on_a_terminal {
    use std::sync::Mutex;

    use wiremock::{Request, Respond};

    use super::*;
    use crate::harness::typing;

    /// Gives one answer after the other.
    struct InTurn(Mutex<Vec<ResponseTemplate>>);

    impl Respond for InTurn {
        fn respond(&self, _: &Request) -> ResponseTemplate {
            self.0.lock().unwrap().remove(0)
        }
    }

    fn in_turn(mut answers: Vec<ResponseTemplate>) -> Api {
        let issued = samples::issued(&new_pat(), &samples::new_pat());
        answers.push(ResponseTemplate::new(200).set_body_json(json!({ "data": { "authVerifyCode": issued } })));
        Api::new()
            .answers("AuthRequestCode", json!({ "challengeId": "chal_1", "expiresAt": "2999-01-01T00:00:00.000Z" }))
            .responds("AuthVerifyCode", InTurn(Mutex::new(answers)))
            .answers("AuthWhoami", whoami())
    }

    #[test]
    fn a_person_is_asked_for_what_is_missing_and_again_for_what_is_wrong() {
        let home = Home::new();
        let several = "`tenantId` is absent, and this person is in several tenants; the code is still good";
        let api = in_turn(vec![
            about("code", WRONG[0], WRONG[1]),
            about("tenantId", several, "name one of ten_1 (One), ten_2 (Two)"),
        ]);
        let answers = ["ada@example.com\n", "111111\n", "123456\n", "ten_1\n"];
        let outcome = typing(reaching(&home, &api, "auth login"), &answers);
        insta::assert_snapshot!(any_day(&outcome), @"
        exit code: 0
        ----- stdout -----
        control plane  [URL]
        profile        default
        email          ada@example.com
        user           usr_1
        tenant         Analytical Engines (ten_1)
        role           OWNER in the whole tenant
        token          pat_2
        token name     sign-in
        token hint     …SaqC
        token scopes   admin:write
        token expires  2999-01-01T00:00:00.000Z
        days left [DAYS]
        token is in    `[HOME]/.config/aisetu/credentials.toml`
        ----- stderr -----
        E-mail address: ada@example.com
        if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
        Code: 111111
        error: `code` is not the one that was sent; 4 more tries are left (BAD_USER_INPUT, req_1)
          field: code
        hint: look at the newest mail; the code is 6 digits
        Code: 123456
        error: `tenantId` is absent, and this person is in several tenants; the code is still good (BAD_USER_INPUT, req_1)
          field: tenantId
        hint: name one of ten_1 (One), ten_2 (Two)
        Tenant (ten_…): ten_1
        the token is in a file that only you can read, because there is no keyring in this session
        ");
        insta::assert_snapshot!(api.asked().join("\n"), @r#"
        AuthRequestCode {"input":{"email":"ada@example.com"}}
        AuthVerifyCode {"input":{"challengeId":"chal_1","code":"111111"}}
        AuthVerifyCode {"input":{"challengeId":"chal_1","code":"123456"}}
        AuthVerifyCode {"input":{"challengeId":"chal_1","code":"123456","tenantId":"ten_1"}}
        AuthWhoami null
        "#);
    }

    #[test]
    fn what_no_answer_mends_is_not_asked_for_again() {
        let home = Home::new();
        let api = in_turn(vec![about(
            "challengeId",
            "`challengeId` is over: the 10 minutes of its code have passed",
            "ask for a new code",
        )]);
        let outcome = typing(reaching(&home, &api, "auth login --email ada@example.com"), &["111111\n"]);
        assert_eq!((outcome.code, api.requests().len()), (Some(2), 2), "{outcome}");

        let wrong = || about("code", WRONG[0], WRONG[1]);
        let api = in_turn(vec![wrong(), wrong(), wrong(), wrong(), wrong()]);
        let outcome = typing(reaching(&home, &api, "auth login --email ada@example.com"), &["111111\n"; 5]);
        assert_eq!((outcome.code, api.requests().len()), (Some(2), 6), "{outcome}");
    }

    #[test]
    fn a_bootstrap_token_is_not_shown() {
        let home = Home::new();
        let api = in_turn(Vec::new());
        let token = samples::token(TokenKind::Bootstrap, 7);
        let run = reaching(&home, &api, "auth login --bootstrap");
        let outcome = typing(run, &["ada@example.com\n", &format!("{}\n", token.expose())]);
        assert_eq!(outcome.code, Some(0), "{outcome}");
        assert!(!outcome.stderr.contains(token.expose()) && outcome.stderr.contains("ada@example.com\n"), "{outcome}");
    }

    #[test]
    fn ctrl_c_at_a_question_ends_it() {
        let home = Home::new();
        let api = in_turn(Vec::new());
        let outcome = typing(reaching(&home, &api, "auth login"), &["ada@example.com\n", "\u{3}"]);
        assert_eq!((outcome.code, api.requests().len()), (Some(130), 1), "{outcome}");
        assert!(!profiles(&home).path().exists());
    }
}
