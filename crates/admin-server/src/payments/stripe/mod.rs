//! Payments by Stripe.
//!
//! A top-up is paid on a page of Stripe's (a Checkout Session), or in a form of a program's own (a PaymentIntent), and never either way: a
//! Checkout Session has no PaymentIntent before it is confirmed (since the API version 2022-08-01), and two ways would be paid twice.

mod api;
mod webhook;

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use admin_token::Secret;

use self::api::Api;
use super::{Fact, Notice, NoticeError, Opened, Order, PaymentError, Payments, Stretch, Told};
use crate::env::{self, EnvError};
use crate::model::{PaymentProvider, TopUpFlow};
use crate::money::Money;
use crate::outbound::{Reach, is_loopback};
use crate::random::Random;

/// What is bought, as the payer reads it.
const PRODUCT: &str = "Credit";
/// How many events a page has at most; Stripe gives up to 100, of some thousand bytes each.
const EVENTS_AT_ONCE: &str = "50";

/// How to reach Stripe.
#[derive(Debug, Clone)]
pub struct StripeSettings {
    /// `sk_…`, or better `rk_…` that may write Checkout Sessions and PaymentIntents, and read events.
    pub secret_key: Secret,
    /// `whsec_…`: the signing secret of the webhook endpoint.
    pub webhook_secret: Secret,
    /// Where a payer goes after paying.
    pub return_url: Url,
    /// Stripe's API, or what stands for it in a test.
    pub api_url: Url,
}

impl StripeSettings {
    /// Those that are set; `None` when there is no secret key.
    ///
    /// # Errors
    /// [`EnvError`] names the variable.
    pub fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Option<Self>, EnvError> {
        let Some(secret_key) = env::secret(lookup, env::STRIPE_SECRET_KEY, env::STRIPE_SECRET_KEY_FILE)? else {
            return Ok(None);
        };
        let form = |secret: &Secret| secret.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !form(&secret_key) {
            return Err(bad_key());
        }
        let webhook_secret =
            env::secret(lookup, env::STRIPE_WEBHOOK_SECRET, env::STRIPE_WEBHOOK_SECRET_FILE)?.ok_or({
                let what = "the file with the signing secret of the webhook endpoint, without which no payment would be noticed";
                EnvError::Missing { variable: env::STRIPE_WEBHOOK_SECRET_FILE, what }
            })?;
        let url = |variable, text: &str| {
            let takes = "an `https` URL; `http` only to this machine";
            env::url(variable, text, takes, |url| {
                url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
            })
        };
        let return_url = lookup(env::PAYMENT_RETURN_URL).ok_or(EnvError::Missing {
            variable: env::PAYMENT_RETURN_URL,
            what: "the page to which a payer goes after paying",
        })?;
        Ok(Some(Self {
            secret_key,
            webhook_secret,
            return_url: url(env::PAYMENT_RETURN_URL, &return_url)?,
            api_url: url(
                env::STRIPE_API_URL,
                lookup(env::STRIPE_API_URL).as_deref().unwrap_or("https://api.stripe.com"),
            )?,
        }))
    }
}

fn bad_key() -> EnvError {
    let takes = "a key such as sk_live_… or rk_live_…";
    EnvError::Invalid { variable: env::STRIPE_SECRET_KEY_FILE, given: "..".to_owned(), takes }
}

/// Takes payments by Stripe.
pub struct Stripe {
    api: Api,
    webhook_secret: Secret,
    return_url: Url,
}

impl Stripe {
    /// With these settings, at an address in reach. It is connected to when there is something to ask.
    ///
    /// # Errors
    /// [`EnvError::Invalid`] for a key that no request can carry.
    pub fn new(settings: StripeSettings, reach: Reach, random: Arc<dyn Random>) -> Result<Self, EnvError> {
        let StripeSettings { secret_key, webhook_secret, return_url, api_url } = settings;
        Ok(Self { api: Api::new(&secret_key, api_url, reach, random)?, webhook_secret, return_url })
    }

