//! Billing on a control plane whose payments are settled by a command.

use admin_server::app::{billing, ledger};
use admin_server::model::Role;
use admin_server::money::Money;
use admin_server::settings::{Settings, TopUps};
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Draws the tenant's credit down, as usage does.
async fn debit(app: &TestServer, micro_usd: i64, reference: &'static str) {
    let (ports, tenant, now) = (app.ports().clone(), app.tenant().parse().unwrap(), app.now());
    let debited = app
        .server()
        .control_plane()
        .store()
        .write(move |tx| ledger::debit_usage(tx, &ports, &tenant, micro_usd, reference, now).map(drop));
    debited.await.unwrap();
}

async fn findings(app: &TestServer) -> Vec<String> {
    let found = app.server().control_plane().store().read(billing::check).await.unwrap();
    found.iter().map(ToString::to_string).collect()
}

async fn balance(actor: &Actor) -> String {
    let credit = actor.ok("billingCreditBalance", Value::Null).await;
    assert_eq!(credit["balance"]["currency"], "USD");
    credit["balance"]["amount"].as_str().unwrap().to_owned()
}

async fn top_up(actor: &Actor, usd: &str) -> Value {
    actor.ok("billingCreateTopUpIntent", json!({ "usd": usd })).await["item"].clone()
}

