//! The API as a client sees it.

use functions_api::functions::{Function, Functions, MOST};
use serde_json::json;

use crate::support::{Place, told};

#[tokio::test]
async fn a_function_is_made_and_executed() {
    let place = Place::start().await;
    let key = place.full_key().await;
    let new = json!({ "name": "greet", "description": "says hello", "input": { "name": { "type": "string" } },
        "output": { "greeting": { "type": "string" } }, "code": "return { greeting: `Hello, ${input.name}!` }" });
    let made = place.post(&key, "/functions", new.to_string()).await;
    assert_eq!(made.status, 201);
    let mut expected = new;
    expected["id"] = made.body["id"].clone();
    assert_eq!(made.body, expected);
    let path = format!("/functions/{}/execute", made.body["id"].as_str().unwrap());
    let executed = place.post(&key, &path, r#"{"name":"Jöhn"}"#).await;
    assert_eq!((executed.status, executed.body), (200, json!({ "output": { "greeting": "Hello, Jöhn!" } })));
}

#[tokio::test]
async fn each_route_needs_its_scope_and_sees_its_workspace_only() {
    let place = Place::start().await;
    let (ours, theirs) = (place.control_plane.workspace(), place.control_plane.second_workspace());
    let writer = place.key(ours, json!({ "scopes": ["functions:write"] })).await;
    let executor = place.key(ours, json!({ "scopes": ["functions:execute"] })).await;
    let stranger = place.key(theirs, json!({ "scopes": ["functions:*"] })).await;
    let elsewhere = json!({ "scopes": ["functions:*"], "restrictions": { "ipAddresses": ["192.0.2.0/24"] } });
    let elsewhere = place.key(ours, elsewhere).await;
    let near = json!({ "scopes": ["functions:*"], "restrictions": { "ipAddresses": ["127.0.0.0/8"] } });
    let near = place.key(ours, near).await;
    let id = place.make(&writer, "return input").await;
    let path = format!("/functions/{id}/execute");
    assert_eq!(place.post(&executor, &path, "1").await.body["output"], 1);
    assert_eq!(place.post(&near, &path, "1").await.status, 200, "the address of the connection is known");
    let refused = [
        told(&place.post(&executor, "/functions", "{}").await),
        told(&place.post(&writer, &path, "1").await),
        told(&place.post("", &path, "1").await),
        told(&place.post(&elsewhere, &path, "1").await),
        told(&place.post(&stranger, &path, "1").await),
        told(&place.post(&executor, "/functions/fn_0/execute", "1").await),
        told(&place.post(&executor, "/nothing", "1").await),
        told(&place.post(&executor, "/functions/%ff/execute", "1").await),
        told(&place.get("/functions").await),
    ];
    insta::assert_snapshot!(refused.join("\n"), @"
    403 INSUFFICIENT_SCOPE: the API key lacks a scope that this call needs
    403 INSUFFICIENT_SCOPE: the API key lacks a scope that this call needs
    401 UNAUTHENTICATED: the request has no API key
    403 IP_FORBIDDEN: the API key may not be used from this address
    404 NOT_FOUND: there is no such function
    404 NOT_FOUND: there is no such function
    404 NOT_FOUND: there is nothing here
    404 NOT_FOUND: there is no such function
    405 METHOD_NOT_ALLOWED: only POST is understood here
    ");
}

#[tokio::test]
async fn what_cannot_be_made_or_run_is_refused_in_plain_words() {
    let place = Place::start().await;
    let key = place.full_key().await;
    let make = |code: &str| json!({ "name": "f", "code": code }).to_string();
    let mut told_all = Vec::new();
    for body in [
        "{".to_owned(),
        String::new(),
        "[]".to_owned(),
        json!({ "name": "f" }).to_string(),
        json!({ "name": "", "code": "" }).to_string(),
        make("return {"),
        make("}); for (;;) {} (function () {"),
        make(&" ".repeat(65 * 1024)),
        " ".repeat(129 * 1024),
    ] {
        told_all.push(told(&place.post(&key, "/functions", body).await));
    }
    let id = place.make(&key, "throw new TypeError(`not ${input}`)").await;
    let path = format!("/functions/{id}/execute");
    for body in ["1", "not JSON", "", &"[".repeat(100_000)] {
        told_all.push(told(&place.post(&key, &path, body.to_owned()).await));
    }
    insta::assert_snapshot!(told_all.join("\n"), @"
    400 BAD_USER_INPUT: the body is not as it must be: EOF while parsing an object at line 1 column 1
    400 BAD_USER_INPUT: the body is not as it must be: EOF while parsing a value at line 1 column 0
    400 BAD_USER_INPUT: the body is not as it must be: invalid length 0, expected struct NewFunction with 5 elements at line 1 column 2
    400 BAD_USER_INPUT: the body is not as it must be: missing field `code` at line 1 column 12
    400 BAD_USER_INPUT: `name` must have 1 to 100 characters
    400 BAD_USER_INPUT: `code` is no body of a JavaScript function: SyntaxError: unexpected token in expression: ''
    400 BAD_USER_INPUT: `code` is no body of a JavaScript function: SyntaxError: unexpected token in expression: ')'
    413 LIMIT_EXCEEDED: `code` has 66560 bytes; it may have 65536
    413 LIMIT_EXCEEDED: the body has more than 131072 bytes, or broke off
    422 FUNCTION_THREW: the function threw TypeError: not 1
    400 BAD_USER_INPUT: the body is not as it must be: expected ident at line 1 column 2
    400 BAD_USER_INPUT: the body is not as it must be: EOF while parsing a value at line 1 column 0
    400 BAD_USER_INPUT: the body is not as it must be: EOF while parsing a list at line 1 column 100000
    ");
}

#[test]
fn a_workspace_has_so_many_functions_and_takes_no_room_from_others() {
    let functions = Functions::default();
    let made = |id: usize| {
        let made_from = serde_json::from_value(json!({ "name": "f", "code": "" })).unwrap();
        Function { id: format!("fn_{id}"), made_from }
    };
    for id in 0..MOST {
        functions.insert("ws_1".into(), made(id)).unwrap();
    }
    functions.insert("ws_1".into(), made(MOST)).unwrap_err();
    functions.insert("ws_2".into(), made(MOST)).unwrap();
    assert!(functions.get(&"ws_1".into(), "fn_0").is_some() && functions.get(&"ws_2".into(), "fn_0").is_none());
}
