//! A pattern of hosts: one form, and it matches no page that a browser takes for another host's. A line each.
#![no_main]

use admin_policy::ReferrerPattern;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|lines: &str| {
    let (text, referrer) = lines.split_once('\n').unwrap_or((lines, ""));
    let pattern: ReferrerPattern = match text.parse::<ReferrerPattern>() {
        Ok(pattern) => pattern,
        Err(error) => {
            let told = error.to_string();
            assert!(told.chars().count() < 1_000 && !told.contains(char::is_control), "{told:?}");
            return;
        }
    };
    let shown = pattern.to_string();
    assert_eq!(shown.parse::<ReferrerPattern>().as_ref(), Ok(&pattern), "{text:?} {shown}");
    assert!(shown.is_ascii() && shown == shown.to_ascii_lowercase(), "{shown}");
    match shown.strip_prefix("*.") {
        Some(host) => {
            assert!(!pattern.matches(host), "{shown}");
            assert!(
                pattern.matches(&format!("https://a.{host}/")) && pattern.matches(&format!("A.b.{host}:1")),
                "{shown}"
            );
        }
        None => {
            assert!(pattern.matches(&shown) && pattern.matches(&format!("http://{shown}:80/a?b#c")), "{shown}");
            assert!(
                !pattern.matches(&format!("https://a.{shown}")) && !pattern.matches(&format!("a{shown}")),
                "{shown}"
            );
        }
    }
    for page in [
        referrer.to_owned(),
        format!("https://{referrer}"),
        format!("http://{shown}{referrer}"),
        format!("http://a.{}{referrer}", shown.trim_start_matches("*.")),
    ] {
        if !pattern.matches(&page) || !page.contains("://") {
            continue;
        }
        // It reads more numbers as addresses than stand in patterns.
        let Ok(read) = Url::parse(&page) else { continue };
        if let Some(Host::Domain(host)) = read.host() {
            assert!(pattern.matches(host), "{shown} {page:?} {host}");
        }
    }
});