async fn settle(app: &TestServer, id: &Value) -> (u16, Value) {
    let answer = app.anonymous().post(&format!("/dev/top-ups/{}/settle", id.as_str().unwrap()), &json!({})).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_top_up_is_paid_and_credited_once() {
    let app = TestServer::start_dev().await;
    let owner = app.owner();
    assert_eq!(balance(owner).await, "0.00");
    let made = top_up(owner, "25.5").await;
    assert_eq!((made["state"].as_str(), made["amount"]["amount"].as_str()), (Some("PENDING"), Some("25.50")));
    assert_eq!(
        (&made["provider"], &made["flow"], &made["tenantId"]),
        (&json!("DEV"), &json!("CHECKOUT"), &json!(app.tenant()))
    );
    let url = made["paymentUrl"].as_str().unwrap();
    assert_eq!(url, app.anonymous().url(&format!("/dev/top-ups/{}", made["id"].as_str().unwrap())));
    let page = app.anonymous().request(reqwest::Method::GET, url.strip_prefix(&app.anonymous().url("")).unwrap());
    assert!(page.send().await.unwrap().text().await.unwrap().contains("Settle it"));
    assert_eq!(balance(owner).await, "0.00", "nothing is credited before it is paid");

    app.advance(SignedDuration::from_secs(60));
    for _ in 0..3 {
        let (status, settled) = settle(&app, &made["id"]).await;
        assert_eq!((status, &settled["state"]), (200, &json!("SUCCEEDED")), "{settled}");
    }
    assert_eq!(balance(owner).await, "25.50");
    let list = owner.ok("billingTopUps", Value::Null).await;
    assert_eq!((&list["totalCount"], &list["items"][0]["state"]), (&json!(1), &json!("SUCCEEDED")));
    assert_eq!(
        (&list["items"][0]["paidAt"], &list["items"][0]["paymentUrl"]),
        (&json!("2026-01-05T09:01:02.000Z"), &Value::Null)
    );
    let ledger = owner.ok("billingLedger", Value::Null).await;
    assert_eq!((&ledger["totalCount"], &ledger["items"][0]["reference"]), (&json!(1), &made["id"]));
    assert_eq!(findings(&app).await, [""; 0]);
    let (status, refused) = settle(&app, &json!(format!("top_{}", "0".repeat(26)))).await;
    assert_eq!((status, &refused["error"]["code"]), (404, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn a_client_secret_comes_with_the_other_way_to_pay_and_stays_out_of_everything_else() {
    let app = TestServer::start_dev().await;
    let input = json!({ "usd": "10", "flow": "PAYMENT_INTENT" });
    let call = || app.owner().call_once("once", "billingCreateTopUpIntent", input.clone());
    let made = call().await.data()["billingCreateTopUpIntent"].take();
    let secret = made["clientSecret"].as_str().unwrap().to_owned();
    assert_eq!(made["item"]["paymentUrl"], Value::Null, "one way to pay, not two");
    let again = call().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.data()["billingCreateTopUpIntent"]["clientSecret"], secret);
    // Later the answer is still known, without its secret.
    app.advance(SignedDuration::from_mins(11));
    let late = call().await.data()["billingCreateTopUpIntent"].take();
    assert_eq!((&late["item"]["id"], &late["clientSecret"]), (&made["item"]["id"], &Value::Null));
    let page = top_up(app.owner(), "10").await;
    assert!(page["paymentUrl"].is_string());

    let events = app.owner().ok("auditEvents", json!({ "action": "billingCreateTopUpIntent" })).await;
    assert_eq!(events["items"].as_array().unwrap().len(), 2, "once for each top-up");
    assert_eq!(events["items"][1]["after"]["amount"], json!({ "amount": "10.00", "currency": "USD" }));
    assert!(!events.to_string().contains("_secret_"));
    assert_eq!(app.owner().ok("auditVerify", Value::Null).await["ok"], true);
}

#[tokio::test]
async fn a_retry_gets_the_same_top_up_and_so_do_many_at_once() {
    let app = TestServer::start_dev().await;
    let owner = app.owner();
    let call = |key: &'static str, usd: &str| {
        let input = json!({ "usd": usd });
        async move { owner.call_once(key, "billingCreateTopUpIntent", input).await }
    };
    let many = futures_util::future::join_all((0..16).map(|_| call("many", "7"))).await;
    let ids: Vec<Value> =
        many.into_iter().map(|answer| answer.data()["billingCreateTopUpIntent"]["item"]["id"].take()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(call("many", "8").await.code(), "IDEMPOTENCY_MISMATCH");
    let other = call("other", "7").await.data()["billingCreateTopUpIntent"]["item"]["id"].take();
    assert_ne!(other, ids[0]);
    assert_eq!(app.owner().ok("billingTopUps", Value::Null).await["totalCount"], 2);
}

#[tokio::test]
async fn amounts_are_decimal_text_within_the_operators_bounds() {
    let app = TestServer::start_dev().await;
    let owner = app.owner();
    let refused = |usd: Value| async move { owner.call("billingCreateTopUpIntent", json!({ "usd": usd })).await };
    let mut texts = Vec::new();
    for usd in ["-25", "0", "4.99", "10000.01", "25.505", "999999999999"] {
        texts.push(refused(json!(usd)).await.refusal());
    }
    insta::assert_snapshot!(texts.join("\n"), @"
    BAD_USER_INPUT [usd]: `usd` is -25.00; it must be 5.00 to 10000.00
    BAD_USER_INPUT [usd]: `usd` is 0.00; it must be 5.00 to 10000.00
    BAD_USER_INPUT [usd]: `usd` is 4.99; it must be 5.00 to 10000.00
    BAD_USER_INPUT [usd]: `usd` is 10000.01; it must be 5.00 to 10000.00
    BAD_USER_INPUT [usd]: `usd` is 25.505; it may have 2 decimals, because nobody pays a part of a cent
    BAD_USER_INPUT [usd]: `usd` is 999999999999.00; it must be 5.00 to 10000.00
    ");
    for no_decimal in [
        json!(25),
        json!(25.5),
        json!("25,50"),
        json!("1e3"),
        json!(""),
        json!("25.0000001"),
        json!("9".repeat(30)),
        json!(null),
    ] {
        let answer = refused(no_decimal.clone()).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{no_decimal}: {}", answer.body);
        let says_how = answer.refusal().contains("is a JSON number; write it as text, such as \"25.50\"");
        assert_eq!(says_how, no_decimal.is_number(), "{}", answer.refusal());
    }
    for fits in ["5", "5.00", "10000", "25.500000"] {
        top_up(app.owner(), fits).await;
    }
    assert_eq!(app.owner().ok("billingTopUps", Value::Null).await["totalCount"], 4, "and nothing of the others");

    let bounds = TopUps { min: Money::from_micros(1_000_000), max: Money::from_micros(2_000_000) };
    let strict = TestServer::start_as(Settings { top_ups: bounds, ..Settings::default() }).await;
    insta::assert_snapshot!(strict.owner().refused("billingCreateTopUpIntent", json!({ "usd": "5" })).await, @"BAD_USER_INPUT [usd]: `usd` is 5.00; it must be 1.00 to 2.00");
    top_up(strict.owner(), "1").await;
}

#[tokio::test]
async fn where_nobody_takes_payments_none_is_begun() {
    let app = TestServer::start_paid_by(None).await;
    insta::assert_snapshot!(app.owner().refused("billingCreateTopUpIntent", json!({ "usd": "25" })).await, @"
    CONFLICT: this control plane takes no payments
    (the operator connects a payment provider with `AI_SETU_STRIPE_SECRET_KEY_FILE`; `aisetu dev` settles payments by a command)
    ");
    assert_eq!(app.owner().ok("billingTopUps", Value::Null).await["totalCount"], 0);
    // What only a developer's control plane has.
    let (status, _) = settle(&app, &json!(format!("top_{}", "0".repeat(26)))).await;
    assert_eq!(status, 404);
    assert_eq!(app.anonymous().post("/v1/webhooks/stripe", &json!({})).await.status, 400, "no signature");
}

#[tokio::test]
async fn the_ledger_has_what_moved_the_credit_and_the_balance_after_it() {
    let app = TestServer::start_dev().await;
    let owner = app.owner();
    let made = top_up(owner, "5").await;
    settle(&app, &made["id"]).await;
    debit(&app, 4_999_999, "batch 1").await;
    debit(&app, 2, "batch 2").await;
    assert_eq!(balance(owner).await, "-0.000001", "what was on its way is owed");
    let ledger = owner.ok("billingLedger", Value::Null).await;
    let rows: Vec<String> = ledger["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text =
                |name: &str| row[name].as_str().unwrap_or_else(|| row[name]["amount"].as_str().unwrap()).to_owned();
            format!("{} {} {}", text("kind"), text("amount"), text("balance"))
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    USAGE -0.000002 -0.000001
    USAGE -4.999999 0.000001
    TOP_UP 5.00 5.00
    ");
    // Page by page the same.
    let (mut paged, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut input = json!({ "limit": 2 });
        if !cursor.is_null() {
            input["cursor"] = cursor;
        }
        let page = owner.ok("billingLedger", input).await;
        assert_eq!(page["totalCount"], 3);
        paged.extend(page["items"].as_array().unwrap().clone());
        cursor = page["nextCursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(json!(paged), ledger["items"]);
    assert_eq!(findings(&app).await, [""; 0]);
}

#[tokio::test]
async fn money_is_of_one_tenant_and_for_owner_and_billing() {
    let app = TestServer::start_dev().await;
    let billing = app.member(Role::Billing, None).await;
    settle(&app, &top_up(&billing, "5").await["id"]).await;
    assert_eq!(balance(app.owner()).await, "5.00");
    let stranger = app.other_tenant().await;
    assert_eq!(balance(&stranger).await, "0.00");
    for field in ["billingCreditBalance", "billingTopUps", "billingLedger"] {
        let of = |tenant: &str| json!({ "tenantId": tenant });
        assert_eq!(stranger.call(field, of(app.tenant())).await.code(), "NOT_FOUND", "{field}");
        assert_eq!(stranger.call(field, of("ten_1")).await.code(), "BAD_USER_INPUT", "{field}");
        billing.ok(field, of(app.tenant())).await;
    }
    assert_eq!(stranger.ok("billingTopUps", Value::Null).await["totalCount"], 0);
    let theirs = json!({ "usd": "5", "tenantId": app.tenant() });
    assert_eq!(stranger.call("billingCreateTopUpIntent", theirs).await.code(), "NOT_FOUND");
    insta::assert_snapshot!(app.member(Role::Admin, None).await.refused("billingCreditBalance", Value::Null).await, @"
    UNAUTHORIZED: the owner of this token lacks the role for `billingCreditBalance`
    (it takes the role OWNER or BILLING; ask an OWNER of the tenant)
    ");
}

#[tokio::test]
async fn a_page_of_another_site_settles_nothing() {
    let app = TestServer::start_dev().await;
    let made = top_up(app.owner(), "5").await;
    let path = format!("/dev/top-ups/{}/settle", made["id"].as_str().unwrap());
    let request = app.anonymous().request(reqwest::Method::POST, &path).header("sec-fetch-site", "cross-site");
    assert_eq!(request.send().await.unwrap().status(), 409);
    assert_eq!(balance(app.owner()).await, "0.00");
    let own = app.anonymous().request(reqwest::Method::POST, &path).header("sec-fetch-site", "same-origin").body("a=1");
    assert_eq!(own.send().await.unwrap().status(), 200);
    assert_eq!(balance(app.owner()).await, "5.00");
}

#[tokio::test]
async fn nobody_pays_one_whose_time_is_over() {
    let app = TestServer::start_dev().await;
    let made = top_up(app.owner(), "5").await;
    app.advance(SignedDuration::from_hours(23));
    app.server().control_plane().reconcile_top_ups().await.unwrap();
    let state = || async { app.owner().ok("billingTopUps", Value::Null).await["items"][0]["state"].clone() };
    assert_eq!(state().await, "PENDING", "a payment that was begun in time may still be told");
    app.advance(SignedDuration::from_hours(1));
    app.server().control_plane().reconcile_top_ups().await.unwrap();
    assert_eq!(state().await, "EXPIRED");
    let (status, refused) = settle(&app, &made["id"]).await;
    assert_eq!(status, 409);
    assert!(refused["error"]["message"].as_str().unwrap().ends_with("can not be paid any more: it is EXPIRED"));
}

#[tokio::test]
async fn the_check_finds_a_payment_that_is_not_in_the_ledger_as_it_was_made() {
    for (change, found) in [
        ("UPDATE top_ups SET paid = paid + 1", "the ledger has [5000000, 0, 0]"),
        ("UPDATE top_ups SET refunded = 1", "the ledger has [5000000, 0, 0]"),
        ("UPDATE top_ups SET state = 'PENDING'", "it is PENDING, which does not follow"),
        ("UPDATE ledger_transactions SET reference = 'top_nothing'", "it is of a top-up that its tenant does not have"),
        ("UPDATE ledger_transactions SET kind = 'ADJUSTMENT'", "the ledger has [0, 0, 0]"),
    ] {
        let app = TestServer::start_dev().await;
        settle(&app, &top_up(app.owner(), "5").await["id"]).await;
        assert_eq!(findings(&app).await, [""; 0]);
        let changed = app.server().control_plane().store().write(move |tx| Ok(tx.execute(change, &[])?));
        assert_eq!(changed.await.unwrap(), 1);
        let findings = findings(&app).await.join("\n");
        assert!(findings.contains(found), "{change}: {findings}");
    }
}
