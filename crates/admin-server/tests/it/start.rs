//! What keeps the program from starting, and what it says then.
//!
//! A read-only mount needs privileges to make, and permissions do not stop root; a limit on the size of files works for everyone
//! and takes the same way through the program.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use crate::process::{KEYS, Place, Running, text};

#[test]
fn without_a_key_it_does_not_start() {
    let place = Place::new();
    for (variable, _) in KEYS {
        for command in
            [place.serve(), place.command(&["create-owner", "--email", "a@b.c", "--tenant", "t", "--data", "x"])]
        {
            let (mut absent, mut empty) = (command, place.serve());
            absent.env_remove(variable);
            empty.env(variable, "");
            for command in [absent, empty] {
                let refused = place.refusal(command);
                assert!(
                    refused.starts_with(&format!("error: `{variable}` is not set: it names the file with ")),
                    "{refused}"
                );
            }
        }
    }
    assert!(!place.data().exists(), "nothing was made");
    let mut command = place.serve();
    command.env_remove(KEYS[0].0);
    insta::assert_snapshot!(place.refusal(command), @"error: `AI_SETU_PEPPER_FILE` is not set: it names the file with the pepper of token digests, base64 of 32 bytes, mode 0600, kept apart from the database");
}

#[test]
fn a_bad_key_file_is_refused() {
    let place = Place::new();
    let file = place.path(KEYS[1].1);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    insta::assert_snapshot!(place.refusal(place.serve()), @"error: `AI_SETU_KEK_FILE`: the key file DIR/kek.key can be read by others (mode 644); run: chmod 600 DIR/kek.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let good = std::fs::read_to_string(&file).unwrap();
    for bad in ["", "\n", "not base64 at all!\n", &good[..20], &format!("{}{good}", good.trim()), "\u{ff}"] {
        std::fs::write(&file, bad).unwrap();
        let refused = place.refusal(place.serve());
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @"error: `AI_SETU_KEK_FILE`: the key file DIR/kek.key does not hold 32 bytes in base64; restore it from its backup: what was made with it opens with no other");
        }
    }
    std::fs::remove_file(&file).unwrap();
    insta::assert_snapshot!(place.refusal(place.serve()), @"error: `AI_SETU_KEK_FILE`: the key file DIR/kek.key cannot be read: No such file or directory (os error 2)");
    assert!(!place.data().exists(), "nothing was made");
}

#[test]
fn keys_that_are_not_the_databases_are_refused() {
    let place = Place::new();
    place.owner();
    let database = place.data().join("control-plane.db");
    assert_eq!(std::fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o600);
    for (name, (variable, file)) in ["pepper", "kek", "audit"].into_iter().zip(KEYS) {
        let (file, kept) = (place.path(file), place.path("kept"));
        std::fs::rename(&file, &kept).unwrap();
        place.keys(); // makes the one that is missing
        for command in [
            place.serve(),
            place.command(&[
                "create-owner",
                "--email",
                "a@b.c",
                "--tenant",
                "t",
                "--data",
                place.data().to_str().unwrap(),
            ]),
        ] {
            let refused = place.refusal(command);
            assert!(
                refused.starts_with(&format!("error: the database was made with another {name} key")),
                "{variable}: {refused}"
            );
        }
        std::fs::rename(&kept, &file).unwrap();
    }
    let running = Running::start(place.serve());
    running.stop();
}

#[test]
fn a_port_in_use_is_named_and_the_data_not_touched() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = place.data();
    let refused = place.refusal(place.command(&["serve", "--listen", &address, "--data", data.to_str().unwrap()]));
    insta::assert_snapshot!(refused.replace(&address, "ADDRESS"), @r"
    error: cannot listen on ADDRESS: Address already in use (os error 98)
      hint: another program has this port; name another one
    ");
    assert!(!data.exists());
}

