//! What the operator does without a token: the first owner, and the token that `aisetu dev` keeps.

use admin_server::Storage;
use admin_server::app::authorization::PatScope;
use admin_server::app::provision::{FirstOwner, OwnerToken};
use admin_server::app::{ControlPlane, Ports};
use admin_server::crypto::ServerKeys;
use admin_server::error::Code;
use admin_server::random::SystemRandom;
use admin_token::Secret;
use aisetu_tests::TestServer;
use jiff::SignedDuration;

const MARGIN: SignedDuration = SignedDuration::from_hours(14 * 24);

fn names() -> FirstOwner {
    FirstOwner {
        tenant: "dev".to_owned(),
        workspace: "default".to_owned(),
        email: "owner@localhost".to_owned(),
        pat: "aisetu dev".to_owned(),
        scopes: vec![PatScope::AdminWrite, PatScope::KeysVerify],
    }
}

#[tokio::test]
async fn there_is_one_first_owner() {
    let server = TestServer::start().await;
    let refused = server.server().control_plane().create_first_owner(names(), |_| Ok(())).await.unwrap_err();
    assert_eq!(refused.code(), Code::Conflict);
    assert_eq!(server.owner().data("{ workspacesList { totalCount } }").await["workspacesList"]["totalCount"], 2);
    server.shutdown().await;
}

#[tokio::test]
async fn an_owner_whose_token_reaches_nobody_is_not_made() {
    let (store, _closed) = Storage::Memory.open().unwrap();
    let control_plane = ControlPlane::new(store, Ports::system(ServerKeys::generate(&SystemRandom)));
    let broken = |_: &Secret| Err(std::io::ErrorKind::BrokenPipe.into());
    let refused = control_plane.create_first_owner(names(), broken).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("could not be delivered"), "{refused}");
    let bad = FirstOwner { email: "nobody".to_owned(), ..names() };
    let refused = control_plane.create_first_owner(bad, |_| panic!("there is nothing to deliver")).await.unwrap_err();
    assert_eq!(refused.code(), Code::BadUserInput);

    let mut delivered = None;
    let deliver = |token: &Secret| {
        delivered = Some(token.clone());
        Ok(())
    };
    control_plane.create_first_owner(names(), deliver).await.unwrap();
    let token = admin_token::parse(delivered.unwrap().expose()).unwrap();
    control_plane.authenticate(token).await.unwrap();
    let refused =
        control_plane.create_first_owner(names(), |_| panic!("there is nothing to deliver")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Conflict);
}

#[tokio::test]
async fn a_kept_token_is_replaced_and_revoked_when_under_the_margin_is_left() {
    let server = TestServer::start().await;
    let ensure = async |held: Option<&OwnerToken>| {
        let held = held.map(|held| admin_token::parse(held.token.expose()).unwrap());
        server.server().control_plane().ensure_owner_token(names(), held, MARGIN).await.unwrap()
    };
    let first = ensure(None).await;
    assert_eq!(first.expires_at, server.now() + SignedDuration::from_hours(90 * 24));

    server.advance(SignedDuration::from_hours(76 * 24) - SignedDuration::from_secs(1));
    let same = ensure(Some(&first)).await;
    assert_eq!(same.token.expose(), first.token.expose(), "14 days and a second are left");

    server.advance(SignedDuration::from_secs(1));
    let second = ensure(Some(&first)).await;
    assert_ne!(second.token.expose(), first.token.expose(), "14 days are left, and no more");
    let whoami = "{ authWhoami { tenant { name } } }";
    assert_eq!(server.bearer(first.token.expose()).graphql(whoami, serde_json::json!({})).await.status, 401);
    let owner = server.bearer(second.token.expose());
    assert_eq!(owner.data(whoami).await["authWhoami"]["tenant"]["name"], "Acme", "the owner that there was");
    server.shutdown().await;
}
