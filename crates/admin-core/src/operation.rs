//! What an operation is, and what a frontend may know of it.

use serde::{Serialize, de::DeserializeOwned};

use crate::output::{Issued, Page};

/// One call of the control-plane API: typed input, one GraphQL document, typed output.
pub trait Operation: Send + Sized + 'static {
    /// What goes out beside the document.
    type Variables: cynic::QueryVariables + Serialize + Send;
    /// What the document selects. The name of this type is the `operationName` on the wire.
    type Data: cynic::QueryFragment + DeserializeOwned + Send + 'static;
    /// What a caller gets.
    type Output: Send + 'static;

    /// Names, texts and consequences.
    const INFO: OperationInfo;

    /// The document with this input as its variables.
    fn document(self) -> cynic::Operation<Self::Data, Self::Variables>;

    /// Takes the output out of its envelope.
    fn output(data: Self::Data) -> Self::Output;
}

/// What a frontend reads as JSON without knowing it: an input.
#[cfg(not(feature = "json-schema"))]
pub trait Input: DeserializeOwned {}
#[cfg(not(feature = "json-schema"))]
impl<T: DeserializeOwned> Input for T {}

/// What a frontend reads as JSON without knowing it, and has a schema of: an input.
#[cfg(feature = "json-schema")]
pub trait Input: DeserializeOwned + schemars::JsonSchema {}
#[cfg(feature = "json-schema")]
impl<T: DeserializeOwned + schemars::JsonSchema> Input for T {}

/// What a frontend shows as JSON without knowing it: an output. No secret is one.
#[cfg(not(feature = "json-schema"))]
pub trait Shown: Serialize + Send + 'static {}
#[cfg(not(feature = "json-schema"))]
impl<T: Serialize + Send + 'static> Shown for T {}

/// What a frontend shows as JSON without knowing it, and has a schema of: an output. No secret is one.
#[cfg(feature = "json-schema")]
pub trait Shown: Serialize + schemars::JsonSchema + Send + 'static {}
#[cfg(feature = "json-schema")]
impl<T: Serialize + schemars::JsonSchema + Send + 'static> Shown for T {}

/// An operation that a frontend may run without knowing it: JSON in, JSON out.
///
/// What issues a secret is not plain, because [`Issued`] does not serialize.
pub trait Plain: Operation<Output: Shown> + Input {}
impl<O: Operation<Output: Shown> + Input> Plain for O {}

/// An operation that makes a secret, which is shown once: out comes the item, and the secret goes where the caller said.
///
/// As long as nobody has the secret, what was made can be undone, so that no secret is lost in force.
pub trait Issuing: Operation<Output = Issued<Self::Item>> {
    /// What is made, without its secret.
    type Item: Shown + Sync;
    /// What undoes it.
    type Undo: Operation;
    /// What is made, in words, such as "API key".
    const NOUN: &'static str;
    /// What is undone and what becomes of it, such as "the key" and "revoked".
    const UNDONE: [&'static str; 2];
    /// Whether the secret takes the place of an earlier one, which works on for a while.
    const REPLACES: bool = false;

    /// The id of what was made.
    fn id(item: &Self::Item) -> &str;

    /// What undoes it; `None` where there is nothing to go back to.
    fn undo(item: &Self::Item) -> Option<Self::Undo>;
}

/// An operation that answers with one page of a list.
pub trait Paged: Operation<Output = Page<Self::Item>> + Clone {
    /// What is listed.
    type Item: Send + 'static;

    /// The same question about the page that begins at the cursor.
    #[must_use]
    fn after(self, cursor: String) -> Self;
}

/// Names, texts and consequences of an operation, from which every frontend takes its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationInfo {
    /// The namespace in snake case, such as `api_keys`.
    pub namespace: &'static str,
    /// The method in snake case, such as `finish_rotation`.
    pub method: &'static str,
    /// A title of a few words.
    pub title: &'static str,
    /// One short sentence.
    pub summary: &'static str,
    /// What it returns, and when not to use it; at most 500 characters.
    pub description: &'static str,
    /// What it does to the world.
    pub effect: Effect,
    /// The least scope of a personal access token that allows it; `None` = any.
    pub scope: Option<&'static str>,
    /// How a person is asked before it runs.
    pub confirm: Confirm,
    /// The name of its MCP tool: `verb_noun`, at most 28 characters.
    pub tool: &'static str,
    /// The group of MCP tools that it belongs to.
    pub toolset: &'static str,
}

impl OperationInfo {
    /// Whether it changes something. A mutation goes out under an idempotency key.
    pub const fn is_mutation(&self) -> bool {
        !matches!(self.effect, Effect::Read)
    }

    /// Whether it goes out without a token: a mutation for which no scope is needed. It takes no idempotency key either, so it is
    /// sent once.
    pub const fn is_public(&self) -> bool {
        self.is_mutation() && self.scope.is_none()
    }

    /// The root field on the wire, such as `apiKeysFinishRotation`.
    pub fn field(&self) -> String {
        let mut field = String::with_capacity(self.namespace.len() + self.method.len());
        for (index, word) in self.namespace.split('_').chain(self.method.split('_')).enumerate() {
            let (first, rest) = word.split_at(word.len().min(1));
            if index == 0 {
                field.push_str(first);
            } else {
                field.push_str(&first.to_ascii_uppercase());
            }
            field.push_str(rest);
        }
        field
    }

    /// The command in the shell, such as `["api-keys", "finish-rotation"]`.
    pub fn command(&self) -> [String; 2] {
        [self.namespace.replace('_', "-"), self.method.replace('_', "-")]
    }
}

/// What an operation does to the world. It decides the scope of the token, the MCP hints and the idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Adds or changes, and takes nothing away from anyone.
    Write,
    /// Takes something away: what worked before may stop working.
    Destroy,
}

/// How a person is asked before an operation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// Not at all.
    None,
    /// By yes or no.
    Moderate,
    /// By typing the name of what goes away.
    Severe,
    /// By seeing the sum.
    Money,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api_keys::FinishApiKeyRotation, auth::WhoAmI};

    #[test]
    fn one_name_gives_all_spellings() {
        assert_eq!(FinishApiKeyRotation::INFO.field(), "apiKeysFinishRotation");
        assert_eq!(FinishApiKeyRotation::INFO.command(), ["api-keys", "finish-rotation"]);
        assert!(FinishApiKeyRotation::INFO.is_mutation());
        assert_eq!(WhoAmI::INFO.field(), "authWhoami");
        assert!(!WhoAmI::INFO.is_mutation());
    }
}
