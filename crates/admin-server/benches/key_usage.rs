//! A year of one key by day, from the sums of its log and from the log itself: the same numbers, side by side, over the same rows in SQLite.
//!
//! ```text
//! cargo bench -p admin-server --bench key_usage [-- --rows 10000000]
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark stops at the first surprise, and prints"
)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use admin_policy::Verdict;
use admin_server::ids::{ApiKeyId, LogId};
use admin_server::model::LogEntry;
use admin_server::random::SystemRandom;
use admin_server::store::key_logs::{self, State};
use admin_server::store::{Store, Value as Column, api_keys};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use common::ControlPlane;

const DAYS: i32 = 365;
const DAY: SignedDuration = SignedDuration::from_hours(24);
const BATCH: i64 = 50_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let flag = arguments.iter().position(|argument| argument == "--rows");
    let rows = flag.map_or(10_000_000, |flag| arguments[flag + 1].parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();

    let plane = ControlPlane::new(folder.path());
    let server = plane.serve();
    let made = server.ask(
        &plane.token,
        &json!({ "query": "mutation { apiKeysCreate(input: { name: \"bench\" }) { item { id } } }" }),
    );
    let key = made["apiKeysCreate"]["item"]["id"].as_str().unwrap().to_owned();
    drop(server);

    // Whole days, the last of which has just ended.
    let now = machine_time();
    let to = Timestamp::from_second(now.as_second() / 86_400 * 86_400).unwrap();
    let from = to - DAY * DAYS;
    let begun = Instant::now();
    let file = plane.data.join("control-plane.db");
    runtime.block_on(fill(&file, &key, from, rows));
    let filled = begun.elapsed();
    let begun = Instant::now();
    let server = plane.serve();
    runtime.block_on(summed(&file, rows));
    let rolled = begun.elapsed();

    let question = json!({
        "query": "query($input: ApiKeyUsageInput!) { apiKeysUsage(input: $input) { total { requests } buckets { start calls { allowed denied } } } }",
        "variables": { "input": { "id": key, "from": from.to_string(), "to": to.to_string(), "groupBy": "DAY" } },
    });
    let (summed_up, by_sums) = timed(20, || by_day(&server.ask(&plane.token, &question)["apiKeysUsage"]));
    let (one_by_one, by_log) = timed(3, || runtime.block_on(counted(&file, &key)));
    assert_eq!(summed_up, one_by_one, "the sums are not those of the log");
    assert_eq!(summed_up.values().map(|(allowed, denied)| allowed + denied).sum::<i64>(), rows);

    let bytes = std::fs::metadata(&file).unwrap().len();
    println!("{rows} entries of one key over {DAYS} days, 4 resources, 2 codes; {} MB of SQLite", bytes / 1_000_000);
    println!("written in {filled:.1?}, summed up in {rolled:.1?} by the server that was started then\n");
    println!("{:<44} {:>10} {:>10}", "a year by day, the same numbers", "median ms", "worst ms");
    let line = |name: &str, times: &[Duration]| {
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        println!("{name:<44} {:>10.1} {:>10.1}", ms(times[times.len() / 2]), ms(times[times.len() - 1]));
    };
    line("from the sums, asked over HTTP", &by_sums);
    line("from the log, asked of SQLite", &by_log);
}

/// What a run gives, and how long each took, shortest first.
fn timed<T: PartialEq + std::fmt::Debug>(times: usize, run: impl Fn() -> T) -> (T, Vec<Duration>) {
    let first = run();
    let mut took = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        let again = run();
        took.push(begun.elapsed());
        assert_eq!(first, again);
    }
    took.sort();
    (first, took)
}

/// Allowed and denied calls by day.
type ByDay = BTreeMap<String, (i64, i64)>;

fn by_day(usage: &Value) -> ByDay {
    let buckets = usage["buckets"].as_array().unwrap_or_else(|| panic!("{usage}"));
    let count = |bucket: &Value, of: &str| bucket["calls"][of].as_i64().unwrap();
    let day = |bucket: &Value| bucket["start"].as_str().unwrap()[..10].to_owned();
    buckets.iter().map(|bucket| (day(bucket), (count(bucket, "allowed"), count(bucket, "denied")))).collect()
}

/// The same, counted entry by entry.
async fn counted(file: &Path, key: &str) -> ByDay {
    let (store, _closed) = Store::open_beside(file).unwrap();
    let key: ApiKeyId = key.parse().unwrap();
    let rows = store.read_long(move |tx| {
        let sql = "SELECT at / 86400000000, COUNT(*) FILTER (WHERE verdict = 'VALID'), COUNT(*) FILTER (WHERE verdict <> 'VALID')
                   FROM api_key_logs WHERE key_id = $1 GROUP BY 1";
        let mut days = ByDay::new();
        for mut row in tx.query(sql, &[Column::from(&key)])? {
            let day = Timestamp::from_second(row.take::<i64>()? * 86_400).unwrap();
            days.insert(day.strftime("%Y-%m-%d").to_string(), (row.take()?, row.take()?));
        }
        Ok(days)
    });
    rows.await.unwrap()
}

/// Writes entries, evenly over the days, as the server's own writer does.
async fn fill(file: &Path, key: &str, from: Timestamp, rows: i64) {
    let (store, closed) = Store::open(file).unwrap();
    let key: ApiKeyId = key.parse().unwrap();
    let id = key.clone();
    let version =
        store.read(move |tx| Ok(api_keys::get(tx, &id, from)?)).await.unwrap().unwrap().versions[0].id.clone();
    let step = DAY.as_micros() * i128::from(DAYS) / i128::from(rows);
    let resources = ["functions", "workflows", "agents", "data"];
    for first in (0..rows).step_by(usize::try_from(BATCH).unwrap()) {
        let entry = |number: i64| {
            let at = from + SignedDuration::from_micros(i64::try_from(step * i128::from(number)).unwrap());
            LogEntry {
                id: LogId::new(at, &SystemRandom),
                key_id: key.clone(),
                version_id: version.clone(),
                at,
                verdict: if number % 20 == 0 { Verdict::RateLimited } else { Verdict::Valid },
                project_id: None,
                resource: Some(resources[usize::try_from(number % 7 % 4).unwrap()].to_owned()),
                ip: Some("192.0.2.7".to_owned()),
                referrer: None,
                user_agent: Some("bench/1".to_owned()),
                cost: 1,
                micros: 20,
            }
        };
        let last = (first + BATCH).min(rows);
        let entries: Vec<LogEntry> = (first..last).map(entry).collect();
        let write = move |tx: &mut admin_server::store::Tx<'_>| {
            key_logs::insert(tx, first, &entries)?;
            let state = key_logs::state(tx)?;
            Ok(key_logs::set_state(tx, &State { last, ..state })?)
        };
        store.write(write).await.unwrap();
    }
    drop(store);
    closed.await;
}

/// Waits until all entries are in the sums.
async fn summed(file: &Path, rows: i64) {
    let (store, _closed) = Store::open_beside(file).unwrap();
    while store.read(|tx| Ok(key_logs::state(tx)?)).await.unwrap().summed < rows {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the server that is asked has the machine's clock")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}
