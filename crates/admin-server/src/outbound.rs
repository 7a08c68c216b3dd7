//! Calls to services of others: a provider's API, a payment service.
//!
//! A host name is resolved here, each address is looked at, and the connection goes to one of those that were: a name that resolves
//! to something else a moment later gains nothing. No redirect is followed, no proxy asked, nothing tried twice, and no more of an
//! answer is read than the caller asks for.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use url::Host;

/// How long it may take to connect, TLS included.
const CONNECT: Duration = Duration::from_secs(4);

/// Which addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Those of the internet.
    #[default]
    Public,
    /// This machine too, as a developer needs it.
    Loopback,
    /// Any: the operator's own network too.
    Private,
}

impl Reach {
    /// Whether an address may be called.
    pub fn covers(self, address: IpAddr) -> bool {
        match self {
            Self::Private => true,
            Self::Loopback => address.to_canonical().is_loopback() || is_public(address),
            Self::Public => is_public(address),
        }
    }
}

/// Whether a URL is one of this machine, by its text alone.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether an address is one of the internet, and no other way to write one that is not.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // "This" network, shared address space (carriers), protocol assignments, benchmarks, multicast and what is reserved.
        [0 | 224..=255, ..] | [192, 0, 0, _] | [198, 18..=19, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        _ => false,
    };
    !(special || address.is_private() || address.is_loopback() || address.is_link_local() || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // What leads to an IPv4 address: NAT64 and 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        // Documentation, and Teredo and the like.
        [0x2001, 0x0db8 | 0..0x0200, ..] => false,
        // Everything else that is global begins with these three bits; unique local, link-local, multicast and `::1` do not.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Resolves a name and lets through what may be called.
#[derive(Debug)]
struct Checked(Reach);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let any = !found.is_empty();
            let covered: Vec<SocketAddr> = found.into_iter().filter(|address| reach.covers(address.ip())).collect();
            if any && covered.is_empty() {
                return Err(NotCovered.into());
            }
            Ok(Box::new(covered.into_iter()) as Addrs)
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the name resolves to addresses that may not be called only")]
struct NotCovered;

/// Why there is no answer. It has no text of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The host has no address that may be called.
    #[error("the host is in a private network, which the operator does not allow")]
    NotAllowed,
    /// It took too long.
    #[error("there was no answer in time")]
    TimedOut,
    /// No connection: the name is unknown, the port closed, or the certificate not trusted.
    #[error("no connection could be made")]
    NotConnected,
    /// The connection broke before the answer was complete.
    #[error("the connection broke")]
    Broken,
    /// This machine can make no request.
    #[error("the request could not be made")]
    NotMade,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or its beginning.
    pub body: Vec<u8>,
    /// Whether there was more than was read.
    pub cut: bool,
}

/// Makes calls. Cloning it is cheap, and connections are shared.
#[derive(Clone)]
pub struct Outbound {
    reach: Reach,
    /// Made at the first call: until then no certificate store is opened.
    client: Arc<OnceLock<Option<Client>>>,
}

impl Outbound {
    /// To what is in reach.
    pub fn new(reach: Reach) -> Self {
        Self { reach, client: Arc::default() }
    }

