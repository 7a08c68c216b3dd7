//! What git would do with the file of a secret.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use admin_core::env::Environment;
use admin_local::{Place, Warning};

use crate::fake::Fake;

/// A machine with the `git` of this one, and a work tree in its folder.
fn work_tree() -> Fake {
    let mut fake = Fake::new();
    git(&fake, &["init", "--quiet"]);
    fake.machine.environment = Environment::process();
    fake
}

fn git(fake: &Fake, arguments: &[&str]) {
    let status = Command::new("git").args(arguments).current_dir(fake.path("")).status();
    assert!(status.is_ok_and(|status| status.success()), "this test needs git");
}

fn probe(fake: &Fake, name: &str) -> Place {
    fake.probe(&format!("env:{}#KEY", fake.path(name).display())).unwrap()
}

fn warnings(fake: &Fake, name: &str) -> String {
    let place = probe(fake, name);
    let warnings: Vec<String> = place.warnings().iter().map(ToString::to_string).collect();
    warnings.join("\n").replace(fake.path("").to_str().unwrap(), "[DIR]/")
}

#[test]
fn a_file_that_git_would_commit_is_warned_of() {
    let fake = work_tree();
    fs::write(fake.path(".gitignore"), "*.env\n").unwrap();
    insta::assert_snapshot!(warnings(&fake, ".env.local"), @"`[DIR]/.env.local` is in a git work tree and not ignored: add it to `.gitignore` before the next commit");
    assert_eq!(fake.probe(&format!("file:{}", fake.path("key.txt").display())).unwrap().warnings().len(), 1);
    assert_eq!(warnings(&fake, "my.env"), "");
    assert_eq!(probe(&fake, ".env.local").is_tracked(), Some(false));
}

#[test]
fn a_file_that_git_keeps_is_not_helped_by_ignoring_it() {
    use std::os::unix::fs::PermissionsExt;
    let fake = work_tree();
    fs::write(fake.path("kept.env"), "A=1\n").unwrap();
    fs::set_permissions(fake.path("kept.env"), fs::Permissions::from_mode(0o600)).unwrap();
    git(&fake, &["add", "kept.env"]);
    assert_eq!(probe(&fake, "*.env").is_tracked(), Some(false), "the name of a file is no pattern");
    fs::write(fake.path(".gitignore"), "*.env\n").unwrap();
    insta::assert_snapshot!(warnings(&fake, "kept.env"), @"`[DIR]/kept.env` is a file that git keeps, and the next commit would take the secret with it: `git rm --cached [DIR]/kept.env` leaves it out");
    assert_eq!(probe(&fake, "kept.env").is_tracked(), Some(true));
}

#[test]
fn a_work_tree_of_another_owner_is_looked_into_too() {
    let fake = work_tree();
    fs::write(fake.path("kept.env"), "A=1\n").unwrap();
    git(&fake, &["add", "kept.env"]);
    // What git's own tests set, so that it takes every folder for somebody else's.
    let other = Fake::new();
    other.program("git", r#"GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec git "$@""#);
    let path = fake.path("");
    assert_ne!(
        Command::new(other.path("git")).arg("-C").arg(&path).arg("status").output().unwrap().status.code(),
        Some(0),
        "git looks into it without being told to"
    );
    let place = other.probe(&format!("env:{}#KEY", path.join("kept.env").display())).unwrap();
    assert_eq!(place.is_tracked(), Some(true));
}

#[test]
fn a_git_that_gives_no_answer_in_a_work_tree_is_told_and_not_taken_for_a_no() {
    let mut fake = Fake::new();
    fs::create_dir(fake.path(".git")).unwrap();
    fs::create_dir(fake.path("deep")).unwrap();
    let unknown = "`[DIR]/deep/.env` is in a git work tree, and git does not say whether it ignores the file: look before the next commit";
    for does in [None, Some("exit 128"), Some("kill -9 $$"), Some("sleep 60")] {
        if let Some(does) = does {
            fake.program("git", does);
        }
        fake.machine.deadline = Duration::from_millis(if does == Some("sleep 60") { 200 } else { 60_000 });
        let start = Instant::now();
        assert_eq!(warnings(&fake, "deep/.env"), unknown, "{does:?}");
        assert_eq!(probe(&fake, "deep/.env").is_tracked(), None, "{does:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "it was waited for: {does:?}");
    }
    let nowhere = Fake::new();
    nowhere.program("git", "exit 128");
    assert_eq!(warnings(&nowhere, ".env"), "", "it is no work tree");
    assert_eq!(probe(&nowhere, ".env").is_tracked(), Some(false));
}

#[test]
fn a_git_in_a_relative_folder_of_the_path_is_not_run() {
    let mut fake = Fake::new();
    fake.program("git", "exit 1");
    fs::create_dir(fake.path(".git")).unwrap();
    let up = "../".repeat(std::env::current_dir().unwrap().components().count());
    let relative = format!("{up}{}", fake.path("").display()).replace("//", "/");
    assert!(std::path::Path::new(&relative).join("git").exists(), "{relative}");
    fake.machine.environment = Environment::new(move |name| (name == "PATH").then(|| relative.clone()));
    let place = probe(&fake, ".env");
    assert!(matches!(place.warnings(), [Warning::GitUnknown { .. }]), "{:?}", place.warnings());
    assert_eq!(fake.calls(), "");
}
