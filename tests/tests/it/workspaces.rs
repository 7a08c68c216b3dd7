//! Workspaces: names, deletion and restoration, paging, members.

use admin_server::model::Role;
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_name_has_1_to_100_characters_and_no_control_character() {
    let app = TestServer::start().await;
    let create = async |name: &str| app.owner().refused("workspacesCreate", json!({ "name": name })).await;
    insta::assert_snapshot!(create("").await, @"BAD_USER_INPUT [name]: `name` is empty; it must have 1 to 100 characters");
    insta::assert_snapshot!(create(" \u{2003} ").await, @"BAD_USER_INPUT [name]: `name` is empty; it must have 1 to 100 characters");
    insta::assert_snapshot!(create(&"n".repeat(101)).await, @"BAD_USER_INPUT [name]: `name` has 101 characters; it may have 100");
    insta::assert_snapshot!(create(&"n".repeat(10_000)).await, @"BAD_USER_INPUT [name]: `name` has 10000 characters; it may have 100");
    insta::assert_snapshot!(create("a\u{7}b").await, @"BAD_USER_INPUT [name]: `name` has a control character at position 2; it must have none");
    for control in ["\0", "a\n", "\u{1b}[31m", "\u{7f}", "\u{85}", &"\u{1}".repeat(10_000)] {
        assert!(create(control).await.starts_with("BAD_USER_INPUT [name]"), "{control:?}");
        let rename = json!({ "id": app.workspace(), "name": control });
        assert!(app.owner().refused("workspacesRename", rename).await.starts_with("BAD_USER_INPUT [name]"));
    }
    let longest = "ß".repeat(100);
    assert_eq!(app.owner().ok("workspacesCreate", json!({ "name": longest })).await["name"], longest);
    let odd = r#"<script>"'; DROP TABLE workspaces; -- 👩‍👩‍👧"#;
    assert_eq!(app.owner().ok("workspacesRename", json!({ "id": app.workspace(), "name": odd })).await["name"], odd);
    assert_eq!(app.owner().ok("workspacesGet", json!(app.workspace())).await["name"], odd);
}

