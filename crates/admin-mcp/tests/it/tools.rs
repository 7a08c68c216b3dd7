//! What a client is told of the tools.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use admin_core::operations;
use serde_json::{Value, json};

use crate::harness::{Client, ERAS, Era, Place};

pub(crate) fn list(era: Era) -> Vec<Value> {
    list_with(era, &[])
}

/// All there are.
pub(crate) fn all() -> Vec<Value> {
    list_with(Era::Modern, &[("AI_SETU_MCP_TOOLSETS", "all")])
}

fn list_with(era: Era, environment: &[(&str, &str)]) -> Vec<Value> {
    let place = Place::new();
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let mut client = Client::start_with(&place.path(), &environment, era, None);
    let answer = client.request("tools/list", json!({}))["result"].clone();
    assert!(answer.get("nextCursor").is_none());
    client.end();
    answer["tools"].as_array().unwrap().clone()
}

fn names(tools: &[Value]) -> BTreeSet<String> {
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

/// Operations that a hand-written tool does.
const WITHIN: [(&str, &str); 3] = [("request_code", "login"), ("verify_code", "login"), ("whoami", "get_status")];

#[test]
fn every_operation_is_reached_by_a_tool_in_both_eras() {
    let lists = ERAS.map(|era| list_with(era, &[("AI_SETU_MCP_TOOLSETS", "all")]));
    assert_eq!(lists[0], lists[1]);
    let tools = names(&lists[0]);
    for info in operations() {
        let tool = WITHIN.iter().find(|(operation, _)| *operation == info.tool).map_or(info.tool, |(_, tool)| tool);
        assert!(tools.contains(tool), "`{}` is reached by no tool", info.field());
    }
    let operations: BTreeSet<String> = operations().iter().map(|info| info.tool.to_owned()).collect();
    let by_hand: Vec<&String> = tools.difference(&operations).collect();
    assert_eq!(by_hand, ["get_status", "login", "verify_api_key"]);
}

/// What a model pays to know a tool: its name, its description and the schema of its input, in tokens of o200k.
fn tokens(tool: &Value) -> usize {
    let told = json!({ "name": tool["name"], "description": tool["description"], "inputSchema": tool["inputSchema"] });
    count(&told)
}

fn count(told: &Value) -> usize {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(&told.to_string()).len()
}

#[test]
fn a_model_pays_little_for_the_list() {
    let sum = |tools: &[Value]| tools.iter().map(tokens).sum::<usize>();
    let default = list(Era::Modern);
    assert!(default.len() <= 25 && sum(&default) <= 3500, "{} tools, {} tokens", default.len(), sum(&default));
    // Some clients show a model what comes out, too.
    let with_output = sum(&default) + default.iter().map(|tool| count(&tool["outputSchema"])).sum::<usize>();
    assert!(with_output <= 7000, "{with_output} tokens with what they answer");
    let read_only = list_with(Era::Modern, &[("AI_SETU_MCP_READ_ONLY", "1")]);
    assert!(sum(&read_only) <= 1800, "{}", sum(&read_only));
    for tool in all() {
        assert!(tokens(&tool) <= 350, "{}: {} tokens", tool["name"], tokens(&tool));
    }
}

#[test]
fn a_server_for_reading_has_the_tools_that_change_nothing() {
    let reads = operations().into_iter().filter(|info| !info.is_mutation());
    let reads: BTreeSet<String> = reads.map(|info| info.tool.to_owned()).collect();
    for era in ERAS {
        let tools = list_with(era, &[("AI_SETU_MCP_READ_ONLY", "1"), ("AI_SETU_MCP_TOOLSETS", "all")]);
        let mut expected = reads.clone();
        expected.remove("whoami");
        // Without a token it would have nothing to read.
        expected.extend(["get_status", "login"].map(str::to_owned));
        assert_eq!(names(&tools), expected);
        assert!(tools.iter().all(|tool| tool["name"] == "login" || tool["annotations"]["readOnlyHint"] == true));
    }
    for off in ["", "0", "false"] {
        assert_eq!(list_with(Era::Modern, &[("AI_SETU_MCP_READ_ONLY", off)]), list(Era::Modern), "{off:?}");
    }
}

#[test]
fn tools_are_chosen_by_groups_and_by_name() {
    let chosen = |environment: &[(&str, &str)]| names(&list_with(Era::Modern, environment));
    let default = names(&list(Era::Modern));
    assert_eq!(chosen(&[("AI_SETU_MCP_TOOLSETS", "default")]), default);
    let audit = BTreeSet::from(["list_audit_events".to_owned(), "verify_audit".to_owned()]);
    assert_eq!(chosen(&[("AI_SETU_MCP_TOOLSETS", " audit ,")]), audit);
    assert_eq!(chosen(&[("AI_SETU_MCP_TOOLSETS", "default,audit")]), default.union(&audit).cloned().collect());
    assert_eq!(
        chosen(&[("AI_SETU_MCP_TOOLS", "get_status,list_ledger")]),
        BTreeSet::from(["get_status".to_owned(), "list_ledger".to_owned()])
    );
    let mut more = default.clone();
    more.insert("list_ledger".to_owned());
    assert_eq!(chosen(&[("AI_SETU_MCP_TOOLSETS", "default"), ("AI_SETU_MCP_TOOLS", "list_ledger")]), more);
    let less = chosen(&[
        ("AI_SETU_MCP_TOOLSETS", "audit"),
        ("AI_SETU_MCP_TOOLS", "rename_workspace"),
        ("AI_SETU_MCP_EXCLUDE_TOOLS", "verify_audit"),
        ("AI_SETU_MCP_READ_ONLY", "1"),
    ]);
    assert_eq!(less, BTreeSet::from(["list_audit_events".to_owned()]));
}

#[test]
fn a_name_that_is_none_is_refused_at_the_start() {
    let refused = |arguments: &[&str], variable: Option<(&str, &str)>| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aisetu-mcp"));
        let output = command.args(arguments).env_clear().envs(variable).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    insta::assert_snapshot!(refused(&["--toolsets", "default,secrets"], None), @"error: there is no toolset `secrets`; there are all, api_keys, audit, auth, billing, billing_details, default, invitations, key_details, key_logs, members, pats, projects, provider_credentials, usage, workspace_details, workspaces");
    insta::assert_snapshot!(refused(&[], Some(("AI_SETU_MCP_TOOLSETS", "Audit"))), @"error: there is no toolset `Audit`; there are all, api_keys, audit, auth, billing, billing_details, default, invitations, key_details, key_logs, members, pats, projects, provider_credentials, usage, workspace_details, workspaces");
    let unknown = refused(&["--exclude-tools", "drop_tables"], None);
    assert!(unknown.starts_with("error: there is no tool `drop_tables`; there are accept_invitation, "), "{unknown}");
}

#[test]
fn a_tool_that_is_left_out_says_what_to_do_instead() {
    let place = Place::new();
    let environment =
        [("AI_SETU_MCP_READ_ONLY", "1".to_owned()), ("AI_SETU_MCP_EXCLUDE_TOOLS", "list_pats".to_owned())];
    for era in ERAS {
        let mut client = Client::start_with(&place.path(), &environment, era, None);
        let refusals =
            ["create_api_key", "list_pats", "list_ledger", "whoami"].map(|tool| client.refused(tool, json!({})));
        insta::allow_duplicates! { insta::assert_snapshot!(refusals.join("\n\n"), @"
        UNAUTHORIZED: `create_api_key` changes something, and this server was registered read-only
        Next step: tell the user, who can run `aisetu api-keys create` in a terminal, or register this server anew without `--read-only`; do not look for another way
        Retryable: no

        UNAUTHORIZED: `list_pats` was left out when this server was registered
        Next step: tell the user, who can run `aisetu pats list` in a terminal, or register this server anew with it; do not look for another way
        Retryable: no

        UNAUTHORIZED: `list_ledger` is of the toolset `billing_details`, which this server was registered without
        Next step: tell the user, who can run `aisetu billing ledger` in a terminal, or register this server anew with `--toolsets default,billing_details`; do not look for another way
        Retryable: no

        NOT_FOUND: `whoami` is no tool
        Next step: call get_status
        Retryable: no
        "); }
        let unknown = client.request("tools/call", json!({ "name": "drop_tables", "arguments": {} }));
        assert_eq!(unknown["error"]["code"], -32602, "what is no tool at all is not among those left out: {unknown}");
        assert!(client.refused("list_workspaces", json!({})).starts_with("UNAUTHENTICATED: "));
        client.end();
    }
}

#[test]
fn the_instructions_are_short() {
    let place = Place::new();
    for read_only in ["0", "1"] {
        let environment = [("AI_SETU_MCP_READ_ONLY", read_only.to_owned())];
        let mut client = Client::start_with(&place.path(), &environment, Era::Modern, None);
        let instructions = client.request("server/discover", json!({}))["result"]["instructions"].clone();
        let instructions = instructions.as_str().unwrap();
        assert!(instructions.len() <= 1000, "{} characters", instructions.len());
        assert_eq!(instructions.contains("registered read-only"), read_only == "1");
        client.end();
    }
}

#[test]
fn every_tool_says_all_that_a_client_asks() {
    for tool in all() {
        let name = tool["name"].as_str().unwrap();
        assert!(name.len() <= 28 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert!(tool["description"].as_str().unwrap().len() <= 500, "{name}");
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
            assert_ne!(property["description"], "1 to 100; absent = 50.", "{name}: a page of a tool is shorter");
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

/// What every tool says of itself, as a page.
fn page() -> String {
    let (default, all) = (list(Era::Modern), all());
    let sum = |tools: &[Value]| tools.iter().map(tokens).sum::<usize>();
    let mut page = format!(
        "# Tools of the MCP server\n\n\
        What `aisetu mcp serve` tells a model. This page is written by a test (`UPDATE_DOCS=1 cargo test -p admin-mcp --test it the_page`), which also \
        fails when it is not what the server says.\n\n\
        By default there are {} tools, which cost {} tokens (o200k: name, description and schema of the input); those of `--read-only` cost {}. With \
        `--toolsets all` there are {} and {}. A `?` is behind what may be left out; `R` reads only, `D` takes something away.\n",
        default.len(),
        sum(&default),
        sum(&list_with(Era::Modern, &[("AI_SETU_MCP_READ_ONLY", "1")])),
        all.len(),
        sum(&all),
    );
    let defaults = names(&default);
    let toolset = |name: &str| {
        let within = WITHIN.iter().find(|(_, tool)| *tool == name).map_or(name, |(operation, _)| operation);
        operations().iter().find(|info| info.tool == within).map_or("auth", |info| info.toolset)
    };
    let toolsets: BTreeSet<&str> = all.iter().map(|tool| toolset(tool["name"].as_str().unwrap())).collect();
    for group in toolsets {
        let tools: Vec<&Value> = all.iter().filter(|tool| toolset(tool["name"].as_str().unwrap()) == group).collect();
        let by_default = tools.iter().all(|tool| defaults.contains(tool["name"].as_str().unwrap()));
        let _ = write!(
            page,
            "\n## {group}{}\n\n| tool | | tokens | arguments | what it says |\n|---|---|---|---|---|\n",
            if by_default { " (default)" } else { "" }
        );
        for tool in tools {
            let hint = |name: &str| tool["annotations"][name] == true;
            let kind = if hint("readOnlyHint") {
                "R"
            } else if hint("destructiveHint") {
                "D"
            } else {
                ""
            };
            let required: Vec<&str> =
                tool["inputSchema"]["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let arguments: Vec<String> = tool["inputSchema"]["properties"]
                .as_object()
                .unwrap()
                .keys()
                .map(|name| format!("`{name}`{}", if required.contains(&name.as_str()) { "" } else { "?" }))
                .collect();
            let (name, description) = (tool["name"].as_str().unwrap(), tool["description"].as_str().unwrap());
            let _ =
                writeln!(page, "| `{name}` | {kind} | {} | {} | {description} |", tokens(tool), arguments.join(" "));
        }
    }
    page
}

#[test]
fn the_page_is_what_the_server_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mcp-tools.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == page,
        "docs/mcp-tools.md is not what the server says: run the test with UPDATE_DOCS=1, and look at the change"
    );
}

#[test]
fn one_tool_is_shown_whole() {
    let tools = list(Era::Legacy);
    let rotate = tools.iter().find(|tool| tool["name"] == "rotate_api_key").unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(rotate).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_pays_little_for_a_page() {
    let server = aisetu_tests::TestServer::start().await;
    let place = Place::new();
    let mut client = Client::start(&place, &server, Era::Modern, None);
    let empty = client.ok("list_api_keys", json!({}));
    assert_eq!(empty, json!({ "items": [], "totalCount": 0 }), "that there is none is said");
    for number in 0..30 {
        let name = format!("service-{number}");
        let key = json!({ "workspaceId": server.workspace(), "name": name, "scopes": ["inference:*"] });
        server.owner().ok("apiKeysCreate", key).await;
        server.owner().ok("workspacesCreate", json!({ "name": name })).await;
    }
    for tool in ["list_api_keys", "list_workspaces"] {
        let page = client.ok(tool, json!({}));
        let tokens = tiktoken_rs::o200k_base_singleton().encode_ordinary(&page.to_string()).len();
        assert_eq!(page["items"].as_array().unwrap().len(), 20);
        assert!(tokens <= 2000, "{tool}: {tokens} tokens");
    }
    // What a list leaves out is told of one, and of a key with two secrets it leaves out nothing of them.
    let id = client.ok("list_api_keys", json!({ "limit": 1 }))["items"][0]["id"].clone();
    let key = client.ok("get_api_key", json!({ "id": id }));
    assert!(key["createdBy"].is_string() && key["versions"][0]["number"] == 1, "{key}");
    server.owner().ok("apiKeysRotate", json!({ "id": id, "grace": "1h" })).await;
    let listed = client.ok("list_api_keys", json!({ "limit": 100 }));
    let versions = |key: &&Value| key["versions"].as_array().is_some_and(|versions| versions.len() == 2);
    assert_eq!(listed["items"].as_array().unwrap().iter().filter(versions).count(), 1, "{listed}");
    client.end();
    server.shutdown().await;
}
