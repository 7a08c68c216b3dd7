#![doc = include_str!("../README.md")]

pub mod functions;
pub mod sandbox;

use std::sync::Arc;

use admin_sdk::{VerifiedKey, VerifyLayer};
use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use functions::{Full, Function, Functions, MOST, NewFunction};
use sandbox::{Failure, MEMORY, OUTPUT, Sandbox, TIME};

/// The largest body of a request, in bytes: 128 KiB.
pub const MAX_BODY: usize = 128 * 1024;
/// The longest code of a function, in bytes: 64 KiB.
pub const MAX_CODE: usize = 64 * 1024;

/// What the requests share.
#[derive(Debug, Clone)]
struct Api {
    functions: Arc<Functions>,
    sandbox: Arc<Sandbox>,
}

/// All routes, each behind the scope that it needs.
pub fn router(keys: VerifyLayer, sandbox: Sandbox) -> Router {
    let keys = keys.resource("functions");
    let api = Api { functions: Arc::default(), sandbox: Arc::new(sandbox) };
    Router::new()
        .route("/functions", post(create).route_layer(keys.clone().scope("functions:write")))
        .route("/functions/{id}/execute", post(execute).route_layer(keys.scope("functions:execute")))
        .fallback(async || Refused::not_found("there is nothing here"))
        .method_not_allowed_fallback(async || {
            Refused::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "only POST is understood here")
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(api)
}

async fn create(
    State(api): State<Api>,
    Extension(key): Extension<VerifiedKey>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let new: NewFunction = json(body)?;
    if !(1..=100).contains(&new.name.chars().count()) {
        return Err(Refused::bad_input("`name` must have 1 to 100 characters"));
    }
    if new.code.len() > MAX_CODE {
        return Err(Refused::too_large(format!("`code` has {} bytes; it may have {MAX_CODE}", new.code.len())));
    }
    api.sandbox.check(&new.code).await?;
    let kept = api.functions.insert(key.workspace_id, Function { id: id()?, made_from: new })?;
    Ok((StatusCode::CREATED, Json(kept.as_ref())).into_response())
}

async fn execute(
    State(api): State<Api>,
    Extension(key): Extension<VerifiedKey>,
    id: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    #[derive(Serialize)]
    struct Executed {
        output: Box<RawValue>,
    }

    let function = id.ok().and_then(|Path(id)| api.functions.get(&key.workspace_id, &id));
    let function = function.ok_or_else(|| Refused::not_found("there is no such function"))?;
    let input: Box<RawValue> = json(body)?;
    let output = api.sandbox.run(&function.made_from.code, &input).await?;
    Ok(Json(Executed { output }).into_response())
}

/// An id that nobody guesses.
fn id() -> Result<String, Refused> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Refused::internal("the system gives no random numbers"))?;
    Ok(format!("fn_{:032x}", u128::from_be_bytes(random)))
}

fn json<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Refused> {
    let body =
        body.map_err(|_| Refused::too_large(format!("the body has more than {MAX_BODY} bytes, or broke off")))?;
    serde_json::from_slice(&body).map_err(|error| Refused::bad_input(format!("the body is not as it must be: {error}")))
}

/// An error as the layer and the control plane show theirs.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    fn bad_input(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    fn too_large(message: String) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", message)
    }

    fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message)
    }

    /// The function's own doing.
    fn of_the_function(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }
}

impl From<Full> for Refused {
    fn from(_: Full) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "LIMIT_EXCEEDED",
            format!("the workspace has {MOST} functions, and no more are kept"),
        )
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::SyntaxError(why) => Self::bad_input(format!("`code` is no body of a JavaScript function: {why}")),
            Failure::FunctionThrew(what) => {
                Self::of_the_function("FUNCTION_THREW", format!("the function threw {what}"))
            }
            Failure::TimeLimit => {
                Self::of_the_function("TIME_LIMIT", format!("the function ran longer than {} s", TIME.as_secs()))
            }
            Failure::MemoryLimit => Self::of_the_function(
                "MEMORY_LIMIT",
                format!("the function took more than {} MiB of memory", MEMORY / 1024 / 1024),
            ),
            Failure::NeverResolves => {
                Self::of_the_function("NEVER_RESOLVES", "the function awaits a promise that nothing can resolve")
            }
            Failure::OutputNotJson(why) => {
                Self::of_the_function("OUTPUT_NOT_JSON", format!("what the function returned is no JSON: {why}"))
            }
            Failure::OutputTooLarge => Self::of_the_function(
                "OUTPUT_TOO_LARGE",
                format!("what the function returned is more than {} KiB of JSON", OUTPUT / 1024),
            ),
            Failure::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "too many functions are running; try again in a second",
            ),
            Failure::Broken(why) => {
                say(&format!("error: a function could not be run: {why}"));
                Self::internal("the function could not be run")
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error = serde_json::json!({ "error": { "code": self.code, "message": self.message } });
        let mut response = (self.status, Json(error)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Says something to whoever runs the service.
#[expect(clippy::print_stderr, reason = "the one place that prints")]
pub fn say(text: &str) {
    eprintln!("{text}");
}
