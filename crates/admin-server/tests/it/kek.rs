//! `aisetu-server kek rotate`, killed at random moments beside a server that serves.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use admin_server::app::{ControlPlane, Ports};
use admin_server::crypto::Keyring;
use admin_server::random::{Random as _, SystemRandom};
use serde_json::Value;

use crate::process::{Caller, Place, Running, text};

const CREDENTIALS: usize = 400;
const KILLS: usize = 40;

fn kek(place: &Place, command: &str) -> Command {
    let data = place.data();
    place.command(&["kek", command, "--data", data.to_str().unwrap()])
}

fn done(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn upsert(caller: &Caller, slug: &str) {
    caller.data(&format!(
        r#"mutation {{ providerCredentialsUpsert(input: {{ slug: "{slug}", provider: OPENAI, apiKey: "sk-no-real-key-0123" }}) {{ id }} }}"#
    ));
}

/// How many credentials do not open, by the keys that are in the file.
fn broken(place: &Place) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (store, closed) = admin_server::open_beside(&place.data()).unwrap();
        let control_plane = ControlPlane::new(store, Ports::system(place.keys()));
        let findings = control_plane.check_credentials().await.unwrap();
        drop(control_plane);
        closed.await;
        findings.len()
    })
}

#[test]
fn a_rotation_killed_at_any_moment_loses_nothing_and_is_taken_to_its_end() {
    let place = Place::new();
    let token = place.owner();
    let running = Running::start(place.serve());
    let caller = running.caller(&token);
    for number in 0..CREDENTIALS {
        upsert(&caller, &format!("s{number}"));
    }
    let begun = Instant::now();
    done(kek(&place, "rotate"));
    let whole = begun.elapsed();
    let mut killed = 0;
    for round in 0..KILLS {
        let mut child = kek(&place, "rotate").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut at = [0; 4];
        SystemRandom.fill(&mut at);
        sleep(whole.mul_f64(f64::from(u32::from_le_bytes(at)) / f64::from(u32::MAX)));
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        // The server goes on: what it opens and what it seals, whatever was reached.
        upsert(&caller, &format!("s{round}"));
        assert_eq!(broken(&place), 0, "round {round}");
    }
    assert!(killed > KILLS / 4, "only {killed} of {KILLS} were killed on their way");
    done(kek(&place, "rotate"));
    let listed = done(kek(&place, "list"));
    let current = listed.lines().find(|line| line.contains("\tCURRENT\t")).unwrap();
    assert!(current.ends_with(&format!("\t{CREDENTIALS}")), "{listed}");
    // Nothing needs the former ones; the server still opens all, and a new one finds its key.
    done(kek(&place, "prune"));
    assert_eq!(Keyring::read(&place.path("kek.key")).unwrap().all().len(), 1);
    assert_eq!(broken(&place), 0);
    upsert(&caller, "after");
    running.stop();
    let running = Running::start(place.serve());
    let found = running.caller(&token).data("{ providerCredentialsList(input: { limit: 1 }) { totalCount } }");
    assert_eq!(found["providerCredentialsList"]["totalCount"], Value::from(CREDENTIALS + 1));
    running.stop();
}

#[test]
fn a_key_file_that_cannot_be_written_is_told_and_a_key_put_in_by_hand_is_taken() {
    let place = Place::new();
    let token = place.owner();
    let running = Running::start(place.serve());
    upsert(&running.caller(&token), "s");
    let file = place.path("kek.key");
    let held = std::fs::read_to_string(&file).unwrap();
    let by_hand = admin_server::crypto::ServerKey::generate(&SystemRandom);
    std::fs::write(&file, format!("{}\n{held}", *Keyring::encoded(&by_hand))).unwrap();
    let told = done(kek(&place, "rotate"));
    assert_eq!(
        told.trim(),
        format!(
            "took the rotation that was broken off to its end: the key is {}, and 1 values were put under it",
            by_hand.id()
        )
    );
    // Without the former key a credential would be lost, so it is refused before anything is opened.
    std::fs::write(&file, held).unwrap();
    let refused = place.refusal(kek(&place, "rotate"));
    assert!(refused.starts_with("error: the database was made with another kek key"), "{refused}");
    running.stop();
}
