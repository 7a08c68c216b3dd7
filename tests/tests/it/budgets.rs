//! Budgets of keys and workspaces, credit that is paid before, and the mails to the owners.

use std::collections::BTreeSet;
use std::sync::Arc;

use admin_server::app::ledger::Adjustment;
use admin_server::mail::Message;
use admin_server::model::Role;
use admin_server::settings::{Billing, Settings};
use aisetu_tests::{Actor, TestServer};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

struct Place {
    app: TestServer,
    gateway: Actor,
}

impl Place {
    async fn new() -> Self {
        Self::over(TestServer::start().await).await
    }

    async fn over(app: TestServer) -> Self {
        let gateway = app.pat(app.owner(), &["keys:verify", "usage:write"], None).await;
        Self { app, gateway }
    }

    /// A key: its id and its secret.
    async fn key(&self, more: Value) -> (Value, String) {
        let mut input = json!({ "name": "k", "workspaceId": self.app.workspace() });
        input.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        let made = self.app.owner().ok("apiKeysCreate", input).await;
        (made["item"]["id"].clone(), made["secret"].as_str().unwrap().to_owned())
    }

    async fn set_budget(&self, budget: Value) -> Value {
        let input = json!({ "id": self.app.workspace(), "budget": budget });
        self.app.owner().ok("workspacesSetBudget", input).await["budget"].clone()
    }

