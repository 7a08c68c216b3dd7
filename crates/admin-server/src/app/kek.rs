//! The key-encryption keys (KEK): which one seals, and how another one takes its place.

use super::audit::{Actor, Event, OPERATORS_CHAIN};
use super::check::Finding;
use super::provider_credentials::STEP;
use super::{ControlPlane, Ports, audit, outbox as outbox_rules};
use crate::crypto::{self, Keyring, SealError, ServerKey};
use crate::error::Error;
use crate::ids::{ConnectionId, MailId, RequestId};
use crate::store::{Tx, connections, idempotency, outbox, server_keys};

/// What the database calls them.
pub(super) const PURPOSE: &str = "kek";

/// The KEK under which whatever is sealed in this transaction is sealed. The database says which, so all processes change over at once.
///
/// # Errors
/// `UNAVAILABLE` when this process does not have it, and those of the store.
pub(super) fn current(tx: &mut Tx<'_>, ports: &Ports) -> Result<ServerKey, Error> {
    let keks = &ports.keys.kek;
    match server_keys::get(tx, PURPOSE)? {
        None => keks.newest().ok_or_else(|| Error::internal("there is no key-encryption key")),
        Some(id) => keks.get(&id).ok_or_else(|| {
            tracing::error!(kek = id, "the key-encryption key of the database is not there: was it rotated elsewhere?");
            Error::unavailable("the control plane lacks the key with which secrets are sealed")
        }),
    }
}

/// What a rotation came to.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The KEK under which everything is now, but for what failed.
    pub kek_id: String,
    /// Whether a rotation that was broken off was taken to its end, and no new key made.
    pub resumed: bool,
    /// How many credentials and mails were put under it.
    pub rewrapped: u64,
    /// What does not open. It stays as it was, and so must its KEK.
    pub failed: Vec<Finding>,
}

/// One KEK and what is under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub kek_id: String,
    /// Whether it seals.
    pub current: bool,
    /// Whether this process has it.
    pub present: bool,
    /// How many values are sealed under it: credentials, mails, kept answers.
    pub sealed: i64,
}

impl ControlPlane {
    /// Puts everything under a new KEK, beside a server that serves and a batch at a time; takes a rotation that was broken off to its
    /// end first, and then makes no new key.
    ///
    /// The new key is in the key file before anything is sealed under it, and the former ones stay there: at whatever moment this
    /// ends, what is sealed opens.
    ///
    /// # Errors
    /// `CONFLICT` when the keys are in no file and none of them is new, `UNAVAILABLE` when the file cannot be written, and those of the store.
    pub async fn rotate_kek(&self) -> Result<Rotation, Error> {
        let keks = self.reloaded()?;
        let newest = keks.newest().ok_or_else(|| Error::internal("there is no key-encryption key"))?;
        // A newer key than the one that seals: another run made it, or the operator did.
        let switched = self.switch_kek(newest.clone()).await?;
        let (rewrapped, failed) = self.rewrap_all(&newest).await?;
        if switched || rewrapped > 0 {
            return Ok(Rotation { kek_id: newest.id().to_owned(), resumed: true, rewrapped, failed });
        }
        if keks.file().is_none() {
            return Err(Error::conflict(
                "the key-encryption key that seals is the newest that there is, and it comes from no file",
            )
            .with_hint("start the server with a new key before it, with a comma between them, and then rotate"));
        }
        let new = ServerKey::generate(&*self.ports.random);
        let all = std::iter::once(new.clone()).chain(keks.all()).collect();
        keks.replace(all).map_err(|error| {
            Error::unavailable(error.to_string())
                .with_hint("or put a new key into its first line by hand, and rotate then")
        })?;
        self.switch_kek(new.clone()).await?;
        let (rewrapped, failed) = self.rewrap_all(&new).await?;
        Ok(Rotation { kek_id: new.id().to_owned(), resumed: false, rewrapped, failed })
    }

