//! `aisetu api-keys check`: which of our tokens stand in a text.

use admin_token::TokenKind;
use serde_json::json;

use crate::harness::{Api, Home, samples};

#[test]
fn tokens_are_found_offline_by_their_checksum() {
    let home = Home::new();
    let [live, test] = [TokenKind::LiveKey, TokenKind::TestKey].map(|kind| samples::token(kind, 9));
    let mut changed = live.expose().to_owned();
    changed.replace_range(20..21, if &changed[20..21] == "x" { "y" } else { "x" });
    let leaked = format!("fine\nKEY={} and {changed}\n\"{}\",tt_pat_12345678\n", live.expose(), &test.expose());
    let hide = |run: crate::harness::Run| run.hide(live.hint(), "[LIVE]").hide(test.hint(), "[TEST]");
    let run = home.aisetu(["api-keys", "check", "--offline"]).stdin(&leaked);
    let outcome = hide(run).outcome();
    assert!([&live, &test].iter().all(|token| !outcome.to_string().contains(token.expose())));
    insta::assert_snapshot!(outcome, @"
    exit code: 12
    ----- stdout -----
    LINE  KIND      ENDS IN  REAL  ID  NAME  STATE  OWNER  LAST USED
    2     live-key  …[LIVE]    yes   -   -     -      -      -
    2     live-key  -        no    -   -     -      -      -
    3     test-key  …[TEST]    yes   -   -     -      -      -
    3     pat       -        no    -   -     -      -      -
    ----- stderr -----
    ");
    std::fs::write(home.path().join("clean.txt"), "key_1 tt_live_ tt_pat_…4c2e\n").unwrap();
    insta::assert_snapshot!(home.aisetu(["api-keys", "check", "clean.txt"]).outcome(), @"
    exit code: 0
    ----- stdout -----
    ----- stderr -----
    no tokens of ours in it
    ");
    insta::assert_snapshot!(home.aisetu(["api-keys", "check", "nowhere.txt"]).outcome(), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `nowhere.txt` cannot be read: No such file or directory (os error 2) (BAD_USER_INPUT)
    hint: name a file, or write the text to standard input
    ");
}

#[test]
fn whose_they_are_is_told_and_no_found_token_is_sent() {
    let home = Home::new();
    let secret = samples::token(TokenKind::LiveKey, 9);
    let pat = samples::token(TokenKind::Pat, 9);
    let mut key = samples::rotating_api_key();
    key["versions"][1]["hint"] = json!(secret.hint());
    key["versions"][1]["lastUsedAt"] = json!("2026-11-20T08:00:00.000Z");
    key["versions"][1]["lastUsedIp"] = json!("203.0.113.7");
    let mut item = samples::pat_item();
    item["hint"] = json!(pat.hint());
    let api = Api::answering("ApiKeysList", samples::page(&[key]))
        .answers("PatsList", samples::page(&[item]))
        .answers("MembersList", samples::page(&[samples::member()]));
    let text = format!("{}\n{}\n", secret.expose(), pat.expose());
    let run =
        home.calls(&api, ["api-keys", "check"]).stdin(&text).hide(secret.hint(), "[KEY]").hide(pat.hint(), "[PAT]");
    insta::assert_snapshot!(run.outcome(), @"
    exit code: 12
    ----- stdout -----
    LINE  KIND      ENDS IN  REAL  ID     NAME  STATE   OWNER             LAST USED
    1     live-key  …[KEY]    yes   key_1  ci    ACTIVE  dana@example.com  2026-11-20T08:00:00.000Z
    2     pat       …[PAT]    yes   pat_2  ci    ACTIVE  dana@example.com  -
    ----- stderr -----
    `aisetu pats revoke pat_2` ends the personal access token; `aisetu audit events` tells what was done with it
    `aisetu api-keys rotate key_1 --grace 0s` makes a new secret and ends this one; `aisetu api-keys revoke key_1 --code compromised` ends the key; `aisetu api-keys logs key_1` tells who used it
    ");
    let sent =
        api.requests().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect::<String>();
    assert!(!sent.contains(secret.expose()) && !sent.contains(pat.expose()));
}

#[test]
fn a_token_across_two_pieces_of_a_very_long_line_is_found_once() {
    let home = Home::new();
    let secret = samples::token(TokenKind::LiveKey, 9);
    for before in [(1 << 20) - 5, (1 << 20) - 50, 3_000_000] {
        let text = format!("{}{}{}", " ".repeat(before), secret.expose(), " ".repeat(100));
        let outcome = home.aisetu(["api-keys", "check", "--offline", "--jq", ".items | length"]).stdin(&text).outcome();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(12), "1\n"), "{outcome}");
    }
}
