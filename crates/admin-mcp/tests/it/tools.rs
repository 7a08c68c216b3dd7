//! What a client is told of the tools.

use std::collections::BTreeSet;

use admin_core::operations;
use serde_json::{Value, json};

use crate::harness::{Client, ERAS, Era, Place};

fn list(era: Era) -> Vec<Value> {
    list_with(era, &[])
}

fn list_with(era: Era, environment: &[(&str, String)]) -> Vec<Value> {
    let place = Place::new();
    let mut client = Client::start_with(&place.path(), environment, era, None);
    let answer = client.request("tools/list", json!({}))["result"].clone();
    assert!(answer.get("nextCursor").is_none());
    client.end();
    answer["tools"].as_array().unwrap().clone()
}

#[test]
fn every_operation_that_takes_no_secret_is_a_tool_in_both_eras() {
    let mut surface: BTreeSet<&str> = operations().iter().map(|info| info.tool).collect();
    // What takes a secret is none: it would go through the conversation.
    for confidential in ["accept_invitation", "upsert_connection", "verify_code"] {
        assert!(surface.remove(confidential));
    }
    let lists = ERAS.map(list);
    assert_eq!(lists[0], lists[1]);
    let names: BTreeSet<&str> = lists[0].iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, surface);
}

#[test]
fn a_server_for_reading_has_the_tools_that_change_nothing() {
    let reads: Vec<&str> = operations().iter().filter(|info| !info.is_mutation()).map(|info| info.tool).collect();
    let reads = BTreeSet::from_iter(reads);
    let read_only = [("AI_SETU_MCP_READ_ONLY", "1".to_owned())];
    for era in ERAS {
        let tools = list_with(era, &read_only);
        let names: BTreeSet<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names, reads);
        assert!(tools.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true));
    }
    for off in ["", "0", "false"] {
        assert_eq!(list_with(Era::Modern, &[("AI_SETU_MCP_READ_ONLY", off.to_owned())]), list(Era::Modern), "{off:?}");
    }
}

#[test]
fn a_tool_that_is_left_out_says_what_to_do_instead() {
    let place = Place::new();
    let read_only = [("AI_SETU_MCP_READ_ONLY", "1".to_owned())];
    for era in ERAS {
        let mut client = Client::start_with(&place.path(), &read_only, era, None);
        insta::allow_duplicates! { insta::assert_snapshot!(client.refused("create_api_key", json!({ "name": "k" })), @"
        UNAUTHORIZED: `create_api_key` changes something, and this server was registered read-only
        Next step: tell the user, who can run `aisetu api-keys create` in a terminal, or register this server anew without `--read-only`; do not look for another way
        Retryable: no
        "); }
        let unknown = client.request("tools/call", json!({ "name": "upsert_connection", "arguments": {} }));
        assert_eq!(unknown["error"]["code"], -32602, "what is no tool at all is not among those left out: {unknown}");
        assert!(client.refused("list_workspaces", json!({})).starts_with("UNAUTHENTICATED: "));
        client.end();
    }
}

#[test]
fn every_tool_says_all_that_a_client_asks() {
    for tool in list(Era::Modern) {
        let name = tool["name"].as_str().unwrap();
        assert!(tool["title"].is_string() && tool["description"].is_string(), "{name}");
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{name}: {hint}");
        }
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{name}");
        for schema in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[schema]["type"], "object", "{name}");
            plain(&tool[schema], &format!("{name}.{schema}"));
        }
        for (field, property) in tool["inputSchema"]["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name}: `{field}` has no description");
        }
    }
}

/// One type for each value, or null where that clears it, and nothing to look up elsewhere.
fn plain(schema: &Value, at: &str) {
    let Value::Object(fields) = schema else { return };
    assert!(
        fields.contains_key("anyOf") || fields.get("type").is_none_or(|found| kind(found).is_some()),
        "{at}: {schema}"
    );
    for odd in ["$ref", "$defs", "$schema", "default", "oneOf"] {
        assert!(!fields.contains_key(odd), "{at}: {odd} in {schema}");
    }
    for (name, nested) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        plain(nested, &format!("{at}.{name}"));
    }
    for nested in ["items", "additionalProperties"] {
        plain(schema.get(nested).unwrap_or(&Value::Null), &format!("{at}.{nested}"));
    }
}

/// A type in words; `None` = it is more than one type and null.
fn kind(found: &Value) -> Option<String> {
    match found {
        Value::String(kind) => Some(kind.clone()),
        Value::Array(kinds) if kinds.len() == 2 && kinds[1] == "null" => {
            Some(format!("{} or null", kinds[0].as_str()?))
        }
        _ => None,
    }
}

#[test]
fn hints_come_from_what_an_operation_does() {
    let tools = list(Era::Legacy);
    let hints = |name: &str| {
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap();
        let hint = |name: &str| u8::from(tool["annotations"][name].as_bool().unwrap());
        ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"].map(hint)
    };
    assert_eq!(hints("list_api_keys"), [1, 0, 1, 0]);
    assert_eq!(hints("create_api_key"), [0, 0, 0, 0]);
    assert_eq!(hints("rotate_api_key"), [0, 1, 0, 0]);
    assert_eq!(hints("revoke_api_key"), [0, 1, 1, 0]);
}

