//! Coming in: one-time codes, the bootstrap token, and who may come at all.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use admin_server::app::audit::{Verified, VerifyAudit};
use admin_server::app::auth::{Proof, RequestCode, VerifyCode, WhoAmI};
use admin_server::app::operation::PublicRequest;
use admin_server::app::{ControlPlane, Ports};
use admin_server::clock::{Clock as _, ManualClock};
use admin_server::crypto::ServerKeys;
use admin_server::ids::RequestId;
use admin_server::model::Role;
use admin_server::random::SystemRandom;
use admin_server::settings::{Settings, Signup};
use admin_server::store::{Store, outbox};
use admin_token::TokenKind;
use aisetu_tests::{Actor, Letterbox, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

const OWNER: &str = "owner@acme.example";

async fn challenge(app: &TestServer, email: &str) -> Value {
    app.anonymous().ok("authRequestCode", json!({ "email": email })).await["challengeId"].take()
}

async fn sign_in(app: &TestServer, challenge: &Value, code: &str) -> Value {
    app.anonymous().ok("authVerifyCode", json!({ "challengeId": challenge, "code": code })).await
}

async fn refused(app: &TestServer, challenge: &Value, code: &str) -> String {
    app.anonymous().refused("authVerifyCode", json!({ "challengeId": challenge, "code": code })).await
}

/// A code that is not the given one.
fn other_than(code: &str) -> String {
    let last = if code.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &code[..5])
}

