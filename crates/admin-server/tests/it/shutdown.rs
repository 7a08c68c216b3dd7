//! SIGTERM while requests come in.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::channel;

use serde_json::json;

use crate::process::{Place, Running, count_keys, create_key};

#[test]
fn a_request_that_has_begun_is_answered() {
    let place = Place::new();
    let token = place.owner();
    let running = Running::start(place.serve());
    let body = json!({ "query": create_key("late") }).to_string();
    let (first, second) = body.split_at(20);
    let mut connection = TcpStream::connect(running.base.trim_start_matches("http://")).unwrap();
    write!(
        connection,
        "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The server asks for the body when it has begun with the request.
    let mut asked = [0; 25];
    connection.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection.write_all(first.as_bytes()).unwrap();
    running.signal("TERM");
    running.wait_for("shutting down");
    connection.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("tt_live_"), "{answer}");
    let (status, log) = running.ended();
    assert!(status.success(), "{log}");
    assert!(!log.contains("did not"), "{log}");

    let running = Running::start(place.serve());
    assert_eq!(count_keys(&running.caller(&token)), 1);
    running.stop();
}

#[test]
fn what_was_acknowledged_under_load_survives() {
    let place = Place::new();
    let token = place.owner();
    let running = Running::start(place.serve());
    let (acknowledge, acknowledged) = channel();
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (caller, acknowledge) = (running.caller(&token), acknowledge.clone());
            std::thread::spawn(move || {
                // Until the server is gone. What it answers is an answer.
                while let Ok(answer) = caller.graphql(&create_key("k"), None) {
                    match answer["data"]["apiKeysCreate"]["secret"].as_str() {
                        Some(secret) => acknowledge.send(secret.to_owned()).unwrap(),
                        None => assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}"),
                    }
                }
            })
        })
        .collect();
    drop(acknowledge);
    let mut secrets: Vec<String> = acknowledged.iter().take(100).collect();
    running.signal("TERM");
    for client in clients {
        client.join().unwrap();
    }
    secrets.extend(acknowledged.iter());
    let (status, log) = running.ended();
    assert!(status.success(), "{log}");

    let running = Running::start(place.serve());
    let owner = running.caller(&token);
    for secret in &secrets {
        assert_eq!(owner.verdict(secret), "VALID");
    }
    running.stop();
}
