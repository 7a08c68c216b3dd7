//! The tools that need a secret. They are written by hand, because the operations take it as an argument, and no tool may.

use std::sync::Arc;

use admin_core::auth::WhoAmI;
use admin_core::members::{AcceptInvitation, Invitation};
use admin_core::provider_credentials::{Connection, Credential, Provider, UpsertProviderCredential};
use admin_core::{
    Client, ErrorCode, Operation as _, OperationInfo, ProjectId, Verification, VerifyRequest, WorkspaceId,
};
use admin_token::Secret;
use futures_util::future::BoxFuture;
use rmcp::model::{CallToolResponse, JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::arguments;
use crate::error::ToolError;
use crate::in_browser::{Asked, Perform};
use crate::schema;
use crate::source::Source;
use crate::tools::{Call, Entry, Run, answer, unless, value};

pub(crate) fn entries() -> [(&'static str, Entry); 3] {
    [
        entry::<Upsert>(&UpsertProviderCredential::INFO, schema::output::<Connection>(), |call| Box::pin(upsert(call))),
        entry::<Accept>(&AcceptInvitation::INFO, schema::output::<Invitation>(), |call| Box::pin(accept(call))),
        entry::<Verify>(&verify_info(), schema::output::<Verification>(), |call| Box::pin(verify(call))),
    ]
}

fn entry<T: JsonSchema>(info: &OperationInfo, output: Arc<JsonObject>, run: Run) -> (&'static str, Entry) {
    let input = schema::input::<T>();
    let hints =
        ToolAnnotations::with_title(info.title).read_only(false).destructive(false).idempotent(false).open_world(false);
    let tool = Tool::new(info.tool, info.description, schema::shown(info.tool, &input))
        .with_title(info.title)
        .with_raw_output_schema(output)
        .with_annotations(hints);
    let (toolset, command) = (info.toolset, info.command().join(" "));
    (info.tool, Entry { tool, input, toolset, in_read_only: false, command, run })
}

/// Makes a connection, or gives the one of the slug another credential.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Upsert {
    /// What models are asked for by, `@slug/model`: 1 to 64 of a to z, 0 to 9 and `-`.
    slug: String,
    /// Whose credential it is.
    provider: Provider,
    /// For Bedrock, such as `us-west-2`.
    aws_region: Option<String>,
    /// The workspace (`ws_…`); absent = the only one.
    workspace_id: Option<WorkspaceId>,
    /// Where the credential is; for Bedrock the access key id and the secret access key, in this order.
    source: Source,
}

impl Upsert {
    /// The parts of the credential that are secret.
    fn parts(&self) -> Result<&'static [&'static str], ToolError> {
        match self.provider {
            Provider::Openai | Provider::Anthropic => Ok(&["API key"]),
            Provider::Bedrock => Ok(&["AWS access key id", "AWS secret access key"]),
            ref other => {
                let message = format!("this version knows no credential of {other}");
                Err(ToolError::new(ErrorCode::BadUserInput, message, "call list_providers"))
            }
        }
    }

    fn operation(self, secrets: Vec<Secret>) -> Result<UpsertProviderCredential, ToolError> {
        let bad = |what: &str| ToolError::new(ErrorCode::BadUserInput, what, "correct the argument and call again");
        let Self { slug, provider, aws_region, workspace_id, .. } = self;
        let mut secrets = secrets.into_iter();
        let mut next = || secrets.next().ok_or_else(|| bad("a part of the credential is missing"));
        let credential = match (provider, aws_region) {
            (Provider::Bedrock, Some(aws_region)) => {
                Credential::Bedrock { aws_access_key_id: next()?, aws_secret_access_key: next()?, aws_region }
            }
            (Provider::Bedrock, None) => return Err(bad("`awsRegion` is missing, such as `us-west-2`")),
            (_, Some(_)) => return Err(bad("`awsRegion` is for Bedrock alone")),
            (Provider::Anthropic, None) => Credential::Anthropic { api_key: next()? },
            (_, None) => Credential::OpenAi { api_key: next()? },
        };
        let mut operation = UpsertProviderCredential::new(slug, credential);
        operation.workspace_id = workspace_id;
        Ok(operation)
    }
}

