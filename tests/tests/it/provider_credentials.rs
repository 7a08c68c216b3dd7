//! Provider credentials: what comes in, what never comes back, and what providers say.

use std::time::Duration;

use admin_server::crypto::hex;
use admin_server::model::Role;
use admin_server::outbound::Reach;
use admin_server::settings::{ProviderSettings, Settings};
use aisetu_tests::{Actor, TestServer};
use base64::Engine as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "sk-proj-0123456789abcdefWXYZ";
const AWS_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const AWS_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn openai(app: &TestServer, slug: &str) -> Value {
    json!({ "workspaceId": app.workspace(), "slug": slug, "provider": "OPENAI", "apiKey": KEY })
}

fn bedrock(app: &TestServer, slug: &str) -> Value {
    json!({ "workspaceId": app.workspace(), "slug": slug, "provider": "BEDROCK", "awsAccessKeyId": AWS_ID,
        "awsSecretAccessKey": AWS_SECRET, "awsRegion": "us-west-2" })
}

async fn upsert(app: &TestServer, input: Value) -> Value {
    app.owner().ok("providerCredentialsUpsert", input).await
}

/// A control plane whose providers are all one server on this machine.
async fn with_providers(reach: Reach) -> (TestServer, MockServer) {
    let provider = MockServer::start().await;
    let url: url::Url = provider.uri().parse().unwrap();
    let providers = ProviderSettings { reach, openai: url.clone(), anthropic: url.clone(), sts: Some(url) };
    (TestServer::start_as(Settings { providers, ..Settings::default() }).await, provider)
}

