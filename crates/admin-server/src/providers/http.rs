//! Asks the providers themselves, over HTTP.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{self, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode};
use url::Url;

use admin_token::Secret;

use super::sigv4::{Signing, sign};
use super::{Credential, Probed, Probes};
use crate::model::{ProbeOutcome, Provider};
use crate::outbound::{Outbound, OutboundError, Reply};
use crate::settings::ProviderSettings;

/// How long a provider may take. A caller's own request has 10 s for all of it.
const LIMIT: Duration = Duration::from_secs(8);
/// How much of an answer is read, in bytes.
const LARGEST: usize = 64 * 1024;
/// How far apart two clocks are that cannot agree on a signature: AWS bears five minutes at the least.
const SKEW: SignedDuration = SignedDuration::from_mins(4);

const STS_BODY: &[u8] = b"Action=GetCallerIdentity&Version=2011-06-15";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Asks over HTTP: OpenAI and Anthropic to list models, AWS who the caller is.
#[derive(Debug, Clone)]
pub struct HttpProbes {
    outbound: Outbound,
    settings: ProviderSettings,
}

impl HttpProbes {
    /// Where the operator says.
    pub fn new(settings: ProviderSettings) -> Self {
        Self { outbound: Outbound::new(settings.reach), settings }
    }

    async fn ask(&self, credential: &Credential, now: Timestamp) -> Probed {
        let provider = credential.provider();
        let send = |request: Request| async move {
            let build = |client: &Client| request.build(client);
            self.outbound.send(build, LIMIT, LARGEST).await
        };
        match credential {
            Credential::OpenAi { api_key } => {
                let bearer = Secret::new(format!("Bearer {}", api_key.expose()));
                let request = Request::get(models(&self.settings.openai)).secret(header::AUTHORIZATION, &bearer);
                send(request).await.map_or_else(|error| none(provider, error), |reply| listed(provider, &reply))
            }
            Credential::Anthropic { api_key } => {
                let mut url = models(&self.settings.anthropic);
                url.set_query(Some("limit=1"));
                let request = Request::get(url)
                    .secret(HeaderName::from_static("x-api-key"), api_key)
                    .header(HeaderName::from_static("anthropic-version"), "2023-06-01");
                send(request).await.map_or_else(|error| none(provider, error), |reply| listed(provider, &reply))
            }
            Credential::Bedrock { access_key_id, secret_access_key, region } => {
                let Some(url) = self.settings.sts_in(region) else {
                    return Probed::new(ProbeOutcome::Unreachable, "there is no address of AWS for this region");
                };
                let request = signed(url, access_key_id, secret_access_key, region, now);
                send(request).await.map_or_else(|error| none(provider, error), |reply| identified(&reply, now))
            }
        }
    }
}

impl Probes for HttpProbes {
    fn probe<'a>(&'a self, credential: &'a Credential, now: Timestamp) -> BoxFuture<'a, Probed> {
        Box::pin(self.ask(credential, now))
    }
}

/// One request, with headers of which some must not be seen.
struct Request {
    url: Url,
    post: Option<&'static [u8]>,
    headers: Vec<(HeaderName, Option<HeaderValue>)>,
}

impl Request {
    fn get(url: Url) -> Self {
        Self { url, post: None, headers: Vec::new() }
    }

    fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, HeaderValue::from_str(value).ok()));
        self
    }

    fn secret(mut self, name: HeaderName, value: &Secret) -> Self {
        let mut value = HeaderValue::from_str(value.expose()).ok();
        if let Some(value) = &mut value {
            value.set_sensitive(true);
        }
        self.headers.push((name, value));
        self
    }

    fn build(self, client: &Client) -> RequestBuilder {
        let mut request = match self.post {
            None => client.get(self.url),
            Some(body) => client.post(self.url).body(body),
        };
        for (name, value) in self.headers {
            // What is no header's value was refused when it came in.
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request
    }
}

fn models(base: &Url) -> Url {
    below(base, "v1/models")
}

/// An address below a base, which may have a path of its own.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let path = format!("{}/{path}", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

fn signed(url: Url, access_key_id: &Secret, secret_access_key: &Secret, region: &str, at: Timestamp) -> Request {
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let path = url.path().to_owned();
    let (service, content_type, body) = ("sts", FORM, STS_BODY);
    let (host, path) = (host.as_str(), path.as_str());
    let signing = Signing { access_key_id, secret_access_key, region, service, host, path, content_type, body, at };
    let (date, authorization) = sign(&signing);
    let request = Request { url, post: Some(STS_BODY), headers: Vec::new() };
    request
        .header(header::CONTENT_TYPE, FORM)
        .header(HeaderName::from_static("x-amz-date"), &date)
        .secret(header::AUTHORIZATION, &authorization)
}

