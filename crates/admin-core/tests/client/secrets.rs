//! A secret is shown nowhere: not in `Debug`, not in an error, not in the chain of its causes.

use std::{error::Error as _, fmt::Debug, fmt::Write};

use admin_core::{
    Config, CredentialSource, Error, Issued, Pat, Secret, TokenKind, VerifyRequest,
    api_keys::CreateApiKey,
    env::Environment,
    workspaces::{GetWorkspace, RenameWorkspace},
};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{answers, client, config, ok, pat, refusal, token};

/// Everything that can be got out of an error.
fn everything(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.hint());
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, "\n{error}\n{error:?}").unwrap();
        cause = error.source();
    }
    text
}

fn assert_hidden(shown: &str, secret: &str) {
    // The hint, which is the last four characters, may be shown.
    let body = &secret[..secret.len() - 4];
    assert!(!shown.contains(body), "{shown}");
}

#[test]
fn debug_shows_no_secret() {
    let secret = token(TokenKind::Pat);
    let config = config("http://localhost:1").build().unwrap();
    let client = client("http://localhost:1");
    let shown: [&dyn Debug; 7] = [
        &pat(),
        &config,
        &Config::builder().environment(Environment::empty()).pat(pat()).base_url(secret.clone()),
        &client,
        &client.gateway(),
        &VerifyRequest::new(Secret::new(secret.clone())),
        &Issued { item: 1, secret: Secret::new(secret.clone()) },
    ];
    for value in shown {
        assert_hidden(&format!("{value:?} {value:#?}"), &secret);
    }
    insta::assert_snapshot!(format!("{:?}", pat()), @"Pat(…cqlG from `AI_SETU_PAT`)");
}

#[test]
fn an_error_about_a_token_does_not_quote_it() {
    let pat = token(TokenKind::Pat);
    let live = token(TokenKind::LiveKey);
    let mut typo = pat.clone();
    typo.replace_range(20..21, "b");
    for text in [&live, &typo, &pat[..30].to_owned(), &live[..30].to_owned(), &"hunter2-hunter2".to_owned()] {
        let error = Pat::parse(text, CredentialSource::Explicit).unwrap_err();
        assert_hidden(&everything(&error), text);
    }
    // The token in the place of the URL, and a password in it.
    for url in
        [pat.clone(), format!("https://{pat}@example.com"), format!("https://u:{pat}@"), format!("https://h/?t={pat}")]
    {
        let error = config("http://localhost:1").base_url(url).build().unwrap_err();
        assert_hidden(&everything(&error), &pat);
    }
}

#[tokio::test]
async fn a_page_that_echoes_the_request_does_not_leak_it() {
    let pat = token(TokenKind::Pat);
    let echo = format!("you sent authorization: Bearer {pat} and I failed");
    for answer in [
        ResponseTemplate::new(500).set_body_string(&echo),
        ResponseTemplate::new(400).set_body_json(json!({ "headers": { "authorization": echo } })),
        ResponseTemplate::new(302).insert_header("location", format!("http://h/?{pat}")),
        ResponseTemplate::new(200).set_body_raw(echo.clone(), format!("text/plain; {pat}").as_str()),
        ok(refusal(&echo, json!({ "code": "INTERNAL", "hint": echo, "requestId": pat }))),
    ] {
        let server = answers([answer]).await;
        let error = client(&server.uri()).execute(GetWorkspace { id: "ws_1".into() }).await.unwrap_err();
        assert_hidden(&everything(&error), &pat);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_understood_does_not_leak_its_secret() {
    let secret = token(TokenKind::LiveKey);
    // Where the schema has an object, an instant or nothing at all, stands the secret.
    for issued in [
        json!({ "item": secret, "secret": secret }),
        json!({ "item": { "id": "key_1", "createdAt": secret }, "secret": secret }),
        json!({ "item": {}, "secret": secret }),
        json!(secret),
    ] {
        let server = answers([ok(json!({ "data": { "apiKeysCreate": issued } }))]).await;
        let create = CreateApiKey { name: "CI".into(), ..CreateApiKey::default() };
        let error = client(&server.uri()).execute(create).await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        assert_hidden(&everything(&error), &secret);
    }
}

#[tokio::test]
async fn a_broken_connection_does_not_leak_the_request() {
    let pat = token(TokenKind::Pat);
    let operation = RenameWorkspace { id: "ws_1".into(), name: "canary-name".into() };
    let error = client("http://127.0.0.1:1").execute(operation).await.unwrap_err();
    assert_hidden(&everything(&error), &pat);
    assert!(!everything(&error).contains("canary-name"));
}
