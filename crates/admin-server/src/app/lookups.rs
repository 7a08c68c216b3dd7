//! What verification looks up: who asks, the key, and what was spent.

use std::sync::Arc;

use admin_policy::Budget;
use admin_token::Token;
use jiff::Timestamp;

use super::copies::Copies;
use super::gateway_caller::{GatewayCaller, unauthenticated};
use super::verify::KnownKey;
use super::{Ports, usage};
use crate::crypto::token_digest;
use crate::error::Error;
use crate::ids::ApiKeyId;
use crate::store::api_keys::by_digest;
use crate::store::{Store, Subject};

/// How many gateways are known at a time.
const GATEWAYS: usize = 1_000;
/// How many keys are known at a time.
const KEYS: usize = 50_000;

/// The look-ups, and copies of what they found.
#[derive(Debug)]
pub(super) struct Lookups {
    callers: Copies<String, GatewayCaller>,
    keys: Copies<String, KnownKey>,
    spent: Copies<ApiKeyId, Spent>,
}

impl Default for Lookups {
    fn default() -> Self {
        Self { callers: Copies::new(GATEWAYS), keys: Copies::new(KEYS), spent: Copies::new(KEYS) }
    }
}

/// What was spent of a budget in the period under way.
#[derive(Debug)]
struct Spent {
    budget: Budget,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    micro_usd: i64,
}

impl Lookups {
    /// The gateway that presents a token in force.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, and those of the store.
    pub(super) async fn caller(&self, store: &Store, ports: &Ports, token: Token) -> Result<Arc<GatewayCaller>, Error> {
        let (digest, now, pepper) = (digest(ports, &token), ports.clock.now(), Arc::clone(&ports.keys));
        let found = self
            .callers
            .get(
                store,
                &digest,
                |caller| caller.tenant().cloned().map(Subject::Tenant),
                |caller| caller.expires_at() > now,
                move |tx| GatewayCaller::by_token(tx, &token, &pepper.pepper, now).map(Some),
            )
            .await?;
        found.ok_or_else(unauthenticated)
    }

    /// The key of a presented token, whatever state it is in and whoever may know of it.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn key(
        &self,
        store: &Store,
        ports: &Ports,
        token: &Token,
    ) -> Result<Option<Arc<KnownKey>>, Error> {
        let (digest, now) = (digest(ports, token), ports.clock.now());
        let wanted = digest.clone();
        self.keys
            .get(
                store,
                &digest,
                |known| Some(Subject::Tenant(known.key().tenant_id.clone())),
                |_| true,
                move |tx| by_digest(tx, &wanted, now)?.map(KnownKey::new).transpose(),
            )
            .await
    }

    /// What a key has spent of its budget: micro-USD.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn spent(
        &self,
        store: &Store,
        known: &Arc<KnownKey>,
        budget: &Budget,
        now: Timestamp,
    ) -> Result<i64, Error> {
        let (read, of) = (Arc::clone(known), budget.clone());
        let spent = self
            .spent
            .get(
                store,
                &known.key().id,
                |_| Some(Subject::SpentByKey(known.key().id.clone())),
                |spent| {
                    let begun = spent.since.is_none_or(|since| since <= now);
                    spent.budget == *budget && begun && spent.until.is_none_or(|until| now < until)
                },
                move |tx| {
                    let micro_usd = usage::spent_by_key(tx, read.key(), &of, now)?;
                    let (since, until) = (of.since(now), of.resets_at(now));
                    Ok(Some(Spent { budget: of.clone(), since, until, micro_usd }))
                },
            )
            .await?;
        Ok(spent.map_or(0, |spent| spent.micro_usd))
    }
}

fn digest(ports: &Ports, token: &Token) -> String {
    token_digest(&ports.keys.pepper, token.secret().expose())
}
