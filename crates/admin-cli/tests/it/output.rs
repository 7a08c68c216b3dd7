//! How answers are printed.

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, samples};

#[test]
fn a_list_is_a_table_a_page_or_a_line_for_each_item() {
    let home = Home::new();
    let mut page = samples::page(&[samples::workspace("prod"), samples::workspace("lab")]);
    page["nextCursor"] = json!("c_2");
    page["totalCount"] = json!(7);
    let api = Api::answering("WorkspacesList", page);
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "list"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ID       NAME  CREATED                   DELETED
    ws_prod  prod  2026-11-01T08:00:00.000Z  -
    ws_lab   lab   2026-11-01T08:00:00.000Z  -
    ----- stderr -----
    there are more: `--cursor c_2`
    ");
    insta::assert_snapshot!(home.calls(&api, ["ws", "list", "-o", "json"]).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {
      "items": [
        {
          "id": "ws_prod",
          "tenantId": "ten_1",
          "name": "prod",
          "createdAt": "2026-11-01T08:00:00.000Z",
          "deletedAt": null,
          "restorableUntil": null,
          "budget": null
        },
        {
          "id": "ws_lab",
          "tenantId": "ten_1",
          "name": "lab",
          "createdAt": "2026-11-01T08:00:00.000Z",
          "deletedAt": null,
          "restorableUntil": null,
          "budget": null
        }
      ],
      "nextCursor": "c_2",
      "totalCount": 7
    }
    ----- stderr -----
    "#);
    insta::assert_snapshot!(home.calls(&api, ["workspace", "list", "--output=jsonl"]).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {"id":"ws_prod","tenantId":"ten_1","name":"prod","createdAt":"2026-11-01T08:00:00.000Z","deletedAt":null,"restorableUntil":null,"budget":null}
    {"id":"ws_lab","tenantId":"ten_1","name":"lab","createdAt":"2026-11-01T08:00:00.000Z","deletedAt":null,"restorableUntil":null,"budget":null}
    ----- stderr -----
    {"note":{"message":"there are more: `--cursor c_2`"}}
    "#);
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "list", "-q"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ID       NAME  CREATED                   DELETED
    ws_prod  prod  2026-11-01T08:00:00.000Z  -
    ws_lab   lab   2026-11-01T08:00:00.000Z  -
    ----- stderr -----
    ");
    let by_env = home.calls(&api, ["workspaces", "list"]).env("AI_SETU_OUTPUT", "JSON").outcome();
    assert_eq!(by_env.json()["totalCount"], 7);
}

#[test]
fn an_empty_list_says_so_beside_the_data() {
    let home = Home::new();
    let api = Api::answering("ApiKeysList", samples::page(&[]));
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "list"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    no API keys
    ");
    insta::assert_snapshot!(home.calls(&api, ["keys", "list", "-o", "json"]).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {
      "items": [],
      "nextCursor": null,
      "totalCount": 0
    }
    ----- stderr -----
    "#);
    insta::assert_snapshot!(home.calls(&api, ["key", "list", "-o", "jsonl"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    ");
}

#[test]
fn a_list_without_pages_is_shown_as_one() {
    let home = Home::new();
    let scope = |scope: &str, description: &str| json!({ "scope": scope, "description": description });
    let items = [scope("inference:execute", "Call models"), scope("data:read", "Read data")];
    let api = Api::answering("ApiKeysScopes", json!({ "items": items }));
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "scopes"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    SCOPE              DESCRIPTION
    inference:execute  Call models
    data:read          Read data
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["keys", "scopes", "-o", "json"]).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {
      "items": [
        {
          "scope": "inference:execute",
          "description": "Call models"
        },
        {
          "scope": "data:read",
          "description": "Read data"
        }
      ]
    }
    ----- stderr -----
    "#);
    insta::assert_snapshot!(home.calls(&api, ["keys", "scopes", "-o", "jsonl"]).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {"scope":"inference:execute","description":"Call models"}
    {"scope":"data:read","description":"Read data"}
    ----- stderr -----
    "#);
}

#[test]
fn one_thing_is_shown_field_by_field() {
    let home = Home::new();
    let mut key = samples::rotating_api_key();
    key["revocation"] = json!({
        "at": "2026-11-02T08:00:00.000Z", "by": "usr_1", "code": "OTHER", "reason": "a\u{1b}[31mred",
        "restorableUntil": "2026-11-09T08:00:00.000Z",
    });
    key["state"] = json!("REVOKED");
    let api = Api::answering("ApiKeysGet", key);
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "get", "key_1"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    id                key_1
    name              ci
    description       for the build
    environment       LIVE
    state             REVOKED
    hint              …C63W
    scopes            inference:*
    workspace         ws_prod
    created           2026-11-01T08:00:00.000Z
    created by        usr_1
    metadata          team=core
    revoked           2026-11-02T08:00:00.000Z
    revoked by        usr_1
    revoked for       OTHER: a�[31mred
    restorable until  2026-11-09T08:00:00.000Z
    old secret        …v1v1
    it works until    2026-11-23T09:30:00.000Z
    ----- stderr -----
    ");
    assert_eq!(
        home.calls(&api, ["api-keys", "get", "key_1", "-o", "json"]).outcome().json()["versions"][1]["number"],
        1
    );
}

#[test]
fn people_and_tokens_are_shown() {
    let home = Home::new();
    let member = |id: &str, inherited: bool| {
        json!({
            "id": id, "userId": "usr_1", "email": "dana@example.com", "role": "FUTURE_ROLE", "inherited": inherited,
            "createdAt": "2026-11-01T08:00:00.000Z",
        })
    };
    let whoami = json!({
        "user": { "id": "usr_1", "email": "dana@example.com" }, "tenant": { "id": "ten_1", "name": "Acme" },
        "memberships": [
            { "id": "mem_1", "role": "OWNER", "workspaceId": null },
            { "id": "mem_2", "role": "ADMIN", "workspaceId": "ws_prod" },
        ],
        "pat": samples::pat_item(),
    });
    let api = Api::answering("WorkspacesListMembers", samples::page(&[member("mem_1", true), member("mem_2", false)]))
        .answers("PatsList", samples::page(&[samples::pat_item()]))
        .answers("AuthWhoami", whoami);
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "list-members", "ws_prod"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    USER   EMAIL             ROLE         IN                SINCE
    usr_1  dana@example.com  FUTURE_ROLE  the whole tenant  2026-11-01T08:00:00.000Z
    usr_1  dana@example.com  FUTURE_ROLE  this workspace    2026-11-01T08:00:00.000Z
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["pats", "list"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ID     NAME  STATE   HINT   SCOPES      USER   EXPIRES
    pat_2  ci    ACTIVE  …SaqC  admin:read  usr_1  2027-01-30T08:00:00.000Z
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["auth", "whoami"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    user           usr_1
    email          dana@example.com
    tenant         ten_1
    tenant name    Acme
    role           OWNER in the whole tenant
    role           ADMIN in ws_prod
    token          pat_2
    token name     ci
    token hint     …SaqC
    token scopes   admin:read
    token expires  2027-01-30T08:00:00.000Z
    ----- stderr -----
    ");
}

#[test]
fn members_and_invitations_are_shown() {
    let home = Home::new();
    let api = Api::answering("MembersList", samples::page(&[samples::member()]));
    let api = api.answers("MembersInvitations", samples::page(&[samples::invitation()]));
    let api = api.answers("MembersInvite", samples::invitation());
    let api = api.answers("MembersRemove", samples::removed_member());
    insta::assert_snapshot!(home.calls(&api, ["members", "list"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    USER   EMAIL             ROLES                                         SINCE
    usr_1  dana@example.com  VIEWER in the whole tenant, ADMIN in ws_prod  2026-11-01T08:00:00.000Z
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["members", "invitations"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ID     EMAIL            ROLE    IN                STATE    EXPIRES
    inv_1  ada@example.com  MEMBER  the whole tenant  PENDING  2026-11-08T08:00:00.000Z
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["members", "invite", "ada@example.com", "--role", "member"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    id          inv_1
    email       ada@example.com
    role        MEMBER
    in          the whole tenant
    state       PENDING
    expires     2026-11-08T08:00:00.000Z
    invited by  usr_1
    created     2026-11-01T08:00:00.000Z
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["members", "remove", "usr_1", "--yes"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    user                usr_1
    email               dana@example.com
    roles left          none
    tokens revoked      2
    API keys of theirs  1
    made                key_1 ci ACTIVE …4c2e
    ----- stderr -----
    ");
}

#[test]
fn a_token_that_expires_soon_is_warned_of_once() {
    let home = Home::new();
    let answer = |expires_at: &str| {
        let api = Api::new();
        let body = json!({ "data": { "workspacesGet": samples::workspace("prod") } });
        let response =
            ResponseTemplate::new(200).set_body_json(body).insert_header("AiSetu-Pat-Expires-At", expires_at);
        api.responds("WorkspacesGet", response)
    };
    let soon = answer("2020-01-01T00:00:00.000Z");
    insta::assert_snapshot!(home.calls(&soon, ["workspaces", "get", "ws_prod"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    id       ws_prod
    name     prod
    tenant   ten_1
    created  2026-11-01T08:00:00.000Z
    ----- stderr -----
    warning: the personal access token from `AI_SETU_PAT` expires at 2020-01-01T00:00:00.000Z: make a new one with `aisetu pats create`
    ");
    insta::assert_snapshot!(home.calls(&soon, ["workspaces", "get", "ws_prod", "-o", "jsonl"]).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {"id":"ws_prod","tenantId":"ten_1","name":"prod","createdAt":"2026-11-01T08:00:00.000Z","deletedAt":null,"restorableUntil":null,"budget":null}
    ----- stderr -----
    {"warning":{"message":"the personal access token from `AI_SETU_PAT` expires at 2020-01-01T00:00:00.000Z: make a new one with `aisetu pats create`"}}
    "#);
    assert_eq!(home.calls(&soon, ["workspaces", "get", "ws_prod", "--quiet"]).outcome().stderr, "");
    let later = answer("2999-01-01T00:00:00.000Z");
    assert_eq!(home.calls(&later, ["workspaces", "get", "ws_prod"]).outcome().stderr, "");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    let items: Vec<_> = (0..2_000).map(|number| samples::workspace(&format!("w{number}"))).collect();
    let api = Api::answering("WorkspacesList", samples::page(&items));
    for format in ["table", "json", "jsonl"] {
        let mut child = home.calls(&api, ["workspaces", "list", "-o", format]).spawn();
        drop(child.stdout.take());
        let output = crate::harness::wait(child);
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
    }
}

#[test]
fn a_full_disk_is_a_failure() {
    let home = Home::new();
    let api = Api::answering("WorkspacesList", samples::page(&[samples::workspace("prod")]));
    insta::assert_snapshot!(home.shell(&api, "aisetu workspaces list > /dev/full").outcome(), @"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot write to standard output (INTERNAL)
      caused by: No space left on device (os error 28)
    ");
}

#[test]
fn colour_is_for_terminals_or_by_request() {
    let home = Home::new();
    let plain = home.aisetu(["workspaces", "list"]).outcome().stderr;
    assert!(plain.starts_with("error: "), "{plain}");
    let colored = home.aisetu(["workspaces", "list", "--color", "always"]).outcome().stderr;
    assert!(colored.starts_with("\u{1b}["), "{colored}");
}
