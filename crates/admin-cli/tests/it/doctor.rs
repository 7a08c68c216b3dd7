//! `aisetu doctor`.

use std::fs;

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::harness::{Api, Home, samples};
use crate::login::whoami;

/// The checks of a report by their names, each with how it came out.
fn states(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["items"].as_array().unwrap().iter().map(|item| (text(&item["check"]), text(&item["state"]))).collect()
}

fn state(report: &Value, check: &str) -> String {
    states(report).into_iter().find(|(name, _)| name == check).unwrap_or_else(|| panic!("no {check} in {report}")).1
}

/// A control plane that answers at this time.
fn control_plane(date: &'static str) -> Api {
    Api::answering("AuthWhoami", whoami())
        .answers("WorkspacesList", samples::page(&[samples::workspace("prod")]))
        .otherwise(
            ResponseTemplate::new(200)
                .set_body_json(json!({ "data": { "__typename": "Query" } }))
                .insert_header("date", date),
        )
}

#[test]
fn what_does_not_work_is_told_with_what_to_do_and_exits_with_12() {
    let home = Home::new();
    let outcome = home.aisetu(["doctor", "-o", "json"]).outcome();
    assert_eq!(outcome.code, Some(12), "{outcome}");
    let report = outcome.json();
    assert_eq!((state(&report, "token"), state(&report, "settings")), ("failed".to_owned(), "ok".to_owned()));
    let token = report["items"].as_array().unwrap().iter().find(|item| item["check"] == "token").unwrap();
    assert!(token["fix"].as_str().unwrap().contains("aisetu auth login"), "{token}");
    // Nobody answers there.
    let run = home.aisetu(["doctor", "-o", "json"]).env("AI_SETU_PAT", samples::pat().expose());
    let report = run.env("AI_SETU_API_BASE_URL", "http://127.0.0.1:1").outcome().json();
    assert_eq!(state(&report, "control plane"), "failed");
}

#[test]
fn a_clock_that_is_off_is_told() {
    let home = Home::new();
    let api = control_plane("Sun, 22 Nov 2020 09:30:00 GMT");
    let report = home.calls(&api, ["doctor", "-o", "json"]).outcome().json();
    assert_eq!(
        (state(&report, "control plane"), state(&report, "clock")),
        ("ok".to_owned(), "warning".to_owned()),
        "{report}"
    );
    assert_eq!(state(&report, "sign-in"), "ok");
    let of_workspace = |name: &str| {
        let run = home.calls(&api, ["doctor", "-o", "json"]).env("AI_SETU_WORKSPACE", name);
        state(&run.outcome().json(), "workspace")
    };
    assert_eq!([of_workspace("prod"), of_workspace("prdo")], ["ok", "failed"]);
    assert_eq!(state(&report, "schema"), "failed", "this one tells no schema");
}

#[test]
fn a_bundle_has_the_report_and_no_secret() {
    let home = Home::new();
    fs::create_dir_all(home.path().join(".config/aisetu")).unwrap();
    fs::write(home.path().join(".config/aisetu/config.toml"), "output = \"table\"\nnew = 1\n").unwrap();
    let api = control_plane("Sun, 22 Nov 2020 09:30:00 GMT");
    let run = home.calls(&api, ["doctor", "--offline", "--bundle", "report.json"]).env("AI_SETU_TIMEOUT", "7s");
    let outcome = run.outcome();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(api.requests().len(), 0);
    let text = home.read("report.json");
    assert!(!text.contains(samples::pat().expose()) && !text.contains("7s"), "{text}");
    let bundle: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bundle["variables"], json!(["AI_SETU_API_BASE_URL", "AI_SETU_PAT", "AI_SETU_TIMEOUT"]));
    let settings = bundle["checks"].as_array().unwrap().iter().find(|item| item["check"] == "settings").unwrap();
    assert!(settings["found"].as_str().unwrap().contains("`new`"), "{settings}");
    assert_eq!(
        home.calls(&api, ["doctor", "--offline", "--bundle", "report.json"]).outcome().code,
        Some(2),
        "it is not overwritten"
    );
}

#[test]
fn deep_has_each_connection_tested() {
    let home = Home::new();
    let connection = json!({
        "id": "conn_1", "workspaceId": "ws_1", "slug": "openai-prod", "provider": "OPENAI", "keyHint": "WXYZ", "version": 1,
        "createdAt": "2026-11-01T08:00:00.000Z", "updatedAt": "2026-11-01T08:00:00.000Z", "revokedAt": null, "lastTest": null,
    });
    let api = control_plane("Sun, 22 Nov 2026 09:30:00 GMT")
        .answers("ProviderCredentialsList", samples::page(&[connection]))
        .answers("ProviderCredentialsTest", json!({ "outcome": "INVALID", "message": "OpenAI does not take this key", "testedAt": "2026-11-22T09:30:00.000Z" }));
    let outcome = home.calls(&api, ["doctor", "--deep", "-o", "json"]).outcome();
    assert_eq!(
        (outcome.code, state(&outcome.json(), "provider connections").as_str()),
        (Some(12), "failed"),
        "{outcome}"
    );
    assert!(outcome.stdout.contains("@openai-prod: OpenAI does not take this key"), "{outcome}");
    let without = home.calls(&api, ["doctor", "-o", "json"]).outcome().json();
    assert_eq!(state(&without, "provider connections"), "skipped");
    let tests = api
        .requests()
        .iter()
        .filter(|request: &&Request| String::from_utf8_lossy(&request.body).contains("ProviderCredentialsTest"))
        .count();
    assert_eq!(tests, 1);
}

#[test]
fn without_a_token_the_way_to_the_control_plane_is_looked_at() {
    let home = Home::new();
    let refused = json!({ "errors": [{ "message": "no token", "extensions": { "code": "UNAUTHENTICATED" } }] });
    let api = Api::new().otherwise(ResponseTemplate::new(401).set_body_json(refused));
    let report = |arguments: &[&str]| {
        let run = home.aisetu(["doctor", "-o", "json"].iter().chain(arguments).copied());
        let run = run.env("AI_SETU_API_BASE_URL", &api.url());
        let outcome = run.outcome();
        (outcome.code, outcome.json())
    };
    let (code, online) = report(&[]);
    assert_eq!(code, Some(12), "{online}");
    assert_eq!(["token", "control plane"].map(|check| state(&online, check)), ["failed", "ok"], "{online}");
    assert!(api.requests().iter().all(|request| !request.headers.contains_key("authorization")));
    let (code, offline) = report(&["--offline"]);
    assert_eq!((code, state(&offline, "token").as_str()), (Some(0), "warning"), "{offline}");
}

#[test]
fn behind_a_proxy_a_name_need_not_lead_anywhere() {
    let home = Home::new();
    let doctor = || home.aisetu(["doctor", "-o", "json"]).env("AI_SETU_API_BASE_URL", "https://nowhere.invalid");
    assert_eq!(state(&doctor().outcome().json(), "name"), "failed");
    let report = doctor().env("https_proxy", "http://127.0.0.1:1").outcome().json();
    assert_eq!(["name", "control plane"].map(|check| state(&report, check)), ["skipped", "failed"], "{report}");
    let found = report["items"].as_array().unwrap().iter().find(|item| item["check"] == "proxy").unwrap();
    assert_eq!(found["found"], "calls go through the one that `https_proxy` names");
}
