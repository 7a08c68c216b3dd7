//! What every operation has in common: who may call it, and for a change, that it happens once and is on record.

mod outside;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use admin_token::Secret;

pub use outside::OutsideMutation;
pub(super) use outside::{Next, finish, start};

use super::audit::{Actor, Event};
use super::authorization::{Permission, Reach, Rule, rule_of};
use super::caller::Caller;
use super::{Ports, audit, kek};
use crate::crypto::{self, SealError, mac};
use crate::error::{Code, Error, ObjectRef};
use crate::ids::{PatId, RequestId};
use crate::store::idempotency::{Kept, Slot};
use crate::store::{Tx, idempotency};

/// How long an answer is kept for a retry.
const ANSWER_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a kept answer still gives its secret.
const SECRET_KEPT: SignedDuration = SignedDuration::from_mins(10);

/// One call, as the rules see it.
#[derive(Debug)]
pub struct Call<'a> {
    /// Who is calling.
    pub caller: &'a Caller,
    /// What the operation needs.
    pub rule: Rule,
    /// When.
    pub now: Timestamp,
    /// Clock, randomness, keys.
    pub ports: &'a Ports,
}

/// An operation that reads.
pub trait Query: Send + Sync + 'static {
    /// The root field.
    const FIELD: &'static str;
    /// The answer.
    type Output: Send + 'static;

    /// Answers it.
    ///
    /// # Errors
    /// What the rules refuse.
    fn run(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Output, Error>;
}

/// An operation that changes something.
pub trait Mutation: Serialize + Send + Sync + 'static {
    /// The root field.
    const FIELD: &'static str;
    /// What it is about, once the caller is known to be let.
    type Target;
    /// The answer.
    type Output: Answer;

    /// Whether the caller may do it whatever the token's scopes: give up what they call with.
    fn gives_itself_up(&self, _caller: &Caller) -> bool {
        false
    }

    /// Finds what it is about and whether the caller may do this to it, whatever state it is in.
    ///
    /// # Errors
    /// What the roles refuse.
    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Target, Error>;

    /// Does it.
    ///
    /// # Errors
    /// What the input's bounds and the target's state refuse.
    fn apply(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: Self::Target) -> Result<Change<Self::Output>, Error>;
}

/// A call without a token, as the rules see it.
#[derive(Debug)]
pub struct PublicCall<'a> {
    /// When.
    pub now: Timestamp,
    /// Clock, randomness, keys.
    pub ports: &'a Ports,
    /// What it came with.
    pub request: &'a PublicRequest,
}

/// A change that needs no token: whoever makes it proves by something in the input that they may.
pub trait PublicMutation: Send + Sync + 'static {
    /// The answer.
    type Output: Send + 'static;

    /// Does it, with its own record. What was written beside an inner error stays, such as a wrong guess that was counted.
    ///
    /// # Errors
    /// Those of the store. Nothing has changed then.
    fn run(&self, tx: &mut Tx<'_>, call: &PublicCall<'_>) -> Result<Result<Self::Output, Error>, Error>;
}

/// What a mutation did.
#[derive(Debug)]
pub struct Change<T> {
    /// The answer.
    pub output: T,
    /// For the record.
    pub event: Event,
}

/// An answer that can be kept for a retry.
pub trait Answer: Sized + Send + 'static {
    /// The part that may be stored as it is, and the secret that may not.
    ///
    /// # Errors
    /// `INTERNAL` when the part is not JSON.
    fn split(&self) -> Result<(String, Option<&Secret>), Error>;

    /// Puts both together again.
    ///
    /// # Errors
    /// `INTERNAL` when the parts do not fit.
    fn join(result: &str, secret: Option<Secret>) -> Result<Self, Error>;

    /// What was made, where it is not given again without its secret.
    ///
    /// # Errors
    /// `INTERNAL` when the part is not what was kept.
    fn object(result: &str) -> Result<Option<ObjectRef>, Error>;

    /// Whether what was made still works. What was revoked since is not given as if it did.
    ///
    /// # Errors
    /// Those of the store.
    fn still_works(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, Error>;
}

impl<T: Serialize + DeserializeOwned + Send + 'static> Answer for T {
    fn split(&self) -> Result<(String, Option<&Secret>), Error> {
        Ok((serde_json::to_string(self).map_err(Error::internal)?, None))
    }

    fn join(result: &str, _: Option<Secret>) -> Result<Self, Error> {
        serde_json::from_str(result).map_err(Error::internal)
    }

    fn object(_: &str) -> Result<Option<ObjectRef>, Error> {
        Ok(None)
    }

    fn still_works(&self, _: &mut Tx<'_>, _: Timestamp) -> Result<bool, Error> {
        Ok(true)
    }
}

