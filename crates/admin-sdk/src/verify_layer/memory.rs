//! What a layer remembers of keys, none of which it keeps.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use admin_core::{Secret, VerifyCode, VerifyRequest};
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::VerifiedKey;

/// How many keys are remembered, of each kind.
const MOST_KEYS: usize = 10_000;
/// How many different calls of a key are remembered.
const MOST_CONTEXTS: usize = 16;

/// A SHA-256.
pub(super) type Digest = [u8; 32];

/// By what a key is remembered. It has 178 random bits, so nobody finds it from this.
pub(super) fn key_digest(key: &Secret) -> Digest {
    Sha256::digest(key.expose()).into()
}

/// All on which a verdict on a key depends, but for time and rate.
pub(super) fn context_digest(request: &VerifyRequest) -> Digest {
    let project = request.project.as_ref().map(AsRef::as_ref).unwrap_or_default();
    let ip = request.ip.map(|ip| ip.to_string()).unwrap_or_default();
    let referrer = request.referrer.as_deref().unwrap_or_default();
    let connection = request.connection.as_deref().unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [project, &ip, referrer, connection].into_iter().chain(request.scopes.iter().map(String::as_str)) {
        // With its length, so that no two lists read alike.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Two memories, so that no flood of unknown keys drives the known ones out.
#[derive(Debug)]
pub(super) struct Memory {
    /// Since when a key is known to be unknown.
    unknown: Cache<Digest, Instant>,
    known: Cache<Digest, Arc<Mutex<Known>>>,
}

/// A key that exists.
#[derive(Debug, Default)]
struct Known {
    /// As what it passed last; `None` = it did not.
    key: Option<VerifiedKey>,
    /// In which contexts it passed last, and when; the oldest first.
    passes: VecDeque<(Digest, Instant)>,
    /// When it was refused last: a verdict that was asked for before says nothing any more.
    refused: Option<Instant>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { unknown: Cache::new(MOST_KEYS), known: Cache::new(MOST_KEYS) }
    }

    fn entry(&self, key: &Digest) -> Arc<Mutex<Known>> {
        let Ok(known) = self.known.get_or_insert_with(key, || Ok::<_, Infallible>(Arc::default()));
        known
    }

    /// Whether the key was not found within this time.
    pub(super) fn is_unknown(&self, key: &Digest, within: Duration) -> bool {
        self.unknown.get(key).is_some_and(|since| since.elapsed() < within)
    }

    /// When and as what the key last passed in this context.
    pub(super) fn known(&self, key: &Digest, context: &Digest) -> Option<(VerifiedKey, Duration)> {
        let known = self.known.get(key)?;
        let known = lock(&known);
        let (_, at) = known.passes.iter().find(|(passed, _)| passed == context)?;
        Some((known.key.clone()?, at.elapsed()))
    }

    /// Notes that the key passed, as it was asked at this moment.
    pub(super) fn passed(&self, key: Digest, context: Digest, asked: Instant, verified: &VerifiedKey) {
        if self.unknown.get(&key).is_some_and(|since| asked <= since) {
            return;
        }
        let known = self.entry(&key);
        let mut known = lock(&known);
        if known.refused.is_some_and(|refused| asked <= refused) {
            return;
        }
        known.key = Some(verified.clone());
        known.passes.retain(|(passed, _)| *passed != context);
        if known.passes.len() == MOST_CONTEXTS {
            known.passes.pop_front();
        }
        known.passes.push_back((context, asked));
    }

    /// Notes that the key was refused: in this context, or in all, where it is the key itself that is no longer good.
    pub(super) fn refused(&self, key: Digest, context: Digest, code: &VerifyCode) {
        let now = Instant::now();
        let known = if *code == VerifyCode::NotFound {
            self.unknown.insert(key, now);
            let Some(known) = self.known.get(&key) else { return };
            known
        } else {
            // Even if it never passed: a verdict that was asked for before may still be on its way.
            self.entry(&key)
        };
        let mut known = lock(&known);
        known.refused = Some(now);
        if is_of_the_context(code) {
            known.passes.retain(|(passed, _)| *passed != context);
        } else {
            known.passes.clear();
        }
    }
}

/// Whether the same key may still pass otherwise. A verdict that is not known here is taken for the worse.
fn is_of_the_context(code: &VerifyCode) -> bool {
    matches!(
        code,
        VerifyCode::ProjectForbidden
            | VerifyCode::InsufficientScope
            | VerifyCode::IpForbidden
            | VerifyCode::ReferrerForbidden
    )
}

/// What is in there is whole at any moment, whoever panicked.
fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use admin_core::{Metadata, ProjectId};

    use super::*;

    const KEY: Digest = [1; 32];
    const CONTEXT: Digest = [2; 32];

    fn verified() -> VerifiedKey {
        VerifiedKey {
            key_id: "key_1".into(),
            workspace_id: "ws_1".into(),
            environment: None,
            scopes: Vec::new(),
            expires_at: None,
            metadata: Metadata::default(),
            rate_limit: None,
            stale: None,
        }
    }

    fn number(number: usize) -> Digest {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_be_bytes());
        digest
    }

    #[test]
    fn a_verdict_that_was_asked_for_before_a_refusal_says_nothing_after_it() {
        let (memory, key) = (Memory::new(), verified());
        let before = Instant::now();
        memory.passed(KEY, CONTEXT, before, &key);
        memory.refused(KEY, CONTEXT, &VerifyCode::Revoked);
        memory.passed(KEY, CONTEXT, before, &key);
        assert_eq!(memory.known(&KEY, &CONTEXT), None);
        memory.passed(KEY, CONTEXT, Instant::now() + Duration::from_millis(1), &key);
        assert!(memory.known(&KEY, &CONTEXT).is_some());
    }

    #[test]
    fn a_refusal_before_the_first_pass_arrives_counts_too() {
        for code in [VerifyCode::Revoked, VerifyCode::NotFound] {
            let (memory, before) = (Memory::new(), Instant::now());
            memory.refused(KEY, CONTEXT, &code);
            memory.passed(KEY, CONTEXT, before, &verified());
            assert_eq!(memory.known(&KEY, &CONTEXT), None, "{code}");
        }
    }

    #[test]
    fn memory_is_bounded_and_unknown_keys_drive_no_known_one_out() {
        let (memory, key) = (Memory::new(), verified());
        for context in 0..=MOST_CONTEXTS {
            memory.passed(KEY, number(context), Instant::now(), &key);
        }
        assert_eq!(memory.known(&KEY, &number(0)), None, "the oldest makes way");
        for unknown in 0..=2 * MOST_KEYS {
            memory.refused(number(unknown), CONTEXT, &VerifyCode::NotFound);
        }
        assert!(memory.unknown.len() <= MOST_KEYS && memory.known.len() == 1);
        assert!(memory.known(&KEY, &number(MOST_CONTEXTS)).is_some());
        for other in 0..=2 * MOST_KEYS {
            memory.passed(number(other), CONTEXT, Instant::now(), &key);
        }
        assert!(memory.known.len() <= MOST_KEYS);
    }

    #[test]
    fn no_two_contexts_look_alike() {
        let question = || VerifyRequest::new(Secret::new("tt_live_…"));
        let mut questions = vec![
            question(),
            question().scope("ab"),
            question().scope("a").scope("b"),
            question().scope("b").scope("a"),
            question().ip("192.0.2.1".parse().unwrap()),
            question().ip("192.0.2.2".parse().unwrap()),
            question().referrer("192.0.2.1"),
            question().scope("192.0.2.1"),
        ];
        questions.push(question().project(ProjectId::from("192.0.2.1")));
        let digests: std::collections::BTreeSet<_> = questions.iter().map(context_digest).collect();
        assert_eq!(digests.len(), questions.len());
        let other = VerifyRequest::new(Secret::new("tt_live_2")).resource("r").user_agent("a").cost(9);
        assert_eq!(context_digest(&question()), context_digest(&other), "neither decides");
    }
}
