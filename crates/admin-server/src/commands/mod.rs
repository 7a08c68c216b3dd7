//! The commands of `aisetu-server` that have commands of their own.

pub(crate) mod kek;
pub(crate) mod token;
