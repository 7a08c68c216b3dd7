//! APIs that do not answer as they should.

use std::io::Read;

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, Outcome, RawServer, samples, signal, wait};

/// Lists workspaces with at most a second of time, at the given URL.
fn list(home: &Home, url: &str) -> Outcome {
    let run = home.aisetu(["workspaces", "list", "--timeout", "1s"]).env("AI_SETU_PAT", samples::pat().expose());
    run.env("AI_SETU_API_BASE_URL", url).outcome()
}

fn html() -> ResponseTemplate {
    let page = "<html><body><h1>Sign in</h1></body></html>";
    ResponseTemplate::new(200).set_body_raw(page, "text/html; charset=utf-8")
}

#[test]
fn a_base_url_that_is_none_or_not_safe_is_not_called() {
    let home = Home::new();
    insta::assert_snapshot!(list(&home, "nonsense"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the base URL from `AI_SETU_API_BASE_URL` cannot be used: `[URL]` is no URL: relative URL without a base (CONFIG)
    hint: write the whole URL, such as `https://api.example.com` or `http://localhost:8080`
    ");
    insta::assert_snapshot!(list(&home, "http://example.com"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the base URL from `AI_SETU_API_BASE_URL` cannot be used: `http` to `example.com` would send the token in the clear over the network (CONFIG)
    hint: use `https`; on a network that you trust, `AI_SETU_ALLOW_HTTP=1` allows `http`
    ");
    insta::assert_snapshot!(list(&home, "https://user:password@example.com"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the base URL from `AI_SETU_API_BASE_URL` cannot be used: it has a user name or a password in it, which would end up in logs (CONFIG)
    hint: the token goes into `AI_SETU_PAT`; leave `user:password@` out of the URL
    ");
}

#[test]
fn html_is_no_answer() {
    let home = Home::new();
    insta::assert_snapshot!(list(&home, &Api::always(html()).url()), @"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: the answer from [URL] is not understood: it is not JSON (content type: text/html; charset=utf-8) (DECODE)
    hint: is the base URL right? Something else than the API answers there
    ");
}

#[test]
fn a_bad_gateway_is_told_as_one() {
    let home = Home::new();
    let page = "<html><body>Bad Gateway</body></html>";
    let api = Api::always(ResponseTemplate::new(502).set_body_raw(page, "text/html").insert_header("Retry-After", "9"));
    insta::assert_snapshot!(list(&home, &api.url()), @"
    exit code: 9
    ----- stdout -----
    ----- stderr -----
    error: [URL] answered HTTP 502 Bad Gateway (content type: text/html) (UNAVAILABLE)
    ");
}

#[test]
fn a_refused_token_is_told_with_its_source() {
    let home = Home::new();
    let body = json!({ "errors": [{ "message": "the token is not accepted", "extensions": {
        "code": "UNAUTHENTICATED", "requestId": "req_1",
    } }] });
    let api = Api::always(ResponseTemplate::new(401).set_body_json(body));
    insta::assert_snapshot!(list(&home, &api.url()), @"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: the token is not accepted (UNAUTHENTICATED, req_1)
    hint: the token came from `AI_SETU_PAT` and ends in `YHqr`: it may be expired, revoked or made for another control plane
    hint: sign in with `aisetu auth login --base-url [URL]`; as long as `AI_SETU_PAT` is set, it wins
    ");
    insta::assert_snapshot!(home.calls(&api, ["auth", "whoami", "-o", "json"]).outcome(), @r#"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"UNAUTHENTICATED","message":"the token is not accepted","hint":"the token came from `AI_SETU_PAT` and ends in `YHqr`: it may be expired, revoked or made for another control plane\nsign in with `aisetu auth login --base-url [URL]`; as long as `AI_SETU_PAT` is set, it wins","requestId":"req_1","exitCode":4}}
    "#);
}

#[test]
fn errors_come_before_data() {
    let home = Home::new();
    let body =
        json!({ "data": null, "errors": [{ "message": "no such tenant", "extensions": { "code": "NOT_FOUND" } }] });
    insta::assert_snapshot!(list(&home, &Api::always(ResponseTemplate::new(200).set_body_json(body)).url()), @"
    exit code: 6
    ----- stdout -----
    ----- stderr -----
    error: no such tenant (NOT_FOUND)
    ");
    let nothing = ResponseTemplate::new(200).set_body_json(json!({ "data": null }));
    insta::assert_snapshot!(list(&home, &Api::always(nothing).url()), @"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: the answer from [URL] is not understood: it has neither `data` nor `errors` (DECODE)
    hint: server and client may be of versions that do not fit each other: update the older one
    ");
}

#[test]
fn data_of_another_shape_is_not_understood() {
    let home = Home::new();
    let body = json!({ "data": { "workspacesList": { "items": [{ "id": 7 }] } } });
    insta::assert_snapshot!(list(&home, &Api::always(ResponseTemplate::new(200).set_body_json(body)).url()), @"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: the answer from [URL] is not understood: invalid type, expected a string at line 1 column 35 (DECODE)
    hint: server and client may be of versions that do not fit each other: update the older one
    ");
}

#[test]
fn half_a_body_is_no_answer() {
    let home = Home::new();
    let server = RawServer::sending(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"data\":{\"works",
    );
    let outcome = list(&home, server.url());
    assert_eq!(outcome.code, Some(9), "{outcome}");
    assert!(
        outcome.stderr.starts_with("error: the connection ended before the whole answer came from [URL]")
            || outcome.stderr.starts_with("error: there was no answer from [URL] within 1s"),
        "{outcome}"
    );
}

#[test]
fn silence_ends_at_the_deadline() {
    let home = Home::new();
    let server = RawServer::new(|stream| {
        // Until the client gives up.
        let _ = stream.read(&mut [0; 1]);
    });
    insta::assert_snapshot!(list(&home, server.url()), @"
    exit code: 9
    ----- stdout -----
    ----- stderr -----
    error: there was no answer from [URL] within 1s (TIMEOUT)
    hint: try again, or with a longer timeout
    ");
}

#[test]
fn nothing_listening_is_told_with_what_would() {
    let home = Home::new();
    // The port was free a moment ago, and nothing was told of it.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let outcome = list(&home, &format!("http://127.0.0.1:{port}"));
    assert_eq!(outcome.code, Some(9), "{outcome}");
    assert!(
        outcome.stderr.contains("hint: nothing listens there: is the control plane running? `aisetu dev` starts one")
            || outcome.stderr.contains("within 1s"),
        "{outcome}"
    );
}

#[test]
fn a_mutation_whose_answer_is_lost_is_told_with_its_idempotency_key() {
    let home = Home::new();
    let server = RawServer::new(|stream| {
        let _ = stream.read(&mut [0; 1]);
    });
    let run = home.aisetu(["workspaces", "create", "--name", "x", "--timeout", "1s", "-o", "json"]);
    let run = run.env("AI_SETU_PAT", samples::pat().expose()).env("AI_SETU_API_BASE_URL", server.url());
    insta::assert_snapshot!(run.outcome(), @r#"
    exit code: 9
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"TIMEOUT","message":"there was no answer from [URL] within 1s","hint":"it may have happened all the same: the idempotency key `[RANDOM]` makes it safe to send again","idempotencyKey":"[RANDOM]","exitCode":9}}
    "#);
}

#[test]
fn ctrl_c_ends_the_wait() {
    let home = Home::new();
    let (sender, asked) = std::sync::mpsc::channel();
    let server = RawServer::new(move |stream| {
        sender.send(()).unwrap();
        let _ = stream.read(&mut [0; 1]);
    });
    let run = home.aisetu(["workspaces", "create", "--name", "x", "--idempotency-key", "k-1"]);
    let child = run.env("AI_SETU_PAT", samples::pat().expose()).env("AI_SETU_API_BASE_URL", server.url()).spawn();
    asked.recv().unwrap();
    signal(child.id(), "INT");
    let output = wait(child);
    assert_eq!(output.status.code(), Some(130));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"
    error: interrupted before there was an answer: it may have happened all the same (ABORTED)
    hint: the idempotency key `k-1` makes it safe to send again
    ");
}
