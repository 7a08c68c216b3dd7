//! Members: the people of a tenant, who may come, and what they may do.

use admin_token::Secret;
use cynic::{MutationBuilder, QueryBuilder};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApiKeyId, InvitationId, PatId, TenantId, UserId, WorkspaceId},
    open_enum::graphql_enum,
    operation::{Confirm, Effect, Operation, OperationInfo, Paged},
    operations::{
        api_keys::ApiKeyState,
        auth::{Membership, User},
        workspaces::Role,
    },
    output::Page,
    scalars::{DateTime, Outgoing},
    schema,
};

/// A person of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Member {
    /// The person.
    pub user: User,
    /// All their roles in the tenant that the token may read of.
    pub memberships: Vec<Membership>,
    /// When they got the first of these roles.
    pub joined_at: DateTime,
}

graphql_enum! {
    /// The state of an invitation. Only a PENDING one can be accepted.
    InvitationState {
        /// It can be accepted.
        Pending = "PENDING",
        /// It was accepted.
        Accepted = "ACCEPTED",
        /// It was taken back.
        Cancelled = "CANCELLED",
        /// Its time is over. It can be sent again.
        Expired = "EXPIRED",
    }
}

/// An invitation to a role. Its token is in the mail, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Invitation {
    /// The invitation.
    pub id: InvitationId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The workspace of the role; null = the whole tenant.
    pub workspace_id: Option<WorkspaceId>,
    /// The address that may accept it.
    pub email: String,
    /// What the person may do then.
    pub role: Role,
    /// Whether it can be accepted.
    pub state: InvitationState,
    /// The person who sent it.
    pub invited_by: UserId,
    /// When it was made.
    pub created_at: DateTime,
    /// From when on it is EXPIRED.
    pub expires_at: DateTime,
    /// When it was accepted; null unless it was.
    pub accepted_at: Option<DateTime>,
    /// When it was taken back; null unless it was.
    pub cancelled_at: Option<DateTime>,
}

/// What came of a removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RemovedMember {
    /// The person.
    pub user_id: UserId,
    /// The person's e-mail address.
    pub email: String,
    /// The roles that the person keeps.
    pub memberships: Vec<Membership>,
    /// The person's tokens for this tenant, which were revoked because no role is left.
    pub revoked_pats: Vec<PatId>,
    /// The invitations of the person to the same place that were cancelled.
    pub cancelled_invitations: Vec<InvitationId>,
    /// The keys that the person made there, which stay: at most 100, newest first.
    pub api_keys: Vec<MadeApiKey>,
    /// How many keys that are in all.
    pub api_key_count: i64,
}

/// An API key that a person made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, cynic::QueryFragment)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MadeApiKey {
    /// The key's id, which is no secret.
    pub id: ApiKeyId,
    /// Its name.
    pub name: String,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The last four characters of its newest secret.
    pub hint: String,
    /// Whether it works.
    pub state: ApiKeyState,
}

/// Lists the people of the tenant with their roles.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListMembersInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListMembers {
    /// The tenant (`ten_…`); absent = the token's.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl Operation for ListMembers {
    type Variables = wire::ListVariables;
    type Data = wire::MembersList;
    type Output = Page<Member>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "members",
        method: "list",
        title: "List members",
        summary: "Lists the people of the tenant with their roles.",
        description: "Returns a page of people with e-mail address and all their roles. For those with effect in one workspace use list_workspace_members, for those only invited list_invitations.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_members",
        toolset: "members",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::ListVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.members_list.into()
    }
}

impl Paged for ListMembers {
    type Item = Member;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Invites a person to a role, by one mail with a token that is good for 7 days.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "InviteMemberInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteMember {
    /// The e-mail address, of at most 254 characters.
    pub email: String,
    /// At most the caller's own; OWNER and BILLING are an OWNER's to give, and hold in the whole tenant.
    pub role: Role,
    /// The workspace of the role (`ws_…`); absent = the whole tenant.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

impl InviteMember {
    /// To a role in the whole tenant.
    pub fn new(email: impl Into<String>, role: Role) -> Self {
        Self { email: email.into(), role, workspace_id: None }
    }
}

impl Operation for InviteMember {
    type Variables = wire::InviteVariables;
    type Data = wire::MembersInvite;
    type Output = Invitation;
    const INFO: OperationInfo = OperationInfo {
        namespace: "members",
        method: "invite",
        title: "Invite a member",
        summary: "Invites a person to a role, by one mail.",
        description: "Returns the invitation, good for 7 days; its token is in the mail only. Who is a member or invited already is a CONFLICT: use set_member_role or resend_invitation.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "invite_member",
        toolset: "members",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::InviteVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.members_invite
    }
}

/// Lists invitations, newest first.
#[derive(Debug, Clone, Default, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "ListInvitationsInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListInvitations {
    /// True = also those that were accepted or cancelled.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub include_closed: Option<bool>,
    /// 1 to 100; absent = 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i32>,
    /// `nextCursor` of the page before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many to pass over, at most 10,000; not together with `cursor`.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

impl Operation for ListInvitations {
    type Variables = wire::InvitationsVariables;
    type Data = wire::MembersInvitations;
    type Output = Page<Invitation>;
    const INFO: OperationInfo = OperationInfo {
        namespace: "members",
        method: "invitations",
        title: "List invitations",
        summary: "Lists invitations, newest first.",
        description: "Returns a page of the open invitations, expired ones among them, to the places that the caller runs; accepted and \
                      cancelled ones only with includeClosed. For the people who have a role, use list_members.",
        effect: Effect::Read,
        scope: Some("admin:read"),
        confirm: Confirm::None,
        tool: "list_invitations",
        toolset: "invitations",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::InvitationsVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.members_invitations.into()
    }
}

impl Paged for ListInvitations {
    type Item = Invitation;

