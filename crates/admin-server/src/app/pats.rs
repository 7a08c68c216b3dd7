//! Personal access tokens. None grants more than its maker has.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use admin_token::{Token, TokenKind, mint};

use super::Ports;
use super::audit::Event;
use super::authorization::{PatScope, Permission, Reach};
use super::caller::Caller;
use super::operation::{Call, Change, Hinted, Issued, Mutation, Query};
use super::paging::{PageInput, page};
use super::validate;
use crate::crypto::{PublicKey, token_digest};
use crate::error::{Code, Error, ObjectRef};
use crate::ids::PatId;
use crate::model::{Page, Pat, PatState};
use crate::store::{Tx, pats};

/// How long a token lives when its maker does not say.
pub const DEFAULT_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long a token may live.
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);

impl Hinted for Pat {
    fn object(&self) -> ObjectRef {
        ObjectRef { id: self.id.to_string(), hint: Some(self.hint.clone()) }
    }

    fn still_works(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, Error> {
        Ok(pats::get(tx, &self.id, now)?.is_some_and(|stored| stored.state == PatState::Active))
    }
}

/// Mints the token of a PAT and stores both.
pub(super) fn issue(tx: &mut Tx<'_>, ports: &Ports, pat: Pat) -> Result<(Pat, Token), Error> {
    let token = new_token(ports);
    Ok((insert(tx, ports, pat, &token)?, token))
}

/// Mints a token.
pub(super) fn new_token(ports: &Ports) -> Token {
    mint(TokenKind::Pat, |buffer| ports.random.fill(buffer))
}

/// Stores a PAT with its token.
pub(super) fn insert(tx: &mut Tx<'_>, ports: &Ports, mut pat: Pat, token: &Token) -> Result<Pat, Error> {
    token.hint().clone_into(&mut pat.hint);
    let pepper = &ports.keys.pepper;
    pats::insert(tx, &pat, &token_digest(pepper, token.secret().expose()), pepper.id())?;
    Ok(pat)
}

/// Lists them, newest first.
#[derive(Debug)]
pub struct ListPats {
    /// Everyone's in the tenant, and not only one's own.
    pub all_users: bool,
    /// Which page.
    pub page: PageInput,
}

impl Query for ListPats {
    const FIELD: &'static str = "patsList";
    type Output = Page<Pat>;

    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error> {
        let range = self.page.range()?;
        if self.all_users && call.caller.reach_in_tenant(Permission::EveryPat) != Reach::Everything {
            return Err(Permission::EveryPat.refused("patsList with allUsers"));
        }
        let user_id = if self.all_users { None } else { Some(&call.caller.user.id) };
        let items = pats::list(tx, call.caller.tenant_id(), user_id, &range, call.now)?;
        let total = pats::count(tx, call.caller.tenant_id(), user_id)?;
        Ok(page(&range, items, total, |pat| pat.id.to_string()))
    }
}

/// Makes one for the caller.
#[derive(Debug, Serialize)]
pub struct CreatePat {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// To which credentials are sealed for its holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<PublicKey>,
    /// Until when; `None` = the default, or as long as its maker if that is shorter.
    pub expires_at: Option<Timestamp>,
}

impl CreatePat {
    /// The scopes, each of which the caller's token covers and the caller's role may hold.
    fn checked_scopes(&self, call: &Call<'_>) -> Result<Vec<String>, Error> {
        validate::count("scopes", self.scopes.len(), 1, 50)?;
        let mut checked = Vec::with_capacity(self.scopes.len());
        for text in &self.scopes {
            let scope: PatScope = text.parse()?;
            if !call.caller.covers(scope) {
                let held = call.caller.pat.scopes.join(", ");
                let message = format!("`scopes` asks for {text}, which this token, with {held}, does not cover");
                let refused = Error::new(Code::Unauthorized, message);
                return Err(refused.with_hint("a token never grants more than the one that makes it"));
            }
            if call.caller.reach_anywhere(scope.permission()) == Reach::Nothing {
                return Err(scope.permission().refused(text));
            }
            if !checked.contains(text) {
                checked.push(text.clone());
            }
        }
        Ok(checked)
    }

    fn checked_expiry(&self, call: &Call<'_>) -> Result<Timestamp, Error> {
        let limit = |lifetime| call.now.checked_add(lifetime).map_err(Error::internal);
        let makers = call.caller.pat.expires_at;
        let Some(at) = self.expires_at else { return Ok(limit(DEFAULT_LIFETIME)?.min(makers)) };
        validate::future("expiresAt", at, call.now)?;
        let latest = limit(MAX_LIFETIME)?;
        if at > latest {
            let message = format!("`expiresAt` is {at:.3}; it may be {latest:.3} at most, 365 days ahead");
            return Err(Error::bad_input("expiresAt", message));
        }
        if at > makers {
            let message = format!("`expiresAt` is {at:.3}; the token that makes it expires at {makers:.3}");
            return Err(
                Error::bad_input("expiresAt", message).with_hint("a token never outlives the one that makes it")
            );
        }
        Ok(at)
    }
}

impl Mutation for CreatePat {
    const FIELD: &'static str = "patsCreate";
    type Target = ();
    type Output = Issued<Pat>;

    fn authorize(&self, _: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Error> {
        match call.caller.reach_anywhere(call.rule.permission) {
            Reach::Nothing => Err(call.rule.permission.refused(call.rule.field)),
            _ => Ok(()),
        }
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, (): ()) -> Result<Change<Self::Output>, Error> {
        validate::name(&self.name)?;
        let pat = Pat {
            id: PatId::new(call.now, &*call.ports.random),
            tenant_id: call.caller.tenant_id().clone(),
            user_id: call.caller.user.id.clone(),
            name: self.name.clone(),
            state: PatState::Active,
            scopes: self.checked_scopes(call)?,
            hint: String::new(),
            public_key: self.public_key,
            created_at: call.now,
            expires_at: self.checked_expiry(call)?,
            revoked_at: None,
        };
        let (pat, token) = issue(tx, call.ports, pat)?;
        let event = Event::change(&pat.id, None, None, Some(&pat))?;
        Ok(Change { output: Issued { item: pat, secret: token.into_secret() }, event })
    }
}

/// Revokes one.
#[derive(Debug, Serialize)]
pub struct RevokePat {
    /// Which.
    pub id: PatId,
}

impl Mutation for RevokePat {
    const FIELD: &'static str = "patsRevoke";
    type Target = Pat;
    type Output = Pat;

    fn gives_itself_up(&self, caller: &Caller) -> bool {
        self.id == caller.pat.id
    }

    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Pat, Error> {
        let everyones = call.caller.reach_in_tenant(Permission::EveryPat) == Reach::Everything;
        pats::get(tx, &self.id, call.now)?
            .filter(|pat| pat.tenant_id == *call.caller.tenant_id())
            .filter(|pat| everyones || pat.user_id == call.caller.user.id)
            .ok_or_else(|| Error::not_found("personal access token"))
    }

    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, before: Pat) -> Result<Change<Pat>, Error> {
        if let Some(at) = before.revoked_at {
            return Err(Error::conflict(format!("`{}` was revoked already, at {at:.3}", before.name)));
        }
        pats::revoke(tx, &before.id, call.now)?;
        let after = Pat { state: PatState::Revoked, revoked_at: Some(call.now), ..before.clone() };
        let event = Event::change(&after.id, None, Some(&before), Some(&after))?;
        Ok(Change { output: after, event })
    }
}
