//! Types as they are written (`[String!]!`), side by side, and what a schema says of a named one.

use std::collections::{BTreeMap, BTreeSet};

use crate::EntryKind;
use crate::model::{BUILT_IN_SCALARS, Field, InputValue, Kind, Schema, Type};

/// Whether two types differ in nothing but where null may be.
pub(super) fn same_shape(one: &str, other: &str) -> bool {
    let is_kept = |byte: &u8| *byte != b'!';
    one.bytes().filter(is_kept).eq(other.bytes().filter(is_kept))
}

/// Whether `one` is never null wherever `other` is never null. Both have the same shape.
pub(super) fn as_strict(one: &str, other: &str) -> bool {
    levels(one).zip(levels(other)).all(|(one, other)| one == "!" || other != "!")
}

/// `!` or nothing for the named type and each list around it, from within.
fn levels(r#type: &str) -> impl Iterator<Item = &str> {
    r#type.trim_start_matches(|c| c != '!' && c != ']').split(']')
}

pub(super) fn nullable(r#type: &str) -> &str {
    r#type.strip_suffix('!').unwrap_or(r#type)
}

/// The type within a list that may be null.
pub(super) fn item(r#type: &str) -> Option<&str> {
    r#type.strip_prefix('[')?.strip_suffix(']')
}

pub(super) fn is_required(value: &InputValue) -> bool {
    value.r#type.ends_with('!') && value.default.is_none()
}

impl EntryKind {
    /// Whether fields are asked for of what is of this kind.
    pub(super) fn is_composite(self) -> bool {
        matches!(self, Self::Object | Self::Interface | Self::Union)
    }
}

impl Schema {
    pub(super) fn root(&self, kind: EntryKind) -> Option<&str> {
        self.roots().into_iter().find(|(root, _)| *root == kind)?.1
    }

    pub(super) fn kind(&self, name: &str) -> Option<EntryKind> {
        let built_in = BUILT_IN_SCALARS.contains(&name).then_some(EntryKind::Scalar);
        built_in.or_else(|| Some(self.types.get(name)?.kind.entry()))
    }

    pub(super) fn field(&self, r#type: &str, name: &str) -> Option<&Field> {
        match &self.types.get(r#type)?.kind {
            Kind::Object(it) | Kind::Interface(it) => it.fields.get(name),
            _ => None,
        }
    }

    pub(super) fn input_fields(&self, r#type: &str) -> Option<&BTreeMap<String, InputValue>> {
        match &self.types.get(r#type)?.kind {
            Kind::Input { fields, .. } => Some(fields),
            _ => None,
        }
    }

    /// Whether something can be of both types. It must be, where a fragment about the one stands within the other.
    pub(super) fn overlap(&self, one: &str, other: &str) -> bool {
        let is_same = one == other && self.kind(one).is_some_and(EntryKind::is_composite);
        is_same || !self.objects(one).is_disjoint(&self.objects(other))
    }

    /// The object types that something of this type can be of.
    fn objects<'a>(&'a self, name: &'a str) -> BTreeSet<&'a str> {
        let implements = |it: &Type| matches!(&it.kind, Kind::Object(it) if it.interfaces.contains(name));
        match self.types.get(name).map(|it| &it.kind) {
            Some(Kind::Object(_)) => BTreeSet::from([name]),
            Some(Kind::Union(members)) => members.iter().map(String::as_str).collect(),
            Some(Kind::Interface(_)) => {
                let all = self.types.iter().filter(|(_, it)| implements(it));
                all.map(|(name, _)| name.as_str()).collect()
            }
            _ => BTreeSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_compared_at_every_level() {
        for (strict, loose) in [("A!", "A"), ("[A!]!", "[A]"), ("[A!]", "[A]"), ("[[A]!]", "[[A]]"), ("A", "A")] {
            assert!(as_strict(strict, loose) && same_shape(strict, loose), "{strict} {loose}");
            assert_eq!(as_strict(loose, strict), strict == loose, "{strict} {loose}");
        }
        assert!(!as_strict("[A!]", "[A]!") && !as_strict("[A]!", "[A!]"), "neither is stricter");
        assert!(!same_shape("[A]", "A") && !same_shape("[[A]]", "[A]") && !same_shape("A", "B"));
    }
}