async fn upsert(call: Call) -> Result<CallToolResponse, ToolError> {
    let given: Upsert = arguments::read(&call.arguments)?;
    let parts = given.parts()?;
    // What is wrong with the rest is told before anybody is asked for a secret.
    arguments::read::<Upsert>(&call.arguments)?.operation(parts.iter().map(|_| Secret::new("-")).collect())?;
    with_secret(UpsertProviderCredential::INFO, call, given.source, parts, |client, arguments, secrets| {
        Box::pin(async move {
            let given: Upsert = arguments::read(&arguments)?;
            value(client.execute(given.operation(secrets)?).await?)
        })
    })
    .await
}

/// Accepts an invitation with the token of its mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Accept {
    /// Where the token of the mail is.
    source: Source,
}

async fn accept(call: Call) -> Result<CallToolResponse, ToolError> {
    let Accept { source } = arguments::read(&call.arguments)?;
    with_secret(AcceptInvitation::INFO, call, source, &["token of the mail"], |client, _, secrets| {
        Box::pin(async move {
            let [token] = one(secrets)?;
            value(client.execute(AcceptInvitation::new(token)).await?)
        })
    })
    .await
}

/// Asks whether an API key may do a thing, as a gateway would.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Verify {
    /// Where the key is.
    source: Source,
    /// The scopes that the call needs, all of them; absent = none.
    scopes: Option<Vec<String>>,
    /// The project (`prj_…`) for which the call is made.
    project_id: Option<ProjectId>,
    /// The address of the client.
    ip: Option<std::net::IpAddr>,
    /// The `Referer` or `Origin` of the client.
    referrer: Option<String>,
    /// What is called, such as `functions`.
    resource: Option<String>,
    /// How much of the rate limit it takes; 0 = check without taking any; absent = 1.
    cost: Option<u32>,
    /// The own connection over which the call goes, by slug or id.
    connection: Option<String>,
}

/// What it says of itself: it is no operation, but a question that gateways ask.
fn verify_info() -> OperationInfo {
    let mut info = WhoAmI::INFO;
    info.title = "Verify an API key";
    info.summary = "Asks whether an API key may do a thing, as a gateway would.";
    info.description = "Returns whether the key may do it: VALID, or the code that says why not, with what it may do. It counts as a call of \
                        the key, unless `cost` is 0. Without the key at hand, use explain_api_key. It takes the scope keys:verify.";
    info.tool = "verify_api_key";
    info.toolset = "key_details";
    (info.namespace, info.method) = ("api_keys", "verify");
    info
}

async fn verify(call: Call) -> Result<CallToolResponse, ToolError> {
    let Verify { source, .. } = arguments::read(&call.arguments)?;
    with_secret(verify_info(), call, source, &["API key"], |client, arguments, secrets| {
        Box::pin(async move {
            let Verify { scopes, project_id, ip, referrer, resource, cost, connection, .. } =
                arguments::read(&arguments)?;
            let [key] = one(secrets)?;
            let mut request = VerifyRequest::new(key);
            request.scopes = scopes.unwrap_or_default();
            request.project = project_id;
            request.ip = ip;
            request.referrer = referrer;
            request.resource = resource;
            request.cost = cost;
            request.connection = connection;
            value(client.gateway().verify(request).await?)
        })
    })
    .await
}

/// What is done with the parts of the secret, beside the other arguments.
type Then = fn(Client, JsonObject, Vec<Secret>) -> BoxFuture<'static, Result<Value, ToolError>>;

/// Does something with a secret that is elsewhere, or that a person fills in.
async fn with_secret(
    info: OperationInfo,
    call: Call,
    source: Source,
    parts: &'static [&'static str],
    then: Then,
) -> Result<CallToolResponse, ToolError> {
    let (server, given_up) = (call.server.clone(), call.context.ct.clone());
    let client = server.client(&info)?;
    if let Some(secrets) = unless(&given_up, source.read(&server, parts)).await? {
        let _changing = server.begin_change().await;
        return answer(then(client, call.arguments, secrets).await?);
    }
    let held = (server.clone(), client.clone(), call.arguments.clone());
    let perform: Perform = Arc::new(move |secrets| {
        let (server, client, arguments) = held.clone();
        Box::pin(async move {
            let _changing = server.begin_change().await;
            Ok((then(client, arguments, secrets).await?, None))
        })
    });
    let arguments = call.arguments.clone();
    Asked { server, info, client, arguments, subject: None, parts, perform }.on_page(&call).await
}

fn one(secrets: Vec<Secret>) -> Result<[Secret; 1], ToolError> {
    secrets
        .try_into()
        .map_err(|_| ToolError::new(ErrorCode::Internal, "there is not one secret", "tell the user what happened"))
}
