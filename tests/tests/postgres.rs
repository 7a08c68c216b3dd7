//! The one SQL text is PostgreSQL's too: it takes the migrations, and prepares every statement that the server uses.
//!
//! The statements are those that the server says in its log while all of it is used; a text of the store that was not said is
//! found, so none is left out. `tests/postgres.sh` starts a PostgreSQL and asks it.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use admin_server::app::ledger::Adjustment;
use admin_server::app::{ControlPlane, Ports, billing};
use admin_server::crypto::token_digest;
use admin_server::crypto::{Keyring, ServerKey, ServerKeys};
use admin_server::model::{Claim, ClaimKind, PaymentProvider, Role};
use admin_server::money::Money;
use admin_server::random::SystemRandom;
use admin_server::store::{Store, Tx, connections, key_logs, outbox, payments, sign_in, top_ups};
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

const POSTGRES_URL: &str = "AI_SETU_TEST_POSTGRES_URL";

/// What the server said that it runs.
#[derive(Default, Clone)]
struct Recorder(Arc<Mutex<Spoken>>);

#[derive(Default, Clone)]
struct Spoken {
    /// In order: the migrations.
    batches: Vec<String>,
    statements: BTreeSet<String>,
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "admin_server::sql"
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut *self.0.lock().unwrap());
    }
}

impl Visit for Spoken {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "sql" => {
                self.statements.insert(value.to_owned());
            }
            "batch" if !self.batches.iter().any(|known| known == value) => self.batches.push(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Uses every operation, and every shape of a list.
async fn use_everything() {
    let app = TestServer::start().await;
    let owner = app.owner();
    let made =
        owner.call_once("key", "apiKeysCreate", json!({ "workspaceId": app.workspace(), "name": "k" })).await.data();
    let (key, secret) = (&made["apiKeysCreate"]["item"]["id"], made["apiKeysCreate"]["secret"].as_str().unwrap());
    owner.ok("apiKeysGet", key.clone()).await;
    app.gateway().await.verdict(secret).await;
    let (service, service_id) = app.service(&["keys:verify"], None).await;
    service.verdict(secret).await;
    assert_eq!(app.server().control_plane().list_service_tokens().await.unwrap().len(), 1);
    app.server().control_plane().revoke_service_token(service_id).await.unwrap();
    for (field, argument) in [
        ("apiKeysRotate", json!({ "id": key, "expiresAt": "2026-02-01T00:00:00Z" })),
        ("apiKeysUpdate", json!({ "id": key, "expiresAt": "2026-03-01T00:00:00Z" })),
        ("apiKeysRollbackRotation", key.clone()),
        ("apiKeysRevoke", json!({ "id": key })),
        ("apiKeysRestore", key.clone()),
        ("workspacesRename", json!({ "id": app.second_workspace(), "name": "2nd" })),
        ("workspacesSetBudget", json!({ "id": app.second_workspace(), "budget": { "usd": "5", "period": "DAY" } })),
        ("workspacesDelete", json!(app.second_workspace())),
        ("workspacesRestore", json!(app.second_workspace())),
        ("apiKeysDelete", key.clone()),
    ] {
        owner.ok(field, argument).await;
    }
    use_usage(&app, key).await;
    use_key_rules(&app).await;
    use_key_logs(&app).await;
    let pat = owner.ok("patsCreate", json!({ "name": "t", "scopes": ["admin:read"] })).await;
    owner.ok("patsRevoke", pat["item"]["id"].clone()).await;
    let project =
        owner.ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "p" })).await["id"].clone();
    owner.ok("projectsRename", json!({ "id": project, "name": "q" })).await;
    owner.ok("projectsArchive", project).await;
    use_connections(&app).await;
    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    app.also(&inside, Role::Viewer, app.second_workspace()).await;
    let stranger = app.member(Role::Billing, None).await;
    stranger.call("apiKeysCreate", json!({ "name": "k" })).await;
    inside.ok("apiKeysCreate", json!({ "name": "k" })).await;
    for actor in [owner, &inside] {
        for page in [json!({}), json!({ "cursor": "d3NfMA", "limit": 1 })] {
            let with = |name: &str, value: Value| {
                let mut input = page.clone();
                input[name] = value;
                input
            };
            actor.ok("workspacesList", page.clone()).await;
            actor.ok("workspacesList", with("includeDeleted", json!(true))).await;
            actor.ok("workspacesListMembers", with("workspaceId", json!(app.workspace()))).await;
            actor.ok("projectsList", page.clone()).await;
            actor.ok("projectsList", with("includeArchived", json!(true))).await;
            actor.ok("projectsList", with("workspaceId", json!(app.workspace()))).await;
            actor.ok("apiKeysList", page.clone()).await;
            actor.ok("apiKeysList", with("workspaceId", json!(app.workspace()))).await;
            actor.ok("patsList", page.clone()).await;
        }
    }
    use_people(&app, &inside).await;
    let everywhere = app.member(Role::Admin, None).await;
    for (actor, input) in [
        (owner, json!({})),
        (&everywhere, json!({ "cursor": "OQ" })),
        (&inside, json!({ "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", "action": "apiKeysCreate" })),
        (owner, json!({ "objectId": key, "actorUserId": format!("usr_{}", "0".repeat(26)), "limit": 1 })),
    ] {
        actor.ok("auditEvents", input).await;
    }
    use_billing(&app).await;
    use_budgets(&app).await;
    assert_eq!(owner.ok("auditVerify", Value::Null).await["ok"], true);
    owner.ok("patsList", json!({ "allUsers": true })).await;
    owner.ok("authWhoami", Value::Null).await;
    app.advance(SignedDuration::from_hours(48));
    let control_plane = app.server().control_plane();
    control_plane.sweep().await.unwrap();
    control_plane.ready().await.unwrap();
}

