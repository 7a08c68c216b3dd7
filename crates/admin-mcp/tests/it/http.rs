//! Clients over HTTP, each with the token of its requests.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use aisetu_tests::TestServer;
use serde_json::{Value, json};

use crate::harness::{Browser, Place, send, split};

/// The program, serving over HTTP.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(place: &Place, server: &TestServer) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aisetu-mcp"))
            .args(["--http", "127.0.0.1:0"])
            .current_dir(place.path())
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("AI_SETU_API_BASE_URL", server.owner().url(""))
            .env("AI_SETU_MCP_TOOLSETS", "all")
            // What it has itself is nobody else's.
            .env("AI_SETU_PAT", server.owner().token().unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("serving on ").unwrap().to_owned();
        Self { child, url }
    }

    fn post(&self, headers: &[(&str, &str)], body: &Value) -> (u16, String) {
        let (host, _) = split(&self.url);
        let mut all = vec![("Accept", "application/json, text/event-stream"), ("Content-Type", "application/json")];
        if !headers.iter().any(|(name, _)| *name == "Host") {
            all.push(("Host", &host));
        }
        all.extend(headers);
        send("POST", &self.url, &all, &body.to_string())
    }

    /// Calls a tool in the modern era, which knows no sessions.
    fn call(&self, token: Option<&str>, tool: &str, arguments: &Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments, "_meta": meta() });
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers =
            vec![("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", tool)];
        headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
        let (status, answer) =
            self.post(&headers, &json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }));
        assert_eq!(status, 200, "{answer}");
        message(&answer)["result"].clone()
    }

    fn refused(&self, token: Option<&str>, tool: &str, arguments: &Value) -> String {
        let result = self.call(token, tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "0" },
    })
}

/// The last message of an answer, be it one or a stream of them.
fn message(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut found =
        body.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ").unwrap_or(line)).ok());
    // What stands between is how long the next piece is.
    found.rfind(Value::is_object).unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_has_its_own_token() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mcp = Served::start(&place, &server);
    let reader = server.reader().await;
    let (owner, reader) = (server.owner().token().unwrap(), reader.token().unwrap());
    let status = mcp.call(None, "get_status", &json!({}))["structuredContent"].clone();
    assert_eq!((&status["signedIn"], &status["controlPlane"]), (&json!(false), &json!(server.owner().url(""))));
    let said = mcp.refused(None, "list_workspaces", &json!({}));
    assert!(said.starts_with("UNAUTHENTICATED: the request came without a personal access token\n"), "{said}");
    let said = mcp.refused(Some("hunter2"), "list_workspaces", &json!({}));
    assert!(said.starts_with("UNAUTHENTICATED: the token from `Authorization` is not well-formed"), "{said}");
    for (token, may) in [(owner, true), (reader, false), (owner, true)] {
        let made = mcp.call(Some(token), "create_workspace", &json!({ "name": "w" }));
        assert_eq!(made["isError"], !may, "{made}");
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_servers_is_not_the_callers() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mcp = Served::start(&place, &server);
    let owner = server.owner().token();
    let said = mcp.refused(owner, "login", &json!({ "email": "owner@acme.example" }));
    assert!(said.starts_with("UNAUTHORIZED: `login` is not for clients over HTTP"), "{said}");
    let deliver = json!({ "kind": "env_file", "path": ".env", "variable": "KEY" });
    let said = mcp.refused(
        owner,
        "create_api_key",
        &json!({ "name": "k", "workspaceId": server.workspace(), "deliver": deliver }),
    );
    assert!(
        said.starts_with("DELIVERY_FAILED: files, keyring and commands of this server are not the caller's"),
        "{said}"
    );
    let source = json!({ "kind": "env", "variables": ["HOME"] });
    let said = mcp.refused(owner, "upsert_connection", &json!({ "slug": "s", "provider": "OPENAI", "source": source }));
    assert!(said.contains("what this server can read is its own"), "{said}");
    assert!(std::fs::read_dir(place.path()).unwrap().next().is_none(), "a file was written");

    // A token of nobody opens no page.
    let nobody = admin_token::mint(admin_token::TokenKind::Pat, |bytes| bytes.fill(7));
    let arguments = json!({ "slug": "s", "provider": "OPENAI", "source": { "kind": "browser" } });
    let said = mcp.refused(Some(nobody.secret().expose()), "upsert_connection", &arguments);
    assert!(said.starts_with("UNAUTHENTICATED: "), "{said}");

    // A page shows the secret, on the server's own port.
    let arguments = json!({ "name": "k", "workspaceId": server.workspace(), "deliver": { "kind": "browser" } });
    let said = mcp.refused(owner, "create_api_key", &arguments);
    let page = said.split("ask the user to open ").nth(1).unwrap().split(' ').next().unwrap();
    assert_eq!(split(page).0, split(&mcp.url).0);
    let shown = Browser::get(page).1;
    assert!(shown.contains("as owner@acme.example in Acme at"), "whoever is sent there sees whose it is: {shown}");
    let (status, shown) = Browser::fill(page, &[]);
    assert_eq!(status, 200, "{shown}");
    let secret = shown.split("<code>").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(server.owner().verdict(secret).await, "VALID");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_own_host_and_pages_of_this_machine_reach_it() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mcp = Served::start(&place, &server);
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "0" } } });
    assert_eq!(mcp.post(&[], &initialize).0, 200);
    assert_eq!(mcp.post(&[("Origin", "http://localhost:5173")], &initialize).0, 200);
    assert_eq!(mcp.post(&[("Origin", "https://evil.example")], &initialize).0, 403);
    assert_eq!(mcp.post(&[("Host", "evil.example")], &initialize).0, 403);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_the_legacy_era_has_a_session() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mcp = Served::start(&place, &server);
    let bearer = format!("Bearer {}", server.owner().token().unwrap());
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "0" } } });
    let (_, answer) = mcp.post(&[], &initialize);
    let session = answer.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap().trim().to_owned();
    let headers =
        [("Mcp-Session-Id", session.as_str()), ("MCP-Protocol-Version", "2025-11-25"), ("Authorization", &bearer)];
    let (status, _) = mcp.post(&headers, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    assert_eq!(status, 202);
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "list_workspaces", "arguments": {} } });
    let (status, answer) = mcp.post(&headers, &call);
    assert_eq!(status, 200);
    assert_eq!(message(&answer)["result"]["structuredContent"]["totalCount"], 2, "{answer}");
    server.shutdown().await;
}
