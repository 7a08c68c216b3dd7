//! The decision on any key and any call.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use admin_policy::{
    Budget, BudgetPeriod, CATALOGUE, Check, Context, Counters, Decision, IpBlock, KeyPolicy, KeyState, Meter, Outcome,
    RateLimit, RatePeriod, ReferrerPattern, Restrictions, Scope, TimeWindow, Verdict, decide, standing,
};
use admin_policy_fuzz::zone;
use arbitrary::Arbitrary;
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    known: bool,
    state: u8,
    expires_at: Option<i64>,
    secret_revoked: bool,
    secret_expires_at: Option<i64>,
    projects: Option<Vec<u8>>,
    held: Vec<u8>,
    blocks: Option<Vec<(Address, u8)>>,
    patterns: Option<Vec<(bool, Page)>>,
    window: Option<(u8, u32, u16)>,
    limit: Option<(u32, u8, Option<u32>)>,
    budget: Option<Spendable>,
    workspace_budget: Option<Spendable>,
    needed: Vec<u8>,
    project: Option<u8>,
    ip: Option<Address>,
    referrer: Option<Page>,
    own_connection: bool,
    cost: u32,
    /// What was taken before: at which part of the last period, and how much.
    taken: Vec<(u16, u32)>,
    spent: i64,
    workspace_spent: i64,
    credit: Option<i64>,
    now: i64,
}

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Address {
    V4(u32),
    /// Few enough to meet a block often.
    Near(u8),
    Mapped(u32),
    V6(u128),
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        match address {
            Address::V4(bits) => Ipv4Addr::from_bits(bits).into(),
            Address::Near(last) => Ipv4Addr::new(192, 0, 2, last).into(),
            Address::Mapped(bits) => Ipv4Addr::from_bits(bits).to_ipv6_mapped().into(),
            Address::V6(bits) => Ipv6Addr::from_bits(bits).into(),
        }
    }
}

#[derive(Arbitrary, Debug, Clone)]
enum Page {
    Known(u8),
    Text(String),
}

