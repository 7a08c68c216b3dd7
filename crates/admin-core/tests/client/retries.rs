//! When a call is sent again, and when it is not.

use std::time::{Duration, Instant};

use admin_core::{
    CallOptions, Client, Error, ErrorCode, IdempotencyKey, Randomness, TransportProblem,
    workspaces::{GetWorkspace, RenameWorkspace},
};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{
    RawServer, SHORT, answers, client, config, ok, raw, refusal, requests, told, workspace, workspace_item,
};

fn get() -> GetWorkspace {
    GetWorkspace { id: "ws_1".into() }
}

fn rename() -> RenameWorkspace {
    RenameWorkspace { id: "ws_1".into(), name: "main".into() }
}

#[tokio::test]
async fn what_passes_by_itself_is_tried_again() {
    let passing = [408, 429, 502, 503, 504].map(ResponseTemplate::new).into_iter().chain(
        ["RATE_LIMITED", "UNAVAILABLE", "IDEMPOTENCY_IN_FLIGHT"]
            .map(|code| ok(refusal("not now", json!({ "code": code, "retryAfterMs": 1 })))),
    );
    for first in passing {
        let server = answers([first, ok(workspace())]).await;
        let response = client(&server.uri()).execute_with(get(), CallOptions::default()).await.unwrap();
        assert_eq!(response.meta.attempts, 2);
        assert_eq!(requests(&server).await.len(), 2);
    }
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    let lasting = [400, 401, 403, 404, 409, 413, 500, 501].map(ResponseTemplate::new).into_iter().chain(
        ["NOT_FOUND", "CONFLICT", "BAD_USER_INPUT", "INTERNAL", "SOMETHING_NEW"]
            .map(|code| ok(refusal("no", json!({ "code": code })))),
    );
    for answer in lasting {
        let server = answers([answer]).await;
        let error = client(&server.uri()).execute(rename()).await.unwrap_err();
        assert!(!error.is_retryable(), "{error}");
        assert_eq!(requests(&server).await.len(), 1, "{error}");
    }
}

#[tokio::test]
async fn every_attempt_of_a_mutation_has_the_same_idempotency_key() {
    let done = ok(json!({ "data": { "workspacesRename": workspace_item() } }));
    let server = answers([ResponseTemplate::new(502), ResponseTemplate::new(503), done]).await;
    let response = client(&server.uri()).execute_with(rename(), CallOptions::default()).await.unwrap();

    let requests = requests(&server).await;
    assert_eq!(requests.len(), 3);
    let key = &requests[0].headers["idempotency-key"];
    assert!(requests.iter().all(|request| request.headers["idempotency-key"] == key));
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    assert_eq!(response.meta.idempotency_key.unwrap().as_str(), key);
}

#[tokio::test]
async fn a_mutation_that_may_have_happened_is_told_with_its_key() {
    let odd = ok(json!({ "data": { "workspacesRename": 7 } }));
    let code = |code: &str| ok(refusal("no", json!({ "code": code })));
    let status = ResponseTemplate::new;
    for (attempts, open) in [
        (vec![status(500)], true),
        (vec![status(503)], true),
        (vec![odd], true),
        (vec![code("INTERNAL")], true),
        (vec![code("NOT_FOUND")], false),
        (vec![status(403)], false),
        // A gateway that lost the first attempt, and refused the second, says nothing about the first.
        (vec![status(502), status(403)], true),
        // What the rules say under the same key is about both.
        (vec![status(502), code("CONFLICT")], false),
        // What is refused before a kept answer is looked for says nothing of the first.
        (vec![status(502), code("UNAUTHORIZED")], true),
        (vec![status(502), code("NOT_FOUND")], true),
    ] {
        let server = answers(attempts).await;
        let options = CallOptions::default().idempotency_key("k-1".parse().unwrap());
        let error = client(&server.uri()).execute_with(rename(), options).await.unwrap_err();
        assert_eq!(error.idempotency_key().map(IdempotencyKey::as_str), open.then_some("k-1"), "{error}");
        assert_eq!(
            error.hint().is_some_and(|hint| hint.contains("`k-1` makes it safe to send again")),
            open,
            "{error}"
        );
        let error = client(&server.uri()).execute(get()).await.unwrap_err();
        assert_eq!(error.idempotency_key(), None, "a query changes nothing");
    }
}

