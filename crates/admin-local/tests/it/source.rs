//! Secrets that a user gives: out of files, variables, and what other programs keep.

use std::fs;
use std::time::Duration;

use admin_local::{SecretReference, SecretSource, SourceError};

use crate::fake::{Fake, SECRET};

fn reference(text: &str) -> SecretSource {
    SecretSource::Reference(text.parse::<SecretReference>().unwrap())
}

fn read(fake: &Fake, source: &SecretSource) -> Result<String, SourceError> {
    source.read_on(&fake.machine).map(|secret| secret.expose().to_owned())
}

/// Why there is no secret; what was read is not in it.
fn why(fake: &Fake, source: &SecretSource) -> String {
    let error = read(fake, source).unwrap_err();
    fake.why(&error, error.hint())
}

#[test]
fn a_file_gives_what_is_in_it() {
    let fake = Fake::new();
    let source = SecretSource::File(fake.path("key"));
    for (content, secret) in [("s", "s"), (" s \r\n", " s "), ("s\n\n", "s\n"), ("a\nb\n", "a\nb")] {
        fs::write(fake.path("key"), content).unwrap();
        assert_eq!(read(&fake, &source).unwrap(), secret);
        assert_eq!(source.read(&fake.machine.environment).unwrap().expose(), secret);
    }
}

#[test]
fn a_file_that_holds_no_secret_is_told_without_what_it_holds() {
    let fake = Fake::new();
    let source = SecretSource::File(fake.path("key"));
    insta::assert_snapshot!(why(&fake, &source), @"
    cannot read `[DIR]/key`: No such file or directory (os error 2)
    hint: name a file with the secret in it, and nothing else
    ");
    for (content, told) in [
        (b"\n".to_vec(), "it is empty"),
        (format!("{SECRET}\0").into_bytes(), "it has a NUL in it"),
        ([SECRET.as_bytes(), b"\xff"].concat(), "it is not UTF-8 text"),
        (SECRET.repeat(100).into_bytes(), "it has more than 4096 bytes, which no secret has"),
    ] {
        fs::write(fake.path("key"), content).unwrap();
        assert_eq!(
            why(&fake, &source),
            format!("`[DIR]/key` holds no secret: {told}\nhint: put the secret there, and nothing else")
        );
    }
    insta::assert_snapshot!(why(&fake, &SecretSource::File(fake.path(""))), @"
    cannot read `[DIR]/`: Is a directory (os error 21)
    hint: name a file with the secret in it, and nothing else
    ");
}

#[test]
fn a_variable_gives_what_is_in_it() {
    let fake = Fake::with(&[("KEY", SECRET), ("LINE", " s \n"), ("EMPTY", ""), ("BINARY", "tt_live_00\u{fffd}")]);
    assert_eq!(read(&fake, &SecretSource::Env("KEY".to_owned())).unwrap(), SECRET);
    assert_eq!(read(&fake, &SecretSource::Env("LINE".to_owned())).unwrap(), " s ");
    for name in ["EMPTY", "OTHER"] {
        assert_eq!(
            why(&fake, &SecretSource::Env(name.to_owned())),
            format!("the variable `{name}` is not set, or empty\nhint: set `{name}`, and see that it is exported")
        );
    }
    insta::assert_snapshot!(why(&fake, &SecretSource::Env("BINARY".to_owned())), @"
    the variable `BINARY` holds no secret: it is not UTF-8 text
    hint: put the secret there, and nothing else
    ");
}

#[test]
fn one_password_reads_a_reference() {
    let fake = Fake::new();
    let source = reference("op://Private/CI of acme/credential");
    insta::assert_snapshot!(why(&fake, &source), @"
    there is no program `op` on `PATH`
    hint: install the 1Password CLI: https://developer.1password.com/docs/cli
    ");
    fake.program("op", &format!("printf {SECRET}; echo noise >&2"));
    assert_eq!(read(&fake, &source).unwrap(), SECRET);
    fake.assert_hidden();
    assert_eq!(fake.calls(), "op [read] [--no-newline] [op://Private/CI of acme/credential]\n");

    fake.program("op", "echo '[ERROR] \"CI of acme\" isn'\\''t an item' >&2; exit 1");
    insta::assert_snapshot!(why(&fake, &source), @r#"
    `op read` failed (exit status: 1): [ERROR] "CI of acme" isn't an item
    hint: if you are not signed in, run `op signin`
    "#);
}

#[test]
fn vault_reads_a_field() {
    let fake = Fake::new();
    let source = reference("vault:secret/ci#api_key");
    fake.program("vault", &format!("echo {SECRET}"));
    assert_eq!(read(&fake, &source).unwrap(), SECRET, "one line end is not the secret's");
    assert_eq!(fake.calls(), "vault [kv] [get] [-field=api_key] [secret/ci]\n");
    fake.program("vault", "echo 'Field \"api_key\" not present in secret' >&2; exit 1");
    insta::assert_snapshot!(why(&fake, &source), @r#"
    `vault kv get` failed (exit status: 1): Field "api_key" not present in secret
    hint: if you are not signed in, set `VAULT_ADDR` and run `vault login`
    "#);
}

#[test]
fn a_keyring_gives_an_entry() {
    let fake = Fake::new();
    let source = reference("keyring:acme/ci");
    fake.memory.put("aisetu", "ci", "ours");
    insta::assert_snapshot!(why(&fake, &source), @"
    the keyring has nothing as `acme/ci`
    hint: look for the service and the account in the keyring
    ");
    fake.memory.put("acme", "ci", SECRET);
    assert_eq!(read(&fake, &source).unwrap(), SECRET);
    fake.memory.lock();
    insta::assert_snapshot!(why(&fake, &source), @"
    the keyring does not give `acme/ci`: the keyring is locked
    hint: unlock the keyring
    ");
}

#[test]
fn what_a_program_prints_is_bounded_and_not_shown() {
    let mut fake = Fake::new();
    let source = reference("op://v/i/f");
    fake.program("op", &format!("while echo {SECRET}; do :; done"));
    fake.machine.deadline = Duration::from_millis(500);
    insta::assert_snapshot!(why(&fake, &source), @"`op read` took longer than 0.5 s, and was ended");

    fake.machine.deadline = Duration::from_secs(60);
    fake.program("op", &format!("i=0; while [ $i -lt 1000 ]; do echo {SECRET}; i=$((i + 1)); done"));
    insta::assert_snapshot!(why(&fake, &source), @"
    `op://v/i/f` holds no secret: it has more than 4096 bytes, which no secret has
    hint: put the secret there, and nothing else
    ");
    fake.program("op", &format!("echo {SECRET}; echo 'found {SECRET}' >&2; exit 1"));
    insta::assert_snapshot!(why(&fake, &source), @"
    `op read` failed (exit status: 1); what it said is not shown, because a secret is in it
    hint: if you are not signed in, run `op signin`
    ");
    fake.program("op", "exit 0");
    insta::assert_snapshot!(why(&fake, &source), @"
    `op://v/i/f` holds no secret: it is empty
    hint: put the secret there, and nothing else
    ");
}

#[test]
fn no_source_has_a_secret_in_its_debug() {
    let fake = Fake::with(&[("KEY", SECRET)]);
    let secret = SecretSource::Env("KEY".to_owned()).read_on(&fake.machine).unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(…0000)");
    assert_eq!(format!("{:?}", SecretSource::Env("KEY".to_owned())), "Env(\"KEY\")");
}
