//! `members`.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::api_keys::ApiKeyState;
use super::auth::{Membership, User};
use super::scalars::{DateTime, Int64, Secret};
use super::workspaces::Role;
use super::{Answer, mutate, mutate_publicly, page, page_type, query};
use crate::app::members;
use crate::app::members::{
    AcceptInvitation, CancelInvitation, InviteMember, ListInvitations, ListMembers, RemoveMember, ResendInvitation,
    SetRole,
};
use crate::ids::{InvitationId, UserId, WorkspaceId};
use crate::model;

/// A person of the tenant.
#[derive(Debug, SimpleObject)]
pub(crate) struct Member {
    user: User,
    /// All their roles in the tenant that the caller may read of.
    memberships: Vec<Membership>,
    /// When they got the first of these roles.
    joined_at: DateTime,
}

impl From<model::Member> for Member {
    fn from(member: model::Member) -> Self {
        Self {
            user: member.user.into(),
            memberships: member.memberships.into_iter().map(Into::into).collect(),
            joined_at: DateTime(member.joined_at),
        }
    }
}

/// The state of an invitation. Only a PENDING one can be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "model::InvitationState")]
pub(crate) enum InvitationState {
    Pending,
    Accepted,
    /// It was taken back.
    Cancelled,
    /// Its time is over. It can be sent again.
    Expired,
}

/// An invitation to a role. Its token is in the mail, and nowhere else.
#[derive(Debug, SimpleObject)]
pub(crate) struct Invitation {
    id: ID,
    tenant_id: ID,
    /// The workspace of the role; null = the whole tenant.
    workspace_id: Option<ID>,
    /// The address that may accept it.
    email: String,
    role: Role,
    state: InvitationState,
    /// The person who sent it (`usr_…`).
    invited_by: ID,
    created_at: DateTime,
    /// From when on it is EXPIRED.
    expires_at: DateTime,
    accepted_at: Option<DateTime>,
    cancelled_at: Option<DateTime>,
}

impl From<model::Invitation> for Invitation {
    fn from(invitation: model::Invitation) -> Self {
        Self {
            id: invitation.id.as_str().into(),
            tenant_id: invitation.tenant_id.as_str().into(),
            workspace_id: invitation.workspace_id.map(|id| id.as_str().into()),
            email: invitation.email,
            role: invitation.role.into(),
            state: invitation.state.into(),
            invited_by: invitation.invited_by.as_str().into(),
            created_at: DateTime(invitation.created_at),
            expires_at: DateTime(invitation.expires_at),
            accepted_at: invitation.accepted_at.map(DateTime),
            cancelled_at: invitation.cancelled_at.map(DateTime),
        }
    }
}

/// What came of a removal.
#[derive(Debug, SimpleObject)]
pub(crate) struct RemovedMember {
    user_id: ID,
    email: String,
    /// The roles that the person keeps.
    memberships: Vec<Membership>,
    /// The person's tokens for this tenant, which were revoked because no role is left (`pat_…`).
    revoked_pats: Vec<ID>,
    /// The invitations of the person to the same place that were cancelled (`inv_…`).
    cancelled_invitations: Vec<ID>,
    /// The keys that the person made there, which stay: at most 100, newest first.
    api_keys: Vec<MadeApiKey>,
    /// How many keys that are in all.
    api_key_count: Int64,
}

impl From<members::Removed> for RemovedMember {
    fn from(removed: members::Removed) -> Self {
        Self {
            user_id: removed.user_id.as_str().into(),
            email: removed.email,
            memberships: removed.memberships.into_iter().map(Into::into).collect(),
            revoked_pats: removed.revoked_pats.iter().map(|id| id.as_str().into()).collect(),
            cancelled_invitations: removed.cancelled_invitations.iter().map(|id| id.as_str().into()).collect(),
            api_keys: removed.api_keys.into_iter().map(Into::into).collect(),
            api_key_count: Int64(removed.api_key_count),
        }
    }
}

/// An API key that a person made.
#[derive(Debug, SimpleObject)]
pub(crate) struct MadeApiKey {
    id: ID,
    name: String,
    workspace_id: ID,
    /// The last four characters of the newest secret.
    hint: String,
    state: ApiKeyState,
}

impl From<members::MadeKey> for MadeApiKey {
    fn from(key: members::MadeKey) -> Self {
        Self {
            id: key.id.as_str().into(),
            name: key.name,
            workspace_id: key.workspace_id.as_str().into(),
            hint: key.hint,
            state: key.state.into(),
        }
    }
}

page_type! {
    /// One page of people.
    MemberPage of Member from model::Member
}

page_type! {
    /// One page of invitations.
    InvitationPage of Invitation from model::Invitation
}

/// Which people to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListMembersInput {
    /// The tenant; absent = the caller's.
    tenant_id: Option<ID>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// Which invitations to list.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ListInvitationsInput {
    /// True = also those that were accepted or cancelled.
    include_closed: Option<bool>,
    /// 1 to 100; absent = 50.
    limit: Option<i32>,
    /// `nextCursor` of the page before; not together with `offset`.
    cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    offset: Option<i32>,
}

