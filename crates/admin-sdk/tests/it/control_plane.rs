//! A tenant's whole life from Rust alone: people come in by mail, money comes in and is used up, providers' credentials survive a new key.

use admin_sdk::audit::VerifyAudit;
use admin_sdk::auth::VerifyLoginCode;
use admin_sdk::billing::{CreateTopUpIntent, GetCreditBalance, TopUpState};
use admin_sdk::members::{InviteMember, Role, SetMemberRole};
use admin_sdk::provider_credentials::{ListConnections, UpsertProviderCredential};
use admin_sdk::usage::{ProjectUsage, SummarizeUsage};
use admin_sdk::{AiSetuAdmin, ErrorCode, UsageEvent, UsageReport, api_keys::CreateApiKey};
use aisetu_tests::TestServer;

use crate::support::{builder, of};

/// Signs in by the code of the mail with this number.
async fn sign_in(server: &TestServer, email: &str, mail: usize) -> AiSetuAdmin {
    let url = server.anonymous().url("");
    let signed_out = builder(&url).signed_out().build().unwrap();
    let challenge = signed_out.auth().request_code(email).await.unwrap();
    let code = VerifyLoginCode::new(challenge.challenge_id, server.mail().code(mail).await);
    let signed_in = signed_out.auth().verify_code(code).await.unwrap();
    builder(&url).pat(signed_in.secret().clone()).build().unwrap()
}

#[tokio::test]
async fn a_tenant_lives_from_the_first_code_to_a_new_key() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start_with_key_files(folder.path()).await;
    let gateway = of(server.owner());
    let owner = sign_in(&server, "owner@acme.example", 1).await;

    // Bob is invited, comes, and runs the tenant from then on.
    owner.members().invite(InviteMember::new("bob@acme.example", Role::Member)).await.unwrap();
    let signed_out = builder(&server.anonymous().url("")).signed_out().build().unwrap();
    signed_out.members().accept_invitation(server.mail().token(2).await).await.unwrap();
    let bob = sign_in(&server, "bob@acme.example", 3).await;
    let bob_id = bob.auth().whoami().await.unwrap().user.id;
    let refused = bob.members().invite(InviteMember::new("carol@acme.example", Role::Viewer)).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Unauthorized);
    let promoted = owner.members().set_role(SetMemberRole::new(&bob_id, Role::Admin)).await.unwrap();
    assert_eq!(promoted.memberships[0].role, Role::Admin);
    bob.members().invite(InviteMember::new("carol@acme.example", Role::Viewer)).await.unwrap();

    // Money comes in, and is used up.
    let intent = owner.billing().create_top_up_intent(CreateTopUpIntent::new("25.50".parse().unwrap())).await.unwrap();
    assert!(intent.item.payment_url.is_some() && intent.item.state == TopUpState::Pending);
    let id = intent.item.id.to_string().parse().unwrap();
    server.server().control_plane().settle_dev_top_up(id).await.unwrap();
    let balance = || owner.billing().credit_balance(GetCreditBalance::default());
    assert_eq!(balance().await.unwrap().balance.to_string(), "25.50 USD");
    let workspace_id = Some(server.workspace().into());
    let key = owner.api_keys().create(CreateApiKey { workspace_id, ..CreateApiKey::new("app") }).await.unwrap().item.id;
    let events = (1..=500).map(|number| UsageEvent::new(number.to_string(), server.now().into(), &key, 1_000));
    let report = UsageReport::new(events.collect());
    assert_eq!(gateway.gateway().report_usage(report.clone()).await.unwrap().accepted, 500);
    assert_eq!(gateway.gateway().report_usage(report).await.unwrap().duplicates, 500);
    assert_eq!(balance().await.unwrap().balance.to_string(), "25.00 USD");
    let summary = owner.usage().summary(SummarizeUsage::default()).await.unwrap();
    assert_eq!((summary.total.requests, summary.total.cost.to_string().as_str()), (500, "0.50 USD"));
    let projection = owner.usage().projection(ProjectUsage::default()).await.unwrap();
    assert_eq!((projection.cost.expected, projection.cost.spent), (None, summary.total.cost), "one day tells nothing");

    // Accounts with providers, before and after a new key-encryption key.
    let providers = bob.provider_credentials();
    for connection in [
        UpsertProviderCredential::openai("openai-prod", "sk-proj-no-real-key-0123"),
        UpsertProviderCredential::anthropic("anthropic-prod", "sk-ant-no-real-key-0123"),
        UpsertProviderCredential::bedrock(
            "bedrock-prod",
            "AKIAIOSFODNN7EXAMPLE",
            "no-real-secret-access-key",
            "us-west-2",
        ),
    ] {
        let made = providers.upsert(connection.workspace(server.workspace())).await.unwrap();
        let probe = providers.test(&made.id).await.unwrap();
        assert!(probe.ok(), "{}", probe.message);
    }
    let rotated = server.server().control_plane().rotate_kek().await.unwrap();
    assert_eq!((rotated.rewrapped, rotated.failed.len()), (3, 0));
    for connection in providers.list(ListConnections::default()).await.unwrap().items {
        assert!(providers.test(&connection.id).await.unwrap().ok(), "{}", connection.slug);
    }

    // And all of it is on record, and sums up.
    let by_steps = VerifyAudit { limit: Some(3), ..VerifyAudit::default() };
    let first = owner.audit().verify(by_steps.clone()).await.unwrap();
    assert_eq!((first.ok, first.events, first.next_cursor.is_some()), (false, 3, true));
    let whole = owner.audit().verify(by_steps).to_end().await.unwrap();
    assert!(whole.ok && whole.events > 3 && whole.head.is_some());
    let expected = VerifyAudit { expected_head: whole.head, ..VerifyAudit::default() };
    assert!(owner.audit().verify(expected).await.unwrap().ok);
    assert_eq!(server.server().control_plane().check(&[]).await.unwrap().findings, []);
    server.shutdown().await;
}
