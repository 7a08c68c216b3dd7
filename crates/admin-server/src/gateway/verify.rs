//! `POST /v1/keys/verify`: whether a presented API key may do a thing.

use std::collections::BTreeMap;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use admin_policy::{Scope, ScopeError, Verdict, wait_millis};
use admin_token::Secret;

use super::failure::failure;
use super::json_body;
use crate::app::validate;
use crate::app::verify::{KnownKey, Question, Verification};
use crate::error::{Code, Error};
use crate::http::{App, DEADLINE, LoggedElsewhere, announce_expiry, authenticate_gateway, json_object};
use crate::ids::{ApiKeyId, ProjectId, RequestId, WorkspaceId};

/// 16 KiB.
const MAX_BODY: usize = 16 * 1024;

#[derive(Deserialize)]
// A misspelt `scopes` would otherwise ask for none, and let more pass than was meant.
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct VerifyRequest {
    key: Secret,
    #[serde(default)]
    scopes: Vec<String>,
    project: Option<String>,
    ip: Option<String>,
    referrer: Option<String>,
    user_agent: Option<String>,
    resource: Option<String>,
    connection: Option<String>,
    #[serde(default = "one")]
    cost: i64,
}

/// A call takes one of the rate limit, if nobody says.
const fn one() -> i64 {
    1
}

/// The most of a user agent that is logged, in characters.
const LONGEST_AGENT: usize = 500;

/// What most answers have room in, in bytes.
const USUAL_ANSWER: usize = 512;
/// How many headers an answer has at most.
const HEADERS: usize = 12;

/// The answer. A key that is not found has nothing but the code. The fields of a key stand here one by one, because those of another
/// structure would be written by way of a map, and this is the busiest answer of all.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerifyAnswer<'a> {
    valid: bool,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a ApiKeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<&'a WorkspaceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Expiry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_scopes: Vec<String>,
    /// How long until a call would pass the rate limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<i64>,
    /// When the key may be used again, by its times.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_allowed_at: Option<Instant>,
    /// When the budget that is used up begins anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    resets_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit: Option<RateAnswer>,
}

/// Null of a key that never expires.
#[derive(Serialize)]
struct Expiry(Option<Instant>);

/// What is left of the rate limit.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RateAnswer {
    remaining: u32,
    resets_at: Instant,
}

/// An instant by the millisecond.
struct Instant(Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

pub(crate) async fn post(State(app): State<App>, Extension(id): Extension<RequestId>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let work = tokio::time::timeout(DEADLINE, verify(&app, &parts.headers, body));
    let outcome = work.await.unwrap_or_else(|_| {
        Err(Error::new(Code::Unavailable, format!("the request took longer than {} s", DEADLINE.as_secs())))
    });
    outcome.unwrap_or_else(|error| failure(&error, &id))
}

// What it keeps while it waits is moved with it, so it keeps as little as it can.
async fn verify(app: &App, headers: &HeaderMap, body: Body) -> Result<Response, Error> {
    let caller = authenticate_gateway(app, headers).await?;
    let question = question(&json_body(headers, body, MAX_BODY).await?)?;
    let answer = app.control_plane.verify(&caller, question).await?;
    response(&answer, caller.expires_at())
}

fn question(body: &[u8]) -> Result<Question, Error> {
    let request: VerifyRequest = json_object(body).map_err(|error| malformed(&error))?;
    validate::count("scopes", request.scopes.len(), 0, 50)?;
    let cost = validate::cost(request.cost)?;
    let ip = request.ip.as_deref().map(validate::ip).transpose()?;
    let referrer = request.referrer.filter(|referrer| validate::is_referrer(referrer));
    validate::label("resource", request.resource.as_deref(), 100)?;
    validate::label("connection", request.connection.as_deref(), 64)?;
    let project = request.project.as_deref().map(|id| ProjectId::input("project", id)).transpose()?;
    // It is whatever the client says: what is too long of it is cut off, and refuses nobody.
    let shown = |agent: String| {
        let is_fit = agent.len() <= LONGEST_AGENT && !agent.contains(char::is_control);
        if is_fit { agent } else { agent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect() }
    };
    let scopes =
        request.scopes.iter().enumerate().map(|(place, scope)| scope.parse().map_err(|error| no_scope(place, &error)));
    Ok(Question {
        key: admin_token::parse(request.key.expose()).ok(),
        scopes: scopes.collect::<Result<Vec<Scope>, Error>>()?,
        project,
        resource: request.resource,
        connection: request.connection,
        user_agent: request.user_agent.map(shown),
        ip,
        referrer,
        cost,
    })
}

fn response(answer: &Verification, expires_at: Timestamp) -> Result<Response, Error> {
    let mut json = Vec::with_capacity(USUAL_ANSWER);
    serde_json::to_writer(&mut json, &VerifyAnswer::from(answer)).map_err(Error::internal)?;
    let mut response = Response::new(Body::from(json));
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    announce_expiry(&mut response, expires_at);
    response.extensions_mut().insert(LoggedElsewhere);
    Ok(response)
}

impl<'a> From<&'a Verification> for VerifyAnswer<'a> {
    fn from(verification: &'a Verification) -> Self {
        let verdict = verification.decision.verdict;
        let until = |denial: Verdict| verification.decision.until.filter(|_| verdict == denial);
        let known = verification.key.as_deref();
        let key = known.map(KnownKey::key);
        Self {
            valid: verdict == Verdict::Valid,
            code: verdict.as_str(),
            key_id: key.map(|key| &key.id),
            workspace_id: key.map(|key| &key.workspace_id),
            environment: key.map(|key| key.environment.as_str()),
            scopes: key.map(|key| key.scopes.as_slice()),
            metadata: key.map(|key| &key.metadata),
            expires_at: known.map(|known| Expiry(known.expires_at().map(Instant))),
            missing_scopes: verification.missing_scopes.iter().map(ToString::to_string).collect(),
            retry_after_ms: until(Verdict::RateLimited).map(|at| wait_millis(at, verification.at)),
            next_allowed_at: until(Verdict::OutsideTimeWindow).map(Instant),
            resets_at: until(Verdict::BudgetExceeded).map(Instant),
            rate_limit: verification
                .rate
                .map(|rate| RateAnswer { remaining: rate.remaining, resets_at: Instant(rate.resets_at) }),
        }
    }
}

/// What is no scope may be a secret that stands in the wrong place: its place is told, and not the text.
fn no_scope(place: usize, error: &ScopeError) -> Error {
    let nearest = match error.nearest.as_slice() {
        [] => String::new(),
        nearest => format!("; the nearest are {}", nearest.join(", ")),
    };
    Error::bad_input("scopes", format!("`scopes[{place}]` is not a scope{nearest}"))
}

/// What is wrong with a body, without quoting any of it: the secret may stand anywhere, even where a field's name belongs.
fn malformed(error: &serde_json::Error) -> Error {
    let text = error.to_string();
    let place = format!("(line {}, column {})", error.line(), error.column());
    let what = if text.starts_with("unknown field") {
        format!(
            "the body has a field that is none of `key`, `scopes`, `project`, `ip`, `referrer`, `userAgent`, `resource`, `connection`, `cost` {place}"
        )
    } else if text.starts_with("missing field") {
        "the body has no `key`".to_owned()
    } else if error.is_data() {
        "the body must be an object, in which `scopes` is a list of strings, `cost` a whole number, and the rest strings".to_owned()
    } else {
        format!("the body is not JSON {place}")
    };
    Error::new(Code::BadUserInput, what).with_hint(r#"send {"key": "tt_live_…", "scopes": ["functions:read"]}"#)
}
