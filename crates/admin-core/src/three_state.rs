//! The three states of a field in an update.

use cynic::{coercions::CoercesTo, schema::IsScalar, variables::VariableType};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::schema::variable::Variable;

/// A field of an update: absent leaves it as it is, null clears it, a value sets it.
///
/// In an input object it stands with `#[cynic(skip_serializing_if = "ThreeState::is_absent")]` and `#[serde(default)]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ThreeState<T> {
    /// Leave it as it is.
    #[default]
    Absent,
    /// Clear it.
    Null,
    /// Set it.
    Value(T),
}

impl<T> ThreeState<T> {
    /// Whether the field is to stay as it is.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T> From<T> for ThreeState<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for ThreeState<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Null | Self::Absent => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ThreeState<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(|value| value.map_or(Self::Null, Self::Value))
    }
}

impl<T, Lock> CoercesTo<Option<Lock>> for ThreeState<T> where T: CoercesTo<Lock> {}

impl<T: IsScalar<Lock>, Lock> IsScalar<Lock> for ThreeState<T> {
    type SchemaType = T::SchemaType;
}

impl<T: cynic::InputObject> cynic::InputObject for ThreeState<T> {
    type SchemaType = T::SchemaType;
}

impl<T: cynic::Enum> cynic::Enum for ThreeState<T> {
    type SchemaType = T::SchemaType;
}

impl<T: Variable> Variable for ThreeState<T> {
    const TYPE: VariableType = VariableType::Nullable(&T::TYPE);
}

/// A list as the value of a field that has three states.
///
/// ```
/// use admin_core::{ThreeState, api_keys::UpdateApiKeyRestrictions};
///
/// let update = UpdateApiKeyRestrictions {
///     ip_addresses: vec!["192.0.2.0/24".to_owned()].into(),
///     referrers: ThreeState::Null,
///     ..UpdateApiKeyRestrictions::new("key_…")
/// };
/// # assert_ne!(update.ip_addresses, ThreeState::Absent);
/// ```
// A type of its own, because cynic looks through `Vec` only where a field's type names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "json-schema", schemars(inline))]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

impl<T> From<Vec<T>> for ThreeState<List<T>> {
    fn from(items: Vec<T>) -> Self {
        Self::Value(List(items))
    }
}

impl<T, Lock> CoercesTo<Vec<Lock>> for List<T> where T: CoercesTo<Lock> {}

impl<T: IsScalar<Lock>, Lock> IsScalar<Lock> for List<T> {
    type SchemaType = T::SchemaType;
}

/// The name of the mark that says of a field: null is a value of its own here, and clears it.
#[cfg(feature = "json-schema")]
pub const NULL_CLEARS: &str = "x-null-clears";

#[cfg(feature = "json-schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for ThreeState<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = Option::<T>::json_schema(generator);
        schema.insert(NULL_CLEARS.to_owned(), true.into());
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ApiKeyId, DateTime, Duration, schema};

    #[derive(Debug, PartialEq, Deserialize, cynic::InputObject)]
    #[cynic(graphql_type = "RotateApiKeyInput")]
    #[serde(rename_all = "camelCase")]
    struct Update {
        id: ApiKeyId,
        #[serde(default)]
        #[cynic(skip_serializing_if = "ThreeState::is_absent")]
        grace: ThreeState<Duration>,
        #[serde(default)]
        #[cynic(skip_serializing_if = "ThreeState::is_absent")]
        expires_at: ThreeState<DateTime>,
    }

    #[test]
    fn absent_null_and_value_differ_on_the_wire_both_ways() {
        let date: DateTime = "2026-11-22T09:30:00Z".parse().unwrap();
        for (expires_at, json) in [
            (ThreeState::Absent, r#"{"id":"key_1"}"#),
            (ThreeState::Null, r#"{"id":"key_1","expiresAt":null}"#),
            (date.into(), r#"{"id":"key_1","expiresAt":"2026-11-22T09:30:00.000Z"}"#),
        ] {
            let update = Update { id: "key_1".into(), grace: ThreeState::Absent, expires_at };
            assert_eq!(serde_json::to_string(&update).unwrap(), json);
            assert_eq!(serde_json::from_str::<Update>(json).unwrap(), update);
        }
    }
}
