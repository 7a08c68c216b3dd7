//! A layer that guards a service with API keys.

mod memory;
mod presented;
mod refusal;

use std::{
    fmt, mem,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use admin_core::{
    ApiKeyId, DateTime, Error, ErrorCode, Gateway, Metadata, ProjectId, RateLimitState, Verification, VerifyRequest,
    WorkspaceId, api_keys::Environment,
};
use http::{Request, Response, header::AUTHORIZATION, request::Parts};
#[doc(no_inline)]
pub use ipnet::IpNet;
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use self::{
    memory::{Memory, context_digest, key_digest},
    refusal::Refusal,
};

/// How long the control plane is waited for, unless something else is set.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How long an unknown key is refused without asking, unless something else is set.
const NEGATIVE_CACHE: Duration = Duration::from_secs(5);

/// The longest id of a project that is asked about, in bytes; ours have 30.
const LONGEST_PROJECT: usize = 100;

/// The longest slug or id of a connection that is asked about, in characters.
const LONGEST_CONNECTION: usize = 64;

/// Lets a request through only if the control plane says that its API key may do it.
///
/// It takes the key from `Authorization: Bearer`, asks the control plane with what it knows of the caller, and puts a [`VerifiedKey`] into
/// the extensions of a request that passes. Any other is answered by the layer: with 401, 403, 429 or 503, and a body like those of the control
/// plane, `{ "error": { code, message, hint?, retryAfterMs?, .. } }`. The `Authorization` header stays, for a service that
/// hands the key on, and is marked as sensitive: its `Debug` does not show it.
///
/// A layer is cheap to clone, and all clones share the client and what it remembers. So make one, and add to a clone what a route needs:
///
/// ```no_run
/// use std::net::SocketAddr;
///
/// use admin_sdk::{AiSetuAdmin, VerifiedKey, VerifyLayer};
/// use axum::{Extension, Router, extract::ConnectInfo, routing::{get, post}};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = VerifyLayer::new(AiSetuAdmin::from_env()?.gateway())
///     .peer_from(|parts| Some(parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()))
///     .trusted_proxies(["10.0.0.0/24".parse()?])
///     .on_error(|error| eprintln!("API keys cannot be checked: {error}"));
///
/// let app: Router = Router::new()
///     .route("/functions", post(create).layer(keys.clone().scope("functions:write")))
///     .route("/functions/{id}", get(read).layer(keys.scope("functions:read")));
///
/// async fn create(Extension(key): Extension<VerifiedKey>) -> String {
///     format!("made with {}", key.key_id)
/// }
/// # async fn read() {}
///
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # What is known of the caller
/// A key that is restricted to addresses or referrers passes only where they are known.
///
/// - **Address**: none, unless [`peer_from`](Self::peer_from) says where the connection comes from. `X-Forwarded-For` is believed only behind
///   [trusted proxies](Self::trusted_proxies).
/// - **Referrer**: the `Referer` header, else `Origin`.
/// - **User agent**: the `User-Agent` header, for the log.
///
/// # When the control plane does not answer
/// Nothing passes, unless [`when_unreachable`](Self::when_unreachable) says otherwise. That it refuses the service's own token, or does not know a scope
/// that a route needs, is no such case but a fault: it is answered with 500, whatever is set, and [`on_error`](Self::on_error) tells what is wrong.
#[derive(Clone, Debug)]
#[must_use = "a layer guards nothing until a service has it"]
pub struct VerifyLayer {
    shared: Arc<Shared>,
    settings: Arc<Settings>,
}

/// What all clones of a layer share.
#[derive(Debug)]
struct Shared {
    gateway: Gateway,
    memory: Memory,
}

/// Finds something in the head of a request.
type Find<T> = Arc<dyn Fn(&Parts) -> Option<T> + Send + Sync>;

#[derive(Clone)]
struct Settings {
    scopes: Vec<String>,
    project: Option<Find<ProjectId>>,
    resource: Option<Find<String>>,
    connection: Option<Find<String>>,
    peer: Option<Find<IpAddr>>,
    cost: Option<u32>,
    trusted_proxies: Vec<IpNet>,
    timeout: Duration,
    negative_cache: Duration,
    when_unreachable: Unreachable,
    on_error: Arc<dyn Fn(&Error) + Send + Sync>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

/// What becomes of a request while the control plane cannot be reached: no connection, no answer in time, or only that it cannot answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unreachable {
    /// It is refused with 503.
    #[default]
    Deny,
    /// It passes if the same key passed within this time, for the same scopes, project and connection, from the same address and referrer; else it is refused with 503.
    ///
    /// Meanwhile nothing counts against rate limits and budgets, and a key that is revoked passes for as long. A key that expires does not pass,
    /// nor one that was refused after it had passed. Up to 10,000 keys are remembered, with 16 different calls each.
    AllowKnownFor(Duration),
}

/// The API key of a request that passed a [`VerifyLayer`], from the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedKey {
    /// The key.
    pub key_id: ApiKeyId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// What it is for.
    pub environment: Option<Environment>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it expires; `None` = never.
    pub expires_at: Option<DateTime>,
    /// Its labels.
    pub metadata: Metadata,
    /// What is left of its rate limit; `None` = it has none, or the control plane was not reached.
    pub rate_limit: Option<RateLimitState>,
    /// How old the verdict is if the control plane was not reached ([`Unreachable::AllowKnownFor`]); `None` = it is of this request.
    pub stale: Option<Duration>,
}

