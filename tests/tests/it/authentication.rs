//! Who is let in, and what every answer carries.

use admin_server::ids::PatId;
use admin_token::TokenKind;
use aisetu_tests::{Answer, SCHEMA, TestServer};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn minted(kind: TokenKind) -> String {
    admin_token::mint(kind, |buffer| buffer.fill(7)).secret().expose().to_owned()
}

/// The answer to a request with this `Authorization` header, or without one.
async fn with_header(app: &TestServer, authorization: Option<&str>, path: &str, body: &Value) -> Answer {
    let mut request = app.anonymous().request(reqwest::Method::POST, path).json(body);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn every_token_that_is_not_in_force_gets_the_same_answer() {
    let app = TestServer::start().await;
    let expired = app.pat(app.owner(), &["admin:write"], Some(SignedDuration::from_secs(1))).await;
    let revoked = app.pat(app.owner(), &["admin:write"], None).await;
    let own = revoked.ok("authWhoami", Value::Null).await;
    app.owner().ok("patsRevoke", own["pat"]["id"].clone()).await;
    let (service, service_id) = app.service(&["keys:verify"], None).await;
    app.server().control_plane().revoke_service_token(service_id).await.unwrap();
    let key = app.owner().ok("apiKeysCreate", json!({ "workspaceId": app.workspace(), "name": "k" })).await;
    app.advance(SignedDuration::from_secs(1));

    let owner = app.owner().token().unwrap();
    let mut headers: Vec<Option<String>> = vec![None];
    let void = [&expired, &revoked, &service].map(|actor| actor.token().unwrap());
    for token in void.into_iter().chain([key["secret"].as_str().unwrap()]) {
        headers.push(Some(format!("Bearer {token}")));
    }
    headers.extend(TokenKind::ALL.map(|kind| Some(format!("Bearer {}", minted(kind)))));
    for broken in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {owner}"),
        owner.to_owned(),
        format!("Bearer {}", &owner[..owner.len() - 1]),
        format!("Bearer {owner}x"),
        format!("Bearer {}", owner.to_uppercase()),
        format!("Bearer {}{}", &owner[..owner.len() - 1], if owner.ends_with('a') { 'b' } else { 'a' }),
        format!("Bearer {}", "x".repeat(7_000)),
    ] {
        headers.push(Some(broken));
    }
    for (path, body) in
        [("/graphql", json!({ "query": "{ authWhoami { pat { id } } }" })), ("/v1/keys/verify", json!({ "key": "k" }))]
    {
        let mut seen: Option<(String, Vec<String>)> = None;
        for header in &headers {
            let answer = with_header(&app, header.as_deref(), path, &body).await;
            assert_eq!(answer.status, 401, "{header:?}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert_eq!(answer.header("aisetu-pat-expires-at"), None);
            let request_id = answer.header("x-request-id").unwrap().to_owned();
            let text = answer.body.to_string();
            assert!(text.contains(&request_id), "{text}");
            let text = text.replace(&request_id, "req");
            let names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            let first = seen.get_or_insert_with(|| (text.clone(), names.clone()));
            assert_eq!((&text, &names), (&first.0, &first.1), "{header:?}");
        }
        let (text, _) = seen.unwrap();
        assert!(text.contains("UNAUTHENTICATED"), "{text}");
    }
    let refused = with_header(&app, None, "/graphql", &json!({ "query": "{ authWhoami { pat { id } } }" })).await;
    insta::assert_snapshot!(refused.refusal(), @r"
    UNAUTHENTICATED: a personal access token in force is needed
    (use a personal access token that is neither expired nor revoked)
    ");
}

#[tokio::test]
async fn a_token_that_is_revoked_while_its_change_waits_gets_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestServer::start_in(folder.path()).await;
    let token = app.pat(app.owner(), &["admin:write"], None).await;
    let id: PatId = token.ok("authWhoami", Value::Null).await["pat"]["id"].as_str().unwrap().parse().unwrap();
    let (open, opened) = std::sync::mpsc::channel();
    let (opened, now) = (std::sync::Mutex::new(opened), app.now());
    // It holds the writer until the gate opens, and then revokes.
    let revoke = app.server().control_plane().store().write(move |tx| {
        opened.lock().unwrap().recv().unwrap();
        Ok(admin_server::store::pats::revoke(tx, &id, now)?)
    });
    let change = token.call("workspacesCreate", json!({ "name": "late" }));
    let others = async {
        // The change gets as far as it can meanwhile. Wherever it is, the answer is the same.
        for _ in 0..20 {
            app.owner().ok("authWhoami", Value::Null).await;
        }
        open.send(()).unwrap();
    };
    let (revoked, answer, ()) = tokio::join!(revoke, change, others);
    revoked.unwrap();
    assert_eq!((answer.status, answer.header("aisetu-pat-expires-at")), (401, None), "{}", answer.body);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    assert_eq!(app.owner().ok("workspacesList", Value::Null).await["totalCount"], 2);
}

#[tokio::test]
async fn the_scheme_is_not_a_matter_of_case() {
    let app = TestServer::start().await;
    let body = json!({ "query": "{ authWhoami { user { email } } }" });
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let header = format!("{scheme} {}", app.owner().token().unwrap());
        let answer = with_header(&app, Some(&header), "/graphql", &body).await;
        assert_eq!(answer.data()["authWhoami"]["user"]["email"], "owner@acme.example");
    }
}

