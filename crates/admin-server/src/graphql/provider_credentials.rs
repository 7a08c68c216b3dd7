//! `providerCredentials`.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::scalars::{DateTime, Int64, Secret};
use super::{Answer, mutate, mutate_outside, page, page_type, query};
use crate::app::provider_credentials::{
    Availability, ListConnections, ListProviderAvailability, RevokeConnection, TestConnection, UpsertConnection,
};
use crate::error::Error;
use crate::ids::{ConnectionId, WorkspaceId};
use crate::model;
use crate::providers::{Credential, Given};

/// Who offers models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::Provider")]
pub(crate) enum Provider {
    /// OpenAI: an API key.
    #[graphql(name = "OPENAI")]
    OpenAi,
    /// Anthropic: an API key.
    Anthropic,
    /// Amazon Bedrock: an access key of AWS and a region.
    Bedrock,
}

/// What a provider said when it was asked whether it takes a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::ProbeOutcome")]
pub(crate) enum ProbeOutcome {
    /// It takes it.
    Ok,
    /// It does not: it is wrong, expired or revoked.
    Invalid,
    /// It knows it and does not let it do this.
    Forbidden,
    /// It does not for now: too many calls, or a quota is used up.
    RateLimited,
    /// It could not be asked, or answered with what says nothing about the credential.
    Unreachable,
}

/// What a test of a credential came to.
#[derive(Debug, SimpleObject)]
pub(crate) struct ConnectionTest {
    outcome: ProbeOutcome,
    /// In plain words.
    message: String,
    tested_at: DateTime,
}

impl From<model::ConnectionTest> for ConnectionTest {
    fn from(test: model::ConnectionTest) -> Self {
        Self { outcome: test.outcome.into(), message: test.message, tested_at: DateTime(test.at) }
    }
}

/// An account of one's own with a provider. Its credential never comes back.
#[derive(Debug, SimpleObject)]
pub(crate) struct Connection {
    id: ID,
    workspace_id: ID,
    /// Models are asked for over it as `@slug/model`.
    slug: String,
    provider: Provider,
    /// The last four characters of the API key, or of AWS's access key id.
    key_hint: String,
    /// Counts the credentials that it has had, from 1.
    version: Int64,
    created_at: DateTime,
    /// Since when it has this credential.
    updated_at: DateTime,
    /// When it was revoked and its credential erased; null while it lives.
    revoked_at: Option<DateTime>,
    /// The last test of this credential; null when there was none.
    last_test: Option<ConnectionTest>,
}

impl From<model::Connection> for Connection {
    fn from(connection: model::Connection) -> Self {
        Self {
            id: connection.id.as_str().into(),
            workspace_id: connection.workspace_id.as_str().into(),
            slug: connection.slug,
            provider: connection.provider.into(),
            key_hint: connection.key_hint,
            version: Int64(connection.version),
            created_at: DateTime(connection.created_at),
            updated_at: DateTime(connection.updated_at),
            revoked_at: connection.revoked_at.map(DateTime),
            last_test: connection.last_test.map(Into::into),
        }
    }
}

page_type! {
    /// One page of connections.
    ConnectionPage of Connection from model::Connection
}

/// A field that a credential has.
#[derive(Debug, SimpleObject)]
pub(crate) struct CredentialField {
    /// As the input of `providerCredentialsUpsert` spells it.
    name: String,
    /// Whether it must not be seen.
    secret: bool,
}

/// A provider, what its credential consists of, and whether there is a connection with it.
#[derive(Debug, SimpleObject)]
pub(crate) struct ProviderAvailability {
    provider: Provider,
    /// All of them are needed.
    fields: Vec<CredentialField>,
    /// Whether there is a living connection with it.
    configured: bool,
    /// How many living connections there are with it.
    connections: Int64,
}

impl From<Availability> for ProviderAvailability {
    fn from(availability: Availability) -> Self {
        let field =
            |field: &crate::providers::Field| CredentialField { name: field.name.to_owned(), secret: field.secret };
        Self {
            provider: availability.provider.into(),
            fields: availability.fields.iter().map(field).collect(),
            configured: availability.connections > 0,
            connections: Int64(availability.connections),
        }
    }
}

/// The providers.
#[derive(Debug, SimpleObject)]
pub(crate) struct ProviderAvailabilityList {
    items: Vec<ProviderAvailability>,
}

/// Where connections are counted.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListProviderAvailabilityInput {
    /// Only those of this workspace; absent = of every workspace that the caller may read.
    workspace_id: Option<ID>,
}

