//! What a client is made of.

use std::time::Duration;

use admin_sdk::env::{AI_SETU_ALLOW_HTTP, AI_SETU_API_BASE_URL, AI_SETU_PAT, Environment};
use admin_sdk::workspaces::{CreateWorkspace, ListWorkspaces};
use admin_sdk::{AiSetuAdmin, AiSetuAdminBuilder, Error, ErrorCode, Secret, TokenKind};
use serde_json::json;

use crate::support::{answers, builder, ok, pat, requests, token, variables, workspace};

fn told(error: &Error) -> String {
    format!("{error}\n{}", error.hint().unwrap_or_default())
}

#[test]
fn a_client_is_cheap_to_clone_and_moves_between_threads() {
    fn moves<T: Clone + Send + Sync + 'static>(_: &T) {}
    let admin = builder("http://localhost:1").build().unwrap();
    moves(&admin);
    moves(&admin.workspaces());
    moves(&admin.api_keys());
    moves(&admin.pats());
    moves(&admin.auth());
    moves(&admin.gateway());
}

#[test]
fn the_builder_wins_over_the_environment_and_that_over_production() {
    let environment = || {
        variables(&[(AI_SETU_PAT, &token(TokenKind::Pat, 1)), (AI_SETU_API_BASE_URL, "https://environment.example")])
    };
    let url = |builder: AiSetuAdminBuilder| builder.build().unwrap().base_url().to_string();
    let from = |environment| AiSetuAdmin::builder().environment(environment);
    assert_eq!(url(from(environment()).base_url("https://builder.example")), "https://builder.example");
    assert_eq!(url(from(environment())), "https://environment.example");
    assert_eq!(url(from(Environment::empty()).pat(pat())), "https://api.aisetu.ai");

    let shown = format!("{:?}", from(environment()).build().unwrap());
    assert!(shown.contains("from `AI_SETU_PAT`"), "{shown}");
    let shown = format!("{:?}", from(environment()).pat(pat()).build().unwrap());
    assert!(shown.contains("from the builder"), "{shown}");
}

#[tokio::test]
async fn who_is_signed_out_sends_no_token_whatever_the_environment_has() {
    let environment = variables(&[(AI_SETU_PAT, &token(TokenKind::Pat, 1))]);
    let answer = json!({ "authRequestCode": { "challengeId": "chal_1", "expiresAt": "2026-11-22T09:30:00.000Z" } });
    let server = answers([ok(&answer)]).await;
    let builder = AiSetuAdmin::builder().environment(environment).base_url(server.uri());
    let admin = builder.signed_out().build().unwrap();
    admin.auth().request_code("ada@example.com").await.unwrap();
    let error = admin.workspaces().list(ListWorkspaces::default()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
    let requests = requests(&server).await;
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].headers.contains_key("authorization"));
}

