//! The people of a tenant: invitations, roles, and leaving.

use admin_server::model::Role;
use admin_server::settings::{Settings, Signup};
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

const ADA: &str = "ada@acme.example";

async fn invite(by: &Actor, role: &str) -> Value {
    by.ok("membersInvite", json!({ "email": ADA, "role": role })).await
}

async fn accept(app: &TestServer, token: &str) -> Value {
    app.anonymous().ok("membersAcceptInvitation", json!({ "token": token })).await
}

async fn not_accepted(app: &TestServer, token: &str) -> String {
    app.anonymous().refused("membersAcceptInvitation", json!({ "token": token })).await
}

async fn user_id(actor: &Actor) -> Value {
    actor.ok("authWhoami", Value::Null).await["user"]["id"].take()
}

/// The member with this address, as the OWNER sees them.
async fn member(app: &TestServer, email: &str) -> Value {
    let members = app.owner().ok("membersList", Value::Null).await;
    let mut items = members["items"].as_array().into_iter().flatten();
    items.find(|member| member["user"]["email"] == email).cloned().unwrap_or(Value::Null)
}

#[tokio::test]
async fn an_invitation_is_one_mail_and_makes_a_member_once() {
    let app = TestServer::start().await;
    let invitation = app.owner().ok("membersInvite", json!({ "email": " Ada@ACME.example", "role": "MEMBER" })).await;
    assert_eq!((&invitation["email"], &invitation["state"]), (&json!(ADA), &json!("PENDING")));
    assert_eq!(invitation["expiresAt"], json!(format!("{:.3}", app.now() + SignedDuration::from_hours(7 * 24))));
    let mail = app.mail().mail(1).await;
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), (ADA, "An invitation from owner@acme.example"));
    assert!(mail.text.expose().contains("the tenant \"Acme\""), "{}", mail.text.expose());
    // Nobody who was only invited is a member.
    assert_eq!(member(&app, ADA).await, Value::Null);
    let token = app.mail().token(1).await;
    let accepted = accept(&app, &token).await;
    assert_eq!((&accepted["id"], &accepted["state"]), (&invitation["id"], &json!("ACCEPTED")));
    assert_eq!(member(&app, ADA).await["memberships"][0]["role"], "MEMBER");
    insta::assert_snapshot!(not_accepted(&app, &token).await, @"
    CONFLICT: the invitation was accepted already
    (sign in with `aisetu auth login`)
    ");
    // One mail, and all of it on record: the person, the role, the invitation.
    assert_eq!(app.mail().all().len(), 1);
    let accepted = app.owner().ok("auditEvents", json!({ "action": "membersAcceptInvitation" })).await;
    let objects: Vec<_> = accepted["items"].as_array().unwrap().iter().map(|event| &event["objectId"]).collect();
    let ada = member(&app, ADA).await;
    assert_eq!(objects, [&invitation["id"], &ada["memberships"][0]["id"], &ada["user"]["id"]]);
    let events = app.owner().ok("auditEvents", json!({ "objectId": invitation["id"] })).await;
    let actions: Vec<_> = events["items"].as_array().unwrap().iter().map(|event| &event["action"]).collect();
    assert_eq!(actions, ["membersAcceptInvitation", "membersInvite"]);
    assert_eq!(events["items"][0]["actor"]["email"], ADA);
    assert!(!events.to_string().contains("tt_inv_"));
}

