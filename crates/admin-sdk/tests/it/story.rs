//! The life of a key, against the real control plane.

use admin_sdk::api_keys::{ApiKeyState, CreateApiKey, RevocationCode, RevokeApiKey, RotateApiKey};
use admin_sdk::{AiSetuAdmin, Duration, ErrorCode, Secret, VerifyCode, VerifyRequest};
use admin_sdk::{pats::CreatePat, workspaces::CreateWorkspace};

use crate::support::{builder, owner};

async fn verdict(admin: &AiSetuAdmin, secret: &Secret) -> VerifyCode {
    let verdict = admin.gateway().verify(VerifyRequest::new(secret.clone())).await.unwrap();
    assert_eq!(verdict.valid, verdict.code == VerifyCode::Valid);
    verdict.code
}

#[tokio::test]
async fn a_key_is_made_rotated_with_grace_revoked_and_restored() {
    let (server, admin) = owner().await;
    let workspace = admin.workspaces().create(CreateWorkspace::new("staging")).await.unwrap();
    let keys = admin.api_keys();

    let create = CreateApiKey { workspace_id: Some(workspace.id.clone()), ..CreateApiKey::new("CI") };
    let made = keys.create(create).await.unwrap();
    let (id, old) = (made.item.id.clone(), made.secret().clone());
    assert_eq!((&made.item.workspace_id, made.item.state), (&workspace.id, ApiKeyState::Active));
    assert_eq!(verdict(&admin, &old).await, VerifyCode::Valid);

    let an_hour = Some(Duration::from_secs(3600));
    let rotated = keys.rotate(RotateApiKey { grace: an_hour, ..RotateApiKey::new(&id) }).await.unwrap();
    let new = rotated.secret().clone();
    assert_ne!(old.expose(), new.expose());
    assert_eq!(rotated.item.id, id, "the key stays the same");
    assert_eq!(verdict(&admin, &old).await, VerifyCode::Valid);
    assert_eq!(verdict(&admin, &new).await, VerifyCode::Valid);

    assert_eq!(keys.finish_rotation(&id).await.unwrap().versions.len(), 1);
    assert_eq!(verdict(&admin, &old).await, VerifyCode::Expired);
    assert_eq!(verdict(&admin, &new).await, VerifyCode::Valid);

    let unused = RevokeApiKey { code: Some(RevocationCode::Unused), ..RevokeApiKey::new(&id) };
    assert_eq!(keys.revoke(unused).await.unwrap().state, ApiKeyState::Revoked);
    assert_eq!(verdict(&admin, &new).await, VerifyCode::Revoked);
    assert_eq!(keys.restore(&id).await.unwrap().state, ApiKeyState::Active);
    assert_eq!(verdict(&admin, &new).await, VerifyCode::Valid);
    assert_eq!(keys.get(&id).await.unwrap().hint, new.hint());

    admin.workspaces().delete(&workspace.id).await.unwrap();
    assert_eq!(verdict(&admin, &new).await, VerifyCode::NotFound);
    let gone = admin.workspaces().get(&workspace.id).await.unwrap_err();
    assert_eq!(gone.code(), ErrorCode::NotFound, "a deleted one is listed, if at all, and not found");
    admin.workspaces().restore(&workspace.id).await.unwrap();
    assert_eq!(verdict(&admin, &new).await, VerifyCode::Valid);
    server.shutdown().await;
}

#[tokio::test]
async fn a_token_that_was_made_here_works_until_it_is_revoked() {
    let (server, admin) = owner().await;
    let made = admin.pats().create(CreatePat::new("report", ["admin:read"])).await.unwrap();
    // A secret goes from one client to the next as it is.
    let report = builder(admin.base_url().as_str()).pat(made.secret().clone()).build().unwrap();
    assert_eq!(report.auth().whoami().await.unwrap().pat.id, made.item.id);
    admin.pats().revoke(made.item.id).await.unwrap();
    assert_eq!(report.auth().whoami().await.unwrap_err().code(), ErrorCode::Unauthenticated);
    server.shutdown().await;
}
