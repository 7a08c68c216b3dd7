//! Errors of the real control plane, as a program sees them.

use admin_sdk::api_keys::CreateApiKey;
use admin_sdk::env::AI_SETU_PAT;
use admin_sdk::workspaces::CreateWorkspace;
use admin_sdk::{AiSetuAdmin, CredentialSource, Error, ErrorCode};

use crate::support::{of, owner, pat, variables};

#[tokio::test]
async fn a_refused_token_is_a_401_that_says_where_the_token_came_from() {
    let (server, _) = owner().await;
    let url = server.anonymous().url("");
    let by_builder = crate::support::admin(&url);
    let by_variable = AiSetuAdmin::builder().environment(variables(&[(AI_SETU_PAT, &pat())])).base_url(url).build();
    for (admin, origin) in
        [(by_builder, CredentialSource::Explicit), (by_variable.unwrap(), CredentialSource::Env(AI_SETU_PAT))]
    {
        let error = admin.workspaces().create(CreateWorkspace::new("staging")).await.unwrap_err();
        assert_eq!((error.code(), error.status()), (ErrorCode::Unauthenticated, Some(401)));
        assert!(error.request_id().is_some());
        assert!(error.hint().unwrap().contains(&format!("the token came from {origin}")), "{:?}", error.hint());
        let Error::Http(error) = error else { panic!("{error}") };
        assert_eq!(error.refused_token.unwrap().origin, origin);
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_missing_scope_is_unauthorized_and_named() {
    let (server, _) = owner().await;
    let reader = of(&server.reader().await);
    let create = CreateApiKey { workspace_id: Some(server.workspace().into()), ..CreateApiKey::new("CI") };
    let error = reader.api_keys().create(create).await.unwrap_err();
    assert_eq!((error.code(), error.status()), (ErrorCode::Unauthorized, Some(200)));
    assert!(error.request_id().is_some());
    let Error::GraphQl(error) = error else { panic!("{error}") };
    assert!(error.message.contains("admin:write"), "{}", error.message);
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_malformed_is_named() {
    let (server, admin) = owner().await;
    let nobodys = format!("key_{}", "0".repeat(26));
    let error = admin.api_keys().get(nobodys).await.unwrap_err();
    assert_eq!((error.code(), error.idempotency_key()), (ErrorCode::NotFound, None));
    let other = of(&server.other_tenant().await);
    let theirs = other.workspaces().get(server.workspace()).await.unwrap_err();
    assert_eq!(theirs.code(), ErrorCode::NotFound, "another tenant's is as if it were not there");
    let nameless = admin.workspaces().create(CreateWorkspace::new(" ")).await.unwrap_err();
    assert_eq!((nameless.code(), nameless.field()), (ErrorCode::BadUserInput, Some("name")));
    server.shutdown().await;
}
