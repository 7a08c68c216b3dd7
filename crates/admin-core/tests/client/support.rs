//! A token, a client without chance in it, and a server that says exactly what it is told to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use admin_core::{
    Client, Config, ConfigBuilder, CredentialSource, Error, Pat, Randomness, TokenKind, env::Environment,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

/// A well-formed token of the kind. Its checksum is right, and nobody knows it.
pub(crate) fn token(kind: TokenKind) -> String {
    admin_token::mint(kind, |buffer| buffer.fill(10)).secret().expose().to_owned()
}

pub(crate) fn pat() -> Pat {
    Pat::parse(&token(TokenKind::Pat), CredentialSource::Env("AI_SETU_PAT")).unwrap()
}

/// A configuration that looks at no environment and pauses no longer than a server asks: its random numbers are small.
pub(crate) fn config(base_url: &str) -> ConfigBuilder {
    let count = AtomicU64::new(0);
    Config::builder()
        .environment(Environment::empty())
        .pat(pat())
        .base_url(base_url)
        .randomness(Randomness::new(move || count.fetch_add(1, Ordering::Relaxed)))
}

pub(crate) fn client(base_url: &str) -> Client {
    Client::new(config(base_url).build().unwrap()).unwrap()
}

/// Everything that an error tells, with `[base]` for the base URL.
pub(crate) fn told(error: &Error, base_url: &str) -> String {
    let mut text = error.to_string();
    if let Some(hint) = error.hint() {
        text.push_str("\nhint: ");
        text.push_str(&hint);
    }
    text.replace(base_url, "[base]")
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

pub(crate) async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// The answer to `workspacesGet`.
pub(crate) fn workspace() -> Value {
    json!({ "data": { "workspacesGet": workspace_item() } })
}

pub(crate) fn workspace_item() -> Value {
    json!({
        "id": "ws_1",
        "tenantId": "ten_1",
        "name": "main",
        "createdAt": "2026-11-22T09:30:00.000Z",
        "deletedAt": null,
        "restorableUntil": null,
        "budget": { "usd": "100.00", "period": "MONTH", "timezone": "UTC" },
    })
}

/// A GraphQL error beside no data.
pub(crate) fn refusal(message: &str, extensions: impl Into<Value>) -> Value {
    let extensions = extensions.into();
    json!({ "data": null, "errors": [{ "message": message, "path": ["workspacesGet"], "extensions": extensions }] })
}

/// A server below HTTP: it reads a request and writes the next text to it, whatever that is. When it has no more, it says nothing.
pub(crate) struct RawServer {
    pub(crate) base_url: String,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl RawServer {
    pub(crate) async fn start(texts: impl IntoIterator<Item = String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let mut texts = texts.into_iter().collect::<Vec<_>>().into_iter();
        let task = tokio::spawn(async move {
            let mut silent = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                while read_request(&mut stream).await {
                    let Some(text) = texts.next() else {
                        silent.push(stream);
                        break;
                    };
                    stream.write_all(text.as_bytes()).await.unwrap();
                    if text.contains("connection: close") {
                        break;
                    }
                }
            }
        });
        Self { base_url, connections, task }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads head and body; `false` when the client has gone.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return true;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(count) => seen.extend_from_slice(&buffer[..count]),
        }
    }
}

/// An HTTP answer as it goes over the wire.
pub(crate) fn raw(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}\r\n\r\n{body}")
}

/// A deadline that a test can wait for, and a busy machine can keep. It is shorter than the longest pause after a first attempt.
pub(crate) const SHORT: Duration = Duration::from_millis(400);
