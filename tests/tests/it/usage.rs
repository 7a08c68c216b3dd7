//! Usage: reports count once and as a whole, summaries are the sums of the events, and a projection says what it goes by.

use admin_server::model::Role;
use aisetu_tests::{Actor, Answer, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

const EVENTS: &str = "/v1/usage/events";

/// A control plane with a key, and a gateway of the tenant.
struct Place {
    app: TestServer,
    gateway: Actor,
    key: String,
}

impl Place {
    async fn new() -> Self {
        let app = TestServer::start().await;
        let key = key(&app, app.workspace(), "k").await;
        let gateway = app.pat(app.owner(), &["usage:write"], None).await;
        Self { app, gateway, key }
    }

    /// An event of now that costs so much.
    fn event(&self, id: &str, micro_usd: i64) -> Value {
        json!({ "id": id, "at": format!("{:.3}", self.app.now()), "key": self.key, "costMicroUsd": micro_usd })
    }

    async fn report(&self, events: &[Value]) -> Answer {
        self.gateway.post(EVENTS, &json!({ "events": events })).await
    }

    /// How many were accepted and how many counted before.
    async fn kept(&self, events: &[Value]) -> (i64, i64) {
        receipt(&self.report(events).await)
    }

    /// The refusal as a person reads it.
    async fn refused(&self, event: Value) -> String {
        let answer = self.report(&[event]).await;
        assert!(answer.status >= 400, "{}", answer.body);
        let fault = &answer.body["error"]["events"][0];
        format!("{} {} [{}] {}", answer.status, fault["code"], fault["field"], fault["message"]).replace('"', "")
    }

    async fn summary(&self, input: Value) -> Value {
        self.app.owner().ok("usageSummary", input).await
    }

    /// Requests, cost, debited and over own connections, of all there is.
    async fn total(&self) -> [String; 4] {
        amounts(&self.summary(json!({ "groupBy": "MONTH" })).await["total"])
    }

    async fn balance(&self) -> String {
        let credit = self.app.owner().ok("billingCreditBalance", Value::Null).await;
        credit["balance"]["amount"].as_str().unwrap().to_owned()
    }

    async fn check(&self) {
        let checked = self.app.server().control_plane().check(&[]).await.unwrap();
        assert_eq!(checked.findings, []);
    }
}

async fn key(app: &TestServer, workspace: &str, name: &str) -> String {
    let made = app.owner().ok("apiKeysCreate", json!({ "workspaceId": workspace, "name": name })).await;
    made["item"]["id"].as_str().unwrap().to_owned()
}

fn receipt(answer: &Answer) -> (i64, i64) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    (answer.body["accepted"].as_i64().unwrap(), answer.body["duplicates"].as_i64().unwrap())
}

fn amounts(value: &Value) -> [String; 4] {
    let money = |name: &str| value[name]["amount"].as_str().unwrap().to_owned();
    [value["requests"].to_string(), money("cost"), money("debited"), money("own")]
}

fn texts(texts: [&str; 4]) -> [String; 4] {
    texts.map(str::to_owned)
}

