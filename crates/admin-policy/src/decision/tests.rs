//! What the decision promises.

use proptest::prelude::*;

use super::*;
use crate::BudgetPeriod::{Day, Month, Total, Week};
use crate::{CATALOGUE, RatePeriod};

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
        projects: None,
        scopes: vec!["functions:*".parse().unwrap()],
        restrictions: Restrictions::default(),
        budget: None,
        workspace_budget: None,
    }
}

fn still() -> Counters {
    Counters::default()
}

fn verdict(policy: &KeyPolicy, now: i64) -> Verdict {
    decide(Some(policy), &Context::default(), &still(), at(now)).verdict
}

#[test]
fn an_unknown_secret_is_not_found_and_nothing_more_is_checked() {
    let decision = decide(None, &Context::default(), &still(), at(0));
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
    let decide = |scopes| decide(Some(&active()), &Context { scopes, ..Context::default() }, &still(), at(0)).verdict;
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
        let context = Context { scopes: &needed, ..Context::default() };
        let before = KeyPolicy { scopes: held.iter().map(|i| scope(*i)).collect(), expires_at: expiry.map(at), ..active() };
        let mut after = before.clone();
        if drop < after.scopes.len() { after.scopes.remove(drop); }
        after.expires_at = Some(after.expires_at.map_or(at(earlier), |expiry| expiry.min(at(earlier))));
        if decide(Some(&before), &context, &still(), at(now)).verdict != Verdict::Valid {
            prop_assert_ne!(decide(Some(&after), &context, &still(), at(now)).verdict, Verdict::Valid);
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
            decide(Some(&policy), &Context { scopes: &needed, ..Context::default() }, &still(), at(0)),
            decide(Some(&reversed), &Context { scopes: &reversed_needed, ..Context::default() }, &still(), at(0))
        );
    }

    /// The trace tells the same story as the verdict: passes, at most one failure, then only skips.
    #[test]
    fn the_trace_agrees_with_the_verdict(state in 0usize..4, expiry in prop::option::of(0i64..3), now in 0i64..3, needed in 0usize..22) {
        let state = [KeyState::Active, KeyState::Disabled, KeyState::Revoked, KeyState::Deleted][state];
        let policy = KeyPolicy { state, expires_at: expiry.map(at), ..active() };
        let decision = decide(Some(&policy), &Context { scopes: &[scope(needed)], ..Context::default() }, &still(), at(now));
        let failed: Vec<Verdict> = decision.trace.iter()
            .filter_map(|step| match step.outcome { Outcome::Failed(verdict) => Some(verdict), _ => None }).collect();
        if decision.verdict == Verdict::Valid {
            prop_assert!(decision.trace.iter().all(|step| matches!(step.outcome, Outcome::Passed | Outcome::Unrestricted)));
        } else {
            prop_assert_eq!(failed, vec![decision.verdict]);
        }
    }

    /// Whatever a key is restricted by beside what it is: it may do no more than before.
    #[test]
    fn a_further_restriction_never_allows_more(
        before in restricted(), more in restricted(), context in contexts(), counters in counters(), now in 0_i64..2_000_000_000,
    ) {
        let first = before.clone();
        // Each rule that is there already stays, and what has none gets one.
        let after = KeyPolicy {
            projects: before.projects.or(more.projects),
            restrictions: Restrictions {
                ip_addresses: before.restrictions.ip_addresses.or(more.restrictions.ip_addresses),
                referrers: before.restrictions.referrers.or(more.restrictions.referrers),
                time: before.restrictions.time.or(more.restrictions.time),
                rate_limit: before.restrictions.rate_limit.or(more.restrictions.rate_limit),
            },
            budget: before.budget.or(more.budget),
            workspace_budget: before.workspace_budget.or(more.workspace_budget),
            ..first.clone()
        };
        let (context, counters) = (context.borrow(), counters.of(&after, at(now)));
        let (was, is) = (decide(Some(&first), &context, &counters, at(now)), decide(Some(&after), &context, &counters, at(now)));
        if was.verdict != Verdict::Valid {
            prop_assert_ne!(is.verdict, Verdict::Valid);
        }
    }

    /// A shorter list of a rule allows no more than a longer one.
    #[test]
    fn a_shorter_list_never_allows_more(policy in restricted(), context in contexts(), counters in counters(), now in 0_i64..2_000_000_000) {
        let mut less = policy.clone();
        let drop_one = |list: &mut Option<Vec<_>>| { if let Some(list) = list { list.pop(); } };
        drop_one(&mut less.projects);
        if let Some(list) = &mut less.restrictions.ip_addresses { list.pop(); }
        if let Some(list) = &mut less.restrictions.referrers { list.pop(); }
        let (context, counters) = (context.borrow(), counters.of(&policy, at(now)));
        if decide(Some(&policy), &context, &counters, at(now)).verdict != Verdict::Valid {
            prop_assert_ne!(decide(Some(&less), &context, &counters, at(now)).verdict, Verdict::Valid);
        }
    }

    #[test]
    fn the_order_of_entries_never_matters(policy in restricted(), context in contexts(), counters in counters(), now in 0_i64..2_000_000_000) {
        let mut reversed = policy.clone();
        if let Some(list) = &mut reversed.projects { list.reverse(); }
        if let Some(list) = &mut reversed.restrictions.ip_addresses { list.reverse(); }
        if let Some(list) = &mut reversed.restrictions.referrers { list.reverse(); }
        let (context, counters) = (context.borrow(), counters.of(&policy, at(now)));
        prop_assert_eq!(
            decide(Some(&policy), &context, &counters, at(now)), decide(Some(&reversed), &context, &counters, at(now))
        );
    }

    /// A denied call and a dry one consume nothing; one that passes and has a limit consumes its cost.
    #[test]
    fn only_a_call_that_passes_consumes(policy in restricted(), context in contexts(), counters in counters(), now in 0_i64..2_000_000_000) {
        let (context, counters) = (context.borrow(), counters.of(&policy, at(now)));
        let decision = decide(Some(&policy), &context, &counters, at(now));
        let limited = policy.restrictions.rate_limit.is_some();
        prop_assert_eq!(decision.meter.is_some(), decision.verdict == Verdict::Valid && limited && context.cost > 0);
        if let (Some(limit), Some(meter)) = (policy.restrictions.rate_limit, decision.meter) {
            prop_assert_eq!(limit.left(meter, at(now)) + context.cost, limit.left(counters.meter, at(now)));
        }
    }

    /// An IPv4 address in the form of IPv6 is decided on as the IPv4 address that it is.
    #[test]
    fn a_mapped_address_is_its_ipv4_address(policy in restricted(), address: std::net::Ipv4Addr, counters in counters()) {
        let counters = counters.of(&policy, at(1));
        let with = |ip: IpAddr| decide(Some(&policy), &Context { ip: Some(ip), ..Context::default() }, &counters, at(1));
        prop_assert_eq!(with(address.into()), with(address.to_ipv6_mapped().into()));
    }

    /// Who waits as told is no longer denied by the same check.
    #[test]
    fn who_waits_as_told_is_not_denied_for_the_same_reason(
        policy in restricted(), context in contexts(), counters in counters(), now in 1_000_000_000_i64..2_000_000_000,
    ) {
        let (context, counters) = (context.borrow(), counters.of(&policy, at(now)));
        let decision = decide(Some(&policy), &context, &counters, at(now));
        let Some(until) = decision.until else { return Ok(()) };
        prop_assert!(until > at(now));
        // In a new period nothing is spent yet.
        let later = match decision.verdict {
            Verdict::BudgetExceeded => Counters { spent: 0, workspace_spent: 0, ..counters },
            _ => counters,
        };
        let then = decide(Some(&policy), &context, &later, until);
        let spent_again = policy.budget.iter().chain(&policy.workspace_budget).any(|budget| budget.is_used_up(0));
        prop_assert!(then.verdict != decision.verdict || (decision.verdict == Verdict::BudgetExceeded && spent_again));
    }
}

