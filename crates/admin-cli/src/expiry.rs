//! `--expires`: a length of time from now, or an instant.

use std::str::FromStr;

use admin_core::{DateTime, Duration};
use jiff::{SignedDuration, Timestamp};

/// When something expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// So long from now.
    After(Duration),
    /// At this instant.
    At(DateTime),
}

/// A text that is neither.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("give a length of time such as `90d`, or an instant such as `2027-01-31T00:00:00Z`")]
pub(crate) struct ExpiryError;

impl Expiry {
    /// The instant. One that is too far ahead for a calendar is the last of it, which the server refuses with its own bound.
    pub(crate) fn at(self, now: Timestamp) -> DateTime {
        match self {
            Self::At(instant) => instant,
            Self::After(duration) => {
                let duration = SignedDuration::try_from(std::time::Duration::from(duration));
                let last = Timestamp::MAX;
                duration.ok().and_then(|duration| now.checked_add(duration).ok()).unwrap_or(last).into()
            }
        }
    }
}

impl FromStr for Expiry {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Self, ExpiryError> {
        text.parse().map(Self::At).or_else(|_| text.parse().map(Self::After)).map_err(|_| ExpiryError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_counts_from_now_and_an_instant_does_not() {
        let now: Timestamp = "2026-11-22T09:30:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<Expiry>().map(|expiry| expiry.at(now).to_string());
        assert_eq!(at("90d").unwrap(), "2027-02-20T09:30:00.000Z");
        assert_eq!(at("1h30m").unwrap(), "2026-11-22T11:00:00.000Z");
        assert_eq!(at("2027-01-31T00:00:00+01:00").unwrap(), "2027-01-30T23:00:00.000Z");
        assert!(at("99999999h").unwrap().starts_with("9999-12-30"), "the server refuses it with its bound");
        for bad in ["", "never", "90", "-1d", "2027-01-31", "1y"] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
