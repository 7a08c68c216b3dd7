//! The rules. They know the store's functions, but no SQL; they know nothing of GraphQL or HTTP.

pub mod api_key_rules;
pub mod api_keys;
pub mod audit;
pub mod auth;
pub mod authorization;
pub mod billing;
pub mod buckets;
mod budgets;
pub mod caller;
pub mod check;
mod copies;
mod expiry_notices;
pub mod explain;
pub mod gateway_caller;
pub mod kek;
pub mod key_logs;
pub mod ledger;
mod lookups;
mod mail_limits;
pub mod members;
mod meters;
pub mod operation;
pub mod outbox;
pub mod paging;
pub mod pats;
pub mod payments;
pub mod projects;
pub mod provider_credentials;
pub mod provision;
pub mod resolve;
pub mod service_tokens;
mod turns;
pub mod usage;
pub mod validate;
pub mod verify;
pub mod workspaces;

use std::sync::Arc;

use admin_token::Token;

use self::caller::Caller;
use self::gateway_caller::GatewayCaller;
use self::key_logs::KeyLog;
use self::lookups::Lookups;
use self::meters::Meters;
use self::operation::{Mutation, Next, OutsideMutation, PublicCall, PublicMutation, PublicRequest, Query, Request};
use self::turns::Turns;
use crate::clock::{Clock, SystemClock};
use crate::crypto::{ServerKey, ServerKeys};
use crate::env::EnvError;
use crate::error::Error;
use crate::mail::{LogMail, Mail, NoMail, Smtp, SmtpSettings};
use crate::payments::{Payments, Stripe, StripeSettings};
use crate::providers::{HttpProbes, Probes};
use crate::random::{Random, SystemRandom};
use crate::settings::{ProviderSettings, Settings};
use crate::store::{Store, Subject, Tx, server_keys};

/// What the rules get from outside.
#[derive(Debug, Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The server's keys.
    pub keys: Arc<ServerKeys>,
    /// What the operator decides.
    pub settings: Arc<Settings>,
    /// Who sends mail.
    pub mail: Arc<dyn Mail>,
    /// Who asks providers whether they take a credential.
    pub probes: Arc<dyn Probes>,
    /// Tells that there is mail to send.
    pub mail_bell: Arc<outbox::Bell>,
    /// Who takes payments; `None` = nobody.
    pub payments: Option<Arc<dyn Payments>>,
}

