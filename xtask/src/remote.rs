//! The schema of a running deployment, by introspection.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use admin_schema::{CAPABILITIES_QUERY, Feature, INTROSPECTION_QUERY, SchemaError, from_introspection, plainer_query};
use admin_token::Secret;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::header;
use ureq::tls::{RootCerts, TlsConfig};
use url::{Host, Url};

use crate::env;

/// A deployment's GraphQL endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    url: Url,
    /// A PAT goes to this machine without encryption, and without a proxy either.
    loopback: bool,
}

/// Why a URL is no base URL of a deployment. It is not quoted: it may hold a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndpointError {
    #[error("this is no URL")]
    Syntax(#[from] url::ParseError),
    #[error("a base URL starts with https:// or, on this machine, http://")]
    Scheme,
    #[error(
        "http:// would show the PAT to everyone on the way: use https://, which only a deployment on this machine can do without"
    )]
    Plain,
    #[error("a base URL has no user, password, query or fragment; the PAT is in {}", env::PAT)]
    Extra,
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let mut url = Url::parse(text)?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => (),
            "http" if loopback => (),
            "http" => return Err(EndpointError::Plain),
            _ => return Err(EndpointError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(EndpointError::Extra);
        }
        let path = format!("{}/graphql", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self { url, loopback })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.url, f)
    }
}

/// What an answer may take.
pub(crate) struct Limits {
    /// From the request to the last byte of the answer.
    time: Duration,
    /// The body, in bytes.
    body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), body: 16 * 1024 * 1024 }
    }
}

