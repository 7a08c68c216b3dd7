//! Every change is on record, and the record cannot be changed unseen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use admin_server::Storage;
use admin_server::app::Ports;
use admin_server::app::audit::Broken;
use admin_server::app::audit::{Actor, Event, append, verify};
use admin_server::crypto::{ServerKey, ServerKeys};
use admin_server::error::Error;
use admin_server::ids::RequestId;
use admin_server::random::SystemRandom;
use admin_server::store::audit::StoredEvent;
use aisetu_tests::TestServer;
use serde_json::{Value, json};

async fn events(app: &TestServer) -> Vec<StoredEvent> {
    let chain = app.tenant().to_owned();
    let read = app
        .server()
        .control_plane()
        .store()
        .read(move |tx| Ok(admin_server::store::audit::walk(tx, &chain, None, 10_000)?));
    read.await.unwrap()
}

async fn check(app: &TestServer) -> Result<i64, Broken> {
    let (chain, key) = (app.tenant().to_owned(), app.ports().keys.audit.clone());
    app.server().control_plane().store().read(move |tx| verify(tx, &key, &chain)).await.unwrap()
}

/// One of every change; returns the root fields in order.
async fn change_everything(app: &TestServer) -> Vec<&'static str> {
    let owner = app.owner();
    let key =
        owner.ok("apiKeysCreate", json!({ "workspaceId": app.workspace(), "name": "k" })).await["item"]["id"].clone();
    let pat = owner.ok("patsCreate", json!({ "name": "t", "scopes": ["admin:read"] })).await["item"]["id"].clone();
    let second = json!(app.second_workspace());
    let mut done = vec!["apiKeysCreate", "patsCreate"];
    let project =
        owner.ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "p" })).await["id"].clone();
    done.push("projectsCreate");
    for (field, argument) in [
        ("projectsRename", json!({ "id": project, "name": "q" })),
        ("projectsArchive", project),
        ("apiKeysUpdate", json!({ "id": key, "name": "renamed" })),
        ("apiKeysUpdateRestrictions", json!({ "id": key, "referrers": ["a.example"] })),
        ("apiKeysRotate", json!({ "id": key })),
        ("apiKeysRollbackRotation", key.clone()),
        ("apiKeysRotate", json!({ "id": key })),
        ("apiKeysFinishRotation", key.clone()),
        ("apiKeysRevoke", json!({ "id": key, "reason": "spring cleaning" })),
        ("apiKeysRestore", key.clone()),
        ("apiKeysDelete", key),
        ("patsRevoke", pat),
        ("workspacesCreate", json!({ "name": "w" })),
        ("workspacesRename", json!({ "id": second, "name": "2nd" })),
        ("workspacesSetBudget", json!({ "id": second, "budget": { "usd": "5", "period": "DAY" } })),
        ("workspacesDelete", second.clone()),
        ("workspacesRestore", second),
    ] {
        owner.ok(field, argument).await;
        done.push(field);
    }
    done
}

#[tokio::test]
async fn each_change_makes_one_event() {
    let app = TestServer::start().await;
    let before = events(&app).await.len();
    let done = change_everything(&app).await;
    let events = events(&app).await;
    let actions: Vec<&str> = events[before..].iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, done);
    assert_eq!(check(&app).await, Ok(i64::try_from(events.len()).unwrap()));
    let first: Vec<&str> = events[..before].iter().map(|event| event.action.as_str()).collect();
    assert_eq!(
        first,
        [
            "operator.createTenant",
            "operator.createUser",
            "operator.createWorkspace",
            "operator.createMembership",
            "operator.createPat",
            "workspacesCreate"
        ]
    );
}

