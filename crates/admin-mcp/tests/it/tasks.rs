//! What people ask a builder agent for, as an agent plays it: each in a few calls.

use aisetu_tests::TestServer;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, ERAS, Place, agrees};

/// The most calls that a task takes.
const MOST: usize = 8;

/// A task: its calls are counted.
struct Task<'a> {
    client: &'a mut Client,
    calls: usize,
}

impl Task<'_> {
    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.calls += 1;
        assert!(self.calls <= MOST, "it takes too many calls");
        self.client.ok(tool, arguments)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_brought_on_board() {
    for era in ERAS {
        let server = TestServer::start().await;
        let place = Place::new();
        let mut environment = vec![
            ("AI_SETU_API_BASE_URL", server.owner().url("")),
            ("AI_SETU_NO_KEYRING", "1".to_owned()),
            ("HOME", place.path().join("home").display().to_string()),
        ];
        let browser = Browser::new(&place, &mut environment);
        let mut client = Client::start_with(&place.path(), &environment, era, Some(agrees));
        let mut task = Task { client: &mut client, calls: 0 };
        assert_eq!(task.call("get_status", json!({}))["signedIn"], false);
        task.client.ask("tools/call", json!({ "name": "login", "arguments": { "email": "owner@acme.example" } }));
        let page = browser.pages(1)[0].clone();
        let code = server.mail().code(1).await;
        assert_eq!(Browser::fill(&page, &[("code", &code)]).0, 200);
        assert_eq!(task.client.receive()["result"]["structuredContent"]["state"], "SIGNED_IN");
        task.calls += 1;
        let workspace = task.call("list_workspaces", json!({}))["items"][0]["id"].clone();
        let deliver = json!({ "kind": "env_file", "path": ".env", "variable": "AI_SETU_API_KEY" });
        task.call("create_api_key", json!({ "name": "first", "workspaceId": workspace, "deliver": deliver }));
        assert!(place.variable(".env", "AI_SETU_API_KEY").unwrap().starts_with("tt_live_"));
        client.end();
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_kept_running() {
    for era in ERAS {
        let server = TestServer::start().await;
        let place = Place::new();
        let mut client = Client::start(&place, &server, era, Some(agrees));
        let deliver = json!({ "kind": "env_file", "path": ".env", "variable": "KEY" });

        // A key is rotated, found by its name.
        let made = json!({ "name": "web", "workspaceId": server.workspace() });
        server.owner().ok("apiKeysCreate", made).await;
        let mut task = Task { client: &mut client, calls: 0 };
        let found = task.call("list_api_keys", json!({ "text": "web" }))["items"][0]["id"].clone();
        let rotated = task.call("rotate_api_key", json!({ "id": found, "grace": "1h", "deliver": deliver }));
        assert_eq!(rotated["item"]["versions"].as_array().unwrap().len(), 2);

        // Somebody is invited, and another gets another role.
        server.viewer_member().await;
        let mut task = Task { client: &mut client, calls: 0 };
        let invited = task.call("invite_member", json!({ "email": "ada@example.com", "role": "VIEWER" }));
        assert_eq!(invited["state"], "PENDING", "{invited}");
        let members = task.call("list_members", json!({}));
        let other =
            members["items"].as_array().unwrap().iter().find(|member| member["user"]["email"] != "owner@acme.example");
        let id = other.unwrap()["user"]["id"].clone();
        task.call("set_member_role", json!({ "userId": id, "role": "ADMIN" }));

        // A provider is added from a file, and tried.
        let mut task = Task { client: &mut client, calls: 0 };
        std::fs::write(place.path().join("given.env"), "OPENAI_API_KEY=sk-test-0123456789abcdefghij\n").unwrap();
        let source = json!({ "kind": "env_file", "path": "given.env", "variables": ["OPENAI_API_KEY"] });
        let providers = task.call("list_providers", json!({}));
        assert!(providers["items"].as_array().unwrap().iter().any(|one| one["provider"] == "OPENAI"));
        let connection =
            json!({ "slug": "openai", "provider": "OPENAI", "workspaceId": server.workspace(), "source": source });
        let connected = task.call("upsert_connection", connection)["id"].clone();
        let tested = task.call("test_connection", json!({ "id": connected }));
        assert!(
            tested["outcome"].is_string() && tested["message"].as_str().unwrap().starts_with("(untrusted text) "),
            "{tested}"
        );
        client.end();

        // What a person declines stays.
        let mut client = Client::start(&place, &server, era, Some(|_| json!({ "action": "decline" })));
        let mut task = Task { client: &mut client, calls: 0 };
        let workspaces = task.call("list_workspaces", json!({}));
        let said = task.client.refused("delete_workspace", json!({ "id": server.second_workspace() }));
        assert!(said.starts_with("ABORTED"), "{said}");
        assert_eq!(task.call("list_workspaces", json!({})), workspaces);
        client.end();
        server.shutdown().await;
    }
}
