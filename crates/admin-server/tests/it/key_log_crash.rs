//! The log of keys and `kill -9`: what was answered 200 ms before is kept, usage is the sum of the log, and a gap is noted.

use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use admin_server::app::key_logs::MOST_WAITING;
use admin_server::random::{Random as _, SystemRandom};
use serde_json::Value;

use crate::process::{Caller, Place, Running, create_key, integrity};

const ROUNDS: usize = 8;
const CLIENTS: usize = 3;
/// How long an entry may trail its answer.
const TRAIL: Duration = Duration::from_millis(200);

/// Verifies until the server dies; when it was answered goes to the journal at once.
fn work(caller: &Caller, secret: &str, journal: &Sender<Instant>) {
    let body = format!(r#"{{"key":"{secret}","resource":"functions"}}"#);
    while caller.try_post("/v1/keys/verify", &body).is_ok_and(|answer| answer["code"] == "VALID") {
        journal.send(Instant::now()).unwrap();
    }
}

/// How many calls of the key are counted, and how many are in its log.
fn counted(caller: &Caller, key: &str) -> (usize, usize) {
    let usage = caller.data(&format!(r#"{{ apiKeysUsage(input: {{ id: "{key}" }}) {{ total {{ requests }} }} }}"#));
    let (mut logged, mut cursor) = (0, String::new());
    loop {
        let page = caller.data(&format!(
            r#"{{ apiKeysLogs(input: {{ id: "{key}", limit: 100{cursor} }}) {{ items {{ id }} nextCursor }} }}"#
        ));
        let page = &page["apiKeysLogs"];
        logged += page["items"].as_array().unwrap().len();
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!(r#", cursor: "{next}""#),
            None => break,
        }
    }
    (usize::try_from(usage["apiKeysUsage"]["total"]["requests"].as_u64().unwrap()).unwrap(), logged)
}

#[test]
fn usage_equals_the_log_after_a_kill() {
    let place = Place::new();
    let token = place.owner();
    let (mut key, mut secret) = (String::new(), String::new());
    let (mut before, mut lost) = (0, 0);
    for round in 0..ROUNDS {
        let running = Running::start(place.serve());
        let caller = running.caller(&token);
        if key.is_empty() {
            let made = &caller.data(&create_key("k"))["apiKeysCreate"];
            (key, secret) = (made["item"]["id"].as_str().unwrap().into(), made["secret"].as_str().unwrap().into());
        }
        let (sender, journal) = channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (caller, secret, sender) = (running.caller(&token), secret.clone(), sender.clone());
                std::thread::spawn(move || work(&caller, &secret, &sender))
            })
            .collect();
        drop(sender);
        let mut random = [0];
        SystemRandom.fill(&mut random);
        std::thread::sleep(Duration::from_millis(300 + 4 * u64::from(random[0])));
        let killed = Instant::now();
        running.signal("KILL");
        for client in clients {
            client.join().unwrap();
        }
        running.ended();
        let answered: Vec<Instant> = journal.iter().collect();
        let due = answered.iter().filter(|at| **at + TRAIL <= killed).count();
        assert!(due > 0, "round {round}: nothing was answered");

        let (checked, output) = place.check();
        assert!(output.status.success(), "round {round}: {checked}");
        let running = Running::start(place.serve());
        let (usage, logged) = counted(&running.caller(&token), &key);
        assert_eq!(usage, logged, "round {round}");
        let kept = logged - before;
        // One more per client may have been decided and not answered.
        assert!(
            (due..=answered.len() + CLIENTS).contains(&kept),
            "round {round}: {kept} of {} kept, {due} due",
            answered.len()
        );
        (before, lost) = (logged, lost + answered.len().saturating_sub(kept));
        running.stop();
    }
    let (checked, _) = place.check();
    assert_eq!(checked["findings"], Value::Array(Vec::new()));
    let gaps = checked["logGaps"].as_array().unwrap();
    // One for each kill; a server that was stopped leaves none.
    assert_eq!(gaps.len(), ROUNDS, "{gaps:?}");
    assert!(gaps.iter().all(|gap| gap["atMost"] == MOST_WAITING));
    assert_eq!(integrity(&place.data()), "ok");
    println!("{before} entries kept, {lost} lost in {ROUNDS} kills");
}
