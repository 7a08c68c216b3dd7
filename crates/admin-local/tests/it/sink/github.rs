//! `gh:OWNER/REPO#NAME`, and what holds for every program that takes a secret.

use std::time::{Duration, Instant};

use admin_local::Overwrites;

use crate::fake::{Fake, SECRET};

const GH: &str = r#"
case "$1 $2" in
    "secret list") printf 'OTHER\t2026-01-01T00:00:00Z\nTAKEN\t2026-01-01T00:00:00Z\n' ;;
    "secret set") cat >>"$here/stdin"; echo done ;;
esac
"#;
const SINK: &str = "gh:acme/app#AI_SETU_API_KEY";

/// A `gh` that lists, and then does this for a secret.
fn sets(does: &str) -> Fake {
    let fake = Fake::new();
    fake.program("gh", &format!("if [ \"$2\" = list ]; then exit; fi\n{does}"));
    fake
}

#[test]
fn a_secret_is_on_standard_input_and_nowhere_else() {
    let fake = Fake::new();
    fake.program("gh", GH);
    let place = fake.probe(SINK).unwrap();
    assert_eq!(place.overwrites(), Overwrites::Nothing);
    assert_eq!(fake.calls(), "gh [secret] [list] [--repo] [acme/app]\n");
    assert_eq!(fake.read("stdin"), "", "a probe leaves everything as it was");

    assert_eq!(fake.deliver(SINK).unwrap(), "`AI_SETU_API_KEY` of the secrets of `acme/app` on GitHub");
    fake.assert_hidden();
    assert_eq!(
        fake.calls(),
        "gh [secret] [list] [--repo] [acme/app]\ngh [secret] [set] [AI_SETU_API_KEY] [--repo] [acme/app]\n"
    );
    assert_eq!(fake.read("stdin"), SECRET, "no line end");
}

#[test]
fn two_deliveries_both_arrive() {
    let fake = Fake::new();
    fake.program("gh", GH);
    let (one, other) = (fake.probe("gh:acme/app#A").unwrap(), fake.probe("gh:acme/app#B").unwrap());
    for place in [one, other] {
        place.deliver(&SECRET.into()).unwrap();
    }
    assert_eq!(fake.read("stdin"), SECRET.repeat(2));
    assert!(fake.calls().contains("[set] [A] [--repo] [acme/app]\ngh [secret] [set] [B]"));
}

