//! The audit trail as the API shows it: who sees which events, what the filters mean, and that a broken chain is an answer.

use admin_server::app::audit::{Actor as By, Event, append};
use admin_server::ids::{RequestId, ServiceTokenId};
use admin_server::model::Role;
use admin_server::random::SystemRandom;
use aisetu_tests::{Actor, TestServer};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// All that an actor is shown, a page after the other.
async fn walk(actor: &Actor, filter: &Value, limit: usize) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut input = filter.clone();
        input["limit"] = json!(limit);
        input["cursor"] = cursor;
        let page = actor.ok("auditEvents", input).await;
        assert_eq!(page["totalCount"], Value::Null, "events are not counted");
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        found.extend(items.iter().cloned());
        cursor = page["nextCursor"].clone();
        if cursor.is_null() {
            return found;
        }
    }
}

fn numbers(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["number"].as_i64().unwrap()).collect()
}

fn actions(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["action"].as_str().unwrap()).collect()
}

/// Changes by two people in two workspaces and in the tenant, a second apart.
async fn changes(app: &TestServer) -> Actor {
    let admin = app.member(Role::Admin, Some(app.second_workspace())).await;
    for round in 0..2 {
        let name = format!("n{round}");
        let here = json!({ "workspaceId": app.workspace(), "name": name });
        let there = json!({ "workspaceId": app.second_workspace(), "name": name });
        let key = app.owner().ok("apiKeysCreate", here.clone()).await["item"]["id"].clone();
        app.owner().ok("apiKeysRevoke", json!({ "id": key, "reason": "spring cleaning" })).await;
        app.advance(SignedDuration::from_secs(1));
        admin.ok("apiKeysCreate", there.clone()).await;
        admin.ok("projectsCreate", there).await;
        app.advance(SignedDuration::from_secs(1));
        app.owner().ok("projectsCreate", here).await;
        app.owner().ok("patsCreate", json!({ "name": name, "scopes": ["admin:read"] })).await;
        app.owner().ok("workspacesRename", json!({ "id": app.second_workspace(), "name": name })).await;
        app.advance(SignedDuration::from_secs(1));
    }
    admin
}

#[tokio::test]
async fn an_event_says_who_did_what_to_what_and_where() {
    let app = TestServer::start().await;
    let input = json!({ "workspaceId": app.workspace(), "name": "k" });
    let key = app.owner().ok("apiKeysCreate", input).await["item"]["id"].clone();
    app.owner().ok("apiKeysRevoke", json!({ "id": key, "reason": "why not" })).await;
    let page = app.owner().ok("auditEvents", json!({ "limit": 1 })).await;
    let event = &page["items"][0];
    let whoami = app.owner().ok("authWhoami", Value::Null).await;
    assert!(
        event["id"].as_str().unwrap().starts_with("evt_") && event["requestId"].as_str().unwrap().starts_with("req_")
    );
    let actor = json!({ "kind": "USER", "userId": whoami["user"]["id"], "email": "owner@acme.example",
        "patId": whoami["pat"]["id"], "serviceTokenId": null, "client": null });
    assert_eq!(
        (&event["actor"], &event["number"], &event["at"]),
        (&actor, &json!(8), &json!("2026-01-05T09:00:02.000Z"))
    );
    assert_eq!((&event["action"], &event["objectId"]), (&json!("apiKeysRevoke"), &key));
    assert_eq!((&event["workspaceId"], &event["reason"]), (&json!(app.workspace()), &json!("why not")));
    // An object is spelled as on the wire.
    assert_eq!(
        (&event["before"]["workspaceId"], &event["after"]["revocation"]["code"]),
        (&json!(app.workspace()), &json!("OTHER"))
    );
    let first = walk(app.owner(), &json!({}), 100).await.pop().unwrap();
    assert_eq!((&first["action"], &first["before"]), (&json!("operator.createTenant"), &Value::Null));
    let operator = json!({ "kind": "OPERATOR", "userId": null, "email": null, "patId": null, "serviceTokenId": null,
        "client": null });
    assert_eq!(first["actor"], operator);
}