    fn after(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), offset: None, ..self }
    }
}

/// Sends an invitation again, with a new token and 7 new days.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResendInvitation {
    /// The invitation (`inv_…`).
    pub id: InvitationId,
}

impl Operation for ResendInvitation {
    type Variables = Self;
    type Data = wire::MembersResendInvitation;
    type Output = Invitation;
    const INFO: OperationInfo = OperationInfo {
        namespace: "members",
        method: "resend_invitation",
        title: "Send an invitation again",
        summary: "Sends an invitation again, with a new token and 7 new days.",
        description: "Returns the invitation with its new expiry. The token of the mail before is void. One that was accepted or cancelled is \
                      a CONFLICT: use invite_member.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "resend_invitation",
        toolset: "invitations",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.members_resend_invitation
    }
}

/// Takes an invitation back.
#[derive(Debug, Clone, Deserialize, cynic::QueryVariables)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelInvitation {
    /// The invitation (`inv_…`).
    pub id: InvitationId,
}

impl Operation for CancelInvitation {
    type Variables = Self;
    type Data = wire::MembersCancelInvitation;
    type Output = Invitation;
    const INFO: OperationInfo = OperationInfo {
        namespace: "members",
        method: "cancel_invitation",
        title: "Cancel an invitation",
        summary: "Takes an invitation back: its token is void.",
        description: "Returns the cancelled invitation. It cannot be undone, but the person can be invited again with invite_member. For somebody who has \
                      accepted, use remove_member.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Moderate,
        tool: "cancel_invitation",
        toolset: "invitations",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(self)
    }

    fn output(data: Self::Data) -> Self::Output {
        data.members_cancel_invitation
    }
}

/// Accepts an invitation. It needs no personal access token, and gives none.
#[derive(Debug, Clone)]
pub struct AcceptInvitation {
    /// The token of the mail (`tt_inv_…`).
    pub token: Secret,
}

impl AcceptInvitation {
    /// With the token of the mail.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self { token: token.into() }
    }
}

impl Operation for AcceptInvitation {
    type Variables = wire::AcceptVariables;
    type Data = wire::MembersAcceptInvitation;
    type Output = Invitation;
    const INFO: OperationInfo = OperationInfo {
        namespace: "members",
        method: "accept_invitation",
        title: "Accept an invitation",
        summary: "Accepts an invitation with the token of its mail.",
        description: "Returns the accepted invitation, and no token: the person then signs in. It needs no personal access token.",
        effect: Effect::Write,
        scope: None,
        confirm: Confirm::None,
        tool: "accept_invitation",
        toolset: "invitations",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::AcceptVariables { input: wire::AcceptInput { token: Outgoing(self.token) } })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.members_accept_invitation
    }
}

/// Gives a member a role in a place, instead of the one that they have there.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "SetMemberRoleInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetMemberRole {
    /// The person (`usr_…`).
    pub user_id: UserId,
    /// At most the caller's own; OWNER and BILLING are an OWNER's to give, and hold in the whole tenant.
    pub role: Role,
    /// The workspace of the role (`ws_…`); absent = the whole tenant.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

impl SetMemberRole {
    /// In the whole tenant.
    pub fn new(user_id: impl Into<UserId>, role: Role) -> Self {
        Self { user_id: user_id.into(), role, workspace_id: None }
    }
}