    /// The keyring as the file has it now: another command may just have ended.
    fn reloaded(&self) -> Result<&Keyring, Error> {
        let keks = &self.ports.keys.kek;
        keks.reload().map_err(|error| Error::unavailable(error.to_string()))?;
        Ok(keks)
    }

    /// Lets a KEK seal from now on, in every process. Returns whether another one did.
    async fn switch_kek(&self, kek: ServerKey) -> Result<bool, Error> {
        let ports = self.ports.clone();
        self.store
            .write(move |tx| {
                let before = server_keys::get(tx, PURPOSE)?;
                if before.as_deref() == Some(kek.id()) {
                    return Ok(false);
                }
                server_keys::set(tx, PURPOSE, kek.id())?;
                let state = |id: &str| serde_json::json!({ "kekId": id });
                let before = before.as_deref().map(state);
                let event = Event::change(&kek.id(), None, before.as_ref(), Some(&state(kek.id())))?;
                record(tx, &ports, &Event { action: "operator.rotateKek", ..event })?;
                Ok(true)
            })
            .await
    }

    /// Puts everything that is under another KEK under this one.
    async fn rewrap_all(&self, to: &ServerKey) -> Result<(u64, Vec<Finding>), Error> {
        let (mut rewrapped, mut failed) = (0, Vec::new());
        self.batches(to, rewrap_connections, &mut rewrapped, &mut failed).await?;
        self.batches(to, reseal_mails, &mut rewrapped, &mut failed).await?;
        Ok((rewrapped, failed))
    }

    async fn batches<Id: Clone + Send + Sync + 'static>(
        &self,
        to: &ServerKey,
        batch: Rewrap<Id>,
        rewrapped: &mut u64,
        failed: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let mut after: Option<Id> = None;
        loop {
            let (ports, to) = (self.ports.clone(), to.clone());
            let done = self.store.write(move |tx| batch(tx, &ports, &to, after.as_ref())).await?;
            *rewrapped += done.rewrapped;
            failed.extend(done.failed);
            match done.last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// The KEKs, the newest first, and how much is under each.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_keks(&self) -> Result<Vec<Held>, Error> {
        let ports = self.ports.clone();
        self.store.read(move |tx| held(tx, &ports)).await
    }

    /// Throws former KEKs out of the key file under which nothing is any more. Returns their ids.
    ///
    /// # Errors
    /// `CONFLICT` when the keys are in no file, `UNAVAILABLE` when it cannot be written, and those of the store.
    pub async fn prune_keks(&self) -> Result<Vec<String>, Error> {
        let keks = self.reloaded()?;
        if keks.file().is_none() {
            return Err(Error::conflict("the key-encryption keys come from no file").with_hint(
                "`aisetu-server kek list` says under which of them nothing is; take those out where they come from",
            ));
        }
        let held = self.list_keks().await?;
        let idle = |key: &ServerKey| held.iter().any(|one| one.kek_id == key.id() && !one.current && one.sealed == 0);
        // A key that is newer than the one that seals is about to: it is not a former one.
        let former = |all: &[ServerKey]| {
            let current = held.iter().find(|one| one.current).map(|one| one.kek_id.clone());
            let at = all.iter().position(|key| Some(key.id()) == current.as_deref());
            at.map_or(all.len(), |at| at + 1)
        };
        let all = keks.all();
        let from = former(&all);
        let (thrown, kept): (Vec<_>, Vec<_>) =
            all.into_iter().enumerate().partition(|(at, key)| *at >= from && idle(key));
        let ids = |keys: Vec<(usize, ServerKey)>| keys.into_iter().map(|(_, key)| key);
        let thrown: Vec<String> = ids(thrown).map(|key| key.id().to_owned()).collect();
        if !thrown.is_empty() {
            keks.replace(ids(kept).collect()).map_err(|error| Error::unavailable(error.to_string()))?;
            let (ports, gone) = (self.ports.clone(), serde_json::json!({ "kekIds": thrown }));
            self.store
                .write(move |tx| {
                    let event = Event::change(&PURPOSE, None, Some(&gone), None)?;
                    record(tx, &ports, &Event { action: "operator.pruneKeks", ..event })
                })
                .await?;
        }
        Ok(thrown)
    }
}

