//! What the operator does without a token: the first tenant and its owner.

use jiff::{SignedDuration, Timestamp};

use admin_token::{Secret, Token};

use super::audit::{Actor, Event};
use super::authorization::PatScope;
use super::caller::Caller;
use super::{ControlPlane, Ports, audit, pats as pat_rules, validate};
use crate::error::{Code, Error};
use crate::ids::{MembershipId, PatId, RequestId, TenantId, UserId, WorkspaceId};
use crate::model::{Membership, Pat, PatState, Role, Tenant, User, Workspace};
use crate::store::{Tx, pats, people, workspaces};

/// The names of what is made.
#[derive(Debug, Clone)]
pub struct FirstOwner {
    /// The tenant's name.
    pub tenant: String,
    /// The first workspace's name.
    pub workspace: String,
    /// The owner's address.
    pub email: String,
    /// The token's name.
    pub pat: String,
    /// What the token may do.
    pub scopes: Vec<PatScope>,
}

/// A token of the first owner.
#[derive(Debug)]
pub struct OwnerToken {
    /// The token.
    pub token: Secret,
    /// Until when it is in force.
    pub expires_at: Timestamp,
}

impl ControlPlane {
    /// Makes tenant, workspace, owner and a token, on a server that has none of them, and hands the token to `deliver` before
    /// any of it is made: an owner whose token reached nobody would be locked out for ever. It works once this returns.
    ///
    /// # Errors
    /// `CONFLICT` when there is an owner already, `UNAVAILABLE` when the token could not be delivered, and those of the store.
    /// Nothing was made then.
    pub async fn create_first_owner(
        &self,
        names: FirstOwner,
        deliver: impl FnOnce(&Secret) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        names.check()?;
        self.store.read(no_owner).await?;
        let ports = self.ports.clone();
        let token = pat_rules::new_token(&ports);
        deliver(token.secret())
            .map_err(|error| Error::unavailable(format!("the owner's token could not be delivered: {error}")))?;
        self.store
            .write(move |tx| {
                no_owner(tx)?;
                let (tenant_id, user_id) = create(tx, &ports, &names)?;
                insert_pat(tx, &ports, &names, (tenant_id, user_id), &token).map(drop)
            })
            .await
            .map_err(|error| error.with_hint("the token that was delivered is void: mend the cause, and run it again"))
    }

    /// A token of the first owner with more than `margin` to live: the given one if it still is, else a new one, and with it
    /// whatever of tenant, workspace and owner is missing. The given one is revoked when it is replaced.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn ensure_owner_token(
        &self,
        names: FirstOwner,
        held: Option<Token>,
        margin: SignedDuration,
    ) -> Result<OwnerToken, Error> {
        names.check()?;
        let ports = self.ports.clone();
        self.store
            .write(move |tx| {
                let now = ports.clock.now();
                let held_by = match &held {
                    None => None,
                    Some(held) => match Caller::by_token(tx, held, &ports.keys.pepper, now) {
                        Ok(caller) => Some(caller),
                        Err(error) if error.code() == Code::Unauthenticated => None,
                        Err(error) => return Err(error),
                    },
                };
                if let (Some(caller), Some(held)) = (&held_by, &held) {
                    let expires_at = caller.pat.expires_at;
                    if expires_at.duration_since(now) > margin {
                        return Ok(OwnerToken { token: held.secret().clone(), expires_at });
                    }
                }
                let owner = match people::first_owner(tx)? {
                    Some(owner) => owner,
                    None => create(tx, &ports, &names)?,
                };
                let token = pat_rules::new_token(&ports);
                let Pat { expires_at, .. } = insert_pat(tx, &ports, &names, owner, &token)?;
                if let Some(caller) = held_by {
                    pats::revoke(tx, &caller.pat.id, now)?;
                    let revoked = Pat { state: PatState::Revoked, revoked_at: Some(now), ..caller.pat.clone() };
                    let event = Event::change(&caller.pat.id, None, Some(&caller.pat), Some(&revoked))?;
                    record(tx, &ports, caller.tenant_id(), &Event { action: "operator.revokePat", ..event })?;
                }
                Ok(OwnerToken { token: token.into_secret(), expires_at })
            })
            .await
    }
}

impl FirstOwner {
    fn check(&self) -> Result<(), Error> {
        validate::name(&self.tenant)?;
        validate::name(&self.workspace)?;
        validate::email(&self.email).map(drop)
    }
}

