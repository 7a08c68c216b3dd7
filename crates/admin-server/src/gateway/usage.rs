//! `POST /v1/usage/events`: what calls cost, as a gateway reports it.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::failure::{failure, refusal};
use super::json_body;
use crate::app::authorization::PatScope;
use crate::app::usage::{Fault, MOST, Outcome, Reported};
use crate::app::validate;
use crate::error::{Code, Error};
use crate::http::{App, DEADLINE, announce_expiry, authenticate_gateway, json_object};
use crate::ids::RequestId;

/// 1 MiB.
const MAX_BODY: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UsageReport {
    events: Vec<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UsageReceipt {
    accepted: usize,
    duplicates: usize,
}

pub(crate) async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let work = tokio::time::timeout(DEADLINE, report(&app, &headers, body, &id));
    let outcome = work.await.unwrap_or_else(|_| {
        // It may still be kept, and is not kept twice.
        Err(Error::unavailable(format!("the request took longer than {} s", DEADLINE.as_secs()))
            .with_hint("report the same events again: each counts once"))
    });
    outcome.unwrap_or_else(|error| failure(&error, &id))
}

async fn report(app: &App, headers: &HeaderMap, body: Body, id: &RequestId) -> Result<Response, Error> {
    let caller = authenticate_gateway(app, headers).await?;
    caller.require_scope("usage/events", PatScope::UsageWrite)?;
    let expires_at = caller.expires_at();
    let body = json_body(headers, body, MAX_BODY).await?;
    let report: UsageReport = json_object(&body).map_err(|error| {
        let message = format!(
            "the body must be an object with the list `events` and nothing else (line {}, column {})",
            error.line(),
            error.column()
        );
        Error::new(Code::BadUserInput, message).with_hint(
            r#"send {"events": [{"id": "…", "at": "2026-11-22T09:30:00Z", "key": "key_…", "costMicroUsd": 1200}]}"#,
        )
    })?;
    validate::count("events", report.events.len(), 1, MOST)?;
    let events = report.events.into_iter().enumerate().map(|(index, event)| read(index, event)).collect();
    let mut response = match app.control_plane.report_usage(caller, id.clone(), events).await? {
        Outcome::Kept(receipt) => {
            let (accepted, duplicates) = (receipt.accepted, receipt.duplicates);
            Json(UsageReceipt { accepted, duplicates }).into_response()
        }
        Outcome::Refused(faults) => refusal(&faults, id),
    };
    announce_expiry(&mut response, expires_at);
    Ok(response)
}

/// The fields of an event that are not read yet. Errors name a field and quote no value: a key's secret may stand where its id belongs.
struct Fields(Map<String, Value>);

const KNOWN: &str =
    "id, at, key, project, resource, model, connection, requests, inputTokens, outputTokens and costMicroUsd";

fn read(index: usize, event: Value) -> Result<Reported, Fault> {
    let id = event.get("id").and_then(Value::as_str).map(|id| id.chars().take(100).collect());
    read_fields(event).map_err(|error| {
        let (code, field, message) = (error.code(), error.field(), error.message().to_owned());
        Fault { index, id, code, field, message }
    })
}

fn read_fields(event: Value) -> Result<Reported, Error> {
    let Value::Object(fields) = event else {
        return Err(Error::new(Code::BadUserInput, "it is no object"));
    };
    let mut fields = Fields(fields);
    let reported = Reported {
        id: fields.required("id")?,
        at: fields.instant("at")?,
        key: fields.required("key")?,
        project: fields.text("project")?,
        resource: fields.text("resource")?,
        model: fields.text("model")?,
        connection: fields.text("connection")?,
        requests: fields.integer("requests")?.unwrap_or(1),
        input_tokens: fields.integer("inputTokens")?.unwrap_or(0),
        output_tokens: fields.integer("outputTokens")?.unwrap_or(0),
        // What is free says so: a cost that was forgotten would never be missed.
        micro_usd: fields.integer("costMicroUsd")?.ok_or_else(|| missing("costMicroUsd"))?,
    };
    if fields.0.is_empty() {
        return Ok(reported);
    }
    Err(Error::new(Code::BadUserInput, format!("it has a field that is none of {KNOWN}")))
}

fn missing(field: &'static str) -> Error {
    Error::bad_input(field, format!("`{field}` is absent"))
}

impl Fields {
    /// Null counts as absent.
    fn take(&mut self, field: &str) -> Option<Value> {
        self.0.remove(field).filter(|value| !value.is_null())
    }

    fn text(&mut self, field: &'static str) -> Result<Option<String>, Error> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::bad_input(field, format!("`{field}` is no string"))),
        }
    }

    fn required(&mut self, field: &'static str) -> Result<String, Error> {
        self.text(field)?.ok_or_else(|| missing(field))
    }

    fn integer(&mut self, field: &'static str) -> Result<Option<i64>, Error> {
        let not_whole = || Error::bad_input(field, format!("`{field}` is no whole number"));
        self.take(field).map(|value| value.as_i64().ok_or_else(not_whole)).transpose()
    }

    /// Whole milliseconds, as instants are kept everywhere.
    fn instant(&mut self, field: &'static str) -> Result<Timestamp, Error> {
        let text = self.required(field)?;
        let at = text.parse().and_then(|at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()));
        at.map_err(|_| Error::bad_input(field, format!("`{field}` is no instant such as 2026-11-22T09:30:00Z")))
    }
}
