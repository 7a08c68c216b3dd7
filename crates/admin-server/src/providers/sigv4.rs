//! Signatures of AWS, version 4, for the one request that is signed here.
//!
//! The libraries that sign for AWS bring a runtime along (a dozen crates for one `POST` with a constant body). What they do is this
//! page; a test compares it with AWS's own.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use admin_token::Secret;

use crate::crypto::hex;

/// What goes into a signature.
#[derive(Debug)]
pub struct Signing<'a> {
    /// Names the key.
    pub access_key_id: &'a Secret,
    /// The key.
    pub secret_access_key: &'a Secret,
    /// Such as `us-west-2`.
    pub region: &'a str,
    /// Such as `sts`.
    pub service: &'a str,
    /// The `Host` header.
    pub host: &'a str,
    /// The path, which has nothing in it to be escaped.
    pub path: &'a str,
    /// The `Content-Type` header.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// Now, which AWS must agree about.
    pub at: Timestamp,
}

/// The headers `X-Amz-Date` and `Authorization` of a signed `POST` without a query.
pub fn sign(signing: &Signing<'_>) -> (String, Secret) {
    let Signing { access_key_id, secret_access_key, region, service, host, path, content_type, body, at } = signing;
    let at = at.to_zoned(TimeZone::UTC);
    let (date, time) = (at.strftime("%Y%m%d").to_string(), at.strftime("%Y%m%dT%H%M%SZ").to_string());
    let headers = "content-type;host;x-amz-date";
    let canonical = format!(
        "POST\n{path}\n\ncontent-type:{content_type}\nhost:{host}\nx-amz-date:{time}\n\n{headers}\n{}",
        hex(&Sha256::digest(body))
    );
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let first = zeroize::Zeroizing::new(format!("AWS4{}", secret_access_key.expose()));
    let key = [date.as_str(), region, service, "aws4_request"]
        .iter()
        .fold(first.as_bytes().to_vec(), |key, part| hmac(&key, part.as_bytes()));
    let signature = hex(&hmac(&key, to_sign.as_bytes()));
    let id = access_key_id.expose();
    let value = format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={headers}, Signature={signature}");
    (time, Secret::new(value))
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
