//! Lists over more than one page.

use admin_sdk::api_keys::{CreateApiKey, ListApiKeys};
use admin_sdk::workspaces::ListWorkspaces;
use admin_sdk::{Error, ErrorCode, LONGEST_LIST};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use wiremock::ResponseTemplate;

use crate::support::{admin, answers, asked, ok, owner, requests, workspace};

/// The answer to `workspacesList`.
fn page(names: &[&str], next: Option<&str>) -> ResponseTemplate {
    let items: Vec<Value> = names.iter().map(|name| workspace(name)).collect();
    ok(&json!({ "workspacesList": { "items": items, "nextCursor": next, "totalCount": 5 } }))
}

#[tokio::test]
async fn three_pages_of_the_real_control_plane_are_one_list() {
    let (server, admin) = owner().await;
    let workspace_id = Some(server.workspace().into());
    let names = ["one", "two", "three", "four", "five"];
    for name in names {
        // Lists are newest first, so each is made at a time of its own.
        server.advance("1s".parse().unwrap());
        let create = CreateApiKey { workspace_id: workspace_id.clone(), ..CreateApiKey::new(name) };
        let _ = admin.api_keys().create(create).await.unwrap();
    }
    let list = |limit| {
        let which = ListApiKeys { workspace_id: workspace_id.clone(), limit: Some(limit), ..ListApiKeys::default() };
        admin.api_keys().list(which)
    };
    let newest_first = ["five", "four", "three", "two", "one"];

    let page = list(2).await.unwrap();
    assert_eq!((page.items.len(), page.total_count), (2, Some(5)), "awaited, it is one page");
    assert!(page.next_cursor.is_some());

    let mut stream = list(2).stream();
    let mut found = Vec::new();
    while let Some(key) = stream.try_next().await.unwrap() {
        found.push(key.name);
    }
    assert_eq!(found, newest_first);

    let keys: Vec<_> = list(1).stream().try_collect().await.unwrap();
    assert_eq!(keys.iter().map(|key| &key.name).collect::<Vec<_>>(), newest_first, "it is a stream like any other");
    let keys = list(2).all().await.unwrap();
    assert_eq!(keys.iter().map(|key| &key.name).collect::<Vec<_>>(), newest_first);
    server.shutdown().await;
}

#[tokio::test]
async fn a_page_is_asked_for_when_the_one_before_is_used_up() {
    let server = answers([page(&["a", "b"], Some("c1")), page(&["c", "d"], Some("c2")), page(&["e"], None)]).await;
    let which = ListWorkspaces { limit: Some(2), offset: Some(0), ..ListWorkspaces::default() };
    let mut stream = admin(&server.uri()).workspaces().list(which).stream();
    let mut sent = vec![requests(&server).await.len()];
    while stream.try_next().await.unwrap().is_some() {
        sent.push(requests(&server).await.len());
    }
    assert_eq!(sent, [0, 1, 1, 2, 2, 3]);
    assert_eq!(stream.try_next().await.unwrap(), None, "it stays at its end");

    let inputs: Vec<Value> = requests(&server).await.iter().map(|it| asked(it)["variables"]["input"].clone()).collect();
    let expected = [
        json!({ "limit": 2, "offset": 0 }),
        json!({ "limit": 2, "cursor": "c1" }),
        json!({ "limit": 2, "cursor": "c2" }),
    ];
    assert_eq!(inputs, expected);
}

#[tokio::test]
async fn an_empty_page_in_between_is_not_the_end() {
    let server = answers([page(&[], Some("c1")), page(&["a"], None)]).await;
    let all = admin(&server.uri()).workspaces().list(ListWorkspaces::default()).all().await.unwrap();
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn after_an_error_a_stream_ends() {
    let server = answers([page(&["a"], Some("c1")), ResponseTemplate::new(500), page(&["b"], None)]).await;
    let mut stream = admin(&server.uri()).workspaces().list(ListWorkspaces::default()).stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().name, "a");
    assert_eq!(stream.try_next().await.unwrap_err().code(), ErrorCode::Internal);
    assert_eq!(stream.try_next().await.unwrap(), None);
    assert_eq!(requests(&server).await.len(), 2);
}

#[tokio::test]
async fn a_stream_is_given_up_with_what_it_has_at_hand() {
    let server = answers([page(&["a", "b"], Some("c1")), page(&["c"], None)]).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let mut stream = admin(&server.uri()).workspaces().list(ListWorkspaces::default()).abort_on(stopped).stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().name, "a");
    stop.send(()).unwrap();
    assert_eq!(stream.try_next().await.unwrap().unwrap().name, "b");
    assert!(matches!(stream.try_next().await, Err(Error::Aborted { .. })));
    assert_eq!(stream.try_next().await.unwrap(), None);
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_list_that_is_too_long_to_collect_is_an_error_and_not_a_part_of_it() {
    let most = vec!["w"; LONGEST_LIST];
    let server = answers([page(&most, None)]).await;
    let list = || admin(&server.uri()).workspaces().list(ListWorkspaces::default());
    assert_eq!(list().all().await.unwrap().len(), LONGEST_LIST);

    let server = answers([page(&most, Some("c1")), page(&["one more"], None)]).await;
    let list = || admin(&server.uri()).workspaces().list(ListWorkspaces::default());
    let error = list().all().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()), @"
    the list has more than 10000 items, which is the most that is collected at once (LIMIT_EXCEEDED)
    walk it with `stream()`, which holds one page at a time
    ");
}