#[test]
fn a_secret_that_is_there_is_told_before_it_is_overwritten() {
    let fake = Fake::new();
    fake.program("gh", GH);
    assert_eq!(fake.probe("gh:acme/app#TAKEN").unwrap().overwrites(), Overwrites::Value);
    // GitHub does not tell upper case from lower case.
    assert_eq!(fake.probe("gh:acme/app#taken").unwrap().overwrites(), Overwrites::Value);
    assert_eq!(fake.probe("gh:acme/app#TAKE").unwrap().overwrites(), Overwrites::Nothing);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let fake = Fake::new();
    insta::assert_snapshot!(fake.refused(SINK), @"
    there is no program `gh` on `PATH`
    hint: install the GitHub CLI: https://cli.github.com
    ");
    // A file that cannot be executed is no program.
    std::fs::write(fake.path("gh"), "#!/bin/sh\n").unwrap();
    assert!(fake.refused(SINK).starts_with("there is no program `gh` on `PATH`\n"));
}

#[test]
fn who_is_not_signed_in_is_told_how() {
    let fake = Fake::new();
    fake.program(
        "gh",
        "cat >>\"$here/stdin\"; echo 'To get started with GitHub CLI, please run:  gh auth login' >&2; exit 4",
    );
    insta::assert_snapshot!(fake.refused(SINK), @"
    `gh secret list` failed (exit status: 4): To get started with GitHub CLI, please run: gh auth login
    hint: if you are not signed in, run `gh auth login`
    ");
    assert_eq!(fake.calls(), "gh [secret] [list] [--repo] [acme/app]\n");
    assert_eq!(fake.read("stdin"), "");
}

#[test]
fn a_program_that_fails_after_the_probe_is_told() {
    let fake = sets("cat >/dev/null; printf 'usage: ..\\n\\nHTTP 403: \\033[31mforbidden\\n' >&2; exit 1");
    let place = fake.probe(SINK).unwrap();
    insta::assert_snapshot!(fake.failed(place), @"
    `gh secret set` failed (exit status: 1): usage: ..; HTTP 403: [31mforbidden
    hint: if you are not signed in, run `gh auth login`
    ");

    let place = fake.probe(SINK).unwrap();
    std::fs::remove_file(fake.path("gh")).unwrap();
    insta::assert_snapshot!(fake.failed(place), @"`gh secret set` cannot be run: No such file or directory (os error 2)");
}

#[test]
fn what_a_program_says_is_not_shown_with_the_secret_in_it() {
    for does in [
        "printf 'bad value: %s\\n' \"$(cat)\" >&2; exit 1",
        "cat | cut -c 3-20 >&2; exit 1",
        // So long that its beginning is not kept.
        "secret=$(cat); i=0; while [ $i -lt 400 ]; do echo \"$secret\" >&2; i=$((i + 1)); done; exit 1",
    ] {
        let fake = sets(does);
        let place = fake.probe(SINK).unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(fake.failed(place), @"
            `gh secret set` failed (exit status: 1); what it said is not shown, because a secret is in it
            hint: if you are not signed in, run `gh auth login`
            ");
        }
    }
}

#[test]
fn a_program_that_hangs_is_ended() {
    let start = Instant::now();
    let mut fake = sets("exec sleep 60");
    // What lists is not meant to be too slow for it.
    fake.machine.deadline = Duration::from_secs(1);
    let place = fake.probe(SINK).unwrap();
    insta::assert_snapshot!(fake.failed(place), @"`gh secret set` took longer than 1 s, and was ended");

    fake.machine.deadline = Duration::from_millis(50);
    fake.program("gh", "exec sleep 60");
    insta::assert_snapshot!(fake.refused(SINK), @"`gh secret list` took longer than 0.05 s, and was ended");
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_program_is_not_waited_for_because_of_what_it_leaves_behind() {
    let fake = sets("cat >>\"$here/stdin\"; sleep 40 & exit 1");
    let start = Instant::now();
    let place = fake.probe(SINK).unwrap();
    assert!(fake.failed(place).starts_with("`gh secret set` failed (exit status: 1)\n"));
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_program_that_does_not_read_is_an_error_and_no_panic() {
    let fake = sets("exec <&-; exit 1");
    let place = fake.probe(SINK).unwrap();
    assert!(fake.failed(place).starts_with("`gh secret set` failed (exit status: 1)\n"));

    // What a pipe holds, nobody can tell from what was read.
    let fake = sets("exec <&-; exit 0");
    let place = fake.probe(SINK).unwrap();
    let long = admin_token::Secret::new(SECRET.repeat(100_000));
    let error = place.deliver(&long).unwrap_err();
    insta::assert_snapshot!(fake.why(&error, error.hint()), @"`gh secret set` ended before it had read the secret");
}

#[test]
fn what_is_ours_in_the_environment_is_not_the_programs() {
    const INSIDE: &str = "SINKS_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_none() {
        // A test cannot set a variable of its own process.
        let inside = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sink::github::what_is_ours_in_the_environment_is_not_the_programs"])
            .envs([(INSIDE, "1"), ("AI_SETU_PAT", "tt_pat_1"), ("AI_SETU_NEW", "1"), ("NOT_AI_SETU", "1")])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&inside.stdout);
        assert!(inside.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let fake = Fake::new();
    fake.program("gh", GH);
    fake.deliver(SINK).unwrap();
    let environment = fake.read("environment");
    assert!(!environment.lines().any(|line| line.starts_with("AI_SETU_")), "{environment}");
    assert!(environment.contains("NOT_AI_SETU=1"));
}
