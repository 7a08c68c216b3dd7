//! Who may do what. The expectations are the contract's tables, written out; the server's own tables are not asked.

use admin_server::model::Role;
use aisetu_tests::{Actor, TestServer, needs_no_argument, root_fields};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// One letter for each column: `o` done, `u` `UNAUTHORIZED`, `n` `NOT_FOUND`.
///
/// Scopes, each on a token of the OWNER: admin:Read, admin:Write, admin:Users, admin:Organizations, admin:Projects, admin:Billing,
/// and keys:Verify. Roles, each with every scope: Viewer; member on what another made; Member on what they made themselves; Admin;
/// admin of one workspace, in it (D) and in another one (S); Billing; Owner; the owner of another tenant (X); one whose roles were
/// all taken away (F).
const MATRIX: &[(&str, &str, &str)] = &[
    //                          RWUOPBV    VmMADSBOXF
    ("workspacesList", /*    */ "oououuu", "oooooouoou"),
    ("workspacesGet", /*     */ "oououuu", "ooooonuonu"),
    ("workspacesCreate", /*  */ "uououuu", "uuuuuuuoou"),
    ("workspacesRename", /*  */ "uououuu", "uuuoonuonu"),
    ("workspacesSetBudget", /**/ "uououuu", "uuuoonuonu"),
    ("workspacesDelete", /*  */ "uououuu", "uuuuunuonu"),
    ("workspacesRestore", /* */ "uououuu", "uuuuunuonu"),
    ("workspacesListMembers", "ooouuuu", "ooooonuonu"),
    ("projectsList", /*      */ "oouuouu", "oooooouoou"),
    ("projectsCreate", /*    */ "uouuouu", "uuuoonuonu"),
    ("projectsRename", /*    */ "uouuouu", "uuuoonuonu"),
    ("projectsArchive", /*   */ "uouuouu", "uuuoonuonu"),
    ("apiKeysList", /*       */ "oouuuuu", "oooooouoou"),
    ("apiKeysGet", /*        */ "oouuuuu", "ooooonuonu"),
    ("apiKeysCreate", /*     */ "uouuuuu", "uoooonuonu"),
    ("apiKeysUpdate", /*     */ "uouuuuu", "uuooonuonu"),
    ("apiKeysUpdateRestrictions", "uouuuuu", "uuooonuonu"),
    ("apiKeysRotate", /*     */ "uouuuuu", "uuooonuonu"),
    ("apiKeysFinishRotation", "uouuuuu", "uuooonuonu"),
    ("apiKeysRollbackRotation", "uouuuuu", "uuooonuonu"),
    ("apiKeysRevoke", /*     */ "uouuuuu", "uuooonuonu"),
    // The OWNER revoked it, which a MEMBER does not undo, whoever made the key.
    ("apiKeysRestore", /*    */ "uouuuuu", "uuuoonuonu"),
    ("apiKeysDelete", /*     */ "uouuuuu", "uuooonuonu"),
    ("apiKeysUsage", /*      */ "oouuuou", "ooooonoonu"),
    ("apiKeysResourceUsage", "oouuuou", "ooooonoonu"),
    ("apiKeysProjectUsage", /**/ "oouuuou", "ooooonoonu"),
    ("apiKeysLogs", /*       */ "oouuuuu", "ooooonuonu"),
    ("apiKeysLog", /*        */ "oouuuuu", "ooooonuonu"),
    ("apiKeysExplain", /*    */ "oouuuuu", "ooooonuonu"),
    ("apiKeysScopes", /*     */ "oouuuuu", "oooooouoou"),
    ("membersList", /*       */ "ooouuuu", "oooooouoou"),
    ("membersInvite", /*     */ "uoouuuu", "uuuoonuonu"),
    ("membersInvitations", /**/ "ooouuuu", "uuuooouoou"),
    ("membersResendInvitation", "uoouuuu", "uuuoonuonu"),
    ("membersCancelInvitation", "uoouuuu", "uuuoonuonu"),
    ("membersSetRole", /*    */ "uoouuuu", "uuuoonuonu"),
    ("membersRemove", /*     */ "uoouuuu", "uuuoonuonu"),
    ("usageSummary", /*      */ "oouuuou", "ooooooooou"),
    ("usageProjection", /*   */ "oouuuou", "ooooooooou"),
    ("patsList", /*          */ "oouuuuu", "ooooooooou"),
    ("patsCreate", /*        */ "uouuuuu", "ooooooooou"),
    ("patsRevoke", /*        */ "uouuuuu", "nnonnnnonu"),
    ("providerCredentialsAvailability", "oouuuuu", "oooooouoou"),
    ("providerCredentialsList", "oouuuuu", "oooooouoou"),
    ("providerCredentialsUpsert", "uouuuuu", "uuuoonuonu"),
    ("providerCredentialsTest", "uouuuuu", "uuuoonuonu"),
    ("providerCredentialsRevoke", "uouuuuu", "uuuoonuonu"),
    ("auditEvents", /*       */ "oououuu", "uuuooouoou"),
    ("auditVerify", /*       */ "oououuu", "uuuuuuuoou"),
    ("billingCreditBalance", "oouuuou", "uuuuuuooou"),
    ("billingTopUps", /*     */ "oouuuou", "uuuuuuooou"),
    ("billingLedger", /*     */ "oouuuou", "uuuuuuooou"),
    ("billingCreateTopUpIntent", "uouuuou", "uuuuuuooou"),
    ("authWhoami", /*        */ "ooooooo", "ooooooooou"),
];

