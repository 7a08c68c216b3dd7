//! What verification knows without asking the database, and that it never knows what is no longer so.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use admin_server::app::ControlPlane;
use admin_server::ids::ApiKeyId;
use admin_server::model::Role;
use admin_server::store::{SEEN_WITHIN, Store, api_keys};
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn make(app: &TestServer, more: Value) -> (Value, String) {
    let mut input = json!({ "name": "k", "workspaceId": app.workspace() });
    input.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
    let made = app.owner().ok("apiKeysCreate", input).await;
    (made["item"]["id"].clone(), made["secret"].as_str().unwrap().to_owned())
}

/// Keeps every connection to a database in memory busy until it is dropped.
async fn hold(store: &Store) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let (held, begun) = (std::sync::Mutex::new(held), std::sync::Mutex::new(Some(begun)));
    let store = store.clone();
    tokio::spawn(async move {
        let wait = move |_: &mut admin_server::store::Tx<'_>| {
            begun.lock().unwrap().take().unwrap().send(()).unwrap();
            let _ = held.lock().unwrap().recv();
            Ok(())
        };
        store.read(wait).await
    });
    begins.await.unwrap();
    release
}

#[tokio::test]
async fn a_known_key_is_verified_without_the_database() {
    let app = TestServer::start().await;
    let rules = json!({ "budget": { "usd": "5", "period": "MONTH" }, "restrictions": { "rateLimit": { "requests": 100, "period": "MINUTE" } } });
    let (id, secret) = make(&app, rules).await;
    let (_, unknown) = make(&app, json!({})).await;
    let gateway = app.bearer(app.gateway().await.token().unwrap());
    assert_eq!(gateway.verdict(&secret).await, "VALID");
    // What anybody may ask for, and the mail that comes of it, let nothing be forgotten.
    app.anonymous().ok("authRequestCode", json!({ "email": "owner@acme.example" })).await;
    assert!(app.anonymous().refused("authRequestCode", json!({ "email": "x" })).await.starts_with("BAD_USER_INPUT"));
    app.mail().mail(1).await;
    app.server().control_plane().send_due_mail().await.unwrap();
    let release = hold(app.server().control_plane().store()).await;
    let body = json!({ "key": secret });
    for _ in 0..50 {
        let answer = gateway.post("/v1/keys/verify", &body).await;
        assert_eq!((&answer.body["code"], &answer.body["keyId"]), (&json!("VALID"), &id));
    }
    // The proof that the database is out of reach.
    let asked = tokio::time::timeout(Duration::from_millis(300), gateway.verdict(&unknown)).await;
    asked.unwrap_err();
    drop(release);
    assert_eq!(gateway.verdict(&unknown).await, "VALID");
}

#[tokio::test]
async fn each_change_is_seen_by_the_very_next_call() {
    let app = TestServer::start().await;
    let owner = app.owner();
    let gateway = app.gateway().await;
    let project =
        owner.ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "p" })).await["id"].clone();
    let (id, secret) = make(&app, json!({ "projects": [project], "budget": { "usd": "1", "period": "DAY" } })).await;
    let code = async || {
        gateway.post("/v1/keys/verify", &json!({ "key": secret, "project": project, "ip": "192.0.2.7" })).await.body["code"].clone()
    };
    let reporter = app.pat(owner, &["usage:write"], None).await;
    assert_eq!(code().await, "VALID");
    let address = |block: &str| json!({ "id": id, "ipAddresses": [block] });
    for (field, input, after) in [
        ("apiKeysUpdate", json!({ "id": id, "disabled": true }), "DISABLED"),
        ("apiKeysUpdate", json!({ "id": id, "disabled": false }), "VALID"),
        ("apiKeysUpdateRestrictions", address("198.51.100.0/24"), "IP_FORBIDDEN"),
        ("apiKeysUpdateRestrictions", address("192.0.2.0/24"), "VALID"),
        ("apiKeysRevoke", json!({ "id": id }), "REVOKED"),
        ("apiKeysRestore", id.clone(), "VALID"),
        ("workspacesDelete", json!(app.workspace()), "NOT_FOUND"),
        ("workspacesRestore", json!(app.workspace()), "VALID"),
    ] {
        owner.ok(field, input).await;
        assert_eq!(code().await, after, "{field}");
    }
    let event = |number: u32, usd: u32| json!({ "id": format!("e{number}"), "at": format!("{:.3}", app.now()), "key": id, "requests": 1, "costMicroUsd": usd * 1_000_000 });
    for (number, after) in [(1, "BUDGET_EXCEEDED"), (2, "BUDGET_EXCEEDED")] {
        assert_eq!(reporter.post("/v1/usage/events", &json!({ "events": [event(number, 1)] })).await.status, 200);
        assert_eq!(code().await, after);
    }
    owner.ok("apiKeysUpdate", json!({ "id": id, "budget": { "usd": "3", "period": "DAY" } })).await;
    assert_eq!(code().await, "VALID");
    reporter.post("/v1/usage/events", &json!({ "events": [event(3, 1)] })).await;
    assert_eq!(code().await, "BUDGET_EXCEEDED");
    // Another day, another budget, though nothing was written.
    app.advance(SignedDuration::from_hours(15));
    assert_eq!(code().await, "VALID");
    owner.ok("projectsArchive", project.clone()).await;
    assert_eq!(code().await, "PROJECT_FORBIDDEN");
    let rotated = owner.ok("apiKeysRotate", json!({ "id": id, "grace": "PT0S" })).await;
    assert_eq!(code().await, "EXPIRED");
    assert_eq!(gateway.verdict(rotated["secret"].as_str().unwrap()).await, "PROJECT_FORBIDDEN");
}

