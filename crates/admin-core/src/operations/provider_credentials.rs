//! Provider credentials: accounts of one's own with providers of models, over which a gateway can call them.

use std::fmt;

use admin_token::Secret;
use cynic::{MutationBuilder, QueryBuilder};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ConnectionId, WorkspaceId},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo, Paged},
    output::Page,
    scalars::{DateTime, Outgoing},
    schema,
};

graphql_enum! {
    /// Who offers models.
    Provider {
        /// OpenAI.
        Openai = "OPENAI",
        /// Anthropic.
        Anthropic = "ANTHROPIC",
        /// Amazon Bedrock.
        Bedrock = "BEDROCK",
    }
}

graphql_enum! {
    /// What a provider said when it was asked whether it takes a credential.
    ProbeOutcome {
        /// It takes it.
        Ok = "OK",
        /// It does not: it is wrong, expired or revoked.
        Invalid = "INVALID",
        /// It knows it and does not let it do this.
        Forbidden = "FORBIDDEN",
        /// It does not for now: too many calls, or a quota is used up.
        RateLimited = "RATE_LIMITED",
        /// It could not be asked, or answered with what says nothing about the credential.
        Unreachable = "UNREACHABLE",
    }
}

/// What a test of a credential came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConnectionTest {
    /// OK, INVALID, FORBIDDEN, RATE_LIMITED or UNREACHABLE.
    pub outcome: ProbeOutcome,
    /// The same in plain words.
    pub message: String,
    /// When it was asked.
    pub tested_at: DateTime,
}

impl ConnectionTest {
    /// Whether the provider takes the credential.
    pub fn ok(&self) -> bool {
        self.outcome == ProbeOutcome::Ok
    }
}

/// A connection: an account of one's own with a provider, by a slug. Its credential never comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Connection {
    /// The connection.
    pub id: ConnectionId,
    /// The workspace that it belongs to.
    pub workspace_id: WorkspaceId,
    /// Models are asked for over it as `@slug/model`.
    pub slug: String,
    /// Whose account it is.
    pub provider: Provider,
    /// The last four characters of the API key, or of AWS's access key id.
    pub key_hint: String,
    /// Counts the credentials that it has had, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime,
    /// Since when it has this credential.
    pub updated_at: DateTime,
    /// When it was revoked and its credential erased; null while it lives.
    pub revoked_at: Option<DateTime>,
    /// The last test of this credential; null when there was none.
    pub last_test: Option<ConnectionTest>,
}

/// A field that a credential has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CredentialField {
    /// Its name, such as `apiKey`.
    pub name: String,
    /// Whether it must not be seen.
    pub secret: bool,
}

/// A provider, what its credential consists of, and whether there is a connection with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProviderAvailability {
    /// The provider.
    pub provider: Provider,
    /// What its credential consists of: all of these.
    pub fields: Vec<CredentialField>,
    /// Whether there is a living connection with it.
    pub configured: bool,
    /// How many living connections there are with it.
    pub connections: i64,
}

/// The providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProviderAvailabilityList {
    /// One for each.
    pub items: Vec<ProviderAvailability>,
}

/// Lists the providers, and which have a connection.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListProviderAvailabilityInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListProviderAvailability {
    /// Only the connections of this workspace (`ws_…`) count; absent = of every workspace that the token may read.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

impl Operation for ListProviderAvailability {
    type Variables = wire::AvailabilityVariables;
    type Data = wire::ProviderCredentialsAvailability;
    type Output = ProviderAvailabilityList;
    const INFO: OperationInfo = OperationInfo {
        namespace: "provider_credentials",
        method: "availability",
        title: "List providers",
        summary: "Lists the providers, what the credential of each consists of, and which have a connection.",
        description: "Returns the providers that a connection can be made with, the fields that each credential needs, and how many living connections there are. For those, use list_connections.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_providers",
        toolset: "provider_credentials",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::AvailabilityVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.provider_credentials_availability
    }
}

/// Lists connections, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListConnectionsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListConnections {
    /// Only the connections of this workspace (`ws_…`); absent = of every workspace that the token may read.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
    /// Only those with this provider.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// True = also revoked ones.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub include_revoked: Option<bool>,
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl Operation for ListConnections {
    type Variables = wire::ListVariables;
    type Data = wire::ProviderCredentialsList;
    type Output = Page<Connection>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "provider_credentials",
        method: "list",
        title: "List connections",
        summary: "Lists connections to providers, newest first.",
        description: "Returns a page of connections with slug, provider, the last four characters of the key and the last test; never a credential. For what a new one needs, use list_providers.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_connections",
        toolset: "provider_credentials",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ListVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.provider_credentials_list.into()
    }
}

