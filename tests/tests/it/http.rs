//! GraphQL over HTTP: methods, media, limits, and what is told about a request that is wrong.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use admin_server::app::operation::{Call, Query};
use admin_server::error::Error;
use admin_server::store::Tx;
use aisetu_tests::{Answer, TestServer, operation};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WHOAMI: &str = "{ authWhoami { user { email } } }";

async fn post(app: &TestServer, body: impl Into<reqwest::Body>, content_type: &str, accept: Option<&str>) -> Answer {
    let mut request = app.owner().request(Method::POST, "/graphql").header("content-type", content_type);
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    Answer::of(request.body(body).send().await.unwrap()).await
}

async fn get(app: &TestServer, parameters: &[(&str, &str)]) -> Answer {
    let request = app.owner().request(Method::GET, "/graphql").header("accept", "application/graphql-response+json");
    let mut url = reqwest::Url::parse(&app.owner().url("/graphql")).unwrap();
    url.query_pairs_mut().extend_pairs(parameters);
    let mut request = request.build().unwrap();
    *request.url_mut() = url;
    Answer::of(reqwest::Client::new().execute(request).await.unwrap()).await
}

/// Status, code and message of a refusal; every error has a code and the request's id.
fn refusal(answer: &Answer) -> String {
    for error in answer.body["errors"].as_array().unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body)) {
        assert!(error["extensions"]["code"].is_string(), "{error}");
        assert_eq!(error["extensions"]["requestId"].as_str(), answer.header("x-request-id"), "{error}");
    }
    format!("{} {}", answer.status, answer.refusal())
}

/// A query that counts beyond all patience.
#[derive(Debug)]
struct WithoutEnd(mpsc::Sender<()>);

impl Query for WithoutEnd {
    const FIELD: &'static str = "authWhoami";
    type Output = ();

    fn run(&self, tx: &mut Tx<'_>, _: &Call<'_>) -> Result<(), Error> {
        self.0.send(()).unwrap();
        let count = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000000) \
                     SELECT COUNT(*) FROM n";
        tx.query(count, &[])?;
        Ok(())
    }
}

#[tokio::test]
async fn one_tenants_slow_queries_keep_nobody_else_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestServer::start_in(folder.path()).await;
    let control_plane = app.server().control_plane();
    let token = admin_token::parse(app.owner().token().unwrap()).unwrap();
    let caller = Arc::new(control_plane.authenticate(token).await.unwrap());
    let (begun, begins) = mpsc::channel();
    let ask = || {
        let (control_plane, caller, query) = (control_plane.clone(), Arc::clone(&caller), WithoutEnd(begun.clone()));
        tokio::spawn(async move { control_plane.query(caller, query).await })
    };
    let slow: Vec<_> = (0..20).map(|_| ask()).collect();
    let begins = tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap();
    // Whoever asks in their name is known, waits for their turn, and may change what they like.
    app.owner().ok("workspacesCreate", json!({ "name": "w" })).await;
    let stranger = app.other_tenant().await;
    assert_eq!(stranger.ok("workspacesList", Value::Null).await["totalCount"], 1);
    assert_eq!(app.gateway().await.verdict("tt_live_no_such_key").await, "NOT_FOUND");
    assert_eq!(begins.try_iter().count(), 0);
    for query in slow {
        query.abort();
    }
    // What was given up is over.
    assert_eq!(app.owner().ok("workspacesList", Value::Null).await["totalCount"], 3);
}

