//! A decision allocates nothing, however many rules are looked at in vain.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use admin_policy::{
    Budget, BudgetPeriod, Context, Counters, KeyPolicy, KeyState, Meter, RateLimit, RatePeriod, Restrictions,
    TimeWindow, Verdict, decide,
};
use allocation_counter::measure;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A Monday, 10:00 in Berlin.
const OPEN: &str = "2026-01-05T09:00:00Z";
const CLOSED: &str = "2026-01-05T12:00:00Z";

/// A key with so many rules of each kind, of which the last is the one that matters.
fn policy(rules: usize) -> KeyPolicy {
    let budget = |period| Some(Budget { micro_usd: 5, period, zone: TimeZone::get("America/New_York").unwrap() });
    let vain = 0..rules - 1;
    let blocks =
        vain.clone().flat_map(|n| [format!("10.{}.{}.0/24", n / 256, n % 256), format!("2001:db8:{n:x}::/48")]);
    let referrers = vain.clone().map(|n| format!("*.page{n}.example"));
    KeyPolicy {
        state: KeyState::Active,
        expires_at: None,
        secret_revoked: false,
        secret_expires_at: None,
        projects: Some(vain.map(|n| format!("other_{n}").into()).chain(["own".into()]).collect()),
        scopes: vec!["events:read".parse().unwrap(), "functions:*".parse().unwrap()],
        restrictions: Restrictions {
            ip_addresses: Some(blocks.chain(["192.0.2.0/24".to_owned()]).map(|text| text.parse().unwrap()).collect()),
            referrers: Some(
                referrers.chain(["*.bücher.example".to_owned()]).map(|text| text.parse().unwrap()).collect(),
            ),
            time: Some(TimeWindow::new(None, Some(&[10]), "Europe/Berlin").unwrap()),
            rate_limit: Some(RateLimit::new(10, RatePeriod::Minute, None).unwrap()),
        },
        budget: budget(BudgetPeriod::Day),
        workspace_budget: budget(BudgetPeriod::Month),
    }
}

/// The verdict, and how often memory was asked for.
fn decided(policy: &KeyPolicy, context: &Context<'_>, counters: &Counters, now: &str) -> (Verdict, u64) {
    let now: Timestamp = now.parse().unwrap();
    let mut verdict = None;
    let allocations = measure(|| verdict = Some(decide(Some(policy), context, counters, now).verdict)).count_total;
    (verdict.unwrap(), allocations)
}

#[test]
fn a_decision_allocates_nothing() {
    let policy = policy(1_000);
    let scopes = ["functions:read".parse().unwrap()];
    let call = Context {
        scopes: &scopes,
        project: Some("own"),
        ip: Some("::ffff:192.0.2.7".parse().unwrap()),
        referrer: Some("https://a.xn--bcher-kva.example:8443/page?x"),
        ..Context::default()
    };
    let limit = policy.restrictions.rate_limit.unwrap();
    let unused = Counters { credit: Some(1), ..Counters::default() };
    let used_up = Counters { meter: limit.take(Meter::default(), 10, OPEN.parse().unwrap()).unwrap(), ..unused };
    let spent = Counters { spent: 5, workspace_spent: 5, ..unused };
    let elsewhere = Context { ip: Some("203.0.113.9".parse().unwrap()), ..call.clone() };
    let lacking = ["data:read".parse().unwrap()];
    for (context, counters, now, verdict) in [
        (call.clone(), unused, OPEN, Verdict::Valid),
        (Context { project: Some("none"), ..call.clone() }, unused, OPEN, Verdict::ProjectForbidden),
        (Context { scopes: &lacking, ..call.clone() }, unused, OPEN, Verdict::InsufficientScope),
        (elsewhere, unused, OPEN, Verdict::IpForbidden),
        (Context { referrer: Some("evil.test"), ..call.clone() }, unused, OPEN, Verdict::ReferrerForbidden),
        (call.clone(), unused, CLOSED, Verdict::OutsideTimeWindow),
        (call.clone(), Counters { credit: Some(0), ..unused }, OPEN, Verdict::CreditExhausted),
        (call.clone(), spent, OPEN, Verdict::BudgetExceeded),
        (call, used_up, OPEN, Verdict::RateLimited),
    ] {
        assert_eq!(decided(&policy, &context, &counters, now), (verdict, 0));
    }
}

#[test]
fn a_host_that_is_not_ascii_is_brought_into_its_form_once() {
    let context = |host| Context {
        project: Some("own"),
        ip: Some("192.0.2.7".parse().unwrap()),
        referrer: Some(host),
        ..Context::default()
    };
    for (host, verdict) in [("a.BÜCHER.example", Verdict::Valid), ("ä.test", Verdict::ReferrerForbidden)] {
        let [few, many] = [1, 1_000].map(|rules| decided(&policy(rules), &context(host), &Counters::default(), OPEN));
        assert_eq!(few, many);
        assert!(few.0 == verdict && few.1 > 0, "{few:?}");
    }
}
