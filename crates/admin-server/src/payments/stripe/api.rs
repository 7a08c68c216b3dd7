//! Requests to Stripe's API: form-encoded, under an idempotency key, tried again within a few seconds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, StatusCode, redirect};
use rustls_platform_verifier::BuilderVerifierExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;
use url::form_urlencoded::Serializer;

use admin_token::Secret;

use super::word;
use crate::env::{self, EnvError};
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

pub(super) struct Api {
    http: reqwest::Client,
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
    /// It will not before something is mended.
    NotNow(String),
    /// Another try may.
    Again(String),
}

impl Api {
    pub(super) fn new(key: &Secret, base: Url, random: Arc<dyn Random>) -> Result<Self, EnvError> {
        let failed = |why: String| EnvError::Invalid {
            variable: env::STRIPE_API_URL,
            given: why,
            takes: "a host whose certificate can be checked",
        };
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", key.expose())).map_err(|error| failed(error.to_string()))?;
        authorization.set_sensitive(true);
        let headers =
            HeaderMap::from_iter([(AUTHORIZATION, authorization), (STRIPE_VERSION, HeaderValue::from_static(VERSION))]);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| failed(error.to_string()))?
            .with_no_client_auth();
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .default_headers(headers)
            .user_agent(concat!("aisetu-server/", env!("CARGO_PKG_VERSION")))
            .timeout(TRY)
            // A redirect could carry the key to another host.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never());
        if super::is_loopback(&base) {
            builder = builder.no_proxy();
        }
        Ok(Self { http: builder.build().map_err(|error| failed(error.to_string()))?, base, random })
    }

    /// Asks for something to be done, once for each `idempotency_key`.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        idempotency_key: &str,
    ) -> Result<T, PaymentError> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(path, |url| {
            self.http
                .post(url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(IDEMPOTENCY_KEY, idempotency_key)
                .body(body.clone())
        })
        .await
    }

    /// Asks for what there is.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, PaymentError> {
        self.send(path, |url| self.http.get(url)).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        path: &str,
        request: impl Fn(Url) -> RequestBuilder,
    ) -> Result<T, PaymentError> {
        let url = self.base.join(path).map_err(|error| PaymentError::Refused(error.to_string()))?;
        let until = Instant::now() + PATIENCE;
        let mut pause = PAUSE;
        for tries in 1..=TRIES {
            let tried = timeout_at(until, attempt(request(url.clone()))).await;
            let why = match tried.unwrap_or_else(|_| Tried::Again("no answer in time".to_owned())) {
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
                Tried::NotNow(why) => {
                    tracing::error!(path, why, "Stripe refuses the secret key");
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

/// One try. Stripe says itself whether another one is worth it; without its word that is so after 409, 429 and from 500 on.
async fn attempt(request: RequestBuilder) -> Tried {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return Tried::Again(network(&error)),
    };
    let status = response.status();
    let should_retry = response.headers().get(SHOULD_RETRY).map(|value| value == "true");
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Tried::Again("an answer that is too long".to_owned()),
            Ok(None) => break,
            Err(error) => return Tried::Again(network(&error)),
        }
    }
    if status.is_success() {
        return Tried::Answered(body);
    }
    let RefusalBody { r#type, code, param } = serde_json::from_slice::<Refusal>(&body).unwrap_or_default().error;
    // Its words only: the message may quote what was sent.
    let words = [r#type, code, param].into_iter().flatten().map(|text| word(&text)).collect::<Vec<_>>().join(", ");
    let why = format!("status {}{}{words}", status.as_u16(), if words.is_empty() { "" } else { ": " });
    let usual = status.is_server_error() || matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS);
    match status {
        // The operator mends the key, and what was asked is wanted still.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Tried::NotNow(why),
        _ if should_retry.unwrap_or(usual) => Tried::Again(why),
        _ => Tried::Refused(why),
    }
}

fn network(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke off"
    };
    kind.to_owned()
}
