//! Personal access tokens: none exceeds its maker.

use std::collections::BTreeSet;

use admin_server::model::Role;
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const SCOPES: [&str; 9] = [
    "admin:read",
    "admin:write",
    "admin:users",
    "admin:organizations",
    "admin:projects",
    "admin:billing",
    "keys:verify",
    "usage:write",
    "credentials:use",
];

fn in_days(app: &TestServer, days: i32) -> String {
    (app.now() + DAY * days).to_string()
}

#[tokio::test]
async fn a_token_is_made_listed_and_revoked() {
    let app = TestServer::start().await;
    let made = app
        .owner()
        .ok("patsCreate", json!({ "name": "ci", "scopes": ["admin:read", "keys:verify", "admin:read"] }))
        .await;
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(admin_token::parse(secret).unwrap().kind(), admin_token::TokenKind::Pat);
    let mut item = made["item"].clone();
    assert_eq!(item["hint"].as_str().unwrap(), &secret[secret.len() - 4..]);
    assert_eq!(item["scopes"], json!(["admin:read", "keys:verify"]));
    assert_eq!(item["state"], "ACTIVE");
    let token = app.bearer(secret);
    assert_eq!(token.ok("authWhoami", Value::Null).await["pat"], item);
    let revoked = app.owner().ok("patsRevoke", item["id"].clone()).await;
    item["state"] = json!("REVOKED");
    item["revokedAt"] = json!("2026-01-05T09:00:02.000Z");
    assert_eq!(revoked, item);
    assert_eq!(token.call("authWhoami", Value::Null).await.status, 401);
    insta::assert_snapshot!(app.owner().refused("patsRevoke", item["id"].clone()).await, @"CONFLICT: `ci` was revoked already, at 2026-01-05T09:00:02.000Z");
    let listed = app.owner().ok("patsList", Value::Null).await;
    assert!(listed["items"].as_array().unwrap().contains(&item), "a revoked token stays on the list");
    // No list and no answer but the first gives the secret.
    assert!(!listed.to_string().contains(secret));
}

