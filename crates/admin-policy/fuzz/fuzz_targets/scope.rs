//! A scope: one form, and whatever is none names scopes.
#![no_main]

use admin_policy::{CATALOGUE, Scope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match text.parse::<Scope>() {
        Ok(scope) => {
            assert_eq!(scope.to_string(), text);
            assert!(scope.covers(scope));
            for entry in CATALOGUE {
                let other = entry.scope();
                assert_eq!(scope.covers(other), text == other.to_string() || text == format!("{}:*", entry.resource));
                assert_eq!(other.covers(scope), other == scope);
            }
        }
        Err(error) => {
            assert!(error.nearest.len() <= 3 && error.nearest.iter().all(|near| near.parse::<Scope>().is_ok()));
            let told = error.to_string();
            assert!(told.chars().count() < 200 && !told.contains(char::is_control), "{told:?}");
        }
    }
});
