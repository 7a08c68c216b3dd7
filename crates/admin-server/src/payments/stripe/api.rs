//! Requests to Stripe's API: form-encoded, under an idempotency key, tried again within a few seconds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use url::Url;
use url::form_urlencoded::Serializer;

use admin_token::Secret;

use super::word;
use crate::env::EnvError;
use crate::outbound::{Outbound, OutboundError, Reach, Reply, is_loopback};
use crate::payments::PaymentError;
use crate::random::Random;

/// What we understand, whatever Stripe's account is set to.
const VERSION: &str = "2025-09-30.clover";
/// How long one try may take.
const TRY: Duration = Duration::from_secs(4);
/// How long all tries may take, with the pauses between them: whoever asked waits for 10 s.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often a request is sent at most.
const TRIES: u32 = 3;
/// The pause after the first try; it doubles with each, and half of it is left to chance.
const PAUSE: Duration = Duration::from_millis(500);
/// More than any answer has, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("stripe-should-retry");
const STRIPE_REQUEST: HeaderName = HeaderName::from_static("request-id");

pub(super) struct Api {
    outbound: Outbound,
    authorization: HeaderValue,
    base: Url,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str())
    }
}

/// An error as Stripe words it.
#[derive(Deserialize, Default)]
struct Refusal {
    #[serde(default)]
    error: RefusalBody,
}

#[derive(Deserialize, Default)]
struct RefusalBody {
    r#type: Option<String>,
    code: Option<String>,
    param: Option<String>,
}

/// What became of one try.
enum Tried {
    /// It went through.
    Answered(Vec<u8>),
    /// It will not.
    Refused(String),
    /// There is no such thing.
    Unknown(String),
    /// It will not before something is mended.
    NotNow(String),
    /// Another try may.
    Again(String),
}

impl Api {
    /// A base on this machine, which only a test or a developer names, is in reach in any case.
    pub(super) fn new(key: &Secret, base: Url, reach: Reach, random: Arc<dyn Random>) -> Result<Self, EnvError> {
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", key.expose())).map_err(|_| super::bad_key())?;
        authorization.set_sensitive(true);
        let reach = if reach == Reach::Public && is_loopback(&base) { Reach::Loopback } else { reach };
        Ok(Self { outbound: Outbound::new(reach), authorization, base, random })
    }

    /// Asks for something to be done, once for each `idempotency_key`.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        idempotency_key: &str,
    ) -> Result<T, PaymentError> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(path, &[], |http, url| {
            http.post(url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(IDEMPOTENCY_KEY, idempotency_key)
                .body(body.clone())
        })
        .await
    }

    /// Asks for what there is.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, PaymentError> {
        self.send(path, query, Client::get).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        request: impl Fn(&Client, Url) -> RequestBuilder,
    ) -> Result<T, PaymentError> {
        let mut url = self.base.join(path).map_err(|error| PaymentError::Refused(error.to_string()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let until = Instant::now() + PATIENCE;
        let mut pause = PAUSE;
        for tries in 1..=TRIES {
            let limit = TRY.min(until.saturating_duration_since(Instant::now()));
            let head = |http: &Client| {
                request(http, url.clone())
                    .header(AUTHORIZATION, self.authorization.clone())
                    .header(STRIPE_VERSION, HeaderValue::from_static(VERSION))
            };
            let why = match tried(self.outbound.send(head, limit, LARGEST_ANSWER).await) {
                Tried::Answered(body) => {
                    return serde_json::from_slice(&body).map_err(|error| {
                        tracing::error!(path, %error, "Stripe's answer is not understood");
                        PaymentError::NotNow("an answer that is not understood".to_owned())
                    });
                }
                Tried::Refused(why) => {
                    tracing::error!(path, why, "Stripe refuses");
                    return Err(PaymentError::Refused(why));
                }
                Tried::Unknown(why) => {
                    tracing::error!(path, why, "Stripe knows no such thing");
                    return Err(PaymentError::Unknown(why));
                }
                Tried::NotNow(why) => {
                    tracing::error!(path, why, "Stripe cannot be asked");
                    return Err(PaymentError::NotNow(why));
                }
                Tried::Again(why) => why,
            };
            tracing::warn!(path, tries, why, "Stripe does not answer as it should");
            let wait = self.some_of(pause);
            if tries == TRIES || Instant::now() + wait >= until {
                return Err(PaymentError::NotNow(why));
            }
            sleep(wait).await;
            pause *= 2;
        }
        Err(PaymentError::NotNow("no answer".to_owned()))
    }

    /// Between half and all of it, so that not everybody comes again at the same time.
    fn some_of(&self, pause: Duration) -> Duration {
        let mut byte = [0u8; 1];
        self.random.fill(&mut byte);
        pause / 2 + pause / 2 * u32::from(byte[0]) / 255
    }
}

/// What one try came to. Stripe says itself whether another one is worth it; without its word that is so after 409, 429 and from 500 on.
fn tried(sent: Result<Reply, OutboundError>) -> Tried {
    let Reply { status, headers, body, cut } = match sent {
        Ok(reply) => reply,
        Err(error @ (OutboundError::NotAllowed | OutboundError::NotMade)) => return Tried::NotNow(error.to_string()),
        Err(error) => return Tried::Again(error.to_string()),
    };
    if cut {
        return Tried::Again("an answer that is too long".to_owned());
    }
    if status.is_success() {
        return Tried::Answered(body);
    }
    let RefusalBody { r#type, code, param } = serde_json::from_slice::<Refusal>(&body).unwrap_or_default().error;
    let missing = status == StatusCode::NOT_FOUND && code.as_deref() == Some("resource_missing");
    // Its words only, and where the operator finds the rest at Stripe: the message may quote what was sent.
    let request = headers.get(STRIPE_REQUEST).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let words = [r#type, code, param, request].into_iter().flatten().map(|text| word(&text));
    let words = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
    let why = format!("status {}{}{words}", status.as_u16(), if words.is_empty() { "" } else { ": " });
    let should_retry = headers.get(SHOULD_RETRY).map(|value| value == "true");
    let usual = status.is_server_error() || matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS);
    match status {
        // The operator mends the key, and what was asked is wanted still.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Tried::NotNow(why),
        _ if missing => Tried::Unknown(why),
        _ if should_retry.unwrap_or(usual) => Tried::Again(why),
        _ => Tried::Refused(why),
    }
}
