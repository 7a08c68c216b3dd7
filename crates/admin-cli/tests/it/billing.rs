//! Money from the shell.

use serde_json::{Value, json};

use crate::harness::{Api, Dev, Home, samples};

fn credit(amount: &str) -> Value {
    json!({ "tenantId": "ten_1", "balance": samples::usd(amount), "at": "2026-11-22T09:30:00.000Z" })
}

#[test]
fn a_top_up_is_made_paid_and_seen() {
    let home = Home::new();
    let dev = Dev::start(&home);
    let ok = |arguments: &str| {
        let outcome = dev.run(&home, arguments);
        assert_eq!(outcome.code, Some(0), "{arguments}: {outcome}");
        outcome
    };
    let made = ok("billing create-top-up-intent --amount 25.50 --max-amount 25.5 -o json");
    let (id, url) = (made.json()["id"].as_str().unwrap().to_owned(), made.json()["paymentUrl"].clone());
    assert!(url.as_str().unwrap().ends_with(&format!("/dev/top-ups/{id}")), "{url}");
    assert!(made.stderr.contains(&format!("aisetu dev settle {id}")), "{made}");
    assert_eq!(ok("billing credit-balance -o json").json()["balance"]["amount"], "0.00");
    for _ in 0..2 {
        assert_eq!(ok(&format!("dev settle {id} -o json")).json()["state"], "SUCCEEDED");
    }
    assert_eq!(ok("billing credit-balance -o json").json()["balance"]["amount"], "25.50");
    assert_eq!(ok("billing top-ups -o json").json()["items"][0]["state"], "SUCCEEDED");
    assert_eq!(ok("billing ledger -o json").json()["items"][0]["reference"], id);
    let unknown = dev.run(&home, &format!("dev settle top_{}", "0".repeat(26)));
    assert_eq!(unknown.code, Some(6), "{unknown}");
    dev.stop();
}