impl Ports {
    /// The machine's clock and randomness, and the given keys. What the operator decides is what they decide who say nothing, and
    /// nobody sends mail.
    pub fn system(keys: ServerKeys) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            keys: Arc::new(keys),
            settings: Arc::default(),
            mail: Arc::new(NoMail),
            probes: Arc::new(HttpProbes::new(ProviderSettings::default())),
            mail_bell: Arc::default(),
            payments: None,
        }
    }

    /// The same with what the operator set. `lookup` gives a variable's value.
    ///
    /// # Errors
    /// [`EnvError`] names the variable.
    pub fn configured(keys: ServerKeys, lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, EnvError> {
        Self::system(keys).over(Settings::default(), lookup)
    }

    /// Those of a developer's own machine: anyone may sign up, and mail is printed to the log unless a mail server is set.
    ///
    /// # Errors
    /// [`EnvError`] names the variable.
    pub fn dev(keys: ServerKeys, lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, EnvError> {
        Self { mail: Arc::new(LogMail), ..Self::system(keys) }.over(Settings::dev(), lookup)
    }

    fn over(self, settings: Settings, lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, EnvError> {
        let mail: Arc<dyn Mail> = match SmtpSettings::read(lookup)? {
            Some(smtp) => Arc::new(Smtp::new(smtp)?),
            None => self.mail,
        };
        let settings = settings.over(lookup)?;
        let payments: Option<Arc<dyn Payments>> = match StripeSettings::read(lookup)? {
            Some(stripe) => Some(Arc::new(Stripe::new(stripe, settings.providers.reach, Arc::clone(&self.random))?)),
            None => self.payments,
        };
        Ok(Self { mail, payments, ..self }.with(settings))
    }

    /// The same with what an operator decided.
    #[must_use]
    pub fn with(self, settings: Settings) -> Self {
        let probes = Arc::new(HttpProbes::new(settings.providers.clone()));
        Self { settings: Arc::new(settings), probes, ..self }
    }
}

/// The control plane: the rules over a store. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct ControlPlane {
    store: Store,
    ports: Ports,
    turns: Arc<Turns>,
    lookups: Arc<Lookups>,
    meters: Arc<Meters>,
    key_log: Arc<KeyLog>,
}

impl ControlPlane {
    /// The rules over a store.
    pub fn new(store: Store, ports: Ports) -> Self {
        Self {
            store,
            ports,
            turns: Arc::default(),
            lookups: Arc::default(),
            meters: Arc::default(),
            key_log: Arc::default(),
        }
    }

    /// Checks that the server's keys are those that the database was made with; a new database remembers them.
    ///
    /// # Errors
    /// `CONFLICT` naming the key that is another one, and those of the store.
    pub async fn check_keys(&self) -> Result<(), Error> {
        let keys = Arc::clone(&self.ports.keys);
        self.store
            .write(move |tx| {
                let ring = keys.kek.all();
                let held = [
                    ("pepper", std::slice::from_ref(&keys.pepper)),
                    (kek::PURPOSE, ring.as_slice()),
                    ("audit", std::slice::from_ref(&keys.audit)),
                ];
                for (purpose, held) in held {
                    let ids: Vec<&str> = held.iter().map(ServerKey::id).collect();
                    match (server_keys::get(tx, purpose)?, ids.first()) {
                        (None, Some(newest)) => server_keys::insert(tx, purpose, newest)?,
                        (Some(known), _) if ids.contains(&known.as_str()) => {}
                        (known, _) => {
                            let message = format!(
                                "the database was made with another {purpose} key: with {}, and this one is {}",
                                known.unwrap_or_default(),
                                ids.join(" or ")
                            );
                            return Err(Error::conflict(message).with_hint("start it with the keys that belong to it"));
                        }
                    }
                }
                Ok(())
            })
            .await
    }

    /// Checks that the database can be written.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub async fn ready(&self) -> Result<(), Error> {
        let touch = |tx: &mut Tx<'_>| {
            tx.changes([]);
            Ok(server_keys::touch(tx)?)
        };
        self.store.write(touch).await
    }

    /// The store, for what stands beside the rules: health, provisioning, checks.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Clock, randomness, keys.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Finds who presents a token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, the same for every token that is not in force.
    pub async fn authenticate(&self, token: Token) -> Result<Caller, Error> {
        let ports = self.ports.clone();
        self.store.read(move |tx| Caller::by_token(tx, &token, &ports.keys.pepper, ports.clock.now())).await
    }

    /// Finds which gateway presents a token: a service token, or a personal access token that may hold a gateway's scopes.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, the same for every token that is not in force.
    pub async fn authenticate_gateway(&self, token: Token) -> Result<Arc<GatewayCaller>, Error> {
        self.lookups.caller(&self.store, &self.ports, token).await
    }

    /// Answers a query. Those of one tenant are answered one by one.
    ///
    /// # Errors
    /// What scopes, roles and rules refuse.
    pub async fn query<Q: Query>(&self, caller: Arc<Caller>, query: Q) -> Result<Q::Output, Error> {
        let ports = self.ports.clone();
        let turn = self.turns.take(caller.tenant_id()).await;
        let run = move |tx: &mut Tx<'_>| {
            // It goes with the work, which may outlast whoever waits for it.
            let _turn = &turn;
            operation::query(tx, &ports, &caller, &query)
        };
        self.store.read_long(run).await
    }

    /// Makes a change.
    ///
    /// # Errors
    /// What scopes, roles and rules refuse. Nothing has changed then.
    pub async fn mutate<M: Mutation>(
        &self,
        caller: Arc<Caller>,
        request: Request,
        mutation: M,
    ) -> Result<M::Output, Error> {
        let ports = self.ports.clone();
        let run = move |tx: &mut Tx<'_>| {
            tx.changes([Subject::Tenant(caller.tenant_id().clone())]);
            operation::mutate(tx, &ports, &caller.pat.id, &request, &mutation)
        };
        self.store.write(run).await
    }

    /// Makes a change that asks somebody outside on its way.
    ///
    /// # Errors
    /// What scopes, roles and rules refuse: nothing has changed then. What the one outside refuses: what was begun stands, and the same call
    /// under the same idempotency key goes on with it.
    pub async fn mutate_outside<M: OutsideMutation>(
        &self,
        caller: Arc<Caller>,
        request: Request,
        mutation: M,
    ) -> Result<M::Output, Error> {
        let (mutation, request) = (Arc::new(mutation), Arc::new(request));
        let next = {
            let (ports, mutation, request) = (self.ports.clone(), Arc::clone(&mutation), Arc::clone(&request));
            let (pat_id, tenant) = (caller.pat.id.clone(), Subject::Tenant(caller.tenant_id().clone()));
            let run = move |tx: &mut Tx<'_>| {
                tx.changes([tenant.clone()]);
                operation::start(tx, &ports, &pat_id, &request, &*mutation)
            };
            self.store.write(run).await?
        };
        let (begun, question) = match next {
            Next::Kept(answer) => return Ok(answer),
            Next::Ask { begun, question } => (begun, question),
        };
        let outcome = mutation.ask(&self.ports, question).await?;
        let ports = self.ports.clone();
        let run = move |tx: &mut Tx<'_>| {
            tx.changes([Subject::Tenant(caller.tenant_id().clone())]);
            operation::finish(tx, &ports, &caller.pat.id, &request, &*mutation, &begun, &outcome)
        };
        self.store.write(run).await
    }

    /// Makes a change that needs no token.
    ///
    /// # Errors
    /// What the rules refuse.
    pub async fn mutate_publicly<M: PublicMutation>(
        &self,
        request: PublicRequest,
        mutation: M,
    ) -> Result<M::Output, Error> {
        let ports = self.ports.clone();
        let run = move |tx: &mut Tx<'_>| {
            // Anybody may ask for it, and what it makes nobody knew before: whoever changes what is known says so.
            tx.changes([]);
            let call = PublicCall { now: ports.clock.now(), ports: &ports, request: &request };
            mutation.run(tx, &call)
        };
        self.store.write(run).await?
    }

    /// Forgets kept answers and sign-ins whose time is over. The server calls it every minute.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sweep(&self) -> Result<(), Error> {
        let ports = self.ports.clone();
        self.meters.sweep(ports.clock.now());
        self.tell_of_expiries().await?;
        self.store
            .write(move |tx| {
                tx.changes([]);
                operation::sweep(tx, ports.clock.now())?;
                auth::sweep(tx, ports.clock.now())
            })
            .await?;
        self.prune_key_log().await
    }
}