impl VerifiedKey {
    /// From a verdict that lets pass; `None` if it does not say which key it is about.
    fn of(verification: Verification) -> Option<Self> {
        Some(Self {
            key_id: verification.key_id?,
            workspace_id: verification.workspace_id?,
            environment: verification.environment,
            scopes: verification.scopes.unwrap_or_default(),
            expires_at: verification.expires_at,
            metadata: verification.metadata.unwrap_or_default(),
            rate_limit: verification.rate_limit,
            stale: None,
        })
    }
}

impl VerifyLayer {
    /// Asks with this gateway's token, which needs the scope `keys:verify`. Any key that it may verify passes, until a scope is needed.
    pub fn new(gateway: Gateway) -> Self {
        let settings = Settings {
            scopes: Vec::new(),
            project: None,
            resource: None,
            connection: None,
            peer: None,
            cost: None,
            trusted_proxies: Vec::new(),
            timeout: TIMEOUT,
            negative_cache: NEGATIVE_CACHE,
            when_unreachable: Unreachable::Deny,
            on_error: Arc::new(|_| ()),
            clock: Arc::new(system_clock),
        };
        Self { shared: Arc::new(Shared { gateway, memory: Memory::new() }), settings: Arc::new(settings) }
    }

    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// A scope that the key must have too, such as `functions:write`. With up to 50, it must have all.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.scopes([scope.into()])
    }

    /// Scopes that the key must have too.
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set(|settings| settings.scopes.extend(scopes.into_iter().map(Into::into)))
    }

    /// The project (`prj_…`) for which all calls are made.
    pub fn project(self, project: impl Into<ProjectId>) -> Self {
        let project = project.into();
        self.project_from(move |_| Some(project.clone()))
    }

    /// The project for which a call is made, such as from a header or a part of the path. A key that is restricted to projects
    /// passes only with one of them.
    pub fn project_from(self, find: impl Fn(&Parts) -> Option<ProjectId> + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.project = Some(Arc::new(find)))
    }

    /// What is called, such as `functions`, for log and usage. By default nothing is told: a path has ids in it, and each would be a resource of
    /// its own.
    pub fn resource(self, resource: impl Into<String>) -> Self {
        let resource = resource.into();
        self.resource_from(move |_| Some(resource.clone()))
    }

    /// What is called, from the request, such as from axum's `MatchedPath`. Of more than 100 characters the first 100 count.
    pub fn resource_from(self, find: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.resource = Some(Arc::new(find)))
    }

    /// The tenant's own connection over which a call goes, by slug or id, such as from a part of the path: then it needs no credit. Only a service that
    /// really uses that connection may say so.
    pub fn connection_from(self, find: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.connection = Some(Arc::new(find)))
    }

    /// How much of the key's rate limit a call takes: 0 to 1,000,000, where 0 takes none; 1 by default.
    pub fn cost(self, cost: u32) -> Self {
        self.set(|settings| settings.cost = Some(cost))
    }

    /// Where the connection of a request comes from, as the server knows it: in axum the extension `ConnectInfo<SocketAddr>`. Never take it from a header.
    pub fn peer_from(self, find: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.peer = Some(Arc::new(find)))
    }

    /// The proxies whose `X-Forwarded-For` is believed: blocks, as narrow as they can be named, such as `10.0.0.0/24`, `10.0.0.7/32` or
    /// `IpNet::from(address)`; none by default.
    ///
    /// If the peer is one of them, the client is the last address in the header that is none of them, because anyone may have written what stands further left.
    /// If all are, it is the first of them. If there is no address, or one that cannot be read before the client is found, the client's address is
    /// unknown, and a key that is restricted to addresses does not pass.
    pub fn trusted_proxies(self, proxies: impl IntoIterator<Item = IpNet>) -> Self {
        self.set(|settings| settings.trusted_proxies = proxies.into_iter().collect())
    }

    /// How long the control plane is waited for, retries included: above zero, at most an hour; 2 seconds by default. A client without retries
    /// ([`max_retries`](crate::AiSetuAdminBuilder::max_retries)) knows sooner that nobody is there.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set(|settings| settings.timeout = timeout)
    }

    /// How long a key that is `NOT_FOUND` is refused again without asking; 5 seconds by default, zero asks each time.
    ///
    /// No other verdict is remembered so: a key that is disabled, revoked or expired may be brought back at any moment. Up to 10,000 keys are remembered, by
    /// their SHA-256.
    pub fn negative_cache(self, time: Duration) -> Self {
        self.set(|settings| settings.negative_cache = time)
    }

    /// What becomes of a request while the control plane cannot be reached; by default it is [refused](Unreachable::Deny).
    pub fn when_unreachable(self, policy: Unreachable) -> Self {
        self.set(|settings| settings.when_unreachable = policy)
    }

    /// Hears of each verification that failed, for a log: the caller is only told that the key could not be checked.
    pub fn on_error(self, hear: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.on_error = Arc::new(hear))
    }

    /// What time it is, for `Retry-After` and for keys that expire while the control plane cannot be reached; by default the system's.
    pub fn clock(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.clock = Arc::new(now))
    }

    /// What is to be asked about a request.
    fn question(&self, parts: &Parts) -> Result<VerifyRequest, Box<Refusal>> {
        let settings = &*self.settings;
        let headers = &parts.headers;
        let key = presented::key(headers)?;
        let project = settings.project.as_ref().and_then(|find| find(parts));
        if project.as_ref().is_some_and(|project| project.as_ref().len() > LONGEST_PROJECT) {
            return Err(Refusal::no_such_project().into());
        }
        let peer = settings.peer.as_ref().and_then(|find| find(parts));
        let resource = settings.resource.as_ref().and_then(|find| find(parts));
        let mut question = VerifyRequest::new(key).timeout(settings.timeout);
        question.scopes.clone_from(&settings.scopes);
        question.project = project;
        question.ip = presented::client_address(peer, headers, &settings.trusted_proxies);
        question.referrer = presented::referrer(headers);
        question.user_agent = presented::user_agent(headers);
        question.resource = resource.as_deref().and_then(presented::resource);
        let connection = settings.connection.as_ref().and_then(|find| find(parts));
        // What the control plane would refuse is none of theirs.
        let may_be = |name: &String| {
            (1..=LONGEST_CONNECTION).contains(&name.chars().count()) && !name.chars().any(char::is_control)
        };
        question.connection = connection.filter(may_be);
        question.cost = settings.cost;
        Ok(question)
    }

    async fn verify(&self, question: VerifyRequest) -> Result<VerifiedKey, Box<Refusal>> {
        let (settings, memory) = (&*self.settings, &self.shared.memory);
        let key = key_digest(&question.key);
        if memory.is_unknown(&key, settings.negative_cache) {
            return Err(Refusal::unknown().into());
        }
        let context = context_digest(&question);
        let asked = Instant::now();
        let verification = match self.shared.gateway.verify(question).await {
            Ok(verification) => verification,
            Err(error) => return self.failed(&error, || memory.known(&key, &context)),
        };
        let now = (settings.clock)();
        if !verification.valid {
            memory.refused(key, context, &verification.code);
            return Err(Refusal::of(&verification, &settings.scopes, now).into());
        }
        let verified = VerifiedKey::of(verification).ok_or_else(|| Refusal::fault(None))?;
        if settings.when_unreachable != Unreachable::Deny {
            memory.passed(key, context, asked, &verified);
        }
        Ok(verified)
    }

    /// What becomes of a request of which the control plane said nothing.
    fn failed(
        &self,
        error: &Error,
        known: impl FnOnce() -> Option<(VerifiedKey, Duration)>,
    ) -> Result<VerifiedKey, Box<Refusal>> {
        let settings = &*self.settings;
        // It may be the caller who said what is no project, and so has no business in a log.
        if error.field() == Some("project") {
            return Err(Refusal::no_such_project().into());
        }
        (settings.on_error)(error);
        if !is_unreachable(error) {
            return Err(Refusal::fault(error.request_id()).into());
        }
        let unavailable = || Box::new(Refusal::unavailable(error));
        let Unreachable::AllowKnownFor(time) = settings.when_unreachable else { return Err(unavailable()) };
        let (key, age) = known().filter(|(_, age)| *age <= time).ok_or_else(unavailable)?;
        let now = (settings.clock)();
        if key.expires_at.is_some_and(|at| SystemTime::from(at.timestamp()) <= now) {
            return Err(unavailable());
        }
        Ok(VerifiedKey { rate_limit: None, stale: Some(age), ..key })
    }
}

