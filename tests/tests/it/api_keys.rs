//! API keys: making, rotation with its grace, revocation, deletion.

use admin_server::model::Role;
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

/// A server, a gateway of its owner, and what makes keys in the workspace `default`.
struct Keys {
    app: TestServer,
    gateway: Actor,
}

impl Keys {
    async fn start() -> Self {
        let app = TestServer::start().await;
        let gateway = app.gateway().await;
        Self { app, gateway }
    }

    async fn make(&self, mut input: Value) -> (Value, String) {
        input["workspaceId"] = json!(self.app.workspace());
        if input.get("name").is_none() {
            input["name"] = json!("k");
        }
        issued(&self.app.owner().ok("apiKeysCreate", input).await)
    }

    async fn rotate(&self, id: &Value, mut input: Value) -> (Value, String) {
        input["id"] = id.clone();
        issued(&self.app.owner().ok("apiKeysRotate", input).await)
    }

    async fn ok(&self, field: &str, argument: Value) -> Value {
        self.app.owner().ok(field, argument).await
    }

    async fn refused(&self, field: &str, argument: Value) -> String {
        self.app.owner().refused(field, argument).await
    }

    async fn verdicts(&self, secrets: &[&str]) -> String {
        let mut verdicts = Vec::new();
        for secret in secrets {
            verdicts.push(self.gateway.verdict(secret).await);
        }
        verdicts.join(" ")
    }

    fn after(&self, by: SignedDuration) -> String {
        (self.app.now() + by).to_string()
    }
}