fn none(provider: Provider, error: OutboundError) -> Probed {
    Probed::new(ProbeOutcome::Unreachable, format!("{provider} could not be asked: {error}"))
}

/// What a list of models, or its refusal, says about the key that asked for it.
fn listed(provider: Provider, reply: &Reply) -> Probed {
    use ProbeOutcome::{Forbidden, Invalid, Ok, RateLimited};
    match reply.status {
        status if status.is_success() && is_json_object(reply) => Probed::new(Ok, format!("{provider} takes this key")),
        StatusCode::UNAUTHORIZED => {
            Probed::new(Invalid, format!("{provider} does not take this key: it is wrong, expired or revoked"))
        }
        StatusCode::FORBIDDEN => Probed::new(
            Forbidden,
            format!(
                "{provider} knows this key and does not let it list models: its permissions or its region forbid it"
            ),
        ),
        StatusCode::TOO_MANY_REQUESTS => Probed::new(
            RateLimited,
            format!("{provider} takes no call with this key for now: its rate limit or its quota is used up"),
        ),
        status => strange(provider, status),
    }
}

/// What says nothing about the credential.
fn strange(provider: Provider, status: StatusCode) -> Probed {
    let what = if status.is_redirection() {
        format!("{provider} answered with a redirect (status {}), which is not followed", status.as_u16())
    } else if status.is_server_error() {
        format!("{provider} failed (status {}); try again later", status.as_u16())
    } else if status.is_success() {
        format!("what answered in the place of {provider} is something else; is there a proxy between?")
    } else {
        format!("{provider} answered with status {}, which says nothing about the credential", status.as_u16())
    };
    Probed::new(ProbeOutcome::Unreachable, what)
}

/// A long list may be cut, so it is told by how it begins.
fn is_json_object(reply: &Reply) -> bool {
    let kind = reply.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json")) && reply.body.trim_ascii_start().starts_with(b"{")
}

/// What AWS's answer says about the key that signed.
fn identified(reply: &Reply, now: Timestamp) -> Probed {
    use ProbeOutcome::{Forbidden, Invalid, Ok, RateLimited, Unreachable};
    let text = String::from_utf8_lossy(&reply.body);
    if reply.status.is_success() {
        let identified = text.contains("<GetCallerIdentityResult>");
        return if identified {
            Probed::new(Ok, "AWS takes this key")
        } else {
            strange(Provider::Bedrock, reply.status)
        };
    }
    let code = element(&text, "Code");
    if let "SignatureDoesNotMatch" | "RequestExpired" | "RequestTimeTooSkewed" | "InvalidSignatureException" = code
        && let Some(told) = clock_is_off(reply, now)
    {
        return Probed::new(Unreachable, told);
    }
    match code {
        "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" => {
            Probed::new(Invalid, "AWS does not know this access key id: it is wrong, inactive or deleted")
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException" => {
            Probed::new(Invalid, "the secret access key is not the one of this access key id")
        }
        "RequestExpired" | "RequestTimeTooSkewed" => Probed::new(
            Unreachable,
            "AWS takes the time of the request for wrong: the clock of the control plane may be off; its operator can set it",
        ),
        "ExpiredToken" | "ExpiredTokenException" => {
            Probed::new(Invalid, "AWS does not take this key any more: it is expired")
        }
        "AccessDenied" | "AccessDeniedException" => {
            Probed::new(Forbidden, "AWS knows this key, and a policy of its account forbids it to be used")
        }
        "RegionDisabledException" | "OptInRequired" => {
            Probed::new(Forbidden, "AWS knows this key, and its account has not enabled this region")
        }
        "Throttling" | "ThrottlingException" => {
            Probed::new(RateLimited, "AWS takes no call with this key for now: it was asked too often")
        }
        _ if reply.status == StatusCode::TOO_MANY_REQUESTS => {
            Probed::new(RateLimited, "AWS takes no call with this key for now: it was asked too often")
        }
        _ => strange(Provider::Bedrock, reply.status),
    }
}

/// The text of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let inside = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once("</"));
    inside.map_or("", |(text, _)| text.trim())
}

/// How far our clock is from AWS's, where that is why a signature is refused.
fn clock_is_off(reply: &Reply, now: Timestamp) -> Option<String> {
    let date = reply.headers.get(header::DATE)?.to_str().ok()?;
    let theirs = DateTimeParser::new().parse_timestamp(date).ok()?;
    let ahead = now.duration_since(theirs);
    if ahead.abs() < SKEW {
        return None;
    }
    let minutes = (ahead.abs().as_secs() + 30) / 60;
    let way = if ahead.is_positive() { "ahead of" } else { "behind" };
    Some(format!(
        "the clock of the control plane is {minutes} minutes {way} the one of AWS, which takes no signature of such a time: \
         its operator has to set it; nothing is said about the credential"
    ))
}
