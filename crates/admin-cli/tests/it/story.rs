//! The main job from the shell, against the real control plane: create, verify, rotate, finish, revoke, restore.

use std::fs;

use crate::harness::{Dev, Home};

#[test]
fn a_key_lives_its_life() {
    let home = Home::new();
    let dev = Dev::start(&home);
    let verdict = |file: &str| {
        let secret = fs::read_to_string(home.path().join(file)).unwrap();
        let verify = dev.aisetu(&home, ["api-keys", "verify", "--secret-stdin", "-o", "json"]).stdin(&secret).outcome();
        let verdict = verify.json();
        assert_eq!(verify.code, Some(if verdict["valid"] == true { 0 } else { 12 }), "{verify}");
        verdict["code"].as_str().unwrap().to_owned()
    };
    let ok = |arguments: &str| {
        let outcome = dev.run(&home, arguments);
        assert_eq!(outcome.code, Some(0), "{arguments}: {outcome}");
        outcome.json()
    };

    let id = ok("api-keys create --name CI --save-to file:first -o json")["id"].as_str().unwrap().to_owned();
    assert_eq!(verdict("first"), "VALID");
    ok(&format!("api-keys rotate {id} --grace 1h --yes --save-to file:second -o json"));
    assert_eq!([verdict("first"), verdict("second")], ["VALID", "VALID"]);
    ok(&format!("api-keys finish-rotation {id} --yes -o json"));
    assert_eq!([verdict("first"), verdict("second")], ["EXPIRED", "VALID"]);
    ok(&format!("api-keys revoke {id} --yes -o json"));
    assert_eq!(verdict("second"), "REVOKED");
    ok(&format!("api-keys restore {id} -o json"));
    assert_eq!(verdict("second"), "VALID");
    dev.stop();
}
