//! Who is calling.

use super::operation::{Call, Query};
use crate::error::Error;
use crate::model::{Membership, Pat, Tenant, User};
use crate::store::{Tx, people};

/// Says who is calling.
#[derive(Debug)]
pub struct WhoAmI;

/// The person, the tenant, the roles and the token of the call.
#[derive(Debug)]
pub struct Identity {
    /// Who.
    pub user: User,
    /// Of which tenant.
    pub tenant: Tenant,
    /// With which roles.
    pub memberships: Vec<Membership>,
    /// Through which token.
    pub pat: Pat,
}

impl Query for WhoAmI {
    const FIELD: &'static str = "authWhoami";
    type Output = Identity;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Identity, Error> {
        let caller = call.caller;
        let tenant =
            people::tenant(tx, caller.tenant_id())?.ok_or_else(|| Error::internal("a token without a tenant"))?;
        Ok(Identity {
            user: caller.user.clone(),
            tenant,
            memberships: caller.memberships.clone(),
            pat: caller.pat.clone(),
        })
    }
}
