//! What a key was used for, in the shell: usage with its bars, the log, and the explanation of a decision.

use std::sync::Mutex;

use serde_json::{Value, json};
use wiremock::{Request, Respond, ResponseTemplate};

use crate::harness::{Api, Home, samples};
#[cfg(unix)]
use crate::harness::{signal, wait};

fn money(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

fn calls(allowed: i64, denied: i64) -> Value {
    json!({ "requests": allowed + denied, "allowed": allowed, "denied": denied })
}

pub(crate) fn usage(by: bool) -> Value {
    let bucket = |start: &str, end: &str, calls: Value, cost: &str| json!({ "start": start, "end": end, "calls": calls, "cost": money(cost) });
    let group = |value: Value, calls: Value| json!({ "value": value, "calls": calls });
    json!({
        "keyId": "key_1", "from": "2026-11-19T23:00:00.000Z", "to": "2026-11-22T23:00:00.000Z", "groupBy": "DAY",
        "timeZone": "Europe/Berlin", "total": calls(1_010, 30), "cost": money("1.50"),
        "buckets": [
            bucket("2026-11-19T23:00:00.000Z", "2026-11-20T23:00:00.000Z", calls(10, 0), "0.10"),
            bucket("2026-11-20T23:00:00.000Z", "2026-11-21T23:00:00.000Z", calls(0, 0), "0.00"),
            bucket("2026-11-21T23:00:00.000Z", "2026-11-22T23:00:00.000Z", calls(1_000, 30), "1.40"),
        ],
        "groups": if by { json!([group(json!("functions"), calls(1_000, 20)), group(Value::Null, calls(10, 10))]) } else { json!([]) },
        "other": if by { calls(0, 0) } else { Value::Null },
    })
}

#[test]
fn usage_is_drawn_beside_its_numbers() {
    let home = Home::new();
    let api = Api::answering("ApiKeysUsage", usage(false));
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "usage", "key_1"]).outcome());
    let plain = home.calls(&api, ["api-keys", "usage", "key_1", "--plain"]).outcome();
    assert!(plain.stdout.is_ascii() && plain.stdout.contains("  ####################"), "{}", plain.stdout);
    assert_eq!(home.calls(&api, ["api-keys", "usage", "key_1", "-o", "json"]).outcome().json(), usage(false));
    let lines = home.calls(&api, ["api-keys", "usage", "key_1", "-o", "jsonl"]).outcome();
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, *usage(false)["buckets"].as_array().unwrap());
    let api = Api::answering("ApiKeysUsage", usage(true));
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "usage", "key_1", "--by", "resource"]).outcome());
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "usage", "key_1", "--by", "colour"]).outcome());
}

/// Answers with one after the other, and with the last from then on.
struct InTurn(&'static str, Mutex<Vec<Value>>);

impl Respond for InTurn {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let mut left = self.1.lock().unwrap();
        let answer = if left.len() > 1 { left.remove(0) } else { left[0].clone() };
        ResponseTemplate::new(200).set_body_json(json!({ "data": { self.0: answer } }))
    }
}

