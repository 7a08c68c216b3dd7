//! A change as people read it.

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// The one stretch of lines in which two texts differ, in the unified format.
pub(super) fn unified(path: &str, before: Option<&str>, after: &str) -> String {
    let old: Vec<&str> = before.unwrap_or_default().lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let same = |(one, other): &(&&str, &&str)| one == other;
    let head = old.iter().zip(&new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    if head == old_end && head == new_end {
        return String::new();
    }
    let start = head.saturating_sub(CONTEXT);
    let behind = tail.min(CONTEXT);
    let range = |count: usize| format!("{},{count}", if count == 0 { start } else { start + 1 });
    let (old_range, new_range) = (range(old_end + behind - start), range(new_end + behind - start));
    let from = before.map_or("/dev/null", |_| path);
    let mut diff = format!("--- {from}\n+++ {path}\n@@ -{old_range} +{new_range} @@\n");
    let stretches = [
        (' ', &old[start..head]),
        ('-', &old[head..old_end]),
        ('+', &new[head..new_end]),
        (' ', &old[old_end..old_end + behind]),
    ];
    for (sign, lines) in stretches {
        for line in lines {
            diff.push(sign);
            diff.push_str(line);
            diff.push('\n');
        }
    }
    diff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let before = (0..20).fold(String::new(), |text, number| format!("{text}{number}\n"));
        let after = before.replace("\n10\n", "\nten\nand more\n");
        assert_eq!(
            unified("f", Some(&before), &after),
            "--- f\n+++ f\n@@ -8,7 +8,8 @@\n 7\n 8\n 9\n-10\n+ten\n+and more\n 11\n 12\n 13\n"
        );
        assert_eq!(unified("f", Some("a\n"), "a\nb\n"), "--- f\n+++ f\n@@ -1,1 +1,2 @@\n a\n+b\n");
        assert_eq!(unified("f", Some("a\na\n"), "a\n"), "--- f\n+++ f\n@@ -1,2 +1,1 @@\n a\n-a\n");
    }

    #[test]
    fn a_new_file_comes_out_of_nothing_and_no_change_is_no_text() {
        assert_eq!(unified("f", None, "a\n"), "--- /dev/null\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(unified("f", Some("a\n"), "a\n"), "");
    }
}
