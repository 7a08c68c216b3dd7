//! The entrance: a client, and the namespaces of its methods.

use admin_core::{BaseUrl, Client, Error, Gateway};

use crate::{
    api_keys::ApiKeys, audit::Audit, auth::Auth, billing::Billing, builder::AiSetuAdminBuilder, members::Members,
    pats::Pats, projects::Projects, provider_credentials::ProviderCredentials, usage::Usage, workspaces::Workspaces,
};

/// The control plane of an AI gateway.
///
/// It is cheap to clone: all clones share one pool of connections, and so do the namespaces, which can be kept by themselves. It
/// connects at the first call. `Debug` shows the last four characters of the token and where it came from, never the token.
///
/// # Example
/// ```
/// use admin_sdk::{AiSetuAdmin, Error, api_keys::CreateApiKey, workspaces::ListWorkspaces};
///
/// #[tokio::main]
/// async fn main() -> Result<(), Error> {
///     # if aisetu_tests::ran_with_a_server() { return Ok(()) }
///     let admin = AiSetuAdmin::from_env()?; // reads AI_SETU_PAT
///
///     let workspaces = admin.workspaces().list(ListWorkspaces::default()).await?;
///     let workspace_id = workspaces.items.first().map(|workspace| workspace.id.clone());
///     let key = admin.api_keys().create(CreateApiKey { workspace_id, ..CreateApiKey::new("CI") }).await?;
///
///     // The secret is shown this once, and nothing can read it again. Nothing but `expose` prints it.
///     println!("store this once, it does not come back: {}", key.secret().expose());
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct AiSetuAdmin {
    client: Client,
}

impl AiSetuAdmin {
    /// Takes everything from the environment: `AI_SETU_PAT`, `AI_SETU_API_BASE_URL` and `AI_SETU_ALLOW_HTTP`.
    ///
    /// # Errors
    /// [`Error::Config`]: no token is set (`UNAUTHENTICATED`), it is of another kind (`WRONG_TOKEN_KIND`), or a variable is
    /// malformed (`CONFIG`). The error names the variable and quotes no token.
    ///
    /// # Example
    /// ```no_run
    /// # fn example() -> Result<(), admin_sdk::Error> {
    /// let admin = admin_sdk::AiSetuAdmin::from_env()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Takes token and control plane from a profile of the command line, such as `dev`.
    ///
    /// The token goes to the host of its profile and to no other. `aisetu dev` makes the profile `dev`.
    ///
    /// # Errors
    /// [`CredentialError`](crate::CredentialError) says which file was read and what is wrong with it.
    ///
    /// # Example
    /// ```no_run
    /// # fn example() -> Result<(), admin_sdk::CredentialError> {
    /// let admin = admin_sdk::AiSetuAdmin::from_profile("dev")?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "profiles")]
    pub fn from_profile(name: impl Into<String>) -> Result<Self, crate::CredentialError> {
        Self::builder().profile(name).build()
    }

    /// Sets some of it; the rest comes from the environment.
    pub fn builder() -> AiSetuAdminBuilder {
        AiSetuAdminBuilder::new()
    }

    pub(crate) const fn new(client: Client) -> Self {
        Self { client }
    }

    /// Workspaces: they hold projects and API keys.
    pub fn workspaces(&self) -> Workspaces {
        Workspaces { client: self.client.clone() }
    }

    /// Projects: the parts of the work in a workspace.
    pub fn projects(&self) -> Projects {
        Projects { client: self.client.clone() }
    }

    /// API keys: what an application presents to a gateway.
    pub fn api_keys(&self) -> ApiKeys {
        ApiKeys { client: self.client.clone() }
    }

    /// Members: the people of the tenant, who may come, and what they may do.
    pub fn members(&self) -> Members {
        Members { client: self.client.clone() }
    }

    /// Usage: what calls cost, and where spending is heading.
    pub fn usage(&self) -> Usage {
        Usage { client: self.client.clone() }
    }

    /// Personal access tokens: what a person or a program of theirs presents to this API.
    pub fn pats(&self) -> Pats {
        Pats { client: self.client.clone() }
    }

    /// Provider credentials: accounts of one's own with providers of models.
    pub fn provider_credentials(&self) -> ProviderCredentials {
        ProviderCredentials { client: self.client.clone() }
    }

    /// Billing: a tenant's credit, how it is topped up, and the ledger of what moved it.
    pub fn billing(&self) -> Billing {
        Billing { client: self.client.clone() }
    }

    /// The audit trail: who changed what, and whether its record is whole.
    pub fn audit(&self) -> Audit {
        Audit { client: self.client.clone() }
    }

    /// How people sign in, and who is calling.
    pub fn auth(&self) -> Auth {
        Auth { client: self.client.clone() }
    }

    /// The data plane: what a gateway asks about the keys that applications present to it, and what it reports of their calls.
    ///
    /// # Scope
    /// `keys:verify` for `verify`, `usage:write` for `report_usage`: no other scope contains them.
    ///
    /// # Errors
    /// A key that is refused is an answer and no error. `verify` fails with
    ///
    /// - `UNAUTHORIZED`: the token lacks the scope;
    /// - `BAD_USER_INPUT`: the call is said to need a scope that is unknown.
    ///
    /// `report_usage` fails with
    ///
    /// - `UNAUTHORIZED`: the token lacks the scope;
    /// - `BAD_USER_INPUT`: some events are wrong, and [`refused_events`](crate::AdminHttpError::refused_events) names each of them: a key, project
    ///   or connection that is not there, an instant out of bounds, an amount below zero; or there are none, or more than 1,000;
    /// - `IDEMPOTENCY_MISMATCH`: all that is wrong is that ids were used for other events;
    /// - `LIMIT_EXCEEDED`: they are more than 1 MiB.
    ///
    /// Nothing was kept then. And what [every call](crate::Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin, presented: String) -> Result<(), Box<dyn std::error::Error>> {
    /// use admin_sdk::{UsageEvent, UsageReport, VerifyRequest};
    ///
    /// let request = VerifyRequest::new(presented.into()).scope("inference:execute");
    /// let verdict = admin.gateway().verify(request).await?;
    /// let Some(key_id) = verdict.key_id.filter(|_| verdict.valid) else {
    ///     println!("refused: {}", verdict.code);
    ///     return Ok(());
    /// };
    ///
    /// // After the call: what it cost, under an id of its own. Sent again, it still counts once.
    /// let event = UsageEvent {
    ///     model: Some("gpt-4o".into()),
    ///     input_tokens: Some(812),
    ///     output_tokens: Some(164),
    ///     ..UsageEvent::new("call-0192f3", "2026-11-22T09:30:00Z".parse()?, key_id, 3_670)
    /// };
    /// admin.gateway().report_usage(UsageReport::new(vec![event])).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn gateway(&self) -> Gateway {
        self.client.gateway()
    }

    /// The control plane that is called.
    pub fn base_url(&self) -> &BaseUrl {
        self.client.config().base_url()
    }
}
