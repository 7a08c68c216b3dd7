//! A service that is guarded by API keys, before the real control plane and before others that answer as they are told.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use admin_sdk::{ErrorCode, TokenKind, Unreachable, VerifiedKey, VerifyLayer};
use aisetu_tests::TestServer;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header::AUTHORIZATION};
use axum::routing::get;
use axum::{Extension, Router};
use http_body_util::Full;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::{Layer as _, Service, ServiceExt as _};
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{admin, answers, asked, builder, of, requests, token};

/// Where a connection comes from, as a server would note it.
#[derive(Clone, Copy)]
struct Peer(IpAddr);

const PEER: &str = "192.0.2.9";

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// `401 REVOKED`, or `200` and the key's id.
    fn short(&self) -> String {
        let said = self.body["error"]["code"].as_str().or_else(|| self.body["keyId"].as_str()).unwrap();
        format!("{} {said}", self.status.as_u16())
    }
}

/// The service: it says which key it sees.
async fn see(Extension(key): Extension<VerifiedKey>, headers: HeaderMap) -> String {
    let authorization = &headers[AUTHORIZATION];
    assert!(authorization.is_sensitive() && authorization.as_bytes()[..7].eq_ignore_ascii_case(b"bearer "));
    let remaining = key.rate_limit.map(|state| state.remaining);
    let stale = key.stale.map(|age| age.as_secs());
    json!({ "keyId": key.key_id.as_ref(), "scopes": key.scopes, "metadata": key.metadata.as_map(), "remaining": remaining,
        "workspaceId": key.workspace_id.as_ref(), "stale": stale })
    .to_string()
}

async fn send(layer: &VerifyLayer, request: Request<Body>) -> Answer {
    let app = Router::new().route("/", get(see)).layer(layer.clone());
    let response = app.oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, headers, body: serde_json::from_slice(&body).unwrap() }
}

fn request(key: &str) -> Request<Body> {
    with(&[("authorization", &format!("Bearer {key}"))])
}

fn with(headers: &[(&'static str, &str)]) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    for (name, value) in headers {
        request.headers_mut().append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request.extensions_mut().insert(Peer(PEER.parse().unwrap()));
    request
}

async fn present(layer: &VerifyLayer, key: &str) -> Answer {
    send(layer, request(key)).await
}

/// A layer of a gateway that the control plane knows.
async fn layer(server: &TestServer) -> VerifyLayer {
    let now = SystemTime::from(server.now());
    at_peer(VerifyLayer::new(of(&server.gateway().await).gateway())).clock(move || now)
}

/// A layer before a server that answers as it is told.
fn before(url: &str) -> VerifyLayer {
    // Without retries, which only take time.
    let admin = builder(url).max_retries(0).build().unwrap();
    at_peer(VerifyLayer::new(admin.gateway())).clock(|| SystemTime::from(at("2026-01-05T09:00:00Z")))
}

fn at(instant: &str) -> jiff::Timestamp {
    instant.parse().unwrap()
}

fn at_peer(layer: VerifyLayer) -> VerifyLayer {
    layer.peer_from(|parts| Some(parts.extensions.get::<Peer>()?.0))
}

/// A new key, and its id.
async fn key(server: &TestServer, mut input: Value) -> (Value, String) {
    input["name"] = json!("k");
    input["workspaceId"] = json!(server.workspace());
    let made = server.owner().ok("apiKeysCreate", input).await;
    (made["item"]["id"].clone(), made["secret"].as_str().unwrap().to_owned())
}

fn live(seed: u8) -> String {
    token(TokenKind::LiveKey, seed)
}

/// A verdict of a control plane that is told what to say.
fn verdict(code: &str, more: &Value) -> ResponseTemplate {
    let mut body = json!({ "valid": code == "VALID", "code": code, "keyId": "key_1", "workspaceId": "ws_1",
        "environment": "LIVE", "scopes": ["functions:*"], "metadata": {}, "expiresAt": null });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ResponseTemplate::new(200).set_body_json(body)
}

fn valid() -> ResponseTemplate {
    verdict("VALID", &json!({}))
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({ "error": { "code": code, "message": "…", "requestId": "req_1" } }))
}

async fn asked_times(server: &MockServer) -> usize {
    requests(server).await.len()
}

#[tokio::test]
async fn a_key_passes_and_the_service_sees_whose_it_is() {
    let server = TestServer::start().await;
    let layer = layer(&server).await.scope("functions:write").resource("functions").cost(3);
    let (id, secret) = key(
        &server,
        json!({ "scopes": ["functions:*"], "metadata": { "team": "a" },
        "restrictions": { "rateLimit": { "requests": 10, "period": "MINUTE" } } }),
    )
    .await;
    let authorization = format!("bEARER  {secret}");
    let answer = send(&layer, with(&[("authorization", &authorization), ("user-agent", "curl/8")])).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({ "keyId": id, "scopes": ["functions:*"], "metadata": { "team": "a" }, "remaining": 7,
        "workspaceId": server.workspace(), "stale": null })
    );
    let log = server.log_of(&id).await;
    assert_eq!(
        (&log["resource"], &log["ip"], &log["userAgent"], &log["cost"]),
        (&json!("functions"), &json!(PEER), &json!("curl/8"), &json!(3))
    );
    server.shutdown().await;
}

