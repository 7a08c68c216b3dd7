//! The people of a tenant: who they are, who may come, and what they may do. Nobody gives a role that they do not have.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use admin_token::{Secret, Token, TokenKind, mint};

use super::audit::{Actor, Event};
use super::authorization::{PatScope, Permission, Reach, reach};
use super::mail_limits::{Limit, lookback, pause};
use super::operation::{Call, Change, Mutation, PublicCall, PublicMutation, Query};
use super::outbox::{self, Draft};
use super::paging::{PageInput, page};
use super::provision::known_or_new;
use super::workspaces as workspace_rules;
use super::{Ports, audit, validate};
use crate::crypto::token_digest;
use crate::error::{Code, Error, ObjectRef};
use crate::ids::{ApiKeyId, InvitationId, MembershipId, PatId, UserId, WorkspaceId};
use crate::model::{ApiKeyState, Invitation, InvitationState, Member, Membership, Page, Role, Workspace};
use crate::settings::Signup;
use crate::store::invitations::{Filter, SentBy};
use crate::store::{Subject, Tx, api_keys, invitations, pats, people, workspaces};

/// How long an invitation is good.
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many invitations of a tenant in so much time.
const PER_TENANT: [Limit; 2] = [(200, SignedDuration::from_hours(1)), (1_000, SignedDuration::from_hours(24))];
/// So many invitations to an address in so much time, whichever tenants send them.
const PER_ADDRESS: [Limit; 1] = [(10, SignedDuration::from_hours(24))];
/// How many keys of a person who leaves are named.
const NAMED_KEYS: i32 = 100;

/// Where a role holds: in the tenant as a whole, or in a workspace.
fn place(tx: &mut Tx<'_>, call: &Call<'_>, workspace_id: Option<&WorkspaceId>) -> Result<Option<Workspace>, Error> {
    workspace_id.map(|id| workspace_rules::readable(tx, call, id).and_then(workspace_rules::alive)).transpose()
}

/// Checks that the caller runs the place.
fn permit(call: &Call<'_>, workspace_id: Option<&WorkspaceId>) -> Result<(), Error> {
    let reach = match workspace_id {
        Some(id) => call.caller.reach_in(Permission::ManageMembers, id),
        None => call.caller.reach_in_tenant(Permission::ManageMembers),
    };
    if reach == Reach::Everything {
        return Ok(());
    }
    let refused = Permission::ManageMembers.refused(call.rule.field);
    Err(match workspace_id {
        Some(_) => refused,
        None => refused.with_hint("in the tenant as a whole; in one workspace its ADMIN may, with `workspaceId`"),
    })
}

/// Whether somebody with these roles may give or take this one. OWNER and BILLING are an OWNER's to give.
fn may_give(memberships: &[Membership], role: Role, workspace_id: Option<&WorkspaceId>) -> bool {
    memberships.iter().filter(|own| own.workspace_id.is_none() || own.workspace_id.as_ref() == workspace_id).any(
        |own| {
            own.role == Role::Owner
                || (!is_owners(role) && reach(own.role, Permission::ManageMembers) == Reach::Everything)
        },
    )
}

const fn is_owners(role: Role) -> bool {
    matches!(role, Role::Owner | Role::Billing)
}

/// Checks that the caller may give or take this role in this place.
fn permit_role(call: &Call<'_>, role: Role, workspace_id: Option<&WorkspaceId>) -> Result<(), Error> {
    // Whoever gets a role signs in with any scope: a narrow token gives none that is about more than it is.
    if !matches!(role, Role::Viewer | Role::Member) && !call.caller.covers(PatScope::AdminWrite) {
        let (field, role, held) = (call.rule.field, role.as_str(), call.caller.pat.scopes.join(", "));
        let message = format!("`{field}` needs the scope admin:write for the role {role}; this token has {held}");
        return Err(
            Error::new(Code::Unauthorized, message).with_hint("with admin:users one gives and takes VIEWER and MEMBER")
        );
    }
    if may_give(&call.caller.memberships, role, workspace_id) {
        return Ok(());
    }
    let message = format!("`{}` is about the role {}, which is above your own", call.rule.field, role.as_str());
    Err(Error::new(Code::Unauthorized, message).with_hint("ask an OWNER of the tenant"))
}

