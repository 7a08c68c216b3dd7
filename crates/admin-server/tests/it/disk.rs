//! A disk that is full while the server serves. The limit on the size of files stands for it: it needs no privileges, and can be
//! lifted while the process runs.

use crate::process::{Place, Running, audited, count_keys, create_key, integrity};

#[test]
fn what_cannot_be_written_is_an_error_and_nothing_acknowledged_is_lost() {
    let place = Place::new();
    let token = place.owner();
    let running = Running::start(place.serve());
    let owner = running.caller(&token);
    let tenant =
        owner.data("{ authWhoami { tenant { id } } }")["authWhoami"]["tenant"]["id"].as_str().unwrap().to_owned();
    running.limit_files("1000000");

    let mut secrets = Vec::new();
    let refused = loop {
        let answer = owner.graphql(&create_key("k"), None).unwrap();
        match answer["data"]["apiKeysCreate"]["secret"].as_str() {
            Some(secret) => secrets.push(secret.to_owned()),
            None => break answer["errors"][0].clone(),
        }
        assert!(secrets.len() < 10_000, "the limit is not felt");
    };
    assert!(!secrets.is_empty());
    assert_eq!(refused["extensions"]["code"], "UNAVAILABLE");
    assert_eq!(refused["extensions"]["retryAfterMs"], 1_000);
    assert_eq!(refused["message"], "the control plane cannot write to its disk");
    // It goes on to say so, and to answer what needs no room.
    for _ in 0..20 {
        let answer = owner.graphql(&create_key("k"), Some("tried when the disk was full")).unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    }
    assert_eq!(count_keys(&owner), i64::try_from(secrets.len()).unwrap());
    assert_eq!(owner.verdict(&secrets[0]), "VALID");
    assert_eq!(owner.get("/healthz"), (200, "ok\n".to_owned()));

    // With room again it works again, without a restart; what failed was not kept under its key.
    running.limit_files("unlimited");
    let late = owner.graphql(&create_key("k"), Some("tried when the disk was full")).unwrap();
    assert_eq!(late.get("errors"), None, "{late}");
    secrets.push(late["data"]["apiKeysCreate"]["secret"].as_str().map(ToOwned::to_owned).unwrap());
    running.stop();

    let running = Running::start(place.serve());
    let owner = running.caller(&token);
    assert_eq!(count_keys(&owner), i64::try_from(secrets.len()).unwrap());
    for secret in &secrets {
        assert_eq!(owner.verdict(secret), "VALID");
    }
    assert_eq!(owner.data("{ __typename }"), serde_json::json!({ "__typename": "Query" }));
    running.stop();
    assert_eq!(integrity(&place.data()), "ok");
    // What made the tenant, its owner and the token; then the keys.
    assert_eq!(audited(&place, &tenant), 5 + i64::try_from(secrets.len()).unwrap());
}
