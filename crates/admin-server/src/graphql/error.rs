//! Errors as GraphQL carries them: a message, and `extensions` with code, field, hint and so on.

use async_graphql::{ErrorExtensionValues, ServerError, Value};

use crate::error::{Code, Error};

/// An error of the rules, for a resolver to return.
pub fn extend(error: &Error) -> async_graphql::Error {
    let mut answer = async_graphql::Error::new(error.message());
    answer.extensions = Some(extensions(error));
    answer
}

/// An error of the request as a whole, for the HTTP layer to answer with.
pub fn rejection(error: &Error) -> ServerError {
    let mut answer = ServerError::new(error.message(), None);
    answer.extensions = Some(extensions(error));
    answer
}

fn extensions(error: &Error) -> ErrorExtensionValues {
    let mut values = ErrorExtensionValues::default();
    values.set("code", error.code().as_str());
    if let Some(field) = error.field() {
        values.set("field", field);
    }
    if let Some(hint) = error.hint() {
        values.set("hint", hint);
    }
    if let Some(object) = error.object() {
        let entries = [("id", Some(&object.id)), ("hint", object.hint.as_ref())];
        let entry =
            |(name, text): (&str, Option<&String>)| Some((async_graphql::Name::new(name), text?.as_str().into()));
        values.set("object", Value::Object(entries.into_iter().filter_map(entry).collect()));
    }
    if let Some(after) = error.retry_after() {
        values.set("retryAfterMs", u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
    }
    values
}

/// Completes what the executor itself found wrong: without a code of ours it is the document or a variable that breaks a rule.
pub fn complete(error: &mut ServerError, request_id: &str) {
    let values = error.extensions.get_or_insert_default();
    if values.get("code").is_none() {
        values.set("code", Code::BadUserInput.as_str());
    }
    values.set("requestId", request_id);
}