/// What needs no token, and takes no notice of one.
const PUBLIC: [&str; 3] = ["authRequestCode", "authVerifyCode", "membersAcceptInvitation"];

const SCOPES: [&str; 7] = [
    "admin:read",
    "admin:write",
    "admin:users",
    "admin:organizations",
    "admin:projects",
    "admin:billing",
    "keys:verify",
];

const COLUMNS: &str = "VmMADSBOXF";

#[test]
fn every_root_field_has_a_row() {
    let mut rows: Vec<&str> = MATRIX.iter().map(|(field, ..)| *field).chain(PUBLIC).collect();
    rows.sort_unstable();
    assert_eq!(rows, root_fields(), "write a row of MATRIX for each root field of the schema, from the contract");
}

fn id(value: &Value) -> Value {
    assert!(value["id"].is_string(), "{value}");
    value["id"].clone()
}

/// A connection to be made in a workspace.
fn connection(workspace: &str) -> Value {
    json!({ "workspaceId": workspace, "slug": "new", "provider": "OPENAI", "apiKey": "sk-no-real-key-0123" })
}

/// A workspace that holds nothing, made for one call.
async fn fresh_workspace(app: &TestServer) -> String {
    let made = app.owner().ok("workspacesCreate", json!({ "name": "fresh" })).await;
    made["id"].as_str().unwrap().to_owned()
}