#[tokio::test]
async fn no_event_holds_a_secret() {
    let app = TestServer::start().await;
    let admin = changes(&app).await;
    for actor in [app.owner(), &admin] {
        let shown = Value::from(walk(actor, &json!({}), 100).await).to_string();
        assert!(shown.contains("apiKeysCreate"));
        for prefix in ["tt_live_", "tt_test_", "tt_pat_", "digest"] {
            assert!(!shown.contains(prefix), "{prefix}");
        }
    }
}

/// Whether an event is what a filter with this value asks for.
type Fits = fn(&Value, &Value) -> bool;

#[tokio::test]
async fn filters_mean_what_they_say_alone_and_together() {
    let app = TestServer::start().await;
    let admin = changes(&app).await;
    let everything = walk(app.owner(), &json!({}), 100).await;
    let count = i64::try_from(everything.len()).unwrap();
    assert_eq!(numbers(&everything), (1..=count).rev().collect::<Vec<_>>(), "all of them, newest first");

    let user = async |actor: &Actor| actor.ok("authWhoami", Value::Null).await["user"]["id"].clone();
    let (owner, other) = (user(app.owner()).await, user(&admin).await);
    let renamed = json!(app.second_workspace());
    let at = |second: i64| json!(format!("2026-01-05T09:00:{second:02}.000Z"));
    // Each filter with the values it is tried with, and what an event must be for it.
    let filters: [(&str, Vec<Value>, Fits); 6] = [
        ("from", vec![Value::Null, at(4), at(7)], |event, from| event["at"].as_str() >= from.as_str()),
        ("to", vec![Value::Null, at(8), json!("2026-01-05T10:00:08+01:00")], |event, _| {
            event["at"].as_str() < Some("2026-01-05T09:00:08.000Z")
        }),
        ("actorUserId", vec![Value::Null, owner, other], |event, id| event["actor"]["userId"] == *id),
        ("action", vec![Value::Null, json!("projectsCreate"), json!("operator.createPat")], |event, field| {
            event["action"] == *field
        }),
        ("objectId", vec![Value::Null, renamed.clone(), json!("nothing")], |event, id| event["objectId"] == *id),
        ("workspaceId", vec![Value::Null, json!(app.workspace()), renamed], |event, id| event["workspaceId"] == *id),
    ];
    let mut seen = 0;
    for choice in 0..3_usize.pow(6) {
        // Every pair of filters meets; all combinations of six would only say so more often.
        let digits: Vec<usize> = (0..6).map(|place| choice / 3_usize.pow(place) % 3).collect();
        if digits.iter().filter(|digit| **digit > 0).count() > 2 {
            continue;
        }
        let chosen: Vec<_> = filters.iter().zip(&digits).filter(|(_, digit)| **digit > 0).collect();
        let mut filter = json!({});
        for ((name, values, _), digit) in &chosen {
            filter[*name] = values[**digit].clone();
        }
        let fits = |event: &&Value| chosen.iter().all(|((_, values, fits), digit)| fits(event, &values[**digit]));
        let expected: Vec<Value> = everything.iter().filter(fits).cloned().collect();
        seen += expected.len();
        let limit = 1 + choice % 7;
        assert_eq!(numbers(&walk(app.owner(), &filter, limit).await), numbers(&expected), "{filter} by {limit}");
    }
    assert!(seen > 200, "the filters let something through: {seen}");
}

