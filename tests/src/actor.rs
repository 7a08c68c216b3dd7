//! Someone who calls the API.

use std::net::SocketAddr;

use admin_token::Secret;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::documents::operation;

/// A caller with a token, or without one.
#[derive(Debug, Clone)]
pub struct Actor {
    name: &'static str,
    http: reqwest::Client,
    base: String,
    token: Option<Secret>,
}

impl Actor {
    pub(crate) fn new(name: &'static str, http: reqwest::Client, address: SocketAddr, token: Option<Secret>) -> Self {
        Self { name, http, base: format!("http://{address}"), token }
    }

    /// Who it is, for a failing assertion.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its token.
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Secret::expose)
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request with the actor's token, for whatever the other methods do not send.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        }
    }

    /// Sends a document with variables.
    pub async fn graphql(&self, document: &str, variables: Value) -> Answer {
        self.send(document, variables, None).await
    }

    /// Sends a document with variables under an idempotency key.
    pub async fn graphql_once(&self, key: &str, document: &str, variables: Value) -> Answer {
        self.send(document, variables, Some(key)).await
    }

    async fn send(&self, document: &str, variables: Value, idempotency_key: Option<&str>) -> Answer {
        let mut request = self
            .request(reqwest::Method::POST, "/graphql")
            .header("accept", "application/graphql-response+json")
            .json(&json!({ "query": document, "variables": variables }));
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    /// The data of a document that must succeed.
    pub async fn data(&self, document: &str) -> Value {
        self.graphql(document, json!({})).await.data()
    }

    /// The error code of a document that must fail.
    pub async fn code(&self, document: &str) -> String {
        self.graphql(document, json!({})).await.code()
    }

    /// Posts JSON to a path of the data plane.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(reqwest::Method::POST, path).json(body).send().await.unwrap()).await
    }

    /// Calls an operation by its root field. A text is its `id`, an object its `input`, null neither.
    pub async fn call(&self, field: &str, argument: Value) -> Answer {
        let (document, variables) = operation(field, argument);
        self.graphql(&document, variables).await
    }

    /// The same under an idempotency key.
    pub async fn call_once(&self, key: &str, field: &str, argument: Value) -> Answer {
        let (document, variables) = operation(field, argument);
        self.graphql_once(key, &document, variables).await
    }

    /// What an operation that must succeed answers.
    pub async fn ok(&self, field: &str, argument: Value) -> Value {
        self.call(field, argument).await.data()[field].take()
    }

    /// The refusal of an operation that must fail, as a person reads it.
    pub async fn refused(&self, field: &str, argument: Value) -> String {
        self.call(field, argument).await.refusal()
    }

    /// The verdict on a presented key.
    pub async fn verdict(&self, key: &str) -> String {
        let answer = self.post("/v1/keys/verify", &json!({ "key": key })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let code = answer.body["code"].as_str().unwrap().to_owned();
        assert_eq!(answer.body["valid"], json!(code == "VALID"));
        code
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

impl Answer {
    /// Reads an answer.
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        Self { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(HeaderValue::to_str).transpose().unwrap()
    }

    /// The data of an answer that must be a success.
    pub fn data(self) -> Value {
        assert!(self.body.get("errors").is_none(), "status {}: {}", self.status, self.body);
        assert_eq!(self.status, 200);
        self.body["data"].clone()
    }

    /// The only error of an answer that must have one.
    pub fn error(&self) -> &Value {
        match self.body["errors"].as_array().map(Vec::as_slice) {
            Some([error]) => error,
            _ => panic!("status {}: {}", self.status, self.body),
        }
    }

    /// The code of that error.
    pub fn code(&self) -> String {
        self.error()["extensions"]["code"].as_str().unwrap().to_owned()
    }

    /// The field that it names; empty = none.
    pub fn field(&self) -> String {
        self.error()["extensions"]["field"].as_str().unwrap_or_default().to_owned()
    }

    /// Code, field, message and hint of that error.
    pub fn refusal(&self) -> String {
        let error = self.error();
        let part = |name: &str| error["extensions"][name].as_str().unwrap_or_default();
        let field = if part("field").is_empty() { String::new() } else { format!(" [{}]", part("field")) };
        let hint = if part("hint").is_empty() { String::new() } else { format!("\n({})", part("hint")) };
        format!("{}{field}: {}{hint}", part("code"), error["message"].as_str().unwrap())
    }

    /// The message of that error.
    pub fn message(&self) -> String {
        self.error()["message"].as_str().unwrap().to_owned()
    }
}