/// The argument with which a call is made, and in which state its target must be. Workspace and maker are of this call alone.
async fn argument(app: &TestServer, field: &str, workspace: &str, maker: &Actor) -> Value {
    match field {
        _ if needs_no_argument(field) => Value::Null,
        "workspacesCreate" => json!({ "name": "new" }),
        "workspacesGet" | "workspacesDelete" => json!(workspace),
        "workspacesRename" => json!({ "id": workspace, "name": "renamed" }),
        "workspacesSetBudget" => json!({ "id": workspace, "budget": { "usd": "5", "period": "DAY" } }),
        "workspacesRestore" => {
            app.owner().ok("workspacesDelete", json!(workspace)).await;
            json!(workspace)
        }
        "workspacesListMembers" => json!({ "workspaceId": workspace }),
        "projectsCreate" | "apiKeysCreate" => json!({ "workspaceId": workspace, "name": "new" }),
        "projectsRename" | "projectsArchive" => {
            // Who made it gives nobody a right to it, so the OWNER may as well.
            let made = app.owner().ok("projectsCreate", json!({ "workspaceId": workspace, "name": "target" })).await;
            if field == "projectsArchive" { id(&made) } else { json!({ "id": id(&made), "name": "renamed" }) }
        }
        "providerCredentialsUpsert" => connection(workspace),
        "providerCredentialsTest" | "providerCredentialsRevoke" => {
            id(&app.owner().ok("providerCredentialsUpsert", connection(workspace)).await)
        }
        "billingCreateTopUpIntent" => json!({ "usd": "25" }),
        "membersInvite" => {
            json!({ "email": format!("{workspace}@acme.example"), "role": "MEMBER", "workspaceId": workspace })
        }
        "membersResendInvitation" | "membersCancelInvitation" => {
            let email = format!("{workspace}@acme.example");
            let input = json!({ "email": email, "role": "MEMBER", "workspaceId": workspace });
            id(&app.owner().ok("membersInvite", input).await)
        }
        "membersSetRole" | "membersRemove" => {
            let target = app.member(Role::Viewer, Some(workspace)).await;
            let user = target.ok("authWhoami", Value::Null).await["user"]["id"].take();
            match field {
                "membersSetRole" => json!({ "userId": user, "role": "MEMBER", "workspaceId": workspace }),
                _ => json!({ "userId": user, "workspaceId": workspace }),
            }
        }
        "patsCreate" => json!({ "name": "new", "scopes": ["admin:read"] }),
        "patsRevoke" => {
            let made = maker.ok("patsCreate", json!({ "name": "target", "scopes": ["admin:read"] })).await;
            id(&made["item"])
        }
        _ => {
            let made = maker.ok("apiKeysCreate", json!({ "workspaceId": workspace, "name": "target" })).await;
            let key = id(&made["item"]);
            match field {
                "apiKeysFinishRotation" | "apiKeysRollbackRotation" => {
                    app.owner().ok("apiKeysRotate", json!({ "id": key })).await;
                }
                "apiKeysRestore" => {
                    app.owner().ok("apiKeysRevoke", json!({ "id": key })).await;
                }
                _ => {}
            }
            match field {
                "apiKeysUpdate"
                | "apiKeysUpdateRestrictions"
                | "apiKeysRotate"
                | "apiKeysRevoke"
                | "apiKeysUsage"
                | "apiKeysLogs"
                | "apiKeysExplain" => {
                    json!({ "id": key })
                }
                "apiKeysResourceUsage" => json!({ "id": key, "resource": "functions" }),
                "apiKeysProjectUsage" => {
                    let made = json!({ "workspaceId": workspace, "name": "p" });
                    json!({ "id": key, "projectId": id(&app.owner().ok("projectsCreate", made).await) })
                }
                "apiKeysLog" => {
                    app.gateway().await.verdict(made["secret"].as_str().unwrap()).await;
                    json!({ "id": key, "logId": id(&app.log_of(&key).await) })
                }
                _ => key,
            }
        }
    }
}

async fn outcome(actor: &Actor, field: &str, argument: Value) -> char {
    let answer = actor.call(field, argument).await;
    if answer.status == 401 {
        return '4';
    }
    assert_eq!(answer.status, 200, "{field}: {}", answer.body);
    match answer.body.get("errors") {
        None => 'o',
        Some(_) => match answer.code().as_str() {
            "UNAUTHORIZED" => 'u',
            "NOT_FOUND" => 'n',
            other => panic!("{field}: {other}: {}", answer.message()),
        },
    }
}

#[tokio::test]
async fn scopes_give_what_the_contract_says() {
    let app = TestServer::start().await;
    let mut tokens = Vec::new();
    for scope in SCOPES {
        tokens.push(app.pat(app.owner(), &[scope], None).await);
    }
    for (field, expected, _) in MATRIX {
        let mut found = String::new();
        for token in &tokens {
            let workspace = fresh_workspace(&app).await;
            let argument = argument(&app, field, &workspace, app.owner()).await;
            found.push(outcome(token, field, argument).await);
        }
        assert_eq!(found, *expected, "{field} with {SCOPES:?}");
    }
}

