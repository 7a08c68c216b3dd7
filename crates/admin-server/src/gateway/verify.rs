//! `POST /v1/keys/verify`: whether a presented API key may do a thing.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use admin_policy::{Scope, Verdict};
use admin_token::Secret;

use super::failure::failure;
use super::json_body;
use crate::app::validate;
use crate::app::verify::{Question, Verification};
use crate::error::{Code, Error};
use crate::http::{App, DEADLINE, announce_expiry, authenticate_gateway, json_object};
use crate::ids::RequestId;

/// 16 KiB.
const MAX_BODY: usize = 16 * 1024;

#[derive(Deserialize)]
// A misspelt `scopes` would otherwise ask for none, and let more pass than was meant.
#[serde(deny_unknown_fields)]
struct VerifyRequest {
    key: Secret,
    #[serde(default)]
    scopes: Vec<String>,
}

/// The answer. A key that is not found has nothing but the code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerifyAnswer {
    valid: bool,
    code: &'static str,
    #[serde(flatten)]
    key: Option<KeyAnswer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_scopes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyAnswer {
    key_id: String,
    workspace_id: String,
    environment: &'static str,
    scopes: Vec<String>,
    metadata: BTreeMap<String, String>,
    expires_at: Option<String>,
}

pub(crate) async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let work = tokio::time::timeout(DEADLINE, verify(&app, &headers, body));
    let outcome = work.await.unwrap_or_else(|_| {
        Err(Error::new(Code::Unavailable, format!("the request took longer than {} s", DEADLINE.as_secs())))
    });
    outcome.unwrap_or_else(|error| failure(&error, &id))
}

async fn verify(app: &App, headers: &HeaderMap, body: Body) -> Result<Response, Error> {
    let caller = authenticate_gateway(app, headers).await?;
    let expires_at = caller.expires_at();
    let body = json_body(headers, body, MAX_BODY).await?;
    let request: VerifyRequest = json_object(&body).map_err(|error| malformed(&error))?;
    validate::count("scopes", request.scopes.len(), 0, 50)?;
    let scopes = request.scopes.iter().map(|scope| scope.parse()).collect::<Result<Vec<Scope>, _>>();
    let question = Question {
        key: admin_token::parse(request.key.expose()).ok(),
        scopes: scopes.map_err(|error| Error::bad_input("scopes", format!("in `scopes`, {error}")))?,
    };
    let answer = app.control_plane.verify(caller, question).await?;
    let mut response = Json(VerifyAnswer::from(answer)).into_response();
    announce_expiry(&mut response, expires_at);
    Ok(response)
}

impl From<Verification> for VerifyAnswer {
    fn from(verification: Verification) -> Self {
        let verdict = verification.decision.verdict;
        Self {
            valid: verdict == Verdict::Valid,
            code: verdict.as_str(),
            key: verification.key.map(|key| KeyAnswer {
                key_id: key.id.to_string(),
                workspace_id: key.workspace_id.to_string(),
                environment: key.environment.as_str(),
                scopes: key.scopes,
                metadata: key.metadata,
                expires_at: verification.expires_at.map(|at| format!("{at:.3}")),
            }),
            missing_scopes: verification.missing_scopes.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What is wrong with a body, without quoting any of it: the secret may stand anywhere, even where a field's name belongs.
fn malformed(error: &serde_json::Error) -> Error {
    let text = error.to_string();
    let place = format!("(line {}, column {})", error.line(), error.column());
    let what = if text.starts_with("unknown field") {
        format!("the body has a field that is neither `key` nor `scopes` {place}")
    } else if text.starts_with("missing field") {
        "the body has no `key`".to_owned()
    } else if error.is_data() {
        "the body must be an object, in which `key` is a string and `scopes` a list of strings".to_owned()
    } else {
        format!("the body is not JSON {place}")
    };
    Error::new(Code::BadUserInput, what).with_hint(r#"send {"key": "tt_live_…", "scopes": ["functions:read"]}"#)
}
