//! JSON whose members stay in their order.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    /// What a value is as JSON.
    ///
    /// # Errors
    /// Those of its `Serialize`.
    pub(crate) fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::from_str(&serde_json::to_string(value)?)
    }

    /// The member with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// What is at a path, such as `item.id`; of a list, what is there of each.
    pub(crate) fn at(&self, path: &str) -> Option<Self> {
        let Some((name, rest)) = path.split_once('.') else { return self.get(path).cloned() };
        match self.get(name)? {
            Self::List(items) => {
                Some(Self::List(items.iter().map(|item| item.at(rest).unwrap_or(Self::Null)).collect()))
            }
            value => value.at(rest),
        }
    }

    /// Whether there is something at a path; `None` = that cannot be told, as nothing is there to have it.
    pub(crate) fn has(&self, path: &str) -> Option<bool> {
        match self {
            Self::Null => None,
            Self::List(items) => {
                let told = items.iter().filter_map(|item| item.has(path));
                told.reduce(|one, other| one || other)
            }
            value => {
                let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
                match (value.get(name), rest) {
                    (None, _) => Some(false),
                    (Some(_), None) => Some(true),
                    (Some(value), Some(rest)) => value.has(rest),
                }
            }
        }
    }

    /// An object without depth: what is in an object in it has its path as a name.
    pub(crate) fn flat(&self) -> Vec<(String, &Self)> {
        let mut flat = Vec::new();
        for (name, value) in self.members() {
            match value.members() {
                [] => flat.push((name.clone(), value)),
                _ => flat.extend(value.flat().into_iter().map(|(rest, value)| (format!("{name}.{rest}"), value))),
            }
        }
        flat
    }

    /// The members of an object; nothing else has any.
    pub(crate) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// As a cell of a table: text as it is, nothing for null, a list of such with commas, anything else as JSON.
    pub(crate) fn cell(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::List(items) if !items.iter().any(|item| matches!(item, Self::List(_) | Self::Object(_))) => {
                items.iter().map(Self::cell).collect::<Vec<_>>().join(", ")
            }
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => value.serialize(serializer),
            Self::Number(value) => value.serialize(serializer),
            Self::Text(value) => value.serialize(serializer),
            Self::List(items) => items.serialize(serializer),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stay_in_their_order() {
        let text = r#"{"z":1,"a":[true,null,-2,0.5,"é\n"],"m":{"b":{},"a":18446744073709551615}}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&json).unwrap(), text);
    }

    #[test]
    fn a_path_leads_into_objects_and_through_lists() {
        let json: Json = serde_json::from_str(r#"{"a":{"b":1},"l":[{"b":2},{}],"t":"x.y"}"#).unwrap();
        let at = |path: &str| json.at(path).map(|found| serde_json::to_string(&found).unwrap());
        assert_eq!(at("a.b").as_deref(), Some("1"));
        assert_eq!(at("l.b").as_deref(), Some("[2,null]"));
        assert_eq!((at("a.c"), at("t.x"), at("")), (None, None, None));
    }

    #[test]
    fn what_a_path_leads_to_may_be_unknown() {
        let json: Json = serde_json::from_str(r#"{"a":{"b":1},"n":null,"l":[{"b":null},{}],"e":[],"t":"x"}"#).unwrap();
        let has = ["a.b", "a.c", "n", "n.x", "l.b", "l.c", "e.b", "t.x", "x"].map(|path| json.has(path));
        let [yes, no, unknown] = [Some(true), Some(false), None];
        assert_eq!(has, [yes, no, yes, unknown, yes, no, unknown, no, no]);
    }

    #[test]
    fn a_cell_is_as_plain_as_it_can_be() {
        for (json, cell) in [
            ("null", ""),
            (r#""x""#, "x"),
            ("1.5", "1.5"),
            (r#"["a",1,null]"#, "a, 1, "),
            ("[]", ""),
            (r#"[{"a":1}]"#, r#"[{"a":1}]"#),
        ] {
            assert_eq!(serde_json::from_str::<Json>(json).unwrap().cell(), cell);
        }
    }
}
