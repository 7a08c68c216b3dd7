//! Answers that are none, and what is told about them.

use admin_core::{Error, ErrorCode, TransportProblem, workspaces::GetWorkspace, workspaces::RenameWorkspace};
use serde_json::json;
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

use crate::support::{RawServer, answers, client, ok, raw, refusal, requests, told, workspace};

/// The error that this answer makes, and what is told about it.
async fn error_of(answer: ResponseTemplate) -> (Error, String) {
    let server = answers([answer]).await;
    let error = client(&server.uri()).execute(GetWorkspace { id: "ws_1".into() }).await.unwrap_err();
    let told = told(&error, &server.uri());
    (error, told)
}

fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_raw("<html><body>Oops <b>nginx</b></body></html>", "text/html; charset=utf-8")
}

#[tokio::test]
async fn errors_come_before_data() {
    let extensions = json!({
        "code": "ALREADY_CREATED",
        "field": "name",
        "hint": "rotate the key to get a new secret",
        "object": { "id": "key_1", "hint": "abcd" },
        "retryAfterMs": 250,
        "requestId": "req_1",
    });
    let (error, told) = error_of(ok(refusal("the key was already created", extensions.clone()))).await;
    insta::assert_snapshot!(told, @"
    the key was already created (ALREADY_CREATED, req_1)
    hint: rotate the key to get a new secret
    ");
    assert_eq!(error.code(), ErrorCode::AlreadyCreated);
    assert_eq!((error.field(), error.status()), (Some("name"), Some(200)));
    assert_eq!(error.retry_after().unwrap().as_millis(), 250);
    let object = error.object().unwrap();
    assert_eq!((object.id.as_str(), object.hint.as_deref()), ("key_1", Some("abcd")));

    // Data that could not be decoded does not hide the error, and data that could does not either.
    for data in
        [json!({ "workspacesGet": null }), json!({ "workspacesGet": { "id": "ws_1" } }), workspace()["data"].clone()]
    {
        let mut body = refusal("the key was already created", extensions.clone());
        body["data"] = data;
        assert_eq!(error_of(ok(body)).await.0.code(), ErrorCode::AlreadyCreated);
    }
}

#[tokio::test]
async fn a_graphql_error_with_an_http_status_keeps_both() {
    let refused = ResponseTemplate::new(400)
        .set_body_json(refusal("the document is too deep", json!({ "code": "BAD_USER_INPUT" })));
    let (error, told) = error_of(refused).await;
    insta::assert_snapshot!(told, @"the document is too deep (BAD_USER_INPUT)");
    assert!(matches!(error, Error::GraphQl(_)));
    assert_eq!(error.status(), Some(400));
}

#[tokio::test]
async fn an_error_of_unknown_or_odd_form_is_kept() {
    let (error, told) = error_of(ok(refusal("no", json!({ "code": "TEAPOT" })))).await;
    insta::assert_snapshot!(told, @"no (TEAPOT)");
    assert_eq!(error.code(), ErrorCode::Unknown("TEAPOT".into()));

    for (extensions, code) in [
        (json!(null), "INTERNAL"),
        (json!("text"), "INTERNAL"),
        (json!({ "code": 7 }), "INTERNAL"),
        (json!({ "code": "NOT_FOUND", "field": [], "object": "x", "retryAfterMs": -1, "requestId": {} }), "NOT_FOUND"),
    ] {
        let (error, _) = error_of(ok(refusal("no", extensions))).await;
        assert_eq!(error.code().as_str(), code);
    }

    let (_, told) = error_of(ok(json!({ "errors": [{}] }))).await;
    insta::assert_snapshot!(told, @"the API refused the call and did not say why (INTERNAL)");
}

#[tokio::test]
async fn a_message_is_one_line_without_control_characters() {
    let (_, told) = error_of(ok(refusal("a\u{1b}[31mb\r\nc", json!({ "code": "CONFLICT", "hint": "d\u{7}e" })))).await;
    insta::assert_snapshot!(told, @"
    a [31mb c (CONFLICT)
    hint: d e
    ");
}

#[tokio::test]
async fn a_401_is_about_the_token_whatever_the_body() {
    let body = json!({ "errors": [{ "message": "the token is not accepted", "extensions": { "code": "SOMETHING", "hint": "sign in again", "requestId": "req_2" } }] });
    let (error, told) = error_of(ResponseTemplate::new(401).set_body_json(body)).await;
    insta::assert_snapshot!(told, @"
    the token is not accepted (UNAUTHENTICATED, req_2)
    hint: sign in again; the token came from `AI_SETU_PAT` and ends in `cqlG`: it may be expired, revoked or made for another control plane
    ");
    assert!(matches!(&error, Error::Http(http) if http.status == 401));

    for answer in [
        ResponseTemplate::new(401),
        ResponseTemplate::new(401).set_body_json(workspace()),
        ResponseTemplate::new(401).set_body_json(json!({ "error": { "code": "X", "message": "no" } })),
        html(401),
    ] {
        let (error, _) = error_of(answer).await;
        assert!(matches!(&error, Error::Http(http) if http.status == 401), "{error:?}");
        assert_eq!(error.code(), ErrorCode::Unauthenticated);
        assert!(error.hint().unwrap().contains("`AI_SETU_PAT`"));
    }
}

#[tokio::test]
async fn html_is_named_and_not_dumped() {
    let (error, told) = error_of(html(200)).await;
    insta::assert_snapshot!(told, @"
    the answer from [base] is not understood: it is not JSON (content type: text/html; charset=utf-8) (DECODE)
    hint: is the base URL right? Something else than the API answers there
    ");
    assert_eq!((error.code(), error.status()), (ErrorCode::Decode, Some(200)));

    let (error, told) = error_of(html(502)).await;
    insta::assert_snapshot!(told, @"[base] answered HTTP 502 Bad Gateway (content type: text/html; charset=utf-8) (UNAVAILABLE)");
    assert_eq!(error.code(), ErrorCode::Unavailable);

    let (_, told) = error_of(html(404)).await;
    insta::assert_snapshot!(told, @"
    [base] answered HTTP 404 Not Found (content type: text/html; charset=utf-8) (CONFIG)
    hint: is the base URL right? It is the URL under which `/graphql` lies
    ");
}

#[tokio::test]
async fn a_status_without_a_body_of_ours_says_what_it_can() {
    let (_, told) = error_of(ResponseTemplate::new(500)).await;
    insta::assert_snapshot!(told, @"[base] answered HTTP 500 Internal Server Error and nothing else (INTERNAL)");
    let (_, told) = error_of(ResponseTemplate::new(403).set_body_string("blocked\nby policy 7")).await;
    insta::assert_snapshot!(told, @"[base] answered HTTP 403 Forbidden: blocked by policy 7 (UNAUTHORIZED)");
    let (_, told) = error_of(ResponseTemplate::new(407)).await;
    insta::assert_snapshot!(told, @"
    [base] answered HTTP 407 Proxy Authentication Required and nothing else (CONFIG)
    hint: a proxy on the way wants to know who you are
    ");
    let codes = [
        (402, "PAYMENT_REQUIRED"),
        (403, "UNAUTHORIZED"),
        (409, "CONFLICT"),
        (413, "LIMIT_EXCEEDED"),
        (415, "BAD_USER_INPUT"),
        (500, "INTERNAL"),
        (404, "CONFIG"),
    ];
    for (status, code) in codes {
        assert_eq!(error_of(ResponseTemplate::new(status)).await.0.code().as_str(), code);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = answers([ok(workspace())]).await;
    for status in [301, 302, 303, 307, 308] {
        let (error, told) =
            error_of(ResponseTemplate::new(status).insert_header("location", format!("{}/graphql", elsewhere.uri())))
                .await;
        assert_eq!((error.code(), error.status()), (ErrorCode::Config, Some(status)));
        if status == 308 {
            insta::assert_snapshot!(told.replace(&elsewhere.uri(), "[elsewhere]"), @"
            [base] answered HTTP 308 Permanent Redirect, a redirect to [elsewhere]/graphql (CONFIG)
            hint: redirects are not followed, so that the token goes nowhere else: set the base URL to where the API is
            ");
        }
    }
    assert!(requests(&elsewhere).await.is_empty(), "the token went nowhere else");
}

#[tokio::test]
async fn data_that_does_not_fit_is_told_by_where() {
    let (error, told) = error_of(ok(json!({ "data": { "workspacesGet": { "id": "ws_1" } } }))).await;
    assert_eq!(error.code(), ErrorCode::Decode);
    insta::assert_snapshot!(told, @"
    the answer from [base] is not understood: missing field `tenantId` at line 1 column 30 (DECODE)
    hint: server and client may be of versions that do not fit each other: update the older one
    ");
    for body in [json!({}), json!({ "data": null }), json!({ "data": null, "errors": [] })] {
        let (_, told) = error_of(ok(body)).await;
        insta::allow_duplicates! { insta::assert_snapshot!(told, @"
        the answer from [base] is not understood: it has neither `data` nor `errors` (DECODE)
        hint: server and client may be of versions that do not fit each other: update the older one
        "); }
    }
    for body in [json!([]), json!("text"), json!({ "data": {} }), json!({ "errors": "text" })] {
        assert_eq!(error_of(ok(body)).await.0.code(), ErrorCode::Decode);
    }
    assert_eq!(error_of(ResponseTemplate::new(200)).await.0.code(), ErrorCode::Decode, "an empty body");
}

#[tokio::test]
async fn a_body_has_a_bound() {
    let mut body = workspace();
    body["data"]["workspacesGet"]["name"] = json!("x".repeat(8 * 1024 * 1024));
    let server = answers([ok(body)]).await;
    let error = client(&server.uri()).execute(GetWorkspace { id: "ws_1".into() }).await.unwrap_err();
    insta::assert_snapshot!(told(&error, &server.uri()), @"
    the answer from [base] is not understood: it is larger than 8388608 bytes (DECODE)
    hint: ask for less at once, with a smaller `limit`
    ");
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn half_a_body_is_no_body() {
    let body = workspace().to_string();
    let half = &body[..body.len() / 2];
    let whole = raw(&format!("content-length: {}", body.len()), &body);
    for half in [
        raw(&format!("content-length: {}\r\nconnection: close", body.len()), half),
        raw("transfer-encoding: chunked\r\nconnection: close", &format!("{:x}\r\n{half}\r\n", half.len())),
        // Only the JSON tells that something is missing.
        raw("connection: close", half),
    ] {
        let server = RawServer::start([half.clone(), whole.clone()]).await;
        client(&server.base_url).execute(GetWorkspace { id: "ws_1".into() }).await.unwrap();

        let server = RawServer::start(vec![half; 3]).await;
        let operation = RenameWorkspace { id: "ws_1".into(), name: "main".into() };
        let error = client(&server.base_url).execute(operation).await.unwrap_err();
        insta::allow_duplicates! { insta::assert_snapshot!(told(&error, &server.base_url), @"
        the connection ended before the whole answer came from [base] after 3 attempts (NETWORK)
        hint: it may have happened all the same: the idempotency key `00000000000000000000000000000001` makes it safe to send again
        "); }
    }
}

#[tokio::test]
async fn a_port_where_nothing_listens_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&base_url).execute(GetWorkspace { id: "ws_1".into() }).await.unwrap_err();
    let Error::Transport(transport) = &error else { panic!("{error:?}") };
    assert_eq!((transport.problem, transport.attempts), (TransportProblem::Refused, 3));
    insta::assert_snapshot!(told(&error, &base_url), @"
    the connection was refused by [base] after 3 attempts (NETWORK)
    hint: nothing listens there: is the control plane running? `aisetu dev` starts one
    ");
}

#[tokio::test]
async fn a_host_that_nobody_knows_is_told() {
    // RFC 6761: no name under `.invalid` exists.
    let base_url = "https://api.invalid";
    let error = client(base_url).execute(GetWorkspace { id: "ws_1".into() }).await.unwrap_err();
    let Error::Transport(transport) = &error else { panic!("{error:?}") };
    assert_eq!(transport.problem, TransportProblem::Dns);
    insta::assert_snapshot!(told(&error, base_url), @"
    the host name is not known: [base] after 3 attempts (NETWORK)
    hint: is the base URL right?
    ");
}
