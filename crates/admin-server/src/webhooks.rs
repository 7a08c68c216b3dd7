//! What payment providers tell: `POST /v1/webhooks/<provider>`. They prove who they are by a signature, and have no token.

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::error::{Code, Error};
use crate::gateway::failure::failure;
use crate::http::{App, DEADLINE};
use crate::ids::RequestId;
use crate::model::PaymentProvider;

/// 512 KiB; an event of Stripe's has some thousand bytes.
const MAX_BODY: usize = 512 * 1024;

const STRIPE_SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// Whatever is not taken for good is told again by Stripe, for three days; so what does not matter here is taken as well.
pub(crate) async fn stripe(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let work = tokio::time::timeout(DEADLINE, take(&app, &id, &headers, body));
    match work.await.unwrap_or_else(|_| Err(Error::unavailable("the request took too long"))) {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => failure(&error, &id),
    }
}

async fn take(app: &App, id: &RequestId, headers: &HeaderMap, body: Body) -> Result<(), Error> {
    let signature = headers.get(STRIPE_SIGNATURE).and_then(|value| value.to_str().ok());
    let signature = signature.ok_or_else(|| {
        Error::new(Code::BadUserInput, "there is no signature").with_hint("send it as `Stripe-Signature`")
    })?;
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| {
        Error::new(Code::LimitExceeded, format!("the body is larger than {MAX_BODY} bytes, or broke off"))
    })?;
    app.control_plane.payment_notice(PaymentProvider::Stripe, signature, &body, id).await
}