fn no_owner(tx: &mut Tx<'_>) -> Result<(), Error> {
    match people::first_owner(tx)? {
        None => Ok(()),
        Some(_) => Err(Error::conflict("this control plane has an owner already; nothing was changed")),
    }
}

fn create(tx: &mut Tx<'_>, ports: &Ports, names: &FirstOwner) -> Result<(TenantId, UserId), Error> {
    let email = validate::email(&names.email)?;
    let known = people::user_by_email(tx, &email)?;
    let user = match &known {
        Some(user) => user.clone(),
        None => new_user(tx, ports, email)?,
    };
    let Founded { tenant, workspace, owner } = found_tenant(tx, ports, &user, &names.tenant, &names.workspace)?;
    let mut events =
        vec![Event { action: "operator.createTenant", ..Event::change(&tenant.id, None, None, Some(&tenant))? }];
    if known.is_none() {
        events.push(Event { action: "operator.createUser", ..Event::change(&user.id, None, None, Some(&user))? });
    }
    events.push(Event {
        action: "operator.createWorkspace",
        ..Event::change(&workspace.id, Some(&workspace.id), None, Some(&workspace))?
    });
    let membership = Event::change(&owner.id, None, None, Some(&owner))?;
    events.push(Event { action: "operator.createMembership", ..membership });
    for event in &events {
        record(tx, ports, &tenant.id, event)?;
    }
    Ok((tenant.id, user.id))
}

/// A tenant that was just made.
pub(super) struct Founded {
    pub(super) tenant: Tenant,
    pub(super) workspace: Workspace,
    pub(super) owner: Membership,
}

/// Makes a person.
fn new_user(tx: &mut Tx<'_>, ports: &Ports, email: String) -> Result<User, Error> {
    let now = ports.clock.now();
    let user = User { id: UserId::new(now, &*ports.random), email };
    people::insert_user(tx, &user, now)?;
    Ok(user)
}

/// The person with this address, and whether they are new. To put that on record is the caller's.
pub(super) fn known_or_new(tx: &mut Tx<'_>, ports: &Ports, email: &str) -> Result<(User, bool), Error> {
    match people::user_by_email(tx, email)? {
        Some(user) => Ok((user, false)),
        None => Ok((new_user(tx, ports, email.to_owned())?, true)),
    }
}

/// Makes a tenant with its first workspace and its OWNER. To put it on record is the caller's.
pub(super) fn found_tenant(
    tx: &mut Tx<'_>,
    ports: &Ports,
    user: &User,
    name: &str,
    workspace: &str,
) -> Result<Founded, Error> {
    let (now, random) = (ports.clock.now(), &*ports.random);
    let tenant = Tenant { id: TenantId::new(now, random), name: name.to_owned() };
    let workspace = Workspace {
        id: WorkspaceId::new(now, random),
        tenant_id: tenant.id.clone(),
        name: workspace.to_owned(),
        created_at: now,
        deleted_at: None,
        budget: None,
    };
    let owner = Membership { id: MembershipId::new(now, random), role: Role::Owner, workspace_id: None };
    people::insert_tenant(tx, &tenant, now)?;
    workspaces::insert(tx, &workspace)?;
    people::insert_membership(tx, &tenant.id, &user.id, &owner, now)?;
    Ok(Founded { tenant, workspace, owner })
}

fn insert_pat(
    tx: &mut Tx<'_>,
    ports: &Ports,
    names: &FirstOwner,
    (tenant_id, user_id): (TenantId, UserId),
    token: &Token,
) -> Result<Pat, Error> {
    let now = ports.clock.now();
    let pat = Pat {
        id: PatId::new(now, &*ports.random),
        tenant_id,
        user_id,
        name: names.pat.clone(),
        state: PatState::Active,
        scopes: names.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        hint: String::new(),
        public_key: None,
        created_at: now,
        expires_at: now.checked_add(pat_rules::DEFAULT_LIFETIME).map_err(Error::internal)?,
        revoked_at: None,
    };
    let pat = pat_rules::insert(tx, ports, pat, token)?;
    let event = Event { action: "operator.createPat", ..Event::change(&pat.id, None, None, Some(&pat))? };
    record(tx, ports, &pat.tenant_id, &event)?;
    Ok(pat)
}

fn record(tx: &mut Tx<'_>, ports: &Ports, tenant_id: &TenantId, event: &Event) -> Result<(), Error> {
    let now = ports.clock.now();
    let request_id = RequestId::new(now, &*ports.random);
    audit::append(tx, ports, tenant_id.as_str(), &Actor::Operator, event, &request_id, now)
}
