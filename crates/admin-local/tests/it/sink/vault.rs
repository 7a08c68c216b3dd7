//! `vault:PATH#FIELD`.

use admin_local::Overwrites;

use crate::fake::{Fake, SECRET};

const SINK: &str = "vault:secret/ci#api_key";
const NONE: &str = "echo 'No value found at secret/data/ci' >&2; exit 2";

/// A `vault` that does this when it is asked what a path has.
fn vault(gets: &str) -> Fake {
    let fake = Fake::new();
    let does = format!(
        r#"case "$1 $2" in
            "token lookup") echo 'id hvs.ours' ;;
            "kv get") {gets} ;;
            "kv patch" | "kv put") cat >>"$here/stdin"; echo Success ;;
        esac"#
    );
    fake.program("vault", &does);
    fake
}

fn has(json: &str) -> Fake {
    vault(&format!("echo '{json}'"))
}

#[test]
fn a_new_path_is_put() {
    let fake = vault(NONE);
    let place = fake.probe(SINK).unwrap();
    assert_eq!(place.overwrites(), Overwrites::Nothing);
    assert_eq!(fake.calls(), "vault [token] [lookup]\nvault [kv] [get] [-format=json] [secret/ci]\n");
    assert_eq!(fake.read("stdin"), "", "a probe leaves everything as it was");

    assert_eq!(place.deliver(&SECRET.into()).unwrap().to_string(), "`secret/ci` in Vault as `api_key`");
    fake.assert_hidden();
    assert_eq!(
        fake.calls(),
        "vault [kv] [put] [-cas=0] [secret/ci] [api_key=-]\n",
        "nothing may have come there since"
    );
    assert_eq!(fake.read("stdin"), SECRET, "no line end");
}

#[test]
fn the_other_fields_of_a_path_stay() {
    for (fields, overwrites) in [
        (r#"{"other":"1"}"#, Overwrites::Nothing),
        (r#"{"other":"1","api_key":"2"}"#, Overwrites::Value),
        ("{}", Overwrites::Nothing),
    ] {
        let fake = has(&format!(r#"{{"data":{{"data":{fields},"metadata":{{"version":2}}}}}}"#));
        let place = fake.probe(SINK).unwrap();
        assert_eq!(place.overwrites(), overwrites, "{fields}");
        place.deliver(&SECRET.into()).unwrap();
        fake.assert_hidden();
        assert!(fake.calls().ends_with("vault [kv] [patch] [secret/ci] [api_key=-]\n"));
        assert_eq!(fake.read("stdin"), SECRET);
    }
}

#[test]
fn a_path_whose_last_version_was_deleted_is_put() {
    let fake = has(r#"{"data":{"data":null,"metadata":{"version":2}}}"#);
    fake.deliver(SINK).unwrap();
    assert!(fake.calls().ends_with("vault [kv] [put] [-cas=2] [secret/ci] [api_key=-]\n"));
}

#[test]
fn an_engine_that_would_lose_other_fields_is_not_written_to() {
    let fake = has(r#"{"data":{"api_key":"1","other":"2"}}"#);
    insta::assert_snapshot!(fake.refused(SINK), @"
    `secret/ci` in Vault has other fields, which its engine (KV version 1) would lose
    hint: name a path of its own
    ");
    let fake = has(r#"{"data":{"api_key":"1"}}"#);
    let place = fake.probe(SINK).unwrap();
    assert_eq!(place.overwrites(), Overwrites::Value);
    place.deliver(&SECRET.into()).unwrap();
    assert!(fake.calls().ends_with("vault [kv] [put] [secret/ci] [api_key=-]\n"));
}

#[test]
fn a_vault_that_cannot_be_read_is_told() {
    let fake = Fake::new();
    insta::assert_snapshot!(fake.refused(SINK), @"
    there is no program `vault` on `PATH`
    hint: install Vault: https://developer.hashicorp.com/vault/install
    ");
    fake.program("vault", "echo 'Error looking up token: permission denied' >&2; exit 2");
    insta::assert_snapshot!(fake.refused(SINK), @"
    `vault token lookup` failed (exit status: 2): Error looking up token: permission denied
    hint: if you are not signed in, set `VAULT_ADDR` and run `vault login`
    ");
    assert_eq!(fake.calls(), "vault [token] [lookup]\n");
    let fake = vault("echo 'Error reading secret/data/ci: Code: 500' >&2; exit 2");
    insta::assert_snapshot!(fake.refused(SINK), @"
    `vault kv get` failed (exit status: 2): Error reading secret/data/ci: Code: 500
    hint: if you are not signed in, set `VAULT_ADDR` and run `vault login`
    ");
    let fake = vault("echo 'Key Value'");
    assert!(fake.refused(SINK).starts_with("what `vault kv get` printed is not what was expected of it\n"));
}

#[test]
fn a_token_that_may_not_look_is_told_what_it_needs() {
    for said in [
        "Error reading secret/data/ci: Error making API request. Code: 403. Errors: * permission denied",
        "preflight capability check returned 403, please ensure client policies grant access to path secret/ci",
    ] {
        let fake = vault(&format!("echo '{said}' >&2; exit 2"));
        let why = fake.refused(SINK);
        assert!(why.contains(said) && !why.contains("vault login"), "{why}");
        assert!(why.contains("hint: the token needs `read` on the path"), "{why}");
    }
}