#[tokio::test]
async fn a_connection_is_made_listed_replaced_and_revoked() {
    let app = TestServer::start().await;
    let made = upsert(&app, openai(&app, "openai-prod")).await;
    let expected = json!({ "id": made["id"], "workspaceId": app.workspace(), "slug": "openai-prod", "provider": "OPENAI",
        "keyHint": "WXYZ", "version": 1, "createdAt": "2026-01-05T09:00:02.000Z", "updatedAt": "2026-01-05T09:00:02.000Z",
        "revokedAt": null, "lastTest": null });
    assert_eq!(made, expected);
    assert!(made["id"].as_str().unwrap().starts_with("conn_"));
    app.advance(SignedDuration::from_secs(1));
    let mut input = openai(&app, "openai-prod");
    input["apiKey"] = json!("sk-another-0123456789abcd");
    let replaced = upsert(&app, input).await;
    assert_eq!((&replaced["id"], &replaced["version"], &replaced["keyHint"]), (&made["id"], &json!(2), &json!("abcd")));
    assert_eq!(
        (&replaced["createdAt"], &replaced["updatedAt"]),
        (&made["createdAt"], &json!("2026-01-05T09:00:03.000Z"))
    );

    let aws = upsert(&app, bedrock(&app, "bedrock-prod")).await;
    assert_eq!((&aws["keyHint"], &aws["provider"]), (&json!("MPLE"), &json!("BEDROCK")));
    let listed = app.owner().ok("providerCredentialsList", Value::Null).await;
    assert_eq!((listed["totalCount"].clone(), &listed["items"]), (json!(2), &json!([aws, replaced])));
    let only = app.owner().ok("providerCredentialsList", json!({ "provider": "OPENAI" })).await;
    assert_eq!(only["items"], json!([replaced]));

    let revoked = app.owner().ok("providerCredentialsRevoke", made["id"].clone()).await;
    assert_eq!(revoked["revokedAt"], "2026-01-05T09:00:03.000Z");
    insta::assert_snapshot!(app.owner().refused("providerCredentialsRevoke", made["id"].clone()).await, @"
    CONFLICT: `openai-prod` was revoked already, at 2026-01-05T09:00:03.000Z
    (upsert its slug again: that makes another connection)
    ");
    assert!(app.owner().refused("providerCredentialsTest", made["id"].clone()).await.starts_with("CONFLICT"));
    // The slug is free again, also for another provider.
    app.advance(SignedDuration::from_secs(1));
    let again = upsert(&app, bedrock(&app, "openai-prod")).await;
    assert_ne!(again["id"], made["id"]);
    assert_eq!(app.owner().ok("providerCredentialsList", Value::Null).await["totalCount"], 2);
    let all = app.owner().ok("providerCredentialsList", json!({ "includeRevoked": true })).await;
    assert_eq!(all["totalCount"], 3);
    // Of what was revoked nothing is left to open.
    let left = app.server().control_plane().store().read(|tx| {
        Ok(tx.query("SELECT id FROM connections WHERE revoked_at IS NOT NULL AND COALESCE(kek_id, wrapped_key, sealed) IS NOT NULL", &[])?.len())
    });
    assert_eq!(left.await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_wrong_is_told_without_the_secret() {
    let app = TestServer::start().await;
    upsert(&app, openai(&app, "taken")).await;
    let with = |slug: &str, change: Value| {
        let mut input = openai(&app, slug);
        for (name, value) in change.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let mut without = bedrock(&app, "b");
    without.as_object_mut().unwrap().remove("awsSecretAccessKey");
    let mut nameless = openai(&app, "x");
    nameless.as_object_mut().unwrap().remove("slug");
    let mut told = Vec::new();
    for input in [
        with("has space", json!({})),
        with("Upper", json!({})),
        with(&"s".repeat(65), json!({})),
        with("", json!({})),
        nameless,
        with("k", json!({ "apiKey": "sk-short" })),
        with("k", json!({ "apiKey": format!("{KEY}\nX-Evil: 1") })),
        with("k", json!({ "apiKey": null })),
        with("k", json!({ "awsRegion": "us-west-2" })),
        without,
        with("taken", json!({ "provider": "ANTHROPIC" })),
    ] {
        told.push(app.owner().refused("providerCredentialsUpsert", input).await);
    }
    insta::assert_snapshot!(told.join("\n"));
    assert!(!told.join("\n").contains("sk-proj"));
    let wrong_type = app.owner().call("providerCredentialsUpsert", with("k", json!({ "apiKey": [KEY] }))).await;
    assert!(!wrong_type.body.to_string().contains("sk-proj"), "{}", wrong_type.body);
    assert_eq!(app.owner().ok("providerCredentialsList", Value::Null).await["totalCount"], 1);
    upsert(&app, with(&"s".repeat(64), json!({ "apiKey": format!(" {KEY}\n") }))).await;
}

#[tokio::test]
async fn label_is_another_name_of_slug_which_wins() {
    let app = TestServer::start().await;
    let with = |slug: Value| json!({ "workspaceId": app.workspace(), "slug": slug, "label": "old-name", "provider": "OPENAI", "apiKey": KEY });
    assert_eq!(upsert(&app, with(Value::Null)).await["slug"], "old-name");
    assert_eq!(upsert(&app, with(json!("new-name"))).await["slug"], "new-name");
}

#[tokio::test]
async fn a_slug_is_its_workspaces_and_a_connection_goes_with_it() {
    let app = TestServer::start().await;
    let here = upsert(&app, openai(&app, "same")).await;
    let mut there = openai(&app, "same");
    there["workspaceId"] = json!(app.second_workspace());
    let there = upsert(&app, there).await;
    assert_ne!(here["id"], there["id"]);
    let stranger = app.other_tenant().await;
    let theirs =
        stranger.ok("providerCredentialsUpsert", json!({ "slug": "same", "provider": "OPENAI", "apiKey": KEY })).await;
    for (actor, id) in [(&stranger, &here["id"]), (app.owner(), &theirs["id"])] {
        for field in ["providerCredentialsTest", "providerCredentialsRevoke"] {
            assert!(actor.refused(field, id.clone()).await.starts_with("NOT_FOUND"), "{field}");
        }
    }
    let ambiguous =
        app.owner().refused("providerCredentialsUpsert", json!({ "slug": "x", "provider": "OPENAI", "apiKey": KEY }));
    assert!(ambiguous.await.starts_with("BAD_USER_INPUT [workspaceId]"));
    app.owner().ok("workspacesDelete", json!(app.second_workspace())).await;
    assert_eq!(app.owner().ok("providerCredentialsList", Value::Null).await["items"], json!([here]));
    assert!(app.owner().refused("providerCredentialsRevoke", there["id"].clone()).await.starts_with("NOT_FOUND"));
    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    assert_eq!(inside.ok("providerCredentialsList", Value::Null).await["items"], json!([here]));
    let listed = inside.ok("providerCredentialsAvailability", Value::Null).await;
    let counts: Vec<(&Value, &Value)> =
        listed["items"].as_array().unwrap().iter().map(|item| (&item["provider"], &item["connections"])).collect();
    assert_eq!(
        counts,
        [(&json!("OPENAI"), &json!(1)), (&json!("ANTHROPIC"), &json!(0)), (&json!("BEDROCK"), &json!(0))]
    );
    assert_eq!(listed["items"][0]["configured"], true);
    assert_eq!(
        listed["items"][2]["fields"],
        json!([{ "name": "awsAccessKeyId", "secret": true },
        { "name": "awsSecretAccessKey", "secret": true }, { "name": "awsRegion", "secret": false }])
    );
}

#[tokio::test]
async fn a_retry_happens_once_and_another_secret_is_another_input() {
    let app = TestServer::start().await;
    let once = async |input: Value| app.owner().call_once("k", "providerCredentialsUpsert", input).await;
    let first = once(openai(&app, "s")).await.data();
    let again = once(openai(&app, "s")).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.data(), first);
    let mut other = openai(&app, "s");
    other["apiKey"] = json!("sk-another-0123456789abcd");
    assert_eq!(once(other).await.code(), "IDEMPOTENCY_MISMATCH");
}

#[tokio::test]
async fn the_database_and_the_audit_trail_hold_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestServer::start_in(folder.path()).await;
    app.owner().call_once("k1", "providerCredentialsUpsert", openai(&app, "o")).await.data();
    app.owner().call_once("k2", "providerCredentialsUpsert", bedrock(&app, "b")).await.data();
    let id = app.owner().ok("providerCredentialsList", json!({ "provider": "OPENAI" })).await["items"][0]["id"].clone();
    app.owner().ok("providerCredentialsRevoke", id).await;
    let events = app.owner().ok("auditEvents", json!({ "action": "providerCredentialsUpsert" })).await;
    assert_eq!(events["items"][0]["after"]["slug"], "b");
    let events = events.to_string();
    app.shutdown().await;
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("providerCredentialsUpsert"), "the control");
    for secret in [KEY, AWS_ID, AWS_SECRET] {
        let base64 = base64::engine::general_purpose::STANDARD.encode(secret);
        for form in [secret, &hex(secret.as_bytes()), base64.trim_end_matches('=')] {
            assert!(!text.contains(form) && !events.contains(form), "{form}");
        }
    }
}

async fn tested(app: &TestServer, id: &Value) -> (String, String) {
    let probe = app.owner().ok("providerCredentialsTest", id.clone()).await;
    (probe["outcome"].as_str().unwrap().to_owned(), probe["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn openai_and_anthropic_say_whether_they_take_a_key() {
    let (app, provider) = with_providers(Reach::Loopback).await;
    let list = || ResponseTemplate::new(200).set_body_json(json!({ "object": "list", "data": [] }));
    let html = |status: u16, size: usize| {
        ResponseTemplate::new(status).set_body_raw(format!("<html>{}", "SECRET-PAGE ".repeat(size / 12)), "text/html")
    };
    let error = |status: u16| {
        ResponseTemplate::new(status)
            .set_body_json(json!({ "error": { "message": format!("PROVIDER TEXT about {KEY}") } }))
    };
    let mut input = openai(&app, "anthropic-prod");
    input["provider"] = json!("ANTHROPIC");
    let (openai, anthropic) = (upsert(&app, openai(&app, "openai-prod")).await, upsert(&app, input).await);
    let mut said = Vec::new();
    for (name, answer) in [
        ("200", list()),
        (
            "200, very long",
            ResponseTemplate::new(200)
                .set_body_raw(format!("{{\"data\": [{}1]}}", "1, ".repeat(700_000)), "application/json"),
        ),
        ("200, 2 MB of HTML", html(200, 2 * 1024 * 1024)),
        ("401", error(401)),
        ("403", error(403)),
        ("404", html(404, 100)),
        ("429", error(429)),
        ("500", error(500)),
        ("529", error(529)),
        ("302", ResponseTemplate::new(302).insert_header("location", "http://169.254.169.254/latest/")),
    ] {
        provider.reset().await;
        Mock::given(method("GET"))
            .and(path("/v1/models"))
            .and(header("authorization", format!("Bearer {KEY}").as_str()))
            .respond_with(answer.clone())
            .expect(1)
            .mount(&provider)
            .await;
        Mock::given(method("GET"))
            .and(path("/v1/models"))
            .and(query_param("limit", "1"))
            .and(header("x-api-key", KEY))
            .and(header("anthropic-version", "2023-06-01"))
            .respond_with(answer)
            .expect(1)
            .mount(&provider)
            .await;
        let (one, two) = (tested(&app, &openai["id"]).await, tested(&app, &anthropic["id"]).await);
        provider.verify().await;
        assert_eq!((&one.0, one.1.replace("OpenAI", "P")), (&two.0, two.1.replace("Anthropic", "P")), "{name}");
        said.push(format!("{name}: {} {}", one.0, one.1));
    }
    insta::assert_snapshot!(said.join("\n"));
    let tested =
        app.owner().ok("providerCredentialsList", json!({ "provider": "OPENAI" })).await["items"][0]["lastTest"]
            .clone();
    assert_eq!((&tested["outcome"], &tested["testedAt"]), (&json!("UNREACHABLE"), &json!("2026-01-05T09:00:02.000Z")));
    // Another credential was never tested.
    assert_eq!(upsert(&app, self::openai(&app, "openai-prod")).await["lastTest"], Value::Null);
}

#[tokio::test]
async fn a_provider_that_hangs_is_given_up_within_ten_seconds() {
    let (app, provider) = with_providers(Reach::Loopback).await;
    let made = upsert(&app, openai(&app, "o")).await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(60)))
        .expect(1)
        .mount(&provider)
        .await;
    let begun = std::time::Instant::now();
    let (outcome, message) = tested(&app, &made["id"]).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(
        (outcome.as_str(), message.as_str()),
        ("UNREACHABLE", "OpenAI could not be asked: there was no answer in time")
    );
}

#[tokio::test]
async fn a_private_address_is_asked_only_where_the_operator_allows_it() {
    let (app, provider) = with_providers(Reach::Public).await;
    let made = upsert(&app, openai(&app, "o")).await;
    let (outcome, message) = tested(&app, &made["id"]).await;
    insta::assert_snapshot!(format!("{outcome}: {message}"), @"UNREACHABLE: OpenAI could not be asked: the host is in a private network, which the operator does not allow");
    assert!(provider.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn aws_says_who_a_key_is() {
    let (app, provider) = with_providers(Reach::Loopback).await;
    let made = upsert(&app, bedrock(&app, "b")).await;
    let refused = |code: &str| {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>PROVIDER TEXT</Message></Error></ErrorResponse>"
        );
        ResponseTemplate::new(403).set_body_raw(body, "text/xml")
    };
    let at = |answer: ResponseTemplate, date: &str| answer.insert_header("date", date);
    let good = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/PROVIDER</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let mut said = Vec::new();
    for (name, answer) in [
        ("200", ResponseTemplate::new(200).set_body_raw(good, "text/xml")),
        ("200 of someone else", ResponseTemplate::new(200).set_body_raw("<html>hello</html>", "text/html")),
        ("unknown id", refused("InvalidClientTokenId")),
        ("wrong secret", at(refused("SignatureDoesNotMatch"), "Mon, 05 Jan 2026 09:00:02 GMT")),
        ("wrong secret, no date", at(refused("SignatureDoesNotMatch"), "today")),
        ("clock ahead", at(refused("SignatureDoesNotMatch"), "Mon, 05 Jan 2026 08:50:02 GMT")),
        ("clock behind", at(refused("RequestExpired"), "Mon, 05 Jan 2026 09:10:02 GMT")),
        ("expired without a date", at(refused("RequestExpired"), "today")),
        ("expired token", refused("ExpiredToken")),
        ("policy", refused("AccessDenied")),
        ("region", refused("RegionDisabledException")),
        ("throttled", refused("Throttling")),
        ("403 of HTML", ResponseTemplate::new(403).set_body_raw("<html>PROVIDER TEXT</html>", "text/html")),
        ("500", ResponseTemplate::new(500)),
    ] {
        provider.reset().await;
        Mock::given(method("POST")).and(path("/")).respond_with(answer).expect(1).mount(&provider).await;
        let (outcome, message) = tested(&app, &made["id"]).await;
        said.push(format!("{name}: {outcome} {message}"));
    }
    insta::assert_snapshot!(said.join("\n"));
    let sent = provider.received_requests().await.unwrap();
    let authorization = sent[0].headers["authorization"].to_str().unwrap();
    assert!(
        authorization
            .starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260105/us-west-2/sts/aws4_request")
    );
    assert!(!authorization.contains(AWS_SECRET));
    assert_eq!(String::from_utf8_lossy(&sent[0].body), "Action=GetCallerIdentity&Version=2011-06-15");
}

#[tokio::test]
async fn what_was_replaced_meanwhile_is_not_what_was_tested() {
    let (app, provider) = with_providers(Reach::Loopback).await;
    let made = upsert(&app, openai(&app, "o")).await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401).set_delay(Duration::from_millis(500)))
        .mount(&provider)
        .await;
    let test = app.owner().refused("providerCredentialsTest", made["id"].clone());
    let replace = async {
        while provider.received_requests().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        upsert(&app, openai(&app, "o")).await
    };
    let (refused, replaced) = tokio::join!(test, replace);
    insta::assert_snapshot!(refused, @"
    CONFLICT: the credential was replaced or revoked while it was tested
    (test it again)
    ");
    let listed = app.owner().ok("providerCredentialsList", Value::Null).await;
    assert_eq!(listed["items"], json!([replaced]));
}

#[tokio::test]
async fn a_test_under_one_idempotency_key_asks_once() {
    let (app, provider) = with_providers(Reach::Loopback).await;
    let made = upsert(&app, openai(&app, "o")).await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(401)).expect(1).mount(&provider).await;
    let once = async |actor: &Actor| actor.call_once("k", "providerCredentialsTest", made["id"].clone()).await;
    let first = once(app.owner()).await.data();
    assert_eq!(once(app.owner()).await.data(), first);
    provider.verify().await;
}
