//! A change happens once, however often it is asked for under one idempotency key.

use std::path::Path;

use admin_server::model::Role;
use aisetu_tests::{Actor, Answer, TestServer, operation};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde_json::{Value, json};

const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);
const TEN_MINUTES: SignedDuration = SignedDuration::from_mins(10);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const KEY: &str = "c0ffee00-1111-4222-8333-444455556666";

async fn create(app: &TestServer, actor: &Actor, key: &str) -> Answer {
    let input = json!({ "workspaceId": app.workspace(), "name": "checkout" });
    actor.call_once(key, "apiKeysCreate", input).await
}

async fn keys(app: &TestServer) -> i64 {
    app.owner().ok("apiKeysList", Value::Null).await["totalCount"].as_i64().unwrap()
}

#[tokio::test]
async fn a_retry_gets_the_same_secret_for_ten_minutes() {
    let app = TestServer::start().await;
    let made = create(&app, app.owner(), KEY).await;
    let again = create(&app, app.owner(), KEY).await;
    assert_eq!((made.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    let first = made.data();
    assert_eq!(again.data(), first);
    app.advance(TEN_MINUTES - MICROSECOND);
    app.server().control_plane().sweep().await.unwrap();
    assert_eq!(create(&app, app.owner(), KEY).await.data(), first);

    app.advance(MICROSECOND);
    let item = &first["apiKeysCreate"]["item"];
    for swept in [false, true] {
        if swept {
            app.server().control_plane().sweep().await.unwrap();
        }
        let late = create(&app, app.owner(), KEY).await;
        let expected = format!(
            "ALREADY_CREATED: {} was made by an earlier call with this idempotency key; its secret is not given again\n\
             (rotate the key, or make another token, to get a new secret)",
            item["id"].as_str().unwrap()
        );
        assert_eq!(late.refusal(), expected);
        assert_eq!(late.error()["extensions"]["object"], json!({ "id": item["id"], "hint": item["hint"] }));
    }
    app.advance(DAY - TEN_MINUTES - MICROSECOND);
    app.server().control_plane().sweep().await.unwrap();
    assert_eq!(create(&app, app.owner(), KEY).await.code(), "ALREADY_CREATED");
    assert_eq!(keys(&app).await, 1);
    app.advance(MICROSECOND);
    let anew = create(&app, app.owner(), KEY).await.data();
    assert_ne!(anew["apiKeysCreate"]["item"]["id"], item["id"]);
    assert_eq!(create(&app, app.owner(), KEY).await.data(), anew, "the slot is in use again");
    assert_eq!(keys(&app).await, 2);
}

#[tokio::test]
async fn an_answer_without_a_secret_is_kept_for_a_day() {
    let app = TestServer::start().await;
    let input = json!({ "name": "once" });
    let first = app.owner().call_once(KEY, "workspacesCreate", input.clone()).await.data();
    let id = &first["workspacesCreate"]["id"];
    app.owner().ok("workspacesRename", json!({ "id": id, "name": "renamed" })).await;
    app.advance(DAY - MICROSECOND);
    let again = app.owner().call_once(KEY, "workspacesCreate", input.clone()).await.data();
    assert_eq!(again, first, "the answer as it was");
    app.advance(MICROSECOND);
    let anew = app.owner().call_once(KEY, "workspacesCreate", input).await.data();
    assert_ne!(anew["workspacesCreate"]["id"], *id);
}

#[tokio::test]
async fn every_change_can_be_retried() {
    let app = TestServer::start().await;
    let made = create(&app, app.owner(), "make").await.data()["apiKeysCreate"]["item"]["id"].clone();
    let pat =
        app.owner().ok("patsCreate", json!({ "name": "t", "scopes": ["admin:read"] })).await["item"]["id"].clone();
    let second = json!(app.second_workspace());
    let calls = [
        ("apiKeysUpdate", json!({ "id": made, "name": "renamed" })),
        ("apiKeysUpdateRestrictions", json!({ "id": made, "referrers": ["a.example"] })),
        ("apiKeysRotate", json!({ "id": made })),
        ("apiKeysRollbackRotation", made.clone()),
        ("apiKeysRotate", json!({ "id": made, "grace": "1h" })),
        ("apiKeysFinishRotation", made.clone()),
        ("apiKeysRevoke", json!({ "id": made })),
        ("apiKeysRestore", made.clone()),
        ("apiKeysDelete", made.clone()),
        ("patsCreate", json!({ "name": "u", "scopes": ["admin:read"] })),
        ("patsRevoke", pat),
        ("workspacesRename", json!({ "id": second, "name": "2nd" })),
        ("workspacesSetBudget", json!({ "id": second, "budget": { "usd": "5", "period": "DAY" } })),
        ("workspacesDelete", second.clone()),
        ("workspacesRestore", second),
    ];
    for (number, (field, argument)) in calls.into_iter().enumerate() {
        let key = format!("call {number}");
        let first = app.owner().call_once(&key, field, argument.clone()).await.data();
        let again = app.owner().call_once(&key, field, argument).await.data();
        assert_eq!(again, first, "{field}");
    }
}

#[tokio::test]
async fn a_key_names_one_input_of_one_operation_of_one_token() {
    let app = TestServer::start().await;
    create(&app, app.owner(), KEY).await.data();
    let other = json!({ "workspaceId": app.workspace(), "name": "other" });
    insta::assert_snapshot!(app.owner().call_once(KEY, "apiKeysCreate", other).await.refusal(), @r"
    IDEMPOTENCY_MISMATCH: this idempotency key was used for `apiKeysCreate` with another input; nothing was changed
    (use a new idempotency key for a new call)
    ");
    assert_eq!(keys(&app).await, 1);
    // Another operation and another token have slots of their own.
    app.owner().call_once(KEY, "workspacesCreate", json!({ "name": "w" })).await.data();
    let second = app.pat(app.owner(), &["admin:write"], None).await;
    create(&app, &second, KEY).await.data();
    create(&app, app.owner(), "another key").await.data();
    assert_eq!(keys(&app).await, 3);
    // A key that is given with a query means nothing.
    let (document, variables) = operation("apiKeysList", Value::Null);
    assert_eq!(app.owner().graphql_once(KEY, &document, variables).await.data()["apiKeysList"]["totalCount"], 3);
}

#[tokio::test]
async fn null_is_another_input_than_nothing() {
    let app = TestServer::start().await;
    let made = create(&app, app.owner(), KEY).await.data()["apiKeysCreate"]["item"]["id"].clone();
    let update = async |key: &str, more: Value| {
        let mut input = json!({ "id": made });
        input.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        app.owner().call_once(key, "apiKeysUpdate", input).await
    };
    for field in ["restrictions", "budget", "projects", "description", "metadata", "expiresAt"] {
        update(field, json!({ "name": "x" })).await.data();
        let other = update(field, json!({ "name": "x", field: null })).await;
        assert_eq!(other.code(), "IDEMPOTENCY_MISMATCH", "{field}");
    }
    let nested = |referrers: Value| json!({ "restrictions": referrers });
    update("nested", nested(json!({}))).await.data();
    assert_eq!(update("nested", nested(json!({ "referrers": null }))).await.code(), "IDEMPOTENCY_MISMATCH");
}

#[tokio::test]
async fn how_the_input_is_written_does_not_matter() {
    let app = TestServer::start().await;
    let workspace = app.workspace();
    let inline =
        format!(r#"mutation {{ apiKeysCreate(input: {{ name: "k", workspaceId: "{workspace}" }}) {{ secret }} }}"#);
    let first = app.owner().graphql_once(KEY, &inline, json!({})).await.data();
    let input = json!({ "workspaceId": workspace, "name": "k", "environment": "LIVE", "scopes": null });
    let again = app.owner().call_once(KEY, "apiKeysCreate", input).await.data();
    assert_eq!(again["apiKeysCreate"]["secret"], first["apiKeysCreate"]["secret"]);
}

#[tokio::test]
async fn of_many_calls_at_once_one_makes_the_key() {
    let app = TestServer::start().await;
    let calls = (0..64).map(|_| create(&app, app.owner(), KEY));
    let answers = futures_util::future::join_all(calls).await;
    let first = answers[0].body["data"].clone();
    assert!(first["apiKeysCreate"]["secret"].is_string());
    assert!(answers.into_iter().all(|answer| answer.data() == first));
    assert_eq!(keys(&app).await, 1);
}

#[tokio::test]
async fn an_error_is_not_kept() {
    let app = TestServer::start().await;
    let create = json!({ "name": "k" });
    assert_eq!(app.owner().call_once(KEY, "apiKeysCreate", create.clone()).await.code(), "BAD_USER_INPUT");
    app.owner().ok("workspacesDelete", json!(app.second_workspace())).await;
    let made = app.owner().call_once(KEY, "apiKeysCreate", create.clone()).await.data();
    // Which workspace was meant was settled then: that there are several again is no reason to refuse the retry.
    app.owner().ok("workspacesRestore", json!(app.second_workspace())).await;
    assert_eq!(app.owner().call_once(KEY, "apiKeysCreate", create).await.data(), made);
}

#[tokio::test]
async fn a_retry_is_authorized_anew() {
    let app = TestServer::start().await;
    let admin = app.member(Role::Admin, None).await;
    create(&app, &admin, KEY).await.data();
    app.dismiss(&admin).await;
    assert_eq!(create(&app, &admin, KEY).await.code(), "UNAUTHORIZED");
    app.also(&admin, Role::Viewer, app.workspace()).await;
    assert_eq!(create(&app, &admin, KEY).await.code(), "UNAUTHORIZED");
    app.dismiss(&admin).await;
    app.also(&admin, Role::Admin, app.second_workspace()).await;
    assert_eq!(create(&app, &admin, KEY).await.code(), "NOT_FOUND");

    let token = app.pat(app.owner(), &["admin:write"], None).await;
    let own = token.ok("authWhoami", Value::Null).await["pat"]["id"].clone();
    create(&app, &token, KEY).await.data();
    app.owner().ok("patsRevoke", own).await;
    assert_eq!(create(&app, &token, KEY).await.status, 401);
}

/// Every file under a folder, one after the other.
fn contents(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    bytes
}

/// The forms in which a text may stand in a file: as it is, in hexadecimal, and in base64 at each of its three alignments.
fn forms(text: &str) -> Vec<String> {
    let hex = text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let mut forms = vec![text.to_owned(), hex.to_uppercase(), hex];
    for skip in 0..3 {
        let aligned = &text.as_bytes()[skip..text.len() - (text.len() - skip) % 3];
        forms.push(STANDARD_NO_PAD.encode(aligned));
        forms.push(URL_SAFE_NO_PAD.encode(aligned));
    }
    forms
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let contains = |form: &str| bytes.windows(form.len()).any(|window| window == form.as_bytes());
    forms(text).iter().any(|form| contains(form))
}

#[tokio::test]
async fn the_files_hold_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestServer::start_in(folder.path()).await;
    let made = create(&app, app.owner(), KEY).await.data();
    let input = json!({ "name": "t", "scopes": ["admin:read"] });
    let pat = app.owner().call_once("a second, rather unusual key", "patsCreate", input).await.data();
    let secrets = [
        KEY,
        "a second, rather unusual key",
        made["apiKeysCreate"]["secret"].as_str().unwrap(),
        pat["patsCreate"]["secret"].as_str().unwrap(),
        app.owner().token().unwrap(),
    ]
    .map(ToOwned::to_owned);
    let id = made["apiKeysCreate"]["item"]["id"].as_str().unwrap();
    let serving = contents(folder.path());
    app.shutdown().await;
    for bytes in [serving, contents(folder.path())] {
        // The control: what is not secret is found.
        assert!(holds(&bytes, id));
        for (number, secret) in secrets.iter().enumerate() {
            assert!(!holds(&bytes, secret), "secret {number}");
            // Not even the half of it.
            assert!(!holds(&bytes, &secret[secret.len() - 15..]), "the end of secret {number}");
        }
    }
}

#[tokio::test]
async fn a_secret_that_works_no_more_is_not_given_again() {
    let app = TestServer::start().await;
    let input = json!({ "workspaceId": app.workspace(), "name": "k" });
    let made = app.owner().call_once("once", "apiKeysCreate", input.clone()).await.data();
    let id = &made["apiKeysCreate"]["item"]["id"];
    app.owner().ok("apiKeysRevoke", json!({ "id": id })).await;
    let again = app.owner().call_once("once", "apiKeysCreate", input.clone()).await;
    assert_eq!(again.code(), "ALREADY_CREATED");
    assert_eq!(&again.error()["extensions"]["object"]["id"], id);
    app.owner().ok("apiKeysRestore", id.clone()).await;
    let restored = app.owner().call_once("once", "apiKeysCreate", input).await.data();
    assert_eq!(restored, made, "it works again");
}
