//! `aisetu-server ledger`: an operator sets the credit of a tenant right, beside a server that serves.

use serde_json::{Value, json};

use crate::process::{Place, Running, text};

fn adjust(place: &Place, arguments: &[&str]) -> (bool, String, String) {
    let data = place.data();
    let arguments = [&["ledger", "adjust"], arguments, &["--data", data.to_str().unwrap()]].concat();
    let output = place.command(&arguments).output().unwrap();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn an_adjustment_is_posted_once_and_is_on_record() {
    let place = Place::new();
    let token = place.owner();
    let running = Running::start(place.serve());
    let owner = running.caller(&token);
    let tenant = owner.data("{ authWhoami { tenant { id } } }")["authWhoami"]["tenant"]["id"].clone();
    let tenant = tenant.as_str().unwrap();
    let balance = || {
        owner.data("{ billingCreditBalance { balance { amount } } }")["billingCreditBalance"]["balance"]["amount"]
            .take()
    };

    let gift = ["--tenant", tenant, "--amount", "12.50", "--reason", "an outage of ours", "--reference", "OPS-7"];
    let (ok, printed, told) = adjust(&place, &gift);
    assert!(ok, "{told}");
    assert!(
        printed.starts_with("posted led_") && printed.ends_with(": 12.50 USD; the credit is 12.50 USD now\n"),
        "{printed}"
    );
    let (ok, printed, told) = adjust(&place, &gift);
    assert!(!ok && printed.is_empty() && told.contains("`OPS-7` was posted already: 12.50 USD"), "{told}");
    assert_eq!(balance(), "12.50", "a second try counts for nothing");
    let take = ["--tenant", tenant, "--amount", "-20.000001", "--reason", "a gift that was another tenant's"];
    assert!(adjust(&place, &take).0);
    assert_eq!(balance(), "-7.500001");
    let (ok, _, told) = adjust(&place, &["--tenant", tenant, "--amount=-9223372036854.775807", "--reason", "too much"]);
    assert!(!ok && told.contains("more than can be counted"), "{told}");
    let stranger = format!("ten_{}", "0".repeat(26));
    let (ok, _, told) = adjust(&place, &["--tenant", &stranger, "--amount", "1", "--reason", "nobody"]);
    assert!(!ok && told.contains(&format!("there is no tenant {stranger}")), "{told}");

    let seen = owner.data(
        r#"{ billingLedger { items { kind amount { amount } reference } }
             auditEvents(input: { action: "operator.adjustLedger" }) { items { actor { kind } reason after } }
             auditVerify { ok } }"#,
    );
    let ledger = seen["billingLedger"]["items"].as_array().unwrap();
    assert_eq!((&ledger[1]["kind"], &ledger[1]["reference"]), (&json!("ADJUSTMENT"), &json!("OPS-7")));
    assert_eq!((ledger.len(), &ledger[0]["amount"]["amount"]), (2, &json!("-20.000001")));
    let events = seen["auditEvents"]["items"].as_array().unwrap();
    assert_eq!((events.len(), &events[1]["actor"]["kind"]), (2, &json!("OPERATOR")));
    assert_eq!(
        (&events[1]["reason"], &events[1]["after"]["amount"]["amount"]),
        (&json!("an outage of ours"), &json!("12.50"))
    );
    assert_eq!(seen["auditVerify"]["ok"], true);
    running.stop();
    assert_eq!(place.check().0["findings"], Value::Array(Vec::new()));
}

#[test]
fn what_is_wrong_is_told_before_anything_is_opened() {
    let place = Place::new();
    let tenant = format!("ten_{}", "0".repeat(26));
    let mut refusals = String::new();
    let (amount, reason) = (["--amount", "1"], ["--reason", "r"]);
    let of = ["--tenant", tenant.as_str()];
    for wrong in [
        "0",
        "-0.000000",
        "0.0000001",
        "1e3",
        "+5",
        "1,5",
        "NaN",
        "inf",
        "",
        "9223372036854.775808",
        "-9223372036854.775808",
    ] {
        let (ok, printed, told) = adjust(&place, &[&of[..], &["--amount", wrong], &reason].concat());
        assert!(!ok && printed.is_empty(), "{wrong}");
        refusals += &told;
    }
    let long = "r".repeat(501);
    for arguments in [
        [&["--tenant", "ws_1"][..], &amount, &reason].concat(),
        [&of[..], &amount, &["--reason", " "]].concat(),
        [&of[..], &amount, &["--reason", &long]].concat(),
        [&of[..], &amount, &reason, &["--reference", "two words"]].concat(),
    ] {
        let (ok, printed, told) = adjust(&place, &arguments);
        assert!(!ok && printed.is_empty(), "{arguments:?}");
        refusals += &told;
    }
    insta::assert_snapshot!(refusals, @"
    error: `amount` is `0`; it must be more or less than nothing
    error: `amount` is `-0.000000`; it must be more or less than nothing
    error: `amount` is `0.0000001`; an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12
    error: `amount` is `1e3`; an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12
    error: `amount` is `+5`; an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12
    error: `amount` is `1,5`; an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12
    error: `amount` is `NaN`; an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12
    error: `amount` is `inf`; an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12
    error: `amount` is ``; an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12
    error: `amount` is `9223372036854.775808`; an amount is digits with at most 6 decimals, such as 25 or 25.50, and less than 9.2 * 10^12
    error: `amount` is `-9223372036854.775808`; it is more than can be counted
    error: `tenant` is the id of a workspace, where a tenant is asked for
      hint: such an id is `ten_` and 26 characters
    error: `reason` is empty; say why, in at most 500 characters
    error: `reason` has 501 characters; it may have 500
    error: `reference` is `two words`; it must be 1 to 64 ASCII letters, digits and marks, without spaces
    ");
    assert!(!place.data().exists(), "nothing was made");
}
