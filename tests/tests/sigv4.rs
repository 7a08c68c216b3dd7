//! Our signatures of AWS are those of AWS's own library. `tests/sigv4.sh` asks it for a thousand.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use admin_server::providers::{Signing, sign};
use admin_token::Secret;
use jiff::Timestamp;
use serde_json::Value;

/// The signature of one case, as ours.
fn ours(case: &Value) -> (String, Secret) {
    let text = |name: &str| case[name].as_str().unwrap();
    sign(&Signing {
        access_key_id: &Secret::new(text("keyId")),
        secret_access_key: &Secret::new(text("secret")),
        region: text("region"),
        service: "sts",
        host: text("host"),
        path: text("path"),
        content_type: "application/x-www-form-urlencoded; charset=utf-8",
        body: b"Action=GetCallerIdentity&Version=2011-06-15",
        at: Timestamp::from_second(case["at"].as_i64().unwrap()).unwrap(),
    })
}

#[test]
#[ignore = "needs botocore: tests/sigv4.sh asks it and runs this"]
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment where the cases are")]
fn a_thousand_signatures_are_those_of_aws() {
    let cases = std::fs::read_to_string(std::env::var("AI_SETU_TEST_SIGV4").unwrap()).unwrap();
    let cases: Vec<Value> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 1000);
    for case in &cases {
        let (date, authorization) = ours(case);
        assert_eq!(
            (date.as_str(), authorization.expose()),
            (case["date"].as_str().unwrap(), case["authorization"].as_str().unwrap()),
            "{case}"
        );
    }
    // The control: a signature is of its own second and of its own key.
    let mut other = cases[0].clone();
    other["at"] = Value::from(other["at"].as_i64().unwrap() + 1);
    assert_ne!(ours(&other).1.expose(), cases[0]["authorization"]);
}