#[tokio::test]
async fn an_event_says_who_did_what_and_why() {
    let app = TestServer::start().await;
    let input = json!({ "workspaceId": app.workspace(), "name": "k" });
    let key = app.owner().ok("apiKeysCreate", input).await["item"]["id"].clone();
    let (document, variables) =
        aisetu_tests::operation("apiKeysRevoke", json!({ "id": key, "code": "UNUSED", "reason": "why not" }));
    let request = app.owner().request(reqwest::Method::POST, "/graphql").header("user-agent", "aisetu-test/1.0\u{9}x");
    let answer = request.json(&json!({ "query": document, "variables": variables })).send().await.unwrap();
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let event = events(&app).await.pop().unwrap();
    let whoami = app.owner().ok("authWhoami", Value::Null).await;
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(
        json(&event.actor),
        json!({ "kind": "user", "userId": whoami["user"]["id"], "email": "owner@acme.example", "patId": whoami["pat"]["id"],
            "client": "aisetu-test/1.0x" })
    );
    assert_eq!((event.action.as_str(), json!(event.object_id)), ("apiKeysRevoke", key));
    assert_eq!((event.reason.as_deref(), event.request_id, event.at), (Some("why not"), request_id, app.now()));
    let (before, after) = (json(event.before.as_deref().unwrap()), json(event.after.as_deref().unwrap()));
    assert_eq!((&before["state"], &after["state"]), (&json!("ACTIVE"), &json!("REVOKED")));
    assert_eq!((&before["revocation"], &after["revocation"]["code"]), (&Value::Null, &json!("UNUSED")));
}

#[tokio::test]
async fn what_is_refused_or_repeated_or_only_read_makes_none() {
    let app = TestServer::start().await;
    let input = json!({ "workspaceId": app.workspace(), "name": "k" });
    let made = app.owner().call_once("key", "apiKeysCreate", input.clone()).await.data();
    let before = events(&app).await.len();
    app.owner().call_once("key", "apiKeysCreate", input.clone()).await.data();
    for refused in [json!({ "workspaceId": app.workspace(), "name": "" }), json!({ "name": "k" })] {
        app.owner().refused("apiKeysCreate", refused).await;
    }
    app.reader().await;
    let before = before + 1;
    app.owner().refused("apiKeysRestore", made["apiKeysCreate"]["item"]["id"].clone()).await;
    app.viewer_member().await.refused("apiKeysCreate", input.clone()).await;
    app.other_tenant().await.refused("apiKeysCreate", input).await;
    app.owner().ok("apiKeysList", Value::Null).await;
    let events = events(&app).await;
    assert_eq!(events.len(), before, "{events:?}");
}

#[tokio::test]
async fn each_tenant_has_a_chain_of_its_own() {
    let app = TestServer::start().await;
    let before = events(&app).await.len();
    let stranger = app.other_tenant().await;
    stranger.ok("workspacesCreate", json!({ "name": "w" })).await;
    assert_eq!(events(&app).await.len(), before);
    assert!(check(&app).await.is_ok());
}

/// A stopped server's database with one of every change on record.
struct Recorded {
    folder: tempfile::TempDir,
    keys: ServerKeys,
    ports: Ports,
    chain: String,
    count: i64,
}

impl Recorded {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = TestServer::start_in(folder.path()).await;
        change_everything(&app).await;
        let (keys, ports, chain) = ((*app.ports().keys).clone(), app.ports().clone(), app.tenant().to_owned());
        let count = check(&app).await.unwrap();
        app.shutdown().await;
        Self { folder, keys, ports, chain, count }
    }

    fn copy(&self) -> (tempfile::TempDir, PathBuf) {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("control-plane.db");
        // The one file is all there is, once the server has stopped.
        std::fs::copy(self.folder.path().join("control-plane.db"), &file).unwrap();
        (copy, file)
    }

    async fn verify(&self, folder: &Path) -> Result<i64, Broken> {
        let (store, closed) = Storage::Folder(folder.to_owned()).open().unwrap();
        let (chain, key) = (self.chain.clone(), self.keys.audit.clone());
        let found = store.read(move |tx| verify(tx, &key, &chain)).await.unwrap();
        drop(store);
        closed.await;
        found
    }

    /// Whether it is found that someone ran these statements on the file.
    async fn finds(&self, tampering: &str) -> bool {
        let (copy, file) = self.copy();
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.execute_batch(tampering).unwrap();
        drop(connection);
        self.verify(copy.path()).await.is_err()
    }
}