#[tokio::test]
async fn a_gateway_is_known_no_longer_than_its_token_holds() {
    let app = TestServer::start().await;
    let (_, secret) = make(&app, json!({})).await;
    let status = async |gateway: &Actor| gateway.post("/v1/keys/verify", &json!({ "key": secret })).await.status;
    let admin = app.member(Role::Admin, Some(app.workspace())).await;
    let of_admin = app.pat(&admin, &["keys:verify"], None).await;
    assert_eq!(of_admin.verdict(&secret).await, "VALID");
    let whoami = admin.data("{ authWhoami { user { id } } }").await;
    let user = &whoami["authWhoami"]["user"]["id"];
    app.owner().ok("membersSetRole", json!({ "userId": user, "role": "VIEWER", "workspaceId": app.workspace() })).await;
    assert_eq!(of_admin.verdict(&secret).await, "NOT_FOUND");
    app.owner().ok("membersRemove", json!({ "userId": user, "workspaceId": app.workspace() })).await;
    assert_eq!(status(&of_admin).await, 401);

    let gateway = app.pat(app.owner(), &["keys:verify"], Some(SignedDuration::from_hours(1))).await;
    assert_eq!(status(&gateway).await, 200);
    app.advance(SignedDuration::from_hours(1));
    assert_eq!(status(&gateway).await, 401);

    let (service, id) = app.service(&["keys:verify"], None).await;
    assert_eq!(service.verdict(&secret).await, "VALID");
    app.server().control_plane().revoke_service_token(id).await.unwrap();
    assert_eq!(status(&service).await, 401);
}

#[tokio::test]
async fn what_another_process_changes_is_seen_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestServer::start_in(folder.path()).await;
    let (id, secret) = make(&app, json!({})).await;
    let gateway = app.gateway().await;
    assert_eq!(gateway.verdict(&secret).await, "VALID");
    let (store, _closed) = admin_server::open_beside(folder.path()).unwrap();
    let beside = ControlPlane::new(store, app.ports().clone());
    let id: ApiKeyId = id.as_str().unwrap().parse().unwrap();
    let now = app.now();
    for (disabled, verdict) in [(true, "DISABLED"), (false, "VALID")] {
        let id = id.clone();
        let change = move |tx: &mut admin_server::store::Tx<'_>| {
            let key = api_keys::get(tx, &id, now)?.unwrap();
            Ok(api_keys::update(tx, &admin_server::model::ApiKey { disabled, ..key })?)
        };
        beside.store().write(change).await.unwrap();
        tokio::time::sleep(SEEN_WITHIN).await;
        assert_eq!(gateway.verdict(&secret).await, verdict);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_let_in_after_a_revocation_was_answered() {
    let app = Arc::new(TestServer::start().await);
    let (id, secret) = make(&app, json!({})).await;
    let gateway = Arc::new(app.gateway().await);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    // They fill what is known with what they read a moment before.
    let busy: Vec<_> = (0..8)
        .map(|_| {
            let (gateway, secret, stop) = (Arc::clone(&gateway), secret.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    gateway.verdict(&secret).await;
                }
            })
        })
        .collect();
    for round in 0..100 {
        app.owner().ok("apiKeysRevoke", json!({ "id": id })).await;
        assert_eq!(gateway.verdict(&secret).await, "REVOKED", "{round}");
        app.owner().ok("apiKeysRestore", id.clone()).await;
        assert_eq!(gateway.verdict(&secret).await, "VALID", "{round}");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for task in busy {
        task.await.unwrap();
    }
}
