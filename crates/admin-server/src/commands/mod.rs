//! The commands of `aisetu-server` that have commands of their own.

pub(crate) mod token;
