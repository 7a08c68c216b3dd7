//! Errors of the data plane: `{ "error": { code, message, .. } }`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::usage::Fault;
use crate::error::{Code, Error};
use crate::ids::RequestId;

#[derive(Serialize)]
struct Envelope<'a> {
    error: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u128>,
    request_id: &'a str,
    /// Of a list: each thing that is wrong with it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    events: &'a [EventFault<'a>],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventFault<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    message: &'a str,
}

/// The status that goes with a code.
fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Unauthorized => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::BadUserInput => StatusCode::BAD_REQUEST,
        Code::Conflict | Code::AlreadyCreated => StatusCode::CONFLICT,
        Code::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Code::LimitExceeded => StatusCode::PAYLOAD_TOO_LARGE,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The answer to a report that was refused because of some of its events; it names every one of them.
pub(super) fn refusal(faults: &[Fault], id: &RequestId) -> Response {
    let reused = |fault: &Fault| fault.code == Code::IdempotencyMismatch;
    let code = if faults.iter().all(reused) { Code::IdempotencyMismatch } else { Code::BadUserInput };
    let first = faults.first().map(|fault| format!("event {}: {}", fault.index, fault.message)).unwrap_or_default();
    let message = match faults.len() {
        1 => format!("nothing was kept because of one event; {first}"),
        count => format!("nothing was kept because of {count} events; {first}"),
    };
    let error = Error::new(code, message)
        .with_hint("mend or leave out what `events` names and report the rest again: each event counts once");
    let events: Vec<EventFault<'_>> = faults
        .iter()
        .map(|fault| EventFault {
            index: fault.index,
            id: fault.id.as_deref(),
            code: fault.code.as_str(),
            field: fault.field,
            message: &fault.message,
        })
        .collect();
    let field = faults.first().map(|fault| match fault.field {
        Some(field) => format!("events[{}].{field}", fault.index),
        None => format!("events[{}]", fault.index),
    });
    answer(&error, field.as_deref(), &events, id)
}

pub(crate) fn failure(error: &Error, id: &RequestId) -> Response {
    answer(error, error.field(), &[], id)
}

fn answer(error: &Error, field: Option<&str>, events: &[EventFault<'_>], id: &RequestId) -> Response {
    let body = Body {
        code: error.code().as_str(),
        message: error.message(),
        field,
        hint: error.hint(),
        retry_after_ms: error.retry_after().map(|after| after.as_millis()),
        request_id: id.as_str(),
        events,
    };
    let mut response = (status(error.code()), Json(Envelope { error: body })).into_response();
    if error.code() == Code::Unauthenticated {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
