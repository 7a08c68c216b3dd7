//! Where a provider's secret comes from. No argument takes one.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use admin_core::provider_credentials::{Credential, Provider};
use admin_token::Secret;
use clap::Args;
use serde::Deserialize;

use crate::context::Context;
use crate::error::CommandError;

/// More than any credential has, in bytes.
const LONGEST: u64 = 4096;

const STDIN: &str = "--secret-stdin";
const ENV: &str = "--secret-env";
const FILE: &str = "--secret-file";
const AWS: &str = "--aws-from-env";

#[derive(Debug, Args)]
pub(super) struct CredentialArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The region of bedrock, such as us-west-2 [default: `AWS_REGION`]
    #[arg(long, value_name = "REGION")]
    aws_region: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct SourceArgs {
    /// Read the secret from standard input
    #[arg(long)]
    secret_stdin: bool,
    /// Read the secret from this variable of the environment
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
    /// Read the secret from this file
    #[arg(long, value_name = "PATH")]
    secret_file: Option<PathBuf>,
    /// For bedrock: read `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_REGION`
    #[arg(long)]
    aws_from_env: bool,
}

/// The secret of bedrock, which has two parts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AwsKey {
    #[serde(rename = "awsAccessKeyId")]
    id: Secret,
    #[serde(rename = "awsSecretAccessKey")]
    secret: Secret,
    #[serde(rename = "awsRegion")]
    region: Option<String>,
}

fn wrong(what: impl Into<String>, flag: &'static str, hint: &'static str) -> CommandError {
    CommandError::Input { what: what.into(), flag, hint }
}

impl CredentialArgs {
    pub(super) fn read(self, context: &Context, provider: &Provider) -> Result<Credential, CommandError> {
        let Self { source, aws_region } = self;
        if *provider == Provider::Bedrock {
            return source.aws(context, aws_region);
        }
        if aws_region.is_some() || source.aws_from_env {
            let flag = if source.aws_from_env { AWS } else { "--aws-region" };
            return Err(wrong(format!("`{flag}` is for bedrock"), flag, "give an API key by `--secret-env NAME`"));
        }
        let (text, flag) = source.text(context)?;
        let api_key = Secret::new(text.expose().trim());
        if api_key.expose().is_empty() {
            return Err(wrong(format!("`{flag}` gives nothing"), flag, "put the key there, and nothing else"));
        }
        match provider {
            Provider::Openai => Ok(Credential::OpenAi { api_key }),
            Provider::Anthropic => Ok(Credential::Anthropic { api_key }),
            other => {
                let hint = "take a newer version of aisetu";
                Err(wrong(format!("this version knows no credential of `{other}`"), "--provider", hint))
            }
        }
    }
}

impl SourceArgs {
    /// The text that the flag leads to, and the flag.
    fn text(self, context: &Context) -> Result<(Secret, &'static str), CommandError> {
        if let Some(name) = self.secret_env {
            let text = context.environment.get(&name).map(Secret::new);
            let none = || {
                wrong(
                    format!("the variable `{name}` is not set, or empty"),
                    ENV,
                    "put the secret there, and nothing else",
                )
            };
            return Ok((text.ok_or_else(none)?, ENV));
        }
        let (bytes, flag) = if let Some(path) = self.secret_file {
            let unreadable = |error: io::Error| {
                wrong(
                    format!("the file {} cannot be read: {error}", path.display()),
                    FILE,
                    "name a file with the secret",
                )
            };
            (bounded(File::open(&path).map_err(unreadable)?).map_err(unreadable)?, FILE)
        } else {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                context.printer.note("paste the secret, then press Enter and Ctrl-D");
            }
            (bounded(stdin.lock()).map_err(CommandError::Stdin)?, STDIN)
        };
        if bytes.len() as u64 > LONGEST {
            let what = format!("`{flag}` has more than {LONGEST} bytes, which no credential has");
            return Err(wrong(what, flag, "put the secret there, and nothing else"));
        }
        let none = |_| wrong(format!("`{flag}` gives no text"), flag, "put the secret there, and nothing else");
        Ok((Secret::new(String::from_utf8(bytes).map_err(none)?), flag))
    }

    fn aws(self, context: &Context, region: Option<String>) -> Result<Credential, CommandError> {
        let variable = |name: &'static str| {
            let none = || {
                wrong(format!("the variable `{name}` is not set, or empty"), AWS, "bedrock needs all three variables")
            };
            context.environment.get(name).ok_or_else(none)
        };
        if self.aws_from_env {
            if context.environment.get("AWS_SESSION_TOKEN").is_some() {
                let hint = "give a key of an IAM user, whose id begins with AKIA";
                return Err(wrong(
                    "`AWS_SESSION_TOKEN` is set: that key is temporary, and expires within hours",
                    AWS,
                    hint,
                ));
            }
            let aws_region = match region {
                Some(region) => region,
                None => variable("AWS_REGION").or_else(|error| variable("AWS_DEFAULT_REGION").map_err(|_| error))?,
            };
            let aws_access_key_id = variable("AWS_ACCESS_KEY_ID")?.into();
            let aws_secret_access_key = variable("AWS_SECRET_ACCESS_KEY")?.into();
            return Ok(Credential::Bedrock { aws_access_key_id, aws_secret_access_key, aws_region });
        }
        let (text, flag) = self.text(context)?;
        let hint =
            r#"give {"awsAccessKeyId": "..", "awsSecretAccessKey": "..", "awsRegion": ".."}, or `--aws-from-env`"#;
        // Without what the parser says: it may quote a secret.
        let none = |_| wrong(format!("`{flag}` gives no JSON object with the two parts of a key of AWS"), flag, hint);
        let key: AwsKey = serde_json::from_str(text.expose()).map_err(none)?;
        let AwsKey { id: aws_access_key_id, secret: aws_secret_access_key, region: aws_region } = key;
        let aws_region = region.or(aws_region).or_else(|| context.environment.get("AWS_REGION"));
        let none = || {
            wrong("bedrock needs a region", "--aws-region", "give `--aws-region REGION`, or `awsRegion` with the key")
        };
        Ok(Credential::Bedrock { aws_access_key_id, aws_secret_access_key, aws_region: aws_region.ok_or_else(none)? })
    }
}

fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(4097);
    from.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
