//! What one call may do differently.

use std::future::ready;
use std::time::Duration;

use admin_sdk::api_keys::CreateApiKey;
use admin_sdk::workspaces::{CreateWorkspace, RenameWorkspace};
use admin_sdk::{Error, ErrorCode, IdempotencyKey};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{Silent, admin, answers, builder, ok, owner, requests, workspace};

#[tokio::test]
async fn under_one_idempotency_key_a_key_is_made_once_and_its_secret_given_again() {
    let (server, admin) = owner().await;
    let create = |name| CreateApiKey { workspace_id: Some(server.workspace().into()), ..CreateApiKey::new(name) };
    let once: IdempotencyKey = "deploy-42".parse().unwrap();
    let first = admin.api_keys().create(create("CI")).idempotency_key(once.clone()).await.unwrap();
    let again = admin.api_keys().create(create("CI")).idempotency_key(once.clone()).await.unwrap();
    assert_eq!(first.item.id, again.item.id);
    assert_eq!(first.secret().expose(), again.secret().expose());
    let other = admin.api_keys().create(create("other")).idempotency_key(once).await.unwrap_err();
    assert_eq!(other.code(), ErrorCode::IdempotencyMismatch);
    let without = admin.api_keys().create(create("CI")).await.unwrap();
    assert_ne!(first.item.id, without.item.id, "without one, each call is a call of its own");
    server.shutdown().await;
}

#[tokio::test]
async fn with_meta_tells_what_came_with_the_answer() {
    let answer = ok(&json!({ "workspacesRename": workspace("main") })).insert_header("x-request-id", "req_7");
    let server = answers([ResponseTemplate::new(503), answer]).await;
    let rename = admin(&server.uri()).workspaces().rename(RenameWorkspace::new("ws_1", "main"));
    let response = rename.idempotency_key("mine".parse().unwrap()).with_meta().await.unwrap();
    assert_eq!(response.value.name, "main");
    assert_eq!(response.meta.request_id.unwrap().as_ref(), "req_7");
    assert_eq!(response.meta.attempts, 2);
    assert_eq!(response.meta.idempotency_key.unwrap().as_str(), "mine");
    let keys: Vec<_> = requests(&server).await.iter().map(|it| it.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys, ["mine", "mine"]);
}

#[tokio::test]
async fn a_call_has_a_deadline_of_its_own() {
    let (server, heard) = Silent::start().await;
    let call = admin(&server.base_url).workspaces().create(CreateWorkspace::new("late"));
    let error = call.timeout(Duration::from_millis(400)).await.unwrap_err();
    let Error::Timeout(timeout) = &error else { panic!("{error}") };
    assert_eq!(timeout.timeout, Duration::from_millis(400));
    assert!(error.idempotency_key().is_some(), "the request was sent, so it may have happened");
    heard.await.unwrap();
    server.saw_nothing_more().await;

    let zero = admin("http://localhost:1").auth().whoami().timeout(Duration::ZERO).await.unwrap_err();
    assert_eq!((zero.code(), zero.field()), (ErrorCode::Config, Some("timeout")));
}

#[tokio::test]
async fn a_call_is_given_up_when_the_other_future_completes_first() {
    let (server, heard) = Silent::start().await;
    let admin = admin(&server.base_url);
    let call = admin.workspaces().create(CreateWorkspace::new("abandoned")).abort_on(heard);
    let error = call.await.unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error}");
    assert_eq!(error.code(), ErrorCode::Aborted);
    server.saw_nothing_more().await;
}

#[tokio::test]
async fn a_call_is_given_up_when_its_future_is_dropped() {
    let (server, heard) = Silent::start().await;
    let admin = admin(&server.base_url);
    let call = admin.workspaces().create(CreateWorkspace::new("dropped")).into_future();
    tokio::select! {
        outcome = call => panic!("{outcome:?}"),
        heard = heard => heard.unwrap(),
    }
    server.saw_nothing_more().await;
}

#[tokio::test]
async fn a_call_that_was_given_up_before_it_began_sends_nothing() {
    let server = answers([ok(&json!({ "workspacesCreate": workspace("main") }))]).await;
    let create = || admin(&server.uri()).workspaces().create(CreateWorkspace::new("main"));
    assert!(matches!(create().abort_on(ready(())).await, Err(Error::Aborted { .. })));
    assert_eq!(requests(&server).await.len(), 0);
    // And one that nobody gives up is made: the second future takes the place of the first.
    let made = create().abort_on(ready(())).abort_on(std::future::pending::<()>()).await.unwrap();
    assert_eq!(made.name, "main");
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_call_that_is_not_awaited_sends_nothing() {
    let server = answers([ResponseTemplate::new(500)]).await;
    drop(admin(&server.uri()).auth().whoami());
    drop(admin(&server.uri()).auth().whoami().into_future());
    assert_eq!(requests(&server).await.len(), 0);
}

#[tokio::test]
async fn a_call_is_tried_as_often_as_the_builder_says() {
    for retries in [0, 1] {
        let server = answers([ResponseTemplate::new(503)]).await;
        let admin = builder(&server.uri()).max_retries(retries).build().unwrap();
        assert_eq!(admin.auth().whoami().await.unwrap_err().code(), ErrorCode::Unavailable);
        assert_eq!(requests(&server).await.len(), 1 + retries as usize);
    }
}

#[tokio::test]
async fn a_call_outlives_the_client_and_moves_between_threads() {
    let server = answers([ok(&json!({ "workspacesGet": workspace("main") }))]).await;
    let call = admin(&server.uri()).workspaces().get("ws_1").into_future();
    assert_eq!(tokio::spawn(call).await.unwrap().unwrap().name, "main");
}
