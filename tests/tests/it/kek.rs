//! The key-encryption key is rotated beside whoever serves, from wherever it was broken off, and loses nothing.

use std::path::Path;
use std::sync::Arc;

use admin_server::app::{ControlPlane, Ports};
use admin_server::crypto::{Keyring, ServerKey, ServerKeys};
use admin_server::error::Code;
use admin_server::random::SystemRandom;
use admin_server::{Storage, open_beside};
use aisetu_tests::{Actor, TestServer};
use serde_json::{Value, json};

/// A control plane in a folder whose keys are in files beside it, and what an administrative command is beside it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        ServerKeys::read_or_create(folder.path(), &SystemRandom).unwrap();
        Self { folder }
    }

    fn keys(&self) -> ServerKeys {
        ServerKeys::read_or_create(self.folder.path(), &SystemRandom).unwrap()
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("kek.key")
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// A command beside the server: its own view of the key file and of the database.
    fn command(&self, app: &TestServer) -> ControlPlane {
        let (store, _) = open_beside(&self.data()).unwrap();
        let ports = Ports { keys: Arc::new(self.keys()), ..app.ports().clone() };
        ControlPlane::new(store, ports)
    }
}

async fn upsert(actor: &Actor, workspace: &str, count: usize) {
    for number in 0..count {
        let input = json!({ "workspaceId": workspace, "slug": format!("s{number}"), "provider": "OPENAI",
            "apiKey": format!("sk-0123456789-{number:04}") });
        actor.ok("providerCredentialsUpsert", input).await;
    }
}

fn ids(path: &Path) -> Vec<String> {
    Keyring::read(path).unwrap().all().iter().map(|key| key.id().to_owned()).collect()
}

#[tokio::test]
async fn everything_goes_under_the_new_key_while_the_server_serves() {
    let place = Place::new();
    let app = TestServer::start_with_keys(&place.data(), place.keys()).await;
    upsert(app.owner(), app.workspace(), 230).await;
    let secret = app
        .owner()
        .call_once("k", "apiKeysCreate", json!({ "name": "k", "workspaceId": app.workspace() }))
        .await
        .data();
    let command = place.command(&app);
    command.check_keys().await.unwrap();
    let before = ids(&place.file());
    let done = command.rotate_kek().await.unwrap();
    assert_eq!((done.resumed, done.rewrapped, done.failed.len()), (false, 230, 0));
    let after = ids(&place.file());
    assert_eq!((after[0].as_str(), &after[1..]), (done.kek_id.as_str(), before.as_slice()));

    // The server has not read the file yet; it meets the new key, in what it opens and in what it seals.
    assert_eq!(app.server().control_plane().check_credentials().await.unwrap(), []);
    let again =
        app.owner().call_once("k", "apiKeysCreate", json!({ "name": "k", "workspaceId": app.workspace() })).await;
    assert_eq!(again.data(), secret, "a kept answer is still given");
    upsert(app.owner(), app.workspace(), 1).await;
    let held = command.list_keks().await.unwrap();
    let found: Vec<(bool, i64)> = held.iter().map(|key| (key.current, key.sealed)).collect();
    assert_eq!(found, [(true, 230), (false, 1)], "the kept answer is under the former key");

    // The former key goes when nothing needs it any more, and then the answer is given no more.
    assert_eq!(command.prune_keks().await.unwrap(), Vec::<String>::new());
    app.advance(jiff::SignedDuration::from_mins(11));
    app.server().control_plane().sweep().await.unwrap();
    assert_eq!(command.prune_keks().await.unwrap(), before);
    assert_eq!(ids(&place.file()), std::slice::from_ref(&done.kek_id));
    let events = command.store().read({
        let key = app.ports().keys.audit.clone();
        move |tx| admin_server::app::audit::verify(tx, &key, "operator")
    });
    assert_eq!(events.await.unwrap(), Ok(2), "the rotation, and what was thrown away");
    drop(command);
    app.shutdown().await;
    // Whoever starts later finds its key in the file.
    let (store, closed) = Storage::Folder(place.data()).open().unwrap();
    let control_plane = ControlPlane::new(store, Ports::system(place.keys()));
    control_plane.check_keys().await.unwrap();
    assert_eq!(control_plane.check_credentials().await.unwrap(), []);
    drop(control_plane);
    closed.await;
}

#[tokio::test]
async fn a_kept_answer_whose_key_was_thrown_away_is_already_created() {
    let place = Place::new();
    let app = TestServer::start_with_keys(&place.data(), place.keys()).await;
    let create = json!({ "name": "k", "workspaceId": app.workspace() });
    app.owner().call_once("k", "apiKeysCreate", create.clone()).await.data();
    place.command(&app).rotate_kek().await.unwrap();
    // Somebody throws it away too early, and the server is started again.
    let text = std::fs::read_to_string(place.file()).unwrap();
    std::fs::write(place.file(), format!("{}\n", text.lines().next().unwrap())).unwrap();
    let token = app.owner().token().unwrap().to_owned();
    app.shutdown().await;
    let app = TestServer::open_with_keys(&place.data(), place.keys(), &token).await;
    assert_eq!(app.owner().call_once("k", "apiKeysCreate", create).await.code(), "ALREADY_CREATED");
}