async fn use_billing(app: &TestServer) {
    let (owner, control_plane) = (app.owner(), app.server().control_plane());
    let made = owner.call_once("top-up", "billingCreateTopUpIntent", json!({ "usd": "25" })).await.data();
    let id = made["billingCreateTopUpIntent"]["item"]["id"].as_str().unwrap().to_owned();
    app.advance(SignedDuration::from_mins(2));
    control_plane.reconcile_top_ups().await.unwrap();
    control_plane.settle_dev_top_up(id.parse().unwrap()).await.unwrap();
    for page in [json!({}), json!({ "cursor": "OQ", "limit": 1 })] {
        owner.ok("billingTopUps", page.clone()).await;
        owner.ok("billingLedger", page).await;
    }
    owner.ok("billingCreditBalance", Value::Null).await;
    assert_eq!(control_plane.store().read(billing::check).await.unwrap(), []);
    let (claim, now) = (
        Claim {
            id: "re_1".to_owned(),
            payment: "pi_1".to_owned(),
            kind: ClaimKind::Refund,
            amount: Money::from_micros(1),
            taken: true,
            returned: false,
        },
        app.now(),
    );
    let told = control_plane.store().write(move |tx| {
        let provider = PaymentProvider::Stripe;
        payments::put_claim(tx, provider, &claim)?;
        payments::remember(tx, provider, "evt_1", "refund.created", None, now)?;
        assert!(payments::is_known(tx, provider, "evt_1")?);
        assert_eq!(payments::claim(tx, provider, "re_1")?.as_ref(), Some(&claim));
        assert_eq!(payments::claims_on(tx, provider, "pi_1")?, std::slice::from_ref(&claim));
        top_ups::postpone(tx, "top_0", now)?;
        let reading = payments::Reading { read_to: now, until: None, after: Some("evt_1".to_owned()), look_at: now };
        payments::put_reading(tx, provider, &reading)?;
        assert_eq!(payments::reading(tx, provider)?, Some(reading));
        Ok(top_ups::of_payment(tx, provider, "pi_1")?)
    });
    assert_eq!(told.await.unwrap(), None);
    let adjustment = Adjustment::input(app.tenant(), "-12.50", "a gift that was another's", None).unwrap();
    control_plane.adjust_ledger(adjustment).await.unwrap();
}