    async fn open_order(&self, order: &Order) -> Result<Opened, PaymentError> {
        let cents = order.amount.cents().ok_or_else(|| PaymentError::Refused("a part of a cent".to_owned()))?;
        let (cents, id) = (cents.to_string(), order.id.as_str());
        let (top_up_id, tenant_id) = (id, order.tenant_id.as_str());
        if order.flow == TopUpFlow::PaymentIntent {
            let form = [
                ("amount", cents.as_str()),
                ("currency", "usd"),
                ("metadata[top_up_id]", top_up_id),
                ("metadata[tenant_id]", tenant_id),
            ];
            let made: PaymentIntent = self.api.post("v1/payment_intents", &form, id).await?;
            return Ok(Opened {
                payment: Some(made.id.clone()),
                session: made.id,
                payment_url: None,
                client_secret: made.client_secret,
            });
        }
        // The same for each try: Stripe refuses another form under the same idempotency key.
        let expires_at = order.expires_at.as_second().to_string();
        let form = [
            ("mode", "payment"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "usd"),
            ("line_items[0][price_data][unit_amount]", &cents),
            ("line_items[0][price_data][product_data][name]", PRODUCT),
            ("client_reference_id", top_up_id),
            ("metadata[top_up_id]", top_up_id),
            ("metadata[tenant_id]", tenant_id),
            // What is told of the payment, a refund for one, has the PaymentIntent's metadata and not the session's.
            ("payment_intent_data[metadata][top_up_id]", top_up_id),
            ("payment_intent_data[metadata][tenant_id]", tenant_id),
            // The sum is the one that was asked for, in USD, and in no currency of the payer's.
            ("adaptive_pricing[enabled]", "false"),
            ("expires_at", &expires_at),
            ("success_url", self.return_url.as_str()),
        ];
        let made: CheckoutSession = self.api.post("v1/checkout/sessions", &form, id).await?;
        Ok(Opened { payment: made.payment_intent, session: made.id, payment_url: made.url, client_secret: None })
    }

    async fn look_at(&self, order: &Order, session: &str, over: bool) -> Result<Fact, PaymentError> {
        if order.flow == TopUpFlow::PaymentIntent {
            let path = format!("v1/payment_intents/{session}");
            let found: PaymentIntent = self.api.get(&path, &[]).await?;
            let known = found.fact();
            if !over || known != Fact::Nothing || !found.can_be_canceled() {
                return Ok(known);
            }
            // A PaymentIntent has no end of its own.
            let form = [("cancellation_reason", "abandoned")];
            let key = format!("{}-cancel", order.id);
            let canceled: PaymentIntent = self.api.post(&format!("{path}/cancel"), &form, &key).await?;
            return Ok(canceled.fact());
        }
        let found: CheckoutSession = self.api.get(&format!("v1/checkout/sessions/{session}"), &[]).await?;
        Ok(found.fact())
    }

    async fn events(&self, stretch: &Stretch) -> Result<Told, PaymentError> {
        let (from, to) = (stretch.from.as_second().to_string(), stretch.to.as_second().to_string());
        let mut query = vec![("limit", EVENTS_AT_ONCE), ("created[gte]", &from), ("created[lt]", &to)];
        query.extend(webhook::KINDS.map(|kind| ("types[]", kind)));
        query.extend(stretch.after.as_deref().map(|event| ("starting_after", event)));
        Ok(webhook::told(self.api.get("v1/events", &query).await?))
    }
}

impl Payments for Stripe {
    fn provider(&self) -> PaymentProvider {
        PaymentProvider::Stripe
    }

    fn open<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<Opened, PaymentError>> {
        Box::pin(self.open_order(order))
    }

    fn look<'a>(&'a self, order: &'a Order, session: &'a str, over: bool) -> BoxFuture<'a, Result<Fact, PaymentError>> {
        Box::pin(self.look_at(order, session, over))
    }

    fn told<'a>(&'a self, stretch: &'a Stretch) -> BoxFuture<'a, Result<Told, PaymentError>> {
        Box::pin(self.events(stretch))
    }

    fn read(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<Notice, NoticeError> {
        webhook::verify(&self.webhook_secret, signature, body, now)?;
        webhook::notice(body)
    }
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe").field("api", &self.api).finish_non_exhaustive()
    }
}

/// What is read of a Checkout Session.
#[derive(Debug, Deserialize)]
struct CheckoutSession {
    id: String,
    url: Option<String>,
    status: Option<String>,
    payment_status: Option<String>,
    payment_intent: Option<String>,
    amount_total: Option<i64>,
    currency: Option<String>,
}

impl CheckoutSession {
    fn fact(&self) -> Fact {
        match (self.payment_status.as_deref(), self.status.as_deref(), &self.payment_intent) {
            (Some("paid"), _, Some(payment)) => paid(payment, self.amount_total, self.currency.as_deref()),
            (_, Some("expired"), _) => Fact::Expired,
            _ => Fact::Nothing,
        }
    }
}

/// What is read of a PaymentIntent.
#[derive(Debug, Deserialize)]
struct PaymentIntent {
    id: String,
    status: Option<String>,
    client_secret: Option<Secret>,
    amount_received: Option<i64>,
    amount: Option<i64>,
    currency: Option<String>,
    cancellation_reason: Option<String>,
    last_payment_error: Option<PaymentIntentError>,
}

