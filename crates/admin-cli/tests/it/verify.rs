//! `api-keys verify`.

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, samples};

fn verdict(valid: bool, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "valid": valid, "code": code, "keyId": "key_1", "workspaceId": "ws_prod", "environment": "LIVE",
        "scopes": ["inference:*"], "missingScopes": if valid { json!(null) } else { json!(["data:read"]) },
    }))
}

#[test]
fn a_valid_key_exits_with_0() {
    let home = Home::new();
    let api = Api::new().verifies(verdict(true, "VALID"));
    let key = samples::new_key();
    let by_env = home.calls(&api, ["api-keys", "verify", "--secret-env", "KEY", "--scope", "a:b", "--scope", "c:d"]);
    insta::assert_snapshot!(by_env.env("KEY", key.expose()).outcome(), @"
    exit code: 0
    ----- stdout -----
    verdict      VALID
    key          key_1
    workspace    ws_prod
    environment  LIVE
    scopes       inference:*
    ----- stderr -----
    ");
    let by_stdin = home.calls(&api, ["keys", "verify", "--secret-stdin", "-o", "json"]);
    assert_eq!(by_stdin.stdin(&format!("{}\n", key.expose())).outcome().json()["code"], "VALID");
    let expected = [json!({ "key": key.expose(), "scopes": ["a:b", "c:d"] }), json!({ "key": key.expose() })];
    let sent: Vec<serde_json::Value> = api.requests().iter().map(|request| request.body_json().unwrap()).collect();
    assert_eq!(sent, expected);
}

#[test]
fn all_that_a_gateway_saw_of_the_call_is_sent() {
    let home = Home::new();
    let api = Api::new().verifies(verdict(true, "VALID"));
    let key = samples::new_key();
    let line = "keys verify --secret-env KEY --scope a:b --project prj_1 --ip 192.0.2.7 --referrer https://a.example/ --user-agent curl \
        --resource functions --cost 0 --connection own";
    home.calls(&api, line.split_whitespace()).env("KEY", key.expose()).outcome();
    let sent: serde_json::Value = api.requests()[0].body_json().unwrap();
    let expected = json!({ "key": key.expose(), "scopes": ["a:b"], "project": "prj_1", "ip": "192.0.2.7",
        "referrer": "https://a.example/", "userAgent": "curl", "resource": "functions", "cost": 0, "connection": "own" });
    assert_eq!(sent, expected);
}

#[test]
fn any_other_verdict_exits_with_12_and_is_data() {
    let home = Home::new();
    let key = samples::new_key();
    for code in ["INSUFFICIENT_SCOPE", "SOMETHING_NEW"] {
        let api = Api::new().verifies(verdict(false, code));
        let outcome = home
            .calls(&api, ["api-keys", "verify", "--secret-env", "KEY", "-o", "json"])
            .env("KEY", key.expose())
            .outcome();
        assert_eq!(
            (outcome.code, outcome.json()["code"].as_str(), outcome.stderr.as_str()),
            (Some(12), Some(code), "")
        );
    }
    let api = Api::new().verifies(verdict(false, "INSUFFICIENT_SCOPE"));
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "verify", "--secret-env", "KEY"]).env("KEY", key.expose()).outcome(), @"
    exit code: 12
    ----- stdout -----
    verdict         INSUFFICIENT_SCOPE
    key             key_1
    workspace       ws_prod
    environment     LIVE
    scopes          inference:*
    missing scopes  data:read
    ----- stderr -----
    ");
}

#[test]
fn a_verdict_that_contradicts_itself_is_no_yes() {
    let home = Home::new();
    let key = samples::new_key();
    for (valid, code) in [(true, "REVOKED"), (false, "VALID")] {
        let api = Api::new().verifies(verdict(valid, code));
        let outcome =
            home.calls(&api, ["api-keys", "verify", "--secret-env", "KEY"]).env("KEY", key.expose()).outcome();
        assert_eq!(outcome.code, Some(12), "{outcome}");
    }
}

#[test]
fn a_key_that_is_not_there_is_told() {
    let home = Home::new();
    let api = Api::new();
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "verify"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no terminal to ask for the key on (BAD_USER_INPUT)
    hint: give it by `--secret-stdin`, `--secret-file PATH`, `--secret-env NAME` or `--secret-from REFERENCE`
    ");
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "verify", "--secret-env", "KEY"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the variable `KEY` is not set, or empty (BAD_USER_INPUT)
    hint: set `KEY`, and see that it is exported
    ");
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "verify", "--secret-stdin"]).stdin("\n").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: what standard input has is no secret: it is empty (BAD_USER_INPUT)
    hint: put the secret there, and nothing else
    ");
    let long = "k".repeat(5_000);
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "verify", "--secret-stdin", "-o", "json"]).stdin(&long).outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"BAD_USER_INPUT","message":"what standard input has is no secret: it has more than 4096 bytes, which no secret has","hint":"put the secret there, and nothing else","field":"--secret-stdin","exitCode":2}}
    "#);
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn a_token_without_the_scope_is_told() {
    let home = Home::new();
    let error = json!({ "error": {
        "code": "UNAUTHORIZED", "message": "the token lacks the scope `keys:verify`", "requestId": "req_1",
        "hint": "make a token with that scope",
    } });
    let api = Api::new().verifies(ResponseTemplate::new(403).set_body_json(error));
    let outcome =
        home.calls(&api, ["api-keys", "verify", "--secret-env", "KEY"]).env("KEY", samples::new_key().expose());
    insta::assert_snapshot!(outcome.outcome(), @"
    exit code: 5
    ----- stdout -----
    ----- stderr -----
    error: the token lacks the scope `keys:verify` (UNAUTHORIZED, req_1)
    hint: make a token with that scope
    hint: the token (…YHqr) came from `AI_SETU_PAT`
    hint: `aisetu pats create --name NAME --scope keys:verify` makes a token with that scope, if you may give it
    ");
}

#[test]
fn white_space_is_no_part_of_a_key_and_what_is_no_key_is_told() {
    let home = Home::new();
    let key = samples::new_key();
    for given in [format!("{}\n\n", key.expose()), format!(" {} \r\n", key.expose())] {
        let api = Api::new().verifies(verdict(true, "VALID"));
        let outcome = home.calls(&api, ["keys", "verify", "--secret-stdin"]).stdin(&given).outcome();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
        let sent: serde_json::Value = api.requests()[0].body_json().unwrap();
        assert_eq!(sent["key"], key.expose());
    }
    let api = Api::new().verifies(verdict(false, "NOT_FOUND"));
    let cut = &key.expose()[..20];
    let outcome = home.calls(&api, ["keys", "verify", "--secret-stdin"]).stdin(cut).outcome();
    assert_eq!(outcome.code, Some(12));
    assert_eq!(
        outcome.stderr,
        "what was given is no well-formed key: it has 20 characters where a live API key has 44: was it cut, or pasted twice?\n"
    );
}
