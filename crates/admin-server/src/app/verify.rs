//! Whether a presented API key may do a thing, for the gateway that asks.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use admin_policy::{Context, Counters, Decision, KeyPolicy, KeyState, Meter, Scope, Verdict, decide, standing};
use admin_token::Token;

use super::api_key_rules as rules;
use super::authorization::PatScope;
use super::gateway_caller::GatewayCaller;
use super::meters::Meters;
use super::{ControlPlane, Ports};
use crate::crypto::token_digest;
use crate::error::Error;
use crate::ids::{LogId, ProjectId};
use crate::model::{ApiKey, Budget, LogEntry, Spender};
use crate::settings::Billing;
use crate::store::api_keys::{Presented, by_digest};
use crate::store::{StoreError, Tx};

/// The scope of the token that asks.
const SCOPE: PatScope = PatScope::KeysVerify;

/// What a gateway asks, with what it saw of the call.
#[derive(Debug)]
pub struct Question {
    /// The presented key; `None` = it is no key of ours, by its form alone.
    pub key: Option<Token>,
    /// The scopes that the call needs.
    pub scopes: Vec<Scope>,
    /// The project for which it is made.
    pub project: Option<ProjectId>,
    /// What is called, such as `functions`; for log and usage.
    pub resource: Option<String>,
    /// The address of the client.
    pub ip: Option<IpAddr>,
    /// The page that it comes from.
    pub referrer: Option<String>,
    /// What the client calls itself; for the log.
    pub user_agent: Option<String>,
    /// How much of the rate limit it takes; 0 = nothing.
    pub cost: u32,
    /// Slug or id of the tenant's own connection over which it goes; then no credit is asked for.
    pub connection: Option<String>,
}

/// What the gateway is told.
#[derive(Debug)]
pub struct Verification {
    /// Yes or no, and why.
    pub decision: Decision,
    /// When it was decided.
    pub at: Timestamp,
    /// The key, unless there is none that this gateway may know of.
    pub key: Option<Arc<KnownKey>>,
    /// The needed scopes that the key lacks.
    pub missing_scopes: Vec<Scope>,
    /// What is left of the rate limit; `None` = there is none, or it was not come to.
    pub rate: Option<RateState>,
}

/// What is left of a rate limit.
#[derive(Debug, Clone, Copy)]
pub struct RateState {
    /// How many calls would pass at once.
    pub remaining: u32,
    /// From when on the whole burst passes again.
    pub resets_at: Timestamp,
}

/// A key as the presenter of one of its secrets meets it, with its rules read.
#[derive(Debug)]
pub struct KnownKey {
    presented: Presented,
    policy: KeyPolicy,
}

impl KnownKey {
    pub(super) fn new(presented: Presented) -> Result<Self, Error> {
        let policy = policy(&presented)?;
        Ok(Self { presented, policy })
    }

    /// The key, without its list of secrets.
    pub fn key(&self) -> &ApiKey {
        &self.presented.key
    }

    /// Its rules.
    pub(super) fn policy(&self) -> &KeyPolicy {
        &self.policy
    }

    /// About what it takes of memory that another may not: its labels, its description, its lists.
    pub(super) fn bytes(&self) -> usize {
        let key = self.key();
        let labels: usize = key.metadata.iter().map(|(name, text)| name.len() + text.len()).sum();
        let rules = &key.restrictions;
        let listed = [&rules.ip_addresses, &rules.referrers].map(|list| list.as_ref().map_or(0, Vec::len));
        let lists = key.scopes.len() + key.projects.as_ref().map_or(0, Vec::len) + listed.iter().sum::<usize>();
        labels + key.description.as_ref().map_or(0, String::len) + lists * 100
    }

    /// What the keys of its workspace may spend together.
    pub(super) fn workspace_budget(&self) -> Option<&Budget> {
        self.presented.workspace_budget.as_ref()
    }

    /// When the presented secret stops working: with the key, or at the end of its grace.
    pub fn expires_at(&self) -> Option<Timestamp> {
        [self.presented.key.expires_at, self.presented.version_expires_at].into_iter().flatten().min()
    }
}

