//! Bars beside numbers, and what stands before them.

use admin_core::DateTime;
use admin_core::usage::TimeUnit;
use jiff::tz::TimeZone;

/// How long the longest bar is, in characters.
const LONGEST: i64 = 20;
/// Eighths of a character.
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A bar for each weight; the heaviest is the longest, and what is there at all has one. `plain` = of ASCII.
pub(crate) fn bars(weights: &[i64], plain: bool) -> Vec<String> {
    // Of more than anybody counts the bar is wrong, and nothing else is.
    let bounded = |weight: i64| weight.clamp(0, i64::MAX / LONGEST / 16);
    let heaviest = weights.iter().copied().map(bounded).max().unwrap_or_default().max(1);
    let steps = if plain { LONGEST } else { LONGEST * 8 };
    let bar = |weight: &i64| {
        let steps = usize::try_from((bounded(*weight) * steps + heaviest - 1) / heaviest).unwrap_or_default();
        if plain {
            return "#".repeat(steps);
        }
        let mut bar = "█".repeat(steps / 8);
        bar.extend(EIGHTHS.get(steps % 8).filter(|_| steps % 8 > 0));
        bar
    };
    weights.iter().map(bar).collect()
}

/// When a bucket begins, by the clock that it is of.
pub(crate) fn moment(start: DateTime, time_zone: &str, unit: &TimeUnit) -> String {
    let Ok(zone) = TimeZone::get(time_zone) else { return start.to_string() };
    let local = start.timestamp().to_zoned(zone);
    match unit {
        TimeUnit::Minute | TimeUnit::Hour => local.strftime("%Y-%m-%d %H:%M%:z").to_string(),
        _ if local == local.start_of_day().unwrap_or_else(|_| local.clone()) => local.strftime("%Y-%m-%d").to_string(),
        // The first bucket may be cut off.
        _ => local.strftime("%Y-%m-%d %H:%M%:z").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_bar_is_the_longest_and_nothing_has_none() {
        assert_eq!(bars(&[0, 1, 10, 20], true), ["", "#", "##########", "####################"]);
        assert_eq!(bars(&[0, 1, 16, 160], false), ["", "▏", "██", "████████████████████"]);
        assert_eq!(bars(&[0, 0], false), ["", ""]);
        assert_eq!(bars(&[i64::MAX], true)[0].len(), 20);
    }
}
