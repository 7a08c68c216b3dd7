//! Which pages may call: patterns of host names.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::ip::shown;

/// A host (`example.com`), or all hosts below one (`*.example.com`, one or more labels, never `example.com` itself). Names are kept in
/// lower case and ASCII, as browsers send them (IDNA, UTS 46).
///
/// ```
/// let pattern: admin_policy::ReferrerPattern = "*.example.com".parse()?;
/// assert!(pattern.matches("https://a.b.EXAMPLE.com:8443/page"));
/// assert!(!pattern.matches("https://example.com/"));
/// # Ok::<(), admin_policy::ReferrerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferrerPattern {
    host: Box<str>,
    below: bool,
}

/// A text that is no pattern of hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferrerError {
    /// No name of a host, nor one after `*.`.
    #[error("`{0}` is no host such as example.com or *.example.com")]
    Malformed(String),
    /// A whole URL, or a part of one that is more than the host.
    #[error("`{0}` is more than a host: leave out the scheme, the port and the path")]
    NotOnlyAHost(String),
    /// All that there is, or all below a name like `com`.
    #[error("`{0}` is too wide: after `*.` stand at least two labels, such as *.example.com")]
    TooWide(String),
}

impl ReferrerPattern {
    /// Whether a call from this page matches: the `Referer` or `Origin` header of its request, or a bare host. What cannot be read
    /// matches nothing.
    pub fn matches(&self, referrer: &str) -> bool {
        host_of(referrer).is_some_and(|host| self.matches_host(&host))
    }

    pub(crate) fn matches_host(&self, host: &str) -> bool {
        let (own, given) = (self.host.as_bytes(), host.as_bytes());
        match given.len().checked_sub(own.len()) {
            Some(0) => !self.below && given.eq_ignore_ascii_case(own),
            // More than the dot.
            Some(more @ 2..) if self.below => given[more - 1] == b'.' && given[more..].eq_ignore_ascii_case(own),
            _ => false,
        }
    }
}

/// The host in a `Referer` or `Origin` header, or the text itself where it is one.
pub(crate) fn host_of(referrer: &str) -> Option<Cow<'_, str>> {
    let authority = match referrer.split_once("://") {
        Some(("https" | "http", rest)) => rest.split(['/', '?', '#', '\\']).next()?,
        Some(_) => return None,
        None => referrer,
    };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) => return None,
        None => authority,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    if !host.is_ascii() {
        return ascii(host).map(Cow::Owned);
    }
    // Not one name for us and another for whoever reads it elsewhere.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (!host.is_empty() && host.bytes().all(fits)).then_some(Cow::Borrowed(host))
}

fn ascii(host: &str) -> Option<String> {
    idna::domain_to_ascii_strict(host).ok().filter(|host| !host.is_empty() && host.len() <= 253)
}

impl FromStr for ReferrerPattern {
    type Err = ReferrerError;

    fn from_str(text: &str) -> Result<Self, ReferrerError> {
        let (below, name) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if text == "*" {
            return Err(ReferrerError::TooWide(shown(text)));
        }
        if name.contains([':', '/', '?', '#', '@']) {
            return Err(ReferrerError::NotOnlyAHost(shown(text)));
        }
        let malformed = || ReferrerError::Malformed(shown(text));
        let host = ascii(name.strip_suffix('.').unwrap_or(name)).ok_or_else(malformed)?;
        if host.split('.').any(str::is_empty) {
            return Err(malformed());
        }
        if below && !host.contains('.') {
            return Err(ReferrerError::TooWide(shown(text)));
        }
        Ok(Self { host: host.into_boxed_str(), below })
    }
}

impl fmt::Display for ReferrerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.host)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> ReferrerPattern {
        text.parse().unwrap()
    }

    #[test]
    fn a_host_matches_itself_and_a_star_what_is_below() {
        for (given, referrer, matches) in [
            ("example.com", "https://example.com/page?x=1#y", true),
            ("example.com", "http://EXAMPLE.com:8080", true),
            ("example.com", "example.com", true),
            ("example.com", "example.com.", true),
            ("example.com", "https://www.example.com", false),
            ("example.com", "https://example.com.evil.test", false),
            ("example.com", "https://notexample.com", false),
            ("example.com", "https://evil.test/example.com", false),
            ("example.com", "https://evil.test?https://example.com", false),
            ("example.com", "https://example.com@evil.test/", false),
            ("example.com", "https://evil.test\\.example.com/", false),
            ("example.com", "ftp://example.com", false),
            ("example.com", "null", false),
            ("example.com", "", false),
            ("*.example.org", "https://a.example.org", true),
            ("*.example.org", "https://a.b.example.org/", true),
            ("*.example.org", "https://example.org", false),
            ("*.example.org", "https://.example.org", false),
            ("*.example.org", "https://badexample.org", false),
            ("localhost", "http://localhost:3000/", true),
            ("127.0.0.1", "http://127.0.0.1:3000/", true),
            ("bücher.example", "https://xn--bcher-kva.example/", true),
            ("bücher.example", "https://BÜCHER.example/", true),
        ] {
            assert_eq!(pattern(given).matches(referrer), matches, "{given} {referrer}");
        }
    }

    #[test]
    fn a_pattern_has_one_form() {
        for (given, form) in [
            ("EXAMPLE.com", "example.com"),
            ("example.com.", "example.com"),
            ("*.Bücher.example", "*.xn--bcher-kva.example"),
        ] {
            assert_eq!(pattern(given).to_string(), form);
            assert_eq!(pattern(form), pattern(given));
        }
    }

    #[test]
    fn what_is_none_is_told() {
        let refused = |text: &str| text.parse::<ReferrerPattern>().unwrap_err();
        for text in ["*", "*.com", "*.localhost"] {
            assert!(matches!(refused(text), ReferrerError::TooWide(_)), "{text}");
        }
        for text in ["https://example.com", "example.com:443", "example.com/path", "user@example.com", "[::1]"] {
            assert!(matches!(refused(text), ReferrerError::NotOnlyAHost(_)), "{text}");
        }
        for text in
            ["", "*.", "exa mple.com", "a..b", ".example.com", "*.*.example.com", "a*.example.com", "exa\nmple.com"]
        {
            assert!(matches!(refused(text), ReferrerError::Malformed(_)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}", referrer in ".{0,80}") {
            if let Ok(pattern) = text.parse::<ReferrerPattern>() {
                prop_assert_eq!(pattern.to_string().parse(), Ok(pattern.clone()));
                pattern.matches(&referrer);
            }
            pattern("example.com").matches(&referrer);
        }

        #[test]
        fn a_star_matches_only_what_ends_in_its_host(label in "[a-z0-9]{1,10}", host in "[a-z]{1,8}\\.[a-z]{2,5}", tail in "[a-z.]{0,10}") {
            let below = pattern(&format!("*.{host}"));
            let matches = below.matches(&format!("https://{label}.{host}/{tail}"));
            prop_assert!(matches);
            let referrer = format!("https://{label}.{host}{tail}");
            let ends = format!("{label}.{host}{tail}").trim_end_matches('.').ends_with(&format!(".{host}"));
            if !tail.ends_with('.') {
                prop_assert_eq!(below.matches(&referrer), ends);
            }
        }
    }
}
