//! The schema's own scalars. None of their errors quotes more than what a person typed.

use std::{collections::BTreeMap, fmt, str::FromStr, time::SystemTime};

use admin_token::Secret;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::schema;

/// A text that is no value of a scalar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScalarError {
    /// No instant.
    #[error("`{}` is no instant: write RFC 3339 with an offset, such as `2026-11-22T09:30:00Z`", .0.escape_debug())]
    DateTime(String),
    /// An instant that RFC 3339 cannot write.
    #[error("the instant is not within the years -9999 to 9999")]
    DateTimeRange,
    /// No length of time.
    #[error("`{}` is no length of time: write `30s`, `15m`, `24h`, `7d`, `1h30m` or ISO 8601 such as `PT24H`", .0.escape_debug())]
    Duration(String),
    /// A length of time that is negative or not a whole number of seconds, or counts months or years.
    #[error("`{}` is no length of time in whole seconds from 0s up: months, years, fractions and minus signs are not taken", .0.escape_debug())]
    DurationUnit(String),
    /// No decimal number.
    #[error("`{}` is no decimal number: write digits with at most 6 decimals, such as `25` or `25.50`", .0.escape_debug())]
    Decimal(String),
}

/// An instant with milliseconds. It reads RFC 3339 and writes it in UTC, such as `2026-11-22T09:30:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(Timestamp);

cynic::impl_scalar!(DateTime, schema::DateTime);

impl DateTime {
    /// The instant with all that jiff can do.
    pub const fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl From<Timestamp> for DateTime {
    /// Drops what is finer than a millisecond, as the wire does.
    fn from(instant: Timestamp) -> Self {
        let milliseconds = instant.as_nanosecond().div_euclid(1_000_000);
        let whole = i64::try_from(milliseconds).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
        Self(whole.unwrap_or(instant))
    }
}

impl TryFrom<SystemTime> for DateTime {
    type Error = ScalarError;

    /// For an expiry that is counted from now.
    fn try_from(instant: SystemTime) -> Result<Self, ScalarError> {
        Timestamp::try_from(instant).map(Self::from).map_err(|_| ScalarError::DateTimeRange)
    }
}

impl FromStr for DateTime {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Timestamp>().map(Self::from).map_err(|_| ScalarError::DateTime(text.to_owned()))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

/// A length of time in whole seconds. It reads `30s`, `15m`, `24h`, `7d`, `1h30m` and ISO 8601, where a day is 24 hours; it
/// writes ISO 8601 in hours, minutes and seconds, such as `PT24H`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

cynic::impl_scalar!(Duration, schema::Duration);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Duration {
    /// So many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// How many seconds.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Hours, minutes and seconds; the unit of each that is not zero.
    fn write_clock(self, f: &mut impl fmt::Write, units: [char; 3]) -> fmt::Result {
        let parts = [self.0 / HOUR, self.0 % HOUR / MINUTE, self.0 % MINUTE];
        for (part, unit) in parts.into_iter().zip(units) {
            if part > 0 {
                write!(f, "{part}{unit}")?;
            }
        }
        if self.0 == 0 { write!(f, "0{}", units[2]) } else { Ok(()) }
    }

    fn to_iso(self) -> String {
        let mut text = "PT".to_owned();
        // Writing to a String does not fail.
        let _ = self.write_clock(&mut text, ['H', 'M', 'S']);
        text
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        Self::from_secs(duration.0)
    }
}

impl FromStr for Duration {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span: Span = text.parse().map_err(|_| ScalarError::Duration(text.to_owned()))?;
        seconds(&span).map(Self).ok_or_else(|| ScalarError::DurationUnit(text.to_owned()))
    }
}

/// The span in seconds, if it is a whole number of them and its units have a fixed length.
fn seconds(span: &Span) -> Option<u64> {
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let fine = span.get_milliseconds() != 0 || span.get_microseconds() != 0 || span.get_nanoseconds() != 0;
    let total = u64::try_from(days).ok()? * DAY
        + u64::try_from(span.get_hours()).ok()? * HOUR
        + u64::try_from(span.get_minutes()).ok()? * MINUTE
        + u64::try_from(span.get_seconds()).ok()?;
    (!fine).then_some(total)
}

impl fmt::Display for Duration {
    /// As a person writes it: `90s` is `1m30s`, and from two days on whole days are days.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > DAY && self.0.is_multiple_of(DAY) {
            write!(f, "{}d", self.0 / DAY)
        } else {
            self.write_clock(f, ['h', 'm', 's'])
        }
    }
}

/// A text scalar: serde and JSON schema by what it writes and reads.
macro_rules! text_scalar {
    ($name:ident, |$value:ident| $text:expr, $schema:tt) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $value = self;
                serializer.serialize_str(&$text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "json-schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

pub(crate) use text_scalar;

text_scalar!(DateTime, |instant| instant.to_string(), { "type": "string", "format": "date-time" });
text_scalar!(Duration, |duration| duration.to_iso(), { "type": "string", "examples": ["30s", "15m", "24h", "7d", "PT24H"] });

/// Labels of one's own: at most 50 entries, keys of at most 40 and values of at most 500 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, cynic::Scalar)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// The labels.
    pub const fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The labels, to keep.
    pub fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }
}

