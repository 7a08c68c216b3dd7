//! Where a provider's secret comes from. No argument takes one.

use admin_core::provider_credentials::{Credential, Provider};
use admin_token::Secret;
use clap::Args;
use serde::Deserialize;

use crate::context::Context;
use crate::error::CommandError;
use crate::prompt::Echo;
use crate::secret_in::SecretArgs;

const AWS: &str = "--aws-from-env";

#[derive(Debug, Args)]
pub(super) struct CredentialArgs {
    #[command(flatten)]
    secret: SecretArgs,
    /// For bedrock: read `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_REGION`
    #[arg(long, conflicts_with = "SecretArgs")]
    aws_from_env: bool,
    /// The region of bedrock, such as us-west-2 [default: `AWS_REGION`]
    #[arg(long, value_name = "REGION")]
    aws_region: Option<String>,
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
    pub(super) async fn read(self, context: &Context, provider: &Provider) -> Result<Credential, CommandError> {
        if *provider == Provider::Bedrock {
            return self.aws(context).await;
        }
        if self.aws_region.is_some() || self.aws_from_env {
            let flag = if self.aws_from_env { AWS } else { "--aws-region" };
            return Err(wrong(format!("`{flag}` is for bedrock"), flag, "give an API key by `--secret-env NAME`"));
        }
        let api_key = self.secret.read(context, "the API key of the provider").await?;
        match provider {
            Provider::Openai => Ok(Credential::OpenAi { api_key }),
            Provider::Anthropic => Ok(Credential::Anthropic { api_key }),
            other => {
                let hint = "take a newer version of aisetu";
                Err(wrong(format!("this version knows no credential of `{other}`"), "--provider", hint))
            }
        }
    }

    async fn aws(self, context: &Context) -> Result<Credential, CommandError> {
        let Self { secret, aws_from_env, aws_region: region } = self;
        if aws_from_env {
            return of_environment(context, region);
        }
        let key = if secret.is_given() || !Context::on_terminal() {
            let text = secret.read(context, "the key of AWS").await?;
            let hint =
                r#"give {"awsAccessKeyId": "..", "awsSecretAccessKey": "..", "awsRegion": ".."}, or `--aws-from-env`"#;
            // Without what the parser says: it may quote a secret.
            let none = |_| wrong("the secret is no JSON object with the two parts of a key of AWS", "secret", hint);
            serde_json::from_str(text.expose()).map_err(none)?
        } else {
            let id = context.ask("Access key id (AKIA…): ", Echo::Shown).await?;
            AwsKey { id, secret: context.ask_secret("the secret access key").await?, region: None }
        };
        let AwsKey { id: aws_access_key_id, secret: aws_secret_access_key, region: aws_region } = key;
        let aws_region = region.or(aws_region).or_else(|| context.environment.get("AWS_REGION"));
        let none = || {
            wrong("bedrock needs a region", "--aws-region", "give `--aws-region REGION`, or `awsRegion` with the key")
        };
        Ok(Credential::Bedrock { aws_access_key_id, aws_secret_access_key, aws_region: aws_region.ok_or_else(none)? })
    }
}

fn of_environment(context: &Context, region: Option<String>) -> Result<Credential, CommandError> {
    let variable = |name: &'static str| {
        let none =
            || wrong(format!("the variable `{name}` is not set, or empty"), AWS, "bedrock needs all three variables");
        context.environment.get(name).ok_or_else(none)
    };
    if context.environment.get("AWS_SESSION_TOKEN").is_some() {
        let hint = "give a key of an IAM user, whose id begins with AKIA";
        return Err(wrong("`AWS_SESSION_TOKEN` is set: that key is temporary, and expires within hours", AWS, hint));
    }
    let aws_region = match region {
        Some(region) => region,
        None => variable("AWS_REGION").or_else(|error| variable("AWS_DEFAULT_REGION").map_err(|_| error))?,
    };
    let aws_access_key_id = variable("AWS_ACCESS_KEY_ID")?.into();
    let aws_secret_access_key = variable("AWS_SECRET_ACCESS_KEY")?.into();
    Ok(Credential::Bedrock { aws_access_key_id, aws_secret_access_key, aws_region })
}
