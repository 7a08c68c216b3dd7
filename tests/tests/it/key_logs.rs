//! What keys were presented for: the log, the sums of it, and the explanation of a decision.

use std::time::Duration;

use admin_server::settings::Settings;
use admin_server::store::key_logs;
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// A key, its secret, and a gateway that may verify it.
struct Used<'a> {
    app: &'a TestServer,
    id: Value,
    secret: String,
    gateway: Actor,
}

impl<'a> Used<'a> {
    async fn new(app: &'a TestServer, more: Value) -> Self {
        let mut input = json!({ "name": "k", "workspaceId": app.workspace() });
        input.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        let made = app.owner().ok("apiKeysCreate", input).await;
        let (id, secret) = (made["item"]["id"].clone(), made["secret"].as_str().unwrap().to_owned());
        Self { app, id, secret, gateway: app.gateway().await }
    }

    async fn present(&self, more: Value) -> Value {
        let mut body = json!({ "key": self.secret });
        body.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        let answer = self.gateway.post("/v1/keys/verify", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["code"].clone()
    }

    /// The log once it has so many entries.
    async fn logs(&self, entries: usize) -> Vec<Value> {
        let mut found = Vec::new();
        for _ in 0..100 {
            let page = self.app.owner().ok("apiKeysLogs", json!({ "id": self.id, "limit": 100 })).await;
            found = page["items"].as_array().unwrap().clone();
            if found.len() >= entries {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(found.len(), entries, "{found:?}");
        found
    }

    async fn usage(&self, more: Value) -> Value {
        let mut input = json!({ "id": self.id });
        input.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        self.app.owner().ok("apiKeysUsage", input).await
    }
}

fn calls(value: &Value) -> [i64; 3] {
    ["requests", "allowed", "denied"].map(|name| value[name].as_i64().unwrap())
}

#[tokio::test]
async fn every_verification_is_in_the_log_with_what_the_gateway_saw() {
    let app = TestServer::start().await;
    let project =
        app.owner().ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "p" })).await["id"].clone();
    let key = Used::new(&app, json!({ "scopes": ["functions:*"] })).await;
    let seen = json!({ "project": project, "resource": "functions", "ip": "::ffff:192.0.2.7", "userAgent": "curl/8\n", "cost": 3,
        "referrer": "https://ada:pw@app.example.com/a/b?token=secret#x" });
    assert_eq!(key.present(seen).await, "VALID");
    app.advance(SignedDuration::from_secs(1));
    assert_eq!(key.present(json!({ "scopes": ["data:read"], "cost": 0 })).await, "INSUFFICIENT_SCOPE");
    let log = key.logs(2).await;
    let (first, second) = (&log[1], &log[0]);
    assert!(first["latencyMicros"].as_i64().unwrap() >= 0);
    for (field, value) in [
        ("keyId", key.id.clone()),
        ("code", json!("VALID")),
        ("at", json!(format!("{:.3}", app.now() - SignedDuration::from_secs(1)))),
        ("projectId", project),
        ("resource", json!("functions")),
        ("ip", json!("192.0.2.7")),
        ("referrer", json!("https://app.example.com/a/b")),
        ("userAgent", json!("curl/8")),
        ("cost", json!(3)),
    ] {
        assert_eq!(first[field], value, "{field}");
    }
    assert_eq!(
        (&second["code"], &second["cost"], &second["ip"]),
        (&json!("INSUFFICIENT_SCOPE"), &json!(0), &Value::Null)
    );
    let one = app.owner().ok("apiKeysLog", json!({ "id": key.id, "logId": first["id"] })).await;
    assert_eq!(&one, first);
}

