//! The documents that go over the wire, against the schema and against `schema/operations.graphql`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic, its helpers too")]

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use admin_core::{
    Decimal, Duration, Metadata, Operation, OperationInfo, ThreeState, VerifyCode,
    api_keys::{
        ApiKeyLogStatus, ApiKeyState, ApiKeyUsageDimension, BudgetInput, BudgetPeriod, CreateApiKey, DayOfWeek,
        DeleteApiKey, Environment, ExplainApiKey, FinishApiKeyRotation, GetApiKey, GetApiKeyLog, GetApiKeyProjectUsage,
        GetApiKeyResourceUsage, GetApiKeyUsage, ListApiKeyLogs, ListApiKeyScopes, ListApiKeys, RateLimitInput,
        RatePeriod, RestoreApiKey, RestrictionsInput, RevocationCode, RevokeApiKey, RollbackApiKeyRotation,
        RotateApiKey, TimeRestrictionsInput, UpdateApiKey, UpdateApiKeyRestrictions,
    },
    audit::{ListAuditEvents, VerifyAudit},
    auth::{RequestCode, VerifyLoginCode, WhoAmI},
    billing::{CreateTopUpIntent, GetCreditBalance, ListLedger, ListTopUps, TopUpFlow},
    members::{
        AcceptInvitation, CancelInvitation, InviteMember, ListInvitations, ListMembers, RemoveMember, ResendInvitation,
        SetMemberRole,
    },
    operations,
    pats::{CreatePat, ListPats, RevokePat},
    projects::{ArchiveProject, CreateProject, ListProjects, RenameProject},
    provider_credentials::{
        ListConnections, ListProviderAvailability, Provider, RevokeConnection, TestConnection, UpsertProviderCredential,
    },
    usage::{ProjectUsage, SummarizeUsage, TimeUnit, UsageDimension},
    workspaces::{
        CreateWorkspace, DeleteWorkspace, GetWorkspace, ListWorkspaceMembers, ListWorkspaces, RenameWorkspace,
        RestoreWorkspace, Role, SetWorkspaceBudget,
    },
};
use cynic_parser::{
    TypeSystemDocument,
    executable::Selection,
    parse_executable_document, parse_type_system_document,
    type_system::{Definition, TypeDefinition},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use similar::TextDiff;

/// An operation with as little and with as much input as there can be.
struct Example {
    info: OperationInfo,
    operation_name: String,
    query: String,
    least: Value,
    most: Value,
}

fn example<O: Operation + DeserializeOwned>(least: O, most: O) -> Example {
    let (least, most) = (least.document(), most.document());
    assert_eq!(least.query, most.query, "a document does not depend on its variables");
    let variables = serde_json::to_value(&most.variables).unwrap();

    // What a generic frontend is given as JSON has the names of the wire.
    let input = variables.get("input").unwrap_or(&variables).clone();
    let input = if input.is_null() { json!({}) } else { input };
    let from_json: O = serde_json::from_value(input).unwrap();
    assert_eq!(serde_json::to_value(from_json.document().variables).unwrap(), variables);
    of_documents::<O>(&least, &most)
}

/// The same for an operation that takes a secret, so that nothing generic reads it from JSON. Where its inputs exclude each other,
/// `most` are several.
fn confidential<O: Operation>(least: O, most: impl IntoIterator<Item = O>) -> Example {
    let least = least.document();
    let mut example = of_documents::<O>(&least, &least);
    for most in most {
        let most = most.document();
        assert_eq!(least.query, most.query, "a document does not depend on its variables");
        let Value::Object(inputs) = serde_json::to_value(&most.variables).unwrap()["input"].take() else { panic!() };
        example.most["input"].as_object_mut().unwrap().extend(inputs);
    }
    example
}

fn of_documents<O: Operation>(
    least: &cynic::Operation<O::Data, O::Variables>,
    most: &cynic::Operation<O::Data, O::Variables>,
) -> Example {
    Example {
        info: O::INFO,
        operation_name: least.operation_name.as_ref().unwrap().to_string(),
        query: least.query.clone(),
        least: serde_json::to_value(&least.variables).unwrap(),
        most: serde_json::to_value(&most.variables).unwrap(),
    }
}

/// The same for an operation without optional input.
fn plain<O: Operation + DeserializeOwned + Clone>(operation: O) -> Example {
    example(operation.clone(), operation)
}

fn restrictions() -> RestrictionsInput {
    RestrictionsInput {
        ip_addresses: vec!["192.0.2.0/24".to_owned()].into(),
        referrers: vec!["*.example.com".to_owned()].into(),
        rate_limit: RateLimitInput { requests: 10, period: RatePeriod::Minute, burst: Some(5) }.into(),
        time_restrictions: TimeRestrictionsInput {
            days_of_week: Some(vec![DayOfWeek::Monday]),
            hours_of_day: Some(vec![9]),
            timezone: "UTC".to_owned(),
        }
        .into(),
    }
}

fn budget() -> BudgetInput {
    BudgetInput { usd: Decimal::from_micros(1), period: BudgetPeriod::Month, timezone: Some("UTC".to_owned()) }
}

/// One for each operation, in the order of the surface. Fields are written out, so that a new one does not compile here.
#[expect(clippy::too_many_lines, reason = "one list, which grows with the surface")]
fn examples() -> Vec<Example> {
    let cursor = Some("c".to_owned());
    let date = "2026-11-22T09:30:00Z".parse().ok();
    let name = || "main".to_owned();
    vec![
        example(
            ListWorkspaces::default(),
            ListWorkspaces {
                tenant_id: Some("ten_1".into()),
                include_deleted: Some(true),
                limit: Some(1),
                cursor: cursor.clone(),
                offset: Some(0),
            },
        ),
        plain(GetWorkspace { id: "ws_1".into() }),
        example(
            CreateWorkspace { name: name(), tenant_id: None },
            CreateWorkspace { name: name(), tenant_id: Some("ten_1".into()) },
        ),
        plain(RenameWorkspace { id: "ws_1".into(), name: name() }),
        example(
            SetWorkspaceBudget { id: "ws_1".into(), budget: ThreeState::Absent },
            SetWorkspaceBudget::new("ws_1", budget()),
        ),
        plain(DeleteWorkspace { id: "ws_1".into() }),
        plain(RestoreWorkspace { id: "ws_1".into() }),
        example(
            ListWorkspaceMembers { workspace_id: "ws_1".into(), limit: None, cursor: None, offset: None },
            ListWorkspaceMembers {
                workspace_id: "ws_1".into(),
                limit: Some(1),
                cursor: cursor.clone(),
                offset: Some(0),
            },
        ),
        example(
            ListProjects::default(),
            ListProjects {
                workspace_id: Some("ws_1".into()),
                include_archived: Some(true),
                limit: Some(1),
                cursor: cursor.clone(),
                offset: Some(0),
            },
        ),
        example(
            CreateProject { name: name(), workspace_id: None },
            CreateProject { name: name(), workspace_id: Some("ws_1".into()) },
        ),
        plain(RenameProject { id: "prj_1".into(), name: name() }),
        plain(ArchiveProject { id: "prj_1".into() }),
        example(
            ListApiKeys::default(),
            ListApiKeys {
                workspace_id: Some("ws_1".into()),
                tenant_id: Some("ten_1".into()),
                state: Some(ApiKeyState::Active),
                project_id: Some("prj_1".into()),
                scope: Some("inference:*".into()),
                created_from: date,
                created_to: date,
                expires_from: date,
                expires_to: date,
                last_used_from: date,
                last_used_to: date,
                text: Some("ci".into()),
                limit: Some(1),
                cursor: cursor.clone(),
                offset: Some(0),
            },
        ),
        plain(GetApiKey { id: "key_1".into() }),
        example(
            CreateApiKey { name: name(), ..CreateApiKey::default() },
            CreateApiKey {
                name: name(),
                workspace_id: Some("ws_1".into()),
                tenant_id: Some("ten_1".into()),
                description: Some("for tests".into()),
                environment: Some(Environment::Test),
                scopes: Some(vec!["inference:*".into()]),
                projects: Some(vec!["prj_1".into()]),
                restrictions: Some(restrictions()),
                budget: Some(budget()),
                expires_at: date,
                metadata: Some([("team", "a")].into_iter().collect()),
            },
        ),
        example(
            UpdateApiKey::new("key_1"),
            UpdateApiKey {
                id: "key_1".into(),
                name: Some(name()),
                description: "for tests".to_owned().into(),
                disabled: Some(true),
                scopes: Some(vec!["inference:*".into()]),
                projects: vec!["prj_1".into()].into(),
                restrictions: restrictions().into(),
                budget: budget().into(),
                metadata: [("team", "a")].into_iter().collect::<Metadata>().into(),
                expires_at: date.map_or(ThreeState::Absent, ThreeState::Value),
            },
        ),
        example(
            UpdateApiKeyRestrictions::new("key_1"),
            UpdateApiKeyRestrictions {
                id: "key_1".into(),
                ip_addresses: restrictions().ip_addresses,
                referrers: restrictions().referrers,
                rate_limit: restrictions().rate_limit,
                time_restrictions: restrictions().time_restrictions,
            },
        ),
        example(
            RotateApiKey { id: "key_1".into(), grace: None, expires_at: None },
            RotateApiKey { id: "key_1".into(), grace: Some(Duration::from_secs(60)), expires_at: date },
        ),
        plain(FinishApiKeyRotation { id: "key_1".into() }),
        plain(RollbackApiKeyRotation { id: "key_1".into() }),
        example(
            RevokeApiKey { id: "key_1".into(), code: None, reason: None },
            RevokeApiKey { id: "key_1".into(), code: Some(RevocationCode::Unused), reason: Some("old".into()) },
        ),
        plain(RestoreApiKey { id: "key_1".into() }),
        plain(DeleteApiKey { id: "key_1".into() }),
        example(
            GetApiKeyUsage::new("key_1"),
            GetApiKeyUsage {
                id: "key_1".into(),
                resources: Some(vec!["functions".into()]),
                from: date,
                to: date,
                group_by: Some(TimeUnit::Week),
                time_zone: Some("Europe/Berlin".into()),
                by: Some(ApiKeyUsageDimension::Code),
            },
        ),
        example(
            GetApiKeyResourceUsage::new("key_1", "functions"),
            GetApiKeyResourceUsage {
                id: "key_1".into(),
                resource: "functions".into(),
                from: date,
                to: date,
                group_by: Some(TimeUnit::Week),
                time_zone: Some("Europe/Berlin".into()),
                by: Some(ApiKeyUsageDimension::Project),
            },
        ),
        example(
            GetApiKeyProjectUsage::new("key_1", "prj_1"),
            GetApiKeyProjectUsage {
                id: "key_1".into(),
                project_id: "prj_1".into(),
                resources: Some(vec!["functions".into()]),
                from: date,
                to: date,
                group_by: Some(TimeUnit::Week),
                time_zone: Some("Europe/Berlin".into()),
                by: Some(ApiKeyUsageDimension::Resource),
            },
        ),
        example(
            ListApiKeyLogs::new("key_1"),
            ListApiKeyLogs {
                id: "key_1".into(),
                from: date,
                to: date,
                status: Some(ApiKeyLogStatus::Denied),
                code: Some(VerifyCode::RateLimited),
                project_id: Some("prj_1".into()),
                resource: Some("functions".into()),
                version_id: Some("ver_1".into()),
                limit: Some(1),
                cursor: cursor.clone(),
                offset: Some(0),
            },
        ),
        plain(GetApiKeyLog::new("key_1", "log_1")),
        example(
            ExplainApiKey::new("key_1"),
            ExplainApiKey {
                id: "key_1".into(),
                scopes: Some(vec!["functions:read".into()]),
                project_id: Some("prj_1".into()),
                ip: Some("192.0.2.7".into()),
                referrer: Some("https://app.example.com/".into()),
                cost: Some(0),
                connection: Some("openai".into()),
                at: date,
            },
        ),
        plain(ListApiKeyScopes {}),
        example(
            ListMembers::default(),
            ListMembers { tenant_id: Some("ten_1".into()), limit: Some(1), cursor: cursor.clone(), offset: Some(0) },
        ),
        example(
            InviteMember { email: "ada@example.com".into(), role: Role::Member, workspace_id: None },
            InviteMember { email: "ada@example.com".into(), role: Role::Member, workspace_id: Some("ws_1".into()) },
        ),
        example(
            ListInvitations::default(),
            ListInvitations { include_closed: Some(true), limit: Some(1), cursor: cursor.clone(), offset: Some(0) },
        ),
        plain(ResendInvitation { id: "inv_1".into() }),
        plain(CancelInvitation { id: "inv_1".into() }),
        confidential(AcceptInvitation { token: "t".into() }, []),
        example(
            SetMemberRole { user_id: "usr_1".into(), role: Role::Admin, workspace_id: None },
            SetMemberRole { user_id: "usr_1".into(), role: Role::Admin, workspace_id: Some("ws_1".into()) },
        ),
        example(
            RemoveMember { user_id: "usr_1".into(), workspace_id: None },
            RemoveMember { user_id: "usr_1".into(), workspace_id: Some("ws_1".into()) },
        ),
        example(
            SummarizeUsage::default(),
            SummarizeUsage {
                tenant_id: Some("ten_1".into()),
                workspace_id: Some("ws_1".into()),
                key_id: Some("key_1".into()),
                project_id: Some("prj_1".into()),
                resources: Some(vec!["functions".to_owned()]),
                models: Some(vec!["m".to_owned()]),
                from: date,
                to: date,
                group_by: Some(TimeUnit::Hour),
                time_zone: Some("Europe/Berlin".to_owned()),
                by: Some(vec![UsageDimension::Key, UsageDimension::Model]),
                top: Some(3),
            },
        ),
        example(ProjectUsage::default(), ProjectUsage { tenant_id: Some("ten_1".into()) }),
        example(
            ListPats::default(),
            ListPats { all_users: Some(true), limit: Some(1), cursor: cursor.clone(), offset: Some(0) },
        ),
        example(
            CreatePat { name: name(), scopes: vec!["admin:read".into()], expires_at: None, public_key: None },
            CreatePat {
                name: name(),
                scopes: vec!["admin:read".into()],
                expires_at: date,
                public_key: Some("k".to_owned()),
            },
        ),
        plain(RevokePat { id: "pat_1".into() }),
        example(ListProviderAvailability::default(), ListProviderAvailability { workspace_id: Some("ws_1".into()) }),
        example(
            ListConnections::default(),
            ListConnections {
                workspace_id: Some("ws_1".into()),
                provider: Some(Provider::Bedrock),
                include_revoked: Some(true),
                limit: Some(1),
                cursor: cursor.clone(),
                offset: Some(0),
            },
        ),
        confidential(
            UpsertProviderCredential::openai("openai-prod", "k"),
            [
                UpsertProviderCredential::anthropic("a", "k").workspace("ws_1"),
                UpsertProviderCredential::bedrock("bedrock-prod", "id", "secret", "us-west-2"),
            ],
        ),
        plain(TestConnection { id: "conn_1".into() }),
        plain(RevokeConnection { id: "conn_1".into() }),
        example(GetCreditBalance::default(), GetCreditBalance { tenant_id: Some("ten_1".into()) }),
        example(
            CreateTopUpIntent { usd: Decimal::from_micros(25_500_000), flow: None, tenant_id: None },
            CreateTopUpIntent {
                usd: Decimal::from_micros(25_500_000),
                flow: Some(TopUpFlow::PaymentIntent),
                tenant_id: Some("ten_1".into()),
            },
        ),
        example(
            ListTopUps::default(),
            ListTopUps { tenant_id: Some("ten_1".into()), limit: Some(1), cursor: cursor.clone(), offset: Some(0) },
        ),
        example(
            ListLedger::default(),
            ListLedger { tenant_id: Some("ten_1".into()), limit: Some(1), cursor: cursor.clone(), offset: Some(0) },
        ),
        example(
            ListAuditEvents::default(),
            ListAuditEvents {
                from: date,
                to: date,
                actor_user_id: Some("usr_1".into()),
                actor: Some("pat_1".into()),
                action: Some("apiKeysRotate".into()),
                object_id: Some("key_1".into()),
                workspace_id: Some("ws_1".into()),
                limit: Some(1),
                cursor: cursor.clone(),
                offset: Some(0),
            },
        ),
        example(
            VerifyAudit::default(),
            VerifyAudit { expected_head: Some("7.mac.signature".into()), cursor, limit: Some(1) },
        ),
        plain(RequestCode { email: "ada@example.com".into() }),
        confidential(
            VerifyLoginCode::new("chal_1", "123456"),
            [VerifyLoginCode {
                tenant_id: Some("ten_1".into()),
                tenant_name: Some(name()),
                scopes: Some(vec!["admin:read".into()]),
                expires_in: Some(Duration::from_secs(60)),
                ..VerifyLoginCode::bootstrap("t", "ada@example.com")
            }],
        ),
        plain(WhoAmI {}),
    ]
}

fn schema_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(name)
}

