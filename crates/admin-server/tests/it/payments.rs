//! `kill -9` between Stripe's answer and our commit, and at whatever other moment: no payment is lost, and none is credited twice.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use admin_server::app::billing;
use admin_server::env;
use admin_server::random::{Random as _, SystemRandom};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::process::{Caller, Place, Running, integrity};

const ROUNDS: usize = 20;
const CLIENTS: usize = 4;
const SIGNING: &str = "whsec_of_a_test";

/// A Checkout Session that was made.
#[derive(Clone)]
struct Session {
    id: String,
    top_up: String,
}

/// Stripe as far as it is asked: one session for each idempotency key, however often it is asked. It says when it has answered.
struct Stripe {
    url: String,
    sessions: Arc<Mutex<BTreeMap<String, Session>>>,
    answered: Receiver<()>,
}

impl Stripe {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sessions = Arc::<Mutex<BTreeMap<String, Session>>>::default();
        let (answering, answered) = channel();
        let made = Arc::clone(&sessions);
        std::thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                let (made, answering) = (Arc::clone(&made), answering.clone());
                std::thread::spawn(move || while serve(&stream, &made, &answering).is_some() {});
            }
        });
        Self { url, sessions, answered }
    }

    /// A server that it takes the payments for.
    fn serve(&self, place: &Place) -> Running {
        let mut command = place.serve();
        command.envs([
            (env::STRIPE_SECRET_KEY, "sk_test_of_a_test"),
            (env::STRIPE_WEBHOOK_SECRET, SIGNING),
            (env::STRIPE_API_URL, &self.url),
            (env::PAYMENT_RETURN_URL, "https://app.example.com"),
        ]);
        Running::start(command)
    }
}

/// Answers one request; `None` at the end of the connection.
fn serve(stream: &TcpStream, made: &Mutex<BTreeMap<String, Session>>, answering: &Sender<()>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut key, mut first) = (0, String::new(), String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if first.is_empty() {
            first.clone_from(&line);
        }
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
            Some((name, value)) if name.eq_ignore_ascii_case("idempotency-key") => value.clone_into(&mut key),
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut stream = stream;
    let mut answer = |answer: &Value| {
        let answer = answer.to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", answer.len());
        stream.write_all(format!("{head}{answer}").as_bytes()).ok()
    };
    if first.starts_with("GET /v1/events?") {
        return answer(&json!({ "data": [], "has_more": false }));
    }
    let top_up = url::form_urlencoded::parse(&body)
        .find(|(name, _)| name == "metadata[top_up_id]")
        .map_or_else(|| panic!("{}", String::from_utf8_lossy(&body)), |(_, value)| value.into_owned());
    let session = {
        let mut made = made.lock().unwrap();
        let id = format!("cs_{}", made.len());
        made.entry(key).or_insert(Session { id, top_up }).clone()
    };
    answer(&json!({ "id": session.id, "url": format!("https://pay.example/{}", session.id), "status": "open" }))?;
    answering.send(()).ok()
}