#[test]
fn payments_are_settled_on_this_machine_only() {
    let home = Home::new();
    let run = home.aisetu(["dev", "settle", "top_1", "--base-url", "https://api.example.com"]);
    insta::assert_snapshot!(run.env("AI_SETU_PAT", samples::pat().expose()).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: https://api.example.com is not on this machine, and payments are settled by hand on a developer's own control plane only (CONFIG)
    ");
    let api = Api::new();
    let elsewhere = home.calls(&api, ["dev", "settle", "top_1"]).outcome();
    assert_ne!(elsewhere.code, Some(0), "a control plane that is no developer's has no such thing: {elsewhere}");
    insta::assert_snapshot!(home.aisetu(["dev", "settle", "top_1"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no profile `dev` in `[HOME]/.config/aisetu/credentials.toml` (CONFIG)
    hint: `aisetu dev` makes it
    ");
    insta::assert_snapshot!(home.aisetu(["dev", "--data", "x", "settle", "top_1"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument 'settle' found

    Usage: aisetu dev [OPTIONS] [-- <COMMAND>...]
           aisetu dev <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn a_sum_is_confirmed_or_nothing_is_sent() {
    let home = Home::new();
    let api = Api::new();
    let create = ["billing", "create-top-up-intent", "--amount", "25.5"];
    insta::assert_snapshot!(home.calls(&api, create).stdin("25.50\n").outcome(), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu billing create-top-up-intent` of 25.50 USD must be confirmed, and there is no terminal to ask on (CONFIRMATION_REQUIRED)
    hint: add `--max-amount 25.50`
    ");
    let with = |more: &[&'static str]| home.calls(&api, create.into_iter().chain(more.iter().copied())).outcome();
    insta::assert_snapshot!(with(&["--yes", "-o", "json"]), @r#"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    {"error":{"code":"CONFIRMATION_REQUIRED","message":"`aisetu billing create-top-up-intent` of 25.50 USD must be confirmed, and `--yes` is not enough for money","hint":"add `--max-amount 25.50`","exitCode":10}}
    "#);
    insta::assert_snapshot!(with(&["--max-amount", "25"]), @"
    exit code: 10
    ----- stdout -----
    ----- stderr -----
    error: `aisetu billing create-top-up-intent` of 25.50 USD must be confirmed, and `--max-amount` is less than that (CONFIRMATION_REQUIRED)
    hint: add `--max-amount 25.50`
    ");
    for wrong in ["25.505,0", "1e3", "$25", "25,50", "NaN", "", "0", "-5", "25.505"] {
        let amount = format!("--amount={wrong}");
        let outcome = home.calls(&api, ["billing", "create-top-up-intent", amount.as_str()]).outcome();
        assert_eq!(outcome.code, Some(2), "{wrong}: {outcome}");
    }
    insta::assert_snapshot!(home.calls(&api, ["billing", "create-top-up-intent", "--amount=25.505"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `--amount` is 25.505; it may have two decimals (BAD_USER_INPUT)
    hint: give USD such as `25` or `25.50`
    ");
    assert_eq!(api.requests().len(), 0);
}

#[test]
fn money_is_shown_with_its_currency() {
    let home = Home::new();
    let mut waiting = samples::top_up("top_2", "10.00", "PENDING");
    waiting["paymentUrl"] = json!("https://checkout.example.com/c/pay/cs_1");
    waiting["paidAt"] = Value::Null;
    let mut paid = samples::top_up("top_1", "25.50", "SUCCEEDED");
    paid["refunded"] = samples::usd("5.00");
    let moved = |id: &str, kind: &str, amount: &str, balance: &str, reference: &str| {
        json!({ "id": id, "tenantId": "ten_1", "kind": kind, "reference": reference, "amount": samples::usd(amount),
            "balance": samples::usd(balance), "at": "2026-11-22T09:30:00.000Z" })
    };
    let api = Api::answering("BillingCreditBalance", credit("-0.000123"))
        .answers("BillingTopUps", samples::page(&[waiting.clone(), paid]))
        .answers("BillingCreateTopUpIntent", json!({ "item": waiting, "clientSecret": null }))
        .answers(
            "BillingLedger",
            samples::page(&[
                moved("led_3", "A_NEW_KIND", "0.10", "20.60", "x"),
                moved("led_2", "REFUND", "-5.00", "20.50", "top_1/evt_2"),
                moved("led_1", "TOP_UP", "25.50", "25.50", "top_1"),
            ]),
        );
    insta::assert_snapshot!(home.calls(&api, ["billing", "credit-balance"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    balance  -0.000123 USD
    tenant   ten_1
    at       2026-11-22T09:30:00.000Z
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["billing", "credit-balance", "-o", "json"]).outcome(), @r#"
    exit code: 0
    ----- stdout -----
    {
      "tenantId": "ten_1",
      "balance": {
        "amount": "-0.000123",
        "currency": "USD"
      },
      "at": "2026-11-22T09:30:00.000Z"
    }
    ----- stderr -----
    "#);
    insta::assert_snapshot!(home.calls(&api, ["billing", "top-ups"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ID     AMOUNT     STATE      PAID                      REFUNDED  CREATED
    top_2  10.00 USD  PENDING    -                         -         2026-11-22T09:00:00.000Z
    top_1  25.50 USD  SUCCEEDED  2026-11-22T09:30:00.000Z  5.00 USD  2026-11-22T09:00:00.000Z
    ----- stderr -----
    ");
    insta::assert_snapshot!(home.calls(&api, ["billing", "ledger"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ID     KIND        AMOUNT     BALANCE    AT                        REFERENCE
    led_3  A_NEW_KIND  0.10 USD   20.60 USD  2026-11-22T09:30:00.000Z  x            ████████████████▎
    led_2  REFUND      -5.00 USD  20.50 USD  2026-11-22T09:30:00.000Z  top_1/evt_2  ████████████████▏
    led_1  TOP_UP      25.50 USD  25.50 USD  2026-11-22T09:30:00.000Z  top_1        ████████████████████
    ----- stderr -----
    ");
    let create = ["billing", "create-top-up-intent", "--amount", "10", "--max-amount", "10"];
    insta::assert_snapshot!(home.calls(&api, create).outcome(), @"
    exit code: 0
    ----- stdout -----
    id          top_2
    amount      10.00 USD
    state       PENDING
    pay at      https://checkout.example.com/c/pay/cs_1
    provider    STRIPE
    tenant      ten_1
    created by  usr_1
    created     2026-11-22T09:00:00.000Z
    expires     2026-11-23T08:00:00.000Z
    ----- stderr -----
    ");
}