/// Checks that there can be such a role in this place.
fn check_place(role: Role, workspace_id: Option<&WorkspaceId>) -> Result<(), Error> {
    if is_owners(role) && workspace_id.is_some() {
        let message =
            format!("`role` is {}, which holds in the tenant as a whole; `workspaceId` must be absent", role.as_str());
        return Err(Error::bad_input("workspaceId", message));
    }
    Ok(())
}

/// Checks that the tenant keeps an OWNER when one role of `member` goes.
fn keeps_an_owner(tx: &mut Tx<'_>, call: &Call<'_>, email: &str, going: &[&Membership]) -> Result<(), Error> {
    if going.iter().any(|membership| membership.role == Role::Owner)
        && people::count_owners(tx, call.caller.tenant_id())? <= 1
    {
        return Err(Error::conflict(format!("{email} is the last OWNER of the tenant, which must have one"))
            .with_hint("make somebody else an OWNER first, with `membersSetRole`"));
    }
    Ok(())
}

/// The person with these roles, if the caller may read of them.
fn readable(tx: &mut Tx<'_>, call: &Call<'_>, user_id: &UserId) -> Result<Member, Error> {
    people::member(tx, call.caller.tenant_id(), user_id)?
        .filter(|member| !seen(call, member.memberships.clone()).is_empty())
        .ok_or_else(|| Error::not_found("member"))
}

/// The person with those of their roles that the caller may read of.
fn as_seen(call: &Call<'_>, member: Member) -> Member {
    Member { memberships: seen(call, member.memberships), ..member }
}

fn seen(call: &Call<'_>, memberships: Vec<Membership>) -> Vec<Membership> {
    match places(call) {
        None => memberships,
        Some(places) => memberships
            .into_iter()
            .filter(|role| role.workspace_id.as_ref().is_none_or(|id| places.contains(id)))
            .collect(),
    }
}

/// The person with the roles that belong into the record of one place: whoever runs it reads that record.
fn on_record(member: &Member, workspace_id: Option<&WorkspaceId>) -> Member {
    let belongs = |role: &&Membership| {
        workspace_id.is_none() || role.workspace_id.is_none() || role.workspace_id.as_ref() == workspace_id
    };
    Member { memberships: member.memberships.iter().filter(belongs).cloned().collect(), ..member.clone() }
}

/// The workspaces whose people the caller may read of; `None` = everyone.
fn places(call: &Call<'_>) -> Option<Vec<WorkspaceId>> {
    call.caller.workspaces_with(Permission::Read)
}

/// Lists the people of the tenant with their roles.
#[derive(Debug)]
pub struct ListMembers {
    /// Whose; `None` = the caller's tenant's.
    pub tenant_id: Option<String>,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListMembers {
    const FIELD: &'static str = "membersList";
    type Output = Page<Member>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        let tenant_id = call.caller.own_tenant(self.tenant_id.as_deref())?;
        let places = places(call);
        let items = people::list_members(tx, tenant_id, places.as_deref(), &range)?;
        let total = people::count_members(tx, tenant_id, places.as_deref())?;
        Ok(page(&range, items, total, |member| member.user.id.to_string()))
    }
}

/// Lists invitations, newest first.
#[derive(Debug)]
pub struct ListInvitations {
    /// Also those that were accepted or taken back.
    pub include_closed: bool,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListInvitations {
    const FIELD: &'static str = "membersInvitations";
    type Output = Page<Invitation>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        let places = call.caller.workspaces_with(call.rule.permission);
        let filter =
            Filter { tenant_id: call.caller.tenant_id(), workspaces: places.as_deref(), closed: self.include_closed };
        let items = invitations::list(tx, &filter, &range, call.now)?;
        let total = invitations::count(tx, &filter)?;
        Ok(page(&range, items, total, |invitation| invitation.id.to_string()))
    }
}

