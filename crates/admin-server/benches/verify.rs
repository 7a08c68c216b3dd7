//! `POST /v1/keys/verify` beside a bare axum echo of the same request: throughput, latency and CPU, in turns on the same machine with the same
//! client. Every verification is logged and counted, and has a rate limit.
//!
//! ```text
//! cargo bench -p admin-server --bench verify [-- --connections 32 --seconds 5 --rounds 3]
//! ```

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops at the first surprise, and prints")]

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use common::{ControlPlane, Served};

const PATH: &str = "/v1/keys/verify";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |flag: &str, unset: u64| {
        let place = arguments.iter().position(|argument| argument == flag);
        place.map_or(unset, |place| arguments[place + 1].parse().unwrap())
    };
    if arguments.iter().any(|argument| argument == "--echo") {
        return echo();
    }
    let (connections, seconds, rounds) = (number("--connections", 32), number("--seconds", 5), number("--rounds", 3));
    let folder = tempfile::tempdir().unwrap();
    let (server, token, secret) = control_plane(folder.path());
    let echo =
        Served::start(Command::new(std::env::current_exe().unwrap()).arg("--echo").stdout(Stdio::piped()), |child| {
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            line.trim().to_owned()
        });
    let body = format!(
        r#"{{"key":"{secret}","scopes":["functions:execute"],"resource":"functions","ip":"192.0.2.7","userAgent":"bench/1"}}"#
    );
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let load = |served: &Served, seconds: u64| measure(served, &request, connections, Duration::from_secs(seconds));
    load(&echo, 1);
    load(&server, 1);
    println!("{connections} connections, {seconds} s a run, one client thread; CPU is that of the server's process\n");
    println!("{:<8} {:>12} {:>10} {:>10} {:>14}", "", "requests/s", "p50 µs", "p99 µs", "CPU µs/request");
    let mut ratios = Vec::new();
    for _ in 0..rounds {
        let (bare, verified) = (load(&echo, seconds), load(&server, seconds));
        println!("{:<8} {bare}\n{:<8} {verified}", "echo", "verify");
        ratios.push((verified.per_second / bare.per_second, verified.cpu_micros / bare.cpu_micros));
    }
    ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (throughput, cpu) = ratios[ratios.len() / 2];
    println!("\nverify / echo, the median round: {throughput:.2} of the throughput, {cpu:.2} times the CPU");
}

/// The least that axum can do with such a request: reads its body, and answers with it.
fn echo() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        axum::serve(listener, Router::new().route(PATH, post(async |body: Bytes| body))).await.unwrap();
    });
}

/// A server on a disk, with a token that may verify, and a key.
fn control_plane(folder: &std::path::Path) -> (Served, String, String) {
    let plane = ControlPlane::new(folder);
    let server = plane.serve();
    let create = r#"mutation { apiKeysCreate(input: { name: "bench", scopes: ["functions:*"], restrictions: {
        ipAddresses: ["192.0.2.0/24"], rateLimit: { requests: 1000000000, period: SECOND } } }) { secret } }"#;
    let made = server.ask(&plane.token, &json!({ "query": create }));
    let secret = made["apiKeysCreate"]["secret"].as_str().unwrap().to_owned();
    (server, plane.token, secret)
}

/// What a run has shown.
struct Shown {
    per_second: f64,
    p50: u128,
    p99: u128,
    cpu_micros: f64,
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>12.0} {:>10} {:>10} {:>14.1}", self.per_second, self.p50, self.p99, self.cpu_micros)
    }
}

/// Sends the request over so many connections, on each the next once the last is answered.
#[expect(clippy::cast_precision_loss, reason = "nobody reads that many digits")]
fn measure(served: &Served, request: &str, connections: u64, time: Duration) -> Shown {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cpu = served.cpu();
    let begun = Instant::now();
    let mut latencies: Vec<Duration> = runtime.block_on(async {
        let mut clients = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(&served.address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            clients.push(tokio::spawn(client(stream, request.to_owned(), begun + time)));
        }
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.await.unwrap());
        }
        all
    });
    let (taken, cpu) = (begun.elapsed(), served.cpu().saturating_sub(cpu));
    latencies.sort_unstable();
    let count = latencies.len();
    Shown {
        per_second: count as f64 / taken.as_secs_f64(),
        p50: latencies[count / 2].as_micros(),
        p99: latencies[count * 99 / 100].as_micros(),
        cpu_micros: cpu.as_secs_f64() * 1e6 / count as f64,
    }
}

async fn client(mut stream: TcpStream, request: String, until: Instant) -> Vec<Duration> {
    let (mut latencies, mut answer) = (Vec::new(), Vec::with_capacity(4096));
    while Instant::now() < until {
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        answer.clear();
        while !whole(&answer) {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "the server hung up");
        }
        latencies.push(sent.elapsed());
    }
    // The last answer stands for all.
    let text = String::from_utf8_lossy(&answer);
    assert!(
        text.starts_with("HTTP/1.1 200") && (text.contains(r#""valid":true"#) || text.contains(r#"{"key""#)),
        "{text}"
    );
    latencies
}

/// Whether an answer has its head and as much of a body as that says.
fn whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let text = std::str::from_utf8(&answer[..head]).unwrap();
    let length =
        text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    answer.len() >= head + 4 + length.unwrap().parse::<usize>().unwrap()
}
