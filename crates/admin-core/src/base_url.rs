//! The URL of a control plane.

use std::{fmt, str::FromStr};

use url::{Host, Url};

use crate::text;

/// The URL of a control plane: `https`, or `http` on this machine; without credentials, query and fragment. A path is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why a text is no base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// No URL at all.
    #[error("`{given}` is no URL: {reason}")]
    NotAUrl {
        /// What was given, without secrets.
        given: String,
        /// What is wrong with it.
        reason: url::ParseError,
    },
    /// Neither `https` nor `http`.
    #[error("`{given}` is neither `https` nor `http`")]
    Scheme {
        /// What was given, without secrets.
        given: String,
    },
    /// A user name or a password in it.
    #[error("it has a user name or a password in it, which would end up in logs")]
    Credentials,
    /// A query or a fragment in it.
    #[error("`{given}` has a query or a fragment, which a base URL cannot have")]
    QueryOrFragment {
        /// What was given, without secrets.
        given: String,
    },
    /// `http` to another machine.
    #[error("`http` to `{host}` would send the token in the clear over the network")]
    InsecureHttp {
        /// The other machine.
        host: String,
    },
}

impl BaseUrlError {
    /// How to fix it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotAUrl { .. } | Self::Scheme { .. } => {
                "write the whole URL, such as `https://api.example.com` or `http://localhost:8080`".to_owned()
            }
            Self::Credentials => "the token goes into `AI_SETU_PAT`; leave `user:password@` out of the URL".to_owned(),
            Self::QueryOrFragment { .. } => "leave out what begins with `?` or `#`".to_owned(),
            Self::InsecureHttp { .. } => {
                "use `https`; on a network that you trust, `AI_SETU_ALLOW_HTTP=1` allows `http`".to_owned()
            }
        }
    }
}

impl BaseUrl {
    /// The hosted service.
    pub const PRODUCTION: &'static str = "https://api.aisetu.ai";

    /// Checks the URL. `allow_http` takes `http` to any host, not only to this machine.
    pub fn parse(given: &str, allow_http: bool) -> Result<Self, BaseUrlError> {
        let given = given.trim();
        let mut url = Url::parse(given).map_err(|reason| {
            if given.contains('@') {
                // What stands before it may be a password: the text is not quoted.
                BaseUrlError::Credentials
            } else {
                BaseUrlError::NotAUrl { given: text::excerpt(given), reason }
            }
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        if !matches!(url.scheme(), "https" | "http") {
            return Err(BaseUrlError::Scheme { given: text::excerpt(given) });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::QueryOrFragment { given: text::excerpt(given) });
        }
        url.set_path(&format!("{}/", url.path().trim_end_matches('/')));
        let url = Self(url);
        if url.0.scheme() == "http" && !allow_http && !url.is_loopback() {
            return Err(BaseUrlError::InsecureHttp { host: url.0.host_str().unwrap_or_default().to_owned() });
        }
        Ok(url)
    }

    /// Whether it is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Whether it is the hosted service.
    pub fn is_production(&self) -> bool {
        self.as_str() == Self::PRODUCTION
    }

    /// The host, and the port that is named or usual.
    pub fn host_and_port(&self) -> Option<(String, u16)> {
        let host = self.0.host()?;
        // Without the brackets of an IPv6 address.
        let host = match host {
            Host::Ipv6(address) => address.to_string(),
            other => other.to_string(),
        };
        Some((host, self.0.port_or_known_default()?))
    }

    /// The URL without a slash at the end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The URL of what lies under it.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path()));
        url
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    /// Takes `http` to this machine only.
    fn from_str(given: &str) -> Result<Self, BaseUrlError> {
        Self::parse(given, false)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn http_goes_to_this_machine_only() {
        for loopback in ["http://localhost", "http://LOCALHOST:80", "http://127.8.9.1:1/x", "http://[::1]:7"] {
            assert!(BaseUrl::parse(loopback, false).unwrap().is_loopback(), "{loopback}");
        }
        for foreign in ["http://example.com", "http://localhost.example.com", "http://10.0.0.1", "http://[::2]"] {
            assert!(matches!(BaseUrl::parse(foreign, false), Err(BaseUrlError::InsecureHttp { .. })), "{foreign}");
            assert!(!BaseUrl::parse(foreign, true).unwrap().is_loopback(), "{foreign}");
        }
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference_and_a_path_is_kept() {
        for (given, shown, endpoint) in [
            ("https://api.aisetu.ai", "https://api.aisetu.ai", "https://api.aisetu.ai/graphql"),
            (" https://api.aisetu.ai/\n", "https://api.aisetu.ai", "https://api.aisetu.ai/graphql"),
            ("https://h/a/b", "https://h/a/b", "https://h/a/b/graphql"),
            ("https://h:8443/a/b/", "https://h:8443/a/b", "https://h:8443/a/b/graphql"),
            ("https://h//", "https://h", "https://h/graphql"),
        ] {
            let url: BaseUrl = given.parse().unwrap();
            assert_eq!((url.as_str(), url.endpoint("graphql").as_str()), (shown, endpoint));
        }
        assert!(BaseUrl::parse(BaseUrl::PRODUCTION, false).unwrap().is_production());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_it_takes_it_takes_again(given: String, prefix in "(https?://)?") {
            if let Ok(url) = BaseUrl::parse(&format!("{prefix}{given}"), true) {
                prop_assert_eq!(BaseUrl::parse(url.as_str(), true).unwrap(), url);
            }
        }
    }
}
