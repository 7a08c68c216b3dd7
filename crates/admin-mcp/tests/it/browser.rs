//! What goes through the person's browser, and not through the conversation.

use aisetu_tests::TestServer;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, ERAS, Era, Place, agrees, split};

async fn with_key(server: &TestServer) -> String {
    let input = json!({ "workspaceId": server.workspace(), "name": "it's CI" });
    server.owner().ok("apiKeysCreate", input).await["item"]["id"].as_str().unwrap().to_owned()
}

async fn state(server: &TestServer, id: &str) -> Value {
    server.owner().ok("apiKeysGet", json!(id)).await["state"].clone()
}

fn call(client: &mut Client, tool: &str, arguments: Value) -> i64 {
    let mut call = json!({ "name": tool });
    call["arguments"] = arguments;
    client.ask("tools/call", call)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_forms_a_page_asks_for_the_name() {
    for era in ERAS {
        let server = TestServer::start().await;
        let id = with_key(&server).await;
        let place = Place::new();
        let (mut client, browser) = Client::start_with_screen(&place, &server, era);
        let asked = call(&mut client, "revoke_api_key", json!({ "id": id, "reason": "<b>over</b>" }));
        let page = browser.pages(1)[0].clone();
        let (_, shown) = Browser::get(&page);
        assert!(
            shown.contains("Revoke an API key: `it&#x27;s CI`") && shown.contains("&lt;b&gt;over&lt;&#x2f;b&gt;"),
            "{shown}"
        );
        assert!(shown.contains("content-security-policy: default-src 'none'; style-src 'nonce-"), "{shown}");
        assert!(shown.contains("cache-control: no-store") && shown.contains("referrer-policy: no-referrer"), "{shown}");
        let (status, again) = Browser::fill(&page, &[("typed", "CI")]);
        assert!(status == 422 && again.contains("That is not `it&#x27;s CI`"), "{again}");
        assert_eq!(state(&server, &id).await, "ACTIVE");
        let (status, done) = Browser::fill(&page, &[("typed", "it's CI")]);
        assert!(status == 200 && done.contains("It is done"), "{done}");
        let answer = client.receive();
        assert_eq!(
            (&answer["id"], &answer["result"]["structuredContent"]["state"]),
            (&json!(asked), &json!("REVOKED"))
        );
        assert_eq!(state(&server, &id).await, "REVOKED");
        assert_eq!(Browser::get(&page).0, 410, "a page is used once");
        client.end();
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_for_whom_it_is_and_takes_a_no() {
    for era in ERAS {
        let server = TestServer::start().await;
        let id = with_key(&server).await;
        let place = Place::new();
        let (mut client, browser) = Client::start_with_screen(&place, &server, era);
        call(&mut client, "revoke_api_key", json!({ "id": id }));
        let page = browser.pages(1)[0].clone();
        let (_, shown) = Browser::get(&page);
        assert!(shown.contains("An agent asks for this, as owner@acme.example in Acme at http:"), "{shown}");
        let (status, over) = Browser::fill(&page, &[("typed", ""), ("decline", "1")]);
        assert!(status == 200 && over.contains("Nothing was changed"), "{over}");
        let said = client.receive()["result"]["content"][0]["text"].as_str().unwrap().to_owned();
        assert!(
            said.starts_with("ABORTED: the user said no; nothing was changed\nNext step: do not try again"),
            "{said}"
        );
        assert_eq!((state(&server, &id).await, Browser::get(&page).0), (json!("ACTIVE"), 410));
        call(&mut client, "login", json!({ "email": "owner@acme.example" }));
        let page = browser.pages(2)[1].clone();
        assert_eq!(Browser::fill(&page, &[("code", ""), ("decline", "1")]).0, 200);
        let said = client.receive()["result"]["content"][0]["text"].as_str().unwrap().to_owned();
        assert!(said.starts_with("ABORTED: the user said no"), "{said}");
        client.end();
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_answers_to_its_own_form_alone() {
    let server = TestServer::start().await;
    let id = with_key(&server).await;
    let place = Place::new();
    let (mut client, browser) = Client::start_with_screen(&place, &server, Era::Legacy);
    call(&mut client, "revoke_api_key", json!({ "id": id }));
    let page = browser.pages(1)[0].clone();
    let (host, path) = split(&page);
    assert_eq!(path.len(), "/pages/".len() + 32, "128 bits in hexadecimal digits");
    let origin = format!("http://{host}");
    let (_, shown) = Browser::get(&page);
    let csrf = shown.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let good = format!("csrf={csrf}&typed=it%27s+CI");
    let localhost = format!("localhost:{}", host.rsplit(':').next().unwrap());
    for (headers, body) in [
        (vec![("Host", host.as_str())], good.as_str()),
        (vec![("Host", &host), ("Origin", "null")], &good),
        (vec![("Host", &host), ("Origin", "https://evil.example")], &good),
        (vec![("Host", "evil.example"), ("Origin", "http://evil.example")], &good),
        (vec![("Host", &localhost), ("Origin", &origin)], &good),
        (vec![("Host", &host), ("Origin", &origin)], "typed=it%27s+CI"),
        (vec![("Host", &host), ("Origin", &origin)], "csrf=00000000000000000000000000000000&typed=it%27s+CI"),
    ] {
        assert_eq!(Browser::post(&page, &headers, body).0, 403, "{headers:?} {body}");
    }
    assert_eq!(Browser::get(&format!("{origin}/pages/{}", "0".repeat(32))).0, 410);
    assert_eq!(state(&server, &id).await, "ACTIVE");
    for _ in 0..4 {
        assert_eq!(Browser::fill(&page, &[("typed", "x")]).0, 422);
    }
    let (status, over) = Browser::fill(&page, &[("typed", "x")]);
    assert!(status == 403 && over.contains("no tries left"), "{over}");
    let said = client.receive()["result"]["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(said.starts_with("ABORTED: "), "{said}");
    assert_eq!(state(&server, &id).await, "ACTIVE");
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_has_the_same_page_and_one_given_up_has_none() {
    let server = TestServer::start().await;
    let id = with_key(&server).await;
    let place = Place::new();
    let (mut client, browser) = Client::start_with_screen(&place, &server, Era::Legacy);
    let first = call(&mut client, "revoke_api_key", json!({ "id": id }));
    let page = browser.pages(1)[0].clone();
    let second = call(&mut client, "revoke_api_key", json!({ "id": id }));
    client.ok("get_status", json!({}));
    assert_eq!(browser.pages(1).len(), 1);
    for asked in [first, second] {
        let cancelled = json!({ "requestId": asked, "reason": "changed their mind" });
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancelled }));
    }
    // Whatever the server does next, it has seen both by then.
    client.ok("get_status", json!({}));
    assert_eq!(Browser::get(&page).0, 410);
    assert_eq!(state(&server, &id).await, "ACTIVE");
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_on_a_page_once_and_made_no_sooner() {
    for era in ERAS {
        let server = TestServer::start().await;
        let place = Place::new();
        let (mut client, browser) = Client::start_with_screen(&place, &server, era);
        let arguments = json!({ "name": "web", "workspaceId": server.workspace(), "deliver": { "kind": "browser" } });
        call(&mut client, "create_api_key", arguments);
        let page = browser.pages(1)[0].clone();
        let count = server.owner().ok("apiKeysList", Value::Null).await["totalCount"].clone();
        assert_eq!(count, 0, "nothing is made before somebody is there to see it");
        let (status, shown) = Browser::fill(&page, &[]);
        assert_eq!(status, 200, "{shown}");
        let secret = shown.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(secret.starts_with("tt_live_"), "{shown}");
        let answer = client.receive()["result"]["structuredContent"].clone();
        assert_eq!(answer["savedTo"], json!({ "kind": "browser" }));
        assert!(secret.ends_with(answer["item"]["hint"].as_str().unwrap()));
        assert_eq!(server.owner().verdict(&secret).await, "VALID");
        assert_eq!(Browser::get(&page).0, 410);
        // A rotation asks for the name on the same page.
        let arguments = json!({ "id": answer["item"]["id"], "deliver": { "kind": "browser" } });
        call(&mut client, "rotate_api_key", arguments);
        let page = browser.pages(2)[1].clone();
        assert_eq!(Browser::fill(&page, &[("typed", "x")]).0, 422);
        let (_, shown) = Browser::fill(&page, &[("typed", "web")]);
        let rotated = shown.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        client.receive();
        assert_eq!(server.owner().verdict(&rotated).await, "VALID");
        assert!(!client.tape().contains(&secret) && !client.tape().contains(&rotated));
        client.end();
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_screen_there_is_no_page() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mut client = Client::start(&place, &server, Era::Modern, Some(agrees));
    let said = client.refused("create_api_key", json!({ "name": "k", "deliver": { "kind": "browser" } }));
    assert!(
        said.starts_with("DELIVERY_FAILED: no browser can be opened on this machine; nothing was changed"),
        "{said}"
    );
    let source = json!({ "kind": "browser" });
    let said = client.refused("accept_invitation", json!({ "source": source }));
    assert!(said.starts_with("BAD_USER_INPUT: no browser can be opened on this machine; nothing was sent"), "{said}");
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_filled_in_on_a_page() {
    let server = TestServer::start().await;
    let place = Place::new();
    let (mut client, browser) = Client::start_with_screen(&place, &server, Era::Modern);
    let (access, secret) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let bedrock = json!({ "slug": "aws", "provider": "BEDROCK", "awsRegion": "us-west-2", "workspaceId": server.workspace(),
                          "source": { "kind": "browser" } });
    call(&mut client, "upsert_connection", bedrock);
    let page = browser.pages(1)[0].clone();
    let (_, shown) = Browser::get(&page);
    assert!(shown.contains("AWS secret access key</label>") && shown.contains("type=\"password\""), "{shown}");
    // What is wrong with it is mended on the page.
    let (status, again) = Browser::fill(&page, &[("part-0", "nonsense"), ("part-1", secret)]);
    assert_eq!(status, 422, "{again}");
    let (status, done) = Browser::fill(&page, &[("part-0", access), ("part-1", secret)]);
    assert_eq!(status, 200, "{done}");
    let answer = client.receive()["result"]["structuredContent"].clone();
    assert_eq!((&answer["slug"], &answer["provider"]), (&json!("aws"), &json!("BEDROCK")));
    assert!(!client.tape().contains(access) && !client.tape().contains(secret));
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_shows_addresses_brings_its_person_to_the_page() {
    let server = TestServer::start().await;
    let id = with_key(&server).await;
    let place = Place::new();
    let environment =
        [("AI_SETU_PAT", server.owner().token().unwrap().to_owned()), ("AI_SETU_API_BASE_URL", server.owner().url(""))];
    let client_info = json!({ "name": "test", "version": "0" });
    let url_mode = json!({ "elicitation": { "url": {} } });

    let mut client = Client::start_bare(&place.path(), &environment, Era::Legacy);
    client.request(
        "initialize",
        json!({ "protocolVersion": "2025-11-25", "capabilities": url_mode, "clientInfo": client_info }),
    );
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    call(&mut client, "revoke_api_key", json!({ "id": id }));
    let asked = client.receive();
    assert_eq!((&asked["method"], &asked["params"]["mode"]), (&json!("elicitation/create"), &json!("url")), "{asked}");
    let page = asked["params"]["url"].as_str().unwrap().to_owned();
    client.send(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "action": "accept" } }));
    assert_eq!(Browser::fill(&page, &[("typed", "it's CI")]).0, 200);
    assert_eq!(client.receive()["result"]["structuredContent"]["state"], "REVOKED");
    client.end();

    server.owner().ok("apiKeysRestore", json!(id)).await;
    let mut client = Client::start_bare(&place.path(), &environment, Era::Modern);
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": url_mode,
                       "io.modelcontextprotocol/clientInfo": client_info });
    let params = json!({ "name": "revoke_api_key", "arguments": { "id": id }, "_meta": meta });
    client.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }));
    let asked = client.receive()["result"].clone();
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    let page = asked["inputRequests"]["page"]["params"]["url"].as_str().unwrap().to_owned();
    let mut again = params.clone();
    again["inputResponses"] = json!({ "page": { "action": "accept" } });
    client.send(&json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": again }));
    assert_eq!(Browser::fill(&page, &[("typed", "it's CI")]).0, 200);
    assert_eq!(client.receive()["result"]["structuredContent"]["state"], "REVOKED");
    // Whoever is faster than the client: what is gone by then is told all the same.
    let workspace = server.owner().ok("workspacesCreate", json!({ "name": "old" })).await["id"].clone();
    let delete = json!({ "name": "delete_workspace", "arguments": { "id": workspace }, "_meta": meta });
    client.send(&json!({ "jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": delete }));
    let asked = client.receive()["result"].clone();
    let page = asked["inputRequests"]["page"]["params"]["url"].as_str().unwrap().to_owned();
    assert_eq!(Browser::fill(&page, &[("typed", "old")]).0, 200);
    let mut late = delete.clone();
    late["inputResponses"] = json!({ "page": { "action": "accept" } });
    client.send(&json!({ "jsonrpc": "2.0", "id": 6, "method": "tools/call", "params": late }));
    let done = client.receive()["result"].clone();
    assert_eq!((&done["isError"], &done["structuredContent"]["id"]), (&json!(false), &workspace), "{done}");
    // Whoever declines is not asked by the page either.
    server.owner().ok("apiKeysRestore", json!(id)).await;
    client.send(&json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params }));
    let asked = client.receive()["result"].clone();
    let page = asked["inputRequests"]["page"]["params"]["url"].as_str().unwrap().to_owned();
    again["inputResponses"] = json!({ "page": { "action": "decline" } });
    client.send(&json!({ "jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": again }));
    let said = client.receive()["result"]["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(said.starts_with("ABORTED: the user said no"), "{said}");
    assert_eq!(Browser::get(&page).0, 410);
    assert_eq!(state(&server, &id).await, "ACTIVE");
    client.end();
    server.shutdown().await;
}