#[tokio::test]
async fn a_changed_record_is_found() {
    let recorded = Recorded::new().await;
    let count = recorded.count;
    assert!(count > 15);
    // The control: an untouched copy is whole.
    assert!(!recorded.finds("SELECT 1").await);
    for (column, value) in [
        ("id", "'evt_00000000000000000000000000'"),
        ("chain", "'ten_00000000000000000000000000'"),
        ("number", "number + 1000"),
        ("at", "at + 1"),
        ("actor", "replace(actor, 'owner@', 'other@')"),
        ("action", "action || 'x'"),
        ("object_id", "'key_00000000000000000000000000'"),
        ("before", "COALESCE(before, '') || ' '"),
        ("after", "NULL"),
        ("reason", "''"),
        ("request_id", "'req_00000000000000000000000000'"),
        ("workspace_id", "NULL"),
        ("workspace_id", "'ws_00000000000000000000000000'"),
        ("mac", "lower(mac)"),
    ] {
        let tampering = format!("UPDATE audit_events SET {column} = {value} WHERE action = 'apiKeysRevoke'");
        let null = if column == "reason" { " AND reason IS NOT NULL" } else { "" };
        assert!(recorded.finds(&format!("{tampering}{null}")).await, "{column}");
    }
    for number in [1, 2, count / 2, count - 1, count] {
        assert!(recorded.finds(&format!("DELETE FROM audit_events WHERE number = {number}")).await, "{number} deleted");
        let closed_up = format!(
            "DELETE FROM audit_events WHERE number = {number};
             UPDATE audit_events SET number = -number WHERE number > {number};
             UPDATE audit_events SET number = -number - 1 WHERE number < 0;
             UPDATE audit_heads SET count = count - 1"
        );
        assert!(recorded.finds(&closed_up).await, "{number} deleted, and the rest moved up");
    }
    for (what, tampering) in [
        ("cut off", "DELETE FROM audit_events WHERE number > 5".to_owned()),
        (
            "cut off, and the head moved back",
            "DELETE FROM audit_events WHERE number > 5;
             UPDATE audit_heads SET count = 5, mac = (SELECT mac FROM audit_events WHERE number = 5)".to_owned(),
        ),
        ("emptied", "DELETE FROM audit_events".to_owned()),
        ("without a head", "DELETE FROM audit_heads".to_owned()),
        ("emptied with its head", "DELETE FROM audit_events; DELETE FROM audit_heads".to_owned()),
        ("another count", "UPDATE audit_heads SET count = count + 1".to_owned()),
        ("another signature", "UPDATE audit_heads SET signature = mac".to_owned()),
        (
            "two changed places",
            "UPDATE audit_events SET number = -1 WHERE number = 3; UPDATE audit_events SET number = 3 WHERE number = 4;
             UPDATE audit_events SET number = 4 WHERE number = -1".to_owned(),
        ),
        (
            "one added",
            format!(
                "INSERT INTO audit_events SELECT 'evt_0000000000000000000000000z', chain, {count} + 1, at, actor, action,
                 object_id, before, after, reason, request_id, mac, workspace_id FROM audit_events WHERE number = {count}"
            ),
        ),
        (
            "one added with its head",
            format!(
                "INSERT INTO audit_events SELECT 'evt_0000000000000000000000000z', chain, {count} + 1, at, actor, action,
                 object_id, before, after, reason, request_id, mac, workspace_id FROM audit_events WHERE number = {count};
                 UPDATE audit_heads SET count = count + 1"
            ),
        ),
    ] {
        assert!(recorded.finds(&tampering).await, "{what}");
    }
}