fn schema() -> TypeSystemDocument {
    parse_type_system_document(&fs::read_to_string(schema_file("schema-public.gql")).unwrap()).unwrap()
}

fn type_named<'a>(schema: &'a TypeSystemDocument, name: &str) -> Option<TypeDefinition<'a>> {
    schema.definitions().find_map(|definition| match definition {
        Definition::Type(ty) if ty.name() == name => Some(ty),
        _ => None,
    })
}

#[test]
fn every_operation_of_the_surface_has_an_example_and_every_root_field_an_operation() {
    let fields = |infos: &[OperationInfo]| infos.iter().map(OperationInfo::field).collect::<Vec<_>>();
    let surface = fields(&operations());
    let examples = fields(&examples().iter().map(|example| example.info).collect::<Vec<_>>());
    assert_eq!(examples, surface, "write an example for each line of surface.rs, in its order");

    let schema = schema();
    let roots: BTreeSet<_> = ["Query", "Mutation"]
        .iter()
        .filter_map(|root| type_named(&schema, root))
        .flat_map(|root| match root {
            TypeDefinition::Object(object) => object.fields().map(|field| field.name().to_owned()).collect(),
            _ => Vec::new(),
        })
        .collect();
    assert_eq!(roots, surface.into_iter().collect(), "the schema's root fields and the lines of surface.rs");
}

