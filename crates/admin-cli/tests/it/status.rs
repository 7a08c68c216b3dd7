//! `aisetu auth status`: who is signed in, as the control plane says or as this machine knows.

use admin_local::{Kept, Profile};
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, samples};
use crate::login::{any_day, profiles, reaching, whoami};

/// A profile as signing in makes it, for a control plane.
pub(crate) fn signed_in(home: &Home, name: &str, base_url: &str, pat: Kept) {
    let mut profile =
        Profile::new(base_url.parse().unwrap(), samples::pat()).expiring("2999-01-01T00:00:00Z".parse().unwrap());
    profile.pat = pat;
    profile.email = Some("ada@example.com".to_owned());
    profile.tenant = Some("ten_1".to_owned());
    profiles(home).put(name, &profile).unwrap();
}

#[test]
fn it_says_who_and_where_the_token_is() {
    let home = Home::new();
    let api = Api::answering("AuthWhoami", whoami());
    signed_in(&home, "default", &api.url(), Kept::File(samples::pat()));
    let outcome = home.aisetu(["auth", "status"]).hide(&api.url(), "[URL]").outcome();
    insta::assert_snapshot!(any_day(&outcome), @"
    exit code: 0
    ----- stdout -----
    control plane  [URL]
    profile        default
    email          ada@example.com
    user           usr_1
    tenant         Analytical Engines (ten_1)
    role           OWNER in the whole tenant
    token          pat_2
    token name     sign-in
    token hint     …SaqC
    token scopes   admin:write
    token expires  2999-01-01T00:00:00.000Z
    days left [DAYS]
    token is in    `[HOME]/.config/aisetu/credentials.toml`
    ----- stderr -----
    ");
    let mut json = home.aisetu(["auth", "status", "-o", "json"]).hide(&api.url(), "[URL]").outcome().json();
    assert!(json["token"]["daysLeft"].take().as_i64().unwrap() > 300_000);
    insta::assert_snapshot!(format!("{json:#}"), @r#"
    {
      "baseUrl": "[URL]",
      "checked": true,
      "memberships": [
        {
          "id": "mem_1",
          "role": "OWNER",
          "workspaceId": null
        }
      ],
      "path": "[HOME]/.config/aisetu/credentials.toml",
      "profile": "default",
      "store": "file",
      "tenant": {
        "id": "ten_1",
        "name": "Analytical Engines"
      },
      "token": {
        "daysLeft": null,
        "expiresAt": "2999-01-01T00:00:00.000Z",
        "hint": "SaqC",
        "id": "pat_2",
        "name": "sign-in",
        "scopes": [
          "admin:write"
        ]
      },
      "user": {
        "email": "ada@example.com",
        "id": "usr_1"
      }
    }
    "#);
}

#[test]
fn offline_nothing_is_asked() {
    let home = Home::new();
    let api = Api::answering("AuthWhoami", whoami());
    signed_in(&home, "default", &api.url(), Kept::Keyring { hint: "YHqr".to_owned() });
    let outcome = home.aisetu(["auth", "status", "--offline"]).hide(&api.url(), "[URL]").outcome();
    insta::assert_snapshot!(any_day(&outcome), @"
    exit code: 0
    ----- stdout -----
    control plane  [URL]
    profile        default
    email          ada@example.com
    tenant         ten_1
    token hint     …YHqr
    token expires  2999-01-01T00:00:00.000Z
    days left [DAYS]
    token is in    the keyring
    ----- stderr -----
    ");
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn the_token_of_the_environment_is_said_to_win() {
    let home = Home::new();
    let api = Api::answering("AuthWhoami", whoami());
    signed_in(&home, "default", &api.url(), Kept::File(samples::new_pat()));
    let outcome = home.calls(&api, ["auth", "status", "--offline"]).outcome();
    insta::assert_snapshot!(outcome, @"
    exit code: 0
    ----- stdout -----
    control plane  [URL]
    token hint     …YHqr
    token is in    `AI_SETU_PAT`
    ----- stderr -----
    `AI_SETU_PAT` wins over the profile `default`, which is there too
    ");
    let malformed = home.calls(&api, ["auth", "status", "--offline"]).env("AI_SETU_PAT", "hunter2").outcome();
    assert_eq!(malformed.code, Some(2), "{malformed}");
}

#[test]
fn nobody_or_a_refused_token_is_exit_code_4() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["auth", "status"]).outcome(), @"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: there is no personal access token for https://api.aisetu.ai: nobody is signed in, no profile was named, and neither `AI_SETU_PAT` nor `AI_SETU_PROFILE` is set (UNAUTHENTICATED)
    hint: sign in with `aisetu auth login`, or make a token at https://app.aisetu.ai/settings/profile and set `AI_SETU_PAT` to it
    hint: to try it without an account, `aisetu dev` starts a control plane on this machine
    ");
    let refusing = Api::always(ResponseTemplate::new(401));
    signed_in(&home, "lab", &refusing.url(), Kept::File(samples::pat()));
    let run = home.aisetu(["auth", "status", "--profile", "lab"]).hide(&refusing.url(), "[URL]");
    insta::assert_snapshot!(run.outcome(), @"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    error: [URL] answered HTTP 401 Unauthorized and nothing else (UNAUTHENTICATED)
    hint: the token came from profile `lab` and ends in `YHqr`: it may be expired, revoked or made for another control plane
    hint: the profile says that the token expires at 2999-01-01T00:00:00.000Z
    hint: sign in again with `aisetu auth login --profile lab`
    ");
    insta::assert_snapshot!(home.calls(&refusing, ["auth", "status", "-o", "json"]).outcome(), @r#"
    exit code: 4
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"UNAUTHENTICATED","message":"[URL] answered HTTP 401 Unauthorized and nothing else","hint":"the token came from `AI_SETU_PAT` and ends in `YHqr`: it may be expired, revoked or made for another control plane\nsign in with `aisetu auth login --base-url [URL]`; as long as `AI_SETU_PAT` is set, it wins","exitCode":4}}
    "#);
}

#[cfg(all(target_os = "linux", feature = "keyring"))]
mod with_a_keyring_that_hangs {
    use std::os::unix::net::UnixListener;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::harness::{Outcome, Run};

    /// A session bus that takes every connection and never says a word.
    fn dead_bus(home: &Home) -> String {
        let path = home.path().join("bus");
        let listener = UnixListener::bind(&path).unwrap();
        thread::spawn(move || {
            let mut open = Vec::new();
            open.extend(listener.incoming());
        });
        format!("unix:path={}", path.display())
    }

    /// Runs it on a bus that is dead: that may take the two seconds that a keyring has, and half a second, more than without one.
    fn in_time(home: &Home, run: impl Fn() -> Run) -> Outcome {
        let took = |run: Run| {
            let start = Instant::now();
            let outcome = run.outcome();
            (start.elapsed(), outcome)
        };
        let (usual, _) = took(run());
        let (took, outcome) = took(run().env("DBUS_SESSION_BUS_ADDRESS", &dead_bus(home)));
        assert!(took < usual + Duration::from_millis(2_500), "{took:?}, and else {usual:?}: {outcome}");
        outcome
    }

    #[test]
    fn a_sign_in_goes_on_with_the_file() {
        let home = Home::new();
        let api = crate::login::api();
        let login = || reaching(&home, &api, "auth login --email ada@example.com").stdin("123456\n");
        let outcome = in_time(&home, login);
        assert_eq!(outcome.code, Some(0), "{outcome}");
        insta::assert_snapshot!(outcome.stderr, @"
        if ada@example.com may sign in, a code is on its way there; it is good until 2999-01-01T00:00:00.000Z, as challenge chal_1
        the token before it (…SaqC) was revoked
        the token is in a file that only you can read, because the keyring did not answer within 2 s
        ");
        assert!(home.read(".config/aisetu/credentials.toml").contains(samples::new_pat().expose()));
    }

    #[test]
    fn a_token_in_it_is_given_up_with_the_ways_out() {
        let home = Home::new();
        let api = Api::new();
        signed_in(&home, "default", &api.url(), Kept::Keyring { hint: "YHqr".to_owned() });
        insta::assert_snapshot!(in_time(&home, || home.aisetu(["auth", "whoami"])), @"
        exit code: 4
        ----- stdout -----
        ----- stderr -----
        error: the token of profile `default` is in the keyring, and the keyring did not answer within 2 s (UNAUTHENTICATED)
        hint: keep the token in a file instead, with `AI_SETU_NO_KEYRING=1 aisetu auth login`, or set `AI_SETU_PAT` to a token
        ");
        let off = home.aisetu(["auth", "whoami"]).env("AI_SETU_NO_KEYRING", "1");
        insta::assert_snapshot!(off.outcome(), @"
        exit code: 4
        ----- stdout -----
        ----- stderr -----
        error: the token of profile `default` is in the keyring, and `AI_SETU_NO_KEYRING` is set (UNAUTHENTICATED)
        hint: without `AI_SETU_NO_KEYRING` the keyring is asked
        hint: keep the token in a file instead, with `AI_SETU_NO_KEYRING=1 aisetu auth login`, or set `AI_SETU_PAT` to a token
        ");
        insta::assert_snapshot!(home.aisetu(["auth", "whoami"]).outcome(), @"
        exit code: 4
        ----- stdout -----
        ----- stderr -----
        error: the token of profile `default` is in the keyring, and there is no keyring in this session (UNAUTHENTICATED)
        hint: keep the token in a file instead, with `AI_SETU_NO_KEYRING=1 aisetu auth login`, or set `AI_SETU_PAT` to a token
        ");
        assert_eq!(api.requests().len(), 0);
    }

    #[test]
    fn a_token_in_the_file_is_read_without_it() {
        let home = Home::new();
        let api = Api::answering("AuthWhoami", whoami());
        signed_in(&home, "default", &api.url(), Kept::File(samples::pat()));
        let start = Instant::now();
        let outcome = home.aisetu(["auth", "whoami"]).env("DBUS_SESSION_BUS_ADDRESS", &dead_bus(&home)).outcome();
        assert!(outcome.code == Some(0) && start.elapsed() < Duration::from_secs(2), "{outcome}");
    }
}