/// A person to invite.
#[derive(Debug, InputObject)]
pub(crate) struct InviteMemberInput {
    /// An address such as `ada@example.com`, of at most 254 characters.
    email: String,
    /// At most the caller's own; OWNER and BILLING are an OWNER's to give, and hold in the whole tenant.
    role: Role,
    /// The workspace of the role; absent = the whole tenant.
    workspace_id: Option<ID>,
}

/// An invitation to accept.
#[derive(Debug, InputObject)]
pub(crate) struct AcceptInvitationInput {
    /// The token of the mail (`tt_inv_…`).
    token: Secret,
}

/// A role for a member.
#[derive(Debug, InputObject)]
pub(crate) struct SetMemberRoleInput {
    user_id: ID,
    /// At most the caller's own; OWNER and BILLING are an OWNER's to give, and hold in the whole tenant.
    role: Role,
    /// The workspace of the role; absent = the whole tenant.
    workspace_id: Option<ID>,
}

/// A person to remove.
#[derive(Debug, InputObject)]
pub(crate) struct RemoveMemberInput {
    user_id: ID,
    /// Only the role in this workspace; absent = all roles in the tenant.
    workspace_id: Option<ID>,
}

#[derive(Debug, Default)]
pub(crate) struct MembersQuery;

#[Object]
impl MembersQuery {
    /// Lists the people of the tenant with their roles, by the age of their accounts.
    async fn members_list(&self, ctx: &Context<'_>, input: Option<ListMembersInput>) -> Answer<MemberPage> {
        let input = input.unwrap_or_default();
        let operation = ListMembers {
            tenant_id: input.tenant_id.map(|id| id.0),
            page: page(input.limit, input.cursor, input.offset),
        };
        Ok(query(ctx, Ok(operation)).await?.into())
    }

    /// Lists invitations, newest first.
    async fn members_invitations(
        &self,
        ctx: &Context<'_>,
        input: Option<ListInvitationsInput>,
    ) -> Answer<InvitationPage> {
        let input = input.unwrap_or_default();
        let operation = ListInvitations {
            include_closed: input.include_closed.unwrap_or(false),
            page: page(input.limit, input.cursor, input.offset),
        };
        Ok(query(ctx, Ok(operation)).await?.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct MembersMutation;

#[Object]
impl MembersMutation {
    /// Invites a person to a role, by one mail with a token that is good for 7 days. A tenant sends at most 200 such mails an hour and
    /// 1,000 a day, again ones counted too; an address gets at most 10 a day, whoever sends them.
    async fn members_invite(&self, ctx: &Context<'_>, input: InviteMemberInput) -> Answer<Invitation> {
        let InviteMemberInput { email, role, workspace_id } = input;
        let workspace_id = workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose();
        let operation = workspace_id.map(|workspace_id| InviteMember { email, role: role.into(), workspace_id });
        Ok(mutate(ctx, operation).await?.into())
    }

    /// Sends an invitation again, with a new token and 7 new days. The token of the mail before is void.
    async fn members_resend_invitation(&self, ctx: &Context<'_>, id: ID) -> Answer<Invitation> {
        Ok(mutate(ctx, InvitationId::input("id", &id).map(|id| ResendInvitation { id })).await?.into())
    }

    /// Takes an invitation back: its token is void.
    async fn members_cancel_invitation(&self, ctx: &Context<'_>, id: ID) -> Answer<Invitation> {
        Ok(mutate(ctx, InvitationId::input("id", &id).map(|id| CancelInvitation { id })).await?.into())
    }

    /// Accepts an invitation. It needs no personal access token, and gives none: the person then signs in.
    async fn members_accept_invitation(&self, ctx: &Context<'_>, input: AcceptInvitationInput) -> Answer<Invitation> {
        Ok(mutate_publicly(ctx, Ok(AcceptInvitation { token: input.token.0 })).await?.into())
    }

    /// Gives a member a role in a place, instead of the one that they have there.
    async fn members_set_role(&self, ctx: &Context<'_>, input: SetMemberRoleInput) -> Answer<Member> {
        let SetMemberRoleInput { user_id, role, workspace_id } = input;
        let operation = UserId::input("userId", &user_id).and_then(|user_id| {
            let workspace_id = workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose()?;
            Ok(SetRole { user_id, role: role.into(), workspace_id })
        });
        Ok(mutate(ctx, operation).await?.into())
    }

    /// Takes a person's roles away. Whoever has none left loses their tokens; the keys that they made stay.
    async fn members_remove(&self, ctx: &Context<'_>, input: RemoveMemberInput) -> Answer<RemovedMember> {
        let RemoveMemberInput { user_id, workspace_id } = input;
        let operation = UserId::input("userId", &user_id).and_then(|user_id| {
            let workspace_id = workspace_id.map(|id| WorkspaceId::input("workspaceId", &id)).transpose()?;
            Ok(RemoveMember { user_id, workspace_id })
        });
        Ok(mutate(ctx, operation).await?.into())
    }
}
