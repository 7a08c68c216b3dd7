//! What a key was used for, in the shell: usage with its bars, the log, and the explanation of a decision.

use serde_json::{Value, json};

use crate::harness::{Api, Home};

fn money(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

fn calls(allowed: i64, denied: i64) -> Value {
    json!({ "requests": allowed + denied, "allowed": allowed, "denied": denied })
}

fn usage(by: bool) -> Value {
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
