//! `POST /v1/keys/verify`: what a gateway is told about a presented key.

use admin_server::model::Role;
use admin_token::TokenKind;
use aisetu_tests::{Answer, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn verify(app: &TestServer, body: Value) -> Answer {
    app.gateway().await.post("/v1/keys/verify", &body).await
}

async fn make(app: &TestServer, mut input: Value) -> (Value, String) {
    input["name"] = json!("k");
    if input.get("workspaceId").is_none() {
        input["workspaceId"] = json!(app.workspace());
    }
    let made = app.owner().ok("apiKeysCreate", input).await;
    (made["item"]["id"].clone(), made["secret"].as_str().unwrap().to_owned())
}

fn error(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    let error = &answer.body["error"];
    assert_eq!(error["requestId"].as_str(), answer.header("x-request-id"));
    format!("{}: {}", error["code"].as_str().unwrap(), error["message"].as_str().unwrap())
}

#[tokio::test]
async fn a_valid_key_is_described_without_its_rules() {
    let app = TestServer::start().await;
    let input = json!({ "scopes": ["functions:*", "data:read"], "metadata": { "team": "a" },
        "expiresAt": "2026-02-01T00:00:00Z", "environment": "TEST" });
    let (id, secret) = make(&app, input).await;
    let answer = verify(&app, json!({ "key": secret, "scopes": ["functions:execute", "data:read"] })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({ "valid": true, "code": "VALID", "keyId": id, "workspaceId": app.workspace(), "environment": "TEST",
            "scopes": ["functions:*", "data:read"], "metadata": { "team": "a" }, "expiresAt": "2026-02-01T00:00:00.000Z" })
    );
}

#[tokio::test]
async fn each_state_has_its_verdict() {
    let app = TestServer::start().await;
    let gateway = app.gateway().await;
    let (id, secret) = make(&app, json!({ "expiresAt": "2026-01-06T00:00:00Z" })).await;
    assert_eq!(gateway.verdict(&secret).await, "VALID");
    // Revoked is said before expired, and deleted before everything.
    app.owner().ok("apiKeysRevoke", json!({ "id": id })).await;
    assert_eq!(gateway.verdict(&secret).await, "REVOKED");
    app.owner().ok("apiKeysRestore", id.clone()).await;
    assert_eq!(gateway.verdict(&secret).await, "VALID");
    app.advance(SignedDuration::from_hours(24));
    assert_eq!(gateway.verdict(&secret).await, "EXPIRED");
    let lacking = gateway.post("/v1/keys/verify", &json!({ "key": secret, "scopes": ["data:read"] })).await;
    assert_eq!(lacking.body["code"], "EXPIRED", "before scope");
    app.owner().ok("apiKeysRevoke", json!({ "id": id })).await;
    assert_eq!(gateway.verdict(&secret).await, "REVOKED");
    app.owner().ok("apiKeysDelete", id).await;
    assert_eq!(gateway.verdict(&secret).await, "NOT_FOUND");
}

#[tokio::test]
async fn a_key_expires_to_the_microsecond() {
    let app = TestServer::start().await;
    let gateway = app.gateway().await;
    let (_, secret) = make(&app, json!({ "expiresAt": format!("{}", app.now() + SignedDuration::from_secs(9)) })).await;
    app.advance(SignedDuration::from_secs(9) - SignedDuration::from_micros(1));
    assert_eq!(gateway.verdict(&secret).await, "VALID");
    app.advance(SignedDuration::from_micros(1));
    assert_eq!(gateway.verdict(&secret).await, "EXPIRED");
}

#[tokio::test]
async fn needed_scopes_must_all_be_held() {
    let app = TestServer::start().await;
    let (_, secret) = make(&app, json!({ "scopes": ["functions:*", "data:read"] })).await;
    let answer =
        verify(&app, json!({ "key": secret, "scopes": ["functions:read", "data:write", "agents:read"] })).await;
    assert_eq!((answer.status, &answer.body["code"]), (200, &json!("INSUFFICIENT_SCOPE")));
    assert_eq!(answer.body["missingScopes"], json!(["data:write", "agents:read"]));
    assert_eq!(answer.body["valid"], false);
    let all = verify(&app, json!({ "key": secret, "scopes": ["data:*"] })).await;
    assert_eq!(all.body["code"], "INSUFFICIENT_SCOPE", "one action is not every action");
    let unknown = verify(&app, json!({ "key": secret, "scopes": ["function:read"] })).await;
    insta::assert_snapshot!(error(&unknown, 400), @"BAD_USER_INPUT: `scopes[0]` is not a scope; the nearest are functions:read, functions:write, functions:execute");
    let many = verify(&app, json!({ "key": secret, "scopes": vec!["data:read"; 51] })).await;
    insta::assert_snapshot!(error(&many, 400), @"BAD_USER_INPUT: `scopes` has 51 entries; it must have 0 to 50");
    assert_eq!(verify(&app, json!({ "key": secret, "scopes": vec!["data:read"; 50] })).await.body["code"], "VALID");
}

#[tokio::test]
async fn what_is_no_key_of_ours_is_not_found() {
    let app = TestServer::start().await;
    let gateway = app.gateway().await;
    let (_, secret) = make(&app, json!({})).await;
    let mut presented: Vec<String> = TokenKind::ALL
        .map(|kind| admin_token::mint(kind, |buffer| buffer.fill(9)).secret().expose().to_owned())
        .to_vec();
    presented.push(app.owner().token().unwrap().to_owned());
    presented.push(gateway.token().unwrap().to_owned());
    presented.extend([
        String::new(),
        " ".to_owned(),
        format!(" {secret}"),
        format!("{secret}\n"),
        secret.to_lowercase(),
    ]);
    presented.push(secret.replace("tt_live_", "tt_test_"));
    presented.push(secret[..secret.len() - 1].to_owned());
    presented.push("\u{1F511}".repeat(40));
    for text in presented {
        let answer = gateway.post("/v1/keys/verify", &json!({ "key": text })).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, json!({ "valid": false, "code": "NOT_FOUND" }));
    }
}

