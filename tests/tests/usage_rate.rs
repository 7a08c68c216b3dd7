//! How fast usage is taken and summed. A measurement and no test of a bound: machines differ.
//!
//! `cargo test --release --package aisetu-tests --test usage_rate -- --ignored --nocapture`

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Instant;

use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

const REPORTS: i64 = 500;
const KEYS: i64 = 20;

/// A report of 1,000 events with 20 keys and 4 models, within a quarter of an hour.
fn report(app: &TestServer, keys: &[Value], number: i64) -> Value {
    let begin = app.now() - SignedDuration::from_mins(85 * (number % REPORTS));
    let event = |event: i64| {
        let at = begin - SignedDuration::from_millis(event * 900);
        let key = &keys[usize::try_from(event % KEYS).unwrap()];
        json!({ "id": format!("{number}-{event}"), "at": format!("{at:.3}"), "key": key, "model": format!("model-{}", event / KEYS % 4),
            "resource": "inference", "inputTokens": 812, "outputTokens": 164, "costMicroUsd": 3_670 })
    };
    json!({ "events": (0..1000).map(event).collect::<Vec<_>>() })
}

async fn send(gateway: &Actor, reports: &[Value]) {
    for report in reports {
        let answer = gateway.post("/v1/usage/events", report).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn rate(events: i64, begun: Instant) -> f64 {
    events as f64 / begun.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn how_fast_usage_is_taken_and_summed() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestServer::start_in(folder.path()).await;
    let mut keys = Vec::new();
    for _ in 0..KEYS {
        let made = app.owner().ok("apiKeysCreate", json!({ "workspaceId": app.workspace(), "name": "k" })).await;
        keys.push(made["item"]["id"].clone());
    }
    let (gateway, _) = app.service(&["usage:write"], None).await;
    let reports: Vec<Value> = (0..2 * REPORTS).map(|number| report(&app, &keys, number)).collect();
    let (first, second) = reports.split_at(reports.len() / 2);

    let begun = Instant::now();
    send(&gateway, first).await;
    println!("one sender: {:.0} events/s in reports of 1,000", rate(REPORTS * 1000, begun));
    let begun = Instant::now();
    let mut sending = tokio::task::JoinSet::new();
    for part in second.chunks(second.len() / 4) {
        let (gateway, part) = (gateway.clone(), part.to_vec());
        sending.spawn(async move { send(&gateway, &part).await });
    }
    sending.join_all().await;
    println!("four senders: {:.0} events/s", rate(REPORTS * 1000, begun));
    let begun = Instant::now();
    send(&gateway, &first[..100]).await;
    println!("sent again, one sender: {:.0} events/s", rate(100_000, begun));

    for input in [
        json!({}),
        json!({ "timeZone": "America/New_York" }),
        json!({ "timeZone": "America/New_York", "by": ["KEY", "MODEL"] }),
        json!({ "groupBy": "HOUR", "by": ["KEY"] }),
        json!({ "groupBy": "HOUR", "from": "2025-12-25T00:00:00Z", "timeZone": "Asia/Kathmandu" }),
        json!({ "groupBy": "MINUTE", "from": "2026-01-05T03:00:00Z" }),
        json!({ "groupBy": "MONTH", "from": "2025-01-06T00:00:00Z" }),
        json!({ "keyId": keys[0] }),
    ] {
        let begun = Instant::now();
        let summary = app.owner().ok("usageSummary", input.clone()).await;
        println!(
            "{:>6} ms  {} buckets  {input}",
            begun.elapsed().as_millis(),
            summary["buckets"].as_array().unwrap().len()
        );
    }
    let begun = Instant::now();
    app.owner().ok("usageProjection", Value::Null).await;
    println!("{:>6} ms  projection", begun.elapsed().as_millis());
    let begun = Instant::now();
    let checked = app.server().control_plane().check(&[]).await.unwrap();
    println!("{:>6} ms  check of {} events", begun.elapsed().as_millis(), 2 * REPORTS * 1000);
    assert_eq!(checked.findings, []);
}
