//! `aisetu-server token`: a token is printed once, and only what works.

use crate::process::{Place, Running, text};

fn token(place: &Place, arguments: &[&str]) -> (bool, String, String) {
    let data = place.data();
    let arguments = [&["token"], arguments, &["--data", data.to_str().unwrap()]].concat();
    let output = place.command(&arguments).output().unwrap();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn it_is_made_listed_and_revoked() {
    let place = Place::new();
    place.owner();
    let key = "A".repeat(42) + "E";
    std::fs::write(place.path("gateway.pub"), format!("{key}\n")).unwrap();
    let file = place.path("gateway.pub");
    let create = ["create", "--name", "edge", "--scope", "keys:verify", "--scope", "credentials:use", "--public-key"];
    let (ok, printed, told) = token(&place, &[&create[..], &[file.to_str().unwrap(), "--expires", "365d"]].concat());
    assert!(ok, "{told}");
    assert_eq!(admin_token::parse(printed.trim()).unwrap().kind(), admin_token::TokenKind::Service);
    assert_eq!(printed.lines().count(), 1);
    assert!(told.starts_with("made svc_") && !told.contains(printed.trim()), "{told}");

    let (_, listed, _) = token(&place, &["list"]);
    let fields: Vec<&str> = listed.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!(fields[1..3], ["edge", "keys:verify,credentials:use"]);
    assert_eq!((fields[4], fields[6]), ("ACTIVE", key.as_str()));
    assert!(!listed.contains(printed.trim()));

    let running = Running::start(place.serve());
    assert_eq!(running.caller(printed.trim()).verdict("k"), "NOT_FOUND");
    // Beside a server that serves, which sees it at once.
    let (ok, _, told) = token(&place, &["revoke", fields[0]]);
    assert!(ok && told.starts_with("revoked svc_"), "{told}");
    assert_eq!(running.caller(printed.trim()).status("/v1/keys/verify"), 401);
    assert!(token(&place, &["list"]).1.contains("\tREVOKED\t"));
    running.stop();
}

#[test]
fn what_is_wrong_is_told_before_anything_is_opened() {
    let place = Place::new();
    let create = |more: &[&str]| {
        let (ok, printed, told) = token(&place, &[&["create", "--name", "edge"], more].concat());
        assert!(!ok && printed.is_empty(), "{more:?}");
        told
    };
    let mut refusals = vec![
        create(&["--scope", "admin:read"]),
        create(&["--scope", "verify"]),
        create(&["--scope", "keys:verify", "--expires", "soon"]),
        create(&["--scope", "keys:verify", "--expires", "366d"]),
        create(&["--scope", "credentials:use"]),
        create(&["--scope", "credentials:use", "--public-key", "short"]),
    ];
    refusals.push(token(&place, &["revoke", "pat_1"]).2);
    insta::assert_snapshot!(refusals.concat(), @"
    error: `scopes` has `admin:read`, which is not a scope of a service token
      hint: its scopes are keys:verify, usage:write, credentials:use
    error: `scopes` has `verify`, which is not a scope of a service token
      hint: its scopes are keys:verify, usage:write, credentials:use
    error: `--expires` is `soon`, which is no length of time such as 90d
    error: `expires` is 8784h; it must be above zero and at most 365 days
    error: the public key is absent: without one no credential can be sealed for a token with credentials:use
    error: `--public-key` is not an X25519 public key: base64url of 32 bytes, 43 characters
    error: `id` is the id of a personal access token, where a service token is asked for
      hint: such an id is `svc_` and 26 characters
    ");
    assert!(!place.data().exists(), "nothing was made");
}