#[tokio::test]
async fn roles_give_what_the_contract_says() {
    let app = TestServer::start().await;
    let viewer = app.member(Role::Viewer, None).await;
    let member = app.member(Role::Member, None).await;
    let admin = app.member(Role::Admin, None).await;
    let elsewhere = app.member(Role::Admin, Some(app.workspace())).await;
    let billing = app.member(Role::Billing, None).await;
    let stranger = app.other_tenant().await;
    let former = app.member(Role::Admin, None).await;
    app.dismiss(&former).await;
    for (field, _, expected) in MATRIX {
        let mut found = String::new();
        for column in COLUMNS.chars() {
            let workspace = fresh_workspace(&app).await;
            let inside;
            let actor = match column {
                'V' => &viewer,
                'm' | 'M' => &member,
                'A' => &admin,
                'D' => {
                    inside = app.member(Role::Admin, Some(&workspace)).await;
                    &inside
                }
                'S' => &elsewhere,
                'B' => &billing,
                'O' => app.owner(),
                'X' => &stranger,
                _ => &former,
            };
            let maker = if column == 'M' { &member } else { app.owner() };
            let argument = argument(&app, field, &workspace, maker).await;
            found.push(outcome(actor, field, argument).await);
        }
        assert_eq!(found, *expected, "{field} for {COLUMNS}");
    }
}

#[tokio::test]
async fn nothing_is_done_for_a_token_that_is_not_in_force() {
    let app = TestServer::start().await;
    let expired = app.pat(app.owner(), &["admin:write"], Some(SignedDuration::from_secs(1))).await;
    let revoked = app.pat(app.owner(), &["admin:write"], None).await;
    let own = revoked.ok("authWhoami", Value::Null).await;
    app.owner().ok("patsRevoke", id(&own["pat"])).await;
    let key = app.owner().ok("apiKeysCreate", json!({ "workspaceId": app.workspace(), "name": "k" })).await;
    let unknown = admin_token::mint(admin_token::TokenKind::Pat, |buffer| buffer.fill(7));
    app.advance(SignedDuration::from_secs(1));
    let actors = [
        app.anonymous(),
        app.bearer(""),
        app.bearer("tt_pat_truncated"),
        app.bearer(unknown.secret().expose()),
        app.bearer(key["secret"].as_str().unwrap()),
        expired,
        revoked,
    ];
    let before = app.owner().ok("workspacesList", Value::Null).await;
    for (field, ..) in MATRIX {
        for (number, actor) in actors.iter().enumerate() {
            let argument = match *field {
                "workspacesCreate" => json!({ "name": "new" }),
                "workspacesDelete" | "workspacesGet" | "workspacesRestore" => json!(app.second_workspace()),
                _ => argument_without_target(field),
            };
            assert_eq!(outcome(actor, field, argument).await, '4', "{field} by actor {number}");
        }
    }
    assert_eq!(app.owner().ok("workspacesList", Value::Null).await, before);
}