impl Operation for SetMemberRole {
    type Variables = wire::SetRoleVariables;
    type Data = wire::MembersSetRole;
    type Output = Member;
    const INFO: OperationInfo = OperationInfo {
        namespace: "members",
        method: "set_role",
        title: "Set a member's role",
        summary: "Gives a member a role in the tenant or in a workspace.",
        description: "Returns the person with all their roles. The role takes the place of the one that they have there. Nobody gives or takes a role above their own. To take a role away, use remove_member.",
        effect: Effect::Write,
        scope: Some("admin:write"),
        confirm: Confirm::None,
        tool: "set_member_role",
        toolset: "members",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::SetRoleVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.members_set_role
    }
}

/// Takes a person's roles away. Whoever has none left loses their tokens; the keys that they made stay.
#[derive(Debug, Clone, Deserialize, cynic::InputObject)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[cynic(graphql_type = "RemoveMemberInput")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveMember {
    /// The person (`usr_…`).
    pub user_id: UserId,
    /// Only the role in this workspace (`ws_…`); absent = all roles in the tenant.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

impl RemoveMember {
    /// From the tenant.
    pub fn new(user_id: impl Into<UserId>) -> Self {
        Self { user_id: user_id.into(), workspace_id: None }
    }
}

impl Operation for RemoveMember {
    type Variables = wire::RemoveVariables;
    type Data = wire::MembersRemove;
    type Output = RemovedMember;
    const INFO: OperationInfo = OperationInfo {
        namespace: "members",
        method: "remove",
        title: "Remove a member",
        summary: "Takes a person's roles away; without any left, their tokens too.",
        description: "Returns the roles that the person keeps, the tokens that were revoked, and the API keys that the person made, which stay: rotate or revoke those. The last OWNER cannot be removed.",
        effect: Effect::Destroy,
        scope: Some("admin:write"),
        confirm: Confirm::Moderate,
        tool: "remove_member",
        toolset: "members",
    };

    fn document(self) -> cynic::Operation<Self::Data, Self::Variables> {
        Self::Data::build(wire::RemoveVariables { input: self })
    }

    fn output(data: Self::Data) -> Self::Output {
        data.members_remove
    }
}

/// What goes over the wire. The name of a root's struct is the `operationName`.
mod wire {
    use super::{
        Invitation, InviteMember, ListInvitations, ListMembers, Member, Outgoing, RemoveMember, RemovedMember,
        SetMemberRole, schema,
    };
    use crate::output::page;

    #[derive(cynic::QueryFragment)]
    pub struct MemberPage {
        items: Vec<Member>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(MemberPage, Member);

    #[derive(cynic::QueryFragment)]
    pub struct InvitationPage {
        items: Vec<Invitation>,
        next_cursor: Option<String>,
        total_count: Option<i64>,
    }
    page!(InvitationPage, Invitation);

    #[derive(cynic::QueryVariables)]
    pub struct ListVariables {
        pub(super) input: ListMembers,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "ListVariables")]
    pub struct MembersList {
        #[arguments(input: $input)]
        pub(super) members_list: MemberPage,
    }

    #[derive(cynic::QueryVariables)]
    pub struct InviteVariables {
        pub(super) input: InviteMember,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "InviteVariables")]
    pub struct MembersInvite {
        #[arguments(input: $input)]
        pub(super) members_invite: Invitation,
    }

    #[derive(cynic::QueryVariables)]
    pub struct InvitationsVariables {
        pub(super) input: ListInvitations,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "InvitationsVariables")]
    pub struct MembersInvitations {
        #[arguments(input: $input)]
        pub(super) members_invitations: InvitationPage,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::ResendInvitation")]
    pub struct MembersResendInvitation {
        #[arguments(id: $id)]
        pub(super) members_resend_invitation: Invitation,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "super::CancelInvitation")]
    pub struct MembersCancelInvitation {
        #[arguments(id: $id)]
        pub(super) members_cancel_invitation: Invitation,
    }

    #[derive(cynic::InputObject)]
    #[cynic(graphql_type = "AcceptInvitationInput")]
    pub struct AcceptInput {
        pub(super) token: Outgoing,
    }

    #[derive(cynic::QueryVariables)]
    pub struct AcceptVariables {
        pub(super) input: AcceptInput,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "AcceptVariables")]
    pub struct MembersAcceptInvitation {
        #[arguments(input: $input)]
        pub(super) members_accept_invitation: Invitation,
    }

    #[derive(cynic::QueryVariables)]
    pub struct SetRoleVariables {
        pub(super) input: SetMemberRole,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "SetRoleVariables")]
    pub struct MembersSetRole {
        #[arguments(input: $input)]
        pub(super) members_set_role: Member,
    }

    #[derive(cynic::QueryVariables)]
    pub struct RemoveVariables {
        pub(super) input: RemoveMember,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Mutation", variables = "RemoveVariables")]
    pub struct MembersRemove {
        #[arguments(input: $input)]
        pub(super) members_remove: RemovedMember,
    }
}
