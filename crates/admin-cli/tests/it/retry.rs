//! A client that dies between its request and the answer, against the real control plane.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::harness::{Home, signal, wait};

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
    let mut dev = home.aisetu(["dev", "--", "sh", "-c", "echo $AI_SETU_API_BASE_URL; echo $AI_SETU_PAT; read line"]);
    dev.command.stdin(std::process::Stdio::piped());
    let mut dev = dev.command.spawn().unwrap();
    let mut lines = BufReader::new(dev.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (url, pat) = (lines.next().unwrap(), lines.next().unwrap());
    let server = url.strip_prefix("http://").unwrap().to_owned();
    let create = ["api-keys", "create", "--name", "CI", "--idempotency-key", "deploy-42", "--save-to", "file:secret"];

    let (way, answers) = answer_keeper(server);
    let client =
        home.aisetu(create).env("AI_SETU_PAT", &pat).env("AI_SETU_API_BASE_URL", &format!("http://{way}")).spawn();
    let lost = answers.recv().unwrap();
    signal(client.id(), "KILL");
    wait(client);
    assert!(!home.path().join("secret").exists(), "the client never had the secret");

    let again = home.aisetu(create).env("AI_SETU_PAT", &pat).env("AI_SETU_API_BASE_URL", &url).outcome();
    assert_eq!(again.code, Some(0), "{again}");
    let secret = fs::read_to_string(home.path().join("secret")).unwrap();
    assert!(lost.contains(&secret), "another secret than the lost answer's");
    let keys =
        home.aisetu(["api-keys", "list", "-o", "json"]).env("AI_SETU_PAT", &pat).env("AI_SETU_API_BASE_URL", &url);
    assert_eq!(keys.outcome().json()["totalCount"], 1);
    drop(dev.stdin.take());
    dev.wait().unwrap();
}
