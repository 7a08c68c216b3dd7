//! Tokens, clients, and servers that answer as they are told.

use std::sync::atomic::{AtomicUsize, Ordering};

use admin_sdk::{AiSetuAdmin, AiSetuAdminBuilder, TokenKind, env::Environment};
use aisetu_tests::{Actor, TestServer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

/// A well-formed token of the kind, that nobody knows.
pub(crate) fn token(kind: TokenKind, seed: u8) -> String {
    admin_token::mint(kind, |buffer| buffer.fill(seed)).secret().expose().to_owned()
}

pub(crate) fn pat() -> String {
    token(TokenKind::Pat, 10)
}

/// Variables of a test's own.
pub(crate) fn variables(variables: &[(&'static str, &str)]) -> Environment {
    let variables: Vec<_> = variables.iter().map(|&(name, value)| (name, value.to_owned())).collect();
    Environment::new(move |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()))
}

/// A builder that looks at no environment.
pub(crate) fn builder(base_url: &str) -> AiSetuAdminBuilder {
    AiSetuAdmin::builder().environment(Environment::empty()).pat(pat()).base_url(base_url)
}

pub(crate) fn admin(base_url: &str) -> AiSetuAdmin {
    builder(base_url).build().unwrap()
}

/// The SDK in the hands of someone whom the control plane knows.
pub(crate) fn of(actor: &Actor) -> AiSetuAdmin {
    builder(&actor.url("")).pat(actor.token().unwrap()).build().unwrap()
}

/// The SDK in the hands of the OWNER, and the control plane.
pub(crate) async fn owner() -> (TestServer, AiSetuAdmin) {
    let server = TestServer::start().await;
    let owner = of(server.owner());
    (server, owner)
}

/// A server that gives these answers in turn, and the last one for ever after.
pub(crate) async fn answers(answers: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let answers: Vec<_> = answers.into_iter().collect();
    let next = AtomicUsize::new(0);
    Mock::given(any())
        .respond_with(move |_: &Request| {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            answers[turn.min(answers.len() - 1)].clone()
        })
        .mount(&server)
        .await;
    server
}

pub(crate) fn ok(data: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "data": data }))
}

pub(crate) async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// What a request asks.
pub(crate) fn asked(request: &Request) -> Value {
    request.body_json().unwrap()
}

pub(crate) fn workspace(name: &str) -> Value {
    json!({
        "id": "ws_1",
        "tenantId": "ten_1",
        "name": name,
        "createdAt": "2026-11-22T09:30:00.000Z",
        "deletedAt": null,
        "restorableUntil": null,
        "budget": null,
    })
}

/// A server that reads one request and never answers it.
pub(crate) struct Silent {
    pub(crate) base_url: String,
    task: JoinHandle<String>,
}

impl Silent {
    /// Starts it. The receiver hears when the request is in.
    pub(crate) async fn start() -> (Self, oneshot::Receiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (came, heard) = oneshot::channel();
        let task = tokio::spawn(async move {
            let (mut first, _) = listener.accept().await.unwrap();
            read_request(&mut first).await;
            // Who dropped the receiver does not want to know.
            let _ = came.send(());
            let mut rest = Vec::new();
            // A broken connection is as much an end as a closed one.
            let _ = first.read_to_end(&mut rest).await;
            assert!(rest.is_empty(), "more came on the connection of a call that was given up");
            let (mut next, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            next.read_to_string(&mut text).await.unwrap();
            text
        });
        (Self { base_url, task }, heard)
    }

    /// Waits until the caller has gone, and checks that nothing else came from it: what comes next is what comes from here.
    pub(crate) async fn saw_nothing_more(self) {
        let address = self.base_url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"the next to come").await.unwrap();
        drop(stream);
        assert_eq!(self.task.await.unwrap(), "the next to come");
    }
}

/// Reads head and body.
async fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return;
            }
        }
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the request ended in the middle");
        seen.extend_from_slice(&buffer[..count]);
    }
}
