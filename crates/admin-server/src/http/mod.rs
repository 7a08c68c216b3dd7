//! HTTP: who calls, request ids, what every answer carries, and GraphQL over it.

mod client_address;
mod document;
pub(crate) mod graphql;
mod media;

use client_address::{client_address, warn_of_proxy};
pub(crate) use media::{is_json, json_object};

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use admin_token::{Token, TokenKind};

use crate::app::ControlPlane;
use crate::app::caller::{Caller, unauthenticated};
use crate::app::gateway_caller::{self, GatewayCaller};
use crate::crypto::hex;
use crate::error::Error;
use crate::graphql::ControlPlaneSchema;
use crate::ids::RequestId;

/// How long one request may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// How long a readiness that was found holds.
const READY_FOR: Duration = Duration::from_secs(1);

/// How long the database may take to prove it.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// The exported schema; a test proves that it is the one that runs.
const SCHEMA_FILE: &str = include_str!("../../../../schema/schema-public.gql");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SCHEMA: HeaderName = HeaderName::from_static("aisetu-schema");
const PAT_EXPIRES_AT: HeaderName = HeaderName::from_static("aisetu-pat-expires-at");

/// A peer that is not known, which none is.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// What the handlers share. Every request gets it several times, so cloning it must cost next to nothing.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) control_plane: ControlPlane,
    schema: ControlPlaneSchema,
    schema_header: HeaderValue,
    readiness: Mutex<Option<Readiness>>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Set on an answer that has a log of its own, so that a line for each would only cost time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoggedElsewhere;

/// The route whose answers are logged elsewhere. It has no span either, which would cost as much as the answer.
const LOGGED_ELSEWHERE: &str = "/v1/keys/verify";

impl App {
    /// Over a control plane.
    pub(crate) fn new(control_plane: ControlPlane) -> Self {
        let version = format!("{};{}", env!("CARGO_PKG_VERSION"), hex(&Sha256::digest(SCHEMA_FILE.as_bytes())));
        Self(Arc::new(Shared {
            schema: crate::graphql::schema(control_plane.clone()),
            control_plane,
            schema_header: HeaderValue::from_str(&version).unwrap_or(HeaderValue::from_static("unknown")),
            readiness: Mutex::default(),
        }))
    }
}

/// Whether the database could be written, and when that was tried.
struct Readiness {
    at: Instant,
    outcome: Result<(), Error>,
}

/// Ready = the database can be written. Anyone may ask, and a write is dear, so all who ask within [`READY_FOR`] share one.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let mut readiness = app.readiness.lock().await;
    if readiness.as_ref().is_none_or(|known| known.at.elapsed() >= READY_FOR) {
        let outcome = tokio::time::timeout(READY_WITHIN, app.control_plane.ready()).await;
        let outcome = outcome.unwrap_or_else(|_| Err(Error::unavailable("the database does not answer")));
        *readiness = Some(Readiness { at: Instant::now(), outcome });
    }
    match readiness.as_ref().map(|known| &known.outcome) {
        Some(Err(error)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", error.message())).into_response(),
        _ => "ready\n".into_response(),
    }
}

/// Gives each request an id and a log line, and each answer its headers.
pub(crate) async fn frame(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let ports = app.control_plane.ports();
    let id = RequestId::new(ports.clock.now(), &*ports.random);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let named = || tracing::info_span!("request", %id, %method, path = uri.path());
    let span = if uri.path() == LOGGED_ELSEWHERE { Span::none() } else { named() };
    request.extensions_mut().insert(id.clone());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(NOWHERE, |peer| peer.0.ip());
    let trusted = &ports.settings.trusted_proxies;
    let address = client_address(peer, request.headers(), trusted);
    warn_of_proxy(peer, request.headers(), trusted);
    request.extensions_mut().insert(ClientAddress(address));
    let started = Instant::now();
    let mut response = async {
        let response = next.run(request).await;
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let status = response.status().as_u16();
        if response.extensions().get::<LoggedElsewhere>().is_some() {
            if tracing::enabled!(tracing::Level::DEBUG) {
                named().in_scope(|| tracing::debug!(status, micros, "answered"));
            }
        } else if uri.path() == LOGGED_ELSEWHERE {
            named().in_scope(|| tracing::info!(status, micros, "answered"));
        } else {
            tracing::info!(status, micros, "answered");
        }
        response
    }
    .instrument(span)
    .await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(SCHEMA, app.schema_header.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Tells when the caller's token expires.
pub(crate) fn announce_expiry(response: &mut Response, at: Timestamp) {
    if let Ok(at) = HeaderValue::from_str(&format!("{at:.3}")) {
        response.headers_mut().insert(PAT_EXPIRES_AT, at);
    }
}

/// Finds who calls the surface. Whatever is wrong with the header, the answer is the same.
pub(crate) async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Arc<Caller>, Error> {
    let token = bearer(headers, &[TokenKind::Pat]).ok_or_else(unauthenticated)?;
    Ok(Arc::new(app.control_plane.authenticate(token).await?))
}

/// Finds which gateway calls the data plane. Whatever is wrong with the header, the answer is the same.
pub(crate) async fn authenticate_gateway(app: &App, headers: &HeaderMap) -> Result<Arc<GatewayCaller>, Error> {
    let token = bearer(headers, &[TokenKind::Pat, TokenKind::Service]).ok_or_else(gateway_caller::unauthenticated)?;
    app.control_plane.authenticate_gateway(token).await
}

/// The well-formed token of the `Authorization` header. One of another kind is refused before any look-up.
fn bearer(headers: &HeaderMap, kinds: &[TokenKind]) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = admin_token::parse(token.trim()).ok()?;
    (scheme.eq_ignore_ascii_case("bearer") && kinds.contains(&token.kind())).then_some(token)
}

/// What the program calls itself, as an audit event may show it.
pub(crate) fn client(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(text.chars().filter(|c| !c.is_control()).take(200).collect())
}
