//! The audit trail: who changed what, and whether its record is whole.

#[doc(inline)]
pub use admin_core::audit::{AuditActor, AuditActorKind, AuditEvent, AuditVerification, ListAuditEvents, VerifyAudit};
use admin_core::{Client, Error};

use crate::call::{Call, unless};

/// The methods of the audit trail. Made by [`AiSetuAdmin::audit`](crate::AiSetuAdmin::audit).
#[derive(Debug, Clone)]
pub struct Audit {
    pub(crate) client: Client,
}

impl Audit {
    /// Lists the changes that were made, newest first.
    ///
    /// An OWNER sees the tenant's, an ADMIN those of their workspaces. Awaited, it gives one page; [`stream`](Call::stream) and
    /// [`all`](Call::all) go over all pages. Events are not counted, so a page has no total.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:organizations`, and the role OWNER or ADMIN.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `NOT_FOUND`: there is no such workspace, or none that the token may read.
    /// - `BAD_USER_INPUT`: a filter is malformed, `from` is not before `to`, or `limit`, `cursor` or `offset` is out of its bounds.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::audit::ListAuditEvents;
    ///
    /// let revoked = ListAuditEvents { action: Some("apiKeysRevoke".into()), ..ListAuditEvents::default() };
    /// let mut events = admin.audit().events(revoked).stream();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{} {}", event.at, event.object_id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(&self, which: ListAuditEvents) -> Call<ListAuditEvents> {
        Call::new(&self.client, which)
    }

    /// Checks that no audit event was changed, left out, put in or cut off.
    ///
    /// A broken chain is an answer and no error: look at [`ok`](AuditVerification::ok). Awaited, it checks as much as one call does, and
    /// [`next_cursor`](AuditVerification::next_cursor) says where it stopped; [`to_end`](Call::to_end) goes on until there is none.
    ///
    /// Keep the [`head`](AuditVerification::head) where nobody who can write to the database can: as `expected_head` it shows later that the
    /// chain was not put back.
    ///
    /// # Scope
    /// `admin:read`, `admin:write` or `admin:organizations`, and the role OWNER.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `BAD_USER_INPUT`: `expected_head` is no head that this chain had, `cursor` not one of ours, or `limit` out of its bounds.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::audit::VerifyAudit;
    ///
    /// let chain = admin.audit().verify(VerifyAudit::default()).to_end().await?;
    /// if !chain.ok {
    ///     println!("event {:?}: {:?}", chain.broken_at, chain.message);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn verify(&self, how: VerifyAudit) -> Call<VerifyAudit> {
        Call::new(&self.client, how)
    }
}

impl Call<VerifyAudit> {
    /// Checks the chain to its end, by as many calls as that takes, each with a deadline of its own.
    ///
    /// # Errors
    /// Those of the calls.
    pub async fn to_end(self) -> Result<AuditVerification, Error> {
        let Self { client, mut operation, options, mut abort } = self;
        loop {
            let call = client.execute_with(operation.clone(), options.clone());
            let verification = unless(abort.as_mut(), None, call).await?.value;
            match &verification.next_cursor {
                Some(cursor) => operation.cursor = Some(cursor.clone()),
                None => return Ok(verification),
            }
        }
    }
}