#[tokio::test]
async fn get_asks_and_never_changes() {
    let app = TestServer::start().await;
    assert_eq!(get(&app, &[("query", WHOAMI)]).await.data()["authWhoami"]["user"]["email"], "owner@acme.example");
    let variables = json!({ "id": app.workspace() }).to_string();
    let document = "query one($id: ID!) { workspacesGet(id: $id) { name } } query other { authWhoami { pat { id } } }";
    let named = get(&app, &[("query", document), ("operationName", "one"), ("variables", &variables)]).await;
    assert_eq!(named.data()["workspacesGet"]["name"], "default");

    let change = r#"mutation m { workspacesCreate(input: { name: "x" }) { id } }"#;
    let refused = get(&app, &[("query", change)]).await;
    assert_eq!(refused.header("allow"), Some("POST"));
    insta::assert_snapshot!(refusal(&refused), @r"
    405 BAD_USER_INPUT: a mutation is not taken over GET
    (use POST)
    ");
    // Which of the operations is executed decides.
    let both = format!("{change} query q {WHOAMI}");
    assert_eq!(get(&app, &[("query", &both), ("operationName", "m")]).await.status, 405);
    assert_eq!(get(&app, &[("query", &both), ("operationName", "q")]).await.status, 200);
    assert_eq!(app.owner().ok("workspacesList", Value::Null).await["totalCount"], 2);

    for parameters in [
        [("query", WHOAMI), ("variables", "[]")],
        [("query", WHOAMI), ("variables", "{")],
        [("query", WHOAMI), ("extensions", "1")],
    ] {
        assert_eq!(get(&app, &parameters).await.status, 400, "{parameters:?}");
    }
    insta::assert_snapshot!(refusal(&get(&app, &[]).await), @"400 BAD_USER_INPUT [query]: `query` is absent; it is the document to execute");
    // Without the header that makes a browser ask first, nothing is answered.
    let anonymous = app.anonymous().request(Method::GET, "/graphql?query={__typename}").send().await.unwrap();
    assert_eq!(anonymous.status(), 401);
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        assert_eq!(app.owner().request(method, "/graphql").send().await.unwrap().status(), 405);
    }
}

#[tokio::test]
async fn only_json_is_taken() {
    let app = TestServer::start().await;
    let body = json!({ "query": WHOAMI }).to_string();
    for media in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
        assert_eq!(post(&app, body.clone(), media, None).await.status, 200, "{media}");
    }
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
    ] {
        let refused = post(&app, body.clone(), media, None).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(refusal(&refused), @r"
            415 BAD_USER_INPUT: the body is not said to be JSON
            (send `Content-Type: application/json`)
            ");
        }
    }
}

