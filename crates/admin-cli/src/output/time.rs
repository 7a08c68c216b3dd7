//! Instants as a person at a terminal reads them.

use jiff::Timestamp;

/// How far away an instant is; beyond three months its date.
pub(crate) fn relative(instant: Timestamp, now: Timestamp) -> String {
    let seconds = instant.duration_since(now).as_secs();
    let distance = match seconds.unsigned_abs() {
        0..60 => return if seconds > 0 { "in under 1 min".to_owned() } else { "just now".to_owned() },
        distance @ 60..3_600 => format!("{} min", distance / 60),
        distance @ 3_600..172_800 => format!("{} h", distance / 3_600),
        distance @ 172_800..7_776_000 => format!("{} days", distance / 86_400),
        _ => return instant.strftime("%Y-%m-%d").to_string(),
    };
    if seconds > 0 { format!("in {distance}") } else { format!("{distance} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_the_finer() {
        let now: Timestamp = "2026-11-22T09:30:00Z".parse().unwrap();
        for (instant, shown) in [
            ("2026-11-22T09:30:00Z", "just now"),
            ("2026-11-22T09:29:01Z", "just now"),
            ("2026-11-22T09:30:59Z", "in under 1 min"),
            ("2026-11-22T09:29:00Z", "1 min ago"),
            ("2026-11-22T10:29:59Z", "in 59 min"),
            ("2026-11-22T08:30:00Z", "1 h ago"),
            ("2026-11-24T09:29:59Z", "in 47 h"),
            ("2026-11-20T09:30:00Z", "2 days ago"),
            ("2027-02-20T09:29:59Z", "in 89 days"),
            ("2027-02-20T09:30:00Z", "2027-02-20"),
            ("2020-01-01T00:00:00Z", "2020-01-01"),
        ] {
            assert_eq!(relative(instant.parse().unwrap(), now), shown, "{instant}");
        }
    }
}