impl ControlPlane {
    /// Answers a gateway.
    ///
    /// # Errors
    /// `UNAUTHORIZED` when the asker's token lacks `keys:verify`, and those of the store. A verdict is never an error.
    pub async fn verify(&self, caller: &GatewayCaller, mut question: Question) -> Result<Verification, Error> {
        let begun = Instant::now();
        caller.require_scope("keys/verify", SCOPE)?;
        // Before anything is decided: what is answered is logged.
        let room = self.key_log.room().await?;
        let (store, ports) = (&self.store, &self.ports);
        let known = match &question.key {
            Some(token) if token.kind().is_api_key() => self.lookups.key(store, ports, token).await?,
            _ => None,
        };
        let known = known.filter(|known| caller.reaches(SCOPE, &known.key().tenant_id, &known.key().workspace_id));
        let at = ports.clock.now();
        let spending = match &known {
            // What is denied for what the key is costs no look-up.
            Some(known) if standing(Some(&known.policy), at) == Verdict::Valid => {
                self.spending(known, question.connection.as_deref(), at).await?
            }
            _ => Spending::default(),
        };
        if let (Some(known), Some(project)) = (&known, &question.project) {
            let (tenant_id, workspace_id) = (&known.key().tenant_id, &known.key().workspace_id);
            // Whatever a client calls a project would otherwise stay in the sums for good.
            if !self.lookups.has_project(store, tenant_id, workspace_id, project).await? {
                question.project = None;
            }
        }
        let logged = known.clone();
        let answer = decided(known, &question, &self.meters, &spending, at);
        if let Some(known) = logged {
            self.key_log.push(room, entry(ports, &known, question, &answer, begun));
        }
        Ok(answer)
    }
}

/// What was spent, and what there is to spend, in micro-USD.
#[derive(Debug, Default)]
struct Spending {
    spent: i64,
    workspace_spent: i64,
    credit: Option<i64>,
    own_connection: bool,
}

impl ControlPlane {
    /// What the decision is to know of money. A key without a budget, where no credit is asked for, needs none.
    async fn spending(&self, known: &KnownKey, connection: Option<&str>, at: Timestamp) -> Result<Spending, Error> {
        let (store, lookups, key) = (&self.store, &self.lookups, known.key());
        let mut spending = Spending::default();
        if let Some(budget) = &known.policy.budget {
            spending.spent = lookups.spent(store, &key.tenant_id, Spender::Key(key.id.clone()), budget, at).await?;
        }
        if let Some(budget) = &known.policy.workspace_budget {
            let spender = Spender::Workspace(key.workspace_id.clone());
            spending.workspace_spent = lookups.spent(store, &key.tenant_id, spender, budget, at).await?;
        }
        if self.ports.settings.billing == Billing::Prepaid {
            let credit = lookups.credit(store, &key.tenant_id).await?;
            spending.credit = Some(credit);
            // A slug may be the client's choice: it is looked up where something depends on it.
            if let (Some(connection), ..=0) = (connection, credit) {
                spending.own_connection =
                    lookups.has_connection(store, &key.tenant_id, &key.workspace_id, connection).await?;
            }
        }
        Ok(spending)
    }
}

/// What the log says of an answer.
fn entry(ports: &Ports, known: &KnownKey, question: Question, answer: &Verification, begun: Instant) -> LogEntry {
    LogEntry {
        id: LogId::new(answer.at, &*ports.random),
        key_id: known.key().id.clone(),
        version_id: known.presented.version_id.clone(),
        at: answer.at,
        verdict: answer.decision.verdict,
        project_id: question.project,
        resource: question.resource,
        ip: question.ip.map(|ip| ip.to_canonical().to_string()),
        referrer: question.referrer.map(|referrer| page(&referrer)),
        user_agent: question.user_agent,
        cost: i64::from(question.cost),
        micros: i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX),
    }
}

/// The longest address of a page that is logged, in characters.
const LONGEST_PAGE: usize = 500;