#[test]
fn http_goes_to_another_machine_only_where_that_is_allowed() {
    let builder = || builder("http://gateway.example");
    insta::assert_snapshot!(told(&builder().build().unwrap_err()), @"
    the base URL from the builder cannot be used: `http` to `gateway.example` would send the token in the clear over the network (CONFIG)
    use `https`; on a network that you trust, `AI_SETU_ALLOW_HTTP=1` allows `http`
    ");
    assert!(builder().allow_http(true).build().is_ok());
    let allowed = || variables(&[(AI_SETU_ALLOW_HTTP, "1")]);
    assert!(builder().environment(allowed()).build().is_ok());
    assert!(builder().environment(allowed()).allow_http(false).build().is_err(), "the builder wins");
}

#[test]
fn a_token_that_cannot_be_one_is_refused_by_the_builder_and_not_quoted() {
    let none = AiSetuAdmin::builder().environment(Environment::empty()).build().unwrap_err();
    assert_eq!(none.code(), ErrorCode::Unauthenticated);
    insta::assert_snapshot!(told(&none), @"
    no personal access token is set for https://api.aisetu.ai (UNAUTHENTICATED)
    make a token at https://app.aisetu.ai/settings/profile and set `AI_SETU_PAT` to it
    ");
    let with = |pat: &str| told(&builder("http://localhost:1").pat(pat).build().unwrap_err());
    let live = token(TokenKind::LiveKey, 3);
    let cut = &pat()[..40];
    for given in [live.as_str(), cut, "hunter2"] {
        let random = given.rsplit('_').next().unwrap();
        assert!(!with(given).contains(random), "{}", with(given));
    }
    insta::assert_snapshot!(with(&live), @"
    the token from the builder is a live API key (`tt_live_…`), and this API takes a personal access token (`tt_pat_…`) (WRONG_TOKEN_KIND)
    an API key is for the gateway that applications call; set `AI_SETU_PAT` to a token that starts with `tt_pat_`
    ");
    insta::assert_snapshot!(with(cut), @"
    the token from the builder is not well-formed: it has 40 characters where a personal access token has 43: was it cut, or pasted twice? (CONFIG)
    copy the whole token again: `tt_pat_` and 36 letters and digits
    ");
    insta::assert_snapshot!(with(""), @"
    the token from the builder is not well-formed: it does not start with a known prefix such as `tt_pat_` or `tt_live_` (CONFIG)
    copy the whole token again: `tt_pat_` and 36 letters and digits
    ");
}

#[test]
fn limits_out_of_bounds_are_refused_by_name() {
    let builder = || builder("http://localhost:1");
    let field = |builder: AiSetuAdminBuilder| builder.build().unwrap_err().field().unwrap().to_owned();
    assert_eq!(field(builder().timeout(Duration::ZERO)), "timeout");
    assert_eq!(field(builder().connect_timeout(Duration::from_secs(3601))), "connect_timeout");
    assert_eq!(field(builder().max_retries(11)), "max_retries");
    assert_eq!(field(builder().user_agent_suffix("acme\r\nx: y")), "user_agent_suffix");
    assert_eq!(field(builder().base_url("nonsense")), "base_url");
}

#[tokio::test]
async fn the_sdk_names_itself_and_whoever_uses_it() {
    let server = answers([ok(&json!({ "workspacesGet": workspace("main") }))]).await;
    for (builder, names) in [
        (builder(&server.uri()), concat!("aisetu-sdk/", env!("CARGO_PKG_VERSION"))),
        (
            builder(&server.uri()).user_agent_suffix("acme-ci/1.2"),
            concat!("aisetu-sdk/", env!("CARGO_PKG_VERSION"), " acme-ci/1.2"),
        ),
    ] {
        builder.build().unwrap().workspaces().get("ws_1").await.unwrap();
        let agent = requests(&server).await.pop().unwrap().headers["user-agent"].clone();
        assert!(agent.to_str().unwrap().ends_with(names), "{agent:?}");
    }
}

#[test]
fn nothing_shows_the_token() {
    let token = pat();
    let builder = builder("http://localhost:1").pat(Secret::from(token.as_str()));
    let admin = builder.clone().build().unwrap();
    let create = admin.workspaces().create(CreateWorkspace::new("main"));
    let stream = admin.workspaces().list(ListWorkspaces::default()).stream();
    let gateway = admin.gateway();
    let shown = format!(
        "{builder:?} {admin:#?} {:?} {:?} {:?} {:?} {gateway:?} {create:?} {stream:?}",
        admin.workspaces(),
        admin.api_keys(),
        admin.pats(),
        admin.auth(),
    );
    let locked = crate::support::builder("https://ada:hunter2@gateway.example/a/long/path");
    assert!(!format!("{locked:?}").contains("hunter2"), "{locked:?}");
    // The last four characters are shown; what comes before the checksum is not.
    assert!(!shown.contains(&token["tt_pat_".len()..][..30]), "{shown}");
    assert!(shown.contains("workspacesCreate") && shown.contains("workspacesList"), "{shown}");
}
