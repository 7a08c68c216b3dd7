//! The decision.

use jiff::Timestamp;

use crate::Scope;

/// What is stored of the presented secret's key.
#[derive(Debug, Clone)]
pub struct KeyPolicy {
    /// What people did with the key.
    pub state: KeyState,
    /// From when on the key is expired; `None` = never.
    pub expires_at: Option<Timestamp>,
    /// Whether the presented secret was taken back by a rollback while the key lives on.
    pub secret_revoked: bool,
    /// From when on the presented secret is expired, because another replaced it; `None` = it is the newest.
    pub secret_expires_at: Option<Timestamp>,
    /// What the key may do.
    pub scopes: Vec<Scope>,
}

/// The stored state of a key. That a key is expired follows from the time and is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Neither disabled nor revoked nor deleted.
    Active,
    /// Switched off for now.
    Disabled,
    /// Taken back.
    Revoked,
    /// Deleted, itself or with its workspace: it is as if it had never been.
    Deleted,
}

/// What the call needs.
#[derive(Debug, Clone, Default)]
pub struct Context<'a> {
    /// The scopes that the call needs; all must be held.
    pub scopes: &'a [Scope],
}

/// The answer, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The key may.
    Valid,
    /// No such key.
    NotFound,
    /// The key is switched off.
    Disabled,
    /// The key, or the presented secret of it, was taken back.
    Revoked,
    /// The key, or the presented secret of it, has expired.
    Expired,
    /// The key lacks a scope that the call needs.
    InsufficientScope,
}

impl Verdict {
    /// The verdict as the wire says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::NotFound => "NOT_FOUND",
            Self::Disabled => "DISABLED",
            Self::Revoked => "REVOKED",
            Self::Expired => "EXPIRED",
            Self::InsufficientScope => "INSUFFICIENT_SCOPE",
        }
    }
}

/// The checks, in the order in which they are made. A later one is skipped once an earlier one failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// Whether there is such a key.
    Existence,
    /// Whether it is switched on and not taken back.
    State,
    /// Whether it has not expired.
    Expiry,
    /// Whether it holds what the call needs.
    Scope,
}

const CHECKS: [Check; 4] = [Check::Existence, Check::State, Check::Expiry, Check::Scope];

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The check has nothing against it.
    Passed,
    /// The check denies.
    Failed(Verdict),
    /// An earlier check had denied already.
    Skipped,
}

/// One check and how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Which check.
    pub check: Check,
    /// How it went.
    pub outcome: Outcome,
}

/// Yes or no, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// Every check in order.
    pub trace: [Step; CHECKS.len()],
}

/// Decides whether a key may do what the context asks at `now`. `None` = nobody knows the presented secret.
///
/// An expiry is exclusive: at `expires_at` itself the key is expired.
pub fn decide(policy: Option<&KeyPolicy>, context: &Context<'_>, now: Timestamp) -> Decision {
    let mut verdict = Verdict::Valid;
    let trace = CHECKS.map(|check| {
        let outcome = match (verdict, policy) {
            (Verdict::Valid, Some(policy)) => match run(check, policy, context, now) {
                Some(denial) => Outcome::Failed(denial),
                None => Outcome::Passed,
            },
            (Verdict::Valid, None) => Outcome::Failed(Verdict::NotFound),
            _ => Outcome::Skipped,
        };
        if let Outcome::Failed(denial) = outcome {
            verdict = denial;
        }
        Step { check, outcome }
    });
    Decision { verdict, trace }
}

