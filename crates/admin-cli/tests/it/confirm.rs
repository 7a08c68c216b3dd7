//! Confirmation.

use crate::harness::{Api, Home, samples};

#[test]
fn without_a_terminal_nobody_is_asked() {
    let home = Home::new();
    let api = Api::answering("WorkspacesGet", samples::workspace("my prod"))
        .answers("ApiKeysGet", samples::api_key())
        .answers("ApiKeysUsage", crate::key_logs::usage(false))
        .answers("ApiKeysList", samples::page(&[samples::api_key()]));
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "rotate", "key_1"]).outcome(), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api-keys rotate` on API key `ci` (`key_1`), never used, 1040 requests in the last 24 h, must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--yes`
    ");
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "revoke", "key_1", "-o", "json"]).outcome(), @r#"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"CONFIRMATION_REQUIRED","message":"`aisetu api-keys revoke` on API key `ci` (`key_1`), never used, 1040 requests in the last 24 h, must be confirmed, and there is no terminal to ask on","hint":"add `--yes`","exitCode":10}}
    "#);
    for line in ["api-keys finish-rotation key_1", "projects archive prj_1", "pats revoke pat_1"] {
        // An answer that comes by a pipe is not a person's.
        let outcome = home.calls(&api, line.split(' ')).stdin("y\n").outcome();
        assert_eq!(outcome.code, Some(10), "{outcome}");
        assert!(outcome.stderr.contains("hint: add `--yes`"), "{outcome}");
    }
    assert!(api.asked().iter().all(|line| line.contains("Get ") || line.contains("Usage ")), "{:?}", api.asked());
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "delete", "ws_1"]).outcome(), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu workspaces delete` on workspace `ws_1`, with 1 API key that stops working, must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--confirm 'my prod'`
    ");
    insta::assert_snapshot!(home.calls(&api, ["workspaces", "delete", "ws_1", "--yes"]).outcome(), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu workspaces delete` on workspace `ws_1`, with 1 API key that stops working, must be confirmed, and `--yes` is not enough for it (CONFIRMATION_REQUIRED)
    hint: add `--confirm 'my prod'`
    ");
    insta::assert_snapshot!(home.calls(&api, ["api-keys", "delete", "key_1", "--confirm", "web"]).outcome(), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api-keys delete` on API key `key_1`, never used, 1040 requests in the last 24 h, must be confirmed, and `--confirm` names something else (CONFIRMATION_REQUIRED)
    hint: add `--confirm ci`
    ");
    let reads = ["Get ", "Usage ", "List "];
    assert!(api.asked().iter().all(|line| reads.iter().any(|read| line.contains(read))), "{:?}", api.asked());
}

#[test]
fn a_name_confirms() {
    let home = Home::new();
    let api = Api::answering("WorkspacesGet", samples::workspace("my prod"))
        .answers("WorkspacesDelete", samples::workspace("my prod"))
        .answers("ApiKeysGet", samples::api_key())
        .answers("ApiKeysDelete", samples::api_key());
    for arguments in
        [["workspaces", "delete", "ws_1", "--confirm", "my prod"], ["api-keys", "delete", "key_1", "--confirm", "ci"]]
    {
        let outcome = home.calls(&api, arguments).outcome();
        assert_eq!(outcome.code, Some(0), "{outcome}");
    }
}

#[cfg(unix)]
mod on_a_terminal {
    use super::*;
    use crate::harness::typing;

    /// Runs a command for a person who types the answer to its question; gives the exit code, and what the person saw.
    fn answering(home: &Home, api: &Api, arguments: &[&str], answer: &str) -> (Option<i32>, String) {
        let outcome = typing(home.calls(api, arguments.iter().copied()), &[answer]);
        (outcome.code, outcome.stderr)
    }

    #[test]
    fn a_person_is_asked() {
        let home = Home::new();
        let api = Api::answering("PatsRevoke", samples::pat_item())
            .answers("WorkspacesGet", samples::workspace("prod"))
            .answers("ApiKeysList", samples::page(&[samples::api_key(), samples::api_key()]))
            .answers("WorkspacesDelete", samples::workspace("prod"));
        let (code, seen) = answering(&home, &api, &["pats", "revoke", "pat_2"], "y\n");
        assert_eq!(code, Some(0), "{seen}");
        insta::assert_snapshot!(seen, @"
        Revoke a personal access token: personal access token `pat_2`.
        Revokes a personal access token for good: it is refused from now on.
        Go on? [y/N] y
        ");
        let (code, seen) = answering(&home, &api, &["pats", "revoke", "pat_2"], "\n");
        assert_eq!(code, Some(130), "{seen}");
        let (code, seen) = answering(&home, &api, &["workspaces", "delete", "ws_prod"], "prod\n");
        assert_eq!(code, Some(0), "{seen}");
        insta::assert_snapshot!(seen, @"
        Delete a workspace: workspace `ws_prod`.
        Deletes a workspace; all its API keys stop working at once.
          with 2 API keys that stop working
        Type its name, `prod`, to go on: prod
        ");
        let (code, seen) = answering(&home, &api, &["workspaces", "delete", "ws_prod"], "yes\n");
        assert_eq!(code, Some(130), "{seen}");
        let changes = api.asked().into_iter().filter(|line| !line.contains("Get ") && !line.contains("List "));
        assert_eq!(changes.count(), 2);
    }
}
