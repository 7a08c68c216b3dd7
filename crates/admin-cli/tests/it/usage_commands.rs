//! Usage in the shell: summaries with their bars, the projection, and reports from a file.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home};

fn money(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

fn amounts(requests: i64, cost: &str, own: &str) -> Value {
    json!({ "requests": requests, "inputTokens": requests * 100, "outputTokens": requests * 10, "cost": money(cost), "debited": money(cost),
        "own": money(own) })
}

fn bucket(start: &str, end: &str, amounts: &Value) -> Value {
    json!({ "start": start, "end": end, "amounts": amounts, "groups": [] })
}

fn summary(by: bool) -> Value {
    let group = |model: Value, amounts: Value| json!({ "keyId": null, "projectId": null, "resource": null, "model": model, "amounts": amounts });
    json!({
        "from": "2026-11-19T12:00:00.000Z", "to": "2026-11-22T23:00:00.000Z", "groupBy": "DAY", "timeZone": "Europe/Berlin",
        "total": amounts(9, "4.00", "0.00"),
        "buckets": [
            bucket("2026-11-19T12:00:00.000Z", "2026-11-19T23:00:00.000Z", &amounts(1, "0.10", "0.00")),
            bucket("2026-11-19T23:00:00.000Z", "2026-11-20T23:00:00.000Z", &amounts(0, "0.00", "0.00")),
            bucket("2026-11-20T23:00:00.000Z", "2026-11-21T23:00:00.000Z", &amounts(3, "1.30", "0.00")),
            bucket("2026-11-21T23:00:00.000Z", "2026-11-22T23:00:00.000Z", &amounts(5, "2.60", "0.00")),
        ],
        "groups": if by { json!([group(json!("gpt\u{1b}"), amounts(8, "3.90", "0.00")), group(Value::Null, amounts(1, "0.10", "0.00"))]) } else { json!([]) },
        "other": if by { amounts(0, "0.00", "0.00") } else { Value::Null },
    })
}

#[test]
fn a_summary_is_a_table_with_bars_or_of_what_was_told_apart() {
    let home = Home::new();
    let api = Api::answering("UsageSummary", summary(false));
    insta::assert_snapshot!(home.calls(&api, ["usage", "summary"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    WHAT                    REQUESTS  TOKENS IN  TOKENS OUT  USD   DEBITED  OWN
    2026-11-19 13:00+01:00  1         100        10          0.10  0.10     0.00  ▉
    2026-11-20              0         0          0           0.00  0.00     0.00
    2026-11-21              3         300        30          1.30  1.30     0.00  ██████████
    2026-11-22              5         500        50          2.60  2.60     0.00  ████████████████████
    total                   9         900        90          4.00  4.00     0.00
    ----- stderr -----
    ");
    let lines = home.calls(&api, ["usage", "summary", "-o", "jsonl"]).outcome();
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, *summary(false)["buckets"].as_array().unwrap());
    assert_eq!(home.calls(&api, ["usage", "summary", "-o", "json"]).outcome().json(), summary(false));

    let api = Api::answering("UsageSummary", summary(true));
    insta::assert_snapshot!(home.calls(&api, ["usage", "summary", "--by", "model"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    WHAT          REQUESTS  TOKENS IN  TOKENS OUT  USD   DEBITED  OWN
    gpt�          8         800        80          3.90  3.90     0.00
    (none named)  1         100        10          0.10  0.10     0.00
    other         0         0          0           0.00  0.00     0.00
    total         9         900        90          4.00  4.00     0.00
    ----- stderr -----
    ");
    let lines = home.calls(&api, ["usage", "summary", "--by", "model", "-o", "jsonl"]).outcome();
    assert_eq!(lines.stdout.lines().count(), 2, "the groups");
    insta::assert_snapshot!(home.calls(&api, ["usage", "summary", "--by", "color"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'color' for '--by <WHAT>'
      [possible values: key, project, resource, model]

    For more information, try '--help'.
    ");
}

fn spending(expected: Option<&str>) -> Value {
    let method = if expected.is_some() { "WEEKDAY_MEANS" } else { "NOT_ENOUGH_HISTORY" };
    let amount = expected.map(money);
    json!({ "method": method, "spent": money("7.75"), "perDay": money("0.785714"), "expected": amount, "low": amount, "high": amount })
}

fn projection(expected: Option<&str>) -> Value {
    let runway = expected.map(|_| json!({ "days": 120, "earliest": 90, "latest": null }));
    json!({
        "at": "2026-11-22T09:30:00.000Z", "periodStart": "2026-11-01T00:00:00.000Z", "periodEnd": "2026-12-01T00:00:00.000Z", "daysLeft": 9,
        "windowStart": expected.map(|_| "2026-10-25T00:00:00.000Z"), "windowEnd": expected.map(|_| "2026-11-22T00:00:00.000Z"),
        "windowDays": if expected.is_some() { 28 } else { 0 }, "confidencePercent": 80, "cost": spending(expected), "debited": spending(expected),
        "balance": expected.map(|_| money("94.29")), "runway": runway,
    })
}

#[test]
fn a_projection_says_what_it_knows() {
    let home = Home::new();
    let api = Api::answering("UsageProjection", projection(Some("22.62")));
    insta::assert_snapshot!(home.calls(&api, ["usage", "projection"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    month           2026-11-01T00:00:00.000Z
    until           2026-12-01T00:00:00.000Z
    left            9 days, today included
    goes by         28 days from 2026-10-25T00:00:00.000Z
    spent           7.75 USD
    a day           0.785714 USD
    expected        22.62 USD, between 22.62 and 22.62 in 80 of 100 cases
    debited         7.75 USD
    debited a day   0.785714 USD
    debit expected  22.62 USD, between 22.62 and 22.62 in 80 of 100 cases
    balance         94.29 USD
    it lasts        120 days, from 90 days to more than ten years

    spent     ██████▉               7.75 USD
    at least  ████████████████████  22.62 USD
    expected  ████████████████████  22.62 USD
    at most   ████████████████████  22.62 USD
    ----- stderr -----
    ");
    let api = Api::answering("UsageProjection", projection(None));
    insta::assert_snapshot!(home.calls(&api, ["usage", "projection"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    month           2026-11-01T00:00:00.000Z
    until           2026-12-01T00:00:00.000Z
    left            9 days, today included
    goes by         no whole day yet
    spent           7.75 USD
    a day           0.785714 USD
    expected        no number (NOT_ENOUGH_HISTORY)
    debited         7.75 USD
    debited a day   0.785714 USD
    debit expected  no number (NOT_ENOUGH_HISTORY)
    ----- stderr -----
    ");
}

fn line(id: usize) -> String {
    json!({ "id": format!("e{id}"), "at": "2026-11-22T09:30:00.000Z", "key": "key_1", "costMicroUsd": 5 }).to_string()
        + "\n"
}

#[test]
fn a_file_of_events_is_reported_a_thousand_at_a_time() {
    let home = Home::new();
    let api =
        Api::new().takes_usage(ResponseTemplate::new(200).set_body_json(json!({ "accepted": 3, "duplicates": 2 })));
    let file = home.path().join("events.jsonl");
    std::fs::write(&file, format!("\n{}", (0..2_001).map(line).collect::<String>())).unwrap();
    insta::assert_snapshot!(home.calls(&api, ["usage", "report", "--file", file.to_str().unwrap()]).outcome(), @"
    exit code: 0
    ----- stdout -----
    accepted        9
    counted before  6
    ----- stderr -----
    ");
    let sent: Vec<Value> = api.requests().iter().map(|request| request.body_json().unwrap()).collect();
    let counts: Vec<usize> = sent.iter().map(|report| report["events"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [1000, 1000, 1]);
    assert_eq!(sent[0]["events"][0], serde_json::from_str::<Value>(&line(0)).unwrap());
    // By standard input.
    home.calls(&api, ["usage", "report", "--file", "-"]).stdin(&line(7)).outcome();
    assert_eq!(api.requests()[3].body_json::<Value>().unwrap()["events"][0]["id"], "e7");
}

#[test]
fn what_cannot_be_reported_is_named_by_its_line() {
    let home = Home::new();
    let refusal = json!({ "error": { "code": "BAD_USER_INPUT", "message": "nothing was kept because of one event", "requestId": "req_1",
        "events": [{ "index": 1, "id": "e1", "code": "NOT_FOUND", "field": "key", "message": "`key`: there is no such API key" }] } });
    let api = Api::new().takes_usage(ResponseTemplate::new(400).set_body_json(refusal));
    let report = |text: &str| home.calls(&api, ["usage", "report", "--file", "-"]).stdin(text).outcome();
    insta::assert_snapshot!(report(&format!("\n{}\n{}", line(0), line(1))), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    warning: line 4: `key`: there is no such API key (NOT_FOUND)
    error: nothing was kept because of one event (BAD_USER_INPUT, req_1)
    ");
    let amounts = [json!(-1), json!(1.5), json!("12"), Value::Null];
    let told = amounts.map(|amount| {
        let line = json!({ "id": "e", "at": "2026-11-22T09:30:00Z", "key": "key_1", "costMicroUsd": amount });
        report(&line.to_string()).stderr.lines().next().unwrap_or_default().to_owned()
    });
    insta::assert_snapshot!(told.join("\n"), @"
    error: line 1 is no event: `costMicroUsd` is -1, and must be a whole number of at least 0; 0 events before it were reported (BAD_USER_INPUT)
    error: line 1 is no event: `costMicroUsd` is 1.5, and must be a whole number of at least 0; 0 events before it were reported (BAD_USER_INPUT)
    error: line 1 is no event: `costMicroUsd` is no number; 0 events before it were reported (BAD_USER_INPUT)
    error: line 1 is no event: `costMicroUsd` is no number; 0 events before it were reported (BAD_USER_INPUT)
    ");
    assert!(report(r#"{"id": "e"}"#).stderr.contains("line 1 is no event: `at` is absent; 0 events"));
    insta::assert_snapshot!(report("{\"id\": \"tt_live_secret\"\n"), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: line 1 is no event: column 23; 0 events before it were reported (BAD_USER_INPUT)
    hint: each line is one event, such as {"id":"e1","at":"2026-11-22T09:30:00Z","key":"key_…","costMicroUsd":1200}
    "#);
    insta::assert_snapshot!(home.calls(&api, ["usage", "report", "--file", "/nowhere/events.jsonl"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `/nowhere/events.jsonl` cannot be read: No such file or directory (os error 2) (BAD_USER_INPUT)
    hint: name a file of events, or `-` for standard input
    ");
    insta::assert_snapshot!(home.calls(&api, ["usage", "report", "--file", "-", "--idempotency-key", "k"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `aisetu usage report` takes no `--idempotency-key`: each event counts once by its own id (BAD_USER_INPUT)
    ");
}
