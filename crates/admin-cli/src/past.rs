//! `--from` and `--to`: an instant, or so long ago.

use std::str::FromStr;

use admin_core::{DateTime, Duration};
use jiff::{SignedDuration, Timestamp};

/// A time that is not ahead, mostly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Past {
    /// So long ago.
    Ago(Duration),
    /// This instant.
    At(DateTime),
}

/// A text that is neither.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("give how long ago, such as `1h`, or an instant such as `2026-01-31T00:00:00Z`")]
pub(crate) struct PastError;

impl Past {
    /// The instant. One that is before any calendar is the first of it.
    pub(crate) fn at(self, now: Timestamp) -> DateTime {
        match self {
            Self::At(instant) => instant,
            Self::Ago(duration) => {
                let duration = SignedDuration::try_from(std::time::Duration::from(duration));
                duration.ok().and_then(|duration| now.checked_sub(duration).ok()).unwrap_or(Timestamp::MIN).into()
            }
        }
    }
}

impl FromStr for Past {
    type Err = PastError;

    fn from_str(text: &str) -> Result<Self, PastError> {
        text.parse().map(Self::At).or_else(|_| text.parse().map(Self::Ago)).map_err(|_| PastError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_counts_back_from_now_and_an_instant_does_not() {
        let now: Timestamp = "2026-11-22T09:30:00Z".parse().unwrap();
        let at = |text: &str| text.parse::<Past>().map(|past| past.at(now).to_string());
        assert_eq!(at("90d").unwrap(), "2026-08-24T09:30:00.000Z");
        assert_eq!(at("1h30m").unwrap(), "2026-11-22T08:00:00.000Z");
        assert_eq!(at("2027-01-31T00:00:00+01:00").unwrap(), "2027-01-30T23:00:00.000Z");
        for bad in ["", "yesterday", "90", "-1d", "2027-01-31"] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