#[tokio::test]
async fn a_rotation_that_was_broken_off_goes_on_and_makes_no_second_key() {
    let place = Place::new();
    let app = TestServer::start_with_keys(&place.data(), place.keys()).await;
    upsert(app.owner(), app.workspace(), 3).await;
    // It ended after the file was written and before anything else.
    let new = ServerKey::generate(&SystemRandom);
    let old = std::fs::read_to_string(place.file()).unwrap();
    let line = Keyring::encoded(&new);
    std::fs::write(place.file(), format!("{}\n{old}", *line)).unwrap();
    upsert(app.owner(), app.workspace(), 1).await;
    let done = place.command(&app).rotate_kek().await.unwrap();
    assert_eq!((done.kek_id.as_str(), done.resumed, done.rewrapped), (new.id(), true, 3));
    assert_eq!(ids(&place.file()).len(), 2);
    assert_eq!(app.server().control_plane().check_credentials().await.unwrap(), []);
    // The next one is a new one.
    let done = place.command(&app).rotate_kek().await.unwrap();
    assert_eq!((done.resumed, done.rewrapped, ids(&place.file()).len()), (false, 3, 3));
}

#[tokio::test]
async fn what_does_not_open_is_named_and_left_as_it_is() {
    let place = Place::new();
    let app = TestServer::start_with_keys(&place.data(), place.keys()).await;
    upsert(app.owner(), app.workspace(), 5).await;
    let listed = app.owner().ok("providerCredentialsList", Value::Null).await;
    let id = |at: usize| listed["items"][at]["id"].as_str().unwrap().to_owned();
    let (moved, other, lost) = (id(0), id(1), id(2));
    let row = "SELECT kek_id, wrapped_key, sealed FROM connections WHERE id = $1";
    let read = async |id: &str| {
        let id = id.to_owned();
        let row = app.server().control_plane().store().read(move |tx| {
            let mut row = tx.query_one(row, &[id.as_str().into()])?.unwrap();
            Ok((row.take::<String>()?, row.take::<String>()?, row.take::<String>()?))
        });
        row.await.unwrap()
    };
    // One row got the secret of another one, and one is under a key that is nowhere.
    let (from, to, gone) = (other.clone(), moved.clone(), lost.clone());
    let spoil = app.server().control_plane().store().write(move |tx| {
        tx.execute(
            "UPDATE connections SET wrapped_key = (SELECT wrapped_key FROM connections WHERE id = $1),
            sealed = (SELECT sealed FROM connections WHERE id = $1) WHERE id = $2",
            &[from.as_str().into(), to.as_str().into()],
        )?;
        tx.execute("UPDATE connections SET kek_id = '00000000' WHERE id = $1", &[gone.as_str().into()])?;
        Ok(())
    });
    spoil.await.unwrap();
    let before = (read(&moved).await, read(&lost).await);
    let command = place.command(&app);
    let done = command.rotate_kek().await.unwrap();
    assert_eq!((done.rewrapped, done.failed.len()), (3, 2));
    let told: Vec<String> =
        done.failed.iter().map(|finding| finding.to_string().replace(&moved, "MOVED").replace(&lost, "LOST")).collect();
    let mut told = told;
    told.sort();
    insta::assert_snapshot!(told.join("\n"), @"
    provider credentials: LOST: it is sealed under the key-encryption key 00000000, which is not there
    provider credentials: MOVED: it does not open: it was changed, or belongs somewhere else
    ");
    assert_eq!((read(&moved).await, read(&lost).await), before);
    // The same are found by a check, and their keys stay.
    assert_eq!(command.check_credentials().await.unwrap().len(), 2);
    assert_eq!(command.prune_keks().await.unwrap(), Vec::<String>::new());
    assert_eq!(app.owner().call("providerCredentialsTest", json!(lost)).await.code(), "UNAVAILABLE");
    assert_eq!(app.owner().call("providerCredentialsTest", json!(moved)).await.code(), "INTERNAL");
    // They do not keep the next one from happening.
    assert_eq!(command.rotate_kek().await.unwrap().rewrapped, 3);
}

#[tokio::test]
async fn keys_from_the_environment_are_rotated_by_whoever_sets_them() {
    let (old, new) = (ServerKey::generate(&SystemRandom), ServerKey::generate(&SystemRandom));
    let (store, _closed) = Storage::Memory.open().unwrap();
    let keys = ServerKeys { kek: Keyring::of(vec![old.clone()]), ..ServerKeys::generate(&SystemRandom) };
    let with = |kek: Keyring| Ports::system(ServerKeys { kek, ..keys.clone() });
    let control_plane = ControlPlane::new(store.clone(), with(keys.kek.clone()));
    control_plane.check_keys().await.unwrap();
    let refused = control_plane.rotate_kek().await.unwrap_err();
    insta::assert_snapshot!(format!("{}: {refused}\n({})", refused.code().as_str(), refused.hint().unwrap()), @"
    CONFLICT: the key-encryption key that seals is the newest that there is, and it comes from no file
    (start the server with a new key before it, with a comma between them, and then rotate)
    ");
    let foreign = ControlPlane::new(store.clone(), with(Keyring::of(vec![new.clone()])));
    assert_eq!(foreign.check_keys().await.unwrap_err().code(), Code::Conflict);
    let both = ControlPlane::new(store.clone(), with(Keyring::of(vec![new.clone(), old.clone()])));
    both.check_keys().await.unwrap();
    let done = both.rotate_kek().await.unwrap();
    assert_eq!((done.kek_id.as_str(), done.resumed), (new.id(), true));
    // Without the new one nothing starts any more.
    assert_eq!(control_plane.check_keys().await.unwrap_err().code(), Code::Conflict);
}

#[tokio::test]
async fn keys_of_no_file_are_not_thrown_away() {
    let app = TestServer::start().await;
    let refused = app.server().control_plane().prune_keks().await.unwrap_err();
    assert_eq!(refused.code().as_str(), "CONFLICT");
    assert!(refused.message().contains("come from no file"), "{}", refused.message());
}
