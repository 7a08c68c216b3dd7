//! The data plane: the verdict on a presented key, and reports of usage.

use admin_core::{Error, ErrorCode, Secret, UsageEvent, UsageReport, VerifyCode, VerifyRequest, api_keys::Environment};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{answers, client, ok, requests, told};

fn request() -> VerifyRequest {
    VerifyRequest::new(Secret::new("tt_live_presented"))
}

#[tokio::test]
async fn a_verification_sends_the_key_in_the_body_and_nowhere_else() {
    let server = answers([ok(json!({ "valid": true, "code": "VALID" }))]).await;
    let gateway = client(&server.uri()).gateway();
    gateway.verify(request()).await.unwrap();
    gateway.verify(request().scope("inference:execute").scope("data:read")).await.unwrap();

    let requests = requests(&server).await;
    assert_eq!(requests[0].url.path(), "/v1/keys/verify");
    assert_eq!(requests[0].body_json::<Value>().unwrap(), json!({ "key": "tt_live_presented" }));
    assert_eq!(
        requests[1].body_json::<Value>().unwrap(),
        json!({ "key": "tt_live_presented", "scopes": ["inference:execute", "data:read"] })
    );
    assert!(!format!("{:?}", requests[0].headers).contains("presented"));
    assert!(requests[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_verdict_is_read_with_all_that_comes_with_it() {
    let verdict = json!({
        "valid": true,
        "code": "VALID",
        "keyId": "key_1",
        "workspaceId": "ws_1",
        "environment": "LIVE",
        "scopes": ["inference:*"],
        "expiresAt": "2026-12-01T00:00:00.000Z",
        "metadata": { "team": "a" },
        "somethingNew": 1,
    });
    let server = answers([ok(verdict)]).await;
    let verification = client(&server.uri()).gateway().verify(request()).await.unwrap();
    assert_eq!(verification.environment, Some(Environment::Live));
    insta::assert_snapshot!(serde_json::to_string(&verification).unwrap(), @r#"{"valid":true,"code":"VALID","keyId":"key_1","workspaceId":"ws_1","environment":"LIVE","scopes":["inference:*"],"missingScopes":null,"expiresAt":"2026-12-01T00:00:00.000Z","metadata":{"team":"a"},"retryAfterMs":null,"nextAllowedAt":null,"resetsAt":null,"rateLimit":null}"#);
}

#[tokio::test]
async fn a_denial_is_an_answer_and_no_error() {
    for (code, expected) in [
        ("NOT_FOUND", VerifyCode::NotFound),
        ("RATE_LIMITED", VerifyCode::RateLimited),
        ("OUT_OF_FASHION", VerifyCode::Unknown("OUT_OF_FASHION".into())),
    ] {
        let server = answers([ok(json!({ "valid": false, "code": code }))]).await;
        let verification = client(&server.uri()).gateway().verify(request()).await.unwrap();
        assert_eq!((verification.valid, verification.code), (false, expected));
        assert_eq!(requests(&server).await.len(), 1, "a verdict is not tried again");
    }
}

#[tokio::test]
async fn an_error_of_the_data_plane_keeps_its_code() {
    let body = json!({ "error": { "code": "BAD_USER_INPUT", "message": "`scopes` has 51 entries, and may have 50", "field": "scopes", "hint": "ask for fewer", "requestId": "req_3" } });
    let server = answers([ResponseTemplate::new(400).set_body_json(body)]).await;
    let error = client(&server.uri()).gateway().verify(request()).await.unwrap_err();
    assert!(matches!(error, Error::Http(_)));
    assert_eq!((error.code(), error.field()), (ErrorCode::BadUserInput, Some("scopes")));
    insta::assert_snapshot!(told(&error, &server.uri()), @"
    `scopes` has 51 entries, and may have 50 (BAD_USER_INPUT, req_3)
    hint: ask for fewer
    ");

    let body =
        json!({ "error": { "code": "UNAUTHENTICATED", "message": "the token is not accepted", "requestId": "req_4" } });
    let server = answers([ResponseTemplate::new(401).set_body_json(body)]).await;
    let error = client(&server.uri()).gateway().verify(request()).await.unwrap_err();
    insta::assert_snapshot!(told(&error, &server.uri()), @"
    the token is not accepted (UNAUTHENTICATED, req_4)
    hint: the token came from `AI_SETU_PAT` and ends in `cqlG`: it may be expired, revoked or made for another control plane
    ");
}

#[tokio::test]
async fn a_verification_is_tried_again_like_any_call() {
    let server = answers([
        ResponseTemplate::new(429)
            .set_body_json(json!({ "error": { "code": "RATE_LIMITED", "message": "slow down", "retryAfterMs": 1 } })),
        ResponseTemplate::new(503),
        ok(json!({ "valid": true, "code": "VALID" })),
    ])
    .await;
    assert!(client(&server.uri()).gateway().verify(request()).await.unwrap().valid);
    assert_eq!(requests(&server).await.len(), 3);
}

#[tokio::test]
async fn an_answer_that_is_no_verdict_is_told() {
    for (answer, code) in [
        (ok(json!({ "valid": true })), "DECODE"),
        (ok(json!({ "valid": "yes", "code": "VALID" })), "DECODE"),
        (ResponseTemplate::new(200).set_body_raw("<p>hi</p>", "text/html"), "DECODE"),
        (ResponseTemplate::new(200), "DECODE"),
        (ResponseTemplate::new(200).set_body_raw(r#"{"valid": tr"#, "application/json"), "NETWORK"),
        (ResponseTemplate::new(404), "CONFIG"),
    ] {
        let server = answers([answer]).await;
        let error = client(&server.uri()).gateway().verify(request()).await.unwrap_err();
        assert_eq!(error.code().as_str(), code, "{error}");
    }
}

fn report() -> UsageReport {
    let at = "2026-11-22T09:30:00.1239Z".parse().unwrap();
    let whole = UsageEvent {
        project: Some("prj_1".into()),
        resource: Some("functions".into()),
        model: Some("m".into()),
        connection: Some("mine".into()),
        requests: Some(2),
        input_tokens: Some(3),
        output_tokens: Some(4),
        ..UsageEvent::new("e2", at, "key_1", 5)
    };
    UsageReport::new(vec![UsageEvent::new("e1", at, "key_1", 1_200), whole])
}

#[tokio::test]
async fn a_report_sends_its_events_and_the_same_again_after_a_lost_answer() {
    let server = answers([
        ResponseTemplate::new(503),
        ResponseTemplate::new(200).set_body_raw(r#"{"accep"#, "application/json"),
        ok(json!({ "accepted": 0, "duplicates": 2, "somethingNew": 1 })),
    ])
    .await;
    let receipt = client(&server.uri()).gateway().report_usage(report()).await.unwrap();
    assert_eq!((receipt.accepted, receipt.duplicates), (0, 2));
    let requests = requests(&server).await;
    assert_eq!(requests[0].url.path(), "/v1/usage/events");
    let body = json!({ "events": [
        { "id": "e1", "at": "2026-11-22T09:30:00.123Z", "key": "key_1", "costMicroUsd": 1_200 },
        { "id": "e2", "at": "2026-11-22T09:30:00.123Z", "key": "key_1", "project": "prj_1", "resource": "functions", "model": "m",
          "connection": "mine", "requests": 2, "inputTokens": 3, "outputTokens": 4, "costMicroUsd": 5 },
    ] });
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!(request.body_json::<Value>().unwrap(), body);
    }
}

#[tokio::test]
async fn a_report_that_is_refused_names_its_events() {
    let body = json!({ "error": { "code": "BAD_USER_INPUT", "message": "nothing was kept because of 2 events", "field": "events[0].at",
        "requestId": "req_5", "events": [
            { "index": 0, "id": "e1", "code": "BAD_USER_INPUT", "field": "at", "message": "`at` is too\u{1b} old" },
            { "index": 1, "code": "OUT_OF_FASHION", "message": "it is no object" },
            { "id": "without a place" },
        ] } });
    let server = answers([ResponseTemplate::new(400).set_body_json(body)]).await;
    let error = client(&server.uri()).gateway().report_usage(report()).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1, "it would be refused again");
    let Error::Http(error) = error else { panic!("{error}") };
    let refused: Vec<_> = error
        .refused_events
        .iter()
        .map(|event| {
            (event.index, event.id.as_deref(), event.code.as_str(), event.field.as_deref(), event.message.as_str())
        })
        .collect();
    insta::assert_snapshot!(format!("{refused:#?}"));
}
