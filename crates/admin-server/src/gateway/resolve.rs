//! `POST /v1/credentials/resolve`: the credential of a connection, sealed to the gateway that asks.

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use admin_token::Secret;

use super::failure::failure;
use crate::app::resolve::{OnBehalf, ResolveCredential, Resolved};
use crate::error::{Code, Error};
use crate::http::{App, DEADLINE, announce_expiry, authenticate_gateway, client, is_json, json_object};
use crate::ids::{RequestId, WorkspaceId};

/// 16 KiB.
const MAX_BODY: usize = 16 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResolveRequest {
    connection: String,
    key: Option<Secret>,
    workspace_id: Option<String>,
}

/// The answer. What is sealed is base64url without padding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolveAnswer {
    connection_id: String,
    provider: &'static str,
    version: i64,
    token_id: String,
    enc: String,
    ciphertext: String,
}

pub(crate) async fn post(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let work = tokio::time::timeout(DEADLINE, resolve(&app, &headers, body, id.clone()));
    let outcome = work.await.unwrap_or_else(|_| {
        Err(Error::new(Code::Unavailable, format!("the request took longer than {} s", DEADLINE.as_secs())))
    });
    outcome.unwrap_or_else(|error| failure(&error, &id))
}

async fn resolve(app: &App, headers: &HeaderMap, body: Body, request_id: RequestId) -> Result<Response, Error> {
    let caller = authenticate_gateway(app, headers).await?;
    let expires_at = caller.expires_at();
    if !is_json(headers) {
        return Err(Error::new(Code::BadUserInput, "the body is not said to be JSON")
            .with_hint("send `Content-Type: application/json`"));
    }
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| {
        Error::new(Code::LimitExceeded, format!("the body is larger than {MAX_BODY} bytes, or broke off"))
    })?;
    let request: ResolveRequest = json_object(&body).map_err(|error| malformed(&error))?;
    let on_behalf = match (request.key, request.workspace_id) {
        (Some(key), None) => OnBehalf::Key(admin_token::parse(key.expose()).ok()),
        (None, Some(id)) => OnBehalf::Workspace(WorkspaceId::input("workspaceId", &id)?),
        _ => {
            return Err(Error::bad_input("key", "give `key`, or with a tenant's own token `workspaceId` in its place"));
        }
    };
    let input = ResolveCredential { connection: request.connection, on_behalf, request_id, client: client(headers) };
    let answer = app.control_plane.resolve(caller, input).await?;
    let mut response = Json(ResolveAnswer::from(answer)).into_response();
    announce_expiry(&mut response, expires_at);
    Ok(response)
}

impl From<Resolved> for ResolveAnswer {
    fn from(resolved: Resolved) -> Self {
        Self {
            connection_id: resolved.connection_id.to_string(),
            provider: resolved.provider.as_str(),
            version: resolved.version,
            token_id: resolved.token_id,
            enc: URL_SAFE_NO_PAD.encode(resolved.sealed.enc),
            ciphertext: URL_SAFE_NO_PAD.encode(resolved.sealed.ciphertext),
        }
    }
}

/// What is wrong with a body, without quoting any of it: the secret may stand anywhere.
fn malformed(error: &serde_json::Error) -> Error {
    let what = if error.is_data() {
        "the body must be an object with `connection` and `key` or `workspaceId`, all of them strings, and nothing else"
            .to_owned()
    } else {
        format!("the body is not JSON (line {}, column {})", error.line(), error.column())
    };
    Error::new(Code::BadUserInput, what).with_hint(r#"send {"connection": "openai-prod", "key": "tt_live_…"}"#)
}
