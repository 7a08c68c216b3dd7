//! What an API key may be allowed to do: `resource:action`.

use std::fmt;
use std::str::FromStr;

/// One scope of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// What is acted on.
    pub resource: &'static str,
    /// What is done with it.
    pub action: &'static str,
    /// What it allows, for people.
    pub description: &'static str,
}

impl CatalogueEntry {
    /// The scope itself.
    pub const fn scope(self) -> Scope {
        Scope { resource: self.resource, action: self.action }
    }
}

/// What a key gets when its maker names no scope.
pub const DEFAULT_SCOPE: &str = "inference:*";

/// Every scope that a key can hold, beside `resource:*` for each resource.
pub const CATALOGUE: &[CatalogueEntry] = &[
    entry("inference", "read", "List the models that can be called"),
    entry("inference", "execute", "Call models"),
    entry("functions", "read", "Read functions"),
    entry("functions", "write", "Create, update and delete functions"),
    entry("functions", "execute", "Execute functions"),
    entry("workflows", "read", "Read workflows"),
    entry("workflows", "write", "Create, update and delete workflows"),
    entry("workflows", "execute", "Execute workflows"),
    entry("agents", "read", "Read agents"),
    entry("agents", "write", "Create, update and delete agents"),
    entry("agents", "execute", "Execute agents"),
    entry("data", "read", "Read data"),
    entry("data", "write", "Create, update and delete data"),
    entry("events", "read", "Read events"),
    entry("events", "write", "Create, update and delete events"),
    entry("events", "trigger", "Trigger events"),
    entry("admin", "read", "Read admin resources"),
    entry("admin", "write", "Create, update and delete admin resources"),
    entry("admin", "users", "Manage users"),
    entry("admin", "organizations", "Manage organizations"),
    entry("admin", "projects", "Manage projects"),
    entry("admin", "billing", "Manage billing"),
];

const fn entry(resource: &'static str, action: &'static str, description: &'static str) -> CatalogueEntry {
    CatalogueEntry { resource, action, description }
}

/// A scope of the catalogue, or all actions on one resource.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    resource: &'static str,
    /// `*` stands for every action.
    action: &'static str,
}

impl Scope {
    /// Whether holding this scope is enough where `needed` is asked for.
    ///
    /// ```
    /// let held: admin_policy::Scope = "functions:*".parse()?;
    /// assert!(held.covers("functions:execute".parse()?));
    /// assert!(!held.covers("workflows:read".parse()?));
    /// # Ok::<(), admin_policy::ScopeError>(())
    /// ```
    pub fn covers(self, needed: Self) -> bool {
        self.resource == needed.resource && (self.action == "*" || self.action == needed.action)
    }
}

/// A text that is no scope of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{scope}` is not a scope{}", self.suggestion())]
pub struct ScopeError {
    /// The text, cut after 60 characters.
    pub scope: String,
    /// The nearest scopes of the catalogue, at most three.
    pub nearest: Vec<String>,
}

impl ScopeError {
    fn suggestion(&self) -> String {
        match self.nearest.as_slice() {
            [] => String::new(),
            nearest => format!("; the nearest are {}", nearest.join(", ")),
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = text.split_once(':').and_then(|(resource, action)| {
            CATALOGUE
                .iter()
                .find(|entry| entry.resource == resource && (action == "*" || entry.action == action))
                .map(|entry| Self { resource: entry.resource, action: if action == "*" { "*" } else { entry.action } })
        });
        known.ok_or_else(|| ScopeError { scope: printable(text), nearest: nearest(text) })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource, self.action)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// The scopes that a person may have meant.
fn nearest(text: &str) -> Vec<String> {
    let text: String = text.chars().take(60).collect::<String>().to_lowercase();
    let mut ranked: Vec<(usize, String)> = CATALOGUE
        .iter()
        .map(|entry| entry.scope().to_string())
        .map(|known| (strsim::damerau_levenshtein(&text, &known), known))
        .filter(|(distance, known)| *distance <= known.len() / 2)
        .collect();
    ranked.sort();
    ranked.into_iter().take(3).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_catalogue_parses_and_prints_as_itself() {
        for entry in CATALOGUE {
            let text = format!("{}:{}", entry.resource, entry.action);
            let scope: Scope = text.parse().unwrap();
            assert_eq!((scope, scope.to_string()), (entry.scope(), text));
            let all: Scope = format!("{}:*", entry.resource).parse().unwrap();
            assert!(all.covers(scope));
            assert!(!scope.covers(all), "one action is not every action");
        }
        assert!(DEFAULT_SCOPE.parse::<Scope>().is_ok());
    }

    #[test]
    fn a_typo_names_the_nearest() {
        let error = "function:raed".parse::<Scope>().unwrap_err();
        assert_eq!(error.nearest[0], "functions:read");
        assert_eq!(
            error.to_string(),
            "`function:raed` is not a scope; the nearest are functions:read, functions:write, functions:execute"
        );
        assert_eq!("*".parse::<Scope>().unwrap_err().to_string(), "`*` is not a scope");
        assert!("".parse::<Scope>().is_err());
        assert!("functions".parse::<Scope>().is_err());
        assert!("functions:read:x".parse::<Scope>().is_err());
    }
}
