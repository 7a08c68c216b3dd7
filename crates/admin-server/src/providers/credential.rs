//! What a provider wants to be shown.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use admin_token::Secret;

use crate::error::Error;
use crate::model::Provider;

/// The secret of a connection.
#[derive(Debug, Clone)]
pub enum Credential {
    /// OpenAI's API key.
    OpenAi {
        /// `sk-…`
        api_key: Secret,
    },
    /// Anthropic's API key.
    Anthropic {
        /// `sk-ant-…`
        api_key: Secret,
    },
    /// An access key of AWS, for Bedrock.
    Bedrock {
        /// Names the key; no secret by itself.
        access_key_id: Secret,
        /// The secret.
        secret_access_key: Secret,
        /// Where calls go.
        region: String,
    },
}

/// A field that a provider's credential has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name, as the input spells it.
    pub name: &'static str,
    /// Whether it must not be seen.
    pub secret: bool,
}

const API_KEY: Field = Field { name: "apiKey", secret: true };
const AWS_ACCESS_KEY_ID: Field = Field { name: "awsAccessKeyId", secret: true };
const AWS_SECRET_ACCESS_KEY: Field = Field { name: "awsSecretAccessKey", secret: true };
const AWS_REGION: Field = Field { name: "awsRegion", secret: false };

/// The fields that a provider's credential needs, all of them.
pub const fn fields(provider: Provider) -> &'static [Field] {
    match provider {
        Provider::OpenAi | Provider::Anthropic => &[API_KEY],
        Provider::Bedrock => &[AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION],
    }
}

/// The fields of every provider, as a caller gives them.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `apiKey`
    pub api_key: Option<Secret>,
    /// `awsAccessKeyId`
    pub aws_access_key_id: Option<Secret>,
    /// `awsSecretAccessKey`
    pub aws_secret_access_key: Option<Secret>,
    /// `awsRegion`
    pub aws_region: Option<String>,
}

impl Credential {
    /// Takes the fields that a provider needs, and no other.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming the field; no value of a secret is in it.
    pub fn of(provider: Provider, given: Given) -> Result<Self, Error> {
        let credential = Self::take(provider, given)?;
        match &credential {
            // AWS's prefix of such ids: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
            Self::Bedrock { access_key_id, .. } if access_key_id.expose().starts_with("ASIA") => {
                let name = AWS_ACCESS_KEY_ID.name;
                let message = format!("`{name}` is that of a temporary key (ASIA..), which expires within hours");
                Err(Error::bad_input(name, message).with_hint("give a key of an IAM user, whose id begins with AKIA"))
            }
            _ => Ok(credential),
        }
    }

    fn take(provider: Provider, given: Given) -> Result<Self, Error> {
        let Given { api_key, aws_access_key_id, aws_secret_access_key, aws_region } = given;
        let needed = fields(provider);
        let present = [
            (API_KEY, api_key.is_some()),
            (AWS_ACCESS_KEY_ID, aws_access_key_id.is_some()),
            (AWS_SECRET_ACCESS_KEY, aws_secret_access_key.is_some()),
            (AWS_REGION, aws_region.is_some()),
        ];
        let list = needed.iter().map(|field| format!("`{}`", field.name)).collect::<Vec<_>>().join(", ");
        for (field, present) in present {
            let problem = match (needed.contains(&field), present) {
                (true, false) => "is absent",
                (false, true) => "does not belong to it",
                _ => continue,
            };
            let message = format!("a credential of {provider} needs {list}; `{}` {problem}", field.name);
            return Err(Error::bad_input(field.name, message));
        }
        Ok(match (provider, api_key, aws_access_key_id, aws_secret_access_key, aws_region) {
            (Provider::OpenAi, Some(api_key), ..) => Self::OpenAi { api_key: checked(API_KEY, api_key)? },
            (Provider::Anthropic, Some(api_key), ..) => Self::Anthropic { api_key: checked(API_KEY, api_key)? },
            (Provider::Bedrock, _, Some(id), Some(secret), Some(region)) => Self::Bedrock {
                access_key_id: checked(AWS_ACCESS_KEY_ID, id)?,
                secret_access_key: checked(AWS_SECRET_ACCESS_KEY, secret)?,
                region: checked_region(region)?,
            },
            _ => return Err(Error::internal("a credential lacks a field that was checked")),
        })
    }

    /// Whose it is.
    pub const fn provider(&self) -> Provider {
        match self {
            Self::OpenAi { .. } => Provider::OpenAi,
            Self::Anthropic { .. } => Provider::Anthropic,
            Self::Bedrock { .. } => Provider::Bedrock,
        }
    }

    /// The last four characters of what people know it by: the key, or AWS's id of it.
    pub fn hint(&self) -> &str {
        match self {
            Self::OpenAi { api_key } | Self::Anthropic { api_key } => api_key.hint(),
            Self::Bedrock { access_key_id, .. } => access_key_id.hint(),
        }
    }

    /// The form that is sealed, for a store or for a gateway: JSON with the fields as the input spells them.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let wire = match self {
            Self::OpenAi { api_key } | Self::Anthropic { api_key } => {
                Wire { api_key: Some(api_key.expose()), ..Wire::default() }
            }
            Self::Bedrock { access_key_id, secret_access_key, region } => Wire {
                aws_access_key_id: Some(access_key_id.expose()),
                aws_secret_access_key: Some(secret_access_key.expose()),
                aws_region: Some(region),
                ..Wire::default()
            },
        };
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(2 * LONGEST + 512));
        serde_json::to_writer(&mut *text, &wire).map_err(Error::internal)?;
        Ok(text)
    }

    /// Reads what [`Credential::encode`] wrote.
    ///
    /// # Errors
    /// `INTERNAL` when it is something else, without quoting it.
    pub fn decode(provider: Provider, text: &[u8]) -> Result<Self, Error> {
        let stored: Stored = serde_json::from_slice(text).map_err(|_| Error::internal("a credential is not JSON"))?;
        let given = Given {
            api_key: stored.api_key,
            aws_access_key_id: stored.aws_access_key_id,
            aws_secret_access_key: stored.aws_secret_access_key,
            aws_region: stored.aws_region,
        };
        Self::take(provider, given).map_err(|_| Error::internal("a credential is not one of its provider"))
    }
}