/// A context that owns what it names.
#[derive(Debug, Clone)]
struct Given {
    project: Option<String>,
    ip: Option<IpAddr>,
    referrer: Option<String>,
    own_connection: bool,
    cost: u32,
}

impl Given {
    fn borrow(&self) -> Context<'_> {
        Context {
            scopes: &[],
            project: self.project.as_deref(),
            ip: self.ip,
            referrer: self.referrer.as_deref(),
            own_connection: self.own_connection,
            cost: self.cost,
        }
    }
}

fn few<T: Clone + std::fmt::Debug + 'static>(of: &[T]) -> impl Strategy<Value = Option<Vec<T>>> + use<T> {
    prop::option::of(prop::sample::subsequence(of.to_vec(), 0..=of.len()).prop_shuffle())
}

fn budgets_of() -> impl Strategy<Value = Option<Budget>> {
    let periods = [Day, Week, Month, Total];
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    let budget = (0_i64..4, prop::sample::select(periods.to_vec())).prop_map(move |(micro_usd, period)| Budget {
        micro_usd,
        period,
        zone: zone.clone(),
    });
    prop::option::of(budget)
}

fn restricted() -> impl Strategy<Value = KeyPolicy> {
    let blocks = ["10.0.0.0/8", "1.2.3.4", "0.0.0.0/0", "2001:db8::/32", "::ffff:10.1.0.0/112"]
        .map(|text| text.parse().unwrap());
    let patterns = ["example.com", "*.example.com", "localhost"].map(|text| text.parse().unwrap());
    let windows = [(vec![9, 10], "UTC"), (vec![2], "Europe/Berlin"), (vec![0, 23], "America/New_York")]
        .map(|(hours, zone)| TimeWindow::new(None, Some(&hours), zone).unwrap());
    let limits = [(1, 1), (5, 2), (3, 10)]
        .map(|(requests, burst)| RateLimit::new(requests, RatePeriod::Minute, Some(burst)).unwrap());
    (
        few(&["a".into(), "b".into(), "c".into()]),
        few(&blocks),
        few(&patterns),
        prop::option::of(prop::sample::select(windows.to_vec())),
        prop::option::of(prop::sample::select(limits.to_vec())),
        budgets_of(),
        budgets_of(),
    )
        .prop_map(|(projects, ip_addresses, referrers, time, rate_limit, budget, workspace_budget)| KeyPolicy {
            projects,
            restrictions: Restrictions { ip_addresses, referrers, time, rate_limit },
            budget,
            workspace_budget,
            ..active()
        })
}

