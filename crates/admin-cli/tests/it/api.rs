//! Documents as the user wrote them.

use std::sync::Mutex;

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::harness::{Api, Home, samples};

fn answer(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body).insert_header("x-request-id", "req_1")
}

#[test]
fn a_document_goes_out_as_it_is_and_its_answer_is_data() {
    let home = Home::new();
    let api = Api::always(answer(json!({ "data": { "b": 1, "a": "x" } })));
    std::fs::write(home.path().join("names.graphql"), "query N($n: Int, $f: Boolean, $t: String) { b }").unwrap();
    std::fs::write(home.path().join("all.json"), r#"{"n": 1, "l": ["a"]}"#).unwrap();
    for line in [
        "aisetu api '{ b a }'",
        "echo '{ b }' | aisetu api -",
        "aisetu api --file names.graphql --var n=3 --var f=true --var t=ten --raw-var r=3 --var 'o={\"x\":1}'",
        "aisetu api --file names.graphql --variables @all.json --var n=2",
        "echo '{\"t\":\"x\"}' | aisetu api --file names.graphql --variables @- --operation N",
    ] {
        let outcome = home.shell(&api, line).outcome();
        assert_eq!(
            (outcome.code, outcome.json()),
            (Some(0), json!({ "data": { "b": 1, "a": "x" } })),
            "{line}: {outcome}"
        );
    }
    let sent: Vec<String> =
        api.requests().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    insta::assert_snapshot!(sent.join("\n"), @r#"
    {"query":"{ b a }"}
    {"query":"{ b }\n"}
    {"query":"query N($n: Int, $f: Boolean, $t: String) { b }","variables":{"f":true,"n":3,"o":{"x":1},"r":"3","t":"ten"}}
    {"query":"query N($n: Int, $f: Boolean, $t: String) { b }","variables":{"l":["a"],"n":2}}
    {"query":"query N($n: Int, $f: Boolean, $t: String) { b }","variables":{"t":"x"},"operationName":"N"}
    "#);
    assert!(api.requests().iter().all(|request| !request.headers.contains_key("idempotency-key")));
    assert_eq!(home.shell(&api, "aisetu api '{ b }' --jq .data.b").outcome().stdout, "1\n");
    assert!(home.shell(&api, "aisetu api '{ b }' -i").outcome().stdout.starts_with("HTTP 200\n"));
}

#[test]
fn a_mutation_is_confirmed_as_its_command_is_and_has_a_key() {
    let home = Home::new();
    let api = Api::always(answer(json!({ "data": { "done": true } })));
    let told = |line: &str| home.shell(&api, line).outcome().to_string();
    insta::assert_snapshot!(told("aisetu api 'mutation { a: workspacesDelete(id: \"ws_1\") { id } }' --yes"), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api` with the field `workspacesDelete` on `ws_1` must be confirmed, and `--yes` is not enough for it (CONFIRMATION_REQUIRED)
    hint: add `--confirm workspacesDelete`
    ");
    insta::assert_snapshot!(told("aisetu api 'mutation { patsRevoke(id: \"x\") { id } }'"), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api` with the field `patsRevoke` must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--yes`
    ");
    insta::assert_snapshot!(told("aisetu api 'mutation { somethingNew }'"), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api` with the field `somethingNew`, of which this version knows nothing, must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--yes`
    ");
    insta::assert_snapshot!(told("AI_SETU_AGENT=1 aisetu api 'mutation { apiKeysCreate(input: {}) { secret } }'"), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: an agent drives this command, and would read the new secret; nothing was changed (CONFIRMATION_REQUIRED)
    hint: the command of the operation hands it over unseen, such as `aisetu api-keys create --save-to env:.env#AI_SETU_API_KEY`
    hint: `--reveal` prints it all the same, and `AI_SETU_AGENT=0` says that no agent drives this command
    ");
    insta::assert_snapshot!(told("aisetu api '{ a }' --idempotency-key k"), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api` takes no `--idempotency-key`: it changes nothing (BAD_USER_INPUT)
    ");
    assert_eq!(api.requests().len(), 0);
    for line in [
        "aisetu api 'mutation { workspacesDelete(id: \"ws_1\") { id } }' --confirm workspacesDelete",
        "aisetu api 'mutation { somethingNew }' --yes",
        "aisetu api 'mutation { workspacesCreate(input: {}) { id } }' --idempotency-key k-1",
    ] {
        let outcome = home.shell(&api, line).outcome();
        assert_eq!(outcome.code, Some(0), "{line}: {outcome}");
    }
    assert!(api.requests().iter().all(|request| request.headers.contains_key("idempotency-key")));
}

#[test]
fn what_a_document_takes_away_is_weighed() {
    let home = Home::new();
    let mut key = samples::api_key();
    key["lastUsedAt"] = json!("2020-11-01T08:00:00.000Z");
    let api = Api::answering("ApiKeysGet", key).otherwise(answer(json!({ "data": { "a": 1 } })));
    let told = |line: &str| home.shell(&api, line).outcome().to_string();
    let document = "'mutation($id: ID!) { apiKeysRevoke(input: { id: $id, code: COMPROMISED }) { id } }'";
    insta::assert_snapshot!(told(&format!("aisetu api {document} --var id=key_1")), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api` with the field `apiKeysRevoke` on `key_1`, last used 2020-11-01, must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--yes`
    ");
    insta::assert_snapshot!(told("aisetu api 'mutation { billingCreateTopUpIntent(input: { amount: \"25\" }) { id } }' --yes"), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu api` with the field `billingCreateTopUpIntent` of 25 USD must be confirmed, and `--yes` is not enough for it (CONFIRMATION_REQUIRED)
    hint: add `--confirm 25`
    ");
    let sent =
        told("aisetu api 'mutation { billingCreateTopUpIntent(input: { amount: \"25\" }) { id } }' --confirm 25");
    assert!(sent.starts_with("exit code: 0"), "{sent}");
    let off = told("aisetu api '{ a }' --include -o off");
    assert_eq!(off, "exit code: 0\n----- stdout -----\n----- stderr -----\n");
}

#[test]
fn pages_follow_one_another() {
    let home = Home::new();
    let api = Api::new().responds("P", |request: &Request| {
        let body: Value = request.body_json().unwrap();
        let next = match body["variables"]["cursor"].as_str() {
            None => json!("two"),
            Some("two") => json!("three"),
            _ => Value::Null,
        };
        answer(json!({ "data": { "list": { "items": [body["variables"]["cursor"]], "nextCursor": next } } }))
    });
    let document = "query P($cursor: String) { list(input: { cursor: $cursor }) { items nextCursor } }";
    let line = |flags: &str| format!("aisetu api '{document}' --operation P --paginate {flags}");
    let lines = home.shell(&api, &line("--jq '.data.list.items[]'")).outcome();
    assert_eq!(lines.stdout, "null\ntwo\nthree\n", "{lines}");
    let slurped = home.shell(&api, &line("--slurp --jq length")).outcome();
    assert_eq!(slurped.stdout, "3\n", "{slurped}");
    let without = home.shell(&api, "aisetu api '{ list { nextCursor } }' --paginate").outcome();
    assert_eq!(without.code, Some(2), "{without}");
}

#[test]
fn what_is_wrong_is_told_and_what_came_is_shown_all_the_same() {
    let home = Home::new();
    let calls = Mutex::new(0);
    let api = Api::new().responds("Q", move |_: &Request| {
        *calls.lock().unwrap() += 1;
        let error =
            json!({ "message": "no", "path": ["b"], "extensions": { "code": "NOT_FOUND", "requestId": "req_1" } });
        answer(json!({ "data": { "a": 1, "b": null }, "errors": [error] }))
    });
    let told = |line: &str| home.shell(&api, line).outcome().to_string();
    insta::assert_snapshot!(told("aisetu api 'query Q { a b }' --operation Q"), @r#"
    exit code: 6
    ----- stdout -----
    {
      "data": {
        "a": 1,
        "b": null
      },
      "errors": [
        {
          "extensions": {
            "code": "NOT_FOUND",
            "requestId": "req_1"
          },
          "message": "no",
          "path": [
            "b"
          ]
        }
      ]
    }
    ----- stderr -----
    error: no (NOT_FOUND, req_1)
    "#);
    for line in [
        "aisetu api '{ a('",
        "aisetu api 'query A { a } query B { b }'",
        "aisetu api 'query A { a }' --operation B",
        "aisetu api '{ a }' --var =1",
        "aisetu api '{ a }' --variables '[1]'",
        "aisetu api",
    ] {
        let outcome = home.shell(&api, line).outcome();
        assert_eq!(outcome.code, Some(2), "{line}: {outcome}");
    }
    let token = samples::token(admin_token::TokenKind::Pat, 3);
    let outcome = home.shell(&api, &format!("aisetu api '{{ a }}' --var t={}", token.expose())).outcome();
    assert!(outcome.code == Some(2) && !outcome.to_string().contains(token.expose()));
}

#[test]
fn a_call_is_written_as_a_program_without_the_token() {
    let home = Home::new();
    let api = Api::new();
    let told = |line: &str| home.shell(&api, line).outcome().to_string();
    let document = "mutation M($n: String!) { workspacesCreate(input: { name: $n }) { id } }";
    insta::assert_snapshot!(told(&format!("aisetu api '{document}' --var n=lab --generate curl")), @r#"
    exit code: 0
    ----- stdout -----
    curl --fail-with-body --silent --show-error [URL]/graphql \
      --header "Authorization: Bearer $AI_SETU_PAT" \
      --header 'Content-Type: application/json' \
      --header "Idempotency-Key: $(uuidgen)" \
      --data @- <<'END'
    {
      "query": "mutation M($n: String!) { workspacesCreate(input: { name: $n }) { id } }",
      "variables": {
        "n": "lab"
      }
    }
    END
    ----- stderr -----
    "#);
    insta::assert_snapshot!(told(&format!("aisetu api '{document}' --var n=lab --operation M --generate rust")), @r##"
    exit code: 0
    ----- stdout -----
    // Cargo.toml: admin-core, serde_json, tokio (features "macros" and "rt"). The token is in AI_SETU_PAT.
    use admin_core::{CallOptions, Client, Config, RawRequest};

    #[tokio::main(flavor = "current_thread")]
    async fn main() -> Result<(), admin_core::Error> {
        let client = Client::new(Config::builder().base_url("[URL]").build()?)?;
        let mut request = RawRequest::new(r#"mutation M($n: String!) { workspacesCreate(input: { name: $n }) { id } }"#)
            .variable("n", serde_json::json!("lab"))
            .mutation();
        request.operation_name = Some("M".to_owned());
        let answer = client.raw(&request, CallOptions::default()).await?;
        println!("{}", answer.body);
        answer.error.map_or(Ok(()), Err)
    }
    ----- stderr -----
    "##);
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn the_schema_is_searched_and_described_without_a_network() {
    let home = Home::new();
    insta::assert_snapshot!(home.aisetu(["api", "describe", "apiKeysFinishRotation"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    SIGNATURE                                DESCRIPTION
    apiKeysFinishRotation(id: ID!): ApiKey!  Ends the grace of a rotation now: the old secret stops working.
    id: ID!                                  -
    type ApiKey                              An API key: what an application presents to a gateway.
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.aisetu(["api", "describe", "workspacesrename"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    SIGNATURE                                                   DESCRIPTION
    workspacesRename(input: RenameWorkspaceInput!): Workspace!  Renames a workspace.
    input: RenameWorkspaceInput!                                -
    input RenameWorkspaceInput                                  A new name for a workspace.
    id: ID!                                                     -
    name: String!                                               1 to 100 characters, none of them a control character.
    type Workspace                                              A workspace: it holds projects and API keys.
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.aisetu(["api", "describe", "apiKeysFinishRotaton"]).outcome(), @"
    exit code: 6
    ----- stdout -----
    ----- stderr -----
    error: there is no part of the schema `apiKeysFinishRotaton` (NOT_FOUND)
    hint: did you mean `apiKeysFinishRotation`, `apiKeysFinishRotation(id:)`, `apiKeysRotate`?
    hint: `aisetu api search WORD` lists all
    ");
    let found = home.aisetu(["api", "search", "rollback", "-o", "json"]).outcome().json();
    assert!(
        found["items"].as_array().unwrap().iter().any(|item| item["name"] == "Mutation.apiKeysRollbackRotation"),
        "{found}"
    );
}