#[test]
fn a_rotation_is_watched_until_the_old_secret_has_ended() {
    let home = Home::new();
    let call = |number: i32, at: &str, ip: Value, agent: &str| {
        json!({
            "id": format!("log_{number}"), "keyId": "key_1", "versionId": "ver_1", "at": at, "code": "VALID", "projectId": null,
            "resource": null, "ip": ip, "referrer": null, "userAgent": agent, "cost": 1, "latencyMicros": 41,
        })
    };
    let page = |items: Value| json!({ "items": items, "nextCursor": null, "totalCount": null });
    let first = call(1, "2026-11-22T09:30:00.000Z", json!("192.0.2.7"), "curl\u{1b}[2J");
    let again = call(2, "2026-11-22T09:30:59.000Z", json!("192.0.2.7"), "curl\u{1b}[2J");
    let other = call(3, "2026-11-22T09:30:59.500Z", Value::Null, "axios/1.7");
    let logs = vec![page(json!([first])), page(json!([other, again, first]))];
    let mut rotating = samples::rotating_api_key();
    rotating["versions"][1]["lastUsedIp"] = json!("192.0.2.7");
    let used = |at: &str| {
        let mut key = rotating.clone();
        key["versions"][1]["lastUsedAt"] = json!(at);
        key
    };
    let [before, once, more] =
        ["2026-11-22T09:00:00.000Z", "2026-11-22T09:30:00.000Z", "2026-11-22T09:30:59.500Z"].map(used);
    let rotating = before.clone();
    let mut finished = samples::api_key();
    finished["versions"] = json!([rotating["versions"][0]]);
    let keys = |first: Value, last: Value| {
        let answers = vec![first, once.clone(), more.clone(), last];
        InTurn("apiKeysGet", Mutex::new(answers))
    };
    let api = |before, last| {
        Api::answering("ApiKeysRotate", samples::issued(&rotating, &samples::new_key()))
            .responds("ApiKeysGet", keys(before, last))
            .responds("ApiKeysLogs", InTurn("apiKeysLogs", Mutex::new(logs.clone())))
    };
    let arguments = "api-keys rotate key_1 --yes --watch --save-to file:key".split(' ');
    insta::assert_snapshot!(home.calls(&api(samples::api_key(), finished), arguments).outcome(), @"
    exit code: 0
    ----- stdout -----
    id                key_1
    name              ci
    description       for the build
    environment       LIVE
    state             ACTIVE
    hint              …C63W
    scopes            inference:*
    workspace         ws_prod
    created           2026-11-01T08:00:00.000Z
    created by        usr_1
    metadata          team=core
    old secret        …v1v1
    it works until    2026-11-23T09:30:00.000Z
    it was last used  2026-11-22T09:00:00.000Z
    by                192.0.2.7
    ----- stderr -----
    the secret (…C63W) is in `key`
    watching the old secret …v1v1, which works until 2026-11-23T09:30:00.000Z; `aisetu api-keys finish-rotation key_1` ends it, Ctrl-C ends the watching
    it was last presented at 2026-11-22T09:00:00.000Z from 192.0.2.7
    2026-11-22T09:30:00.000Z the old secret was presented from 192.0.2.7 by curl�[2J: VALID
    2026-11-22T09:30:59.500Z the old secret was presented by axios/1.7: VALID
    the old secret …v1v1 has ended
    ");
    // What is in progress is watched, and nothing else is done.
    let in_progress = api(rotating.clone(), samples::api_key());
    insta::assert_snapshot!(home.calls(&in_progress, "keys rotate key_1 --yes --watch -o jsonl".split(' ')).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {"id":"key_1","workspaceId":"ws_prod","name":"ci","description":"for the build","environment":"LIVE","state":"ACTIVE","hint":"C63W","projects":null,"scopes":["inference:*"],"restrictions":{"ipAddresses":null,"referrers":null,"rateLimit":null,"timeRestrictions":null},"budget":null,"metadata":{"team":"core"},"versions":[{"id":"ver_1","number":1,"hint":"v1v1","createdAt":"2026-11-01T08:00:00.000Z","expiresAt":null,"lastUsedAt":null,"lastUsedIp":null,"lastUsedUserAgent":null}],"revocation":null,"createdBy":"usr_1","createdAt":"2026-11-01T08:00:00.000Z","expiresAt":null,"lastUsedAt":null,"deletedAt":null}
    ----- stderr -----
    {"note":{"message":"a rotation is in progress, so no new secret is made"}}
    {"note":{"message":"watching the old secret …v1v1, which works until 2026-11-23T09:30:00.000Z; `aisetu api-keys finish-rotation key_1` ends it, Ctrl-C ends the watching"}}
    {"note":{"message":"it was last presented at 2026-11-22T09:00:00.000Z from 192.0.2.7"}}
    {"note":{"message":"2026-11-22T09:30:00.000Z the old secret was presented from 192.0.2.7 by curl�[2J: VALID"}}
    {"note":{"message":"2026-11-22T09:30:59.500Z the old secret was presented by axios/1.7: VALID"}}
    {"note":{"message":"the old secret …v1v1 is the only one again: the rotation was rolled back"}}
    "#);
    // There is no new secret that this could be about.
    for about_it in ["--grace 1h", "--expires 90d", "--save-to file:other"] {
        let line = format!("keys rotate key_1 --yes --watch {about_it}");
        let refused = home.calls(&api(rotating.clone(), samples::api_key()), line.split(' ')).outcome();
        assert!(refused.code == Some(2) && refused.stderr.contains("is in progress"), "{refused}");
    }
    assert!(!in_progress.asked().iter().any(|asked| asked.starts_with("ApiKeysRotate")));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_watching_and_no_more() {
    let home = Home::new();
    let api = Api::answering("ApiKeysGet", samples::rotating_api_key());
    let child = home.calls(&api, ["api-keys", "rotate", "key_1", "--watch"]).spawn();
    // The first look is before it watches.
    while api.asked().len() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    signal(child.id(), "INT");
    let output = wait(child);
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b""[..]));
}

#[test]
fn the_log_is_a_table_and_an_entry_has_all() {
    let home = Home::new();
    let entry = json!({
        "id": "log_1", "keyId": "key_1", "versionId": "ver_1", "at": "2026-11-22T09:30:00.000Z", "code": "RATE_LIMITED",
        "projectId": null, "resource": "functions", "ip": "192.0.2.7", "referrer": "https://app.example.com/a",
        "userAgent": "curl\u{1b}[2J", "cost": 1, "latencyMicros": 41,
    });
    let page = json!({ "items": [entry], "nextCursor": "c_2", "totalCount": null });
    let api = Api::answering("ApiKeysLogs", page);
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "logs", "key_1", "--status", "denied"]).outcome());
    let api = Api::answering("ApiKeysLog", entry.clone());
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "log", "key_1", "log_1"]).outcome());
    assert_eq!(home.calls(&api, ["api-keys", "log", "key_1", "log_1", "-o", "json"]).outcome().json(), entry);
}

#[test]
fn a_decision_is_explained_line_by_line() {
    let home = Home::new();
    let step = |check: &str, outcome: &str, why: &str| json!({ "check": check, "outcome": outcome, "why": why });
    let explained = json!({
        "valid": false, "code": "OUTSIDE_TIME_WINDOW", "at": "2026-11-22T09:30:00.000Z", "allowedFrom": "2026-11-23T08:00:00.000Z",
        "steps": [step("IP_ADDRESS", "UNRESTRICTED", "the key may be used from any address"),
            step("TIME", "FAILED", "it is Sunday 10:30 in Europe/Berlin"), step("RATE_LIMIT", "SKIPPED", "an earlier check denies")],
    });
    let api = Api::answering("ApiKeysExplain", explained.clone());
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "explain", "key_1"]).outcome());
    assert_eq!(home.calls(&api, ["api-keys", "explain", "key_1", "-o", "json"]).outcome().json(), explained);
}