    async fn report_at(&self, at: Timestamp, id: &str, key: &Value, micro_usd: i64) {
        let event = json!({ "id": id, "at": at.to_string(), "key": key, "costMicroUsd": micro_usd });
        let answer = self.gateway.post("/v1/usage/events", &json!({ "events": [event] })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn report(&self, id: &str, key: &Value, micro_usd: i64) {
        self.report_at(self.app.now(), id, key, micro_usd).await;
    }

    async fn verify(&self, secret: &str, more: Value) -> Value {
        let mut body = more;
        body["key"] = json!(secret);
        let answer = self.gateway.post("/v1/keys/verify", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    async fn code(&self, secret: &str) -> String {
        self.verify(secret, json!({})).await["code"].as_str().unwrap().to_owned()
    }

    /// The mails to the OWNER, once there are so many.
    async fn mails(&self, count: usize) -> Vec<Message> {
        self.app.mail().mail(count).await;
        self.app.mail().all()
    }

    async fn findings(&self) -> Vec<String> {
        let checked = self.app.server().control_plane().check(&[]).await.unwrap();
        checked.findings.iter().map(ToString::to_string).collect()
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn all_keys_of_a_workspace_spend_its_budget() {
    let place = Place::new().await;
    let (one, first) = place.key(json!({})).await;
    let (other, second) = place.key(json!({ "budget": { "usd": "3", "period": "DAY" } })).await;
    let elsewhere = json!({ "workspaceId": place.app.second_workspace() });
    let (far, third) = place.key(elsewhere).await;
    let budget = json!({ "usd": "2", "period": "WEEK", "timezone": "Europe/Berlin" });
    assert_eq!(place.set_budget(budget).await["usd"], json!("2.00"));
    place.report("a", &one, 1_500_000).await;
    place.report("b", &far, 5_000_000).await;
    assert_eq!(place.code(&second).await, "VALID");
    place.report("c", &other, 500_000).await;
    for secret in [&first, &second] {
        let denied = place.verify(secret, json!({})).await;
        // The next Monday in Berlin.
        assert_eq!(
            (&denied["code"], &denied["resetsAt"]),
            (&json!("BUDGET_EXCEEDED"), &json!("2026-01-11T23:00:00.000Z"))
        );
    }
    assert_eq!(place.code(&third).await, "VALID");
    let explained = place.app.owner().ok("apiKeysExplain", json!({ "id": other })).await;
    let step = explained["steps"].as_array().unwrap().iter().find(|step| step["check"] == "BUDGET").unwrap().clone();
    assert_eq!(
        (&explained["code"], &step["why"]),
        (
            &json!("BUDGET_EXCEEDED"),
            &json!(
                "the key has spent 0.50 USD of its budget, 3.00 USD a day; the workspace has spent 2.00 USD of its budget, 2.00 USD a week; \
                 from 2026-01-11T23:00:00.000Z on it would pass"
            )
        )
    );
    place.set_budget(Value::Null).await;
    assert_eq!(place.code(&first).await, "VALID");
    assert_eq!(place.findings().await, [""; 0]);
}

#[tokio::test]
async fn the_later_of_two_resets_counts() {
    let place = Place::new().await;
    let (id, secret) = place.key(json!({ "budget": { "usd": "1", "period": "DAY" } })).await;
    place.set_budget(json!({ "usd": "1", "period": "MONTH" })).await;
    place.report("a", &id, 1_000_000).await;
    assert_eq!(place.verify(&secret, json!({})).await["resetsAt"], "2026-02-01T00:00:00.000Z");
    place.set_budget(json!({ "usd": "1", "period": "TOTAL" })).await;
    let denied = place.verify(&secret, json!({})).await;
    assert_eq!((&denied["code"], &denied["resetsAt"]), (&json!("BUDGET_EXCEEDED"), &Value::Null));
}

#[tokio::test]
async fn a_budget_of_a_workspace_is_checked() {
    let place = Place::new().await;
    let owner = place.app.owner();
    let told = async |input: Value| owner.refused("workspacesSetBudget", input).await;
    let id = place.app.workspace();
    insta::assert_snapshot!(told(json!({ "id": id })).await, @"BAD_USER_INPUT [budget]: `budget` is absent; give one, or null to take it away");
    insta::assert_snapshot!(told(json!({ "id": id, "budget": { "usd": "-1", "period": "DAY" } })).await, @"BAD_USER_INPUT [usd]: `usd` is -1.00; it must be 0 to 1000000000.00");
    insta::assert_snapshot!(told(json!({ "id": id, "budget": { "usd": "1", "period": "DAY", "timezone": "Mars/Olympus" } })).await, @"BAD_USER_INPUT [timezone]: `timezone` is `Mars/Olympus`, which is no known zone");
    let admin = place.app.member(Role::Admin, Some(id)).await;
    admin.ok("workspacesSetBudget", json!({ "id": id, "budget": { "usd": "1", "period": "DAY" } })).await;
    let deleted = json!({ "id": place.app.second_workspace(), "budget": null });
    owner.ok("workspacesDelete", json!(place.app.second_workspace())).await;
    assert!(told(deleted).await.starts_with("NOT_FOUND"));
}

#[tokio::test]
async fn what_is_kept_of_a_period_is_the_sum_of_its_events() {
    let place = Place::new().await;
    let (id, secret) = place.key(json!({ "budget": { "usd": "1", "period": "DAY" } })).await;
    place.set_budget(json!({ "usd": "10", "period": "MONTH" })).await;
    place.report("a", &id, 400_000).await;
    // Of yesterday, and a little ahead of our clock: one counts for the month only.
    place.report_at(place.app.now() - SignedDuration::from_hours(20), "b", &id, 900_000).await;
    place.report_at(place.app.now() + SignedDuration::from_mins(4), "c", &id, 500_000).await;
    assert_eq!((place.code(&secret).await, place.findings().await), ("VALID".to_owned(), vec![]));
    place.report("a", &id, 400_000).await;
    assert_eq!(place.code(&secret).await, "VALID");
    place.report("d", &id, 100_000).await;
    assert_eq!((place.code(&secret).await, place.findings().await), ("BUDGET_EXCEEDED".to_owned(), vec![]));
    // What is reported before midnight of after it is not forgotten then.
    place.app.advance(SignedDuration::from_secs(at("2026-01-05T23:58:00Z").duration_since(place.app.now()).as_secs()));
    place.report_at(at("2026-01-06T00:01:00Z"), "e", &id, 1_000_000).await;
    assert_eq!(place.code(&secret).await, "BUDGET_EXCEEDED");
    place.app.advance(SignedDuration::from_mins(4));
    assert_eq!(place.verify(&secret, json!({})).await["resetsAt"], "2026-01-07T00:00:00.000Z");
    place.report("f", &id, 1).await;
    assert_eq!(place.findings().await, [""; 0]);
    // And the check finds what is not the sum.
    let spoil = "UPDATE budget_periods SET micro_usd = 5 WHERE subject = $1";
    let subject: String = id.as_str().unwrap().to_owned();
    let store = place.app.server().control_plane().store();
    store.write(move |tx| Ok(tx.execute(spoil, &[subject.clone().into()])?)).await.unwrap();
    let findings = place.findings().await;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(
        findings[0].contains(
            "0.000005 USD are noted as spent since 2026-01-06T00:00:00.000Z, and its events sum to 1.000001 USD"
        ),
        "{findings:?}"
    );
}

#[tokio::test]
async fn owners_are_told_at_80_and_100_percent_once_in_a_period() {
    let place = Place::new().await;
    let (id, _) = place.key(json!({ "name": "shop", "budget": { "usd": "10", "period": "DAY" } })).await;
    let (free, _) = place.key(json!({ "budget": { "usd": "0", "period": "DAY" } })).await;
    place.report("a", &id, 7_999_999).await;
    place.report("b", &id, 1).await;
    place.report("c", &id, 1).await;
    place.report("d", &free, 1).await;
    place.mails(1).await;
    place.report("e", &id, 1_999_999).await;
    place.report("f", &id, 5_000_000).await;
    place.mails(2).await;
    // Another day: both at once is one mail.
    place.app.advance(SignedDuration::from_hours(24));
    place.report("g", &id, 11_000_000).await;
    place.mails(3).await;
    // Whoever sets a budget knows what is spent of it; of what is spent then the owners are told.
    let set = async |usd: &str| {
        place.app.owner().ok("apiKeysUpdate", json!({ "id": id, "budget": { "usd": usd, "period": "DAY" } })).await
    };
    set("100").await;
    set("12").await;
    place.report("h", &id, 1_000_000).await;
    place.mails(4).await;
    place.app.owner().ok("apiKeysUpdate", json!({ "id": id, "name": "store" })).await;
    place.set_budget(json!({ "usd": "30", "period": "TOTAL" })).await;
    place.report("i", &id, 4_000_000).await;
    let mails = place.mails(5).await;
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    insta::assert_snapshot!(subjects.join("\n"), @"
    80 % of the budget of API key shop is spent
    The budget of API key shop is used up
    The budget of API key shop is used up
    The budget of API key shop is used up
    The budget of workspace default is used up
    ");
    assert!(mails.iter().all(|mail| mail.to == "owner@acme.example"));
    let shown = |mail: &Message| {
        mail.text.expose().replace(id.as_str().unwrap(), "key_…").replace(place.app.workspace(), "ws_…")
    };
    insta::assert_snapshot!(shown(&mails[0]), @"
    8.00 USD were spent of the budget of the API key shop (key_…), which is 10.00 USD a day (time zone UTC); it begins anew at 2026-01-06T00:00:00Z. When it is used up, the key verifies as BUDGET_EXCEEDED.

    To set another budget, for example of 100 USD a month, run

        aisetu api-keys update key_… --budget 100/month
    ");
    insta::assert_snapshot!(shown(&mails[1]), @"
    10.00 USD were spent of the budget of the API key shop (key_…), which is 10.00 USD a day (time zone UTC); it begins anew at 2026-01-06T00:00:00Z. Until then the key verifies as BUDGET_EXCEEDED.

    To set another budget, for example of 100 USD a month, run

        aisetu api-keys update key_… --budget 100/month
    ");
    insta::assert_snapshot!(shown(&mails[4]), @"
    31.000001 USD were spent of the budget of the workspace default (ws_…), which is 30.00 USD in total (time zone UTC); it does not begin anew. From now on all its API keys verify as BUDGET_EXCEEDED.

    To set another budget, for example of 100 USD a month, run

        aisetu workspaces set-budget ws_… --budget 100/month
    ");
}

#[tokio::test]
async fn every_owner_is_told_and_nobody_else() {
    let place = Place::new().await;
    place.app.member(Role::Owner, None).await;
    place.app.member(Role::Admin, None).await;
    place.app.other_tenant().await;
    let (id, _) = place.key(json!({ "budget": { "usd": "1", "period": "DAY" } })).await;
    place.report("a", &id, 800_000).await;
    place.mails(2).await;
    place.report("b", &id, 200_000).await;
    let mails = place.mails(4).await;
    let to: BTreeSet<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!((mails.len(), to.len(), to.contains("owner@acme.example")), (4, 2, true));
}

#[tokio::test]
async fn owners_are_told_14_7_and_1_days_before_a_key_expires() {
    let place = Place::new().await;
    let owner = place.app.owner();
    let sweep = async || place.app.server().control_plane().sweep().await.unwrap();
    let days = |days: i32| place.app.now() + SignedDuration::from_hours(24) * days;
    let expires = |at: Timestamp| json!({ "expiresAt": at.to_string() });
    let (id, _) = place.key(expires(days(20))).await;
    // Nobody is told of these: they are of so short a life, or do not work, or never expire.
    place.key(expires(place.app.now() + SignedDuration::from_hours(20))).await;
    let (revoked, _) = place.key(expires(days(20))).await;
    owner.ok("apiKeysRevoke", json!({ "id": revoked })).await;
    let (disabled, _) = place.key(expires(days(20))).await;
    owner.ok("apiKeysUpdate", json!({ "id": disabled, "disabled": true })).await;
    let (unbound, _) = place.key(expires(days(20))).await;
    owner.ok("apiKeysUpdate", json!({ "id": unbound, "expiresAt": null })).await;
    for _ in 0..22 * 4 {
        sweep().await;
        sweep().await;
        place.app.advance(SignedDuration::from_hours(6));
    }
    let mails = place.mails(3).await;
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(
        subjects,
        ["API key k expires within 14 days", "API key k expires within 7 days", "API key k expires within 24 hours"]
    );
    let expiry = owner.ok("apiKeysGet", id.clone()).await["expiresAt"].as_str().unwrap()[..19].to_owned();
    let text = mails[0].text.expose().replace(id.as_str().unwrap(), "key_…").replace(&expiry, "WHEN");
    insta::assert_snapshot!(text, @"
    The API key k (key_…) in the workspace default expires within 14 days, at WHENZ. From then on it verifies as EXPIRED.

    To let it work longer, for example for 90 days from now, run

        aisetu api-keys update key_… --expires 90d

    and to give it a new secret as well,

        aisetu api-keys rotate key_… --expires 90d
    ");
    // A server that was off tells once, of what is left. A rotation back brings back what was to be told.
    let (late, _) = place.key(expires(days(30))).await;
    owner.ok("apiKeysRotate", json!({ "id": late, "expiresAt": days(90).to_string() })).await;
    owner.ok("apiKeysRollbackRotation", late.clone()).await;
    place.app.advance(SignedDuration::from_hours(24 * 25));
    sweep().await;
    sweep().await;
    let mails = place.mails(4).await;
    assert_eq!((mails.len(), mails[3].subject.as_str()), (4, "API key k expires within 5 days"));
}

#[tokio::test]
async fn without_credit_a_call_passes_only_over_an_own_connection() {
    let settings = Settings { billing: Billing::Prepaid, ..Settings::default() };
    let place = Place::over(TestServer::start_as(settings).await).await;
    let owner = place.app.owner();
    let (id, secret) = place.key(json!({})).await;
    let adjust = async |amount: &str| {
        let adjustment = Adjustment::input(place.app.tenant(), amount, "a test", None).unwrap();
        place.app.server().control_plane().adjust_ledger(adjustment).await.unwrap();
    };
    assert_eq!(place.code(&secret).await, "CREDIT_EXHAUSTED");
    adjust("1").await;
    assert_eq!(place.code(&secret).await, "VALID");
    place.report("a", &id, 1_000_000).await;
    assert_eq!(place.code(&secret).await, "CREDIT_EXHAUSTED");
    let over =
        async |connection: &Value| place.verify(&secret, json!({ "connection": connection })).await["code"].clone();
    assert_eq!(over(&json!("mine")).await, "CREDIT_EXHAUSTED");
    let upsert = json!({ "workspaceId": place.app.workspace(), "slug": "mine", "provider": "OPENAI", "apiKey": "sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaa" });
    let made = owner.ok("providerCredentialsUpsert", upsert).await;
    assert_eq!((over(&json!("mine")).await, over(&made["id"]).await), (json!("VALID"), json!("VALID")));
    let explained = async |connection: Value| {
        let explained = owner.ok("apiKeysExplain", json!({ "id": id, "connection": connection })).await;
        let steps = explained["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["check"] == "CREDIT").unwrap();
        format!("{}: {}", explained["code"].as_str().unwrap(), step["why"].as_str().unwrap())
    };
    assert_eq!(explained(Value::Null).await, "CREDIT_EXHAUSTED: the tenant has no credit left");
    assert_eq!(explained(json!("mine")).await, "VALID: the call is not paid from credit");
    // A connection elsewhere is none of its own.
    let (_, far) = place.key(json!({ "workspaceId": place.app.second_workspace() })).await;
    assert_eq!(place.verify(&far, json!({ "connection": "mine" })).await["code"], "CREDIT_EXHAUSTED");
    owner.ok("providerCredentialsRevoke", made["id"].clone()).await;
    assert_eq!(over(&json!("mine")).await, "CREDIT_EXHAUSTED");
    let long = place.gateway.post("/v1/keys/verify", &json!({ "key": secret, "connection": "x".repeat(65) })).await;
    assert_eq!((long.status, &long.body["error"]["field"]), (400, &json!("connection")));
}

/// The bound that the documentation names: what the calls cost that had passed and were not reported when the budget was used up.
#[tokio::test(flavor = "multi_thread")]
async fn what_64_spenders_go_beyond_a_budget_is_what_they_had_under_way() {
    const SPENDERS: i64 = 64;
    const COST: i64 = 1_000;
    const BUDGET: i64 = 1_000_000;
    let place = Arc::new(Place::new().await);
    let (id, secret) = place.key(json!({ "budget": { "usd": "1", "period": "TOTAL" } })).await;
    let spenders = (0..SPENDERS).map(|spender| {
        let (place, id, secret) = (Arc::clone(&place), id.clone(), secret.clone());
        tokio::spawn(async move {
            let mut passed = 0;
            while place.code(&secret).await == "VALID" {
                passed += 1;
                place.report(&format!("{spender}-{passed}"), &id, COST).await;
            }
            passed
        })
    });
    let mut passed = 0;
    for spender in spenders.collect::<Vec<_>>() {
        passed += spender.await.unwrap();
    }
    let beyond = passed * COST - BUDGET;
    println!(
        "64 spenders of {COST} micro-USD a call went {beyond} micro-USD ({} calls) beyond a budget of {BUDGET}",
        beyond / COST
    );
    assert!((0..SPENDERS * COST).contains(&beyond), "{beyond}");
}
