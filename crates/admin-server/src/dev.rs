//! What only a developer's control plane has beside GraphiQL: a payment is made by a request.

use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::error::Error;
use crate::gateway::failure::failure;
use crate::http::App;
use crate::ids::{RequestId, TopUpId};

/// The page that stands for a payment provider's.
pub(crate) async fn show_top_up(Extension(request_id): Extension<RequestId>, Path(id): Path<String>) -> Response {
    match TopUpId::input("id", &id) {
        // Only a well-formed id is ever shown.
        Ok(id) => Html(include_str!("dev_payment.html").replace("{id}", id.as_str())).into_response(),
        Err(error) => failure(&error, &request_id),
    }
}

/// `POST /dev/top-ups/{id}/settle`: the top-up is paid, told by the same notice as a payment provider's.
pub(crate) async fn settle_top_up(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    // A page of another site may send a form, and its browser says so.
    let foreign = request.headers().get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if foreign {
        return failure(&Error::conflict("a page of another site may not settle payments"), &request_id);
    }
    // Nothing is asked of the body; it is read, so that the connection can go on.
    let _ = to_bytes(request.into_body(), 1024).await;
    let settled = match TopUpId::input("id", &id) {
        Ok(id) => app.control_plane.settle_dev_top_up(id).await,
        Err(error) => Err(error),
    };
    match settled {
        Ok(top_up) => Json(json!({
            "id": top_up.id,
            "state": top_up.state.as_str(),
            "amount": top_up.amount,
            "paidAt": top_up.paid_at.map(|at| format!("{at:.3}")),
        }))
        .into_response(),
        Err(error) => failure(&error, &request_id),
    }
}
