//! `cargo xtask schema-export`, as a shell sees it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::thread;

use admin_server::app::Ports;
use admin_server::app::authorization::PatScope;
use admin_server::app::provision::FirstOwner;
use admin_server::crypto::ServerKeys;
use admin_server::random::SystemRandom;
use admin_server::{Server, Storage};
use admin_token::{Secret, TokenKind};
use async_graphql::{EmptyMutation, EmptySubscription, InputObject, Object, OneofObject, SDLExportOptions, Schema};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;

/// The part of the output that a reader sees, with what differs from run to run replaced.
struct Run {
    code: Option<i32>,
    shown: String,
}

fn token(kind: TokenKind) -> Secret {
    admin_token::mint(kind, |buffer| buffer.fill(7)).into_secret()
}

fn run(file: &Path, arguments: &[&str], pat: Option<&Secret>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("schema-export").args(arguments).arg("--file").arg(file).env_clear();
    command.envs(pat.map(|pat| ("AI_SETU_PAT", pat.expose())));
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    if let Some(pat) = pat.filter(|pat| !pat.expose().is_empty()) {
        assert!(!out.contains(pat.expose()) && !err.contains(pat.expose()), "the PAT is shown");
    }
    let mut shown = format!("{out}--\n{err}").replace(&file.display().to_string(), "FILE");
    while let Some(at) = shown.find("127.0.0.1:") {
        let port = at + "127.0.0.1:".len();
        let end = shown[port..].find(|c: char| !c.is_ascii_digit()).map_or(shown.len(), |length| port + length);
        shown.replace_range(at..end, "HOST");
    }
    Run { code: output.status.code(), shown }
}

#[derive(InputObject)]
struct Page {
    #[graphql(default = 50)]
    limit: i32,
    #[graphql(deprecation = "use `limit`")]
    first: Option<i32>,
}

/// By what it is found.
#[derive(OneofObject)]
enum Key {
    Id(String),
    Number(i32),
}

struct Query;

#[Object]
impl Query {
    /// "Finds".
    async fn find(&self, key: Key, page: Option<Page>, #[graphql(deprecation)] loud: Option<bool>) -> bool {
        let _ = (key, page.map(|page| (page.limit, page.first)), loud);
        true
    }
}

fn schema() -> Schema<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription).limit_depth(16).limit_complexity(1000).finish()
}

/// A deployment with the schema above at `/base/graphql`, for the holder of the PAT.
fn deployment(pat: &Secret) -> SocketAddr {
    let bearer = format!("Bearer {}", pat.expose());
    let handler = move |headers: HeaderMap, body: Bytes| async move {
        if headers.get(header::AUTHORIZATION).is_none_or(|it| it != bearer.as_str()) {
            return (StatusCode::UNAUTHORIZED, r#"{"error":{"code":"UNAUTHENTICATED"}}"#.into());
        }
        let request: async_graphql::Request = serde_json::from_slice(&body).unwrap();
        (StatusCode::OK, serde_json::to_string(&schema().execute(request).await).unwrap())
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, Router::new().route("/base/graphql", post(handler))).await.unwrap();
        });
    });
    address
}

