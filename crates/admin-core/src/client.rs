//! The client: it runs operations.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::header::{HeaderMap, HeaderValue};

use crate::{
    config::Config,
    decode,
    dev::Dev,
    error::{ConfigError, Error},
    gateway::Gateway,
    idempotency::IdempotencyKey,
    ids::RequestId,
    operation::{Operation, OperationInfo},
    raw::{self, RawRequest, RawResponse},
    scalars::DateTime,
    transport::{Call, Received, Transport},
};

const ACCEPT: HeaderValue = HeaderValue::from_static("application/graphql-response+json, application/json;q=0.9");

/// Runs operations. It is cheap to clone; all clones share one pool of connections.
///
/// To abort a call, drop its future.
#[derive(Clone)]
pub struct Client {
    transport: Arc<Transport>,
}

/// What one call may do differently.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    /// Under which a mutation happens at most once; by default a new one for each call. A query goes out without.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The deadline of the call with all its retries: above zero, at most an hour; by default the client's.
    pub timeout: Option<Duration>,
}

impl CallOptions {
    /// Sets the key under which a mutation happens at most once.
    #[must_use]
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    /// Sets the deadline of the call with all its retries.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// An output, and what came with it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The output.
    pub value: T,
    /// What came with it.
    pub meta: Meta,
}

/// What comes with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meta {
    /// By which the server's operator finds the request.
    pub request_id: Option<RequestId>,
    /// When the token of the call expires.
    pub pat_expires_at: Option<DateTime>,
    /// The schema that the server has.
    pub schema: Option<SchemaVersion>,
    /// How often the call was sent.
    pub attempts: u32,
    /// Under which a mutation went out.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Whether the answer is that of an earlier call or attempt under the same key.
    pub replayed: bool,
}

/// A version of the schema, and the SHA-256 of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaVersion {
    /// The version of the server that it belongs to.
    pub version: String,
    /// The SHA-256 of the SDL, in hexadecimal.
    pub sha256: String,
}

impl Client {
    /// Makes a client. It connects at the first call, and sets TLS up at the first handshake.
    pub fn new(config: Config) -> Result<Self, Error> {
        Ok(Self { transport: Arc::new(Transport::new(config)?) })
    }

    /// Runs an operation. A mutation goes out under a new idempotency key, the same in every attempt.
    pub async fn execute<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        Ok(self.execute_with(operation, CallOptions::default()).await?.value)
    }

    /// Runs an operation with options, and tells what came with the answer.
    pub async fn execute_with<O: Operation>(
        &self,
        operation: O,
        options: CallOptions,
    ) -> Result<Response<O::Output>, Error> {
        let config = self.config();
        let body = serde_json::to_vec(&operation.document())
            .map_err(|error| ConfigError::Input { reason: error.to_string() })?;
        let call = self.call(&O::INFO, body, options)?;
        let Received { value, headers, attempts } =
            self.transport.send(&call, |answer| decode::graphql(config, answer)).await?;
        let meta = Meta::new(&headers, attempts, call.idempotency_key);
        Ok(Response { value: O::output(value), meta })
    }

    /// The call of an operation.
    fn call(&self, info: &OperationInfo, body: Vec<u8>, options: CallOptions) -> Result<Call, Error> {
        let config = self.config();
        let idempotency_key = match options.idempotency_key {
            _ if info.is_public() || !info.is_mutation() => None,
            Some(key) => Some(key),
            None => Some(IdempotencyKey::from_randomness(&config.randomness)?),
        };
        Ok(Call {
            url: config.base_url().endpoint("graphql"),
            accept: ACCEPT,
            body,
            idempotency_key,
            timeout: options.timeout.unwrap_or(config.timeout()),
            public: info.is_public(),
            raw: false,
        })
    }

    /// Runs a document as it is. A mutation goes out under an idempotency key, as that of an operation does; without a token it goes out
    /// without one, and once.
    ///
    /// # Errors
    /// No answer, or one that is none of GraphQL's: whoever refuses a part of the document says so in the answer.
    pub async fn raw(&self, request: &RawRequest, options: CallOptions) -> Result<RawResponse, Error> {
        let config = self.config();
        let body = serde_json::to_vec(request).map_err(|error| ConfigError::Input { reason: error.to_string() })?;
        let idempotency_key = match options.idempotency_key {
            _ if !request.is_mutation => None,
            Some(key) => Some(key),
            None => Some(IdempotencyKey::from_randomness(&config.randomness)?),
        };
        let call = Call {
            url: config.base_url().endpoint("graphql"),
            accept: ACCEPT,
            body,
            idempotency_key,
            timeout: options.timeout.unwrap_or(config.timeout()),
            public: config.pat().is_none(),
            raw: true,
        };
        let Received { value, headers, attempts } =
            self.transport.send(&call, |answer| decode::raw(config, answer)).await?;
        let (status, body, error) = value;
        let meta = Meta::new(&headers, attempts, call.idempotency_key);
        Ok(RawResponse { body, error, status, headers: raw::texts(&headers), meta })
    }

    /// The data plane of the same control plane, over the same connections.
    pub fn gateway(&self) -> Gateway {
        Gateway::new(Arc::clone(&self.transport))
    }

    /// What a developer's control plane can do beside its API.
    pub fn dev(&self) -> Dev {
        Dev::new(Arc::clone(&self.transport))
    }

    /// What the client was made of.
    pub fn config(&self) -> &Config {
        &self.transport.config
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", self.config()).finish_non_exhaustive()
    }
}

impl Meta {
    fn new(headers: &HeaderMap, attempts: u32, idempotency_key: Option<IdempotencyKey>) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let schema = text("aisetu-schema").and_then(|value| value.split_once(';')).map(|(version, sha256)| {
            SchemaVersion { version: version.trim().to_owned(), sha256: sha256.trim().to_owned() }
        });
        Self {
            request_id: decode::request_id(headers),
            pat_expires_at: text("aisetu-pat-expires-at").and_then(|value| value.parse().ok()),
            schema,
            attempts,
            idempotency_key,
            replayed: text("idempotency-replayed") == Some("true"),
        }
    }
}
