//! `aisetu auth logout`: the token is revoked, and then forgotten.

use admin_local::Kept;
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, samples};
use crate::login::{profiles, whoami};
use crate::status::signed_in;

#[test]
fn the_token_is_revoked_with_itself_and_forgotten() {
    let home = Home::new();
    let api = Api::answering("AuthWhoami", whoami()).answers("PatsRevoke", samples::pat_item());
    signed_in(&home, "default", &api.url(), Kept::File(samples::pat()));
    signed_in(&home, "lab", &api.url(), Kept::File(samples::new_pat()));
    insta::assert_snapshot!(home.aisetu(["auth", "logout"]).hide(&api.url(), "[URL]").outcome(), @"
    exit code: 0
    ----- stdout -----
    profile        default
    control plane  [URL]
    token          revoked
    ----- stderr -----
    ");
    let bearer = format!("Bearer {}", samples::pat().expose());
    assert!(api.requests().iter().all(|request| request.headers["authorization"] == bearer.as_str()));
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    AuthWhoami null
    PatsRevoke {"id":"pat_2"}
    "#);
    assert_eq!(profiles(&home).names().unwrap(), ["lab"]);
    insta::assert_snapshot!(home.aisetu(["auth", "logout"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no profile `default` in `[HOME]/.config/aisetu/credentials.toml` (CONFIG)
    hint: there is `lab`
    ");
}

#[test]
fn a_token_that_works_no_more_is_forgotten() {
    let home = Home::new();
    let refusing = Api::always(ResponseTemplate::new(401));
    signed_in(&home, "default", &refusing.url(), Kept::File(samples::pat()));
    let outcome = home.aisetu(["auth", "logout", "-o", "json"]).outcome();
    assert_eq!(outcome.json()["revoked"], true, "{outcome}");
    assert_eq!(profiles(&home).names().unwrap().len(), 0);
}

#[test]
fn what_cannot_be_revoked_is_forgotten_only_if_asked_for() {
    let home = Home::new();
    let api = Api::answering("AuthWhoami", whoami()).refuses("PatsRevoke", "UNAUTHORIZED", "no scope allows it");
    signed_in(&home, "default", &api.url(), Kept::File(samples::pat()));
    insta::assert_snapshot!(home.aisetu(["auth", "logout"]).outcome(), @"
    exit code: 5
    ----- stdout -----
    ----- stderr -----
    error: the token was not revoked, and not forgotten: no scope allows it (UNAUTHORIZED, req_1)
    hint: `aisetu auth logout --local` forgets it without the control plane
    ");
    assert_eq!(profiles(&home).names().unwrap(), ["default"]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    signed_in(&home, "default", &url, Kept::File(samples::pat()));
    let unreachable = home.aisetu(["auth", "logout", "-o", "json", "--timeout", "1s"]).outcome();
    let error = unreachable.error();
    assert_eq!((unreachable.code, &error["code"]), (Some(9), &"NETWORK".into()), "{unreachable}");
    assert!(error["hint"].as_str().unwrap().contains("--local"), "{unreachable}");
    assert_eq!(profiles(&home).names().unwrap(), ["default"]);
    let run = home.aisetu(["auth", "logout", "--local"]).env("AI_SETU_PAT", samples::pat().expose());
    let outcome = run.outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    insta::assert_snapshot!(outcome.stderr, @"
    whoever else has the token can go on using it, until 2999-01-01T00:00:00.000Z
    `AI_SETU_PAT` is still set, and its token still works
    ");
    assert_eq!(profiles(&home).names().unwrap().len(), 0);
}

#[test]
fn a_keyring_that_is_gone_keeps_nobody_signed_in() {
    let home = Home::new();
    let api = Api::new();
    signed_in(&home, "default", &api.url(), Kept::Keyring { hint: "YHqr".to_owned() });
    let refused = home.aisetu(["auth", "logout"]).env("AI_SETU_NO_KEYRING", "1").outcome();
    insta::assert_snapshot!(refused, @"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: the token was not revoked, and not forgotten: the token of profile `default` is in the keyring, and `AI_SETU_NO_KEYRING` is set (UNAUTHENTICATED)
    hint: without `AI_SETU_NO_KEYRING` the keyring is asked
    hint: keep the token in a file instead, with `AI_SETU_NO_KEYRING=1 aisetu auth login`, or set `AI_SETU_PAT` to a token
    hint: `aisetu auth logout --local` forgets it without the control plane
    ");
    let local = home.aisetu(["auth", "logout", "--local"]).env("AI_SETU_NO_KEYRING", "1");
    insta::assert_snapshot!(local.hide(&api.url(), "[URL]").outcome(), @"
    exit code: 0
    ----- stdout -----
    profile        default
    control plane  [URL]
    token          forgotten
    ----- stderr -----
    warning: the token is still in the keyring, where nothing leads to it any more: `AI_SETU_NO_KEYRING` is set
    whoever else has the token can go on using it, until 2999-01-01T00:00:00.000Z
    ");
    assert_eq!(profiles(&home).names().unwrap().len(), 0);
}