impl Paged for ListConnections {
    type Item = Connection;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// What a provider is shown. It goes out with its call, and nothing gives it back; `Debug` shows the last four characters.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credential {
    /// Of OpenAI.
    OpenAi {
        /// The API key: 16 to 512 visible ASCII characters.
        api_key: Secret,
    },
    /// Of Anthropic.
    Anthropic {
        /// The API key: 16 to 512 visible ASCII characters.
        api_key: Secret,
    },
    /// Of AWS, for Bedrock.
    Bedrock {
        /// The access key id.
        aws_access_key_id: Secret,
        /// The secret access key.
        aws_secret_access_key: Secret,
        /// Such as `us-west-2`.
        aws_region: String,
    },
}

impl Credential {
    /// Whose it is.
    pub const fn provider(&self) -> Provider {
        match self {
            Self::OpenAi { .. } => Provider::Openai,
            Self::Anthropic { .. } => Provider::Anthropic,
            Self::Bedrock { .. } => Provider::Bedrock,
        }
    }
}

/// Makes a connection, or gives the one of the slug another credential.
#[derive(Clone)]
#[non_exhaustive]
pub struct UpsertProviderCredential {
    /// What models are asked for by, `@slug/model`: 1 to 64 characters of a to z, 0 to 9 and `-`.
    pub slug: String,
    /// The credential.
    pub credential: Credential,
    /// The workspace (`ws_…`); absent = the only workspace in which the caller may make connections.
    pub workspace_id: Option<WorkspaceId>,
}

impl UpsertProviderCredential {
    /// Of a slug, in the only workspace in which the caller may make connections.
    pub fn new(slug: impl Into<String>, credential: Credential) -> Self {
        Self { slug: slug.into(), credential, workspace_id: None }
    }

    /// With an API key of OpenAI.
    pub fn openai(slug: impl Into<String>, api_key: impl Into<Secret>) -> Self {
        Self::new(slug, Credential::OpenAi { api_key: api_key.into() })
    }

    /// With an API key of Anthropic.
    pub fn anthropic(slug: impl Into<String>, api_key: impl Into<Secret>) -> Self {
        Self::new(slug, Credential::Anthropic { api_key: api_key.into() })
    }

    /// With an access key of AWS, for Bedrock in a region.
    pub fn bedrock(
        slug: impl Into<String>,
        aws_access_key_id: impl Into<Secret>,
        aws_secret_access_key: impl Into<Secret>,
        aws_region: impl Into<String>,
    ) -> Self {
        let (aws_access_key_id, aws_secret_access_key) = (aws_access_key_id.into(), aws_secret_access_key.into());
        Self::new(slug, Credential::Bedrock { aws_access_key_id, aws_secret_access_key, aws_region: aws_region.into() })
    }

    /// In this workspace.
    #[must_use]
    pub fn workspace(mut self, id: impl Into<WorkspaceId>) -> Self {
        self.workspace_id = Some(id.into());
        self
    }
}

impl fmt::Debug for UpsertProviderCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpsertProviderCredential")
            .field("slug", &self.slug)
            .field("credential", &self.credential)
            .field("workspace_id", &self.workspace_id)
            .finish()
    }
}

impl Operation for UpsertProviderCredential {
    type Variables = wire::UpsertVariables;
    type Data = wire::ProviderCredentialsUpsert;
    type Output = Connection;
    const INFO: OperationInfo = OperationInfo {
        namespace: "provider_credentials",
        method: "upsert",
        title: "Make a connection",
        summary: "Makes a connection to a provider, or gives the one of the slug another credential.",
        description: "Returns the connection without its credential, which is kept encrypted. Where a connection of the workspace has the \
                      slug, its credential is replaced; one with another provider is a CONFLICT. Whether the provider takes it, \
                      test_connection says.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "upsert_connection",
        toolset: "provider_credentials",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::UpsertVariables { input: self.into() })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.provider_credentials_upsert
    }
}

/// Asks the provider whether it takes the credential of a connection.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestConnection {
    /// The connection (`conn_…`).
    pub id: ConnectionId,
}