#[derive(Debug, Deserialize)]
struct PaymentIntentError {
    code: Option<String>,
    decline_code: Option<String>,
}

impl PaymentIntent {
    fn fact(&self) -> Fact {
        match self.status.as_deref() {
            Some("succeeded") => paid(&self.id, self.amount_received.or(self.amount), self.currency.as_deref()),
            Some("canceled") => match self.cancellation_reason.as_deref() {
                None | Some("abandoned" | "automatic") => Fact::Expired,
                Some(reason) => {
                    tracing::info!(payment = word(&self.id), reason = word(reason), "a payment was canceled");
                    Fact::Failed("the payment was canceled".to_owned())
                }
            },
            _ => Fact::Nothing,
        }
    }

    /// Not while it is being processed.
    fn can_be_canceled(&self) -> bool {
        matches!(
            self.status.as_deref(),
            Some("requires_payment_method" | "requires_confirmation" | "requires_action" | "requires_capture")
        )
    }

    /// Why a try failed, in our words. Stripe's say more than a payer may know: that a card is reported as stolen, for one.
    fn problem(&self) -> String {
        let problem = self.last_payment_error.as_ref();
        let code =
            problem.and_then(|error| error.decline_code.as_deref().or(error.code.as_deref())).unwrap_or_default();
        tracing::info!(payment = word(&self.id), code = word(code), "a try to pay failed");
        let words = match code {
            "insufficient_funds" => "there is not enough money for the payment",
            "expired_card" => "the card has expired",
            "incorrect_cvc" | "invalid_cvc" => "the security code of the card is wrong",
            "authentication_required" | "payment_intent_authentication_failure" => {
                "the payer did not confirm the payment with their bank"
            }
            _ => "the payment was declined",
        };
        words.to_owned()
    }
}

/// A sum in USD; in another currency nothing is credited, and the operator must look.
fn paid(payment: &str, cents: Option<i64>, currency: Option<&str>) -> Fact {
    match (cents.and_then(Money::from_cents), currency) {
        (Some(amount), Some("usd")) if amount > Money::ZERO => Fact::Paid { payment: payment.to_owned(), amount },
        _ => {
            tracing::error!(payment, ?cents, ?currency, "a payment that is no sum in USD was not credited");
            Fact::Nothing
        }
    }
}

/// A word of Stripe's, as it may be kept and shown.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Option<StripeSettings>, EnvError> {
        StripeSettings::read(&|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn settings_are_whole_or_refused_by_name_and_show_no_secret() {
        let whole = [
            (env::STRIPE_SECRET_KEY, "sk_test_not_a_real_key_0123456789"),
            (env::STRIPE_WEBHOOK_SECRET, "whsec_not_a_real_secret_012345678"),
            (env::PAYMENT_RETURN_URL, "https://app.example.com/billing"),
        ];
        let settings = read(&whole).unwrap().unwrap();
        assert_eq!(settings.api_url.as_str(), "https://api.stripe.com/");
        let shown = format!("{settings:?}");
        assert!(!shown.contains("not_a_real"), "{shown}");
        assert_eq!(read(&[]).unwrap().map(|_| ()), None, "no key, no Stripe");
        for missing in 1..3 {
            let mut partial = whole.to_vec();
            let (variable, _) = partial.remove(missing);
            assert!(read(&partial).unwrap_err().to_string().contains(variable), "{variable}");
        }
        for (variable, bad) in [
            (env::STRIPE_SECRET_KEY, "sk_test_x\r\nEvil: 1"),
            (env::PAYMENT_RETURN_URL, "http://app.example.com"),
            (env::PAYMENT_RETURN_URL, "javascript:alert(1)"),
            (env::STRIPE_API_URL, "http://10.0.0.1"),
            (env::STRIPE_API_URL, "https://user:Evil@api.stripe.com"),
            (env::STRIPE_API_URL, "https://sk_live_Evil@api.stripe.com"),
            (env::STRIPE_API_URL, "http://user:Evil@api.stripe.com"),
            (env::STRIPE_API_URL, "https://user:Evil@:x"),
            (env::PAYMENT_RETURN_URL, "https://user:Evil@app.example.com"),
        ] {
            let mut set = vec![(variable, bad)];
            set.extend(whole);
            let error = read(&set).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(variable) && !shown.contains("Evil"), "{shown}");
            let named = matches!(error, EnvError::UserInUrl { .. });
            assert_eq!(named, bad.contains('@') && !bad.ends_with(":x"), "{error}");
        }
        let local = [&whole[..], &[(env::STRIPE_API_URL, "http://127.0.0.1:8420")]].concat();
        assert!(read(&local).is_ok());
    }
}