/// Invites a person to a role.
#[derive(Debug, Serialize)]
pub struct InviteMember {
    /// Whom.
    pub email: String,
    /// To what.
    pub role: Role,
    /// Where; `None` = in the whole tenant.
    pub workspace_id: Option<WorkspaceId>,
}

impl Mutation for InviteMember {
    const FIELD: &'static str = "membersInvite";
    type Target = Option<Workspace>;
    type Output = Invitation;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Target, Error> {
        let place = place(tx, call, self.workspace_id.as_ref())?;
        permit(call, self.workspace_id.as_ref())?;
        permit_role(call, self.role, self.workspace_id.as_ref())?;
        Ok(place)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, place: Self::Target) -> Result<Change<Invitation>, Error> {
        check_place(self.role, self.workspace_id.as_ref())?;
        let email = validate::email(&self.email)?;
        let tenant_id = call.caller.tenant_id();
        let workspace_id = place.as_ref().map(|workspace| &workspace.id);
        if let Some(user) = people::user_by_email(tx, &email)? {
            let roles = people::memberships(tx, tenant_id, &user.id)?;
            if let Some(held) = roles.iter().find(|role| role.workspace_id.as_ref() == workspace_id) {
                let message = format!("{email} is a member already, as {}", held.role.as_str());
                return Err(Error::conflict(message)
                    .with_hint("change the role with `membersSetRole`")
                    .with_object(ObjectRef { id: user.id.to_string(), hint: None }));
            }
        }
        if let Some(open) = invitations::open(tx, tenant_id, &email, workspace_id, call.now)? {
            if open.state == InvitationState::Pending {
                return Err(Error::conflict(format!("{email} is invited already, until {:.3}", open.expires_at))
                    .with_hint("send it again with `membersResendInvitation`, or cancel it first")
                    .with_object(ObjectRef { id: open.id.to_string(), hint: None }));
            }
            // One whose time is over makes place for another.
            invitations::cancel(tx, &open.id, call.now)?;
        }
        let invitation = Invitation {
            id: InvitationId::new(call.now, &*call.ports.random),
            tenant_id: tenant_id.clone(),
            workspace_id: workspace_id.cloned(),
            email,
            role: self.role,
            state: InvitationState::Pending,
            invited_by: call.caller.user.id.clone(),
            created_at: call.now,
            expires_at: expiry(call.now)?,
            accepted_at: None,
            cancelled_at: None,
        };
        let token = new_token(call.ports);
        let pepper = &call.ports.keys.pepper;
        invitations::insert(tx, &invitation, &token_digest(pepper, token.secret().expose()), pepper.id())?;
        send(tx, call, &invitation, place.as_ref(), &token)?;
        changed(None, invitation)
    }
}

fn expiry(now: Timestamp) -> Result<Timestamp, Error> {
    now.checked_add(LIFETIME).map_err(Error::internal)
}

fn new_token(ports: &Ports) -> Token {
    mint(TokenKind::Invitation, |buffer| ports.random.fill(buffer))
}

fn changed(before: Option<&Invitation>, after: Invitation) -> Result<Change<Invitation>, Error> {
    let event = Event::change(&after.id, after.workspace_id.as_ref(), before, Some(&after))?;
    Ok(Change { output: after, event })
}