/// The only way in which a credential is written.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_access_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_secret_access_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_region: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    api_key: Option<Secret>,
    aws_access_key_id: Option<Secret>,
    aws_secret_access_key: Option<Secret>,
    aws_region: Option<String>,
}

/// More than any provider's key has, in bytes.
const LONGEST: usize = 512;
/// Below it the hint would say too much, and no provider's is so short.
const SHORTEST: usize = 16;

/// A secret of the form that all have: 16 to 512 visible ASCII characters. What stands around it, such as the end of a line, is dropped.
fn checked(field: Field, secret: Secret) -> Result<Secret, Error> {
    let name = field.name;
    let text = secret.expose().trim();
    let length = text.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        let message = format!("`{name}` has {length} characters; it must have {SHORTEST} to {LONGEST}");
        return Err(Error::bad_input(name, message));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("`{name}` has characters that are not visible ASCII; was more pasted than the secret?");
        return Err(Error::bad_input(name, message));
    }
    Ok(if text.len() == secret.expose().len() { secret } else { Secret::new(text) })
}

/// A region is part of a host's name, so it is no more than what one looks like.
fn checked_region(region: String) -> Result<String, Error> {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let fits = region.len() <= 32 && region.split('-').count() >= 3 && region.split('-').all(part);
    if fits {
        return Ok(region);
    }
    let shown: String = region.chars().take(60).collect();
    let message = format!("`awsRegion` is `{}`; it must be a region such as us-west-2", shown.escape_debug());
    Err(Error::bad_input("awsRegion", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bedrock() -> Given {
        Given {
            api_key: None,
            aws_access_key_id: Some(Secret::new("AKIAIOSFODNN7EXAMPLE")),
            aws_secret_access_key: Some(Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
            aws_region: Some("us-west-2".to_owned()),
        }
    }

    fn refused(provider: Provider, given: Given) -> String {
        Credential::of(provider, given).unwrap_err().to_string()
    }

    #[test]
    fn each_provider_has_its_fields_all_of_them_and_no_other() {
        let key = |text: &str| Given { api_key: Some(Secret::new(text)), ..Given::default() };
        assert_eq!(Credential::of(Provider::OpenAi, key("sk-0123456789abcdef\n")).unwrap().hint(), "cdef");
        assert_eq!(Credential::of(Provider::Bedrock, bedrock()).unwrap().hint(), "MPLE");
        let refusals = [
            refused(Provider::OpenAi, Given::default()),
            refused(Provider::Anthropic, bedrock()),
            refused(Provider::Bedrock, key("sk-0123456789abcdef")),
            refused(Provider::Bedrock, Given { aws_access_key_id: None, ..bedrock() }),
            refused(Provider::Bedrock, Given { aws_secret_access_key: None, ..bedrock() }),
            refused(Provider::Bedrock, Given { aws_region: None, ..bedrock() }),
            refused(Provider::OpenAi, key("sk-short")),
            refused(Provider::OpenAi, key(&"k".repeat(513))),
            refused(Provider::OpenAi, key("sk-0123456789\r\nx-evil: 1")),
            refused(Provider::OpenAi, key("sk-0123456789abcdéf")),
            refused(Provider::Bedrock, Given { aws_region: Some("evil.example/".to_owned()), ..bedrock() }),
            refused(Provider::Bedrock, Given { aws_region: Some("us-west-2.evil.example".to_owned()), ..bedrock() }),
            refused(Provider::Bedrock, Given { aws_region: Some("US-WEST-2".to_owned()), ..bedrock() }),
            refused(Provider::Bedrock, Given { aws_region: Some("us--2".to_owned()), ..bedrock() }),
            refused(Provider::Bedrock, Given { aws_region: Some("x".repeat(500)), ..bedrock() }),
            refused(
                Provider::Bedrock,
                Given { aws_access_key_id: Some(Secret::new("ASIAIOSFODNN7EXAMPLE")), ..bedrock() },
            ),
        ];
        insta::assert_snapshot!(refusals.join("\n"));
    }

    #[test]
    fn it_reads_back_and_never_shows_itself() {
        for (provider, given) in [
            (Provider::OpenAi, Given { api_key: Some(Secret::new("sk-0123456789abcdef")), ..Given::default() }),
            (Provider::Bedrock, bedrock()),
        ] {
            let credential = Credential::of(provider, given).unwrap();
            let text = credential.encode().unwrap();
            let again = Credential::decode(provider, &text).unwrap();
            assert_eq!(again.encode().unwrap(), text);
            let shown = format!("{again:?}");
            assert!(!shown.contains("sk-01") && !shown.contains("wJalr") && !shown.contains("AKIA"), "{shown}");
        }
        assert!(Credential::decode(Provider::OpenAi, br#"{"apiKey": "sk-0123456789abcdef", "x": 1}"#).is_err());
        assert!(Credential::decode(Provider::Anthropic, br#"{"awsRegion": "us-west-2"}"#).is_err());
    }
}