/// What was made, beside its secret, which is given once.
#[derive(Debug)]
pub struct Issued<T> {
    /// What was made.
    pub item: T,
    /// Its secret.
    pub secret: Secret,
}

/// What has a secret of which people know the last characters.
pub trait Hinted {
    /// The id and those characters.
    fn object(&self) -> ObjectRef;

    /// Whether the secret of those characters works now.
    ///
    /// # Errors
    /// Those of the store.
    fn still_works(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, Error>;
}

impl<T: Serialize + DeserializeOwned + Hinted + Send + 'static> Answer for Issued<T> {
    fn split(&self) -> Result<(String, Option<&Secret>), Error> {
        Ok((serde_json::to_string(&self.item).map_err(Error::internal)?, Some(&self.secret)))
    }

    fn join(result: &str, secret: Option<Secret>) -> Result<Self, Error> {
        let item = serde_json::from_str(result).map_err(Error::internal)?;
        let secret = secret.ok_or_else(|| Error::internal("a kept answer lacks its secret"))?;
        Ok(Self { item, secret })
    }

    fn object(result: &str) -> Result<Option<ObjectRef>, Error> {
        serde_json::from_str::<T>(result).map(|item| Some(item.object())).map_err(Error::internal)
    }

    fn still_works(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, Error> {
        self.item.still_works(tx, now)
    }
}

/// What a request carries beside its input.
#[derive(Debug, Clone)]
pub struct Request {
    /// Made by the server.
    pub id: RequestId,
    /// What the program calls itself.
    pub client: Option<String>,
    /// Makes a retry safe.
    pub idempotency_key: Option<Arc<str>>,
    /// Set when the answer is one that was kept.
    pub replayed: Arc<AtomicBool>,
}

/// What a request without a token carries beside its input.
#[derive(Debug, Clone)]
pub struct PublicRequest {
    /// Made by the server.
    pub id: RequestId,
    /// What the program calls itself.
    pub client: Option<String>,
    /// Where it came from.
    pub address: IpAddr,
}

/// Answers a query for the caller.
pub(super) fn query<Q: Query>(tx: &mut Tx<'_>, ports: &Ports, caller: &Caller, query: &Q) -> Result<Q::Output, Error> {
    let rule = rule_of(Q::FIELD)?;
    caller.require_scope(rule.field, rule.scope)?;
    if caller.reach_anywhere(rule.permission) == Reach::Nothing {
        return Err(rule.permission.refused(rule.field));
    }
    query.run(tx, &Call { caller, rule, now: ports.clock.now(), ports })
}

/// Makes a change: scope, role, kept answer, rules, record, answer kept, all in one transaction.
pub(super) fn mutate<M: Mutation>(
    tx: &mut Tx<'_>,
    ports: &Ports,
    pat_id: &PatId,
    request: &Request,
    mutation: &M,
) -> Result<M::Output, Error> {
    let now = ports.clock.now();
    let caller = Caller::by_id(tx, pat_id, now)?;
    let rule = if mutation.gives_itself_up(&caller) { rule_of(M::FIELD)? } else { admit(&caller, M::FIELD)? };
    let call = Call { caller: &caller, rule, now, ports };
    let target = mutation.authorize(tx, &call)?;

    let keeper = Keeper::of(ports, pat_id, M::FIELD, request, mutation)?;
    if let Some(keeper) = &keeper
        && let Some(Found::Answer(answer)) = keeper.find(tx, now)?
    {
        request.replayed.store(true, Ordering::Relaxed);
        return Ok(answer);
    }

    let change = mutation.apply(tx, &call, target)?;
    record(tx, &call, request, change.event)?;
    if let Some(keeper) = &keeper {
        keeper.keep(tx, &change.output, now)?;
    }
    Ok(change.output)
}

/// Checks what a change asks of its caller, whatever it is about.
fn admit(caller: &Caller, field: &'static str) -> Result<Rule, Error> {
    let rule = rule_of(field)?;
    caller.require_scope(rule.field, rule.scope)?;
    // Whoever may read nothing is told so, as a query tells them; "not found" would send them looking for it.
    let idle = |permission| caller.reach_anywhere(permission) == Reach::Nothing;
    if idle(rule.permission) && idle(Permission::Read) {
        return Err(rule.permission.refused(rule.field));
    }
    Ok(rule)
}

/// Puts what the caller did on record.
fn record(tx: &mut Tx<'_>, call: &Call<'_>, request: &Request, event: Event) -> Result<(), Error> {
    let caller = call.caller;
    let actor = Actor::User {
        user_id: caller.user.id.clone(),
        email: caller.user.email.clone(),
        pat_id: Some(caller.pat.id.clone()),
        client: request.client.clone(),
    };
    let event = Event { action: call.rule.field, ..event };
    audit::append(tx, call.ports, caller.tenant_id().as_str(), &actor, &event, &request.id, call.now)
}

/// What is kept under an idempotency key.
enum Found<T> {
    /// The answer.
    Answer(T),
    /// What was begun and not finished, as JSON.
    Begun(String),
}

/// Keeps the answer of one call under its idempotency key.
struct Keeper<'a> {
    ports: &'a Ports,
    key: &'a str,
    slot: Slot,
    input_digest: String,
}

