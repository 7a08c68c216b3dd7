//! When to try again.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(5);

/// The pause before the next attempt: what the server asks for, plus full jitter, so that clients which failed together do not
/// come back together. `random` is spread over 0 to 500 ms after the first attempt, to 1 s after the second, to 5 s at most.
pub(crate) fn pause(attempt: u32, retry_after: Option<Duration>, random: u64) -> Duration {
    let longest = BASE.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1))).min(CAP);
    // The upper half of the bits as a fraction of one.
    let jitter = longest.mul_f64(f64::from((random >> 32) as u32) / f64::from(u32::MAX));
    retry_after.unwrap_or_default().saturating_add(jitter)
}

/// What `Retry-After` says: seconds, or a date, which is read against the server's own clock in `Date`.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let now = date(headers.get(DATE)?.to_str().ok()?)?;
    // A date that is past asks for no pause.
    Some(Duration::try_from(date(value)?.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let date = ("date", "Sun, 22 Nov 2026 09:30:00 GMT");
        for (given, expected) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("Sun, 22 Nov 2026 09:30:20 GMT", Some(20)),
            ("Sun, 22 Nov 2026 09:29:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(
                retry_after(&headers(&[("retry-after", given), date])),
                expected.map(Duration::from_secs),
                "{given}"
            );
        }
        assert_eq!(
            retry_after(&headers(&[("retry-after", "Sun, 22 Nov 2026 09:30:20 GMT")])),
            None,
            "no clock to read it by"
        );
        assert_eq!(retry_after(&headers(&[date])), None);
    }

    #[test]
    fn the_jitter_doubles_up_to_a_cap() {
        let longest = [1, 2, 3, 4, 5, 100].map(|attempt| pause(attempt, None, u64::MAX).as_millis());
        assert_eq!(longest, [500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(pause(3, None, 0), Duration::ZERO);
        assert_eq!(pause(1, None, 1 << 63).as_millis(), 250);
    }

    proptest! {
        #[test]
        fn a_pause_is_never_shorter_than_the_server_asks(attempt: u32, seconds: u64, random: u64) {
            let asked = Duration::from_secs(seconds);
            let pause = pause(attempt, Some(asked), random);
            prop_assert!(pause >= asked && pause <= asked.saturating_add(CAP));
        }
    }
}
