//! Which token goes where.

use std::fs;

use admin_local::{Profile, Profiles};
use admin_token::TokenKind;

use crate::harness::{Api, Home, samples};

fn store(home: &Home, name: &str, base_url: &str) -> Profiles {
    let profiles = Profiles::in_folder(&home.path().join(".config/aisetu"));
    let profile = Profile::new(base_url.parse().unwrap(), samples::pat());
    profiles.put(name, &profile).unwrap();
    profiles
}

#[test]
fn without_a_token_it_says_where_it_looked() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["workspaces", "list"]).env("AI_SETU_PAT", "").outcome(), @"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: there is no personal access token for https://api.aisetu.ai: nobody is signed in, no profile was named, and neither `AI_SETU_PAT` nor `AI_SETU_PROFILE` is set (UNAUTHENTICATED)
    hint: sign in with `aisetu auth login`, or make a token at https://app.aisetu.ai/settings/profile and set `AI_SETU_PAT` to it
    hint: to try it without an account, `aisetu dev` starts a control plane on this machine
    ");
    store(&home, "dev", "http://127.0.0.1:4100");
    insta::assert_snapshot!(home.aisetu(["workspaces", "list", "-o", "json"]).outcome(), @r#"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"UNAUTHENTICATED","message":"there is no personal access token for https://api.aisetu.ai: nobody is signed in, no profile was named, and neither `AI_SETU_PAT` nor `AI_SETU_PROFILE` is set","hint":"use the stored profile with `--profile dev`\nsign in with `aisetu auth login`, or make a token at https://app.aisetu.ai/settings/profile and set `AI_SETU_PAT` to it\nto try it without an account, `aisetu dev` starts a control plane on this machine","exitCode":4}}
    "#);
}

