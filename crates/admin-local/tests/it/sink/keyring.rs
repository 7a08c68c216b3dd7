//! `keyring:SERVICE/ACCOUNT`.

use std::time::Duration;

use admin_core::env::Environment;
use admin_local::{AI_SETU_NO_KEYRING, Keyring, Overwrites};

use crate::fake::{Fake, SECRET};

#[test]
fn an_entry_is_set_under_its_service() {
    let fake = Fake::new();
    fake.memory.put("aisetu", "ci/web", "ours");
    let place = fake.probe("keyring:acme/ci/web").unwrap();
    assert_eq!(place.overwrites(), Overwrites::Nothing);
    assert!(!place.masks() && place.is_tracked() == Some(false) && place.warnings().is_empty());
    assert_eq!(fake.memory.content(), "aisetu/ci/web=ours\n", "a probe leaves everything as it was");
    assert_eq!(fake.deliver("keyring:acme/ci/web").unwrap(), "the keyring as `acme/ci/web`");
    assert_eq!(fake.memory.content(), format!("acme/ci/web={SECRET}\naisetu/ci/web=ours\n"));
}

#[test]
fn what_an_entry_has_already_is_told_before_it_is_overwritten() {
    let fake = Fake::new();
    for (value, overwrites) in [
        ("", Overwrites::Nothing),
        ("hunter2", Overwrites::Value),
        ("tt_live_another", Overwrites::Value),
        (SECRET, Overwrites::Token),
    ] {
        fake.memory.put("acme", "ci", value);
        assert_eq!(fake.probe("keyring:acme/ci").unwrap().overwrites(), overwrites, "{value}");
    }
    fake.deliver("keyring:acme/ci").unwrap();
    assert_eq!(fake.memory.content(), format!("acme/ci={SECRET}\n"));
}

#[test]
fn a_keyring_that_would_not_take_it_is_found_by_the_probe() {
    let fake = Fake::new();
    fake.memory.take_no_more();
    insta::assert_snapshot!(fake.refused("keyring:acme/ci"), @"
    the keyring cannot keep `acme/ci`: the keyring is locked
    hint: unlock the keyring
    ");

    let mut fake = Fake::new();
    fake.machine.keyring =
        Keyring::system(&Environment::new(|name| (name == AI_SETU_NO_KEYRING).then(|| "1".to_owned())));
    insta::assert_snapshot!(fake.refused("keyring:acme/ci"), @"
    the keyring cannot keep `acme/ci`: `AI_SETU_NO_KEYRING` is set
    hint: without `AI_SETU_NO_KEYRING` the keyring is asked
    ");
}

#[test]
fn a_keyring_that_hangs_is_given_up() {
    let (_open, hangs) = crate::keyring::Hangs::new();
    let mut fake = Fake::new();
    fake.machine.keyring = Keyring::new(hangs, Duration::from_millis(50));
    insta::assert_snapshot!(fake.refused("keyring:acme/ci"), @"
    the keyring cannot keep `acme/ci`: the keyring did not answer within 0.05 s
    hint: name another place, such as `file:PATH`
    ");
}

#[test]
fn a_keyring_that_is_locked_meanwhile_is_told() {
    let fake = Fake::new();
    let place = fake.probe("keyring:acme/ci").unwrap();
    fake.memory.lock();
    insta::assert_snapshot!(fake.failed(place), @"
    the keyring cannot keep `acme/ci`: the keyring is locked
    hint: unlock the keyring
    ");
    assert_eq!(fake.memory.content(), "");
}
