//! What goes into a statement and what comes out of a row.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// One parameter or one column. Both engines store nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// BIGINT or SMALLINT.
    Int(i64),
    /// TEXT.
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// Microseconds since 1970 in UTC.
impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.as_microsecond())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T> From<&T> for Value
where
    T: Clone + Into<Self>,
{
    fn from(value: &T) -> Self {
        value.clone().into()
    }
}

/// One of many parameters, which are not worth a copy of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param<'a> {
    /// Nothing.
    Null,
    /// BIGINT or SMALLINT.
    Int(i64),
    /// TEXT.
    Text(&'a str),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Param<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

/// Microseconds since 1970 in UTC.
impl From<Timestamp> for Param<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.as_microsecond())
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<Option<&'a str>> for Param<'a> {
    fn from(value: Option<&'a str>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }
}

/// A value to be stored as JSON text.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Value, StoreError> {
    serde_json::to_string(value).map(Value::Text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The same of what may be absent.
pub fn json_if_any<T: Serialize>(value: Option<&T>) -> Result<Value, StoreError> {
    value.map_or(Ok(Value::Null), json)
}

/// A column's value as a Rust type.
pub trait Column: Sized {
    /// Converts it, or says what it is instead.
    fn from_value(value: Value) -> Result<Self, String>;
}

impl Column for i64 {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Int(value) => Ok(value),
            other => Err(format!("expected a number, found {other:?}")),
        }
    }
}

impl Column for String {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(value) => Ok(value),
            other => Err(format!("expected text, found {other:?}")),
        }
    }
}

impl Column for bool {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).map(|value| value != 0)
    }
}

impl Column for Timestamp {
    fn from_value(value: Value) -> Result<Self, String> {
        Self::from_microsecond(i64::from_value(value)?).map_err(|error| error.to_string())
    }
}

impl<T: Column> Column for Option<T> {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// Text that a type's `FromStr` reads, for ids and enums.
macro_rules! column_from_str {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::store::Column for $type {
            fn from_value(value: $crate::store::Value) -> Result<Self, String> {
                let text = <String as $crate::store::Column>::from_value(value)?;
                text.parse().map_err(|_| format!("`{text}` is no {}", stringify!($type)))
            }
        }
    )+};
}
pub(crate) use column_from_str;

/// One row of an answer, read from left to right.
#[derive(Debug)]
pub struct Row {
    columns: std::vec::IntoIter<Value>,
}

impl Row {
    pub(super) fn new(columns: Vec<Value>) -> Self {
        Self { columns: columns.into_iter() }
    }

    /// The next column.
    pub fn take<T: Column>(&mut self) -> Result<T, StoreError> {
        let value = self.columns.next().ok_or_else(|| StoreError::Corrupt("a row has too few columns".into()))?;
        T::from_value(value).map_err(StoreError::Corrupt)
    }

    /// The next column, which holds JSON text.
    pub fn take_json<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        let text: String = self.take()?;
        read_json(&text)
    }

    /// The same of a column that may be NULL.
    pub fn take_json_if_any<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StoreError> {
        self.take::<Option<String>>()?.as_deref().map(read_json).transpose()
    }
}

fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("a JSON column: {error}")))
}