/// A server that gives one answer after the other, whatever is asked.
fn answers(answers: &[&str]) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
    thread::spawn(move || {
        for answer in answers {
            let (connection, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(connection);
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            reader.into_inner().write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn export_then_check() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.gql");
    let first = run(&file, &[], None);
    insta::assert_snapshot!(first.shown, @"
    wrote FILE: the schema of the bundled server
    --
    ");
    assert_eq!(first.code, Some(0));
    let again = run(&file, &[], None);
    insta::assert_snapshot!(again.shown, @"
    FILE is the schema of the bundled server
    --
    ");
    let check = run(&file, &["--check"], None);
    insta::assert_snapshot!(check.shown, @"
    FILE is the schema of the bundled server
    --
    ");
    assert_eq!((again.code, check.code), (Some(0), Some(0)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn a_check_shows_the_difference_and_the_command_that_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("the schema.gql");
    run(&file, &[], None);
    let schema = fs::read_to_string(&file).unwrap();
    let stale = schema.replacen("type ApiKey {\n", "type ApiKey {\n\tcolour: String\n", 1);
    assert_ne!(schema, stale);
    fs::write(&file, &stale).unwrap();
    let check = run(&file, &["--check"], None);
    assert_eq!(check.code, Some(1));
    insta::assert_snapshot!(check.shown, @r#"
    --- FILE
    +++ the bundled server
    @@ -12,7 +12,6 @@
     An API key: what an application presents to a gateway. It is a lineage; its secret can be rotated while the key stays the same.
     """
     type ApiKey {
    -	colour: String
     	"""
     	How much the key may spend; null = without bound.
     	"""
    --
    error: FILE is not the schema of the bundled server; this mends it:

        cargo xtask schema-export --file 'FILE'
    "#);
    assert_eq!(fs::read_to_string(&file).unwrap(), stale, "a check writes nothing");

    run(&file, &[], None);
    assert_eq!(run(&file, &["--check"], None).code, Some(0));
}

#[test]
fn a_deployment_gives_the_same_bytes_as_its_sdl() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.gql");
    let pat = token(TokenKind::Pat);
    let url = format!("http://{}/base/", deployment(&pat));

    let check = run(&file, &["--check", "--url", &url], Some(&pat));
    assert_eq!(check.code, Some(1), "there is no file yet");
    assert!(!file.exists());
    insta::assert_snapshot!(check.shown, @r#"
    --- FILE
    +++ http://HOST/base/graphql
    @@ -0,0 +1,23 @@
    +"""
    +By what it is found.
    +"""
    +input Key @oneOf {
    +	id: String
    +	number: Int
    +}
    +
    +input Page {
    +	first: Int @deprecated(reason: "use `limit`")
    +	limit: Int! = 50
    +}
    +
    +type Query {
    +	"""
    +	"Finds".
    +	"""
    +	find(key: Key!, loud: Boolean @deprecated, page: Page): Boolean!
    +}
    +
    +schema {
    +	query: Query
    +}
    --
    error: FILE is not the schema of http://HOST/base/graphql; this mends it:

        cargo xtask schema-export --url http://HOST/base/ --file FILE
    "#);

    let export = run(&file, &["--url", &url], Some(&pat));
    insta::assert_snapshot!(export.shown, @"
    wrote FILE: the schema of http://HOST/base/graphql
    --
    ");
    let sdl = schema().sdl_with_options(SDLExportOptions::new().include_specified_by());
    assert_eq!(fs::read_to_string(&file).unwrap(), admin_schema::canonical(&sdl).unwrap());
    assert_eq!(run(&file, &["--check", "--url", &url], Some(&pat)).code, Some(0));
}

/// The bundled server in this process, with a token for it.
fn bundled() -> (SocketAddr, Secret) {
    let (ready, started) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ports = Ports::system(ServerKeys::generate(&SystemRandom));
            let server = Server::start(([127, 0, 0, 1], 0).into(), &Storage::Memory, ports, false).await.unwrap();
            let names = FirstOwner {
                tenant: "Acme".to_owned(),
                workspace: "default".to_owned(),
                email: "owner@acme.example".to_owned(),
                pat: "owner".to_owned(),
                scopes: vec![PatScope::AdminRead],
            };
            let mut token = None;
            let deliver = |made: &Secret| {
                token = Some(made.clone());
                Ok(())
            };
            server.control_plane().create_first_owner(names, deliver).await.unwrap();
            ready.send((server.address(), token.unwrap())).unwrap();
            std::future::pending::<()>().await;
        });
    });
    started.recv().unwrap()
}

#[test]
fn the_bundled_server_gives_the_same_bytes_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let (linked, asked) = (folder.path().join("linked.gql"), folder.path().join("asked.gql"));
    let (address, pat) = bundled();
    assert_eq!(run(&linked, &[], None).code, Some(0));
    let export = run(&asked, &["--url", &format!("http://{address}")], Some(&pat));
    assert_eq!(export.code, Some(0), "{}", export.shown);
    assert_eq!(fs::read_to_string(&linked).unwrap(), fs::read_to_string(&asked).unwrap());
}

#[test]
fn an_older_deployment_is_asked_for_less_and_what_is_lost_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.gql");
    let refusal =
        http("400 Bad Request", r#"{"errors":[{"message":"Unknown field \"isOneOf\" on type \"__Type\"."}]}"#);
    let field = |name: &str| format!(r#"{{"name":"{name}","args":[{{"name":"includeDeprecated"}}]}}"#);
    let known = http(
        "200 OK",
        &format!(
            r#"{{"data":{{"Schema":{{"fields":[{}]}},"Type":{{"fields":[{},{}]}},"Field":{{"fields":[{args}]}},"InputValue":{{"fields":[{}]}},"Directive":{{"fields":[{},{args}]}}}}}}"#,
            field("description"),
            field("specifiedByURL"),
            field("inputFields"),
            field("isDeprecated"),
            field("isRepeatable"),
            args = field("args"),
        ),
    );
    let plain = http(
        "200 OK",
        r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[{"name":"a","args":[],"type":{"kind":"SCALAR","name":"Int"}}]}],"directives":[]}}}"#,
    );
    let url = format!("http://{}", answers(&[&refusal, &known, &plain]));
    let export = run(&file, &["--url", &url], Some(&token(TokenKind::Pat)));
    insta::assert_snapshot!(export.shown, @"
    wrote FILE: the schema of http://HOST/graphql, which does not tell: `@oneOf` on input objects
    --
    ");
    assert_eq!(fs::read_to_string(&file).unwrap(), "type Query {\n\ta: Int\n}\n\nschema {\n\tquery: Query\n}\n");
}

#[test]
fn what_is_no_deployment_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.gql");
    let pat = token(TokenKind::Pat);
    let echo = format!(r#"{{"errors":[{{"message":"no such token: {}"}},{{"message":"second"}}]}}"#, pat.expose());
    let shown: Vec<String> = [
        http("401 Unauthorized", r#"{"error":{"code":"UNAUTHENTICATED"}}"#),
        http("200 OK", "<!DOCTYPE html><html>Sign in</html>"),
        http("502 Bad Gateway", "\n<html><body>upstream</body></html>"),
        http("404 Not Found", "no such page"),
        http("200 OK", ""),
        http("200 OK", r#"{"hello":"world"}"#),
        http("200 OK", r#"{"data":null}"#),
        http("200 OK", &echo),
        http("200 OK", r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[],"directives":[]}}}"#),
        "HTTP/1.1 308 Permanent Redirect\r\nLocation: https://elsewhere.example/graphql\r\nContent-Length: 0\r\n\r\n"
            .to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{\"data\":".to_owned(),
        "SSH-2.0-OpenSSH_9.6\r\n".to_owned(),
    ]
    .iter()
    .map(|answer| {
        let url = format!("http://{}", answers(&[answer]));
        let run = run(&file, &["--url", &url], Some(&pat));
        assert_eq!(run.code, Some(2));
        run.shown
    })
    .collect();
    insta::assert_snapshot!(shown.concat(), @r#"
    --
    error: http://HOST/graphql: the deployment refuses the PAT in AI_SETU_PAT (HTTP 401): unknown there, expired or revoked
    hint: make a new one, or check that the URL is that of the deployment which made it
    --
    error: http://HOST/graphql: HTTP 200 with HTML, which is no GraphQL answer: "<!DOCTYPE html><html>Sign in</html>"
    hint: `/graphql` is added to the URL; is it the base URL of the API?
    --
    error: http://HOST/graphql: HTTP 502 with HTML, which is no GraphQL answer: " <html><body>upstream</body></html>"
    hint: `/graphql` is added to the URL; is it the base URL of the API?
    --
    error: http://HOST/graphql: HTTP 404 with something that is not JSON, which is no GraphQL answer: "no such page"
    hint: `/graphql` is added to the URL; is it the base URL of the API?
    --
    error: http://HOST/graphql: HTTP 200 with an empty body, which is no GraphQL answer: ""
    hint: `/graphql` is added to the URL; is it the base URL of the API?
    --
    error: http://HOST/graphql: HTTP 200 with JSON without `data`, which is no GraphQL answer: "{\"hello\":\"world\"}"
    hint: `/graphql` is added to the URL; is it the base URL of the API?
    --
    error: http://HOST/graphql: HTTP 200 with JSON without `data`, which is no GraphQL answer: "{\"data\":null}"
    hint: `/graphql` is added to the URL; is it the base URL of the API?
    --
    error: http://HOST/graphql: it refuses the introspection query: no such token: [PAT]; second
    --
    error: http://HOST/graphql: what it answers describes no schema: `schema.query` refers to the type `Query`, which is not defined
    --
    error: http://HOST/graphql: HTTP 308: it redirects to "https://elsewhere.example/graphql"
    hint: redirects are not followed, so that the PAT goes nowhere else; give the base URL that it leads to
    --
    error: http://HOST/graphql: it cannot be reached, or broke off: io: Peer disconnected
    --
    error: http://HOST/graphql: it cannot be reached, or broke off: protocol: http parse fail: invalid HTTP version
    "#);
    assert!(!file.exists());
}

#[test]
fn what_cannot_be_reached_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.gql");
    let pat = token(TokenKind::Pat);
    let nobody = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    // TLS is spoken, with cryptography of our own choice, to a server that does not speak it.
    let plain = answers_at_once("HTTP/1.1 400 Bad Request\r\n\r\n");
    for url in [format!("http://{nobody}"), format!("https://{plain}")] {
        let run = run(&file, &["--url", &url], Some(&pat));
        // What follows is the operating system's text, or that of its certificates.
        assert!(run.shown.contains("/graphql: it cannot be reached, or broke off: io: "), "{}", run.shown);
        assert_eq!(run.code, Some(2));
    }
}

/// A server that speaks first.
fn answers_at_once(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        connection.write_all(answer.as_bytes()).unwrap();
        let _ = connection.read_to_end(&mut Vec::new());
    });
    address
}

#[test]
fn a_wrong_pat_or_url_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.gql");
    let pat = token(TokenKind::Pat);
    let cut = Secret::new(&pat.expose()[..20]);
    let url = "https://api.example.com";
    let shown: Vec<String> = [
        (url, None),
        (url, Some(Secret::new(""))),
        (url, Some(token(TokenKind::LiveKey))),
        (url, Some(cut)),
        (url, Some(Secret::new("hunter2-hunter2-hunter2"))),
        ("http://api.example.com", Some(pat.clone())),
        ("https://user:password@api.example.com", Some(pat.clone())),
        ("api.example.com", Some(pat)),
    ]
    .iter()
    .map(|(url, pat)| {
        let run = run(&file, &["--url", url], pat.as_ref());
        assert_eq!(run.code, Some(2));
        run.shown
    })
    .collect();
    insta::assert_snapshot!(shown.concat(), @"
    --
    error: AI_SETU_PAT is not set, and a deployment tells its schema to no one without a personal access token
    --
    error: AI_SETU_PAT is not set, and a deployment tells its schema to no one without a personal access token
    --
    error: AI_SETU_PAT holds a live API key, not a personal access token
    --
    error: AI_SETU_PAT holds no personal access token: it has 20 characters where a personal access token has 43: was it cut, or pasted twice?
    --
    error: AI_SETU_PAT holds no personal access token: it does not start with a known prefix such as `tt_pat_` or `tt_live_`
    --
    error: --url: http:// would show the PAT to everyone on the way: use https://, which only a deployment on this machine can do without
    --
    error: --url: a base URL has no user, password, query or fragment; the PAT is in AI_SETU_PAT
    --
    error: --url: this is no URL: relative URL without a base
    ");
    assert!(!shown.concat().contains("password@"), "a URL may hold a password");
}

#[test]
fn a_file_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for file in [&folder.path().join("missing/schema.gql"), folder.path()] {
        let export = run(file, &[], None);
        assert!(export.shown.starts_with("--\nerror: cannot "), "{}", export.shown);
        assert_eq!(export.code, Some(2));
    }
}
