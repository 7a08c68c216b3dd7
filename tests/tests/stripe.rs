//! A payment from beginning to end beside localstripe, which plays Stripe's PaymentIntents and signs what it tells. It has no Checkout Sessions
//! and no idempotency keys: those are in `it/payments.rs`. `tests/stripe.sh` starts it and runs this.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use admin_sdk::AiSetuAdmin;
use admin_sdk::billing::{CreateTopUpIntent, GetCreditBalance, ListTopUps, TopUp, TopUpFlow, TopUpState};
use admin_server::app::authorization::PatScope;
use admin_server::app::provision::FirstOwner;
use admin_server::app::{Ports, billing};
use admin_server::crypto::ServerKeys;
use admin_server::outbound::Reach;
use admin_server::payments::{Stripe, StripeSettings};
use admin_server::random::SystemRandom;
use admin_server::{Server, Storage};
use admin_token::Secret;
use jiff::SignedDuration;
use serde_json::{Value, json};

const SIGNING: &str = "whsec_of_a_test";
const KEY: &str = "sk_test_of_a_test";

/// Waits until the newest top-up is as it should be.
async fn until(admin: &AiSetuAdmin, is: impl Fn(&TopUp) -> bool) -> TopUp {
    let begun = Instant::now();
    loop {
        let newest = admin.billing().top_ups(ListTopUps::default()).await.unwrap().items.remove(0);
        if is(&newest) {
            return newest;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{newest:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
#[ignore = "needs localstripe: tests/stripe.sh starts it and runs this"]
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment where localstripe is")]
async fn payment_intents_are_declined_or_paid_and_credited_once() {
    let url = std::env::var("AI_SETU_TEST_STRIPE_URL").unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let ask = async |path: &str, body: Value| -> (u16, Value) {
        let answer = http.post(format!("{url}{path}")).bearer_auth(KEY).json(&body).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    };
    let settings = StripeSettings {
        secret_key: Secret::new(KEY),
        webhook_secret: Secret::new(SIGNING),
        return_url: "https://app.example.com/billing".parse().unwrap(),
        api_url: url.parse().unwrap(),
    };
    let payments = Stripe::new(settings, Reach::Public, Arc::new(SystemRandom)).unwrap();
    let ports = Ports { payments: Some(Arc::new(payments)), ..Ports::system(ServerKeys::generate(&SystemRandom)) };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Server::start(address, &Storage::Memory, ports, false).await.unwrap();
    let names = FirstOwner {
        tenant: "Acme".to_owned(),
        workspace: "default".to_owned(),
        email: "owner@acme.example".to_owned(),
        pat: "owner".to_owned(),
        scopes: PatScope::ALL.to_vec(),
    };
    let owner = server.control_plane().ensure_owner_token(names, None, SignedDuration::ZERO).await.unwrap();
    let base_url = format!("http://{}", server.address());
    let admin = AiSetuAdmin::builder().pat(owner.token).base_url(&base_url).build().unwrap();
    let hook = json!({ "url": format!("{base_url}/v1/webhooks/stripe"), "secret": SIGNING });
    assert_eq!(ask("/_config/webhooks/test", hook).await.0, 200);

    // It declines a PaymentIntent for good, so there are two.
    let pay = async |card: &str| -> (TopUp, u16, Value) {
        let wanted = CreateTopUpIntent {
            flow: Some(TopUpFlow::PaymentIntent),
            ..CreateTopUpIntent::new("25.50".parse().unwrap())
        };
        let made = admin.billing().create_top_up_intent(wanted).await.unwrap();
        let secret = made.client_secret.unwrap();
        let path = format!("/v1/payment_intents/{}", secret.expose().split("_secret_").next().unwrap());
        let card = json!({ "number": card, "exp_month": 12, "exp_year": 2099, "cvc": "123" });
        let method = ask("/v1/payment_methods", json!({ "type": "card", "card": card })).await.1["id"].clone();
        assert_eq!(ask(&path, json!({ "payment_method": method })).await.0, 200);
        let (status, answer) = ask(&format!("{path}/confirm"), json!({})).await;
        (made.item, status, answer)
    };
    let (made, status, declined) = pay("4000000000000341").await;
    assert_eq!((status, &declined["error"]["code"]), (402, &json!("card_declined")), "{declined}");
    let tried = until(&admin, |top_up| top_up.failure.is_some()).await;
    assert_eq!(
        (tried.id, tried.state, tried.failure.as_deref()),
        (made.id, TopUpState::Pending, Some("the payment was declined"))
    );

    let (made, status, paid) = pay("4242424242424242").await;
    assert_eq!((status, &paid["status"]), (200, &json!("succeeded")), "{paid}");
    let paid = until(&admin, |top_up| top_up.state == TopUpState::Succeeded).await;
    assert_eq!((paid.id, paid.failure), (made.id, None));
    let credit = admin.billing().credit_balance(GetCreditBalance::default()).await.unwrap();
    assert_eq!(credit.balance.to_string(), "25.50 USD");
    assert_eq!(server.control_plane().store().read(billing::check).await.unwrap(), []);
    server.shutdown().await;
}
