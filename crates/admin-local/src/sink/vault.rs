//! `vault:PATH#FIELD`: a field of a secret in `HashiCorp`'s Vault, by its own program.

use std::collections::BTreeSet;

use admin_token::Secret;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{DeliveryError, Overwrites, Receipt};
use crate::Machine;
use crate::program::{Program, ProgramError, Told, VAULT};

/// More than Vault keeps under one path.
const MOST_READ: usize = 4 << 20;
/// What helps a token that may not look.
const READ: &str = "the token needs `read` on the path, so that nothing there is lost; a policy names it with `data/` behind an \
                    engine of version 2";

/// A field that can be set.
#[derive(Debug)]
pub(super) struct Target {
    vault: Program,
    path: String,
    field: String,
    found: Found,
}

/// What a path has already.
#[derive(Debug)]
enum Found {
    /// No field. It had so many versions before, if its engine counts them.
    Nothing { version: u64 },
    /// These fields. Only an engine of version 2 changes one of them without the others.
    Fields { names: BTreeSet<String>, versioned: bool },
}

pub(super) fn probe(path: &str, field: &str, machine: &Machine) -> Result<Target, DeliveryError> {
    let vault = Program::tool(VAULT, machine)?;
    vault.check(&["token", "lookup"], &[])?;
    let found = look(&vault, path)?;
    if let Found::Fields { names, versioned: false } = &found
        && names.iter().any(|name| name != field)
    {
        return Err(DeliveryError::OtherFields { path: path.to_owned() });
    }
    Ok(Target { vault, path: path.to_owned(), field: field.to_owned(), found })
}

fn look(vault: &Program, path: &str) -> Result<Found, ProgramError> {
    match vault.ask(&["kv", "get"], &["-format=json", path], MOST_READ) {
        Ok(json) => Found::read(&json).ok_or_else(|| ProgramError::Unexpected { what: "vault kv get".to_owned() }),
        Err(ProgramError::Failed { told, .. }) if told.says("No value found at") => Ok(Found::Nothing { version: 0 }),
        Err(ProgramError::Failed { what, status, told, .. }) if is_refusal(&told) => {
            Err(ProgramError::Failed { what, status, told, hint: Some(READ) })
        }
        Err(error) => Err(error),
    }
}

/// Whether the token is known, and may not do it.
fn is_refusal(told: &Told) -> bool {
    ["Code: 403", "returned 403", "permission denied"].iter().any(|words| told.says(words))
}

impl Found {
    /// Reads the names of the fields, and passes over what they hold.
    fn read(json: &[u8]) -> Option<Self> {
        if let Ok(Answer { data: Versioned { data, metadata: Metadata { version } } }) = serde_json::from_slice(json) {
            // The last version may have been deleted.
            let Some(Names(names)) = data else { return Some(Self::Nothing { version }) };
            return Some(Self::Fields { names, versioned: true });
        }
        let Answer { data: Names(names) } = serde_json::from_slice(json).ok()?;
        Some(Self::Fields { names, versioned: false })
    }
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

/// What an engine of version 2 has around the fields.
#[derive(Deserialize)]
struct Versioned {
    data: Option<Names>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    version: u64,
}

/// The keys of an object.
struct Names(BTreeSet<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = std::collections::BTreeMap::<String, IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(fields.into_keys().collect()))
    }
}

impl Target {
    pub(super) fn overwrites(&self) -> Overwrites {
        match &self.found {
            Found::Fields { names, .. } if names.contains(&self.field) => Overwrites::Value,
            Found::Fields { .. } | Found::Nothing { .. } => Overwrites::Nothing,
        }
    }

    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { vault, path, field, found } = self;
        let verb = if matches!(found, Found::Fields { versioned: true, .. }) { "patch" } else { "put" };
        let mut arguments = vec![path.clone(), format!("{field}=-")];
        if let Found::Nothing { version } = found {
            // What came there since is not replaced. An engine of version 1 cannot look, and passes over it.
            arguments.insert(0, format!("-cas={version}"));
        }
        vault.give(&["kv", verb], &arguments, secret)?;
        Ok(Receipt::Vault { path, field })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<(Vec<String>, bool)> {
        match Found::read(json.as_bytes())? {
            Found::Nothing { version } => Some((vec![version.to_string()], true)),
            Found::Fields { names, versioned } => Some((names.into_iter().collect(), versioned)),
        }
    }

    #[test]
    fn both_versions_of_the_engine_are_told_apart() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let versioned = r#"{"data":{"data":{"a":"1","b":{"c":2}},"metadata":{"version":3,"deletion_time":""}}}"#;
        assert_eq!(read(versioned), Some((names(&["a", "b"]), true)));
        let deleted = r#"{"data":{"data":null,"metadata":{"version":3,"deletion_time":"2026-01-01T00:00:00Z"}}}"#;
        assert_eq!(read(deleted), Some((names(&["3"]), true)), "the next one must know which it follows");
        assert_eq!(read(r#"{"data":{"a":"1","b":"2"}}"#), Some((names(&["a", "b"]), false)));
        let named_so = r#"{"data":{"data":"1","metadata":"2"}}"#;
        assert_eq!(read(named_so), Some((names(&["data", "metadata"]), false)));
        assert_eq!(read("Key Value"), None);
    }
}
