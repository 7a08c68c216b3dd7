//! `aisetu mcp serve`: the commands that it hands over do what the call was to do.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};

use admin_core::{Confirm, operations};
use serde_json::{Value, json};

use crate::harness::{Dev, Home, wait};

/// What the server answers to a call of each tool, from a client that has no forms.
fn refusals(home: &Home, dev: &Dev, calls: &[(&str, Value)]) -> Vec<String> {
    let project = home.path().join("project");
    std::fs::create_dir(&project).unwrap();
    let mut serve = dev.aisetu(home, ["mcp", "serve", "--toolsets", "all"]);
    serve.command.current_dir(project);
    let mut child = serve.spawn_with_open_stdin();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut ask = |id: usize, method: &str, params: Value| -> Value {
        writeln!(stdin, "{}", json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).unwrap();
        serde_json::from_str(&lines.next().unwrap()).unwrap()
    };
    let client = json!({ "name": "test", "version": "0" });
    ask(0, "initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client }));
    let refusals = calls
        .iter()
        .enumerate()
        .map(|(index, (tool, arguments))| {
            let answer = ask(index + 1, "tools/call", json!({ "name": tool, "arguments": arguments }));
            answer["result"]["content"][0]["text"].as_str().unwrap().to_owned()
        })
        .collect();
    drop(stdin);
    let ended = wait(child);
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    refusals
}

#[test]
fn a_command_that_is_handed_over_runs_as_it_is_printed() {
    let home = Home::new();
    let dev = Dev::start(&home);
    let id = |outcome: &crate::harness::Outcome| outcome.json()["id"].as_str().unwrap().to_owned();
    let workspace =
        id(&dev.aisetu(&home, ["workspaces", "create", "--name", "it's -q \"$HOME\" äöü", "-o", "json"]).outcome());
    let dashed = id(&dev.aisetu(&home, ["workspaces", "create", "--name=-y", "-o", "json"]).outcome());
    let home_workspace =
        dev.run(&home, "workspaces list -o json").json()["items"][2]["id"].as_str().unwrap().to_owned();
    let key = |name: &str| {
        let save_to = format!("file:{name}");
        let create =
            ["api-keys", "create", "--name", name, "--workspace", &home_workspace, "--save-to", &save_to, "-o", "json"];
        id(&dev.aisetu(&home, create).outcome())
    };
    let (rotated, finished, revoked, deleted) = (key("rotated"), key("finished"), key("revoked"), key("deleted"));
    dev.run(&home, &format!("api-keys rotate {finished} --yes --save-to file:finished-2"));
    let create = ["projects", "create", "--name", "old", "--workspace", &home_workspace, "-o", "json"];
    let project = id(&dev.aisetu(&home, create).outcome());
    let pat = id(&dev.run(&home, "pats create --name ci --scope admin:read --save-to file:pat -o json"));
    let upsert =
        ["provider-credentials", "upsert", "--provider", "openai", "--slug", "s", "--secret-stdin", "-o", "json"];
    let upsert = upsert.into_iter().chain(["--workspace", &home_workspace]);
    let connection = dev.aisetu(&home, upsert).stdin("sk-no-real-key-0123").outcome().json()["id"].clone();
    let invite = |email: &str| id(&dev.run(&home, &format!("members invite {email} --role viewer -o json")));
    invite("bob@example.com");
    let token = Dev::mailed_invitation(&home);
    let accept = ["members", "accept-invitation", "--secret-stdin", "-o", "json"];
    assert_eq!(dev.aisetu(&home, accept).stdin(&token).outcome().json()["state"], "ACCEPTED");
    let bob = dev.run(&home, "members list -o json").json()["items"][1]["user"]["id"].as_str().unwrap().to_owned();
    let cancelled = invite("carol@example.com");

    let deliver = json!({ "kind": "env_file", "path": "my env", "variable": "KEY" });
    let calls = [
        (
            "rotate_api_key",
            json!({ "id": rotated, "grace": "0s", "expiresAt": "2999-01-01T00:00:00Z", "deliver": deliver }),
        ),
        ("finish_key_rotation", json!({ "id": finished })),
        ("revoke_api_key", json!({ "id": revoked, "code": "SUPERSEDED", "reason": "-it's \"over\"; $(rm -rf ~)\n" })),
        ("delete_api_key", json!({ "id": deleted })),
        ("delete_workspace", json!({ "id": workspace })),
        ("delete_workspace", json!({ "id": dashed })),
        ("revoke_pat", json!({ "id": pat })),
        ("archive_project", json!({ "id": project })),
        ("create_top_up_intent", json!({ "usd": "7.5" })),
        ("revoke_connection", json!({ "id": connection })),
        ("cancel_invitation", json!({ "id": cancelled })),
        ("remove_member", json!({ "userId": bob })),
    ];
    let confirmed = operations().into_iter().filter(|info| info.confirm != Confirm::None).map(|info| info.tool);
    let tried: BTreeSet<&str> = calls.iter().map(|(tool, _)| *tool).collect();
    assert_eq!(tried, confirmed.collect(), "every tool that is confirmed has its command tried here");
    for (refusal, (tool, _)) in refusals(&home, &dev, &calls).iter().zip(&calls) {
        let start = "Next step: give the user this command to run in a terminal: ";
        let command = refusal.split(start).nth(1).unwrap_or_else(|| panic!("{tool}: {refusal}"));
        let command = command.rsplit_once("\nRetryable: no").unwrap().0;
        let outcome = dev.shell(&home, command).outcome();
        assert_eq!(outcome.code, Some(0), "{command}\n{outcome}");
    }

    let get = |id: &str| dev.run(&home, &format!("api-keys get {id} -o json")).json();
    assert!(home.read("project/my env").starts_with("KEY=tt_live_"));
    assert_eq!(get(&rotated)["expiresAt"], "2999-01-01T00:00:00.000Z");
    assert_eq!(get(&finished)["versions"].as_array().unwrap().len(), 1);
    assert_eq!(get(&revoked)["revocation"]["reason"], "-it's \"over\"; $(rm -rf ~)\n");
    assert_eq!(get(&revoked)["revocation"]["code"], "SUPERSEDED");
    assert_eq!(dev.run(&home, &format!("api-keys get {deleted}")).code, Some(6));
    assert_eq!(dev.run(&home, "workspaces list -o json").json()["totalCount"], 1);
    assert_eq!(dev.run(&home, "projects list -o json").json()["totalCount"], 0);
    let top_up = dev.run(&home, "billing top-ups -o json").json()["items"][0].clone();
    assert_eq!((&top_up["amount"]["amount"], &top_up["flow"]), (&json!("7.50"), &json!("CHECKOUT")));
    assert_eq!(dev.run(&home, "pats list -o json").json()["items"][0]["state"], "REVOKED");
    assert_eq!(dev.run(&home, "provider-credentials list -o json").json()["totalCount"], 0);
    assert_eq!(dev.run(&home, "members list -o json").json()["totalCount"], 1);
    assert_eq!(dev.run(&home, "members invitations -o json").json()["totalCount"], 0);
    dev.stop();
}

#[test]
fn nobody_confirms_beforehand_for_an_agent() {
    let home = Home::new();
    for flag in [["--yes", "mcp", "serve"].as_slice(), &["--confirm", "x", "mcp", "serve"]] {
        let refused = home.aisetu(flag.iter().copied()).outcome();
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains("each call is confirmed by a person at the client"), "{refused}");
    }
}
