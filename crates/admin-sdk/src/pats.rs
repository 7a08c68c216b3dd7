//! Personal access tokens (PATs): what a person or a program of theirs presents to this API.

#[doc(inline)]
pub use admin_core::pats::{CreatePat, ListPats, Pat, PatState, RevokePat};
use admin_core::{Client, PatId};

use crate::call::Call;

/// The methods of personal access tokens. Made by [`AiSetuAdmin::pats`](crate::AiSetuAdmin::pats).
#[derive(Debug, Clone)]
pub struct Pats {
    pub(crate) client: Client,
}

impl Pats {
    /// Lists personal access tokens, newest first.
    ///
    /// Awaited, it gives one page; [`stream`](Call::stream) and [`all`](Call::all) go over all pages.
    ///
    /// # Scope
    /// `admin:read` or `admin:write`; with `all_users` also the role OWNER.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner the role; the message names which.
    /// - `BAD_USER_INPUT`: `limit`, `cursor` or `offset` is out of its bounds.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::pats::ListPats;
    ///
    /// let everyones = ListPats { all_users: Some(true), ..ListPats::default() };
    /// let pats = admin.pats().list(everyones).all().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, which: ListPats) -> Call<ListPats> {
        Call::new(&self.client, which)
    }

    /// Makes a personal access token, whose secret is shown once.
    ///
    /// It can do no more and live no longer than the token of this call.
    ///
    /// # Scope
    /// `admin:write`. The scopes of the gateway (`keys:verify` and its like) take a role that may hold them.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or it asks for one that the token of this call or the role of its owner does not cover.
    /// - `BAD_USER_INPUT`: an unknown scope; a name out of its bounds; an expiry that is past, more than 365 days ahead, or after that of the
    ///   token of this call.
    /// - `IDEMPOTENCY_MISMATCH`: the idempotency key was used with another input.
    /// - `ALREADY_CREATED`: made under this idempotency key, and its secret is not given again: too late, or it no longer works.
    ///
    /// And what [every call](Call#errors) can come to.
    ///
    /// # Idempotency
    /// Happens once per call, however often it is retried. [`Call::idempotency_key`] makes it once over several calls. Within 10
    /// minutes they get the same secret, as long as it works.
    ///
    /// # Example
    /// ```no_run
    /// # async fn example(admin: admin_sdk::AiSetuAdmin) -> Result<(), admin_sdk::Error> {
    /// use admin_sdk::pats::CreatePat;
    ///
    /// let pat = admin.pats().create(CreatePat::new("report", ["admin:read"])).await?;
    /// println!("{} ends in {}", pat.item.id, pat.secret().hint());
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self, pat: CreatePat) -> Call<CreatePat> {
        Call::new(&self.client, pat)
    }

    /// Revokes a personal access token for good: it is refused from now on.
    ///
    /// An OWNER revokes anyone's, everybody else their own. To revoke the token of this call ends one's own access.
    ///
    /// # Scope
    /// `admin:write`.
    ///
    /// # Errors
    /// - `UNAUTHORIZED`: the token lacks the scope, or its owner has no role.
    /// - `NOT_FOUND`: there is no such token, or it is somebody else's.
    /// - `CONFLICT`: it was revoked already.
    /// - `BAD_USER_INPUT`: the id is not one of a token.
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
    /// let pat = admin.pats().revoke("pat_…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn revoke(&self, id: impl Into<PatId>) -> Call<RevokePat> {
        Call::new(&self.client, RevokePat { id: id.into() })
    }
}
