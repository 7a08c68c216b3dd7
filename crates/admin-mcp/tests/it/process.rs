//! Starting, failing, ending.

use std::process::Command;

use aisetu_tests::TestServer;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::harness::{Client, ERAS, Era, Place};

#[test]
fn without_credentials_it_starts_and_says_what_to_do() {
    for era in ERAS {
        let place = Place::new();
        let mut client = Client::start_with(&place.path(), &[], era, None);
        let said = client.refused("list_workspaces", json!({}));
        insta::allow_duplicates! { insta::assert_snapshot!(said, @"
        UNAUTHENTICATED: there is no personal access token for https://api.aisetu.ai: nobody is signed in, no profile was named, and neither `AI_SETU_PAT` nor `AI_SETU_PROFILE` is set
        Next step: sign in with `aisetu auth login`, or make a token at https://app.aisetu.ai/settings/profile and set `AI_SETU_PAT` to it; or to try it without an account, `aisetu dev` starts a control plane on this machine. No token goes into this conversation
        Retryable: no
        "); }
        assert_eq!(client.end(), (Some(0), String::new()));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "it left nothing behind");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_says_its_code_the_next_step_and_the_request() {
    let server = TestServer::start().await;
    let place = Place::new();
    let reader = server.reader().await;
    let url = server.owner().url("");
    let environment = [("AI_SETU_PAT", reader.token().unwrap().to_owned()), ("AI_SETU_API_BASE_URL", url)];
    let mut client = Client::start_with(&place.path(), &environment, Era::Legacy, None);
    let mut said = |tool: &str, arguments: Value| {
        let said = client.refused(tool, arguments);
        let without_id: Vec<&str> = said.lines().filter(|line| !line.starts_with("Request id: req_")).collect();
        let ids = said.lines().count() - without_id.len();
        format!("{}\n({ids} request id)", without_id.join("\n"))
    };
    insta::assert_snapshot!(said("create_workspace", json!({ "name": "w" })), @"
    UNAUTHORIZED: `workspacesCreate` needs the scope admin:write or admin:organizations; this token has admin:read
    Next step: use a personal access token with the scope admin:write or admin:organizations
    Retryable: no
    (1 request id)
    ");
    insta::assert_snapshot!(said("test_connection", json!({ "id": "conn_0" })), @"
    BAD_USER_INPUT: `id` is not the id of a connection
    Next step: such an id is `conn_` and 26 characters
    Retryable: no
    (1 request id)
    ");
    insta::assert_snapshot!(said("list_api_keys", json!({ "limit": 1000 })), @"
    BAD_USER_INPUT: `limit` is 1000; it must be 1 to 100
    Next step: correct the argument and call again
    Retryable: no
    (1 request id)
    ");
    insta::assert_snapshot!(said("list_api_keys", json!({ "limit": "many" })), @r#"
    BAD_USER_INPUT: `limit`: invalid type: string "many", expected i32
    Next step: correct the argument by the tool's schema and call again
    Retryable: no
    (0 request id)
    "#);
    insta::assert_snapshot!(said("list_api_keys", json!({ "page": 2 })), @"
    BAD_USER_INPUT: there is no argument `page`; there are cursor, expiresTo, lastUsedTo, limit, projectId, state, text, workspaceId
    Next step: correct the argument and call again
    Retryable: no
    (0 request id)
    ");
    client.end();
    server.shutdown().await;

    let nowhere = [
        ("AI_SETU_PAT", reader.token().unwrap().to_owned()),
        ("AI_SETU_API_BASE_URL", "http://127.0.0.1:1".to_owned()),
    ];
    let mut client = Client::start_with(&place.path(), &nowhere, Era::Legacy, None);
    insta::assert_snapshot!(client.refused("list_workspaces", json!({})), @"
    NETWORK: the connection was refused by http://127.0.0.1:1 after 3 attempts
    Next step: nothing listens there: is the control plane running? `aisetu dev` starts one
    Retryable: yes
    ");
    client.end();
}

#[test]
fn an_unknown_tool_is_an_error_of_the_protocol() {
    for era in ERAS {
        let place = Place::new();
        let mut client = Client::start_with(&place.path(), &[], era, None);
        let answer = client.request("tools/call", json!({ "name": "drop_table", "arguments": {} }));
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        client.end();
    }
}

#[test]
fn what_is_no_message_does_not_end_it() {
    let place = Place::new();
    let mut client = Client::start_with(&place.path(), &[], Era::Legacy, None);
    for line in ["", "nonsense", "{", "[]", r#"{"jsonrpc":"2.0"}"#, r#"{"jsonrpc":"2.0","method":"nothing/known"}"#] {
        client.send_line(line);
    }
    let id = client.ask("tools/list", json!({}));
    loop {
        let message = client.receive();
        if message["id"] == id {
            assert!(message["result"]["tools"].is_array());
            break;
        }
        assert!(message["error"].is_object(), "{message}");
    }
    assert_eq!(client.end().0, Some(0));
}

#[test]
fn a_client_that_goes_away_or_a_signal_ends_it_in_good_order() {
    let place = Place::new();
    // Before a word was said.
    assert_eq!(Client::start_with(&place.path(), &[], Era::Modern, None).end(), (Some(0), String::new()));
    for signal in ["TERM", "INT"] {
        for era in ERAS {
            let mut client = Client::start_with(&place.path(), &[], era, None);
            client.request("tools/list", json!({}));
            assert!(Command::new("kill").args(["-s", signal, &client.id().to_string()]).status().unwrap().success());
            assert_eq!(client.wait().0, Some(0), "{signal}");
        }
    }
}

/// A way to the control plane that says when it has an answer, and holds it back until it is told.
async fn slow(server: &TestServer) -> (String, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let upstream = server.owner().url("").trim_start_matches("http://").to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, answered) = oneshot::channel();
    let (go_on, told) = oneshot::channel();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = tokio::net::TcpStream::connect(upstream).await.unwrap();
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let forth = tokio::io::copy(&mut from_client, &mut to_server);
        let back = async {
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let mut first = vec![0; 1];
            from_server.read_exact(&mut first).await.unwrap();
            sender.send(()).unwrap();
            told.await.unwrap();
            to_client.write_all(&first).await.unwrap();
            tokio::io::copy(&mut from_server, &mut to_client).await
        };
        let _ = tokio::join!(forth, back);
    });
    (url, answered, go_on)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_being_made_arrives_though_the_client_goes_away() {
    let server = TestServer::start().await;
    for signal in [false, true] {
        let place = Place::new();
        let (url, answered, go_on) = slow(&server).await;
        let environment = [("AI_SETU_PAT", server.owner().token().unwrap().to_owned()), ("AI_SETU_API_BASE_URL", url)];
        let mut client = Client::start_with(&place.path(), &environment, Era::Legacy, None);
        let deliver = json!({ "kind": "env_file", "path": ".env", "variable": "KEY" });
        let arguments = json!({ "name": "k", "workspaceId": server.workspace(), "deliver": deliver });
        client.ask("tools/call", json!({ "name": "create_api_key", "arguments": arguments }));
        answered.await.unwrap();
        if signal {
            assert!(Command::new("kill").args(["-s", "TERM", &client.id().to_string()]).status().unwrap().success());
        } else {
            client.close();
        }
        assert_eq!(client.complaint(), "waiting for a change that has begun, at most 70 s\n");
        assert_eq!(place.variable(".env", "KEY"), None, "the answer is not there yet");
        go_on.send(()).unwrap();
        assert_eq!(client.wait(), (Some(0), String::new()));
        let secret = place.variable(".env", "KEY").expect("the secret is where it belongs");
        assert!(secret.starts_with("tt_live_"));
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_making_has_no_answer_may_be_there_without_a_secret() {
    let server = TestServer::start().await;
    let place = Place::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        // Every connection ends before the answer.
        while let Ok((mut client, _)) = listener.accept().await {
            use tokio::io::AsyncReadExt as _;
            let _ = client.read(&mut [0; 4096]).await;
        }
    });
    let environment = [("AI_SETU_PAT", server.owner().token().unwrap().to_owned()), ("AI_SETU_API_BASE_URL", url)];
    let mut client = Client::start_with(&place.path(), &environment, Era::Legacy, None);
    let deliver = json!({ "kind": "env_file", "path": ".env", "variable": "KEY" });
    let said = client.refused("create_api_key", json!({ "name": "k", "deliver": deliver }));
    assert!(said.starts_with("NETWORK: "), "{said}");
    assert!(
        said.contains("nobody has its secret: look with the list or get tool; if it is there, call revoke_api_key"),
        "{said}"
    );
    client.end();
    server.shutdown().await;
}
