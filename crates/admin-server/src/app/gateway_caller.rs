//! Which gateway is calling: one that serves every tenant, or a tenant's own.

use jiff::Timestamp;

use admin_token::{Token, TokenKind};

use super::authorization::{Needs, PatScope, Reach};
use super::caller::{Caller, missing_scope};
use crate::crypto::{ServerKey, token_digest};
use crate::error::{Code, Error};
use crate::ids::{TenantId, WorkspaceId};
use crate::model::{PatState, ServiceToken};
use crate::store::{Tx, service_tokens};

/// Whoever may call the data plane.
#[derive(Debug, Clone)]
pub enum GatewayCaller {
    /// A tenant's own gateway, by a personal access token. It reaches what its owner's roles carry the scope to.
    Pat(Box<Caller>),
    /// The operator's gateway, by a service token. It reaches every tenant.
    Service(ServiceToken),
}

impl GatewayCaller {
    /// Finds the holder of a presented token. What is unknown, expired or revoked costs the same look-up and gets the same answer.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, without saying why.
    pub fn by_token(tx: &mut Tx<'_>, token: &Token, pepper: &ServerKey, now: Timestamp) -> Result<Self, Error> {
        match token.kind() {
            TokenKind::Pat => {
                Caller::by_token(tx, token, pepper, now).map(|caller| Self::Pat(Box::new(caller))).map_err(of_gateways)
            }
            TokenKind::Service => {
                let found = service_tokens::by_digest(tx, &token_digest(pepper, token.secret().expose()), now)?;
                Self::service(found)
            }
            _ => Err(unauthenticated()),
        }
    }

    /// Reads the caller anew, in the transaction of a change: what was revoked since the request arrived is revoked.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, without saying why.
    pub fn again(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Pat(caller) => {
                Caller::by_id(tx, &caller.pat.id, now).map(|caller| Self::Pat(Box::new(caller))).map_err(of_gateways)
            }
            Self::Service(token) => Self::service(service_tokens::get(tx, &token.id, now)?),
        }
    }

    fn service(found: Option<ServiceToken>) -> Result<Self, Error> {
        found.filter(|token| token.state == PatState::Active).map(Self::Service).ok_or_else(unauthenticated)
    }

    /// The only tenant that the caller reaches; `None` = it reaches every one.
    pub fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Pat(caller) => Some(caller.tenant_id()),
            Self::Service(_) => None,
        }
    }

    /// The id of the token: `pat_…` or `svc_…`.
    pub fn token_id(&self) -> &str {
        match self {
            Self::Pat(caller) => caller.pat.id.as_str(),
            Self::Service(token) => token.id.as_str(),
        }
    }

    /// When the token expires.
    pub fn expires_at(&self) -> Timestamp {
        match self {
            Self::Pat(caller) => caller.pat.expires_at,
            Self::Service(token) => token.expires_at,
        }
    }

    /// Checks that the token holds a gateway's scope, which is contained in no other.
    ///
    /// # Errors
    /// `UNAUTHORIZED` naming what is missing; `call` is what was called, such as `keys/verify`.
    pub fn require_scope(&self, call: &str, scope: PatScope) -> Result<(), Error> {
        match self {
            Self::Pat(caller) => caller.require_scope(call, Needs::Exactly(scope)),
            Self::Service(token) if token.scopes.iter().any(|held| held == scope.as_str()) => Ok(()),
            Self::Service(token) => Err(missing_scope(call, scope.as_str(), &token.scopes).with_hint(format!(
                "the operator makes a service token with the scope {scope} anew",
                scope = scope.as_str()
            ))),
        }
    }

    /// Whether a gateway's scope carries the caller to a workspace: the operator's to every one, a tenant's to those in which the
    /// owner of the token has the role for it.
    pub fn reaches(&self, scope: PatScope, tenant_id: &TenantId, workspace_id: &WorkspaceId) -> bool {
        match self {
            Self::Pat(caller) => {
                caller.tenant_id() == tenant_id
                    && caller.reach_in(scope.permission(), workspace_id) == Reach::Everything
            }
            Self::Service(_) => true,
        }
    }
}

/// The one answer of the data plane to every token that is not in force.
pub fn unauthenticated() -> Error {
    Error::new(Code::Unauthenticated, "a service token or a personal access token in force is needed")
        .with_hint("use a token that is neither expired nor revoked")
}

/// The answer to a personal access token that is not in force is the one to any token.
fn of_gateways(error: Error) -> Error {
    if error.code() == Code::Unauthenticated { unauthenticated() } else { error }
}
