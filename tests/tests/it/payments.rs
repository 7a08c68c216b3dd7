//! Payments by Stripe: what it is asked, and what it tells. Its side is played by wiremock, and its signatures are made as it documents them.

use std::sync::Arc;

use admin_server::app::billing;
use admin_server::model::TopUpFlow;
use admin_server::money::Money;
use admin_server::outbound::Reach;
use admin_server::payments::{Order, PaymentError, Payments as _, Stripe, StripeSettings};
use admin_server::random::SystemRandom;
use admin_token::Secret;
use aisetu_tests::TestServer;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::Sha256;
use wiremock::matchers::{method, path, path_regex, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const SIGNING: &str = "whsec_of_a_test_and_of_nothing_else";
const KEY: &str = "rk_test_of_a_test_and_of_nothing_else";

/// A control plane beside a Stripe.
struct Shop {
    app: TestServer,
    stripe: MockServer,
}

impl Shop {
    async fn open() -> Self {
        let stripe = MockServer::start().await;
        let settings = StripeSettings {
            secret_key: Secret::new(KEY),
            webhook_secret: Secret::new(SIGNING),
            return_url: "https://app.example.com/billing".parse().unwrap(),
            api_url: stripe.uri().parse().unwrap(),
        };
        let payments = Stripe::new(settings, Reach::Public, Arc::new(SystemRandom)).unwrap();
        Self { app: TestServer::start_paid_by(Some(Arc::new(payments))).await, stripe }
    }

    /// Stripe answers like this, the first time that it is asked for it of the answers that are left.
    async fn answers(&self, to: &str, template: ResponseTemplate, times: u64) {
        Mock::given(path(to)).respond_with(template).up_to_n_times(times).mount(&self.stripe).await;
    }

    /// Stripe makes Checkout Sessions, `cs_1` for whoever asks.
    async fn makes_sessions(&self) {
        self.answers("/v1/checkout/sessions", ResponseTemplate::new(200).set_body_json(session("open", "unpaid")), 99)
            .await;
    }

    async fn create(&self, key: &str) -> Value {
        self.app.owner().call_once(key, "billingCreateTopUpIntent", json!({ "usd": "25.50" })).await.body
    }

    async fn top_up(&self) -> Value {
        self.create("once").await["data"]["billingCreateTopUpIntent"]["item"].clone()
    }

    async fn top_ups(&self) -> Vec<Value> {
        self.app.owner().ok("billingTopUps", Value::Null).await["items"].as_array().unwrap().clone()
    }

    /// State of the newest top-up, its failure, and the balance, once the check finds nothing.
    async fn standing(&self) -> String {
        let found = self.app.server().control_plane().store().read(billing::check).await.unwrap();
        assert_eq!(found, []);
        let newest = self.top_ups().await.remove(0);
        let balance = self.app.owner().ok("billingCreditBalance", Value::Null).await["balance"]["amount"].clone();
        let failure = newest["failure"].as_str().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{}{failure} {}", newest["state"].as_str().unwrap(), balance.as_str().unwrap())
    }

    /// What Stripe was asked, in order.
    async fn asked(&self, of: &str) -> Vec<Request> {
        let asked = self.stripe.received_requests().await.unwrap();
        asked.into_iter().filter(|request| request.url.path() == of).collect()
    }

    /// Tells an event, signed now.
    async fn tell(&self, id: &str, kind: &str, object: &Value) -> u16 {
        let body = event(id, kind, object);
        let header = signed(SIGNING, self.app.now().as_second(), &body);
        self.send(&header, body).await.0
    }

    async fn send(&self, signature: &str, body: String) -> (u16, Value) {
        let request = self.app.anonymous().request(reqwest::Method::POST, "/v1/webhooks/stripe");
        let response = request.header("stripe-signature", signature).body(body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Reads again what Stripe told.
    async fn reread(&self, after: SignedDuration) {
        self.app.advance(after);
        self.app.server().control_plane().read_missed_notices().await.unwrap();
    }

    /// Stripe's list of events has these on the page after `after`.
    async fn lists(&self, after: Option<&str>, events: &[Value], has_more: bool) {
        let page = json!({ "object": "list", "data": events, "has_more": has_more });
        let list = Mock::given(method("GET")).and(path("/v1/events"));
        let list = match after {
            Some(event) => list.and(query_param("starting_after", event)),
            None => list.and(query_param_is_missing("starting_after")),
        };
        list.respond_with(ResponseTemplate::new(200).set_body_json(page)).mount(&self.stripe).await;
    }

    async fn reconcile(&self, after: SignedDuration) {
        self.app.advance(after);
        self.app.server().control_plane().reconcile_top_ups().await.unwrap();
    }
}

fn event(id: &str, kind: &str, object: &Value) -> String {
    let data = json!({ "object": object });
    json!({ "id": id, "object": "event", "api_version": "2025-09-30.clover", "type": kind, "data": data }).to_string()
}

/// As Stripe documents it: HMAC-SHA-256 of time, dot and body, in hexadecimal.
fn signature(secret: &str, time: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn signed(secret: &str, time: i64, body: &str) -> String {
    format!("t={time},v1={}", signature(secret, time, body))
}

fn session(status: &str, payment_status: &str) -> Value {
    let payment = if payment_status == "paid" { json!("pi_1") } else { Value::Null };
    json!({
        "id": "cs_1", "object": "checkout.session", "status": status, "payment_status": payment_status, "payment_intent": payment,
        "amount_total": 2550, "currency": "usd", "url": "https://checkout.stripe.com/c/pay/cs_1", "metadata": {},
    })
}

/// The session of a top-up, as an event shows it.
fn session_of(top_up: &Value, status: &str, payment_status: &str) -> Value {
    let mut session = session(status, payment_status);
    session["client_reference_id"] = top_up["id"].clone();
    session["metadata"] = json!({ "top_up_id": top_up["id"], "tenant_id": top_up["tenantId"] });
    session
}

fn dispute(status: &str) -> Value {
    json!({ "id": "dp_1", "object": "dispute", "charge": "ch_1", "payment_intent": "pi_1", "amount": 2550, "currency": "usd",
        "status": status, "metadata": {} })
}

fn refund(id: &str, cents: i64, status: &str) -> Value {
    json!({ "id": id, "object": "refund", "charge": "ch_1", "payment_intent": "pi_1", "amount": cents, "currency": "usd",
        "status": status, "metadata": {} })
}

#[tokio::test]
async fn a_checkout_session_is_asked_for_as_stripe_wants_it() {
    let shop = Shop::open().await;
    shop.makes_sessions().await;
    let made = shop.top_up().await;
    assert_eq!((&made["state"], &made["provider"]), (&json!("PENDING"), &json!("STRIPE")));
    assert_eq!(made["paymentUrl"], "https://checkout.stripe.com/c/pay/cs_1");
    let asked = shop.asked("/v1/checkout/sessions").await.remove(0);
    let header = |name: &str| asked.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(header("idempotency-key"), made["id"].as_str().unwrap());
    assert_eq!(header("stripe-version"), "2025-09-30.clover");
    assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
    let expires_at: jiff::Timestamp = made["expiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires_at.duration_since(shop.app.now()), SignedDuration::from_hours(23));
    let form: Vec<String> = reqwest::Url::parse(&format!("x:?{}", String::from_utf8(asked.body).unwrap()))
        .unwrap()
        .query_pairs()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let form = form.join("\n");
    let form = form.replace(made["id"].as_str().unwrap(), "[TOP_UP]").replace(shop.app.tenant(), "[TENANT]");
    insta::assert_snapshot!(form.replace(&expires_at.as_second().to_string(), "[IN 23 HOURS]"), @"
    mode = payment
    line_items[0][quantity] = 1
    line_items[0][price_data][currency] = usd
    line_items[0][price_data][unit_amount] = 2550
    line_items[0][price_data][product_data][name] = Credit
    client_reference_id = [TOP_UP]
    metadata[top_up_id] = [TOP_UP]
    metadata[tenant_id] = [TENANT]
    payment_intent_data[metadata][top_up_id] = [TOP_UP]
    payment_intent_data[metadata][tenant_id] = [TENANT]
    adaptive_pricing[enabled] = false
    expires_at = [IN 23 HOURS]
    success_url = https://app.example.com/billing
    ");
}

#[tokio::test]
async fn a_payment_intent_gives_its_client_secret_to_the_program_alone() {
    let shop = Shop::open().await;
    let intent = json!({ "id": "pi_1", "object": "payment_intent", "status": "requires_payment_method", "amount": 2550,
        "currency": "usd", "client_secret": "pi_1_secret_of_a_test" });
    shop.answers("/v1/payment_intents", ResponseTemplate::new(200).set_body_json(&intent), 1).await;
    let input = json!({ "usd": "25.50", "flow": "PAYMENT_INTENT" });
    let made = shop.app.owner().ok("billingCreateTopUpIntent", input).await;
    assert_eq!((&made["clientSecret"], &made["item"]["paymentUrl"]), (&json!("pi_1_secret_of_a_test"), &Value::Null));
    assert!(!shop.app.owner().ok("billingTopUps", Value::Null).await.to_string().contains("_secret_"));
    let mut paid = intent.clone();
    paid["status"] = json!("succeeded");
    paid["amount_received"] = json!(2550);
    paid["metadata"] = json!({ "top_up_id": made["item"]["id"] });
    assert_eq!(shop.tell("evt_1", "payment_intent.succeeded", &paid).await, 200);
    assert_eq!(shop.standing().await, "SUCCEEDED 25.50");
    let asked = shop.asked("/v1/payment_intents").await.remove(0);
    assert!(String::from_utf8(asked.body).unwrap().starts_with("amount=2550&currency=usd&metadata"));
}

#[tokio::test]
async fn what_passes_is_tried_again_under_the_same_key_and_what_does_not_is_told() {
    for (status, header, tries) in [
        (500, None, 2),
        (503, None, 2),
        (409, None, 2),
        (429, None, 2),
        (402, Some("true"), 2),
        (400, None, 1),
        (402, None, 1),
        (401, None, 1),
        (500, Some("false"), 1),
    ] {
        let shop = Shop::open().await;
        let mut template = ResponseTemplate::new(status).set_body_json(
            json!({ "error": { "type": "card_error", "code": "a_code", "message": "with sk_live_secret" } }),
        );
        if let Some(should) = header {
            template = template.insert_header("stripe-should-retry", should);
        }
        shop.answers("/v1/checkout/sessions", template, 1).await;
        shop.makes_sessions().await;
        let answer = shop.create("once").await;
        let keys: Vec<_> = shop
            .asked("/v1/checkout/sessions")
            .await
            .iter()
            .map(|request| request.headers["idempotency-key"].clone())
            .collect();
        assert_eq!(keys.len(), tries, "{status} {header:?}");
        assert!(keys.iter().all(|key| *key == keys[0]));
        if tries == 2 {
            assert_eq!(answer["data"]["billingCreateTopUpIntent"]["item"]["state"], "PENDING", "{status}: {answer}");
            continue;
        }
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{status}: {answer}");
        assert!(!answer.to_string().contains("sk_live_secret"));
        // A retry of the same call goes on with what was begun: the same top-up, the same key outside.
        let again = shop.top_up().await;
        assert_eq!((&again["state"], &again["id"]), (&json!("PENDING"), &json!(keys[0].to_str().unwrap())));
        assert_eq!(shop.top_ups().await.len(), 1);
    }
}

#[tokio::test]
async fn a_stripe_that_is_not_there_is_told_and_what_was_begun_is_finished_later() {
    let shop = Shop::open().await;
    let hang = ResponseTemplate::new(200)
        .set_body_json(session("open", "unpaid"))
        .set_delay(std::time::Duration::from_secs(60));
    shop.answers("/v1/checkout/sessions", hang, 3).await;
    let begun = std::time::Instant::now();
    let answer = shop.create("once").await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(answer["errors"][0]["message"], "the payment provider does not answer", "{answer}");
    assert_eq!(shop.standing().await, "CREATED 0.00");
    shop.stripe.reset().await;
    shop.makes_sessions().await;
    shop.reconcile(SignedDuration::from_secs(30)).await;
    assert_eq!(shop.standing().await, "CREATED 0.00", "whoever made it may still be waiting");
    shop.reconcile(SignedDuration::from_secs(30)).await;
    assert_eq!(shop.standing().await, "PENDING 0.00");
    let id = shop.top_ups().await[0]["id"].clone();
    assert_eq!(shop.asked("/v1/checkout/sessions").await[0].headers["idempotency-key"], id.as_str().unwrap());
    assert_eq!(shop.top_up().await["paymentUrl"], "https://checkout.stripe.com/c/pay/cs_1");
}

#[tokio::test]
async fn only_stripe_is_believed_and_only_for_five_minutes() {
    let shop = Shop::open().await;
    shop.makes_sessions().await;
    let made = shop.top_up().await;
    let body = event("evt_1", "checkout.session.completed", &session_of(&made, "complete", "paid"));
    let now = shop.app.now().as_second();
    let good = signature(SIGNING, now, &body);
    let other = signature("whsec_another", now, &body);
    let refused = [
        (format!("t={now},v1={other}"), "is not one of this body"),
        (format!("t={},v1={good}", now - 1), "is not one of this body"),
        (format!("t={now},v0={good}"), "is not one of this body"),
        (format!("t={now},v1={}", &good[..62]), "is not one of this body"),
        (format!("t={now},v1="), "is not one of this body"),
        (format!("v1={good}"), "has no time"),
        (format!("t=,v1={good}"), "the time of the signature is none"),
        (format!("t=99999999999999999999,v1={good}"), "the time of the signature is none"),
        (String::new(), "has no time"),
        (signed(SIGNING, now - 301, &body), "more than 5 minutes old, or of the future"),
        (signed(SIGNING, now + 301, &body), "more than 5 minutes old, or of the future"),
    ];
    for (header, why) in &refused {
        let (status, answer) = shop.send(header, body.clone()).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("BAD_USER_INPUT")), "{header}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(why), "{header}: {answer}");
    }
    let altered = body.replace("2550", "9999");
    assert_eq!(shop.send(&format!("t={now},v1={good}"), altered).await.0, 400);
    assert_eq!(shop.standing().await, "PENDING 0.00", "nothing was believed");

    // While a signing secret is rolled there are several, and at the edges of the time it still holds.
    let old = signature(SIGNING, now - 300, &body);
    assert_eq!(shop.send(&format!("t={},v1={other},v1={old},v0=00", now - 300), body.clone()).await.0, 200);
    assert_eq!(shop.standing().await, "SUCCEEDED 25.50");
    assert_eq!(shop.send(&signed(SIGNING, now + 300, &body), body).await.0, 200);
    assert_eq!(shop.standing().await, "SUCCEEDED 25.50", "a second time counts for nothing");
}

#[tokio::test]
async fn what_is_no_event_is_refused_and_what_does_not_matter_is_taken() {
    let shop = Shop::open().await;
    shop.makes_sessions().await;
    let made = shop.top_up().await;
    let now = shop.app.now().as_second();
    for body in ["", "{}", "[]", "null", r#"{"id":"evt_1","type":"x"}"#, "\u{0}"] {
        let (status, answer) = shop.send(&signed(SIGNING, now, body), body.to_owned()).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("BAD_USER_INPUT")), "{body}: {answer}");
    }
    let huge = format!("{{\"a\":\"{}\"}}", "a".repeat(600 * 1024));
    let (status, answer) = shop.send(&signed(SIGNING, now, &huge), huge.clone()).await;
    assert_eq!((status, &answer["error"]["code"]), (413, &json!("LIMIT_EXCEEDED")));

    let nobody = json!({ "id": format!("top_{}", "0".repeat(26)), "tenantId": "ten_x" });
    let mut euro = session_of(&made, "complete", "paid");
    euro["currency"] = json!("eur");
    let mut free = session_of(&made, "complete", "paid");
    free["amount_total"] = json!(0);
    for (number, (kind, object)) in [
        ("customer.created", json!({ "id": "cus_1" })),
        ("checkout.session.something_new", session_of(&made, "complete", "unpaid")),
        ("checkout.session.completed", session_of(&nobody, "complete", "paid")),
        ("checkout.session.completed", session("complete", "paid")),
        ("checkout.session.completed", euro),
        ("checkout.session.completed", free),
        ("payment_intent.created", json!({ "id": "pi_9", "status": "requires_payment_method" })),
        ("refund.created", refund("re_9", 100, "succeeded")),
        ("charge.succeeded", json!({ "id": "ch_1" })),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(shop.tell(&format!("evt_{number}"), kind, &object).await, 200, "{kind}");
        assert_eq!(shop.standing().await, "PENDING 0.00", "{kind} {object}");
    }
}

#[tokio::test]
async fn payments_refunds_and_disputes_move_the_credit_once_each_in_any_order() {
    let shop = Shop::open().await;
    shop.makes_sessions().await;
    let made = shop.top_up().await;
    let mut standings = Vec::new();
    for (id, kind, object) in [
        (
            "evt_0",
            "payment_intent.payment_failed",
            json!({ "id": "pi_1", "status": "requires_payment_method",
            "metadata": { "top_up_id": made["id"] }, "last_payment_error": { "code": "card_declined", "decline_code": "insufficient_funds" } }),
        ),
        // A bank transfer: completed, and not paid yet.
        ("evt_1", "checkout.session.completed", session_of(&made, "complete", "unpaid")),
        // Before its payment is told.
        ("evt_2", "refund.created", refund("re_1", 550, "succeeded")),
        ("evt_3", "checkout.session.async_payment_succeeded", session_of(&made, "complete", "paid")),
        ("evt_3", "checkout.session.async_payment_succeeded", session_of(&made, "complete", "paid")),
        (
            "evt_4",
            "payment_intent.succeeded",
            json!({ "id": "pi_1", "status": "succeeded", "amount_received": 2550, "currency": "usd",
            "metadata": { "top_up_id": made["id"] } }),
        ),
        (
            "evt_5",
            "charge.refunded",
            json!({ "id": "ch_1", "payment_intent": "pi_1", "amount": 2550, "amount_refunded": 550, "currency": "usd",
            "metadata": { "top_up_id": made["id"] } }),
        ),
        ("evt_6", "charge.dispute.created", dispute("warning_needs_response")),
        ("evt_7", "charge.dispute.closed", dispute("warning_closed")),
        (
            "evt_8",
            "charge.dispute.created",
            json!({ "id": "dp_2", "payment_intent": "pi_1", "amount": 1000, "currency": "usd", "status": "needs_response" }),
        ),
        (
            "evt_9",
            "charge.dispute.funds_withdrawn",
            json!({ "id": "dp_2", "payment_intent": "pi_1", "amount": 1000, "currency": "usd", "status": "needs_response" }),
        ),
        (
            "evt_10",
            "charge.dispute.closed",
            json!({ "id": "dp_2", "payment_intent": "pi_1", "amount": 1000, "currency": "usd", "status": "won" }),
        ),
        (
            "evt_11",
            "charge.dispute.funds_reinstated",
            json!({ "id": "dp_2", "payment_intent": "pi_1", "amount": 1000, "currency": "usd", "status": "won" }),
        ),
        ("evt_12", "refund.created", refund("re_2", 2000, "pending")),
        ("evt_13", "refund.failed", refund("re_2", 2000, "failed")),
        ("evt_14", "refund.created", refund("re_3", 2000, "succeeded")),
    ] {
        assert_eq!(shop.tell(id, kind, &object).await, 200, "{id}");
        standings.push(format!("{id} {kind}: {}", shop.standing().await));
    }
    insta::assert_snapshot!(standings.join("\n"), @"
    evt_0 payment_intent.payment_failed: PENDING (there is not enough money for the payment) 0.00
    evt_1 checkout.session.completed: PENDING (there is not enough money for the payment) 0.00
    evt_2 refund.created: PENDING (there is not enough money for the payment) 0.00
    evt_3 checkout.session.async_payment_succeeded: SUCCEEDED 20.00
    evt_3 checkout.session.async_payment_succeeded: SUCCEEDED 20.00
    evt_4 payment_intent.succeeded: SUCCEEDED 20.00
    evt_5 charge.refunded: SUCCEEDED 20.00
    evt_6 charge.dispute.created: SUCCEEDED 20.00
    evt_7 charge.dispute.closed: SUCCEEDED 20.00
    evt_8 charge.dispute.created: SUCCEEDED 10.00
    evt_9 charge.dispute.funds_withdrawn: SUCCEEDED 10.00
    evt_10 charge.dispute.closed: SUCCEEDED 20.00
    evt_11 charge.dispute.funds_reinstated: SUCCEEDED 20.00
    evt_12 refund.created: REFUNDED 0.00
    evt_13 refund.failed: SUCCEEDED 20.00
    evt_14 refund.created: REFUNDED 0.00
    ");
    let ledger = shop.app.owner().ok("billingLedger", Value::Null).await;
    let rows: Vec<String> = ledger["items"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|row| {
            format!(
                "{} {} {}",
                row["kind"].as_str().unwrap(),
                row["amount"]["amount"].as_str().unwrap(),
                row["reference"].as_str().unwrap().replace(made["id"].as_str().unwrap(), "[TOP_UP]")
            )
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    TOP_UP 25.50 [TOP_UP]
    REFUND -5.50 [TOP_UP]/evt_3
    DISPUTE -10.00 [TOP_UP]/evt_8
    DISPUTE_REVERSAL 10.00 [TOP_UP]/evt_10
    REFUND -20.00 [TOP_UP]/evt_12
    REFUND_REVERSAL 20.00 [TOP_UP]/evt_13
    REFUND -20.00 [TOP_UP]/evt_14
    ");
}

#[tokio::test]
async fn a_payment_counts_that_was_told_before_our_own_answer_was_kept() {
    let shop = Shop::open().await;
    // Stripe has made the session and its answer was lost: the top-up is CREATED, and somebody pays all the same.
    let lost = ResponseTemplate::new(400).set_body_json(json!({}));
    shop.answers("/v1/checkout/sessions", lost, 1).await;
    shop.create("once").await;
    let created = shop.top_ups().await.remove(0);
    assert_eq!(created["state"], "CREATED");
    assert_eq!(shop.tell("evt_1", "checkout.session.completed", &session_of(&created, "complete", "paid")).await, 200);
    assert_eq!(shop.standing().await, "SUCCEEDED 25.50");
    // The caller comes again, and is told the truth; the reconciler leaves it alone.
    shop.makes_sessions().await;
    let again = shop.top_up().await;
    assert_eq!(
        (&again["id"], &again["state"], &again["paymentUrl"]),
        (&created["id"], &json!("SUCCEEDED"), &Value::Null)
    );
    shop.reconcile(SignedDuration::from_hours(30)).await;
    assert_eq!(shop.standing().await, "SUCCEEDED 25.50");
}

#[tokio::test]
async fn what_nobody_told_is_asked_for() {
    let shop = Shop::open().await;
    shop.makes_sessions().await;
    shop.top_up().await;
    let sessions = "/v1/checkout/sessions/cs_1";
    shop.answers(sessions, ResponseTemplate::new(200).set_body_json(session("open", "unpaid")), 1).await;
    shop.answers(sessions, ResponseTemplate::new(500), 3).await;
    shop.answers(sessions, ResponseTemplate::new(200).set_body_json(session("complete", "paid")), 1).await;
    shop.reconcile(SignedDuration::from_mins(1)).await;
    assert_eq!(shop.standing().await, "PENDING 0.00");
    shop.reconcile(SignedDuration::from_secs(59)).await;
    assert_eq!(shop.asked(sessions).await.len(), 1, "the pause grows");
    shop.reconcile(SignedDuration::from_mins(5)).await;
    assert_eq!(shop.standing().await, "PENDING 0.00", "it did not answer");
    shop.reconcile(SignedDuration::from_mins(10)).await;
    assert_eq!(shop.standing().await, "SUCCEEDED 25.50");
    // Told at last: once is enough.
    let late = session_of(&shop.top_ups().await[0], "complete", "paid");
    assert_eq!(shop.tell("evt_1", "checkout.session.completed", &late).await, 200);
    assert_eq!(shop.standing().await, "SUCCEEDED 25.50");
}

#[tokio::test]
async fn ends_are_told_or_asked_for_or_made() {
    let shop = Shop::open().await;
    shop.makes_sessions().await;
    let made = shop.top_up().await;
    assert_eq!(shop.tell("evt_1", "checkout.session.expired", &session_of(&made, "expired", "unpaid")).await, 200);
    assert_eq!(shop.standing().await, "EXPIRED 0.00");

    let failed = Shop::open().await;
    failed.makes_sessions().await;
    let made = failed.top_up().await;
    assert_eq!(
        failed.tell("evt_1", "checkout.session.async_payment_failed", &session_of(&made, "complete", "unpaid")).await,
        200
    );
    assert_eq!(failed.standing().await, "FAILED (the payment failed) 0.00");

    // A PaymentIntent has no end of its own: it is canceled.
    let shop = Shop::open().await;
    let intent = |status: &str| {
        json!({ "id": "pi_1", "status": status, "amount": 2550, "currency": "usd", "client_secret": "pi_1_secret_x",
        "cancellation_reason": (status == "canceled").then_some("abandoned") })
    };
    for (to, status) in [("", "requires_payment_method"), ("/pi_1", "requires_action"), ("/pi_1/cancel", "canceled")] {
        let template = ResponseTemplate::new(200).set_body_json(intent(status));
        Mock::given(path(format!("/v1/payment_intents{to}"))).respond_with(template).mount(&shop.stripe).await;
    }
    shop.app.owner().ok("billingCreateTopUpIntent", json!({ "usd": "25.50", "flow": "PAYMENT_INTENT" })).await;
    shop.reconcile(SignedDuration::from_hours(24)).await;
    assert_eq!(shop.standing().await, "EXPIRED 0.00");
    assert_eq!(shop.asked("/v1/payment_intents/pi_1/cancel").await.len(), 1);

    // One that never got a session is ended without a question, once it is too late for one.
    let shop = Shop::open().await;
    shop.answers("/v1/checkout/sessions", ResponseTemplate::new(401), 9).await;
    shop.create("once").await;
    shop.reconcile(SignedDuration::from_hours(1)).await;
    assert_eq!(shop.standing().await, "CREATED 0.00", "the operator mends the key");
    shop.reconcile(SignedDuration::from_hours(22)).await;
    assert_eq!(shop.standing().await, "EXPIRED 0.00");

    // One that Stripe refuses for good has failed.
    let shop = Shop::open().await;
    let refusal =
        json!({ "error": { "type": "invalid_request_error", "code": "amount_too_small", "param": "unit_amount" } });
    shop.answers("/v1/checkout/sessions", ResponseTemplate::new(400).set_body_json(refusal), 9).await;
    shop.create("once").await;
    shop.reconcile(SignedDuration::from_hours(1)).await;
    assert_eq!(shop.standing().await, "FAILED (the payment provider refuses to take this payment) 0.00");
}

#[tokio::test]
async fn what_stripe_no_longer_knows_has_failed_and_is_not_asked_for_again() {
    let missing = json!({ "error": { "type": "invalid_request_error", "code": "resource_missing", "param": "a", "message": "No such cs_1" } });
    for flow in ["CHECKOUT", "PAYMENT_INTENT"] {
        let shop = Shop::open().await;
        shop.makes_sessions().await;
        let intent = json!({ "id": "cs_1", "status": "requires_payment_method", "client_secret": "cs_1_secret" });
        shop.answers("/v1/payment_intents", ResponseTemplate::new(200).set_body_json(intent), 1).await;
        shop.app.owner().ok("billingCreateTopUpIntent", json!({ "usd": "25.50", "flow": flow })).await;
        let of = if flow == "CHECKOUT" { "/v1/checkout/sessions/cs_1" } else { "/v1/payment_intents/cs_1" };
        // A 404 of somebody in between says nothing of the payment.
        shop.answers(of, ResponseTemplate::new(404).set_body_string("<html>"), 1).await;
        shop.answers(of, ResponseTemplate::new(404).set_body_json(&missing), 99).await;
        shop.reconcile(SignedDuration::from_hours(1)).await;
        assert_eq!(shop.standing().await, "PENDING 0.00");
        shop.reconcile(SignedDuration::from_hours(1)).await;
        assert_eq!(shop.standing().await, "FAILED (the payment provider knows no such payment any more) 0.00");
        shop.reconcile(SignedDuration::from_hours(48)).await;
        assert_eq!(shop.asked(of).await.len(), 2, "that is the end of it");
        // But for money that comes after all.
        let top_up = shop.top_ups().await.remove(0);
        assert_eq!(
            shop.tell("evt_1", "checkout.session.completed", &session_of(&top_up, "complete", "paid")).await,
            200
        );
        assert_eq!(shop.standing().await, "SUCCEEDED 25.50");
    }
}

#[tokio::test]
async fn what_stripe_says_of_a_refusal_is_for_the_operator_alone() {
    let shop = Shop::open().await;
    let refusal = json!({ "error": { "type": "card_error", "code": "secret_code", "param": "secret_param", "message": "secret words" } });
    shop.answers("/v1/checkout/sessions", ResponseTemplate::new(402).set_body_json(refusal), 9).await;
    let answer = shop.create("once").await;
    assert!(!answer.to_string().contains("secret_"), "{answer}");
    let error = &answer["errors"][0];
    assert_eq!(error["message"], "the payment provider refuses to take this payment");
    assert!(error["extensions"]["requestId"].as_str().unwrap().starts_with("req_"), "{answer}");
    let id = shop.top_ups().await[0]["id"].clone();
    let failed = json!({ "id": "pi_1", "status": "requires_payment_method", "metadata": { "top_up_id": id },
        "last_payment_error": { "code": "card_declined", "decline_code": "stolen_card", "message": "secret words" } });
    assert_eq!(shop.tell("evt_1", "payment_intent.payment_failed", &failed).await, 200);
    assert_eq!(shop.standing().await, "CREATED (the payment was declined) 0.00");
    let canceled = json!({ "id": "pi_1", "status": "canceled", "cancellation_reason": "fraudulent", "metadata": { "top_up_id": id } });
    assert_eq!(shop.tell("evt_2", "payment_intent.canceled", &canceled).await, 200);
    assert_eq!(shop.standing().await, "FAILED (the payment was canceled) 0.00");
}

#[tokio::test]
async fn stripe_is_called_as_everybody_else_is() {
    let settings = |url: &str| StripeSettings {
        secret_key: Secret::new(KEY),
        webhook_secret: Secret::new(SIGNING),
        return_url: "https://app.example.com/billing".parse().unwrap(),
        api_url: url.parse().unwrap(),
    };
    let order = Order {
        id: format!("top_{}", "0".repeat(26)).parse().unwrap(),
        tenant_id: format!("ten_{}", "0".repeat(26)).parse().unwrap(),
        amount: Money::from_micros(5_000_000),
        flow: TopUpFlow::Checkout,
        expires_at: jiff::Timestamp::UNIX_EPOCH,
    };
    let ask = async |url: &str| {
        let stripe = Stripe::new(settings(url), Reach::Public, Arc::new(SystemRandom)).unwrap();
        let begun = std::time::Instant::now();
        let error = stripe.open(&order).await.unwrap_err();
        assert!(begun.elapsed() < std::time::Duration::from_secs(2), "it is not tried again: {error}");
        error
    };
    let private = ask("https://10.1.2.3").await;
    assert!(private.to_string().contains("private network"), "{private}");
    // A redirect is an answer, and not a way to where the key would be sent next.
    let (stripe, elsewhere) = (MockServer::start().await, MockServer::start().await);
    let redirect = ResponseTemplate::new(307).insert_header("location", elsewhere.uri());
    Mock::given(method("POST")).respond_with(redirect).mount(&stripe).await;
    assert_eq!(ask(&stripe.uri()).await, PaymentError::Refused("status 307".to_owned()));
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn two_at_once_are_one_top_up_and_one_key_outside() {
    let shop = Shop::open().await;
    let slow = ResponseTemplate::new(200)
        .set_body_json(session("open", "unpaid"))
        .set_delay(std::time::Duration::from_millis(200));
    Mock::given(method("POST")).and(path_regex("^/v1/checkout")).respond_with(slow).mount(&shop.stripe).await;
    let answers = futures_util::future::join_all((0..8).map(|_| shop.create("once"))).await;
    let items: Vec<_> = answers.iter().map(|answer| &answer["data"]["billingCreateTopUpIntent"]["item"]).collect();
    assert!(items.iter().all(|item| **item == *items[0] && item["state"] == "PENDING"), "{items:?}");
    assert_eq!(shop.top_ups().await.len(), 1);
    let asked = shop.asked("/v1/checkout/sessions").await;
    assert!(asked.iter().all(|request| request.headers["idempotency-key"] == items[0]["id"].as_str().unwrap()));
}

fn listed(id: &str, kind: &str, object: &Value) -> Value {
    serde_json::from_str(&event(id, kind, object)).unwrap()
}

/// The value of a parameter of a request.
fn parameter(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn refunds_and_disputes_that_were_not_told_are_read_once() {
    let shop = Shop::open().await;
    shop.makes_sessions().await;
    let made = shop.top_up().await;
    let paid = session_of(&made, "complete", "paid");
    assert_eq!(shop.tell("evt_1", "checkout.session.completed", &paid).await, 200);
    let disputed = json!({ "id": "dp_1", "payment_intent": "pi_1", "amount": 1000, "currency": "usd", "status": "needs_response" });
    let first = [
        listed("evt_4", "charge.dispute.created", &disputed),
        json!({ "id": "evt_3", "type": "refund.created" }),
        listed("evt_1", "checkout.session.completed", &paid),
    ];
    shop.lists(None, &first, true).await;
    let refunded = refund("re_1", 550, "succeeded");
    shop.lists(Some("evt_1"), &[listed("evt_2", "refund.created", &refunded)], false).await;
    shop.reread(SignedDuration::from_hours(1)).await;
    assert_eq!(shop.standing().await, "SUCCEEDED 10.00");

    // Told at last, by the same events or by others, it counts once.
    assert_eq!(shop.tell("evt_2", "refund.created", &refunded).await, 200);
    assert_eq!(shop.tell("evt_5", "refund.updated", &refunded).await, 200);
    shop.reread(SignedDuration::from_mins(9)).await;
    let asked = shop.asked("/v1/events").await.len();
    shop.reread(SignedDuration::from_mins(1)).await;
    assert_eq!(shop.standing().await, "SUCCEEDED 10.00");
    assert_eq!(shop.app.owner().ok("billingLedger", Value::Null).await["totalCount"], 3);
    assert_eq!(shop.app.owner().ok("auditVerify", Value::Null).await["ok"], true);

    // Where one stretch ends, the next one begins, also after a while without an answer.
    let stretch =
        |request: &Request| (parameter(request, "created[gte]").unwrap(), parameter(request, "created[lt]").unwrap());
    let all = shop.asked("/v1/events").await;
    assert_eq!(all.len(), asked + 2, "every ten minutes");
    let (before, last) = (stretch(&all[asked - 1]), stretch(all.last().unwrap()));
    assert_eq!((&last.0, last.1.parse().unwrap()), (&before.1, shop.app.now().as_second() - 300));
    assert!(all[asked].url.query_pairs().any(|(name, kind)| name == "types[]" && kind == "refund.created"));
    shop.stripe.reset().await;
    shop.answers("/v1/events", ResponseTemplate::new(403), 1).await;
    shop.reread(SignedDuration::from_mins(10)).await;
    shop.lists(None, &[], false).await;
    shop.reread(SignedDuration::from_mins(10)).await;
    assert_eq!(stretch(shop.asked("/v1/events").await.last().unwrap()).0, last.1);
}

#[tokio::test]
async fn what_was_told_is_read_a_few_pages_at_a_time() {
    let shop = Shop::open().await;
    let nobodys = |id: &str| listed(id, "refund.created", &refund("re_9", 100, "succeeded"));
    shop.lists(None, &[nobodys("evt_0")], true).await;
    for page in 0..14 {
        shop.lists(Some(&format!("evt_{page}")), &[nobodys(&format!("evt_{}", page + 1))], page < 13).await;
    }
    shop.app.advance(SignedDuration::from_hours(1));
    let before = shop.asked("/v1/events").await.len();
    let mut asked = Vec::new();
    for _ in 0..3 {
        shop.reread(SignedDuration::ZERO).await;
        asked.push(shop.asked("/v1/events").await.len() - before);
    }
    assert_eq!(asked, [10, 15, 15]);
}

#[tokio::test]
async fn what_a_payment_provider_tells_is_on_record() {
    let shop = Shop::open().await;
    shop.makes_sessions().await;
    let made = shop.top_up().await;
    for (id, kind, object) in [
        ("evt_1", "checkout.session.completed", session_of(&made, "complete", "paid")),
        ("evt_1", "checkout.session.completed", session_of(&made, "complete", "paid")),
        ("evt_2", "refund.created", refund("re_1", 550, "succeeded")),
        // What changes nothing is no change.
        ("evt_3", "refund.updated", refund("re_1", 550, "succeeded")),
        (
            "evt_4",
            "charge.dispute.created",
            json!({ "id": "dp_1", "payment_intent": "pi_1", "amount": 1000, "currency": "usd", "status": "lost" }),
        ),
    ] {
        assert_eq!(shop.tell(id, kind, &object).await, 200);
    }
    let owner = shop.app.owner();
    let events = owner.ok("auditEvents", json!({ "objectId": made["id"] })).await["items"].as_array().unwrap().clone();
    let shown: Vec<String> = events
        .iter()
        .rev()
        .map(|event| {
            let (before, after) = (&event["before"], &event["after"]);
            assert_eq!((&after["paymentUrl"], &event["workspaceId"]), (&Value::Null, &Value::Null));
            assert!(event["requestId"].as_str().unwrap().starts_with("req_"));
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let (kind, action, reason) =
                (text(&event["actor"]["kind"]), text(&event["action"]), text(&event["reason"]));
            format!("{kind} {action}: {} -> {} [{reason}]", text(&before["state"]), text(&after["state"]))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    USER billingCreateTopUpIntent: - -> CREATED [-]
    SYSTEM payments.paid: PENDING -> SUCCEEDED [STRIPE: checkout.session.completed (evt_1)]
    SYSTEM payments.refunded: SUCCEEDED -> SUCCEEDED [STRIPE: refund.created (evt_2)]
    SYSTEM payments.disputed: SUCCEEDED -> SUCCEEDED [STRIPE: charge.dispute.created (evt_4)]
    ");
    assert_eq!(events[0]["before"]["disputed"]["amount"], "0.00");
    assert_eq!(events[0]["after"]["disputed"]["amount"], "10.00");
    assert_eq!(owner.ok("auditVerify", Value::Null).await["ok"], true);
}
