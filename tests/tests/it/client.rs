//! The client core against the real server: every operation of the surface, once, in one story.

use std::collections::BTreeSet;

use admin_core::api_keys::{
    ApiKeyState, ApiKeyUsageDimension, BudgetInput, BudgetPeriod, CreateApiKey, DeleteApiKey, ExplainApiKey,
    FinishApiKeyRotation, GetApiKey, GetApiKeyLog, GetApiKeyProjectUsage, GetApiKeyResourceUsage, GetApiKeyUsage,
    ListApiKeyLogs, ListApiKeyScopes, ListApiKeys, RestoreApiKey, RevocationCode, RevokeApiKey, RollbackApiKeyRotation,
    RotateApiKey, UpdateApiKey, UpdateApiKeyRestrictions,
};
use admin_core::audit::{AuditActorKind, ListAuditEvents, VerifyAudit};
use admin_core::auth::{RequestCode, VerifyLoginCode, WhoAmI};
use admin_core::billing::{
    CreateTopUpIntent, GetCreditBalance, LedgerKind, ListLedger, ListTopUps, TopUpFlow, TopUpState,
};
use admin_core::members::{
    AcceptInvitation, CancelInvitation, InvitationState, InviteMember, ListInvitations, ListMembers, RemoveMember,
    ResendInvitation, SetMemberRole,
};
use admin_core::pats::{CreatePat, ListPats, PatState, RevokePat};
use admin_core::projects::{ArchiveProject, CreateProject, ListProjects, RenameProject};
use admin_core::provider_credentials::{
    ListConnections, ListProviderAvailability, RevokeConnection, TestConnection, UpsertProviderCredential,
};
use admin_core::usage::{ProjectUsage, ProjectionMethod, SummarizeUsage, UsageDimension};
use admin_core::workspaces::{
    CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace,
    RestoreWorkspace, Role, SetWorkspaceBudget,
};
use admin_core::{
    CallOptions, Client, Config, CredentialSource, ErrorCode, Operation, OperationInfo, Pat, Secret, ThreeState,
    UsageEvent, UsageReport, VerifyCode, VerifyRequest, operations,
};
use aisetu_tests::TestServer;

/// A client that remembers which operations it ran.
struct Story {
    client: Client,
    ran: BTreeSet<String>,
}

impl Story {
    fn new(server: &TestServer, token: &str) -> Self {
        let pat = Pat::parse(token, CredentialSource::Explicit).unwrap();
        let config = Config::builder().pat(pat).base_url(server.anonymous().url("")).build().unwrap();
        Self { client: Client::new(config).unwrap(), ran: BTreeSet::new() }
    }

    /// One without a token.
    fn signed_out(server: &TestServer) -> Self {
        let config = Config::builder().signed_out().base_url(server.anonymous().url("")).build().unwrap();
        Self { client: Client::new(config).unwrap(), ran: BTreeSet::new() }
    }

    async fn run<O: Operation>(&mut self, operation: O) -> O::Output {
        self.ran.insert(O::INFO.field());
        self.client.execute(operation).await.unwrap()
    }

