//! Copies of what verification asks the database, so that a call with a known key asks it nothing. A copy is used as long as nothing that it
//! is about was changed: whoever is told that a key was revoked can rely on it.

use std::hash::Hash;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::Error;
use crate::store::{Moment, Store, Subject, Tx};

/// Things that are kept, at most so many, those longest which are used most. One that takes more than a KiB counts for as many as it takes.
#[derive(Debug)]
pub(super) struct Copies<K, V>(Cache<K, Arc<Copy<V>>, Weigh<V>>);

/// What is not of one size for all, in bytes.
#[derive(Debug)]
struct Weigh<V>(fn(&V) -> usize);

impl<V> Clone for Weigh<V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<K, V> Weighter<K, Arc<Copy<V>>> for Weigh<V> {
    fn weight(&self, _: &K, copy: &Arc<Copy<V>>) -> u64 {
        1 + (self.0)(&copy.value) as u64 / 1024
    }
}

#[derive(Debug)]
struct Copy<V> {
    read: Moment,
    about: Option<Subject>,
    value: Arc<V>,
}

impl<K: Hash + Eq + Clone, V: Send + Sync + 'static> Copies<K, V> {
    /// At most so many, each of so many bytes beyond what all of them take.
    pub(super) fn new(most: usize, bytes: fn(&V) -> usize) -> Self {
        Self(Cache::with_weighter(most, most as u64, Weigh(bytes)))
    }

    /// The value of a key as the database knows it now. `about` says what a change of it would be a change of, `fits` whether a copy is
    /// good for now, `read` makes what reads it; what is `None` is not kept.
    ///
    /// # Errors
    /// Those of `read`, and those of the store.
    pub(super) async fn get<F>(
        &self,
        store: &Store,
        key: &K,
        about: impl Fn(&V) -> Option<Subject>,
        fits: impl Fn(&V) -> bool,
        read: impl FnOnce() -> F,
    ) -> Result<Option<Arc<V>>, Error>
    where
        F: Fn(&mut Tx<'_>) -> Result<Option<V>, Error> + Send + 'static,
    {
        let fresh =
            |copy: &Arc<Copy<V>>| store.changes().none_since(copy.read, copy.about.as_ref()) && fits(&copy.value);
        if let Some(copy) = self.0.get(key).filter(fresh) {
            return Ok(Some(Arc::clone(&copy.value)));
        }
        // Before the read: a commit that comes between is then one after it.
        let moment = store.changes().now();
        // In a box, because it is rare, and would make all larger that may wait for it.
        let Some(value) = Box::pin(store.read(read())).await?.map(Arc::new) else {
            self.0.remove(key);
            return Ok(None);
        };
        let copy = Copy { read: moment, about: about(&value), value: Arc::clone(&value) };
        self.0.insert(key.clone(), Arc::new(copy));
        Ok(Some(value))
    }
}