#[test]
fn the_file_of_documents_is_true() {
    let mut text = "# Every document that admin-core sends. Written by:\n\
                    # UPDATE_OPERATIONS=1 cargo test -p admin-core --test documents\n"
        .to_owned();
    for example in examples() {
        text.push('\n');
        text.push_str(example.query.trim());
        text.push('\n');
    }
    let path = schema_file("operations.graphql");
    if env::var_os("UPDATE_OPERATIONS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "schema/operations.graphql is not what admin-core sends. If the change is meant, run\n\n    \
         UPDATE_OPERATIONS=1 cargo test -p admin-core --test documents\n\nand commit the file.\n\n{}",
        TextDiff::from_lines(&kept, &text).unified_diff().header("kept", "sent")
    );
}

#[test]
fn a_document_is_named_after_its_one_root_field() {
    for example in examples() {
        let field = example.info.field();
        let name = format!("{}{}", field[..1].to_uppercase(), &field[1..]);
        assert_eq!(example.operation_name, name, "{field}: name the root's struct `{name}`");

        let document = parse_executable_document(&example.query).unwrap();
        let operation = document.operations().next().unwrap();
        assert_eq!(operation.name(), Some(name.as_str()));
        let kind = if example.info.is_mutation() { "mutation" } else { "query" };
        assert_eq!(operation.operation_type().to_string(), kind, "{field}: its effect is {:?}", example.info.effect);
        let roots: Vec<_> = operation.selection_set().map(|root| root.as_field().unwrap().name()).collect();
        assert_eq!(roots, [field]);
    }
}

