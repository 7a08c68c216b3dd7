//! What verification looks up: who asks, the key, and what was spent.

use std::collections::HashSet;
use std::sync::Arc;

use admin_policy::Budget;
use admin_token::Token;
use jiff::Timestamp;

use super::copies::Copies;
use super::gateway_caller::{GatewayCaller, unauthenticated};
use super::verify::KnownKey;
use super::{Ports, budgets, ledger};
use crate::crypto::token_digest;
use crate::error::Error;
use crate::ids::{ProjectId, TenantId, WorkspaceId};
use crate::model::Spender;
use crate::store::api_keys::by_digest;
use crate::store::{Store, Subject, Tx, connections, projects};

/// How many gateways are known at a time.
const GATEWAYS: usize = 1_000;
/// How many keys are known at a time.
const KEYS: usize = 50_000;

/// The look-ups, and copies of what they found.
#[derive(Debug)]
pub(super) struct Lookups {
    callers: Copies<String, GatewayCaller>,
    keys: Copies<String, KnownKey>,
    spent: Copies<Spender, Spent>,
    credit: Copies<TenantId, i64>,
    connections: Copies<(WorkspaceId, String), bool>,
    projects: Copies<WorkspaceId, HashSet<ProjectId>>,
}

impl Default for Lookups {
    fn default() -> Self {
        Self {
            callers: Copies::new(GATEWAYS, |_| 0),
            keys: Copies::new(KEYS, KnownKey::bytes),
            spent: Copies::new(KEYS, |_| 0),
            credit: Copies::new(KEYS, |_| 0),
            connections: Copies::new(KEYS, |_| 0),
            projects: Copies::new(KEYS, |projects| projects.len() * size_of::<ProjectId>() * 2),
        }
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
        let (digest, now) = (digest(ports, &token), ports.clock.now());
        let found = self
            .callers
            .get(
                store,
                &digest,
                |caller| caller.tenant().cloned().map(Subject::Tenant),
                |caller| caller.expires_at() > now,
                || {
                    let keys = Arc::clone(&ports.keys);
                    move |tx: &mut Tx<'_>| GatewayCaller::by_token(tx, &token, &keys.pepper, now).map(Some)
                },
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
        self.keys
            .get(
                store,
                &digest,
                |known| Some(Subject::Tenant(known.key().tenant_id.clone())),
                |_| true,
                || {
                    let wanted = digest.clone();
                    move |tx: &mut Tx<'_>| by_digest(tx, &wanted, now)?.map(KnownKey::new).transpose()
                },
            )
            .await
    }

    /// What was spent of a budget in the period under way: micro-USD.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn spent(
        &self,
        store: &Store,
        tenant_id: &TenantId,
        spender: Spender,
        budget: &Budget,
        now: Timestamp,
    ) -> Result<i64, Error> {
        let spent = self
            .spent
            .get(
                store,
                &spender,
                |_| {
                    Some(match &spender {
                        Spender::Key(id) => Subject::SpentByKey(id.clone()),
                        Spender::Workspace(id) => Subject::SpentIn(id.clone()),
                    })
                },
                |spent| {
                    let begun = spent.since.is_none_or(|since| since <= now);
                    spent.budget == *budget && begun && spent.until.is_none_or(|until| now < until)
                },
                || {
                    let (tenant_id, spender, budget) = (tenant_id.clone(), spender.clone(), budget.clone());
                    move |tx: &mut Tx<'_>| {
                        let micro_usd = budgets::spent(tx, &tenant_id, &spender, &budget, now)?;
                        let (since, until) = (budget.since(now), budget.resets_at(now));
                        Ok(Some(Spent { budget: budget.clone(), since, until, micro_usd }))
                    }
                },
            )
            .await?;
        Ok(spent.map_or(0, |spent| spent.micro_usd))
    }

    /// What credit a tenant has: micro-USD.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn credit(&self, store: &Store, tenant_id: &TenantId) -> Result<i64, Error> {
        let about = |_: &i64| Some(Subject::Credit(tenant_id.clone()));
        let read = || {
            let tenant_id = tenant_id.clone();
            move |tx: &mut Tx<'_>| Ok(Some(ledger::balance(tx, &tenant_id)?.micros()))
        };
        Ok(self.credit.get(store, tenant_id, about, |_| true, read).await?.map_or(0, |credit| *credit))
    }

    /// Whether a project is one of a workspace's, archived or not.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn has_project(
        &self,
        store: &Store,
        tenant_id: &TenantId,
        workspace_id: &WorkspaceId,
        project: &ProjectId,
    ) -> Result<bool, Error> {
        let about = |_: &HashSet<ProjectId>| Some(Subject::Tenant(tenant_id.clone()));
        let read = || {
            let workspace_id = workspace_id.clone();
            move |tx: &mut Tx<'_>| Ok(Some(projects::ids(tx, &workspace_id)?.into_iter().collect()))
        };
        let known = self.projects.get(store, workspace_id, about, |_| true, read).await?;
        Ok(known.is_some_and(|known| known.contains(project)))
    }

    /// Whether a workspace has a living connection with this slug or id.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn has_connection(
        &self,
        store: &Store,
        tenant_id: &TenantId,
        workspace_id: &WorkspaceId,
        slug_or_id: &str,
    ) -> Result<bool, Error> {
        let place = (workspace_id.clone(), slug_or_id.to_owned());
        let about = |_: &bool| Some(Subject::Tenant(tenant_id.clone()));
        let read = || {
            let (id, name) = place.clone();
            move |tx: &mut Tx<'_>| Ok(Some(connections::is_living(tx, &id, &name)?))
        };
        Ok(self.connections.get(store, &place, about, |_| true, read).await?.is_some_and(|own| *own))
    }
}

fn digest(ports: &Ports, token: &Token) -> String {
    token_digest(&ports.keys.pepper, token.secret().expose())
}
