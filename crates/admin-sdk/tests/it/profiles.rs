//! Tokens that the command line has stored.

use admin_local::{AI_SETU_CONFIG_DIR, Profile, Profiles};
use admin_sdk::env::{AI_SETU_API_BASE_URL, AI_SETU_PAT};
use admin_sdk::{AiSetuAdmin, AiSetuAdminBuilder, CredentialError, ErrorCode, ProfileError};
use tempfile::TempDir;

use crate::support::{owner, pat, variables};

/// The profile `lab` for a control plane.
fn stored(base_url: &str, token: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::new(base_url.parse().unwrap(), token.into());
    Profiles::in_folder(folder.path()).put("lab", &profile).unwrap();
    folder
}

fn builder(folder: &TempDir, more: &[(&'static str, &str)]) -> AiSetuAdminBuilder {
    let folder = (AI_SETU_CONFIG_DIR, folder.path().to_str().unwrap());
    AiSetuAdmin::builder().environment(variables(&[more, &[folder]].concat()))
}

#[tokio::test]
async fn a_profile_has_token_and_control_plane() {
    let (server, _) = owner().await;
    let folder = stored(&server.owner().url(""), server.owner().token().unwrap());
    // A token in the environment is for something else, perhaps: a profile was asked for by name.
    let admin = builder(&folder, &[(AI_SETU_PAT, &pat())]).profile("lab").build().unwrap();
    assert_eq!(admin.auth().whoami().await.unwrap().user.email, "owner@acme.example");
    assert!(format!("{admin:?}").contains("from profile `lab`"), "{admin:?}");
    server.shutdown().await;
}

#[test]
fn the_last_of_token_and_profile_counts_and_the_other_settings_stay() {
    let folder = stored("https://lab.example/api", &pat());
    let profile =
        builder(&folder, &[]).pat("nonsense").base_url("https://lab.example/v2").profile("lab").build().unwrap();
    assert_eq!(profile.base_url().as_str(), "https://lab.example/v2");
    let token = builder(&folder, &[]).profile("no such profile").pat(pat()).build().unwrap();
    assert_eq!(token.base_url().as_str(), "https://api.aisetu.ai");
}

#[test]
fn the_errors_of_a_profile_keep_their_types() {
    let folder = stored("https://lab.example/api", &pat());
    let missing = builder(&folder, &[]).profile("prod").build().unwrap_err();
    assert_eq!(missing.code(), ErrorCode::Config);
    let CredentialError::Profile(ProfileError::NotFound { name, known, .. }) = missing else { panic!("{missing}") };
    assert_eq!((name.as_str(), known.as_slice()), ("prod", ["lab".to_owned()].as_slice()));
}

#[test]
fn a_stored_token_goes_to_its_own_host_only() {
    let folder = stored("https://lab.example/api", &pat());
    let elsewhere = (AI_SETU_API_BASE_URL, "https://evil.example");
    let by_variable = builder(&folder, &[elsewhere]).profile("lab").build().unwrap_err();
    let by_builder = builder(&folder, &[]).profile("lab").base_url(elsewhere.1).build().unwrap_err();
    let told = |error: &CredentialError| format!("{error}\n{}", error.hints().join("\n"));
    insta::assert_snapshot!(told(&by_variable), @"
    profile `lab` is for https://lab.example/api, and `AI_SETU_API_BASE_URL` names https://evil.example
    a stored token goes to its own host only: name another profile, or leave out `AI_SETU_API_BASE_URL`
    sign in there with `aisetu auth login --base-url https://evil.example --profile NAME`
    ");
    insta::assert_snapshot!(told(&by_builder), @"
    profile `lab` is for https://lab.example/api, and the builder names https://evil.example
    a stored token goes to its own host only: name another profile, or leave out the base URL
    sign in there with `aisetu auth login --base-url https://evil.example --profile NAME`
    ");
}