#[tokio::test]
async fn the_log_is_filtered_and_walked() {
    let app = TestServer::start().await;
    let key = Used::new(&app, json!({ "scopes": ["functions:*"] })).await;
    for second in 0..6 {
        let scope = if second % 3 == 0 { "data:read" } else { "functions:read" };
        key.present(json!({ "scopes": [scope], "resource": if second < 3 { "functions" } else { "data" } })).await;
        app.advance(SignedDuration::from_secs(1));
    }
    let all = key.logs(6).await;
    let at = |place: usize| all[place]["at"].clone();
    let count = async |filter: Value| {
        let mut input = filter;
        input["id"] = key.id.clone();
        app.owner().ok("apiKeysLogs", input).await["items"].as_array().unwrap().len()
    };
    for (filter, expected) in [
        (json!({ "status": "SUCCESS" }), 4),
        (json!({ "status": "DENIED" }), 2),
        (json!({ "code": "INSUFFICIENT_SCOPE" }), 2),
        (json!({ "code": "RATE_LIMITED" }), 0),
        (json!({ "resource": "data", "status": "SUCCESS" }), 2),
        (json!({ "from": at(4) }), 5),
        (json!({ "to": at(4) }), 1),
        (json!({ "from": at(4), "to": at(1) }), 3),
        (json!({ "versionId": all[0]["versionId"] }), 6),
        (json!({ "offset": 4 }), 2),
    ] {
        assert_eq!(count(filter.clone()).await, expected, "{filter}");
    }
    let mut walked = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page = app.owner().ok("apiKeysLogs", json!({ "id": key.id, "limit": 4, "cursor": cursor })).await;
        walked.extend(page["items"].as_array().unwrap().clone());
        cursor = page["nextCursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(walked, all);
}

#[tokio::test]
async fn who_may_read_a_key_reads_its_log_and_a_stranger_finds_nothing() {
    let app = TestServer::start().await;
    let key = Used::new(&app, json!({})).await;
    key.present(json!({})).await;
    let entry = key.logs(1).await.remove(0);
    let stranger = app.other_tenant().await;
    for (field, input) in [
        ("apiKeysLogs", json!({ "id": key.id })),
        ("apiKeysLog", json!({ "id": key.id, "logId": entry["id"] })),
        ("apiKeysUsage", json!({ "id": key.id })),
        ("apiKeysResourceUsage", json!({ "id": key.id, "resource": "functions" })),
        ("apiKeysExplain", json!({ "id": key.id })),
    ] {
        assert!(stranger.refused(field, input.clone()).await.starts_with("NOT_FOUND"), "{field}");
        app.owner().ok(field, input).await;
    }
    // A gateway of another tenant learns nothing of the key, and leaves no trace at it.
    let other = app.pat(&stranger, &["keys:verify"], None).await;
    assert_eq!(other.verdict(&key.secret).await, "NOT_FOUND");
    let another = Used::new(&app, json!({})).await;
    another.present(json!({})).await;
    let elsewhere = another.logs(1).await.remove(0);
    let refused = app.owner().refused("apiKeysLog", json!({ "id": key.id, "logId": elsewhere["id"] })).await;
    assert!(refused.starts_with("NOT_FOUND"), "{refused}");
    assert_eq!(key.logs(1).await.len(), 1);
    // What was deleted was used.
    app.advance(SignedDuration::from_secs(1));
    app.owner().ok("apiKeysDelete", key.id.clone()).await;
    assert_eq!(key.present(json!({})).await, "NOT_FOUND");
    assert_eq!(key.logs(2).await[0]["code"], "NOT_FOUND");
    assert_eq!(calls(&key.usage(json!({})).await["total"]), [2, 1, 1]);
}

#[tokio::test]
async fn usage_is_the_sum_of_the_log_in_every_zone_and_grouping() {
    let app = TestServer::start().await;
    let key = Used::new(&app, json!({ "scopes": ["functions:*"] })).await;
    // 30 calls, 97 minutes apart: two days, of which every third call is denied.
    for call in 0..30 {
        let scope = if call % 3 == 0 { "data:read" } else { "functions:read" };
        let resource = ["functions", "workflows", "agents"][call % 3];
        key.present(json!({ "scopes": [scope], "resource": resource })).await;
        app.advance(SignedDuration::from_mins(97));
    }
    let log = key.logs(30).await;
    let whole = json!({ "from": "2026-01-05T00:00:00Z", "to": "2026-01-08T00:00:00Z" });
    let with = |more: Value| {
        let mut input = whole.clone();
        input.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        input
    };
    for (zone, group_by) in [
        ("UTC", "DAY"),
        ("UTC", "HOUR"),
        ("Asia/Kolkata", "HOUR"),
        ("Asia/Kathmandu", "DAY"),
        ("America/New_York", "WEEK"),
        ("Pacific/Chatham", "MONTH"),
    ] {
        let usage = key.usage(with(json!({ "timeZone": zone, "groupBy": group_by }))).await;
        assert_eq!(calls(&usage["total"]), [30, 20, 10], "{zone} {group_by}");
        let mut seen = 0;
        for bucket in usage["buckets"].as_array().unwrap() {
            let inside = |entry: &&Value| {
                entry["at"].as_str() >= bucket["start"].as_str() && entry["at"].as_str() < bucket["end"].as_str()
            };
            let expected = i64::try_from(log.iter().filter(inside).count()).unwrap();
            assert_eq!(calls(&bucket["calls"])[0], expected, "{zone} {group_by} {bucket}");
            seen += expected;
        }
        assert_eq!(seen, 30);
    }
    let groups = async |input: Value| {
        let usage = key.usage(with(input)).await;
        assert_eq!(calls(&usage["other"]), [0, 0, 0]);
        usage["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| (group["value"].clone(), calls(&group["calls"])[0]))
            .collect::<Vec<_>>()
    };
    assert_eq!(groups(json!({ "by": "CODE" })).await, [(json!("VALID"), 20), (json!("INSUFFICIENT_SCOPE"), 10)]);
    assert_eq!(
        groups(json!({ "by": "RESOURCE", "resources": ["agents", "functions"] })).await,
        [(json!("agents"), 10), (json!("functions"), 10)]
    );
    assert_eq!(groups(json!({ "by": "PROJECT" })).await, [(Value::Null, 30)]);
    let of = app
        .owner()
        .ok(
            "apiKeysResourceUsage",
            json!({ "id": key.id, "resource": "functions", "from": whole["from"], "to": whole["to"] }),
        )
        .await;
    assert_eq!(calls(&of["total"]), [10, 0, 10]);
    // By the minute, the borders are whole minutes; else whole quarters of an hour. The seconds before the end belong to it.
    let minutes =
        key.usage(json!({ "from": "2026-01-05T09:00:00Z", "to": "2026-01-05T09:04:59Z", "groupBy": "MINUTE" })).await;
    assert_eq!((minutes["buckets"].as_array().unwrap().len(), calls(&minutes["total"])[0]), (5, 1));
    let days = key.usage(json!({ "from": "2026-01-05T00:00:01Z", "to": "2026-01-06T23:59:59Z" })).await;
    assert_eq!((&days["from"], &days["to"]), (&json!("2026-01-05T00:00:00.000Z"), &json!("2026-01-07T00:00:00.000Z")));
}

#[tokio::test]
async fn usage_for_a_project_and_its_cost() {
    let app = TestServer::start().await;
    let project =
        app.owner().ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "p" })).await["id"].clone();
    let key = Used::new(&app, json!({})).await;
    key.present(json!({ "project": project, "resource": "functions" })).await;
    key.present(json!({ "resource": "functions" })).await;
    let reporter = app.pat(app.owner(), &["usage:write"], None).await;
    let event = json!({ "id": "e", "at": format!("{:.3}", app.now()), "key": key.id, "project": project, "costMicroUsd": 1_500_000 });
    assert_eq!(reporter.post("/v1/usage/events", &json!({ "events": [event] })).await.status, 200);
    key.logs(2).await;
    let of =
        app.owner().ok("apiKeysProjectUsage", json!({ "id": key.id, "projectId": project, "by": "PROJECT" })).await;
    assert_eq!(calls(&of["total"]), [1, 1, 0]);
    assert_eq!((&of["cost"]["amount"], &of["groups"][0]["value"]), (&json!("1.50"), &project));
    let elsewhere =
        app.owner().ok("projectsCreate", json!({ "workspaceId": app.second_workspace(), "name": "q" })).await;
    let refused =
        app.owner().refused("apiKeysProjectUsage", json!({ "id": key.id, "projectId": elsewhere["id"] })).await;
    assert!(refused.starts_with("NOT_FOUND"), "{refused}");
}

