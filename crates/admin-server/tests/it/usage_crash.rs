//! Reports of usage and `kill -9`: what is acknowledged is kept, what is sent again counts once, and no sum is ever half done.

use std::sync::mpsc::{Sender, channel};

use admin_server::random::{Random as _, SystemRandom};
use serde_json::Value;

use crate::process::{Caller, Place, Running, create_key, integrity, usage_event};

const ROUNDS: usize = 12;
const CLIENTS: usize = 3;
const EVENTS: usize = 40;

/// Reports until the server dies. An acknowledged report goes to the journal at once; comes back with the one that was under way.
fn work(caller: &Caller, key: &str, client: &str, journal: &Sender<Vec<Value>>) -> Vec<Value> {
    for number in 0.. {
        let report: Vec<Value> =
            (0..EVENTS).map(|event| usage_event(&format!("{client}-{number}-{event}"), key, 3)).collect();
        match caller.report(&report) {
            Ok(receipt) => assert_eq!(receipt, (EVENTS, 0)),
            Err(_) => return report,
        }
        journal.send(report).unwrap();
    }
    unreachable!("a client works until its server dies")
}

#[test]
fn what_is_acknowledged_counts_once() {
    let place = Place::new();
    let token = place.owner();
    let mut key = String::new();
    let (mut reports, mut half_known) = (0, 0);
    for round in 0..ROUNDS {
        let running = Running::start(place.serve());
        let caller = running.caller(&token);
        if key.is_empty() {
            let made = caller.data(&create_key("k"));
            made["apiKeysCreate"]["item"]["id"].as_str().unwrap().clone_into(&mut key);
        }
        let (sender, journal) = channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (caller, key, sender) = (running.caller(&token), key.clone(), sender.clone());
                std::thread::spawn(move || work(&caller, &key, &format!("{round}-{client}"), &sender))
            })
            .collect();
        drop(sender);
        let mut random = [0];
        SystemRandom.fill(&mut random);
        let mut acknowledged: Vec<Vec<Value>> = journal.iter().take(1 + usize::from(random[0] % 32)).collect();
        running.signal("KILL");
        let under_way: Vec<Vec<Value>> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        acknowledged.extend(journal.iter());
        running.ended();

        let (checked, output) = place.check();
        assert!(output.status.success(), "round {round}: {checked}");
        let running = Running::start(place.serve());
        let caller = running.caller(&token);
        for report in &acknowledged {
            assert_eq!(caller.report(report).unwrap(), (0, EVENTS), "round {round}");
        }
        for report in &under_way {
            // All of it or nothing; a client that never saw its answer sends it again.
            let receipt = caller.report(report).unwrap();
            assert!(receipt == (0, EVENTS) || receipt == (EVENTS, 0), "round {round}: {receipt:?}");
            half_known += usize::from(receipt == (0, EVENTS));
        }
        reports += acknowledged.len() + under_way.len();
        let summary = caller.data(
            "{ usageSummary(input: { groupBy: MONTH }) { total { requests cost { amount } debited { amount } } }
               billingCreditBalance { balance { amount } } }",
        );
        let total = &summary["usageSummary"]["total"];
        assert_eq!(total["requests"], reports * EVENTS, "round {round}");
        let cost = total["cost"]["amount"].as_str().unwrap();
        assert_eq!(total["debited"]["amount"], cost);
        assert_eq!(summary["billingCreditBalance"]["balance"]["amount"], format!("-{cost}"));
        running.stop();
    }
    assert_eq!(place.check().0["findings"], Value::Array(Vec::new()));
    assert_eq!(integrity(&place.data()), "ok");
    println!("{reports} reports, {half_known} of those under way were kept although nobody was told");
}
