//! Members: the people of a tenant, who may come, and what they may do.

use admin_core::{Client, InvitationId, Secret};
#[doc(inline)]
pub use admin_core::{
    api_keys::ApiKeyState,
    auth::{Membership, User},
    members::{
        AcceptInvitation, CancelInvitation, Invitation, InvitationState, InviteMember, ListInvitations, ListMembers,
        MadeApiKey, Member, RemoveMember, RemovedMember, ResendInvitation, SetMemberRole,
    },
    workspaces::Role,
};

use crate::call::Call;

/// The methods of members. Made by [`AiSetuAdmin::members`](crate::AiSetuAdmin::members).
#[derive(Debug, Clone)]
pub struct Members {
    pub(crate) client: Client,
}

impl Members {
    /// Lists the people of the tenant with their roles.
    ///
    /// Awaited, it gives one page, by the age of their accounts; [`stream`](Call::stream) and [`all`](Call::all) go over all pages. Who reads some workspaces
    /// only sees the people who have effect there, with the roles that have it.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:users`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role that reads.
    /// - `NOT_FOUND`: it names another tenant.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::members::ListMembers;
    ///
    /// for member in admin.members().list(ListMembers::default()).all().await? {
    ///     println!("{} in {} places", member.user.email, member.memberships.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, which: ListMembers) -> Call<ListMembers> {
        Call::new(&self.client, which)
    }

    /// Invites a person to a role, by one mail.
    ///
    /// Its token is good for 7 days, once, for that address; the control plane keeps no more than a digest of it.
    ///
    /// # Scope
    /// `admin:write` or `admin:users`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, its owner runs no such place, or the role is above their own.
    /// - `CONFLICT`: the person has a role there already, or is invited already; the error names person or invitation.
    /// - `NOT_FOUND`: there is no such workspace, or none that the token may read.
    /// - `BAD_USER_INPUT`: it is no address, or OWNER or BILLING in one workspace.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::members::{InviteMember, Role};
    ///
    /// let invitation = admin.members().invite(InviteMember::new("ada@example.com", Role::Member)).await?;
    /// println!("{} can accept until {}", invitation.email, invitation.expires_at);
    /// # Ok(())
    /// # }
    /// ```
    pub fn invite(&self, whom: InviteMember) -> Call<InviteMember> {
        Call::new(&self.client, whom)
    }

    /// Lists invitations, newest first.
    ///
    /// Awaited, it gives one page; [`stream`](Call::stream) and [`all`](Call::all) go over all pages. Accepted and cancelled ones are listed only when they are
    /// asked for.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:users`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner runs neither the tenant nor a workspace.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::members::ListInvitations;
    ///
    /// let open = admin.members().invitations(ListInvitations::default()).all().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn invitations(&self, which: ListInvitations) -> Call<ListInvitations> {
        Call::new(&self.client, which)
    }

    /// Sends an invitation again, with a new token and 7 new days.
    ///
    /// The token of the mail before is void.
    ///
    /// # Scope
    /// `admin:write` or `admin:users`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role OWNER, or ADMIN there.
    /// - `NOT_FOUND`: there is no such invitation, or none to a place that the owner of the token runs.
    /// - `CONFLICT`: it was accepted or cancelled.
    /// - `BAD_USER_INPUT`: the id is not one of an invitation.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let invitation = admin.members().resend_invitation("inv_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn resend_invitation(&self, id: impl Into<InvitationId>) -> Call<ResendInvitation> {
        Call::new(&self.client, ResendInvitation { id: id.into() })
    }

    /// Takes an invitation back: its token is void.
    ///
    /// # Scope
    /// `admin:write` or `admin:users`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role OWNER, or ADMIN there.
    /// - `NOT_FOUND`: there is no such invitation, or none to a place that the owner of the token runs.
    /// - `CONFLICT`: it was accepted or cancelled already.
    /// - `BAD_USER_INPUT`: the id is not one of an invitation.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// let invitation = admin.members().cancel_invitation("inv_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel_invitation(&self, id: impl Into<InvitationId>) -> Call<CancelInvitation> {
        Call::new(&self.client, CancelInvitation { id: id.into() })
    }

    /// Accepts an invitation with the token of its mail.
    ///
    /// It gives no personal access token: the person then signs in.
    ///
    /// # Scope
    /// None: no token is sent. [`AiSetuAdminBuilder::signed_out`](crate::AiSetuAdminBuilder::signed_out) makes a client without one.
    ///
    /// # Errors
    /// - `BAD_USER_INPUT`: the token is none, its time is over, or it was cancelled or sent again.
    /// - `CONFLICT`: it was accepted already, the person has a role there already, who sent it may no longer give the role, or the control plane takes
    ///   nobody new.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// It takes no idempotency key and is sent once. After a lost answer, a second call says that it was accepted already.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(token: String) -> Result<(), admin_sdk::Error> {
    /// let admin = admin_sdk::AiSetuAdmin::builder().signed_out().build()?;
    /// let invitation = admin.members().accept_invitation(token).await?;
    /// println!("{} is {} now", invitation.email, invitation.role);
    /// # Ok(())
    /// # }
    /// ```
    pub fn accept_invitation(&self, token: impl Into<Secret>) -> Call<AcceptInvitation> {
        Call::new(&self.client, AcceptInvitation::new(token))
    }

    /// Gives a member a role in the tenant or in a workspace.
    ///
    /// It takes the place of the role that they have there, if any.
    ///
    /// # Scope
    /// `admin:write` or `admin:users`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, its owner runs no such place, or one of the two roles is above their own.
    /// - `NOT_FOUND`: there is no such member or workspace, or none that the token may read.
    /// - `CONFLICT`: it is the last OWNER of the tenant.
    /// - `BAD_USER_INPUT`: an id is malformed, or OWNER or BILLING in one workspace.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::members::{Role, SetMemberRole};
    ///
    /// let member = admin.members().set_role(SetMemberRole::new("usr_…", Role::Admin)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_role(&self, role: SetMemberRole) -> Call<SetMemberRole> {
        Call::new(&self.client, role)
    }

    /// Takes a person's roles away; without any left, their tokens too.
    ///
    /// The API keys that they made stay, because keys belong to the workspace; the answer names them. Anyone may remove themselves.
    ///
    /// # Scope
    /// `admin:write` or `admin:users`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, its owner runs no such place, or a role is above their own.
    /// - `NOT_FOUND`: there is no such member or workspace, or none that the token may read.
    /// - `CONFLICT`: it is the last OWNER of the tenant, or has no role of their own in that workspace.
    /// - `BAD_USER_INPUT`: an id is malformed.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::members::RemoveMember;
    ///
    /// let removed = admin.members().remove(RemoveMember::new("usr_…")).await?;
    /// for key in removed.api_keys {
    ///     println!("{} ({}) was theirs", key.id, key.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove(&self, whom: RemoveMember) -> Call<RemoveMember> {
        Call::new(&self.client, whom)
    }
}
