//! Changes that ask somebody outside on their way: a payment provider, a model's provider.
//!
//! Nobody outside is asked within a transaction. The first transaction puts on disk what is about to be asked, the second one what came of it.
//! Between them the process may die, the caller may come again under the same idempotency key, and two may come at once: each asks
//! with what was begun. So whoever is asked twice must take it for once, and `finish` must bear to find its work done.

use std::sync::atomic::Ordering;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Answer, Call, Change, Found, Keeper, Request, admit, record};
use crate::app::Ports;
use crate::app::caller::Caller;
use crate::error::Error;
use crate::ids::PatId;
use crate::store::Tx;

/// An operation that changes something and asks somebody outside for it.
pub trait OutsideMutation: Serialize + Send + Sync + 'static {
    /// The root field.
    const FIELD: &'static str;
    /// What it is about, once the caller is known to be let.
    type Target;
    /// What was begun, by ids: it is kept as JSON, so no secret is in it.
    type Begun: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the one outside needs to know; it lives in memory only.
    type Question: Send + 'static;
    /// What came of it.
    type Outcome: Send + Sync + 'static;
    /// The answer.
    type Output: Answer;

    /// Finds what it is about and whether the caller may do this to it, whatever state it is in.
    ///
    /// # Errors
    /// What the roles refuse.
    fn authorize(&self, tx: &mut Tx<'_>, call: &Call<'_>) -> Result<Self::Target, Error>;

    /// Checks the input and puts down what is going to be asked; what it did is on record with it. It runs once for an idempotency key.
    ///
    /// # Errors
    /// What the input's bounds and the target's state refuse.
    fn begin(&self, tx: &mut Tx<'_>, call: &Call<'_>, target: Self::Target) -> Result<Change<Self::Begun>, Error>;

    /// What there is to ask about what was begun, now or by an earlier call.
    ///
    /// # Errors
    /// What the state of it refuses.
    fn question(&self, tx: &mut Tx<'_>, ports: &Ports, begun: &Self::Begun) -> Result<Self::Question, Error>;

    /// Asks, within a few seconds.
    ///
    /// # Errors
    /// What is not known afterwards, or refused. What was begun stands then.
    fn ask<'a>(&'a self, ports: &'a Ports, question: Self::Question) -> BoxFuture<'a, Result<Self::Outcome, Error>>;

    /// Puts down what came of it.
    ///
    /// # Errors
    /// Those of the store.
    fn finish(
        &self,
        tx: &mut Tx<'_>,
        ports: &Ports,
        begun: &Self::Begun,
        outcome: &Self::Outcome,
    ) -> Result<Self::Output, Error>;
}

/// What follows the first transaction.
pub(in crate::app) enum Next<M: OutsideMutation> {
    /// The answer was kept: nobody is asked.
    Kept(M::Output),
    /// Somebody is asked.
    Ask {
        /// What was begun.
        begun: M::Begun,
        /// What they are asked.
        question: M::Question,
    },
}

/// The first transaction: scope, role, kept answer, then what is begun, with its record. What an earlier call began goes on.
pub(in crate::app) fn start<M: OutsideMutation>(
    tx: &mut Tx<'_>,
    ports: &Ports,
    pat_id: &PatId,
    request: &Request,
    mutation: &M,
) -> Result<Next<M>, Error> {
    let now = ports.clock.now();
    let caller = Caller::by_id(tx, pat_id, now)?;
    let call = Call { caller: &caller, rule: admit(&caller, M::FIELD)?, now, ports };
    let target = mutation.authorize(tx, &call)?;
    let keeper = Keeper::of(ports, pat_id, M::FIELD, request, mutation)?;
    let found = match &keeper {
        Some(keeper) => keeper.find(tx, now)?,
        None => None,
    };
    let begun = match found {
        Some(Found::Answer(answer)) => {
            request.replayed.store(true, Ordering::Relaxed);
            return Ok(Next::Kept(answer));
        }
        Some(Found::Begun(json)) => serde_json::from_str(&json).map_err(Error::internal)?,
        None => {
            let change = mutation.begin(tx, &call, target)?;
            record(tx, &call, request, change.event)?;
            if let Some(keeper) = &keeper {
                let json = serde_json::to_string(&change.output).map_err(Error::internal)?;
                keeper.keep_begun(tx, json, now)?;
            }
            change.output
        }
    };
    let question = mutation.question(tx, ports, &begun)?;
    Ok(Next::Ask { begun, question })
}

/// The second transaction: what came of it, and the answer kept. Whoever comes second gets the answer of the first.
pub(in crate::app) fn finish<M: OutsideMutation>(
    tx: &mut Tx<'_>,
    ports: &Ports,
    pat_id: &PatId,
    request: &Request,
    mutation: &M,
    begun: &M::Begun,
    outcome: &M::Outcome,
) -> Result<M::Output, Error> {
    let now = ports.clock.now();
    let keeper = Keeper::of(ports, pat_id, M::FIELD, request, mutation)?;
    if let Some(keeper) = &keeper
        && let Some(Found::Answer(answer)) = keeper.find(tx, now)?
    {
        request.replayed.store(true, Ordering::Relaxed);
        return Ok(answer);
    }
    let output = mutation.finish(tx, ports, begun, outcome)?;
    if let Some(keeper) = &keeper {
        keeper.keep(tx, &output, now)?;
    }
    Ok(output)
}