/// Invites, signs in, changes roles and removes, here and in one workspace.
async fn use_people(app: &TestServer, inside: &Actor) {
    let owner = app.owner();
    let invite = |email: &str| json!({ "email": email, "role": "VIEWER" });
    let invitation = owner.ok("membersInvite", invite("ada@acme.example")).await;
    owner.ok("membersResendInvitation", invitation["id"].clone()).await;
    let token = app.mail().token(2).await;
    app.anonymous().ok("membersAcceptInvitation", json!({ "token": token })).await;
    let cancelled = owner.ok("membersInvite", invite("bob@acme.example")).await;
    owner.ok("membersCancelInvitation", cancelled["id"].clone()).await;
    app.mail().mail(3).await;
    // The mail server is away for a while.
    app.mail().set_broken(true);
    let challenge =
        app.anonymous().ok("authRequestCode", json!({ "email": "ada@acme.example" })).await["challengeId"].take();
    app.mail().tried(4).await;
    app.mail().set_broken(false);
    app.advance(SignedDuration::from_secs(10));
    // Another mail has waited longer.
    app.mail().mail(5).await;
    let newest = app.mail().all().iter().rposition(|mail| mail.to == "ada@acme.example").unwrap();
    let code = app.mail().code(newest + 1).await;
    let input = |code: &str| json!({ "challengeId": challenge, "code": code });
    app.anonymous().call("authVerifyCode", input("000000")).await;
    app.anonymous().ok("authVerifyCode", input(&code)).await;
    for actor in [owner, inside] {
        for page in [json!({}), json!({ "cursor": "d3NfMA", "limit": 1 })] {
            actor.ok("membersList", page.clone()).await;
            actor.ok("membersInvitations", page.clone()).await;
        }
        actor.ok("membersInvitations", json!({ "includeClosed": true })).await;
    }
    let members = owner.ok("membersList", Value::Null).await;
    let ada = members["items"].as_array().unwrap().iter().find(|member| member["user"]["email"] == "ada@acme.example");
    let ada = &ada.unwrap()["user"]["id"];
    for role in ["OWNER", "MEMBER"] {
        owner.ok("membersSetRole", json!({ "userId": ada, "role": role })).await;
    }
    owner.ok("membersSetRole", json!({ "userId": ada, "role": "VIEWER", "workspaceId": app.workspace() })).await;
    owner.ok("membersRemove", json!({ "userId": ada, "workspaceId": app.workspace() })).await;
    owner.ok("membersRemove", json!({ "userId": ada })).await;
    // A server without an OWNER is another one.
    let ports = app.ports().clone();
    let new = ControlPlane::new(Store::in_memory().unwrap().0, ports);
    let token = new.create_bootstrap_token().await.unwrap();
    let now = app.now();
    let digest = token_digest(&app.ports().keys.pepper, token.secret().expose());
    new.store().write(move |tx| Ok(sign_in::use_bootstrap(tx, &digest, now)?)).await.unwrap();
    // Else asked once a second.
    new.store().read(move |tx| Ok(outbox::is_due(tx, now)?)).await.unwrap();
}