#[tokio::test]
async fn after_the_last_retry_the_error_is_told() {
    let server = answers([ResponseTemplate::new(503)]).await;
    let error = client(&server.uri()).execute(get()).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 3, "the first attempt and two retries");
    assert_eq!((error.code(), error.status()), (ErrorCode::Unavailable, Some(503)));

    let server = answers([ResponseTemplate::new(503)]).await;
    let never = Client::new(config(&server.uri()).max_retries(0).build().unwrap()).unwrap();
    never.execute(get()).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn the_end_of_ones_own_first_call_is_waited_for_beyond_the_retries() {
    let in_flight =
        ok(refusal("the first call still runs", json!({ "code": "IDEMPOTENCY_IN_FLIGHT", "retryAfterMs": 1 })));
    let mut turns = vec![ResponseTemplate::new(502); 2];
    turns.extend(vec![in_flight.clone(); 5]);
    turns.push(ok(json!({ "data": { "workspacesRename": workspace_item() } })));
    let server = answers(turns).await;
    client(&server.uri()).execute(rename()).await.unwrap();
    assert_eq!(requests(&server).await.len(), 8);

    let server = answers([in_flight]).await;
    let never = Client::new(config(&server.uri()).max_retries(0).build().unwrap()).unwrap();
    assert_eq!(never.execute(rename()).await.unwrap_err().code(), ErrorCode::IdempotencyInFlight);
}

#[tokio::test]
async fn a_server_that_asks_for_a_pause_gets_it() {
    let pause = Duration::from_millis(60);
    let server =
        answers([ok(refusal("slow down", json!({ "code": "RATE_LIMITED", "retryAfterMs": 60 }))), ok(workspace())])
            .await;
    let start = Instant::now();
    client(&server.uri()).execute(get()).await.unwrap();
    assert!(start.elapsed() >= pause);
}

#[tokio::test]
async fn a_pause_that_does_not_fit_the_deadline_is_left_to_the_caller() {
    for (answer, asked) in [
        (ResponseTemplate::new(429).insert_header("retry-after", "60"), 60),
        (
            ResponseTemplate::new(503)
                .insert_header("date", "Sun, 22 Nov 2026 09:30:00 GMT")
                .insert_header("retry-after", "Sun, 22 Nov 2026 09:31:30 GMT"),
            90,
        ),
    ] {
        let server = answers([answer]).await;
        let start = Instant::now();
        let error = client(&server.uri()).execute(get()).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(asked)));
        assert_eq!(requests(&server).await.len(), 1);
        assert!(start.elapsed() < Duration::from_secs(5), "nobody waits for what cannot help");
    }
}

#[tokio::test]
async fn jitter_does_not_outlast_the_deadline() {
    let server = answers([ResponseTemplate::new(502)]).await;
    let config = config(&server.uri()).timeout(SHORT).randomness(Randomness::new(|| u64::MAX)).build().unwrap();
    let error = Client::new(config).unwrap().execute(get()).await.unwrap_err();
    assert_eq!(error.status(), Some(502), "the cause is told, and not that time ran out");
}

#[tokio::test]
async fn one_deadline_holds_for_all_attempts() {
    // The first attempt breaks; the second gets no answer.
    let server = RawServer::start([raw("content-length: 100\r\nconnection: close", "{")]).await;
    let config = config(&server.base_url).timeout(SHORT).build().unwrap();
    let start = Instant::now();
    let error = Client::new(config).unwrap().execute(rename()).await.unwrap_err();
    assert!(start.elapsed() >= SHORT);
    insta::assert_snapshot!(told(&error, &server.base_url), @"
    there was no answer from [base] within 400ms after 2 attempts (TIMEOUT)
    hint: it may have happened all the same: the idempotency key `00000000000000000000000000000001` makes it safe to send again
    ");
    let last = std::error::Error::source(&error).unwrap().to_string();
    assert!(last.starts_with("the connection ended before"), "{last}");
}

#[tokio::test]
async fn a_call_may_have_a_deadline_of_its_own() {
    let server = RawServer::start([]).await;
    let within = |timeout| CallOptions { timeout: Some(timeout), ..CallOptions::default() };
    let error = client(&server.base_url).execute_with(get(), within(SHORT)).await.unwrap_err();
    insta::assert_snapshot!(told(&error, &server.base_url), @"
    there was no answer from [base] within 400ms (TIMEOUT)
    hint: try again, or with a longer timeout
    ");

    let error = client(&server.base_url).execute_with(get(), within(Duration::ZERO)).await.unwrap_err();
    insta::assert_snapshot!(told(&error, &server.base_url), @"`timeout` is 0ns, and must be above zero and at most 3600s (CONFIG)");
}

#[tokio::test]
async fn connecting_has_a_timeout_of_its_own() {
    // It takes the connection and never answers the TLS handshake.
    let server = RawServer::start([]).await;
    let base_url = server.base_url.replace("http:", "https:");
    let config = config(&base_url).connect_timeout(SHORT).max_retries(1).build().unwrap();
    let error = Client::new(config).unwrap().execute(get()).await.unwrap_err();
    let Error::Transport(transport) = &error else { panic!("{error:?}") };
    assert_eq!((transport.problem, transport.attempts), (TransportProblem::ConnectTimeout, 2));
    insta::assert_snapshot!(told(&error, &base_url), @"
    there was no connection in time to [base] after 2 attempts (NETWORK)
    hint: is there a network, and does it need a proxy (`HTTPS_PROXY`)?
    ");
}
