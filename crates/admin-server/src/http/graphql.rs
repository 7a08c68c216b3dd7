//! GraphQL over HTTP, as the specification of that name says it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::parser::parse_query;
use async_graphql::{Response as Outcome, ServerError, Value, Variables};
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::document::{Selected, check_text};
use super::media::{Media, is_json, json_object};
use super::{App, DEADLINE, announce_expiry, authenticate, client};
use crate::app::authorization::RULES;
use crate::app::caller::{Caller, unauthenticated};
use crate::app::operation::Request;
use crate::error::{Code, Error};
use crate::graphql::{CallData, complete, rejection};
use crate::ids::RequestId;

/// 256 KiB.
const MAX_BODY: usize = 256 * 1024;
const MAX_IDEMPOTENCY_KEY: usize = 255;
/// Says that the answer is one that was kept under the idempotency key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The parameters of a request. `extensions` is taken and not used.
#[derive(Deserialize)]
struct Params {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(rename = "extensions")]
    _extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The same in a URL, where maps are JSON in a string.
#[derive(Deserialize)]
pub(crate) struct UrlParams {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

pub(crate) async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(media) = Media::accepted(&headers) else { return not_acceptable() };
    let work = async {
        if !is_json(&headers) {
            let error = Error::new(Code::BadUserInput, "the body is not said to be JSON")
                .with_hint("send `Content-Type: application/json`");
            return failed(&error, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let Ok(body) = to_bytes(body, MAX_BODY).await else {
            let error =
                Error::new(Code::LimitExceeded, format!("the body is larger than {MAX_BODY} bytes, or broke off"));
            return failed(&error, StatusCode::PAYLOAD_TOO_LARGE);
        };
        match json_object::<Params>(&body) {
            Ok(params) => run(&app, &headers, &id, params, Method::Post, media).await,
            Err(error) => failed(&malformed(&error), StatusCode::BAD_REQUEST),
        }
    };
    answer(within_deadline(work).await, &id, media)
}

pub(crate) async fn get(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    url: Result<Query<UrlParams>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Some(media) = Media::accepted(&headers) else { return not_acceptable() };
    let work = async {
        let params = url.ok().and_then(|Query(params)| {
            let map = |text: Option<String>| text.map(|text| serde_json::from_str(&text)).transpose().ok();
            Some(Params {
                query: params.query,
                operation_name: params.operation_name,
                variables: map(params.variables)?,
                _extensions: map(params.extensions)?,
            })
        });
        if let Some(params) = params {
            return run(&app, &headers, &id, params, Method::Get, media).await;
        }
        let error = Error::new(Code::BadUserInput, "the URL's `variables` or `extensions` are not a JSON object");
        failed(&error, StatusCode::BAD_REQUEST)
    };
    answer(within_deadline(work).await, &id, media)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
}

/// What came of a request.
struct Handled {
    status: StatusCode,
    outcome: Outcome,
    /// Whether the document was executed; only then does an answer have `data`.
    executed: bool,
    /// Whether a kept answer was given again.
    replayed: bool,
    caller: Option<Arc<Caller>>,
}

fn failed(error: &Error, status: StatusCode) -> Handled {
    failed_with(vec![rejection(error)], status)
}

fn failed_with(errors: Vec<ServerError>, status: StatusCode) -> Handled {
    Handled { status, outcome: Outcome::from_errors(errors), executed: false, replayed: false, caller: None }
}

async fn within_deadline(work: impl Future<Output = Handled>) -> Handled {
    tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| {
        let error = Error::new(Code::Unavailable, format!("the request took longer than {} s", DEADLINE.as_secs()))
            .with_hint("a change may still happen: retry it with the same idempotency key");
        failed(&error, StatusCode::SERVICE_UNAVAILABLE)
    })
}

async fn run(app: &App, headers: &HeaderMap, id: &RequestId, params: Params, method: Method, media: Media) -> Handled {
    // Nothing here is public yet, so nobody learns anything, not even what is wrong with a document, without a token.
    let caller = match authenticate(app, headers).await {
        Ok(caller) => caller,
        Err(error) if error.code() == Code::Unauthenticated => return failed(&error, StatusCode::UNAUTHORIZED),
        Err(error) => return failed(&error, StatusCode::SERVICE_UNAVAILABLE),
    };
    let mut handled = execute(app, headers, id, params, method, media, &caller).await;
    if handled.status != StatusCode::UNAUTHORIZED {
        handled.caller = Some(caller);
    }
    handled
}

async fn execute(
    app: &App,
    headers: &HeaderMap,
    id: &RequestId,
    params: Params,
    method: Method,
    media: Media,
    caller: &Arc<Caller>,
) -> Handled {
    let Some(text) = params.query else {
        let error = Error::bad_input("query", "`query` is absent; it is the document to execute");
        return failed(&error, StatusCode::BAD_REQUEST);
    };
    // Before the specification, a document that fails was answered with 200.
    let document_error = match media {
        Media::Json => StatusCode::OK,
        Media::GraphQlResponse => StatusCode::BAD_REQUEST,
    };
    if let Err(error) = check_text(&text) {
        return failed(&error, document_error);
    }
    let document = match parse_query(&text) {
        Ok(document) => document,
        Err(error) => return failed_with(vec![error.into()], document_error),
    };
    let variables = Variables::from_json(serde_json::Value::Object(params.variables.unwrap_or_default()));
    let selected = match Selected::new(&document, params.operation_name.as_deref()) {
        Ok(selected) => selected,
        Err(error) => return failed(&error, document_error),
    };
    if method == Method::Get && selected.is_mutation() {
        let error = Error::new(Code::BadUserInput, "a mutation is not taken over GET").with_hint("use POST");
        return failed(&error, StatusCode::METHOD_NOT_ALLOWED);
    }
    if let Err(error) = selected.check().and_then(|()| selected.check_variables(&variables)) {
        return failed(&error, document_error);
    }
    let idempotency_key = match idempotency_key(headers) {
        Ok(key) => key,
        Err(error) => return failed(&error, StatusCode::BAD_REQUEST),
    };
    if let Ok(fields) = selected.root_fields() {
        // A name that the schema does not have is the caller's own text, and may be anything.
        let known = |field: &&str| RULES.iter().any(|rule| rule.field == *field);
        let fields: Vec<&str> = fields.into_iter().filter(known).collect();
        tracing::info!(fields = fields.join(","), user = %caller.user.id, pat = %caller.pat.id, "graphql");
    }
    let replayed = Arc::new(AtomicBool::new(false));
    let call = CallData {
        caller: Arc::clone(caller),
        request: Request { id: id.clone(), client: client(headers), idempotency_key, replayed: Arc::clone(&replayed) },
    };
    let mut request = async_graphql::Request::new(text).variables(variables).data(call);
    request.operation_name = params.operation_name;
    request.set_parsed_query(document);
    let outcome = app.schema.execute(request).await;
    // A change looks at its token once more: one that was revoked meanwhile gets the answer of any revoked token.
    let revoked = Some(&Value::from(Code::Unauthenticated.as_str()));
    if outcome.errors.iter().any(|error| error.extensions.as_ref().and_then(|values| values.get("code")) == revoked) {
        return failed(&unauthenticated(), StatusCode::UNAUTHORIZED);
    }
    // The executor marks what it did not execute by errors without a path.
    let executed = outcome.is_ok() || outcome.errors.iter().any(|error| !error.path.is_empty());
    let status = if executed { StatusCode::OK } else { document_error };
    Handled { status, outcome, executed, replayed: replayed.load(Ordering::Relaxed), caller: None }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<Arc<str>>, Error> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    if text.is_empty() || text.len() > MAX_IDEMPOTENCY_KEY {
        let message = format!(
            "`Idempotency-Key` has {} bytes; it must have 1 to {MAX_IDEMPOTENCY_KEY}, all of them visible ASCII",
            value.len()
        );
        return Err(Error::bad_input("Idempotency-Key", message));
    }
    Ok(Some(text.into()))
}

/// What is wrong with a body, without quoting it: there may be a secret in it.
fn malformed(error: &serde_json::Error) -> Error {
    let what = match error.classify() {
        serde_json::error::Category::Data => {
            "is not an object with `query`, `variables`, `operationName` and `extensions`"
        }
        _ => "is not JSON",
    };
    let place = match error.line() {
        0 => String::new(),
        line => format!(" (line {line}, column {})", error.column()),
    };
    Error::new(Code::BadUserInput, format!("the body {what}{place}"))
        .with_hint("batches are not taken: send one document a request")
}

fn not_acceptable() -> Response {
    (StatusCode::NOT_ACCEPTABLE, "accept application/json or application/graphql-response+json\n").into_response()
}

fn answer(handled: Handled, id: &RequestId, media: Media) -> Response {
    let Handled { status, mut outcome, executed, replayed, caller } = handled;
    for error in &mut outcome.errors {
        complete(error, id.as_str());
    }
    let body = if executed {
        serde_json::to_vec(&outcome)
    } else {
        debug_assert_eq!(outcome.data, Value::Null);
        serde_json::to_vec(&serde_json::json!({ "errors": outcome.errors }))
    };
    let Ok(body) = body else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media.content_type());
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    if let Some(caller) = caller {
        announce_expiry(&mut response, caller.pat.expires_at);
    }
    response
}