impl Operation for TestConnection {
    type Variables = Self;
    type Data = wire::ProviderCredentialsTest;
    type Output = ConnectionTest;
    const INFO: OperationInfo = OperationInfo {
        namespace: "provider_credentials",
        method: "test",
        title: "Test a connection",
        summary: "Asks the provider whether it takes the credential of a connection, without spending anything.",
        description: "Returns OK, INVALID, FORBIDDEN, RATE_LIMITED or UNREACHABLE with a sentence in plain words; a credential that does not work is an answer and no error.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "test_connection",
        toolset: "provider_credentials",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.provider_credentials_test
    }
}

/// Revokes a connection for good.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeConnection {
    /// The connection (`conn_…`).
    pub id: ConnectionId,
}

impl Operation for RevokeConnection {
    type Variables = Self;
    type Data = wire::ProviderCredentialsRevoke;
    type Output = Connection;
    const INFO: OperationInfo = OperationInfo {
        namespace: "provider_credentials",
        method: "revoke",
        title: "Revoke a connection",
        summary: "Revokes a connection for good and erases its credential; its slug is free again.",
        description: "Returns the revoked connection. It cannot be undone: calls over `@slug/model` fail from now on. The key itself stays good \
                      at the provider until it is revoked there.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Moderate,
        tool: "revoke_connection",
        toolset: "provider_credentials",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.provider_credentials_revoke
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{
        Connection, ConnectionTest, Credential, ListConnections, ListProviderAvailability, Outgoing, Provider,
        ProviderAvailabilityList, UpsertProviderCredential, WorkspaceId, schema,
    };
    use crate::output::page;

    #[derive(cynic::QueryFragment)]
    pub struct ConnectionPage {
        items: Vec<Connection>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(ConnectionPage, Connection);

    #[derive(cynic::QueryVariables)]
    pub struct AvailabilityVariables {
        pub(super) input: ListProviderAvailability,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "AvailabilityVariables")]
    pub struct ProviderCredentialsAvailability {
        #[arguments(input: $input)]
        pub(super) provider_credentials_availability: ProviderAvailabilityList,
    }

    #[derive(cynic::QueryVariables)]
    pub struct ListVariables {
        pub(super) input: ListConnections,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ListVariables")]
    pub struct ProviderCredentialsList {
        #[arguments(input: $input)]
        pub(super) provider_credentials_list: ConnectionPage,
    }

    /// The only way in which a credential leaves.
    #[derive(cynic::InputObject)]
    #[cynic(graphql_type = "UpsertProviderCredentialInput")]
    pub struct UpsertInput {
        #[cynic(skip_serializing_if = "Option::is_none")]
        workspace_id: Option<WorkspaceId>,
        slug: Option<String>,
        provider: Provider,
        #[cynic(skip_serializing_if = "Option::is_none")]
        api_key: Option<Outgoing>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        aws_access_key_id: Option<Outgoing>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        aws_secret_access_key: Option<Outgoing>,
        #[cynic(skip_serializing_if = "Option::is_none")]
        aws_region: Option<String>,
    }

    impl From<UpsertProviderCredential> for UpsertInput {
        fn from(upsert: UpsertProviderCredential) -> Self {
            let UpsertProviderCredential { slug, credential, workspace_id } = upsert;
            let provider = credential.provider();
            let (api_key, aws) = match credential {
                Credential::OpenAi { api_key } | Credential::Anthropic { api_key } => (Some(api_key), None),
                Credential::Bedrock { aws_access_key_id, aws_secret_access_key, aws_region } => {
                    (None, Some((aws_access_key_id, aws_secret_access_key, aws_region)))
                }
            };
            let (id, secret, aws_region) = match aws {
                Some((id, secret, region)) => (Some(id), Some(secret), Some(region)),
                None => (None, None, None),
            };
            Self {
                workspace_id,
                slug: Some(slug),
                provider,
                api_key: api_key.map(Outgoing),
                aws_access_key_id: id.map(Outgoing),
                aws_secret_access_key: secret.map(Outgoing),
                aws_region,
            }
        }
    }

    #[derive(cynic::QueryVariables)]
    pub struct UpsertVariables {
        pub(super) input: UpsertInput,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "UpsertVariables")]
    pub struct ProviderCredentialsUpsert {
        #[arguments(input: $input)]
        pub(super) provider_credentials_upsert: Connection,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::TestConnection")]
    pub struct ProviderCredentialsTest {
        #[arguments(id: $id)]
        pub(super) provider_credentials_test: ConnectionTest,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::RevokeConnection")]
    pub struct ProviderCredentialsRevoke {
        #[arguments(id: $id)]
        pub(super) provider_credentials_revoke: Connection,
    }
}
