//! Money as the wire has it: decimal text with a currency. Nowhere a float.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    scalars::{ScalarError, text_scalar},
    schema,
};

/// Millionths in one.
const SCALE: u64 = 1_000_000;
/// Decimals of a millionth.
const DECIMALS: usize = 6;

/// A decimal number with at most 6 decimals, kept exactly. It reads `25` and `25.50`; it writes two decimals, and more only where they are
/// not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i64);

cynic::impl_scalar!(Decimal, schema::Decimal);

impl Decimal {
    /// So many millionths: of USD, micro-USD.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// How many millionths.
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl FromStr for Decimal {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        read(text).map(Self).ok_or_else(|| ScalarError::Decimal(text.to_owned()))
    }
}

/// The text in millionths: no sign but a minus, no leading zeros, no exponent, no spaces.
fn read(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, decimals) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some(split) => split,
        None => (digits, ""),
    };
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let led_by_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || led_by_zero || decimals.len() > DECIMALS || !numeric(whole) || !numeric(decimals) {
        return None;
    }
    format!("{sign}{whole}{decimals:0<DECIMALS$}").parse().ok()
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, micros) = (self.0.unsigned_abs() / SCALE, self.0.unsigned_abs() % SCALE);
        let decimals = format!("{micros:0DECIMALS$}");
        let shown = decimals.trim_end_matches('0');
        f.pad(&format!("{}{whole}.{shown:0<2}", if self.0 < 0 { "-" } else { "" }))
    }
}

text_scalar!(Decimal, |decimal| decimal.to_string(), { "type": "string", "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]{1,6})?$", "examples": ["25", "25.50"] });

/// A sum of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Money {
    /// How much, such as `25.50`.
    pub amount: Decimal,
    /// Of what: `USD`.
    pub currency: String,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.amount, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_decimal_number_is_read_exactly_and_written_with_two_decimals_or_more() {
        for (given, micros, written) in [
            ("25", 25_000_000, "25.00"),
            ("25.5", 25_500_000, "25.50"),
            ("25.505", 25_505_000, "25.505"),
            ("-0", 0, "0.00"),
            ("-0.000001", -1, "-0.000001"),
            ("9223372036854.775807", i64::MAX, "9223372036854.775807"),
            ("-9223372036854.775808", i64::MIN, "-9223372036854.775808"),
        ] {
            let decimal: Decimal = given.parse().unwrap();
            assert_eq!((decimal.micros(), decimal.to_string().as_str()), (micros, written), "{given}");
            assert_eq!(serde_json::to_value(decimal).unwrap(), written);
            assert_eq!(serde_json::from_value::<Decimal>(written.into()).unwrap(), decimal);
        }
    }

    #[test]
    fn what_is_no_decimal_number_or_a_float_is_refused() {
        for text in [
            "",
            "-",
            ".5",
            "25.",
            "+25",
            "025",
            "1e3",
            "1,000",
            " 25",
            "25.0000001",
            "NaN",
            "٢٥",
            "9223372036854.775808",
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(ScalarError::Decimal(text.to_owned())));
        }
        assert!(serde_json::from_str::<Decimal>("25.5").is_err(), "a JSON number may have been a float");
        insta::assert_snapshot!("$25".parse::<Decimal>().unwrap_err(), @"`$25` is no decimal number: write digits with at most 6 decimals, such as `25` or `25.50`");
    }

    proptest! {
        #[test]
        fn a_decimal_number_comes_back_from_the_wire(micros: i64) {
            let decimal = Decimal::from_micros(micros);
            prop_assert_eq!(decimal.to_string().parse::<Decimal>().unwrap(), decimal);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+.0-9e ]{0,24}") {
            let _ = text.parse::<Decimal>();
        }
    }
}