fn contexts() -> impl Strategy<Value = Given> {
    let ips =
        ["10.1.2.3", "::ffff:10.1.2.3", "1.2.3.4", "2001:db8::1", "::1"].map(|text| text.parse::<IpAddr>().unwrap());
    let referrers = ["https://example.com/", "https://a.example.com", "localhost", "no host"].map(str::to_owned);
    (
        prop::option::of(prop::sample::select(vec!["a".to_owned(), "c".to_owned(), "d".to_owned()])),
        prop::option::of(prop::sample::select(ips.to_vec())),
        prop::option::of(prop::sample::select(referrers.to_vec())),
        any::<bool>(),
        0_u32..4,
    )
        .prop_map(|(project, ip, referrer, own_connection, cost)| Given {
            project,
            ip,
            referrer,
            own_connection,
            cost,
        })
}

fn counters() -> impl Strategy<Value = Used> {
    let used = (0_i64..6, 0_i64..6, prop::option::of(-2_i64..3), prop::collection::vec((0_i64..90, 1_u32..3), 0..8));
    used.prop_map(|(spent, workspace_spent, credit, calls)| Used {
        counters: Counters { meter: Meter::default(), spent, workspace_spent, credit },
        calls,
    })
}

/// What was used before a call.
#[derive(Debug, Clone)]
struct Used {
    counters: Counters,
    /// How many seconds ago, and the cost.
    calls: Vec<(i64, u32)>,
}

impl Used {
    /// Of this key, as its limit has metered it.
    fn of(&self, policy: &KeyPolicy, now: Timestamp) -> Counters {
        let Some(limit) = policy.restrictions.rate_limit else { return self.counters };
        let mut calls = self.calls.clone();
        calls.sort_by_key(|(ago, _)| -ago);
        let meter = calls.iter().fold(Meter::default(), |meter, (ago, cost)| {
            limit.take(meter, *cost, at(now.as_second() - ago)).unwrap_or(meter)
        });
        Counters { meter, ..self.counters }
    }
}

