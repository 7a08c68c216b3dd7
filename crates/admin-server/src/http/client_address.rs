//! Where a request came from.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address: the peer of the connection, or where that is a trusted proxy, the last address in `X-Forwarded-For` that is
/// none. What stands further left anyone may have written.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|block| block.contains(address));
    let mut client = peer.to_canonical();
    // What cannot be read is a hop that is no address.
    let values: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    for hop in values.iter().flat_map(|value| value.split(',')).rev() {
        if !is_trusted(&client) {
            break;
        }
        // Some proxies add the port.
        let address = hop.trim().parse().or_else(|_| hop.trim().parse().map(|address: SocketAddr| address.ip()));
        match address {
            Ok(address) => client = address.to_canonical(),
            // A trusted proxy wrote no such thing: what is left of it is somebody's own.
            Err(_) => break,
        }
    }
    client
}

/// Says once that all clients of a proxy count as one, where it looks as if there was one that nobody named.
pub(super) fn warn_of_proxy(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) {
    static SAID: Once = Once::new();
    let peer = peer.to_canonical();
    let near = match peer {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
    };
    if near && headers.contains_key(FORWARDED_FOR) && !trusted.iter().any(|block| block.contains(&peer)) {
        SAID.call_once(|| {
            tracing::warn!(
                %peer,
                "a request has X-Forwarded-For and comes from a near address: if that is your proxy, name it in AI_SETU_TRUSTED_PROXIES; \
                 until then all its clients share the limits of one"
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_in_what_it_added() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        for (peer, forwarded, client) in [
            ("192.0.2.9", "", "192.0.2.9"),
            ("192.0.2.9", "198.51.100.7", "192.0.2.9"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
            // Whoever sends the header themselves is seen at the place that the proxy added.
            ("10.0.0.1", "203.0.113.1, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.1, 198.51.100.7, 10.1.1.1", "198.51.100.7"),
            ("10.0.0.1", "198.51.100.7, what?", "10.0.0.1"),
            ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "203.0.113.1, 198.51.100.7:4711", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.1, \u{fc}", "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            // Several headers are one list.
            for value in forwarded.splitn(2, ", ").filter(|value| !value.is_empty()) {
                headers.append("x-forwarded-for", axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            let found = client_address(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(found.to_string(), client, "{peer} {forwarded}");
        }
    }
}
