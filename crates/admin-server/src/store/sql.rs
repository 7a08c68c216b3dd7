//! A statement whose parts depend on the input.

use super::Value;

/// A statement with its parameters, numbered `$1`, `$2` .. in order of use, as both engines count them.
///
/// ```text
/// let mut sql = Sql::new("SELECT id FROM workspaces WHERE tenant_id = ").bind(tenant);
/// sql = sql.push(" AND name = ").bind(name);
/// tx.query(&sql.text, &sql.params)
/// ```
#[derive(Debug, Clone)]
pub struct Sql {
    /// The statement.
    pub text: String,
    /// Its parameters.
    pub params: Vec<Value>,
}

impl Sql {
    /// Starts with fixed text.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), params: Vec::new() }
    }

    /// Goes on with fixed text.
    #[must_use]
    pub fn push(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a parameter.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.params.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.params.len().to_string());
        self
    }

    /// Goes on with `column IN (..)`; with an empty list nothing matches.
    #[must_use]
    pub fn bind_in<T: Into<Value>>(mut self, column: &str, values: impl IntoIterator<Item = T>) -> Self {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return self.push("1 = 0");
        }
        self = self.push(column).push(" IN (");
        let mut separator = "";
        for value in values {
            self = self.push(separator).bind(value);
            separator = ", ";
        }
        self.push(")")
    }
}
