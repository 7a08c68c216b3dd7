//! Provider credentials: accounts of one's own with providers of models.

#[doc(inline)]
pub use admin_core::provider_credentials::{
    Connection, ConnectionTest, Credential, CredentialField, ListConnections, ListProviderAvailability, ProbeOutcome,
    Provider, ProviderAvailability, ProviderAvailabilityList, RevokeConnection, TestConnection,
    UpsertProviderCredential,
};
use admin_core::{Client, ConnectionId};

use crate::call::Call;

/// The methods of provider credentials. Made by [`AiSetuAdmin::provider_credentials`](crate::AiSetuAdmin::provider_credentials).
#[derive(Debug, Clone)]
pub struct ProviderCredentials {
    pub(crate) client: Client,
}

impl ProviderCredentials {
    /// Lists the providers, what the credential of each consists of, and which have a connection.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted.
    /// - `BAD_USER_INPUT`: the id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::provider_credentials::ListProviderAvailability;
    ///
    /// for provider in admin.provider_credentials().availability(ListProviderAvailability::default()).await?.items {
    ///     println!("{}: {}", provider.provider, provider.configured);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn availability(&self, which: ListProviderAvailability) -> Call<ListProviderAvailability> {
        Call::new(&self.client, which)
    }

    /// Lists connections, newest first; their credentials never come back.
    ///
    /// Awaited, it gives one page; [`stream`](Call::stream) and [`all`](Call::all) go over all pages.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds, or the id is malformed.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::provider_credentials::ListConnections;
    ///
    /// let connections = admin.provider_credentials().list(ListConnections::default()).all().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, which: ListConnections) -> Call<ListConnections> {
        Call::new(&self.client, which)
    }

    /// Makes a connection, or gives the one of the slug another credential.
    ///
    /// Models are asked for over it as `@slug/model`. The credential is kept encrypted, and only the last four characters of the key come back.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, or ADMIN of the workspace.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, none that the token may read, or it was deleted.
    /// - `CONFLICT`: the slug is one of a connection with another provider; [`Error::object`](crate::Error::object) is that connection.
    /// - `BAD_USER_INPUT`: the slug or a part of the credential is out of its bounds, or `workspace_id` is absent where several workspaces
    ///   could be meant; the hint lists them. No error quotes a secret.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin, id: String, secret: String) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::provider_credentials::UpsertProviderCredential;
    ///
    /// let connection = UpsertProviderCredential::bedrock("bedrock-prod", id, secret, "us-west-2");
    /// let connection = admin.provider_credentials().upsert(connection).await?;
    /// let probe = admin.provider_credentials().test(connection.id).await?;
    /// if !probe.ok() {
    ///     println!("{}", probe.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn upsert(&self, connection: UpsertProviderCredential) -> Call<UpsertProviderCredential> {
        Call::new(&self.client, connection)
    }

    /// Asks the provider whether it takes the credential, without spending anything.
    ///
    /// What the provider says is an answer and no error: see [`ConnectionTest::ok`].
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, or ADMIN of the workspace.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such connection, none that the token may read, or its workspace was deleted.
    /// - `CONFLICT`: it is revoked, or its credential was replaced while it was tested.
    /// - `BAD_USER_INPUT`: the id is not one of a connection.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// A retry may ask the provider again. [`Call::idempotency_key`] gives the same answer over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let probe = admin.provider_credentials().test("conn_…").await?;
    /// println!("{}: {}", probe.outcome, probe.message);
    /// # Ok(())
    /// # }
    /// ```
    pub fn test(&self, id: impl Into<ConnectionId>) -> Call<TestConnection> {
        Call::new(&self.client, TestConnection { id: id.into() })
    }

    /// Revokes a connection for good and erases its credential; its slug is free again.
    ///
    /// The key itself stays good at the provider until it is revoked there.
    ///
    /// # Scope
    /// `admin:write`, and the role OWNER, or ADMIN of the workspace.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such connection, none that the token may read, or its workspace was deleted.
    /// - `CONFLICT`: it was revoked already.
    /// - `BAD_USER_INPUT`: the id is not one of a connection.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let connection = admin.provider_credentials().revoke("conn_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn revoke(&self, id: impl Into<ConnectionId>) -> Call<RevokeConnection> {
        Call::new(&self.client, RevokeConnection { id: id.into() })
    }
}
