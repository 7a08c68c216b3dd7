//! The data plane: what a gateway asks while it serves calls. Plain HTTP and JSON, beside the GraphQL surface.

mod failure;
mod verify;

use axum::Router;
use axum::routing::post;

use crate::http::App;

/// The routes under `/v1`.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/v1/keys/verify", post(verify::post))
}
