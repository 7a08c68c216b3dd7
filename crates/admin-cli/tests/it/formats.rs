//! Data in each format, with fields, filters and templates.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::harness::{Api, Home, samples, signal, wait};

fn keys() -> Value {
    let mut other = samples::api_key();
    other["id"] = json!("key_2");
    other["name"] = json!("web, \"two\"\u{1b}[31m");
    other["restrictions"]["rateLimit"] = json!({ "requests": 10, "period": "MINUTE", "burst": 10 });
    let mut page = samples::page(&[samples::api_key(), other]);
    page["nextCursor"] = json!("next");
    page
}

/// What `api-keys list` writes with further arguments, standard output first.
fn list(home: &Home, api: &Api, arguments: &str) -> (String, String, Option<i32>) {
    let outcome = home.shell(api, &format!("aisetu api-keys list {arguments}")).outcome();
    (outcome.stdout, outcome.stderr, outcome.code)
}

#[test]
fn each_format_has_the_same_data() {
    let home = Home::new();
    let api = Api::answering("ApiKeysList", keys());
    let out = |arguments: &str| list(&home, &api, arguments).0;
    let json: Value = serde_json::from_str(&out("-o json")).unwrap();
    assert_eq!(out("--json"), out("-o json"));
    assert_eq!(json["items"][1]["name"], "web, \"two\"\u{1b}[31m");
    let lines: Vec<Value> = out("-o jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json!(lines), json["items"]);
    assert_eq!(out("-o name"), "key_1\nkey_2\n");
    assert_eq!(out("-o off"), "");
    let csv = out("-o csv --fields id,name,metadata");
    assert_eq!(
        csv,
        "id,name,metadata\nkey_1,ci,\"{\"\"team\"\":\"\"core\"\"}\"\nkey_2,\"web, \"\"two\"\"\u{1b}[31m\",\"{\"\"team\"\":\"\"core\"\"}\"\n"
    );
    insta::assert_snapshot!(out("-o yaml --fields id,name,restrictions.rateLimit,expiresAt"), @r#"
    items:
    - id: key_1
      name: ci
      restrictions.rateLimit: null
      expiresAt: null
    - id: key_2
      name: "web, \"two\"\e[31m"
      restrictions.rateLimit:
        requests: 10
        period: MINUTE
        burst: 10
      expiresAt: null
    nextCursor: next
    totalCount: 2
    "#);
    insta::assert_snapshot!(out("-o wide"), @r#"
    ID     NAME             DESCRIPTION    ENVIRONMENT  STATE   HINT   SCOPES       WORKSPACE  CREATED                   CREATED BY  METADATA   AT MOST
    key_1  ci               for the build  LIVE         ACTIVE  …C63W  inference:*  ws_prod    2026-11-01T08:00:00.000Z  usr_1       team=core  -
    key_2  web, "two"�[31m  for the build  LIVE         ACTIVE  …C63W  inference:*  ws_prod    2026-11-01T08:00:00.000Z  usr_1       team=core  10 a minute
    "#);
    insta::assert_snapshot!(out("--fields id,scopes,restrictions.rateLimit"), @r#"
    ID     SCOPES       RESTRICTIONS.RATELIMIT
    key_1  inference:*
    key_2  inference:*  {"requests":10,"period":"MINUTE","burst":10}
    "#);
}

#[test]
fn a_filter_and_a_template_are_given_the_page_or_each_item() {
    let home = Home::new();
    let api = Api::answering("ApiKeysList", keys());
    let out = |arguments: &str| {
        let (stdout, stderr, code) = list(&home, &api, arguments);
        assert_eq!(code, Some(0), "{stderr}");
        stdout
    };
    assert_eq!(out("--jq '.items[].id'"), "key_1\nkey_2\n");
    assert_eq!(out("-o jsonl --jq .id"), "key_1\nkey_2\n");
    assert_eq!(out("--fields id --jq '.items'"), "[{\"id\":\"key_1\"},{\"id\":\"key_2\"}]\n");
    assert_eq!(out("--template '{% for key in items %}{{ key.id }} {% endfor %}'"), "key_1 key_2 \n");
    assert_eq!(out("-o jsonl --template '{{ id }}={{ environment }}'"), "key_1=LIVE\nkey_2=LIVE\n");
}

#[test]
fn what_cannot_be_written_so_is_told() {
    let home = Home::new();
    let api = Api::answering("ApiKeysList", keys());
    let told = |arguments: &str| {
        let (stdout, stderr, code) = list(&home, &api, arguments);
        format!("{arguments}: {} {stdout}{stderr}", code.unwrap())
    };
    let told = [
        "--jq '.items['",
        "--jq 'env'",
        "--jq '.items[].name.x'",
        "--jq 'halt'",
        "--template '{{ nothing }}'",
        "--template '{{'",
        "--jq . -o yaml",
        "--jq . --template x",
        "--json -o json",
        "-o jason",
        "--fields id,naem -o csv",
    ]
    .map(told);
    insta::assert_snapshot!(told.join("\n"), @r#"
    --jq '.items[': 2 {"error":{"code":"BAD_USER_INPUT","message":"the filter is not understood: expected closing bracket at its end","hint":"put it in single quotes, so that the shell leaves it as it is","field":"--jq","exitCode":2}}

    --jq 'env': 2 {"error":{"code":"BAD_USER_INPUT","message":"the filter is not understood: there is no filter `env`","hint":"put it in single quotes, so that the shell leaves it as it is","field":"--jq","exitCode":2}}

    --jq '.items[].name.x': 2 {"error":{"code":"BAD_USER_INPUT","message":"there is an answer, and it cannot be written as you want it: cannot index \"ci\" with \"x\"","exitCode":2}}

    --jq 'halt': 2 {"error":{"code":"BAD_USER_INPUT","message":"the filter is not understood: there is no filter `halt`","hint":"put it in single quotes, so that the shell leaves it as it is","field":"--jq","exitCode":2}}

    --template '{{ nothing }}': 2 {"error":{"code":"BAD_USER_INPUT","message":"there is an answer, and it cannot be written as you want it: undefined value: `nothing` is undefined at `nothing`","exitCode":2}}

    --template '{{': 2 {"error":{"code":"BAD_USER_INPUT","message":"the template is not understood: syntax error: unexpected end of input, expected expression at `{{`","hint":"put it in single quotes, so that the shell leaves it as it is","field":"--template","exitCode":2}}

    --jq . -o yaml: 2 error: a filter and a template are given JSON, and write text (BAD_USER_INPUT)
    hint: leave `-o` out; `-o jsonl` gives them one item after the other

    --jq . --template x: 2 {"error":{"code":"BAD_USER_INPUT","message":"the argument '--jq <FILTER>' cannot be used with '--template <TEMPLATE>'","hint":"For more information, try '--help'.","exitCode":2}}

    --json -o json: 2 {"error":{"code":"BAD_USER_INPUT","message":"the argument '--json' cannot be used with '--output <FORMAT>'","hint":"For more information, try '--help'.","exitCode":2}}

    -o jason: 2 error: invalid value 'jason' for '--output <FORMAT>'
      [possible values: table, wide, json, jsonl, yaml, csv, name, off]

      tip: a similar value exists: 'json'

    For more information, try '--help'.

    --fields id,naem -o csv: 0 id,naem
    key_1,
    key_2,
    warning: there is no `naem`, but id, workspaceId, name, description, environment, state, hint, projects, scopes, restrictions, budget, metadata, versions, revocation, createdBy, createdAt, expiresAt, lastUsedAt, deletedAt
    there are more: `--cursor next`
    "#);
}

#[test]
fn a_new_secret_is_written_where_its_format_has_a_place_for_it() {
    let home = Home::new();
    let secret = samples::new_key();
    let api = Api::answering("ApiKeysCreate", samples::issued(&samples::api_key(), &secret))
        .answers("ApiKeysRevoke", samples::api_key());
    let create = |arguments: &str| {
        let line = format!("aisetu api-keys create --name ci {arguments}");
        home.shell(&api, &line).hide(secret.expose(), "[SECRET]").outcome()
    };
    for (arguments, stdout) in [
        ("--jq .secret", "[SECRET]\n"),
        ("--template '{{ secret }} {{ item.id }}'", "[SECRET] key_1\n"),
        ("-o csv --fields item.id,secret", "item.id,secret\nkey_1,[SECRET]\n"),
        ("-o yaml --fields secret", "secret: [SECRET]\n"),
    ] {
        let outcome = create(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), stdout), "{outcome}");
    }
    let asked = api.requests().len();
    for arguments in ["-o name", "-o off", "--fields item.id"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(create(arguments), @"
            exit code: 2
            ----- stdout -----
            ----- stderr -----
            error: the secret would be lost: what is to be written has no place for it (BAD_USER_INPUT)
            hint: say where it goes with `--save-to`, or add `secret` to `--fields`
            ");
        }
    }
    assert_eq!(api.requests().len(), asked, "nothing was made");
    // What the filter leaves out is known only when it has run.
    insta::assert_snapshot!(create("--jq .item.id"), @r#"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"DELIVERY_FAILED","message":"the secret of API key `key_1` could not be handed over, so the key was revoked: it is not in what was to be written: the filter or the template leaves it out","hint":"say where it goes with `--save-to`, or let `.secret` be written","object":{"id":"key_1"},"exitCode":11}}
    "#);
    assert!(api.asked().last().unwrap().starts_with("ApiKeysRevoke"), "{:?}", api.asked());
}

#[cfg(unix)]
#[test]
fn a_table_that_a_terminal_has_no_room_for_becomes_lines() {
    use crate::harness::seen;
    let home = Home::new();
    let api = Api::answering("ApiKeysList", keys());
    let wide = seen(home.shell(&api, "aisetu api-keys list"), 200);
    assert!(wide.starts_with("ID ") && wide.lines().count() == 3, "{wide}");
    let narrow = seen(home.shell(&api, "aisetu api-keys list"), 40);
    assert!(narrow.contains("id") && narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
    let ids: Vec<&str> = narrow.split("\n\n").map(|block| block.lines().next().unwrap()).collect();
    assert!(matches!(ids.as_slice(), [one, two] if one.ends_with("key_1") && two.ends_with("key_2")), "{narrow}");
    // A pipe has no width.
    let piped = home.shell(&api, "aisetu api-keys list | cat").outcome();
    assert_eq!(piped.stdout.lines().count(), 3, "{piped}");
}

#[test]
fn a_filter_without_an_end_is_ended_by_a_signal() {
    use std::os::unix::process::ExitStatusExt;
    let home = Home::new();
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        let api = Api::answering("WorkspacesList", samples::page(&[samples::workspace("ws_1")]));
        let child = home.calls(&api, ["workspaces", "list", "--jq", "def f: f; f"]).spawn();
        while api.requests().is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        // The answer is there, and the filter runs.
        std::thread::sleep(std::time::Duration::from_millis(300));
        signal(child.id(), name);
        assert_eq!(wait(child).status.signal(), Some(number), "{name}");
    }
}

/// The kinds of things whose first member is not an id, or that have none.
#[test]
fn every_thing_has_a_name() {
    let home = Home::new();
    let verification = json!({ "ok": false, "events": 3, "brokenAt": 2, "message": "event 2 was changed", "head": null, "nextCursor": null });
    let api = Api::answering("MembersList", samples::page(&[samples::member()]))
        .answers("AuditVerify", verification)
        .answers("AuthWhoami", crate::login::whoami());
    let named = |line: &str| {
        let outcome = home.shell(&api, line).outcome();
        (outcome.stdout.clone(), outcome.code)
    };
    assert_eq!(named("aisetu members list -o name"), ("usr_1\n".to_owned(), Some(0)));
    assert_eq!(named("aisetu auth whoami -o name"), ("usr_1\n".to_owned(), Some(0)));
    assert_eq!(named("aisetu audit verify -o name"), ("broken\n".to_owned(), Some(12)), "the verdict stays");
    assert!(named("aisetu doctor --offline -o name").0.starts_with("version\nPATH\n"));
    insta::assert_snapshot!(home.shell(&api, "aisetu members list -o name --fields user.email").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `-o name` says itself what stands for a thing (BAD_USER_INPUT)
    hint: leave one of the two out, or write a field with `--jq .FIELD`
    ");
    insta::assert_snapshot!(home.shell(&api, "aisetu api '{ a }' -o name").outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api` takes no `-o name`: what it answers with has no name; `--jq` takes what you want out of it (BAD_USER_INPUT)
    ");
}

#[test]
fn an_answer_that_cannot_be_written_is_not_lost_once_something_was_done() {
    let home = Home::new();
    let api = Api::answering("ProjectsCreate", json!({
        "id": "prj_1", "workspaceId": "ws_1", "name": "search", "createdAt": "2026-11-01T08:00:00.000Z", "archivedAt": null,
    }))
    .answers("ProjectsList", samples::page(&[]));
    let told = |line: &str| home.shell(&api, line).outcome();
    insta::assert_snapshot!(told("aisetu projects create --name search --workspace ws_1 --jq .id.x"), @r#"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    {"answer":{"id":"prj_1","workspaceId":"ws_1","name":"search","createdAt":"2026-11-01T08:00:00.000Z","archivedAt":null}}
    {"error":{"code":"DELIVERY_FAILED","message":"it is done, and there is an answer, but it cannot be written as you want it: cannot index \"prj_1\" with \"x\"","hint":"do not send it again: it would be done twice, or refused","exitCode":11}}
    "#);
    insta::assert_snapshot!(told("aisetu projects create --name search --workspace ws_1 --template '{{ nothing }}'"), @r#"
    exit code: 11
    ----- stdout -----
    ----- stderr -----
    {"answer":{"id":"prj_1","workspaceId":"ws_1","name":"search","createdAt":"2026-11-01T08:00:00.000Z","archivedAt":null}}
    {"error":{"code":"DELIVERY_FAILED","message":"it is done, and there is an answer, but it cannot be written as you want it: undefined value: `nothing` is undefined at `nothing`","hint":"do not send it again: it would be done twice, or refused","exitCode":11}}
    "#);
    insta::assert_snapshot!(told("aisetu projects list --jq .items.x"), @r#"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"BAD_USER_INPUT","message":"there is an answer, and it cannot be written as you want it: cannot index [] with \"x\"","exitCode":2}}
    "#);
    // What was made before it went wrong is there; and who reads no more ends it.
    insta::assert_snapshot!(told("aisetu projects list --jq '1, 2, error(\"no\")'"), @r#"
    exit code: 2
    ----- stdout -----
    1
    2
    ----- stderr -----
    {"error":{"code":"BAD_USER_INPUT","message":"there is an answer, and it cannot be written as you want it: \"no\"","exitCode":2}}
    "#);
    insta::assert_snapshot!(told("aisetu projects list --jq 'repeat(1)' | head -2"), @"
    exit code: 0
    ----- stdout -----
    1
    1
    ----- stderr -----
    ");
}

#[test]
fn all_is_page_after_page() {
    let home = Home::new();
    let api = Api::new().responds("ApiKeysList", |request: &Request| {
        let body: Value = request.body_json().unwrap();
        let (id, next) = match body["variables"]["input"]["cursor"].as_str() {
            None => ("key_1", json!("two")),
            Some("two") => ("key_2", json!("three")),
            _ => ("key_3", Value::Null),
        };
        let mut key = samples::api_key();
        key["id"] = json!(id);
        let page = json!({ "items": [key], "nextCursor": next, "totalCount": 3 });
        ResponseTemplate::new(200).set_body_json(json!({ "data": { "apiKeysList": page } }))
    });
    let (names, errors, code) = list(&home, &api, "--all -o name");
    assert_eq!((names.as_str(), errors.as_str(), code), ("key_1\nkey_2\nkey_3\n", "", Some(0)));
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    ApiKeysList {"input":{"limit":100}}
    ApiKeysList {"input":{"cursor":"two","limit":100}}
    ApiKeysList {"input":{"cursor":"three","limit":100}}
    "#);
    assert_eq!(list(&home, &api, "--all --limit 3").2, Some(2));
}
