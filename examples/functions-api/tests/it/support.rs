//! The service on a port of its own, before a control plane in this process.

use std::net::SocketAddr;

use admin_sdk::{AiSetuAdmin, VerifyLayer, env::Environment};
use aisetu_tests::{Answer, TestServer};
use axum::extract::ConnectInfo;
use functions_api::{router, sandbox::Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// As many processes as run at once.
pub(crate) fn sandbox(at_once: usize) -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_functions-api").into(), at_once)
}

/// Control plane and service.
pub(crate) struct Place {
    pub(crate) control_plane: TestServer,
    pub(crate) url: String,
    http: reqwest::Client,
}

impl Place {
    pub(crate) async fn start() -> Self {
        let control_plane = TestServer::start().await;
        let gateway = control_plane.gateway().await;
        let admin = AiSetuAdmin::builder()
            .environment(Environment::empty())
            .pat(gateway.token().unwrap())
            .base_url(gateway.url(""))
            .build()
            .unwrap();
        let keys = VerifyLayer::new(admin.gateway())
            .peer_from(|parts| Some(parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()));
        let app = router(keys, sandbox(4)).into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { control_plane, url, http: reqwest::Client::new() }
    }

    /// A new key in a workspace.
    pub(crate) async fn key(&self, workspace: &str, mut input: Value) -> String {
        input["name"] = json!("k");
        input["workspaceId"] = json!(workspace);
        let made = self.control_plane.owner().ok("apiKeysCreate", input).await;
        made["secret"].as_str().unwrap().to_owned()
    }

    /// A new key that may do all.
    pub(crate) async fn full_key(&self) -> String {
        self.key(self.control_plane.workspace(), json!({ "scopes": ["functions:*"] })).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.http.get(format!("{}{path}", self.url)).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, key: &str, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(key).body(body);
        Answer::of(request.send().await.unwrap()).await
    }

    /// Makes a function, and gives its id.
    pub(crate) async fn make(&self, key: &str, code: &str) -> String {
        let made = self.post(key, "/functions", json!({ "name": "f", "code": code }).to_string()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    }
}

/// `422 TIME_LIMIT: the function ran longer than 1 s`.
pub(crate) fn told(answer: &Answer) -> String {
    let error = &answer.body["error"];
    format!("{} {}: {}", answer.status, error["code"].as_str().unwrap(), error["message"].as_str().unwrap())
}
