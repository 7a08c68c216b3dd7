//! Nobody forgets an operation: what the surface lists has a method here, and what has a method is on the surface.

use std::collections::BTreeSet;

use admin_core::operations;
use admin_sdk::api_keys::{
    CreateApiKey, ExplainApiKey, GetApiKeyProjectUsage, GetApiKeyResourceUsage, GetApiKeyUsage, ListApiKeyLogs,
    ListApiKeys, RevokeApiKey, RotateApiKey, UpdateApiKey, UpdateApiKeyRestrictions,
};
use admin_sdk::audit::{ListAuditEvents, VerifyAudit};
use admin_sdk::auth::VerifyLoginCode;
use admin_sdk::billing::{CreateTopUpIntent, GetCreditBalance, ListLedger, ListTopUps};
use admin_sdk::members::{InviteMember, ListInvitations, ListMembers, RemoveMember, Role, SetMemberRole};
use admin_sdk::pats::{CreatePat, ListPats};
use admin_sdk::projects::{CreateProject, ListProjects, RenameProject};
use admin_sdk::provider_credentials::{ListConnections, ListProviderAvailability, UpsertProviderCredential};
use admin_sdk::usage::{ProjectUsage, SummarizeUsage};
use admin_sdk::workspaces::{
    CreateWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace, SetWorkspaceBudget,
};
use admin_sdk::{Call, ErrorCode, Operation, OperationInfo};
use wiremock::ResponseTemplate;

use crate::support::{answers, asked, builder, requests};

const NAMESPACES: [(&str, &str); 10] = [
    ("workspaces", include_str!("../../src/workspaces.rs")),
    ("projects", include_str!("../../src/projects.rs")),
    ("api_keys", include_str!("../../src/api_keys.rs")),
    ("members", include_str!("../../src/members.rs")),
    ("usage", include_str!("../../src/usage.rs")),
    ("pats", include_str!("../../src/pats.rs")),
    ("provider_credentials", include_str!("../../src/provider_credentials.rs")),
    ("billing", include_str!("../../src/billing.rs")),
    ("audit", include_str!("../../src/audit.rs")),
    ("auth", include_str!("../../src/auth.rs")),
];

/// Sends it to where everything is refused.
async fn send<O: Operation>(call: Call<O>) {
    assert_eq!(call.await.err().unwrap().code(), ErrorCode::Internal);
}

#[tokio::test]
async fn every_method_sends_an_operation_of_its_own_and_none_is_missing() {
    let server = answers([ResponseTemplate::new(500)]).await;
    let admin = builder(&server.uri()).max_retries(0).build().unwrap();

    let workspaces = admin.workspaces();
    send(workspaces.list(ListWorkspaces::default())).await;
    send(workspaces.get("ws_1")).await;
    send(workspaces.create(CreateWorkspace::new("a"))).await;
    send(workspaces.rename(RenameWorkspace::new("ws_1", "b"))).await;
    send(workspaces.set_budget(SetWorkspaceBudget::new("ws_1", None))).await;
    send(workspaces.delete("ws_1")).await;
    send(workspaces.restore("ws_1")).await;
    send(workspaces.list_members(ListWorkspaceMembers::new("ws_1"))).await;

    let projects = admin.projects();
    send(projects.list(ListProjects::default())).await;
    send(projects.create(CreateProject::new("a"))).await;
    send(projects.rename(RenameProject::new("prj_1", "b"))).await;
    send(projects.archive("prj_1")).await;

    let keys = admin.api_keys();
    send(keys.list(ListApiKeys::default())).await;
    send(keys.get("key_1")).await;
    send(keys.create(CreateApiKey::new("CI"))).await;
    send(keys.update(UpdateApiKey::new("key_1"))).await;
    send(keys.update_restrictions(UpdateApiKeyRestrictions::new("key_1"))).await;
    send(keys.rotate(RotateApiKey::new("key_1"))).await;
    send(keys.finish_rotation("key_1")).await;
    send(keys.rollback_rotation("key_1")).await;
    send(keys.revoke(RevokeApiKey::new("key_1"))).await;
    send(keys.restore("key_1")).await;
    send(keys.delete("key_1")).await;
    send(keys.usage(GetApiKeyUsage::new("key_1"))).await;
    send(keys.resource_usage(GetApiKeyResourceUsage::new("key_1", "functions"))).await;
    send(keys.project_usage(GetApiKeyProjectUsage::new("key_1", "prj_1"))).await;
    send(keys.logs(ListApiKeyLogs::new("key_1"))).await;
    send(keys.log("key_1", "log_1")).await;
    send(keys.explain(ExplainApiKey::new("key_1"))).await;
    send(keys.scopes()).await;

    let members = admin.members();
    send(members.list(ListMembers::default())).await;
    send(members.invite(InviteMember::new("ada@example.com", Role::Member))).await;
    send(members.invitations(ListInvitations::default())).await;
    send(members.resend_invitation("inv_1")).await;
    send(members.cancel_invitation("inv_1")).await;
    send(members.accept_invitation("tt_inv_…")).await;
    send(members.set_role(SetMemberRole::new("usr_1", Role::Admin))).await;
    send(members.remove(RemoveMember::new("usr_1"))).await;
    send(admin.usage().summary(SummarizeUsage::default())).await;
    send(admin.usage().projection(ProjectUsage::default())).await;

    let pats = admin.pats();
    send(pats.list(ListPats::default())).await;
    send(pats.create(CreatePat::new("report", ["admin:read"]))).await;
    send(pats.revoke("pat_1")).await;

    let providers = admin.provider_credentials();
    send(providers.availability(ListProviderAvailability::default())).await;
    send(providers.list(ListConnections::default())).await;
    send(providers.upsert(UpsertProviderCredential::openai("openai-prod", "sk-not-a-real-one"))).await;
    send(providers.test("conn_1")).await;
    send(providers.revoke("conn_1")).await;
    let billing = admin.billing();
    send(billing.credit_balance(GetCreditBalance::default())).await;
    send(billing.create_top_up_intent(CreateTopUpIntent::new("25".parse().unwrap()))).await;
    send(billing.top_ups(ListTopUps::default())).await;
    send(billing.ledger(ListLedger::default())).await;

    send(admin.audit().events(ListAuditEvents::default())).await;
    send(admin.audit().verify(VerifyAudit::default())).await;

    let auth = admin.auth();
    send(auth.request_code("ada@example.com")).await;
    send(auth.verify_code(VerifyLoginCode::new("chal_1", "123456"))).await;
    send(auth.whoami()).await;

    let sent: Vec<String> = requests(&server)
        .await
        .iter()
        .map(|request| asked(request)["operationName"].as_str().unwrap().to_owned())
        .collect();
    let surface: Vec<String> = operations().iter().map(|info| pascal(&info.field())).collect();
    assert_eq!(sent, surface, "call every method above, in the order of admin-core/src/surface.rs");
}

