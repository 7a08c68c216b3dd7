//! Goes through each operation beside both schemas.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Documents, Operation};
use super::{Incompatibility, Why};
use crate::model::{InputValue, Schema};

/// What a server with the schema `theirs` would make of documents that a client with the schema `ours` sends.
pub(super) fn compare(ours: &Schema, theirs: &Schema, documents: &Documents) -> BTreeSet<Incompatibility> {
    let mut found = BTreeSet::new();
    let boolean = InputValue { description: None, r#type: "Boolean!".to_owned(), default: None, deprecated: None };
    let condition = BTreeMap::from([("if".to_owned(), boolean)]);
    for (name, operation) in &documents.operations {
        let walk = Walk {
            ours,
            theirs,
            documents,
            name,
            operation,
            condition: &condition,
            found: &mut found,
            spread: BTreeSet::new(),
            waiting: Vec::new(),
            sent: BTreeSet::new(),
        };
        walk.operation();
    }
    found
}

pub(super) struct Walk<'a> {
    pub(super) ours: &'a Schema,
    pub(super) theirs: &'a Schema,
    pub(super) documents: &'a Documents,
    pub(super) name: &'a str,
    pub(super) operation: &'a Operation,
    /// What `@include` and `@skip` take: every server has these two, and no schema tells of them.
    pub(super) condition: &'a BTreeMap<String, InputValue>,
    found: &'a mut BTreeSet<Incompatibility>,
    /// The fragments that were met, and which of them are still to be gone through. Each says what it is about, so once is enough.
    pub(super) spread: BTreeSet<&'a str>,
    pub(super) waiting: Vec<&'a str>,
    /// The input types that were gone through: they may contain themselves.
    pub(super) sent: BTreeSet<&'a str>,
}

impl Walk<'_> {
    fn operation(mut self) {
        let Operation { root, variables, body } = self.operation;
        for variable in variables.values() {
            self.variable(variable);
        }
        self.directives(&body.directives);
        match (self.ours.root(*root), self.theirs.root(*root)) {
            (Some(ours), Some(theirs)) => self.selections(ours, theirs, &body.selections),
            _ => self.tell(format!("schema.{root}"), Why::RootMissing),
        }
        while let Some(name) = self.waiting.pop() {
            if let Some(fragment) = self.documents.fragments.get(name) {
                self.directives(&fragment.body.directives);
                self.selections(&fragment.on, &fragment.on, &fragment.body.selections);
            }
        }
    }

    pub(super) fn tell(&mut self, at: impl Into<String>, why: Why) {
        self.found.insert(Incompatibility { operation: self.name.to_owned(), at: at.into(), why });
    }
}
