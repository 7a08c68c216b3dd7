//! `aisetu provider-credentials`: where a secret comes from, and what is shown of it.

use serde_json::{Value, json};

use crate::harness::{Api, Home};

const KEY: &str = "sk-proj-0123456789abcdefWXYZ";
const AWS_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn connection() -> Value {
    json!({ "id": "conn_1", "workspaceId": "ws_1", "slug": "openai-prod", "provider": "OPENAI", "keyHint": "WXYZ",
        "version": 2, "createdAt": "2026-11-01T08:00:00.000Z", "updatedAt": "2026-11-02T08:00:00.000Z", "revokedAt": null,
        "lastTest": { "outcome": "INVALID", "message": "OpenAI does not take this key", "testedAt": "2026-11-03T08:00:00.000Z" } })
}

fn sent(api: &Api) -> Value {
    let requests = api.requests();
    requests.last().unwrap().body_json::<Value>().unwrap()["variables"]["input"].clone()
}

const UPSERT: [&str; 6] = ["provider-credentials", "upsert", "--provider", "openai", "--slug", "openai-prod"];

#[test]
fn a_secret_comes_from_anywhere_but_an_argument() {
    let home = Home::new();
    let api = Api::answering("ProviderCredentialsUpsert", connection());
    let file = home.path().join("key.txt");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let expected = json!({ "slug": "openai-prod", "provider": "OPENAI", "apiKey": KEY });
    let runs = [
        home.calls(&api, UPSERT.into_iter().chain(["--secret-stdin"])).stdin(&format!("{KEY}\n")),
        home.calls(&api, UPSERT.into_iter().chain(["--secret-env", "MY_KEY"])).env("MY_KEY", KEY),
        home.calls(&api, UPSERT.into_iter().chain(["--secret-file", file.as_str()])),
    ];
    for run in runs {
        let outcome = run.outcome().to_string();
        assert!(outcome.contains("exit code: 0") && !outcome.contains("sk-proj"), "{outcome}");
        assert_eq!(sent(&api), expected);
    }
    insta::assert_snapshot!(home.calls(&api, UPSERT.into_iter().chain(["--secret-env", "MY_KEY"])).env("MY_KEY", KEY).outcome(), @"
    exit code: 0
    ----- stdout -----
    id                conn_1
    slug              openai-prod
    provider          OPENAI
    hint              …WXYZ
    test              INVALID
    workspace         ws_1
    version           2
    created           2026-11-01T08:00:00.000Z
    credential since  2026-11-02T08:00:00.000Z
    tested            2026-11-03T08:00:00.000Z
    it said           OpenAI does not take this key
    ----- stderr -----
    `aisetu provider-credentials test openai-prod` tries it; its models are called `@openai-prod/MODEL`
    ");
}

#[test]
fn bedrock_has_three_parts() {
    let home = Home::new();
    let api = Api::answering("ProviderCredentialsUpsert", connection());
    let upsert = ["provider-credentials", "upsert", "--provider", "bedrock", "--slug", "b", "--workspace", "ws_1"];
    let expected = json!({ "workspaceId": "ws_1", "slug": "b", "provider": "BEDROCK", "awsAccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "awsSecretAccessKey": AWS_SECRET, "awsRegion": "us-west-2" });
    let run = home.calls(&api, upsert.into_iter().chain(["--aws-from-env"]));
    let run = run.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", AWS_SECRET);
    assert!(run.env("AWS_REGION", "us-west-2").outcome().to_string().contains("exit code: 0"));
    assert_eq!(sent(&api), expected);
    let text = format!(r#"{{"awsAccessKeyId": "AKIAIOSFODNN7EXAMPLE", "awsSecretAccessKey": "{AWS_SECRET}"}}"#);
    let run = home.calls(&api, upsert.into_iter().chain(["--secret-stdin", "--aws-region", "us-west-2"])).stdin(&text);
    assert!(run.outcome().to_string().contains("exit code: 0"));
    assert_eq!(sent(&api), expected);

    let mut told = Vec::new();
    for run in [
        home.calls(&api, upsert.into_iter().chain(["--secret-stdin"])).stdin(AWS_SECRET),
        home.calls(&api, upsert.into_iter().chain(["--secret-stdin"])).stdin(&text),
        home.calls(&api, upsert.into_iter().chain(["--aws-from-env"])).env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        home.calls(&api, upsert.into_iter().chain(["--aws-from-env"])).env("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEXAMPLE"),
        home.calls(&api, UPSERT.into_iter().chain(["--aws-from-env"])),
        home.calls(&api, UPSERT.into_iter().chain(["--secret-stdin"])).stdin(" \n"),
        home.calls(&api, UPSERT.into_iter().chain(["--secret-stdin"])).stdin(&"k".repeat(5000)),
        home.calls(&api, UPSERT.into_iter().chain(["--secret-env", "NOT_SET"])),
        home.calls(&api, UPSERT.into_iter().chain(["--secret-file", "/no/such/file"])),
    ] {
        told.push(run.outcome().to_string());
    }
    insta::assert_snapshot!(told.join("\n"));
    assert!(!told.join("\n").contains("wJalr"));
}

#[test]
fn what_the_provider_said_is_shown_and_is_the_exit_code() {
    let home = Home::new();
    let api = Api::answering("ProviderCredentialsTest", connection()["lastTest"].clone());
    insta::assert_snapshot!(home.calls(&api, ["provider-credentials", "test", "conn_1"]).outcome(), @"
    exit code: 12
    ----- stdout -----
    outcome  INVALID
    message  OpenAI does not take this key
    tested   2026-11-03T08:00:00.000Z
    ----- stderr -----
    ");
    let page = json!({ "items": [connection()], "nextCursor": null, "totalCount": 1 });
    let api = Api::answering("ProviderCredentialsList", page);
    insta::assert_snapshot!(home.calls(&api, ["provider-credentials", "list"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ID      SLUG         PROVIDER  HINT   TEST     WORKSPACE  REVOKED
    conn_1  openai-prod  OPENAI    …WXYZ  INVALID  ws_1       -
    ----- stderr -----
    ");
    let field = json!({ "name": "apiKey", "secret": true });
    let items = json!({ "items": [{ "provider": "OPENAI", "fields": [field], "configured": true, "connections": 1 }] });
    let api = Api::answering("ProviderCredentialsAvailability", items);
    insta::assert_snapshot!(home.calls(&api, ["byok", "availability"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    PROVIDER  NEEDS   CONFIGURED  CONNECTIONS
    OPENAI    apiKey  yes         1
    ----- stderr -----
    ");
}
