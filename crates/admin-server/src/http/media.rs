//! Content negotiation as the GraphQL-over-HTTP specification has it.

use axum::http::{HeaderMap, HeaderValue, header};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: a document that fails is still a 200, for clients from before the specification.
    Json,
    /// `application/graphql-response+json`: the status says whether the document was executed.
    GraphQlResponse,
}

impl Media {
    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphQlResponse => "application/graphql-response+json; charset=utf-8",
        })
    }

    /// The form that the caller likes best; `None` = it accepts neither.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let accept: Vec<&str> =
            headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        if accept.is_empty() {
            return Some(Self::Json);
        }
        let mut best: Option<(f32, Self)> = None;
        for range in accept.iter().flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphQlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if quality > 0.0 && best.is_none_or(|(least, _)| quality > least) {
                best = Some((quality, media));
            }
        }
        best.map(|(_, media)| media)
    }
}

/// Whether the body is said to be JSON in UTF-8. Anything else would let a web page post without being asked first.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
        && parts.all(|part| {
            let part = part.to_ascii_lowercase();
            !part.starts_with("charset=") || part.trim_start_matches("charset=").trim_matches('"') == "utf-8"
        })
}

/// Reads a body that must be a JSON object. The decoder alone would also take a list of a struct's fields in order.
pub(crate) fn json_object<T: serde::de::DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(serde::de::Error::custom("a list where an object is asked for"));
    }
    serde_json::from_slice(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
        Media::accepted(&headers)
    }

    #[test]
    fn the_best_liked_form_wins() {
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Media::Json));
        assert_eq!(accepted("*/*"), Some(Media::Json));
        assert_eq!(accepted("application/graphql-response+json, application/json;q=0.9"), Some(Media::GraphQlResponse));
        assert_eq!(accepted("application/json, application/graphql-response+json"), Some(Media::Json));
        assert_eq!(
            accepted("application/json;q=0.1, application/graphql-response+json;q=0.2"),
            Some(Media::GraphQlResponse)
        );
        assert_eq!(accepted("text/html"), None);
        assert_eq!(accepted("application/json;q=0"), None);
    }

    #[test]
    fn only_json_is_json() {
        let is = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            is_json(&headers)
        };
        assert!(is("application/json") && is("Application/JSON; charset=UTF-8"));
        assert!(!is("text/plain") && !is("application/json; charset=utf-16") && !is("application/jsonp"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