/// A null is not the same as nothing: it would set aside the server's default, and clear a field of an update.
#[test]
fn an_optional_input_is_absent_and_not_null() {
    let schema = schema();
    for example in examples() {
        let document = parse_executable_document(&example.query).unwrap();
        for variable in document.operations().next().unwrap().variable_definitions() {
            let field = example.info.field();
            let name = variable.name();
            let Some(TypeDefinition::InputObject(input)) = type_named(&schema, variable.ty().name()) else {
                assert!(example.least[name].is_string(), "{field}: `{name}` is one id");
                continue;
            };
            let (least, most) = (&example.least[name], &example.most[name]);
            for input in input.fields() {
                let name = input.name();
                // Another name of an input is for programs from before it was renamed.
                if input.directives().any(|directive| directive.name() == "deprecated") {
                    continue;
                }
                assert!(
                    most.get(name).is_some(),
                    "{field}: the schema has `{name}`, and the operation does not send it"
                );
                // Which of two proofs is sent is the caller's choice, and the provider's fields depend on the provider.
                let one_of_two = matches!(
                    (example.info.tool, name),
                    ("verify_code", "challengeId" | "code") | ("upsert_connection", "slug" | "apiKey")
                );
                assert_eq!(
                    least.get(name).is_some(),
                    input.ty().is_non_null() || one_of_two,
                    "{field}: `{name}` needs `#[cynic(skip_serializing_if = \"Option::is_none\")]` if and only if it is optional"
                );
            }
        }
    }
}