fn send(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    invitation: &Invitation,
    place: Option<&Workspace>,
    token: &Token,
) -> Result<(), Error> {
    limit(tx, call, invitation)?;
    let tenant =
        people::tenant(tx, &invitation.tenant_id)?.ok_or_else(|| Error::internal("a workspace without a tenant"))?;
    let place = place.map_or_else(
        || format!("the tenant \"{}\"", tenant.name),
        |workspace| format!("the workspace \"{}\" of the tenant \"{}\"", workspace.name, tenant.name),
    );
    let url = call.ports.settings.public_url.as_ref();
    let at = url.map(|url| format!(" at {url}")).unwrap_or_default();
    // A token must not go to another control plane than the one that sent it.
    let base_url =
        url.map_or_else(|| "URL_OF_THE_CONTROL_PLANE".to_owned(), |url| url.as_str().trim_end_matches('/').to_owned());
    let text = format!(
        "{inviter} invites you to {place} on aisetu{at}, as {role}.\n\nTo accept, run\n\n    aisetu --base-url {base_url} members accept-invitation --secret-stdin\n\n\
         and paste this token, Enter and Ctrl-D:\n\n    {token}\n\nThen sign in:\n\n    aisetu --base-url {base_url} auth login --email {email}\n\nThe token is good until \
         {until:.0}, once, for {email} only. Give it to nobody.\nIf you do not know {inviter}, do nothing.\n",
        inviter = call.caller.user.email,
        role = invitation.role.as_str(),
        token = token.secret().expose(),
        until = invitation.expires_at,
        email = invitation.email,
    );
    let draft = Draft {
        to: Some(invitation.email.clone()),
        subject: format!("An invitation from {}", call.caller.user.email),
        text: Secret::new(text),
        expires_at: invitation.expires_at,
    };
    outbox::put(tx, call.ports, draft)
}

/// Checks that this mail is not one too many, and counts it.
fn limit(tx: &mut Tx<'_>, call: &Call<'_>, invitation: &Invitation) -> Result<(), Error> {
    for (by, limits, what) in [
        (SentBy::Tenant(&invitation.tenant_id), PER_TENANT.as_slice(), "this tenant sent too many invitations"),
        (SentBy::Email(&invitation.email), PER_ADDRESS.as_slice(), "this address got too many invitations"),
    ] {
        let earlier = invitations::mailed_at(tx, by, lookback(limits))?;
        if let Some(pause) = pause(&earlier, limits, call.now) {
            let message = format!("{what}; the next one can be sent in {} s", pause.as_secs());
            return Err(Error::rate_limited(message, pause));
        }
    }
    Ok(invitations::insert_mail(tx, invitation, call.now)?)
}

/// The invitation with this id, if the caller may do to it what the rule of the call says.
fn permitted(tx: &mut Tx<'_>, call: &Call<'_>, id: &InvitationId) -> Result<Invitation, Error> {
    let found = invitations::get(tx, id, call.now)?
        .filter(|invitation| invitation.tenant_id == *call.caller.tenant_id())
        .ok_or_else(|| Error::not_found("invitation"))?;
    // Only who runs the place reads of invitations to it.
    permit(call, found.workspace_id.as_ref()).map_err(|refused| {
        let runs_some = call.caller.reach_anywhere(Permission::ManageMembers) != Reach::Nothing;
        if runs_some { Error::not_found("invitation") } else { refused }
    })?;
    permit_role(call, found.role, found.workspace_id.as_ref())?;
    Ok(found)
}

/// Checks that it was neither accepted nor taken back.
fn still_open(invitation: &Invitation) -> Result<(), Error> {
    match (invitation.accepted_at, invitation.cancelled_at) {
        (Some(at), _) => Err(Error::conflict(format!("the invitation was accepted, at {at:.3}"))),
        (_, Some(at)) => Err(Error::conflict(format!("the invitation was cancelled, at {at:.3}"))),
        (None, None) => Ok(()),
    }
}

/// Sends an invitation again, with a new token and a new expiry.
#[derive(Debug, Serialize)]
pub struct ResendInvitation {
    /// Which.
    pub id: InvitationId,
}

impl Mutation for ResendInvitation {
    const FIELD: &'static str = "membersResendInvitation";
    type Target = Invitation;
    type Output = Invitation;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Invitation, Error> {
        permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, before: Invitation) -> Result<Change<Invitation>, Error> {
        still_open(&before)?;
        let place = place(tx, call, before.workspace_id.as_ref())?;
        let token = new_token(call.ports);
        // Who sends it again answers for it: the one who sent it first may be gone.
        let after = Invitation {
            state: InvitationState::Pending,
            expires_at: expiry(call.now)?,
            invited_by: call.caller.user.id.clone(),
            ..before.clone()
        };
        let digest = token_digest(&call.ports.keys.pepper, token.secret().expose());
        invitations::renew(tx, &after, &digest)?;
        send(tx, call, &after, place.as_ref(), &token)?;
        changed(Some(&before), after)
    }
}

