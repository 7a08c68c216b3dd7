//! What somebody may have meant.

/// So much alike a text must be, from 0 to 1, to be offered.
const ALIKE: f64 = 0.8;
/// More would be no help.
const MOST: usize = 3;

/// What is spelt like a text, the nearest first; letter case aside.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let text = text.to_lowercase();
    let mut near: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| (likeness(&text, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    near.dedup_by_key(|(_, name)| *name);
    near.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
}

/// From 0 to 1. One slip of a finger is near, however short the text is.
fn likeness(text: &str, name: &str) -> f64 {
    let one_slip = text.chars().count() > 2 && strsim::osa_distance(text, name) == 1;
    strsim::jaro_winkler(text, name).max(if one_slip { 0.95 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelt_alike_is_near() {
        let near = |text| nearest(text, ["UNAUTHORIZED", "UNAUTHENTICATED", "NOT_FOUND"]);
        assert_eq!(near("unauthorised"), ["UNAUTHORIZED", "UNAUTHENTICATED"]);
        assert_eq!(near("xyz"), [""; 0]);
        assert_eq!(nearest("wbe", ["web", "api"]), ["web"]);
        assert_eq!(nearest("a", ["b"]), [""; 0]);
    }
}
