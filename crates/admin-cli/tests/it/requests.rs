//! What each command sends.

use serde_json::json;

use crate::harness::{Api, Home, samples};

#[test]
#[expect(clippy::too_many_lines, reason = "a line for each command")]
fn every_flag_arrives() {
    let home = Home::new();
    let api = Api::new();
    let expires = "2027-01-31T00:00:00Z";
    // The answers are missing: what matters here is what was asked, and that an error is JSON too.
    for line in [
        "workspaces list --tenant ten_1 --include-deleted --limit 5 --offset 10",
        "workspaces list --cursor c_1",
        "workspaces list",
        "workspaces get ws_1",
        "workspaces create --name prod --tenant ten_1",
        "workspaces rename ws_1 --name lab",
        "workspaces set-budget ws_1 --budget 100/month --budget-tz Europe/Berlin",
        "workspaces set-budget ws_1 --no-budget",
        "workspaces delete ws_1 --confirm prod",
        "workspaces restore ws_1",
        "workspaces list-members ws_1 --limit 1",
        "projects list --workspace ws_1 --include-archived --limit 5 --offset 10",
        "projects list",
        "projects create --name search --workspace ws_1",
        "projects create --name search",
        "projects rename prj_1 --name find",
        "projects archive prj_1 --yes",
        "api-keys list --workspace ws_1 --tenant ten_1",
        "api-keys list --state disabled --project prj_1 --scope data:read --created-from 2026-11-01T00:00:00Z --created-to 2026-12-01T00:00:00Z \
         --expires-from 2026-11-01T00:00:00Z --expires-to 2026-12-01T00:00:00Z --text ci",
        "api-keys get key_1",
        "api-keys create --name ci",
        &format!(
            "api-keys create --name ci --workspace ws_1 --tenant ten_1 --description text --environment test \
             --scope inference:* --scope data:read --expires {expires} --metadata a=b=c --metadata d="
        ),
        "api-keys create --name ci --project prj_1 --project prj_2 --budget 25.50/month --budget-tz Europe/Berlin --ip 192.0.2.0/24 \
         --ip 2001:db8::/32 --referrer example.com --rate 1000/minute --burst 10 --days mon-fri --hours 9-17 --tz America/New_York",
        "api-keys update key_1 --name n",
        &format!(
            "api-keys update key_1 --description text --disable --scope data:read --project prj_1 --expires {expires} --metadata a=b \
             --budget 1/total --budget-tz UTC --rate 1/s --days sat,sun --hours 0-23 --tz UTC"
        ),
        "api-keys update key_1 --description= --enable --any-project --no-expiry --no-metadata --no-budget --any-ip --any-referrer \
         --no-rate --any-time",
        "api-keys update-restrictions key_1 --days mon-sun --hours 22-2 --tz UTC",
        "api-keys update-restrictions key_1 --ip 192.0.2.7 --any-referrer --no-rate --any-time",
        &format!("api-keys rotate key_1 --yes --grace 7d --expires {expires}"),
        "api-keys rotate key_1 --yes",
        "api-keys finish-rotation key_1 -y",
        "api-keys rollback-rotation key_1",
        "api-keys revoke key_1 --yes --code compromised --reason text",
        "api-keys restore key_1",
        "api-keys scopes",
        "members list --tenant ten_1 --limit 5",
        "members invite ada@example.com --role member --workspace ws_1",
        "members invite ada@example.com --role OWNER",
        "members invitations --include-closed --offset 1",
        "members resend-invitation inv_1",
        "members cancel-invitation inv_1 --yes",
        "members set-role usr_1 --role admin --workspace ws_1",
        "members remove usr_1 --workspace ws_1 --yes",
        "members remove usr_1 --yes",
        "api-keys usage key_1",
        "api-keys usage key_1 --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --group-by hour --tz Europe/Berlin --by code \
         --resource functions --resource agents",
        "api-keys resource-usage key_1 functions --group-by week --by project",
        "api-keys project-usage key_1 prj_1 --resource functions --by resource",
        "api-keys logs key_1 --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --status denied --code rate-limited --project prj_1 \
         --resource functions --version ver_1 --limit 5 --offset 10",
        "api-keys logs key_1 --cursor c_1",
        "api-keys log key_1 log_1",
        "api-keys explain key_1",
        "api-keys explain key_1 --scope data:read --scope data:write --project prj_1 --ip 192.0.2.7 --referrer https://a.example/ --cost 0 \
         --at 2026-11-01T00:00:00Z",
        "api-keys list --last-used-from 2026-11-01T00:00:00Z --last-used-to 2026-12-01T00:00:00Z",
        "usage summary",
        "usage summary --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --group-by hour --tz Europe/Berlin --by key,model \
         --top 3 --workspace ws_1 --key key_1 --project prj_1 --resource functions --resource agents --model m --tenant ten_1",
        "usage projection --tenant ten_1",
        "pats list --all-users",
        &format!("pats create --name ci --scope admin:read --expires {expires}"),
        "pats revoke pat_1 --yes",
        "pats create --name gw --scope credentials:use --public-key k",
        "provider-credentials availability --workspace ws_1",
        "provider-credentials list --workspace ws_1 --provider bedrock --include-revoked --limit 5 --offset 10",
        "byok list --cursor c_1",
        "provider-credentials test conn_1",
        "provider-credentials revoke conn_1 --yes",
        "billing credit-balance --tenant ten_1",
        "billing credit-balance",
        "billing create-top-up-intent --amount 25.5 --max-amount 30 --tenant ten_1",
        "billing create-top-up-intent --amount 25 --max-amount 25",
        "billing top-ups --tenant ten_1 --limit 5 --offset 10",
        "billing top-ups --cursor c_1",
        "billing ledger --tenant ten_1 --limit 5 --offset 10",
        "billing ledger --cursor c_1",
        "audit events --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --actor usr_1 --action apiKeysRotate --object key_1 \
         --workspace ws_1 --limit 5",
        "audit events --cursor c_1",
        "audit events --actor operator",
        "audit verify",
        "audit verify --expected-head 7.mac.signature",
        "auth whoami",
    ] {
        home.calls(&api, line.split(' ').chain(["-o", "json"])).outcome().error();
    }
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    WorkspacesList {"input":{"includeDeleted":true,"limit":5,"offset":10,"tenantId":"ten_1"}}
    WorkspacesList {"input":{"cursor":"c_1"}}
    WorkspacesList {"input":{}}
    WorkspacesGet {"id":"ws_1"}
    WorkspacesCreate {"input":{"name":"prod","tenantId":"ten_1"}}
    WorkspacesRename {"input":{"id":"ws_1","name":"lab"}}
    WorkspacesSetBudget {"input":{"budget":{"period":"MONTH","timezone":"Europe/Berlin","usd":"100.00"},"id":"ws_1"}}
    WorkspacesSetBudget {"input":{"budget":null,"id":"ws_1"}}
    WorkspacesGet {"id":"ws_1"}
    WorkspacesRestore {"id":"ws_1"}
    WorkspacesListMembers {"input":{"limit":1,"workspaceId":"ws_1"}}
    ProjectsList {"input":{"includeArchived":true,"limit":5,"offset":10,"workspaceId":"ws_1"}}
    ProjectsList {"input":{}}
    ProjectsCreate {"input":{"name":"search","workspaceId":"ws_1"}}
    ProjectsCreate {"input":{"name":"search"}}
    ProjectsRename {"input":{"id":"prj_1","name":"find"}}
    ProjectsArchive {"id":"prj_1"}
    ApiKeysList {"input":{"tenantId":"ten_1","workspaceId":"ws_1"}}
    ApiKeysList {"input":{"createdFrom":"2026-11-01T00:00:00.000Z","createdTo":"2026-12-01T00:00:00.000Z","expiresFrom":"2026-11-01T00:00:00.000Z","expiresTo":"2026-12-01T00:00:00.000Z","projectId":"prj_1","scope":"data:read","state":"DISABLED","text":"ci"}}
    ApiKeysGet {"id":"key_1"}
    ApiKeysCreate {"input":{"name":"ci"}}
    ApiKeysCreate {"input":{"description":"text","environment":"TEST","expiresAt":"2027-01-31T00:00:00.000Z","metadata":{"a":"b=c","d":""},"name":"ci","scopes":["inference:*","data:read"],"tenantId":"ten_1","workspaceId":"ws_1"}}
    ApiKeysCreate {"input":{"budget":{"period":"MONTH","timezone":"Europe/Berlin","usd":"25.50"},"name":"ci","projects":["prj_1","prj_2"],"restrictions":{"ipAddresses":["192.0.2.0/24","2001:db8::/32"],"rateLimit":{"burst":10,"period":"MINUTE","requests":1000},"referrers":["example.com"],"timeRestrictions":{"daysOfWeek":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"hoursOfDay":[9,10,11,12,13,14,15,16,17],"timezone":"America/New_York"}}}}
    ApiKeysUpdate {"input":{"id":"key_1","name":"n"}}
    ApiKeysUpdate {"input":{"budget":{"period":"TOTAL","timezone":"UTC","usd":"1.00"},"description":"text","disabled":true,"expiresAt":"2027-01-31T00:00:00.000Z","id":"key_1","metadata":{"a":"b"},"projects":["prj_1"],"restrictions":{"rateLimit":{"period":"SECOND","requests":1},"timeRestrictions":{"daysOfWeek":["SATURDAY","SUNDAY"],"hoursOfDay":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23],"timezone":"UTC"}},"scopes":["data:read"]}}
    ApiKeysUpdate {"input":{"budget":null,"description":null,"disabled":false,"expiresAt":null,"id":"key_1","metadata":null,"projects":null,"restrictions":{"ipAddresses":null,"rateLimit":null,"referrers":null,"timeRestrictions":null}}}
    ApiKeysUpdateRestrictions {"input":{"id":"key_1","timeRestrictions":{"daysOfWeek":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY","SATURDAY","SUNDAY"],"hoursOfDay":[0,1,2,22,23],"timezone":"UTC"}}}
    ApiKeysUpdateRestrictions {"input":{"id":"key_1","ipAddresses":["192.0.2.7"],"rateLimit":null,"referrers":null,"timeRestrictions":null}}
    ApiKeysRotate {"input":{"expiresAt":"2027-01-31T00:00:00.000Z","grace":"PT168H","id":"key_1"}}
    ApiKeysRotate {"input":{"id":"key_1"}}
    ApiKeysFinishRotation {"id":"key_1"}
    ApiKeysRollbackRotation {"id":"key_1"}
    ApiKeysRevoke {"input":{"code":"COMPROMISED","id":"key_1","reason":"text"}}
    ApiKeysRestore {"id":"key_1"}
    ApiKeysScopes null
    MembersList {"input":{"limit":5,"tenantId":"ten_1"}}
    MembersInvite {"input":{"email":"ada@example.com","role":"MEMBER","workspaceId":"ws_1"}}
    MembersInvite {"input":{"email":"ada@example.com","role":"OWNER"}}
    MembersInvitations {"input":{"includeClosed":true,"offset":1}}
    MembersResendInvitation {"id":"inv_1"}
    MembersCancelInvitation {"id":"inv_1"}
    MembersSetRole {"input":{"role":"ADMIN","userId":"usr_1","workspaceId":"ws_1"}}
    MembersRemove {"input":{"userId":"usr_1","workspaceId":"ws_1"}}
    MembersRemove {"input":{"userId":"usr_1"}}
    ApiKeysUsage {"input":{"id":"key_1"}}
    ApiKeysUsage {"input":{"by":"CODE","from":"2026-11-01T00:00:00.000Z","groupBy":"HOUR","id":"key_1","resources":["functions","agents"],"timeZone":"Europe/Berlin","to":"2026-12-01T00:00:00.000Z"}}
    ApiKeysResourceUsage {"input":{"by":"PROJECT","groupBy":"WEEK","id":"key_1","resource":"functions"}}
    ApiKeysProjectUsage {"input":{"by":"RESOURCE","id":"key_1","projectId":"prj_1","resources":["functions"]}}
    ApiKeysLogs {"input":{"code":"RATE_LIMITED","from":"2026-11-01T00:00:00.000Z","id":"key_1","limit":5,"offset":10,"projectId":"prj_1","resource":"functions","status":"DENIED","to":"2026-12-01T00:00:00.000Z","versionId":"ver_1"}}
    ApiKeysLogs {"input":{"cursor":"c_1","id":"key_1"}}
    ApiKeysLog {"input":{"id":"key_1","logId":"log_1"}}
    ApiKeysExplain {"input":{"id":"key_1"}}
    ApiKeysExplain {"input":{"at":"2026-11-01T00:00:00.000Z","cost":0,"id":"key_1","ip":"192.0.2.7","projectId":"prj_1","referrer":"https://a.example/","scopes":["data:read","data:write"]}}
    ApiKeysList {"input":{"lastUsedFrom":"2026-11-01T00:00:00.000Z","lastUsedTo":"2026-12-01T00:00:00.000Z"}}
    UsageSummary {"input":{}}
    UsageSummary {"input":{"by":["KEY","MODEL"],"from":"2026-11-01T00:00:00.000Z","groupBy":"HOUR","keyId":"key_1","models":["m"],"projectId":"prj_1","resources":["functions","agents"],"tenantId":"ten_1","timeZone":"Europe/Berlin","to":"2026-12-01T00:00:00.000Z","top":3,"workspaceId":"ws_1"}}
    UsageProjection {"input":{"tenantId":"ten_1"}}
    PatsList {"input":{"allUsers":true}}
    PatsCreate {"input":{"expiresAt":"2027-01-31T00:00:00.000Z","name":"ci","scopes":["admin:read"]}}
    PatsRevoke {"id":"pat_1"}
    PatsCreate {"input":{"name":"gw","publicKey":"k","scopes":["credentials:use"]}}
    ProviderCredentialsAvailability {"input":{"workspaceId":"ws_1"}}
    ProviderCredentialsList {"input":{"includeRevoked":true,"limit":5,"offset":10,"provider":"BEDROCK","workspaceId":"ws_1"}}
    ProviderCredentialsList {"input":{"cursor":"c_1"}}
    ProviderCredentialsTest {"id":"conn_1"}
    ProviderCredentialsRevoke {"id":"conn_1"}
    BillingCreditBalance {"input":{"tenantId":"ten_1"}}
    BillingCreditBalance {"input":{}}
    BillingCreateTopUpIntent {"input":{"tenantId":"ten_1","usd":"25.50"}}
    BillingCreateTopUpIntent {"input":{"usd":"25.00"}}
    BillingTopUps {"input":{"limit":5,"offset":10,"tenantId":"ten_1"}}
    BillingTopUps {"input":{"cursor":"c_1"}}
    BillingLedger {"input":{"limit":5,"offset":10,"tenantId":"ten_1"}}
    BillingLedger {"input":{"cursor":"c_1"}}
    AuditEvents {"input":{"action":"apiKeysRotate","actor":"usr_1","from":"2026-11-01T00:00:00.000Z","limit":5,"objectId":"key_1","to":"2026-12-01T00:00:00.000Z","workspaceId":"ws_1"}}
    AuditEvents {"input":{"cursor":"c_1"}}
    AuditEvents {"input":{"actor":"operator"}}
    AuditVerify {"input":{}}
    AuditVerify {"input":{"expectedHead":"7.mac.signature"}}
    AuthWhoami null
    "#);
}

#[test]
fn a_part_of_a_rule_leaves_the_rest_of_it_as_it_is() {
    let home = Home::new();
    let mut key = samples::api_key();
    key["restrictions"]["timeRestrictions"] =
        json!({ "daysOfWeek": ["MONDAY"], "hoursOfDay": [9, 10], "timezone": "Europe/Berlin" });
    key["budget"] = json!({ "usd": "10.00", "period": "DAY", "timezone": "Asia/Tokyo" });
    let mut workspace = samples::workspace("prod");
    workspace["budget"] = key["budget"].clone();
    let ruled = Api::answering("ApiKeysGet", key).answers("WorkspacesGet", workspace);
    let free = Api::answering("ApiKeysGet", samples::api_key()).answers("WorkspacesGet", samples::workspace("prod"));
    let asked = |api: &Api| {
        for line in [
            "keys update-restrictions key_1 --tz Asia/Tokyo",
            "keys update-restrictions key_1 --days sat --hours 3",
            "keys update key_1 --hours 3 --budget 20/day",
            "workspaces set-budget ws_1 --budget 20/day",
        ] {
            home.calls(api, line.split(' ')).outcome();
        }
        let asked = api.asked();
        asked.into_iter().filter(|asked| !asked.contains("Get ")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(asked(&ruled), @r#"
    ApiKeysUpdateRestrictions {"input":{"id":"key_1","timeRestrictions":{"daysOfWeek":["MONDAY"],"hoursOfDay":[9,10],"timezone":"Asia/Tokyo"}}}
    ApiKeysUpdateRestrictions {"input":{"id":"key_1","timeRestrictions":{"daysOfWeek":["SATURDAY"],"hoursOfDay":[3],"timezone":"Europe/Berlin"}}}
    ApiKeysUpdate {"input":{"budget":{"period":"DAY","timezone":"Asia/Tokyo","usd":"20.00"},"id":"key_1","restrictions":{"timeRestrictions":{"daysOfWeek":["MONDAY"],"hoursOfDay":[3],"timezone":"Europe/Berlin"}}}}
    WorkspacesSetBudget {"input":{"budget":{"period":"DAY","timezone":"Asia/Tokyo","usd":"20.00"},"id":"ws_1"}}
    "#);
    insta::assert_snapshot!(asked(&free), @r#"
    ApiKeysUpdateRestrictions {"input":{"id":"key_1","timeRestrictions":{"timezone":"Asia/Tokyo"}}}
    ApiKeysUpdateRestrictions {"input":{"id":"key_1","timeRestrictions":{"daysOfWeek":["SATURDAY"],"hoursOfDay":[3],"timezone":"UTC"}}}
    ApiKeysUpdate {"input":{"budget":{"period":"DAY","usd":"20.00"},"id":"key_1","restrictions":{"timeRestrictions":{"hoursOfDay":[3],"timezone":"UTC"}}}}
    WorkspacesSetBudget {"input":{"budget":{"period":"DAY","usd":"20.00"},"id":"ws_1"}}
    "#);
}

#[test]
fn a_change_without_a_change_is_refused() {
    let home = Home::new();
    let api = Api::new();
    let update = home.calls(&api, ["keys", "update", "key_1", "-o", "json"]).outcome().error();
    assert_eq!(update["code"], "BAD_USER_INPUT");
    insta::assert_snapshot!(home.calls(&api, ["keys", "update-restrictions", "key_1"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided:
      <--ip <ADDRESS>|--any-ip|--referrer <HOST>|--any-referrer|--rate <COUNT/PERIOD>|--no-rate|--days <DAYS>|--hours <HOURS>|--tz <ZONE>|--any-time>

    Usage: aisetu api-keys update-restrictions <--ip <ADDRESS>|--any-ip|--referrer <HOST>|--any-referrer|--rate <COUNT/PERIOD>|--no-rate|--days <DAYS>|--hours <HOURS>|--tz <ZONE>|--any-time> <KEY>

    For more information, try '--help'.
    ");
    assert!(api.asked().is_empty());
}

#[test]
fn a_mutation_carries_the_users_idempotency_key_or_a_new_one() {
    let home = Home::new();
    let api = Api::answering("WorkspacesCreate", samples::workspace("prod"));
    home.calls(&api, ["workspaces", "create", "--name", "prod", "--idempotency-key", "k-1"]).outcome();
    home.calls(&api, ["workspaces", "create", "--name", "prod"]).outcome();
    home.calls(&api, ["workspaces", "create", "--name", "prod"]).outcome();
    let keys: Vec<_> = api.requests().iter().map(|request| request.headers["idempotency-key"].clone()).collect();
    assert_eq!(keys[0], "k-1");
    assert_eq!(keys[1].len(), 32);
    assert_ne!(keys[1], keys[2]);
}

#[test]
fn a_request_says_who_calls_and_with_which_token() {
    let home = Home::new();
    let api = Api::answering("WorkspacesGet", samples::workspace("prod"));
    home.calls(&api, ["workspaces", "get", "ws_prod"]).outcome();
    let request = &api.requests()[0];
    let agent = concat!("aisetu-core/", env!("CARGO_PKG_VERSION"), " aisetu-cli/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.headers["user-agent"], agent);
    assert_eq!(request.headers["authorization"], format!("Bearer {}", samples::pat().expose()).as_str());
    assert!(!request.headers.contains_key("idempotency-key"), "a query has none");
}

#[test]
fn an_expiry_in_days_is_sent_as_an_instant() {
    let home = Home::new();
    let api = Api::new();
    home.calls(&api, ["pats", "create", "--name", "ci", "--scope", "admin:read", "--expires", "90d"]).outcome();
    let body: serde_json::Value = api.requests()[0].body_json().unwrap();
    let sent = body["variables"]["input"]["expiresAt"].as_str().unwrap();
    assert!(sent.parse::<admin_core::DateTime>().is_ok() && sent.ends_with('Z'), "{sent}");
}