/// An event that names everything but a connection.
#[expect(clippy::needless_pass_by_value, reason = "a literal reads better")]
fn with(event: Value, fields: Value) -> Value {
    let mut event = event;
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

#[tokio::test]
async fn an_event_counts_and_is_debited_once() {
    let place = Place::new().await;
    let event = with(
        place.event("e1", 1_250_000),
        json!({ "model": "m", "resource": "r", "requests": 2, "inputTokens": 100, "outputTokens": 10 }),
    );
    assert_eq!(place.kept(std::slice::from_ref(&event)).await, (1, 0));
    assert_eq!(place.kept(&[event.clone(), event.clone()]).await, (0, 2));
    // Whoever sends it again is told so, however late.
    place.app.advance(SignedDuration::from_hours(40 * 24));
    assert_eq!(place.kept(std::slice::from_ref(&event)).await, (0, 1));
    let total = &place.summary(json!({ "groupBy": "MONTH" })).await["total"];
    assert_eq!((&total["inputTokens"], &total["outputTokens"]), (&json!(100), &json!(10)));
    assert_eq!(amounts(total), texts(["2", "1.25", "1.25", "0.00"]));
    assert_eq!(place.balance().await, "-1.25");
    // Another token has ids of its own, and so has the operator's gateway.
    let (service, _) = place.app.service(&["usage:write"], None).await;
    let fresh = place.event("e1", 1);
    assert_eq!(receipt(&service.post(EVENTS, &json!({ "events": [fresh] })).await), (1, 0));
    place.check().await;
}

#[tokio::test]
async fn the_same_id_with_another_body_is_refused_and_nothing_is_kept() {
    let place = Place::new().await;
    assert_eq!(place.kept(&[place.event("e1", 5)]).await, (1, 0));
    for change in [
        json!({ "costMicroUsd": 6 }),
        json!({ "requests": 2 }),
        json!({ "inputTokens": 1 }),
        json!({ "outputTokens": 1 }),
        json!({ "model": "m" }),
        json!({ "resource": "r" }),
        json!({ "at": "2026-01-05T09:00:00Z" }),
    ] {
        let answer = place.report(&[place.event("e2", 7), with(place.event("e1", 5), change.clone())]).await;
        assert_eq!(answer.status, 422, "{change}: {}", answer.body);
        let error = &answer.body["error"];
        assert_eq!((&error["code"], &error["field"]), (&json!("IDEMPOTENCY_MISMATCH"), &json!("events[1].id")));
        assert_eq!((&error["events"][0]["index"], &error["events"][0]["id"]), (&json!(1), &json!("e1")));
    }
    // Twice in one report as well.
    let answer = place.report(&[place.event("e3", 1), place.event("e3", 2)]).await;
    assert_eq!((answer.status, &answer.body["error"]["events"][0]["index"]), (422, &json!(1)));
    assert_eq!(place.total().await, texts(["1", "0.000005", "0.000005", "0.00"]));
    assert_eq!(place.balance().await, "-0.000005");
    place.check().await;
}

#[tokio::test]
async fn every_bad_event_is_named_and_none_is_kept() {
    let place = Place::new().await;
    let events = [
        place.event("good", 1),
        with(place.event("a", 1), json!({ "costMicroUsd": -1 })),
        json!("no object"),
        with(place.event("b", 1), json!({ "key": format!("key_{}", "0".repeat(26)) })),
        with(place.event("c", 1), json!({ "at": "2027-01-01T00:00:00Z" })),
        place.event("also good", 1),
    ];
    let answer = place.report(&events).await;
    assert_eq!(answer.status, 400);
    let mut error = answer.body["error"].clone();
    assert!(error["requestId"].take().is_string());
    insta::assert_snapshot!(serde_json::to_string_pretty(&error).unwrap());
    assert_eq!(place.total().await, texts(["0", "0.00", "0.00", "0.00"]));
    // What is left is taken.
    assert_eq!(place.kept(&[events[0].clone(), with(events[5].clone(), json!({ "id": "g" }))]).await, (2, 0));
}

#[tokio::test]
async fn what_an_event_may_say() {
    let place = Place::new().await;
    let mut table = String::new();
    let event = || place.event("e", 1);
    for change in [
        json!({ "id": "" }),
        json!({ "id": "has space" }),
        json!({ "id": "é" }),
        json!({ "id": "x".repeat(101) }),
        json!({ "id": 7 }),
        json!({ "id": null }),
        json!({ "at": null }),
        json!({ "at": "yesterday" }),
        json!({ "at": "2026-01-05T09:05:02.001Z" }),
        json!({ "at": "2025-12-05T09:00:01.999Z" }),
        json!({ "key": null }),
        json!({ "key": "tt_live_0123456789" }),
        json!({ "key": place.app.workspace() }),
        json!({ "project": "search" }),
        json!({ "project": format!("prj_{}", "0".repeat(26)) }),
        json!({ "connection": "openai" }),
        json!({ "resource": "" }),
        json!({ "resource": "x".repeat(101) }),
        json!({ "model": "a\u{7}b" }),
        json!({ "costMicroUsd": null }),
        json!({ "costMicroUsd": 1.5 }),
        json!({ "costMicroUsd": "1" }),
        json!({ "costMicroUsd": -1 }),
        json!({ "costMicroUsd": 10_000_000_001_i64 }),
        json!({ "inputTokens": -1 }),
        json!({ "outputTokens": 1_000_000_001 }),
        json!({ "requests": 1_000_001 }),
        json!({ "cost": 1 }),
    ] {
        let refused = place.refused(with(event(), change.clone())).await;
        let shown = change.to_string();
        let shown: String = shown.chars().take(60).collect();
        table += &format!("{shown}\n    {refused}\n").replace(place.app.workspace(), "ws_…");
    }
    insta::assert_snapshot!(table);
    assert!(!table.split('\n').any(|line| line.starts_with(' ') && line.contains("tt_live_")), "no value is quoted");
    // The bounds themselves, and null for what is not said.
    for (number, change) in [
        json!({ "at": "2026-01-05T09:05:02Z" }),
        json!({ "at": "2025-12-05T09:00:02Z" }),
        json!({ "id": "x".repeat(100), "resource": null, "model": "m".repeat(200) }),
        json!({ "costMicroUsd": 0, "requests": 0 }),
        json!({ "costMicroUsd": 10_000_000_000_i64, "inputTokens": 1_000_000_000, "outputTokens": 1_000_000_000 }),
    ]
    .into_iter()
    .enumerate()
    {
        let event = with(place.event(&format!("ok{number}"), 1), change);
        assert_eq!(place.kept(std::slice::from_ref(&event)).await, (1, 0), "{event}");
    }
    place.check().await;
}

#[tokio::test]
async fn a_report_has_its_bounds_too() {
    let place = Place::new().await;
    let refused = async |body: Value| {
        let answer = place.gateway.post(EVENTS, &body).await;
        let error = &answer.body["error"];
        format!("{} {} [{}] {}", answer.status, error["code"], error["field"], error["message"]).replace('"', "")
    };
    let many: Vec<Value> = (0..1001).map(|number| place.event(&number.to_string(), 1)).collect();
    insta::assert_snapshot!(refused(json!({ "events": many })).await, @"400 BAD_USER_INPUT [events] `events` has 1001 entries; it must have 1 to 1000");
    insta::assert_snapshot!(refused(json!({ "events": [] })).await, @"400 BAD_USER_INPUT [events] `events` has 0 entries; it must have 1 to 1000");
    insta::assert_snapshot!(refused(json!({ "event": [] })).await, @"400 BAD_USER_INPUT [null] the body must be an object with the list `events` and nothing else (line 1, column 8)");
    insta::assert_snapshot!(refused(json!([])).await, @"400 BAD_USER_INPUT [null] the body must be an object with the list `events` and nothing else (line 0, column 0)");
    let large = json!({ "events": [with(place.event("e", 1), json!({ "model": "x".repeat(1024 * 1024) }))] });
    insta::assert_snapshot!(refused(large).await, @"413 LIMIT_EXCEEDED [null] the body is larger than 1048576 bytes, or broke off");
    assert_eq!(place.kept(&many[..1000]).await, (1000, 0));
    assert_eq!(place.kept(&many[..1000]).await, (0, 1000));
    assert_eq!(place.total().await, texts(["1000", "0.001", "0.001", "0.00"]));
    place.check().await;
}

#[tokio::test]
async fn a_gateway_reports_for_what_its_token_reaches() {
    let place = Place::new().await;
    let app = &place.app;
    let stranger = app.other_tenant().await;
    let theirs = stranger.ok("apiKeysCreate", json!({ "name": "theirs" })).await["item"]["id"].clone();
    let second = key(app, app.second_workspace(), "second").await;
    let foreign = with(place.event("f", 1), json!({ "key": theirs }));
    insta::assert_snapshot!(place.refused(foreign.clone()).await, @"400 NOT_FOUND [key] `key`: there is no such API key, or none that this token reports for");
    // An ADMIN of one workspace reports for that one.
    let admin = app.member(Role::Admin, Some(app.workspace())).await;
    let admin = app.pat(&admin, &["usage:write"], None).await;
    let elsewhere = with(place.event("s", 1), json!({ "key": second }));
    let answer = admin.post(EVENTS, &json!({ "events": [place.event("a", 1), elsewhere.clone()] })).await;
    assert_eq!((answer.status, &answer.body["error"]["events"][0]["code"]), (400, &json!("NOT_FOUND")));
    assert_eq!(receipt(&admin.post(EVENTS, &json!({ "events": [place.event("a", 1)] })).await), (1, 0));
    // The operator's gateway reports for every tenant, in one report.
    let (service, _) = app.service(&["usage:write"], None).await;
    let answer = service.post(EVENTS, &json!({ "events": [foreign, elsewhere, place.event("a", 1)] })).await;
    assert_eq!(receipt(&answer), (3, 0));
    assert_eq!(place.total().await[0], "3");
    assert_eq!(stranger.ok("usageSummary", json!({ "groupBy": "MONTH" })).await["total"]["requests"], 1);
    assert_eq!(stranger.ok("billingCreditBalance", Value::Null).await["balance"]["amount"], "-0.000001");
    // A token without the scope, and one that is gone.
    let verifier = app.gateway().await;
    let answer = verifier.post(EVENTS, &json!({ "events": [place.event("v", 1)] })).await;
    assert_eq!((answer.status, &answer.body["error"]["code"]), (403, &json!("UNAUTHORIZED")));
    assert_eq!(app.bearer("tt_pat_nonsense").post(EVENTS, &json!({})).await.status, 401);
    assert_eq!(app.anonymous().post(EVENTS, &json!({})).await.status, 401);
    place.check().await;
}

#[tokio::test]
async fn what_was_used_counts_when_it_is_gone_by_now() {
    let place = Place::new().await;
    let owner = place.app.owner();
    let made = owner.ok("projectsCreate", json!({ "workspaceId": place.app.workspace(), "name": "p" })).await;
    let elsewhere =
        owner.ok("projectsCreate", json!({ "workspaceId": place.app.second_workspace(), "name": "p" })).await;
    let event = with(place.event("e", 1), json!({ "project": made["id"] }));
    let wrong = with(place.event("w", 1), json!({ "project": elsewhere["id"] }));
    insta::assert_snapshot!(place.refused(wrong).await, @"400 NOT_FOUND [project] `project`: there is no such project in the workspace of the key, or none that this token reports for");
    owner.ok("projectsArchive", made["id"].clone()).await;
    owner.ok("apiKeysDelete", json!(place.key)).await;
    owner.ok("workspacesDelete", json!(place.app.workspace())).await;
    assert_eq!(place.kept(&[event]).await, (1, 0));
    let summary = place
        .summary(json!({ "workspaceId": place.app.workspace(), "projectId": made["id"], "keyId": place.key }))
        .await;
    assert_eq!(summary["total"]["requests"], 1);
    place.check().await;
}

#[tokio::test]
async fn what_goes_over_an_own_connection_counts_and_is_not_debited() {
    let place = Place::new().await;
    let owner = place.app.owner();
    let upsert = json!({ "workspaceId": place.app.workspace(), "slug": "mine", "provider": "OPENAI", "apiKey": "sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaa" });
    let made = owner.ok("providerCredentialsUpsert", upsert.clone()).await;
    let own = |id: &str, name: &Value| with(place.event(id, 100), json!({ "connection": name }));
    assert_eq!(place.kept(&[own("a", &json!("mine")), own("b", &made["id"]), place.event("c", 30)]).await, (3, 0));
    // The slug is another connection by now: a late event is still the same event.
    let again = own("a", &json!("mine"));
    place.app.advance(SignedDuration::from_secs(1));
    owner.ok("providerCredentialsRevoke", made["id"].clone()).await;
    owner.ok("providerCredentialsUpsert", upsert).await;
    assert_eq!(place.kept(&[again]).await, (0, 1));
    // Over what was a connection then, and not over what is none any more, or was none yet.
    let hour = SignedDuration::from_hours(1);
    place.app.advance(hour);
    let second = owner.ok("providerCredentialsList", Value::Null).await["items"][0]["id"].clone();
    owner.ok("providerCredentialsRevoke", second).await;
    place.app.advance(hour);
    for (at, kept) in
        [(place.app.now(), false), (place.app.now() - hour * 3, false), (place.app.now() - hour - hour / 2, true)]
    {
        let event = with(own(&format!("at-{at}"), &json!("mine")), json!({ "at": at.to_string() }));
        if kept {
            assert_eq!(place.kept(&[event]).await, (1, 0), "{at}");
        } else {
            assert!(place.refused(event).await.starts_with("400 NOT_FOUND [connection]"), "{at}");
        }
    }
    assert_eq!(place.total().await, texts(["4", "0.00033", "0.00003", "0.0003"]));
    assert_eq!(place.balance().await, "-0.00003");
    let elsewhere = key(&place.app, place.app.second_workspace(), "k2").await;
    insta::assert_snapshot!(place.refused(with(own("d", &json!("mine")), json!({ "key": elsewhere }))).await, @"400 NOT_FOUND [connection] `connection`: there is no such connection in the workspace of the key at that time, or none that this token reports for");
    place.check().await;
}

#[tokio::test]
async fn two_senders_of_one_report_count_it_once() {
    let place = Place::new().await;
    let events: Vec<Value> = (0..200).map(|number| place.event(&number.to_string(), 1_000)).collect();
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (gateway, body) = (place.gateway.clone(), json!({ "events": events }));
        sending.spawn(async move { receipt(&gateway.post(EVENTS, &body).await) });
    }
    let receipts = sending.join_all().await;
    let (accepted, duplicates) = receipts.iter().fold((0, 0), |sum, receipt| (sum.0 + receipt.0, sum.1 + receipt.1));
    assert_eq!((accepted, duplicates), (200, 1400));
    assert_eq!(place.total().await, texts(["200", "0.20", "0.20", "0.00"]));
    assert_eq!(place.balance().await, "-0.20");
    place.check().await;
}