/// `apiKeysGet` is `ApiKeysGet` as the name of an operation.
fn pascal(field: &str) -> String {
    format!("{}{}", field[..1].to_ascii_uppercase(), &field[1..])
}

/// The public methods of a namespace's file, each with its documentation.
fn methods(source: &str) -> Vec<(String, String)> {
    let mut methods = Vec::new();
    let mut doc = String::new();
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text.trim());
            doc.push('\n');
        } else if !line.starts_with("#[doc(alias") {
            if let Some((name, _)) = line.strip_prefix("pub fn ").and_then(|rest| rest.split_once('(')) {
                methods.push((name.to_owned(), doc.clone()));
            }
            doc.clear();
        }
    }
    methods
}

fn operations_of(namespace: &str) -> Vec<OperationInfo> {
    operations().into_iter().filter(|info| info.namespace == namespace).collect()
}

#[test]
fn the_namespaces_and_their_methods_are_named_as_the_surface_names_them() {
    let known: BTreeSet<&str> = operations().iter().map(|info| info.namespace).collect();
    assert_eq!(known, NAMESPACES.iter().map(|(namespace, _)| *namespace).collect());
    for (namespace, source) in NAMESPACES {
        let found: Vec<String> = methods(source).into_iter().map(|(name, _)| name).collect();
        let surface: Vec<&str> = operations_of(namespace).iter().map(|info| info.method).collect();
        assert_eq!(found, surface, "write the methods of src/{namespace}.rs in the order of admin-core/src/surface.rs");
    }
}

#[test]
fn every_method_says_what_it_needs_how_it_fails_and_how_it_is_called() {
    for (namespace, source) in NAMESPACES {
        for ((name, doc), info) in methods(source).iter().zip(operations_of(namespace)) {
            let place = format!("{namespace}.{name}");
            for heading in ["# Scope", "# Errors", "# Example"] {
                assert!(doc.contains(heading), "{place} has no {heading}");
            }
            assert_eq!(doc.contains("# Idempotency"), info.is_mutation(), "{place}");
            let any = if info.is_public() { "None: no token is sent." } else { "Any." };
            let scope = info.scope.map_or_else(|| any.to_owned(), |scope| format!("`{scope}`"));
            let (_, scopes) = doc.split_once("# Scope\n").unwrap();
            assert!(scopes.starts_with(&scope), "{place} begins its scopes with something else than {scope}");
            let verb = |sentence: &str| sentence.split_whitespace().next().map(str::to_owned);
            assert_eq!(verb(doc), verb(info.summary), "{place} says something else than the surface");
            assert!(doc.contains(&format!(".{name}(")), "the example of {place} calls something else");
        }
    }
}

#[test]
fn the_readme_lists_every_method() {
    let readme = include_str!("../../README.md");
    for (namespace, _) in NAMESPACES {
        let methods: Vec<String> = operations_of(namespace).iter().map(|info| format!("`{}`", info.method)).collect();
        let row = format!("| `admin.{namespace}()` | {} |", methods.join(", "));
        assert!(readme.contains(&row), "README.md has no row: {row}");
    }
}

#[test]
fn the_quick_start_is_the_same_wherever_it_is_shown() {
    let (_, rest) = include_str!("../../README.md").split_once("```rust,no_run\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    assert!(include_str!("../../examples/quickstart.rs").ends_with(&format!("\n\n{shown}")), "{shown}");
    // The one that runs against a server as a doctest.
    let doc: Vec<&str> = include_str!("../../src/admin.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("///"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .filter(|line| !line.trim_start().starts_with("# if"))
        .collect();
    assert!(doc.join("\n").contains(&format!("```\n{shown}```")), "{doc:#?}");
}
