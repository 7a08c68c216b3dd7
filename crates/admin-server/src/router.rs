//! Every route there is.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};

use crate::app::ControlPlane;
use crate::dev;
use crate::gateway;
use crate::http::{App, frame, graphql, ready};
use crate::webhooks;

/// The routes of a control plane. `dev` adds GraphiQL, and payments that are made by a request.
pub(crate) fn router(control_plane: ControlPlane, dev: bool) -> Router {
    let app = App::new(control_plane);
    let mut router = Router::new()
        .route("/graphql", post(graphql::post).get(graphql::get))
        .route("/v1/keys/verify", post(gateway::verify::post))
        .route("/v1/credentials/resolve", post(gateway::resolve::post))
        .route("/v1/webhooks/stripe", post(webhooks::stripe))
        .route("/v1/usage/events", post(gateway::usage::post))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready));
    if dev {
        router = router
            .route("/dev/top-ups/{id}", get(dev::show_top_up))
            .route("/dev/top-ups/{id}/settle", post(dev::settle_top_up));
        router = router.route("/graphiql", get(|| async { Html(include_str!("graphiql.html")) }));
    }
    router
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(axum::middleware::from_fn_with_state(app.clone(), frame))
        .with_state(app)
}