fn record(tx: &mut Tx<'_>, ports: &Ports, event: &Event) -> Result<(), Error> {
    let now = ports.clock.now();
    let request_id = RequestId::new(now, &*ports.random);
    audit::append(tx, ports, OPERATORS_CHAIN, &Actor::Operator, event, &request_id, now)
}

fn held(tx: &mut Tx<'_>, ports: &Ports) -> Result<Vec<Held>, Error> {
    let current = server_keys::get(tx, PURPOSE)?;
    let credentials = connections::count_by_kek(tx)?;
    let mut ids: Vec<String> = ports.keys.kek.all().iter().map(|key| key.id().to_owned()).collect();
    let present = ids.len();
    ids.extend(credentials.iter().map(|(id, _)| id.clone()).filter(|id| !ids.contains(id)).collect::<Vec<_>>());
    let mut held = Vec::with_capacity(ids.len());
    for (at, kek_id) in ids.into_iter().enumerate() {
        let under = credentials.iter().find(|(id, _)| *id == kek_id).map_or(0, |(_, count)| *count);
        let prefix = crypto::prefix(&kek_id);
        let sealed = under + outbox::count_sealed(tx, &prefix)? + idempotency::count_sealed(tx, &prefix)?;
        held.push(Held { current: current.as_ref() == Some(&kek_id), present: at < present, kek_id, sealed });
    }
    Ok(held)
}

/// Puts the next ones under a KEK, after the one with this id.
type Rewrap<Id> = fn(&mut Tx<'_>, &Ports, &ServerKey, Option<&Id>) -> Result<Batch<Id>, Error>;

/// What came of one transaction.
struct Batch<Id> {
    rewrapped: u64,
    failed: Vec<Finding>,
    /// The last one that was looked at; `None` = there was none.
    last: Option<Id>,
}

impl<Id> Batch<Id> {
    fn new() -> Self {
        Self { rewrapped: 0, failed: Vec::new(), last: None }
    }

    fn fail(&mut self, area: &'static str, id: &str, problem: &SealError) {
        tracing::error!(area, id, %problem, "stays under its former key-encryption key");
        self.failed.push(Finding::new(area, id, problem.to_string()));
    }
}

fn rewrap_connections(
    tx: &mut Tx<'_>,
    ports: &Ports,
    to: &ServerKey,
    after: Option<&ConnectionId>,
) -> Result<Batch<ConnectionId>, Error> {
    let mut batch = Batch::new();
    for (connection, envelope) in connections::sealed(tx, Some(to.id()), after, STEP)? {
        match envelope.rewrap(&ports.keys.kek, to, &connection.context(), &*ports.random) {
            Ok(rewrapped) => {
                connections::rewrap(tx, &connection.id, &rewrapped)?;
                batch.rewrapped += 1;
            }
            Err(problem) => batch.fail("provider credentials", connection.id.as_str(), &problem),
        }
        batch.last = Some(connection.id);
    }
    Ok(batch)
}

fn reseal_mails(
    tx: &mut Tx<'_>,
    ports: &Ports,
    to: &ServerKey,
    after: Option<&MailId>,
) -> Result<Batch<MailId>, Error> {
    let mut batch = Batch::new();
    for (id, sealed) in outbox::sealed_otherwise(tx, &crypto::prefix(to.id()), after, STEP)? {
        let text = crypto::open(&ports.keys.kek, outbox_rules::SALT, id.as_str(), &sealed);
        match text.and_then(|text| crypto::seal(to, outbox_rules::SALT, id.as_str(), &text, &*ports.random)) {
            Ok(resealed) => {
                outbox::set_sealed(tx, &id, &resealed)?;
                batch.rewrapped += 1;
            }
            Err(problem) => batch.fail("mails", id.as_str(), &problem),
        }
        batch.last = Some(id);
    }
    Ok(batch)
}
