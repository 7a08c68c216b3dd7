//! `aisetu-server check`: beside a server and without one, and that it finds what was changed behind the rules.

use serde_json::Value;

use crate::process::{Caller, Place, Running, create_key, text, usage_event};

fn key(caller: &Caller) -> String {
    let made = caller.data(&create_key("k"));
    made["apiKeysCreate"]["item"]["id"].as_str().unwrap().to_owned()
}

fn service_token(place: &Place, name: &str) {
    let data = place.data();
    let create = ["token", "create", "--name", name, "--scope", "keys:verify", "--data", data.to_str().unwrap()];
    let output = place.command(&create).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn problems(checked: &Value) -> Vec<String> {
    let findings = checked["findings"].as_array().unwrap();
    findings.iter().map(|finding| format!("{}: {}", finding["area"], finding["problem"]).replace('"', "")).collect()
}

#[test]
fn it_works_beside_a_server_that_is_writing() {
    let place = Place::new();
    let token = place.owner();
    let running = Running::start(place.serve());
    let caller = running.caller(&token);
    let key = key(&caller);
    let writing = {
        let (caller, key) = (caller.clone(), key.clone());
        std::thread::spawn(move || {
            let mut reports = 0;
            while reports < 60 {
                let events: Vec<Value> =
                    (0..50).map(|number| usage_event(&format!("{reports}-{number}"), &key, 7)).collect();
                assert_eq!(caller.report(&events).unwrap(), (50, 0));
                reports += 1;
            }
        })
    };
    let mut checks = 0;
    while !writing.is_finished() || checks < 3 {
        let (checked, output) = place.check();
        assert!(output.status.success(), "{checked}");
        assert_eq!((problems(&checked), &checked["tenants"]), (Vec::new(), &Value::from(1)));
        checks += 1;
    }
    writing.join().unwrap();
    running.stop();
    let data = place.data();
    let output = place.command(&["check", "--data", data.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success());
    insta::assert_snapshot!(text(&output.stdout), @"checked 1 tenants, 6 audit events");
}

#[test]
fn heads_that_were_kept_show_that_a_chain_was_put_back() {
    let place = Place::new();
    let token = place.owner();
    let data = place.data();
    let check = |more: &[&str]| {
        let arguments = [&["check", "--data", data.to_str().unwrap()], more].concat();
        place.command(&arguments).output().unwrap()
    };
    let (database, copy) = (data.join("control-plane.db"), data.join("copy.db"));
    let heads = data.join("heads.txt");
    let expecting = ["--expected-heads", heads.to_str().unwrap()];
    service_token(&place, "edge");
    std::fs::copy(&database, &copy).unwrap();

    let running = Running::start(place.serve());
    key(&running.caller(&token));
    running.stop();
    service_token(&place, "second");
    let output = check(&["--heads"]);
    std::fs::write(&heads, &output.stdout).unwrap();
    let shown = text(&output.stdout);
    let lines: Vec<(&str, &str)> = shown.lines().filter_map(|line| line.split_once('\t')).collect();
    assert!(
        matches!(lines[..], [(tenant, one), ("operator", other)]
        if tenant.starts_with("ten_") && one.starts_with("6.") && other.starts_with("2.")),
        "{shown}"
    );
    assert_eq!(place.check().0["heads"][1], serde_json::json!({ "chain": "operator", "head": lines[1].1 }));
    assert!(check(&expecting).status.success());
    // A whole database of an earlier day, each chain with its head.
    std::fs::copy(&copy, &database).unwrap();
    assert!(check(&[]).status.success());
    let output = check(&expecting);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout).replace(lines[0].0, "TENANT"), @"
    audit: TENANT: the chain ends at event 5, and the expected head is of event 6
    audit: operator: the chain ends at event 1, and the expected head is of event 2
    checked 1 tenants, 6 audit events
    ");
    std::fs::write(&heads, "operator\t1.x.y\nten_gone\t1.x.y\n").unwrap();
    insta::assert_snapshot!(text(&check(&expecting).stdout), @"
    audit: operator: `1.x.y` is not a head that this chain had
    audit: ten_gone: there is no such chain, and a head of it was expected
    checked 1 tenants, 6 audit events
    ");
    std::fs::write(&heads, "checked 1 tenants, 6 audit events\n").unwrap();
    insta::assert_snapshot!(text(&check(&expecting).stderr).replace(data.to_str().unwrap(), "DATA"), @"error: the file DATA/heads.txt has no heads: give one that `aisetu-server check --heads` printed");
}

#[test]
fn what_the_operator_did_is_listed() {
    let place = Place::new();
    place.owner();
    service_token(&place, "edge");
    service_token(&place, "second");
    let data = place.data();
    let list = |more: &[&str]| {
        let arguments = [&["audit", "list", "--data", data.to_str().unwrap()], more].concat();
        let output = place.command(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let table = list(&[]);
    let columns = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = table.lines().map(columns).collect();
    assert_eq!(rows[0], ["NUMBER", "AT", "ACTOR", "ACTION", "OBJECT", "REQUEST"]);
    assert_eq!(rows.len(), 3, "{table}");
    for (row, number) in rows[1..].iter().zip(["2", "1"]) {
        assert_eq!([&row[0], &row[2], &row[3]], [number, "operator", "operator.createServiceToken"]);
        assert!(row[4].starts_with("svc_") && row[5].starts_with("req_"), "{table}");
    }
    assert_eq!(list(&["--limit", "1"]).lines().collect::<Vec<_>>(), table.lines().take(2).collect::<Vec<_>>());
}

#[test]
fn it_needs_a_database_and_makes_none() {
    let place = Place::new();
    let data = place.data();
    let refused = place.refusal(place.command(&["check", "--data", data.to_str().unwrap()]));
    insta::assert_snapshot!(refused, @"
    error: there is no database at DIR/data/control-plane.db
      hint: name the data folder of a server; `serve` makes a new one
    ");
    assert!(!data.exists());
}

#[test]
fn what_was_changed_behind_the_rules_is_found() {
    let changes = [
        ("UPDATE usage_events SET micro_usd = micro_usd + 1 WHERE event_id = 'e1'", 4),
        ("DELETE FROM usage_events WHERE event_id = 'e2'", 4),
        ("UPDATE usage_events SET model = 'other' WHERE event_id = 'e1'", 6),
        ("UPDATE usage_events SET connection_id = 'conn_1' WHERE event_id = 'e1'", 7),
        ("UPDATE usage_sums SET requests = requests + 1 WHERE grain = 3600000000", 1),
        ("DELETE FROM usage_sums WHERE grain = 900000000", 1),
        ("UPDATE usage_sums SET start = start + 86400000000 WHERE grain = 86400000000", 2),
        ("UPDATE ledger_entries SET micro_usd = micro_usd * 2", 2),
        ("DELETE FROM audit_events WHERE number = 3", 1),
        ("UPDATE audit_heads SET count = count - 1", 1),
    ];
    for (change, findings) in changes {
        let place = Place::new();
        let token = place.owner();
        let running = Running::start(place.serve());
        let caller = running.caller(&token);
        let key = key(&caller);
        // Together, so that they are in the same cells.
        let events = [usage_event("e1", &key, 1_000), usage_event("e2", &key, 500)];
        let events = events.map(|mut event| {
            event["at"] = events_at(&event);
            event
        });
        assert_eq!(caller.report(&events).unwrap(), (2, 0));
        running.stop();
        assert_eq!(problems(&place.check().0), Vec::<String>::new());
        let connection = rusqlite::Connection::open(place.data().join("control-plane.db")).unwrap();
        assert!(connection.execute(change, []).unwrap() > 0);
        drop(connection);
        let (checked, output) = place.check();
        assert_eq!(output.status.code(), Some(1), "{change}");
        assert_eq!(problems(&checked).len(), findings, "{change}: {:#?}", problems(&checked));
        assert!(text(&output.stderr).contains("the check found"), "{}", text(&output.stderr));
    }
}

/// The hour in which an event happened.
fn events_at(event: &Value) -> Value {
    let at = event["at"].as_str().unwrap();
    Value::from(format!("{}:00:00Z", &at[..13]))
}
