//! What an answer means: errors first, then data, then the status.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value, error::Category, value::RawValue};

use crate::{
    config::Config,
    error::{
        AdminGraphQlError, AdminHttpError, DecodeError, DecodeProblem, Error, ErrorCode, ErrorObject, RefusedEvent,
        TransportError, status_code,
    },
    ids::RequestId,
    retry, text,
    transport::Answer,
};

/// Both forms of answer: GraphQL's and the data plane's.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    errors: Option<Vec<Map<String, Value>>>,
    #[serde(default)]
    error: Option<Map<String, Value>>,
}

/// What an error says, wherever it stood. A field of another type than agreed counts as absent: it must not hide the rest.
struct Details {
    code: Option<ErrorCode>,
    message: Option<String>,
    field: Option<String>,
    hint: Option<String>,
    object: Option<ErrorObject>,
    retry_after: Option<Duration>,
    request_id: Option<RequestId>,
    refused_events: Vec<RefusedEvent>,
}

impl Details {
    fn new(message: Option<&Value>, details: Option<&Map<String, Value>>, headers: &HeaderMap) -> Self {
        let get = |name: &str| details.and_then(|details| details.get(name));
        let text = |name: &str| get(name).and_then(Value::as_str).map(text::message);
        let object = get("object").and_then(|object| {
            let text = |name: &str| object.get(name).and_then(Value::as_str).map(text::message);
            Some(ErrorObject { id: text("id")?, hint: text("hint") })
        });
        Self {
            code: text("code").map(|code| ErrorCode::from(code.as_str())),
            message: message.and_then(Value::as_str).map(text::message).filter(|message| !message.is_empty()),
            field: text("field"),
            hint: text("hint"),
            object,
            retry_after: get("retryAfterMs")
                .and_then(Value::as_u64)
                .map(Duration::from_millis)
                .or_else(|| retry::retry_after(headers)),
            request_id: text("requestId").map(RequestId::from).or_else(|| request_id(headers)),
            refused_events: get("events").and_then(Value::as_array).into_iter().flatten().filter_map(refused).collect(),
        }
    }
}

/// One of the events of a report that were refused.
fn refused(event: &Value) -> Option<RefusedEvent> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).map(text::message);
    Some(RefusedEvent {
        index: event.get("index")?.as_u64()?.try_into().ok()?,
        id: text("id"),
        code: text("code").map_or(ErrorCode::BadUserInput, |code| ErrorCode::from(code.as_str())),
        field: text("field"),
        message: text("message").unwrap_or_default(),
    })
}

/// The data of a GraphQL answer.
pub(crate) fn graphql<T: DeserializeOwned>(config: &Config, answer: &Answer) -> Result<T, Error> {
    serde_json::from_str(graphql_data(config, answer)?.get()).map_err(|error| shape(config, answer, &error))
}

fn graphql_data<'a>(config: &Config, answer: &'a Answer) -> Result<&'a RawValue, Error> {
    let envelope = serde_json::from_slice::<Envelope<'_>>(&answer.body);
    if let Ok(envelope) = &envelope {
        if let Some(error) = envelope.errors.iter().flatten().next() {
            let extensions = error.get("extensions").and_then(Value::as_object);
            let details = Details::new(error.get("message"), extensions, &answer.headers);
            return Err(match answer.status.as_u16() {
                401 => http(config, answer, details),
                status => graphql_error(status, details),
            });
        }
        if let Some(data) = envelope.data.filter(|_| answer.status.as_u16() != 401) {
            return Ok(data);
        }
    }
    Err(no_data(config, answer, envelope))
}

/// A GraphQL answer as it is, with the first error that stands beside its data.
pub(crate) fn raw(config: &Config, answer: &Answer) -> Result<(u16, Box<RawValue>, Option<Error>), Error> {
    let error = graphql::<Option<IgnoredAny>>(config, answer).err();
    let has_data = serde_json::from_slice::<Envelope<'_>>(&answer.body).is_ok_and(|envelope| envelope.data.is_some());
    match error {
        Some(error) if !has_data => Err(error),
        error => {
            let body = serde_json::from_slice(&answer.body).map_err(|_| not_json(config, answer))?;
            Ok((answer.status.as_u16(), body, error))
        }
    }
}

/// The body of a data-plane answer.
pub(crate) fn data_plane<T: DeserializeOwned>(config: &Config, answer: &Answer) -> Result<T, Error> {
    if answer.status.is_success() {
        return serde_json::from_slice(&answer.body).map_err(|error| match error.classify() {
            Category::Data => shape(config, answer, &error),
            Category::Eof if !answer.body.is_empty() => TransportError::cut(config).into(),
            _ => not_json(config, answer),
        });
    }
    Err(no_data(config, answer, serde_json::from_slice(&answer.body)))
}

