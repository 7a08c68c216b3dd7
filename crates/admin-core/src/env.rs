//! The environment: which variables are read, and the one place that reads them.

use std::{fmt, sync::Arc};

/// The personal access token.
pub const AI_SETU_PAT: &str = "AI_SETU_PAT";
/// The full URL of the control plane; absent = production.
pub const AI_SETU_API_BASE_URL: &str = "AI_SETU_API_BASE_URL";
/// `1` allows `http` to a host that is not this machine.
pub const AI_SETU_ALLOW_HTTP: &str = "AI_SETU_ALLOW_HTTP";

/// Where variables are looked up. An empty variable counts as unset.
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// The environment of this process.
    pub fn process() -> Self {
        // What is not Unicode is kept with a mark in its place, so that the check of the value names it instead of passing over it.
        Self::new(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// An environment without variables.
    pub fn empty() -> Self {
        Self::new(|_| None)
    }

    /// Looks variables up in the given way.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    /// The variable's value; `None` if it is unset or empty.
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_unset() {
        let env = Environment::new(|name| (name == "A").then(String::new));
        assert_eq!(env.get("A"), None);
        assert_eq!(env.get("B"), None);
        assert!(Environment::process().get("PATH").is_some());
    }
}