#[tokio::test]
async fn a_body_is_one_object() {
    let app = TestServer::start().await;
    let whoami = json!({ "query": WHOAMI });
    let positional = json!([WHOAMI, null, null, null]);
    for body in [json!([whoami, whoami]), json!([whoami]), json!([]), positional, json!("x"), json!(1), json!(null)] {
        let answer = post(&app, body.to_string(), "application/json", None).await;
        assert!(refusal(&answer).starts_with("400 BAD_USER_INPUT: the body is not an object with `query`"), "{body}");
    }
    for body in ["", "{", "{\"query\": \"x\"", "query=x", "\u{feff}{}", "{} {}"] {
        let answer = post(&app, body, "application/json", None).await;
        assert!(refusal(&answer).starts_with("400 BAD_USER_INPUT: the body is not JSON (line "), "{body}");
    }
    let batch = post(&app, json!([whoami, whoami]).to_string(), "application/json", None).await;
    insta::assert_snapshot!(refusal(&batch), @r"
    400 BAD_USER_INPUT: the body is not an object with `query`, `variables`, `operationName` and `extensions`
    (batches are not taken: send one document a request)
    ");
    for wrong in [
        json!({ "query": 1 }),
        json!({ "query": [WHOAMI] }),
        json!({ "query": WHOAMI, "variables": [] }),
        json!({ "query": WHOAMI, "variables": "{}" }),
        json!({ "query": WHOAMI, "variables": 0 }),
        json!({ "query": WHOAMI, "operationName": 1 }),
        json!({ "query": WHOAMI, "extensions": [] }),
    ] {
        assert_eq!(post(&app, wrong.to_string(), "application/json", None).await.status, 400, "{wrong}");
    }
    for right in [
        json!({ "query": WHOAMI, "variables": null, "operationName": null, "extensions": null }),
        json!({ "query": WHOAMI, "variables": {}, "extensions": {} }),
        json!({ "query": WHOAMI, "variables": { "unused": [1, { "a": null }] } }),
        json!({ "query": WHOAMI, "ofAnotherProgram": true }),
    ] {
        assert_eq!(post(&app, right.to_string(), "application/json", None).await.status, 200, "{right}");
    }
}

#[tokio::test]
async fn too_large_a_body_is_refused() {
    let app = TestServer::start().await;
    let body = json!({ "query": format!("{WHOAMI} # {}", "x".repeat(300 * 1024)) }).to_string();
    let refused = post(&app, body, "application/json", None).await;
    insta::assert_snapshot!(refusal(&refused), @"413 LIMIT_EXCEEDED: the body is larger than 262144 bytes, or broke off");
    let fits = json!({ "query": format!("{WHOAMI} # {}", "x".repeat(250 * 1024)) }).to_string();
    assert_eq!(post(&app, fits, "application/json", None).await.status, 200);
}

#[tokio::test]
async fn limits_are_told_with_their_bound() {
    let app = TestServer::start().await;
    let refused = async |document: String| refusal(&app.owner().graphql(&document, json!({})).await);
    let aliases = (0..20_000).fold(String::new(), |text, i| text + &format!("a{i}:id "));
    insta::assert_snapshot!(refused(format!("{{ {aliases} }}")).await, @"400 LIMIT_EXCEEDED: the document has more than 1000 tokens; it may have 1000");
    let aliases = (0..16).fold(String::new(), |text, i| text + &format!("a{i}: name "));
    let listed = format!("{{ workspacesList {{ items {{ {aliases} }} }} }}");
    insta::assert_snapshot!(refused(listed).await, @"400 LIMIT_EXCEEDED: the document has more than 15 aliases; it may have 15");
    let deep = format!("{}x{}", "{ a ".repeat(12), "}".repeat(12));
    insta::assert_snapshot!(refused(deep).await, @"400 LIMIT_EXCEEDED: the document has more than 8 levels of fields; it may have 8");
    let roots = format!("{{ {} }}", "__typename ".repeat(11));
    insta::assert_snapshot!(refused(roots).await, @"400 LIMIT_EXCEEDED: the document has more than 10 root fields; it may have 10");
    let directives = format!("{{ __typename {} }}", "@include(if: true) ".repeat(11));
    insta::assert_snapshot!(refused(directives).await, @"400 LIMIT_EXCEEDED: the document has more than 10 directives; it may have 10");
    // What once overflowed the parser's stack, which would have ended the process.
    let brackets = format!("{{ a(b: [\"\"\"\" {}", "[".repeat(100_000));
    insta::assert_snapshot!(refused(brackets).await, @"400 LIMIT_EXCEEDED: the document has more than 64 levels of brackets; it may have 64");
    assert_eq!(app.owner().graphql(WHOAMI, json!({})).await.status, 200);
}

#[tokio::test]
async fn only_introspection_may_be_deep() {
    let app = TestServer::start().await;
    let of_type = |levels: usize| {
        format!(
            "{{ __schema {{ types {{ fields {{ type {} name {} }} }} }} }}",
            "{ ofType ".repeat(levels) + "{",
            "}".repeat(levels + 1)
        )
    };
    assert_eq!(app.owner().graphql(&of_type(11), json!({})).await.status, 200);
    assert_eq!(app.owner().graphql(&of_type(12), json!({})).await.code(), "LIMIT_EXCEEDED");
    let mixed = of_type(5).replacen('{', "{ authWhoami { user { id } } ", 1);
    assert_eq!(app.owner().graphql(&mixed, json!({})).await.code(), "LIMIT_EXCEEDED");
    let anonymous = app.anonymous().graphql("{ __schema { queryType { name } } }", json!({})).await;
    assert_eq!(anonymous.status, 401, "the schema is not read without a token");
}

#[tokio::test]
async fn one_change_a_document() {
    let app = TestServer::start().await;
    let two = r#"mutation { a: workspacesCreate(input: { name: "a" }) { id } b: workspacesCreate(input: { name: "b" }) { id } }"#;
    insta::assert_snapshot!(refusal(&app.owner().graphql(two, json!({})).await), @r"
    400 BAD_USER_INPUT [query]: a mutation document has exactly one root field; this one has 2
    (send one document for each change)
    ");
    assert_eq!(app.owner().ok("workspacesList", Value::Null).await["totalCount"], 2);
}

#[tokio::test]
async fn a_wrong_document_is_told_without_suggestions() {
    let app = TestServer::start().await;
    let refused = async |document: &str| refusal(&app.owner().graphql(document, json!({})).await);
    let unknown = refused("{ workspaceList { items { id } } }").await;
    assert!(unknown.starts_with("400 BAD_USER_INPUT: Unknown field \"workspaceList\" on type \"Query\""), "{unknown}");
    assert!(!unknown.contains("Did you mean") && !unknown.contains("workspacesList"), "{unknown}");
    assert!(refused("{").await.starts_with("400 BAD_USER_INPUT"));
    assert!(refused("").await.starts_with("400 BAD_USER_INPUT"));
    assert_eq!(app.owner().graphql("subscription { x }", json!({})).await.status, 400);
    assert!(refused("{ authWhoami }").await.starts_with("400 BAD_USER_INPUT"));

    let body = json!({ "query": WHOAMI, "operationName": "nobody" });
    let answer = post(&app, body.to_string(), "application/json", Some("application/graphql-response+json")).await;
    insta::assert_snapshot!(refusal(&answer), @"400 BAD_USER_INPUT [operationName]: the document has no operation with the name that `operationName` gives");
    let body = json!({ "query": "query a { __typename } query b { __typename }" });
    let answer = post(&app, body.to_string(), "application/json", Some("application/graphql-response+json")).await;
    insta::assert_snapshot!(refusal(&answer), @"400 BAD_USER_INPUT [operationName]: the document has several operations, and `operationName` says none of them");
}

#[tokio::test]
async fn variables_are_checked_before_anything_runs() {
    let app = TestServer::start().await;
    let (document, _) = operation("workspacesGet", json!("x"));
    let absent = app.owner().graphql(&document, json!({})).await;
    insta::assert_snapshot!(refusal(&absent), @"400 BAD_USER_INPUT [variables]: the variable `$id` of type `ID!` has no value");
    assert_eq!(app.owner().graphql(&document, json!({ "id": null })).await.status, 400);
    for wrong in [json!({}), json!([]), json!(true), json!(1.5)] {
        let answer = app.owner().graphql(&document, json!({ "id": wrong })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{wrong}");
    }
    let (create, _) = operation("workspacesCreate", json!({}));
    for wrong in [
        json!({}),
        json!({ "name": null }),
        json!({ "name": 1 }),
        json!({ "name": "x", "colour": "red" }),
        json!("x"),
        json!([{ "name": "x" }, { "name": "y" }]),
    ] {
        let answer = app.owner().graphql(&create, json!({ "input": wrong })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{wrong}: {}", answer.body);
    }
    assert_eq!(app.owner().ok("workspacesList", Value::Null).await["totalCount"], 2);
}

#[tokio::test]
async fn the_media_type_is_negotiated() {
    let app = TestServer::start().await;
    let right = json!({ "query": WHOAMI }).to_string();
    let wrong = json!({ "query": "{ nothing }" }).to_string();
    let response = "application/graphql-response+json; charset=utf-8";
    let json = "application/json; charset=utf-8";
    for (accept, media, status_of_wrong) in [
        (None, json, 200),
        (Some("*/*"), json, 200),
        (Some("application/json"), json, 200),
        (Some("application/graphql-response+json"), response, 400),
        (Some("application/graphql-response+json, application/json;q=0.9"), response, 400),
        (Some("application/json;q=0.5, application/graphql-response+json"), response, 400),
    ] {
        for (body, status) in [(&right, 200), (&wrong, status_of_wrong)] {
            let answer = post(&app, body.clone(), "application/json", accept).await;
            assert_eq!((answer.status, answer.header("content-type")), (status, Some(media)), "{accept:?}");
        }
    }
    assert_eq!(post(&app, right.clone(), "application/json", Some("text/html")).await.status, 406);
    // What was not executed has no data; what was executed has, even if it is null.
    let refused = post(&app, wrong, "application/json", None).await;
    assert!(refused.body.get("data").is_none(), "{}", refused.body);
    let absent = app.owner().call("workspacesGet", json!(format!("ws_{}", "0".repeat(26)))).await;
    assert_eq!((absent.status, absent.body.get("data")), (200, Some(&Value::Null)));
    assert!(refusal(&absent).starts_with("200 NOT_FOUND"));
}

#[tokio::test]
async fn an_idempotency_key_has_bounds() {
    let app = TestServer::start().await;
    let (document, variables) = operation("workspacesCreate", json!({ "name": "x" }));
    let longest = "k".repeat(255);
    assert_eq!(app.owner().graphql_once(&longest, &document, variables.clone()).await.status, 200);
    let refused = app.owner().graphql_once(&"k".repeat(256), &document, variables.clone()).await;
    insta::assert_snapshot!(refusal(&refused), @"400 BAD_USER_INPUT [Idempotency-Key]: `Idempotency-Key` has 256 bytes; it must have 1 to 255, all of them visible ASCII");
    for wrong in ["", "ключ"] {
        let body = json!({ "query": document, "variables": variables });
        let request = app.owner().request(Method::POST, "/graphql").header("idempotency-key", wrong.as_bytes());
        assert_eq!(request.json(&body).send().await.unwrap().status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_other_paths() {
    let (app, dev) = (TestServer::start().await, TestServer::start_dev().await);
    for (path, text) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let response = app.anonymous().request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.unwrap(), text);
    }
    for path in ["/", "/graphql/", "/v1/keys", "/v1/keys/verify/", "/graphiql", "/../etc/passwd"] {
        assert_eq!(app.owner().request(Method::GET, path).send().await.unwrap().status(), 404, "{path}");
    }
    let graphiql = dev.anonymous().request(Method::GET, "/graphiql").send().await.unwrap();
    assert_eq!(graphiql.status(), 200);
    assert!(graphiql.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
}

#[tokio::test]
async fn a_client_that_never_ends_its_head_is_let_go() {
    let app = TestServer::start().await;
    let beginnings: [&[u8]; 4] =
        [b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"", b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"];
    for beginning in beginnings {
        let mut connection = TcpStream::connect(app.server().address()).await.unwrap();
        connection.write_all(beginning).await.unwrap();
        // A clock that is paused jumps to the next timer once nothing else is left to do.
        tokio::time::pause();
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(31), connection.read_to_end(&mut answer)).await;
        tokio::time::resume();
        ended.unwrap_or_else(|_| panic!("{beginning:?}: the server does not hang up")).unwrap();
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
    }
}

#[tokio::test]
async fn readiness_is_asked_of_the_database_once_a_second_at_most() {
    let app = TestServer::start().await;
    let store = app.server().control_plane().store();
    let counting = [
        "CREATE TABLE tries (number INTEGER)",
        "CREATE TRIGGER counting AFTER UPDATE ON server_keys WHEN NEW.purpose = 'kek' BEGIN INSERT INTO tries VALUES (1); END",
    ];
    for sql in counting {
        store.write(move |tx| Ok(tx.execute(sql, &[])?)).await.unwrap();
    }
    let started = tokio::time::Instant::now();
    let asking = (0..100).map(|_| app.anonymous().request(Method::GET, "/readyz").send());
    for answer in futures_util::future::join_all(asking).await {
        assert_eq!(answer.unwrap().status(), 200);
    }
    let most = 1 + i64::try_from(started.elapsed().as_secs()).unwrap();
    let counted = store.read(|tx| Ok(tx.query_one("SELECT COUNT(*) FROM tries", &[])?.unwrap().take::<i64>()?)).await;
    assert!((1..=most).contains(&counted.unwrap()), "{most} at most");
}