impl<'a> Keeper<'a> {
    /// The one of a call; `None` where it has no idempotency key.
    fn of<M: Serialize>(
        ports: &'a Ports,
        pat_id: &PatId,
        operation: &'static str,
        request: &'a Request,
        input: &M,
    ) -> Result<Option<Self>, Error> {
        let Some(key) = request.idempotency_key.as_deref() else { return Ok(None) };
        let input = serde_json::to_string(input).map_err(Error::internal)?;
        let pepper = &ports.keys.pepper;
        let slot =
            Slot { pat_id: pat_id.clone(), operation, key_digest: mac(pepper, &[b"idempotency key", key.as_bytes()]) };
        Ok(Some(Self { ports, key, slot, input_digest: mac(pepper, &[b"idempotency input", input.as_bytes()]) }))
    }

    /// What is kept, if anything is.
    fn find<T: Answer>(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<Found<T>>, Error> {
        let Some(kept) = idempotency::get(tx, &self.slot)? else { return Ok(None) };
        let age = now.duration_since(kept.created_at);
        if age >= ANSWER_KEPT {
            return Ok(None);
        }
        if kept.input_digest != self.input_digest {
            return Err(Error::new(
                Code::IdempotencyMismatch,
                format!(
                    "this idempotency key was used for `{}` with another input; nothing was changed",
                    self.slot.operation
                ),
            )
            .with_hint("use a new idempotency key for a new call"));
        }
        if let Some(begun) = kept.begun {
            return Ok(Some(Found::Begun(begun)));
        }
        let sealed = kept.sealed.filter(|_| age < SECRET_KEPT);
        let open = |sealed: String| crypto::open(&self.ports.keys.kek, self.key.as_bytes(), &self.context(), &sealed);
        let opened = match sealed.map(open).transpose() {
            // Its KEK was rotated and thrown away meanwhile: it is given as little as after its time.
            Err(SealError::UnknownKey(_)) => None,
            opened => opened.map_err(Error::internal)?,
        };
        let Some(object) = T::object(&kept.result)? else {
            return T::join(&kept.result, opened).map(|answer| Some(Found::Answer(answer)));
        };
        let answer = opened.map(|secret| T::join(&kept.result, Some(secret))).transpose()?;
        match answer {
            Some(answer) if answer.still_works(tx, now)? => Ok(Some(Found::Answer(answer))),
            _ => Err(Error::new(
                Code::AlreadyCreated,
                format!(
                    "{} was made by an earlier call with this idempotency key; its secret is not given again",
                    object.id
                ),
            )
            .with_hint("rotate the key, or make another token, to get a new secret")
            .with_object(object)),
        }
    }

    fn keep<T: Answer>(&self, tx: &mut Tx<'_>, answer: &T, now: Timestamp) -> Result<(), Error> {
        let (result, secret) = answer.split()?;
        let sealed = match secret {
            None => None,
            Some(secret) => {
                let kek = kek::current(tx, self.ports)?;
                let sealed = crypto::seal(&kek, self.key.as_bytes(), &self.context(), secret, &*self.ports.random);
                Some(sealed.map_err(Error::internal)?)
            }
        };
        let kept = Kept { input_digest: self.input_digest.clone(), result, sealed, begun: None, created_at: now };
        Ok(idempotency::put(tx, &self.slot, &kept)?)
    }

    /// Keeps what was begun, until there is an answer.
    fn keep_begun(&self, tx: &mut Tx<'_>, begun: String, now: Timestamp) -> Result<(), Error> {
        let (input_digest, result) = (self.input_digest.clone(), String::new());
        let kept = Kept { input_digest, result, sealed: None, begun: Some(begun), created_at: now };
        Ok(idempotency::put(tx, &self.slot, &kept)?)
    }

    /// What a sealed secret is bound to, so that it opens in its own row only.
    fn context(&self) -> String {
        format!("idempotency\0{}\0{}\0{}", self.slot.pat_id, self.slot.operation, self.slot.key_digest)
    }
}

/// Forgets kept answers whose time is over.
pub(super) fn sweep(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
    let before = |age: SignedDuration| now.checked_sub(age).map_err(Error::internal);
    Ok(idempotency::sweep(tx, before(SECRET_KEPT)?, before(ANSWER_KEPT)?)?)
}