#[tokio::test]
async fn a_workspace_is_made_renamed_and_read() {
    let app = TestServer::start().await;
    let made = app.owner().ok("workspacesCreate", json!({ "name": "third", "tenantId": app.tenant() })).await;
    let expected = json!({ "id": made["id"], "tenantId": app.tenant(), "name": "third",
        "createdAt": "2026-01-05T09:00:02.000Z", "deletedAt": null, "restorableUntil": null, "budget": null });
    assert_eq!(made, expected);
    assert_eq!(app.owner().ok("workspacesGet", made["id"].clone()).await, expected);
    let renamed = app.owner().ok("workspacesRename", json!({ "id": made["id"], "name": "3rd" })).await;
    assert_eq!(renamed["name"], "3rd");
    assert_eq!(app.owner().ok("workspacesGet", made["id"].clone()).await, renamed);
    let wrong = app.owner().refused("workspacesGet", json!(app.tenant())).await;
    insta::assert_snapshot!(wrong, @r"
    BAD_USER_INPUT [id]: `id` is the id of a tenant, where a workspace is asked for
    (such an id is `ws_` and 26 characters)
    ");
}

#[tokio::test]
async fn the_last_workspace_stays() {
    let app = TestServer::start().await;
    app.owner().ok("workspacesDelete", json!(app.second_workspace())).await;
    insta::assert_snapshot!(app.owner().refused("workspacesDelete", json!(app.workspace())).await, @r"
    CONFLICT: `default` is the last workspace of the tenant and cannot be deleted
    (create another one first)
    ");
    // Another tenant's workspaces do not count.
    let stranger = app.other_tenant().await;
    let theirs = ids(&stranger.ok("workspacesList", Value::Null).await);
    assert!(stranger.refused("workspacesDelete", json!(theirs[0])).await.starts_with("CONFLICT"));
    app.owner().ok("workspacesRestore", json!(app.second_workspace())).await;
    app.owner().ok("workspacesDelete", json!(app.workspace())).await;
}

#[tokio::test]
async fn of_two_deletions_at_once_one_is_refused() {
    let app = TestServer::start().await;
    let delete = async |id: &str| app.owner().call("workspacesDelete", json!(id)).await;
    let (a, b) = tokio::join!(delete(app.workspace()), delete(app.second_workspace()));
    let refused = [&a, &b].iter().filter(|answer| answer.body.get("errors").is_some()).count();
    assert_eq!(refused, 1);
    assert_eq!(app.owner().ok("workspacesList", Value::Null).await["totalCount"], 1);
}

#[tokio::test]
async fn a_deleted_workspace_can_be_restored_for_seven_days() {
    let app = TestServer::start().await;
    let second = json!(app.second_workspace());
    let deleted = app.owner().ok("workspacesDelete", second.clone()).await;
    assert_eq!(deleted["deletedAt"], "2026-01-05T09:00:02.000Z");
    assert_eq!(deleted["restorableUntil"], "2026-01-12T09:00:02.000Z");
    for gone in ["workspacesGet", "workspacesDelete"] {
        assert!(app.owner().refused(gone, second.clone()).await.starts_with("NOT_FOUND"), "{gone}");
    }
    let rename = json!({ "id": second, "name": "x" });
    assert!(app.owner().refused("workspacesRename", rename).await.starts_with("NOT_FOUND"));
    let members = json!({ "workspaceId": second });
    assert!(app.owner().refused("workspacesListMembers", members).await.starts_with("NOT_FOUND"));
    let key = json!({ "workspaceId": second, "name": "k" });
    assert!(app.owner().refused("apiKeysCreate", key).await.starts_with("NOT_FOUND"));
    let keys = json!({ "workspaceId": second });
    assert!(app.owner().refused("apiKeysList", keys).await.starts_with("NOT_FOUND"));

    let listed = async |deleted: bool| {
        app.owner().ok("workspacesList", json!({ "includeDeleted": deleted })).await["totalCount"].clone()
    };
    assert_eq!((listed(false).await, listed(true).await), (json!(1), json!(2)));
    app.advance(WEEK - MICROSECOND);
    assert_eq!(listed(true).await, 2);
    let restored = app.owner().ok("workspacesRestore", second.clone()).await;
    assert_eq!((&restored["deletedAt"], &restored["restorableUntil"]), (&Value::Null, &Value::Null));
    insta::assert_snapshot!(app.owner().refused("workspacesRestore", second.clone()).await, @"CONFLICT: `second` is not deleted; there is nothing to restore");

    app.owner().ok("workspacesDelete", second.clone()).await;
    app.advance(WEEK);
    assert_eq!(listed(true).await, 1);
    insta::assert_snapshot!(app.owner().refused("workspacesRestore", second).await, @"CONFLICT: `second` could be restored until 2026-01-19T09:00:01.999Z");
}

#[tokio::test]
async fn pages_walk_the_whole_list_once() {
    let app = TestServer::start().await;
    let mut expected = vec![app.second_workspace().to_owned(), app.workspace().to_owned()];
    for number in 0..9 {
        app.advance(SignedDuration::from_millis(1));
        let made = app.owner().ok("workspacesCreate", json!({ "name": format!("w{number}") })).await;
        expected.insert(0, made["id"].as_str().unwrap().to_owned());
    }
    let list = async |input: Value| app.owner().ok("workspacesList", input).await;
    for limit in [1, 3, 4, 10, 11, 100] {
        let (mut found, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = list(json!({ "limit": limit, "cursor": cursor })).await;
            assert_eq!(page["totalCount"], 11);
            found.extend(ids(&page));
            cursor = page["nextCursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(found, expected, "limit {limit}");
        let skipped = list(json!({ "limit": limit, "offset": 4 })).await;
        assert_eq!(ids(&skipped), expected[4..expected.len().min(4 + limit)]);
    }
    // What is made in between neither repeats nor hides anything.
    let first = list(json!({ "limit": 3 })).await;
    app.advance(SignedDuration::from_millis(1));
    app.owner().ok("workspacesCreate", json!({ "name": "late" })).await;
    app.owner().ok("workspacesDelete", json!(expected[2])).await;
    assert_eq!(ids(&list(json!({ "limit": 3, "cursor": first["nextCursor"] })).await), expected[3..6]);
    let beyond = list(json!({ "offset": 10_000 })).await;
    assert_eq!((ids(&beyond), &beyond["nextCursor"]), (Vec::new(), &Value::Null));
}

#[tokio::test]
async fn a_page_has_bounds() {
    let app = TestServer::start().await;
    let offset = "it must be 0 to 10000\n(walk further with `cursor`, which has no such bound)";
    let cursor = "[cursor]: `cursor` is not one that this API gave\n(give `nextCursor` of the answer before)";
    let cases = [
        (json!({ "limit": 0 }), "[limit]: `limit` is 0; it must be 1 to 100".to_owned()),
        (json!({ "limit": 101 }), "[limit]: `limit` is 101; it must be 1 to 100".to_owned()),
        (json!({ "offset": 10_001 }), format!("[offset]: `offset` is 10001; {offset}")),
        (json!({ "offset": -1 }), format!("[offset]: `offset` is -1; {offset}")),
        (json!({ "cursor": "" }), cursor.to_owned()),
        (json!({ "cursor": "not base64!" }), cursor.to_owned()),
        // base64url of a NUL.
        (json!({ "cursor": "AA" }), cursor.to_owned()),
        (
            json!({ "cursor": "d3NfMA", "offset": 0 }),
            "[cursor]: `cursor` and `offset` were both given; give one of them".to_owned(),
        ),
    ];
    for field in ["workspacesList", "projectsList", "apiKeysList", "patsList", "workspacesListMembers", "auditEvents"] {
        for (input, expected) in &cases {
            let mut input = input.clone();
            if field == "workspacesListMembers" {
                input["workspaceId"] = json!(app.workspace());
            }
            assert_eq!(app.owner().refused(field, input).await, format!("BAD_USER_INPUT {expected}"), "{field}");
        }
    }
    assert_eq!(app.owner().call("workspacesList", json!({ "limit": 1_i64 << 40 })).await.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn members_are_listed_with_where_their_role_is() {
    let app = TestServer::start().await;
    let mut expected = vec![("OWNER", true)];
    let mut people: Vec<Actor> = Vec::new();
    for (role, inherited) in [(Role::Viewer, true), (Role::Admin, false), (Role::Billing, true), (Role::Member, false)]
    {
        app.advance(SignedDuration::from_millis(1));
        people.push(app.member(role, (!inherited).then_some(app.workspace())).await);
        expected.push((role.as_str(), inherited));
    }
    app.member(Role::Admin, Some(app.second_workspace())).await;
    app.other_tenant().await;
    let page = app.owner().ok("workspacesListMembers", json!({ "workspaceId": app.workspace() })).await;
    let found: Vec<(&str, bool)> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["role"].as_str().unwrap(), item["inherited"].as_bool().unwrap()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(page["totalCount"], 5);
    let first = app.owner().ok("workspacesListMembers", json!({ "workspaceId": app.workspace(), "limit": 2 })).await;
    let rest = json!({ "workspaceId": app.workspace(), "limit": 100, "cursor": first["nextCursor"] });
    let rest = app.owner().ok("workspacesListMembers", rest).await;
    assert_eq!([ids(&first), ids(&rest)].concat(), ids(&page));
}

#[tokio::test]
async fn a_name_is_what_it_looks_like() {
    let app = TestServer::start().await;
    let create = async |name: &str| app.owner().call("workspacesCreate", json!({ "name": name })).await;
    for (name, part) in [
        ("\u{200b}\u{feff}", "no visible character"),
        ("\u{3164}\u{2800}", "no visible character"),
        ("prod\u{61c}", "position 5"),
        ("prod\u{202e}gnitset", "position 5"),
        ("a\u{2028}b", "position 2"),
    ] {
        let refused = create(name).await;
        assert!(refused.code() == "BAD_USER_INPUT" && refused.message().contains(part), "{}", refused.body);
    }
    // A family of emoji is held together by joiners, and Persian by non-joiners.
    assert!(create("👩\u{200d}👧").await.body.get("errors").is_none());
    assert!(create("می\u{200c}خواهم").await.body.get("errors").is_none());
}
