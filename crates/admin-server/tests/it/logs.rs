//! What the log says, and what it never says.

use admin_server::env::LOG;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::process::{Place, Running, create_key};

#[test]
fn the_most_talkative_log_holds_no_secret() {
    let place = Place::new();
    let token = place.owner();
    let mut command = place.serve();
    command.env(LOG, "trace");
    let running = Running::start(command);
    let owner = running.caller(&token);
    let idempotency_key = "f4d1c2b3-aaaa-4bbb-8ccc-ddddeeeeffff";
    let made = owner.graphql(&create_key("k"), Some(idempotency_key)).unwrap()["data"]["apiKeysCreate"].clone();
    owner.graphql(&create_key("other"), Some(idempotency_key)).unwrap();
    let (id, key) = (made["item"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let rotate = format!(r#"mutation {{ apiKeysRotate(input: {{ id: "{id}" }}) {{ secret }} }}"#);
    let rotated = owner.data(&rotate)["apiKeysRotate"]["secret"].as_str().unwrap().to_owned();
    let create = r#"mutation { patsCreate(input: { name: "t", scopes: ["admin:read"] }) { item { id } secret } }"#;
    let pat = owner.data(create)["patsCreate"]["secret"].as_str().unwrap().to_owned();
    assert_eq!(owner.verdict(&rotated), "VALID");
    // Secrets in the wrong places, and requests that fail.
    running.caller(key).graphql("{ authWhoami { pat { id } } }", None).unwrap();
    running.caller(&format!("{token}x")).graphql("{ authWhoami { pat { id } } }", None).unwrap();
    owner.graphql(&format!("{{ apiKeysGet(id: \"{key}\") {{ id }} }}"), None).unwrap();
    owner.graphql(&format!("{{ {key} }}"), None).unwrap();
    owner.graphql(&format!("{{ {key}"), None).unwrap();
    assert_eq!(owner.verdict(&pat), "NOT_FOUND");
    owner.get(&format!("/graphql?query={rotated}"));
    let log = running.stop();

    assert!(
        log.contains("\"level\":\"TRACE\"") && log.contains("apiKeysRotate") && log.contains("INSERT INTO api_keys")
    );
    for (name, secret) in [
        ("token", token.as_str()),
        ("key", key),
        ("rotated key", &rotated),
        ("second token", &pat),
        ("idempotency key", idempotency_key),
    ] {
        assert!(!log.contains(secret), "the {name} is in the log");
        assert!(!log.contains(&secret[8..secret.len() - 6]), "a part of the {name} is in the log");
        assert!(!log.contains(&STANDARD_NO_PAD.encode(secret)), "the {name} is in the log as base64");
    }
    for file in ["pepper.key", "kek.key", "audit.key"] {
        let key = std::fs::read_to_string(place.path(file)).unwrap();
        assert!(!log.contains(key.trim()), "{file} is in the log");
    }
    // Every line is one JSON object that a collector can read.
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}
