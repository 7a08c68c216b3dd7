//! A call that takes its time.

use std::time::Duration;

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::harness::{Api, Home, samples, typing};

fn slow() -> Api {
    let body = json!({ "data": { "workspacesList": samples::page(&[]) } });
    Api::always(ResponseTemplate::new(200).set_body_json(body).set_delay(Duration::from_millis(700)))
}

#[test]
fn a_person_at_a_terminal_sees_that_it_is_under_way() {
    let home = Home::new();
    let api = slow();
    let seen = typing(home.calls(&api, ["workspaces", "list"]).env("TERM", "xterm"), &[]).stderr;
    assert!(seen.contains("| waiting for the control plane") && seen.contains("\u{1b}[K"), "{seen:?}");
    for (flag, variable) in
        [("-q", ("TERM", "xterm")), ("--plain", ("TERM", "dumb")), ("--plain", ("AI_SETU_NO_PROGRESS", "1"))]
    {
        let run = home.calls(&api, ["workspaces", "list", flag]).env("TERM", "xterm").env(variable.0, variable.1);
        assert!(!typing(run, &[]).stderr.contains("waiting"), "{flag} {variable:?}");
    }
}

#[test]
fn nobody_else_does() {
    let home = Home::new();
    let outcome = home.calls(&slow(), ["workspaces", "list"]).env("TERM", "xterm").outcome();
    assert_eq!(outcome.stderr, "no workspaces\n");
}
