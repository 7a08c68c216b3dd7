//! The data plane: what a gateway asks while it serves calls. Plain HTTP and JSON, beside the GraphQL surface.

pub(crate) mod failure;
pub(crate) mod resolve;
pub(crate) mod verify;