/// Which connections to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListConnectionsInput {
    /// Only those of this workspace; absent = of every workspace that the caller may read.
    workspace_id: Option<ID>,
    /// Only those with this provider.
    provider: Option<Provider>,
    /// True = also revoked ones.
    include_revoked: Option<bool>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// A connection and its credential: of OPENAI and ANTHROPIC `apiKey`, of BEDROCK the three that begin with `aws`.
#[derive(Debug, InputObject)]
pub(crate) struct UpsertProviderCredentialInput {
    /// The workspace of the connection; absent = the only workspace in which the caller may make connections.
    workspace_id: Option<ID>,
    /// 1 to 64 characters of a to z, 0 to 9 and `-`. Where a connection of the workspace has it, that one gets the credential.
    slug: Option<String>,
    /// Another name of `slug`, which wins over it.
    #[graphql(deprecation = "Use `slug`.")]
    label: Option<String>,
    provider: Provider,
    /// 16 to 512 visible ASCII characters.
    api_key: Option<Secret>,
    /// 16 to 512 visible ASCII characters.
    aws_access_key_id: Option<Secret>,
    /// 16 to 512 visible ASCII characters.
    aws_secret_access_key: Option<Secret>,
    /// Such as `us-west-2`.
    aws_region: Option<String>,
}

impl UpsertProviderCredentialInput {
    fn parse(self) -> Result<UpsertConnection, Error> {
        let absent = || Error::bad_input("slug", "`slug` is absent; it is what models are asked for by: `@slug/model`");
        let given = Given {
            api_key: self.api_key.map(|secret| secret.0),
            aws_access_key_id: self.aws_access_key_id.map(|secret| secret.0),
            aws_secret_access_key: self.aws_secret_access_key.map(|secret| secret.0),
            aws_region: self.aws_region,
        };
        Ok(UpsertConnection {
            workspace_id: self.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose()?,
            slug: self.slug.or(self.label).ok_or_else(absent)?,
            credential: Credential::of(self.provider.into(), given)?,
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct ProviderCredentialsQuery;

#[Object]
impl ProviderCredentialsQuery {
    /// Lists the providers, what the credential of each consists of, and which have a connection.
    async fn provider_credentials_availability(
        &self,
        ctx: &Context<'_>,
        input: Option<ListProviderAvailabilityInput>,
    ) -> Answer<ProviderAvailabilityList> {
        let workspace_id = input.unwrap_or_default().workspace_id;
        let workspace_id = workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose();
        let found = query(ctx, workspace_id.map(|workspace_id| ListProviderAvailability { workspace_id })).await?;
        Ok(ProviderAvailabilityList { items: found.into_iter().map(Into::into).collect() })
    }

    /// Lists connections, newest first.
    async fn provider_credentials_list(
        &self,
        ctx: &Context<'_>,
        input: Option<ListConnectionsInput>,
    ) -> Answer<ConnectionPage> {
        let input = input.unwrap_or_default();
        let workspace_id = input.workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose();
        let operation = workspace_id.map(|workspace_id| ListConnections {
            workspace_id,
            provider: input.provider.map(Into::into),
            include_revoked: input.include_revoked.unwrap_or(false),
            page: page(input.limit, input.cursor, input.offset),
        });
        Ok(query(ctx, operation).await?.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct ProviderCredentialsMutation;

#[Object]
impl ProviderCredentialsMutation {
    /// Makes a connection, or gives the one of the slug another credential in the place of its own.
    async fn provider_credentials_upsert(
        &self,
        ctx: &Context<'_>,
        input: UpsertProviderCredentialInput,
    ) -> Answer<Connection> {
        Ok(mutate(ctx, input.parse()).await?.into())
    }

    /// Asks the provider whether it takes the credential, without spending anything. What it says is an answer and not an error.
    async fn provider_credentials_test(&self, ctx: &Context<'_>, id: ID) -> Answer<ConnectionTest> {
        let id = ConnectionId::input("id", &id);
        Ok(mutate_outside(ctx, id.map(|id| TestConnection { id })).await?.into())
    }

    /// Revokes a connection for good and erases its credential. Its slug is free again.
    async fn provider_credentials_revoke(&self, ctx: &Context<'_>, id: ID) -> Answer<Connection> {
        Ok(mutate(ctx, ConnectionId::input("id", &id).map(|id| RevokeConnection { id })).await?.into())
    }
}