    /// Sends what `request` makes of a client, once, and reads at most `most` bytes of the answer, all within `limit`.
    ///
    /// # Errors
    /// [`OutboundError`] when there is no answer. Any status is an answer, a redirect too.
    pub async fn send(
        &self,
        request: impl FnOnce(&Client) -> RequestBuilder,
        limit: Duration,
        most: usize,
    ) -> Result<Reply, OutboundError> {
        let client = self.client.get_or_init(|| client(self.reach)).as_ref().ok_or(OutboundError::NotMade)?;
        let request = request(client).build().map_err(|_| OutboundError::NotMade)?;
        self.check(request.url())?;
        let exchange = async {
            let mut response = client.execute(request).await.map_err(|error| why(&error))?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let mut reply = Reply { status, headers, body: Vec::new(), cut: false };
            while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
                let room = most - reply.body.len();
                if chunk.len() > room {
                    reply.body.extend_from_slice(&chunk[..room]);
                    reply.cut = true;
                    break;
                }
                reply.body.extend_from_slice(&chunk);
            }
            Ok(reply)
        };
        tokio::time::timeout(limit, exchange).await.unwrap_or(Err(OutboundError::TimedOut))
    }

    /// A host that is an address already is asked of no resolver.
    fn check(&self, url: &Url) -> Result<(), OutboundError> {
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(OutboundError::NotMade),
        };
        if self.reach.covers(address) { Ok(()) } else { Err(OutboundError::NotAllowed) }
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("reach", &self.reach).finish_non_exhaustive()
    }
}

fn client(reach: Reach) -> Option<Client> {
    let made = Client::builder()
        .tls_backend_preconfigured(tls()?)
        .dns_resolver(Arc::new(Checked(reach)))
        .user_agent(concat!("aisetu-server/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A proxy would resolve names by itself.
        .no_proxy()
        .build();
    made.inspect_err(|error| tracing::error!(%error, "no HTTP client could be made")).ok()
}

/// By the system's certificate store; a container may have none, and then by Mozilla's roots as they were when this was built.
fn tls() -> Option<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let system = rustls_platform_verifier::Verifier::new(Arc::clone(&provider));
    let verifier: Arc<dyn ServerCertVerifier> = if let Ok(system) = system {
        Arc::new(system)
    } else {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().ok()?
    };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(config)
}

/// What went wrong, by kind: the text of an error may quote the other side.
fn why(error: &reqwest::Error) -> OutboundError {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<NotCovered>() {
            return OutboundError::NotAllowed;
        }
        source = inner.source();
    }
    if error.is_timeout() {
        OutboundError::TimedOut
    } else if error.is_connect() {
        OutboundError::NotConnected
    } else if error.is_builder() {
        OutboundError::NotMade
    } else {
        OutboundError::Broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_of_the_internet_is_not_in_public_reach() {
        for private in [
            "127.0.0.1",
            "127.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fdff::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
        ] {
            assert!(!Reach::Public.covers(address(private)), "{private}");
            assert!(Reach::Private.covers(address(private)), "{private}");
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(Reach::Public.covers(address(public)), "{public}");
        }
        for own in ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(Reach::Loopback.covers(address(own)), "{own}");
        }
        for other in ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "0.0.0.0", "::"] {
            assert!(!Reach::Loopback.covers(address(other)), "{other}");
        }
    }

    async fn get(reach: Reach, url: &str) -> Result<Reply, OutboundError> {
        Outbound::new(reach).send(|client| client.get(url), Duration::from_secs(5), 1024).await
    }

    #[tokio::test]
    async fn a_private_host_is_refused_however_it_is_written() {
        for url in [
            "http://127.0.0.1:1/",
            "http://2130706433:1/",
            "http://0x7f.1:1/",
            "http://0177.0.0.1:1/",
            "http://[::1]:1/",
            "http://[::ffff:127.0.0.1]:1/",
            "http://localhost:1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://10.1.2.3/",
        ] {
            assert_eq!(get(Reach::Public, url).await.unwrap_err(), OutboundError::NotAllowed, "{url}");
        }
        // In reach, and nobody there.
        for url in ["http://127.0.0.1:1/", "http://localhost:1/"] {
            assert_eq!(get(Reach::Loopback, url).await.unwrap_err(), OutboundError::NotConnected, "{url}");
        }
        assert_eq!(get(Reach::Loopback, "http://10.1.2.3/").await.unwrap_err(), OutboundError::NotAllowed);
        assert_eq!(get(Reach::Loopback, "not a url").await.unwrap_err(), OutboundError::NotMade);
    }
}