/// Uses all that is about connections, and what goes under another key-encryption key.
async fn use_connections(app: &TestServer) {
    let (owner, control_plane) = (app.owner(), app.server().control_plane());
    let connection = |slug: &str| json!({ "workspaceId": app.workspace(), "slug": slug, "provider": "OPENAI", "apiKey": "sk-no-real-key-0123" });
    owner.ok("providerCredentialsUpsert", connection("other")).await;
    let made = owner.ok("providerCredentialsUpsert", connection("c")).await["id"].clone();
    owner.ok("providerCredentialsUpsert", connection("c")).await;
    owner.ok("providerCredentialsTest", made.clone()).await;
    let inside = app.member(Role::Admin, Some(app.workspace())).await;
    for actor in [owner, &inside] {
        actor.ok("providerCredentialsAvailability", Value::Null).await;
        for input in [
            json!({}),
            json!({ "provider": "OPENAI" }),
            json!({ "includeRevoked": true }),
            json!({ "workspaceId": app.workspace(), "cursor": "Y29ubl8w", "limit": 1 }),
        ] {
            actor.ok("providerCredentialsList", input).await;
        }
    }
    let (service, _) = app.service(&["credentials:use"], ("A".repeat(42) + "M").parse().ok()).await;
    service.post("/v1/credentials/resolve", &json!({ "connection": "c", "key": "k" })).await;
    control_plane.check_credentials().await.unwrap();
    control_plane.list_keks().await.unwrap();
    // A mail that waits is put under the new key too.
    app.mail().set_broken(true);
    owner.ok("membersInvite", json!({ "email": "waits@acme.example", "role": "VIEWER" })).await;
    // Keys that no file keeps are rotated by whoever gives a newer one.
    let old = app.ports().keys.kek.clone();
    let ring = Keyring::of([ServerKey::generate(&SystemRandom)].into_iter().chain(old.all()).collect());
    let keys = ServerKeys { kek: ring, ..(*app.ports().keys).clone() };
    let store = control_plane.store().clone();
    let other = ControlPlane::new(store, Ports { keys: Arc::new(keys), ..app.ports().clone() });
    // Three credentials, and a mail that may still be there.
    assert!(other.rotate_kek().await.unwrap().rewrapped >= 3);
    // Back again, or the server itself could not seal any more.
    let store = control_plane.store().clone();
    let ring = Keyring::of(old.all().into_iter().chain(other.ports().keys.kek.all()).collect());
    let keys = ServerKeys { kek: ring, ..(*app.ports().keys).clone() };
    ControlPlane::new(store, Ports { keys: Arc::new(keys), ..app.ports().clone() }).rotate_kek().await.unwrap();
    app.mail().set_broken(false);
    owner.ok("providerCredentialsRevoke", made).await;
}

/// Gives a key rules, and lists keys in every way.
async fn use_key_rules(app: &TestServer) {
    let owner = app.owner();
    let project =
        owner.ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "r" })).await["id"].clone();
    let input = json!({ "workspaceId": app.workspace(), "name": "ruled", "projects": [project],
        "restrictions": { "ipAddresses": ["192.0.2.0/24"] }, "budget": { "usd": "1", "period": "DAY" } });
    let made = owner.ok("apiKeysCreate", input).await;
    owner.ok("apiKeysUpdate", json!({ "id": made["item"]["id"], "description": "d" })).await;
    for state in ["ACTIVE", "DISABLED", "EXPIRED", "REVOKED", "DELETED"] {
        owner.ok("apiKeysList", json!({ "state": state })).await;
    }
    let all = json!({ "projectId": project, "scope": "functions:read", "createdFrom": "2026-01-01T00:00:00Z",
        "createdTo": "2027-01-01T00:00:00Z", "expiresFrom": "2026-01-01T00:00:00Z", "expiresTo": "2027-01-01T00:00:00Z", "text": "x" });
    owner.ok("apiKeysList", all).await;
    let verify = json!({ "key": made["secret"], "project": project, "ip": "192.0.2.7" });
    app.gateway().await.post("/v1/keys/verify", &verify).await;
    owner.ok("projectsArchive", project).await;
}

