//! How people sign in, and who is calling.

use admin_core::Client;
#[doc(inline)]
pub use admin_core::{
    auth::{LoginChallenge, Membership, Proof, RequestCode, Tenant, User, VerifyLoginCode, WhoAmI, Whoami},
    pats::Pat,
    workspaces::Role,
};

use crate::call::Call;

/// The methods of signing in. Made by [`AiSetuAdmin::auth`](crate::AiSetuAdmin::auth).
#[derive(Debug, Clone)]
pub struct Auth {
    pub(crate) client: Client,
}

impl Auth {
    /// Sends a one-time code by mail, if the address may sign in.
    ///
    /// The answer is the same if it may not; then no mail comes.
    ///
    /// # Scope
    /// None: no token is sent. [`AiSetuAdminBuilder::signed_out`](crate::AiSetuAdminBuilder::signed_out) makes a client without one.
    ///
    /// # Errors
    /// - `BAD_USER_INPUT`: it is no address.
    /// - `RATE_LIMITED`: an address gets one code in 30 seconds, 5 an hour and 10 a day; a network 30 an hour.
    ///   [`Error::retry_after`](crate::Error::retry_after) says how long to wait.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// It takes no idempotency key and is sent once. A code that did not come is asked for again.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example() -> Result<(), admin_sdk::Error> {
    /// let admin = admin_sdk::AiSetuAdmin::builder().signed_out().build()?;
    /// let challenge = admin.auth().request_code("ada@example.com").await?;
    /// println!("a code is on its way; it is good until {}", challenge.expires_at);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_code(&self, email: impl Into<String>) -> Call<RequestCode> {
        Call::new(&self.client, RequestCode::new(email))
    }

    /// Makes a personal access token for whoever has the code of a mail, or the bootstrap token of a new server.
    ///
    /// # Scope
    /// None: no token is sent. [`AiSetuAdminBuilder::signed_out`](crate::AiSetuAdminBuilder::signed_out) makes a client without one.
    ///
    /// # Errors
    /// - `BAD_USER_INPUT`: the code is not the one that was sent, was used, or is older than 10 minutes; the fifth wrong one voids it. The
    ///   person is in several tenants and none is named: the hint lists them, and the code stays good. Scopes or lifetime are out of their
    ///   bounds.
    /// - `UNAUTHORIZED`: the person has no role anywhere, or none that may hold a scope that is asked for.
    /// - `NOT_FOUND`: the person has no role in the tenant that is named.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// It takes no idempotency key and is sent once. A lost answer is mended by a new code.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(challenge: admin_sdk::ChallengeId, code: String) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::{AiSetuAdmin, auth::VerifyLoginCode};
    ///
    /// let admin = AiSetuAdmin::builder().signed_out().build()?;
    /// let signed_in = admin.auth().verify_code(VerifyLoginCode::new(challenge, code)).await?;
    /// let admin = AiSetuAdmin::builder().pat(signed_in.secret().clone()).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn verify_code(&self, code: VerifyLoginCode) -> Call<VerifyLoginCode> {
        Call::new(&self.client, code)
    }

    /// Says who is calling: person, tenant, roles and token.
    ///
    /// It tells what other calls may do.
    ///
    /// # Scope
    /// Any.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the owner of the token has no role in its tenant.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let whoami = admin.auth().whoami().await?;
    /// println!("{} at {}", whoami.user.email, whoami.tenant.name);
    /// # Ok(())
    /// # }
    /// ```
    pub fn whoami(&self) -> Call<WhoAmI> {
        Call::new(&self.client, WhoAmI {})
    }
}
