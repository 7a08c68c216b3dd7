//! What a decision costs, by what the key is restricted by and where it fails: nanoseconds a call, in turns in one run.
//!
//! ```text
//! cargo bench -p admin-policy [-- --rounds 15]
//! ```

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops at the first surprise, and prints")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use admin_policy::{
    Budget, BudgetPeriod, Context, Counters, KeyPolicy, KeyState, RateLimit, RatePeriod, Restrictions, Scope,
    TimeWindow, Verdict, decide,
};
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// A Wednesday in summer, 10:00 in New York.
const NOW: &str = "2026-07-15T14:00:00Z";
const ROUND: Duration = Duration::from_millis(50);

struct Case {
    name: &'static str,
    policy: KeyPolicy,
    context: Context<'static>,
    counters: Counters,
    now: Timestamp,
    verdict: Verdict,
    nanos: Vec<f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds: u32 = match arguments.iter().position(|argument| argument == "--rounds") {
        Some(place) => arguments[place + 1].parse().unwrap(),
        None => 15,
    };
    let mut cases = cases();
    for case in &mut cases {
        assert_eq!(case.decide(), case.verdict, "{}", case.name);
        case.measure();
        case.nanos.clear();
    }
    for _ in 0..rounds {
        for case in &mut cases {
            case.measure();
        }
    }
    println!("{rounds} rounds of {} ms each, in turns; one thread\n", ROUND.as_millis());
    println!("{:<62} {:>9} {:>9} {:>13} {:>7}", "", "ns, best", "median", "a second", "times");
    let first = cases[0].median();
    for case in &mut cases {
        let (best, median) = (case.best(), case.median());
        println!("{:<62} {best:>9.0} {median:>9.0} {:>13.0} {:>7.1}", case.name, 1e9 / median, median / first);
    }
}

impl Case {
    fn decide(&self) -> Verdict {
        let (policy, context, counters) = black_box((&self.policy, &self.context, &self.counters));
        decide(Some(policy), context, counters, black_box(self.now)).verdict
    }

    /// Adds what a call took in a round.
    fn measure(&mut self) {
        let (mut calls, begun) = (0_u32, Instant::now());
        let taken = loop {
            for _ in 0..100 {
                black_box(self.decide());
            }
            calls += 100;
            let taken = begun.elapsed();
            if taken >= ROUND {
                break taken;
            }
        };
        self.nanos.push(taken.as_secs_f64() * 1e9 / f64::from(calls));
    }

    fn best(&self) -> f64 {
        self.nanos.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn median(&mut self) -> f64 {
        self.nanos.sort_by(f64::total_cmp);
        self.nanos[self.nanos.len() / 2]
    }
}

fn cases() -> Vec<Case> {
    let scopes = |texts: &[&str]| -> Vec<Scope> { texts.iter().map(|text| text.parse().unwrap()).collect() };
    let needed = &*scopes(&["functions:execute", "data:read"]).leak();
    let call = Context { scopes: needed, ..Context::default() };
    let full = Context {
        project: Some("prj_49"),
        ip: Some("2001:db8:31::7".parse().unwrap()),
        referrer: Some("https://app.example.com/a/b?c=d"),
        ..call.clone()
    };
    let bare = KeyPolicy {
        state: KeyState::Active,
        expires_at: None,
        secret_revoked: false,
        secret_expires_at: None,
        projects: None,
        scopes: scopes(&["inference:*", "events:trigger", "data:read", "functions:*"]),
        restrictions: Restrictions::default(),
        budget: None,
        workspace_budget: None,
    };
    // The last entry of each list is the one that matches.
    let every = KeyPolicy {
        expires_at: Some("2027-01-01T00:00:00Z".parse().unwrap()),
        projects: Some((0..50).map(|number| format!("prj_{number}").into()).collect()),
        restrictions: Restrictions {
            ip_addresses: Some(blocks(50)),
            referrers: Some(
                (0..99)
                    .map(|number| format!("*.page{number}.example"))
                    .chain(["*.example.com".to_owned()])
                    .map(|text| text.parse().unwrap())
                    .collect(),
            ),
            time: Some(
                TimeWindow::new(Some(&WORKDAYS), Some(&[9, 10, 11, 12, 13, 14, 15, 16, 17]), "America/New_York")
                    .unwrap(),
            ),
            rate_limit: Some(RateLimit::new(1_000, RatePeriod::Minute, None).unwrap()),
        },
        budget: Some(budget(BudgetPeriod::Day)),
        workspace_budget: Some(budget(BudgetPeriod::Month)),
        ..bare.clone()
    };
    let limited = |used| {
        let limit = every.restrictions.rate_limit.unwrap();
        Counters {
            meter: limit.take(admin_policy::Meter::default(), used, now()).unwrap(),
            credit: Some(1),
            ..Counters::default()
        }
    };
    let thousand = KeyPolicy {
        restrictions: Restrictions { ip_addresses: Some(blocks(500)), ..Restrictions::default() },
        ..bare.clone()
    };
    let case = |name, policy: &KeyPolicy, context: &Context<'static>, counters, verdict| Case {
        name,
        policy: policy.clone(),
        context: context.clone(),
        counters,
        now: now(),
        verdict,
        nanos: Vec::new(),
    };
    let nowhere = Context { ip: Some("203.0.113.9".parse().unwrap()), ..full.clone() };
    let revoked = KeyPolicy { state: KeyState::Revoked, ..every.clone() };
    vec![
        case("no restriction", &bare, &call, limited(0), Verdict::Valid),
        case("every restriction, allowed", &every, &full, limited(1), Verdict::Valid),
        case("every restriction, denied by the first check (state)", &revoked, &full, limited(1), Verdict::Revoked),
        case("every restriction, denied by IP", &every, &nowhere, limited(1), Verdict::IpForbidden),
        Case {
            now: "2026-07-18T12:00:00Z".parse().unwrap(),
            ..case(
                "every restriction, denied by time, open in two days",
                &every,
                &full,
                limited(1),
                Verdict::OutsideTimeWindow,
            )
        },
        case(
            "every restriction, denied by both budgets",
            &every,
            &full,
            Counters { spent: 5_000_000, workspace_spent: 5_000_000, ..limited(1) },
            Verdict::BudgetExceeded,
        ),
        case("every restriction, denied by the last check (rate)", &every, &full, limited(1_000), Verdict::RateLimited),
        case(
            "1,000 blocks of addresses, allowed by the last",
            &thousand,
            &Context { ip: Some("2001:db8:1f3::7".parse().unwrap()), ..call.clone() },
            limited(0),
            Verdict::Valid,
        ),
        case("1,000 blocks of addresses, denied", &thousand, &nowhere, limited(0), Verdict::IpForbidden),
    ]
}

const WORKDAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// So many blocks of each family, those of IPv6 last.
fn blocks(of_each: u32) -> Vec<admin_policy::IpBlock> {
    let v4 = (0..of_each).map(|number| format!("10.{}.{}.0/24", number / 256, number % 256));
    let v6 = (0..of_each).map(|number| format!("2001:db8:{number:x}::/48"));
    v4.chain(v6).map(|text| text.parse().unwrap()).collect()
}

fn budget(period: BudgetPeriod) -> Budget {
    Budget { micro_usd: 5_000_000, period, zone: TimeZone::get("Europe/Berlin").unwrap() }
}
