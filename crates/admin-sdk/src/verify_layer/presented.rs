//! What a request says of itself: its key, and where it comes from.

use std::net::{IpAddr, SocketAddr};

use admin_core::{Secret, TokenKind};
use http::{
    HeaderMap, HeaderName,
    header::{AUTHORIZATION, ORIGIN, REFERER, USER_AGENT},
};
use ipnet::IpNet;

use super::refusal::Refusal;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

// Within these bounds the control plane takes whatever a client may have sent.
/// In bytes.
const LONGEST_REFERRER: usize = 4096;
/// In characters.
const LONGEST_AGENT: usize = 500;
/// In characters.
const LONGEST_RESOURCE: usize = 100;

/// The API key of the only `Authorization` header. What can be none is refused here, so that nobody is asked about it.
pub(super) fn key(headers: &HeaderMap) -> Result<Secret, Box<Refusal>> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or_else(Refusal::no_key)?;
    if values.next().is_some() {
        return Err(Refusal::several_keys().into());
    }
    let (scheme, text) =
        value.to_str().ok().and_then(|value| value.trim().split_once(' ')).ok_or_else(Refusal::no_key)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::no_key().into());
    }
    match admin_token::parse(text.trim()) {
        Ok(token) if token.kind().is_api_key() => Ok(token.into_secret()),
        Ok(token) => Err(Refusal::wrong_kind(token.kind()).into()),
        Err(reason) => match TokenKind::of(text.trim()) {
            Some(kind) if !kind.is_api_key() => Err(Refusal::wrong_kind(kind).into()),
            _ => Err(Refusal::malformed(reason).into()),
        },
    }
}

/// The client's address, or `None` where a trusted proxy does not say it so that it can be read.
pub(super) fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|block| block.contains(address));
    let peer = peer?.to_canonical();
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let mut client = None;
    for value in headers.get_all(FORWARDED_FOR).iter().rev() {
        for hop in value.to_str().ok()?.rsplit(',') {
            let address = address(hop.trim())?;
            client = Some(address);
            if !is_trusted(&address) {
                return client;
            }
        }
    }
    client
}

/// An address, with or without a port, which some proxies add.
fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse().or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    Some(address.ok()?.to_canonical())
}

/// The page that the call comes from.
pub(super) fn referrer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(REFERER).or_else(|| headers.get(ORIGIN))?.to_str().ok()?;
    (1..=LONGEST_REFERRER).contains(&value.len()).then(|| value.to_owned())
}

pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    cut(headers.get(USER_AGENT)?.to_str().ok()?, LONGEST_AGENT)
}

pub(super) fn resource(text: &str) -> Option<String> {
    cut(text, LONGEST_RESOURCE)
}

fn cut(text: &str, most: usize) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
    (!text.is_empty()).then_some(text)
}
