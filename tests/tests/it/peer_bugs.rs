//! What other control planes of API keys were seen to get wrong, each as a test of ours.

use aisetu_tests::Answer;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::api_key_rules::Place;

impl Place {
    /// The verdict on another secret of the key.
    async fn verdict_on(&self, secret: &Value) -> String {
        self.gateway.verdict(secret.as_str().unwrap()).await
    }

    async fn rotate(&self, mut input: Value) -> Value {
        input["id"] = self.id.clone();
        self.app.owner().ok("apiKeysRotate", input).await
    }

    /// Spends so many micro-USD of the key.
    async fn spend(&self, cost: i64) {
        let event = json!({ "id": "e", "at": format!("{:.3}", self.app.now()), "key": self.id, "costMicroUsd": cost });
        let answer = self.gateway.post("/v1/usage/events", &json!({ "events": [event] })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// Unkey promises blocks (`whitelist.mdx`) and looks addresses up as text (`get.go`, `withIPWhitelist`), so that a block matches none; and
/// the address is that of whoever calls Unkey, by its left-most `X-Forwarded-For` (`session.go`).
#[tokio::test]
async fn a_block_of_addresses_matches_the_client_that_the_gateway_saw() {
    let place = Place::with(json!({ "restrictions": { "ipAddresses": ["192.0.2.0/24", "127.0.0.0/8"] } })).await;
    for (ip, code) in [("192.0.2.255", "VALID"), ("::ffff:192.0.2.1", "VALID"), ("192.0.3.0", "IP_FORBIDDEN")] {
        assert_eq!(place.code(json!({ "ip": ip })).await, code, "{ip}");
    }
    let request = place.gateway.request(reqwest::Method::POST, "/v1/keys/verify");
    let forwarded = request.header("x-forwarded-for", "192.0.2.1").json(&json!({ "key": place.secret }));
    assert_eq!(Answer::of(forwarded.send().await.unwrap()).await.body["code"], "IP_FORBIDDEN");
}

/// Unkey says that a grace never extends the expiry (`rerolling-key.mdx`), and sets it all the same (`v2_keys_reroll_key/handler.go`).
#[tokio::test]
async fn a_grace_never_lets_a_secret_outlive_the_expiry_that_it_had() {
    let place = Place::with(json!({ "expiresAt": "2026-01-05T10:00:00Z" })).await;
    let rotated = place.rotate(json!({ "grace": "7d", "expiresAt": "2026-02-05T00:00:00Z" })).await;
    assert_eq!(place.code(json!({})).await, "VALID");
    place.app.advance(SignedDuration::from_hours(1));
    assert_eq!(place.code(json!({})).await, "EXPIRED");
    assert_eq!(place.verdict_on(&rotated["secret"]).await, "VALID");
}

/// Unkey copies what credits remain to the new key of a reroll (`v2_keys_reroll_key/handler.go`), so that both may spend them.
#[tokio::test]
async fn a_rotation_gives_no_second_quota_and_no_second_budget() {
    let rules = json!({ "restrictions": { "rateLimit": { "requests": 4, "period": "DAY" } }, "budget": { "usd": "1", "period": "TOTAL" } });
    let place = Place::with(rules).await;
    assert_eq!(place.verify(json!({})).await["rateLimit"]["remaining"], 3);
    let rotated = place.rotate(json!({})).await;
    assert_eq!(place.verdict_on(&rotated["secret"]).await, "VALID");
    assert_eq!(place.verify(json!({})).await["rateLimit"]["remaining"], 1);
    place.spend(1_000_000).await;
    assert_eq!(place.code(json!({})).await, "BUDGET_EXCEEDED");
    assert_eq!(place.verdict_on(&rotated["secret"]).await, "BUDGET_EXCEEDED");
}

/// `LiteLLM` documented for long that a value above `upperbound_key_generate_params` is clamped, and refuses it.
#[tokio::test]
async fn a_value_out_of_range_is_refused_with_the_range_and_never_clamped() {
    let place = Place::with(json!({})).await;
    let before = place.app.owner().ok("apiKeysGet", place.id.clone()).await;
    let refused = async |field: &str, mut input: Value| {
        input["id"] = place.id.clone();
        place.app.owner().refused(field, input).await
    };
    let told = [
        refused("apiKeysRotate", json!({ "grace": "8d" })).await,
        refused("apiKeysUpdateRestrictions", json!({ "rateLimit": { "requests": 1_000_000_001, "period": "DAY" } }))
            .await,
        refused("apiKeysUpdate", json!({ "budget": { "usd": "1000000000.01", "period": "DAY" } })).await,
        refused("apiKeysUpdate", json!({ "expiresAt": "2026-01-05T09:00:00Z" })).await,
        place
            .app
            .owner()
            .refused(
                "patsCreate",
                json!({ "name": "p", "scopes": ["admin:read"], "expiresAt": "2027-01-06T09:00:02Z" }),
            )
            .await,
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    BAD_USER_INPUT [grace]: `grace` is 691200 s; it must be 0 s to 604800 s (7 days)
    BAD_USER_INPUT [requests]: `requests` is 1000000001; it must be 1 to 1000000000
    BAD_USER_INPUT [usd]: `usd` is 1000000000.01; it must be 0 to 1000000000.00
    BAD_USER_INPUT [expiresAt]: `expiresAt` is 2026-01-05T09:00:00.000Z, which is past; it is 2026-01-05T09:00:02.000Z now
    BAD_USER_INPUT [expiresAt]: `expiresAt` is 2027-01-06T09:00:02.000Z; it may be 2027-01-05T09:00:02.000Z at most, 365 days ahead
    ");
    assert_eq!(place.app.owner().ok("apiKeysGet", place.id.clone()).await, before);
}

/// A week of `LiteLLM` begins on Sunday (`users.md`) or on Monday (`budget_reset_and_tz.md`).
#[tokio::test]
async fn a_week_begins_on_monday_in_the_zone_of_the_budget() {
    let week = json!({ "budget": { "usd": "1", "period": "WEEK", "timezone": "America/New_York" } });
    let place = Place::with(week).await;
    place.spend(1_000_000).await;
    let denied = place.verify(json!({})).await;
    assert_eq!((&denied["code"], &denied["resetsAt"]), (&json!("BUDGET_EXCEEDED"), &json!("2026-01-12T05:00:00.000Z")));
    // The last millisecond of Sunday there.
    let monday: jiff::Timestamp = "2026-01-12T05:00:00Z".parse().unwrap();
    place.app.advance(monday.duration_since(place.app.now()) - SignedDuration::from_millis(1));
    assert_eq!(place.code(json!({})).await, "BUDGET_EXCEEDED");
    place.app.advance(SignedDuration::from_millis(1));
    assert_eq!(place.code(json!({})).await, "VALID");
}

/// A window of better-auth ends only when a key was idle for as long as it, so that slow and steady traffic is denied in the end
/// (`rate-limit.ts`, better-auth#6035).
#[tokio::test]
async fn steady_traffic_below_the_rate_is_never_denied() {
    let place = Place::with(json!({ "restrictions": { "rateLimit": { "requests": 10, "period": "HOUR" } } })).await;
    for call in 0..200 {
        assert_eq!(place.code(json!({})).await, "VALID", "{call}");
        place.app.advance(SignedDuration::from_mins(6));
    }
}

/// better-auth takes of the quota before it looks at the rate, says of a key that lacks a permission that it is not found, and deletes a
/// key that has expired or is used up while it verifies it (`verify-api-key.ts`).
#[tokio::test]
async fn a_denied_call_uses_nothing_up_and_is_denied_alike_the_next_time() {
    let rules = json!({ "expiresAt": "2026-01-06T09:00:00Z", "restrictions": { "ipAddresses": ["192.0.2.0/24"],
        "rateLimit": { "requests": 2, "period": "DAY" } } });
    let place = Place::with(rules).await;
    let (good, elsewhere) = (json!({ "ip": "192.0.2.1" }), json!({ "ip": "203.0.113.9" }));
    let lacking = json!({ "ip": "192.0.2.1", "scopes": ["data:read"] });
    for _ in 0..3 {
        assert_eq!(place.code(elsewhere.clone()).await, "IP_FORBIDDEN");
        assert_eq!(place.code(lacking.clone()).await, "INSUFFICIENT_SCOPE");
    }
    for remaining in [1, 0] {
        assert_eq!(place.verify(good.clone()).await["rateLimit"]["remaining"], remaining);
    }
    for _ in 0..3 {
        let denied = place.verify(good.clone()).await;
        assert_eq!((&denied["code"], &denied["retryAfterMs"]), (&json!("RATE_LIMITED"), &json!(43_200_000)));
    }
    place.app.advance(SignedDuration::from_hours(24));
    for _ in 0..3 {
        assert_eq!(place.code(good.clone()).await, "EXPIRED");
    }
    assert_eq!(place.app.owner().ok("apiKeysGet", place.id.clone()).await["state"], "EXPIRED");
}

/// A roll of Zuplo sets the `expiresOn` of every key that the consumer has.
#[tokio::test]
async fn a_rotation_ends_no_other_key() {
    let place = Place::with(json!({})).await;
    let input = json!({ "name": "other", "workspaceId": place.app.workspace() });
    let other = place.app.owner().ok("apiKeysCreate", input).await;
    let rotated = place.rotate(json!({ "grace": "0s", "expiresAt": "2026-01-05T10:00:00Z" })).await;
    assert_eq!(place.code(json!({})).await, "EXPIRED");
    assert_eq!(place.verdict_on(&rotated["secret"]).await, "VALID");
    assert_eq!(place.app.owner().ok("apiKeysGet", other["item"]["id"].clone()).await, other["item"]);
    place.app.advance(SignedDuration::from_hours(2));
    assert_eq!(place.verdict_on(&rotated["secret"]).await, "EXPIRED");
    assert_eq!(place.verdict_on(&other["secret"]).await, "VALID");
}