#[tokio::test]
async fn who_is_invited_or_a_member_already_is_told_so() {
    let app = TestServer::start().await;
    let invitation = invite(app.owner(), "MEMBER").await;
    let again = json!({ "email": "ADA@acme.example", "role": "VIEWER" });
    let answer = app.owner().call("membersInvite", again.clone()).await;
    assert_eq!(answer.code(), "CONFLICT");
    assert_eq!(answer.error()["extensions"]["object"]["id"], invitation["id"]);
    insta::assert_snapshot!(answer.refusal(), @"
    CONFLICT: ada@acme.example is invited already, until 2026-01-12T09:00:02.000Z
    (send it again with `membersResendInvitation`, or cancel it first)
    ");
    // To a workspace it is another invitation.
    app.owner().ok("membersInvite", json!({ "email": ADA, "role": "ADMIN", "workspaceId": app.workspace() })).await;
    accept(&app, &app.mail().token(1).await).await;
    insta::assert_snapshot!(app.owner().refused("membersInvite", again).await, @"
    CONFLICT: ada@acme.example is a member already, as MEMBER
    (change the role with `membersSetRole`)
    ");
    accept(&app, &app.mail().token(2).await).await;
    assert_eq!(member(&app, ADA).await["memberships"].as_array().unwrap().len(), 2);
    // An invitation whose time is over is in nobody's way.
    app.owner().ok("membersInvite", json!({ "email": "bob@acme.example", "role": "VIEWER" })).await;
    app.advance(SignedDuration::from_hours(7 * 24));
    app.owner().ok("membersInvite", json!({ "email": "bob@acme.example", "role": "VIEWER" })).await;
    assert_eq!(app.owner().ok("membersInvitations", Value::Null).await["totalCount"], 1);
}

#[tokio::test]
async fn sent_again_it_has_a_new_token_and_new_days() {
    let app = TestServer::start().await;
    let invitation = invite(app.owner(), "MEMBER").await;
    let first = app.mail().token(1).await;
    app.advance(SignedDuration::from_hours(7 * 24));
    insta::assert_snapshot!(not_accepted(&app, &first).await, @"
    BAD_USER_INPUT [token]: `token` was good until 2026-01-12T09:00:02.000Z
    (ask who invited you to send it again)
    ");
    let resent = app.owner().ok("membersResendInvitation", invitation["id"].clone()).await;
    assert_eq!((&resent["id"], &resent["state"]), (&invitation["id"], &json!("PENDING")));
    assert_eq!(resent["expiresAt"], json!(format!("{:.3}", app.now() + SignedDuration::from_hours(7 * 24))));
    let second = app.mail().token(2).await;
    insta::assert_snapshot!(not_accepted(&app, &first).await, @"
    BAD_USER_INPUT [token]: `token` is not that of an invitation, or a later mail has another
    (ask who invited you to send it again)
    ");
    accept(&app, &second).await;
    insta::assert_snapshot!(app.owner().refused("membersResendInvitation", invitation["id"].clone()).await, @"CONFLICT: the invitation was accepted, at 2026-01-12T09:00:02.000Z");
}

#[tokio::test]
async fn a_cancelled_invitation_is_void() {
    let app = TestServer::start().await;
    let invitation = invite(app.owner(), "MEMBER").await;
    let token = app.mail().token(1).await;
    assert_eq!(app.owner().ok("membersCancelInvitation", invitation["id"].clone()).await["state"], "CANCELLED");
    insta::assert_snapshot!(not_accepted(&app, &token).await, @"
    BAD_USER_INPUT [token]: `token` is of an invitation that was cancelled
    (ask who invited you to send it again)
    ");
    insta::assert_snapshot!(app.owner().refused("membersCancelInvitation", invitation["id"].clone()).await, @"CONFLICT: the invitation was cancelled, at 2026-01-05T09:00:02.000Z");
    assert_eq!(app.owner().ok("membersInvitations", Value::Null).await["totalCount"], 0);
    assert_eq!(app.owner().ok("membersInvitations", json!({ "includeClosed": true })).await["totalCount"], 1);
    for nonsense in ["", "tt_inv_nonsense", app.owner().token().unwrap()] {
        let answer = app.anonymous().call("membersAcceptInvitation", json!({ "token": nonsense })).await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("BAD_USER_INPUT", "token"));
    }
}

#[tokio::test]
async fn what_the_inviter_may_give_now_counts() {
    let app = TestServer::start().await;
    let admin = app.member(Role::Admin, None).await;
    let admin_id = user_id(&admin).await;
    invite(&admin, "ADMIN").await;
    let token = app.mail().token(1).await;
    app.owner().ok("membersSetRole", json!({ "userId": admin_id, "role": "MEMBER" })).await;
    insta::assert_snapshot!(not_accepted(&app, &token).await, @"
    CONFLICT: the invitation is void: who sent it may no longer give this role
    (ask somebody else of the tenant for another one)
    ");
    app.owner().ok("membersRemove", json!({ "userId": admin_id })).await;
    insta::assert_snapshot!(not_accepted(&app, &token).await, @"
    CONFLICT: the invitation is void: who sent it has left the tenant
    (ask somebody else of the tenant for another one)
    ");
    assert_eq!(member(&app, ADA).await, Value::Null);
    // It stays void until somebody invites anew.
    let invitations = app.owner().ok("membersInvitations", Value::Null).await;
    app.owner().ok("membersCancelInvitation", invitations["items"][0]["id"].clone()).await;
    invite(app.owner(), "ADMIN").await;
    accept(&app, &app.mail().token(2).await).await;
}

#[tokio::test]
async fn nobody_gives_or_takes_a_role_above_their_own() {
    let app = TestServer::start().await;
    let admin = app.member(Role::Admin, None).await;
    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    let owner_id = user_id(app.owner()).await;
    let billing_id = user_id(&app.member(Role::Billing, None).await).await;
    let viewer_id = user_id(&app.viewer_member().await).await;
    for role in ["OWNER", "BILLING"] {
        let answer = admin.call("membersInvite", json!({ "email": ADA, "role": role })).await;
        assert_eq!(answer.code(), "UNAUTHORIZED", "{role}");
        let answer = admin.call("membersSetRole", json!({ "userId": viewer_id, "role": role })).await;
        assert_eq!(answer.code(), "UNAUTHORIZED", "{role}");
    }
    insta::assert_snapshot!(admin.refused("membersSetRole", json!({ "userId": owner_id, "role": "VIEWER" })).await, @"
    UNAUTHORIZED: `membersSetRole` is about the role OWNER, which is above your own
    (ask an OWNER of the tenant)
    ");
    for (user, field) in [(&owner_id, "membersRemove"), (&billing_id, "membersRemove")] {
        assert_eq!(admin.call(field, json!({ "userId": user })).await.code(), "UNAUTHORIZED");
    }
    // An ADMIN of a workspace runs it, and not the tenant.
    insta::assert_snapshot!(inside.refused("membersInvite", json!({ "email": ADA, "role": "VIEWER" })).await, @"
    UNAUTHORIZED: the owner of this token lacks the role for `membersInvite`
    (in the tenant as a whole; in one workspace its ADMIN may, with `workspaceId`)
    ");
    inside.ok("membersInvite", json!({ "email": ADA, "role": "ADMIN", "workspaceId": app.workspace() })).await;
    assert_eq!(inside.call("membersRemove", json!({ "userId": viewer_id })).await.code(), "UNAUTHORIZED");
    assert_eq!(
        inside.call("membersSetRole", json!({ "userId": viewer_id, "role": "MEMBER" })).await.code(),
        "UNAUTHORIZED"
    );
    inside.ok("membersSetRole", json!({ "userId": viewer_id, "role": "MEMBER", "workspaceId": app.workspace() })).await;
    // OWNER and BILLING hold in the whole tenant.
    let answer = app
        .owner()
        .call("membersInvite", json!({ "email": "bob@acme.example", "role": "OWNER", "workspaceId": app.workspace() }))
        .await;
    assert_eq!((answer.code().as_str(), answer.field().as_str()), ("BAD_USER_INPUT", "workspaceId"));
    // An OWNER gives everything.
    app.owner().ok("membersSetRole", json!({ "userId": viewer_id, "role": "OWNER" })).await;
    app.owner().ok("membersSetRole", json!({ "userId": viewer_id, "role": "BILLING" })).await;
}

#[tokio::test]
async fn the_last_owner_neither_leaves_nor_is_lowered() {
    let app = TestServer::start().await;
    let owner_id = user_id(app.owner()).await;
    insta::assert_snapshot!(app.owner().refused("membersSetRole", json!({ "userId": owner_id, "role": "ADMIN" })).await, @"
    CONFLICT: owner@acme.example is the last OWNER of the tenant, which must have one
    (make somebody else an OWNER first, with `membersSetRole`)
    ");
    insta::assert_snapshot!(app.owner().refused("membersRemove", json!({ "userId": owner_id })).await, @"
    CONFLICT: owner@acme.example is the last OWNER of the tenant, which must have one
    (make somebody else an OWNER first, with `membersSetRole`)
    ");
    let second = app.member(Role::Owner, None).await;
    app.owner().ok("membersSetRole", json!({ "userId": owner_id, "role": "ADMIN" })).await;
    let second_id = user_id(&second).await;
    assert_eq!(second.call("membersRemove", json!({ "userId": second_id })).await.code(), "CONFLICT");
    // Two that leave at once leave one.
    second.ok("membersSetRole", json!({ "userId": owner_id, "role": "OWNER" })).await;
    let leave = |who: &Actor, id: &Value| {
        let (who, id) = (who.clone(), id.clone());
        async move { who.call("membersRemove", json!({ "userId": id })).await }
    };
    let (one, other) = tokio::join!(leave(app.owner(), &owner_id), leave(&second, &second_id));
    let refused = [one, other].iter().filter(|answer| answer.body.get("errors").is_some()).count();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn who_is_removed_loses_their_tokens_and_their_keys_are_named() {
    let app = TestServer::start().await;
    let ada = app.member(Role::Member, None).await;
    let further = app.pat(&ada, &["admin:read"], None).await;
    let key = ada.ok("apiKeysCreate", json!({ "name": "hers", "workspaceId": app.workspace() })).await;
    app.owner().ok("apiKeysCreate", json!({ "name": "another's", "workspaceId": app.workspace() })).await;
    let ada_id = user_id(&ada).await;
    let removed = app.owner().ok("membersRemove", json!({ "userId": ada_id })).await;
    assert_eq!(removed["memberships"], json!([]));
    assert_eq!(removed["revokedPats"].as_array().unwrap().len(), 2);
    assert_eq!(removed["apiKeyCount"], 1);
    assert_eq!((&removed["apiKeys"][0]["id"], &removed["apiKeys"][0]["name"]), (&key["item"]["id"], &json!("hers")));
    for token in [&ada, &further] {
        assert_eq!(token.call("authWhoami", Value::Null).await.status, 401);
    }
    // The key belongs to the workspace.
    assert_eq!(app.gateway().await.verdict(key["secret"].as_str().unwrap()).await, "VALID");
    insta::assert_snapshot!(app.owner().refused("membersRemove", json!({ "userId": ada_id })).await, @"NOT_FOUND: there is no such member, or none that this token may read");
    // What happened is on record with what went.
    let events = app.owner().ok("auditEvents", json!({ "action": "membersRemove" })).await;
    assert_eq!(events["items"][0]["after"]["revokedPats"], removed["revokedPats"]);
    assert_eq!(events["items"][0]["before"]["memberships"][0]["role"], "MEMBER");
    assert_eq!(app.owner().ok("auditVerify", Value::Null).await["ok"], true);
}

#[tokio::test]
async fn a_role_in_one_workspace_is_taken_away_alone() {
    let app = TestServer::start().await;
    let ada = app.member(Role::Admin, Some(app.workspace())).await;
    app.also(&ada, Role::Viewer, app.second_workspace()).await;
    let ada_id = user_id(&ada).await;
    let input = json!({ "userId": ada_id, "workspaceId": app.workspace() });
    let removed = app.owner().ok("membersRemove", input.clone()).await;
    assert_eq!(removed["memberships"].as_array().unwrap().len(), 1);
    assert_eq!(removed["revokedPats"], json!([]), "a role is left");
    assert_eq!(ada.ok("workspacesList", Value::Null).await["totalCount"], 1);
    assert!(app.owner().refused("membersRemove", input).await.contains("has no role of their own in this workspace"));
}

#[tokio::test]
async fn anyone_may_leave() {
    let app = TestServer::start().await;
    for role in [Role::Viewer, Role::Member, Role::Billing, Role::Admin] {
        let person = app.member(role, None).await;
        let id = user_id(&person).await;
        let left = person.ok("membersRemove", json!({ "userId": id })).await;
        assert_eq!(left["revokedPats"].as_array().unwrap().len(), 1, "{role:?}");
        assert_eq!(person.call("authWhoami", Value::Null).await.status, 401);
    }
}

#[tokio::test]
async fn the_list_shows_people_with_the_roles_that_the_caller_may_read_of() {
    let app = TestServer::start().await;
    let ada = app.member(Role::Viewer, Some(app.workspace())).await;
    app.also(&ada, Role::Admin, app.second_workspace()).await;
    let bob = app.member(Role::Member, Some(app.second_workspace())).await;
    let ada = user_id(&ada).await;
    let roles = |list: &Value| {
        let mut items = list["items"].as_array().unwrap().iter();
        items.find(|member| member["user"]["id"] == ada).unwrap()["memberships"].as_array().unwrap().len()
    };
    let all = app.owner().ok("membersList", Value::Null).await;
    assert_eq!((&all["totalCount"], roles(&all)), (&json!(3), 2));
    // Who reads one workspace sees whoever has effect there, and of their roles only those.
    let inside = app.member(Role::Viewer, Some(app.workspace())).await;
    let seen = inside.ok("membersList", Value::Null).await;
    assert_eq!(seen["totalCount"], 3, "the OWNER, Ada and themselves");
    assert!(!seen.to_string().contains(user_id(&bob).await.as_str().unwrap()));
    assert_eq!(roles(&seen), 1);
    // Pages.
    let first = app.owner().ok("membersList", json!({ "limit": 2 })).await;
    let second = app.owner().ok("membersList", json!({ "limit": 2, "cursor": first["nextCursor"] })).await;
    assert_eq!(second["items"].as_array().unwrap().len(), 2);
    assert_eq!(second["nextCursor"], Value::Null);
}

#[tokio::test]
async fn a_closed_control_plane_takes_nobody_new() {
    let app = TestServer::start_as(Settings { signup: Signup::Closed, ..Settings::default() }).await;
    invite(app.owner(), "VIEWER").await;
    insta::assert_snapshot!(not_accepted(&app, &app.mail().token(1).await).await, @"
    CONFLICT: this control plane takes nobody new, not even by an invitation
    (ask whoever runs it)
    ");
    // Who is there already may come to another tenant.
    let other = app.other_tenant().await;
    other.ok("membersInvite", json!({ "email": "owner@acme.example", "role": "VIEWER" })).await;
    accept(&app, &app.mail().token(2).await).await;
}

#[tokio::test]
async fn an_invitation_to_a_deleted_workspace_is_void() {
    let app = TestServer::start().await;
    let input = json!({ "email": ADA, "role": "VIEWER", "workspaceId": app.second_workspace() });
    app.owner().ok("membersInvite", input.clone()).await;
    app.owner().ok("workspacesDelete", json!(app.second_workspace())).await;
    insta::assert_snapshot!(not_accepted(&app, &app.mail().token(1).await).await, @"
    BAD_USER_INPUT [token]: `token` is of an invitation to a workspace that was deleted
    (ask who invited you to send it again)
    ");
    assert_eq!(app.owner().call("membersInvite", input).await.code(), "NOT_FOUND");
    app.owner().ok("workspacesRestore", json!(app.second_workspace())).await;
    accept(&app, &app.mail().token(1).await).await;
}

#[tokio::test]
async fn who_is_removed_does_not_come_back_by_an_older_mail() {
    let app = TestServer::start().await;
    invite(app.owner(), "MEMBER").await;
    accept(&app, &app.mail().token(1).await).await;
    let open = json!({ "email": ADA, "role": "ADMIN", "workspaceId": app.workspace() });
    let open = app.owner().ok("membersInvite", open).await;
    let ada = member(&app, ADA).await["user"]["id"].take();
    let removed = app.owner().ok("membersRemove", json!({ "userId": ada })).await;
    assert_eq!(removed["cancelledInvitations"], json!([open["id"]]));
    assert!(not_accepted(&app, &app.mail().token(2).await).await.contains("was cancelled"));
    assert_eq!(member(&app, ADA).await, Value::Null);
}

#[tokio::test]
async fn who_sends_it_again_answers_for_it() {
    let app = TestServer::start().await;
    let admin = app.member(Role::Admin, None).await;
    let invitation = invite(&admin, "MEMBER").await;
    app.owner().ok("membersRemove", json!({ "userId": user_id(&admin).await })).await;
    let resent = app.owner().ok("membersResendInvitation", invitation["id"].clone()).await;
    assert_eq!(resent["invitedBy"], user_id(app.owner()).await);
    accept(&app, &app.mail().token(2).await).await;
}

#[tokio::test]
async fn nobody_learns_of_roles_where_they_may_not_read() {
    let app = TestServer::start().await;
    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    let ada = app.member(Role::Viewer, Some(app.workspace())).await;
    app.also(&ada, Role::Admin, app.second_workspace()).await;
    let ada_id = user_id(&ada).await;
    let input = json!({ "userId": ada_id, "role": "MEMBER", "workspaceId": app.workspace() });
    let set = inside.ok("membersSetRole", input).await;
    let removed = inside.ok("membersRemove", json!({ "userId": ada_id, "workspaceId": app.workspace() })).await;
    let events = inside.ok("auditEvents", Value::Null).await;
    for answer in [set, removed, events] {
        assert!(!answer.to_string().contains(app.second_workspace()), "{answer}");
    }
}

#[tokio::test]
async fn a_mail_leads_to_the_control_plane_that_sent_it() {
    let public_url = Some("https://api.acme.example".parse().unwrap());
    let app = TestServer::start_as(Settings { public_url, ..Settings::default() }).await;
    invite(app.owner(), "VIEWER").await;
    let text = app.mail().mail(1).await.text.expose().to_owned();
    assert!(
        text.contains("aisetu --base-url https://api.acme.example members accept-invitation --secret-stdin"),
        "{text}"
    );
    assert!(text.contains("aisetu --base-url https://api.acme.example auth login --email ada@acme.example"), "{text}");
}

#[tokio::test]
async fn a_retry_invites_once() {
    let app = TestServer::start().await;
    let input = json!({ "email": ADA, "role": "VIEWER" });
    let first = app.owner().call_once("k-1", "membersInvite", input.clone()).await.data();
    let again = app.owner().call_once("k-1", "membersInvite", input).await.data();
    assert_eq!(first, again);
    app.mail().mail(1).await;
    app.owner().ok("membersInvite", json!({ "email": "bob@acme.example", "role": "VIEWER" })).await;
    app.mail().mail(2).await;
    assert_eq!(app.mail().all().len(), 2);
}

#[tokio::test]
async fn an_address_and_a_tenant_get_and_send_so_many_invitations() {
    let app = TestServer::start().await;
    let invitation = invite(app.owner(), "MEMBER").await;
    for _ in 1..10 {
        app.owner().ok("membersResendInvitation", invitation["id"].clone()).await;
    }
    let refused = app.owner().call("membersResendInvitation", invitation["id"].clone()).await;
    assert_eq!(refused.body["errors"][0]["extensions"]["retryAfterMs"], 86_400_000);
    insta::assert_snapshot!(app.owner().refused("membersResendInvitation", invitation["id"].clone()).await, @"RATE_LIMITED: this address got too many invitations; the next one can be sent in 86400 s");
    // To cancel it and invite anew is no way around, and a refused one changes nothing.
    app.owner().ok("membersCancelInvitation", invitation["id"].clone()).await;
    let again = json!({ "email": ADA, "role": "MEMBER" });
    assert!(app.owner().refused("membersInvite", again.clone()).await.starts_with("RATE_LIMITED"));
    assert_eq!(app.owner().ok("membersInvitations", Value::Null).await["totalCount"], 0);
    app.advance(SignedDuration::from_hours(24));
    app.owner().ok("membersInvite", again).await;

    for number in 1..200 {
        let input = json!({ "email": format!("p{number}@acme.example"), "role": "VIEWER" });
        app.owner().ok("membersInvite", input).await;
    }
    let one_more = json!({ "email": "last@acme.example", "role": "VIEWER" });
    insta::assert_snapshot!(app.owner().refused("membersInvite", one_more.clone()).await, @"RATE_LIMITED: this tenant sent too many invitations; the next one can be sent in 3600 s");
    app.advance(SignedDuration::from_hours(1));
    app.owner().ok("membersInvite", one_more).await;
}

/// Whoever is invited signs in with any scope, so a narrow token must not make an ADMIN or an OWNER of its holder's friend.
#[tokio::test]
async fn a_token_for_members_gives_and_takes_no_role_that_is_more_than_it() {
    let app = TestServer::start().await;
    let narrow = app.pat(app.owner(), &["admin:users"], None).await;
    insta::assert_snapshot!(narrow.refused("membersInvite", json!({ "email": ADA, "role": "OWNER" })).await, @"
    UNAUTHORIZED: `membersInvite` needs the scope admin:write for the role OWNER; this token has admin:users
    (with admin:users one gives and takes VIEWER and MEMBER)
    ");
    let person = app.member(Role::Viewer, None).await;
    let admin = app.member(Role::Admin, None).await;
    let set = async |of: &Actor, role: &str| {
        let input = json!({ "userId": user_id(of).await, "role": role });
        narrow.call("membersSetRole", input).await.body["errors"][0]["extensions"]["code"].clone()
    };
    for role in ["ADMIN", "BILLING", "OWNER"] {
        assert_eq!(set(&person, role).await, "UNAUTHORIZED", "{role}");
        let refused = narrow.refused("membersInvite", json!({ "email": ADA, "role": role })).await;
        assert!(refused.starts_with("UNAUTHORIZED"), "{refused}");
        let open = app.owner().ok("membersInvite", json!({ "email": ADA, "role": role })).await["id"].clone();
        assert!(narrow.refused("membersResendInvitation", open.clone()).await.starts_with("UNAUTHORIZED"));
        assert!(narrow.refused("membersCancelInvitation", open.clone()).await.starts_with("UNAUTHORIZED"));
        app.owner().ok("membersCancelInvitation", open).await;
    }
    assert_eq!(set(&admin, "VIEWER").await, "UNAUTHORIZED", "nor does it take one");
    assert!(
        narrow.refused("membersRemove", json!({ "userId": user_id(&admin).await })).await.starts_with("UNAUTHORIZED")
    );
    assert_eq!(set(&person, "MEMBER").await, Value::Null);
    invite(&narrow, "MEMBER").await;
    narrow.ok("membersRemove", json!({ "userId": user_id(&person).await })).await;
}
