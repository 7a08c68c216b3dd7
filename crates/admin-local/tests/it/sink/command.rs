//! `cmd:PROGRAM [ARGUMENT]...`.

use crate::fake::{Fake, SECRET};

#[test]
fn a_program_gets_its_arguments_and_the_secret() {
    let fake = Fake::new();
    fake.program("take", "cat >>\"$here/stdin\"");
    let place = fake.probe(r#"cmd:take --name 'CI of acme' it\'s "$HOME" ';' rm"#).unwrap();
    assert_eq!(fake.calls(), "", "a probe runs nothing");
    assert_eq!(place.deliver(&SECRET.into()).unwrap().to_string(), "the hands of `take`");
    fake.assert_hidden();
    assert_eq!(fake.calls(), "take [--name] [CI of acme] [it's] [$HOME] [;] [rm]\n");
    assert_eq!(fake.read("stdin"), SECRET, "no line end");
}

#[test]
fn a_program_is_found_by_its_path_too() {
    let fake = Fake::new();
    fake.program("take", "cat >>\"$here/stdin\"");
    let program = fake.path("take");
    fake.deliver(&format!("cmd:{} a", program.display())).unwrap();
    assert_eq!(fake.calls(), "take [a]\n");
    std::fs::remove_file(program).unwrap();
    insta::assert_snapshot!(fake.refused(&format!("cmd:{}", fake.path("take").display())), @"there is no program `[DIR]/take`");
    insta::assert_snapshot!(fake.refused("cmd:take"), @"there is no program `take` on `PATH`");
}

#[test]
fn a_program_in_a_relative_folder_is_not_run() {
    let folder = std::env::current_dir().unwrap().join("tests/it/fake");
    assert!(folder.join("program.sh").exists(), "the working folder of a test is that of its package");
    for path in ["tests/it/fake", ":", ".", "./tests/it/fake"] {
        let mut fake = Fake::new();
        let path = path.to_owned();
        fake.machine.environment =
            admin_core::env::Environment::new(move |name| (name == "PATH").then(|| path.clone()));
        assert_eq!(fake.refused("cmd:program.sh"), "there is no program `program.sh` on `PATH`");
    }
}

#[test]
fn a_program_that_fails_has_no_hint() {
    let fake = Fake::new();
    fake.program("take", "cat >/dev/null; echo no >&2; exit 3");
    let place = fake.probe("cmd:take a").unwrap();
    insta::assert_snapshot!(fake.failed(place), @"`take` failed (exit status: 3): no");
}

#[test]
fn a_program_that_leaves_the_secret_unread_is_told_whenever_it_ends() {
    let fake = Fake::new();
    fake.program("leaves", ":");
    fake.program("lingers", "sleep 0.2");
    fake.program("closes", "exec </dev/null; sleep 0.2");
    for _ in 0..2 {
        for name in ["leaves", "lingers", "closes"] {
            let place = fake.probe(&format!("cmd:{name}")).unwrap();
            assert_eq!(fake.failed(place), format!("`{name}` ended before it had read the secret"));
        }
    }
    // More than a pipe holds.
    let place = fake.probe("cmd:leaves").unwrap();
    let error = place.deliver(&admin_token::Secret::new("a".repeat(1 << 20))).unwrap_err();
    assert_eq!(error.to_string(), "`leaves` ended before it had read the secret");
}

#[test]
fn what_a_program_leaves_behind_may_read_the_secret() {
    let fake = Fake::new();
    fake.program("hands-on", "exec 3<&0; (sleep 0.02; cat <&3 >>\"$here/stdin\") >/dev/null 2>&1 &");
    fake.deliver("cmd:hands-on").unwrap();
}
