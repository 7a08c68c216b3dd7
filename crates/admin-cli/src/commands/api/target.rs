//! What a document would change, as far as it can be told from outside: which things it names, and which sum.

use std::fmt;

use admin_core::api_keys::GetApiKey;
use admin_core::{ApiKeyId, Confirm, Decimal, OperationInfo, RawRequest};
use serde_json::Value;

use crate::context::Context;
use crate::names::id_prefix;

/// What a document and its variables name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    ids: Vec<String>,
    /// USD.
    pub(super) amount: Option<String>,
}

impl Target {
    pub(super) fn of(request: &RawRequest) -> Self {
        let mut target = Self::default();
        let words = request.query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words.for_each(|word| target.add(word));
        request.variables.iter().for_each(|(name, value)| target.look_at(name, value));
        target.amount = target.amount.or_else(|| written_amount(&request.query));
        target
    }

    fn look_at(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) if name == AMOUNT => {
                self.amount = text.parse::<Decimal>().ok().map(|sum| sum.to_string());
            }
            Value::Number(number) if name == AMOUNT => self.amount = Some(number.to_string()),
            Value::String(text) => self.add(text),
            Value::Array(items) => items.iter().for_each(|item| self.look_at(name, item)),
            Value::Object(members) => members.iter().for_each(|(name, value)| self.look_at(name, value)),
            _ => {}
        }
    }

    fn add(&mut self, word: &str) {
        let is_new = self.ids.iter().all(|id| id != word);
        if is_new && id_prefix(word).is_some() {
            self.ids.push(word.to_owned());
        }
    }

    /// What hangs on the one key that it names.
    pub(super) async fn weight(&self, context: &Context, info: &OperationInfo) -> Vec<String> {
        let keys: Vec<&String> = self.ids.iter().filter(|id| id_prefix(id) == Some("key_")).collect();
        match keys.as_slice() {
            [id] if info.confirm != Confirm::None => {
                match context.follow_up(GetApiKey { id: ApiKeyId::from(id.as_str()) }).await {
                    Ok(key) => context.weight(&key).await,
                    // Whoever may not read it may change it all the same.
                    Err(_) => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }
}

const AMOUNT: &str = "amount";

/// The sum that stands in a document itself: `amount: "25"`.
fn written_amount(query: &str) -> Option<String> {
    let (_, rest) = query.split_once("amount:")?;
    let sum = rest.trim_start().trim_start_matches('"');
    let end = sum.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(sum.len());
    (end > 0).then(|| sum[..end].to_owned())
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.ids.is_empty() {
            write!(f, " on `{}`", self.ids.join("`, `"))?;
        }
        match &self.amount {
            Some(amount) => write!(f, " of {amount} USD"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_names_is_found_wherever_it_stands() {
        let mut request =
            RawRequest::new(r#"mutation($a: X) { apiKeysRevoke(id: "key_01m8457ztde4ss6wsetsst75me") { id } }"#);
        request = request.variable(
            "a",
            serde_json::json!({ "workspaceId": "ws_1", "more": [{ "amount": "25.50" }], "name": "key" }),
        );
        assert_eq!(Target::of(&request).to_string(), " on `key_01m8457ztde4ss6wsetsst75me`, `ws_1` of 25.50 USD");
        let written = RawRequest::new(r#"mutation { billingCreateTopUpIntent(input: { amount: "100" }) { id } }"#);
        assert_eq!(Target::of(&written), Target { ids: Vec::new(), amount: Some("100".to_owned()) });
        assert_eq!(Target::of(&RawRequest::new("mutation { a }")).to_string(), "");
    }
}