impl Page {
    fn text(&self) -> &str {
        match self {
            Self::Known(index) => {
                ["example.com", "a.example.com", "localhost", "xn--bcher-kva.example"][usize::from(index % 4)]
            }
            Self::Text(text) => text,
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Spendable {
    micro_usd: i64,
    period: u8,
    zone: u16,
}

impl Spendable {
    fn budget(&self) -> Budget {
        use BudgetPeriod::{Day, Month, Total, Week};
        let period = [Day, Week, Month, Total][usize::from(self.period % 4)];
        Budget { micro_usd: self.micro_usd, period, zone: TimeZone::get(zone(self.zone)).unwrap() }
    }
}

fn scopes(of: &[u8]) -> Vec<Scope> {
    let all = |index: &u8| {
        let entry = CATALOGUE[usize::from(index / 2) % CATALOGUE.len()];
        if index % 2 == 0 { entry.scope() } else { format!("{}:*", entry.resource).parse().unwrap() }
    };
    of.iter().map(all).collect()
}

fn project(index: u8) -> String {
    format!("prj_{}", index % 8)
}

impl Input {
    fn policy(&self) -> Option<KeyPolicy> {
        use KeyState::{Active, Deleted, Disabled, Revoked};
        use RatePeriod::{Day, Hour, Minute, Second};
        let instant = |micros: i64| Timestamp::from_microsecond(micros).ok();
        let block = |(address, prefix): &(Address, u8)| {
            let address = IpAddr::from(*address);
            let most = if address.is_ipv4() { 32 } else { 128 };
            format!("{address}/{}", prefix % (most + 1)).parse::<IpBlock>().unwrap()
        };
        let pattern = |(below, page): &(bool, Page)| -> Option<ReferrerPattern> {
            format!("{}{}", if *below { "*." } else { "" }, page.text()).parse().ok()
        };
        let window = |(days, hours, at): &(u8, u32, u16)| {
            let days: Vec<Weekday> = (0..7)
                .filter(|day| days & 1 << day != 0)
                .filter_map(|day| Weekday::from_monday_zero_offset(day).ok())
                .collect();
            let hours: Vec<i64> = (0..24).filter(|hour| hours & 1 << hour != 0).collect();
            TimeWindow::new(Some(&days), Some(&hours), zone(*at)).ok()
        };
        let limit = |(requests, period, burst): &(u32, u8, Option<u32>)| {
            let period = [Second, Minute, Hour, Day][usize::from(period % 4)];
            RateLimit::new((*requests).into(), period, burst.map(i64::from)).ok()
        };
        self.known.then(|| KeyPolicy {
            state: [Active, Active, Active, Disabled, Revoked, Deleted][usize::from(self.state) % 6],
            expires_at: self.expires_at.and_then(instant),
            secret_revoked: self.secret_revoked,
            secret_expires_at: self.secret_expires_at.and_then(instant),
            projects: self.projects.as_ref().map(|all| all.iter().map(|one| project(*one).into()).collect()),
            scopes: scopes(&self.held),
            restrictions: Restrictions {
                ip_addresses: self.blocks.as_ref().map(|all| all.iter().map(block).collect()),
                referrers: self.patterns.as_ref().map(|all| all.iter().filter_map(pattern).collect()),
                time: self.window.as_ref().and_then(window),
                rate_limit: self.limit.as_ref().and_then(limit),
            },
            budget: self.budget.as_ref().map(Spendable::budget),
            workspace_budget: self.workspace_budget.as_ref().map(Spendable::budget),
        })
    }
}

fuzz_target!(|input: Input| {
    let Ok(now) = Timestamp::from_microsecond(input.now) else { return };
    let policy = input.policy();
    let needed = scopes(&input.needed);
    let project = input.project.map(project);
    let context = Context {
        scopes: &needed,
        project: project.as_deref(),
        ip: input.ip.map(IpAddr::from),
        referrer: input.referrer.as_ref().map(Page::text),
        own_connection: input.own_connection,
        cost: input.cost,
    };
    let limit = policy.as_ref().and_then(|policy| policy.restrictions.rate_limit);
    let mut meter = Meter::default();
    if let Some(limit) = limit {
        let mut taken = input.taken.clone();
        taken.sort_by_key(|(ago, _)| std::cmp::Reverse(*ago));
        for (ago, cost) in taken {
            let at = now.as_microsecond() - limit.period().micros() / 65_536 * i64::from(ago);
            let Ok(at) = Timestamp::from_microsecond(at) else { continue };
            meter = limit.take(meter, cost, at).unwrap_or(meter);
        }
    }
    let counters = Counters { meter, spent: input.spent, workspace_spent: input.workspace_spent, credit: input.credit };

    let decision = decide(policy.as_ref(), &context, &counters, now);
    agrees(&decision);
    let standing = standing(policy.as_ref(), now);
    assert_eq!(standing == Verdict::Valid, decision.trace[..3].iter().all(|step| step.outcome == Outcome::Passed));
    assert!(standing == Verdict::Valid || standing == decision.verdict);

    // Whoever denies takes nothing, and whoever passes takes the cost.
    let passed = decision.verdict == Verdict::Valid;
    assert_eq!(decision.meter.is_some(), passed && limit.is_some() && context.cost > 0);
    if let (Some(limit), Some(after)) = (limit, decision.meter) {
        assert_eq!(limit.left(after, now) + context.cost, limit.left(meter, now));
    }
    let dry = decide(policy.as_ref(), &Context { cost: 0, ..context.clone() }, &counters, now);
    let single = decide(policy.as_ref(), &Context { cost: 1, ..context.clone() }, &counters, now);
    assert_eq!((dry.verdict, dry.until, dry.meter), (single.verdict, single.until, None));

    if let Some(IpAddr::V4(ip)) = context.ip {
        let mapped = Context { ip: Some(ip.to_ipv6_mapped().into()), ..context.clone() };
        assert_eq!(decide(policy.as_ref(), &mapped, &counters, now), decision);
    }
    let Some(policy) = policy else { return };
    waits(&policy, &context, &counters, now, &decision);

    let mut reversed = policy.clone();
    reversed.scopes.reverse();
    if let Some(list) = &mut reversed.projects {
        list.reverse();
    }
    if let Some(list) = &mut reversed.restrictions.ip_addresses {
        list.reverse();
    }
    if let Some(list) = &mut reversed.restrictions.referrers {
        list.reverse();
    }
    assert_eq!(decide(Some(&reversed), &context, &counters, now), decision, "{policy:?}");

    if !passed {
        return;
    }
    // With a rule less, what passed still does.
    let lifts: [fn(&mut KeyPolicy); 9] = [
        |policy| policy.expires_at = None,
        |policy| policy.secret_expires_at = None,
        |policy| policy.projects = None,
        |policy| policy.restrictions.ip_addresses = None,
        |policy| policy.restrictions.referrers = None,
        |policy| policy.restrictions.time = None,
        |policy| policy.restrictions.rate_limit = None,
        |policy| policy.budget = None,
        |policy| policy.workspace_budget = None,
    ];
    for lift in lifts {
        let mut freer = policy.clone();
        lift(&mut freer);
        assert_eq!(decide(Some(&freer), &context, &counters, now).verdict, Verdict::Valid, "{policy:?}");
    }
});

/// Passes, at most one failure, which is the verdict, and only skips after it.
fn agrees(decision: &Decision) {
    use Check::{Budget, Credit, Existence, Expiry, IpAddress, Project, RateLimit, Referrer, Scope, State, Time};
    let order = [Existence, State, Expiry, Project, Scope, IpAddress, Referrer, Time, Credit, Budget, RateLimit];
    assert_eq!(decision.trace.map(|step| step.check), order);
    let mut denied = None;
    for step in decision.trace {
        match step.outcome {
            Outcome::Failed(verdict) => {
                assert_eq!(denied.replace(verdict), None);
                assert_eq!(verdict, decision.verdict);
            }
            Outcome::Skipped => assert!(denied.is_some()),
            Outcome::Passed | Outcome::Unrestricted => assert_eq!(denied, None),
        }
    }
    assert_eq!(denied.is_none(), decision.verdict == Verdict::Valid);
}

/// Who waits as told is not denied for the same reason, and nobody is told to wait where waiting is of no use.
fn waits(policy: &KeyPolicy, context: &Context<'_>, counters: &Counters, now: Timestamp, decision: &Decision) {
    use Verdict::{BudgetExceeded, OutsideTimeWindow, RateLimited};
    let Some(until) = decision.until else { return };
    assert!(matches!(decision.verdict, BudgetExceeded | OutsideTimeWindow | RateLimited));
    assert!(until > now);
    // In a new period nothing is spent yet.
    let later = match decision.verdict {
        BudgetExceeded => Counters { spent: 0, workspace_spent: 0, ..*counters },
        _ => *counters,
    };
    let closed = policy.budget.iter().chain(&policy.workspace_budget).any(|budget| budget.is_used_up(0));
    let then = decide(Some(policy), context, &later, until).verdict;
    assert!(then != decision.verdict || (then == BudgetExceeded && closed), "{policy:?} {then:?}");
}
