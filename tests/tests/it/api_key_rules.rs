//! The rules of API keys: set, changed, taken away, and kept by whoever verifies.

use aisetu_tests::{Actor, Answer, TestServer};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

/// A server, a gateway of its owner, and a key in the workspace `default`.
pub(crate) struct Place {
    pub(crate) app: TestServer,
    pub(crate) gateway: Actor,
    pub(crate) id: Value,
    pub(crate) secret: String,
}

impl Place {
    pub(crate) async fn with(mut input: Value) -> Self {
        let app = TestServer::start().await;
        let gateway = app.pat(app.owner(), &["keys:verify", "usage:write"], None).await;
        input["workspaceId"] = json!(app.workspace());
        input["name"] = json!("k");
        let made = app.owner().ok("apiKeysCreate", input).await;
        let secret = made["secret"].as_str().unwrap().to_owned();
        Self { id: made["item"]["id"].clone(), app, gateway, secret }
    }

    /// What the gateway is told of a call with this context.
    pub(crate) async fn verify(&self, context: Value) -> Value {
        let mut body = context;
        body["key"] = json!(self.secret);
        // Whoever forwards the call to the control plane is not the caller, whatever the header says.
        let asked =
            self.gateway.request(Method::POST, "/v1/keys/verify").header("x-forwarded-for", "192.0.2.77, 127.0.0.1");
        let answer = Answer::of(asked.json(&body).send().await.unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn code(&self, context: Value) -> String {
        self.verify(context).await["code"].as_str().unwrap().to_owned()
    }

    async fn update(&self, mut input: Value) -> Value {
        input["id"] = self.id.clone();
        self.app.owner().ok("apiKeysUpdate", input).await
    }

    async fn restrict(&self, mut input: Value) -> Value {
        input["id"] = self.id.clone();
        self.app.owner().ok("apiKeysUpdateRestrictions", input).await["restrictions"].clone()
    }

    pub(crate) async fn refused(&self, restrictions: Value) -> String {
        let mut input = restrictions;
        input["id"] = self.id.clone();
        self.app.owner().refused("apiKeysUpdateRestrictions", input).await
    }
}

#[tokio::test]
async fn rules_are_kept_in_their_usual_form() {
    let input = json!({ "restrictions": {
        "ipAddresses": ["192.168.1.1/24", "10.0.0.1/16", "::ffff:1.2.3.4", "10.0.0.0/16"],
        "referrers": ["Example.com", "*.example.org"],
        "rateLimit": { "requests": 1000, "period": "MINUTE" },
        "timeRestrictions": { "daysOfWeek": ["FRIDAY", "MONDAY"], "hoursOfDay": [17, 9, 9], "timezone": "America/New_York" },
    }, "budget": { "usd": "25.5", "period": "MONTH" } });
    let place = Place::with(input).await;
    let key = place.app.owner().ok("apiKeysGet", place.id.clone()).await;
    assert_eq!(
        key["restrictions"],
        json!({ "ipAddresses": ["192.168.1.0/24", "10.0.0.0/16", "1.2.3.4"], "referrers": ["example.com", "*.example.org"],
            "rateLimit": { "requests": 1000, "period": "MINUTE", "burst": 1000 },
            "timeRestrictions": { "daysOfWeek": ["MONDAY", "FRIDAY"], "hoursOfDay": [9, 17], "timezone": "America/New_York" } })
    );
    assert_eq!(key["budget"], json!({ "usd": "25.50", "period": "MONTH", "timezone": "UTC" }));
}

#[tokio::test]
async fn an_update_leaves_clears_and_sets() {
    let place =
        Place::with(json!({ "description": "d", "metadata": { "a": "b" }, "expiresAt": "2026-02-01T00:00:00Z" })).await;
    let none = json!({ "ipAddresses": null, "referrers": null, "rateLimit": null, "timeRestrictions": null });
    let first = place.restrict(json!({ "ipAddresses": ["192.0.2.0/24"], "referrers": ["a.example"] })).await;
    assert_eq!((&first["ipAddresses"], &first["referrers"]), (&json!(["192.0.2.0/24"]), &json!(["a.example"])));
    // What is absent stays, in either way of changing it.
    let second = place
        .restrict(json!({ "referrers": null, "rateLimit": { "requests": 5, "period": "SECOND", "burst": 2 } }))
        .await;
    assert_eq!((&second["ipAddresses"], &second["referrers"]), (&json!(["192.0.2.0/24"]), &Value::Null));
    let third = place.update(json!({ "restrictions": { "ipAddresses": null } })).await;
    assert_eq!(
        (&third["restrictions"]["ipAddresses"], &third["restrictions"]["rateLimit"]["burst"]),
        (&Value::Null, &json!(2))
    );
    assert_eq!((&third["description"], &third["metadata"]), (&json!("d"), &json!({ "a": "b" })));
    let all = place
        .update(
            json!({ "name": "n", "description": null, "disabled": true, "scopes": ["data:read"], "restrictions": null,
            "metadata": null, "expiresAt": null, "budget": { "usd": "0", "period": "TOTAL" } }),
        )
        .await;
    assert_eq!((&all["name"], &all["state"], &all["scopes"]), (&json!("n"), &json!("DISABLED"), &json!(["data:read"])));
    assert_eq!((&all["description"], &all["expiresAt"], &all["metadata"]), (&Value::Null, &Value::Null, &json!({})));
    assert_eq!((&all["restrictions"], &all["budget"]["usd"]), (&none, &json!("0.00")));
    assert_eq!(place.code(json!({})).await, "DISABLED");
    let enabled = place.update(json!({ "disabled": false, "budget": null })).await;
    assert_eq!((&enabled["state"], &enabled["budget"]), (&json!("ACTIVE"), &Value::Null));
    assert_eq!(place.code(json!({})).await, "VALID");
    // Revoked it stays as it is.
    place.app.owner().ok("apiKeysRevoke", json!({ "id": place.id })).await;
    let refused = place.app.owner().refused("apiKeysUpdate", json!({ "id": place.id, "name": "m" })).await;
    assert!(refused.starts_with("CONFLICT"), "{refused}");
}

#[tokio::test]
async fn what_is_no_rule_is_refused_with_the_bound() {
    let place = Place::with(json!({})).await;
    let mut told = Vec::new();
    for bad in [
        json!({ "ipAddresses": ["10.0.0.0/33"] }),
        json!({ "ipAddresses": ["::ffff:1.2.3.4/130"] }),
        json!({ "ipAddresses": ["1.2.3"] }),
        json!({ "ipAddresses": vec!["10.0.0.1"; 1000] }),
        json!({ "ipAddresses": [] }),
        json!({ "referrers": ["*.com"] }),
        json!({ "referrers": ["*"] }),
        json!({ "referrers": ["exa mple.com"] }),
        json!({ "referrers": ["https://example.com/"] }),
        json!({ "referrers": [] }),
        json!({ "rateLimit": { "requests": 0, "period": "MINUTE" } }),
        json!({ "rateLimit": { "requests": -1, "period": "MINUTE" } }),
        json!({ "rateLimit": { "requests": 1_000_000_000_000_i64, "period": "MINUTE" } }),
        json!({ "rateLimit": { "requests": 1, "period": "MINUTE", "burst": 0 } }),
        json!({ "timeRestrictions": { "hoursOfDay": [24], "timezone": "UTC" } }),
        json!({ "timeRestrictions": { "daysOfWeek": [], "timezone": "UTC" } }),
        json!({ "timeRestrictions": { "timezone": "UTC" } }),
        json!({ "timeRestrictions": { "hoursOfDay": [9], "timezone": "Mars/Olympus" } }),
    ] {
        told.push(place.refused(bad).await);
    }
    for bad in [
        json!({ "rateLimit": { "requests": 1, "period": "FORTNIGHT" } }),
        json!({ "timeRestrictions": { "daysOfWeek": ["FUNDAY"], "timezone": "UTC" } }),
        json!({ "rateLimit": { "requests": 1e12, "period": "MINUTE" } }),
    ] {
        told.push(place.refused(bad).await);
    }
    let update = async |mut input: Value| {
        input["id"] = place.id.clone();
        place.app.owner().refused("apiKeysUpdate", input).await
    };
    told.push(update(json!({ "budget": { "usd": "-1", "period": "DAY" } })).await);
    told.push(update(json!({ "budget": { "usd": "1", "period": "DAY", "timezone": "Mars/Olympus" } })).await);
    told.push(update(json!({ "budget": { "usd": "1", "period": "DAY", "timezone": "Etc/Unknown" } })).await);
    told.push(update(json!({ "scopes": ["functions:raed"] })).await);
    told.push(update(json!({ "projects": [] })).await);
    told.push(update(json!({ "expiresAt": "2020-01-01T00:00:00Z" })).await);
    insta::assert_snapshot!(told.join("\n"));
    // An IDN is its form in ASCII.
    assert_eq!(
        place.restrict(json!({ "referrers": ["bücher.example"] })).await["referrers"],
        json!(["xn--bcher-kva.example"])
    );
}

/// What a peer got wrong: blocks that never match, and the address of whoever asks taken for the client's.
#[tokio::test]
async fn an_address_is_the_one_that_the_gateway_saw() {
    let place = Place::with(json!({ "restrictions": { "ipAddresses": ["192.0.2.0/24", "2001:db8::/32"] } })).await;
    for (ip, code) in [
        ("192.0.2.77", "VALID"),
        ("::ffff:192.0.2.77", "VALID"),
        ("2001:db8:1::1", "VALID"),
        ("192.0.3.1", "IP_FORBIDDEN"),
        ("::1", "IP_FORBIDDEN"),
    ] {
        assert_eq!(place.code(json!({ "ip": ip })).await, code, "{ip}");
    }
    // Nothing else is: neither that of the gateway itself, nor what anyone may write into a header.
    assert_eq!(place.code(json!({})).await, "IP_FORBIDDEN");
    place.restrict(json!({ "ipAddresses": ["127.0.0.0/8"] })).await;
    assert_eq!(place.code(json!({})).await, "IP_FORBIDDEN");
    let bad = place.gateway.post("/v1/keys/verify", &json!({ "key": place.secret, "ip": "192.0.2" })).await;
    assert_eq!((bad.status, bad.body["error"]["field"].as_str()), (400, Some("ip")));
}

#[tokio::test]
async fn a_referrer_is_matched_by_its_host() {
    let place = Place::with(json!({ "restrictions": { "referrers": ["example.com", "*.example.org"] } })).await;
    for (referrer, code) in [
        ("https://example.com/page", "VALID"),
        ("https://a.b.example.org", "VALID"),
        ("https://example.org", "REFERRER_FORBIDDEN"),
        ("https://example.com.evil.test/", "REFERRER_FORBIDDEN"),
        ("", "REFERRER_FORBIDDEN"),
    ] {
        assert_eq!(place.code(json!({ "referrer": referrer })).await, code, "{referrer}");
    }
    assert_eq!(place.code(json!({})).await, "REFERRER_FORBIDDEN");
    let long = format!("https://example.com/{}", "a".repeat(5_000));
    assert_eq!(place.code(json!({ "referrer": long })).await, "REFERRER_FORBIDDEN");
}

#[tokio::test]
async fn a_denial_by_time_says_when_it_passes_again() {
    let place = Place::with(json!({})).await;
    // The clock of a test stands at Monday 2026-01-05, 09:00 in UTC.
    place
        .restrict(json!({ "timeRestrictions": { "daysOfWeek": ["MONDAY"], "hoursOfDay": [9], "timezone": "UTC" } }))
        .await;
    assert_eq!(place.code(json!({})).await, "VALID");
    place.app.advance(SignedDuration::from_hours(1));
    let denied = place.verify(json!({})).await;
    assert_eq!(
        (&denied["code"], &denied["nextAllowedAt"]),
        (&json!("OUTSIDE_TIME_WINDOW"), &json!("2026-01-12T09:00:00.000Z"))
    );
    place.restrict(json!({ "timeRestrictions": null })).await;
    assert_eq!(place.code(json!({})).await, "VALID");
}

/// What peers got wrong: a denied call that uses the quota up, steady traffic that is denied in the end, and a rotation that doubles it.
#[tokio::test]
async fn a_rate_limit_is_exact_and_taken_by_calls_that_pass_alone() {
    let place = Place::with(json!({ "scopes": ["functions:read"], "restrictions": { "rateLimit": { "requests": 60, "period": "MINUTE", "burst": 3 } } })).await;
    let left = async |context: Value| place.verify(context).await["rateLimit"]["remaining"].clone();
    assert_eq!(left(json!({})).await, 2);
    // Neither a dry check nor a denied call takes any.
    assert_eq!(left(json!({ "cost": 0 })).await, 2);
    for _ in 0..5 {
        assert_eq!(place.code(json!({ "scopes": ["data:read"] })).await, "INSUFFICIENT_SCOPE");
    }
    // Two live secrets share one limit.
    let rotated = place.app.owner().ok("apiKeysRotate", json!({ "id": place.id })).await;
    let second = place.gateway.post("/v1/keys/verify", &json!({ "key": rotated["secret"] })).await;
    assert_eq!(second.body["rateLimit"]["remaining"], 1);
    assert_eq!(left(json!({})).await, 0);
    let denied = place.verify(json!({})).await;
    assert_eq!(
        (&denied["valid"], &denied["code"], &denied["retryAfterMs"]),
        (&json!(false), &json!("RATE_LIMITED"), &json!(1000))
    );
    assert_eq!(place.code(json!({ "cost": 0 })).await, "RATE_LIMITED", "a dry check says what a call would be told");
    place.app.advance(SignedDuration::from_millis(999));
    assert_eq!(place.verify(json!({})).await["retryAfterMs"], 1);
    place.app.advance(SignedDuration::from_millis(1));
    assert_eq!(place.code(json!({})).await, "VALID");
    // What costs more than ever passes is not told to wait.
    let never = place.verify(json!({ "cost": 4 })).await;
    assert_eq!((&never["code"], &never["retryAfterMs"]), (&json!("RATE_LIMITED"), &Value::Null));
    for _ in 0..10 {
        place.app.advance(SignedDuration::from_secs(1));
        assert_eq!(place.code(json!({})).await, "VALID", "evenly spaced");
    }
    for (cost, field) in [(json!(1_000_001), Some("cost")), (json!(-1), Some("cost"))] {
        let bad = place.gateway.post("/v1/keys/verify", &json!({ "key": place.secret, "cost": cost })).await;
        assert_eq!((bad.status, bad.body["error"]["field"].as_str()), (400, field));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_exactly_the_burst_passes() {
    let place = Place::with(json!({ "restrictions": { "rateLimit": { "requests": 1000, "period": "DAY" } } })).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (gateway, secret) = (place.gateway.clone(), place.secret.clone());
        calls.spawn(async move {
            let mut passed = 0;
            for _ in 0..20 {
                passed += i32::from(gateway.verdict(&secret).await == "VALID");
            }
            passed
        });
    }
    assert_eq!(calls.join_all().await.into_iter().sum::<i32>(), 1000);
}

#[tokio::test]
async fn projects_shrink_when_one_is_archived_and_never_to_any() {
    let app = TestServer::start().await;
    let project = async |workspace: &str, name: &str| {
        app.owner().ok("projectsCreate", json!({ "workspaceId": workspace, "name": name })).await["id"].clone()
    };
    let (a, b) = (project(app.workspace(), "a").await, project(app.workspace(), "b").await);
    let elsewhere = project(app.second_workspace(), "c").await;
    let input = json!({ "workspaceId": app.workspace(), "name": "k", "projects": [a, b, a] });
    let made = app.owner().ok("apiKeysCreate", input).await;
    assert_eq!(made["item"]["projects"], json!([a, b]));
    let gateway = app.gateway().await;
    let code = async |project: &Value| {
        let mut body = json!({ "key": made["secret"] });
        if !project.is_null() {
            body["project"] = project.clone();
        }
        gateway.post("/v1/keys/verify", &body).await.body["code"].clone()
    };
    assert_eq!(
        (code(&a).await, code(&elsewhere).await, code(&Value::Null).await),
        (json!("VALID"), json!("PROJECT_FORBIDDEN"), json!("PROJECT_FORBIDDEN"))
    );
    let refused = json!({ "id": made["item"]["id"], "projects": [elsewhere] });
    assert!(app.owner().refused("apiKeysUpdate", refused).await.starts_with("NOT_FOUND [projects]"));
    for (archived, left) in [(&a, json!([b])), (&b, json!([]))] {
        app.owner().ok("projectsArchive", archived.clone()).await;
        assert_eq!(app.owner().ok("apiKeysGet", made["item"]["id"].clone()).await["projects"], left);
        assert_eq!(code(archived).await, "PROJECT_FORBIDDEN");
    }
}

#[tokio::test]
async fn a_budget_is_spent_by_what_is_reported_in_its_period() {
    let place = Place::with(json!({ "budget": { "usd": "1", "period": "DAY", "timezone": "Europe/Berlin" } })).await;
    let report = async |id: &str, cost: i64| {
        let event = json!({ "id": id, "at": place.app.now().to_string(), "key": place.id, "costMicroUsd": cost });
        let answer = place.gateway.post("/v1/usage/events", &json!({ "events": [event] })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    report("a", 999_999).await;
    assert_eq!(place.code(json!({})).await, "VALID");
    report("b", 1).await;
    let denied = place.verify(json!({})).await;
    assert_eq!((&denied["code"], &denied["resetsAt"]), (&json!("BUDGET_EXCEEDED"), &json!("2026-01-05T23:00:00.000Z")));
    // Midnight in Berlin.
    place.app.advance(SignedDuration::from_hours(14));
    assert_eq!(place.code(json!({})).await, "VALID");
    place.update(json!({ "budget": { "usd": "1", "period": "TOTAL" } })).await;
    let denied = place.verify(json!({})).await;
    assert_eq!((&denied["code"], &denied["resetsAt"]), (&json!("BUDGET_EXCEEDED"), &Value::Null));
    place.update(json!({ "budget": { "usd": "2", "period": "TOTAL" } })).await;
    assert_eq!(place.code(json!({})).await, "VALID");
}

#[tokio::test]
async fn a_list_is_of_what_is_asked_for() {
    let app = TestServer::start().await;
    let owner = app.owner();
    let make = async |input: Value| {
        let mut input = input;
        input["workspaceId"] = json!(app.workspace());
        owner.ok("apiKeysCreate", input).await["item"]["id"].clone()
    };
    let plain = make(json!({ "name": "Plain" })).await;
    app.advance(SignedDuration::from_hours(1));
    let project =
        owner.ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "p" })).await["id"].clone();
    let short = make(json!({ "name": "short", "description": "100%_sure!", "scopes": ["functions:read"], "expiresAt": "2026-01-05T12:00:00Z", "projects": [project] })).await;
    let all = make(json!({ "name": "all functions", "scopes": ["functions:*"] })).await;
    owner.ok("apiKeysUpdate", json!({ "id": plain, "disabled": true })).await;
    let list = async |filter: Value| {
        let answer = owner.ok("apiKeysList", filter).await;
        let ids: Vec<Value> = answer["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
        assert_eq!(answer["totalCount"], ids.len());
        ids
    };
    let other = owner.ok("projectsCreate", json!({ "workspaceId": app.workspace(), "name": "q" })).await["id"].clone();
    for (filter, mut expected) in [
        (json!({ "state": "DISABLED" }), vec![&plain]),
        (json!({ "state": "ACTIVE" }), vec![&all, &short]),
        (json!({ "state": "REVOKED" }), vec![]),
        (json!({ "scope": "functions:read" }), vec![&all, &short]),
        (json!({ "scope": "functions:write" }), vec![&all]),
        (json!({ "projectId": project }), vec![&all, &short, &plain]),
        (json!({ "projectId": other }), vec![&all, &plain]),
        (json!({ "createdFrom": "2026-01-05T09:30:00Z" }), vec![&all, &short]),
        (json!({ "createdTo": "2026-01-05T09:30:00Z" }), vec![&plain]),
        (json!({ "expiresFrom": "2026-01-05T12:00:00Z", "expiresTo": "2026-01-05T12:00:01Z" }), vec![&short]),
        (json!({ "expiresTo": "2026-01-05T12:00:00Z" }), vec![]),
        (json!({ "text": "PLAIN" }), vec![&plain]),
        (json!({ "text": "%_sure!" }), vec![&short]),
        (json!({ "text": "_" }), vec![&short]),
        (json!({ "text": "%" }), vec![&short]),
    ] {
        let mut found = list(filter.clone()).await;
        // Made in the same millisecond, two may stand in either order.
        found.sort_by_key(ToString::to_string);
        expected.sort_by_key(ToString::to_string);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
    }
    app.advance(SignedDuration::from_hours(3));
    assert_eq!(list(json!({ "state": "EXPIRED" })).await, [short]);
    owner.ok("apiKeysDelete", all.clone()).await;
    assert_eq!(list(json!({ "state": "DELETED" })).await, std::slice::from_ref(&all));
    assert!(!list(json!({})).await.contains(&all));
    assert!(owner.refused("apiKeysList", json!({ "scope": "functions:raed" })).await.contains("functions:read"));
    let backwards = json!({ "createdFrom": "2026-01-06T00:00:00Z", "createdTo": "2026-01-05T00:00:00Z" });
    assert!(owner.refused("apiKeysList", backwards).await.starts_with("BAD_USER_INPUT [createdFrom]"));
}