#[test]
fn the_order_of_the_checks_is_the_contracts() {
    let window = TimeWindow::new(None, Some(&[1]), "UTC").unwrap();
    let used_up = || Some(Budget { micro_usd: 0, period: Total, zone: jiff::tz::TimeZone::UTC });
    let all_denied = KeyPolicy {
        projects: Some(Vec::new()),
        scopes: Vec::new(),
        restrictions: Restrictions {
            ip_addresses: Some(Vec::new()),
            referrers: Some(Vec::new()),
            time: Some(window),
            rate_limit: Some(RateLimit::new(1, RatePeriod::Day, None).unwrap()),
        },
        budget: used_up(),
        ..active()
    };
    let needed = ["data:read".parse().unwrap()];
    let context = Context { scopes: &needed, cost: 2, ..Context::default() };
    let counters = Counters { credit: Some(0), ..still() };
    let (mut policy, mut counters_then, mut said) = (all_denied, counters, Vec::new());
    loop {
        let decision = decide(Some(&policy), &context, &counters_then, at(0));
        said.push(decision.verdict.as_str());
        match decision.verdict {
            Verdict::ProjectForbidden => policy.projects = None,
            Verdict::InsufficientScope => policy.scopes = needed.to_vec(),
            Verdict::IpForbidden => policy.restrictions.ip_addresses = None,
            Verdict::ReferrerForbidden => policy.restrictions.referrers = None,
            Verdict::OutsideTimeWindow => policy.restrictions.time = None,
            Verdict::CreditExhausted => counters_then.credit = None,
            Verdict::BudgetExceeded => policy.budget = None,
            Verdict::RateLimited => policy.restrictions.rate_limit = None,
            _ => break,
        }
    }
    assert_eq!(
        said,
        [
            "PROJECT_FORBIDDEN",
            "INSUFFICIENT_SCOPE",
            "IP_FORBIDDEN",
            "REFERRER_FORBIDDEN",
            "OUTSIDE_TIME_WINDOW",
            "CREDIT_EXHAUSTED",
            "BUDGET_EXCEEDED",
            "RATE_LIMITED",
            "VALID",
        ]
    );
}

#[test]
fn what_the_context_does_not_say_passes_no_restriction_on_it() {
    let with = |change: fn(&mut KeyPolicy)| {
        let mut policy = active();
        change(&mut policy);
        verdict(&policy, 0)
    };
    assert_eq!(with(|p| p.projects = Some(vec!["a".into()])), Verdict::ProjectForbidden);
    assert_eq!(with(|p| p.restrictions.ip_addresses = Some(vec!["0.0.0.0/0".parse().unwrap()])), Verdict::IpForbidden);
    assert_eq!(
        with(|p| p.restrictions.referrers = Some(vec!["a.example".parse().unwrap()])),
        Verdict::ReferrerForbidden
    );
}

#[test]
fn credit_is_not_asked_for_over_an_own_connection() {
    let counters = Counters { credit: Some(0), ..still() };
    let decide = |own_connection| {
        decide(Some(&active()), &Context { own_connection, ..Context::default() }, &counters, at(0)).verdict
    };
    assert_eq!((decide(false), decide(true)), (Verdict::CreditExhausted, Verdict::Valid));
}

#[test]
fn two_budgets_wait_for_the_later_one_and_one_for_all_time_for_ever() {
    let budget = |period| Some(Budget { micro_usd: 1, period, zone: jiff::tz::TimeZone::UTC });
    let counters = Counters { spent: 1, workspace_spent: 1, ..still() };
    let until = |own, workspace| {
        let policy = KeyPolicy { budget: budget(own), workspace_budget: budget(workspace), ..active() };
        decide(Some(&policy), &Context::default(), &counters, at(0)).until
    };
    assert_eq!(until(Day, Month), Some("1970-02-01T00:00:00Z".parse().unwrap()));
    assert_eq!(until(Month, Day), Some("1970-02-01T00:00:00Z".parse().unwrap()));
    assert_eq!(until(Day, Total), None);
}
