//! `op:VAULT/ITEM#FIELD`: a new item of 1Password, by its own program.

use admin_token::Secret;
use serde::{Deserialize, Serialize};

use super::{DeliveryError, Receipt};
use crate::Machine;
use crate::program::{OP, Program, ProgramError};

/// What is told of all items of a vault, which is some hundred bytes for each.
const MOST_LISTED: usize = 4 << 20;

/// A vault that has no such item yet.
#[derive(Debug)]
pub(super) struct NewItem {
    op: Program,
    vault: String,
    item: String,
    field: String,
}

/// An item as `op item list` tells of it.
#[derive(Deserialize)]
struct Listed {
    title: String,
}

/// An item as `op item create` takes it.
#[derive(Serialize)]
struct Template<'a> {
    title: &'a str,
    category: &'static str,
    fields: [Field<'a>; 1],
}

#[derive(Serialize)]
struct Field<'a> {
    /// None = one is made up.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    r#type: &'static str,
    label: &'a str,
    value: &'a str,
}

pub(super) fn probe(vault: &str, item: &str, field: &str, machine: &Machine) -> Result<NewItem, DeliveryError> {
    let op = Program::tool(OP, machine)?;
    // To ask for the one item would not tell two of that name from none.
    let listed = op.ask(&["item", "list"], &["--vault", vault, "--format", "json"], MOST_LISTED)?;
    let unexpected = |_| ProgramError::Unexpected { what: "op item list".to_owned() };
    // An empty vault may be nothing at all.
    let listed: Vec<Listed> = match listed.trim_ascii() {
        [] => Vec::new(),
        listed => serde_json::from_slice(listed).map_err(unexpected)?,
    };
    if listed.iter().any(|listed| listed.title == item) {
        return Err(DeliveryError::ItemExists { vault: vault.to_owned(), item: item.to_owned() });
    }
    Ok(NewItem { op, vault: vault.to_owned(), item: item.to_owned(), field: field.to_owned() })
}

impl NewItem {
    pub(super) fn deliver(self, secret: &Secret) -> Result<Receipt, DeliveryError> {
        let Self { op, vault, item, field } = self;
        let template = template(&item, &field, secret)
            .ok_or_else(|| ProgramError::Unexpected { what: "op item create".to_owned() })?;
        op.give_within(&["item", "create"], &["--vault", &vault, "-"], secret, &template)?;
        Ok(Receipt::OnePassword { vault, item, field })
    }
}

fn template(item: &str, field: &str, secret: &Secret) -> Option<Secret> {
    // Each such item has a field `credential` by itself.
    let id = Some(field).filter(|field| *field == "credential");
    let fields = [Field { id, r#type: "CONCEALED", label: field, value: secret.expose() }];
    let template = Template { title: item, category: "API_CREDENTIAL", fields };
    // Of one size from the beginning: a text that grows leaves copies behind. A character takes 6 bytes at most.
    let mut json = Vec::with_capacity(256 + 6 * (item.len() + 2 * field.len() + secret.expose().len()));
    serde_json::to_writer(&mut json, &template).ok()?;
    String::from_utf8(json).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_json_whatever_the_names_are() {
        let json = |item, field| template(item, field, &Secret::new("s\"1")).unwrap().expose().to_owned();
        assert_eq!(
            json("CI", "credential"),
            r#"{"title":"CI","category":"API_CREDENTIAL","fields":[{"id":"credential","type":"CONCEALED","label":"credential","value":"s\"1"}]}"#
        );
        assert_eq!(
            json("a \"b\"", "key"),
            r#"{"title":"a \"b\"","category":"API_CREDENTIAL","fields":[{"type":"CONCEALED","label":"key","value":"s\"1"}]}"#
        );
    }
}
