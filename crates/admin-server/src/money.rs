//! Money: whole micro-USD inside, decimal text with a currency outside. Nowhere a float.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::store::{Column, Value};

/// Micro-USD in one USD.
const SCALE: u64 = 1_000_000;
/// Decimals of one micro-USD.
const DECIMALS: usize = 6;

/// The only currency there is.
pub const CURRENCY: &str = "USD";

/// An amount in micro-USD, between plus and minus 9,223,372,036,854.775807 USD. As JSON it is `{ "amount": "25.50", "currency": "USD" }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many micro-USD.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// So many US cents, which is how payments are counted.
    pub const fn from_cents(cents: i64) -> Option<Self> {
        match cents.checked_mul(10_000) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// How many micro-USD.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// How many US cents; `None` for a part of one.
    pub const fn cents(self) -> Option<i64> {
        if self.0 % 10_000 == 0 { Some(self.0 / 10_000) } else { None }
    }

    /// Both together.
    ///
    /// # Errors
    /// `INTERNAL` where it is more than can be counted.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        self.0.checked_add(other.0).map(Self).ok_or_else(|| Error::internal(format!("{self} + {other} USD overflows")))
    }

    /// What is left.
    ///
    /// # Errors
    /// `INTERNAL` where it is more than can be counted.
    pub fn minus(self, other: Self) -> Result<Self, Error> {
        self.0.checked_sub(other.0).map(Self).ok_or_else(|| Error::internal(format!("{self} - {other} USD overflows")))
    }
}

/// A text that is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12")]
pub struct NoAmount;

impl FromStr for Money {
    type Err = NoAmount;

    /// Reads `25`, `25.50` or `-0.000001`: no sign but a minus, no leading zeros, no exponent, no spaces, at most 6 decimals.
    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, decimals) = match digits.split_once('.') {
            Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
            Some(_) => return Err(NoAmount),
            None => (digits, ""),
        };
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let led_by_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || led_by_zero || decimals.len() > DECIMALS || !numeric(whole) || !numeric(decimals) {
            return Err(NoAmount);
        }
        let micros: i64 = format!("{}{whole}{decimals:0<DECIMALS$}", if negative { "-" } else { "" })
            .parse()
            .map_err(|_| NoAmount)?;
        Ok(Self(micros))
    }
}

impl fmt::Display for Money {
    /// With two decimals, and more only where they are not zero: `25.50`, `0.000123`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, micros) = (self.0.unsigned_abs() / SCALE, self.0.unsigned_abs() % SCALE);
        let decimals = format!("{micros:0DECIMALS$}");
        let shown = decimals.trim_end_matches('0');
        write!(f, "{}{whole}.{shown:0<2}", if self.0 < 0 { "-" } else { "" })
    }
}

#[derive(Serialize, Deserialize)]
struct Json<'a> {
    #[serde(borrow)]
    amount: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    currency: std::borrow::Cow<'a, str>,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Json { amount: self.to_string().into(), currency: CURRENCY.into() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Json { amount, currency } = Json::deserialize(deserializer)?;
        if currency != CURRENCY {
            return Err(D::Error::custom("the currency is another one than USD"));
        }
        amount.parse().map_err(D::Error::custom)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Int(money.0)
    }
}

impl Column for Money {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_is_read_as_people_write_it_and_shown_in_one_way() {
        for (given, micros, shown) in [
            ("25", 25_000_000, "25.00"),
            ("25.5", 25_500_000, "25.50"),
            ("25.50", 25_500_000, "25.50"),
            ("0", 0, "0.00"),
            ("-0", 0, "0.00"),
            ("0.000001", 1, "0.000001"),
            ("-0.01", -10_000, "-0.01"),
            ("1.230000", 1_230_000, "1.23"),
            ("9223372036854.775807", i64::MAX, "9223372036854.775807"),
            ("-9223372036854.775808", i64::MIN, "-9223372036854.775808"),
        ] {
            let money: Money = given.parse().unwrap();
            assert_eq!((money.micros(), money.to_string().as_str()), (micros, shown), "{given}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "25.",
            ".5",
            "+25",
            "025",
            "1e3",
            "1,000",
            "1_000",
            " 25",
            "25 ",
            "25.0000001",
            "--1",
            "1.-5",
            "0x10",
            "NaN",
            "inf",
            "25.5.5",
            "٢٥",
            "25€",
            "9223372036854.775808",
            "99999999999999999999",
        ] {
            assert_eq!(text.parse::<Money>(), Err(NoAmount), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_cent_is_no_number_of_cents() {
        assert_eq!(Money::from_micros(25_500_000).cents(), Some(2550));
        assert_eq!(Money::from_micros(25_505_000).cents(), None);
        assert_eq!(Money::from_cents(2550), Some(Money::from_micros(25_500_000)));
        assert_eq!(Money::from_cents(i64::MAX), None);
        assert!(Money::from_micros(i64::MAX).plus(Money::from_micros(1)).is_err());
        assert!(Money::from_micros(i64::MIN).minus(Money::from_micros(1)).is_err());
    }

    proptest! {
        #[test]
        fn an_amount_comes_back_from_its_text_and_its_json(micros: i64) {
            let money = Money::from_micros(micros);
            prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+.0-9e ]{0,24}") {
            let _ = text.parse::<Money>();
        }
    }
}
