//! Who is calling.

use admin_core::Client;
#[doc(inline)]
pub use admin_core::{
    auth::{Membership, Tenant, User, WhoAmI, Whoami},
    workspaces::Role,
};

use crate::call::Call;

/// Who is calling. Made by [`AiSetuAdmin::auth`](crate::AiSetuAdmin::auth).
#[derive(Debug, Clone)]
pub struct Auth {
    pub(crate) client: Client,
}

impl Auth {
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