#[tokio::test]
async fn each_secret_says_when_and_from_where_it_was_last_used() {
    let app = TestServer::start().await;
    let old = Used::new(&app, json!({})).await;
    let never = Used::new(&app, json!({})).await;
    old.present(json!({ "ip": "192.0.2.7", "userAgent": "old/1" })).await;
    app.advance(SignedDuration::from_secs(60));
    let rotated = app.owner().ok("apiKeysRotate", json!({ "id": old.id })).await;
    let new = Used {
        app: &app,
        id: old.id.clone(),
        secret: rotated["secret"].as_str().unwrap().to_owned(),
        gateway: app.gateway().await,
    };
    new.present(json!({ "ip": "198.51.100.1", "userAgent": "new/2" })).await;
    let mut found = Value::Null;
    for _ in 0..100 {
        found = app.owner().ok("apiKeysGet", old.id.clone()).await;
        if found["versions"][0]["lastUsedAt"].is_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let used = |version: &Value| ["lastUsedAt", "lastUsedIp", "lastUsedUserAgent"].map(|name| version[name].clone());
    let (now, then) = (format!("{:.3}", app.now()), format!("{:.3}", app.now() - SignedDuration::from_secs(60)));
    assert_eq!(used(&found["versions"][0]), [json!(now), json!("198.51.100.1"), json!("new/2")]);
    assert_eq!(used(&found["versions"][1]), [json!(then), json!("192.0.2.7"), json!("old/1")]);
    assert_eq!(found["lastUsedAt"], json!(now));
    let list = async |filter: Value| {
        let page = app.owner().ok("apiKeysList", filter).await;
        page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(list(json!({ "lastUsedFrom": now })).await, std::slice::from_ref(&old.id));
    assert_eq!(list(json!({ "lastUsedTo": now })).await, Vec::<Value>::new());
    assert_eq!(app.owner().ok("apiKeysGet", never.id.clone()).await["lastUsedAt"], Value::Null);
    let backwards = json!({ "lastUsedFrom": now, "lastUsedTo": then });
    assert!(app.owner().refused("apiKeysList", backwards).await.starts_with("BAD_USER_INPUT [lastUsedFrom]"));
}

#[tokio::test]
async fn entries_go_after_their_time_and_the_sums_stay() {
    let app = TestServer::start_as(Settings { key_log_days: 7, ..Settings::default() }).await;
    let key = Used::new(&app, json!({})).await;
    for _ in 0..3 {
        key.present(json!({})).await;
    }
    key.logs(3).await;
    let then = app.now();
    app.advance(SignedDuration::from_hours(6 * 24));
    key.present(json!({})).await;
    key.logs(4).await;
    app.advance(SignedDuration::from_hours(24) + SignedDuration::from_mins(1));
    // Only what is in the sums is taken out, which may take a second.
    for _ in 0..40 {
        app.server().control_plane().sweep().await.unwrap();
        if app.owner().ok("apiKeysLogs", json!({ "id": key.id })).await["items"].as_array().unwrap().len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    key.logs(1).await;
    let from = format!("{then:.3}");
    assert_eq!(calls(&key.usage(json!({ "from": from, "groupBy": "HOUR" })).await["total"])[0], 4);
    let minutes = json!({ "id": key.id, "from": from, "to": format!("{:.3}", then + SignedDuration::from_mins(5)), "groupBy": "MINUTE" });
    let refused = app.owner().refused("apiKeysUsage", minutes).await;
    assert!(
        refused.starts_with("BAD_USER_INPUT [from]") && refused.contains("single minutes are known from"),
        "{refused}"
    );
    let checked = app.server().control_plane().check(&[]).await.unwrap();
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
}

#[tokio::test]
async fn an_entry_from_the_future_keeps_none_behind_it() {
    let app = TestServer::start_as(Settings { key_log_days: 1, ..Settings::default() }).await;
    let key = Used::new(&app, json!({})).await;
    let control_plane = app.server().control_plane();
    let (now, id) = (app.now(), key.id.as_str().unwrap().to_owned());
    key.present(json!({})).await;
    key.logs(1).await;
    // One whose clock was ahead, and then more than one step of the pruning.
    let write = move |tx: &mut admin_server::store::Tx<'_>| {
        let mut state = key_logs::state(tx)?;
        let mut entries = Vec::new();
        for number in 0..12_000 {
            let at = if number == 0 { now + SignedDuration::from_hours(9_000) } else { now };
            let random = &admin_server::random::SystemRandom;
            entries.push(admin_server::model::LogEntry {
                id: admin_server::ids::LogId::new(at, random),
                key_id: id.parse().unwrap(),
                version_id: admin_server::ids::VersionId::new(at, random),
                at,
                verdict: "VALID".parse().unwrap(),
                project_id: None,
                resource: None,
                ip: None,
                referrer: None,
                user_agent: None,
                cost: 1,
                micros: 1,
            });
        }
        key_logs::insert(tx, state.last, &entries)?;
        state.last += 12_000;
        state.summed = state.last;
        Ok(key_logs::set_state(tx, &state)?)
    };
    control_plane.store().write(write).await.unwrap();
    app.advance(SignedDuration::from_hours(25));
    control_plane.sweep().await.unwrap();
    let left = || control_plane.store().read(|tx| Ok(tx.query("SELECT number FROM api_key_logs", &[])?.len()));
    assert_eq!(left().await.unwrap(), 1);
    control_plane.sweep().await.unwrap();
    assert_eq!(left().await.unwrap(), 1);
}

#[tokio::test]
async fn what_a_client_calls_a_project_stays_in_no_sum() {
    let app = TestServer::start().await;
    let key = Used::new(&app, json!({})).await;
    let project =
        app.owner().ok("projectsCreate", json!({ "name": "p", "workspaceId": app.workspace() })).await["id"].clone();
    let strange = "prj_01ke6p4ym0ekgvwf5ax0m481sv";
    key.present(json!({ "project": project })).await;
    key.present(json!({ "project": strange })).await;
    key.logs(2).await;
    let usage = key.usage(json!({ "by": "PROJECT" })).await;
    let mut found: Vec<String> =
        usage["groups"].as_array().unwrap().iter().map(|group| group["value"].to_string()).collect();
    found.sort();
    assert_eq!(found, [project.to_string(), "null".to_owned()]);
}

#[tokio::test]
async fn the_check_finds_sums_that_are_not_those_of_the_log() {
    let app = TestServer::start().await;
    let key = Used::new(&app, json!({})).await;
    key.present(json!({})).await;
    key.logs(1).await;
    let store = app.server().control_plane().store();
    let findings = async || {
        let checked = app.server().control_plane().check(&[]).await.unwrap();
        checked.findings.into_iter().map(|finding| finding.to_string()).collect::<Vec<_>>()
    };
    for _ in 0..60 {
        let sums = store.read(|tx| Ok(tx.query("SELECT calls FROM api_key_log_sums", &[])?.len())).await.unwrap();
        if sums == 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(findings().await.is_empty());
    store
        .write(|tx| Ok(tx.execute("UPDATE api_key_log_sums SET calls = 3 WHERE grain = 3600000000", &[])?))
        .await
        .unwrap();
    let found = findings().await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("the 60 minutes from 2026-01-05T09:00:00.000Z are off by 2 from the entries"),
        "{found:?}"
    );
    assert!(found[1].contains("off by 2 from those counted for its quarters"), "{found:?}");
}

#[tokio::test]
async fn what_is_no_question_about_usage_is_refused() {
    let app = TestServer::start().await;
    let key = Used::new(&app, json!({})).await;
    let mut told = Vec::new();
    for (field, input) in [
        ("apiKeysUsage", json!({ "from": "2026-01-05T00:00:00Z", "to": "2026-01-04T00:00:00Z" })),
        ("apiKeysUsage", json!({ "from": "2021-01-05T00:00:00Z", "to": "2026-01-05T00:00:00Z", "groupBy": "MINUTE" })),
        ("apiKeysUsage", json!({ "from": "2026-01-04T00:00:00Z", "to": "2026-01-05T00:00:00Z", "groupBy": "MINUTE" })),
        ("apiKeysUsage", json!({ "timeZone": "Mars/Olympus" })),
        ("apiKeysUsage", json!({ "resources": vec!["a"; 51] })),
        ("apiKeysLogs", json!({ "offset": 1_000_000_000 })),
        ("apiKeysLogs", json!({ "limit": 101 })),
        ("apiKeysLogs", json!({ "from": "2026-01-05T00:00:00Z", "to": "2026-01-04T00:00:00Z" })),
        ("apiKeysLogs", json!({ "versionId": "key_1" })),
        ("apiKeysExplain", json!({ "ip": "1.2.3" })),
        ("apiKeysExplain", json!({ "cost": -1 })),
        ("apiKeysExplain", json!({ "scopes": ["functions:raed"] })),
    ] {
        let mut input = input;
        input["id"] = key.id.clone();
        told.push(app.owner().refused(field, input).await);
    }
    insta::assert_snapshot!(told.join("\n"));
    let too_many =
        key.gateway.post("/v1/keys/verify", &json!({ "key": key.secret, "resource": "r".repeat(101) })).await;
    assert_eq!((too_many.status, &too_many.body["error"]["field"]), (400, &json!("resource")));
    let no_project = key.gateway.post("/v1/keys/verify", &json!({ "key": key.secret, "project": "search" })).await;
    assert_eq!((no_project.status, &no_project.body["error"]["field"]), (400, &json!("project")));
}

#[tokio::test]
async fn a_decision_is_explained_check_by_check_and_costs_nothing() {
    let app = TestServer::start().await;
    let rules = json!({ "scopes": ["functions:*"], "budget": { "usd": "5", "period": "DAY" }, "restrictions": {
        "ipAddresses": ["192.0.2.0/24"], "rateLimit": { "requests": 1, "period": "HOUR" },
        "timeRestrictions": { "daysOfWeek": ["MONDAY"], "hoursOfDay": [9, 10], "timezone": "Europe/Berlin" } } });
    let key = Used::new(&app, rules).await;
    let explain = async |more: Value| {
        let mut input = more;
        input["id"] = key.id.clone();
        let told = app.owner().ok("apiKeysExplain", input).await;
        let step = |step: &Value| {
            format!(
                "{} {}: {}",
                step["check"].as_str().unwrap(),
                step["outcome"].as_str().unwrap(),
                step["why"].as_str().unwrap()
            )
        };
        let steps: Vec<String> = told["steps"].as_array().unwrap().iter().map(step).collect();
        format!("{} at {} from {}\n{}", told["code"], told["at"], told["allowedFrom"], steps.join("\n"))
    };
    let good = json!({ "ip": "192.0.2.7", "scopes": ["functions:read"] });
    let mut told = vec![explain(good.clone()).await, explain(good.clone()).await];
    assert_eq!(told[0], told[1], "nothing is taken of the rate limit");
    told.remove(0);
    told.push(explain(json!({ "ip": "203.0.113.9" })).await);
    told.push(explain(json!({ "ip": "192.0.2.7", "at": "2026-01-06T08:00:00Z" })).await);
    assert_eq!(key.present(json!({ "ip": "192.0.2.7" })).await, "VALID");
    told.push(explain(good).await);
    insta::assert_snapshot!(told.join("\n\n"));
    key.logs(1).await;
}