#[tokio::test]
async fn a_gateway_knows_the_keys_of_its_reach_only() {
    let app = TestServer::start().await;
    let (_, here) = make(&app, json!({})).await;
    let (_, there) = make(&app, json!({ "workspaceId": app.second_workspace() })).await;
    let stranger = app.other_tenant().await;
    assert_eq!(stranger.verdict(&here).await, "NOT_FOUND");
    let theirs = stranger.ok("apiKeysCreate", json!({ "name": "theirs" })).await;
    let theirs = theirs["secret"].as_str().unwrap();
    assert_eq!(stranger.verdict(theirs).await, "VALID");
    assert_eq!(app.gateway().await.verdict(theirs).await, "NOT_FOUND");

    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    assert_eq!(inside.verdict(&here).await, "VALID");
    assert_eq!(inside.verdict(&there).await, "NOT_FOUND");
    let made = app.pat(&inside, &["keys:verify"], None).await;
    assert_eq!((made.verdict(&here).await, made.verdict(&there).await), ("VALID".to_owned(), "NOT_FOUND".to_owned()));
    // The power of a token is its owner's role at each call.
    app.dismiss(&inside).await;
    assert_eq!(made.verdict(&here).await, "NOT_FOUND");
    for role in [Role::Member, Role::Viewer, Role::Billing] {
        assert_eq!(app.member(role, None).await.verdict(&here).await, "NOT_FOUND", "{role:?}");
    }
}

#[tokio::test]
async fn it_takes_the_scope_and_no_other_contains_it() {
    let app = TestServer::start().await;
    let (_, secret) = make(&app, json!({})).await;
    let others = ["admin:read", "admin:write", "usage:write", "credentials:use", "admin:users", "admin:organizations"];
    let token = app.pat(app.owner(), &others, None).await;
    let answer = token.post("/v1/keys/verify", &json!({ "key": secret })).await;
    insta::assert_snapshot!(error(&answer, 403), @"UNAUTHORIZED: `keys/verify` needs the scope keys:verify; this token has admin:read, admin:write, usage:write, credentials:use, admin:users, admin:organizations");
}