#[tokio::test]
async fn who_did_it_may_be_a_token_a_gateway_or_the_operator() {
    let app = TestServer::start().await;
    changes(&app).await;
    let whoami = app.owner().ok("authWhoami", Value::Null).await;
    let (user, pat) = (whoami["user"]["id"].clone(), whoami["pat"]["id"].clone());
    let other = app.pat(app.owner(), &["admin:write"], None).await;
    let other_pat = other.ok("authWhoami", Value::Null).await["pat"]["id"].clone();
    // What a program calls itself is its own text, and makes it nobody else.
    let (document, variables) = aisetu_tests::operation("workspacesCreate", json!({ "name": "sly" }));
    let client = format!(r#"x","patId":"{}","client":"y"#, pat.as_str().unwrap());
    let request = other.request(reqwest::Method::POST, "/graphql").header("user-agent", client);
    let body = json!({ "query": document, "variables": variables });
    assert_eq!(request.json(&body).send().await.unwrap().status(), 200);
    let (chain, ports, now) = (app.tenant().to_owned(), app.ports().clone(), app.now());
    let service = ServiceTokenId::new(now, &SystemRandom);
    let by = By::Service { token_id: service.clone(), name: "edge".to_owned(), client: None };
    let asked = app.server().control_plane().store().write(move |tx| {
        let event = Event::change::<Value>(&"conn_x", None, None, None)?;
        append(tx, &ports, &chain, &by, &event, &RequestId::new(now, &SystemRandom), now)
    });
    asked.await.unwrap();

    let everything = walk(app.owner(), &json!({}), 100).await;
    let of = |fits: &dyn Fn(&Value) -> bool| {
        numbers(&everything.iter().filter(|event| fits(&event["actor"])).cloned().collect::<Vec<_>>())
    };
    let cases = [
        (user.clone(), of(&|actor| actor["userId"] == user)),
        (pat.clone(), of(&|actor| actor["patId"] == pat)),
        (other_pat.clone(), of(&|actor| actor["patId"] == other_pat)),
        (json!(service.as_str()), of(&|actor| actor["kind"] == "SERVICE")),
        (json!("operator"), of(&|actor| actor["kind"] == "OPERATOR")),
    ];
    for (actor, expected) in &cases {
        assert!(!expected.is_empty(), "{actor}");
        assert_eq!(numbers(&walk(app.owner(), &json!({ "actor": actor }), 4).await), *expected, "{actor}");
        let both = walk(app.owner(), &json!({ "actor": actor, "actorUserId": user }), 4).await;
        let of_user: Vec<i64> = expected.iter().copied().filter(|number| cases[0].1.contains(number)).collect();
        assert_eq!(numbers(&both), of_user, "{actor}");
    }
    let refused = async |actor: &str| app.owner().refused("auditEvents", json!({ "actor": actor })).await;
    insta::assert_snapshot!(refused("Operator").await, @"
    BAD_USER_INPUT [actor]: `actor` names nobody who could have done something
    (give the id of a user, a personal access token or a service token (`usr_…`, `pat_…`, `svc_…`), `operator` or `system`)
    ");
    insta::assert_snapshot!(refused("pat_%").await, @"
    BAD_USER_INPUT [actor]: `actor` is not the id of a personal access token
    (such an id is `pat_` and 26 characters)
    ");
    assert!(refused(app.workspace()).await.starts_with("BAD_USER_INPUT [actor]"));
}

#[tokio::test]
async fn who_runs_a_workspace_sees_its_events_and_an_owner_the_tenants() {
    let app = TestServer::start().await;
    let inside = changes(&app).await;
    let everything = walk(app.owner(), &json!({}), 100).await;
    let of = |fits: &dyn Fn(&Value) -> bool| {
        numbers(&everything.iter().filter(|event| fits(&event["workspaceId"])).cloned().collect::<Vec<_>>())
    };
    let second = json!(app.second_workspace());
    let (wide, local) = (of(&Value::is_null), of(&|id| *id == second));
    assert!(wide.len() > 5 && local.len() > 5);
    let everywhere = app.member(Role::Admin, None).await;
    assert_eq!(numbers(&walk(&everywhere, &json!({}), 3).await), of(&|id| !id.is_null()));
    assert_eq!(numbers(&walk(&inside, &json!({}), 3).await), local);
    assert_eq!(numbers(&walk(&inside, &json!({ "workspaceId": second }), 100).await), local);
    // What is not theirs to see is not there, whichever way they ask.
    assert_eq!(walk(&inside, &json!({ "action": "patsCreate" }), 100).await, [Value::Null; 0]);
    assert_eq!(walk(&inside, &json!({ "objectId": app.workspace() }), 100).await, [Value::Null; 0]);
    let elsewhere = json!({ "workspaceId": app.workspace() });
    assert!(inside.refused("auditEvents", elsewhere.clone()).await.starts_with("NOT_FOUND"));
    app.also(&inside, Role::Viewer, app.workspace()).await;
    assert!(inside.refused("auditEvents", elsewhere.clone()).await.starts_with("UNAUTHORIZED"));
    assert_eq!(
        numbers(&walk(&inside, &json!({}), 100).await),
        local,
        "who only reads a workspace does not see its events"
    );
    // A deleted workspace's events remain, its deletion among them.
    app.owner().ok("workspacesDelete", second.clone()).await;
    assert_eq!(actions(&walk(&inside, &json!({}), 100).await)[0], "workspacesDelete");
    for reader in
        [app.viewer_member().await, app.member(Role::Member, None).await, app.member(Role::Billing, None).await]
    {
        assert!(reader.refused("auditEvents", json!({})).await.starts_with("UNAUTHORIZED"), "{}", reader.name());
    }
    for admin in [&inside, &everywhere] {
        assert!(admin.refused("auditVerify", Value::Null).await.starts_with("UNAUTHORIZED"));
    }
    let stranger = app.other_tenant().await;
    assert_eq!(walk(&stranger, &json!({}), 100).await, [Value::Null; 0]);
    stranger.ok("workspacesCreate", json!({ "name": "theirs too" })).await;
    assert_eq!(actions(&walk(&stranger, &json!({}), 100).await), ["workspacesCreate"]);
    assert!(stranger.refused("auditEvents", elsewhere).await.starts_with("NOT_FOUND"));
}

#[tokio::test]
async fn a_filter_has_bounds() {
    let app = TestServer::start().await;
    let refused = async |input: Value| app.owner().refused("auditEvents", input).await;
    let (early, late) = ("2026-01-05T09:00:00Z", "2026-01-05T09:00:01Z");
    insta::assert_snapshot!(refused(json!({ "from": late, "to": early })).await, @"BAD_USER_INPUT [from]: `from` is 2026-01-05T09:00:01.000Z; it must be before `to`, 2026-01-05T09:00:00.000Z");
    insta::assert_snapshot!(refused(json!({ "action": "" })).await, @"BAD_USER_INPUT [action]: `action` is ``; it must be 1 to 64 letters, digits, `_` and `.`");
    insta::assert_snapshot!(refused(json!({ "action": "a".repeat(65) })).await, @"BAD_USER_INPUT [action]: `action` has 65 characters; it may have 64");
    insta::assert_snapshot!(refused(json!({ "objectId": "key_' OR 1=1 --\u{1b}" })).await, @r"BAD_USER_INPUT [objectId]: `objectId` is `key_\' OR 1=1 --\u{1b}`; it must be 1 to 64 letters, digits, `_` and `.`");
    insta::assert_snapshot!(refused(json!({ "actorUserId": app.workspace() })).await, @r"
    BAD_USER_INPUT [actorUserId]: `actorUserId` is the id of a workspace, where a user is asked for
    (such an id is `usr_` and 26 characters)
    ");
    for (field, input) in [
        ("from", json!({ "from": early, "to": early })),
        ("objectId", json!({ "objectId": "a\0" })),
        ("workspaceId", json!({ "workspaceId": "ws_%" })),
        // `ws_0`, which is the cursor of another list; a number beyond all numbers; -1 as none of ours has it.
        ("cursor", json!({ "cursor": "d3NfMA" })),
        ("cursor", json!({ "cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTk" })),
        ("cursor", json!({ "cursor": "LTE" })),
    ] {
        let refused = refused(input).await;
        assert!(refused.starts_with(&format!("BAD_USER_INPUT [{field}]")), "{refused}");
    }
    assert_eq!(app.owner().call("auditEvents", json!({ "from": "yesterday" })).await.code(), "BAD_USER_INPUT");
}

async fn tamper(app: &TestServer, sql: &'static str, number: i64) {
    let chain = app.tenant().to_owned();
    let work = app
        .server()
        .control_plane()
        .store()
        .write(move |tx| Ok(tx.execute(sql, &[chain.as_str().into(), number.into()])?));
    assert_eq!(work.await.unwrap(), 1, "{sql}");
}

#[tokio::test]
async fn a_broken_chain_is_an_answer_that_names_the_event() {
    for (what, broken_at, sql) in [
        ("changed", 4, "UPDATE audit_events SET after = NULL WHERE chain = $1 AND number = $2"),
        (
            "moved out of its workspace",
            3,
            "UPDATE audit_events SET workspace_id = NULL WHERE chain = $1 AND number = $2 - 1",
        ),
        ("moved into one", 4, "UPDATE audit_events SET workspace_id = object_id WHERE chain = $1 AND number = $2"),
        ("taken out", 4, "DELETE FROM audit_events WHERE chain = $1 AND number = $2"),
        ("no time", 4, "UPDATE audit_events SET at = 'noon' WHERE chain = $1 AND number = $2"),
        ("no id", 4, "UPDATE audit_events SET id = 'x' WHERE chain = $1 AND number = $2"),
        ("no text", 4, "UPDATE audit_events SET actor = X'ff00' WHERE chain = $1 AND number = $2"),
        ("no number", 4, "UPDATE audit_events SET number = 'four' WHERE chain = $1 AND number = $2"),
        ("below the first", 1, "UPDATE audit_events SET number = -number WHERE chain = $1 AND number = $2"),
        ("no head", 8, "DELETE FROM audit_heads WHERE chain = $1 AND $2 = $2"),
        ("a head of no number", 8, "UPDATE audit_heads SET count = 'x' WHERE chain = $1 AND $2 = $2"),
    ] {
        let app = TestServer::start().await;
        app.owner().ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "p" })).await;
        let whole = app.owner().ok("auditVerify", Value::Null).await;
        let head = whole["head"].as_str().unwrap();
        assert!(head.starts_with("7.") && head.split('.').count() == 3, "{head}");
        let expected =
            json!({ "ok": true, "events": 7, "brokenAt": null, "message": null, "head": head, "nextCursor": null });
        assert_eq!(whole, expected);
        tamper(&app, sql, 4).await;
        let found = app.owner().ok("auditVerify", Value::Null).await;
        let message = if broken_at == 8 {
            "the chain ends at event 7, and its head says otherwise".to_owned()
        } else {
            format!("event {broken_at} was changed, or one before it is missing")
        };
        let expected = json!({ "ok": false, "events": broken_at - 1, "brokenAt": broken_at, "message": message, "head": null,
            "nextCursor": null });
        assert_eq!(found, expected, "{what}");
        // It is the chain of this tenant that is broken.
        let stranger = app.other_tenant().await;
        stranger.ok("workspacesCreate", json!({ "name": "w" })).await;
        assert_eq!(stranger.ok("auditVerify", Value::Null).await["ok"], true);
    }
}

#[tokio::test]
async fn a_chain_that_was_put_back_is_found_by_a_head_that_was_kept() {
    let app = TestServer::start().await;
    let verify = async |head: &Value| app.owner().ok("auditVerify", json!({ "expectedHead": head })).await;
    let head = async || app.owner().ok("auditVerify", Value::Null).await["head"].clone();
    let project = async |name: &str| {
        app.owner().ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": name })).await
    };
    let first = head().await;
    let kept = {
        project("p").await;
        project("q").await;
        head().await
    };
    for expected in [&first, &kept] {
        assert_eq!(verify(expected).await, app.owner().ok("auditVerify", Value::Null).await);
    }
    // Somebody who has read the older head puts it back, and cuts off what came after it.
    let (chain, older) = (app.tenant().to_owned(), first.as_str().unwrap().to_owned());
    let put_back = app.server().control_plane().store().write(move |tx| {
        let mut parts = older.split('.');
        let (count, mac, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let count: i64 = count.parse().unwrap();
        tx.execute(
            "DELETE FROM audit_events WHERE chain = $1 AND number > $2",
            &[chain.as_str().into(), count.into()],
        )?;
        let head = [count.into(), mac.into(), signature.into(), chain.as_str().into()];
        Ok(tx.execute("UPDATE audit_heads SET count = $1, mac = $2, signature = $3 WHERE chain = $4", &head)?)
    });
    assert_eq!(put_back.await.unwrap(), 1);
    assert_eq!(verify(&first).await["ok"], true);
    assert_eq!(app.owner().ok("auditVerify", Value::Null).await["ok"], true, "in itself it is whole");
    assert_eq!(
        verify(&kept).await,
        json!({ "ok": false, "events": 6, "brokenAt": 7, "head": null, "nextCursor": null,
            "message": "the chain ends at event 6, and the expected head is of event 8" })
    );
    // And when it has grown again it is still another one.
    for name in ["r", "s", "t"] {
        project(name).await;
    }
    assert_eq!(
        verify(&kept).await,
        json!({ "ok": false, "events": 7, "brokenAt": 8, "head": null, "nextCursor": null,
            "message": "event 8 is not the one that the expected head is of" })
    );
}

#[tokio::test]
async fn only_marks_of_this_chain_are_taken() {
    let app = TestServer::start().await;
    let stranger = app.other_tenant().await;
    stranger.ok("workspacesCreate", json!({ "name": "w" })).await;
    let theirs = stranger.ok("auditVerify", Value::Null).await["head"].clone();
    let part = app.owner().ok("auditVerify", json!({ "limit": 3 })).await;
    assert_eq!((&part["ok"], &part["events"], &part["head"]), (&json!(false), &json!(3), &Value::Null));
    let cursor = part["nextCursor"].as_str().unwrap().to_owned();
    assert_eq!(app.owner().ok("auditVerify", json!({ "cursor": cursor })).await["events"], 6);
    let head = app.owner().ok("auditVerify", Value::Null).await["head"].as_str().unwrap().to_owned();
    let refused = async |input: Value| app.owner().refused("auditVerify", input).await;
    // A cursor is no head: who gets one cannot put it back as one, nor the other way round.
    for text in [json!(cursor), theirs, json!(head.replace("6.", "06.")), json!(head[1..]), json!(""), json!("6..")] {
        let refused = refused(json!({ "expectedHead": text })).await;
        insta::allow_duplicates! { insta::assert_snapshot!(refused, @"
        BAD_USER_INPUT [expectedHead]: `expectedHead` is not a head that this chain had
        (give the `head` of an earlier answer as it was)
        ") }
    }
    for text in [head.clone(), cursor.replace("3.", "4."), "Mw".to_owned()] {
        let refused = refused(json!({ "cursor": text })).await;
        insta::allow_duplicates! { insta::assert_snapshot!(refused, @"
        BAD_USER_INPUT [cursor]: `cursor` is not one that this API gave
        (give `nextCursor` of the answer before)
        ") }
    }
    insta::assert_snapshot!(refused(json!({ "limit": 0 })).await, @"BAD_USER_INPUT [limit]: `limit` is 0; it must be 1 to 50000");
    assert!(refused(json!({ "limit": 50_001 })).await.starts_with("BAD_USER_INPUT [limit]"));
}

#[tokio::test]
async fn a_long_chain_is_walked_in_steps() {
    let app = TestServer::start().await;
    let (ports, chain) = (app.ports().clone(), app.tenant().to_owned());
    let grow = app.server().control_plane().store().write(move |tx| {
        for _ in 0..2500 {
            let event = Event::change::<Value>(&"ws_x", None, None, None)?;
            let now = ports.clock.now();
            append(tx, &ports, &chain, &By::Operator, &event, &RequestId::new(now, &SystemRandom), now)?;
        }
        Ok(())
    });
    grow.await.unwrap();
    let verdict = app.owner().ok("auditVerify", Value::Null).await;
    assert_eq!((&verdict["ok"], &verdict["events"]), (&json!(true), &json!(2506)));
    // A call goes as far as it may, and the next one goes on from there.
    let (mut calls, mut input) = (Vec::new(), json!({ "limit": 1001, "expectedHead": verdict["head"] }));
    let last = loop {
        let answer = app.owner().ok("auditVerify", input.clone()).await;
        calls.push(answer["events"].as_i64().unwrap());
        if answer["nextCursor"].is_null() {
            break answer;
        }
        assert_eq!((&answer["ok"], &answer["message"]), (&json!(false), &Value::Null));
        input["cursor"] = answer["nextCursor"].clone();
    };
    assert_eq!((calls, last), (vec![1001, 2002, 2506], verdict));
    for number in [2506, 2001, 2000, 1001, 1000] {
        tamper(&app, "UPDATE audit_events SET reason = '' WHERE chain = $1 AND number = $2", number).await;
        assert_eq!(app.owner().ok("auditVerify", Value::Null).await["brokenAt"], number);
    }
    tamper(&app, "UPDATE audit_events SET at = 'noon' WHERE chain = $1 AND number = $2", 999).await;
    assert_eq!(app.owner().ok("auditVerify", Value::Null).await["brokenAt"], 999);
}