#[tokio::test]
async fn a_record_made_anew_without_the_key_is_found() {
    let recorded = Recorded::new().await;
    for honest in [true, false] {
        let (copy, _) = recorded.copy();
        let (store, closed) = Storage::Folder(copy.path().to_owned()).open().unwrap();
        let mut keys = recorded.keys.clone();
        if !honest {
            keys.audit = ServerKey::generate(&SystemRandom);
        }
        let ports = Ports { keys: Arc::new(keys), ..recorded.ports.clone() };
        let chain = recorded.chain.clone();
        let rewrite = store.write(move |tx| -> Result<(), Error> {
            tx.execute("DELETE FROM audit_events WHERE chain = $1", &[chain.as_str().into()])?;
            tx.execute("DELETE FROM audit_heads WHERE chain = $1", &[chain.as_str().into()])?;
            for _ in 0..3 {
                let event = Event::change::<Value>(&"ws_x", None, None, None)?;
                let now = ports.clock.now();
                append(tx, &ports, &chain, &Actor::Operator, &event, &RequestId::new(now, &SystemRandom), now)?;
            }
            Ok(())
        });
        rewrite.await.unwrap();
        drop(store);
        closed.await;
        // With the key it is a whole chain, which shows that it is the key that tells.
        assert_eq!(recorded.verify(copy.path()).await.is_ok(), honest);
    }
}

#[tokio::test]
async fn nothing_is_added_to_a_head_that_is_not_ours() {
    let app = TestServer::start().await;
    let chain = app.tenant().to_owned();
    let forge = app.server().control_plane().store().write(move |tx| {
        Ok(tx.execute("UPDATE audit_heads SET signature = 'x' WHERE chain = $1", &[chain.as_str().into()])?)
    });
    assert_eq!(forge.await.unwrap(), 1);
    insta::assert_snapshot!(app.owner().refused("workspacesCreate", json!({ "name": "unrecorded" })).await, @r"
    INTERNAL: the control plane failed; this is a fault of ours
    (quote the request id when you report it)
    ");
    assert_eq!(
        app.owner().ok("workspacesList", Value::Null).await["totalCount"],
        2,
        "what is not on record does not happen"
    );
}

/// A chain from before events had a workspace: the column is taken out of the file, and the migration puts it there again.
#[tokio::test]
async fn a_chain_from_before_a_migration_is_whole_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestServer::start_in(folder.path()).await;
    let (keys, ports, chain) = ((*app.ports().keys).clone(), app.ports().clone(), app.tenant().to_owned());
    let of = chain.clone();
    let old = app.server().control_plane().store().write(move |tx| {
        tx.execute("DELETE FROM audit_events WHERE chain = $1", &[of.as_str().into()])?;
        tx.execute("DELETE FROM audit_heads WHERE chain = $1", &[of.as_str().into()])?;
        for _ in 0..5 {
            let event = Event::change(&"ws_x", None, None, Some(&json!({ "name": "old" })))?;
            let now = ports.clock.now();
            append(tx, &ports, &of, &Actor::Operator, &event, &RequestId::new(now, &SystemRandom), now)?;
        }
        Ok(())
    });
    old.await.unwrap();
    app.shutdown().await;
    let connection = rusqlite::Connection::open(folder.path().join("control-plane.db")).unwrap();
    let back = "DROP INDEX audit_events_by_workspace; DROP INDEX audit_events_by_object;
                ALTER TABLE audit_events DROP COLUMN workspace_id;
                DELETE FROM schema_migrations WHERE name = '0003_audit_workspaces'";
    connection.execute_batch(back).unwrap();
    drop(connection);
    let (store, closed) = Storage::Folder(folder.path().to_owned()).open().unwrap();
    assert_eq!(store.read(move |tx| verify(tx, &keys.audit, &chain)).await.unwrap(), Ok(5));
    drop(store);
    closed.await;
}
