//! `auth`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::pats::{IssuedPat, Pat};
use super::scalars::{DateTime, Duration, Secret};
use super::workspaces::Role;
use super::{Answer, mutate_publicly, query};
use crate::app::auth::{Identity, Proof, RequestCode, VerifyCode, WhoAmI};
use crate::error::Error;
use crate::ids::{ChallengeId, TenantId};
use crate::model;

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

impl From<model::User> for User {
    fn from(user: model::User) -> Self {
        Self { id: user.id.as_str().into(), email: user.email }
    }
}

impl From<model::Membership> for Membership {
    fn from(membership: model::Membership) -> Self {
        Self {
            id: membership.id.as_str().into(),
            role: membership.role.into(),
            workspace_id: membership.workspace_id.map(|id| id.as_str().into()),
        }
    }
}

impl From<Identity> for Whoami {
    fn from(identity: Identity) -> Self {
        let Identity { user, tenant, memberships, pat } = identity;
        Self {
            user: user.into(),
            tenant: Tenant { id: tenant.id.as_str().into(), name: tenant.name },
            memberships: memberships.into_iter().map(Into::into).collect(),
            pat: pat.into(),
        }
    }
}

/// A code that was asked for.
#[derive(Debug, SimpleObject)]
pub(crate) struct LoginChallenge {
    /// Give it back with the code (`chal_…`).
    challenge_id: ID,
    /// Until when the code is good.
    expires_at: DateTime,
}

/// Whose code to send.
#[derive(Debug, InputObject)]
pub(crate) struct RequestCodeInput {
    /// An address such as `ada@example.com`, of at most 254 characters.
    email: String,
}

/// What shows who signs in: a challenge with its code, or a bootstrap token with an address.
#[derive(Debug, InputObject)]
pub(crate) struct VerifyCodeInput {
    /// The challenge (`chal_…`) that `authRequestCode` gave.
    challenge_id: Option<ID>,
    /// The 6 digits of the mail.
    code: Option<Secret>,
    /// The token (`tt_boot_…`) that `aisetu-server init` gave, for the first OWNER of a server.
    bootstrap_token: Option<Secret>,
    /// The address of that first OWNER.
    email: Option<String>,
    /// The tenant to work in; absent = the person's only one.
    tenant_id: Option<ID>,
    /// What the tenant is called that is made for whoever has none: 1 to 100 characters; absent = as the address.
    tenant_name: Option<String>,
    /// What the token may do: 1 to 50 scopes; absent = `admin:write`.
    scopes: Option<Vec<String>>,
    /// How long the token lives, at most 365 days; absent = 90 days.
    expires_in: Option<Duration>,
}

impl VerifyCodeInput {
    fn operation(self) -> Result<VerifyCode, Error> {
        let Self { challenge_id, code, bootstrap_token, email, tenant_id, tenant_name, scopes, expires_in } = self;
        let proof = match (challenge_id, code, bootstrap_token, email) {
            (Some(id), Some(code), None, None) => {
                Proof::Code { challenge_id: ChallengeId::input("challengeId", &id)?, code: code.0 }
            }
            (None, None, Some(token), Some(email)) => Proof::Bootstrap { token: token.0, email },
            _ => {
                let message = "`challengeId` and `code` belong together, and so do `bootstrapToken` and `email`; give one of the two pairs";
                return Err(Error::bad_input("challengeId", message));
            }
        };
        Ok(VerifyCode {
            proof,
            tenant_id: tenant_id.map(|id| TenantId::input("tenantId", &id)).transpose()?,
            tenant_name,
            scopes,
            expires_in: expires_in.map(|length| length.0),
        })
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

#[derive(Debug, Default)]
pub(crate) struct AuthMutation;

#[Object]
impl AuthMutation {
    /// Sends a one-time code by mail, if the address may sign in; the answer is the same if it may not. It needs no personal access
    /// token. An address gets one in 30 s, 5 an hour and 10 a day.
    async fn auth_request_code(&self, ctx: &Context<'_>, input: RequestCodeInput) -> Answer<LoginChallenge> {
        let challenge = mutate_publicly(ctx, Ok(RequestCode { email: input.email })).await?;
        Ok(LoginChallenge { challenge_id: challenge.id.as_str().into(), expires_at: DateTime(challenge.expires_at) })
    }

    /// Signs a person in: makes a personal access token; its secret is in the answer and nowhere else. It needs no personal access
    /// token. A code is good for 10 minutes, 5 tries, and once.
    async fn auth_verify_code(&self, ctx: &Context<'_>, input: VerifyCodeInput) -> Answer<IssuedPat> {
        Ok(mutate_publicly(ctx, input.operation()).await?.into())
    }
}