/// Uses a key, and reads and prunes its log, in every shape.
async fn use_key_logs(app: &TestServer) {
    let owner = app.owner();
    let project =
        owner.ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "l" })).await["id"].clone();
    let made = owner.ok("apiKeysCreate", json!({ "workspaceId": app.workspace(), "name": "logged" })).await;
    let key = made["item"]["id"].clone();
    let verify = json!({ "key": made["secret"], "project": project, "resource": "functions" });
    app.gateway().await.post("/v1/keys/verify", &verify).await;
    let entry = app.log_of(&key).await;
    owner.ok("apiKeysLog", json!({ "id": key, "logId": entry["id"] })).await;
    for more in [
        json!({ "status": "SUCCESS", "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", "cursor": "d3NfMA" }),
        json!({ "status": "DENIED", "code": "EXPIRED", "projectId": project, "resource": "functions", "versionId": entry["versionId"] }),
    ] {
        let mut input = more;
        input["id"] = key.clone();
        owner.ok("apiKeysLogs", input).await;
    }
    for by in ["CODE", "PROJECT", "RESOURCE"] {
        let input = json!({ "id": key, "projectId": project, "resources": ["functions", "data"], "by": by });
        owner.ok("apiKeysProjectUsage", input).await;
    }
    for field in ["apiKeysUsage", "apiKeysExplain"] {
        owner.ok(field, json!({ "id": key })).await;
    }
    owner
        .ok("apiKeysList", json!({ "lastUsedFrom": "2026-01-01T00:00:00Z", "lastUsedTo": "2027-01-01T00:00:00Z" }))
        .await;
    // It is in the sums a second later, and may be taken out then.
    while owner.ok("apiKeysGet", key.clone()).await["lastUsedAt"].is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let control_plane = app.server().control_plane();
    let gap = key_logs::Gap { after: 0, at_most: 1, found_at: app.now() };
    let write = move |tx: &mut Tx<'_>| {
        key_logs::insert_gap(tx, &gap)?;
        // What a server does with the entries of one before it.
        key_logs::by_minutes(tx, 0, 1)?;
        Ok(key_logs::last_uses(tx, 0, 1)?)
    };
    assert_eq!(control_plane.store().write(write).await.unwrap().len(), 1);
    assert_eq!(control_plane.check(&[]).await.unwrap().log_gaps.len(), 1);
    app.advance(jiff::SignedDuration::from_hours(24 * 40));
    control_plane.sweep().await.unwrap();
}

/// Spends a budget, of which the owners are told.
async fn use_budgets(app: &TestServer) {
    let owner = app.owner();
    let budget = json!({ "usd": "0.000001", "period": "DAY" });
    let create = json!({ "workspaceId": app.workspace(), "name": "b", "budget": budget });
    let key = owner.ok("apiKeysCreate", create).await["item"]["id"].clone();
    let event = json!({ "id": "told", "at": app.now().to_string(), "key": key, "costMicroUsd": 1 });
    let reporter = app.pat(owner, &["usage:write"], None).await;
    assert_eq!(reporter.post("/v1/usage/events", &json!({ "events": [event] })).await.status, 200);
}