/// Why a deployment's schema is not known. Texts of the server are cut, and have neither control characters nor the PAT.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteError {
    #[error(
        "the deployment refuses the PAT in {} (HTTP 401): unknown there, expired or revoked\nhint: make a new one, or check that the URL is that of the deployment which made it",
        env::PAT
    )]
    Unauthenticated,
    #[error(
        "HTTP {status}: it redirects to {location:?}\nhint: redirects are not followed, so that the PAT goes nowhere else; give the base URL that it leads to"
    )]
    Redirect { status: u16, location: String },
    #[error(
        "HTTP {status} with {found}, which is no GraphQL answer: {excerpt:?}\nhint: `/graphql` is added to the URL; is it the base URL of the API?"
    )]
    NotGraphQl { status: u16, found: &'static str, excerpt: String },
    #[error("it refuses the introspection query: {0}")]
    Refused(String),
    #[error("the answer is longer than {0} bytes")]
    Body(u64),
    #[error("no complete answer within {} s", .0.as_secs_f32())]
    Time(Duration),
    #[error("it cannot be reached, or broke off: {0}")]
    Network(String),
    #[error("what it answers describes no schema")]
    Schema(#[from] SchemaError),
}

/// A deployment's schema.
pub(crate) struct Remote {
    /// In canonical form.
    pub(crate) schema: String,
    /// What an older server could not be asked for.
    pub(crate) lost: Vec<Feature>,
}

impl Endpoint {
    /// Asks for the schema. A server that refuses part of the question, because it is older, is asked for less.
    pub(crate) fn introspect(&self, pat: &Secret, limits: &Limits) -> Result<Remote, RemoteError> {
        let agent = self.agent(limits);
        let ask = |query| self.ask(&agent, query, pat, limits);
        let (data, lost) = match ask(INTROSPECTION_QUERY) {
            Err(refusal @ RemoteError::Refused(_)) => {
                let capabilities = ask(CAPABILITIES_QUERY).ok();
                let plainer = capabilities.and_then(|data| plainer_query(&data).ok()).filter(|it| !it.lost.is_empty());
                // It knows everything, or tells nothing: then it has told the reason already.
                let Some(plainer) = plainer else { return Err(refusal) };
                (ask(&plainer.query)?, plainer.lost)
            }
            answer => (answer?, Vec::new()),
        };
        Ok(Remote { schema: from_introspection(&data)?, lost })
    }

    fn agent(&self, limits: &Limits) -> Agent {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = Agent::config_builder()
            .tls_config(tls.build())
            .timeout_global(Some(limits.time))
            .max_redirects(0)
            .http_status_as_error(false);
        let config = if self.loopback { config.proxy(None) } else { config };
        config.build().new_agent()
    }

    /// The `data` of the answer to a query.
    fn ask(&self, agent: &Agent, query: &str, pat: &Secret, limits: &Limits) -> Result<Value, RemoteError> {
        let failed = |error| match error {
            ureq::Error::Timeout(_) => RemoteError::Time(limits.time),
            ureq::Error::BodyExceedsLimit(_) => RemoteError::Body(limits.body),
            other => RemoteError::Network(other.to_string()),
        };
        let mut response = agent
            .post(self.url.as_str())
            .header(header::AUTHORIZATION, format!("Bearer {}", pat.expose()))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/graphql-response+json, application/json;q=0.9")
            .send(&json!({ "query": query }).to_string())
            .map_err(failed)?;
        let body = response.body_mut().with_config().limit(limits.body).read_to_vec().map_err(failed)?;
        let location = response.headers().get(header::LOCATION).and_then(|it| it.to_str().ok()).unwrap_or_default();
        data(response.status().as_u16(), location, &body, pat)
    }
}

/// The `data` of an answer, or what is wrong with it: a refused PAT first, then GraphQL errors, then what is no GraphQL at all.
fn data(status: u16, location: &str, body: &[u8], pat: &Secret) -> Result<Value, RemoteError> {
    if status == 401 {
        return Err(RemoteError::Unauthenticated);
    }
    if (300..400).contains(&status) {
        return Err(RemoteError::Redirect { status, location: excerpt(location, pat) });
    }
    let mut answer: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(errors) = answer["errors"].as_array().filter(|errors| !errors.is_empty()) {
        let told: Vec<_> =
            errors.iter().take(3).map(|it| excerpt(it["message"].as_str().unwrap_or("no message"), pat)).collect();
        return Err(RemoteError::Refused(told.join("; ")));
    }
    if answer["data"].is_object() {
        return Ok(answer["data"].take());
    }
    let text = String::from_utf8_lossy(body);
    let found = match text.trim_start().as_bytes() {
        [] => "an empty body",
        [b'<', ..] => "HTML",
        _ if answer.is_null() => "something that is not JSON",
        _ => "JSON without `data`",
    };
    Err(RemoteError::NotGraphQl { status, found, excerpt: excerpt(&text, pat) })
}

/// The start of a text of the server, fit for a terminal and without the PAT, should the server send it back.
fn excerpt(text: &str, pat: &Secret) -> String {
    let text = text.replace(pat.expose(), "[PAT]");
    let mut excerpt: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpListener};
    use std::thread;

    use super::*;

    fn pat() -> Secret {
        Secret::new("tt_pat_secret")
    }

    /// A server that answers its first request with `answer`, and holds the connection open until the client leaves.
    fn answers(answer: Vec<u8>) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            // The client may leave before it has read everything.
            let _ = connection.write_all(&answer);
            let _ = connection.read_to_end(&mut Vec::new());
        });
        address
    }

    fn introspect(answer: Vec<u8>, limits: &Limits) -> RemoteError {
        let endpoint: Endpoint = format!("http://{}", answers(answer)).parse().unwrap();
        endpoint.introspect(&pat(), limits).map(|remote| remote.schema).unwrap_err()
    }

    #[test]
    fn a_base_url_gets_graphql_added() {
        for (base, expected) in [
            ("https://api.aisetu.ai", "https://api.aisetu.ai/graphql"),
            ("https://api.aisetu.ai/", "https://api.aisetu.ai/graphql"),
            ("https://example.com:8443/a/b/", "https://example.com:8443/a/b/graphql"),
            ("http://localhost:4000", "http://localhost:4000/graphql"),
            ("http://127.0.0.2", "http://127.0.0.2/graphql"),
            ("http://[::1]:80", "http://[::1]/graphql"),
        ] {
            assert_eq!(base.parse::<Endpoint>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_url_that_would_show_the_pat_is_refused() {
        for (base, expected) in [
            ("http://api.aisetu.ai", EndpointError::Plain),
            ("http://127.0.0.1.example.com", EndpointError::Plain),
            ("http://localhost.example.com", EndpointError::Plain),
            ("http://192.168.1.1", EndpointError::Plain),
            ("ftp://localhost", EndpointError::Scheme),
            ("file:///etc/hosts", EndpointError::Scheme),
            ("https://user@example.com", EndpointError::Extra),
            ("https://:password@example.com", EndpointError::Extra),
            ("https://example.com?a=b", EndpointError::Extra),
            ("https://example.com#a", EndpointError::Extra),
            ("example.com", EndpointError::Syntax(url::ParseError::RelativeUrlWithoutBase)),
            ("https://", EndpointError::Syntax(url::ParseError::EmptyHost)),
        ] {
            assert_eq!(base.parse::<Endpoint>().unwrap_err(), expected, "{base}");
        }
    }

    #[test]
    fn a_silent_server_is_left_in_time() {
        let limits = Limits { time: Duration::from_millis(100), ..Limits::default() };
        for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"data\""] {
            assert!(matches!(introspect(answer.into(), &limits), RemoteError::Time(_)), "{answer:?}");
        }
    }

    #[test]
    fn a_body_without_end_is_not_read() {
        let limits = Limits { body: 1024, ..Limits::default() };
        let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        answer.resize(1 << 20, b' ');
        assert!(matches!(introspect(answer, &limits), RemoteError::Body(1024)));
    }

    #[test]
    fn what_a_server_says_is_cut_and_has_no_pat() {
        assert_eq!(excerpt("\u{1b}[31mno Bearer tt_pat_secret\r\n", &pat()), " [31mno Bearer [PAT]  ");
        let long = excerpt(&"é".repeat(300), &pat());
        assert_eq!((long.chars().count(), long.ends_with('…')), (201, true));
        assert_eq!(excerpt(&"é".repeat(200), &pat()), "é".repeat(200));
    }
}