#[test]
fn the_list_is_reviewed() {
    let tools: Vec<String> = list(Era::Legacy)
        .iter()
        .map(|tool| {
            let properties = tool["inputSchema"]["properties"].as_object().unwrap();
            let required: Vec<&str> =
                tool["inputSchema"]["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let fields: Vec<String> = properties
                .iter()
                .map(|(name, property)| {
                    let optional = if required.contains(&name.as_str()) { "" } else { "?" };
                    let kinds =
                        property["anyOf"].as_array().map(|any| any.iter().map(|one| one["type"].clone()).collect());
                    format!("{name}{optional}: {}", kind(&kinds.unwrap_or_else(|| property["type"].clone())).unwrap())
                })
                .collect();
            format!("{}({})", tool["name"].as_str().unwrap(), fields.join(", "))
        })
        .collect();
    insta::assert_snapshot!(tools.join("\n"), @"
    archive_project(id: string)
    cancel_invitation(id: string)
    create_api_key(budget?: object, deliver: object, description?: string, environment?: string, expiresAt?: string, metadata?: object, name: string, projects?: array, restrictions?: object, scopes?: array, tenantId?: string, workspaceId?: string)
    create_pat(deliver: object, expiresAt?: string, name: string, publicKey?: string, scopes: array)
    create_project(name: string, workspaceId?: string)
    create_top_up_intent(flow?: string, tenantId?: string, usd: string)
    create_workspace(name: string, tenantId?: string)
    delete_api_key(id: string)
    delete_workspace(id: string)
    explain_api_key(at?: string, connection?: string, cost?: integer, id: string, ip?: string, projectId?: string, referrer?: string, scopes?: array)
    finish_key_rotation(id: string)
    get_api_key(id: string)
    get_credit_balance(tenantId?: string)
    get_key_log(id: string, logId: string)
    get_key_project_usage(by?: string, from?: string, groupBy?: string, id: string, projectId: string, resources?: array, timeZone?: string, to?: string)
    get_key_resource_usage(by?: string, from?: string, groupBy?: string, id: string, resource: string, timeZone?: string, to?: string)
    get_key_usage(by?: string, from?: string, groupBy?: string, id: string, resources?: array, timeZone?: string, to?: string)
    get_workspace(id: string)
    invite_member(email: string, role: string, workspaceId?: string)
    list_api_key_scopes()
    list_api_keys(createdFrom?: string, createdTo?: string, cursor?: string, expiresFrom?: string, expiresTo?: string, lastUsedFrom?: string, lastUsedTo?: string, limit?: integer, offset?: integer, projectId?: string, scope?: string, state?: string, tenantId?: string, text?: string, workspaceId?: string)
    list_audit_events(action?: string, actor?: string, actorUserId?: string, cursor?: string, from?: string, limit?: integer, objectId?: string, offset?: integer, to?: string, workspaceId?: string)
    list_connections(cursor?: string, includeRevoked?: boolean, limit?: integer, offset?: integer, provider?: string, workspaceId?: string)
    list_invitations(cursor?: string, includeClosed?: boolean, limit?: integer, offset?: integer)
    list_key_logs(code?: string, cursor?: string, from?: string, id: string, limit?: integer, offset?: integer, projectId?: string, resource?: string, status?: string, to?: string, versionId?: string)
    list_ledger(cursor?: string, limit?: integer, offset?: integer, tenantId?: string)
    list_members(cursor?: string, limit?: integer, offset?: integer, tenantId?: string)
    list_pats(allUsers?: boolean, cursor?: string, limit?: integer, offset?: integer)
    list_projects(cursor?: string, includeArchived?: boolean, limit?: integer, offset?: integer, workspaceId?: string)
    list_providers(workspaceId?: string)
    list_top_ups(cursor?: string, limit?: integer, offset?: integer, tenantId?: string)
    list_workspace_members(cursor?: string, limit?: integer, offset?: integer, workspaceId: string)
    list_workspaces(cursor?: string, includeDeleted?: boolean, limit?: integer, offset?: integer, tenantId?: string)
    project_usage(tenantId?: string)
    remove_member(userId: string, workspaceId?: string)
    rename_project(id: string, name: string)
    rename_workspace(id: string, name: string)
    request_code(email: string)
    resend_invitation(id: string)
    restore_api_key(id: string)
    restore_workspace(id: string)
    revoke_api_key(code?: string, id: string, reason?: string)
    revoke_connection(id: string)
    revoke_pat(id: string)
    rollback_key_rotation(id: string)
    rotate_api_key(deliver: object, expiresAt?: string, grace?: string, id: string)
    set_member_role(role: string, userId: string, workspaceId?: string)
    set_workspace_budget(budget?: object or null, id: string)
    summarize_usage(by?: array, from?: string, groupBy?: string, keyId?: string, models?: array, projectId?: string, resources?: array, tenantId?: string, timeZone?: string, to?: string, top?: integer, workspaceId?: string)
    test_connection(id: string)
    update_api_key(budget?: object or null, description?: string or null, disabled?: boolean, expiresAt?: string or null, id: string, metadata?: object or null, name?: string, projects?: array or null, restrictions?: object or null, scopes?: array)
    update_key_restrictions(id: string, ipAddresses?: array or null, rateLimit?: object or null, referrers?: array or null, timeRestrictions?: object or null)
    verify_audit(cursor?: string, expectedHead?: string, limit?: integer)
    whoami()
    ");
}

#[test]
fn one_tool_is_shown_whole() {
    let tools = list(Era::Legacy);
    let rotate = tools.iter().find(|tool| tool["name"] == "rotate_api_key").unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(rotate).unwrap());
}
