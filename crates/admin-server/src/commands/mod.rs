//! The commands of `aisetu-server` that are more than a few lines.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod kek;
pub(crate) mod ledger;
pub(crate) mod token;
