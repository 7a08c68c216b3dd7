//! Service tokens: gateways that serve every tenant, and nothing but the data plane.

use admin_server::app::audit::{OPERATORS_CHAIN, verify};
use admin_server::app::authorization::PatScope;
use admin_server::app::service_tokens::NewServiceToken;
use admin_server::error::Error;
use admin_server::ids::ServiceTokenId;
use admin_server::model::PatState;
use admin_server::random::SystemRandom;
use admin_token::{Secret, TokenKind};
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::json;

async fn key(of: &Actor, name: &str) -> String {
    let made = of.ok("apiKeysCreate", json!({ "name": name })).await;
    made["secret"].as_str().unwrap().to_owned()
}

fn told(error: &Error) -> String {
    let hint = error.hint().map(|hint| format!("\n({hint})")).unwrap_or_default();
    format!("{} [{}]: {}{hint}", error.code().as_str(), error.field().unwrap_or_default(), error.message())
}

fn new(scopes: &[PatScope], lifetime: Option<SignedDuration>) -> NewServiceToken {
    NewServiceToken { name: "edge".to_owned(), scopes: scopes.to_vec(), lifetime, public_key: None }
}

#[tokio::test]
async fn a_gateway_of_the_operator_knows_the_keys_of_every_tenant() {
    let app = TestServer::start().await;
    let made = app.owner().ok("apiKeysCreate", json!({ "name": "k", "workspaceId": app.workspace() })).await;
    let stranger = app.other_tenant().await;
    let (here, there) = (made["secret"].as_str().unwrap(), key(&stranger, "theirs").await);
    let (service, _) = app.service(&["keys:verify"], None).await;
    assert_eq!((service.verdict(here).await, service.verdict(&there).await), ("VALID".into(), "VALID".into()));
    let answer = service.post("/v1/keys/verify", &json!({ "key": here })).await;
    assert_eq!(answer.header("aisetu-pat-expires-at"), Some("2026-04-05T09:00:02.000Z"), "90 days");
    // What a token of its kind cannot be: an API key.
    assert_eq!(service.verdict(service.token().unwrap()).await, "NOT_FOUND");
}

#[tokio::test]
async fn it_is_no_token_of_the_surface() {
    let app = TestServer::start().await;
    let (service, _) = app.service(&["keys:verify", "usage:write"], None).await;
    for document in ["{ authWhoami { pat { id } } }", "{ workspacesList { totalCount } }", "{ __typename }"] {
        assert_eq!(service.graphql(document, json!({})).await.status, 401, "{document}");
    }
}

#[tokio::test]
async fn it_does_only_what_its_scopes_say() {
    let app = TestServer::start().await;
    let (service, _) = app.service(&["usage:write"], None).await;
    let answer = service.post("/v1/keys/verify", &json!({ "key": "k" })).await;
    assert_eq!(answer.status, 403);
    insta::assert_snapshot!(answer.body["error"]["message"].as_str().unwrap(), @"`keys/verify` needs the scope keys:verify; this token has usage:write");
    insta::assert_snapshot!(answer.body["error"]["hint"].as_str().unwrap(), @"the operator makes a service token with the scope keys:verify anew");
}

