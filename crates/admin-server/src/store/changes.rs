//! What commits changed, for whoever keeps a copy of what the database says.
//!
//! A copy notes the [`Moment`] before it was read. It holds until a commit after that moment changed what it is about: there is nothing to
//! throw away, and no way to come in between.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::ids::{ApiKeyId, TenantId, WorkspaceId};

/// How many subjects are told apart. Beyond it all copies are read anew, once.
const SUBJECTS: usize = 100_000;

/// A moment between two commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

/// What a copy may be about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// What a tenant has: its keys, workspaces, projects, members and tokens.
    Tenant(TenantId),
    /// What a key has spent.
    SpentByKey(ApiKeyId),
    /// What the keys of a workspace have spent.
    SpentIn(WorkspaceId),
    /// What a tenant has to spend.
    Credit(TenantId),
}

/// What a transaction says that it changed, as far as it concerns copies.
#[derive(Debug)]
pub(super) enum Changed {
    /// Nothing was said, so it may be anything.
    Anything,
    /// These, and nothing else.
    Only(Vec<Subject>),
}

impl Changed {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Only(subjects) if subjects.is_empty())
    }

    pub(super) fn also(&mut self, more: impl IntoIterator<Item = Subject>) {
        match self {
            Self::Only(subjects) => subjects.extend(more),
            Self::Anything => *self = Self::Only(more.into_iter().collect()),
        }
    }
}

/// When what was changed last.
#[derive(Debug, Default)]
pub struct Changes {
    now: AtomicU64,
    anything: AtomicU64,
    subjects: RwLock<HashMap<Subject, u64>>,
}

impl Changes {
    /// The moment. What is read from now on is at least as new.
    pub fn now(&self) -> Moment {
        Moment(self.now.load(Ordering::SeqCst))
    }

    /// Whether nothing that this is about has changed since.
    pub fn none_since(&self, since: Moment, about: Option<&Subject>) -> bool {
        if self.now() == since {
            return true;
        }
        if self.anything.load(Ordering::SeqCst) > since.0 {
            return false;
        }
        let subjects = self.subjects.read().unwrap_or_else(PoisonError::into_inner);
        about.and_then(|about| subjects.get(about)).is_none_or(|changed| *changed <= since.0)
    }

    /// Notes what a commit changed, before anybody is told of it. Called by one thread.
    pub(super) fn happened(&self, changed: impl IntoIterator<Item = Changed>) {
        let mut changed = changed.into_iter().filter(|changed| !changed.is_nothing()).peekable();
        if changed.peek().is_none() {
            return;
        }
        let next = self.now.load(Ordering::SeqCst) + 1;
        let mut subjects = self.subjects.write().unwrap_or_else(PoisonError::into_inner);
        for changed in changed {
            match changed {
                Changed::Anything => self.anything.store(next, Ordering::SeqCst),
                Changed::Only(only) => subjects.extend(only.into_iter().map(|subject| (subject, next))),
            }
        }
        if subjects.len() > SUBJECTS {
            subjects.clear();
            self.anything.store(next, Ordering::SeqCst);
        }
        self.now.store(next, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::random::SystemRandom;

    fn tenant() -> Subject {
        Subject::Tenant(TenantId::new(Timestamp::UNIX_EPOCH, &SystemRandom))
    }

    #[test]
    fn a_copy_holds_until_what_it_is_about_changes() {
        let (changes, one, other) = (Changes::default(), tenant(), tenant());
        let read = changes.now();
        changes.happened([Changed::Only(vec![]), Changed::Only(vec![other.clone()])]);
        assert!(changes.none_since(read, Some(&one)) && changes.none_since(read, None));
        assert!(!changes.none_since(read, Some(&other)));
        assert!(changes.none_since(changes.now(), Some(&other)));
        changes.happened([Changed::Anything]);
        assert!(!changes.none_since(read, Some(&one)) && !changes.none_since(read, None));
        assert!(changes.none_since(changes.now(), Some(&one)));
    }

    #[test]
    fn what_was_read_before_a_commit_is_not_held_for_newer_by_the_time_it_is_kept() {
        let (changes, one) = (Changes::default(), tenant());
        let before = changes.now();
        changes.happened([Changed::Only(vec![one.clone()])]);
        changes.happened([Changed::Only(vec![])]);
        assert!(!changes.none_since(before, Some(&one)));
    }

    #[test]
    fn the_list_of_subjects_is_bounded() {
        let (changes, one) = (Changes::default(), tenant());
        let before = changes.now();
        changes.happened((0..=SUBJECTS).map(|_| Changed::Only(vec![tenant()])));
        assert!(changes.subjects.read().unwrap().is_empty());
        assert!(!changes.none_since(before, Some(&one)));
        assert!(changes.none_since(changes.now(), Some(&one)));
    }
}
