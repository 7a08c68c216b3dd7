//! The two shapes that outputs share: a page of a list, and a thing with its new secret.

use admin_token::Secret;
use serde::Serialize;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// Give it as `cursor` to get the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// How many there are on all pages; null where that is not counted.
    pub total_count: Option<i64>,
}

/// A thing with its new secret, which is shown once and cannot be read again.
///
/// It does not serialize: where the secret goes, a caller must say.
#[derive(Debug, Clone)]
#[must_use = "the secret is shown once and cannot be read again"]
pub struct Issued<T> {
    /// The thing, without its secret.
    pub item: T,
    /// The secret.
    pub secret: Secret,
}

impl<T> Issued<T> {
    /// The secret.
    #[doc(alias = "key")]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }
}

/// Takes a page out of its wire type: cynic wants one for each GraphQL type.
macro_rules! page {
    ($wire:ident, $item:ty) => {
        impl From<$wire> for $crate::Page<$item> {
            fn from($wire { items, next_cursor, total_count }: $wire) -> Self {
                Self { items, next_cursor, total_count }
            }
        }
    };
}

/// The same for a thing with its secret.
macro_rules! issued {
    ($wire:ident, $item:ty) => {
        impl From<$wire> for $crate::Issued<$item> {
            fn from($wire { item, secret }: $wire) -> Self {
                Self { item, secret }
            }
        }
    };
}

pub(crate) use {issued, page};
