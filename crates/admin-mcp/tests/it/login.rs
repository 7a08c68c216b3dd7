//! Signing in from a conversation, without the token or the code going through it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use aisetu_tests::TestServer;
use serde_json::{Value, json};

use crate::harness::{Browser, Client, ERAS, Era, Place};

const OWNER: &str = "owner@acme.example";

/// Of somebody who has no token yet.
fn environment(place: &Place, server: &TestServer) -> Vec<(&'static str, String)> {
    vec![
        ("AI_SETU_API_BASE_URL", server.owner().url("")),
        ("AI_SETU_NO_KEYRING", "1".to_owned()),
        ("HOME", place.path().join("home").display().to_string()),
    ]
}

fn login(client: &mut Client, email: &str) -> i64 {
    client.ask("tools/call", json!({ "name": "login", "arguments": { "email": email } }))
}

/// The token that was kept.
fn kept(place: &Place) -> String {
    let file = place.path().join("home/.config/aisetu/credentials.toml");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(file).unwrap();
    text.split('"').find(|word| word.starts_with("tt_pat_")).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_typed_on_a_page_and_the_token_is_kept() {
    for era in ERAS {
        let server = TestServer::start().await;
        let place = Place::new();
        let mut environment = environment(&place, &server);
        let browser = Browser::new(&place, &mut environment);
        let mut client = Client::start_with(&place.path(), &environment, era, None);
        let before = client.ok("get_status", json!({}));
        assert_eq!((&before["signedIn"], &before["controlPlane"]), (&json!(false), &json!(server.owner().url(""))));
        assert!(
            before["nextStep"].as_str().unwrap().starts_with("call login with the user's e-mail address"),
            "{before}"
        );

        login(&mut client, OWNER);
        let page = browser.pages(1)[0].clone();
        let code = server.mail().code(1).await;
        assert!(Browser::get(&page).1.contains("If owner@acme.example may sign in to"));
        let wrong = if code == "000000" { "111111" } else { "000000" };
        let (status, again) = Browser::fill(&page, &[("code", wrong)]);
        assert_eq!(status, 422, "{again}");
        let (status, done) = Browser::fill(&page, &[("code", &code)]);
        assert!(status == 200 && done.contains("You are signed in"), "{done}");
        let answer = client.receive()["result"]["structuredContent"].clone();
        assert_eq!((&answer["state"], &answer["profile"]), (&json!("SIGNED_IN"), &json!("default")));
        assert_eq!(answer["account"]["user"]["email"], OWNER);

        let after = client.ok("get_status", json!({}));
        assert_eq!((&after["signedIn"], &after["account"]["user"]["email"]), (&json!(true), &json!(OWNER)));
        client.ok("list_workspaces", json!({}));
        let token = kept(&place);
        assert!(token.ends_with(after["tokenHint"].as_str().unwrap()));
        assert!(!client.tape().contains(&token) && !client.tape().contains(&code));
        client.end();
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_are_all_that_a_page_takes() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mut environment = environment(&place, &server);
    let browser = Browser::new(&place, &mut environment);
    let mut client = Client::start_with(&place.path(), &environment, Era::Legacy, None);
    login(&mut client, OWNER);
    let page = browser.pages(1)[0].clone();
    // Whoever asks again meanwhile has the same page, and no second mail goes out.
    login(&mut client, OWNER);
    let code = server.mail().code(1).await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..4 {
        assert_eq!(Browser::fill(&page, &[("code", wrong)]).0, 422);
    }
    let (_, over) = Browser::fill(&page, &[("code", wrong)]);
    assert!(over.contains("this is the fifth code that is not the one that was sent"), "{over}");
    assert_eq!(Browser::get(&page).0, 410);
    let mut said = [(); 2].map(|()| client.receive()["result"]["content"][0]["text"].as_str().unwrap().to_owned());
    said.sort();
    assert!(said[0].starts_with("ABORTED: ") && said[1].starts_with("BAD_USER_INPUT: "), "{said:?}");
    assert_eq!((browser.pages(1).len(), server.mail().all().len()), (1, 1));
    assert_eq!(client.ok("get_status", json!({}))["signedIn"], false);
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_comes_through_the_conversation_where_no_page_can() {
    for era in ERAS {
        let server = TestServer::start().await;
        let place = Place::new();
        let mut client = Client::start_with(&place.path(), &environment(&place, &server), era, None);
        let said = client.refused("login", json!({ "email": OWNER, "code": "000000" }));
        assert!(said.starts_with("BAD_USER_INPUT: no code was asked for here"), "{said}");
        let sent = client.ok("login", json!({ "email": OWNER }));
        assert_eq!(sent["state"], "CODE_SENT");
        assert!(sent["nextStep"].as_str().unwrap().contains("call login again with `code`"), "{sent}");
        let code = server.mail().code(1).await;
        let wrong = if code == "000000" { "111111" } else { "000000" };
        let said = client.refused("login", json!({ "email": OWNER, "code": wrong }));
        assert!(said.contains("Next step: ask the user for the code once more"), "{said}");
        let done = client.ok("login", json!({ "email": OWNER, "code": code }));
        assert_eq!((&done["state"], &done["account"]["user"]["email"]), (&json!("SIGNED_IN"), &json!(OWNER)));
        assert!(!client.tape().contains(&kept(&place)));
        // What the model has read may want somebody else signed in.
        let said = client.refused("login", json!({ "email": "reader@acme.example" }));
        assert!(
            said.starts_with("CONFIRMATION_REQUIRED: the profile `default` has the token of another account")
                && said.contains("in a terminal: aisetu auth login\n"),
            "{said}"
        );
        assert_eq!(server.mail().all().len(), 1, "no code was asked for");
        let said = client.refused("login", json!({ "email": OWNER.to_uppercase() }));
        assert!(said.starts_with("RATE_LIMITED: "), "the same account may, and its code was just sent: {said}");
        client.end();
        server.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_a_screen_a_code_does_not_go_through_the_conversation() {
    let server = TestServer::start().await;
    let place = Place::new();
    let mut environment = environment(&place, &server);
    Browser::new(&place, &mut environment);
    let mut client = Client::start_with(&place.path(), &environment, Era::Modern, None);
    let said = client.refused("login", json!({ "email": OWNER, "code": "000000" }));
    assert!(
        said.starts_with("BAD_USER_INPUT: the code does not go through the conversation; it was not used"),
        "{said}"
    );
    client.end();
    environment.push(("AI_SETU_MCP_ALLOW_CODE_IN_CHAT", "1".to_owned()));
    let mut client = Client::start_with(&place.path(), &environment, Era::Modern, None);
    assert_eq!(client.ok("login", json!({ "email": OWNER }))["state"], "CODE_SENT");
    client.end();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_kept_is_revoked() {
    let server = TestServer::start().await;
    let place = Place::new();
    let home = place.path().join("home");
    let mut client = Client::start_with(&place.path(), &environment(&place, &server), Era::Modern, None);
    client.ok("login", json!({ "email": OWNER }));
    let code = server.mail().code(1).await;
    // What there is can be read, and nothing can be written.
    fs::create_dir_all(home.join(".config/aisetu/credentials.lock")).unwrap();
    let said = client.refused("login", json!({ "email": OWNER, "code": code }));
    assert!(said.starts_with("DELIVERY_FAILED: the token could not be kept, so it was revoked: "), "{said}");
    let pats = server.owner().ok("patsList", Value::Null).await;
    let states: Vec<&Value> = pats["items"].as_array().unwrap().iter().map(|pat| &pat["state"]).collect();
    assert_eq!(states, ["REVOKED", "ACTIVE"]);
    client.end();
    server.shutdown().await;
}
