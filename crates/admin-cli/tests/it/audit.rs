//! The audit trail in the shell.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::harness::{Api, Home, samples};

fn event(number: i64, actor: &Value) -> Value {
    json!({
        "id": format!("evt_{number}"), "number": number, "at": "2026-11-01T08:00:00.000Z", "actor": actor,
        "action": "apiKeysRevoke", "objectId": "key_1", "workspaceId": "ws_1", "before": { "state": "ACTIVE" },
        "after": { "state": "REVOKED", "revocation": null }, "reason": "in a\u{1b} log", "requestId": "req_1",
    })
}

#[test]
fn events_are_a_table_or_all_that_is_known() {
    let home = Home::new();
    let person = json!({ "kind": "USER", "userId": "usr_1", "email": "ada@example.com", "patId": "pat_1", "serviceTokenId": null, "client": "aisetu" });
    let operator = json!({ "kind": "OPERATOR", "userId": null, "email": null, "patId": null, "serviceTokenId": null, "client": null });
    let mut page = samples::page(&[event(9, &person), event(8, &operator)]);
    page["totalCount"] = Value::Null;
    let api = Api::answering("AuditEvents", page);
    insta::assert_snapshot!(home.calls(&api, ["audit", "events"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    NUMBER  AT                        WHO              ACTION         OBJECT  WORKSPACE  REASON
    9       2026-11-01T08:00:00.000Z  ada@example.com  apiKeysRevoke  key_1   ws_1       in a� log
    8       2026-11-01T08:00:00.000Z  OPERATOR         apiKeysRevoke  key_1   ws_1       in a� log
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["audit", "events", "-o", "jsonl"]).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {"id":"evt_9","number":9,"at":"2026-11-01T08:00:00.000Z","actor":{"kind":"USER","userId":"usr_1","email":"ada@example.com","patId":"pat_1","serviceTokenId":null,"client":"aisetu"},"action":"apiKeysRevoke","objectId":"key_1","workspaceId":"ws_1","before":{"state":"ACTIVE"},"after":{"revocation":null,"state":"REVOKED"},"reason":"in a\u001b log","requestId":"req_1"}
    {"id":"evt_8","number":8,"at":"2026-11-01T08:00:00.000Z","actor":{"kind":"OPERATOR","userId":null,"email":null,"patId":null,"serviceTokenId":null,"client":null},"action":"apiKeysRevoke","objectId":"key_1","workspaceId":"ws_1","before":{"state":"ACTIVE"},"after":{"revocation":null,"state":"REVOKED"},"reason":"in a\u001b log","requestId":"req_1"}
    ----- stderr -----
    "#);
    insta::assert_snapshot!(home.calls(&api, ["audit", "events", "--from", "yesterday"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'yesterday' for '--from <WHEN>': give how long ago, such as `1h`, or an instant such as `2026-01-31T00:00:00Z`

    For more information, try '--help'.
    ");
}

#[test]
fn a_broken_chain_exits_with_12_and_is_data() {
    let home = Home::new();
    let whole = Api::answering(
        "AuditVerify",
        json!({ "ok": true, "events": 9, "brokenAt": null, "message": null,
        "head": "9.mac.signature", "nextCursor": null }),
    );
    insta::assert_snapshot!(home.calls(&whole, ["audit", "verify"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    chain         whole
    whole events  9
    head          9.mac.signature
    ----- stderr -----
    ");
    let message = "event 4 was changed, or one before it is missing";
    let broken =
        json!({ "ok": false, "events": 3, "brokenAt": 4, "message": message, "head": null, "nextCursor": null });
    let broken = Api::answering("AuditVerify", broken);
    insta::assert_snapshot!(home.calls(&broken, ["audit", "verify"]).outcome(), @"
    exit code: 12
    ----- stdout -----
    chain         broken
    whole events  3
    broken at     4
    why           event 4 was changed, or one before it is missing
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&broken, ["audit", "verify", "-o", "json"]).outcome(), @r#"
    exit code: 12
    ----- stdout -----
    {
      "ok": false,
      "events": 3,
      "brokenAt": 4,
      "message": "event 4 was changed, or one before it is missing",
      "head": null,
      "nextCursor": null
    }
    ----- stderr -----
    "#);
}

#[test]
fn a_long_chain_is_checked_to_its_end() {
    let home = Home::new();
    let api = Api::new().responds("AuditVerify", |request: &Request| {
        let asked: Value = request.body_json().unwrap();
        let end = asked["variables"]["input"]["cursor"] == "c_2";
        let next = if asked["variables"]["input"]["cursor"] == "c_1" { "c_2" } else { "c_1" };
        let verification = json!({ "ok": end, "events": if end { 9 } else { 4 }, "brokenAt": null, "message": null,
            "head": end.then_some("9.mac.signature"), "nextCursor": (!end).then_some(next) });
        ResponseTemplate::new(200).set_body_json(json!({ "data": { "auditVerify": verification } }))
    });
    insta::assert_snapshot!(home.calls(&api, ["audit", "verify", "--expected-head", "7.m.s"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    chain         whole
    whole events  9
    head          9.mac.signature
    ----- stderr -----
    ");
    insta::assert_snapshot!(api.asked().join("\n"), @r#"
    AuditVerify {"input":{"expectedHead":"7.m.s"}}
    AuditVerify {"input":{"cursor":"c_1","expectedHead":"7.m.s"}}
    AuditVerify {"input":{"cursor":"c_2","expectedHead":"7.m.s"}}
    "#);
}