/// The address of a page without what may be secret in it: a user and a password, a query, a fragment.
fn page(referrer: &str) -> String {
    let address = referrer.split(['?', '#']).next().unwrap_or_default();
    let shown = match address.split_once("://") {
        Some((scheme, rest)) => {
            format!("{scheme}://{}", without_user(rest))
        }
        None => without_user(address),
    };
    shown.chars().filter(|c| !c.is_control()).take(LONGEST_PAGE).collect()
}

fn without_user(address: &str) -> String {
    let (host, path) = address.split_at(address.find('/').unwrap_or(address.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{host}{path}")
}

fn decided(
    known: Option<Arc<KnownKey>>,
    question: &Question,
    meters: &Meters,
    spending: &Spending,
    at: Timestamp,
) -> Verification {
    let policy = known.as_ref().map(|known| &known.policy);
    let context = Context {
        scopes: &question.scopes,
        project: question.project.as_ref().map(ProjectId::as_str),
        ip: question.ip,
        referrer: question.referrer.as_deref(),
        own_connection: spending.own_connection,
        cost: question.cost,
    };
    let &Spending { spent, workspace_spent, credit, .. } = spending;
    let decide = |meter| decide(policy, &context, &Counters { meter, spent, workspace_spent, credit }, at);
    let limit = policy.and_then(|policy| policy.restrictions.rate_limit);
    let (decision, rate) = match (&known, limit) {
        (Some(known), Some(limit)) => meters.with(&known.key().id, limit, at, |meter| {
            let decision = decide(meter);
            let (after, counted) = (decision.meter, matches!(decision.verdict, Verdict::Valid | Verdict::RateLimited));
            let left = after.unwrap_or(meter);
            let state = RateState { remaining: limit.left(left, at), resets_at: limit.full_at(left, at) };
            ((decision, counted.then_some(state)), after)
        }),
        _ => (decide(Meter::default()), None),
    };
    let missing_scopes = match (policy, decision.verdict) {
        (Some(policy), Verdict::InsufficientScope) => {
            let lacks = |needed: &&Scope| !policy.scopes.iter().any(|held| held.covers(**needed));
            question.scopes.iter().filter(lacks).copied().collect()
        }
        _ => Vec::new(),
    };
    // What is not found says nothing about itself, whatever the reason.
    let key = known.filter(|_| decision.verdict != Verdict::NotFound);
    Verification { decision, at, key, missing_scopes, rate }
}

/// The key of the token, if the asker's scope carries it to where it belongs.
pub(super) fn find(
    tx: &mut Tx<'_>,
    ports: &Ports,
    caller: &GatewayCaller,
    scope: PatScope,
    token: &Token,
) -> Result<Option<Presented>, StoreError> {
    let found = by_digest(tx, &token_digest(&ports.keys.pepper, token.secret().expose()), ports.clock.now())?;
    Ok(found.filter(|found| caller.reaches(scope, &found.key.tenant_id, &found.key.workspace_id)))
}

pub(super) fn policy(presented: &Presented) -> Result<KeyPolicy, Error> {
    let key = &presented.key;
    Ok(KeyPolicy {
        state: if key.deleted_at.is_some() || presented.workspace_deleted {
            KeyState::Deleted
        } else if key.revocation.is_some() {
            KeyState::Revoked
        } else if key.disabled {
            KeyState::Disabled
        } else {
            KeyState::Active
        },
        expires_at: key.expires_at,
        secret_revoked: presented.version_revoked,
        secret_expires_at: presented.version_expires_at,
        // A scope that left the catalogue gives nothing.
        scopes: key.scopes.iter().filter_map(|scope| scope.parse().ok()).collect(),
        projects: key.projects.as_ref().map(|ids| ids.iter().map(|id| id.as_str().into()).collect()),
        restrictions: rules::policy_restrictions(&key.restrictions)?,
        budget: key.budget.as_ref().map(rules::policy_budget).transpose()?,
        workspace_budget: presented.workspace_budget.as_ref().map(rules::policy_budget).transpose()?,
    })
}