/// Takes an invitation back.
#[derive(Debug, Serialize)]
pub struct CancelInvitation {
    /// Which.
    pub id: InvitationId,
}

impl Mutation for CancelInvitation {
    const FIELD: &'static str = "membersCancelInvitation";
    type Target = Invitation;
    type Output = Invitation;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Invitation, Error> {
        permitted(tx, call, &self.id)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, before: Invitation) -> Result<Change<Invitation>, Error> {
        still_open(&before)?;
        invitations::cancel(tx, &before.id, call.now)?;
        let after = Invitation { state: InvitationState::Cancelled, cancelled_at: Some(call.now), ..before.clone() };
        changed(Some(&before), after)
    }
}

/// Takes an invitation up. Whoever has the token has read the mail, and so has the address.
#[derive(Debug)]
pub struct AcceptInvitation {
    /// `tt_inv_…`
    pub token: Secret,
}

impl PublicMutation for AcceptInvitation {
    type Output = Invitation;

    fn run(&self, tx: &mut Tx<'_>, call: &PublicCall<'_>) -> Result<Result<Invitation, Error>, Error> {
        let before = match self.acceptable(tx, call)? {
            Ok(invitation) => invitation,
            Err(error) => return Ok(Err(error)),
        };
        if call.ports.settings.signup == Signup::Closed && people::user_by_email(tx, &before.email)?.is_none() {
            return Ok(Err(Error::conflict("this control plane takes nobody new, not even by an invitation")
                .with_hint("ask whoever runs it")));
        }
        let (user, new) = known_or_new(tx, call.ports, &before.email)?;
        let roles = people::memberships(tx, &before.tenant_id, &user.id)?;
        if roles.iter().any(|role| role.workspace_id == before.workspace_id) {
            return Ok(Err(Error::conflict(format!("{} has a role there already", user.email))));
        }
        let membership = Membership {
            id: MembershipId::new(call.now, &*call.ports.random),
            role: before.role,
            workspace_id: before.workspace_id.clone(),
        };
        tx.changes([Subject::Tenant(before.tenant_id.clone())]);
        people::insert_membership(tx, &before.tenant_id, &user.id, &membership, call.now)?;
        invitations::accept(tx, &before.id, call.now)?;
        let after = Invitation { state: InvitationState::Accepted, accepted_at: Some(call.now), ..before.clone() };
        let made = Event::change(&membership.id, membership.workspace_id.as_ref(), None, Some(&membership))?;
        let Change { output, event } = changed(Some(&before), after)?;
        let mut events = vec![made, event];
        if new {
            events.insert(0, Event::change(&user.id, None, None, Some(&user))?);
        }
        let client = call.request.client.clone();
        let actor = Actor::User { user_id: user.id, email: user.email, pat_id: None, client };
        for event in events {
            let event = Event { action: "membersAcceptInvitation", ..event };
            audit::append(tx, call.ports, output.tenant_id.as_str(), &actor, &event, &call.request.id, call.now)?;
        }
        Ok(Ok(output))
    }
}