#[tokio::test]
async fn a_deleted_workspace_takes_its_keys_along() {
    let app = TestServer::start().await;
    let gateway = app.gateway().await;
    let (id, secret) = make(&app, json!({})).await;
    app.owner().ok("workspacesDelete", json!(app.workspace())).await;
    assert_eq!(gateway.verdict(&secret).await, "NOT_FOUND");
    assert!(app.owner().refused("apiKeysGet", id.clone()).await.starts_with("NOT_FOUND"));
    assert!(app.owner().refused("apiKeysRotate", json!({ "id": id })).await.starts_with("NOT_FOUND"));
    app.owner().ok("workspacesRestore", json!(app.workspace())).await;
    assert_eq!(gateway.verdict(&secret).await, "VALID");
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused_and_never_quoted() {
    let app = TestServer::start().await;
    let gateway = app.gateway().await;
    let (_, secret) = make(&app, json!({})).await;
    let post = |body: String, content_type: &'static str| {
        let gateway = gateway.clone();
        async move {
            let request =
                gateway.request(reqwest::Method::POST, "/v1/keys/verify").header("content-type", content_type);
            Answer::of(request.body(body).send().await.unwrap()).await
        }
    };
    let json_bodies = [
        format!(r#"{{"key": "{secret}", "scope": ["data:read"]}}"#),
        format!(r#"{{"{secret}": true}}"#),
        format!(r#"{{"key": ["{secret}"]}}"#),
        format!(r#"{{"key": "{secret}", "scopes": "{secret}"}}"#),
        format!(r#"{{"key": "{secret}", "key": "{secret}"}}"#),
        format!(r#"["{secret}", []]"#),
        format!(r#""{secret}""#),
        format!(r#"{{"key": "{secret}""#),
        format!("key={secret}"),
        format!(r#"{{"key": "{secret}"}} trailing"#),
        "{}".to_owned(),
        "null".to_owned(),
        String::new(),
    ];
    for body in json_bodies {
        let answer = post(body.clone(), "application/json").await;
        assert!(error(&answer, 400).starts_with("BAD_USER_INPUT"), "{body}");
        assert!(!answer.body.to_string().contains(&secret), "{}", answer.body);
    }
    let misspelt = post(r#"{"key": "k", "scope": ["data:read"]}"#.to_owned(), "application/json").await;
    insta::assert_snapshot!(error(&misspelt, 400), @"BAD_USER_INPUT: the body has a field that is none of `key`, `scopes`, `project`, `ip`, `referrer`, `userAgent`, `resource`, `connection`, `cost` (line 1, column 20)");
    let empty = post("{}".to_owned(), "application/json").await;
    insta::assert_snapshot!(error(&empty, 400), @"BAD_USER_INPUT: the body has no `key`");
    let text = post(format!(r#"{{"key": "{secret}"}}"#), "text/plain").await;
    insta::assert_snapshot!(error(&text, 400), @"BAD_USER_INPUT: the body is not said to be JSON");
    // Over GET a key would stand in a log of URLs.
    let get = gateway.request(reqwest::Method::GET, &format!("/v1/keys/verify?key={secret}")).send().await.unwrap();
    assert_eq!(get.status(), 405);
}

#[tokio::test]
async fn a_huge_key_is_refused_unread() {
    let app = TestServer::start().await;
    let gateway = app.gateway().await;
    for (length, status) in [(16 * 1024 - 10, 200), (16 * 1024 - 9, 413), (10 * 1024 * 1024, 413)] {
        let answer = gateway.post("/v1/keys/verify", &json!({ "key": "k".repeat(length) })).await;
        assert_eq!(answer.status, status, "{length}");
        if status == 413 {
            insta::allow_duplicates! {
                insta::assert_snapshot!(error(&answer, 413), @"LIMIT_EXCEEDED: the body is larger than 16384 bytes, or broke off");
            }
        }
    }
}
