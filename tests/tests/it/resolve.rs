//! `POST /v1/credentials/resolve`: a credential goes to the gateway whose public key is registered, and to nobody else.

use admin_core::{
    Config, Error, ErrorCode, Gateway, ResolveKey, ResolveRequest, Secret, env::Environment,
    provider_credentials::Credential,
};
use admin_server::crypto::PublicKey;
use admin_server::model::Role;
use aisetu_tests::{Actor, Answer, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

const KEY: &str = "sk-proj-0123456789abcdefWXYZ";

fn public(key: &ResolveKey) -> PublicKey {
    key.public_key().parse().unwrap()
}

fn gateway(actor: &Actor) -> Gateway {
    let settings = Config::builder().environment(Environment::empty()).base_url(actor.url("")).max_retries(0);
    Gateway::connect(&Secret::new(actor.token().unwrap()), settings).unwrap()
}

async fn upsert(actor: &Actor, workspace: &str, slug: &str) -> Value {
    let input = json!({ "workspaceId": workspace, "slug": slug, "provider": "OPENAI", "apiKey": KEY });
    actor.ok("providerCredentialsUpsert", input).await
}

async fn key_in(app: &TestServer, workspace: &str) -> (Value, String) {
    let made = app.owner().ok("apiKeysCreate", json!({ "name": "k", "workspaceId": workspace })).await;
    (made["item"]["id"].clone(), made["secret"].as_str().unwrap().to_owned())
}

async fn post(actor: &Actor, body: Value) -> Answer {
    actor.post("/v1/credentials/resolve", &body).await
}

fn refusal(answer: &Answer) -> String {
    let error = &answer.body["error"];
    format!("{} {}: {}", answer.status, error["code"].as_str().unwrap(), error["message"].as_str().unwrap())
}

#[tokio::test]
async fn a_gateway_opens_what_is_sealed_to_it() {
    let app = TestServer::start().await;
    let made = upsert(app.owner(), app.workspace(), "openai-prod").await;
    let input = json!({ "workspaceId": app.workspace(), "slug": "bedrock-prod", "provider": "BEDROCK",
        "awsAccessKeyId": "AKIAIOSFODNN7EXAMPLE", "awsSecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "awsRegion": "us-west-2" });
    app.owner().ok("providerCredentialsUpsert", input).await;
    let (_, presented) = key_in(&app, app.workspace()).await;
    let key = ResolveKey::generate().unwrap();
    let (service, id) = app.service(&["credentials:use"], Some(public(&key))).await;
    let resolved =
        gateway(&service).resolve(ResolveRequest::for_key("openai-prod", presented.as_str()), &key).await.unwrap();
    assert_eq!((resolved.connection_id.as_ref(), resolved.version), (made["id"].as_str().unwrap(), 1));
    let Credential::OpenAi { api_key } = resolved.credential else { panic!("{:?}", resolved.credential) };
    assert_eq!(api_key.expose(), KEY);
    let aws =
        gateway(&service).resolve(ResolveRequest::for_key("bedrock-prod", presented.as_str()), &key).await.unwrap();
    let Credential::Bedrock { aws_secret_access_key, aws_region, .. } = &aws.credential else { panic!() };
    assert_eq!((aws_secret_access_key.expose().len(), aws_region.as_str()), (40, "us-west-2"));
    assert!(!format!("{aws:?}").contains("wJalr"));

    // What goes over the wire opens with no other key, and for no other token or connection.
    let body = json!({ "connection": "openai-prod", "key": presented });
    let answer = post(&service, body.clone()).await;
    assert_eq!(answer.status, 200);
    assert_eq!((&answer.body["provider"], &answer.body["tokenId"]), (&json!("OPENAI"), &json!(id.as_str())));
    assert!(!answer.body.to_string().contains("sk-proj"));
    assert_ne!(answer.body["enc"], post(&service, body).await.body["enc"], "each is sealed anew");
    let other = ResolveKey::generate().unwrap();
    let foreign = gateway(&service)
        .resolve(ResolveRequest::for_key("openai-prod", presented.as_str()), &other)
        .await
        .unwrap_err();
    assert_eq!((foreign.code(), foreign.field()), (ErrorCode::Config, Some("resolve_key")));
    // The key is kept as text, and read back.
    assert_eq!(ResolveKey::parse(&key.to_secret()).unwrap().public_key(), key.public_key());
}

#[tokio::test]
async fn it_takes_scope_public_key_and_a_good_key() {
    let app = TestServer::start().await;
    upsert(app.owner(), app.workspace(), "openai-prod").await;
    upsert(app.owner(), app.second_workspace(), "only-there").await;
    let (id, presented) = key_in(&app, app.workspace()).await;
    let key = ResolveKey::generate().unwrap();
    let body = |connection: &str, key: &str| json!({ "connection": connection, "key": key });
    let (service, _) = app.service(&["credentials:use"], Some(public(&key))).await;
    let (scopeless, _) = app.service(&["keys:verify"], Some(public(&key))).await;
    let keyless = app.pat(app.owner(), &["credentials:use"], None).await;
    let mut told = vec![
        refusal(&post(&scopeless, body("openai-prod", &presented)).await),
        refusal(&post(&keyless, body("openai-prod", &presented)).await),
        refusal(&post(&service, body("only-there", &presented)).await),
        refusal(&post(&service, body("no-such", &presented)).await),
        refusal(&post(&service, body("Not A Slug", &presented)).await),
        refusal(&post(&service, body("openai-prod", "not a key")).await),
        refusal(&post(&service, body("openai-prod", service.token().unwrap())).await),
        refusal(&post(&service, json!({ "connection": "openai-prod" })).await),
        refusal(&post(&service, json!({ "connection": "openai-prod", "workspaceId": app.workspace() })).await),
        refusal(
            &post(&service, json!({ "connection": "openai-prod", "key": presented, "workspaceId": app.workspace() }))
                .await,
        ),
        refusal(&post(&service, json!({ "connection": "openai-prod", "secret": presented })).await),
    ];
    app.owner().ok("apiKeysRevoke", json!({ "id": id })).await;
    told.push(refusal(&post(&service, body("openai-prod", &presented)).await));
    insta::assert_snapshot!(told.join("\n"));
    assert!(!told.join("\n").contains(&presented));
    assert_eq!(post(&app.anonymous(), body("openai-prod", &presented)).await.status, 401);
    let (_, fresh) = key_in(&app, app.workspace()).await;
    assert_eq!(post(&service, body("openai-prod", &fresh)).await.status, 200);
    app.owner().ok("workspacesDelete", json!(app.workspace())).await;
    assert_eq!(post(&service, body("openai-prod", &fresh)).await.status, 404);
}

#[tokio::test]
async fn a_tenants_own_token_reaches_its_tenant_only() {
    let app = TestServer::start().await;
    let stranger = app.other_tenant().await;
    let theirs =
        stranger.ok("providerCredentialsUpsert", json!({ "slug": "p", "provider": "OPENAI", "apiKey": KEY })).await;
    let their_key =
        stranger.ok("apiKeysCreate", json!({ "name": "theirs" })).await["secret"].as_str().unwrap().to_owned();
    upsert(app.owner(), app.workspace(), "p").await;
    let key = ResolveKey::generate().unwrap();
    let own = app.pat_with(app.owner(), &["credentials:use"], None, Some(public(&key))).await;
    let resolved = gateway(&own).resolve(ResolveRequest::for_workspace("p", app.workspace()), &key).await.unwrap();
    assert_eq!(resolved.version, 1);
    let refused = async |request| -> ErrorCode {
        let error: Error = gateway(&own).resolve(request, &key).await.unwrap_err();
        error.code()
    };
    assert_eq!(refused(ResolveRequest::for_key("p", their_key.as_str())).await, ErrorCode::NotFound);
    let workspace = theirs["workspaceId"].as_str().unwrap();
    assert_eq!(refused(ResolveRequest::for_workspace("p", workspace)).await, ErrorCode::NotFound);
    let (service, _) = app.service(&["credentials:use"], Some(public(&key))).await;
    gateway(&service).resolve(ResolveRequest::for_key("p", their_key.as_str()), &key).await.unwrap();
    // Such a token is made through the API too.
    let input = json!({ "name": "gw", "scopes": ["credentials:use"], "publicKey": key.public_key() });
    let made = app.owner().ok("patsCreate", input).await;
    let made = app.bearer(made["secret"].as_str().unwrap());
    gateway(&made).resolve(ResolveRequest::for_workspace("p", app.workspace()), &key).await.unwrap();
    for bad in ["", "short", &"A".repeat(43), &"A".repeat(44)] {
        let input = json!({ "name": "gw", "scopes": ["credentials:use"], "publicKey": bad });
        assert!(app.owner().refused("patsCreate", input).await.starts_with("BAD_USER_INPUT [publicKey]"), "{bad}");
    }
    // An ADMIN of one workspace does not hold it, and gets no such token.
    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    let answer = post(&inside, json!({ "connection": "p", "workspaceId": app.workspace() })).await;
    assert_eq!(answer.status, 403, "no public key is told first: {}", answer.body);
    let input = json!({ "name": "gw", "scopes": ["credentials:use"], "publicKey": key.public_key() });
    assert!(inside.refused("patsCreate", input).await.starts_with("UNAUTHORIZED"));
}

#[tokio::test]
async fn who_got_what_is_in_the_tenants_audit_trail() {
    let app = TestServer::start().await;
    let made = upsert(app.owner(), app.workspace(), "p").await;
    let (_, presented) = key_in(&app, app.workspace()).await;
    let key = ResolveKey::generate().unwrap();
    let (service, id) = app.service(&["credentials:use"], Some(public(&key))).await;
    assert_eq!(post(&service, json!({ "connection": "p", "key": presented })).await.status, 200);
    app.advance(SignedDuration::from_secs(1));
    let own = app.pat_with(app.owner(), &["credentials:use"], None, Some(public(&key))).await;
    assert_eq!(post(&own, json!({ "connection": "p", "workspaceId": app.workspace() })).await.status, 200);
    assert_eq!(post(&own, json!({ "connection": "none", "workspaceId": app.workspace() })).await.status, 404);
    let events = app.owner().ok("auditEvents", json!({ "action": "credentialsResolve" })).await;
    let items = events["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|event| event["objectId"] == made["id"] && event["workspaceId"] == app.workspace()));
    assert_eq!(
        (&items[0]["actor"]["kind"], &items[0]["actor"]["email"]),
        (&json!("USER"), &json!("owner@acme.example"))
    );
    assert_eq!(
        (&items[1]["actor"]["kind"], &items[1]["actor"]["serviceTokenId"]),
        (&json!("SERVICE"), &json!(id.as_str()))
    );
    assert_eq!(app.owner().ok("auditVerify", Value::Null).await["ok"], true);
}