#[test]
fn a_folder_has_one_server() {
    let place = Place::new();
    let token = place.owner();
    let running = Running::start(place.serve());
    insta::assert_snapshot!(place.refusal(place.serve()), @r"
    error: another server is using DIR/data/control-plane.db
      hint: stop the other server, or name another data folder
    ");
    let second = place.create_owner();
    assert!(!second.status.success() && text(&second.stderr).contains("another server is using"));
    // The lock goes with the process, however it ends.
    running.signal("KILL");
    running.ended();
    let running = Running::start(place.serve());
    running.caller(&token).data("{ authWhoami { pat { id } } }");
    running.stop();
}

#[test]
fn there_is_one_first_owner() {
    let place = Place::new();
    place.owner();
    let again = place.create_owner();
    assert!(!again.status.success() && again.stdout.is_empty());
    insta::assert_snapshot!(text(&again.stderr), @"error: this control plane has an owner already; nothing was changed");
}

#[test]
fn an_owner_whose_token_cannot_be_printed_is_not_made() {
    let place = Place::new();
    let data = place.data();
    let arguments = ["create-owner", "--email", "owner@acme.example", "--tenant", "Acme", "--data"];
    let mut command = place.command(&[&arguments[..], &[data.to_str().unwrap()]].concat());
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let refused = command.stdout(full).output().unwrap();
    assert!(!refused.status.success());
    insta::assert_snapshot!(text(&refused.stderr), @"error: the owner's token could not be delivered: No space left on device (os error 28)");
    assert!(place.owner().starts_with("tt_pat_"), "there is another try");
}

#[test]
fn a_newer_database_is_left_alone() {
    let place = Place::new();
    place.owner();
    let connection = rusqlite::Connection::open(place.data().join("control-plane.db")).unwrap();
    connection.execute_batch("INSERT INTO schema_migrations VALUES ('9999_later', 'x', 0, 9999)").unwrap();
    drop(connection);
    let level = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().count();
    let refusal = place.refusal(place.serve()).replace(&format!("has level {level}\n"), "has level [migrations]\n");
    insta::assert_snapshot!(refusal, @r"
    error: the database needs aisetu with schema level 9999 or newer; this one has level [migrations]
      hint: run the aisetu version that wrote it, or a newer one
    ");
}

#[test]
fn an_empty_variable_is_none() {
    let place = Place::new();
    let mut command = place.command(&["serve"]);
    command.env("AI_SETU_DATA", "").env("AI_SETU_LISTEN", "").env("AI_SETU_LOG", "");
    insta::assert_snapshot!(place.refusal(command), @"error: there is no data folder: give `--data DIR` or set `AI_SETU_DATA`");
    let mut command = place.command(&["serve", "--data", "x"]);
    command.env("AI_SETU_LISTEN", "nowhere");
    insta::assert_snapshot!(place.refusal(command), @"error: `AI_SETU_LISTEN` is `nowhere`, which is no address such as 127.0.0.1:7070");
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let place = Place::new();
    std::fs::write(place.data(), "a file").unwrap();
    insta::assert_snapshot!(place.refusal(place.serve()), @r"
    error: the data folder DIR/data cannot be used: File exists (os error 17)
      hint: name a folder that this user may write to
    ");
    std::fs::remove_file(place.data()).unwrap();
    std::fs::create_dir(place.data()).unwrap();
    std::fs::write(place.data().join("control-plane.db"), "no database ".repeat(1_000)).unwrap();
    insta::assert_snapshot!(place.refusal(place.serve()), @"error: the database holds something unexpected: file is not a database");
}

#[test]
fn a_disk_that_takes_nothing_is_told() {
    let place = Place::new();
    let refused = place.refusal(place.serve_wrapped(&["prlimit", "--fsize=0:"]));
    insta::assert_snapshot!(refused, @r"
    error: the database cannot be written: disk I/O error
      hint: check that the disk has room and is not mounted read-only
    ");
    // With room again it starts.
    Running::start(place.serve()).stop();
}
