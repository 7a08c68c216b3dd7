//! A client that dies between its request and the answer, against the real control plane.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::harness::{Dev, Home, signal, wait};

/// A way to a server that passes one request on and keeps its answer, which it gives to the test.
fn answer_keeper(server: String) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let request = message(&mut BufReader::new(&client));
        let mut upstream = TcpStream::connect(server).unwrap();
        upstream.write_all(request.as_bytes()).unwrap();
        sender.send(message(&mut BufReader::new(&upstream))).unwrap();
        // The client waits in vain until it is gone.
        let _ = (&client).read(&mut [0]);
    });
    (address, receiver)
}

/// One HTTP message with its body.
fn message(reader: &mut impl BufRead) -> String {
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let start = text.len();
        assert_ne!(reader.read_line(&mut text).unwrap(), 0, "it ended early: {text}");
        let line = text[start..].trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

#[test]
fn a_retry_of_a_killed_client_gets_the_same_secret_of_the_same_key() {
    let home = Home::new();
    let dev = Dev::start(&home);
    let server = dev.url.strip_prefix("http://").unwrap().to_owned();
    let create = ["api-keys", "create", "--name", "CI", "--idempotency-key", "deploy-42", "--save-to", "file:secret"];

    let (way, answers) = answer_keeper(server);
    let client = dev.aisetu(&home, create).env("AI_SETU_API_BASE_URL", &format!("http://{way}")).spawn();
    let lost = answers.recv().unwrap();
    signal(client.id(), "KILL");
    wait(client);
    assert!(!home.path().join("secret").exists(), "the client never had the secret");

    let again = dev.aisetu(&home, create).outcome();
    assert_eq!(again.code, Some(0), "{again}");
    let secret = fs::read_to_string(home.path().join("secret")).unwrap();
    assert!(lost.contains(&secret), "another secret than the lost answer's");
    assert_eq!(dev.aisetu(&home, ["api-keys", "list", "-o", "json"]).outcome().json()["totalCount"], 1);
    dev.stop();
}

#[test]
fn what_is_deleted_is_deleted_again_under_its_key() {
    let home = Home::new();
    let dev = Dev::start(&home);
    let made =
        |arguments: &str| dev.run(&home, &format!("{arguments} -o json")).json()["id"].as_str().unwrap().to_owned();
    let workspace = made("workspaces create --name second");
    let default = dev.run(&home, "workspaces list -o json").json()["items"][1]["id"].as_str().unwrap().to_owned();
    let key = made(&format!("api-keys create --name doomed --workspace {default} --save-to file:doomed"));
    for delete in [
        format!("workspaces delete {workspace} --confirm second --idempotency-key d-1"),
        format!("api-keys delete {key} --confirm doomed --idempotency-key d-2"),
    ] {
        let (first, again) = (dev.run(&home, &delete), dev.run(&home, &delete));
        assert_eq!((first.code, again.code), (Some(0), Some(0)), "{first}{again}");
        assert_eq!(first.stdout, again.stdout);
        let other = dev.run(&home, &delete.replace(" d-", " e-"));
        assert_eq!(other.code, Some(6), "under another key it is not found: {other}");
    }
    dev.stop();
}

#[test]
fn a_rotation_without_grace_is_finished_once_and_told_twice() {
    let home = Home::new();
    let dev = Dev::start(&home);
    let key = dev.run(&home, "api-keys create --name k --save-to file:first -o json").json();
    let id = key["id"].as_str().unwrap();
    for place in ["second", "third"] {
        let rotate =
            format!("api-keys rotate {id} --grace 0s --yes --idempotency-key r -o json --save-to file:{place}");
        let rotated = dev.run(&home, &rotate);
        assert_eq!(rotated.code, Some(0), "{rotated}");
        assert!(!rotated.stderr.contains("warning: the old secret"), "{rotated}");
        assert_eq!(rotated.json()["versions"].as_array().unwrap().len(), 1, "{rotated}");
    }
    let secret = |file: &str| fs::read_to_string(home.path().join(file)).unwrap();
    assert_eq!(secret("second"), secret("third"));
    assert_ne!(secret("first"), secret("second"));
    dev.stop();
}

#[test]
fn a_secret_that_nobody_has_is_undone_and_one_that_somebody_may_have_is_not() {
    let home = Home::new();
    let dev = Dev::start(&home);
    let state = || dev.run(&home, "api-keys list -o json").json()["items"][0]["state"].clone();
    let lost = "aisetu api-keys create --name k --idempotency-key lost > /dev/full";
    let outcome = dev.shell(&home, lost).outcome();
    assert_eq!(outcome.code, Some(11), "{outcome}");
    assert!(outcome.stderr.contains("take another idempotency key"), "{outcome}");
    assert_eq!(state(), "REVOKED");

    let create = "aisetu api-keys create --name k --idempotency-key had";
    let outcome = dev.shell(&home, &format!("{create} --save-to file:had && {create} > /dev/full")).outcome();
    assert_eq!(outcome.code, Some(11), "{outcome}");
    assert!(outcome.stderr.contains("an earlier run"), "{outcome}");
    assert_eq!(state(), "ACTIVE");
    dev.stop();
}
