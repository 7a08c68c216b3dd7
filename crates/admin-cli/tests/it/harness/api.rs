//! A pretended API.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};
use wiremock::matchers::{body_partial_json, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// An API that answers operations by their name, and remembers what it was asked.
pub(crate) struct Api {
    server: MockServer,
    runtime: Runtime,
}

impl Api {
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(MockServer::start());
        Self { server, runtime }
    }

    /// One that answers an operation with its data.
    pub(crate) fn answering(operation: &str, data: Value) -> Self {
        Self::new().answers(operation, data)
    }

    /// Answers an operation, such as `WorkspacesList`, with the data of its root field.
    pub(crate) fn answers(self, operation: &str, data: Value) -> Self {
        let field = format!("{}{}", operation[..1].to_ascii_lowercase(), &operation[1..]);
        self.responds(
            operation,
            ResponseTemplate::new(200).set_body_json(json!({ "data": Map::from_iter([(field, data)]) })),
        )
    }

    /// Refuses an operation with an error.
    pub(crate) fn refuses(self, operation: &str, code: &str, message: &str) -> Self {
        let error = json!({ "message": message, "extensions": { "code": code, "requestId": "req_1" } });
        self.responds(operation, ResponseTemplate::new(200).set_body_json(json!({ "data": null, "errors": [error] })))
    }

    pub(crate) fn responds(self, operation: &str, response: impl Respond + 'static) -> Self {
        let asked = body_partial_json(json!({ "operationName": operation }));
        let mock = Mock::given(path("/graphql")).and(asked).respond_with(response);
        self.runtime.block_on(mock.mount(&self.server));
        self
    }

    /// Answers whatever no other answer is for.
    pub(crate) fn otherwise(self, response: ResponseTemplate) -> Self {
        let mock = Mock::given(path("/graphql")).respond_with(response).with_priority(u8::MAX);
        self.runtime.block_on(mock.mount(&self.server));
        self
    }

    /// Answers a verification.
    pub(crate) fn verifies(self, answer: ResponseTemplate) -> Self {
        let mock = Mock::given(path("/v1/keys/verify")).respond_with(answer);
        self.runtime.block_on(mock.mount(&self.server));
        self
    }

    /// Answers reports of usage.
    pub(crate) fn takes_usage(self, answer: ResponseTemplate) -> Self {
        let mock = Mock::given(path("/v1/usage/events")).respond_with(answer);
        self.runtime.block_on(mock.mount(&self.server));
        self
    }

    /// Answers everything with this.
    pub(crate) fn always(response: ResponseTemplate) -> Self {
        let api = Self::new();
        api.runtime.block_on(Mock::given(path("/graphql")).respond_with(response).mount(&api.server));
        api
    }

    /// Answers whatever is asked, wherever, with this.
    pub(crate) fn anywhere(response: ResponseTemplate) -> Self {
        let api = Self::new();
        api.runtime.block_on(Mock::given(wiremock::matchers::any()).respond_with(response).mount(&api.server));
        api
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.runtime.block_on(self.server.received_requests()).unwrap()
    }

    /// What was asked, an operation a line: its name, and its variables.
    pub(crate) fn asked(&self) -> Vec<String> {
        let line = |request: &Request| {
            let body: Value = request.body_json().unwrap();
            match body["operationName"].as_str() {
                Some(name) => format!("{name} {}", body["variables"]),
                None => format!("{} {body}", request.url.path()),
            }
        };
        self.requests().iter().map(line).collect()
    }
}

/// A server that speaks no HTTP of its own: it does what it is told with each connection.
pub(crate) struct RawServer {
    url: String,
}

impl RawServer {
    /// Reads a request, then hands the connection over.
    pub(crate) fn new(answer: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 8192]);
                answer(&mut stream);
            }
        });
        Self { url }
    }

    /// Answers every request with these bytes and closes the connection.
    pub(crate) fn sending(bytes: &'static str) -> Self {
        Self::new(move |stream| {
            let _ = stream.write_all(bytes.as_bytes());
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