/// An argument that is well formed and about nothing that exists.
fn argument_without_target(field: &str) -> Value {
    let none = |prefix: &str| format!("{prefix}{}", "0".repeat(26));
    match field {
        _ if needs_no_argument(field) => Value::Null,
        "workspacesCreate" => json!({ "name": "new", "tenantId": none("ten_") }),
        "workspacesGet" | "workspacesDelete" | "workspacesRestore" => json!(none("ws_")),
        "workspacesRename" => json!({ "id": none("ws_"), "name": "renamed" }),
        "workspacesSetBudget" => json!({ "id": none("ws_"), "budget": null }),
        "workspacesListMembers" => json!({ "workspaceId": none("ws_") }),
        "projectsCreate" | "apiKeysCreate" => json!({ "workspaceId": none("ws_"), "name": "new" }),
        "projectsRename" => json!({ "id": none("prj_"), "name": "renamed" }),
        "providerCredentialsUpsert" => connection(&none("ws_")),
        "providerCredentialsTest" | "providerCredentialsRevoke" => json!(none("conn_")),
        "projectsArchive" => json!(none("prj_")),
        "apiKeysUpdate"
        | "apiKeysUpdateRestrictions"
        | "apiKeysRotate"
        | "apiKeysRevoke"
        | "apiKeysUsage"
        | "apiKeysLogs"
        | "apiKeysExplain" => {
            json!({ "id": none("key_") })
        }
        "apiKeysResourceUsage" => json!({ "id": none("key_"), "resource": "functions" }),
        "apiKeysProjectUsage" => json!({ "id": none("key_"), "projectId": none("prj_") }),
        "apiKeysLog" => json!({ "id": none("key_"), "logId": none("log_") }),
        "billingCreateTopUpIntent" => json!({ "usd": "25", "tenantId": none("ten_") }),
        "membersInvite" => json!({ "email": "ada@acme.example", "role": "MEMBER", "workspaceId": none("ws_") }),
        "membersResendInvitation" | "membersCancelInvitation" => json!(none("inv_")),
        "membersSetRole" => json!({ "userId": none("usr_"), "role": "MEMBER" }),
        "membersRemove" => json!({ "userId": none("usr_") }),
        "patsCreate" => json!({ "name": "new", "scopes": ["admin:read"] }),
        "patsRevoke" => json!(none("pat_")),
        _ => json!(none("key_")),
    }
}

#[tokio::test]
async fn scope_is_checked_before_anything_is_looked_up() {
    let app = TestServer::start().await;
    let reader = app.reader().await;
    let gateway = app.gateway().await;
    for (field, scopes, _) in MATRIX {
        let argument = argument_without_target(field);
        if scopes.starts_with('u') {
            assert_eq!(outcome(&reader, field, argument.clone()).await, 'u', "{field}");
        }
        if *field != "authWhoami" {
            assert_eq!(outcome(&gateway, field, argument.clone()).await, 'u', "{field}");
        }
        // With the scope, what is not there is not found.
        if !argument.is_null() && *field != "patsCreate" {
            assert_eq!(outcome(app.owner(), field, argument).await, 'n', "{field}");
        }
    }
}

#[tokio::test]
async fn another_tenant_is_not_there() {
    let app = TestServer::start().await;
    let stranger = app.other_tenant().await;
    for field in ["workspacesList", "apiKeysList", "membersList"] {
        assert_eq!(outcome(&stranger, field, json!({ "tenantId": app.tenant() })).await, 'n', "{field}");
        assert_eq!(outcome(app.owner(), field, json!({ "tenantId": app.tenant() })).await, 'o', "{field}");
    }
    for field in ["usageSummary", "usageProjection"] {
        assert_eq!(outcome(&stranger, field, json!({ "tenantId": app.tenant() })).await, 'n', "{field}");
    }
    let create = json!({ "tenantId": app.tenant(), "name": "new" });
    assert_eq!(outcome(&stranger, "workspacesCreate", create.clone()).await, 'n');
    assert_eq!(outcome(&stranger, "apiKeysCreate", create).await, 'n');
    assert_eq!(outcome(&stranger, "apiKeysList", json!({ "workspaceId": app.workspace() })).await, 'n');
    let theirs = stranger.ok("workspacesList", Value::Null).await;
    assert_eq!(theirs["items"].as_array().unwrap().len(), 1);
    assert_eq!(theirs["items"][0]["name"], "theirs");
    assert_eq!(stranger.ok("apiKeysList", Value::Null).await["totalCount"], 0);
}