#[tokio::test]
async fn a_token_expires_to_the_microsecond() {
    let app = TestServer::start().await;
    let token = app.pat(app.owner(), &["admin:read"], Some(SignedDuration::from_secs(60))).await;
    app.advance(SignedDuration::from_secs(60) - SignedDuration::from_micros(1));
    let last = token.graphql("{ authWhoami { pat { state expiresAt } } }", json!({})).await;
    assert_eq!(last.header("aisetu-pat-expires-at"), Some("2026-01-05T09:01:02.000Z"));
    assert_eq!(last.data()["authWhoami"]["pat"], json!({ "state": "ACTIVE", "expiresAt": "2026-01-05T09:01:02.000Z" }));
    app.advance(SignedDuration::from_micros(1));
    assert_eq!(token.graphql("{ authWhoami { pat { id } } }", json!({})).await.status, 401);
}

#[tokio::test]
async fn answers_say_request_schema_and_expiry() {
    let app = TestServer::start().await;
    let digest =
        Sha256::digest(SCHEMA.as_bytes()).iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
    let paths = ["/healthz", "/readyz", "/nothing", "/graphql", "/v1/keys/verify"];
    let mut ids = std::collections::HashSet::new();
    for path in paths {
        let answer = Answer::of(app.owner().request(reqwest::Method::GET, path).send().await.unwrap()).await;
        let schema = answer.header("aisetu-schema").unwrap();
        let (version, found) = schema.split_once(';').unwrap();
        assert_eq!((version.split('.').count(), found), (3, digest.as_str()), "{path}");
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert!(id.starts_with("req_") && id.len() == 30, "{id}");
        assert!(ids.insert(id), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    // A caller cannot choose the id, or a log could be made to lie.
    let request = app.owner().request(reqwest::Method::GET, "/healthz").header("x-request-id", "req_mine");
    assert_ne!(Answer::of(request.send().await.unwrap()).await.header("x-request-id"), Some("req_mine"));

    let expiry: Timestamp = "2026-04-05T09:00:00Z".parse().unwrap();
    let announced = |answer: &Answer| answer.header("aisetu-pat-expires-at").unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(announced(&app.owner().call("authWhoami", Value::Null).await), expiry);
    assert_eq!(announced(&app.owner().graphql("{ nothing }", json!({})).await), expiry, "also on an error");
    assert_eq!(announced(&app.owner().post("/v1/keys/verify", &json!({ "key": "k" })).await), expiry);
}