    /// The same until the answer is as it will be.
    async fn until<O: Operation + Clone>(&mut self, operation: O, is: impl Fn(&O::Output) -> bool) -> O::Output {
        loop {
            let answer = self.run(operation.clone()).await;
            if is(&answer) {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    async fn verdict(&self, secret: &Secret) -> VerifyCode {
        self.client.gateway().verify(VerifyRequest::new(secret.clone())).await.unwrap().code
    }
}

fn create(name: &str) -> CreateApiKey {
    serde_json::from_value(serde_json::json!({ "name": name })).unwrap()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it tells the whole surface")]
async fn every_operation_works_against_the_server() {
    let server = TestServer::start_dev().await;
    let mut story = Story::new(&server, server.owner().token().unwrap());

    let whoami = story.run(WhoAmI {}).await;
    assert_eq!(whoami.user.email, "owner@acme.example");
    assert_eq!(whoami.tenant.name, "Acme");

    // Workspaces.
    let workspaces = story.run(ListWorkspaces::default()).await;
    assert_eq!(workspaces.items.len(), 2);
    let made = story.run(CreateWorkspace { name: "staging".to_owned(), tenant_id: None }).await;
    let renamed = story.run(RenameWorkspace { id: made.id.clone(), name: "stage".to_owned() }).await;
    assert_eq!(renamed.name, "stage");
    let budget = BudgetInput { usd: "25".parse().unwrap(), period: BudgetPeriod::Month, timezone: None };
    let bounded = story.run(SetWorkspaceBudget::new(made.id.clone(), budget)).await;
    assert_eq!(bounded.budget.unwrap().usd.to_string(), "25.00");
    assert_eq!(story.run(SetWorkspaceBudget::new(made.id.clone(), None)).await.budget, None);
    assert!(story.run(DeleteWorkspace { id: made.id.clone() }).await.deleted_at.is_some());
    assert_eq!(story.run(RestoreWorkspace { id: made.id.clone() }).await.deleted_at, None);
    assert_eq!(story.run(GetWorkspace { id: made.id.clone() }).await.name, "stage");
    let members = ListWorkspaceMembers { workspace_id: made.id.clone(), limit: None, cursor: None, offset: None };
    assert!(story.run(members).await.items[0].inherited);

    // A project.
    let project = CreateProject { workspace_id: Some(made.id.clone()), ..CreateProject::new("search") };
    let project = story.run(project).await;
    assert_eq!(story.run(RenameProject::new(&project.id, "find")).await.name, "find");
    assert_eq!(story.run(ListProjects::default()).await.items.len(), 1);
    assert!(story.run(ArchiveProject { id: project.id }).await.archived_at.is_some());
    assert_eq!(story.run(ListProjects::default()).await.items.len(), 0);

    // A connection to a provider.
    let upsert = UpsertProviderCredential::openai("openai-prod", "sk-no-real-key-0123").workspace(&made.id);
    let connection = story.run(upsert).await;
    assert_eq!((connection.slug.as_str(), connection.key_hint.as_str()), ("openai-prod", "0123"));
    let probe = story.run(TestConnection { id: connection.id.clone() }).await;
    assert!(probe.ok(), "{}", probe.message);
    assert_eq!(story.run(ListConnections::default()).await.items[0].last_test, Some(probe));
    let providers = story.run(ListProviderAvailability::default()).await.items;
    assert_eq!(providers.iter().filter(|provider| provider.configured).count(), 1);
    assert!(story.run(RevokeConnection { id: connection.id }).await.revoked_at.is_some());

    // A key, its rotation, revocation and restoration.
    assert!(story.run(ListApiKeyScopes {}).await.items.iter().any(|entry| entry.scope == "inference:execute"));
    let issued = story.run(CreateApiKey { workspace_id: Some(made.id.clone()), ..create("CI") }).await;
    let (key, first) = (issued.item, issued.secret);
    assert_eq!(key.scopes, ["inference:*"]);
    assert_eq!(story.verdict(&first).await, VerifyCode::Valid);
    let renamed = UpdateApiKey { name: Some("web".to_owned()), ..UpdateApiKey::new(key.id.clone()) };
    assert_eq!(story.run(renamed).await.name, "web");
    let ruled = UpdateApiKeyRestrictions {
        referrers: vec!["*.example.com".to_owned()].into(),
        ..UpdateApiKeyRestrictions::new(key.id.clone())
    };
    assert_eq!(story.run(ruled).await.restrictions.referrers, Some(vec!["*.example.com".to_owned()]));
    let free =
        UpdateApiKeyRestrictions { referrers: ThreeState::Null, ..UpdateApiKeyRestrictions::new(key.id.clone()) };
    assert_eq!(story.run(free).await.restrictions.referrers, None);
    let rotate = || RotateApiKey { id: key.id.clone(), grace: None, expires_at: None };
    let rotated = story.run(rotate()).await;
    let second = rotated.secret;
    assert_eq!(rotated.item.versions.len(), 2);
    assert_eq!(story.verdict(&first).await, VerifyCode::Valid);
    assert_eq!(story.verdict(&second).await, VerifyCode::Valid);
    assert_eq!(story.run(FinishApiKeyRotation { id: key.id.clone() }).await.versions.len(), 1);
    assert_eq!(story.verdict(&first).await, VerifyCode::Expired);
    assert_eq!(story.verdict(&second).await, VerifyCode::Valid);
    let third = story.run(rotate()).await.secret;
    story.run(RollbackApiKeyRotation { id: key.id.clone() }).await;
    assert_eq!(story.verdict(&third).await, VerifyCode::Revoked);
    assert_eq!(story.verdict(&second).await, VerifyCode::Valid);
    let revoke =
        RevokeApiKey { id: key.id.clone(), code: Some(RevocationCode::Unused), reason: Some("tidy".to_owned()) };
    let revoked = story.run(revoke).await;
    assert_eq!(revoked.state, ApiKeyState::Revoked);
    assert_eq!(revoked.revocation.unwrap().reason.as_deref(), Some("tidy"));
    assert_eq!(story.verdict(&second).await, VerifyCode::Revoked);
    assert_eq!(story.run(RestoreApiKey { id: key.id.clone() }).await.state, ApiKeyState::Active);
    assert_eq!(story.verdict(&second).await, VerifyCode::Valid);
    assert_eq!(story.run(GetApiKey { id: key.id.clone() }).await.hint, second.hint());
    assert_eq!(story.run(ListApiKeys::default()).await.items.len(), 1);

    // What it was used for.
    let explained = story
        .run(ExplainApiKey { scopes: Some(vec!["data:read".to_owned()]), ..ExplainApiKey::new(key.id.clone()) })
        .await;
    assert_eq!((explained.valid, explained.code), (false, VerifyCode::InsufficientScope));
    let denied = ListApiKeyLogs { code: Some(VerifyCode::Expired), ..ListApiKeyLogs::new(key.id.clone()) };
    let entry = story.until(denied, |page| !page.items.is_empty()).await.items.remove(0);
    assert_eq!(story.run(GetApiKeyLog::new(key.id.clone(), entry.id.clone())).await, entry);
    let by_code = GetApiKeyUsage { by: Some(ApiKeyUsageDimension::Code), ..GetApiKeyUsage::new(key.id.clone()) };
    let usage = story.run(by_code).await;
    assert!(usage.total.denied > 0 && usage.groups.iter().any(|group| group.value.as_deref() == Some("EXPIRED")));
    assert_eq!(story.run(GetApiKeyResourceUsage::new(key.id.clone(), "functions")).await.total.requests, 0);
    let of_project = story.run(CreateProject { name: "used".to_owned(), workspace_id: Some(made.id.clone()) }).await.id;
    assert_eq!(story.run(GetApiKeyProjectUsage::new(key.id.clone(), of_project.clone())).await.total.requests, 0);
    story.run(ArchiveProject { id: of_project }).await;
    assert_eq!(story.run(DeleteApiKey { id: key.id.clone() }).await.state, ApiKeyState::Deleted);
    assert_eq!(story.verdict(&second).await, VerifyCode::NotFound);

    // Another person: invited, accepted, signed in, made an ADMIN, removed.
    let invited = story.run(InviteMember::new("Ada@Acme.Example", Role::Member)).await;
    assert_eq!(invited.email, "ada@acme.example");
    let void = server.mail().token(1).await;
    story.run(ResendInvitation { id: invited.id.clone() }).await;
    let token = server.mail().token(2).await;
    let mut ada = Story::signed_out(&server);
    let refused = ada.client.execute(AcceptInvitation::new(void)).await.unwrap_err();
    assert_eq!((refused.code(), refused.field()), (ErrorCode::BadUserInput, Some("token")));
    assert_eq!(ada.run(AcceptInvitation::new(token)).await.state, InvitationState::Accepted);
    let challenge = ada.run(RequestCode::new("ada@acme.example")).await;
    let code = server.mail().code(3).await;
    let signed_in = ada.run(VerifyLoginCode::new(challenge.challenge_id, code)).await;
    let ada_id = signed_in.item.user_id.clone();
    story.ran.append(&mut ada.ran);
    assert_eq!(story.run(SetMemberRole::new(ada_id.clone(), Role::Admin)).await.memberships[0].role, Role::Admin);
    assert_eq!(story.run(ListMembers::default()).await.items.len(), 2);
    let ada = Story::new(&server, signed_in.secret.expose());
    assert!(
        ada.client.execute(CreateProject::new("hers")).await.is_err_and(|error| error.field() == Some("workspaceId"))
    );
    let removed = story.run(RemoveMember::new(ada_id)).await;
    assert_eq!(removed.revoked_pats, [signed_in.item.id]);
    assert_eq!(ada.client.execute(WhoAmI {}).await.unwrap_err().code(), ErrorCode::Unauthenticated);
    let again = story.run(InviteMember::new("ada@acme.example", Role::Viewer)).await;
    assert_eq!(story.run(ListInvitations::default()).await.items, std::slice::from_ref(&again));
    assert_eq!(story.run(CancelInvitation { id: again.id }).await.state, InvitationState::Cancelled);
    // What the key was used for.
    let event =
        UsageEvent { model: Some("m".to_owned()), ..UsageEvent::new("e1", server.now().into(), &key.id, 1_250_000) };
    let report = UsageReport::new(vec![event]);
    let receipt = story.client.gateway().report_usage(report.clone()).await.unwrap();
    assert_eq!((receipt.accepted, receipt.duplicates), (1, 0));
    assert_eq!(story.client.gateway().report_usage(report).await.unwrap().duplicates, 1);
    let by_model = SummarizeUsage {
        key_id: Some(key.id.clone()),
        by: Some(vec![UsageDimension::Model]),
        ..SummarizeUsage::default()
    };
    let summary = story.run(by_model).await;
    assert_eq!((summary.buckets.len(), summary.total.cost.to_string().as_str()), (30, "1.25 USD"));
    assert_eq!(summary.groups[0].model.as_deref(), Some("m"));
    let projection = story.run(ProjectUsage::default()).await;
    assert_eq!((projection.cost.method, projection.cost.expected), (ProjectionMethod::NotEnoughHistory, None));
    assert_eq!((projection.cost.spent, projection.balance.unwrap().amount.micros()), (summary.total.cost, -1_250_000));

    // A token that only reads.
    let wanted = CreatePat {
        name: "reader".to_owned(),
        scopes: vec!["admin:read".to_owned()],
        expires_at: None,
        public_key: None,
    };
    let pat = story.run(wanted).await;
    assert_eq!(story.run(ListPats::default()).await.items.len(), 2);
    let reader = Story::new(&server, pat.secret.expose());
    assert!(reader.client.execute(WhoAmI {}).await.is_ok());
    let refused = reader.client.execute(create("no")).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Unauthorized);
    assert!(refused.request_id().is_some());
    assert_eq!(story.run(RevokePat { id: pat.item.id }).await.state, PatState::Revoked);
    let refused = reader.client.execute(WhoAmI {}).await.unwrap_err();
    assert_eq!((refused.code(), refused.status()), (ErrorCode::Unauthenticated, Some(401)));

    // Credit.
    let intent = story.run(CreateTopUpIntent::new("25.50".parse().unwrap())).await;
    assert_eq!((intent.item.state, intent.client_secret.is_none()), (TopUpState::Pending, true));
    let settled = story.client.dev().settle_top_up(&intent.item.id).await.unwrap();
    assert_eq!((settled.state, settled.id), (TopUpState::Succeeded, intent.item.id.clone()));
    let credit = story.run(GetCreditBalance::default()).await;
    assert_eq!(credit.balance.to_string(), "24.25 USD", "1.25 USD were used before");
    assert_eq!(story.run(ListTopUps::default()).await.items[0].state, TopUpState::Succeeded);
    let entry = story.run(ListLedger::default()).await.items.remove(0);
    assert_eq!(
        (entry.kind, entry.balance, entry.reference.as_str()),
        (LedgerKind::TopUp, credit.balance, intent.item.id.as_ref())
    );
    let embedded =
        CreateTopUpIntent { flow: Some(TopUpFlow::PaymentIntent), ..CreateTopUpIntent::new("5".parse().unwrap()) };
    let embedded = story.client.execute(embedded).await.unwrap();
    let secret = embedded.client_secret.as_ref().unwrap().expose();
    assert!(secret.contains("_secret_") && !serde_json::to_string(&embedded).unwrap().contains("_secret_"));
    assert!(!format!("{embedded:?}").contains(secret));
    let elsewhere = story.client.dev().settle_top_up(&"../../graphql".into()).await.unwrap_err();
    assert_eq!(elsewhere.code(), ErrorCode::BadUserInput, "{elsewhere}");

    // The record of it all.
    let revoked = ListAuditEvents { action: Some("apiKeysRevoke".to_owned()), ..ListAuditEvents::default() };
    let revoked = story.run(revoked).await.items.remove(0);
    assert_eq!((revoked.reason.as_deref(), revoked.actor.kind), (Some("tidy"), AuditActorKind::User));
    assert_eq!((revoked.object_id.as_ref(), revoked.workspace_id), (key.id.as_ref(), Some(made.id)));
    assert_eq!(revoked.after.unwrap().fields()["state"], "REVOKED");
    let chain = story.run(VerifyAudit::default()).await;
    assert!(chain.ok && chain.events > 20, "{chain:?}");

    let surface: BTreeSet<String> = operations().iter().map(OperationInfo::field).collect();
    assert_eq!(story.ran, surface, "an operation of the surface is not in this story");
    server.shutdown().await;
}

#[tokio::test]
async fn a_retry_under_the_same_key_gets_the_same_secret() {
    let server = TestServer::start().await;
    let story = Story::new(&server, server.owner().token().unwrap());
    let workspace = server.workspace().into();
    let operation = CreateApiKey { workspace_id: Some(workspace), ..create("CI") };
    let options = CallOptions::default().idempotency_key("deploy-42".parse().unwrap());
    let first = story.client.execute_with(operation.clone(), options.clone()).await.unwrap().value;
    let again = story.client.execute_with(operation, options.clone()).await.unwrap().value;
    assert_eq!(first.item.id, again.item.id);
    assert_eq!(first.secret.expose(), again.secret.expose());
    let other = story.client.execute_with(create("other"), options).await.unwrap_err();
    assert_eq!(other.code(), ErrorCode::IdempotencyMismatch);
    let ambiguous = story.client.execute(create("other")).await.unwrap_err();
    assert_eq!((ambiguous.code(), ambiguous.field()), (ErrorCode::BadUserInput, Some("workspaceId")));
    server.shutdown().await;
}