#[tokio::test]
async fn lists_show_what_the_role_reaches() {
    let app = TestServer::start().await;
    let here = app.owner().ok("apiKeysCreate", json!({ "workspaceId": app.workspace(), "name": "here" })).await;
    app.owner().ok("apiKeysCreate", json!({ "workspaceId": app.second_workspace(), "name": "there" })).await;
    for role in [Role::Viewer, Role::Member, Role::Admin] {
        let inside = app.member(role, Some(app.workspace())).await;
        let (workspaces, keys) =
            (inside.ok("workspacesList", Value::Null).await, inside.ok("apiKeysList", Value::Null).await);
        assert_eq!(workspaces["totalCount"], 1, "{role:?}");
        assert_eq!(workspaces["items"][0]["id"], app.workspace());
        assert_eq!(keys["totalCount"], 1, "{role:?}");
        assert_eq!(keys["items"][0]["id"], here["item"]["id"]);
        let everywhere = app.member(role, None).await;
        assert_eq!(everywhere.ok("workspacesList", Value::Null).await["totalCount"], 2);
        assert_eq!(everywhere.ok("apiKeysList", Value::Null).await["totalCount"], 2);
    }
    // Everyone sees their own tokens; an OWNER may ask for all.
    let viewer = app.viewer_member().await;
    assert_eq!(viewer.ok("patsList", Value::Null).await["totalCount"], 1);
    assert_eq!(outcome(&viewer, "patsList", json!({ "allUsers": true })).await, 'u');
    assert_eq!(app.owner().ok("patsList", Value::Null).await["totalCount"], 1);
    assert_eq!(app.owner().ok("patsList", json!({ "allUsers": true })).await["totalCount"], 8);
}

#[tokio::test]
async fn what_is_taken_away_is_gone_with_the_next_call() {
    let app = TestServer::start().await;
    let admin = app.member(Role::Admin, None).await;
    let rename = json!({ "id": app.workspace(), "name": "renamed" });
    assert_eq!(outcome(&admin, "workspacesRename", rename.clone()).await, 'o');
    app.dismiss(&admin).await;
    assert_eq!(outcome(&admin, "workspacesRename", rename.clone()).await, 'u');
    assert_eq!(outcome(&admin, "workspacesList", Value::Null).await, 'u');

    let token = app.pat(app.owner(), &["admin:write"], None).await;
    assert_eq!(outcome(&token, "workspacesRename", rename.clone()).await, 'o');
    let own = token.ok("authWhoami", Value::Null).await;
    // A token may revoke itself.
    assert_eq!(outcome(&token, "patsRevoke", id(&own["pat"])).await, 'o');
    assert_eq!(outcome(&token, "workspacesRename", rename).await, '4');
    assert_eq!(outcome(&token, "workspacesList", Value::Null).await, '4');
}

#[tokio::test]
async fn a_refusal_names_what_is_missing() {
    let app = TestServer::start().await;
    let rename = json!({ "id": app.workspace(), "name": "renamed" });
    insta::assert_snapshot!(app.reader().await.refused("workspacesRename", rename.clone()).await, @r"
    UNAUTHORIZED: `workspacesRename` needs the scope admin:write or admin:organizations; this token has admin:read
    (use a personal access token with the scope admin:write or admin:organizations)
    ");
    insta::assert_snapshot!(app.viewer_member().await.refused("workspacesRename", rename.clone()).await, @r"
    UNAUTHORIZED: the owner of this token lacks the role for `workspacesRename`
    (it takes the role OWNER or ADMIN; ask an OWNER of the tenant)
    ");
    insta::assert_snapshot!(app.member(Role::Billing, None).await.refused("workspacesGet", json!(app.workspace())).await, @r"
    UNAUTHORIZED: the owner of this token lacks the role for `workspacesGet`
    (it takes the role OWNER or ADMIN or MEMBER or VIEWER; ask an OWNER of the tenant)
    ");
    insta::assert_snapshot!(app.other_tenant().await.refused("workspacesRename", rename).await, @"NOT_FOUND: there is no such workspace, or none that this token may read");
    let key = app.owner().ok("apiKeysCreate", json!({ "workspaceId": app.workspace(), "name": "k" })).await;
    let member = app.member(Role::Member, None).await;
    insta::assert_snapshot!(member.refused("apiKeysDelete", id(&key["item"])).await, @r"
    UNAUTHORIZED: the owner of this token lacks the role for `apiKeysDelete`
    (it takes the role OWNER or ADMIN or MEMBER (for what one made oneself); ask an OWNER of the tenant)
    ");
}