impl From<BTreeMap<String, String>> for Metadata {
    fn from(labels: BTreeMap<String, String>) -> Self {
        Self(labels)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(labels: I) -> Self {
        Self(labels.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

/// An object as it stood at a time: a JSON object with the fields of its type, and never a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, cynic::Scalar)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Snapshot(serde_json::Map<String, serde_json::Value>);

impl Snapshot {
    /// Its fields.
    pub const fn fields(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.0
    }
}

// GraphQL's Int has 32 bits; `Int64` is a JSON integer of up to 53, which i64 holds.
cynic::impl_scalar!(i64, schema::Int64);
// A secret only ever comes in; `Secret` does not serialize, so no operation can send one by mistake.
cynic::impl_scalar!(Secret, schema::Secret);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_instant_is_written_in_utc_with_exactly_milliseconds() {
        for (given, written) in [
            ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00.000Z"),
            ("2026-11-22T10:30:00.1234567+01:00", "2026-11-22T09:30:00.123Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
        ] {
            let instant: DateTime = given.parse().unwrap();
            assert_eq!(instant.to_string(), written);
            assert_eq!(serde_json::to_value(instant).unwrap(), written);
            assert_eq!(serde_json::from_value::<DateTime>(given.into()).unwrap(), instant);
        }
        insta::assert_snapshot!("tomorrow\u{1b}".parse::<DateTime>().unwrap_err(), @r"`tomorrow\u{1b}` is no instant: write RFC 3339 with an offset, such as `2026-11-22T09:30:00Z`");
        assert!("2026-11-22T09:30:00".parse::<DateTime>().is_err(), "without an offset it is no instant");
    }

    #[test]
    fn an_instant_of_the_systems_clock_is_one_here() {
        let instant = |seconds| DateTime::try_from(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
        assert_eq!(instant(86_400).unwrap().to_string(), "1970-01-02T00:00:00.000Z");
        assert_eq!(instant(1 << 40), Err(ScalarError::DateTimeRange));
    }

    #[test]
    fn a_length_of_time_is_read_as_people_and_as_iso_8601_write_it() {
        for (given, iso, shown) in [
            ("0s", "PT0S", "0s"),
            ("30s", "PT30S", "30s"),
            ("90s", "PT1M30S", "1m30s"),
            ("15m", "PT15M", "15m"),
            ("24h", "PT24H", "24h"),
            ("1d", "PT24H", "24h"),
            ("PT24H", "PT24H", "24h"),
            ("P1DT1H", "PT25H", "25h"),
            ("7d", "PT168H", "7d"),
            ("1w", "PT168H", "7d"),
            ("1h30m", "PT1H30M", "1h30m"),
            ("1h 30m 5s", "PT1H30M5S", "1h30m5s"),
        ] {
            let duration: Duration = given.parse().unwrap();
            assert_eq!(serde_json::to_value(duration).unwrap(), iso, "{given}");
            assert_eq!(duration.to_string(), shown, "{given}");
        }
    }

    #[test]
    fn what_has_no_fixed_length_in_whole_seconds_is_refused() {
        for unit in ["1mo", "P1M", "1y", "P1Y", "-1h", "1h ago", "500ms", "1.5s", "PT0.5S"] {
            let error = unit.parse::<Duration>().unwrap_err();
            assert_eq!(error, ScalarError::DurationUnit(unit.to_owned()));
        }
        for other in ["", "30", "h", "soon", "24 hours of rest"] {
            let error = other.parse::<Duration>().unwrap_err();
            assert_eq!(error, ScalarError::Duration(other.to_owned()));
        }
        insta::assert_snapshot!("30".parse::<Duration>().unwrap_err(), @"`30` is no length of time: write `30s`, `15m`, `24h`, `7d`, `1h30m` or ISO 8601 such as `PT24H`");
        insta::assert_snapshot!("1mo".parse::<Duration>().unwrap_err(), @"`1mo` is no length of time in whole seconds from 0s up: months, years, fractions and minus signs are not taken");
    }

    #[test]
    fn metadata_is_an_object_of_strings() {
        let labels: Metadata = [("team", "a"), ("env", "b")].into_iter().collect();
        assert_eq!(serde_json::to_string(&labels).unwrap(), r#"{"env":"b","team":"a"}"#);
        assert_eq!(serde_json::from_str::<Metadata>(r#"{"env":"b","team":"a"}"#).unwrap(), labels);
        assert!(serde_json::from_str::<Metadata>(r#"{"n":1}"#).is_err());
    }

    proptest! {
        #[test]
        fn an_instant_comes_back_from_the_wire(milliseconds in -62_135_596_800_000i64..253_402_207_200_000) {
            let instant = DateTime::from(Timestamp::from_millisecond(milliseconds).unwrap());
            prop_assert_eq!(instant.to_string().parse::<DateTime>().unwrap(), instant);
            prop_assert_eq!(instant.to_string().len(), 24);
        }

        #[test]
        fn a_length_of_time_comes_back_from_both_its_forms(seconds in 0u64..400_000_000) {
            let duration = Duration::from_secs(seconds);
            prop_assert_eq!(duration.to_string().parse::<Duration>().unwrap(), duration);
            prop_assert_eq!(duration.to_iso().parse::<Duration>().unwrap(), duration);
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = text.parse::<Duration>();
            let _ = text.parse::<DateTime>();
        }
    }
}
