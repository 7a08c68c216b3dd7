//! One call over HTTP: deadline, retries, a bounded body. It knows neither GraphQL nor the data plane.

use std::{sync::Arc, time::Duration};

use reqwest::{
    StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    config::{Config, check_timeout},
    decode,
    error::{ConfigError, Error, ErrorCode, TimeoutError, TransportError},
    idempotency::IdempotencyKey,
    pat::Pat,
    retry,
    tls::LazyVerifier,
};

/// The largest answer that is read, in bytes.
const LARGEST_BODY: usize = 8 * 1024 * 1024;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A connection pool, and what every call carries.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) config: Config,
    http: reqwest::Client,
    authorization: Option<HeaderValue>,
}

/// What is sent. It may be sent more than once: a mutation carries an idempotency key, anything else changes nothing.
pub(crate) struct Call {
    pub(crate) url: Url,
    pub(crate) accept: HeaderValue,
    pub(crate) body: Vec<u8>,
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    pub(crate) timeout: Duration,
    /// Whether it goes out without the token. Nothing makes such a call safe to send twice.
    pub(crate) public: bool,
    /// Whether somebody else wrote the document: what its parts are called says nothing of what is in them.
    pub(crate) raw: bool,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What was understood, and the headers that it came with.
pub(crate) struct Received<T> {
    pub(crate) value: T,
    pub(crate) headers: HeaderMap,
    pub(crate) attempts: u32,
}

impl Transport {
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        Self::with_verifier(config, Arc::new(LazyVerifier::new()))
    }

    pub(crate) fn with_verifier(config: Config, verifier: Arc<LazyVerifier>) -> Result<Self, Error> {
        let failed = |reason: String| ConfigError::HttpClient { reason };
        let bearer = |pat: &Pat| {
            let mut value = HeaderValue::try_from(format!("Bearer {}", pat.secret().expose()))
                .map_err(|error| failed(error.to_string()))?;
            value.set_sensitive(true);
            Ok::<_, ConfigError>(value)
        };
        let authorization = config.pat().map(bearer).transpose()?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(verifier.client_config().map_err(|error| failed(error.to_string()))?)
            .user_agent(config.user_agent())
            .connect_timeout(config.limits.connect_timeout)
            // A redirect could carry the token to another host.
            .redirect(redirect::Policy::none())
            // Attempts are counted here and nowhere else.
            .retry(reqwest::retry::never());
        if config.base_url().is_loopback() {
            // A proxy for the network has no business with this machine, and would see the token in the clear.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| failed(error.to_string()))?;
        Ok(Self { config, http, authorization })
    }

    /// Sends the call until it is understood, refused for good, tried often enough, or out of time.
    pub(crate) async fn send<T: Send>(
        &self,
        call: &Call,
        understand: impl Fn(&Answer) -> Result<T, Error> + Send + Sync,
    ) -> Result<Received<T>, Error> {
        let mut value = None;
        let mut keep = |answer: &Answer| understand(answer).map(|understood| value = Some(understood));
        let (headers, attempts) = self.send_until(call, &mut keep).await?;
        // What is not kept was not understood, and is an error above.
        let value = value.ok_or(Error::Aborted { idempotency_key: None })?;
        Ok(Received { value, headers, attempts })
    }

    /// The same for every type, so that it is compiled once. Gives the headers of the answer that was understood, and the number of attempts.
    async fn send_until(
        &self,
        call: &Call,
        understand: &mut (dyn FnMut(&Answer) -> Result<(), Error> + Send),
    ) -> Result<(HeaderMap, u32), Error> {
        check_timeout("timeout", call.timeout)?;
        if !call.public && self.authorization.is_none() {
            return Err(ConfigError::NoPat { base_url: self.config.base_url().clone() }.into());
        }
        let deadline = Instant::now() + call.timeout;
        let mut attempts = 0;
        // Retries that count: to wait until one's own first call ends is none.
        let mut retries = 0;
        let mut last = None;
        // Whether the call may have happened although no attempt had an answer.
        let mut open = false;
        loop {
            attempts += 1;
            let Ok(outcome) = timeout_at(deadline, self.observed(call, attempts)).await else {
                return Err(TimeoutError {
                    base_url: self.config.base_url().clone(),
                    timeout: call.timeout,
                    attempts,
                    idempotency_key: call.idempotency_key.clone(),
                    last,
                }
                .into());
            };
            let understood = outcome.and_then(|answer| match understand(&answer) {
                Ok(()) => Ok((answer.headers, attempts)),
                Err(error) => Err(error),
            });
            let mut error = match understood {
                Ok(received) => return Ok(received),
                Err(error) => error,
            };
            if let Error::Transport(error) = &mut error {
                error.attempts = attempts;
            }
            open = error.leaves_open(open);
            if let Some(key) = call.idempotency_key.as_ref().filter(|_| open) {
                error.sent_under(key);
            }
            let most = if call.public { 0 } else { self.config.max_retries() };
            let in_flight = most > 0 && error.code() == ErrorCode::IdempotencyInFlight;
            if !error.is_retryable() || (retries >= most && !in_flight) {
                return Err(error);
            }
            retries += u32::from(!in_flight);
            // Without randomness the longest pause is the safe one.
            let random = self.config.randomness.next().unwrap_or(u64::MAX);
            let pause = retry::pause(attempts, error.retry_after(), random);
            if pause >= deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            sleep(pause).await;
            last = Some(error);
        }
    }

    async fn observed(&self, call: &Call, attempt: u32) -> Result<Answer, Error> {
        let Some(observer) = &self.config.observer else { return self.attempt(call).await };
        let begun = Instant::now();
        let answer = self.attempt(call).await;
        observer.see(call, attempt, begun.elapsed(), &answer);
        answer
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Error> {
        let broken = |error: reqwest::Error| TransportError::new(&self.config, error);
        let mut request = self
            .http
            .post(call.url.clone())
            .header(ACCEPT, &call.accept)
            .header(CONTENT_TYPE, "application/json")
            .body(call.body.clone());
        if let Some(authorization) = self.authorization.as_ref().filter(|_| !call.public) {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header(IDEMPOTENCY_KEY, key.as_str());
        }
        let mut response = request.send().await.map_err(broken)?;
        let mut answer =
            Answer { status: response.status(), headers: std::mem::take(response.headers_mut()), body: Vec::new() };
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if answer.body.len() + chunk.len() > LARGEST_BODY {
                return Err(decode::too_large(&self.config, &answer, LARGEST_BODY));
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}