impl AcceptInvitation {
    /// The invitation of the token, if it still is one.
    fn acceptable(&self, tx: &mut Tx<'_>, call: &PublicCall<'_>) -> Result<Result<Invitation, Error>, Error> {
        let refused =
            |why: String| Ok(Err(Error::bad_input("token", why).with_hint("ask who invited you to send it again")));
        let token = admin_token::parse(self.token.expose().trim()).ok();
        let Some(token) = token.filter(|token| token.kind() == TokenKind::Invitation) else {
            return refused("`token` is no invitation token, such as `tt_inv_` and 36 characters".to_owned());
        };
        let digest = token_digest(&call.ports.keys.pepper, token.secret().expose());
        let Some(invitation) = invitations::by_digest(tx, &digest, call.now)? else {
            return refused("`token` is not that of an invitation, or a later mail has another".to_owned());
        };
        match (invitation.state, invitation.workspace_id.as_ref()) {
            (InvitationState::Accepted, _) => {
                return Ok(Err(Error::conflict("the invitation was accepted already")
                    .with_hint("sign in with `aisetu auth login`")));
            }
            (InvitationState::Cancelled, _) => {
                return refused("`token` is of an invitation that was cancelled".to_owned());
            }
            (InvitationState::Expired, _) => {
                return refused(format!("`token` was good until {:.3}", invitation.expires_at));
            }
            (InvitationState::Pending, Some(id))
                if workspaces::get(tx, id)?.is_none_or(|found| found.deleted_at.is_some()) =>
            {
                return refused("`token` is of an invitation to a workspace that was deleted".to_owned());
            }
            (InvitationState::Pending, _) => {}
        }
        // What the inviter may give now counts, not what they could give then.
        let inviters = people::memberships(tx, &invitation.tenant_id, &invitation.invited_by)?;
        if !may_give(&inviters, invitation.role, invitation.workspace_id.as_ref()) {
            let message = if inviters.is_empty() { "has left the tenant" } else { "may no longer give this role" };
            return Ok(Err(Error::conflict(format!("the invitation is void: who sent it {message}"))
                .with_hint("ask somebody else of the tenant for another one")));
        }
        Ok(Ok(invitation))
    }
}

/// Gives a member a role in a place, instead of the one that they have there.
#[derive(Debug, Serialize)]
pub struct SetRole {
    /// Who.
    pub user_id: UserId,
    /// Which.
    pub role: Role,
    /// Where; `None` = in the whole tenant.
    pub workspace_id: Option<WorkspaceId>,
}

impl Mutation for SetRole {
    const FIELD: &'static str = "membersSetRole";
    type Target = Member;
    type Output = Member;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Member, Error> {
        place(tx, call, self.workspace_id.as_ref())?;
        let member = readable(tx, call, &self.user_id)?;
        permit(call, self.workspace_id.as_ref())?;
        permit_role(call, self.role, self.workspace_id.as_ref())?;
        if let Some(held) = member.memberships.iter().find(|held| held.workspace_id == self.workspace_id) {
            permit_role(call, held.role, self.workspace_id.as_ref())?;
        }
        Ok(member)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, before: Member) -> Result<Change<Member>, Error> {
        check_place(self.role, self.workspace_id.as_ref())?;
        let tenant_id = call.caller.tenant_id();
        match before.memberships.iter().find(|held| held.workspace_id == self.workspace_id) {
            Some(held) if held.role == self.role => {}
            Some(held) => {
                keeps_an_owner(tx, call, &before.user.email, &[held])?;
                people::set_role(tx, &held.id, self.role)?;
            }
            None => {
                let membership = Membership {
                    id: MembershipId::new(call.now, &*call.ports.random),
                    role: self.role,
                    workspace_id: self.workspace_id.clone(),
                };
                people::insert_membership(tx, tenant_id, &self.user_id, &membership, call.now)?;
            }
        }
        let after = people::member(tx, tenant_id, &self.user_id)?
            .ok_or_else(|| Error::internal("a member with a new role is gone"))?;
        let place = self.workspace_id.as_ref();
        let (was, is) = (on_record(&before, place), on_record(&after, place));
        let event = Event::change(&self.user_id, place, Some(&was), Some(&is))?;
        Ok(Change { output: as_seen(call, after), event })
    }
}

/// Takes a person's roles away: all of them, or the one in a workspace.
#[derive(Debug, Serialize)]
pub struct RemoveMember {
    /// Who.
    pub user_id: UserId,
    /// Where; `None` = everywhere.
    pub workspace_id: Option<WorkspaceId>,
}

/// What came of a removal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Who.
    pub user_id: UserId,
    /// Their address.
    pub email: String,
    /// The roles that they keep.
    pub memberships: Vec<Membership>,
    /// Their tokens that were revoked.
    pub revoked_pats: Vec<PatId>,
    /// The invitations of theirs to the same place that were cancelled.
    #[serde(default)]
    pub cancelled_invitations: Vec<InvitationId>,
    /// The keys that they made, which stay: at most 100, newest first.
    pub api_keys: Vec<MadeKey>,
    /// How many keys that are.
    pub api_key_count: i64,
}

