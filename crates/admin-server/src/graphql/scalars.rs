//! Scalars of the schema. Their descriptions are taken from the comments on the `impl` blocks.

use std::collections::BTreeMap;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use jiff::{SignedDuration, Span, Timestamp};

use crate::money::Money;

#[derive(Debug, Clone, Copy)]
pub(crate) struct DateTime(pub Timestamp);

/// An instant, RFC 3339 in UTC with milliseconds, such as `2026-11-22T09:30:00.000Z`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        // Whole milliseconds, as they are shown: what is given is what is kept.
        text.parse().and_then(|at: Timestamp| Timestamp::from_millisecond(at.as_millisecond())).map(Self).map_err(
            |_| InputValueError::custom(format!("`{}` is not an instant such as 2026-11-22T09:30:00Z", shown(text))),
        )
    }

    fn to_value(&self) -> Value {
        Value::String(format!("{:.3}", self.0))
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Duration(pub SignedDuration);

/// A length of time in whole seconds or longer: `30s`, `15m`, `24h`, `7d`, or ISO 8601 such as `PT24H`.
#[Scalar]
impl ScalarType for Duration {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        // A day is 24 hours here, whatever the clocks of a place do.
        let parsed = text.parse::<Span>().and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()));
        match parsed {
            Ok(duration) if duration.subsec_nanos() == 0 => Ok(Self(duration)),
            _ => {
                Err(InputValueError::custom(format!("`{}` is not a length of time such as 24h or PT24H", shown(text))))
            }
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Int64(pub i64);

impl Int64 {
    const BOUND: i64 = (1 << 53) - 1;
}

/// A whole number between -(2^53 - 1) and 2^53 - 1, as a JSON number.
#[Scalar]
impl ScalarType for Int64 {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Number(number) = &value else { return Err(InputValueError::expected_type(value)) };
        // JSON has one kind of number: 1e3 is 1000.
        match number.as_i64().or_else(|| number.as_f64()?.to_string().parse().ok()) {
            Some(number) if (-Self::BOUND..=Self::BOUND).contains(&number) => Ok(Self(number)),
            _ => {
                Err(InputValueError::custom(format!("{number} is not a whole number between -(2^53 - 1) and 2^53 - 1")))
            }
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal(pub Money);

/// A decimal number as text, such as `25` or `25.50`: digits with at most 6 decimals, and never a JSON number, which may be read as a float.
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        if let Value::Number(number) = &value {
            return Err(InputValueError::custom(format!(
                "{number} is a JSON number; write it as text, such as \"25.50\""
            )));
        }
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        text.parse().map(Self).map_err(|_| {
            InputValueError::custom(format!(
                "`{}` is not a decimal number such as \"25.50\", with at most 6 decimals and less than 9.2 * 10^12",
                shown(text)
            ))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Metadata(pub BTreeMap<String, String>);

/// Labels of one's own: an object of at most 50 entries with keys of at most 40 and string values of at most 500 characters.
#[Scalar]
impl ScalarType for Metadata {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Object(entries) = value else { return Err(InputValueError::expected_type(value)) };
        let text = |(key, value): (async_graphql::Name, Value)| match value {
            Value::String(text) => Ok((key.to_string(), text)),
            _ => Err(InputValueError::custom(format!("the value of `{}` is not a string", shown(&key)))),
        };
        entries.into_iter().map(text).collect::<Result<_, _>>().map(Self)
    }

    fn to_value(&self) -> Value {
        let entry = |(key, value): (&String, &String)| (async_graphql::Name::new(key), Value::from(value.as_str()));
        Value::Object(self.0.iter().map(entry).collect())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Snapshot(pub serde_json::Value);

/// An object as it stood at a time: a JSON object with the fields of its type, and never a secret.
#[Scalar]
impl ScalarType for Snapshot {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Object(_) => Ok(Self(value.into_json()?)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(crate) struct Secret(pub admin_token::Secret);

/// A secret in the clear. It is given once, and must not be logged.
#[Scalar]
impl ScalarType for Secret {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(admin_token::Secret::new(text))),
            // The value itself must not reach an error text.
            _ => Err(InputValueError::custom("a secret is a string")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.expose().to_owned())
    }
}

/// A text as an error may show it.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
