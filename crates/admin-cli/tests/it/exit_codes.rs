//! The exit code of each error of an API. What the client finds by itself is tested where it is found.

use wiremock::ResponseTemplate;

use crate::harness::{Api, Home};

#[test]
fn each_code_of_the_api_has_its_exit_code() {
    let home = Home::new();
    for (code, number) in [
        ("BAD_USER_INPUT", 2),
        ("UNAUTHORIZED", 5),
        ("NOT_FOUND", 6),
        ("CONFLICT", 7),
        ("IDEMPOTENCY_MISMATCH", 7),
        ("ALREADY_CREATED", 7),
        ("LIMIT_EXCEEDED", 8),
        ("PAYMENT_REQUIRED", 8),
        ("INTERNAL", 1),
        ("SOMETHING_NEW", 1),
    ] {
        let api = Api::new().refuses("WorkspacesGet", code, "because");
        let outcome = home.calls(&api, ["workspaces", "get", "ws_1", "-o", "json"]).outcome();
        let error = outcome.error();
        assert_eq!((error["code"].as_str(), outcome.code), (Some(code), Some(number)), "{outcome}");
        assert_eq!(
            (error["message"].as_str(), error["requestId"].as_str()),
            (Some("because"), Some("req_1")),
            "{outcome}"
        );
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_code_that_passes_is_tried_again_until_the_deadline() {
    let home = Home::new();
    for (code, number) in [("RATE_LIMITED", 8), ("UNAVAILABLE", 9), ("IDEMPOTENCY_IN_FLIGHT", 7)] {
        let api = Api::new().refuses("WorkspacesCreate", code, "later");
        let arguments = ["workspaces", "create", "--name", "x", "-o", "json", "--timeout", "1s"];
        let outcome = home.calls(&api, arguments).outcome();
        let given = outcome.error()["code"].as_str().map(str::to_owned);
        // The deadline may pass within the last attempt.
        let expected = if given.as_deref() == Some("TIMEOUT") { 9 } else { number };
        assert_eq!(outcome.code, Some(expected), "{outcome}");
        let keys: Vec<_> = api.requests().iter().map(|request| request.headers["idempotency-key"].clone()).collect();
        assert!(keys.len() > 1 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }
}

#[test]
fn an_error_is_told_with_field_hint_object_and_request() {
    let home = Home::new();
    let body = serde_json::json!({ "errors": [{ "message": "a key `ci` was created already", "extensions": {
        "code": "ALREADY_CREATED", "field": "name", "hint": "rotate it to get a new secret", "requestId": "req_7",
        "object": { "id": "key_1", "hint": "4c2e" },
    } }] });
    let api = Api::always(ResponseTemplate::new(200).set_body_json(body));
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "list"]).outcome(), @"
    exit code: 7
    ----- stdout -----
    ----- stderr -----
    error: a key `ci` was created already (ALREADY_CREATED, req_7)
      field: name
      about: key_1 (…4c2e)
    hint: rotate it to get a new secret
    ");
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "list", "-o", "json"]).outcome(), @r#"
    exit code: 7
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"ALREADY_CREATED","message":"a key `ci` was created already","hint":"rotate it to get a new secret","field":"name","object":{"id":"key_1","hint":"4c2e"},"requestId":"req_7","exitCode":7}}
    "#);
}