/// Whether the control plane is away, rather than of another opinion.
fn is_unreachable(error: &Error) -> bool {
    let away = matches!(
        error.code(),
        ErrorCode::Unavailable | ErrorCode::Internal | ErrorCode::RateLimited | ErrorCode::Timeout
    );
    match error {
        Error::Transport(_) | Error::Timeout(_) => true,
        Error::Http(error) => away || error.status >= 500,
        _ => false,
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock that is used where none is passed in")]
fn system_clock() -> SystemTime {
    SystemTime::now()
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("scopes", &self.scopes)
            .field("cost", &self.cost)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("timeout", &self.timeout)
            .field("negative_cache", &self.negative_cache)
            .field("when_unreachable", &self.when_unreachable)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> VerifyService<S> {
        VerifyService { inner, layer: self.clone() }
    }
}

/// A service that a [`VerifyLayer`] guards.
#[derive(Debug, Clone)]
pub struct VerifyService<S> {
    inner: S,
    layer: VerifyLayer,
}

impl<S, B, R> Service<Request<B>> for VerifyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was said to be ready is the one that is called.
        let next = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, next);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let question = layer.question(&parts);
            let verdict = match question {
                Ok(question) => layer.verify(question).await,
                Err(refusal) => Err(refusal),
            };
            match verdict {
                Ok(key) => {
                    if let Some(header) = parts.headers.get_mut(AUTHORIZATION) {
                        header.set_sensitive(true);
                    }
                    parts.extensions.insert(key);
                    inner.call(Request::from_parts(parts, body)).await
                }
                Err(refusal) => Ok(refusal.into_response()),
            }
        })
    }
}
