//! What goes over the wire, for whoever looks for a fault. No secret is in it: what may be one is taken out here, and not by whoever shows it.

use std::{fmt, sync::Arc, time::Duration};

use serde_json::Value;

use crate::{error::Error, idempotency::IdempotencyKey, transport::Answer, transport::Call};

/// The fields of questions that have secrets, or may have them.
const GIVEN: [&str; 9] =
    ["secret", "token", "bootstrapToken", "apiKey", "awsAccessKeyId", "awsSecretAccessKey", "code", "key", "publicKey"];
/// The fields of answers that do.
const GOT: [&str; 6] = ["secret", "token", "clientSecret", "paymentUrl", "enc", "ciphertext"];
/// What stands for them.
const HIDDEN: &str = "[hidden]";

/// One attempt of a call, with its answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Exchange {
    /// Where it went.
    pub url: String,
    /// Which attempt of its call it is, from 1.
    pub attempt: u32,
    /// The name of the idempotency key, if it has one.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The body of the question, as JSON without secrets.
    pub request: String,
    /// How long it took.
    pub took: Duration,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an attempt.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// An answer.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The HTTP headers.
        headers: Vec<(String, String)>,
        /// The body, as JSON without secrets; what is no JSON is not shown.
        body: String,
    },
    /// None.
    Failed {
        /// Why not.
        why: String,
    },
}

/// Is shown every exchange.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(&Exchange) + Send + Sync>);

impl Observer {
    pub(crate) fn new(observe: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(crate) fn see(&self, call: &Call, attempt: u32, took: Duration, answer: &Result<Answer, Error>) {
        let outcome = match answer {
            Ok(answer) => Outcome::Answered {
                status: answer.status.as_u16(),
                headers: crate::raw::texts(&answer.headers),
                body: if call.raw { without_texts(&answer.body) } else { without_secrets(&answer.body, &GOT) },
            },
            Err(error) => Outcome::Failed { why: error.to_string() },
        };
        (self.0)(&Exchange {
            url: call.url.to_string(),
            attempt,
            idempotency_key: call.idempotency_key.clone(),
            request: if call.raw { without_texts(&call.body) } else { without_secrets(&call.body, &GIVEN) },
            took,
            outcome,
        });
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// The shape of a document that somebody else wrote, and of its answer: every text in it may be a secret. What an error says is shown.
fn without_texts(body: &[u8]) -> String {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return format!("[{} bytes that are no JSON]", body.len());
    };
    if let Some(Value::String(query)) = value.get_mut("query") {
        *query = without_literals(query);
    }
    for part in ["variables", "data"] {
        value.get_mut(part).into_iter().for_each(hide_all);
    }
    hide(&mut value, &[]);
    value.to_string()
}

/// A GraphQL document with `[hidden]` in every string, and without its comments.
/// Strings are those of <https://spec.graphql.org/September2025/#sec-String-Value>.
fn without_literals(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    let mut rest = document;
    while let Some(at) = rest.find(['"', '#']) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('#') {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        }
        shown.push('"');
        shown.push_str(HIDDEN);
        shown.push('"');
        let quote = if rest.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
        rest = &rest[quote.len()..];
        loop {
            match (rest.find(quote), rest.find('\\')) {
                // What is escaped ends nothing.
                (Some(end), Some(escape)) if escape < end => {
                    let escaped = rest[escape + 1..].chars().next().map_or(0, char::len_utf8);
                    rest = &rest[escape + 1 + escaped..];
                }
                (Some(end), _) => {
                    rest = &rest[end + quote.len()..];
                    break;
                }
                (None, _) => {
                    rest = "";
                    break;
                }
            }
        }
    }
    shown.push_str(rest);
    shown
}

fn hide_all(value: &mut Value) {
    match value {
        Value::String(text) => HIDDEN.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(hide_all),
        Value::Object(members) => members.values_mut().for_each(hide_all),
        _ => {}
    }
}

fn without_secrets(body: &[u8], fields: &[&str]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            hide(&mut value, fields);
            value.to_string()
        }
        Err(_) => format!("[{} bytes that are no JSON]", body.len()),
    }
}

fn hide(value: &mut Value, fields: &[&str]) {
    match value {
        Value::String(text) if admin_token::find(text).is_some() => HIDDEN.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, fields)),
        Value::Object(members) => {
            for (name, value) in members {
                // An object or a list of that name has its own fields; null says only that there is nothing.
                let is_plain = matches!(value, Value::String(_) | Value::Number(_));
                if is_plain && fields.contains(&name.as_str()) {
                    *value = HIDDEN.into();
                } else {
                    hide(value, fields);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_there() {
        let given = br#"{"query":"q","variables":{"input":{"name":"n","apiKey":"sk-1","nested":[{"secret":"s"}],"text":"see tt_pat_0123456789"}}}"#;
        assert_eq!(
            without_secrets(given, &GIVEN),
            r#"{"query":"q","variables":{"input":{"apiKey":"[hidden]","name":"n","nested":[{"secret":"[hidden]"}],"text":"[hidden]"}}}"#
        );
        let got = br#"{"data":{"a":{"secret":"x","item":{"secret":null},"token":{"id":"pat_1"}}},"code":"NOT_FOUND"}"#;
        assert_eq!(
            without_secrets(got, &GOT),
            r#"{"code":"NOT_FOUND","data":{"a":{"item":{"secret":null},"secret":"[hidden]","token":{"id":"pat_1"}}}}"#
        );
        assert_eq!(without_secrets(b"<html>tt_pat_0123456789", &GOT), "[23 bytes that are no JSON]");
    }

    #[test]
    fn of_a_document_that_somebody_else_wrote_the_shape_is_shown() {
        let given = br#"{"query":"mutation { x(a: \"sk-1\", b: \"\"\"sk-2 \\\"\"\" sk-3\"\"\", c: 4) # sk-5\n { y } }","variables":{"k":"sk-6","n":[7,{"z":"sk-8"}]}}"#;
        assert_eq!(
            without_texts(given),
            r#"{"query":"mutation { x(a: \"[hidden]\", b: \"[hidden]\", c: 4) \n { y } }","variables":{"k":"[hidden]","n":[7,{"z":"[hidden]"}]}}"#
        );
        let got = br#"{"data":{"x":"sk-9","n":1},"errors":[{"message":"no such field","extensions":{"code":"BAD_USER_INPUT"}}]}"#;
        assert_eq!(
            without_texts(got),
            r#"{"data":{"n":1,"x":"[hidden]"},"errors":[{"extensions":{"code":"BAD_USER_INPUT"},"message":"no such field"}]}"#
        );
        for (document, shown) in [
            (r#"{ a(x: "") }"#, r#"{ a(x: "[hidden]") }"#),
            (r#"{ a(x: "\\") b(y: "s\"t") }"#, r#"{ a(x: "[hidden]") b(y: "[hidden]") }"#),
            (r#"{ a(x: "unended"#, r#"{ a(x: "[hidden]""#),
            ("{ a } # \"comment", "{ a } "),
        ] {
            assert_eq!(without_literals(document), shown, "{document}");
        }
    }
}
