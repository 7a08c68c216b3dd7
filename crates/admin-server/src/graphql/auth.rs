//! `auth`.

use async_graphql::{Context, ID, Object, SimpleObject};

use super::pats::Pat;
use super::workspaces::Role;
use super::{Answer, query};
use crate::app::auth::{Identity, WhoAmI};

/// A person.
#[derive(Debug, SimpleObject)]
pub(crate) struct User {
    id: ID,
    email: String,
}

/// Who pays: it owns the workspaces.
#[derive(Debug, SimpleObject)]
pub(crate) struct Tenant {
    id: ID,
    name: String,
}

/// A role that a person has, in the whole tenant or in one workspace.
#[derive(Debug, SimpleObject)]
pub(crate) struct Membership {
    id: ID,
    role: Role,
    /// The workspace of the role; null = the whole tenant.
    workspace_id: Option<ID>,
}

/// Who is calling.
#[derive(Debug, SimpleObject)]
pub(crate) struct Whoami {
    user: User,
    tenant: Tenant,
    memberships: Vec<Membership>,
    /// The token of this call.
    pat: Pat,
}

impl From<Identity> for Whoami {
    fn from(identity: Identity) -> Self {
        let Identity { user, tenant, memberships, pat } = identity;
        Self {
            user: User { id: user.id.as_str().into(), email: user.email },
            tenant: Tenant { id: tenant.id.as_str().into(), name: tenant.name },
            memberships: memberships
                .into_iter()
                .map(|membership| Membership {
                    id: membership.id.as_str().into(),
                    role: membership.role.into(),
                    workspace_id: membership.workspace_id.map(|id| id.as_str().into()),
                })
                .collect(),
            pat: pat.into(),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct AuthQuery;

#[Object]
impl AuthQuery {
    /// Says who is calling: person, tenant, roles and token.
    async fn auth_whoami(&self, ctx: &Context<'_>) -> Answer<Whoami> {
        Ok(query(ctx, Ok(WhoAmI)).await?.into())
    }
}
