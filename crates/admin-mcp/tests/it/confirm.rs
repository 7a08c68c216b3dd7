//! Nothing is taken away without a person.

use std::time::Duration;

use admin_core::CredentialSource;
use admin_core::env::Environment;
use admin_local::Wanted;
use admin_mcp::Options;
use aisetu_tests::TestServer;
use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWriteExt as _, Lines};

use crate::harness::{Client, ERAS, Era, Person, Place, agrees};

async fn with_key(server: &TestServer) -> String {
    let input = json!({ "workspaceId": server.workspace(), "name": "it's CI" });
    server.owner().ok("apiKeysCreate", input).await["item"]["id"].as_str().unwrap().to_owned()
}

async fn state(server: &TestServer, id: &str) -> Value {
    server.owner().ok("apiKeysGet", json!(id)).await["state"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_typed_name_is_a_yes() {
    let persons: [(Person, &str); 6] = [
        (|_| json!({ "action": "decline" }), "the user said no"),
        (|_| json!({ "action": "cancel" }), "the user gave no answer"),
        (|_| json!({ "action": "accept", "content": { "name": "CI" } }), "what the user typed is not its name"),
        (|_| json!({ "action": "accept", "content": { "name": "yes" } }), "what the user typed is not its name"),
        (|_| json!({ "action": "accept", "content": {} }), "what the user typed is not its name"),
        (|_| json!({ "action": "accept", "content": { "name": true } }), "what the user typed is not its name"),
    ];
    for era in ERAS {
        let server = TestServer::start().await;
        let id = with_key(&server).await;
        for (person, why) in persons {
            let place = Place::new();
            let mut client = Client::start(&place, &server, era, Some(person));
            let said = client.refused("revoke_api_key", json!({ "id": id }));
            assert_eq!(
                said,
                format!(
                    "ABORTED: {why}; nothing was changed\nNext step: do not try again unless the user asks for it\nRetryable: no"
                ),
                "{era:?}"
            );
            assert_eq!(state(&server, &id).await, "ACTIVE", "{era:?}: {why}");
            client.end();
        }
        let place = Place::new();
        let mut client = Client::start(&place, &server, era, Some(agrees));
        client.ok("revoke_api_key", json!({ "id": id }));
        assert_eq!(state(&server, &id).await, "REVOKED");
        client.end();
        server.shutdown().await;
    }
}

async fn receive(lines: &mut Lines<impl AsyncBufRead + Unpin>) -> Value {
    serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap()
}

/// The clock of the server is ours: five minutes pass at once.
#[tokio::test]
async fn a_form_that_nobody_answers_in_five_minutes_is_a_no() {
    let server = TestServer::start().await;
    let id = with_key(&server).await;
    let known =
        [("AI_SETU_PAT", server.owner().token().unwrap().to_owned()), ("AI_SETU_API_BASE_URL", server.owner().url(""))];
    let environment =
        Environment::new(move |name| known.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()));
    let wanted = Wanted { profile: None, base_url: None, base_url_from: CredentialSource::Explicit, folder: None };
    let (client, theirs) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(admin_mcp::serve(Options::new(wanted, environment).unwrap(), tokio::io::split(theirs)));
    let (read, mut write) = tokio::io::split(client);
    let mut lines = tokio::io::BufReader::new(read).lines();
    let client_info = json!({ "name": "test", "version": "0" });
    let initialize =
        json!({ "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} }, "clientInfo": client_info });
    for message in [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "revoke_api_key", "arguments": { "id": id } } }),
    ] {
        write.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }
    assert_eq!(receive(&mut lines).await["id"], 1);
    let form = receive(&mut lines).await;
    assert_eq!(form["method"], "elicitation/create", "{form}");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(301)).await;
    tokio::time::resume();
    let mut said = receive(&mut lines).await;
    while said["id"] != 2 {
        assert_eq!(
            said["method"], "notifications/cancelled",
            "the client is told that its form is of no use any more: {said}"
        );
        said = receive(&mut lines).await;
    }
    let said = said["result"]["content"][0]["text"].as_str().unwrap();
    assert!(said.starts_with("ABORTED: the user gave no answer; nothing was changed\n"), "{said}");
    assert_eq!(state(&server, &id).await, "ACTIVE");
    drop((lines, write));
    serving.await.unwrap().unwrap();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_forms_the_user_gets_the_command() {
    for era in ERAS {
        let server = TestServer::start().await;
        let id = with_key(&server).await;
        let place = Place::new();
        let mut client = Client::start(&place, &server, era, None);
        let arguments = json!({ "id": id, "code": "OTHER", "reason": "it's over", "confirm": "it's CI" });
        let said = client.refused("revoke_api_key", arguments);
        assert!(said.starts_with("BAD_USER_INPUT: there is no argument `confirm`"), "no argument confirms: {said}");
        let said = client.refused("revoke_api_key", json!({ "id": id, "code": "OTHER", "reason": "it's over" }));
        assert_eq!(
            said,
            format!(
                "CONFIRMATION_REQUIRED: a person must confirm it, and neither this client nor a browser can ask one; `it's CI` was left as it is\n\
                 Next step: give the user this command to run in a terminal: \
                 aisetu --base-url {} api-keys revoke {id} --code OTHER --reason 'it'\\''s over' --yes\nRetryable: no",
                server.owner().url("")
            )
        );
        let said = client.refused("delete_workspace", json!({ "id": server.second_workspace() }));
        let command = format!(" workspaces delete {} --confirm second\n", server.second_workspace());
        assert!(said.contains(&command), "{said}");
        let input = json!({ "workspaceId": server.workspace(), "name": "search" });
        let project = server.owner().ok("projectsCreate", input).await["id"].as_str().unwrap().to_owned();
        let said = client.refused("archive_project", json!({ "id": project }));
        assert!(said.contains("`search` was left as it is\n"), "{said}");
        assert!(said.contains(&format!(" projects archive {project} --yes\n")), "{said}");
        let said = client.refused("archive_project", json!({ "id": server.workspace() }));
        assert!(said.starts_with("NOT_FOUND: project not found\nNext step: call list_projects"), "{said}");
        let deliver = json!({ "kind": "env_file", "path": ".env", "variable": "KEY" });
        let said = client.refused("rotate_api_key", json!({ "id": id, "grace": "0s", "deliver": deliver }));
        let save_to = format!("'env:{}#KEY'", place.path().join(".env").display());
        let command = format!(" api-keys rotate {id} --save-to {save_to} --grace 0s --yes\n");
        assert!(said.contains(&command), "{said}");
        assert_eq!(state(&server, &id).await, "ACTIVE");
        assert!(!place.path().join(".env").exists());
        client.end();
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_for_its_own_call() {
    let server = TestServer::start().await;
    let (one, other) = (with_key(&server).await, with_key(&server).await);
    let place = Place::new();
    let mut client = Client::start(&place, &server, Era::Modern, Some(agrees));
    let mut ask = |tool: &str, id: &str, state: Option<&Value>| {
        let mut call = json!({ "name": tool, "arguments": { "id": id } });
        if let Some(state) = state {
            call["requestState"] = state.clone();
            call["inputResponses"] = json!({ "confirm": { "action": "accept", "content": { "name": "it's CI" } } });
        }
        client.request("tools/call", call)["result"].clone()
    };
    let question = ask("revoke_api_key", &one, None);
    assert_eq!(question["resultType"], "input_required");
    let sealed = question["requestState"].clone();
    let mut forged = sealed.as_str().unwrap().to_owned();
    forged.replace_range(forged.len() - 6..forged.len() - 5, if forged.ends_with('A') { "B" } else { "A" });
    for (tool, id, state) in [
        ("revoke_api_key", &other, &sealed),
        ("finish_key_rotation", &one, &sealed),
        ("revoke_api_key", &one, &json!(forged)),
        ("revoke_api_key", &one, &json!("")),
    ] {
        let refused = ask(tool, id, Some(state));
        let said = refused["content"][0]["text"].as_str().unwrap();
        assert!(said.starts_with("CONFIRMATION_REQUIRED: the confirmation is not one for this call"), "{said}");
    }
    assert_eq!(ask("revoke_api_key", &one, Some(&sealed))["structuredContent"]["state"], "REVOKED");
    server.owner().ok("apiKeysRestore", json!(one)).await;
    let again = ask("revoke_api_key", &one, Some(&sealed));
    assert!(again["content"][0]["text"].as_str().unwrap().contains("was used already"), "{again}");
    assert_eq!((state(&server, &one).await, state(&server, &other).await), (json!("ACTIVE"), json!("ACTIVE")));
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_asked_about() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mut client = Client::start(&place, &server, Era::Legacy, Some(|_| panic!("nobody is asked")));
    for (tool, prefix) in [("revoke_api_key", "key"), ("delete_workspace", "ws"), ("revoke_pat", "pat")] {
        let said = client.refused(tool, json!({ "id": format!("{prefix}_{}", "0".repeat(26)) }));
        assert!(said.starts_with("NOT_FOUND: "), "{said}");
    }
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_shows_what_is_agreed_to() {
    let server = TestServer::start().await;
    let id = with_key(&server).await;
    let place = Place::new();
    let mut client = Client::start(&place, &server, Era::Modern, Some(agrees));
    let mut ask = |tool: &str, arguments: Value| {
        let asked = client.request("tools/call", json!({ "name": tool, "arguments": arguments }));
        let question = asked["result"]["inputRequests"]["confirm"]["params"]["message"].as_str().unwrap();
        question.replace(&id, "[ID]")
    };
    insta::assert_snapshot!(ask("revoke_api_key", json!({ "id": id, "code": "COMPROMISED", "reason": "seen\n- code: \"UNUSED\"" })), @r#"
    Revoke an API key: `it's CI` ([ID]). Revokes an API key: none of its secrets works any more.
    - it was never used
    - it had 0 requests in the last 24 hours
    - code: "COMPROMISED" (it cannot be restored afterwards)
    - reason: "seen\n- code: \"UNUSED\""
    Type its name, `it's CI`, to go on.
    "#);
    let deliver = json!({ "kind": "env_file", "path": ".env", "variable": "KEY" });
    insta::assert_snapshot!(ask("rotate_api_key", json!({ "id": id, "grace": "0s", "deliver": deliver })), @r#"
    Rotate an API key: `it's CI` ([ID]). Gives an API key a new secret; the old one works until its grace ends.
    - it was never used
    - it had 0 requests in the last 24 hours
    - the new secret goes into ".env" as "KEY"
    - grace: "0s"
    Type its name, `it's CI`, to go on.
    "#);
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_is_typed_before_a_top_up_is_made() {
    let persons: [(Person, Option<&str>); 5] = [
        (|_| json!({ "action": "decline" }), Some("the user said no")),
        (
            |_| json!({ "action": "accept", "content": { "amount": "25" } }),
            Some("what the user typed is not the amount"),
        ),
        (
            |_| json!({ "action": "accept", "content": { "name": "25.50" } }),
            Some("what the user typed is not the amount"),
        ),
        (|_| json!({ "action": "accept", "content": { "amount": "25.5" } }), None),
        (agrees, None),
    ];
    for era in ERAS {
        let server = TestServer::start().await;
        let mut made = 0;
        for (person, why) in persons {
            let place = Place::new();
            let mut client = Client::start(&place, &server, era, Some(person));
            if let Some(why) = why {
                let said = client.refused("create_top_up_intent", json!({ "usd": "25.5" }));
                assert!(said.starts_with(&format!("ABORTED: {why}; nothing was changed\n")), "{era:?}: {said}");
            } else {
                let answer = client.ok("create_top_up_intent", json!({ "usd": "25.5" }));
                assert_eq!((&answer["state"], &answer["amount"]["amount"]), (&json!("PENDING"), &json!("25.50")));
                assert!(answer["paymentUrl"].is_string(), "{answer}");
                made += 1;
            }
            let top_ups = client.ok("list_top_ups", json!({}));
            assert_eq!(top_ups["totalCount"], made, "{era:?} {why:?}");
            client.end();
        }
        let place = Place::new();
        let mut client = Client::start(&place, &server, era, None);
        let said = client.refused("create_top_up_intent", json!({ "usd": "25.5" }));
        assert_eq!(
            said,
            format!(
                "CONFIRMATION_REQUIRED: a person must confirm it, and neither this client nor a browser can ask one; nothing was made\n\
                 Next step: give the user this command to run in a terminal: aisetu --base-url {} billing create-top-up-intent \
                 --amount 25.5 --max-amount 25.50\nRetryable: no",
                server.owner().url("")
            )
        );
        for wrong in [json!(25), json!("25,50"), json!("lots")] {
            let said = client.refused("create_top_up_intent", json!({ "usd": wrong }));
            assert!(said.starts_with("BAD_USER_INPUT: "), "{said}");
        }
        // What only a program can use is not shown.
        let mut client = {
            client.end();
            Client::start(&place, &server, era, Some(agrees))
        };
        let answer = client.ok("create_top_up_intent", json!({ "usd": "5" }));
        assert!(answer["paymentUrl"].is_string() && !client.tape().contains("_secret_"), "{answer}");
        client.end();
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_about_money_shows_the_sum() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mut client = Client::start(&place, &server, Era::Modern, Some(agrees));
    let call = json!({ "name": "create_top_up_intent", "arguments": { "usd": "25.5" } });
    let asked = client.request("tools/call", call);
    let params = &asked["result"]["inputRequests"]["confirm"]["params"];
    insta::assert_snapshot!(params["message"].as_str().unwrap(), @r#"
    Create a top-up: 25.50 USD. Makes a top-up that can be paid; nothing is charged before it is.
    Type the amount, `25.50`, to go on.
    "#);
    assert_eq!(params["requestedSchema"]["required"], json!(["amount"]));
    client.end();
    server.shutdown().await;
}

/// A form that is open: the id of the call, and the id of the question.
fn open_form(client: &mut Client, tool: &str, arguments: Value) -> (i64, Value) {
    let mut call = json!({ "name": tool });
    call["arguments"] = arguments;
    let id = client.ask("tools/call", call);
    let question = client.receive();
    assert_eq!(question["method"], "elicitation/create", "{question}");
    (id, question["id"].clone())
}

fn fill(client: &mut Client, question: &Value, name: &str) {
    let answer = json!({ "action": "accept", "content": { "name": name } });
    client.send(&json!({ "jsonrpc": "2.0", "id": question, "result": answer }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_given_up_is_not_carried_out_by_a_late_answer() {
    let server = TestServer::start().await;
    let id = with_key(&server).await;
    let place = Place::new();
    let mut client = Client::start(&place, &server, Era::Legacy, Some(agrees));
    let (call, question) = open_form(&mut client, "revoke_api_key", json!({ "id": id }));
    let cancelled = json!({ "requestId": call, "reason": "timed out" });
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancelled }));
    fill(&mut client, &question, "it's CI");
    // Whatever the server does next, it has seen both by then.
    client.ok("get_status", json!({}));
    assert_eq!(state(&server, &id).await, "ACTIVE");
    client.end();
    assert_eq!(state(&server, &id).await, "ACTIVE");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_got_another_name_meanwhile_is_left_alone() {
    for era in ERAS {
        let server = TestServer::start().await;
        let place = Place::new();
        let mut client = Client::start(&place, &server, era, Some(agrees));
        let arguments = json!({ "id": server.second_workspace() });
        let rename = json!({ "id": server.second_workspace(), "name": "PRODUCTION" });
        let said = if era == Era::Legacy {
            let (call, question) = open_form(&mut client, "delete_workspace", arguments);
            server.owner().ok("workspacesRename", rename).await;
            fill(&mut client, &question, "second");
            let answer = client.receive();
            assert_eq!(answer["id"], call, "{answer}");
            answer
        } else {
            let mut call = json!({ "name": "delete_workspace", "arguments": arguments });
            call["requestState"] = client.request("tools/call", call.clone())["result"]["requestState"].clone();
            server.owner().ok("workspacesRename", rename).await;
            call["inputResponses"] = json!({ "confirm": { "action": "accept", "content": { "name": "second" } } });
            client.request("tools/call", call)
        };
        let said = said["result"]["content"][0]["text"].as_str().unwrap();
        assert!(said.starts_with("CONFIRMATION_REQUIRED: the confirmation is not one for this call"), "{said}");
        let kept = server.owner().ok("workspacesGet", json!(server.second_workspace())).await;
        assert_eq!((kept["name"].clone(), kept["deletedAt"].clone()), (json!("PRODUCTION"), Value::Null));
        client.end();
        server.shutdown().await;
    }
}