/// Events of several days, keys, models and resources, some free; returns each with its time, key, model and cost.
async fn scatter(place: &Place) -> Vec<(jiff::Timestamp, String, String, i64)> {
    place.app.advance(SignedDuration::from_hours(20 * 24));
    let second = key(&place.app, place.app.second_workspace(), "second").await;
    let now = place.app.now();
    let mut all = Vec::new();
    for number in 0i64..600 {
        // Steps that fall on no grid.
        let at = now - SignedDuration::from_secs(number * 2_801 + number * number % 977);
        let key = if number % 3 == 0 { second.clone() } else { place.key.clone() };
        all.push((at, key, format!("m{}", number % 4), number * 1_001 % 50_000));
    }
    let event = |(number, (at, key, model, micro_usd)): (usize, &(jiff::Timestamp, String, String, i64))| json!({ "id": number.to_string(), "at": format!("{at:.3}"), "key": key, "model": model, "resource": "r", "costMicroUsd": micro_usd });
    let events: Vec<Value> = all.iter().enumerate().map(event).collect();
    for chunk in events.chunks(250) {
        place.kept(chunk).await;
    }
    all
}

#[tokio::test]
async fn a_summary_is_the_sum_of_the_events_whatever_its_buckets() {
    let place = Place::new().await;
    let all = scatter(&place).await;
    place.check().await;
    let now = place.app.now();
    let ago = |hours: i64| format!("{:.3}", now - SignedDuration::from_hours(hours));
    let odd = |hours: i64| format!("{:.3}", now - SignedDuration::from_millis(hours * 3_600_000 + 437_123));
    for (from, to, unit, zone) in [
        (ago(30 * 24), ago(0), "DAY", "UTC"),
        (odd(30 * 24), odd(3), "DAY", "America/New_York"),
        (odd(16 * 24), odd(1), "HOUR", "Asia/Kathmandu"),
        (odd(16 * 24), odd(0), "HOUR", "UTC"),
        (odd(6), odd(0), "MINUTE", "UTC"),
        (odd(30 * 24), odd(3), "WEEK", "Australia/Lord_Howe"),
        (odd(90 * 24), ago(-24), "MONTH", "Europe/Berlin"),
        // A zone that was off the grid of quarters until 1972 is on it now.
        (odd(20 * 24), odd(0), "DAY", "Africa/Monrovia"),
    ] {
        let input =
            json!({ "from": from, "to": to, "groupBy": unit, "timeZone": zone, "by": ["KEY", "MODEL"], "top": 3 });
        let summary = place.summary(input).await;
        let (from, to): (jiff::Timestamp, jiff::Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
        let expected = |start, end| {
            let within = all.iter().filter(|event| start <= event.0 && event.0 < end);
            within.fold((0, 0), |sum: (i64, i64), event| (sum.0 + 1, sum.1 + event.3))
        };
        let found = |amounts: &Value| (amounts["requests"].as_i64().unwrap(), micros(&amounts["cost"]));
        assert_eq!(found(&summary["total"]), expected(from, to), "{unit} in {zone}");
        let buckets = summary["buckets"].as_array().unwrap();
        let mut end = from;
        let mut grouped = (0, 0);
        for bucket in buckets {
            let [start, until] = ["start", "end"].map(|name| bucket[name].as_str().unwrap().parse().unwrap());
            assert_eq!(start, end);
            end = until;
            assert_eq!(found(&bucket["amounts"]), expected(start, end), "{unit} in {zone} from {start}");
            for group in bucket["groups"].as_array().unwrap() {
                let amounts = found(&group["amounts"]);
                grouped = (grouped.0 + amounts.0, grouped.1 + amounts.1);
            }
        }
        assert_eq!(end, to);
        // The groups are the dearest, and with the others they are everything; over time they are the same.
        let groups = summary["groups"].as_array().unwrap();
        let costs: Vec<i64> = groups.iter().map(|group| micros(&group["amounts"]["cost"])).collect();
        assert!(costs.is_sorted_by(|one, other| one >= other));
        let sum =
            groups.iter().map(|group| found(&group["amounts"])).fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        assert_eq!(sum, grouped);
        let other = found(&summary["other"]);
        assert_eq!((sum.0 + other.0, sum.1 + other.1), expected(from, to));
        for group in groups {
            let amounts = all.iter().filter(|event| from <= event.0 && event.0 < to);
            let of = amounts.filter(|event| group["keyId"] == event.1 && group["model"] == event.2);
            assert_eq!(of.map(|event| event.3).sum::<i64>(), micros(&group["amounts"]["cost"]));
        }
    }
}

fn micros(money: &Value) -> i64 {
    assert_eq!(money["currency"], "USD");
    money["amount"].as_str().unwrap().parse::<admin_server::money::Money>().unwrap().micros()
}

#[tokio::test]
async fn filters_and_roles_choose_what_is_summed() {
    let place = Place::new().await;
    let all = scatter(&place).await;
    let app = &place.app;
    let count = async |actor: &Actor, mut input: Value| {
        input["groupBy"] = json!("MONTH");
        actor.ok("usageSummary", input).await["total"]["requests"].as_i64().unwrap()
    };
    let of = |test: fn(&(jiff::Timestamp, String, String, i64), &str) -> bool| {
        i64::try_from(all.iter().filter(|event| test(event, &place.key)).count()).unwrap()
    };
    let (here, there) = (of(|event, key| event.1 == key), of(|event, key| event.1 != key));
    assert_eq!((here, there), (400, 200));
    let owner = app.owner();
    assert_eq!(count(owner, json!({ "keyId": place.key })).await, here);
    assert_eq!(count(owner, json!({ "workspaceId": app.second_workspace() })).await, there);
    assert_eq!(count(owner, json!({ "models": ["m1", "m2", "none"] })).await, 300);
    assert_eq!(count(owner, json!({ "resources": ["other"] })).await, 0);
    assert_eq!(count(owner, json!({ "tenantId": app.tenant() })).await, 600);
    for (role, expected) in [(Role::Viewer, here), (Role::Member, here), (Role::Admin, here)] {
        let inside = app.member(role, Some(app.workspace())).await;
        assert_eq!(count(&inside, json!({})).await, expected);
        assert_eq!(
            inside.call("usageSummary", json!({ "workspaceId": app.second_workspace() })).await.code(),
            "NOT_FOUND"
        );
        let everywhere = app.member(role, None).await;
        assert_eq!(count(&everywhere, json!({})).await, 600);
    }
    let inside = app.member(Role::Viewer, Some(app.second_workspace())).await;
    assert_eq!(inside.call("usageSummary", json!({ "keyId": place.key })).await.code(), "NOT_FOUND");
    let billing = app.member(Role::Billing, None).await;
    assert_eq!(count(&billing, json!({ "workspaceId": app.workspace() })).await, here);
    let stranger = app.other_tenant().await;
    for input in
        [json!({ "keyId": place.key }), json!({ "workspaceId": app.workspace() }), json!({ "tenantId": app.tenant() })]
    {
        assert_eq!(stranger.call("usageSummary", input).await.code(), "NOT_FOUND");
    }
    assert_eq!(count(&stranger, json!({})).await, 0);
}

#[tokio::test]
async fn a_summary_names_its_bounds() {
    let place = Place::new().await;
    let refused = async |input: Value| place.app.owner().refused("usageSummary", input).await;
    let (from, to) = ("2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z");
    insta::assert_snapshot!(refused(json!({ "from": to, "to": from })).await, @"BAD_USER_INPUT [from]: `from` is 2026-01-05T00:00:00.000Z; it must be before `to`, 2026-01-01T00:00:00.000Z");
    insta::assert_snapshot!(refused(json!({ "from": "2024-01-01T00:00:00Z", "to": to, "groupBy": "MONTH" })).await, @"
    BAD_USER_INPUT [from]: 2024-01-01T00:00:00.000Z to 2026-01-05T00:00:00.000Z is more than 366 days
    (ask for a part at a time)
    ");
    insta::assert_snapshot!(refused(json!({ "from": from, "to": to, "groupBy": "MINUTE" })).await, @"
    BAD_USER_INPUT [groupBy]: 2026-01-01T00:00:00.000Z to 2026-01-05T00:00:00.000Z by MINUTE is more than 400 buckets
    (ask for a longer `groupBy`, or for a part at a time)
    ");
    insta::assert_snapshot!(refused(json!({ "timeZone": "Berlin" })).await, @"
    BAD_USER_INPUT [timeZone]: `timeZone` is `Berlin`, which is no known zone
    (give a name of the IANA database, such as Europe/Berlin or UTC)
    ");
    insta::assert_snapshot!(refused(json!({ "by": ["KEY", "KEY"] })).await, @"BAD_USER_INPUT [by]: `by` has KEY twice");
    insta::assert_snapshot!(refused(json!({ "by": ["KEY"], "top": 101 })).await, @"BAD_USER_INPUT [top]: `top` is 101; it must be 1 to 100");
    insta::assert_snapshot!(refused(json!({ "top": 3 })).await, @"BAD_USER_INPUT [top]: `top` is given without `by`, which says what is told apart");
    insta::assert_snapshot!(refused(json!({ "models": vec!["m"; 51] })).await, @"BAD_USER_INPUT [models]: `models` has 51 entries; it must have 0 to 50");
    insta::assert_snapshot!(refused(json!({ "keyId": "prj_1" })).await, @"
    BAD_USER_INPUT [keyId]: `keyId` is the id of a project, where an API key is asked for
    (such an id is `key_` and 26 characters)
    ");
    // Without any usage there is every bucket, with zeros.
    let empty = place.summary(json!({ "by": ["KEY"] })).await;
    assert_eq!(empty["buckets"].as_array().unwrap().len(), 30);
    assert_eq!((empty["groups"].clone(), amounts(&empty["other"])), (json!([]), texts(["0", "0.00", "0.00", "0.00"])));
}

#[tokio::test]
async fn a_projection_says_what_it_goes_by() {
    let place = Place::new().await;
    let app = &place.app;
    let owner = app.owner();
    let project = async || owner.ok("usageProjection", Value::Null).await;
    let empty = project().await;
    assert_eq!((&empty["windowDays"], &empty["windowStart"]), (&json!(0), &json!(null)));
    assert_eq!((&empty["cost"]["method"], &empty["cost"]["perDay"]), (&json!("NOT_ENOUGH_HISTORY"), &json!(null)));
    assert_eq!((&empty["daysLeft"], &empty["confidencePercent"]), (&json!(27), &json!(80)));
    // A day of usage is not a whole day, and the one after it is.
    place.kept(&[place.event("first", 3_000_000)]).await;
    app.advance(SignedDuration::from_hours(24));
    assert_eq!(project().await["windowDays"], 0);
    app.advance(SignedDuration::from_hours(24));
    let one = project().await;
    assert_eq!((&one["windowDays"], &one["cost"]["perDay"]["amount"]), (&json!(1), &json!("0.00")));
    assert_eq!((&one["cost"]["expected"], &one["runway"]), (&json!(null), &json!(null)));
    // From the 7th on, 1 USD at noon of every workday and 0.25 at weekends; up to the 10th of February.
    let mut spent = 0;
    for day in 0..35 {
        let micro_usd = if (2 + day) % 7 < 5 { 1_000_000 } else { 250_000 };
        place.kept(&[place.event(&format!("day {day}").replace(' ', "-"), micro_usd)]).await;
        // In February so far: the 1st is the 25th day after the 7th of January.
        spent += if day >= 25 { micro_usd } else { 0 };
        if day < 34 {
            app.advance(SignedDuration::from_hours(24));
        }
    }
    let projection = project().await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&projection).unwrap());
    assert_eq!(micros(&projection["cost"]["spent"]), spent);
    // Every weekday is as it was: the range has no width, and what is left of today is a part of a day.
    let expected = micros(&projection["cost"]["expected"]);
    assert_eq!(expected, micros(&projection["cost"]["low"]));
    assert_eq!(expected, micros(&projection["cost"]["high"]));

    // Who reads usage sees what it costs; the balance is for those who read that.
    let viewer = app.viewer_member().await.ok("usageProjection", Value::Null).await;
    assert_eq!(
        (&viewer["cost"], &viewer["balance"], &viewer["runway"]),
        (&projection["cost"], &json!(null), &json!(null))
    );
    let billing = app.member(Role::Billing, None).await.ok("usageProjection", Value::Null).await;
    assert_eq!(billing, projection);
    // In one workspace, what that one cost.
    let inside = app.member(Role::Admin, Some(app.second_workspace())).await.ok("usageProjection", Value::Null).await;
    assert_eq!((&inside["cost"]["spent"]["amount"], &inside["windowDays"]), (&json!("0.00"), &json!(0)));
}