/// Reports and sums usage of a key, in every shape.
async fn use_usage(app: &TestServer, key: &Value) {
    let owner = app.owner();
    let project =
        owner.ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "u" })).await["id"].clone();
    let upsert = json!({ "workspaceId": app.workspace(), "slug": "mine", "provider": "OPENAI", "apiKey": "sk-aaaaaaaaaaaaaaaaaaaaaaaa" });
    owner.ok("providerCredentialsUpsert", upsert).await;
    let workspace = app.workspace().parse().unwrap();
    let living = move |tx: &mut Tx<'_>| Ok(connections::is_living(tx, &workspace, "mine")?);
    assert!(app.server().control_plane().store().read(living).await.unwrap());
    let event = |number: i64| {
        let at = app.now() - SignedDuration::from_secs(number * 3_607);
        json!({ "id": number.to_string(), "at": format!("{at:.3}"), "key": key, "project": project, "resource": "r", "model": "m",
            "connection": if number == 0 { json!("mine") } else { Value::Null }, "costMicroUsd": number })
    };
    // More than go into one statement.
    let report = json!({ "events": (0..51).map(event).collect::<Vec<_>>() });
    for _ in 0..2 {
        assert_eq!(owner.post("/v1/usage/events", &report).await.status, 200);
    }
    for by in [json!([]), json!(["KEY"]), json!(["KEY", "PROJECT", "RESOURCE", "MODEL"])] {
        owner.ok("usageSummary", json!({ "by": by, "from": "2026-01-03T04:05:06Z", "groupBy": "HOUR" })).await;
    }
    let narrow = json!({ "workspaceId": app.workspace(), "keyId": key, "projectId": project, "resources": ["r"], "models": ["m", "n"] });
    owner.ok("usageSummary", narrow).await;
    owner.ok("usageProjection", Value::Null).await;
    app.server().control_plane().check(&[]).await.unwrap();
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The pieces of SQL that stand in the store's source as string literals.
fn texts_of_the_store() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/admin-server/src/store");
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Not statements of the server: its engine's pragmas, the example of a doc comment, and tests.
        if ["sqlite.rs", "sql.rs", "tests.rs"].contains(&path.file_name().unwrap().to_str().unwrap()) {
            continue;
        }
        let source = std::fs::read_to_string(path).unwrap();
        let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        let source = lines.collect::<Vec<_>>().join("\n");
        for literal in source.split('"').skip(1).step_by(2).filter(|literal| is_sql(literal.trim_start())) {
            // Of a template, what stands between the braces is not in the text.
            texts.extend(literal.split(['{', '}']).step_by(2).map(one_line).filter(|piece| !piece.is_empty()));
        }
    }
    texts
}

fn is_sql(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    ["SELECT", "INSERT", "UPDATE", "DELETE", "FROM", "WHERE", "AND", "ORDER", "LIMIT", "ON"].contains(&word)
}

/// All that the server says to its database when everything is used.
async fn everything_said() -> Spoken {
    let recorder = Recorder::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(recorder.clone())).unwrap();
    use_everything().await;
    let spoken = recorder.0.lock().unwrap();
    spoken.clone()
}

#[tokio::test]
async fn every_text_of_the_store_is_said() {
    let spoken = everything_said().await;
    let said: Vec<String> = spoken.statements.iter().map(|statement| one_line(statement)).collect();
    let texts = texts_of_the_store();
    assert!(texts.len() > 40, "{texts:#?}");
    let unsaid: Vec<&String> = texts.iter().filter(|text| !said.iter().any(|said| said.contains(*text))).collect();
    assert!(unsaid.is_empty(), "these texts were not used, so PostgreSQL is not asked about them: {unsaid:#?}");
    assert!(spoken.batches.iter().any(|batch| batch.contains("CREATE TABLE api_keys")));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: tests/postgres.sh starts one and runs it"]
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment where PostgreSQL is")]
async fn postgres_takes_every_text() {
    let url = std::env::var(POSTGRES_URL).expect("tests/postgres.sh sets it");
    ask_postgres(&url, &everything_said().await).await;
}

async fn ask_postgres(url: &str, spoken: &Spoken) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let driving = tokio::spawn(connection);
    // Gone with the connection: `pg_temp` takes the tables of a session.
    client.batch_execute("SET search_path = pg_temp").await.unwrap();
    for batch in &spoken.batches {
        client.batch_execute(batch).await.unwrap_or_else(|error| panic!("{error:?}\n{batch}"));
    }
    // The control: what PostgreSQL does not take is noticed.
    client.prepare("SELECT id FROM workspaces WHERE name = ?").await.unwrap_err();
    client.prepare("SELECT no_such_column FROM workspaces").await.unwrap_err();
    for text in &spoken.statements {
        let statement = client.prepare(text).await.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        let columns = statement.columns().iter().map(tokio_postgres::Column::type_);
        for kind in statement.params().iter().chain(columns) {
            assert!(["text", "int8", "int2"].contains(&kind.name()), "{kind} in {text}");
        }
    }
    drop(client);
    driving.await.unwrap().unwrap();
}