#[test]
fn every_field_of_an_output_is_asked_for() {
    let schema = schema();
    for example in examples() {
        let document = parse_executable_document(&example.query).unwrap();
        let operation = document.operations().next().unwrap();
        let root = if example.info.is_mutation() { "Mutation" } else { "Query" };
        let Some(TypeDefinition::Object(root)) = type_named(&schema, root) else { panic!("no {root}") };
        for selection in operation.selection_set() {
            let field = root.fields().find(|field| field.name() == selection.as_field().unwrap().name()).unwrap();
            assert_complete(&schema, field.ty().name(), selection, field.name());
        }
    }
}

/// Asserts that the selection has all fields of the type, and so has each of them.
fn assert_complete(schema: &TypeSystemDocument, type_name: &str, selection: Selection<'_>, path: &str) {
    let Some(TypeDefinition::Object(object)) = type_named(schema, type_name) else { return };
    let asked: Vec<_> = selection.as_field().unwrap().selection_set().collect();
    for field in object.fields().filter(|field| field.directives().all(|directive| directive.name() != "deprecated")) {
        let path = format!("{path}.{}", field.name());
        let inner = asked.iter().find(|inner| inner.as_field().unwrap().name() == field.name());
        let inner = inner.unwrap_or_else(|| panic!("`{path}` is in the schema, and not asked for"));
        assert_complete(schema, field.ty().name(), *inner, &path);
    }
}

#[test]
fn what_an_operation_answers_can_get_fields() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operations");
    let mut outputs = 0;
    for file in rust_files(&folder) {
        let text = fs::read_to_string(file).unwrap();
        for item in text.split("#[derive(").filter(|item| item.contains("\npub struct ")) {
            let (attributes, rest) = item.split_once("\npub struct ").unwrap();
            if attributes.contains(" Serialize, cynic::QueryFragment") {
                outputs += 1;
                let name = rest.split(' ').next().unwrap();
                assert!(attributes.contains("\n#[non_exhaustive]"), "{name} wants #[non_exhaustive]");
            }
        }
    }
    assert!(outputs > 15, "only {outputs} outputs were found");
}

/// Every `.rs` file of the folder, and of the folders in it.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
