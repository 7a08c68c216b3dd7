//! A document as somebody wrote it, for what the typed operations do not have.

use reqwest::header::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{client::Meta, error::Error};

/// A GraphQL document, and what goes with it.
///
/// ```
/// # use admin_core::RawRequest;
/// let request = RawRequest::new("query Names($limit: Int) { workspacesList(input: { limit: $limit }) { items { name } } }")
///     .variable("limit", 10);
/// ```
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RawRequest {
    /// The document.
    pub query: String,
    /// The values of its variables.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// Which of its operations to run, if it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// Whether it changes something: then it goes out under an idempotency key, which makes it safe to send again.
    #[serde(skip)]
    pub is_mutation: bool,
}

impl RawRequest {
    /// A document that changes nothing, without variables.
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), ..Self::default() }
    }

    /// The value of a variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The document changes something.
    #[must_use]
    pub fn mutation(mut self) -> Self {
        self.is_mutation = true;
        self
    }
}

/// An answer as it came. It may have data and an error: some fields of a document can fail and others not.
#[derive(Debug)]
#[non_exhaustive]
pub struct RawResponse {
    /// The body, a JSON object.
    pub body: Box<RawValue>,
    /// The first error in it.
    pub error: Option<Error>,
    /// The HTTP status.
    pub status: u16,
    /// The HTTP headers: each name in lower case with its value, which is text.
    pub headers: Vec<(String, String)>,
    /// What came with it.
    pub meta: Meta,
}

/// What is text of the headers.
pub(crate) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}