/// What the check has against it.
fn run(check: Check, policy: &KeyPolicy, context: &Context<'_>, now: Timestamp) -> Option<Verdict> {
    let expired = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    match check {
        Check::Existence => (policy.state == KeyState::Deleted).then_some(Verdict::NotFound),
        Check::State if policy.state == KeyState::Revoked || policy.secret_revoked => Some(Verdict::Revoked),
        Check::State => (policy.state == KeyState::Disabled).then_some(Verdict::Disabled),
        Check::Expiry => (expired(policy.expires_at) || expired(policy.secret_expires_at)).then_some(Verdict::Expired),
        Check::Scope => {
            let held = |needed: &Scope| policy.scopes.iter().any(|scope| scope.covers(*needed));
            (!context.scopes.iter().all(held)).then_some(Verdict::InsufficientScope)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::CATALOGUE;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn scope(index: usize) -> Scope {
        let entry = CATALOGUE[index % CATALOGUE.len()];
        format!("{}:{}", entry.resource, entry.action).parse().unwrap()
    }

    fn active() -> KeyPolicy {
        KeyPolicy {
            state: KeyState::Active,
            expires_at: None,
            secret_revoked: false,
            secret_expires_at: None,
            scopes: vec!["functions:*".parse().unwrap()],
        }
    }

    fn verdict(policy: &KeyPolicy, now: i64) -> Verdict {
        decide(Some(policy), &Context::default(), at(now)).verdict
    }

    #[test]
    fn an_unknown_secret_is_not_found_and_nothing_more_is_checked() {
        let decision = decide(None, &Context::default(), at(0));
        assert_eq!(decision.verdict, Verdict::NotFound);
        assert_eq!(decision.trace[0].outcome, Outcome::Failed(Verdict::NotFound));
        assert!(decision.trace[1..].iter().all(|step| step.outcome == Outcome::Skipped));
    }

    #[test]
    fn each_reason_has_its_verdict() {
        let with = |change: fn(&mut KeyPolicy)| {
            let mut policy = active();
            change(&mut policy);
            verdict(&policy, 100)
        };
        assert_eq!(with(|_| ()), Verdict::Valid);
        assert_eq!(with(|p| p.state = KeyState::Deleted), Verdict::NotFound);
        assert_eq!(with(|p| p.state = KeyState::Disabled), Verdict::Disabled);
        assert_eq!(with(|p| p.state = KeyState::Revoked), Verdict::Revoked);
        assert_eq!(with(|p| p.secret_revoked = true), Verdict::Revoked);
        assert_eq!(with(|p| p.expires_at = Some(at(101))), Verdict::Valid);
        assert_eq!(with(|p| p.expires_at = Some(at(100))), Verdict::Expired);
        assert_eq!(with(|p| p.secret_expires_at = Some(at(100))), Verdict::Expired);
        // The order: a deleted key says nothing else about itself, a revoked one does not say that it also expired.
        assert_eq!(
            with(|p| {
                p.state = KeyState::Deleted;
                p.expires_at = Some(at(1));
            }),
            Verdict::NotFound
        );
        assert_eq!(
            with(|p| {
                p.state = KeyState::Revoked;
                p.expires_at = Some(at(1));
            }),
            Verdict::Revoked
        );
    }

    #[test]
    fn all_needed_scopes_must_be_held() {
        let needed = ["functions:read".parse().unwrap(), "data:read".parse().unwrap()];
        let decide = |scopes| decide(Some(&active()), &Context { scopes }, at(0)).verdict;
        assert_eq!(decide(&needed[..1]), Verdict::Valid);
        assert_eq!(decide(&needed), Verdict::InsufficientScope);
    }

    proptest! {
        /// Restricting a key never lets it do more: fewer scopes, an earlier expiry, a revocation.
        #[test]
        fn less_never_allows_more(
            held in prop::collection::vec(0usize..22, 0..6), needed in prop::collection::vec(0usize..22, 0..4),
            drop in 0usize..6, expiry in prop::option::of(0i64..200), earlier in 0i64..200, now in 0i64..200,
        ) {
            let needed: Vec<Scope> = needed.into_iter().map(scope).collect();
            let context = Context { scopes: &needed };
            let before = KeyPolicy { scopes: held.iter().map(|i| scope(*i)).collect(), expires_at: expiry.map(at), ..active() };
            let mut after = before.clone();
            if drop < after.scopes.len() { after.scopes.remove(drop); }
            after.expires_at = Some(after.expires_at.map_or(at(earlier), |expiry| expiry.min(at(earlier))));
            if decide(Some(&before), &context, at(now)).verdict != Verdict::Valid {
                prop_assert_ne!(decide(Some(&after), &context, at(now)).verdict, Verdict::Valid);
            }
        }

        /// The order in which scopes are listed never matters.
        #[test]
        fn order_never_matters(held in prop::collection::vec(0usize..22, 0..6), needed in prop::collection::vec(0usize..22, 0..4)) {
            let needed: Vec<Scope> = needed.into_iter().map(scope).collect();
            let mut reversed_needed = needed.clone();
            reversed_needed.reverse();
            let policy = KeyPolicy { scopes: held.iter().map(|i| scope(*i)).collect(), ..active() };
            let mut reversed = policy.clone();
            reversed.scopes.reverse();
            prop_assert_eq!(
                decide(Some(&policy), &Context { scopes: &needed }, at(0)),
                decide(Some(&reversed), &Context { scopes: &reversed_needed }, at(0))
            );
        }

        /// The trace tells the same story as the verdict: passes, at most one failure, then only skips.
        #[test]
        fn the_trace_agrees_with_the_verdict(state in 0usize..4, expiry in prop::option::of(0i64..3), now in 0i64..3, needed in 0usize..22) {
            let state = [KeyState::Active, KeyState::Disabled, KeyState::Revoked, KeyState::Deleted][state];
            let policy = KeyPolicy { state, expires_at: expiry.map(at), ..active() };
            let decision = decide(Some(&policy), &Context { scopes: &[scope(needed)] }, at(now));
            let failed: Vec<Verdict> = decision.trace.iter()
                .filter_map(|step| match step.outcome { Outcome::Failed(verdict) => Some(verdict), _ => None }).collect();
            if decision.verdict == Verdict::Valid {
                prop_assert!(decision.trace.iter().all(|step| step.outcome == Outcome::Passed));
            } else {
                prop_assert_eq!(failed, vec![decision.verdict]);
            }
        }
    }
}