#[tokio::test]
async fn a_lifetime_out_of_range_is_refused_and_never_clamped() {
    let app = TestServer::start().await;
    let create = async |expires_at: String| {
        app.owner()
            .refused("patsCreate", json!({ "name": "t", "scopes": ["admin:read"], "expiresAt": expires_at }))
            .await
    };
    insta::assert_snapshot!(create(app.now().to_string()).await, @"BAD_USER_INPUT [expiresAt]: `expiresAt` is 2026-01-05T09:00:02.000Z, which is past; it is 2026-01-05T09:00:02.000Z now");
    assert!(create("0001-01-01T00:00:00Z".to_owned()).await.contains("which is past"));
    // The owner's own token lives 90 days.
    insta::assert_snapshot!(create(in_days(&app, 365)).await, @r"
    BAD_USER_INPUT [expiresAt]: `expiresAt` is 2027-01-05T09:00:02.000Z; the token that makes it expires at 2026-04-05T09:00:00.000Z
    (a token never outlives the one that makes it)
    ");
    let beyond = (app.now() + DAY * 365 + SignedDuration::from_millis(1)).to_string();
    insta::assert_snapshot!(create(beyond).await, @"BAD_USER_INPUT [expiresAt]: `expiresAt` is 2027-01-05T09:00:02.001Z; it may be 2027-01-05T09:00:02.000Z at most, 365 days ahead");
    assert!(create("9999-12-30T00:00:00Z".to_owned()).await.contains("365 days ahead"));
    insta::assert_snapshot!(create("tomorrow".to_owned()).await, @r#"BAD_USER_INPUT: Failed to parse "DateTime": `tomorrow` is not an instant such as 2026-11-22T09:30:00Z (occurred while parsing "CreatePatInput")"#);
    // Milliseconds are what is kept: a token that would be expired at once is not made.
    assert!(create("2026-01-05T09:00:02.000999Z".to_owned()).await.contains("which is past"));

    let one = json!({ "name": "t", "scopes": ["admin:read"], "expiresAt": "2026-04-05T09:00:00Z" });
    assert_eq!(app.owner().ok("patsCreate", one).await["item"]["expiresAt"], "2026-04-05T09:00:00.000Z");
    let next = (app.now() + SignedDuration::from_millis(1)).to_string();
    app.owner().ok("patsCreate", json!({ "name": "t", "scopes": ["admin:read"], "expiresAt": next })).await;
    // Without one it is 90 days, or its maker's if that is sooner.
    app.advance(DAY * 10);
    let default = app.owner().ok("patsCreate", json!({ "name": "t", "scopes": ["admin:read"] })).await;
    assert_eq!(default["item"]["expiresAt"], "2026-04-05T09:00:00.000Z");
}

#[tokio::test]
async fn scopes_are_covered_by_the_maker() {
    let app = TestServer::start().await;
    let writer = app.pat(app.owner(), &["admin:write"], None).await;
    let create = async |actor: &Actor, scopes: Value| {
        actor.refused("patsCreate", json!({ "name": "t", "scopes": scopes })).await
    };
    insta::assert_snapshot!(create(&writer, json!(["keys:verify"])).await, @r"
    UNAUTHORIZED: `scopes` asks for keys:verify, which this token, with admin:write, does not cover
    (a token never grants more than the one that makes it)
    ");
    insta::assert_snapshot!(create(&writer, json!(["admin:everything"])).await, @r"
    BAD_USER_INPUT [scopes]: `scopes` has `admin:everything`, which is not a scope of a personal access token
    (the scopes are admin:read, admin:write, admin:users, admin:organizations, admin:projects, admin:billing, keys:verify, usage:write, credentials:use)
    ");
    insta::assert_snapshot!(create(&writer, json!([])).await, @"BAD_USER_INPUT [scopes]: `scopes` has 0 entries; it must have 1 to 50");
    insta::assert_snapshot!(create(&writer, json!(vec!["admin:read"; 51])).await, @"BAD_USER_INPUT [scopes]: `scopes` has 51 entries; it must have 1 to 50");
    // What a role may not hold, its tokens do not get, whatever the maker's token says.
    for (role, scope, allowed) in [
        (Role::Viewer, "keys:verify", false),
        (Role::Member, "usage:write", false),
        (Role::Billing, "keys:verify", false),
        (Role::Admin, "keys:verify", true),
        (Role::Admin, "usage:write", true),
        (Role::Admin, "credentials:use", true),
        (Role::Member, "credentials:use", false),
    ] {
        let person = app.member(role, None).await;
        let answer = person.call("patsCreate", json!({ "name": "t", "scopes": [scope] })).await;
        assert_eq!(answer.body.get("errors").is_none(), allowed, "{role:?} {scope}: {}", answer.body);
    }
    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    inside.ok("patsCreate", json!({ "name": "t", "scopes": ["keys:verify", "usage:write"] })).await;
    insta::assert_snapshot!(create(&inside, json!(["credentials:use"])).await, @r"
    UNAUTHORIZED: the owner of this token lacks the role for `credentials:use`
    (it takes the role OWNER or ADMIN; ask an OWNER of the tenant)
    ");
}

/// Scopes a token of `held` may give on, by the contract: what it has, and of `admin:write` every `admin:` scope; those of a gateway
/// only as long as its owner is an OWNER or ADMIN.
fn may_give(held: &BTreeSet<&str>, role: Role) -> BTreeSet<&'static str> {
    let covered = |scope: &&str| held.contains(scope) || (held.contains("admin:write") && scope.starts_with("admin:"));
    let holds = |scope: &&str| scope.starts_with("admin:") || matches!(role, Role::Owner | Role::Admin);
    SCOPES.into_iter().filter(covered).filter(holds).collect()
}

/// Which of these calls a token can make.
async fn powers(token: &Actor) -> Vec<&'static str> {
    let calls = ["workspacesList", "patsList", "membersInvitations", "billingTopUps", "auditEvents", "auditVerify"];
    let mut powers = Vec::new();
    for call in calls {
        if token.call(call, Value::Null).await.body.get("errors").is_none() {
            powers.push(call);
        }
    }
    powers
}

#[test]
fn a_token_never_exceeds_its_maker() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = runtime.block_on(TestServer::start());
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let subset = || prop::sample::subsequence(SCOPES.to_vec(), 0..=SCOPES.len());
    let role = || prop::sample::select(Role::ALL.to_vec());
    let strategy = (subset(), subset(), role(), 1_i64..95 * 24, prop::option::of(-2_i64..400 * 24));
    let made = std::cell::Cell::new(0);
    // Whoever makes it may have been more when their own token was made.
    let person = runtime.block_on(app.member(Role::Owner, None));
    let user_id = runtime.block_on(person.ok("authWhoami", Value::Null))["user"]["id"].clone();
    let lower = async |role: Role| {
        app.owner().ok("membersSetRole", json!({ "userId": user_id, "role": role.as_str() })).await;
    };
    TestRunner::new_with_rng(config, rng)
        .run(&strategy, |(mut held, wanted, role, hours, wanted_hours)| {
            if !held.contains(&"admin:write") {
                held.push("admin:write");
            }
            let hours = hours.min(89 * 24);
            let (maker, outcome) = runtime.block_on(async {
                lower(Role::Owner).await;
                let maker = app.pat(&person, &held, Some(SignedDuration::from_hours(hours))).await;
                lower(role).await;
                let mut input = json!({ "name": "t", "scopes": wanted });
                if let Some(wanted) = wanted_hours {
                    input["expiresAt"] = json!((app.now() + SignedDuration::from_hours(wanted)).to_string());
                }
                let outcome = maker.call("patsCreate", input).await;
                (maker, outcome)
            });
            let allowed = may_give(&held.iter().copied().collect(), role);
            let scopes_fit = !wanted.is_empty() && wanted.iter().all(|scope| allowed.contains(scope));
            let lifetime_fits = wanted_hours.is_none_or(|wanted| wanted > 0 && wanted <= hours);
            let issued = outcome.body.get("errors").is_none();
            prop_assert_eq!(issued, scopes_fit && lifetime_fits, "{} {:?} {:?}", outcome.body, held, wanted_hours);
            if issued {
                let item = &outcome.body["data"]["patsCreate"]["item"];
                let expires_at: jiff::Timestamp = item["expiresAt"].as_str().unwrap().parse().unwrap();
                prop_assert!(expires_at <= app.now() + SignedDuration::from_hours(hours));
                prop_assert_eq!(&item["scopes"], &json!(wanted));
                let child = app.bearer(outcome.body["data"]["patsCreate"]["secret"].as_str().unwrap());
                let (makers, childs) = runtime.block_on(async { (powers(&maker).await, powers(&child).await) });
                prop_assert!(childs.iter().all(|power| makers.contains(power)), "{:?} of {:?}", childs, makers);
            }
            made.set(made.get() + i32::from(issued));
            Ok(())
        })
        .unwrap();
    let made = made.get();
    assert!(made > 5, "only {made} cases made a token, so little was tried");
}

#[tokio::test]
async fn an_owner_revokes_anyones_and_others_their_own() {
    let app = TestServer::start().await;
    let (viewer, member) = (app.viewer_member().await, app.member(Role::Member, None).await);
    let id = |identity: Value| identity["pat"]["id"].clone();
    let of_viewer = id(viewer.ok("authWhoami", Value::Null).await);
    let of_member = id(member.ok("authWhoami", Value::Null).await);
    assert!(member.refused("patsRevoke", of_viewer.clone()).await.starts_with("NOT_FOUND"));
    app.owner().ok("patsRevoke", of_viewer).await;
    assert_eq!(viewer.call("authWhoami", Value::Null).await.status, 401);
    member.ok("patsRevoke", of_member).await;
    assert_eq!(member.call("authWhoami", Value::Null).await.status, 401);
    // A token outlives the one that made it being revoked: who revokes says which.
    let maker = app.pat(app.owner(), &["admin:write"], None).await;
    let child = app.pat(&maker, &["admin:read"], None).await;
    app.owner().ok("patsRevoke", id(maker.ok("authWhoami", Value::Null).await)).await;
    child.ok("authWhoami", Value::Null).await;
}

#[tokio::test]
async fn a_name_has_bounds() {
    let app = TestServer::start().await;
    for name in ["", "  ", "a\nb", &"n".repeat(101), &"n".repeat(10_000)] {
        let refused = app.owner().refused("patsCreate", json!({ "name": name, "scopes": ["admin:read"] })).await;
        assert!(refused.starts_with("BAD_USER_INPUT [name]"), "{refused}");
    }
}

#[tokio::test]
async fn any_token_revokes_itself_and_needs_a_scope_for_another() {
    let app = TestServer::start().await;
    for scope in SCOPES {
        let (token, other) = (app.pat(app.owner(), &[scope], None).await, app.pat(app.owner(), &[scope], None).await);
        let id = |identity: Value| identity["pat"]["id"].clone();
        let (its, others) =
            (id(token.ok("authWhoami", Value::Null).await), id(other.ok("authWhoami", Value::Null).await));
        if scope != "admin:write" {
            let refused = token.refused("patsRevoke", others).await;
            assert!(refused.starts_with("UNAUTHORIZED: `patsRevoke` needs the scope admin:write"), "{refused}");
        }
        assert_eq!(token.ok("patsRevoke", its).await["state"], "REVOKED");
        assert_eq!(token.call("authWhoami", Value::Null).await.status, 401);
        other.ok("authWhoami", Value::Null).await;
    }
}