#[tokio::test]
async fn each_verdict_of_the_control_plane_has_its_status() {
    let server = TestServer::start().await;
    let layer = layer(&server).await.negative_cache(Duration::ZERO);
    let rules = |rules: Value| json!({ "restrictions": rules });
    let mut found = vec![present(&layer, &live(9)).await.short()];
    for (change, argument) in
        [("apiKeysUpdate", json!({ "disabled": true })), ("apiKeysRevoke", json!({})), ("apiKeysDelete", Value::Null)]
    {
        let (id, secret) = key(&server, json!({})).await;
        assert_eq!(present(&layer, &secret).await.status, 200);
        let argument = match argument {
            Value::Object(mut input) => {
                input.insert("id".to_owned(), id);
                Value::Object(input)
            }
            _ => id,
        };
        server.owner().ok(change, argument).await;
        found.push(present(&layer, &secret).await.short());
    }
    let (_, secret) = key(&server, json!({ "expiresAt": "2026-01-05T10:00:00Z" })).await;
    server.advance(SignedDuration::from_hours(1));
    found.push(present(&layer, &secret).await.short());

    let project = server.owner().ok("projectsCreate", json!({ "name": "p", "workspaceId": server.workspace() })).await;
    let project = project["id"].as_str().unwrap().to_owned();
    let (id, secret) = key(&server, json!({ "projects": [project] })).await;
    for layer in [&layer, &layer.clone().project("prj_what?"), &layer.clone().project("p".repeat(20_000))] {
        found.push(present(layer, &secret).await.short());
    }
    assert_eq!(present(&layer.clone().project(&*project), &secret).await.body["keyId"], id);

    let (_, secret) = key(&server, json!({ "scopes": ["data:read"] })).await;
    found.push(present(&layer.clone().scope("data:write"), &secret).await.short());
    let (_, secret) = key(&server, rules(json!({ "ipAddresses": ["198.51.100.0/24"] }))).await;
    found.push(present(&layer, &secret).await.short());
    found.push(present(&VerifyLayer::new(of(&server.gateway().await).gateway()), &secret).await.short());
    let (_, secret) = key(&server, rules(json!({ "referrers": ["example.com"] }))).await;
    found.push(present(&layer, &secret).await.short());
    let bearer = format!("Bearer {secret}");
    for (name, value) in [("referer", "https://example.com/a"), ("origin", "https://example.com")] {
        assert_eq!(send(&layer, with(&[("authorization", &bearer), (name, value)])).await.status, 200, "{name}");
    }
    let both = [("authorization", &*bearer), ("referer", "https://evil.example/"), ("origin", "https://example.com")];
    found.push(send(&layer, with(&both)).await.short());
    let (_, secret) =
        key(&server, rules(json!({ "timeRestrictions": { "hoursOfDay": [11], "timezone": "UTC" } }))).await;
    let refused = present(&layer, &secret).await;
    found.push(refused.short());
    // By the layer's clock it is 09:00, and the hour begins at 11:00.
    assert_eq!(refused.header("retry-after"), Some("7198"));
    let (_, secret) =
        key(&server, rules(json!({ "rateLimit": { "requests": 1, "period": "MINUTE", "burst": 1 } }))).await;
    assert_eq!(present(&layer, &secret).await.status, 200);
    let refused = present(&layer, &secret).await;
    found.push(refused.short());
    assert_eq!(refused.header("retry-after"), Some("60"));
    insta::assert_snapshot!(found.join("\n"), @"
    401 NOT_FOUND
    401 DISABLED
    401 REVOKED
    401 NOT_FOUND
    401 EXPIRED
    403 PROJECT_FORBIDDEN
    403 PROJECT_FORBIDDEN
    403 PROJECT_FORBIDDEN
    403 INSUFFICIENT_SCOPE
    403 IP_FORBIDDEN
    403 IP_FORBIDDEN
    403 REFERRER_FORBIDDEN
    403 REFERRER_FORBIDDEN
    403 OUTSIDE_TIME_WINDOW
    429 RATE_LIMITED
    ");
    server.shutdown().await;
}

#[tokio::test]
async fn each_refusal_says_why_and_when_to_come_back() {
    let mut told = Vec::new();
    for (code, more) in [
        ("NOT_FOUND", json!({ "keyId": null, "workspaceId": null })),
        ("DISABLED", json!({})),
        ("REVOKED", json!({})),
        ("EXPIRED", json!({})),
        ("PROJECT_FORBIDDEN", json!({})),
        ("INSUFFICIENT_SCOPE", json!({ "missingScopes": ["functions:write"] })),
        ("IP_FORBIDDEN", json!({})),
        ("REFERRER_FORBIDDEN", json!({})),
        ("OUTSIDE_TIME_WINDOW", json!({ "nextAllowedAt": "2026-01-05T09:00:00.001Z" })),
        ("OUTSIDE_TIME_WINDOW", json!({ "nextAllowedAt": "2026-01-05T08:00:00Z" })),
        ("CREDIT_EXHAUSTED", json!({})),
        ("BUDGET_EXCEEDED", json!({ "resetsAt": "2026-01-06T00:00:00Z" })),
        ("BUDGET_EXCEEDED", json!({})),
        ("RATE_LIMITED", json!({ "retryAfterMs": 1001 })),
        ("RATE_LIMITED", json!({ "retryAfterMs": 0 })),
        ("RATE_LIMITED", json!({})),
        ("MOON_PHASE", json!({})),
    ] {
        let server = answers([verdict(code, &more)]).await;
        let layer = before(&server.uri()).scope("functions:write").scopes(["data:read"]);
        let answer = present(&layer, &live(1)).await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        told.push(format!(
            "{} retry-after {:?} challenge {:?}\n{}",
            answer.status.as_u16(),
            answer.header("retry-after"),
            answer.header("www-authenticate"),
            answer.body["error"]
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    401 retry-after None challenge Some("Bearer error=\"invalid_token\"")
    {"code":"NOT_FOUND","hint":"is it a key of this service, or was it deleted?","message":"the API key is not known here"}
    401 retry-after None challenge Some("Bearer error=\"invalid_token\"")
    {"code":"DISABLED","hint":"its owner can enable it","message":"the API key is disabled"}
    401 retry-after None challenge Some("Bearer error=\"invalid_token\"")
    {"code":"REVOKED","hint":"ask its owner for another","message":"the API key was revoked"}
    401 retry-after None challenge Some("Bearer error=\"invalid_token\"")
    {"code":"EXPIRED","hint":"ask its owner for another","message":"the API key is expired"}
    403 retry-after None challenge None
    {"code":"PROJECT_FORBIDDEN","hint":"name a project (`prj_…`) that the key is for","message":"the API key may not be used for this project"}
    403 retry-after None challenge Some("Bearer error=\"insufficient_scope\", scope=\"functions:write data:read\"")
    {"code":"INSUFFICIENT_SCOPE","hint":"its owner can add the scopes in `missingScopes`","message":"the API key lacks a scope that this call needs","missingScopes":["functions:write"]}
    403 retry-after None challenge None
    {"code":"IP_FORBIDDEN","hint":"its owner can allow the address","message":"the API key may not be used from this address"}
    403 retry-after None challenge None
    {"code":"REFERRER_FORBIDDEN","hint":"the page is what `Referer` says, else `Origin`; the key's owner can allow it","message":"the API key may not be used from this page"}
    403 retry-after Some("1") challenge None
    {"code":"OUTSIDE_TIME_WINDOW","message":"the API key may not be used at this time","retryAfterMs":1}
    403 retry-after Some("1") challenge None
    {"code":"OUTSIDE_TIME_WINDOW","message":"the API key may not be used at this time","retryAfterMs":0}
    403 retry-after None challenge None
    {"code":"CREDIT_EXHAUSTED","hint":"its owner can top it up","message":"the credit of the API key's owner is exhausted"}
    429 retry-after Some("54000") challenge None
    {"code":"BUDGET_EXCEEDED","message":"the budget of the API key is used up until its period ends","retryAfterMs":54000000}
    403 retry-after None challenge None
    {"code":"BUDGET_EXCEEDED","hint":"its owner can raise it","message":"the budget of the API key is used up"}
    429 retry-after Some("2") challenge None
    {"code":"RATE_LIMITED","message":"the API key is used more often than it may be","retryAfterMs":1001}
    429 retry-after Some("1") challenge None
    {"code":"RATE_LIMITED","message":"the API key is used more often than it may be","retryAfterMs":0}
    429 retry-after None challenge None
    {"code":"RATE_LIMITED","message":"the API key is used more often than it may be"}
    403 retry-after None challenge None
    {"code":"MOON_PHASE","message":"the API key may not be used for this call"}
    "#);
}

#[tokio::test]
async fn what_can_be_no_key_is_refused_without_asking() {
    let server = answers([valid()]).await;
    let layer = before(&server.uri());
    let (key, huge) = (live(1), format!("Bearer tt_live_{}", "0".repeat(10_000_000)));
    let bearer = format!("Bearer {key}");
    let mut told = Vec::new();
    for headers in [
        &[][..],
        &[("authorization", "")],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", &*key)],
        &[("authorization", &format!("Basic {key}"))],
        &[("authorization", "Bearer ключ")],
        &[("authorization", &bearer), ("authorization", &bearer)],
        &[("authorization", &bearer), ("authorization", "Basic YTpi")],
        &[("x-api-key", &key)],
        &[("authorization", &format!("Bearer {key}, {key}"))],
        &[("authorization", &format!("Bearer {}", &key[..43]))],
        &[("authorization", &format!("Bearer {}", key.replace("live", "test")))],
        &[("authorization", &format!("Bearer {}", token(TokenKind::Pat, 1)))],
        &[("authorization", &format!("Bearer {}", &token(TokenKind::Pat, 1)[..20]))],
        &[("authorization", "Bearer sk-proj-0123456789")],
        &[("authorization", &huge)],
    ] {
        let answer = send(&layer, with(headers)).await;
        let text = answer.body.to_string();
        assert!(!text.contains(&key[8..]) && text.len() < 500, "{text}");
        told.push(format!(
            "{} {}: {}",
            answer.short(),
            answer.header("www-authenticate").unwrap(),
            answer.body["error"]["message"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    401 UNAUTHENTICATED Bearer: the request has no API key
    401 UNAUTHENTICATED Bearer: the request has no API key
    401 UNAUTHENTICATED Bearer: the request has no API key
    401 UNAUTHENTICATED Bearer: the request has no API key
    401 UNAUTHENTICATED Bearer: the request has no API key
    401 UNAUTHENTICATED Bearer: the request has no API key
    401 UNAUTHENTICATED Bearer: the request has no API key
    401 UNAUTHENTICATED Bearer: the request has more than one `Authorization` header
    401 UNAUTHENTICATED Bearer: the request has more than one `Authorization` header
    401 UNAUTHENTICATED Bearer: the request has no API key
    401 NOT_FOUND Bearer error="invalid_token": what was sent is no API key: it has 90 characters where a live API key has 44: was it cut, or pasted twice?
    401 NOT_FOUND Bearer error="invalid_token": what was sent is no API key: it has 43 characters where a live API key has 44: was it cut, or pasted twice?
    401 NOT_FOUND Bearer error="invalid_token": what was sent is no API key: its checksum is wrong: a character was mistyped or changed
    401 NOT_FOUND Bearer error="invalid_token": what was sent is a personal access token, and no API key
    401 NOT_FOUND Bearer error="invalid_token": what was sent is a personal access token, and no API key
    401 NOT_FOUND Bearer error="invalid_token": what was sent is no API key: it does not start with a known prefix such as `tt_pat_` or `tt_live_`
    401 NOT_FOUND Bearer error="invalid_token": what was sent is no API key: it has 10000008 characters where a live API key has 44: was it cut, or pasted twice?
    "#);
    assert_eq!(asked_times(&server).await, 0);
}

#[tokio::test]
async fn only_a_trusted_proxy_is_believed_and_only_in_what_it_added() {
    let server = TestServer::start().await;
    let layer = layer(&server).await.trusted_proxies(["10.0.0.0/24", "2001:db8:1::/64"].map(|it| it.parse().unwrap()));
    let (_, secret) =
        key(&server, json!({ "restrictions": { "ipAddresses": ["198.51.100.7", "10.0.0.0/24", "2001:db8::7"] } }))
            .await;
    let mut found = Vec::new();
    for (peer, forwarded) in [
        ("198.51.100.7", &[][..]),
        ("::ffff:198.51.100.7", &[]),
        ("198.51.100.7", &["192.0.2.1"]),
        ("192.0.2.9", &["198.51.100.7"]),
        ("10.0.0.1", &["198.51.100.7"]),
        ("::ffff:10.0.0.1", &["::ffff:198.51.100.7"]),
        ("2001:db8:1::1", &["198.51.100.7:4711"]),
        ("10.0.0.1", &["[2001:db8::7]:4711"]),
        ("10.0.0.1", &["198.51.100.7, 203.0.113.1"]),
        ("10.0.0.1", &["198.51.100.7", "203.0.113.1"]),
        ("10.0.0.1", &["203.0.113.1", "198.51.100.7, 10.0.0.2"]),
        ("10.0.0.1", &["198.51.100.7, what?"]),
        ("10.0.0.1", &["198.51.100.7,"]),
        ("10.0.0.1", &["198.51.100.7, \u{fc}"]),
        ("10.0.0.1", &["unknown, 198.51.100.7"]),
        ("10.0.0.1", &["10.0.0.2"]),
        ("10.0.0.1", &[""]),
        ("10.0.0.1", &[]),
    ] {
        let mut request = request(&secret);
        for value in forwarded {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append("x-forwarded-for", value);
        }
        request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        found.push(format!("{} from {peer} {forwarded:?}", send(&layer, request).await.status.as_u16()));
    }
    insta::assert_snapshot!(found.join("\n"), @r#"
    200 from 198.51.100.7 []
    200 from ::ffff:198.51.100.7 []
    200 from 198.51.100.7 ["192.0.2.1"]
    403 from 192.0.2.9 ["198.51.100.7"]
    200 from 10.0.0.1 ["198.51.100.7"]
    200 from ::ffff:10.0.0.1 ["::ffff:198.51.100.7"]
    200 from 2001:db8:1::1 ["198.51.100.7:4711"]
    200 from 10.0.0.1 ["[2001:db8::7]:4711"]
    403 from 10.0.0.1 ["198.51.100.7, 203.0.113.1"]
    403 from 10.0.0.1 ["198.51.100.7", "203.0.113.1"]
    200 from 10.0.0.1 ["203.0.113.1", "198.51.100.7, 10.0.0.2"]
    403 from 10.0.0.1 ["198.51.100.7, what?"]
    403 from 10.0.0.1 ["198.51.100.7,"]
    403 from 10.0.0.1 ["198.51.100.7, ü"]
    200 from 10.0.0.1 ["unknown, 198.51.100.7"]
    200 from 10.0.0.1 ["10.0.0.2"]
    403 from 10.0.0.1 [""]
    403 from 10.0.0.1 []
    "#);
    server.shutdown().await;
}

#[tokio::test]
async fn an_unknown_key_is_asked_about_once_in_five_seconds() {
    let server = answers([verdict("NOT_FOUND", &json!({}))]).await;
    let layer = before(&server.uri());
    let first = present(&layer, &live(1)).await;
    let second = present(&layer.clone().scope("data:read"), &live(1)).await;
    assert_eq!((first.short().as_str(), &first.body), ("401 NOT_FOUND", &second.body));
    assert_eq!(asked_times(&server).await, 1, "clones remember together");
    present(&layer, &live(2)).await;
    assert_eq!(asked_times(&server).await, 2, "another key");
    pass(Duration::from_secs(4)).await;
    present(&layer, &live(1)).await;
    assert_eq!(asked_times(&server).await, 2);
    present(&layer.clone().negative_cache(Duration::ZERO), &live(1)).await;
    assert_eq!(asked_times(&server).await, 3);
    pass(Duration::from_secs(5)).await;
    present(&layer, &live(1)).await;
    assert_eq!(asked_times(&server).await, 4);
}

/// Lets time pass without waiting for it.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn no_other_verdict_is_remembered() {
    for code in ["VALID", "DISABLED", "REVOKED", "EXPIRED", "IP_FORBIDDEN", "RATE_LIMITED"] {
        let server = answers([verdict(code, &json!({}))]).await;
        let layer = before(&server.uri());
        present(&layer, &live(1)).await;
        present(&layer, &live(1)).await;
        assert_eq!(asked_times(&server).await, 2, "{code}");
    }
}

#[tokio::test]
async fn nothing_passes_while_the_control_plane_is_away() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let layer = |url: &str, timeout: Duration| {
        let heard = Arc::clone(&heard);
        before(url).timeout(timeout).on_error(move |error| heard.lock().unwrap().push(error.code()))
    };
    let mut told = Vec::new();
    let slow = answers([valid().set_delay(Duration::from_secs(60))]).await;
    let mut away = vec![(slow.uri(), Duration::from_millis(300))];
    let patient = Duration::from_secs(20);
    away.push(("http://127.0.0.1:1".to_owned(), patient));
    let mut servers = Vec::new();
    for (status, code) in
        [(503, "UNAVAILABLE"), (500, "INTERNAL"), (408, "TIMEOUT"), (429, "RATE_LIMITED"), (418, "TEAPOT")]
    {
        let server = answers([error(status, code)]).await;
        away.push((server.uri(), patient));
        servers.push(server);
    }
    for (url, timeout) in away {
        let answer = present(&layer(&url, timeout), &live(1)).await;
        assert!(!answer.body.to_string().contains("127.0.0.1"), "where the control plane is, is nobody's business");
        told.push((
            answer.short(),
            answer.header("retry-after").is_some(),
            answer.body["error"]["requestId"].is_string(),
        ));
    }
    let unavailable = |request_id| ("503 UNAVAILABLE".to_owned(), true, request_id);
    let fault = ("500 INTERNAL".to_owned(), false, true);
    assert_eq!(told[..2], [unavailable(false), unavailable(false)]);
    assert_eq!(told[2..], [unavailable(true), unavailable(true), unavailable(true), unavailable(true), fault]);
    let heard = heard.lock().unwrap();
    assert_eq!(heard[..4], [ErrorCode::Timeout, ErrorCode::Network, ErrorCode::Unavailable, ErrorCode::Internal]);
    assert_eq!(heard.len(), 7);
}

#[tokio::test]
async fn a_known_key_passes_for_a_while_as_it_passed_before() {
    let server = answers([valid(), error(500, "INTERNAL")]).await;
    let layer = before(&server.uri()).when_unreachable(Unreachable::AllowKnownFor(Duration::from_secs(60)));
    assert_eq!(present(&layer, &live(1)).await.body["stale"], Value::Null);
    pass(Duration::from_secs(50)).await;
    let open = present(&layer, &live(1)).await;
    assert_eq!((open.short().as_str(), &open.body["remaining"]), ("200 key_1", &Value::Null));
    assert!((50..60).contains(&open.body["stale"].as_u64().unwrap()), "{}", open.body);

    let bearer = format!("Bearer {}", live(1));
    let mut elsewhere = request(&live(1));
    elsewhere.extensions_mut().insert(Peer("192.0.2.10".parse().unwrap()));
    for (what, answer) in [
        ("another key", present(&layer, &live(2)).await),
        ("another scope", present(&layer.clone().scope("data:read"), &live(1)).await),
        ("another project", present(&layer.clone().project("prj_2"), &live(1)).await),
        ("another address", send(&layer, elsewhere).await),
        ("another page", send(&layer, with(&[("authorization", &bearer), ("referer", "https://a.example")])).await),
        ("another policy", present(&layer.clone().when_unreachable(Unreachable::Deny), &live(1)).await),
    ] {
        assert_eq!(answer.short(), "503 UNAVAILABLE", "{what}");
    }
    assert_eq!(present(&layer.clone().resource("x"), &live(1)).await.status, 200, "a resource is no rule");
    // That it passed without a verdict is no verdict.
    pass(Duration::from_secs(11)).await;
    assert_eq!(present(&layer, &live(1)).await.short(), "503 UNAVAILABLE");
}

#[tokio::test]
async fn a_key_that_was_refused_or_expires_does_not_pass_while_the_control_plane_is_away() {
    let open = |server: &MockServer| {
        before(&server.uri()).when_unreachable(Unreachable::AllowKnownFor(Duration::from_secs(3600)))
    };
    for code in ["REVOKED", "DISABLED", "NOT_FOUND", "EXPIRED", "RATE_LIMITED", "MOON_PHASE"] {
        let server = answers([valid(), valid(), verdict(code, &json!({})), error(503, "UNAVAILABLE")]).await;
        let layer = open(&server).negative_cache(Duration::ZERO);
        let other = layer.clone().scope("data:read");
        for layer in [&layer, &other, &other] {
            present(layer, &live(1)).await;
        }
        for layer in [&layer, &other] {
            assert_eq!(present(layer, &live(1)).await.short(), "503 UNAVAILABLE", "{code}");
        }
    }
    // What is wrong with one call says nothing of another.
    let server =
        answers([valid(), valid(), verdict("INSUFFICIENT_SCOPE", &json!({})), error(503, "UNAVAILABLE")]).await;
    let layer = open(&server);
    let other = layer.clone().scope("data:read");
    for layer in [&layer, &other, &other] {
        present(layer, &live(1)).await;
    }
    assert_eq!(present(&layer, &live(1)).await.short(), "200 key_1");
    assert_eq!(present(&other, &live(1)).await.short(), "503 UNAVAILABLE");

    let until = json!({ "expiresAt": "2026-01-05T09:00:01Z" });
    let server = answers([verdict("VALID", &until), error(503, "UNAVAILABLE")]).await;
    let layer = open(&server);
    assert_eq!(present(&layer, &live(1)).await.status, 200);
    assert_eq!(present(&layer, &live(1)).await.status, 200);
    let expired = layer.clock(|| SystemTime::from(at("2026-01-05T09:00:01Z")));
    assert_eq!(present(&expired, &live(1)).await.short(), "503 UNAVAILABLE");
}

#[tokio::test]
async fn the_services_own_mistakes_let_nothing_pass() {
    let server = TestServer::start().await;
    let (_, secret) = key(&server, json!({})).await;
    let open = |layer: VerifyLayer| layer.when_unreachable(Unreachable::AllowKnownFor(Duration::from_secs(3600)));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listening = |layer: VerifyLayer| {
        let heard = Arc::clone(&heard);
        layer.on_error(move |error| heard.lock().unwrap().push(error.code().to_string()))
    };
    let reader = VerifyLayer::new(of(&server.reader().await).gateway());
    let stranger = VerifyLayer::new(admin(&server.anonymous().url("")).gateway());
    let misspelt = layer(&server).await.scope("function:write");
    for layer in [reader, stranger, misspelt] {
        let answer = present(&listening(open(layer)), &secret).await;
        assert_eq!(answer.short(), "500 INTERNAL");
        assert!(answer.body["error"]["requestId"].is_string());
    }
    assert_eq!(*heard.lock().unwrap(), ["UNAUTHORIZED", "UNAUTHENTICATED", "BAD_USER_INPUT"]);

    // A token that is revoked after a key has passed opens nothing, and neither does an answer that is none.
    for fault in
        [error(401, "UNAUTHENTICATED"), error(403, "UNAUTHORIZED"), ResponseTemplate::new(200).set_body_string("hi")]
    {
        let server = answers([valid(), fault]).await;
        let layer = open(before(&server.uri()));
        assert_eq!(present(&layer, &live(1)).await.status, 200);
        assert_eq!(present(&layer, &live(1)).await.short(), "500 INTERNAL");
    }
    let nameless = answers([ResponseTemplate::new(200).set_body_json(json!({ "valid": true, "code": "VALID" }))]).await;
    assert_eq!(present(&before(&nameless.uri()), &live(1)).await.short(), "500 INTERNAL");
    server.shutdown().await;
}

#[tokio::test]
async fn a_control_plane_that_goes_down_opens_only_what_it_had_let_pass() {
    let server = TestServer::start().await;
    let layer = layer(&server).await.when_unreachable(Unreachable::AllowKnownFor(Duration::from_secs(60)));
    let (id, known) = key(&server, json!({})).await;
    let (_, new) = key(&server, json!({})).await;
    assert_eq!(present(&layer, &known).await.status, 200);
    server.shutdown().await;
    let open = present(&layer, &known).await;
    assert!(open.body["keyId"] == id && open.body["stale"].is_u64(), "{}", open.body);
    assert_eq!(present(&layer, &new).await.short(), "503 UNAVAILABLE");
}

#[tokio::test]
async fn what_a_client_says_too_much_of_is_cut_and_refuses_nobody() {
    let server = TestServer::start().await;
    let (id, secret) = key(&server, json!({})).await;
    let layer = layer(&server).await.resource_from(|_| Some(format!("\n{}", "ä".repeat(1000))));
    let quotes = "\"".repeat(100_000);
    let headers = [
        ("authorization", &*format!("Bearer {secret}")),
        ("user-agent", &quotes),
        ("referer", &quotes),
        ("origin", &quotes),
    ];
    assert_eq!(send(&layer, with(&headers)).await.status, 200);
    let log = server.log_of(&id).await;
    assert_eq!((&log["resource"], &log["referrer"]), (&json!("ä".repeat(100)), &Value::Null));
    assert_eq!(log["userAgent"].as_str().unwrap().len(), 500);
    let headers =
        [("authorization", &*format!("Bearer {secret}")), ("referer", &quotes[..4096]), ("user-agent", &quotes)];
    assert_eq!(send(&layer, with(&headers)).await.status, 200);
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_asked_comes_from_the_request() {
    let server = answers([valid()]).await;
    let layer = before(&server.uri())
        .scopes(["a:b", "c:d"])
        .project_from(|parts| Some(parts.headers.get("x-project")?.to_str().ok()?.into()))
        .resource_from(|parts| Some(parts.uri.path().to_owned()))
        .connection_from(|parts| Some(parts.headers.get("x-connection")?.to_str().ok()?.to_owned()));
    let key = live(1);
    let bearer = format!("Bearer {key}");
    let told = [
        ("authorization", &*bearer),
        ("x-project", "prj_7"),
        ("referer", "https://a.example/"),
        ("x-connection", "own"),
    ];
    send(&layer, with(&told)).await;
    // What can be the name of none is left out.
    send(&layer, with(&[("authorization", &bearer), ("x-connection", &"c".repeat(65))])).await;
    send(&layer, with(&[("authorization", &bearer), ("cookie", "a=b")])).await;
    let asked: Vec<Value> = requests(&server).await.iter().map(asked).collect();
    assert_eq!(
        asked,
        [
            json!({ "key": key, "scopes": ["a:b", "c:d"], "project": "prj_7", "ip": PEER, "referrer": "https://a.example/",
                "resource": "/", "connection": "own" }),
            json!({ "key": key, "scopes": ["a:b", "c:d"], "ip": PEER, "resource": "/" }),
            json!({ "key": key, "scopes": ["a:b", "c:d"], "ip": PEER, "resource": "/" }),
        ]
    );
}

#[tokio::test]
async fn calls_at_once_are_each_asked_about_and_each_answered_for_itself() {
    let server = TestServer::start().await;
    let layer = layer(&server).await;
    let limit = json!({ "restrictions": { "rateLimit": { "requests": 20, "period": "MINUTE" } } });
    let (_, limited) = key(&server, limit).await;
    let (_, free) = key(&server, json!({})).await;
    let calls = (0..120).map(|number| {
        let (layer, unknown) = (layer.clone(), live(100));
        let secret = [limited.clone(), free.clone(), unknown][number % 3].clone();
        tokio::spawn(async move { present(&layer, &secret).await.status.as_u16() })
    });
    let mut counts = std::collections::BTreeMap::<u16, usize>::new();
    for call in calls.collect::<Vec<_>>() {
        *counts.entry(call.await.unwrap()).or_default() += 1;
    }
    assert_eq!(counts, [(200, 60), (401, 40), (429, 20)].into());
    server.shutdown().await;
}

/// A service without axum, which answers only if it was asked before whether it is ready.
#[derive(Default)]
struct Plain {
    ready: bool,
}

impl Clone for Plain {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<()>> for Plain {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "it was not asked whether it is ready");
        let key: &VerifiedKey = request.extensions().get().unwrap();
        ready(Ok(Response::new(Full::from(key.key_id.to_string()))))
    }
}

#[tokio::test]
async fn any_service_of_http_is_guarded() {
    let server = answers([valid(), verdict("REVOKED", &json!({}))]).await;
    let mut service = before(&server.uri()).layer(Plain::default());
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = request(&live(1)).map(|_| ());
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        let (status, body) =
            (response.status().as_u16(), to_bytes(Body::new(response.into_body()), 9999).await.unwrap());
        answers.push((status, String::from_utf8(body.into()).unwrap()));
    }
    assert_eq!(answers[0], (200, "key_1".to_owned()));
    assert!(answers[1].0 == 401 && answers[1].1.contains("REVOKED"), "{answers:?}");
}

#[tokio::test]
async fn no_debug_shows_a_key() {
    let server = answers([valid()]).await;
    let layer =
        before(&server.uri()).scope("data:read").when_unreachable(Unreachable::AllowKnownFor(Duration::from_secs(60)));
    assert_eq!(present(&layer, &live(1)).await.status, 200);
    let text = format!("{layer:?}");
    assert!(text.contains("data:read"), "{text}");
    assert!(!text.contains("tt_pat_") && !text.contains("tt_live_"), "{text}");
}
