//! Service tokens: what the operator gives to a gateway that serves every tenant. They have no person, and only a gateway's scopes.

use jiff::{SignedDuration, Timestamp};

use admin_token::{Secret, TokenKind, mint};

use super::audit::{Actor, Event, OPERATORS_CHAIN};
use super::authorization::PatScope;
use super::pats::{DEFAULT_LIFETIME, MAX_LIFETIME};
use super::{ControlPlane, Ports, audit, validate};
use crate::crypto::{PublicKey, token_digest};
use crate::error::Error;
use crate::ids::{RequestId, ServiceTokenId};
use crate::model::{PatState, ServiceToken};
use crate::store::{Tx, service_tokens};

/// What a service token may hold.
pub const SERVICE_SCOPES: [PatScope; 3] = [PatScope::KeysVerify, PatScope::UsageWrite, PatScope::CredentialsUse];

/// What is to be made.
#[derive(Debug, Clone)]
pub struct NewServiceToken {
    /// What the operator calls it.
    pub name: String,
    /// What it may do: some of [`SERVICE_SCOPES`].
    pub scopes: Vec<PatScope>,
    /// How long it lives: above zero, at most 365 days; `None` = 90 days.
    pub lifetime: Option<SignedDuration>,
    /// To which credentials are sealed for its holder.
    pub public_key: Option<PublicKey>,
}

/// The scope of a service token with this name.
///
/// # Errors
/// `BAD_USER_INPUT` naming those that there are.
pub fn scope(text: &str) -> Result<PatScope, Error> {
    SERVICE_SCOPES.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| {
        let message = format!("`scopes` has `{}`, which is not a scope of a service token", text.escape_debug());
        Error::bad_input("scopes", message).with_hint(known_scopes())
    })
}

fn known_scopes() -> String {
    format!("its scopes are {}", SERVICE_SCOPES.map(PatScope::as_str).join(", "))
}

impl NewServiceToken {
    /// Checks the bounds.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming the field, the bound and the value.
    pub fn check(&self) -> Result<(), Error> {
        validate::name(&self.name)?;
        validate::count("scopes", self.scopes.len(), 1, SERVICE_SCOPES.len())?;
        if let Some(scope) = self.scopes.iter().find(|scope| !SERVICE_SCOPES.contains(scope)) {
            let message = format!("`scopes` has {}, which a service token cannot hold", scope.as_str());
            return Err(Error::bad_input("scopes", message).with_hint(known_scopes()));
        }
        if self.public_key.is_none() && self.scopes.contains(&PatScope::CredentialsUse) {
            let message =
                "the public key is absent: without one no credential can be sealed for a token with credentials:use";
            return Err(Error::bad_input("publicKey", message));
        }
        match self.lifetime {
            Some(lifetime) if lifetime <= SignedDuration::ZERO || lifetime > MAX_LIFETIME => {
                let message = format!("`expires` is {lifetime:#}; it must be above zero and at most 365 days");
                Err(Error::bad_input("expires", message))
            }
            _ => Ok(()),
        }
    }
}

impl ControlPlane {
    /// Makes a service token, and hands it to `deliver` before it works: one that reached nobody would live on unseen.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`, `UNAVAILABLE` when it could not be delivered, and those of the store. Nothing was made then.
    pub async fn create_service_token(
        &self,
        new: NewServiceToken,
        deliver: impl FnOnce(&Secret) -> std::io::Result<()>,
    ) -> Result<ServiceToken, Error> {
        new.check()?;
        let ports = self.ports.clone();
        let token = mint(TokenKind::Service, |buffer| ports.random.fill(buffer));
        deliver(token.secret())
            .map_err(|error| Error::unavailable(format!("the token could not be delivered: {error}")))?;
        self.store
            .write(move |tx| {
                let now = ports.clock.now();
                let mut scopes: Vec<PatScope> = new.scopes.clone();
                scopes.sort_unstable();
                scopes.dedup();
                let made = ServiceToken {
                    id: ServiceTokenId::new(now, &*ports.random),
                    name: new.name.clone(),
                    state: PatState::Active,
                    scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
                    hint: token.hint().to_owned(),
                    public_key: new.public_key,
                    created_at: now,
                    expires_at: now.checked_add(new.lifetime.unwrap_or(DEFAULT_LIFETIME)).map_err(Error::internal)?,
                    revoked_at: None,
                };
                let pepper = &ports.keys.pepper;
                service_tokens::insert(tx, &made, &token_digest(pepper, token.secret().expose()), pepper.id())?;
                let event = Event::change(&made.id, None, None, Some(&made))?;
                record(tx, &ports, &Event { action: "operator.createServiceToken", ..event }, now)?;
                Ok(made)
            })
            .await
            .map_err(|error| error.with_hint("the token that was delivered is void: mend the cause, and run it again"))
    }

    /// All service tokens, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_service_tokens(&self) -> Result<Vec<ServiceToken>, Error> {
        let ports = self.ports.clone();
        self.store.read(move |tx| Ok(service_tokens::list(tx, ports.clock.now())?)).await
    }

    /// Revokes a service token.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` when it is revoked already, and those of the store.
    pub async fn revoke_service_token(&self, id: ServiceTokenId) -> Result<ServiceToken, Error> {
        let ports = self.ports.clone();
        self.store
            .write(move |tx| {
                let now = ports.clock.now();
                let missing = || Error::new(crate::error::Code::NotFound, format!("there is no service token {id}"));
                let before = service_tokens::get(tx, &id, now)?.ok_or_else(missing)?;
                if let Some(at) = before.revoked_at {
                    return Err(Error::conflict(format!("`{}` was revoked already, at {at:.3}", before.name)));
                }
                service_tokens::revoke(tx, &id, now)?;
                let after = ServiceToken { state: PatState::Revoked, revoked_at: Some(now), ..before.clone() };
                let event = Event::change(&id, None, Some(&before), Some(&after))?;
                record(tx, &ports, &Event { action: "operator.revokeServiceToken", ..event }, now)?;
                Ok(after)
            })
            .await
    }
}

fn record(tx: &mut Tx<'_>, ports: &Ports, event: &Event, now: Timestamp) -> Result<(), Error> {
    let request_id = RequestId::new(now, &*ports.random);
    audit::append(tx, ports, OPERATORS_CHAIN, &Actor::Operator, event, &request_id, now)
}