fn actor(app: &TestServer, signed_in: &Value) -> Actor {
    app.bearer(signed_in["secret"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_mailed_code_signs_its_owner_in_once() {
    let app = TestServer::start().await;
    // However it is spelled, it is the same address.
    let first = challenge(&app, " Owner@ACME.example ").await;
    let mail = app.mail().mail(1).await;
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), (OWNER, "Your sign-in code"));
    let code = app.mail().code(1).await;
    let signed_in = sign_in(&app, &first, &code).await;
    assert_eq!(signed_in["item"]["scopes"], json!(["admin:write"]));
    assert_eq!(
        signed_in["item"]["expiresAt"],
        json!(format!("{:.3}", app.now() + SignedDuration::from_hours(90 * 24)))
    );
    let whoami = actor(&app, &signed_in).ok("authWhoami", Value::Null).await;
    assert_eq!((whoami["user"]["email"].as_str(), whoami["tenant"]["id"].as_str()), (Some(OWNER), Some(app.tenant())));
    insta::assert_snapshot!(refused(&app, &first, &code).await, @"
    BAD_USER_INPUT [challengeId]: `challengeId` is over: its code was used already, and a code is good once
    (ask for a new code)
    ");
    // The record of it, in the tenant's chain and in nobody's words.
    let events = app.owner().ok("auditEvents", json!({ "action": "authVerifyCode" })).await;
    assert_eq!(events["items"][0]["actor"]["email"], OWNER);
    assert_eq!(events["items"][0]["actor"]["patId"], Value::Null);
    assert_eq!(events["items"][0]["objectId"], signed_in["item"]["id"]);
    assert!(!events.to_string().contains(&code));
}

#[tokio::test]
async fn what_is_typed_with_the_code_does_not_matter() {
    let app = TestServer::start().await;
    let first = challenge(&app, OWNER).await;
    let code = app.mail().code(1).await;
    sign_in(&app, &first, &format!(" {} {}\n", &code[..3], &code[3..])).await;
}

#[tokio::test]
async fn a_wrong_code_costs_a_try_and_the_sixth_is_not_looked_at() {
    let app = TestServer::start().await;
    let first = challenge(&app, OWNER).await;
    let code = app.mail().code(1).await;
    let wrong = other_than(&code);
    insta::assert_snapshot!(refused(&app, &first, &wrong).await, @"
    BAD_USER_INPUT [code]: `code` is not the one that was sent; 4 more tries are left
    (look at the newest mail; the code is 6 digits)
    ");
    for _ in 0..3 {
        refused(&app, &first, &wrong).await;
    }
    insta::assert_snapshot!(refused(&app, &first, &wrong).await, @"
    BAD_USER_INPUT [challengeId]: `challengeId` is over: this is the fifth code that is not the one that was sent
    (ask for a new code)
    ");
    insta::assert_snapshot!(refused(&app, &first, &code).await, @"
    BAD_USER_INPUT [challengeId]: `challengeId` is over: there were 5 wrong codes
    (ask for a new code)
    ");
}

/// One document with many aliases is many guesses: each costs a try. It is refused before, as no mutation document has two fields.
#[tokio::test]
async fn guesses_are_not_cheaper_by_the_dozen() {
    let app = TestServer::start().await;
    let first = challenge(&app, OWNER).await;
    let code = app.mail().code(1).await;
    let guess = |number: u32| {
        format!(r#"g{number}: authVerifyCode(input: {{ challengeId: {first}, code: "{number:06}" }}) {{ secret }}"#)
    };
    let document = format!("mutation {{ {} {} }}", guess(1), guess(2));
    let answer = app.anonymous().graphql(&document, json!({})).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    assert!(answer.message().contains("exactly one root field"), "{}", answer.message());
    // Five at once are five, whoever comes first.
    let wrong = other_than(&code);
    let guesses = (0..8).map(|_| refused(&app, &first, &wrong));
    let answers = futures_util::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|answer| answer.contains("5 wrong codes")).count(), 3, "{answers:?}");
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    let app = TestServer::start().await;
    let first = challenge(&app, OWNER).await;
    let code = app.mail().code(1).await;
    app.advance(SignedDuration::from_secs(599));
    let second = challenge(&app, OWNER).await;
    app.advance(SignedDuration::from_secs(1));
    insta::assert_snapshot!(refused(&app, &first, &code).await, @"
    BAD_USER_INPUT [challengeId]: `challengeId` is over: the 10 minutes of its code have passed
    (ask for a new code)
    ");
    let code = app.mail().code(2).await;
    sign_in(&app, &second, &code).await;
    // A code belongs to its challenge, and to no other.
    app.advance(SignedDuration::from_secs(60));
    let third = challenge(&app, OWNER).await;
    let fourth_code = app.mail().code(3).await;
    assert!(refused(&app, &second, &fourth_code).await.contains("was used already"));
    let unknown = json!(format!("chal_{}", "0".repeat(26)));
    assert!(refused(&app, &unknown, &fourth_code).await.contains("is none, or one of yesterday"));
    sign_in(&app, &third, &fourth_code).await;
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_answer_and_no_mail() {
    let app = TestServer::start().await;
    let known = app.anonymous().call("authRequestCode", json!({ "email": OWNER })).await;
    let unknown = app.anonymous().call("authRequestCode", json!({ "email": "stranger@acme.example" })).await;
    let shape = |answer: &Value| {
        let fields = answer["data"]["authRequestCode"].as_object().unwrap();
        (fields.keys().cloned().collect::<Vec<_>>(), fields["expiresAt"].clone())
    };
    assert_eq!((known.status, shape(&known.body)), (unknown.status, shape(&unknown.body)));
    let challenge = unknown.body["data"]["authRequestCode"]["challengeId"].clone();
    assert!(refused(&app, &challenge, "000000").await.contains("4 more tries"), "as of a known address");
    // The next mail is the second one of the known address.
    app.advance(SignedDuration::from_secs(60));
    app.anonymous().ok("authRequestCode", json!({ "email": OWNER })).await;
    assert_eq!(app.mail().mail(2).await.to, OWNER);
    assert_eq!(app.mail().all().len(), 2);
    // Limits hold for it too.
    insta::assert_snapshot!(
        app.anonymous().refused("authRequestCode", json!({ "email": "owner@acme.example" })).await,
        @"RATE_LIMITED: there were too many codes for this address; the next one can be asked for in 30 s"
    );
}

#[tokio::test]
async fn an_address_gets_so_many_codes_in_so_much_time() {
    let app = TestServer::start().await;
    let ask = async |email: &str| app.anonymous().call("authRequestCode", json!({ "email": email })).await;
    let wait = async |email: &str| {
        let answer = ask(email).await;
        assert_eq!(answer.code(), "RATE_LIMITED", "{}", answer.body);
        answer.body["errors"][0]["extensions"]["retryAfterMs"].as_i64().unwrap() / 1000
    };
    assert_eq!(ask(OWNER).await.status, 200);
    assert_eq!(wait(OWNER).await, 30);
    app.advance(SignedDuration::from_millis(29_500));
    assert_eq!(wait(OWNER).await, 1, "in whole seconds, upwards");
    // Five an hour: 0, 30, 60, 90, 120 s.
    for _ in 0..4 {
        app.advance(SignedDuration::from_secs(30));
        challenge(&app, OWNER).await;
    }
    app.advance(SignedDuration::from_secs(60));
    let since = 29 + 4 * 30 + 60;
    assert!((3600 - since - 1..=3600 - since + 1).contains(&wait(OWNER).await), "{}", wait(OWNER).await);
    // Ten a day.
    app.advance(SignedDuration::from_hours(2));
    for _ in 0..5 {
        challenge(&app, OWNER).await;
        app.advance(SignedDuration::from_secs(721));
    }
    assert!(wait(OWNER).await > 18 * 3600);
    // Refused ones do not count, so the day ends when it ends.
    app.advance(SignedDuration::from_hours(24));
    challenge(&app, OWNER).await;
    // Another address has its own.
    assert_eq!(ask("stranger@acme.example").await.status, 200);
}

#[tokio::test]
async fn a_client_gets_thirty_codes_an_hour_for_whatever_addresses() {
    let app = TestServer::start().await;
    let ask = async |number: u32, address: IpAddr| {
        let request = PublicRequest { id: RequestId::new(app.now(), &SystemRandom), client: None, address };
        let operation = RequestCode { email: format!("person{number}@acme.example") };
        app.server().control_plane().mutate_publicly(request, operation).await
    };
    let here = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    for number in 0..30 {
        ask(number, here).await.unwrap();
    }
    let error = ask(30, here).await.unwrap_err();
    assert_eq!(error.code().as_str(), "RATE_LIMITED");
    assert!(error.message().contains("for your network"), "{error}");
    // IPv4 in IPv6 is the same; a neighbour in the same IPv6 network too, another network not.
    assert!(ask(31, "::ffff:192.0.2.1".parse().unwrap()).await.is_err());
    for number in 32..62 {
        ask(number, "2001:db8:0:1::1".parse().unwrap()).await.unwrap();
    }
    assert!(ask(62, "2001:db8:0:1:ffff::2".parse().unwrap()).await.is_err());
    ask(63, "2001:db8:0:2::1".parse().unwrap()).await.unwrap();
}

#[tokio::test]
async fn no_address_that_is_none_or_only_looks_like_one_gets_in() {
    let app = TestServer::start().await;
    let long = format!("{}@acme.example", "a".repeat(320));
    for email in [
        "",
        "owner",
        "owner@",
        "\u{43e}wner@acme.example",
        "owner@acme.example\r\nBcc: eve@example.com",
        "a b@acme.example",
        &long,
    ] {
        let answer = app.anonymous().call("authRequestCode", json!({ "email": email })).await;
        assert_eq!((answer.code().as_str(), answer.field().as_str()), ("BAD_USER_INPUT", "email"), "{email:?}");
    }
    insta::assert_snapshot!(
        app.anonymous().refused("authRequestCode", json!({ "email": long })).await,
        @"BAD_USER_INPUT [email]: `email` has 333 characters; it may have 254"
    );
}

#[tokio::test]
async fn the_mail_server_may_be_down_without_anyone_seeing_it() {
    let app = TestServer::start().await;
    app.mail().set_broken(true);
    let challenge = challenge(&app, OWNER).await;
    app.mail().tried(1).await;
    // The mail waits, and comes when the server is back.
    app.mail().set_broken(false);
    app.advance(SignedDuration::from_secs(6));
    let code = app.mail().code(1).await;
    sign_in(&app, &challenge, &code).await;
}

#[tokio::test]
async fn a_mail_that_a_dead_sender_had_taken_is_sent_at_once() {
    let mail = Arc::new(Letterbox::default());
    let settings = Settings { signup: Signup::Open, ..Settings::default() };
    let ports = Ports::system(ServerKeys::generate(&SystemRandom)).with(settings);
    let ports = Ports { mail: Arc::<Letterbox>::clone(&mail), ..ports };
    let now = ports.clock.now();
    let control_plane = ControlPlane::new(Store::in_memory().unwrap().0, ports);
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let request = PublicRequest { id: RequestId::new(now, &SystemRandom), client: None, address };
    control_plane.mutate_publicly(request, RequestCode { email: OWNER.to_owned() }).await.unwrap();
    let taken = control_plane.store().write(move |tx| {
        Ok(outbox::claim(tx, now + SignedDuration::from_secs(1), now + SignedDuration::from_hours(1), 16)?)
    });
    assert_eq!(taken.await.unwrap().len(), 1);
    control_plane.send_due_mail().await.unwrap();
    assert_eq!(mail.all().len(), 0, "another sender has it");
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let sending = tokio::spawn(async move { control_plane.send_mail(stopped).await });
    assert_eq!(mail.mail(1).await.to, OWNER);
    drop(stop);
    sending.await.unwrap();
}

#[tokio::test]
async fn a_document_is_public_only_if_all_of_it_is() {
    let app = TestServer::start().await;
    let public = r#"authRequestCode(input: { email: "owner@acme.example" }) { challengeId }"#;
    let anyone = app.anonymous();
    for (document, status) in [
        (format!("mutation {{ {public} }}"), 200),
        (format!("mutation {{ ...F }} fragment F on Mutation {{ {public} }}"), 200),
        (format!(r#"mutation {{ {public} workspacesCreate(input: {{ name: "a" }}) {{ id }} }}"#), 401),
        (format!("mutation A {{ {public} }} query B {{ authWhoami {{ user {{ id }} }} }}"), 401),
        ("query { authWhoami { user { id } } }".to_owned(), 401),
        ("query { __schema { types { name } } }".to_owned(), 401),
        ("query { __typename }".to_owned(), 401),
        ("{".to_owned(), 401),
        (String::new(), 401),
    ] {
        app.advance(SignedDuration::from_secs(31));
        assert_eq!(anyone.graphql(&document, json!({})).await.status, status, "{document}");
    }
    // A bad token changes nothing for a public field.
    app.advance(SignedDuration::from_secs(31));
    let answer = app.bearer("tt_pat_nonsense").graphql(&format!("mutation {{ {public} }}"), json!({})).await;
    assert_eq!(answer.status, 200);
    // A mistake in a public document is told; what else there is, is not.
    let answer = anyone.graphql("mutation { authRequestCode(input: {}) { challengeId } }", json!({})).await;
    assert_eq!(answer.status, 400);
    assert!(!answer.body.to_string().contains("Did you mean"), "{}", answer.body);
}

#[tokio::test]
async fn what_a_token_shall_be_is_checked_before_the_code_is_used_up() {
    let app = TestServer::start().await;
    let challenge = challenge(&app, OWNER).await;
    let code = app.mail().code(1).await;
    let call = async |more: Value| {
        let mut input = json!({ "challengeId": challenge, "code": code });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.anonymous().call("authVerifyCode", input).await
    };
    insta::assert_snapshot!(call(json!({ "expiresIn": "366d" })).await.refusal(), @"BAD_USER_INPUT [expiresIn]: `expiresIn` is 8784h; it must be 1 s to 365 days");
    assert_eq!(call(json!({ "expiresIn": "0s" })).await.field(), "expiresIn");
    assert_eq!(call(json!({ "scopes": [] })).await.field(), "scopes");
    assert_eq!(call(json!({ "scopes": ["admin:everything"] })).await.field(), "scopes");
    assert_eq!(call(json!({ "tenantId": format!("ten_{}", "0".repeat(26)) })).await.code(), "NOT_FOUND");
    assert_eq!(call(json!({ "email": OWNER })).await.field(), "challengeId", "one of the two pairs");
    let made = call(json!({ "expiresIn": "1h", "scopes": ["keys:verify", "admin:read"] })).await.data();
    let pat = &made["authVerifyCode"]["item"];
    assert_eq!(pat["scopes"], json!(["admin:read", "keys:verify"]));
    assert_eq!(pat["expiresAt"], json!(format!("{:.3}", app.now() + SignedDuration::from_hours(1))));
}

/// Invites, accepts and gives back the address.
async fn invited(app: &TestServer, by: &Actor, email: &str, role: &str, mail: usize) {
    by.ok("membersInvite", json!({ "email": email, "role": role })).await;
    let token = app.mail().token(mail).await;
    app.anonymous().ok("membersAcceptInvitation", json!({ "token": token })).await;
}

#[tokio::test]
async fn a_role_that_cannot_hold_a_scope_does_not_get_it() {
    let app = TestServer::start().await;
    invited(&app, app.owner(), "viewer@acme.example", "VIEWER", 1).await;
    let challenge = challenge(&app, "viewer@acme.example").await;
    let code = app.mail().code(2).await;
    let input = |scope: &str| json!({ "challengeId": challenge, "code": code, "scopes": [scope] });
    insta::assert_snapshot!(app.anonymous().refused("authVerifyCode", input("keys:verify")).await, @r"
    UNAUTHORIZED: the owner of this token lacks the role for `keys:verify`
    (it takes the role OWNER or ADMIN; ask an OWNER of the tenant)
    ");
    app.anonymous().ok("authVerifyCode", input("admin:write")).await;
}

#[tokio::test]
async fn a_person_of_several_tenants_says_which_and_the_code_waits() {
    let app = TestServer::start().await;
    let other = app.other_tenant().await;
    invited(&app, &other, OWNER, "VIEWER", 1).await;
    let challenge = challenge(&app, OWNER).await;
    let code = app.mail().code(2).await;
    let answer = app.anonymous().call("authVerifyCode", json!({ "challengeId": challenge, "code": code })).await;
    assert_eq!((answer.code().as_str(), answer.field().as_str()), ("BAD_USER_INPUT", "tenantId"));
    let hint = answer.body["errors"][0]["extensions"]["hint"].as_str().unwrap();
    assert!(hint.contains(app.tenant()) && hint.contains("(Acme)") && hint.contains("(Other)"), "{hint}");
    let input = json!({ "challengeId": challenge, "code": code, "tenantId": app.tenant() });
    let signed_in = app.anonymous().ok("authVerifyCode", input).await;
    let whoami = actor(&app, &signed_in).ok("authWhoami", Value::Null).await;
    assert_eq!(whoami["tenant"]["name"], "Acme");
}

#[tokio::test]
async fn who_is_new_gets_a_tenant_only_where_the_operator_says_so() {
    for (signup, email, comes_in) in [
        (Signup::Closed, "new@example.com", false),
        (Signup::Invite, "new@example.com", false),
        (Signup::Domain("example.com".to_owned()), "new@example.com", true),
        (Signup::Domain("example.com".to_owned()), "new@example.net", false),
        (Signup::Open, "new@example.net", true),
    ] {
        let app = TestServer::start_as(Settings { signup: signup.clone(), ..Settings::default() }).await;
        let theirs = challenge(&app, email).await;
        if !comes_in {
            // The next mail is somebody else's.
            challenge(&app, OWNER).await;
            assert_eq!(app.mail().mail(1).await.to, OWNER, "{signup:?}");
            continue;
        }
        let code = app.mail().code(1).await;
        let signed_in = sign_in(&app, &theirs, &code).await;
        let person = actor(&app, &signed_in);
        let whoami = person.ok("authWhoami", Value::Null).await;
        assert_eq!((&whoami["tenant"]["name"], &whoami["memberships"][0]["role"]), (&json!(email), &json!("OWNER")));
        assert_eq!(person.ok("workspacesList", Value::Null).await["totalCount"], 1);
        assert_eq!(person.ok("auditVerify", Value::Null).await["ok"], true);
        let record = person.ok("auditEvents", json!({ "objectId": whoami["user"]["id"] })).await;
        assert_eq!(record["items"][0]["action"], "authVerifyCode");
        // The second time they are no longer new.
        app.advance(SignedDuration::from_secs(31));
        let again = challenge(&app, email).await;
        let code = app.mail().code(2).await;
        let again = sign_in(&app, &again, &code).await;
        assert_eq!(actor(&app, &again).ok("authWhoami", Value::Null).await["tenant"], whoami["tenant"]);
    }
}

#[tokio::test]
async fn who_has_no_role_left_does_not_come_in() {
    let app = TestServer::start().await;
    invited(&app, app.owner(), "ada@acme.example", "MEMBER", 1).await;
    let theirs = challenge(&app, "ada@acme.example").await;
    let code = app.mail().code(2).await;
    let members = app.owner().ok("membersList", Value::Null).await;
    let ada = members["items"].as_array().unwrap().iter().find(|member| member["user"]["email"] == "ada@acme.example");
    app.owner().ok("membersRemove", json!({ "userId": ada.unwrap()["user"]["id"] })).await;
    // Not with a code that was sent before, either.
    insta::assert_snapshot!(refused(&app, &theirs, &code).await, @r"
    UNAUTHORIZED: this person has no role in any tenant
    (ask someone of the tenant for an invitation, and accept it first)
    ");
}

#[tokio::test]
async fn a_bootstrap_token_makes_the_first_owner_once_and_in_time() {
    let clock = Arc::new(ManualClock::new("2026-01-05T09:00:00Z".parse().unwrap()));
    let ports =
        Ports { clock: Arc::<ManualClock>::clone(&clock), ..Ports::system(ServerKeys::generate(&SystemRandom)) };
    let control_plane = ControlPlane::new(Store::in_memory().unwrap().0, ports);
    let sign_in = async |token: &str| {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let request = PublicRequest { id: RequestId::new(clock.now(), &SystemRandom), client: None, address };
        let proof = Proof::Bootstrap { token: token.into(), email: "First@acme.example".to_owned() };
        let operation =
            VerifyCode { proof, tenant_id: None, tenant_name: Some("Acme".to_owned()), scopes: None, expires_in: None };
        control_plane.mutate_publicly(request, operation).await
    };
    let refused = async |token: &str| {
        let error = sign_in(token).await.unwrap_err();
        assert_eq!((error.code().as_str(), error.field()), ("BAD_USER_INPUT", Some("bootstrapToken")));
    };
    let unknown = admin_token::mint(TokenKind::Bootstrap, |buffer| buffer.fill(3));
    refused(unknown.secret().expose()).await;
    refused("nonsense").await;
    let old = control_plane.create_bootstrap_token().await.unwrap();
    clock.advance(SignedDuration::from_mins(15));
    refused(old.secret().expose()).await;
    let token = control_plane.create_bootstrap_token().await.unwrap();
    let further = control_plane.create_bootstrap_token().await.unwrap();
    let signed_in = sign_in(token.secret().expose()).await.unwrap();
    let caller = control_plane.authenticate(admin_token::parse(signed_in.secret.expose()).unwrap()).await.unwrap();
    let tenant = control_plane.query(Arc::new(caller.clone()), WhoAmI).await.unwrap().tenant;
    assert_eq!(tenant.name, "Acme");
    assert_eq!((caller.user.email.as_str(), caller.memberships[0].role), ("first@acme.example", Role::Owner));
    let verified = control_plane.verify_audit(Arc::new(caller), VerifyAudit::default()).await.unwrap();
    assert!(matches!(verified, Verified::Whole(_)), "{verified:?}");
    // Once there is an OWNER, none is good: neither the same nor another, and none is made.
    refused(token.secret().expose()).await;
    refused(further.secret().expose()).await;
    assert_eq!(control_plane.create_bootstrap_token().await.unwrap_err().code().as_str(), "CONFLICT");
}

#[tokio::test]
async fn the_database_keeps_no_code_and_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestServer::start_in(folder.path()).await;
    app.mail().set_broken(true);
    challenge(&app, OWNER).await;
    app.owner().ok("membersInvite", json!({ "email": "ada@acme.example", "role": "MEMBER" })).await;
    app.mail().tried(2).await;
    // Both mails wait in the outbox, sealed.
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        kept.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let kept = String::from_utf8_lossy(&kept);
    assert!(kept.contains("Your sign-in code"), "the subject is no secret");
    assert!(!kept.contains("whoever has it is taken for you") && !kept.contains("tt_inv_"), "a text is in the clear");
}