fn create(caller: &Caller, key: &str) -> Option<(String, String)> {
    let document = r#"mutation { billingCreateTopUpIntent(input: { usd: "25.50" }) { item { id paymentUrl } } }"#;
    let answer = caller.graphql(document, Some(key)).ok()?;
    let item = &answer["data"]["billingCreateTopUpIntent"]["item"];
    let text = |name: &str| item[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    Some((text("id"), text("paymentUrl")))
}

/// Tells that a session was paid, as Stripe does; whether it was taken.
fn tell(base: &str, top_up: &str, url: &str) -> bool {
    let session = url.rsplit('/').next().unwrap();
    let object = json!({ "id": session, "payment_intent": format!("pi_{session}"), "payment_status": "paid", "status": "complete",
        "amount_total": 2550, "currency": "usd", "metadata": { "top_up_id": top_up } });
    let event =
        json!({ "id": format!("evt_{session}"), "type": "checkout.session.completed", "data": { "object": object } });
    let (body, now) = (event.to_string(), now_seconds());
    let mut mac = Hmac::<Sha256>::new_from_slice(SIGNING.as_bytes()).unwrap();
    mac.update(format!("{now}.{body}").as_bytes());
    let signature = admin_server::crypto::hex(&mac.finalize().into_bytes());
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let told = agent
        .post(format!("{base}/v1/webhooks/stripe"))
        .header("stripe-signature", format!("t={now},v1={signature}"))
        .send(&body);
    told.is_ok_and(|answer| answer.status() == 200)
}

#[expect(clippy::disallowed_methods, reason = "the server has the clock of the machine, and so has its Stripe")]
fn now_seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Makes top-ups and has them paid; gives what was under way when the server died.
fn work(caller: &Caller, base: &str, client: &str, paid: &Sender<(String, String)>) -> String {
    for number in 0.. {
        let key = format!("{client} {number}");
        let Some((top_up, url)) = create(caller, &key) else { return key };
        // Whoever has the URL pays. What is not taken is told again, for days.
        paid.send((top_up.clone(), url.clone())).unwrap();
        if !tell(base, &top_up, &url) || !tell(base, &top_up, &url) {
            return key;
        }
    }
    unreachable!("a client works until its server dies")
}

#[test]
fn no_payment_is_lost_and_none_counts_twice() {
    let (place, stripe) = (Place::new(), Stripe::start());
    let token = place.owner();
    let serve = || stripe.serve(&place);
    let (mut begun, mut all_paid) = (Vec::new(), BTreeMap::new());
    for round in 0..ROUNDS {
        let running = serve();
        let (sender, paid) = channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (caller, base, sender) = (running.caller(&token), running.base.clone(), sender.clone());
                std::thread::spawn(move || work(&caller, &base, &format!("{round} {client}"), &sender))
            })
            .collect();
        drop(sender);
        let mut random = [0];
        SystemRandom.fill(&mut random);
        // Stripe has answered so often, and the last time just now.
        for _ in 0..=usize::from(random[0] % 24) {
            stripe.answered.recv().unwrap();
        }
        running.signal("KILL");
        begun.extend(clients.into_iter().map(|client| client.join().unwrap()));
        all_paid.extend(paid.iter());
        running.ended();
        while stripe.answered.try_recv().is_ok() {}
    }

    // Stripe tells again what was not taken, and callers come again under their keys.
    let running = serve();
    let owner = running.caller(&token);
    let mut finished_later = 0;
    for key in &begun {
        let (top_up, url) = create(&owner, key).unwrap();
        finished_later += usize::from(all_paid.insert(top_up, url).is_none());
    }
    for (top_up, url) in &all_paid {
        assert!(tell(&running.base, top_up, url), "{top_up}");
        assert!(tell(&running.base, top_up, url), "{top_up}");
    }
    let sessions: BTreeMap<_, _> = stripe.sessions.lock().unwrap().clone();
    assert!(sessions.iter().all(|(key, session)| *key == session.top_up), "the key outside is the top-up's id");
    // Every session is one of a top-up that somebody knows of: no caller has two.
    assert_eq!(sessions.len(), all_paid.len(), "{finished_later} were finished later");
    assert!(finished_later >= 1, "the server was never killed between Stripe's answer and ours");
    let seen: Value = owner.data("{ billingCreditBalance { balance { amount } } billingTopUps { totalCount } }");
    assert_eq!(seen["billingTopUps"]["totalCount"], all_paid.len());
    let cents = all_paid.len() * 2550;
    assert_eq!(seen["billingCreditBalance"]["balance"]["amount"], format!("{}.{:02}", cents / 100, cents % 100));
    running.stop();
    assert_eq!(integrity(&place.data()), "ok");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (store, closed) = admin_server::Storage::Folder(place.data()).open().unwrap();
        assert_eq!(store.read(billing::check).await.unwrap(), []);
        drop(store);
        closed.await;
    });
}

#[test]
fn a_payment_of_a_top_up_that_is_not_known_is_told_to_the_operator() {
    let (place, stripe) = (Place::new(), Stripe::start());
    place.owner();
    let running = stripe.serve(&place);
    let nobodys = format!("top_{}", "0".repeat(26));
    assert!(tell(&running.base, &nobodys, "https://pay.example/cs_9"));
    let log = running.stop();
    let line = log.lines().find(|line| line.contains("was not credited")).unwrap_or_else(|| panic!("{log}"));
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["level"], "WARN");
    let fields = &line["fields"];
    assert_eq!((&fields["top_up"], &fields["event"]), (&json!(nobodys), &json!("evt_cs_9")));
    assert_eq!(fields["payment"], "pi_cs_9");
    assert!(line["span"]["id"].as_str().unwrap().starts_with("req_"), "{line}");
}