/// An answer without data and without GraphQL errors.
fn no_data(config: &Config, answer: &Answer, envelope: Result<Envelope<'_>, serde_json::Error>) -> Error {
    match envelope {
        Ok(Envelope { error: Some(error), .. }) => {
            http(config, answer, Details::new(error.get("message"), Some(&error), &answer.headers))
        }
        _ if !answer.status.is_success() => http(config, answer, Details::new(None, None, &answer.headers)),
        Ok(_) => decode_error(config, answer, DecodeProblem::Empty),
        Err(error) if error.is_eof() && !answer.body.is_empty() => TransportError::cut(config).into(),
        Err(error) if error.is_data() => shape(config, answer, &error),
        Err(_) => not_json(config, answer),
    }
}

fn graphql_error(status: u16, details: Details) -> Error {
    let Details { code, message, field, hint, object, retry_after, request_id, .. } = details;
    AdminGraphQlError {
        code: code.unwrap_or(ErrorCode::Internal),
        message: message.unwrap_or_else(|| "the API refused the call and did not say why".to_owned()),
        field,
        hint,
        object,
        retry_after,
        request_id,
        idempotency_key: None,
        status,
    }
    .into()
}

fn http(config: &Config, answer: &Answer, details: Details) -> Error {
    let status = answer.status.as_u16();
    let Details { code, message, field, hint, retry_after, request_id, refused_events, .. } = details;
    let (message, excerpt) = match message {
        Some(message) => (message, None),
        None => describe(config, answer),
    };
    AdminHttpError {
        status,
        code: match code {
            // A 401 is about the token, whoever answers it.
            Some(code) if status != 401 => code,
            _ => status_code(status),
        },
        message,
        excerpt,
        field,
        server_hint: hint,
        retry_after,
        request_id,
        idempotency_key: None,
        refused_token: config.pat().filter(|_| status == 401).map(Into::into),
        refused_events,
    }
    .into()
}

/// What a status without a message of ours says, with a short piece of a body that is plain text or JSON; and that piece.
fn describe(config: &Config, answer: &Answer) -> (String, Option<String>) {
    let base_url = config.base_url();
    let status = answer.status;
    let Answer { headers, body, .. } = answer;
    if let Some(location) =
        headers.get(LOCATION).and_then(|value| value.to_str().ok()).filter(|_| status.is_redirection())
    {
        let location = text::excerpt(location);
        return (format!("{base_url} answered HTTP {status}, a redirect to {location}"), Some(location));
    }
    let content_type = content_type(headers);
    let readable = content_type.starts_with("text/plain") || content_type.contains("json");
    let excerpt = if readable { text::excerpt(&String::from_utf8_lossy(body)) } else { String::new() };
    match (body.is_empty(), excerpt.is_empty()) {
        (true, _) => (format!("{base_url} answered HTTP {status} and nothing else"), None),
        (false, true) => {
            (format!("{base_url} answered HTTP {status} (content type: {content_type})"), Some(content_type))
        }
        (false, false) => (format!("{base_url} answered HTTP {status}: {excerpt}"), Some(excerpt)),
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(text::excerpt);
    value.filter(|value| !value.is_empty()).unwrap_or_else(|| "none".to_owned())
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<RequestId> {
    let id = text::excerpt(headers.get("x-request-id")?.to_str().ok()?);
    (!id.is_empty()).then(|| RequestId::from(id))
}

pub(crate) fn too_large(config: &Config, answer: &Answer, limit: usize) -> Error {
    decode_error(config, answer, DecodeProblem::TooLarge { limit })
}

fn not_json(config: &Config, answer: &Answer) -> Error {
    decode_error(config, answer, DecodeProblem::NotJson { content_type: content_type(&answer.headers) })
}

fn shape(config: &Config, answer: &Answer, error: &serde_json::Error) -> Error {
    decode_error(config, answer, DecodeProblem::Shape { reason: without_value(&error.to_string()) })
}

fn decode_error(config: &Config, answer: &Answer, problem: DecodeProblem) -> Error {
    DecodeError {
        base_url: config.base_url().clone(),
        problem,
        status: answer.status.as_u16(),
        request_id: request_id(&answer.headers),
        idempotency_key: None,
    }
    .into()
}

/// serde's message without the value that it found, which may be a secret in an unexpected place.
fn without_value(message: &str) -> String {
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    match (message.split_once(": "), expected) {
        (Some((what @ ("invalid type" | "invalid value" | "invalid length"), _)), Some(expected)) => {
            format!("{what}, expected {expected}")
        }
        _ if message.starts_with("missing field") => message.to_owned(),
        _ => {
            let place = message.rfind(" at line ").map_or("", |start| &message[start..]);
            format!("invalid value{place}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_found_is_not_quoted() {
        for (message, expected) in [
            (
                r#"invalid type: string "a, expected b tt_live_x", expected u64 at line 1 column 9"#,
                "invalid type, expected u64 at line 1 column 9",
            ),
            ("missing field `hint` at line 1 column 80", "missing field `hint` at line 1 column 80"),
            ("`correct horse` is no instant at line 1 column 3", "invalid value at line 1 column 3"),
            ("`correct horse` is no instant", "invalid value"),
        ] {
            assert_eq!(without_value(message), expected);
        }
    }
}