#[tokio::test]
async fn it_ends_when_it_expires_and_when_it_is_revoked() {
    let app = TestServer::start().await;
    let control_plane = app.server().control_plane();
    let (service, id) = app.service(&["keys:verify"], None).await;
    let (other, _) = app.service(&["keys:verify"], None).await;
    let revoked = control_plane.revoke_service_token(id.clone()).await.unwrap();
    assert_eq!((revoked.state, revoked.revoked_at), (PatState::Revoked, Some(app.now())));
    let body = json!({ "key": "k" });
    assert_eq!(service.post("/v1/keys/verify", &body).await.status, 401);
    assert_eq!(other.post("/v1/keys/verify", &body).await.status, 200);
    let refused = control_plane.revoke_service_token(id).await.unwrap_err();
    insta::assert_snapshot!(told(&refused), @"CONFLICT []: `gateway` was revoked already, at 2026-01-05T09:00:02.000Z");
    let unknown = ServiceTokenId::new(app.now(), &SystemRandom);
    let refused = control_plane.revoke_service_token(unknown.clone()).await.unwrap_err();
    assert_eq!(told(&refused), format!("NOT_FOUND []: there is no service token {unknown}"));
    app.advance(SignedDuration::from_hours(90 * 24));
    assert_eq!(other.post("/v1/keys/verify", &body).await.status, 401);
    let states: Vec<PatState> =
        control_plane.list_service_tokens().await.unwrap().into_iter().map(|token| token.state).collect();
    assert!(states.contains(&PatState::Expired) && states.contains(&PatState::Revoked), "{states:?}");
}

#[tokio::test]
async fn what_it_cannot_be_is_refused_and_nothing_is_delivered() {
    let app = TestServer::start().await;
    let control_plane = app.server().control_plane();
    let day = SignedDuration::from_hours(24);
    let verify = [PatScope::KeysVerify];
    let mut told_all = Vec::new();
    for bad in [
        new(&[], None),
        new(&[PatScope::KeysVerify, PatScope::AdminRead], None),
        new(&verify, Some(day * 366)),
        new(&verify, Some(SignedDuration::ZERO)),
        new(&verify, Some(-day)),
        NewServiceToken { name: " ".to_owned(), ..new(&verify, None) },
        new(&[PatScope::CredentialsUse], None),
    ] {
        let deliver = |_: &Secret| panic!("delivered");
        told_all.push(told(&control_plane.create_service_token(bad, deliver).await.unwrap_err()));
    }
    insta::assert_snapshot!(told_all.join("\n"), @"
    BAD_USER_INPUT [scopes]: `scopes` has 0 entries; it must have 1 to 3
    BAD_USER_INPUT [scopes]: `scopes` has admin:read, which a service token cannot hold
    (its scopes are keys:verify, usage:write, credentials:use)
    BAD_USER_INPUT [expires]: `expires` is 8784h; it must be above zero and at most 365 days
    BAD_USER_INPUT [expires]: `expires` is 0s; it must be above zero and at most 365 days
    BAD_USER_INPUT [expires]: `expires` is 24h ago; it must be above zero and at most 365 days
    BAD_USER_INPUT [name]: `name` is empty; it must have 1 to 100 characters
    BAD_USER_INPUT [publicKey]: the public key is absent: without one no credential can be sealed for a token with credentials:use
    ");
    let broken = |_: &Secret| Err(std::io::ErrorKind::BrokenPipe.into());
    control_plane.create_service_token(new(&verify, None), broken).await.unwrap_err();
    assert_eq!(control_plane.list_service_tokens().await.unwrap(), []);
    control_plane.create_service_token(new(&verify, Some(day * 365)), |_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn what_was_done_with_it_is_in_the_operators_chain_without_it() {
    let app = TestServer::start().await;
    let (service, id) = app.service(&["keys:verify"], None).await;
    let control_plane = app.server().control_plane();
    control_plane.revoke_service_token(id.clone()).await.unwrap();
    let audit_key = app.ports().keys.audit.clone();
    let token = service.token().unwrap().to_owned();
    assert_eq!(admin_token::parse(&token).unwrap().kind(), TokenKind::Service);
    control_plane
        .store()
        .read(move |tx| {
            assert_eq!(verify(tx, &audit_key, OPERATORS_CHAIN)?, Ok(2));
            let events = admin_server::store::audit::walk(tx, OPERATORS_CHAIN, None, 10)?;
            let actions: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
            assert_eq!(actions, ["operator.createServiceToken", "operator.revokeServiceToken"]);
            assert!(events.iter().all(|event| event.object_id == id.as_str()));
            assert!(!format!("{events:?}").contains(&token));
            Ok(())
        })
        .await
        .unwrap();
}