fn issued(answer: &Value) -> (Value, String) {
    (answer["item"].clone(), answer["secret"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_key_is_made_with_defaults() {
    let keys = Keys::start().await;
    let (item, secret) = keys.make(json!({})).await;
    assert_eq!(admin_token::parse(&secret).unwrap().kind(), admin_token::TokenKind::LiveKey);
    let hint = &secret[secret.len() - 4..];
    let owner = keys.ok("authWhoami", Value::Null).await["user"]["id"].clone();
    assert_eq!(
        item,
        json!({ "id": item["id"], "workspaceId": keys.app.workspace(), "name": "k", "description": null, "lastUsedAt": null,
            "environment": "LIVE", "state": "ACTIVE", "scopes": ["inference:*"], "metadata": {}, "hint": hint,
            "projects": null, "budget": null,
            "restrictions": { "ipAddresses": null, "referrers": null, "rateLimit": null, "timeRestrictions": null },
            "createdAt": "2026-01-05T09:00:02.000Z", "createdBy": owner, "expiresAt": null, "deletedAt": null,
            "revocation": null, "versions": [{ "id": item["versions"][0]["id"], "number": 1, "hint": hint,
                "createdAt": "2026-01-05T09:00:02.000Z", "expiresAt": null,
                "lastUsedAt": null, "lastUsedIp": null, "lastUsedUserAgent": null }] })
    );
    assert_eq!(keys.ok("apiKeysGet", item["id"].clone()).await, item);
    let (test, secret) =
        keys.make(json!({ "environment": "TEST", "description": "d", "metadata": { "a b": "ü" } })).await;
    assert!(secret.starts_with("tt_test_"));
    assert_eq!((&test["metadata"], &test["description"]), (&json!({ "a b": "ü" }), &json!("d")));
    assert!(!keys.ok("apiKeysList", Value::Null).await.to_string().contains(&secret));
}

#[tokio::test]
async fn input_has_bounds() {
    let keys = Keys::start().await;
    let create = async |mut input: Value| {
        input["workspaceId"] = json!(keys.app.workspace());
        if input.get("name").is_none() {
            input["name"] = json!("k");
        }
        keys.refused("apiKeysCreate", input).await
    };
    for name in ["", "a\u{0}", &"n".repeat(101), &"n".repeat(10_000)] {
        assert!(create(json!({ "name": name })).await.starts_with("BAD_USER_INPUT [name]"));
    }
    insta::assert_snapshot!(create(json!({ "description": "d".repeat(501) })).await, @"BAD_USER_INPUT [description]: `description` has 501 characters; it may have 500");
    insta::assert_snapshot!(create(json!({ "description": "a\u{0}" })).await, @"BAD_USER_INPUT [description]: `description` has a NUL character; it must have none");
    insta::assert_snapshot!(create(json!({ "scopes": ["function:read"] })).await, @"BAD_USER_INPUT [scopes]: in `scopes`, `function:read` is not a scope; the nearest are functions:read, functions:write, functions:execute");
    insta::assert_snapshot!(create(json!({ "scopes": [] })).await, @"BAD_USER_INPUT [scopes]: `scopes` has 0 entries; it must have 1 to 50");
    insta::assert_snapshot!(create(json!({ "scopes": vec!["data:read"; 51] })).await, @"BAD_USER_INPUT [scopes]: `scopes` has 51 entries; it must have 1 to 50");
    for scope in ["*", "*:*", "functions", "functions:", ":read", "functions:read ", "FUNCTIONS:READ", "keys:verify"] {
        assert!(create(json!({ "scopes": [scope] })).await.starts_with("BAD_USER_INPUT [scopes]"), "{scope}");
    }
    let entries = |count: usize| (0..count).map(|i| (format!("k{i}"), json!("v"))).collect::<serde_json::Map<_, _>>();
    insta::assert_snapshot!(create(json!({ "metadata": entries(51) })).await, @"BAD_USER_INPUT [metadata]: `metadata` has 51 entries; it may have 50");
    insta::assert_snapshot!(create(json!({ "metadata": { "k".repeat(41): "v" } })).await, @"BAD_USER_INPUT [metadata]: `metadata` has a key of 41 characters; a key must have 1 to 40, none of them a control character");
    insta::assert_snapshot!(create(json!({ "metadata": { "": "v" } })).await, @"BAD_USER_INPUT [metadata]: `metadata` has a key of 0 characters; a key must have 1 to 40, none of them a control character");
    insta::assert_snapshot!(create(json!({ "metadata": { "k": "v".repeat(501) } })).await, @"BAD_USER_INPUT [metadata]: `metadata.k` has 501 characters; a value may have 500, none of them NUL");
    for wrong in
        [json!({ "k": 1 }), json!({ "k": null }), json!({ "k": {} }), json!(["k"]), json!("k"), json!({ "k": "\u{0}" })]
    {
        assert!(create(json!({ "metadata": wrong })).await.starts_with("BAD_USER_INPUT"), "{wrong}");
    }
    insta::assert_snapshot!(create(json!({ "expiresAt": keys.after(SignedDuration::ZERO) })).await, @"BAD_USER_INPUT [expiresAt]: `expiresAt` is 2026-01-05T09:00:02.000Z, which is past; it is 2026-01-05T09:00:02.000Z now");
    assert_eq!(keys.ok("apiKeysList", Value::Null).await["totalCount"], 0);

    let full = json!({ "name": "n".repeat(100), "description": "d".repeat(500), "scopes": vec!["data:read"; 50],
        "metadata": entries(50), "expiresAt": keys.after(SignedDuration::from_millis(1)) });
    let (item, _) = keys.make(full).await;
    assert_eq!(item["scopes"], json!(["data:read"]), "one that is named twice counts once");
    let (item, _) = keys.make(json!({ "metadata": { "k".repeat(40): "v".repeat(500) } })).await;
    assert_eq!(item["metadata"]["k".repeat(40)], "v".repeat(500));
}

#[tokio::test]
async fn an_absent_workspace_is_the_only_one() {
    let keys = Keys::start().await;
    let create = json!({ "name": "k" });
    let refused = keys.refused("apiKeysCreate", create.clone()).await;
    let expected = format!(
        "BAD_USER_INPUT [workspaceId]: `workspaceId` is absent, and you may make keys in several workspaces\n\
         (name one of {} (second), {} (default))",
        keys.app.second_workspace(),
        keys.app.workspace()
    );
    assert_eq!(refused, expected);
    keys.ok("workspacesDelete", json!(keys.app.second_workspace())).await;
    assert_eq!(keys.ok("apiKeysCreate", create.clone()).await["item"]["workspaceId"], keys.app.workspace());
    keys.ok("workspacesRestore", json!(keys.app.second_workspace())).await;
    // Whoever may make keys in one workspace only means that one.
    let inside = keys.app.member(Role::Member, Some(keys.app.second_workspace())).await;
    assert_eq!(inside.ok("apiKeysCreate", create.clone()).await["item"]["workspaceId"], keys.app.second_workspace());
    let viewer = keys.app.viewer_member().await;
    assert!(viewer.refused("apiKeysCreate", create.clone()).await.starts_with("UNAUTHORIZED"));
    // One may read many workspaces and make keys in the oldest.
    for _ in 0..25 {
        keys.app.advance(SignedDuration::from_millis(1));
        keys.ok("workspacesCreate", json!({ "name": "w" })).await;
    }
    let both = keys.app.viewer_member().await;
    keys.app.also(&both, Role::Member, keys.app.workspace()).await;
    assert_eq!(both.ok("apiKeysCreate", create).await["item"]["workspaceId"], keys.app.workspace());
}

#[tokio::test]
async fn the_old_secret_lives_for_its_grace() {
    let keys = Keys::start().await;
    let (item, old) = keys.make(json!({})).await;
    let id = &item["id"];
    for (grace, length) in
        [(json!("1h"), HOUR), (json!("PT90M"), HOUR + HOUR / 2), (json!("7d"), DAY * 7), (Value::Null, DAY)]
    {
        let (item, _) = keys.make(json!({})).await;
        let rotated = keys.rotate(&item["id"], json!({ "grace": grace })).await.0;
        let end: jiff::Timestamp = rotated["versions"][1]["expiresAt"].as_str().unwrap().parse().unwrap();
        assert_eq!(end, keys.app.now() + length, "{grace}");
    }
    let (rotated, new) = keys.rotate(id, json!({ "grace": "1h" })).await;
    let numbers = |item: &Value| {
        item["versions"].as_array().unwrap().iter().map(|v| v["number"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&rotated), [2, 1]);
    assert_eq!(rotated["hint"].as_str().unwrap(), &new[new.len() - 4..]);
    assert_eq!(rotated["id"], *id);
    assert_eq!(keys.verdicts(&[&old, &new]).await, "VALID VALID");
    keys.app.advance(HOUR - MICROSECOND);
    assert_eq!(keys.verdicts(&[&old, &new]).await, "VALID VALID");
    keys.app.advance(MICROSECOND);
    assert_eq!(keys.verdicts(&[&old, &new]).await, "EXPIRED VALID");
    assert_eq!(numbers(&keys.ok("apiKeysGet", id.clone()).await), [2]);
    // Without grace the old one is gone at once.
    let (_, newest) = keys.rotate(id, json!({ "grace": "0s" })).await;
    assert_eq!(keys.verdicts(&[&old, &new, &newest]).await, "EXPIRED EXPIRED VALID");
}

#[tokio::test]
async fn grace_has_bounds() {
    let keys = Keys::start().await;
    let (item, secret) = keys.make(json!({})).await;
    let rotate = async |grace: &str| keys.refused("apiKeysRotate", json!({ "id": item["id"], "grace": grace })).await;
    insta::assert_snapshot!(rotate("604801s").await, @"BAD_USER_INPUT [grace]: `grace` is 604801 s; it must be 0 s to 604800 s (7 days)");
    insta::assert_snapshot!(rotate("-1s").await, @"BAD_USER_INPUT [grace]: `grace` is -1 s; it must be 0 s to 604800 s (7 days)");
    assert!(rotate("100000h").await.starts_with("BAD_USER_INPUT [grace]"));
    for odd in ["", "1", "1 month", "500ms", "a day", "1y", "PT"] {
        assert!(rotate(odd).await.starts_with("BAD_USER_INPUT"), "{odd}");
    }
    assert!(
        keys.refused("apiKeysRotate", json!({ "id": item["id"], "grace": 3600 })).await.starts_with("BAD_USER_INPUT")
    );
    let past = json!({ "id": item["id"], "expiresAt": keys.after(-HOUR) });
    assert!(keys.refused("apiKeysRotate", past).await.starts_with("BAD_USER_INPUT [expiresAt]"));
    // Nothing of this made a secret.
    let item = keys.ok("apiKeysGet", item["id"].clone()).await;
    assert_eq!(item["versions"].as_array().unwrap().len(), 1);
    assert_eq!(keys.verdicts(&[&secret]).await, "VALID");
}

#[tokio::test]
async fn there_is_no_third_live_secret() {
    let keys = Keys::start().await;
    let (item, first) = keys.make(json!({ "name": "checkout" })).await;
    let id = &item["id"];
    let (_, second) = keys.rotate(id, json!({ "grace": "1h" })).await;
    insta::assert_snapshot!(keys.refused("apiKeysRotate", json!({ "id": id })).await, @r"
    CONFLICT: `checkout` has two live secrets until 2026-01-05T10:00:02.000Z; a third is not given
    (finish the rotation in progress, or roll it back)
    ");
    keys.app.advance(HOUR);
    let (_, third) = keys.rotate(id, json!({})).await;
    assert_eq!(keys.verdicts(&[&first, &second, &third]).await, "EXPIRED VALID VALID");
}

#[tokio::test]
async fn of_two_rotations_at_once_one_is_refused() {
    let keys = Keys::start().await;
    let (item, _) = keys.make(json!({})).await;
    let rotations = (0..8).map(|_| keys.app.owner().call("apiKeysRotate", json!({ "id": item["id"] })));
    let answers = futures_util::future::join_all(rotations).await;
    assert_eq!(answers.iter().filter(|answer| answer.body.get("errors").is_none()).count(), 1);
    assert!(
        answers.iter().filter(|answer| answer.body.get("errors").is_some()).all(|answer| answer.code() == "CONFLICT")
    );
}

#[tokio::test]
async fn grace_never_passes_the_expiry_that_the_key_had() {
    let keys = Keys::start().await;
    let (item, old) = keys.make(json!({ "expiresAt": keys.after(HOUR) })).await;
    let (rotated, new) = keys.rotate(&item["id"], json!({ "grace": "7d", "expiresAt": keys.after(DAY * 30) })).await;
    assert_eq!(rotated["expiresAt"], "2026-02-04T09:00:02.000Z");
    assert_eq!(rotated["versions"][1]["expiresAt"], item["expiresAt"]);
    assert_eq!(rotated["versions"][0]["expiresAt"], rotated["expiresAt"]);
    keys.app.advance(HOUR - MICROSECOND);
    assert_eq!(keys.verdicts(&[&old, &new]).await, "VALID VALID");
    keys.app.advance(MICROSECOND);
    assert_eq!(keys.verdicts(&[&old, &new]).await, "EXPIRED VALID");
    assert!(keys.refused("apiKeysRollbackRotation", item["id"].clone()).await.starts_with("CONFLICT"));
}

#[tokio::test]
async fn an_expired_secret_never_lives_again() {
    let keys = Keys::start().await;
    let (item, old) = keys.make(json!({ "name": "batch", "expiresAt": keys.after(HOUR) })).await;
    let id = &item["id"];
    keys.app.advance(HOUR);
    assert_eq!(keys.verdicts(&[&old]).await, "EXPIRED");
    assert_eq!(keys.ok("apiKeysGet", id.clone()).await["state"], "EXPIRED");
    insta::assert_snapshot!(keys.refused("apiKeysRotate", json!({ "id": id })).await, @r"
    CONFLICT: `batch` has expired, so its new secret would be expired too
    (give `expiresAt` with the rotation)
    ");
    let (rotated, new) = keys.rotate(id, json!({ "grace": "7d", "expiresAt": keys.after(DAY) })).await;
    assert_eq!(rotated["state"], "ACTIVE");
    assert_eq!(keys.verdicts(&[&old, &new]).await, "EXPIRED VALID");
    assert_eq!(rotated["versions"].as_array().unwrap().len(), 1);
    for undo in ["apiKeysRollbackRotation", "apiKeysFinishRotation"] {
        assert!(keys.refused(undo, id.clone()).await.starts_with("CONFLICT"), "{undo}");
    }
    assert_eq!(keys.verdicts(&[&old, &new]).await, "EXPIRED VALID");
}

#[tokio::test]
async fn a_rollback_restores_the_old_secret_and_expiry() {
    let keys = Keys::start().await;
    let expiry = keys.after(DAY * 10);
    let (item, old) = keys.make(json!({ "name": "web", "expiresAt": expiry })).await;
    let id = &item["id"];
    let (_, new) = keys.rotate(id, json!({ "grace": "1h", "expiresAt": keys.after(DAY * 90) })).await;
    keys.app.advance(HOUR - MICROSECOND);
    let back = keys.ok("apiKeysRollbackRotation", id.clone()).await;
    assert_eq!(back, item);
    assert_eq!(keys.verdicts(&[&old, &new]).await, "VALID REVOKED");
    keys.app.advance(DAY);
    assert_eq!(keys.verdicts(&[&old, &new]).await, "VALID REVOKED", "its grace is over, and it is the only one");
    insta::assert_snapshot!(keys.refused("apiKeysRollbackRotation", id.clone()).await, @"CONFLICT: no rotation of `web` is in progress: it has one live secret");
    // The number of a secret that was taken back is not given again.
    let (rotated, newest) = keys.rotate(id, json!({})).await;
    assert_eq!((&rotated["versions"][0]["number"], &rotated["versions"][1]["number"]), (&json!(3), &json!(1)));
    assert_eq!(keys.verdicts(&[&old, &new, &newest]).await, "VALID REVOKED VALID");
    keys.ok("apiKeysRollbackRotation", id.clone()).await;
    keys.app.advance(DAY * 9);
    assert_eq!(keys.verdicts(&[&old]).await, "EXPIRED");
}

#[tokio::test]
async fn a_rollback_leaves_an_expiry_that_was_set_during_the_rotation() {
    let keys = Keys::start().await;
    for decided in [json!(keys.after(DAY * 3)), Value::Null] {
        let (item, _) = keys.make(json!({ "name": "web", "expiresAt": keys.after(DAY * 10) })).await;
        let id = &item["id"];
        keys.rotate(id, json!({ "expiresAt": keys.after(DAY * 90) })).await;
        let updated = keys.ok("apiKeysUpdate", json!({ "id": id, "expiresAt": decided })).await;
        assert_eq!(keys.ok("apiKeysRollbackRotation", id.clone()).await["expiresAt"], updated["expiresAt"]);
    }
}

#[tokio::test]
async fn finishing_ends_the_grace() {
    let keys = Keys::start().await;
    let (item, old) = keys.make(json!({})).await;
    let id = &item["id"];
    assert!(keys.refused("apiKeysFinishRotation", id.clone()).await.starts_with("CONFLICT"));
    let (_, new) = keys.rotate(id, json!({ "grace": "7d" })).await;
    let finished = keys.ok("apiKeysFinishRotation", id.clone()).await;
    assert_eq!(finished["versions"].as_array().unwrap().len(), 1);
    assert_eq!(keys.verdicts(&[&old, &new]).await, "EXPIRED VALID");
    for again in ["apiKeysFinishRotation", "apiKeysRollbackRotation"] {
        assert!(keys.refused(again, id.clone()).await.starts_with("CONFLICT"), "{again}");
    }
    keys.rotate(id, json!({})).await;
}

#[tokio::test]
async fn a_revocation_can_be_undone_for_seven_days() {
    let keys = Keys::start().await;
    let (item, secret) = keys.make(json!({ "name": "api" })).await;
    let id = &item["id"];
    let (_, newer) = keys.rotate(id, json!({ "grace": "7d" })).await;
    let revoked = keys.ok("apiKeysRevoke", json!({ "id": id, "reason": "who knows" })).await;
    assert_eq!(revoked["state"], "REVOKED");
    assert_eq!(
        revoked["revocation"],
        json!({ "at": "2026-01-05T09:00:02.000Z", "by": item["createdBy"], "code": "OTHER", "reason": "who knows",
            "restorableUntil": "2026-01-12T09:00:02.000Z" })
    );
    assert_eq!(keys.verdicts(&[&secret, &newer]).await, "REVOKED REVOKED");
    insta::assert_snapshot!(keys.refused("apiKeysRotate", json!({ "id": id })).await, @r"
    CONFLICT: `api` was revoked at 2026-01-05T09:00:02.000Z
    (restore it first, which can be done until 2026-01-12T09:00:02.000Z, or create a new key)
    ");
    for (field, argument) in [
        ("apiKeysRevoke", json!({ "id": id })),
        ("apiKeysFinishRotation", id.clone()),
        ("apiKeysRollbackRotation", id.clone()),
    ] {
        assert!(keys.refused(field, argument).await.starts_with("CONFLICT"), "{field}");
    }
    keys.app.advance(DAY * 7 - MICROSECOND);
    let restored = keys.ok("apiKeysRestore", id.clone()).await;
    assert_eq!((&restored["state"], &restored["revocation"]), (&json!("ACTIVE"), &Value::Null));
    assert_eq!(keys.verdicts(&[&newer]).await, "VALID");
    insta::assert_snapshot!(keys.refused("apiKeysRestore", id.clone()).await, @"CONFLICT: `api` is not revoked; there is nothing to restore");
    keys.ok("apiKeysRevoke", json!({ "id": id, "code": "UNUSED" })).await;
    keys.app.advance(DAY * 7);
    insta::assert_snapshot!(keys.refused("apiKeysRestore", id.clone()).await, @r"
    CONFLICT: the revocation of `api` could be undone until 2026-01-19T09:00:01.999Z
    (create a new key)
    ");
}

#[tokio::test]
async fn what_is_compromised_stays_revoked() {
    let keys = Keys::start().await;
    let (item, secret) = keys.make(json!({ "name": "leaked" })).await;
    let revoked = keys.ok("apiKeysRevoke", json!({ "id": item["id"], "code": "COMPROMISED" })).await;
    assert_eq!(revoked["revocation"]["restorableUntil"], Value::Null);
    insta::assert_snapshot!(keys.refused("apiKeysRestore", item["id"].clone()).await, @r"
    CONFLICT: `leaked` was revoked as COMPROMISED, which cannot be undone
    (create a new key)
    ");
    insta::assert_snapshot!(keys.refused("apiKeysRotate", json!({ "id": item["id"] })).await, @r"
    CONFLICT: `leaked` was revoked at 2026-01-05T09:00:02.000Z
    (create a new key)
    ");
    assert_eq!(keys.verdicts(&[&secret]).await, "REVOKED");
}

#[tokio::test]
async fn a_reason_has_bounds() {
    let keys = Keys::start().await;
    let (item, secret) = keys.make(json!({})).await;
    let revoke =
        async |reason: String| keys.refused("apiKeysRevoke", json!({ "id": item["id"], "reason": reason })).await;
    insta::assert_snapshot!(revoke("r".repeat(501)).await, @"BAD_USER_INPUT [reason]: `reason` has 501 characters; it may have 500");
    assert!(revoke("\0".to_owned()).await.starts_with("BAD_USER_INPUT [reason]"));
    assert_eq!(keys.verdicts(&[&secret]).await, "VALID");
    keys.ok("apiKeysRevoke", json!({ "id": item["id"], "reason": "r".repeat(500) })).await;
}

#[tokio::test]
async fn a_deleted_key_is_gone() {
    let keys = Keys::start().await;
    let (item, secret) = keys.make(json!({})).await;
    let deleted = keys.ok("apiKeysDelete", item["id"].clone()).await;
    assert_eq!((&deleted["state"], &deleted["deletedAt"]), (&json!("DELETED"), &json!("2026-01-05T09:00:02.000Z")));
    assert_eq!(keys.verdicts(&[&secret]).await, "NOT_FOUND");
    let id = &item["id"];
    for (field, argument) in [
        ("apiKeysGet", id.clone()),
        ("apiKeysRotate", json!({ "id": id })),
        ("apiKeysRevoke", json!({ "id": id })),
        ("apiKeysRestore", id.clone()),
        ("apiKeysFinishRotation", id.clone()),
        ("apiKeysRollbackRotation", id.clone()),
        ("apiKeysDelete", id.clone()),
    ] {
        assert!(keys.refused(field, argument).await.starts_with("NOT_FOUND"), "{field}");
    }
    assert_eq!(keys.ok("apiKeysList", Value::Null).await["totalCount"], 0);
    // A revoked key can be deleted as well.
    let (item, _) = keys.make(json!({})).await;
    keys.ok("apiKeysRevoke", json!({ "id": item["id"] })).await;
    keys.ok("apiKeysDelete", item["id"].clone()).await;
}

#[tokio::test]
async fn a_list_shows_the_keys_of_living_workspaces() {
    let keys = Keys::start().await;
    let mut expected = Vec::new();
    for number in 0..5 {
        keys.app.advance(SignedDuration::from_millis(1));
        let (item, _) = keys.make(json!({ "name": format!("k{number}") })).await;
        expected.insert(0, item["id"].clone());
    }
    keys.ok("apiKeysRotate", json!({ "id": expected[1] })).await;
    let there = json!({ "workspaceId": keys.app.second_workspace(), "name": "there" });
    keys.ok("apiKeysCreate", there).await;
    let here = json!({ "workspaceId": keys.app.workspace() });
    let page = keys.ok("apiKeysList", here).await;
    let found: Vec<Value> = page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(found, expected);
    for item in page["items"].as_array().unwrap() {
        let secrets = if item["id"] == expected[1] { 2 } else { 1 };
        assert_eq!(item["versions"].as_array().unwrap().len(), secrets);
    }
    let paged = keys.ok("apiKeysList", json!({ "limit": 2 })).await;
    assert_eq!(paged["totalCount"], 6);
    let rest = keys.ok("apiKeysList", json!({ "cursor": paged["nextCursor"] })).await;
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["nextCursor"]), (4, &Value::Null));
    keys.ok("workspacesDelete", json!(keys.app.workspace())).await;
    assert_eq!(keys.ok("apiKeysList", Value::Null).await["totalCount"], 1);
    keys.ok("workspacesRestore", json!(keys.app.workspace())).await;
    assert_eq!(keys.ok("apiKeysList", Value::Null).await["totalCount"], 6);
}

#[tokio::test]
async fn a_revoked_key_can_still_be_found_compromised_and_then_stays_revoked() {
    let keys = Keys::start().await;
    let (item, secret) = keys.make(json!({})).await;
    keys.ok("apiKeysRevoke", json!({ "id": item["id"], "code": "UNUSED" })).await;
    let again = keys.refused("apiKeysRevoke", json!({ "id": item["id"], "code": "SUPERSEDED" })).await;
    assert!(again.starts_with("CONFLICT"), "{again}");
    let worse =
        keys.ok("apiKeysRevoke", json!({ "id": item["id"], "code": "COMPROMISED", "reason": "in a log" })).await;
    assert_eq!(worse["revocation"]["code"], "COMPROMISED");
    assert_eq!(worse["revocation"]["restorableUntil"], Value::Null);
    let restored = keys.refused("apiKeysRestore", item["id"].clone()).await;
    assert!(restored.contains("cannot be undone"), "{restored}");
    assert_eq!(keys.verdicts(&[&secret]).await, "REVOKED");
}

#[tokio::test]
async fn a_member_undoes_their_own_revocation_and_nobody_elses() {
    let keys = Keys::start().await;
    let member = keys.app.member(Role::Member, None).await;
    let input = json!({ "workspaceId": keys.app.workspace(), "name": "mine" });
    let (item, _) = issued(&member.ok("apiKeysCreate", input).await);
    member.ok("apiKeysRevoke", json!({ "id": item["id"] })).await;
    member.ok("apiKeysRestore", item["id"].clone()).await;
    keys.ok("apiKeysRevoke", json!({ "id": item["id"] })).await;
    let refused = member.refused("apiKeysRestore", item["id"].clone()).await;
    assert!(refused.starts_with("UNAUTHORIZED"), "{refused}");
    keys.ok("apiKeysRestore", item["id"].clone()).await;
}

#[tokio::test]
async fn every_scope_that_is_listed_can_be_given_to_a_key() {
    let keys = Keys::start().await;
    let listed = keys.ok("apiKeysScopes", Value::Null).await;
    let items = listed["items"].as_array().unwrap();
    let scopes: Vec<&Value> = items.iter().map(|item| &item["scope"]).collect();
    for scope in
        ["inference:execute", "functions:read", "workflows:write", "agents:read", "data:write", "events:trigger"]
    {
        assert!(scopes.contains(&&json!(scope)), "{scope}");
    }
    assert!(items.iter().all(|item| !item["description"].as_str().unwrap().is_empty()), "{listed}");
    let (key, _) = keys.make(json!({ "scopes": scopes })).await;
    assert_eq!(key["scopes"], json!(scopes), "in the order of the list, and none twice");
}