#[test]
fn a_token_of_another_kind_or_a_cut_one_is_not_sent() {
    let home = Home::new();
    let api = Api::new();
    let key = samples::token(TokenKind::LiveKey, 5);
    insta::assert_snapshot!(home.calls(&api, ["auth", "whoami"]).env("AI_SETU_PAT", key.expose()).outcome(), @"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: the token from `AI_SETU_PAT` is a live API key (`tt_live_…`), and this API takes a personal access token (`tt_pat_…`) (WRONG_TOKEN_KIND)
    hint: an API key is for the gateway that applications call; set `AI_SETU_PAT` to a token that starts with `tt_pat_`
    ");
    let pat = samples::pat();
    let cut = &pat.expose()[..30];
    insta::assert_snapshot!(home.calls(&api, ["auth", "whoami"]).env("AI_SETU_PAT", cut).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the token from `AI_SETU_PAT` is not well-formed: it has 30 characters where a personal access token has 43: was it cut, or pasted twice? (CONFIG)
    hint: copy the whole token again: `tt_pat_` and 36 letters and digits
    ");
    insta::assert_snapshot!(home.calls(&api, ["auth", "whoami", "-o", "json"]).env("AI_SETU_PAT", "hunter2").outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"CONFIG","message":"the token from `AI_SETU_PAT` is not well-formed: it does not start with a known prefix such as `tt_pat_` or `tt_live_`","hint":"copy the whole token again: `tt_pat_` and 36 letters and digits","field":"pat","exitCode":2}}
    "#);
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn a_profile_goes_to_its_own_host_only() {
    let home = Home::new();
    let api = Api::answering("WorkspacesList", samples::page(&[]));
    store(&home, "lab", &api.url());
    for run in [
        home.aisetu(["workspaces", "list", "--profile", "lab"]),
        home.aisetu(["workspaces", "list"]).env("AI_SETU_PROFILE", "lab"),
        // A profile by hand wins over another token.
        home.aisetu(["workspaces", "list", "--profile", "lab"]).env("AI_SETU_PAT", samples::new_pat().expose()),
    ] {
        let outcome = run.outcome();
        assert_eq!(outcome.code, Some(0), "{outcome}");
    }
    assert_eq!(api.requests().len(), 3);
    let bearer = format!("Bearer {}", samples::pat().expose());
    assert!(api.requests().iter().all(|request| request.headers["authorization"] == bearer.as_str()));

    let elsewhere = Api::new();
    let run = home.aisetu(["workspaces", "list", "--profile", "lab"]).env("AI_SETU_API_BASE_URL", &elsewhere.url());
    insta::assert_snapshot!(run.hide(&api.url(), "[LAB]").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: profile `lab` is for [LAB], and `AI_SETU_API_BASE_URL` names [URL] (CONFIG)
    hint: a stored token goes to its own host only: name another profile, or leave out `AI_SETU_API_BASE_URL`
    hint: sign in there with `aisetu auth login --base-url [URL] --profile NAME`
    ");
    let url = elsewhere.url();
    let run = home.aisetu(["workspaces", "list", "--profile", "lab", "--base-url", &url, "-o", "json"]);
    insta::assert_snapshot!(run.hide(&url, "[URL]").hide(&api.url(), "[LAB]").outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"CONFIG","message":"profile `lab` is for [LAB], and `--base-url` names [URL]","hint":"a stored token goes to its own host only: name another profile, or leave out `--base-url`\nsign in there with `aisetu auth login --base-url [URL] --profile NAME`","exitCode":2}}
    "#);
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn a_profile_that_is_not_there_is_told_with_those_that_are() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["auth", "whoami", "--profile", "dev"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no profile `dev` in `[HOME]/.config/aisetu/credentials.toml` (CONFIG)
    hint: `aisetu dev` makes it
    ");
    store(&home, "lab", "https://lab.example");
    insta::assert_snapshot!(home.aisetu(["auth", "whoami", "--profile", "prod"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no profile `prod` in `[HOME]/.config/aisetu/credentials.toml` (CONFIG)
    hint: there is `lab`
    ");
    let elsewhere = home.aisetu(["auth", "whoami"]).env("AI_SETU_PROFILE", "lab").env("AI_SETU_CONFIG_DIR", "other");
    insta::assert_snapshot!(elsewhere.outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no profile `lab` in `other/credentials.toml` (`AI_SETU_PROFILE` names it) (CONFIG)
    hint: `aisetu auth login --profile lab` makes it
    hint: `AI_SETU_PROFILE` may name another
    ");
}

#[cfg(unix)]
#[test]
fn credentials_that_others_can_read_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let profiles = store(&home, "lab", "https://lab.example");
    fs::set_permissions(profiles.path(), fs::Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(home.aisetu(["auth", "whoami", "--profile", "lab"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/.config/aisetu/credentials.toml` holds tokens, and others than its owner can reach it (mode 644) (CONFIG)
    hint: run `chmod 600 [HOME]/.config/aisetu/credentials.toml`
    ");
}

#[test]
fn broken_credentials_are_told_without_quoting_them() {
    let home = Home::new();
    let profiles = store(&home, "lab", "https://lab.example");
    // Written in place, so that it stays private.
    fs::write(profiles.path(), format!("[profile.lab]\npat = \"{}\n", samples::pat().expose())).unwrap();
    insta::assert_snapshot!(home.aisetu(["auth", "whoami", "--profile", "lab"]).outcome(), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/.config/aisetu/credentials.toml` is no TOML: line 2: invalid basic string, expected `"` (CONFIG)
    "#);
}

#[test]
fn a_refused_token_of_a_profile_is_told_with_the_expiry_that_was_recorded() {
    let home = Home::new();
    let refusing = Api::always(wiremock::ResponseTemplate::new(401));
    let profile =
        Profile::new(refusing.url().parse().unwrap(), samples::pat()).expiring("2020-01-01T00:00:00Z".parse().unwrap());
    Profiles::in_folder(&home.path().join(".config/aisetu")).put("lab", &profile).unwrap();
    let run = home.aisetu(["auth", "whoami", "--profile", "lab"]);
    insta::assert_snapshot!(run.hide(&refusing.url(), "[URL]").outcome(), @"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: [URL] answered HTTP 401 Unauthorized and nothing else (UNAUTHENTICATED)
    hint: the token came from profile `lab` and ends in `YHqr`: it may be expired, revoked or made for another control plane
    hint: the profile says that the token expires at 2020-01-01T00:00:00.000Z
    hint: sign in again with `aisetu auth login --profile lab`
    ");
}
