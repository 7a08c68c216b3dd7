//! `kill -9` under load. What was acknowledged is there after the restart, and what was not can be asked for again and happens once.

use std::sync::mpsc::{Sender, channel};

use admin_server::random::{Random as _, SystemRandom};
use serde_json::Value;

use crate::process::{Caller, Place, Running, audited, count_keys, create_key, integrity};

const ROUNDS: usize = 12;
const CLIENTS: usize = 6;

/// One key's life, as far as it was acknowledged.
struct Entry {
    idempotency_key: String,
    id: String,
    secrets: Vec<String>,
    revoked: bool,
}

/// Creates keys; rotates each second one, revokes each third one. An acknowledgement goes to the journal at once; comes back with
/// the call that was under way when the server died.
fn work(caller: &Caller, client: &str, journal: &Sender<Entry>) -> (String, Option<&'static str>) {
    for number in 0.. {
        let idempotency_key = format!("{client} {number}");
        let Ok(answer) = caller.graphql(&create_key("k"), Some(&idempotency_key)) else {
            return (idempotency_key, None);
        };
        let made = &answer["data"]["apiKeysCreate"];
        let id = made["item"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        let first = made["secret"].as_str().unwrap().to_owned();
        let mut entry = Entry { idempotency_key, id, secrets: vec![first], revoked: false };
        let mut died = None;
        if number % 2 == 0 {
            let rotate = format!(r#"mutation {{ apiKeysRotate(input: {{ id: "{}" }}) {{ secret }} }}"#, entry.id);
            match caller.graphql(&rotate, None) {
                Ok(answer) => {
                    entry.secrets.push(text(&answer["data"]["apiKeysRotate"]["secret"]));
                }
                Err(_) => died = Some("rotate"),
            }
        }
        if number % 3 == 0 && died.is_none() {
            let revoke = format!(r#"mutation {{ apiKeysRevoke(input: {{ id: "{}" }}) {{ state }} }}"#, entry.id);
            match caller.graphql(&revoke, None) {
                Ok(answer) => entry.revoked = answer["data"]["apiKeysRevoke"]["state"] == "REVOKED",
                Err(_) => died = Some("revoke"),
            }
        }
        let idempotency_key = entry.idempotency_key.clone();
        journal.send(entry).unwrap();
        if died.is_some() {
            return (idempotency_key, died);
        }
    }
    unreachable!("a client works until its server dies")
}

#[test]
fn nothing_acknowledged_is_lost() {
    let place = Place::new();
    let token = place.owner();
    let mut journal: Vec<Entry> = Vec::new();
    let mut tenant = String::new();
    let mut asked_again = 0;
    for round in 0..ROUNDS {
        let running = Running::start(place.serve());
        let (sender, entries) = channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (caller, sender) = (running.caller(&token), sender.clone());
                std::thread::spawn(move || work(&caller, &format!("{round} {client}"), &sender))
            })
            .collect();
        drop(sender);
        let mut random = [0];
        SystemRandom.fill(&mut random);
        let from_here = journal.len();
        journal.extend(entries.iter().take(usize::from(random[0] % 64)));
        running.signal("KILL");
        let under_way: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        journal.extend(entries.iter());
        running.ended();

        let running = Running::start(place.serve());
        let owner = running.caller(&token);
        for entry in &journal[from_here..] {
            let unsure = under_way.iter().find(|(key, _)| *key == entry.idempotency_key).and_then(|(_, died)| *died);
            for secret in &entry.secrets {
                let verdict = owner.verdict(secret);
                let expected = if entry.revoked { "REVOKED" } else { "VALID" };
                assert!(verdict == expected || unsure == Some("revoke"), "round {round}, {}: {verdict}", entry.id);
            }
        }
        // A client that never saw its answer asks again, and one key exists.
        for (idempotency_key, died) in under_way {
            if died.is_some() {
                continue;
            }
            let mut answers = Vec::new();
            for _ in 0..2 {
                answers.push(owner.graphql(&create_key("k"), Some(&idempotency_key)).unwrap());
            }
            assert_eq!(answers[0], answers[1]);
            let made = &answers[0]["data"]["apiKeysCreate"];
            let (id, secret) = (text(&made["item"]["id"]), text(&made["secret"]));
            assert_eq!(owner.verdict(&secret), "VALID");
            journal.push(Entry { idempotency_key, id, secrets: vec![secret], revoked: false });
            asked_again += 1;
        }
        assert_eq!(count_keys(&owner), i64::try_from(journal.len()).unwrap(), "round {round}");
        tenant = text(&owner.data("{ authWhoami { tenant { id } } }")["authWhoami"]["tenant"]["id"]);
        running.stop();
    }
    assert!(journal.len() > ROUNDS * 10, "only {} changes were acknowledged", journal.len());
    assert!(asked_again > ROUNDS, "the server was hardly ever killed during a call");
    assert_eq!(integrity(&place.data()), "ok");
    let certain = journal.iter().map(|entry| entry.secrets.len() + usize::from(entry.revoked)).sum::<usize>();
    let (events, certain) = (audited(&place, &tenant), 5 + i64::try_from(certain).unwrap());
    // One for each acknowledged change; at most one more for each call that was under way.
    assert!((certain..=certain + i64::try_from(ROUNDS * CLIENTS).unwrap()).contains(&events), "{events} {certain}");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}
