//! Who is calling, and what they may reach.

use jiff::Timestamp;

use admin_token::{Token, TokenKind};

use super::authorization::{Needs, PatScope, Permission, Reach, Rule, reach};
use crate::crypto::{ServerKey, token_digest};
use crate::error::{Code, Error};
use crate::ids::{PatId, TenantId, UserId, WorkspaceId};
use crate::model::{Membership, Pat, PatState, User};
use crate::store::{Tx, pats, people};

/// The owner of a token in force, as the database knows them now.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token of the call.
    pub pat: Pat,
    /// Whose it is.
    pub user: User,
    /// What they may do and where.
    pub memberships: Vec<Membership>,
    scopes: Vec<PatScope>,
}

impl Caller {
    /// Finds the owner of a presented token. What is unknown, expired or revoked costs the same look-up and gets the same answer.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, without saying why.
    pub fn by_token(tx: &mut Tx<'_>, token: &Token, pepper: &ServerKey, now: Timestamp) -> Result<Self, Error> {
        if token.kind() != TokenKind::Pat {
            return Err(unauthenticated());
        }
        let pat = pats::by_digest(tx, &token_digest(pepper, token.secret().expose()), now)?;
        Self::of(tx, pat)
    }

    /// Reads the caller anew, in the transaction of a change: what was revoked since the request arrived is revoked.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, without saying why.
    pub fn by_id(tx: &mut Tx<'_>, id: &PatId, now: Timestamp) -> Result<Self, Error> {
        let pat = pats::get(tx, id, now)?;
        Self::of(tx, pat)
    }

    fn of(tx: &mut Tx<'_>, pat: Option<Pat>) -> Result<Self, Error> {
        let pat = pat.filter(|pat| pat.state == PatState::Active).ok_or_else(unauthenticated)?;
        let user = people::user(tx, &pat.user_id)?.ok_or_else(unauthenticated)?;
        let memberships = people::memberships(tx, &pat.tenant_id, &pat.user_id)?;
        // A scope that this version does not know gives nothing.
        let scopes = pat.scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
        Ok(Self { pat, user, memberships, scopes })
    }

    /// The tenant of the call.
    pub fn tenant_id(&self) -> &TenantId {
        &self.pat.tenant_id
    }

    /// The tenant that an argument names: the caller's own, by name or by leaving it out.
    ///
    /// # Errors
    /// `NOT_FOUND` for another's.
    pub fn own_tenant(&self, named: Option<&str>) -> Result<&TenantId, Error> {
        match named {
            Some(named) if TenantId::input("tenantId", named)? != *self.tenant_id() => Err(Error::not_found("tenant")),
            _ => Ok(self.tenant_id()),
        }
    }

    /// Checks the scopes of the token.
    ///
    /// # Errors
    /// `UNAUTHORIZED` naming what is missing.
    pub fn require_scope(&self, field: &str, needs: Needs) -> Result<(), Error> {
        let enough = needs.enough();
        if enough.is_empty() || enough.iter().any(|scope| self.scopes.contains(scope)) {
            return Ok(());
        }
        let enough: Vec<&str> = enough.iter().map(|scope| scope.as_str()).collect();
        let enough = enough.join(" or ");
        Err(missing_scope(field, &enough, &self.pat.scopes)
            .with_hint(format!("use a personal access token with the scope {enough}")))
    }

    /// Whether the token may make one that holds `wanted`.
    pub fn covers(&self, wanted: PatScope) -> bool {
        self.scopes.iter().any(|held| held.covers(wanted))
    }

    /// How far the caller's roles carry a permission in one workspace.
    pub fn reach_in(&self, permission: Permission, workspace_id: &WorkspaceId) -> Reach {
        self.widest(permission, |membership| match &membership.workspace_id {
            Some(id) => id == workspace_id && !permission.is_tenant_wide(),
            None => true,
        })
    }

    /// How far the caller's roles on the tenant as a whole carry a permission.
    pub fn reach_in_tenant(&self, permission: Permission) -> Reach {
        self.widest(permission, |membership| membership.workspace_id.is_none())
    }

    /// How far any role of the caller carries a permission, wherever it holds.
    pub fn reach_anywhere(&self, permission: Permission) -> Reach {
        if permission.is_tenant_wide() { self.reach_in_tenant(permission) } else { self.widest(permission, |_| true) }
    }

    fn widest(&self, permission: Permission, counts: impl Fn(&Membership) -> bool) -> Reach {
        let reaches = self.memberships.iter().filter(|membership| counts(membership));
        reaches.map(|membership| reach(membership.role, permission)).max().unwrap_or(Reach::Nothing)
    }

    /// The workspaces to which the caller's roles carry a permission; `None` = all of the tenant.
    pub fn workspaces_with(&self, permission: Permission) -> Option<Vec<WorkspaceId>> {
        if self.reach_in_tenant(permission) != Reach::Nothing {
            return None;
        }
        let carries = |membership: &&Membership| reach(membership.role, permission) != Reach::Nothing;
        Some(self.memberships.iter().filter(carries).filter_map(|membership| membership.workspace_id.clone()).collect())
    }

    /// Checks that the caller, who may see the thing, may also do what the rule says with it.
    ///
    /// # Errors
    /// `UNAUTHORIZED` naming the roles that would do.
    pub fn permit(&self, rule: &Rule, workspace_id: &WorkspaceId, made_by: Option<&UserId>) -> Result<(), Error> {
        match self.reach_in(rule.permission, workspace_id) {
            Reach::Everything => Ok(()),
            Reach::Own if made_by == Some(&self.user.id) => Ok(()),
            _ => Err(rule.permission.refused(rule.field)),
        }
    }
}

/// `UNAUTHORIZED` naming the scope that is missing and those that the token has.
pub(super) fn missing_scope(call: &str, needed: &str, held: &[String]) -> Error {
    let held = held.join(", ");
    Error::new(Code::Unauthorized, format!("`{call}` needs the scope {needed}; this token has {held}"))
}

/// The one answer to every token that is not in force.
pub fn unauthenticated() -> Error {
    Error::new(Code::Unauthenticated, "a personal access token in force is needed")
        .with_hint("use a personal access token that is neither expired nor revoked")
}
