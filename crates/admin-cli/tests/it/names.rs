//! Names where an id is asked.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, samples};

fn key(id: &str, name: &str) -> Value {
    let mut key = samples::api_key();
    key["id"] = json!(id);
    key["name"] = json!(name);
    key
}

#[test]
fn a_name_is_as_good_as_an_id() {
    let home = Home::new();
    let api = Api::answering("ApiKeysList", samples::page(&[key("key_1", "ci"), key("key_2", "ci two")]))
        .answers("ApiKeysGet", samples::api_key())
        .answers("WorkspacesList", samples::page(&[samples::workspace("prod"), samples::workspace("lab")]))
        .answers("MembersList", samples::page(&[samples::member()]))
        .answers("MembersSetRole", samples::member())
        .answers("ProjectsList", samples::page(&[json!({
            "id": "prj_1", "workspaceId": "ws_prod", "name": "search", "createdAt": "2026-11-01T08:00:00.000Z", "archivedAt": null,
        })]));
    for line in [
        "aisetu api-keys get ci",
        "aisetu api-keys get 'CI TWO'",
        "aisetu api-keys get key_7",
        "aisetu projects list --workspace lab",
        "aisetu members set-role dana@example.com --role viewer --workspace prod",
        "aisetu api-keys list --project search --workspace ws_prod",
    ] {
        let outcome = home.shell(&api, line).outcome();
        assert_eq!(outcome.code, Some(0), "{line}: {outcome}");
    }
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    ApiKeysList {"input":{"limit":100,"text":"ci"}}
    ApiKeysGet {"id":"key_1"}
    ApiKeysList {"input":{"limit":100,"text":"CI TWO"}}
    ApiKeysGet {"id":"key_2"}
    ApiKeysGet {"id":"key_7"}
    WorkspacesList {"input":{"limit":100}}
    ProjectsList {"input":{"workspaceId":"ws_lab"}}
    MembersList {"input":{"limit":100}}
    WorkspacesList {"input":{"limit":100}}
    MembersSetRole {"input":{"role":"VIEWER","userId":"usr_1","workspaceId":"ws_prod"}}
    ProjectsList {"input":{"limit":100,"workspaceId":"ws_prod"}}
    ApiKeysList {"input":{"projectId":"prj_1","workspaceId":"ws_prod"}}
    "#);
}

#[test]
fn a_name_that_several_have_or_none_is_told_with_those_that_may_be_meant() {
    let home = Home::new();
    let api = Api::answering(
        "ApiKeysList",
        samples::page(&[key("key_1", "build"), key("key_2", "Build"), key("key_3", "Build")]),
    );
    let told = |line: &str| home.shell(&api, line).outcome().to_string();
    insta::assert_snapshot!(told("aisetu api-keys get BUILD"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: 3 API keys are called `BUILD` (BAD_USER_INPUT)
    hint: name one of them by its id: `key_1` (ACTIVE, in ws_prod, made 2026-11-01T08:00:00.000Z), `key_2` (ACTIVE, in ws_prod, made 2026-11-01T08:00:00.000Z), `key_3` (ACTIVE, in ws_prod, made 2026-11-01T08:00:00.000Z)
    ");
    insta::assert_snapshot!(told("aisetu api-keys get Build -o json"), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"BAD_USER_INPUT","message":"2 API keys are called `Build`","hint":"name one of them by its id: `key_2` (ACTIVE, in ws_prod, made 2026-11-01T08:00:00.000Z), `key_3` (ACTIVE, in ws_prod, made 2026-11-01T08:00:00.000Z)","exitCode":2}}
    "#);
    insta::assert_snapshot!(told("aisetu api-keys get biuld"), @"
    exit code: 6
    ----- stdout -----
    ----- stderr -----
    error: there is no API key `biuld` (NOT_FOUND)
    hint: did you mean `build`, `Build`?
    hint: `aisetu api-keys list` lists all
    ");
    insta::assert_snapshot!(told("aisetu api-keys get ws_01m8457ztde4ss6wsetsst75me"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'ws_01m8457ztde4ss6wsetsst75me' for '<KEY>': it is the id of a workspace, where `key_…` or a name is wanted

    For more information, try '--help'.
    ");
    let exact = home.shell(&api, "aisetu api-keys get build").outcome();
    assert!(api.asked().last().unwrap().starts_with("ApiKeysGet"), "{exact}");
}

#[test]
fn a_long_list_is_looked_through_to_its_end() {
    let home = Home::new();
    let mut first = samples::page(&[samples::workspace("prod")]);
    first["nextCursor"] = json!("more");
    let pages = std::sync::Mutex::new(vec![samples::page(&[samples::workspace("far")]), first]);
    let api = Api::new()
        .responds("WorkspacesList", move |_: &wiremock::Request| {
            let page = pages.lock().unwrap().pop().unwrap();
            wiremock::ResponseTemplate::new(200).set_body_json(json!({ "data": { "workspacesList": page } }))
        })
        .answers("WorkspacesGet", samples::workspace("far"));
    let outcome = home.shell(&api, "aisetu workspaces get far -o name").outcome();
    assert_eq!(outcome.stdout, "ws_far\n", "{outcome}");
    assert_eq!(api.asked().len(), 3);
}

#[test]
fn a_name_that_looks_like_an_id_is_explained_when_nothing_is_found() {
    let home = Home::new();
    let not_found = json!({ "errors": [{ "message": "there is no such key", "extensions": { "code": "NOT_FOUND" } }] });
    let api = Api::new().otherwise(ResponseTemplate::new(200).set_body_json(not_found));
    insta::assert_snapshot!(home.shell(&api, "aisetu api-keys get key_deploy").outcome(), @"
    exit code: 6
    ----- stdout -----
    ----- stderr -----
    error: there is no such key (NOT_FOUND)
    hint: `key_deploy` was taken for an id, as it begins with `key_`: for a thing of this name give its id, which `aisetu api-keys list` tells
    ");
    let id = "key_01m8457ztde4ss6wsetsst75me";
    let outcome = home.shell(&api, &format!("aisetu api-keys get {id}")).outcome();
    assert!(!outcome.stderr.contains("taken for an id"), "{outcome}");
}

#[test]
fn a_project_is_looked_for_in_the_workspace_that_is_meant() {
    let home = Home::new();
    let api = Api::answering("ApiKeysGet", samples::api_key())
        .answers("ApiKeysUpdate", samples::api_key())
        .answers("ProjectsList", samples::page(&[json!({
            "id": "prj_1", "workspaceId": "ws_prod", "name": "search", "createdAt": "2026-11-01T08:00:00.000Z", "archivedAt": null,
        })]));
    let outcome = home.shell(&api, "aisetu api-keys update key_1 --project search").outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    ApiKeysGet {"id":"key_1"}
    ProjectsList {"input":{"limit":100,"workspaceId":"ws_prod"}}
    ApiKeysUpdate {"input":{"id":"key_1","projects":["prj_1"]}}
    "#);
}

#[test]
fn a_workspace_that_is_set_and_is_none_is_told_with_where_it_is_set() {
    let home = Home::new();
    let api = Api::answering("WorkspacesList", samples::page(&[samples::workspace("prod")]));
    let told = |line: &str| home.shell(&api, line).outcome().to_string();
    insta::assert_snapshot!(told("AI_SETU_WORKSPACE=prdo aisetu projects list"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `AI_SETU_WORKSPACE` is `prdo`: there is no workspace `prdo`; did you mean `prod`?; `aisetu workspaces list` lists all (CONFIG)
    ");
}
