//! What goes out and what comes back when all is well.

use admin_core::{
    CallOptions, Client, ErrorCode, Page, RawRequest, VerifyRequest,
    api_keys::{ApiKeyState, CreateApiKey, GetApiKey},
    auth::{RequestCode, VerifyLoginCode},
    workspaces::{GetWorkspace, ListWorkspaces, RenameWorkspace, Workspace},
};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{RawServer, answers, client, config, ok, pat, raw, requests, workspace, workspace_item};

#[tokio::test]
async fn a_query_goes_out_as_graphql_over_http_wants_it() {
    let server = answers([ok(workspace())]).await;
    client(&format!("{}/prefix/", server.uri())).execute(GetWorkspace { id: "ws_1".into() }).await.unwrap();

    let request = &requests(&server).await[0];
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.path(), "/prefix/graphql");
    let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("accept"), Some("application/graphql-response+json, application/json;q=0.9"));
    assert_eq!(header("content-type"), Some("application/json"));
    assert_eq!(header("authorization"), Some(format!("Bearer {}", pat().secret().expose()).as_str()));
    assert_eq!(header("user-agent"), Some(concat!("aisetu-core/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(header("idempotency-key"), None, "a query changes nothing");
    let body: Value = request.body_json().unwrap();
    assert_eq!(body["operationName"], "WorkspacesGet");
    assert_eq!(body["variables"], json!({ "id": "ws_1" }));
    assert!(body["query"].as_str().unwrap().starts_with("query WorkspacesGet($id: ID!)"), "{body}");
}

#[tokio::test]
async fn what_is_absent_is_not_sent_as_null() {
    let data = json!({ "data": { "workspacesList": { "items": [workspace_item()], "nextCursor": "c", "totalCount": 9_007_199_254_740_991_i64 } } });
    let server = answers([ok(data)]).await;
    let page: Page<Workspace> = client(&server.uri()).execute(ListWorkspaces::default()).await.unwrap();

    assert_eq!(requests(&server).await[0].body_json::<Value>().unwrap()["variables"], json!({ "input": {} }));
    insta::assert_snapshot!(serde_json::to_string(&page).unwrap(), @r#"{"items":[{"id":"ws_1","tenantId":"ten_1","name":"main","createdAt":"2026-11-22T09:30:00.000Z","deletedAt":null,"restorableUntil":null,"budget":{"usd":"100.00","period":"MONTH","timezone":"UTC"}}],"nextCursor":"c","totalCount":9007199254740991}"#);
}

#[tokio::test]
async fn a_mutation_has_an_idempotency_key_of_its_own_unless_one_is_given() {
    let server = answers([ok(json!({ "data": { "workspacesRename": workspace_item() } }))]).await;
    let client = client(&server.uri());
    let rename = RenameWorkspace { id: "ws_1".into(), name: "main".into() };
    let options = CallOptions { idempotency_key: Some("my-own".parse().unwrap()), ..CallOptions::default() };

    client.execute(rename.clone()).await.unwrap();
    client.execute(rename.clone()).await.unwrap();
    let response = client.execute_with(rename, options).await.unwrap();

    let keys: Vec<_> = requests(&server).await.iter().map(|r| r.headers["idempotency-key"].clone()).collect();
    assert_eq!(
        keys,
        ["00000000000000000000000000000001", "00000000000000020000000000000003", "my-own"],
        "one for each call, made of 128 bits"
    );
    assert_eq!(response.meta.idempotency_key.unwrap().as_str(), "my-own");
}

#[tokio::test]
async fn the_headers_of_an_answer_are_told() {
    let answer = ok(workspace())
        .insert_header("x-request-id", "req_7")
        .insert_header("aisetu-pat-expires-at", "2026-12-01T00:00:00Z")
        .insert_header("aisetu-schema", "0.1.0;abc123");
    let server = answers([answer]).await;
    let response =
        client(&server.uri()).execute_with(GetWorkspace { id: "ws_1".into() }, CallOptions::default()).await.unwrap();
    insta::assert_debug_snapshot!(response.meta, @r#"
    Meta {
        request_id: Some(
            RequestId(
                "req_7",
            ),
        ),
        pat_expires_at: Some(
            DateTime(
                2026-12-01T00:00:00Z,
            ),
        ),
        schema: Some(
            SchemaVersion {
                version: "0.1.0",
                sha256: "abc123",
            },
        ),
        attempts: 1,
        idempotency_key: None,
        replayed: false,
    }
    "#);
}

#[tokio::test]
async fn headers_that_are_missing_or_nonsense_do_no_harm() {
    let answer = ok(workspace()).insert_header("aisetu-pat-expires-at", "soon").insert_header("aisetu-schema", "x");
    let server = answers([answer]).await;
    let operation = GetWorkspace { id: "ws_1".into() };
    let meta = client(&server.uri()).execute_with(operation, CallOptions::default()).await.unwrap().meta;
    assert_eq!((meta.request_id, meta.pat_expires_at, meta.schema, meta.attempts), (None, None, None, 1));
}

#[tokio::test]
async fn a_secret_comes_beside_what_it_belongs_to() {
    let data = json!({ "data": { "apiKeysCreate": { "item": key("ACTIVE"), "secret": "tt_live_not-really" } } });
    let server = answers([ok(data)]).await;
    let create = CreateApiKey { name: "CI".into(), ..CreateApiKey::default() };
    let issued = client(&server.uri()).execute(create).await.unwrap();
    assert_eq!(issued.secret.expose(), "tt_live_not-really");
    assert_eq!(issued.item.state, ApiKeyState::Active);
}

#[tokio::test]
async fn a_newer_server_may_know_more_values_and_fields() {
    let mut key = key("QUARANTINED");
    key["colour"] = json!({ "any": ["thing"] });
    let server = answers([ok(json!({ "data": { "apiKeysGet": key, "more": 1 }, "extensions": { "cost": 3 } }))]).await;
    let key = client(&server.uri()).execute(GetApiKey { id: "key_1".into() }).await.unwrap();
    assert_eq!(key.state, ApiKeyState::Unknown("QUARANTINED".into()));
    assert_eq!(serde_json::to_value(&key).unwrap()["state"], "QUARANTINED", "it is shown as it came");
}

#[tokio::test]
async fn calls_one_after_the_other_share_a_connection() {
    let body = workspace().to_string();
    let answer = raw(&format!("content-length: {}", body.len()), &body);
    let server = RawServer::start([answer.clone(), answer.clone(), answer]).await;
    let client = client(&server.base_url);
    for _ in 0..3 {
        client.clone().execute(GetWorkspace { id: "ws_1".into() }).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_frontend_names_itself_after_core() {
    let server = answers([ok(workspace())]).await;
    let config = config(&server.uri()).user_agent_suffix("aisetu-cli/0.1.0").build().unwrap();
    admin_core::Client::new(config).unwrap().execute(GetWorkspace { id: "ws_1".into() }).await.unwrap();
    let agent = requests(&server).await[0].headers["user-agent"].clone();
    assert_eq!(agent, concat!("aisetu-core/", env!("CARGO_PKG_VERSION"), " aisetu-cli/0.1.0"));
}

#[test]
fn a_call_can_move_between_threads() {
    fn sendable<T: Send>(_: T) {}
    let client = client("http://localhost:1");
    sendable(client.execute(GetWorkspace { id: "ws_1".into() }));
    sendable(client.gateway().verify(admin_core::VerifyRequest::new(admin_core::Secret::new("x"))));
}

fn key(state: &str) -> Value {
    json!({
        "id": "key_1",
        "workspaceId": "ws_1",
        "name": "CI",
        "description": null,
        "environment": "LIVE",
        "state": state,
        "hint": "abcd",
        "scopes": ["inference:*"],
        "metadata": { "team": "a" },
        "versions": [{ "id": "ver_1", "number": 1, "hint": "abcd", "createdAt": "2026-11-22T09:30:00.000Z", "expiresAt": null, "lastUsedAt": null, "lastUsedIp": null, "lastUsedUserAgent": null }],
        "revocation": null,
        "createdBy": "usr_1", "projects": null, "budget": null,
        "restrictions": { "ipAddresses": null, "referrers": null, "rateLimit": null, "timeRestrictions": null },
        "createdAt": "2026-11-22T09:30:00.000Z",
        "expiresAt": null,
        "deletedAt": null,
        "lastUsedAt": null,
    })
}

#[tokio::test]
async fn what_needs_no_token_goes_out_without_one_and_once() {
    let answer =
        json!({ "data": { "authRequestCode": { "challengeId": "chal_1", "expiresAt": "2026-11-22T09:30:00.000Z" } } });
    let server = answers([ResponseTemplate::new(503), ok(answer)]).await;
    // Also where there is a token.
    let error = client(&server.uri()).execute(RequestCode::new("ada@example.com")).await.unwrap_err();
    assert_eq!((error.code(), error.idempotency_key()), (ErrorCode::Unavailable, None));
    let signed_out = Client::new(config(&server.uri()).signed_out().build().unwrap()).unwrap();
    assert_eq!(signed_out.execute(RequestCode::new("ada@example.com")).await.unwrap().challenge_id.as_ref(), "chal_1");
    let requests = requests(&server).await;
    assert_eq!(requests.len(), 2, "it is not tried again");
    for request in &requests {
        assert!(!request.headers.contains_key("authorization") && !request.headers.contains_key("idempotency-key"));
    }
    // Whoever has no token sends nothing that needs one.
    let error = signed_out.execute(GetWorkspace { id: "ws_1".into() }).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
    let error = signed_out.gateway().verify(VerifyRequest::new("tt_live_…".into())).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
    assert_eq!(self::requests(&server).await.len(), 2);
    // But for a document as it is: what that needs is not known.
    let server = answers([ok(json!({ "data": { "__typename": "Query" } }))]).await;
    let signed_out = Client::new(config(&server.uri()).signed_out().build().unwrap()).unwrap();
    let answer = signed_out.raw(&RawRequest::new("{ __typename }"), CallOptions::default()).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(!self::requests(&server).await[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_secret_that_goes_out_is_in_the_body_and_nowhere_else() {
    let code = || VerifyLoginCode::new("chal_1", "code-4711");
    assert!(!format!("{:?}", code()).contains("4711"));
    let server = answers([ResponseTemplate::new(500).set_body_string("code-4711 is wrong")]).await;
    let error = client(&server.uri()).execute(code()).await.unwrap_err();
    let request = &requests(&server).await[0];
    assert_eq!(
        request.body_json::<Value>().unwrap()["variables"],
        json!({ "input": { "challengeId": "chal_1", "code": "code-4711" } })
    );
    assert!(!request.url.as_str().contains("4711") && !format!("{:?}", request.headers).contains("4711"));
    assert_eq!(error.code(), ErrorCode::Internal);
}
