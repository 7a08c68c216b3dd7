//! Projects: names, archiving, what becomes of them with their workspace, and where an absent workspace leads.

use admin_server::model::Role;
use aisetu_tests::TestServer;
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn create(app: &TestServer, name: &str) -> Value {
    app.owner().ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": name })).await
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_project_is_made_renamed_and_archived() {
    let app = TestServer::start().await;
    let made = create(&app, "search").await;
    let expected = json!({ "id": made["id"], "workspaceId": app.workspace(), "name": "search",
        "createdAt": "2026-01-05T09:00:02.000Z", "archivedAt": null });
    assert_eq!(made, expected);
    assert!(made["id"].as_str().unwrap().starts_with("prj_"));
    let renamed = app.owner().ok("projectsRename", json!({ "id": made["id"], "name": "find" })).await;
    assert_eq!((&renamed["id"], &renamed["name"]), (&made["id"], &json!("find")));
    app.advance(SignedDuration::from_secs(1));
    let archived = app.owner().ok("projectsArchive", made["id"].clone()).await;
    assert_eq!(archived["archivedAt"], "2026-01-05T09:00:03.000Z");

    let list = async |archived: bool| app.owner().ok("projectsList", json!({ "includeArchived": archived })).await;
    assert_eq!((list(false).await["totalCount"].clone(), names(&list(true).await)), (json!(0), vec!["find"]));
    insta::assert_snapshot!(app.owner().refused("projectsArchive", made["id"].clone()).await, @r"
    CONFLICT: `find` was archived already, at 2026-01-05T09:00:03.000Z
    (create another project, which may have its name)
    ");
    let rename = json!({ "id": made["id"], "name": "again" });
    assert!(app.owner().refused("projectsRename", rename).await.starts_with("CONFLICT"));
}

#[tokio::test]
async fn a_living_projects_name_is_its_own_within_the_workspace() {
    let app = TestServer::start().await;
    let first = create(&app, "search").await;
    let again = json!({ "workspaceId": app.workspace(), "name": "search" });
    let refused = app.owner().call("projectsCreate", again.clone()).await;
    assert_eq!(
        (refused.code().as_str(), &refused.error()["extensions"]["object"]),
        ("CONFLICT", &json!({ "id": first["id"] }))
    );
    let message = format!("`search` is the name of {} in the same workspace", first["id"].as_str().unwrap());
    assert_eq!(refused.message(), message);

    let second = create(&app, "index").await;
    let taken = app.owner().call("projectsRename", json!({ "id": second["id"], "name": "search" })).await;
    assert_eq!((taken.code().as_str(), taken.message()), ("CONFLICT", message));
    // One's own name is nobody else's, and another workspace or another case is another name.
    app.owner().ok("projectsRename", json!({ "id": first["id"], "name": "search" })).await;
    app.owner().ok("projectsCreate", json!({ "workspaceId": app.second_workspace(), "name": "search" })).await;
    create(&app, "Search").await;
    // An archived project gives its name back, as often as that happens.
    for _ in 0..2 {
        let living = app.owner().ok("projectsList", json!({ "workspaceId": app.workspace() })).await;
        let living = living["items"].as_array().unwrap().iter().find(|item| item["name"] == "search").unwrap();
        app.owner().ok("projectsArchive", living["id"].clone()).await;
        app.owner().ok("projectsCreate", again.clone()).await;
    }
    // Of two at once, one is made.
    let race = json!({ "workspaceId": app.workspace(), "name": "race" });
    let (a, b) =
        tokio::join!(app.owner().call("projectsCreate", race.clone()), app.owner().call("projectsCreate", race));
    let refused: Vec<String> =
        [a, b].iter().filter(|answer| answer.body.get("errors").is_some()).map(aisetu_tests::Answer::code).collect();
    assert_eq!(refused, ["CONFLICT"]);
}

#[tokio::test]
async fn what_is_no_name_or_no_id_is_refused() {
    let app = TestServer::start().await;
    let project = create(&app, "search").await;
    for name in ["", " \u{2003} ", &"n".repeat(101), "a\u{7}b", "a\0", "\u{200b}", "prod\u{202e}x"] {
        let made = app.owner().refused("projectsCreate", json!({ "workspaceId": app.workspace(), "name": name })).await;
        assert!(made.starts_with("BAD_USER_INPUT [name]"), "{name:?}: {made}");
        let renamed = app.owner().refused("projectsRename", json!({ "id": project["id"], "name": name })).await;
        assert!(renamed.starts_with("BAD_USER_INPUT [name]"), "{name:?}: {renamed}");
    }
    insta::assert_snapshot!(app.owner().refused("projectsArchive", json!(app.workspace())).await, @r"
    BAD_USER_INPUT [id]: `id` is the id of a workspace, where a project is asked for
    (such an id is `prj_` and 26 characters)
    ");
    for (field, input) in [
        ("projectsList", json!({ "workspaceId": "prj_x" })),
        ("projectsCreate", json!({ "workspaceId": project["id"], "name": "x" })),
        ("projectsRename", json!({ "id": "prj_' OR 1=1 --aaaaaaaaaaaaaa", "name": "x" })),
    ] {
        assert!(app.owner().refused(field, input).await.starts_with("BAD_USER_INPUT"), "{field}");
    }
    let longest = "ß".repeat(100);
    assert_eq!(create(&app, &longest).await["name"], longest);
}

#[tokio::test]
async fn without_a_workspace_the_only_one_is_meant() {
    let app = TestServer::start().await;
    let refused = app.owner().refused("projectsCreate", json!({ "name": "p" })).await;
    assert_eq!(
        refused,
        format!(
            "BAD_USER_INPUT [workspaceId]: `workspaceId` is absent, and you may make projects in several workspaces\n\
             (name one of {} (second), {} (default))",
            app.second_workspace(),
            app.workspace()
        )
    );
    // Reading another workspace, or making keys in it, does not make it one that could be meant.
    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    app.also(&inside, Role::Member, app.second_workspace()).await;
    assert_eq!(inside.ok("projectsCreate", json!({ "name": "p" })).await["workspaceId"], app.workspace());
    let member = app.member(Role::Member, None).await;
    assert!(member.refused("projectsCreate", json!({ "name": "p" })).await.starts_with("UNAUTHORIZED"));
}

#[tokio::test]
async fn projects_go_and_come_back_with_their_workspace() {
    let app = TestServer::start().await;
    let second = json!(app.second_workspace());
    create(&app, "here").await;
    let there = app.owner().ok("projectsCreate", json!({ "workspaceId": second, "name": "there" })).await;
    app.owner().ok("workspacesDelete", second.clone()).await;
    assert_eq!(names(&app.owner().ok("projectsList", json!({ "includeArchived": true })).await), ["here"]);
    for (field, argument) in [
        ("projectsList", json!({ "workspaceId": second })),
        ("projectsCreate", json!({ "workspaceId": second, "name": "new" })),
        ("projectsRename", json!({ "id": there["id"], "name": "new" })),
        ("projectsArchive", there["id"].clone()),
    ] {
        assert!(app.owner().refused(field, argument).await.starts_with("NOT_FOUND"), "{field}");
    }
    app.owner().ok("workspacesRestore", second.clone()).await;
    let listed = app.owner().ok("projectsList", json!({ "workspaceId": second })).await;
    assert_eq!(listed["items"], json!([there]));
}

#[tokio::test]
async fn a_list_shows_what_the_role_reaches_a_page_at_a_time() {
    let app = TestServer::start().await;
    let mut expected = Vec::new();
    for number in 0..7 {
        app.advance(SignedDuration::from_millis(1));
        let workspace = if number % 2 == 0 { app.workspace() } else { app.second_workspace() };
        let name = format!("p{number}");
        app.owner().ok("projectsCreate", json!({ "workspaceId": workspace, "name": name })).await;
        expected.insert(0, name);
    }
    for limit in [1, 2, 7, 8] {
        let (mut found, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = app.owner().ok("projectsList", json!({ "limit": limit, "cursor": cursor })).await;
            assert_eq!(page["totalCount"], 7);
            found.extend(names(&page).into_iter().map(str::to_owned));
            cursor = page["nextCursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(found, expected, "limit {limit}");
    }
    let here = app.owner().ok("projectsList", json!({ "workspaceId": app.workspace() })).await;
    assert_eq!(names(&here), ["p6", "p4", "p2", "p0"]);
    let inside = app.member(Role::Viewer, Some(app.second_workspace())).await;
    assert_eq!(names(&inside.ok("projectsList", Value::Null).await), ["p5", "p3", "p1"]);
    assert!(inside.refused("projectsList", json!({ "workspaceId": app.workspace() })).await.starts_with("NOT_FOUND"));
    let stranger = app.other_tenant().await;
    assert_eq!(stranger.ok("projectsList", json!({ "includeArchived": true })).await["totalCount"], 0);
    assert!(stranger.refused("projectsList", json!({ "workspaceId": app.workspace() })).await.starts_with("NOT_FOUND"));
}