/// A key that somebody made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MadeKey {
    /// `key_…`
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// The last four characters.
    pub hint: String,
    /// How it stood.
    pub state: ApiKeyState,
}

impl Mutation for RemoveMember {
    const FIELD: &'static str = "membersRemove";
    type Target = Member;
    type Output = Removed;

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Member, Error> {
        // Whoever leaves needs nobody's leave.
        if self.user_id == call.caller.user.id {
            return people::member(tx, call.caller.tenant_id(), &self.user_id)?
                .ok_or_else(|| Error::not_found("member"));
        }
        if call.caller.reach_anywhere(Permission::Read) == Reach::Nothing {
            return Err(Permission::ManageMembers.refused(call.rule.field));
        }
        if let Some(id) = &self.workspace_id {
            workspace_rules::readable(tx, call, id)?;
        }
        let member = readable(tx, call, &self.user_id)?;
        permit(call, self.workspace_id.as_ref())?;
        for held in self.going(&member) {
            permit_role(call, held.role, held.workspace_id.as_ref())?;
        }
        Ok(member)
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, before: Member) -> Result<Change<Removed>, Error> {
        let going = self.going(&before);
        if going.is_empty() {
            return Err(Error::conflict(format!("{} has no role of their own in this workspace", before.user.email))
                .with_hint(
                    "a role in the tenant as a whole holds in every workspace; leave `workspaceId` out to take it away",
                ));
        }
        keeps_an_owner(tx, call, &before.user.email, &going)?;
        for held in &going {
            people::delete_membership(tx, &held.id)?;
        }
        let tenant_id = call.caller.tenant_id();
        let memberships = people::memberships(tx, tenant_id, &self.user_id)?;
        // Who is sent away does not come back by an older mail.
        let place = if memberships.is_empty() { None } else { self.workspace_id.as_ref() };
        let cancelled_invitations = invitations::cancel_of(tx, tenant_id, &before.user.email, place, call.now)?;
        let revoked_pats =
            if memberships.is_empty() { pats::revoke_of(tx, tenant_id, &self.user_id, call.now)? } else { Vec::new() };
        let made = api_keys::Filter {
            workspaces: self.workspace_id.as_ref().map(std::slice::from_ref),
            made_by: Some(&self.user_id),
            ..api_keys::Filter::of(tenant_id)
        };
        let api_key_count = api_keys::count(tx, &made)?;
        let range = PageInput { limit: Some(NAMED_KEYS), ..PageInput::default() }.range()?;
        let keys = page(&range, api_keys::list(tx, &made, &range, call.now)?, None, |key| key.id.to_string()).items;
        let api_keys = keys.into_iter().map(|key| MadeKey {
            hint: key.hint().to_owned(),
            id: key.id,
            name: key.name,
            workspace_id: key.workspace_id,
            state: key.state,
        });
        let removed = Removed {
            user_id: before.user.id.clone(),
            email: before.user.email.clone(),
            memberships: seen(call, memberships),
            revoked_pats,
            cancelled_invitations,
            api_keys: api_keys.collect(),
            api_key_count,
        };
        let place = self.workspace_id.as_ref();
        let left = Member { memberships: removed.memberships.clone(), ..before.clone() };
        let recorded = Removed { memberships: on_record(&left, place).memberships, ..removed.clone() };
        let event = Event {
            before: Some(serde_json::to_value(on_record(&before, place)).map_err(Error::internal)?),
            after: Some(serde_json::to_value(recorded).map_err(Error::internal)?),
            ..Event::change::<()>(&self.user_id, self.workspace_id.as_ref(), None, None)?
        };
        Ok(Change { output: removed, event })
    }
}

impl RemoveMember {
    fn going<'m>(&self, member: &'m Member) -> Vec<&'m Membership> {
        let goes = |held: &&Membership| self.workspace_id.is_none() || held.workspace_id == self.workspace_id;
        member.memberships.iter().filter(goes).collect()
    }
}
