//! The data plane: what a gateway asks while it serves calls. Plain HTTP and JSON, beside the GraphQL surface.

pub(crate) mod failure;
pub(crate) mod resolve;
pub(crate) mod usage;
pub(crate) mod verify;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;

use crate::error::{Code, Error};
use crate::http::is_json;

/// The body of a request that is said to be JSON and has at most so many bytes.
async fn json_body(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Error> {
    if !is_json(headers) {
        return Err(Error::new(Code::BadUserInput, "the body is not said to be JSON")
            .with_hint("send `Content-Type: application/json`"));
    }
    let too_large = |_| Error::new(Code::LimitExceeded, format!("the body is larger than {most} bytes, or broke off"));
    to_bytes(body, most).await.map_err(too_large)
}
